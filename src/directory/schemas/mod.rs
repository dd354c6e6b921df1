//! What a tenant adds to the built-in schemas: schemas, resource types and extensions; and what keeps it consistent with
//! the resources that are there.
//!
//! A change is one transaction with its journal row. What it leaves to do for many resources, filling an index or deleting
//! hidden values, is noted in the same transaction and done in slices afterwards, each a transaction of its own; whoever
//! changes schemas next goes on with it.

mod add;
mod finish;
mod registries;
mod remove;
mod show;

use scim_core::Invalid;
use scim_core::schema::{Schema, TypeIndex, fold_name};
use scim_core::unique_values;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::access::{Actor, Permit, SchemasWrite, Types};
use crate::context::Cx;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::schemas::{self as rows, Added};
use crate::store::{Tx, unique};

use super::Directory;

pub use add::{add, add_index, add_type, extend};
pub use finish::finish;
pub use remove::{remove, remove_type, unextend};
pub use show::{Summary, TypeSummary, check_type, list, list_types, show, show_type};

pub(super) use registries::Registries;

/// The schemas of a tenant inside the transaction that changes them.
struct Current {
    added: Added,
    types: Types,
}

/// Changes the schemas of a tenant in one transaction, which nothing that is read by the old ones outlives.
async fn change<R, F>(directory: &Directory, permit: &Permit<SchemasWrite>, work: F) -> Result<R>
where
    R: Send + 'static,
    F: Fn(&mut Tx<'_>, &Current) -> Result<R> + Send + 'static,
{
    permit.whole()?;
    let tenant = permit.tenant();
    directory
        .store
        .write(move |tx| {
            rows::begin_change(tx, tenant)?;
            let added = rows::load(tx, tenant)?;
            let types = registries::compile(added.clone())?;
            work(tx, &Current { added, types })
        })
        .await
}

impl Current {
    /// The compiled type of that name, whatever its case.
    fn index(&self, name: &str) -> Result<&TypeIndex> {
        let named = |index: &&std::sync::Arc<TypeIndex>| index.resource_type().name.eq_ignore_ascii_case(name);
        self.types.registry.types.iter().find(named).map(AsRef::as_ref).ok_or(Error::Missing("resource type"))
    }

    /// The types that have the schema as an extension.
    fn extended_by(&self, urn: &str) -> Vec<String> {
        let urn = fold_name(urn);
        let extensions = self.added.extensions.iter().filter(|extension| extension.urn_folded == urn);
        extensions.map(|extension| extension.resource_type.clone()).collect()
    }
}

/// Records a change of a schema or a resource type.
fn record(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    (resource_type, resource_id): (&str, &str),
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<()> {
    let operation = match (before.is_empty(), after.is_empty()) {
        (true, _) => Operation::Create,
        (false, true) => Operation::Delete,
        (false, false) => Operation::Update,
    };
    let change = Change {
        resource_type,
        resource_id: resource_id.to_owned(),
        operation,
        diff: journal::between(before, after),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, author, change)
}

fn author<'a>(actor: &'a Actor, cx: &'a Cx, tenant: TenantId) -> Author<'a> {
    Author { actor, cx, tenant }
}

/// A document of discovery as a record of changes holds it: without what depends on the server's address.
fn recorded(document: Value) -> Map<String, Value> {
    match document {
        Value::Object(mut members) => {
            members.shift_remove("meta");
            members
        }
        _ => Map::new(),
    }
}

/// The names of attributes that can have index rows, in their registered spelling.
fn indexable(schema: &Schema, names: &[String]) -> Result<Vec<String>> {
    let find = |name: &String| {
        let attribute = schema.attributes.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
        let attribute = attribute.ok_or_else(|| Invalid::value(name, format!("is no attribute of {}", schema.id)))?;
        let value = match attribute.sub_attributes.is_empty() {
            true => Some(attribute),
            false => attribute.sub("value"),
        };
        let is_text = |value: &scim_core::schema::Attribute| {
            use scim_core::schema::Type::{Reference, String};
            matches!(value.kind, String | Reference)
        };
        if !value.is_some_and(is_text) || attribute.is_secret() {
            let why = "cannot be indexed: only strings and references that can be read, or lists of such a `value`";
            return Err(Error::Invalid(Invalid::value(name, why)));
        }
        Ok(attribute.name.clone())
    };
    names.iter().map(find).collect()
}

/// Writes the values of a resource that no other one of its type may have.
pub(super) fn write_unique(
    tx: &mut Tx<'_>,
    index: &TypeIndex,
    resource: Uuid,
    document: &Map<String, Value>,
    new: bool,
) -> Result<()> {
    if !index.keeps_unique() {
        return Ok(());
    }
    unique::replace(tx, &index.resource_type().name, resource, &unique_values::values(index, document), new)
}
