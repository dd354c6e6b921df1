//! The `login_id` table: by what people sign in. A value belongs to one user of a tenant. Sign-in itself looks it up in
//! `credentials`.

use diesel::prelude::*;

use super::conn::directly;
use super::schema::login_id;
use super::seams;
use super::text;
use super::tx::{Tx, is_taken};
use crate::error::{Error, Result};
use crate::ids::{TenantId, UserId};

/// What a login is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user name.
    UserName,
    /// The account's own e-mail.
    Email,
    /// A phone number.
    Phone,
    /// Another name.
    Alias,
}

impl Kind {
    /// The word for it in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UserName => "user_name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Alias => "alias",
        }
    }
}

/// A login as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = login_id)]
pub struct Login {
    /// The tenant in which it is unique.
    pub tenant_id: TenantId,
    /// The value, folded.
    pub value_folded: String,
    /// Whose it is.
    pub user_id: UserId,
    /// A word of [`Kind`].
    pub kind: String,
    /// Whether the user proved that it is theirs.
    pub verified: bool,
}

impl Login {
    /// A login that nobody proved yet.
    pub fn new(tenant: TenantId, user: UserId, kind: Kind, value: &str) -> Self {
        let value_folded = text::key(value);
        Self { tenant_id: tenant, value_folded, user_id: user, kind: kind.as_str().to_owned(), verified: false }
    }
}

/// Adds a login.
///
/// # Errors
/// [`Error::Taken`] when another user of the tenant has it; the text is the caller's to make.
pub fn insert(tx: &mut Tx<'_>, new: &Login) -> Result<()> {
    match directly!(tx.conn, inner => diesel::insert_into(login_id::table).values(new).execute(inner)) {
        Ok(_) => Ok(()),
        Err(error) if is_taken(&error) => Err(Error::Taken(String::new())),
        Err(error) => Err(error.into()),
    }
}

/// Adds a login unless another user of the tenant has it; answers whether it was free.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_if_free(tx: &mut Tx<'_>, new: &Login) -> Result<bool> {
    Ok(seams::insert_login_if_free(tx.conn, new)? > 0)
}

/// Adds those of these logins that are free; answers how many were.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert_free(tx: &mut Tx<'_>, new: &[Login]) -> Result<usize> {
    Ok(seams::insert_free_logins(tx.conn, new)?)
}

/// The logins of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn of(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Login>> {
    let logins = login_id::table.filter(login_id::user_id.eq(user)).order(login_id::value_folded);
    Ok(directly!(tx.conn, inner => logins.select(Login::as_select()).load(inner))?)
}

/// Who in a tenant has this login.
///
/// # Errors
/// When the database cannot be asked.
pub fn holder(tx: &mut Tx<'_>, tenant: TenantId, value: &str) -> Result<Option<Login>> {
    let login = login_id::table.filter(login_id::tenant_id.eq(tenant).and(login_id::value_folded.eq(text::key(value))));
    Ok(directly!(tx.conn, inner => login.select(Login::as_select()).get_result(inner)).optional()?)
}

/// Says whether a user proved that an address or number is theirs.
///
/// # Errors
/// When the database cannot be asked.
pub fn set_verified(tx: &mut Tx<'_>, user: UserId, kind: Kind, verified: bool) -> Result<()> {
    diesel::update(login_id::table.filter(login_id::user_id.eq(user).and(login_id::kind.eq(kind.as_str()))))
        .set(login_id::verified.eq(verified))
        .execute(tx.conn)?;
    Ok(())
}

/// Frees a login.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_one(tx: &mut Tx<'_>, login: &Login) -> Result<()> {
    let row = login_id::table.filter(login_id::tenant_id.eq(login.tenant_id));
    diesel::delete(row.filter(login_id::value_folded.eq(&login.value_folded))).execute(tx.conn)?;
    Ok(())
}

/// Frees the logins of one kind of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete(tx: &mut Tx<'_>, user: UserId, kind: Kind) -> Result<()> {
    diesel::delete(login_id::table.filter(login_id::user_id.eq(user).and(login_id::kind.eq(kind.as_str()))))
        .execute(tx.conn)?;
    Ok(())
}

/// Frees every login of a user.
///
/// # Errors
/// When the database cannot be asked.
pub fn delete_all(tx: &mut Tx<'_>, user: UserId) -> Result<()> {
    diesel::delete(login_id::table.filter(login_id::user_id.eq(user))).execute(tx.conn)?;
    Ok(())
}
