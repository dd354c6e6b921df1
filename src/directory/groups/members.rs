//! Changes of a member list, as set differences: nothing loads the list but what must know all of it.

use std::collections::{BTreeMap, BTreeSet};

use scim_core::Invalid;
use scim_core::patch::MemberChange;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::Connection;
use crate::directory::{Directory, grants, limits, links, membership};
use crate::error::{Error, Result};
use crate::ids::{GroupId, UserId};
use crate::journal::Author;
use crate::store::groups::{self, Owner};
use crate::store::members::{self, Member};
use crate::store::users::{self, Viewer};
use crate::store::{Lock, Tx};

/// Who changes which group.
pub(super) struct Scope<'a> {
    pub directory: &'a Directory,
    pub author: Author<'a>,
    pub connection: Option<&'a Connection>,
    pub viewer: Viewer,
    pub owner: Owner,
    pub group: GroupId,
}

/// What a request's changes come to, all together.
#[derive(Debug, Default)]
pub(super) struct Net {
    added: BTreeSet<Uuid>,
    removed: BTreeSet<Uuid>,
}

impl Net {
    /// Whether the member set is what it was.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    /// Ids that are members now and were not.
    pub(super) fn added(&self) -> Vec<Uuid> {
        self.added.iter().copied().collect()
    }

    /// Ids that were members and are no more.
    pub(super) fn removed(&self) -> Vec<Uuid> {
        self.removed.iter().copied().collect()
    }

    fn add(&mut self, id: Uuid) {
        if !self.removed.remove(&id) {
            self.added.insert(id);
        }
    }

    fn remove(&mut self, id: Uuid) {
        if !self.added.remove(&id) {
            self.removed.insert(id);
        }
    }
}

