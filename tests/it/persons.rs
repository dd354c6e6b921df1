//! People and applications who are known to the REST faces without having signed in: a test says what they hold, and where
//! users belong.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rollcall::access::{Actor, ApplicationActor, Held, Holdings, Permission, PermissionSet, PersonActor, Scope, role};
use rollcall::context::Cx;
use rollcall::error::Result;
use rollcall::http::{Credential, Face, Services};
use rollcall::ids::{ApplicationId, PartnerId, SessionId, TenantId, UnitId, UserId};
use uuid::Uuid;

use crate::client::Client;
use crate::database::Database;
use crate::server::Server;

/// Who is known, by token.
static KNOWN: LazyLock<Mutex<HashMap<String, Actor>>> = LazyLock::new(Mutex::default);

/// The REST faces, at which those are known whom a test made.
pub(crate) fn faces() -> impl Iterator<Item = Face> {
    rollcall::admin::faces().into_iter().map(|face| Face { authenticate: known, ..face })
}

fn known(services: Arc<Services>, cx: Cx, credential: Credential) -> BoxFuture<'static, Result<Actor>> {
    let found = KNOWN.lock().unwrap().get(credential.bearer()).cloned();
    async move {
        match found {
            Some(actor) => Ok(actor),
            None => rollcall::auth::authenticate(&services.auth, &cx, credential.bearer()).await,
        }
    }
    .boxed()
}

/// An id that was never used.
#[expect(clippy::disallowed_methods, reason = "a test's rows need ids that no other has")]
pub(crate) fn fresh() -> Uuid {
    Uuid::new_v4()
}

/// An org unit.
pub(crate) struct Unit {
    pub(crate) id: String,
    pub(crate) lineage: String,
}

/// What a person holds: a role, and how far it reaches.
pub(crate) fn holding(key: &str, scope: Scope) -> Held {
    let permissions = role::built_in(key).unwrap().permissions();
    Held { role: key.into(), permissions, scope, expires: None }
}

/// The same for a role of nothing but these permissions.
pub(crate) fn holding_only(permissions: &[Permission], scope: Scope) -> Held {
    let permissions = PermissionSet::of(permissions.iter().copied());
    Held { role: "own".into(), permissions, scope, expires: None }
}

impl Server {
    /// A client of a person of a tenant who holds this.
    pub(crate) fn person(&self, slug: &str, held: Vec<Held>) -> Client {
        self.person_who_is(slug, &fresh().to_string(), held)
    }

    /// The same of a user that there is.
    pub(crate) fn person_who_is(&self, slug: &str, user: &str, held: Vec<Held>) -> Client {
        let actor = PersonActor {
            user: user.parse::<UserId>().unwrap(),
            tenant: self.tenant(slug).id,
            partner: self.tenant(slug).partner_id,
            types: Arc::clone(self.built_in()),
            name: "Test Person".into(),
            session: SessionId::from(fresh()),
            holdings: Arc::new(Holdings::new(held)),
            authenticated: rollcall::clock::Clock::now(&*self.clock),
            methods: "pwd".into(),
            step_up: None,
            enrolling: false,
        };
        self.sign_in(Actor::Person(actor))
    }

    /// A client of a platform owner.
    pub(crate) fn owner(&self) -> Client {
        self.person("default", vec![holding(role::PLATFORM_OWNER, Scope::Platform)])
    }

    /// A client of the face of the platform's owners, by a user that there is.
    pub(crate) fn platform(&self, user: &str) -> Client {
        let held = vec![holding(role::PLATFORM_OWNER, Scope::Platform)];
        self.person_who_is("default", user, held).below(&format!("{}/api/platform", self.url()))
    }

