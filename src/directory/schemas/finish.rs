//! What a change of schemas leaves to do for many resources, in slices: deleting what was removed by force, and filling
//! index rows. Each slice is one transaction that notes how far it has come, so that it can end anywhere and go on later.

use scim_core::index_rows;
use scim_core::unique_values;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::{Actor, Permit, SchemasWrite, Types};
use crate::context::Cx;
use crate::directory::Directory;
use crate::error::Result;
use crate::ids::TenantId;
use crate::journal::{self, Change, Operation};
use crate::store::schemas::{self as rows, AttributePath, Purge};
use crate::store::{Tx, carriers, groups, resources, unique, users};

use super::{author, registries};

/// Resources in one transaction: about as many as can be rewritten in 50 ms.
const SLICE: i64 = 200;

/// Does whatever changes of the tenant's schemas have left to do.
///
/// # Errors
/// When the database cannot be asked. What is done stays done.
pub async fn finish(directory: &Directory, permit: &Permit<SchemasWrite>, cx: &Cx) -> Result<()> {
    permit.whole()?;
    loop {
        let work = Work { actor: permit.actor().clone(), cx: cx.clone(), tenant: permit.tenant() };
        if !directory.store.write(move |tx| work.slice(tx)).await? {
            return Ok(());
        }
    }
}

struct Work {
    actor: Actor,
    cx: Cx,
    tenant: TenantId,
}

impl Work {
    /// One slice of the first thing that is to be done; false when there is nothing.
    fn slice(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let added = rows::load(tx, self.tenant)?;
        let purge = rows::purges(tx, self.tenant)?.into_iter().next();
        let path = added.paths.iter().find(|path| path.indexed && !path.filled).cloned();
        let version = added.version;
        let types = registries::compile(added)?;
        // Read first, so that a tenant with nothing to do costs nobody a lock.
        if purge.is_some() || path.is_some() {
            rows::keep(tx, self.tenant, version)?;
        }
        match (purge, path) {
            (Some(purge), _) => self.purge(tx, &types, &purge)?,
            (None, Some(path)) => self.fill(tx, &types, path)?,
            (None, None) => return Ok(false),
        }
        Ok(true)
    }

    fn purge(&self, tx: &mut Tx<'_>, types: &Types, purge: &Purge) -> Result<()> {
        let last = match (purge.resource_type.as_str(), purge.urn.as_str()) {
            ("User", urn) => self.purge_users(tx, types, urn, purge.done_to)?,
            ("Group", urn) => self.purge_groups(tx, types, urn, purge.done_to)?,
            (of_type, urn) => self.purge_resources(tx, types, of_type, urn, purge.done_to)?,
        };
        match last {
            Some(last) => rows::update_purge(tx, purge.seq, last),
            None => self.end(tx, types, purge),
        }
    }

    /// Nothing is left: the numbers of a schema that is gone are free.
    fn end(&self, tx: &mut Tx<'_>, types: &Types, purge: &Purge) -> Result<()> {
        rows::delete_purge(tx, purge.seq)?;
        let pending = rows::purges(tx, self.tenant)?.iter().any(|other| other.urn == purge.urn);
        if !pending && types.registry.schema(&purge.urn).is_none() {
            rows::delete_paths(tx, self.tenant, &scim_core::schema::fold_name(&purge.urn))?;
        }
        Ok(())
    }

    fn purge_users(&self, tx: &mut Tx<'_>, types: &Types, urn: &str, after: i64) -> Result<Option<i64>> {
        let carrying = carriers::users(tx, self.tenant, Some(urn), after, SLICE)?;
        let last = carrying.last().map(|user| user.seq);
        for user in carrying {
            let (before, document) = without(&user.document, urn);
            if before.is_empty() {
                continue;
            }
            let changed = users::User {
                version: user.version + 1,
                modified: self.cx.now.max(user.modified.plus_micros(1)),
                document,
                ..user
            };
            users::update(tx, &changed)?;
            index_user(tx, types, &changed)?;
            let kept = unique_values::values(&types.user, &changed.document);
            unique::replace(tx, "User", changed.id.uuid(), &kept, false)?;
            self.record(tx, ("User", changed.id.uuid()), Operation::Update, &before, Some(&changed.identity_source))?;
        }
        Ok(last)
    }

