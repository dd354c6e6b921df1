//! The directory: every rule about tenants, connections, tokens, users and groups, in one function an effect.
//!
//! Each function asks for the permit of what it does, applies the rules, and writes rows and journal in one transaction,
//! so that no door can forget one of them. It knows neither HTTP nor how a resource looks in SCIM: faces hand in drafts and
//! render what comes back.

pub mod accounts;
pub mod applications;
pub mod audit;
pub mod connections;
pub mod domains;
pub mod factors;
pub mod grants;
pub mod groups;
pub mod keys;
pub mod limits;
pub mod list;
pub mod locations;
pub mod log;
pub mod mismatches;
pub mod operators;
pub mod owners;
pub mod partners;
pub mod passwords;
pub mod people;
pub mod places;
pub mod providers;
pub mod records;
pub mod reports;
pub mod resources;
pub mod retention;
pub mod roles;
pub mod schemas;
pub mod settings;
pub mod source_lock;
pub mod suspicions;
pub mod tenants;
pub mod tokens;
pub mod units;
pub mod users;

pub mod adoption;
mod belonging;
mod bootstrap;
mod links;
mod membership;
mod names;
mod room;
mod view;

use std::path::PathBuf;
use std::sync::Arc;

use scim_core::schema::{Attribute, Mutability, Returned, TypeIndex};

pub use bootstrap::bootstrap;
pub use room::Room;
pub use tokens::NewToken;
pub use view::Precondition;

use crate::access::Types;
use crate::clock::Sources;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::journal::activity::Activity;
use crate::journal::redact::Secrets;
use crate::lifetimes::Lifetimes;
use crate::notify::Worker;
use crate::notify::codes::Codes;
use crate::notify::post::Post;
use crate::notify::text_messages::Texts;
use crate::notify::webhooks::{Hooks, Webhooks};
use crate::password::Cost;
use crate::store::{self, Store, tenants as tenant_rows};

/// Where the database and its master key are, and whether they may be made.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `sqlite:PATH` or `postgres://...`.
    pub database_url: String,
    /// How many connections to PostgreSQL.
    pub pg_pool: usize,
    /// The file of the master key.
    pub master_key_file: PathBuf,
    /// The file of passwords that became known, if there is one.
    pub breached_passwords: Option<PathBuf>,
    /// Whether to create the database and its master key and bring its schema up to date; otherwise all must be so already.
    pub create: bool,
}

/// The directory. Cheap to clone; every clone shares the same store.
#[derive(Clone)]
pub struct Directory {
    pub(crate) store: Store,
    pub(crate) sources: Sources,
    registries: Arc<schemas::Registries>,
    activity: Activity,
    keys: Arc<keys::Keys>,
    passwords: passwords::Passwords,
    rooms: room::Rooms,
    resolver: Arc<dyn domains::Resolver>,
    channels: settings::Channels,
    webhooks: Webhooks,
    locations: locations::Locations,
    lifetimes: Lifetimes,
}

impl Directory {
    /// Opens the database, finds its master key and compiles the schemas.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with one line that says why the database or the key cannot be used.
    pub async fn open(settings: Settings, sources: Sources) -> Result<Self> {
        let registries = Arc::new(schemas::Registries::new()?);
        let Settings { database_url, pg_pool, master_key_file, breached_passwords, create } = settings;
        let passwords = passwords::Passwords::open(breached_passwords.as_deref())?;
        let settings = store::Settings { database_url, pg_pool, create };
        let opened = tokio::task::spawn_blocking(move || Store::open(&settings)).await;
        let store = opened.map_err(Error::internal)??;
        let keys = match keys::open(&store, &sources, master_key_file, create).await {
            Ok(keys) => Arc::new(keys),
            Err(error) => {
                stop(None, store).await;
                return Err(error);
            }
        };
        let built_in = registries.built_in();
        let secrets = Secrets::new([&built_in.user, &built_in.group].into_iter().flat_map(|index| secret_names(index)));
        let activity = Activity::start(store.clone(), secrets)?;
        Ok(Self {
            store,
            sources,
            registries,
            activity,
            keys,
            passwords,
            rooms: room::Rooms::new(),
            resolver: Arc::new(domains::Dns::default()),
            channels: settings::Channels::default(),
            webhooks: Webhooks::default(),
            locations: locations::Locations::default(),
            lifetimes: Lifetimes::default(),
        })
    }

