//! Resources of the types that a tenant adds. All connections of the tenant see and change them, whichever made them, and
//! share one `externalId`: such types describe things that the tenant has, not accounts that a connection provisions.

mod change;
mod find;

use serde_json::{Map, Value};

use crate::access::{PermissionType, Permit};
use crate::store::resources::Shelf;

pub use crate::store::resources::Resource;
pub use change::{Edit, change, create, remove};
pub use find::{find, list};

/// What a resource is to become.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// The resource without `id`, `meta`, `externalId`.
    pub document: Map<String, Value>,
    /// What clients call it.
    pub external_id: Option<String>,
}

/// The resources of a type that whoever holds the permit sees.
fn shelf<P: PermissionType>(permit: &Permit<P>, type_name: &str) -> Shelf {
    Shelf { tenant: permit.tenant(), resource_type: type_name.to_owned() }
}

/// All that a change can alter, as one document for comparison and the journal.
fn recorded(document: &Map<String, Value>, external_id: Option<&str>) -> Map<String, Value> {
    let mut all = document.clone();
    if let Some(external_id) = external_id {
        all.insert("externalId".to_owned(), Value::from(external_id));
    }
    all
}
