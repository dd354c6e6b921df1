//! Users as administrators look at them: lists over one tenant or many, and one user with its account, its place and what
//! else is asked for. It reads; what changes users lies in `users` and in what is done to accounts.

mod find;
mod list;

use email_address::{EmailAddress, Options};
use serde_json::{Map, Value};

use crate::clock::Instant;
use crate::ids::{TenantId, UnitId, UserId};
use crate::store::people::{Home, Person};

pub use super::membership::Membership;
pub use crate::store::people::{Claim, Column, Order, Session};
pub use find::{check, check_unit, find, find_assigned, find_changed, memberships, only_tenant, permit};
pub use list::{Page, Query, UnitQuery, Wanted, list, list_widely};
pub(in crate::directory) use list::{in_unit, listed};

/// A user as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The id.
    pub id: UserId,
    /// The tenant.
    pub tenant: TenantId,
    /// The e-mail that stands for the user, see [`shown_email`].
    pub email: String,
    /// The display name.
    pub display_name: Option<String>,
    /// The status, as it is now.
    pub status: String,
    /// The names from the root of the tree to the home unit, each behind a slash.
    pub unit_path: Option<String>,
    /// Where the user comes from.
    pub identity_source: String,
    /// Whether any factor is confirmed.
    pub mfa_enabled: bool,
    /// When the user last signed in.
    pub last_login: Option<Instant>,
}

/// A user with its account.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// What a list shows of it.
    pub listed: Listed,
    /// The name.
    pub user_name: String,
    /// The SCIM document.
    pub document: Map<String, Value>,
    /// Whether the e-mail is confirmed.
    pub email_verified: bool,
    /// The home unit.
    pub unit: Option<UnitId>,
    /// The groups, of whatever owner.
    pub groups: Vec<Membership>,
    /// When it was made.
    pub created: Instant,
    /// When it last changed; `None` when it never did.
    pub updated: Option<Instant>,
    /// When the password was last changed.
    pub password_changed: Option<Instant>,
    /// Who claims it, when that was asked for.
    pub claims: Option<Vec<Claim>>,
    /// Its living sessions, when they were asked for.
    pub sessions: Option<Vec<Session>>,
}

/// What else of a user is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Include {
    /// Who claims it.
    pub identities: bool,
    /// Its living sessions.
    pub sessions: bool,
}

impl Listed {
    fn of(person: Person, home: Option<&Home>, now: Instant) -> Self {
        Self {
            id: person.id,
            tenant: person.tenant,
            email: shown_email(person.email.as_deref(), &person.user_name, person.id),
            status: person.status_at(now).to_owned(),
            display_name: person.display_name,
            unit_path: home.map(|home| home.path.clone()),
            identity_source: person.identity_source,
            mfa_enabled: person.mfa_enabled,
            last_login: person.last_login,
        }
    }
}

/// The e-mail that stands for a user: the account's, else a user name that is an address, else one that nobody can be
/// reached by (IR-13).
pub fn shown_email(email: Option<&str>, user_name: &str, id: UserId) -> String {
    let options = Options::default().without_display_text().without_domain_literal();
    let is_address = |text: &&str| EmailAddress::parse_with_options(text, options).is_ok();
    let found = email.or_else(|| Some(user_name).filter(is_address));
    found.map_or_else(|| no_email(id), str::to_owned)
}

/// What stands for the e-mail of a user who has none: nothing is ever sent there.
pub fn no_email(id: UserId) -> String {
    format!("{id}@no-email.invalid")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// IR-13.
    #[test]
    fn ir13_an_e_mail_stands_for_every_user() {
        let id = UserId::new(Instant::from_micros(0), [1; 10]);
        assert_eq!(shown_email(Some("a@example.org"), "b@example.org", id), "a@example.org");
        assert_eq!(shown_email(None, "b@example.org", id), "b@example.org");
        for name in ["ann", "ann@", "Ann <ann@example.org>"] {
            assert_eq!(shown_email(None, name, id), format!("{id}@no-email.invalid"));
        }
    }
}