    /// The same, asking somebody else for what stands in the DNS.
    #[must_use]
    pub fn with_resolver(self, resolver: Arc<dyn domains::Resolver>) -> Self {
        Self { resolver, ..self }
    }

    /// The same, where people can be reached by these channels.
    #[must_use]
    pub fn with_channels(self, channels: settings::Channels) -> Self {
        Self { channels, ..self }
    }

    /// By which channels people can be reached.
    pub fn channels(&self) -> settings::Channels {
        self.channels
    }

    /// The same, making password hashes at another cost than the recommended one: for tests.
    #[must_use]
    pub fn with_password_cost(self, cost: Cost) -> Self {
        Self { passwords: self.passwords.with_cost(cost), ..self }
    }

    /// The same, posting alerts as this one does.
    #[must_use]
    pub fn with_webhooks(self, webhooks: Webhooks) -> Self {
        Self { webhooks, ..self }
    }

    /// The same, asking these where addresses are.
    #[must_use]
    pub fn with_locations(self, locations: locations::Locations) -> Self {
        Self { locations, ..self }
    }

    /// The same, where what is handed out works that long.
    #[must_use]
    pub fn with_lifetimes(self, lifetimes: Lifetimes) -> Self {
        Self { lifetimes, ..self }
    }

    /// How long what is handed out works.
    pub fn lifetimes(&self) -> &Lifetimes {
        &self.lifetimes
    }

    /// Who knows where addresses are.
    pub fn locations(&self) -> &locations::Locations {
        &self.locations
    }

    /// The schemas and resource types that every tenant has.
    pub fn built_in(&self) -> &Arc<Types> {
        self.registries.built_in()
    }

    /// The schemas and resource types of a tenant, of that version or a later one.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn types(&self, tenant: TenantId, version: i64) -> Result<Arc<Types>> {
        self.registries.of(&self.store, tenant, version).await
    }

    /// What sends the mails that the directory's changes put into the outbox.
    ///
    /// # Errors
    /// When the keys of codes cannot be read.
    pub async fn mail_worker(&self, post: Post, texts: Texts, public_url: &str) -> Result<Worker> {
        let (store, sources) = (self.store.clone(), self.sources.clone());
        let codes = Codes { sealing: keys::factors(self).await?.clone(), hashing: keys::codes(self).await?.clone() };
        let hooks = Hooks::new(self.webhooks, keys::webhooks(self).await?.clone())?;
        let (public_url, lifetimes) = (public_url.into(), self.lifetimes);
        Ok(Worker { store, sources, post, texts, codes, hooks, public_url, lifetimes })
    }

    /// Where passwords are hashed and judged.
    pub fn passwords(&self) -> &passwords::Passwords {
        &self.passwords
    }

    /// Where to record what happens and changes nothing: requests, sign-ins, refusals, reads.
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// Waits until a page of so many items may stand in memory. To be held until the page is rendered.
    pub async fn room(&self, items: u64) -> Room {
        self.rooms.take(items).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it does not.
    pub async fn ready(&self) -> Result<()> {
        self.store.read_one(|tx| tenant_rows::any(tx).map(|_| ())).await
    }

    /// Finishes what was accepted and stops: first the log, which writes into the store.
    pub async fn close(&self) {
        stop(Some(self.activity.clone()), self.store.clone()).await;
    }
}

async fn stop(activity: Option<Activity>, store: Store) {
    let close = move || {
        if let Some(activity) = activity {
            activity.close();
        }
        store.close();
    };
    if tokio::task::spawn_blocking(close).await.is_err() {
        tracing::error!("closing the store panicked");
    }
}

/// The names of attributes, at any level, that clients never get to see.
fn secret_names(index: &TypeIndex) -> Vec<&str> {
    let secret =
        |attribute: &&Attribute| attribute.returned == Returned::Never || attribute.mutability == Mutability::WriteOnly;
    let of_extensions = index.extensions().flat_map(|(schema, _)| &schema.attributes);
    let all = index.core_attributes().iter().chain(of_extensions);
    let all = all.flat_map(|attribute| std::iter::once(attribute).chain(&attribute.sub_attributes));
    all.filter(secret).map(|attribute| attribute.name.as_str()).collect()
}
