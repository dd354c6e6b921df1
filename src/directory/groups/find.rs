//! Groups, one or a list.

use scim_core::evaluate::sort::Order;
use scim_core::evaluate::{Condition, Place as FieldPlace, SortKey};

use crate::access::{GroupsRead, Permit};
use crate::directory::list::{self, Ability, Page, Query, Source};
use crate::directory::{Directory, view};
use crate::error::{Error, Result};
use crate::ids::GroupId;
use crate::store::groups::{self as rows, Owner, Window};
use crate::store::{Tx, places};

use super::{Group, WantMembers, complete};

/// The group of that id.
///
/// # Errors
/// [`Error::Missing`] when the owner has none.
pub async fn find(directory: &Directory, permit: &Permit<GroupsRead>, id: &str, want: WantMembers) -> Result<Group> {
    let id: GroupId = id.parse().map_err(|_| Error::Missing("Group"))?;
    let owner = view::owner(permit);
    let look = move |tx: &mut Tx<'_>| {
        let mut group = Group::from_row(rows::find(tx, owner, id)?.ok_or(Error::Missing("Group"))?);
        complete(tx, want, &mut group)?;
        Ok(group)
    };
    // Members may be very many.
    if want == WantMembers::No { directory.store.read_few(look).await } else { directory.store.read(look).await }
}

/// One page of the groups that match.
///
/// # Errors
/// [`Error::TooMany`] when the search takes too long.
pub async fn list(
    directory: &Directory,
    permit: &Permit<GroupsRead>,
    query: Query<Group>,
    want: WantMembers,
) -> Result<Page<Group>> {
    list::run(&directory.store, Groups { owner: view::owner(permit), want }, query).await
}

/// The groups that an owner has.
#[derive(Clone, Copy)]
struct Groups {
    owner: Owner,
    want: WantMembers,
}

impl Source for Groups {
    type Item = Group;
    type Column = rows::Order;

    fn ability(&self, condition: Option<&Condition>) -> Ability {
        let prepared = rows::prepare(condition);
        Ability { exact: prepared.exact, indexed: prepared.indexed }
    }

    fn column(&self, key: &SortKey) -> Option<rows::Order> {
        match (&key.field.place, key.field.name.as_str(), key.field.sub.as_deref()) {
            (FieldPlace::Core, "meta", Some("created")) => Some(rows::Order::Created),
            (FieldPlace::Core, "meta", Some("lastModified")) => Some(rows::Order::Modified),
            _ => None,
        }
    }

    fn count(&self, tx: &mut Tx<'_>, condition: Option<&Condition>) -> Result<i64> {
        rows::count(tx, self.owner, rows::prepare(condition))
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
        rows::page(tx, self.owner, rows::prepare(condition), &window)
    }

    fn slice(
        &self,
        tx: &mut Tx<'_>,
        query: &Query<Group>,
        start: places::Start,
        limit: i64,
    ) -> Result<Vec<(i64, Group)>> {
        let want = if query.mentions("members") { WantMembers::Yes } else { WantMembers::No };
        let found = rows::slice(tx, self.owner, rows::prepare(query.condition.as_ref()), start, limit)?;
        found
            .into_iter()
            .map(|row| {
                let (seq, mut group) = (row.seq, Group::from_row(row));
                complete(tx, want, &mut group)?;
                Ok((seq, group))
            })
            .collect()
    }

    fn load(&self, tx: &mut Tx<'_>, seqs: &[i64]) -> Result<Vec<Group>> {
        let mut groups: Vec<Group> = rows::load(tx, self.owner, seqs)?.into_iter().map(Group::from_row).collect();
        for group in &mut groups {
            complete(tx, self.want, group)?;
        }
        Ok(groups)
    }
}
