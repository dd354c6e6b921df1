//! The graph of groups: which groups a user is in, directly and through others, and which nesting would be a circle.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::error::Result;
use crate::ids::{GroupId, TenantId, UserId};
use crate::store::groups::Owner;
use crate::store::{Tx, groups as group_rows, members};

/// A group that a user is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The group.
    pub id: GroupId,
    /// Its name.
    pub display: String,
    /// Whether the user is a member itself, not only through another group.
    pub direct: bool,
}

/// The owner's groups that each of these users is in, direct ones first.
pub(super) fn of_users(tx: &mut Tx<'_>, owner: Owner, users: &[UserId]) -> Result<HashMap<UserId, Vec<Membership>>> {
    named(tx, users, |tx, ids| group_rows::names(tx, owner, ids))
}

/// The groups of a tenant that a user is in, whoever owns them, direct ones first.
pub(super) fn of_user(tx: &mut Tx<'_>, tenant: TenantId, user: UserId) -> Result<Vec<Membership>> {
    let mut found = named(tx, &[user], |tx, ids| group_rows::names_in(tx, tenant, ids))?;
    Ok(found.remove(&user).unwrap_or_default())
}

/// `names` says which of the groups are told, and by what name.
fn named(
    tx: &mut Tx<'_>,
    users: &[UserId],
    names: impl FnOnce(&mut Tx<'_>, &[GroupId]) -> Result<Vec<(GroupId, String)>>,
) -> Result<HashMap<UserId, Vec<Membership>>> {
    let ids: Vec<Uuid> = users.iter().map(|user| user.uuid()).collect();
    let direct = by_member(members::parents(tx, &ids)?);
    if direct.is_empty() {
        return Ok(HashMap::new());
    }
    let nesting = ancestors(tx, direct.values().flatten().copied())?;
    let known: HashSet<GroupId> = nesting.values().flatten().chain(direct.values().flatten()).copied().collect();
    // In the owner's order of creation, so that answers are stable.
    let names = names(tx, &known.into_iter().collect::<Vec<_>>())?;
    let of_user = |direct: &Vec<GroupId>| {
        let indirect = closure(direct, &nesting);
        let named = |is_direct: bool| {
            let (direct, indirect) = (direct, &indirect);
            names.iter().filter_map(move |(id, display)| {
                let here = if is_direct { direct.contains(id) } else { indirect.contains(id) && !direct.contains(id) };
                here.then(|| Membership { id: *id, display: display.clone(), direct: is_direct })
            })
        };
        named(true).chain(named(false)).collect::<Vec<_>>()
    };
    Ok(direct.iter().map(|(user, groups)| (UserId::from(*user), of_user(groups))).collect())
}

fn by_member(pairs: Vec<(Uuid, GroupId)>) -> HashMap<Uuid, Vec<GroupId>> {
    let mut map: HashMap<Uuid, Vec<GroupId>> = HashMap::new();
    for (member, group) in pairs {
        map.entry(member).or_default().push(group);
    }
    map
}

/// The groups that hold these ones, level by level: each group with those that hold it directly. Circles end, because
/// no group is asked for twice.
fn ancestors(tx: &mut Tx<'_>, groups: impl Iterator<Item = GroupId>) -> Result<HashMap<Uuid, Vec<GroupId>>> {
    let mut nesting: HashMap<Uuid, Vec<GroupId>> = HashMap::new();
    let mut asked: HashSet<Uuid> = HashSet::new();
    let mut level: Vec<Uuid> = groups.map(GroupId::uuid).collect();
    loop {
        level.retain(|group| asked.insert(*group));
        if level.is_empty() {
            return Ok(nesting);
        }
        let found = by_member(members::parents(tx, &level)?);
        level = found.values().flatten().map(|group| group.uuid()).collect();
        nesting.extend(found);
    }
}

/// Every group that holds one of these, at any distance.
fn closure(groups: &[GroupId], nesting: &HashMap<Uuid, Vec<GroupId>>) -> HashSet<GroupId> {
    let mut reached = HashSet::new();
    let mut next: Vec<GroupId> = groups.to_vec();
    while let Some(group) = next.pop() {
        for parent in nesting.get(&group.uuid()).into_iter().flatten() {
            if reached.insert(*parent) {
                next.push(*parent);
            }
        }
    }
    reached
}

/// Which of these groups hold `group`, directly or not, or are it: as members of it they would close a circle.
pub(super) fn circular(tx: &mut Tx<'_>, group: GroupId, candidates: &[GroupId]) -> Result<Option<GroupId>> {
    let above = ancestors(tx, std::iter::once(group))?;
    let reached = closure(&[group], &above);
    Ok(candidates.iter().copied().find(|candidate| *candidate == group || reached.contains(candidate)))
}
