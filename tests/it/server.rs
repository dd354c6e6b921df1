//! A server in this process, with a clock that tests set, and what the command line would make for it.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rollcall::access::rate::Rates;
use rollcall::access::{
    Actor, Connection, ConnectionActor, PermissionType, Permit, Profile, TokenScope, decide, decide_widely,
};
use rollcall::auth::Auth;
use rollcall::clock::{Clock, Instant, Sources};
use rollcall::context::Cx;
use rollcall::directory::accounts::Email;
use rollcall::directory::connections::{self, ConnectionChange};
use rollcall::directory::locations::Locations;
use rollcall::directory::log::{self, Wanted};
use rollcall::directory::retention;
use rollcall::directory::schemas;
use rollcall::directory::settings::Channels;
use rollcall::directory::tenants::{self, LimitsChange, Tenant};
use rollcall::directory::tokens::{self, TokenSummary};
use rollcall::directory::users::{self, Beginning, Draft};
use rollcall::directory::{Directory, NewToken, Settings, audit, bootstrap, places};
use rollcall::error::{Error, Result};
use rollcall::http::{Listen, Running, Services, serve};
use rollcall::journal::activity::Recorded;
use rollcall::lifetimes::Lifetimes;
use rollcall::notify::webhooks::Webhooks;
use rollcall::password::Cost;
use rollcall::store::{self, Store, journal};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::database::{Database, Kind, runtime};

/// The slug of the tenant that the first start makes.
pub(crate) const DEFAULT: &str = "default";

/// What passwords cost in tests: a thousandth of what they cost the server, and a good part of the tests' time.
const CHEAP: Cost = Cost { memory: 8, passes: 1, lanes: 1 };

/// Time that passes only when a test says so.
pub(crate) struct SetClock(AtomicI64);

impl SetClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Instant {
        Instant::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A server that runs, and ends when it is dropped.
pub(crate) struct Server {
    /// Its SCIM base URL.
    pub(crate) base: String,
    /// A token of the tenant `default`.
    pub(crate) token: String,
    pub(crate) clock: Arc<SetClock>,
    public_url: String,
    place: Place,
    operator: Actor,
    directory: Directory,
    runtime: Runtime,
    running: Option<Running>,
    beside: OnceCell<Store>,
}

impl std::ops::Deref for Server {
    type Target = Place;

    fn deref(&self) -> &Place {
        &self.place
    }
}

/// Another process, so to say, on the same database: it shares nothing else with the server.
pub(crate) struct Another {
    url: String,
    directory: Directory,
    runtime: Runtime,
    running: Option<Running>,
}

impl Another {
    /// A client of its REST API.
    pub(crate) fn rest(&self, token: Option<&str>) -> Client {
        Client::new(&format!("{}/api/v1", self.url), token)
    }
}

impl Drop for Another {
    fn drop(&mut self) {
        let stopped = self.running.take().map(Running::stop);
        self.runtime.block_on(self.directory.close());
        if !std::thread::panicking() {
            stopped.unwrap().unwrap();
        }
    }
}

/// Starts a server on SQLite.
pub(crate) fn start() -> Server {
    start_on(Kind::Sqlite, None)
}

/// Runs a test on every store that is there.
pub(crate) fn for_each_store(test: impl Fn(&Server)) {
    for_each_store_of(None, |server| test(server));
}

/// The same, of a server that is another relying party to authenticators, and may be started anew.
pub(crate) fn for_each_store_of(party: Option<(&'static str, &'static str)>, test: impl Fn(&mut Server)) {
    for kind in Kind::all() {
        eprintln!("on {kind:?}");
        test(&mut start_on(kind, party));
    }
}

fn start_on(kind: Kind, party: Option<(&'static str, &'static str)>) -> Server {
    let clock = Arc::new(SetClock(AtomicI64::new(1_800_000_000_000_000)));
    let runtime = runtime();
    let place = Place {
        database: Database::new(kind),
        sources: Sources { clock: Arc::clone(&clock) as Arc<dyn Clock>, ..Sources::system() },
        dns: Arc::new(crate::domains::SetDns::default()),
        party,
        files: tempfile::tempdir().unwrap(),
    };
    let directory = runtime.block_on(place.open());
    let operator = Actor::system("it");
    let first = runtime.block_on(bootstrap(&directory, &operator, &context(&clock))).unwrap().unwrap();
    let (running, url) = place.listen(&directory, None);
    Server {
        base: format!("{url}/scim/v2"),
        public_url: url,
        token: first.secret.reveal().to_owned(),
        clock,
        place,
        operator,
        directory,
        runtime,
        running: Some(running),
        beside: OnceCell::new(),
    }
}

/// What outlives a process: the database, the files, and what is outside.
pub(crate) struct Place {
    pub(crate) database: Database,
    sources: Sources,
    /// What stands in the DNS.
    pub(crate) dns: Arc<crate::domains::SetDns>,
    party: Option<(&'static str, &'static str)>,
    files: tempfile::TempDir,
}

impl Place {
    /// Opens the directory, as a process does that starts.
    async fn open(&self) -> Directory {
        let settings = Settings {
            database_url: self.database.url(),
            pg_pool: 6,
            master_key_file: self.files.path().join("master.key"),
            breached_passwords: None,
            create: true,
        };
        let directory = Directory::open(settings, self.sources.clone()).await.unwrap();
        let dns = Arc::clone(&self.dns) as Arc<dyn rollcall::directory::domains::Resolver>;
        let places = Locations::of(Arc::new(crate::suspicions::SetPlaces));
        let directory = directory.with_webhooks(Webhooks { internal: true }).with_locations(places);
        let directory = directory.with_channels(Channels { mail: true, sms: true, passkeys: true });
        directory.with_resolver(dns).with_password_cost(CHEAP)
    }

