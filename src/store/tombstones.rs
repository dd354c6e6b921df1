//! Rows of `users` that are deleted: all that is kept is in them until they are erased.

use diesel::prelude::*;
use serde_json::{Map, Value};

use super::schema::{
    adoption_request, ceremony, device, factor, identity, one_time_link, outbox, passkey, password, password_history,
    recovery_code, session, suspicion, suspicious_fact, user_attribute, user_mfa, user_restriction, users,
};
use super::search;
use super::tx::{Tx, is_taken};
use super::types::Json;
use super::users::{Row, User};
use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};

/// Makes a user a tombstone: its name is free, its index rows are gone.
///
/// # Errors
/// When the database cannot be asked.
pub fn entomb(tx: &mut Tx<'_>, user: &User, now: Instant) -> Result<()> {
    diesel::update(users::table.filter(users::seq.eq(user.seq)))
        .set((
            users::deleted.eq(Some(now)),
            users::modified.eq(now),
            users::version.eq(user.version + 1),
            users::search.eq(None::<String>),
        ))
        .execute(tx.conn)?;
    diesel::delete(user_attribute::table.filter(user_attribute::user_seq.eq(user.seq))).execute(tx.conn)?;
    Ok(())
}

/// The deleted user of that id, unless nothing is left of it.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: UserId) -> Result<Option<User>> {
    let row = users::table
        .filter(users::id.eq(id).and(users::tenant_id.eq(tenant)).and(users::deleted.is_not_null()))
        .select(Row::as_select())
        .get_result(tx.conn)
        .optional()?;
    Ok(row.map(User::from).filter(|user| !is_erased(user)))
}

/// What was erased has its id for a name and an empty document.
fn is_erased(user: &User) -> bool {
    user.document.is_empty() && user.user_name == user.id.to_string()
}

/// Makes a deleted user a living one again. Its index rows are the caller's to make.
///
/// # Errors
/// [`Error::Taken`] when the tenant has a user of that name by now.
pub fn revive(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    let revived = diesel::update(users::table.filter(users::seq.eq(user.seq)))
        .set((
            users::deleted.eq(None::<Instant>),
            users::modified.eq(user.modified),
            users::version.eq(user.version),
            users::search.eq(Some(search::text(&user.user_name, &user.document, user.email.as_deref()))),
        ))
        .execute(tx.conn);
    match revived {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => {
            Err(Error::Taken(format!("userName `{}` was taken by another user meanwhile", user.user_name)))
        }
        Err(error) => Err(error.into()),
    }
}

/// Up to `limit` users of a tenant who were deleted before that time and of whom something is left.
///
/// # Errors
/// When the database cannot be asked.
pub fn deleted_before(tx: &mut Tx<'_>, tenant: TenantId, end: Instant, limit: i64) -> Result<Vec<UserId>> {
    let nothing = Json::of(&Map::<String, Value>::new())?;
    Ok(users::table
        .filter(users::tenant_id.eq(tenant).and(users::deleted.lt(end)).and(users::doc.ne(nothing)))
        .order(users::seq)
        .limit(limit)
        .select(users::id)
        .load(tx.conn)?)
}

/// Erases all that is personal of a deleted user.
///
/// # Errors
/// When the database cannot be asked.
pub fn erase(tx: &mut Tx<'_>, user: &User) -> Result<()> {
    let name = user.id.to_string();
    diesel::update(users::table.filter(users::seq.eq(user.seq)))
        .set((
            (users::user_name.eq(&name), users::user_name_folded.eq(&name)),
            (users::display_name.eq(None::<String>), users::display_name_folded.eq(None::<String>)),
            users::doc.eq(Json::of(&Map::<String, Value>::new())?),
            (users::email.eq(None::<String>), users::verified_email.eq(None::<String>)),
            (users::email_verified.eq(false), users::mfa_enabled.eq(false), users::strongest_factor.eq(0)),
            users::factors.eq(0),
            users::search.eq(None::<String>),
            users::last_login.eq(None::<Instant>),
        ))
        .execute(tx.conn)?;
    diesel::delete(identity::table.filter(identity::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(password::table.filter(password::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(password_history::table.filter(password_history::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(session::table.filter(session::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(one_time_link::table.filter(one_time_link::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(factor::table.filter(factor::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(passkey::table.filter(passkey::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(recovery_code::table.filter(recovery_code::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(user_mfa::table.filter(user_mfa::user_id.eq(user.id))).execute(tx.conn)?;
    super::mfa_resets::delete_all(tx, user.id)?;
    diesel::delete(ceremony::table.filter(ceremony::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(device::table.filter(device::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(user_restriction::table.filter(user_restriction::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(adoption_request::table.filter(adoption_request::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(outbox::table.filter(outbox::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(suspicious_fact::table.filter(suspicious_fact::user_id.eq(user.id))).execute(tx.conn)?;
    diesel::delete(suspicion::table.filter(suspicion::user_id.eq(user.id))).execute(tx.conn)?;
    Ok(())
}
