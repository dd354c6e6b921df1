//! What administrators sort users by. Who lacks it comes last, whichever way the list runs; between equals decides the order
//! in which they were made, which is that of ids.
//!
//! An order is a row of parts: users who come one after another as one index has them. So a page is read where it lies,
//! however many users there are. Nothing here asks the database.

use diesel::define_sql_function;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};

use super::Boxed;
use super::condition::{Sql, has_status};
use crate::clock::Instant;
use crate::store::schema::users;

/// Every status, in the order of its word: users of any other would be in no list that is sorted by status.
pub const STATUSES: [&str; 5] = ["ACTIVE", "DISABLED", "LOCKED", "PENDING_APPROVAL", "PENDING_EMAIL_VERIFICATION"];

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

/// Users who come one after another in an order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    who: Who,
    descending: bool,
    /// Whether of equals the last made comes first.
    newest_first: bool,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    /// Everybody, by what all have.
    All(Always),
    /// Those who have it, by it.
    Having(Sometimes),
    /// Those who lack it, as they were made.
    Lacking(Sometimes),
    /// Those of a status, as they were made.
    Of(&'static str),
}

#[derive(Clone, Copy, Debug)]
enum Always {
    Created,
    Modified,
    UserName,
}

#[derive(Clone, Copy, Debug)]
enum Sometimes {
    Email,
    DisplayName,
    LastLogin,
}

/// The parts of an order, the first first.
pub(super) fn parts(order: Order) -> Vec<Part> {
    let part = |who| Part { who, descending: order.descending, newest_first: false };
    // Times are sorted as their indexes run, backwards as well.
    let time = |who| Part { newest_first: order.descending, ..part(who) };
    let either = |what| vec![part(Who::Having(what)), part(Who::Lacking(what))];
    match order.column {
        Column::Created => vec![time(Who::All(Always::Created))],
        Column::Modified => vec![time(Who::All(Always::Modified))],
        Column::UserName => vec![part(Who::All(Always::UserName))],
        Column::Email => either(Sometimes::Email),
        Column::DisplayName => either(Sometimes::DisplayName),
        Column::LastLogin => either(Sometimes::LastLogin),
        Column::Status => {
            let mut each = STATUSES.map(|status| part(Who::Of(status)));
            if order.descending {
                each.reverse();
            }
            each.to_vec()
        }
    }
}

/// The parts of the same order, read from its end.
pub(super) fn reversed(parts: &[Part]) -> Vec<Part> {
    let turned = |part: &Part| Part { descending: !part.descending, newest_first: !part.newest_first, ..*part };
    parts.iter().rev().map(turned).collect()
}

macro_rules! sort {
    ($query:expr, $descending:expr, $column:expr) => {
        match $descending {
            false => $query.then_order_by($column.asc()),
            true => $query.then_order_by($column.desc()),
        }
    };
}

impl Part {
    /// Those of others who are in this part.
    pub(super) fn among(self, others: Boxed, now: Instant) -> Boxed {
        match self.who {
            Who::All(_) => others,
            Who::Having(what) => others.filter(what.is_there()),
            Who::Lacking(what) => others.filter(what.is_lacking()),
            Who::Of(status) => others.filter(has_status(status, now)),
        }
    }

    /// Sorts users of this part.
    pub(super) fn sort(self, users: Boxed) -> Boxed {
        let sorted = match self.who {
            Who::All(what) => what.sort(users, self.descending),
            Who::Having(what) => what.sort(users, self.descending),
            Who::Lacking(_) | Who::Of(_) => users,
        };
        sort!(sorted, self.newest_first, users::seq)
    }
}

impl Always {
    fn sort(self, users: Boxed, descending: bool) -> Boxed {
        match self {
            Self::Created => sort!(users, descending, users::created),
            Self::Modified => sort!(users, descending, users::modified),
            Self::UserName => sort!(users, descending, users::user_name_folded),
        }
    }
}

impl Sometimes {
    fn sort(self, users: Boxed, descending: bool) -> Boxed {
        match self {
            Self::Email => sort!(users, descending, lower(users::email)),
            Self::DisplayName => sort!(users, descending, users::display_name_folded),
            Self::LastLogin => sort!(users, descending, users::last_login),
        }
    }

    /// As the index is searched: one on an expression by a comparison, which holds for every text.
    fn is_there(self) -> Sql {
        match self {
            Self::Email => {
                Box::new(lower(users::email).is_not_null().and(lower(users::email).assume_not_null().ge("")))
            }
            Self::DisplayName => Box::new(users::display_name_folded.is_not_null()),
            Self::LastLogin => Box::new(users::last_login.is_not_null()),
        }
    }

    fn is_lacking(self) -> Sql {
        match self {
            Self::Email => Box::new(lower(users::email).is_null()),
            Self::DisplayName => Box::new(users::display_name_folded.is_null()),
            Self::LastLogin => Box::new(users::last_login.is_null()),
        }
    }
}