    /// Listens somewhere; gives the URL. The first one is the public one.
    fn listen(&self, directory: &Directory, public_url: Option<&str>) -> (Running, String) {
        let listen = Listen::anywhere().unwrap();
        let url = format!("http://{}", listen.listener.local_addr().unwrap());
        let public_url = public_url.unwrap_or(&url);
        let mfa =
            rollcall::mfa::Mfa::new(directory.clone(), relying_party(public_url, self.party, directory.lifetimes()));
        let services = Services {
            auth: Auth::new(mfa, public_url, DEFAULT),
            directory: directory.clone(),
            sources: self.sources.clone(),
            public_url: public_url.into(),
            rates: Rates::default(),
        };
        let faces = [rollcall::scim::face(), rollcall::auth::endpoints::face(), rollcall::mfa::endpoints::face()]
            .into_iter()
            .chain(crate::persons::faces())
            .chain(rollcall::ui::faces())
            .collect();
        (serve(listen, faces, services).unwrap(), url)
    }
}

/// Browsers of tests are on this machine, by its name, unless a test says otherwise.
fn relying_party(url: &str, party: Option<(&str, &str)>, lifetimes: &Lifetimes) -> Option<rollcall::mfa::RelyingParty> {
    let (id, origin) = party
        .map_or_else(|| ("localhost", url.replace("127.0.0.1", "localhost")), |(id, origin)| (id, origin.to_owned()));
    rollcall::mfa::RelyingParty::new(id, &[origin], "rollcall", lifetimes.ceremony).ok()
}

fn context(clock: &SetClock) -> Cx {
    Cx { request_id: "it".to_owned(), now: clock.now() }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(beside) = self.beside.get() {
            beside.close();
        }
        let stopped = self.running.take().map(Running::stop);
        self.runtime.block_on(self.directory.close());
        if !std::thread::panicking() {
            stopped.unwrap().unwrap();
        }
    }
}

impl Server {
    /// Starts another process on the same database.
    pub(crate) fn another(&self) -> Another {
        self.another_with(Lifetimes::default())
    }

    /// The same, where what it hands out works that long.
    pub(crate) fn another_with(&self, lifetimes: Lifetimes) -> Another {
        let runtime = runtime();
        let directory = runtime.block_on(self.place.open()).with_lifetimes(lifetimes);
        let (running, url) = self.place.listen(&directory, Some(&self.public_url));
        Another { url, directory, runtime, running: Some(running) }
    }

    /// Stops, and starts anew on the same database; only that is left.
    pub(crate) fn restart(&mut self) {
        if let Some(beside) = self.beside.take() {
            beside.close();
        }
        self.running.take().unwrap().stop().unwrap();
        self.runtime.block_on(self.directory.close());
        self.directory = self.runtime.block_on(self.place.open());
        let (running, url) = self.place.listen(&self.directory, Some(&self.public_url));
        (self.running, self.base) = (Some(running), format!("{url}/scim/v2"));
    }

    /// The same below a path, which a proxy is to cut off.
    pub(crate) fn restart_below(&mut self, path: &str) {
        self.public_url.push_str(path);
        self.restart();
    }

    /// What names it to the world, wherever it listens.
    pub(crate) fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Its URL, without a path.
    pub(crate) fn url(&self) -> &str {
        self.base.strip_suffix("/scim/v2").unwrap()
    }

