//! Names for records that kept only ids.

use std::collections::HashMap;
use std::hash::Hash;
use std::str::FromStr;

use crate::error::Result;
use crate::ids::{ConnectionId, GroupId, UserId};
use crate::store::journal::Read;
use crate::store::{Tx, names as rows};

/// Fills in what actors and things are called now, where the record does not say what they were called then.
pub(super) fn complete(tx: &mut Tx<'_>, changes: &mut [Read]) -> Result<()> {
    let names = Names {
        users: find(tx, &ids(changes, "user", "User"), rows::users)?,
        groups: find(tx, &ids(changes, "group", "Group"), rows::groups)?,
        connections: find(tx, &ids(changes, "connection", "Connection"), rows::connections)?,
    };
    for change in changes {
        let (kind, id) = &change.actor;
        change.actor_name = change.actor_name.take().or_else(|| names.of(kind, id));
        let (kind, id) = (&change.resource_type, &change.resource_id);
        change.resource_name = change.resource_name.take().or_else(|| names.of(kind, id));
    }
    Ok(())
}

struct Names {
    users: HashMap<UserId, String>,
    groups: HashMap<GroupId, String>,
    connections: HashMap<ConnectionId, String>,
}

impl Names {
    fn of(&self, kind: &str, id: &str) -> Option<String> {
        match kind {
            "user" | "User" => self.users.get(&id.parse().ok()?),
            "Group" => self.groups.get(&id.parse().ok()?),
            "connection" | "Connection" => self.connections.get(&id.parse().ok()?),
            _ => None,
        }
        .cloned()
    }
}

/// The ids of one kind that have no name.
fn ids<T: FromStr>(changes: &[Read], actor: &str, thing: &str) -> Vec<T> {
    let actors = changes.iter().filter(|change| change.actor_name.is_none() && change.actor.0 == actor);
    let things = changes.iter().filter(|change| change.resource_name.is_none() && change.resource_type == thing);
    let all = actors.map(|change| &change.actor.1).chain(things.map(|change| &change.resource_id));
    all.filter_map(|id| id.parse().ok()).collect()
}

fn find<T: Eq + Hash>(
    tx: &mut Tx<'_>,
    ids: &[T],
    rows: impl Fn(&mut Tx<'_>, &[T]) -> Result<Vec<(T, String)>>,
) -> Result<HashMap<T, String>> {
    if ids.is_empty() { Ok(HashMap::new()) } else { Ok(rows(tx, ids)?.into_iter().collect()) }
}