impl Scope<'_> {
    /// Applies changes in order. The caller holds the group's lock.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming an id that is no member that may be, or a nesting that closes a circle;
    /// [`Error::Denied`] for a user that the connection may not adopt, or for too many members.
    pub(super) fn apply(&self, tx: &mut Tx<'_>, changes: &[MemberChange]) -> Result<Net> {
        let mut net = Net::default();
        for change in changes {
            match change {
                MemberChange::Add(values) => self.add(tx, &parse_all(values)?, &mut net)?,
                MemberChange::Remove(values) => {
                    // What is no id of ours is nobody's member, and its absence is what was asked for.
                    let ids: BTreeSet<Uuid> = values.iter().filter_map(|value| parse(value)).collect();
                    self.remove(tx, &ids, &mut net)?;
                }
                MemberChange::RemoveWhere(condition) => {
                    let named = members::named(tx, self.group)?;
                    let meets = |member: &&members::NamedMember| condition.matches(&element(member));
                    let ids = named.iter().filter(meets).map(|named| named.member.id).collect();
                    self.remove(tx, &ids, &mut net)?;
                }
                MemberChange::RemoveAll => {
                    let ids = self.all(tx)?;
                    self.remove(tx, &ids, &mut net)?;
                }
                MemberChange::Replace(values) => {
                    let ids = parse_all(values)?;
                    let stored = self.all(tx)?;
                    self.remove(tx, &stored.difference(&ids).copied().collect(), &mut net)?;
                    self.add(tx, &ids, &mut net)?;
                }
            }
        }
        if net.added.len() > net.removed.len() {
            limits::members(tx, self.viewer.tenant, self.group)?;
        }
        Ok(net)
    }

    fn all(&self, tx: &mut Tx<'_>) -> Result<BTreeSet<Uuid>> {
        Ok(members::all(tx, self.group)?.into_iter().map(|member| member.id).collect())
    }

    fn remove(&self, tx: &mut Tx<'_>, ids: &BTreeSet<Uuid>, net: &mut Net) -> Result<()> {
        let ids: Vec<Uuid> = ids.iter().copied().collect();
        let stored = members::among(tx, self.group, &ids)?;
        if stored.is_empty() {
            return Ok(());
        }
        grants::leave(tx, self.author.actor, self.viewer.tenant, self.group, &stored)?;
        members::delete(tx, self.group, &stored)?;
        stored.into_iter().for_each(|id| net.remove(id));
        Ok(())
    }

    fn add(&self, tx: &mut Tx<'_>, ids: &BTreeSet<Uuid>, net: &mut Net) -> Result<()> {
        let wanted: Vec<Uuid> = ids.iter().copied().collect();
        let stored: BTreeSet<Uuid> = members::among(tx, self.group, &wanted)?.into_iter().collect();
        let new: Vec<Uuid> = ids.difference(&stored).copied().collect();
        if new.is_empty() {
            return Ok(());
        }
        let new = self.resolve(tx, &new)?;
        let ids: Vec<Uuid> = new.iter().map(|member| member.id).collect();
        grants::join(tx, self.author.actor, self.viewer.tenant, self.group, &ids)?;
        members::insert(tx, self.group, &new)?;
        new.iter().for_each(|member| net.add(member.id));
        Ok(())
    }

    /// Which of these ids are users and which are groups, all of them within reach.
    fn resolve(&self, tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Vec<Member>> {
        let users: Vec<UserId> = ids.iter().map(|id| UserId::from(*id)).collect();
        let standing: BTreeMap<Uuid, Option<bool>> =
            users::standing(tx, self.viewer, &users)?.into_iter().map(|(id, hidden)| (id.uuid(), hidden)).collect();
        let rest: Vec<GroupId> =
            ids.iter().filter(|id| !standing.contains_key(*id)).map(|id| GroupId::from(*id)).collect();
        let groups: BTreeSet<GroupId> = self.nestable(tx, &rest)?.into_iter().collect();
        let visible = |id: &Uuid| match standing.get(id) {
            Some(Some(hidden)) => !hidden,
            Some(None) => !self.viewer.own_only,
            None => groups.contains(&GroupId::from(*id)),
        };
        if let Some(unknown) = ids.iter().find(|id| !visible(id)) {
            return Err(unknown_member(&unknown.to_string()));
        }
        if let Some(connection) = self.connection {
            let unlinked: Vec<UserId> =
                standing.iter().filter(|(_, link)| link.is_none()).map(|(id, _)| UserId::from(*id)).collect();
            links::adopt(tx, self.directory, self.author, connection, &unlinked)?;
        }
        Ok(ids.iter().map(|id| Member { id: *id, is_group: !standing.contains_key(id) }).collect())
    }

    /// Which of these are groups that may become members: the owner's own, and none that closes a circle.
    fn nestable(&self, tx: &mut Tx<'_>, ids: &[GroupId]) -> Result<Vec<GroupId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        tx.lock(Lock::Membership(self.viewer.tenant))?;
        let groups = groups::standing(tx, self.owner, ids)?;
        match membership::circular(tx, self.group, &groups)? {
            None => Ok(groups),
            Some(group) => Err(Error::Invalid(Invalid::value(
                "members",
                format!("must not close a circle: this group is itself a member of `{group}`"),
            ))),
        }
    }
}

fn parse(value: &str) -> Option<Uuid> {
    // Member values are compared without regard to case (RFC 7643 section 8.7.1).
    value.to_ascii_lowercase().parse::<UserId>().ok().map(UserId::uuid)
}

fn parse_all(values: &[String]) -> Result<BTreeSet<Uuid>> {
    values.iter().map(|value| parse(value).ok_or_else(|| unknown_member(value))).collect()
}

fn unknown_member(value: &str) -> Error {
    Error::Invalid(Invalid::value(
        "members",
        format!("names neither a user nor a group that this connection sees: `{}`", scim_core::error::clip(value)),
    ))
}

/// A member as the element that a PATCH path's filter tests.
fn element(named: &members::NamedMember) -> Map<String, Value> {
    let mut element = Map::new();
    element.insert("value".to_owned(), Value::from(named.member.id.to_string()));
    element.insert("type".to_owned(), Value::from(if named.member.is_group { "Group" } else { "User" }));
    if let Some(display) = &named.display {
        element.insert("display".to_owned(), Value::from(display.as_str()));
    }
    element
}
