//! The schemas and resource types that a service knows, compiled.
//!
//! It is immutable: a change of custom schemas makes a new registry.

use std::sync::Arc;

use super::builtin::common;
use super::definition::{ResourceType, Schema};
use super::index::TypeIndex;

/// Schemas and compiled resource types, each in the order in which discovery lists them.
#[derive(Clone, Debug)]
pub struct Registry {
    /// All schemas.
    pub schemas: Vec<Arc<Schema>>,
    /// All resource types.
    pub types: Vec<Arc<TypeIndex>>,
}

impl Registry {
    /// Compiles resource types. A type whose base schema is not given is left out, and so are extensions.
    pub fn new(schemas: Vec<Schema>, types: Vec<ResourceType>) -> Self {
        let schemas: Vec<_> = schemas.into_iter().map(Arc::new).collect();
        let common = common();
        let compile = |resource_type: ResourceType| {
            let base = find(&schemas, &resource_type.schema)?;
            Some(Arc::new(TypeIndex::compile(resource_type, &common, base, &schemas)))
        };
        let types = types.into_iter().filter_map(compile).collect();
        Self { schemas, types }
    }

    /// The compiled resource type of that name, in its exact spelling.
    pub fn index(&self, type_name: &str) -> Option<Arc<TypeIndex>> {
        self.types.iter().find(|index| index.resource_type().name == type_name).cloned()
    }

    /// The schema of that URN, whatever its case.
    pub fn schema(&self, urn: &str) -> Option<Arc<Schema>> {
        find(&self.schemas, urn)
    }
}

fn find(schemas: &[Arc<Schema>], urn: &str) -> Option<Arc<Schema>> {
    schemas.iter().find(|schema| schema.id.eq_ignore_ascii_case(urn)).cloned()
}
