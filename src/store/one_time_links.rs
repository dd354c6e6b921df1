//! The `one_time_link` table: what is proven once by following a link or showing a token. Only hashes of secrets are kept.
//! They are looked up in `credentials`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use super::schema::one_time_link;
use super::tx::Tx;
use super::types::Document;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::UserId;
use crate::lifetimes::Lifetimes;
use crate::secret::Secret;

/// The member of what belongs to a link that names the address it was mailed to.
pub const ADDRESS: &str = "address";
/// The member that names the request to reset second factors that a link is about.
pub const RESET: &str = "reset";
/// The member that names the way by which a link was sent, where that is not the account's own address.
pub const METHOD: &str = "method";

/// Seconds that a code to set up a second factor lives (IR-17).
pub const ENROL_SECONDS: i64 = 24 * 3600;
/// Seconds that a sign-in waits for the password that is due.
pub const CHANGE_SECONDS: i64 = 10 * 60;

/// A link as it is kept.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = one_time_link, treat_none_as_default_value = false)]
pub struct Link {
    /// The public part, by which it is found.
    pub id: String,
    /// SHA-256 of the secret part.
    pub secret_hash: Vec<u8>,
    /// What it is for.
    pub purpose: String,
    /// Whom it is about.
    pub user_id: UserId,
    /// The user's epoch when it was made; a later one ends it.
    pub epoch: i64,
    /// When it was made.
    pub created: Instant,
    /// When it ends.
    pub expires: Instant,
    /// When it was used.
    pub used: Option<Instant>,
    /// What else belongs to it.
    pub payload: Document,
}

impl Link {
    /// What else belongs to it.
    pub fn payload(&self) -> &serde_json::Value {
        &self.payload.0
    }

    /// Whether it was mailed to that address, as far as that is known.
    pub fn went_to(&self, email: Option<&str>) -> bool {
        self.payload().get(ADDRESS).is_none_or(|address| address.as_str() == email)
    }

    /// The same with what else belongs to it.
    #[must_use]
    pub fn with(self, payload: serde_json::Value) -> Self {
        Self { payload: Document(payload), ..self }
    }
}

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To prove that an e-mail address is the user's.
    Verify,
    /// To set a new password.
    Reset,
    /// To set the first password.
    Welcome,
    /// To accept an invitation.
    Invite,
    /// To add a second factor.
    Enrol,
    /// To take an e-mail change back.
    EmailChange,
    /// To object to a reset of one's second factors.
    Object,
    /// To choose another password in the middle of a sign-in.
    Change,
}

impl Purpose {
    /// Whether such a link outlives what ends everything that was issued to the user: whoever took an account over must
    /// not end the way back by what they do next.
    pub fn outlives_epoch(self) -> bool {
        matches!(self, Self::EmailChange | Self::Object)
    }

    /// The members of what belongs to such a link by which those of one user are told apart; without any, the latest alone
    /// lives.
    pub fn apart_by(self) -> &'static [&'static str] {
        match self {
            // Each earlier address keeps its own way back.
            Self::EmailChange => &["to"],
            // Each request can be objected to, wherever its notice is read.
            Self::Object => &[RESET, METHOD],
            _ => &[],
        }
    }

    /// The word for it in the database and the outbox.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Welcome => "welcome",
            Self::Invite => "invite",
            Self::Enrol => "enrol",
            Self::EmailChange => "email_change",
            Self::Object => "object",
            Self::Change => "change",
        }
    }

    /// How long such a link lives, in seconds.
    pub fn seconds(self, lifetimes: &Lifetimes) -> i64 {
        match self {
            Self::Reset => lifetimes.reset_link,
            Self::Verify => lifetimes.verify_link,
            Self::Welcome | Self::Invite => lifetimes.welcome_link,
            Self::Enrol => ENROL_SECONDS,
            Self::EmailChange | Self::Object => 7 * 24 * 3600,
            Self::Change => CHANGE_SECONDS,
        }
    }
}

