//! The `outbox` table: what is to be sent to whom. Rows are put in with the change that they tell of, claimed for a while
//! by whoever sends, and keep no text of what was sent.

use diesel::prelude::*;
use serde_json::Value;

use super::schema::{outbox, tenant, users};
use super::seams;
use super::tx::Tx;
use super::types::{Document, Json};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{TenantId, UserId};

/// A message that is to be sent.
#[derive(Clone, Debug)]
pub struct New {
    /// The tenant.
    pub tenant: TenantId,
    /// To whom, when it is a user.
    pub user: Option<UserId>,
    /// What for.
    pub purpose: &'static str,
    /// What its text is made of, beside the user.
    pub payload: Json,
    /// When it is to be sent at the earliest.
    pub due: Instant,
}

/// A message that waits, or that nobody could send.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Its number.
    pub seq: i64,
    /// The tenant.
    pub tenant: TenantId,
    /// To whom.
    pub user: Option<UserId>,
    /// What for.
    pub purpose: String,
    /// What its text is made of, beside the user.
    pub payload: Value,
    /// How often it was claimed.
    pub attempts: i32,
}

/// The user that a message is for.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Recipient {
    /// The slug of the tenant.
    pub tenant_slug: String,
    /// Its name for people.
    pub tenant_name: Option<String>,
    /// The user's name.
    pub user_name: String,
    /// What the user is called.
    pub display_name: Option<String>,
    /// The account's own e-mail.
    pub email: Option<String>,
    /// Whether the user proved that it is theirs.
    pub email_verified: bool,
    /// Where notices go while it is not confirmed.
    pub verified_email: Option<String>,
    /// Rises when everything that was issued to the user must end.
    pub epoch: i64,
}

/// Adds a message.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &New) -> Result<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::tenant_id.eq(new.tenant),
            outbox::user_id.eq(new.user),
            outbox::purpose.eq(new.purpose),
            outbox::payload.eq(&new.payload),
            outbox::created.eq(new.due),
            outbox::due.eq(new.due),
            outbox::attempts.eq(0),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// The living user that a message is for.
///
/// # Errors
/// When the database cannot be asked.
pub fn recipient(tx: &mut Tx<'_>, of: TenantId, user: UserId) -> Result<Option<Recipient>> {
    Ok(users::table
        .inner_join(tenant::table)
        .filter(users::id.eq(user).and(users::tenant_id.eq(of)).and(users::deleted.is_null()))
        .select((
            tenant::slug,
            tenant::name,
            users::user_name,
            users::display_name,
            users::email,
            users::email_verified,
            users::verified_email,
            users::epoch,
        ))
        .get_result(tx.conn)
        .optional()?)
}

/// Whether any message is due that was claimed less than `most` times.
///
/// # Errors
/// When the database cannot be asked.
pub fn any_due(tx: &mut Tx<'_>, now: Instant, most: i32) -> Result<bool> {
    let due = outbox::table.filter(outbox::sent.is_null().and(outbox::due.le(now)).and(outbox::attempts.lt(most)));
    let first: Option<i64> = due.select(outbox::seq).first(tx.conn).optional()?;
    Ok(first.is_some())
}

/// Claims up to `limit` messages that are due and were claimed less than `most` times: nobody else gets them before
/// `until`.
///
/// # Errors
/// When the database cannot be asked.
pub fn claim(tx: &mut Tx<'_>, now: Instant, until: Instant, most: i32, limit: i64) -> Result<Vec<Waiting>> {
    let due = seams::due_messages_kept(tx.conn, now, most, limit)?;
    diesel::update(outbox::table.filter(outbox::seq.eq_any(&due)))
        .set((outbox::due.eq(until), outbox::attempts.eq(outbox::attempts + 1)))
        .execute(tx.conn)?;
    type Columns = (i64, TenantId, Option<UserId>, String, Document, i32);
    let rows: Vec<Columns> = outbox::table
        .filter(outbox::seq.eq_any(due))
        .order(outbox::seq)
        .select((outbox::seq, outbox::tenant_id, outbox::user_id, outbox::purpose, outbox::payload, outbox::attempts))
        .load(tx.conn)?;
    let waiting = |(seq, tenant, user, purpose, payload, attempts): Columns| Waiting {
        seq,
        tenant,
        user,
        purpose,
        payload: payload.0,
        attempts,
    };
    Ok(rows.into_iter().map(waiting).collect())
}

/// Notes that a message needs no more: it was sent, or `why` says that nobody wants it. What its text was made of goes.
///
/// # Errors
/// When the database cannot be asked.
pub fn finish(tx: &mut Tx<'_>, seq: i64, now: Instant, why: Option<&str>) -> Result<()> {
    diesel::update(outbox::table.filter(outbox::seq.eq(seq)))
        .set((outbox::sent.eq(Some(now)), outbox::error.eq(why), outbox::payload.eq(Document(Value::Null))))
        .execute(tx.conn)?;
    Ok(())
}

/// Notes that a message could not be sent, and when it may be claimed again.
///
/// # Errors
/// When the database cannot be asked.
pub fn postpone(tx: &mut Tx<'_>, seq: i64, due: Instant, why: &str) -> Result<()> {
    diesel::update(outbox::table.filter(outbox::seq.eq(seq)))
        .set((outbox::due.eq(due), outbox::error.eq(Some(why))))
        .execute(tx.conn)?;
    Ok(())
}

/// How many messages wait, and how many were claimed `most` times and are given up.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, most: i32) -> Result<(i64, i64)> {
    let open = || outbox::table.filter(outbox::sent.is_null());
    let waiting = open().filter(outbox::attempts.lt(most)).count().get_result(tx.conn)?;
    let given_up = open().filter(outbox::attempts.ge(most)).count().get_result(tx.conn)?;
    Ok((waiting, given_up))
}

/// Deletes up to `slice` messages from before `end` that were sent or given up. How many it deleted.
///
/// # Errors
/// When the database cannot be asked.
pub fn purge(tx: &mut Tx<'_>, end: Instant, most: i32, slice: i64) -> Result<usize> {
    let old: Vec<i64> = outbox::table
        .filter(outbox::created.lt(end).and(outbox::sent.is_not_null().or(outbox::attempts.ge(most))))
        .order(outbox::seq)
        .limit(slice)
        .select(outbox::seq)
        .load(tx.conn)?;
    Ok(diesel::delete(outbox::table.filter(outbox::seq.eq_any(old))).execute(tx.conn)?)
}