    fn purge_groups(&self, tx: &mut Tx<'_>, types: &Types, urn: &str, after: i64) -> Result<Option<i64>> {
        let carrying = carriers::groups(tx, self.tenant, urn, after, SLICE)?;
        let last = carrying.last().map(|group| group.seq);
        for group in carrying {
            let (before, document) = without(&group.document, urn);
            if before.is_empty() {
                continue;
            }
            let modified = self.cx.now.max(group.modified.plus_micros(1));
            groups::update_document(tx, group.seq, &document, group.version + 1, modified)?;
            let kept = unique_values::values(&types.group, &document);
            unique::replace(tx, "Group", group.id.uuid(), &kept, false)?;
            self.record(tx, ("Group", group.id.uuid()), Operation::Update, &before, None)?;
        }
        Ok(last)
    }

    /// Without a URN the resources themselves go.
    fn purge_resources(
        &self,
        tx: &mut Tx<'_>,
        types: &Types,
        of_type: &str,
        urn: &str,
        after: i64,
    ) -> Result<Option<i64>> {
        let whole = urn.is_empty();
        let carrying = carriers::resources(tx, self.tenant, of_type, (!whole).then_some(urn), after, SLICE)?;
        let last = carrying.last().map(|resource| resource.seq);
        for resource in carrying {
            let id = resource.id.uuid();
            if whole {
                resources::delete(tx, &resource)?;
                unique::delete(tx, id)?;
                self.record(tx, (of_type, id), Operation::Delete, &resource.document, None)?;
                continue;
            }
            let (before, document) = without(&resource.document, urn);
            if before.is_empty() {
                continue;
            }
            let changed = resources::Resource {
                version: resource.version + 1,
                modified: self.cx.now.max(resource.modified.plus_micros(1)),
                document,
                ..resource
            };
            resources::update(tx, &changed)?;
            let index = types.registry.index(of_type);
            let kept = index.map(|index| unique_values::values(&index, &changed.document)).unwrap_or_default();
            unique::replace(tx, of_type, id, &kept, false)?;
            self.record(tx, (of_type, id), Operation::Update, &before, None)?;
        }
        Ok(last)
    }

    /// What went is told by its paths; the values of a schema that is gone may have been secrets, and are not kept.
    fn record(
        &self,
        tx: &mut Tx<'_>,
        (resource_type, id): (&str, Uuid),
        operation: Operation,
        gone: &Map<String, Value>,
        identity_source: Option<&str>,
    ) -> Result<()> {
        let mut diff = journal::between(gone, &Map::new());
        diff.before = None;
        let change = Change {
            resource_type,
            resource_id: id.to_string(),
            operation,
            diff,
            identity_source,
            reason: Some("its schema was removed".to_owned()),
        };
        journal::record(tx, author(&self.actor, &self.cx, self.tenant), change)
    }

    /// Writes the index rows of the users behind those that have them.
    fn fill(&self, tx: &mut Tx<'_>, types: &Types, path: AttributePath) -> Result<()> {
        let some = carriers::users(tx, self.tenant, None, path.filled_to, SLICE)?;
        for user in &some {
            index_user(tx, types, user)?;
        }
        match some.last() {
            Some(last) => rows::update_path(tx, &AttributePath { filled_to: last.seq, ..path }),
            None => {
                // Searches may use them from the next request on.
                rows::begin_change(tx, self.tenant)?;
                rows::update_path(tx, &AttributePath { filled: true, ..path })
            }
        }
    }
}

fn index_user(tx: &mut Tx<'_>, types: &Types, user: &users::User) -> Result<()> {
    let values = index_rows::values(&types.user, &user.document);
    let values = values.into_iter().map(|row| (row.path_id, row.value, row.kind));
    users::replace_index(tx, user.seq, &users::index_rows(user.seq, values))
}

/// What a document holds of an extension, and the document without it.
fn without(document: &Map<String, Value>, urn: &str) -> (Map<String, Value>, Map<String, Value>) {
    let mut rest = document.clone();
    let mut gone = Map::new();
    if let Some(values) = rest.shift_remove(urn) {
        gone.insert(urn.to_owned(), values);
    }
    (gone, rest)
}
