//! Resources of custom types made, changed and deleted.

use std::sync::Arc;

use scim_core::schema::TypeIndex;
use serde_json::Map;

use crate::access::{Permit, ResourcesWrite, Types};
use crate::context::Cx;
use crate::directory::schemas::write_unique;
use crate::directory::{Directory, Precondition, limits, names};
use crate::error::{Error, Result};
use crate::ids::ResourceId;
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::resources::{self as rows, Resource, Shelf};
use crate::store::{Lock, Tx, schemas, unique};

use super::{Draft, recorded, shelf};

/// Makes the draft of a changed resource from what it is. May be called more than once.
pub type Edit = Arc<dyn Fn(&Resource) -> Result<Draft> + Send + Sync>;

/// What every change of one resource works with.
struct Work {
    types: Arc<Types>,
    index: Arc<TypeIndex>,
    shelf: Shelf,
    permit: Permit<ResourcesWrite>,
    cx: Cx,
}

impl Work {
    fn new(permit: &Permit<ResourcesWrite>, cx: &Cx, type_name: &str) -> Result<Self> {
        let types = Arc::clone(permit.types());
        let index = types.registry.index(type_name).ok_or(Error::Missing("resource type"))?;
        Ok(Self { types, index, shelf: shelf(permit, type_name), permit: permit.clone(), cx: cx.clone() })
    }

    /// Makes sure that the type is still what the request was read by.
    fn keep(&self, tx: &mut Tx<'_>) -> Result<()> {
        schemas::keep(tx, self.shelf.tenant, self.types.version)
    }

    fn find(&self, tx: &mut Tx<'_>, id: ResourceId, precondition: &Precondition) -> Result<Resource> {
        self.keep(tx)?;
        tx.lock(Lock::Resource(id))?;
        let found = rows::find(tx, &self.shelf, id)?.ok_or(Error::Missing("resource"))?;
        precondition.check(found.version)?;
        Ok(found)
    }

    fn record(&self, tx: &mut Tx<'_>, id: ResourceId, operation: Operation, diff: Diff) -> Result<()> {
        let change = Change {
            resource_type: &self.shelf.resource_type,
            resource_id: id.to_string(),
            operation,
            diff: diff.without_values_of(self.index.secrets()),
            identity_source: None,
            reason: None,
        };
        journal::record(tx, Author { actor: self.permit.actor(), cx: &self.cx, tenant: self.shelf.tenant }, change)
    }

    fn create(&self, tx: &mut Tx<'_>, new: &Resource) -> Result<()> {
        self.keep(tx)?;
        limits::new_document(tx, self.shelf.tenant, &new.document)?;
        rows::insert(tx, &self.shelf, new)?;
        write_unique(tx, &self.index, new.id.uuid(), &new.document, true)?;
        let after = recorded(&new.document, new.external_id.as_deref());
        self.record(tx, new.id, Operation::Create, journal::between(&Map::new(), &after))
    }

    fn apply(&self, tx: &mut Tx<'_>, before: Resource, edit: &Edit) -> Result<(Resource, bool)> {
        let draft = edit(&before)?;
        if before.external_id != draft.external_id {
            names::judge_external_id(draft.external_id.as_deref())?;
        }
        let diff = journal::between(
            &recorded(&before.document, before.external_id.as_deref()),
            &recorded(&draft.document, draft.external_id.as_deref()),
        );
        if diff.is_empty() {
            return Ok((before, false));
        }
        limits::changed_document(tx, self.shelf.tenant, &before.document, &draft.document)?;
        let changed = Resource {
            document: draft.document,
            external_id: draft.external_id,
            version: before.version + 1,
            modified: self.cx.now.max(before.modified.plus_micros(1)),
            ..before
        };
        rows::update(tx, &changed)?;
        write_unique(tx, &self.index, changed.id.uuid(), &changed.document, false)?;
        self.record(tx, changed.id, Operation::Update, diff)?;
        Ok((changed, true))
    }
}

fn parse(id: &str) -> Result<ResourceId> {
    id.parse().map_err(|_| Error::Missing("resource"))
}

/// Makes a resource of a type.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such type; [`Error::Taken`] for a value that must be unique and is in use.
pub async fn create(
    directory: &Directory,
    permit: &Permit<ResourcesWrite>,
    cx: &Cx,
    type_name: &str,
    draft: Draft,
) -> Result<Resource> {
    names::judge_external_id(draft.external_id.as_deref())?;
    let work = Work::new(permit, cx, type_name)?;
    let new = Resource {
        seq: 0,
        id: ResourceId::new(cx.now, directory.sources.random()?),
        created_by: permit.connection().map(|actor| actor.connection.id),
        external_id: draft.external_id,
        version: 1,
        document: draft.document,
        created: cx.now,
        modified: cx.now,
    };
    let made = new.clone();
    directory.store.write(move |tx| work.create(tx, &new)).await?;
    Ok(made)
}

/// Changes a resource: by replacement or by PATCH, which differ only in how the draft is made. Answers it as it is then,
/// and whether anything differs from before.
///
/// # Errors
/// [`Error::Missing`] when there is no such resource; [`Error::Stale`] for another version than expected;
/// [`Error::Taken`] for a value that must be unique and is in use; those of `edit`.
pub async fn change(
    directory: &Directory,
    permit: &Permit<ResourcesWrite>,
    cx: &Cx,
    (type_name, id): (&str, &str),
    precondition: Precondition,
    edit: Edit,
) -> Result<(Resource, bool)> {
    let (work, id) = (Work::new(permit, cx, type_name)?, parse(id)?);
    directory
        .store
        .write(move |tx| {
            let found = work.find(tx, id, &precondition)?;
            work.apply(tx, found, &edit)
        })
        .await
}

/// Deletes a resource.
///
/// # Errors
/// [`Error::Missing`] when there is no such resource; [`Error::Stale`] for another version than expected.
pub async fn remove(
    directory: &Directory,
    permit: &Permit<ResourcesWrite>,
    cx: &Cx,
    (type_name, id): (&str, &str),
    precondition: Precondition,
) -> Result<()> {
    let (work, id) = (Work::new(permit, cx, type_name)?, parse(id)?);
    directory
        .store
        .write(move |tx| {
            let gone = work.find(tx, id, &precondition)?;
            rows::delete(tx, &gone)?;
            unique::delete(tx, id.uuid())?;
            let before = recorded(&gone.document, gone.external_id.as_deref());
            work.record(tx, id, Operation::Delete, journal::between(&before, &Map::new()))
        })
        .await
}
