//! The users of all tenants, as owners of the platform look at them: all of them in creation order, or those that an
//! e-mail, a user name or an id leads to.

use diesel::prelude::*;
use scim_core::fold::fold;

use super::conn::MultiBackend;
use super::schema::{login_id, users};
use super::search::{self, Contains, Part};
use super::text;
use super::tx::Tx;
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::UserId;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = users)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// The name.
    pub user_name: String,
    /// The account's e-mail.
    pub email: Option<String>,
    /// When it was made.
    pub created: Instant,
    /// Whether it has a second factor.
    pub mfa_enabled: bool,
}

type Boxed = users::BoxedQuery<'static, MultiBackend>;

fn living() -> Boxed {
    users::table.filter(users::deleted.is_null()).into_boxed()
}

/// Some users in creation order.
///
/// # Errors
/// When the database cannot be asked.
pub fn page(tx: &mut Tx<'_>, offset: i64, limit: i64) -> Result<Vec<User>> {
    Ok(living().order(users::seq).offset(offset).limit(limit).select(User::as_select()).load(tx.conn)?)
}

/// A living user.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>> {
    Ok(living().filter(users::id.eq(id)).select(User::as_select()).first(tx.conn).optional()?)
}

/// Users by one of whose logins they are known; by any that begins with it, when only a beginning is given.
///
/// # Errors
/// When the database cannot be asked.
pub fn by_login(tx: &mut Tx<'_>, login: &str, beginning: bool, limit: i64) -> Result<Vec<User>> {
    let key = text::key(login);
    let known = users::table
        .inner_join(login_id::table.on(login_id::user_id.eq(users::id)))
        .filter(users::deleted.is_null())
        .order((login_id::value_folded, users::seq))
        // A user may be known by several.
        .limit(limit.saturating_mul(4))
        .select(User::as_select());
    let end = text::after_prefix(&key).filter(|_| beginning);
    Ok(match end {
        Some(end) => known.filter(login_id::value_folded.ge(key).and(login_id::value_folded.lt(end))).load(tx.conn)?,
        None => known.filter(login_id::value_folded.eq(key)).load(tx.conn)?,
    })
}

/// Users whose user name or one of whose e-mails contains a text. The index of trigrams leads to them when the text has
/// enough characters.
///
/// # Errors
/// When the database cannot be asked.
pub fn containing(tx: &mut Tx<'_>, part: &str, limit: i64) -> Result<Vec<User>> {
    let folded = fold(part);
    let place = search::Place::Anywhere;
    let indexed = [Part::UserName, Part::Email].map(|part| Contains::new(part, place, &folded));
    let query = match indexed {
        [Some(name), Some(email)] => living().filter(name.or(email)),
        _ => {
            let [name, email] = [Part::UserName, Part::Email].map(|part| search::pattern(part, place, &folded));
            let like = |pattern: String| users::search.assume_not_null().like(pattern).escape('\\');
            living().filter(users::search.is_not_null().and(like(name).or(like(email))))
        }
    };
    Ok(query.order(users::seq).limit(limit).select(User::as_select()).load(tx.conn)?)
}
