//! The compiled schemas of tenants, kept by tenant and version. The version comes with each request's credential, so what
//! another process changed is seen at the next request; nothing has to be told to forget.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use scim_core::schema::{Extension, Registry, ResourceType, Schema, builtin, fold_name, parse};

use crate::access::Types;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::store::Store;
use crate::store::schemas::{self as rows, Added};

/// Tenants whose schemas are kept at a time. Compiling them again costs little.
const MOST: usize = 256;

/// Compiled schemas by tenant, and those that every tenant has.
pub(in crate::directory) struct Registries {
    built_in: Arc<Types>,
    of_tenants: Mutex<HashMap<TenantId, Arc<Types>>>,
}

impl Registries {
    /// Compiles the built-in schemas.
    ///
    /// # Errors
    /// [`Error::Internal`] when a built-in resource type is missing.
    pub(in crate::directory) fn new() -> Result<Self> {
        let built_in = compile(Added::default())?;
        Ok(Self { built_in: Arc::new(built_in), of_tenants: Mutex::default() })
    }

    pub(in crate::directory) fn built_in(&self) -> &Arc<Types> {
        &self.built_in
    }

    /// The schemas of a tenant, of that version or a later one.
    pub(in crate::directory) async fn of(&self, store: &Store, tenant: TenantId, version: i64) -> Result<Arc<Types>> {
        if version == 0 {
            return Ok(Arc::clone(&self.built_in));
        }
        let kept = self.kept().get(&tenant).filter(|types| types.version >= version).cloned();
        if let Some(types) = kept {
            return Ok(types);
        }
        let added = store.read(move |tx| rows::load(tx, tenant)).await?;
        let types = Arc::new(compile(added)?);
        let mut kept = self.kept();
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(tenant, Arc::clone(&types));
        Ok(types)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, Arc<Types>>> {
        self.of_tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The built-in schemas and what a tenant adds, as one registry.
pub(super) fn compile(added: Added) -> Result<Types> {
    let built_in = builtin::registry();
    let mut schemas: Vec<Schema> = built_in.schemas.iter().map(|schema| Schema::clone(schema)).collect();
    for definition in &added.schemas {
        let mut schema = parse::schema(definition).map_err(Error::internal)?;
        let urn = fold_name(&schema.id);
        for path in added.paths.iter().filter(|path| path.urn_folded == urn) {
            let number = path.number()?;
            if let Some(attribute) = schema.attribute_mut(&path.path) {
                attribute.indexed = path.indexed.then_some(number);
                attribute.index_filled = path.filled;
                attribute.kept_unique = path.kept_unique.then_some(number);
            }
        }
        schemas.push(schema);
    }
    let extensions = |name: &str| {
        let of_type = added.extensions.iter().filter(|extension| extension.resource_type == name);
        let named = |extension: &rows::TypeExtension| {
            let schema = schemas.iter().find(|schema| fold_name(&schema.id) == extension.urn_folded)?;
            Some(Extension { schema: schema.id.clone(), required: extension.required })
        };
        of_type.filter_map(named).collect::<Vec<_>>()
    };
    let mut types = vec![builtin::user(), builtin::group()];
    types.extend(added.types.iter().map(|row| ResourceType {
        name: row.name.clone(),
        description: row.description.clone(),
        endpoint: row.endpoint.clone(),
        schema: row.schema_urn.clone(),
        extensions: Vec::new(),
    }));
    for kind in &mut types {
        let more = extensions(&kind.name);
        kind.extensions.extend(more);
    }
    let registry = Registry::new(schemas, types);
    Types::new(added.version, registry).ok_or_else(|| Error::internal("a built-in resource type is missing"))
}
