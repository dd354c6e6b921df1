//! Remembered devices: where a user proved a second factor and need not do so again for a while (IR-5). A device stands in
//! for the method that was proven there and for nothing else, and ends with it, with the user's epoch, and with its time.
//! How a device shows that it is the one is a matter of `auth`.

use crate::access::{Actor, MfaRead, MfaReset, Permit};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::settings::{self, Mfa as Policy};
use crate::directory::{Directory, grants, view};
use crate::error::{Error, Result};
use crate::ids::{DeviceId, PasskeyId, UserId};
use crate::journal::{Author, Diff};
use crate::store::accounts::{self, Account};
use crate::store::devices as rows;
use crate::store::{Lock, Tx};

use super::{Method, record};

pub use rows::Device;

/// Devices that are remembered of a user at the most; the oldest is forgotten for another one.
const MOST: usize = 20;
/// A day, in seconds.
const DAY: i64 = 24 * 3600;

/// When a device ends: the tenant may have shortened the time since.
pub fn ends(device: &Device, policy: &Policy) -> Instant {
    device.expires.min(device.created.plus_seconds(policy.remember_days.saturating_mul(DAY)))
}

/// When a device ends that is remembered now; `None` where none is.
pub fn would_end(policy: &Policy, now: Instant) -> Option<Instant> {
    (policy.remember_days > 0).then(|| now.plus_seconds(policy.remember_days.saturating_mul(DAY)))
}

/// The devices of a user that still count, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn living(tx: &mut Tx<'_>, account: &Account, now: Instant) -> Result<Vec<Device>> {
    let policy = settings::of(tx, account.tenant_id)?.mfa;
    let counts = |device: &Device| device.epoch == account.epoch && ends(device, &policy) > now;
    Ok(rows::of_user(tx, account.id)?.into_iter().filter(counts).collect())
}

/// Remembers a device; what has ended of the user's goes, and the oldest beyond the most. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn remember(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, new: &Device) -> Result<()> {
    let living: Vec<DeviceId> = living(tx, account, new.created)?.into_iter().map(|device| device.id).collect();
    let kept = living.get(..MOST - 1).unwrap_or(&living);
    for old in rows::of_user(tx, account.id)?.into_iter().filter(|old| !kept.contains(&old.id)) {
        rows::delete(tx, account.id, old.id)?;
    }
    rows::insert(tx, new)?;
    told(tx, author, account, &format!("devices.{}", new.id), "remembered")
}

/// Forgets a device, or all; false when there was none. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn forget(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, which: Option<DeviceId>) -> Result<bool> {
    let (gone, what) = match which {
        Some(id) => (rows::delete(tx, account.id, id)?, format!("devices.{id}")),
        None => (rows::delete_all(tx, account.id)? > 0, "devices".to_owned()),
    };
    if gone {
        told(tx, author, account, &what, "forgotten")?;
    }
    Ok(gone)
}

/// Forgets the devices on which a factor was proven that is there no more. The row about the factor tells of it.
///
/// # Errors
/// When the database cannot be asked.
pub fn forget_of(tx: &mut Tx<'_>, user: UserId, method: Method, passkey: Option<PasskeyId>) -> Result<()> {
    rows::delete_of(tx, user, method.as_str(), passkey).map(drop)
}

fn told(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, what: &str, word: &str) -> Result<()> {
    let mut diff = Diff::default();
    diff.tell(what, word);
    record(tx, author, account, diff, None)
}

/// The remembered devices of a user, as an administrator sees them.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user.
pub async fn list(directory: &Directory, permit: &Permit<MfaRead>, cx: &Cx, id: UserId) -> Result<Shown> {
    let (permit, now) = (permit.clone(), cx.now);
    let read = move |tx: &mut Tx<'_>| {
        view::user(tx, &permit, id)?;
        let account = accounts::find(tx, permit.tenant(), id)?.ok_or(Error::Missing("user"))?;
        shown(tx, &account, now)
    };
    directory.store.read(read).await
}

/// Devices with when each ends.
pub type Shown = Vec<(Device, Instant)>;

/// The devices of a user that still count, with when each ends.
///
/// # Errors
/// When the database cannot be asked.
pub fn shown(tx: &mut Tx<'_>, account: &Account, now: Instant) -> Result<Shown> {
    let policy = settings::of(tx, account.tenant_id)?.mfa;
    let ended = |device: Device| (device.clone(), ends(&device, &policy));
    Ok(living(tx, account, now)?.into_iter().map(ended).collect())
}

/// Forgets a device of another user, or all of them: whoever has it is asked for the factor again.
///
/// # Errors
/// [`Error::Missing`] when the permit reaches no such user, or there is no such device; [`Error::Denied`] for a user with
/// more permissions.
pub async fn forget_for(
    directory: &Directory,
    permit: &Permit<MfaReset>,
    cx: &Cx,
    id: UserId,
    which: Option<DeviceId>,
) -> Result<()> {
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(id))?;
        view::user(tx, &permit, id)?;
        grants::touch(tx, &permit, permit.tenant(), id)?;
        let account = accounts::find(tx, permit.tenant(), id)?.ok_or(Error::Missing("user"))?;
        let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
        let gone = forget(tx, author, &account, which)?;
        if gone || which.is_none() { Ok(()) } else { Err(Error::Missing("device")) }
    };
    directory.store.write(work).await
}

/// The remembered devices of a person who asks.
///
/// # Errors
/// When the database cannot be asked.
pub async fn own(directory: &Directory, cx: &Cx, person: &crate::access::PersonActor) -> Result<Shown> {
    let (tenant, user, now) = (person.tenant, person.user, cx.now);
    let read = move |tx: &mut Tx<'_>| {
        let account = accounts::find(tx, tenant, user)?.ok_or(Error::Missing("user"))?;
        shown(tx, &account, now)
    };
    directory.store.read(read).await
}

/// Forgets a device of the person who asks, or all of them.
///
/// # Errors
/// [`Error::Missing`] when there is no such device.
pub async fn forget_own(
    directory: &Directory,
    cx: &Cx,
    person: &crate::access::PersonActor,
    which: Option<DeviceId>,
) -> Result<()> {
    let (person, cx) = (person.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(person.user))?;
        let account = accounts::find(tx, person.tenant, person.user)?.ok_or(Error::Missing("user"))?;
        let actor = Actor::Person(person.clone());
        let gone = forget(tx, Author { actor: &actor, cx: &cx, tenant: person.tenant }, &account, which)?;
        if gone || which.is_none() { Ok(()) } else { Err(Error::Missing("device")) }
    };
    directory.store.write(work).await
}
