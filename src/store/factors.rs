//! The tables `factor` and `user_mfa`, and the columns of `users` that say how strong a user's factors are. Secrets are
//! sealed above; which factor is good for what is decided there too.

use diesel::prelude::*;

use super::recovery_codes;
use super::schema::{factor, passkey, user_mfa, users};
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::UserId;

/// A factor that is a secret or an address.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = factor, primary_key(user_id, kind), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Factor {
    /// Whose it is.
    pub user_id: UserId,
    /// `totp`, `sms` or `email`.
    pub kind: String,
    /// The seed or the address, sealed.
    pub sealed: Vec<u8>,
    /// What people see of an address.
    pub hint: Option<String>,
    /// When it was confirmed.
    pub created: Instant,
    /// When it last proved something.
    pub last_used: Option<Instant>,
    /// The step of the last code of an authenticator.
    pub last_step: Option<i64>,
}

/// What else is known of a user's factors.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = user_mfa, primary_key(user_id), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Record {
    /// Whose it is.
    pub user_id: UserId,
    /// The method that the user likes best.
    pub preferred: Option<String>,
    /// Since when a policy asks for a factor that the user lacks.
    pub asked_since: Option<Instant>,
    /// Whether an enrolment code is asked for before another factor may be set up.
    pub code_required: bool,
    /// When the password was last set by a mailed link.
    pub mailed_reset: Option<Instant>,
}

impl Record {
    /// Of a user of whom nothing is known.
    pub fn none(user: UserId) -> Self {
        Self { user_id: user, preferred: None, asked_since: None, code_required: false, mailed_reset: None }
    }
}

/// The factors of a user, passkeys and recovery codes aside.
///
/// # Errors
/// When the database cannot be asked.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Factor>> {
    let rows = factor::table.filter(factor::user_id.eq(user)).order(factor::kind);
    Ok(rows.select(Factor::as_select()).load(tx.conn)?)
}

/// The factor of a kind of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, user: UserId, kind: &str) -> Result<Option<Factor>> {
    let row = factor::table.filter(factor::user_id.eq(user).and(factor::kind.eq(kind)));
    Ok(row.select(Factor::as_select()).get_result(tx.conn).optional()?)
}

/// Gives a user a factor in place of the one of its kind. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn put(tx: &mut Tx<'_>, new: &Factor) -> Result<()> {
    let same = factor::table.filter(factor::user_id.eq(new.user_id).and(factor::kind.eq(&new.kind)));
    if diesel::update(same).set(new).execute(tx.conn)? == 0 {
        diesel::insert_into(factor::table).values(new).execute(tx.conn)?;
    }
    Ok(())
}

/// Takes a factor from a user. False when there is none of that kind.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, kind: &str) -> Result<bool> {
    let same = factor::user_id.eq(user).and(factor::kind.eq(kind));
    Ok(diesel::delete(factor::table.filter(same)).execute(tx.conn)? > 0)
}

/// What else is known of a user's factors.
///
/// # Errors
/// When the database cannot be asked.
pub fn record(tx: &mut Tx<'_>, user: UserId) -> Result<Record> {
    let row = user_mfa::table.filter(user_mfa::user_id.eq(user)).select(Record::as_select());
    Ok(row.get_result(tx.conn).optional()?.unwrap_or_else(|| Record::none(user)))
}

/// Writes what else is known. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn put_record(tx: &mut Tx<'_>, new: &Record) -> Result<()> {
    let same = user_mfa::table.filter(user_mfa::user_id.eq(new.user_id));
    if diesel::update(same).set(new).execute(tx.conn)? == 0 {
        diesel::insert_into(user_mfa::table).values(new).execute(tx.conn)?;
    }
    Ok(())
}

