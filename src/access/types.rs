//! The schemas and resource types that a tenant's requests are read by, compiled. Plain data: which they are is the
//! directory's to say.

use std::sync::Arc;

use scim_core::schema::{Registry, TypeIndex};

/// Compiled schemas of one tenant at one time.
#[derive(Debug)]
pub struct Types {
    /// Which they are: a tenant's number rises with each change, and is 0 while it adds nothing to the built-in ones.
    pub version: i64,
    /// All schemas and resource types.
    pub registry: Registry,
    /// The compiled schemas of users.
    pub user: Arc<TypeIndex>,
    /// The compiled schemas of groups.
    pub group: Arc<TypeIndex>,
    /// The names of attributes whose values nobody may read, whatever their type.
    pub secrets: Vec<String>,
}

impl Types {
    /// Takes a registry; `None` when it lacks users or groups.
    pub fn new(version: i64, registry: Registry) -> Option<Self> {
        let name = |path: &String| path.rsplit(':').next().unwrap_or_default().to_owned();
        let mut secrets: Vec<String> = registry.types.iter().flat_map(|index| index.secrets()).map(name).collect();
        secrets.sort_unstable();
        secrets.dedup();
        Some(Self { version, user: registry.index("User")?, group: registry.index("Group")?, registry, secrets })
    }

    /// The resource types that a tenant added, in the order in which discovery lists them.
    pub fn custom(&self) -> impl Iterator<Item = &Arc<TypeIndex>> {
        let is_built_in = |index: &Arc<TypeIndex>| Arc::ptr_eq(index, &self.user) || Arc::ptr_eq(index, &self.group);
        self.registry.types.iter().filter(move |index| !is_built_in(index))
    }

    /// The added resource type at an endpoint, named as its path's first segment is.
    pub fn custom_at(&self, segment: &str) -> Option<&Arc<TypeIndex>> {
        self.custom().find(|index| index.resource_type().endpoint.strip_prefix('/') == Some(segment))
    }
}