    /// The schemas of a tenant that added none.
    pub(crate) fn built_in(&self) -> &Arc<rollcall::access::Types> {
        self.directory.built_in()
    }

    /// A client with the token of the tenant `default`.
    pub(crate) fn client(&self) -> Client {
        self.client_with(&self.token)
    }

    pub(crate) fn client_with(&self, token: &str) -> Client {
        Client::new(&self.base, Some(token))
    }

    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.base, None)
    }

    /// The tenant of that slug, made when there is none.
    pub(crate) fn tenant(&self, slug: &str) -> Tenant {
        if let Err(Error::Missing(_)) = self.runtime.block_on(places::find(&self.directory, slug)) {
            let (cx, permit) = (context(&self.clock), decide_widely(&self.operator).unwrap());
            let draft = tenants::Draft { slug: slug.to_owned(), ..tenants::Draft::default() };
            return self.runtime.block_on(tenants::create(&self.directory, &permit, &cx, draft)).unwrap();
        }
        self.runtime.block_on(tenants::find(&self.directory, &self.permit(slug))).unwrap()
    }

    /// What the operator may do in the tenant of that slug or id.
    pub(crate) fn permit<P: PermissionType>(&self, tenant: impl std::fmt::Display) -> Permit<P> {
        let place = self.runtime.block_on(places::find(&self.directory, &tenant.to_string())).unwrap();
        decide(&self.operator, &place).unwrap()
    }

    /// The connection of that name, made when there is none.
    pub(crate) fn connection(&self, slug: &str, name: &str, profile: Profile) -> Connection {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        let permit = self.permit(tenant);
        let made = connections::ensure(&self.directory, &permit, &cx, name, profile);
        self.runtime.block_on(made).unwrap()
    }

    pub(crate) fn set_connection(&self, connection: &Connection, change: ConnectionChange) {
        let (tenant, cx) = (connection.tenant, context(&self.clock));
        let permit = self.permit(tenant);
        let set = connections::set(&self.directory, &permit, &cx, &connection.name, change);
        self.runtime.block_on(set).unwrap();
    }

    pub(crate) fn delete_connection(&self, connection: &Connection) {
        let (tenant, cx) = (connection.tenant, context(&self.clock));
        let permit = self.permit(tenant);
        let removed = connections::remove(&self.directory, &permit, &cx, &connection.name);
        self.runtime.block_on(removed).unwrap();
    }

    pub(crate) fn set_limits(&self, slug: &str, change: LimitsChange) {
        let cx = context(&self.clock);
        self.runtime.block_on(tenants::set_limits(&self.directory, &self.permit(slug), &cx, change)).unwrap();
    }

    /// The counters that do not say what there is.
    pub(crate) fn wrong_counters(&self) -> Vec<String> {
        self.runtime.block_on(audit::wrong_counters(&self.directory, &self.operator)).unwrap()
    }

    /// A new token; `lives` is in seconds.
    pub(crate) fn mint(&self, connection: &Connection, scope: TokenScope, lives: Option<i64>) -> NewToken {
        let cx = context(&self.clock);
        let expires = lives.map(|seconds| cx.now.plus_seconds(seconds));
        let permit = self.permit(connection.tenant);
        let made = tokens::create(&self.directory, &permit, &cx, connection, scope, expires);
        self.runtime.block_on(made).unwrap()
    }

    pub(crate) fn tokens(&self, slug: &str) -> Vec<TokenSummary> {
        let tenant = self.tenant(slug).id;
        self.runtime.block_on(tokens::list(&self.directory, &self.permit(tenant))).unwrap()
    }

    pub(crate) fn revoke(&self, slug: &str, token: &str) -> Result<()> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        self.runtime.block_on(tokens::revoke(&self.directory, &self.permit(tenant), &cx, token))
    }

    /// A client of a connection, with a token that may write and does not expire.
    pub(crate) fn client_of(&self, connection: &Connection) -> Client {
        self.client_with(self.mint(connection, TokenScope::Write, None).secret.reveal())
    }

    /// A client of the tolerant connection of that name; both it and its tenant are made when they are not there.
    pub(crate) fn connect(&self, slug: &str, name: &str) -> Client {
        self.client_of(&self.connection(slug, name, Profile::Tolerant))
    }

    /// Adds a schema to a tenant, with index rows for the attributes named.
    pub(crate) fn add_schema(&self, slug: &str, document: &Value, index: &[&str]) -> Result<String> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        let index: Vec<String> = index.iter().map(|name| (*name).to_owned()).collect();
        self.runtime.block_on(schemas::add(&self.directory, &self.permit(tenant), &cx, document, &index))
    }

    /// Makes a user as a request does that was read by the built-in schemas alone.
    pub(crate) fn create_by_built_in_schemas(&self, connection: &Connection, user_name: &str) -> Result<()> {
        let types = std::sync::Arc::clone(self.directory.built_in());
        let actor =
            ConnectionActor { connection: connection.clone(), token: "t".to_owned(), scope: TokenScope::Write, types };
        let place = actor.place();
        let permit = decide(&Actor::Connection(actor), &place)?;
        let document = serde_json::Map::from_iter([("userName".to_owned(), Value::from(user_name))]);
        let draft = Draft {
            user_name: user_name.to_owned(),
            document,
            external_id: None,
            active: Some(true),
            writes_active: true,
            email: Email::Follows,
        };
        let cx = context(&self.clock);
        let made = users::create(&self.directory, &permit, &cx, draft, Beginning::default());
        self.runtime.block_on(made).map(drop)
    }

    pub(crate) fn index_schema(&self, slug: &str, urn: &str, names: &[&str]) -> Result<()> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.runtime.block_on(schemas::add_index(&self.directory, &self.permit(tenant), &cx, urn, &names))
    }

    pub(crate) fn remove_schema(&self, slug: &str, urn: &str, force: bool) -> Result<()> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        self.runtime.block_on(schemas::remove(&self.directory, &self.permit(tenant), &cx, urn, force))
    }

    pub(crate) fn extend(&self, slug: &str, kind: &str, urn: &str, required: bool) -> Result<()> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        self.runtime.block_on(schemas::extend(&self.directory, &self.permit(tenant), &cx, (kind, urn), required))
    }

    pub(crate) fn unextend(&self, slug: &str, kind: &str, urn: &str, force: bool) -> Result<()> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        self.runtime.block_on(schemas::unextend(&self.directory, &self.permit(tenant), &cx, (kind, urn), force))
    }

    pub(crate) fn add_type(&self, slug: &str, document: &Value) -> Result<String> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        self.runtime.block_on(schemas::add_type(&self.directory, &self.permit(tenant), &cx, document))
    }

    pub(crate) fn remove_type(&self, slug: &str, name: &str, force: bool) -> Result<()> {
        let (tenant, cx) = (self.tenant(slug).id, context(&self.clock));
        self.runtime.block_on(schemas::remove_type(&self.directory, &self.permit(tenant), &cx, name, force))
    }

    /// The tenant's provisioning log, oldest entry first, with all that was recorded until now.
    pub(crate) fn log(&self, slug: &str, wanted: Wanted) -> Vec<log::Row> {
        self.directory.activity().flush();
        let tenant = self.tenant(slug).id;
        let newest = log::newest(&self.directory, &self.operator, tenant, wanted, i64::MAX);
        self.runtime.block_on(newest).unwrap().into_iter().map(|(_, row)| row).collect()
    }

    /// Hands over what happened.
    pub(crate) fn record(&self, what: impl Into<Recorded>) {
        self.directory.activity().record(what);
    }

    /// Returns when everything that was recorded is written.
    pub(crate) fn settle(&self) {
        self.directory.activity().flush();
    }

    /// Deletes the records that their tenants keep no longer; the provisioning log is kept for so many days.
    pub(crate) fn purge_records(&self, log_days: i64) {
        self.directory.activity().flush();
        let purge = retention::purge_records(&self.directory, &self.operator, self.clock.now(), log_days);
        self.runtime.block_on(purge).unwrap();
    }

    /// The rows of a tenant's journal, read through a store of its own: only what is committed.
    pub(crate) fn journal(&self, slug: &str) -> Vec<journal::Read> {
        let tenant = self.tenant(slug).id;
        self.runtime.block_on(self.store().read(move |tx| journal::read(tx, tenant, None, 0, i64::MAX))).unwrap()
    }

    /// A store of the test's own on the same database.
    pub(crate) fn store(&self) -> &Store {
        self.beside.get_or_init(|| {
            let settings = store::Settings { database_url: self.database.url(), pg_pool: 2, create: false };
            Store::open(&settings).unwrap()
        })
    }

    /// The directory, for what no endpoint does yet.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A request at the time of the clock.
    pub(crate) fn cx(&self) -> Cx {
        context(&self.clock)
    }

    /// Waits for what the directory does.
    pub(crate) fn wait<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    pub(crate) fn operator(&self) -> &Actor {
        &self.operator
    }

    pub(crate) fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }

    /// The runtime of what makes use of one outside of [`Server::wait`], when it is made or dropped.
    pub(crate) fn inside(&self) -> tokio::runtime::EnterGuard<'_> {
        self.runtime.enter()
    }
}
