//! Codes that are sent in the course of a ceremony. One is made when its message is, so that the outbox holds none; the
//! ceremony keeps a keyed hash of the latest, and the address lies sealed with the factor or with the ceremony that sets it up.

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::sealing::{Key, bond, hex, keyed_hash, unhex};
use crate::store::ceremonies::{self, Ceremony};
use crate::store::outbox::Waiting;
use crate::store::{Tx, factors};

/// Codes of six digits.
const ALL: u64 = 1_000_000;

/// What codes are made with.
#[derive(Clone, Debug)]
pub struct Codes {
    /// Seals the addresses that codes go to.
    pub sealing: Key,
    /// Makes codes unreadable.
    pub hashing: Key,
}

/// A code, and where it goes.
pub(super) struct Sent {
    pub(super) code: String,
    pub(super) to: String,
    /// When the ceremony ends that it is for.
    pub(super) expires: Instant,
}

impl Codes {
    /// Makes a code for the ceremony that waits for it, in place of the one before; `None` when no ceremony waits any more.
    pub(super) fn mint(
        &self,
        tx: &mut Tx<'_>,
        message: &Waiting,
        random: [u8; 40],
        now: Instant,
    ) -> Result<Option<Sent>> {
        let named = |name: &str| message.payload.get(name).and_then(serde_json::Value::as_str);
        let (Some(id), Some(method), Some(user)) = (named("ceremony"), named("method"), message.user) else {
            return Err(Error::internal("a message for a code names no ceremony"));
        };
        let Some(ceremony) = ceremonies::by_id(tx, id, now)?.filter(|found| found.user_id == Some(user)) else {
            return Ok(None);
        };
        let Some(to) = self.address(tx, &ceremony, (user, method))? else { return Ok(None) };
        let number = random.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte)) % ALL;
        let code = format!("{number:06}");
        let expires = ceremony.expires;
        let hash = hex(&keyed_hash(self.hashing.bytes(), &["sent", id, method, &code]));
        ceremonies::set_sent(tx, ceremony, method, &hash)?;
        Ok(Some(Sent { code, to, expires }))
    }

    /// Where the code goes: to the address that is being set up, else to the one that is.
    fn address(&self, tx: &mut Tx<'_>, ceremony: &Ceremony, (user, method): (UserId, &str)) -> Result<Option<String>> {
        let new = ceremony.state.0.get("sealed").and_then(serde_json::Value::as_str).and_then(unhex);
        let sealed = match new {
            Some(sealed) => Some(sealed),
            None => factors::find(tx, user, method)?.map(|factor| factor.sealed),
        };
        Ok(sealed.and_then(|sealed| self.open((user, method), &sealed)))
    }

    /// The address that a message holds sealed: that of a factor that may be gone by now.
    pub(super) fn sealed_address(&self, message: &Waiting) -> Option<String> {
        let named = |name: &str| message.payload.get(name).and_then(serde_json::Value::as_str);
        let sealed = unhex(named("sealed")?)?;
        self.open((message.user?, named("method")?), &sealed)
    }

    fn open(&self, (user, method): (UserId, &str), sealed: &[u8]) -> Option<String> {
        let plain = self.sealing.open(&bond(&["factor", &user.to_string(), method]), sealed)?;
        String::from_utf8(plain).ok()
    }
}