/// A link to be made.
#[derive(Clone, Copy, Debug)]
pub struct New {
    /// What it is for.
    pub purpose: Purpose,
    /// Whom it is about.
    pub user: UserId,
    /// The user's epoch now.
    pub epoch: i64,
    /// When it is made.
    pub now: Instant,
    /// When it ends.
    pub expires: Instant,
    /// Unpredictable bytes: the id, then the secret.
    pub random: [u8; 40],
}

/// Makes a link, and its token: what is shown once. Of the token only the hash of its secret half is kept.
pub fn mint(new: New) -> (Link, Secret) {
    let (id, secret) = new.random.split_at(8);
    let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
    let secret = URL_SAFE_NO_PAD.encode(secret);
    let link = Link {
        id: id.clone(),
        secret_hash: Sha256::digest(secret.as_bytes()).to_vec(),
        purpose: new.purpose.as_str().to_owned(),
        user_id: new.user,
        epoch: new.epoch,
        created: new.now,
        expires: new.expires,
        used: None,
        payload: Document(serde_json::Value::Object(serde_json::Map::new())),
    };
    (link, Secret::new(format!("{PREFIX}{id}.{secret}")))
}

/// The id in a token, and the hash of its secret half; `None` when it is no token of a link by its form.
pub fn split(token: &str) -> Option<(&str, Vec<u8>)> {
    let (id, secret) = token.strip_prefix(PREFIX)?.split_once('.')?;
    Some((id, Sha256::digest(secret.as_bytes()).to_vec()))
}

/// What every token of a link begins with.
const PREFIX: &str = "rc_link_";

/// Adds a link in place of those of the same purpose and user.
///
/// # Errors
/// When the database cannot be asked.
pub fn replace(tx: &mut Tx<'_>, new: &Link) -> Result<()> {
    delete(tx, new.user_id, &new.purpose)?;
    diesel::insert_into(one_time_link::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// Kills the links of a purpose of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, purpose: &str) -> Result<()> {
    let same = one_time_link::user_id.eq(user).and(one_time_link::purpose.eq(purpose));
    diesel::delete(one_time_link::table.filter(same)).execute(tx.conn)?;
    Ok(())
}

/// Adds a link in place of those of the same purpose and user that have the same of these members among what else belongs
/// to them.
///
/// # Errors
/// When the database cannot be asked.
pub fn replace_same(tx: &mut Tx<'_>, new: &Link, members: &[&str]) -> Result<()> {
    let same = one_time_link::user_id.eq(new.user_id).and(one_time_link::purpose.eq(&new.purpose));
    let stored: Vec<Link> = one_time_link::table.filter(same).select(Link::as_select()).load(tx.conn)?;
    let is_same = |old: &Link| members.iter().all(|member| old.payload().get(member) == new.payload().get(member));
    for old in stored.iter().filter(|old| is_same(old)) {
        diesel::delete(one_time_link::table.filter(one_time_link::id.eq(&old.id))).execute(tx.conn)?;
    }
    diesel::insert_into(one_time_link::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// Kills every link of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_all(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::delete(one_time_link::table.filter(one_time_link::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}

/// Uses a link. False when it was used or killed meanwhile.
///
/// # Errors
/// When the database cannot be asked.
pub fn consume(tx: &mut Tx<'_>, id: &str, now: Instant) -> Result<bool> {
    let unused = one_time_link::id.eq(id).and(one_time_link::used.is_null());
    Ok(diesel::update(one_time_link::table.filter(unused)).set(one_time_link::used.eq(Some(now))).execute(tx.conn)? > 0)
}

/// Deletes links that ended before that time.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge(tx: &mut Tx<'_>, before: Instant) -> Result<usize> {
    Ok(diesel::delete(one_time_link::table.filter(one_time_link::expires.lt(before))).execute(tx.conn)?)
}
