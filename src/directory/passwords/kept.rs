//! The passwords of users: judged by their tenant's policy, kept, and remembered when they are replaced.

use serde_json::{Map, Value};

use crate::clock::Instant;
use crate::directory::{Directory, settings};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::password::{Hash, Password as Typed};
use crate::store::accounts::{self, Account};
use crate::store::one_time_links::{self as links, Purpose};
use crate::store::passwords::{self as rows, Password};
use crate::store::{Tx, sessions};

use super::Wish;

/// The source of the tenant's own users.
const LOCAL: &str = "LOCAL";
/// Earlier passwords that are kept, whatever a policy asks for today.
const REMEMBERED: i64 = 24;

/// A password that is good enough, ready to be kept.
#[derive(Clone, Debug)]
pub struct Chosen {
    hash: Hash,
}

/// Whose password it is, so to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user chose it.
    Own,
    /// Somebody else did: another one must be chosen at the next sign-in.
    Given,
    /// It works once, until then, and another one must be chosen.
    Temporary(Instant),
    /// An operator set it, and it stays.
    Set,
}

/// Judges a password by the policy of the user's tenant and makes its hash. `place` is where the input stands that it came
/// from.
///
/// # Errors
/// [`Error::Unprocessable`] with what is wrong with it; [`Error::TooFast`] when too many wait to be hashed.
pub async fn choose(
    directory: &Directory,
    account: &Account,
    password: Typed,
    place: &[&'static str],
) -> Result<Chosen> {
    let known = [Some(account.user_name.clone()), account.email.clone()].into_iter().flatten().collect();
    choose_for(directory, (account.tenant_id, Some(account.id)), known, password, place).await
}

/// The same for a user who may not be there yet.
///
/// # Errors
/// As [`choose`].
pub async fn choose_for(
    directory: &Directory,
    (tenant, user): (TenantId, Option<UserId>),
    known: Vec<String>,
    password: Typed,
    place: &[&'static str],
) -> Result<Chosen> {
    let read = move |tx: &mut Tx<'_>| {
        let policy = settings::of(tx, tenant)?.passwords;
        let Some(user) = user else { return Ok((policy, Vec::new(), Vec::new())) };
        let present = rows::find(tx, user)?.map(|present| present.hash);
        let earlier = rows::history(tx, user, policy.remembered().into())?;
        let names = names(&accounts::document(tx, user)?);
        Ok((policy, present.into_iter().chain(earlier).collect::<Vec<_>>(), names))
    };
    let (policy, earlier, names) = directory.store.read_few(read).await?;
    let known = known.into_iter().chain(names).collect();
    let earlier = earlier.iter().filter_map(|hash| Hash::parse(hash).ok()).collect();
    let wish = Wish { password, policy, known, earlier };
    match directory.passwords().choose(&directory.sources, wish).await? {
        Ok(hash) => Ok(Chosen { hash }),
        Err(weakness) => Err(Error::fault(place.iter().copied(), "value_error", weakness.to_string())),
    }
}

/// Whether the passwords of a user are ours to give: the tenant's own users have one, and those of other sources where the
/// tenant allows it (IR-8).
///
/// # Errors
/// When the database cannot be asked.
pub fn are_ours(tx: &mut Tx<'_>, account: &Account) -> Result<bool> {
    Ok(account.identity_source == LOCAL || settings::of(tx, account.tenant_id)?.provisioned_passwords)
}

/// What a user is called, by their document: words that are easily guessed.
pub fn names(document: &Map<String, Value>) -> Vec<String> {
    let name = document.get("name").and_then(Value::as_object);
    let parts = name.into_iter().flat_map(Map::values);
    let whole = ["displayName", "nickName"].into_iter().filter_map(|member| document.get(member));
    parts.chain(whole).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Makes the hash of a password that need not please a policy: a random one.
///
/// # Errors
/// [`Error::TooFast`] when too many wait to be hashed.
pub async fn made(directory: &Directory, password: Typed) -> Result<Chosen> {
    Ok(Chosen { hash: directory.passwords().make(&directory.sources, password).await? })
}

/// Gives a user a password, and ends all that was issued before. The caller holds the user's lock, and has judged that the
/// author may.
///
/// # Errors
/// When the database cannot be asked.
pub fn put(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, chosen: &Chosen, kind: Kind) -> Result<()> {
    let (user, now) = (account.id, author.cx.now);
    if let Some(old) = rows::find(tx, user)? {
        rows::remember(tx, &old, now, REMEMBERED)?;
    }
    let expires = if let Kind::Temporary(until) = kind { Some(until) } else { None };
    let new = Password {
        user_id: user,
        scheme: chosen.hash.scheme().as_str().to_owned(),
        hash: chosen.hash.text().to_owned(),
        changed: now,
        must_change: matches!(kind, Kind::Given | Kind::Temporary(_)),
        expires,
        synced: false,
    };
    rows::put(tx, &new)?;
    accounts::raise_epoch(tx, user)?;
    sessions::revoke_all(tx, user, now)?;
    for purpose in [Purpose::Reset, Purpose::Welcome, Purpose::Invite, Purpose::Change] {
        links::delete(tx, user, purpose.as_str())?;
    }
    record(tx, author, account, "password", None)
}

/// Records that something of an account changed whose values nobody may see.
///
/// # Errors
/// When the database cannot be asked.
pub fn record(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, path: &str, why: Option<&str>) -> Result<()> {
    let change = Change {
        resource_type: "User",
        resource_id: account.id.to_string(),
        operation: Operation::Update,
        diff: Diff { paths: vec![path.to_owned()], before: None, after: None },
        identity_source: Some(&account.identity_source),
        reason: why.map(str::to_owned),
    };
    journal::record(tx, author, change)
}
