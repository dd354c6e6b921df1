//! Names for records that kept only ids.

use std::collections::HashMap;
use std::fmt::Display;
use std::str::FromStr;

use crate::error::Result;
use crate::store::journal::Read;
use crate::store::{Tx, names as rows};

/// What actors are called in records, and which kind of thing each of them is.
const ACTORS: [(&str, &str); 3] = [("user", "User"), ("connection", "Connection"), ("application", "Application")];

/// Fills in what actors and things are called now, where the record does not say what they were called then.
pub(super) fn complete(tx: &mut Tx<'_>, changes: &mut [Read]) -> Result<()> {
    let names = read(tx, changes)?;
    for change in changes {
        let (kind, id) = &change.actor;
        change.actor_name = change.actor_name.take().or_else(|| names.of(thing(kind)?, id));
        let (kind, id) = (&change.resource_type, &change.resource_id);
        change.resource_name = change.resource_name.take().or_else(|| names.of(kind, id));
    }
    Ok(())
}

/// The names that are missing: one read for each kind that lacks any.
fn read(tx: &mut Tx<'_>, changes: &[Read]) -> Result<Names> {
    let mut names = Names::default();
    names.find(tx, changes, "User", rows::users)?;
    names.find(tx, changes, "Group", rows::groups)?;
    names.find(tx, changes, "Connection", rows::connections)?;
    names.find(tx, changes, "Application", rows::applications)?;
    names.find(tx, changes, "ApplicationToken", rows::application_tokens)?;
    names.find(tx, changes, "OrgUnit", rows::units)?;
    names.find(tx, changes, "IdentityProvider", rows::providers)?;
    names.find(tx, changes, "Domain", rows::domains)?;
    names.find(tx, changes, "Role", rows::roles)?;
    names.find(tx, changes, "Grant", rows::grants)?;
    names.find(tx, changes, "Tenant", rows::tenants)?;
    names.find(tx, changes, "Partner", rows::partners)?;
    Ok(names)
}

/// Names by kind of thing and id.
#[derive(Default)]
struct Names(HashMap<&'static str, HashMap<String, String>>);

impl Names {
    fn find<T: FromStr + Display>(
        &mut self,
        tx: &mut Tx<'_>,
        changes: &[Read],
        kind: &'static str,
        rows: impl Fn(&mut Tx<'_>, &[T]) -> Result<Vec<(T, String)>>,
    ) -> Result<()> {
        let ids = nameless(changes, kind);
        if !ids.is_empty() {
            let found = rows(tx, &ids)?;
            self.0.insert(kind, found.into_iter().map(|(id, name)| (id.to_string(), name)).collect());
        }
        Ok(())
    }

    fn of(&self, kind: &str, id: &str) -> Option<String> {
        self.0.get(kind)?.get(id).cloned()
    }
}

/// The ids of one kind that have no name.
fn nameless<T: FromStr>(changes: &[Read], kind: &str) -> Vec<T> {
    let actors = changes.iter().filter(|change| change.actor_name.is_none() && thing(&change.actor.0) == Some(kind));
    let things = changes.iter().filter(|change| change.resource_name.is_none() && change.resource_type == kind);
    let all = actors.map(|change| &change.actor.1).chain(things.map(|change| &change.resource_id));
    all.filter_map(|id| id.parse().ok()).collect()
}

/// Which kind of thing an actor is; `None` for the system.
fn thing(actor: &str) -> Option<&'static str> {
    ACTORS.iter().find(|(known, _)| *known == actor).map(|(_, thing)| *thing)
}
