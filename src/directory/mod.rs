//! The directory: every rule about tenants, connections, tokens, users and groups, in one function an effect.
//!
//! Each function asks for the permit of what it does, applies the rules, and writes rows and journal in one transaction,
//! so that no door can forget one of them. It knows neither HTTP nor how a resource looks in SCIM: faces hand in drafts and
//! render what comes back.

pub mod audit;
pub mod connections;
pub mod groups;
pub mod limits;
pub mod list;
pub mod tenants;
pub mod tokens;
pub mod users;

mod bootstrap;
mod links;
mod membership;
mod names;
mod view;

use std::sync::Arc;

use scim_core::schema::registry::Registry;
use scim_core::schema::{TypeIndex, builtin};

pub use crate::store::Settings;
pub use bootstrap::bootstrap;
pub use tokens::NewToken;
pub use view::Precondition;

use crate::clock::Sources;
use crate::error::{Error, Result};
use crate::store::{Store, tenants as tenant_rows};

/// The directory. Cheap to clone; every clone shares the same store.
#[derive(Clone)]
pub struct Directory {
    pub(crate) store: Store,
    pub(crate) sources: Sources,
    types: Arc<Types>,
}

/// The compiled schemas.
struct Types {
    registry: Registry,
    user: Arc<TypeIndex>,
    group: Arc<TypeIndex>,
}

impl Directory {
    /// Opens the database and compiles the schemas.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with one line that says why the database cannot be used.
    pub async fn open(settings: Settings, sources: Sources) -> Result<Self> {
        let registry = builtin::registry();
        let type_of = |name| registry.index(name).ok_or_else(|| Error::internal("a built-in resource type is missing"));
        let types = Types { user: type_of("User")?, group: type_of("Group")?, registry };
        let opened = tokio::task::spawn_blocking(move || Store::open(&settings)).await;
        let store = opened.map_err(Error::internal)??;
        Ok(Self { store, sources, types: Arc::new(types) })
    }

    /// The schemas and resource types.
    pub fn registry(&self) -> &Registry {
        &self.types.registry
    }

    /// The compiled schemas of users.
    pub fn user_type(&self) -> &Arc<TypeIndex> {
        &self.types.user
    }

    /// The compiled schemas of groups.
    pub fn group_type(&self) -> &Arc<TypeIndex> {
        &self.types.group
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ready(&self) -> Result<()> {
        self.store.read_one(|tx| tenant_rows::any(tx).map(|_| ())).await
    }

    /// Finishes what was accepted and stops.
    pub async fn close(&self) {
        let store = self.store.clone();
        if tokio::task::spawn_blocking(move || store.close()).await.is_err() {
            tracing::error!("closing the store panicked");
        }
    }
}