    /// Makes a user of the tenant `default` an owner who can sign in.
    pub(crate) fn make_owner(&self, user: &str) {
        let (database, id) = (&self.database, fresh().to_string());
        let nil = database.id(&Uuid::nil().to_string());
        let tenant = database.id(&self.tenant("default").id.to_string());
        let (own, of, epoch) = (database.id(&id), database.id(user), database.epoch());
        self.set_user(user, &format!("email = '{user}@x.test', email_verified = true"));
        database.execute(&format!("INSERT INTO password VALUES ({of}, 'argon2id', '-', {epoch}, false, NULL, false)"));
        database.execute(&format!(
            "INSERT INTO role_grant VALUES
               ({own}, {tenant}, 'user', {of}, 'platform_owner', 'platform', {nil}, 'direct', {epoch}, 'test', NULL)"
        ));
    }

    /// A client of somebody who has a role over all of a tenant.
    pub(crate) fn administrator(&self, slug: &str, key: &str) -> Client {
        let tenant = self.tenant(slug);
        self.person(slug, vec![holding(key, Scope::Tenant { tenant: tenant.id, partner: tenant.partner_id })])
    }

    /// A client of somebody who has a role over an org unit and those below it.
    pub(crate) fn unit_administrator(&self, slug: &str, key: &str, unit: &Unit) -> Client {
        let (tenant, id) = (self.tenant(slug), unit.id.parse::<UnitId>().unwrap());
        let lineage = unit.lineage.as_str().into();
        let scope = Scope::Unit { tenant: tenant.id, partner: tenant.partner_id, unit: id, lineage };
        self.person(slug, vec![holding(key, scope)])
    }

    /// A client of an application of a tenant, and the application's id.
    pub(crate) fn application(&self, slug: &str) -> (Client, String) {
        let (tenant, id) = (self.tenant(slug).id, fresh());
        let (own, of) = (self.database.id(&id.to_string()), self.database.id(&tenant.to_string()));
        let epoch = self.database.epoch();
        self.database.execute(&format!(
            "INSERT INTO application (id, tenant_id, name, name_folded, settings, enabled, version, created, modified)
             VALUES ({own}, {of}, 'a', '{id}', '{{}}', true, 1, {epoch}, {epoch})"
        ));
        let application = ApplicationId::from(id);
        let types = Arc::clone(self.built_in());
        let actor = ApplicationActor { application, tenant, types, token: "t".to_owned() };
        (self.sign_in(Actor::Application(actor)), id.to_string())
    }

    fn sign_in(&self, actor: Actor) -> Client {
        let token = fresh().to_string();
        KNOWN.lock().unwrap().insert(token.clone(), actor);
        Client::new(&format!("{}/api/v1", self.url()), Some(&token))
    }

    /// Makes an org unit.
    pub(crate) fn unit(&self, slug: &str, name: &str, above: Option<&Unit>) -> Unit {
        let (database, id) = (&self.database, fresh().to_string());
        let lineage = format!("{}{id}/", above.map_or("", |above| above.lineage.as_str()));
        let parent = above.map_or("NULL".to_owned(), |above| database.id(&above.id));
        let (own, tenant) = (database.id(&id), database.id(&self.tenant(slug).id.to_string()));
        let epoch = database.epoch();
        database.execute(&format!(
            "INSERT INTO org_unit
               (id, tenant_id, parent_id, kind, key, key_folded, name, name_folded, lineage, version, created, modified)
             VALUES ({own}, {tenant}, {parent}, 'department', '{id}', '{id}', '{name}', '{name}', '{lineage}', 1, {epoch}, {epoch})"
        ));
        Unit { id, lineage }
    }

    /// Puts a user into an org unit.
    pub(crate) fn put_into(&self, user: &str, unit: &Unit, is_home: bool) {
        let (user, unit) = (self.database.id(user), self.database.id(&unit.id));
        self.database.execute(&format!("INSERT INTO user_org_unit VALUES ({user}, {unit}, {is_home})"));
    }

    /// Writes columns of a user.
    pub(crate) fn set_user(&self, user: &str, columns: &str) {
        self.database.execute(&format!("UPDATE users SET {columns} WHERE id = {}", self.database.id(user)));
    }

