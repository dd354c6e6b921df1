//! How a remembered device shows that it is the one: by a token that each sign-in exchanges for the next. Whoever copies a
//! token therefore gets one sign-in out of it at the most, and only with the password: the next use of either copy shows that
//! two have it, and the device is forgotten.

use serde_json::{Value, json};

use crate::access::Actor;
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::factors::Method;
use crate::directory::factors::devices::{self, Device};
use crate::directory::settings;
use crate::error::Result;
use crate::ids::{DeviceId, PasskeyId, UserId};
use crate::journal::Author;
use crate::secret::Secret;
use crate::store::accounts::Account;
use crate::store::{Tx, devices as rows, factors, passkeys};

use super::rolling::Rolling;
use super::service::Client;
use super::sessions::{self, Draw, Opened, USER_AGENT};

/// What every token of a device begins with.
const PREFIX: &str = "rc_device_";
/// The longest name of a device, in characters.
pub const LONGEST_NAME: usize = 64;

/// That the device is to be remembered on which somebody signs in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remember {
    /// What the user calls it.
    pub name: Option<String>,
}

/// What a device that is remembered shows the next time.
#[derive(Clone, Debug)]
pub struct Next {
    /// The token; it works once.
    pub token: Secret,
    /// When the device ends at the latest.
    pub expires: Instant,
}

/// What a device shows.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    id: DeviceId,
    hash: Vec<u8>,
}

impl Shown {
    /// Reads a token; `None` for what is none.
    pub(super) fn read(token: &Secret) -> Option<Self> {
        let (id, hash) = sessions::split(PREFIX, token.reveal())?;
        Some(Self { id: DeviceId::from(id), hash })
    }
}

/// The device of an account that is shown, if it counts.
pub(super) fn recognise(tx: &mut Tx<'_>, account: &Account, shown: &Shown, cx: &Cx) -> Result<Option<Device>> {
    let device = find(tx, account, shown, cx)?;
    Ok(device.filter(|device| secrets(device).takes(&shown.hash, cx.now)))
}

/// The same of somebody who proved the password too: an old token means that two have it, and ends it. The caller holds
/// the user's lock.
pub(super) fn accept(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, shown: &Shown) -> Result<Option<Device>> {
    let Some(device) = find(tx, account, shown, author.cx)? else { return Ok(None) };
    if secrets(&device).takes(&shown.hash, author.cx.now) {
        return Ok(Some(device));
    }
    devices::forget(tx, author, account, Some(device.id))?;
    Ok(None)
}

fn find(tx: &mut Tx<'_>, account: &Account, shown: &Shown, cx: &Cx) -> Result<Option<Device>> {
    let Some(device) = rows::find(tx, account.id, shown.id)? else { return Ok(None) };
    let policy = settings::of(tx, account.tenant_id)?.mfa;
    let counts = device.epoch == account.epoch && devices::ends(&device, &policy) > cx.now;
    Ok(counts.then_some(device))
}

/// Notes that a device that was accepted is used; gives its next token. The caller holds the user's lock.
pub(super) fn exchange(
    tx: &mut Tx<'_>,
    cx: &Cx,
    device: Device,
    shown: &Shown,
    (draw, client): (&Draw, &Client),
) -> Result<Option<Next>> {
    let Some(next) = secrets(&device).exchange(&shown.hash, draw.hash(), cx.now) else { return Ok(None) };
    let Rolling { current, previous, until } = next;
    let (address, user_agent) = seen(client);
    let used = Device {
        secret_hash: current,
        previous_hash: previous,
        previous_until: until,
        last_used: Some(cx.now),
        uses: device.uses.saturating_add(1),
        address,
        user_agent,
        ..device
    };
    rows::update(tx, &used)?;
    Ok(Some(Next { token: draw.token(PREFIX, used.id.uuid()), expires: used.expires }))
}

/// A device that is to be remembered: what was proven there, and what the user calls it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ToRemember {
    pub(super) method: Method,
    pub(super) passkey: Option<PasskeyId>,
    pub(super) wanted: Remember,
}

impl ToRemember {
    /// What a link keeps of it over a change of the password.
    pub(super) fn document(&self) -> Value {
        let passkey = self.passkey.map(|id| id.to_string());
        json!({ "method": self.method, "passkey": passkey, "name": self.wanted.name })
    }

    /// What [`Self::document`] kept, if it was anything.
    pub(super) fn read(document: &Value) -> Option<Self> {
        let method = document["method"].as_str()?.parse().ok()?;
        let passkey = document["passkey"].as_str().and_then(|id| id.parse().ok());
        Some(Self { method, passkey, wanted: Remember { name: document["name"].as_str().map(str::to_owned) } })
    }

    /// Whether the factor that was proven then is there still, and no other in its place.
    pub(super) fn is_there(&self, tx: &mut Tx<'_>, user: UserId, then: Instant) -> Result<bool> {
        Ok(match self.passkey {
            Some(id) => passkeys::find(tx, user, id)?.is_some(),
            None => factors::find(tx, user, self.method.as_str())?.is_some_and(|factor| factor.created <= then),
        })
    }
}

/// Remembers the device on which a factor was proven; gives its token. Nothing in a session that is for setting up a factor,
/// where the tenant does not want it, or what was proven is no factor that could be proven again. The caller holds the user's
/// lock.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    cx: &Cx,
    actor: &Actor,
    (account, opened): &(Account, Opened),
    (wanted, draw, client): (&ToRemember, &Draw, &Client),
) -> Result<Option<Next>> {
    let policy = settings::of(tx, account.tenant_id)?.mfa;
    let may = Method::FACTORS.contains(&wanted.method) && opened.session.limited_to.is_none();
    let Some(expires) = devices::would_end(&policy, cx.now).filter(|_| may) else { return Ok(None) };
    let (address, user_agent) = seen(client);
    let new = Device {
        id: DeviceId::new(cx.now, draw.id()),
        user_id: account.id,
        name: wanted.wanted.name.clone(),
        method: wanted.method.as_str().to_owned(),
        passkey_id: wanted.passkey,
        epoch: account.epoch,
        secret_hash: draw.hash(),
        previous_hash: None,
        previous_until: None,
        created: cx.now,
        expires,
        last_used: None,
        uses: 0,
        address,
        user_agent,
    };
    devices::remember(tx, Author { actor, cx, tenant: account.tenant_id }, account, &new)?;
    Ok(Some(Next { token: draw.token(PREFIX, new.id.uuid()), expires }))
}

fn secrets(device: &Device) -> Rolling {
    let (current, previous) = (device.secret_hash.clone(), device.previous_hash.clone());
    Rolling { current, previous, until: device.previous_until }
}

fn seen(client: &Client) -> (Option<String>, Option<String>) {
    let user_agent = client.user_agent.as_ref().map(|text| text.chars().take(USER_AGENT).collect());
    (Some(client.address.to_string()), user_agent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ir5_what_is_to_be_remembered_survives_its_document() {
        let passkey = Some(PasskeyId::new(Instant::from_micros(1_700_000_000_000_000), [7; 10]));
        for (method, passkey, name) in [(Method::Passkey, passkey, None), (Method::Totp, None, Some("Laptop"))] {
            let wanted = ToRemember { method, passkey, wanted: Remember { name: name.map(str::to_owned) } };
            assert_eq!(ToRemember::read(&wanted.document()), Some(wanted));
        }
        assert_eq!(ToRemember::read(&Value::Null), None);
    }
}
