//! What administrators sort users by. Who lacks it comes last, whichever way the list runs; ids decide between equals, or
//! where an index has them so, the order in which they were made, which is that of ids.

use diesel::define_sql_function;
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::Boxed;
use crate::clock::Instant;
use crate::store::schema::users;

/// What a list can be sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// When the user was made.
    Created,
    /// When it last changed.
    Modified,
    /// Its account's e-mail.
    Email,
    /// Its user name.
    UserName,
    /// Its display name.
    DisplayName,
    /// When it last signed in.
    LastLogin,
    /// Its status, as it is now.
    Status,
}

/// An order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub column: Column,
    /// Whether it runs backwards.
    pub descending: bool,
}

define_sql_function! {
    /// A text in lower case.
    fn lower(text: Nullable<Text>) -> Nullable<Text>;
}

/// Orders by a time that every user has: as its index does, from which a page is then read, however many users there are.
macro_rules! by_time {
    ($query:expr, $descending:expr, $column:expr) => {
        match $descending {
            false => $query.order(($column.asc(), users::seq.asc())),
            true => $query.order(($column.desc(), users::seq.desc())),
        }
    };
}

/// Orders by a column that every user has.
macro_rules! by {
    ($query:expr, $descending:expr, $column:expr) => {
        match $descending {
            false => $query.order(($column.asc(), users::id.asc())),
            true => $query.order(($column.desc(), users::id.asc())),
        }
    };
}

/// Orders by a column that some lack: those come last both ways.
macro_rules! by_nullable {
    ($query:expr, $descending:expr, $column:expr) => {
        match $descending {
            false => $query.order(($column.is_null().asc(), $column.asc(), users::id.asc())),
            true => $query.order(($column.is_null().asc(), $column.desc(), users::id.asc())),
        }
    };
}

pub(super) fn by(query: Boxed, order: Order, now: Instant) -> Boxed {
    let Order { column, descending } = order;
    match column {
        Column::Created => by_time!(query, descending, users::created),
        Column::Modified => by_time!(query, descending, users::modified),
        Column::UserName => by!(query, descending, users::user_name_folded),
        Column::Email => by_nullable!(query, descending, lower(users::email)),
        Column::DisplayName => by_nullable!(query, descending, users::display_name_folded),
        Column::LastLogin => by_nullable!(query, descending, users::last_login),
        Column::Status => {
            let ended = users::status_after.is_not_null().and(users::status_until.le(now));
            let current = case_when(ended, users::status_after).otherwise(users::status.nullable());
            by!(query, descending, current)
        }
    }
}