    /// Grants a role over its tenant to all in an org unit.
    pub(crate) fn grant_to_unit(&self, slug: &str, unit: &str, role: &str) {
        let (database, id) = (&self.database, fresh().to_string());
        let (own, unit, epoch) = (database.id(&id), database.id(unit), database.epoch());
        let tenant = database.id(&self.tenant(slug).id.to_string());
        database.execute(&format!(
            "INSERT INTO role_grant VALUES
               ({own}, {tenant}, 'org_unit', {unit}, '{role}', 'tenant', {tenant}, 'direct', {epoch}, 'test', NULL)"
        ));
    }

    /// Gives a tenant a partner, who is made.
    pub(crate) fn partner_of(&self, slug: &str) -> PartnerId {
        let (id, database) = (fresh(), &self.database);
        let (own, tenant) = (database.id(&id.to_string()), database.id(&self.tenant(slug).id.to_string()));
        database.execute(&format!("INSERT INTO partner VALUES ({own}, '{id}', 'Partner', {})", database.epoch()));
        database.execute(&format!("UPDATE tenant SET partner_id = {own} WHERE id = {tenant}"));
        PartnerId::from(id)
    }

    /// Makes a user of the tenant `default` an administrator of a partner.
    pub(crate) fn grant_over_partner(&self, user: &str, partner: PartnerId) {
        let (database, id) = (&self.database, fresh().to_string());
        let (own, tenant) = (database.id(&id), database.id(&self.tenant("default").id.to_string()));
        let (user, partner, epoch) = (database.id(user), database.id(&partner.to_string()), database.epoch());
        database.execute(&format!(
            "INSERT INTO role_grant VALUES
               ({own}, {tenant}, 'user', {user}, 'partner_admin', 'partner', {partner}, 'direct', {epoch}, 'test', NULL)"
        ));
    }

    /// The slug of the tenant of a user.
    pub(crate) fn tenant_of(&self, user: &str) -> String {
        let own = self.database.id(user);
        let of = |slug: &str| {
            let tenant = self.database.id(&self.tenant(slug).id.to_string());
            self.database.number(&format!("SELECT count(*) FROM users WHERE id = {own} AND tenant_id = {tenant}"))
        };
        if of("default") == 1 { "default".to_owned() } else { "other".to_owned() }
    }

    /// Lets a connection have asked to adopt a user.
    pub(crate) fn ask_to_adopt(&self, user: &str, connection: &str) {
        let database = &self.database;
        let (user, connection, now) = (database.id(user), database.id(connection), database.epoch());
        database.execute(&format!(
            "INSERT INTO adoption_request (connection_id, user_id, requested) VALUES ({connection}, {user}, {now})"
        ));
    }

    /// Grants a role over its tenant to a user.
    pub(crate) fn grant(&self, tenant: TenantId, user: &str, role: &str, expires: Option<&str>) {
        let (database, id) = (&self.database, fresh().to_string());
        let (own, tenant, user) = (database.id(&id), database.id(&tenant.to_string()), database.id(user));
        let (epoch, expires) = (database.epoch(), expires.unwrap_or("NULL"));
        database.execute(&format!(
            "INSERT INTO role_grant VALUES
               ({own}, {tenant}, 'user', {user}, '{role}', 'tenant', {tenant}, 'direct', {epoch}, 'test', {expires})"
        ));
    }
}

impl Database {
    /// An id as it is written in a statement.
    pub(crate) fn id(&self, id: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("x'{}'", id.replace('-', "")),
            Self::Postgres { .. } => format!("'{id}'"),
        }
    }

    /// Some instant long ago, as it is written in a statement.
    pub(crate) fn epoch(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "0",
            Self::Postgres { .. } => "to_timestamp(0)",
        }
    }

    /// So many seconds after the time at which a test's clock starts.
    pub(crate) fn after_start(&self, seconds: i64) -> String {
        let at = 1_800_000_000 + seconds;
        match self {
            Self::Sqlite(_) => format!("{at}000000"),
            Self::Postgres { .. } => format!("to_timestamp({at})"),
        }
    }
}
