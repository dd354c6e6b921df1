//! Ceremonies: sign-ins, step-ups and enrolments that are under way. One is found by its token or by the session that began
//! it, is bound to a tenant, a user and the user's epoch, ends by itself after a few minutes or five wrong answers, and is gone
//! once it was finished (flow_steps_server_side, single_use).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{SessionId, TenantId, UserId};
use crate::lifetimes::Lifetimes;
use crate::sealing::{hex, keyed_hash};
use crate::secret::Secret;
use crate::store::ceremonies::{self as rows, Ceremony};
use crate::store::{Document, Tx};

use super::{Keys, Method};

/// Wrong answers that end it.
pub const MOST_TRIES: i32 = 5;

/// What a ceremony is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The second step of a sign-in.
    SignIn,
    /// Proving anew who one is.
    StepUp,
    /// Signing in with a passkey alone.
    PasskeySignIn,
    /// Setting an authenticator up.
    EnrolTotp,
    /// Setting up a telephone that codes are sent to.
    EnrolSms,
    /// Setting up an address that codes are mailed to.
    EnrolEmail,
    /// Registering a passkey.
    RegisterPasskey,
}

impl Purpose {
    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::PasskeySignIn => "passkey_sign_in",
            Self::EnrolTotp => "enrol_totp",
            Self::EnrolSms => "enrol_sms",
            Self::EnrolEmail => "enrol_email",
            Self::RegisterPasskey => "register_passkey",
        }
    }

    /// How long such a ceremony lives, in seconds.
    fn seconds(self, lifetimes: &Lifetimes) -> i64 {
        match self {
            Self::SignIn => lifetimes.mfa_token,
            Self::StepUp
            | Self::PasskeySignIn
            | Self::EnrolTotp
            | Self::EnrolSms
            | Self::EnrolEmail
            | Self::RegisterPasskey => lifetimes.ceremony,
        }
    }
}

/// What the next step of a ceremony needs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// How whoever it is may go on.
    pub methods: Vec<Method>,
    /// What was proven before, in words of RFC 8176.
    pub proven: Vec<String>,
    /// Whether the session that comes of it may do nothing but set up a factor.
    pub enrols: bool,
    /// The codes that were sent, by method.
    pub sent: BTreeMap<Method, Sent>,
    /// What WebAuthn keeps between its two steps.
    pub webauthn: Option<serde_json::Value>,
    /// The seed or address that is being set up, sealed, in hexadecimal.
    pub sealed: Option<String>,
    /// What people see of that address.
    pub hint: Option<String>,
}

/// A code that was sent. The code itself is made when its message is, and only its hash is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sent {
    /// The keyed hash of the code, in hexadecimal; nothing until the message was made.
    pub hash: Option<String>,
    /// Wrong answers so far.
    pub tries: u32,
}

/// A ceremony to begin.
#[derive(Clone, Debug)]
pub struct Begin {
    /// What for.
    pub purpose: Purpose,
    /// Whose, once that is known.
    pub of: Option<(TenantId, UserId, i64)>,
    /// The session that begins it.
    pub session: Option<SessionId>,
    /// What its next step needs.
    pub state: State,
    /// When.
    pub now: Instant,
    /// How long such things live.
    pub lifetimes: Lifetimes,
    /// Unpredictable bytes: the id, then the secret.
    pub random: [u8; 40],
}

/// Begins a ceremony; answers its token. Of one session only the latest of a purpose goes on.
///
/// # Errors
/// When the database cannot be asked.
pub fn begin(tx: &mut Tx<'_>, new: Begin) -> Result<Secret> {
    if let Some(session) = new.session {
        rows::end_of_session(tx, session, new.purpose.as_str())?;
    }
    let (id, token, secret_hash) = rows::mint(new.random);
    let row = Ceremony {
        id,
        secret_hash,
        purpose: new.purpose.as_str().to_owned(),
        tenant_id: new.of.map(|(tenant, ..)| tenant),
        user_id: new.of.map(|(_, user, _)| user),
        session_id: new.session,
        epoch: new.of.map(|(_, _, epoch)| epoch),
        created: new.now,
        expires: new.now.plus_seconds(new.purpose.seconds(&new.lifetimes)),
        tries: 0,
        state: document(&new.state)?,
    };
    rows::insert(tx, &row)?;
    Ok(token)
}

/// A ceremony that is under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// Its row.
    pub row: Ceremony,
    /// What its next step needs.
    pub state: State,
}

/// The ceremony of a token, if it is for one of these purposes and under way.
///
/// # Errors
/// When the database cannot be asked.
pub fn follow(tx: &mut Tx<'_>, token: &str, purposes: &[Purpose], now: Instant) -> Result<Option<Open>> {
    let found = rows::find(tx, token, now)?;
    let wanted = |row: &Ceremony| purposes.iter().any(|purpose| purpose.as_str() == row.purpose);
    found.filter(wanted).map(open).transpose()
}

/// The ceremony of a purpose that a session began, if it is under way.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_session(tx: &mut Tx<'_>, session: SessionId, purpose: Purpose, now: Instant) -> Result<Option<Open>> {
    rows::of_session(tx, session, purpose.as_str(), now)?.map(open).transpose()
}

fn open(row: Ceremony) -> Result<Open> {
    let state = serde_json::from_value(row.state.0.clone()).map_err(Error::internal)?;
    Ok(Open { row, state })
}

fn document(state: &State) -> Result<Document> {
    serde_json::to_value(state).map(Document).map_err(Error::internal)
}

impl Open {
    /// Keeps what changed in the state.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn keep(&self, tx: &mut Tx<'_>) -> Result<()> {
        rows::set_state(tx, &self.row.id, &document(&self.state)?)
    }

    /// Counts a wrong answer; the last one that is allowed ends it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn count_try(&self, tx: &mut Tx<'_>) -> Result<()> {
        if self.row.tries + 1 >= MOST_TRIES {
            return rows::consume(tx, &self.row.id).map(drop);
        }
        rows::count_try(tx, &self.row.id)
    }

    /// Ends it. False when it has ended already: only whoever is answered true may act on it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub fn consume(&self, tx: &mut Tx<'_>) -> Result<bool> {
        rows::consume(tx, &self.row.id)
    }

    /// Whose it is, and the epoch that it began in.
    pub fn of(&self) -> Option<(TenantId, UserId, i64)> {
        Some((self.row.tenant_id?, self.row.user_id?, self.row.epoch?))
    }
}

/// What is kept of a code that was sent in the course of a ceremony.
pub fn hash(keys: &Keys, id: &str, method: Method, code: &str) -> String {
    hex(&keyed_hash(keys.codes.bytes(), &["sent", id, method.as_str(), code]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_survives_its_document() {
        let sent = BTreeMap::from([(Method::Sms, Sent { hash: Some("00ff".to_owned()), tries: 2 })]);
        let state = State { methods: vec![Method::Totp, Method::RecoveryCode], sent, enrols: true, ..State::default() };
        let Document(value) = document(&state).unwrap();
        assert_eq!(serde_json::from_value::<State>(value).unwrap(), state);
    }
}
