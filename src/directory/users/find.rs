//! Users, one or a list.

use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{Condition, Place as FieldPlace, SortKey};

use crate::access::{Permit, PersonActor, UsersRead};
use crate::directory::list::{self, Ability, Page, Query, Source};
use crate::directory::{Directory, view};
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::store::users::{self as rows, Viewer, Window};
use crate::store::{Tx, places};

use super::{User, Want, complete, completed};

/// The user of that id.
///
/// # Errors
/// [`Error::Missing`] when there is none that the permit reaches.
pub async fn find(directory: &Directory, permit: &Permit<UsersRead>, id: &str, want: Want) -> Result<User> {
    let id: UserId = id.parse().map_err(|_| Error::Missing("User"))?;
    let permit = permit.clone();
    directory
        .store
        .read_few(move |tx| {
            let seen = view::user(tx, &permit, id)?;
            completed(tx, view::viewer(&permit), want, User::from_seen(seen))
        })
        .await
}

/// The user who asks, whatever else it may see.
///
/// # Errors
/// [`Error::Missing`] when it was deleted this very moment.
pub async fn oneself(directory: &Directory, person: &PersonActor, want: Want) -> Result<User> {
    let (user, viewer) = (person.user, Viewer { tenant: person.tenant, connection: None, own_only: false });
    directory
        .store
        .read_few(move |tx| {
            let seen = rows::find(tx, viewer, user)?.ok_or(Error::Missing("User"))?;
            completed(tx, viewer, want, User::from_seen(seen))
        })
        .await
}

/// One page of the users that match.
///
/// # Errors
/// [`Error::TooMany`] when the search takes too long; [`Error::Denied`] when the permit reaches some org units only.
pub async fn list(
    directory: &Directory,
    permit: &Permit<UsersRead>,
    query: Query<User>,
    want: Want,
) -> Result<Page<User>> {
    permit.whole()?;
    let source = Users { viewer: view::viewer(permit), want };
    list::run(&directory.store, source, query).await
}

/// The users that a viewer sees.
#[derive(Clone, Copy)]
struct Users {
    viewer: Viewer,
    want: Want,
}

impl Source for Users {
    type Item = User;
    type Column = rows::Order;

    fn ability(&self, condition: Option<&Condition>) -> Ability {
        let prepared = rows::prepare(condition, self.viewer);
        Ability { exact: prepared.exact, indexed: prepared.indexed }
    }

    fn column(&self, key: &SortKey) -> Option<rows::Order> {
        let field = &key.field;
        match (&field.place, field.name.as_str(), field.sub.as_deref()) {
            (FieldPlace::Core, "userName", None) => Some(rows::Order::UserName),
            (FieldPlace::Core, "meta", Some("created")) => Some(rows::Order::Created),
            (FieldPlace::Core, "meta", Some("lastModified")) => Some(rows::Order::Modified),
            _ => None,
        }
    }

    fn count(&self, tx: &mut Tx<'_>, condition: Option<&Condition>) -> Result<i64> {
        rows::count(tx, self.viewer, rows::prepare(condition, self.viewer))
    }

    fn page(
        &self,
        tx: &mut Tx<'_>,
        condition: Option<&Condition>,
        order: Option<(rows::Order, Order)>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<i64>> {
        let window = Window {
            order: order.map_or(rows::Order::Creation, |(column, _)| column),
            descending: matches!(order, Some((_, Order::Descending))),
            start,
            limit,
        };
        rows::page(tx, self.viewer, rows::prepare(condition, self.viewer), &window)
    }

    fn slice(
        &self,
        tx: &mut Tx<'_>,
        query: &Query<User>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<(i64, User)>> {
        let condition = query.condition.as_ref();
        let seen = rows::slice(tx, self.viewer, rows::prepare(condition, self.viewer), start, limit)?;
        let (seqs, mut users): (Vec<i64>, Vec<User>) =
            seen.into_iter().map(|seen| (seen.user.seq, User::from_seen(seen))).unzip();
        let groups = query.mentions("groups");
        complete(tx, self.viewer, Want { groups }, &mut users)?;
        Ok(seqs.into_iter().zip(users).collect())
    }

    fn load(&self, tx: &mut Tx<'_>, seqs: &[i64]) -> Result<Vec<User>> {
        let mut users: Vec<User> = rows::load(tx, self.viewer, seqs)?.into_iter().map(User::from_seen).collect();
        complete(tx, self.viewer, self.want, &mut users)?;
        Ok(users)
    }
}