/// The kinds of factors that a user has, `passkey` among them.
///
/// # Errors
/// When the database cannot be asked.
pub fn kinds(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<String>> {
    let mut kinds: Vec<String> =
        factor::table.filter(factor::user_id.eq(user)).order(factor::kind).select(factor::kind).load(tx.conn)?;
    let passkeys: i64 = passkey::table.filter(passkey::user_id.eq(user)).count().get_result(tx.conn)?;
    if passkeys > 0 {
        kinds.push("passkey".to_owned());
    }
    Ok(kinds)
}

/// Which kinds of factors a user has, in one number at the user, so that reports count without looking at factors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(pub i32);

impl Marks {
    /// An authenticator.
    pub const TOTP: Self = Self(1);
    /// A telephone.
    pub const SMS: Self = Self(2);
    /// A mailbox.
    pub const EMAIL: Self = Self(4);
    /// A passkey.
    pub const PASSKEY: Self = Self(8);
    /// Recovery codes that are left.
    pub const RECOVERY_CODES: Self = Self(16);
    /// Exactly one passkey, which never leaves its device.
    pub const ONE_BOUND_PASSKEY: Self = Self(32);

    /// Every combination.
    pub fn every() -> impl Iterator<Item = Self> {
        (0..64).map(Self)
    }

    /// Whether all of the other's are among them.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those that say of factors.
    pub fn factors(self) -> Self {
        Self(self.0 & 15)
    }

    /// Whether there is any factor.
    pub fn any(self) -> bool {
        self.factors() != Self::default()
    }
}

fn marks(tx: &mut Tx<'_>, user: UserId) -> Result<Marks> {
    let of_kind = |kind: &String| match kind.as_str() {
        "totp" => Marks::TOTP.0,
        "sms" => Marks::SMS.0,
        "email" => Marks::EMAIL.0,
        "passkey" => Marks::PASSKEY.0,
        _ => 0,
    };
    let factors: i32 = kinds(tx, user)?.iter().map(of_kind).sum();
    let bound: Vec<bool> =
        passkey::table.filter(passkey::user_id.eq(user)).select(passkey::device_bound).load(tx.conn)?;
    let alone = if bound == [true] { Marks::ONE_BOUND_PASSKEY.0 } else { 0 };
    let codes = if recovery_codes::left(tx, user)? > 0 { Marks::RECOVERY_CODES.0 } else { 0 };
    Ok(Marks(factors + alone + codes))
}

/// Notes at the user that a recovery code was used.
///
/// # Errors
/// When the database cannot be asked.
pub(super) fn note_codes(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    let marks = marks(tx, user)?;
    diesel::update(users::table.filter(users::id.eq(user))).set(users::factors.eq(marks.0)).execute(tx.conn)?;
    Ok(())
}

/// Notes that a user is reminded of second factors now; false for one who was since then. The caller holds the user's lock.
///
/// # Errors
/// When the database cannot be asked.
pub fn note_reminder(tx: &mut Tx<'_>, user: UserId, since: Instant, now: Instant) -> Result<bool> {
    let of_user = || user_mfa::table.filter(user_mfa::user_id.eq(user));
    let last: Option<Option<Instant>> = of_user().select(user_mfa::reminded).get_result(tx.conn).optional()?;
    if last.flatten().is_some_and(|last| last > since) {
        return Ok(false);
    }
    if last.is_none() {
        diesel::insert_into(user_mfa::table).values(&Record::none(user)).execute(tx.conn)?;
    }
    diesel::update(of_user()).set(user_mfa::reminded.eq(Some(now))).execute(tx.conn)?;
    Ok(true)
}

/// Notes at the user which factors there are and how strong they are, so that lists, reports and every request know.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_strength(tx: &mut Tx<'_>, user: UserId, strongest: i32) -> Result<()> {
    let marks = marks(tx, user)?;
    let strength = (users::strongest_factor.eq(strongest), users::mfa_enabled.eq(strongest > 0));
    diesel::update(users::table.filter(users::id.eq(user)))
        .set((strength, users::factors.eq(marks.0)))
        .execute(tx.conn)?;
    Ok(())
}
