//! The endpoint tables of the REST faces, walked: who gets what answer at which endpoint (IR-20), and what must hold of
//! every one of them. Whoever adds an endpoint says here what it takes, and reviews its line.

use rollcall::access::{Needs, Scope};
use rollcall::http::{BodyRule, Endpoint, Method};
use serde_json::{Value, json};

use crate::client::{Answer, Client, id};
use crate::persons::{Unit, holding};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;

/// Reviewed by people: each endpoint, and the status that each kind of actor gets.
const REVIEWED: &str = include_str!("access_rest.txt");
const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";
const PASSWORD: &str = "seven green bottles hum 41";

/// Parts of paths below which schemas are kept: what they take is tested with them.
const SCHEMAS: [&str; 2] = ["/schemas", "/resource-types"];

/// What requests are made of.
struct World<'a> {
    server: &'a Server,
    scim: Client,
    /// Somebody who may do everything.
    owner: Client,
    unit: Unit,
}

impl<'a> World<'a> {
    fn new(server: &'a Server) -> Self {
        let scim = server.client();
        server.make_owner(&scim.user("standing-owner"));
        Self { server, scim, owner: server.owner(), unit: server.unit(DEFAULT, "Sales", None) }
    }

    /// A user of the unit, active, with a confirmed e-mail.
    fn user(&self, name: &str) -> String {
        let user = self.scim.user(name);
        self.server.set_user(&user, &format!("email = '{name}@x.test', email_verified = true"));
        self.server.put_into(&user, &self.unit, true);
        user
    }

    /// A user such as the endpoint works on.
    fn user_for(&self, endpoint: &Endpoint, name: &str) -> String {
        let user = self.user(name);
        if endpoint.path.starts_with("/owners") {
            self.server.make_owner(&user);
        }
        if endpoint.path.ends_with("/unlock") {
            let locked = json!({ "status": "LOCKED" });
            self.owner.put(&format!("/tenants/default/users/{user}/status"), &locked).is(200);
        }
        if endpoint.path.ends_with("/mfa") || endpoint.path.ends_with("/mfa/disable") {
            let (user, now) = (self.server.database.id(&user), self.server.database.epoch());
            self.server.database.execute(&format!(
                "INSERT INTO factor (user_id, kind, sealed, created) VALUES ({user}, 'totp', '00', {now})"
            ));
        }
        if endpoint.path.ends_with("/approve") {
            self.server.set_user(&user, "activation = 'approval', status = 'PENDING_APPROVAL'");
        }
        if endpoint.path.ends_with("/restore") || endpoint.path.ends_with("/erase") {
            self.owner.delete(&format!("/admin/users/{user}")).is(204);
        }
        if endpoint.method == Method::Delete && endpoint.path.ends_with("/devices") {
            self.device(&user);
        }
        if endpoint.path.contains("password") {
            // Nobody but the source of a user keeps the password.
            self.server.set_user(&user, &format!("identity_source = 'LOCAL', verified_email = '{name}@x.test'"));
        }
        user
    }

    /// A passkey of a user, which nobody can use; its id.
    fn passkey(&self, user: &str) -> String {
        let (database, id) = (&self.server.database, crate::persons::fresh().to_string());
        let (own, of, now) = (database.id(&id), database.id(user), database.epoch());
        database.execute(&format!(
            "INSERT INTO passkey (id, user_id, credential_id, credential, rp_id, name, device_bound, backed_up, created, uses)
             VALUES ({own}, {of}, '{id}', '{{}}', 'localhost', 'Key', false, false, {now}, 0)"
        ));
        id
    }

    /// A request to reset the factors of a user that somebody else made and that may be carried out; its id.
    fn reset(&self, name: &str) -> String {
        let (database, id, user) = (&self.server.database, crate::persons::fresh().to_string(), self.user(name));
        let tenant = database.id(&self.server.tenant(DEFAULT).id.to_string());
        let (own, of, asker) = (database.id(&id), database.id(&user), database.id(NOBODY));
        let (now, end) = (database.epoch(), database.after_start(1_000_000));
        database.execute(&format!(
            "INSERT INTO factor (user_id, kind, sealed, created) VALUES ({of}, 'totp', '00', {now})"
        ));
        database.execute(&format!(
            "INSERT INTO mfa_reset (id, tenant_id, user_id, what, keep_passkeys, deliver, reason_required,
               approver_required, requested_by, requested, due, expires)
             VALUES ({own}, {tenant}, {of}, 'factors', false, 'mail', false, false, {asker}, {now}, {now}, {end})"
        ));
        id
    }

    /// A remembered device of a user.
    fn device(&self, user: &str) -> String {
        let (database, id) = (&self.server.database, crate::persons::fresh().to_string());
        let (own, user, now) = (database.id(&id), database.id(user), database.epoch());
        let later = database.after_start(3600);
        database.execute(&format!(
            "INSERT INTO device (id, user_id, method, epoch, secret_hash, created, expires, uses)
             SELECT {own}, id, 'totp', epoch, '00', {now}, {later}, 0 FROM users WHERE id = {user}"
        ));
        id
    }

    /// An identity provider of the tenant.
    fn provider(&self, name: &str) -> String {
        self.made("identity-providers", &json!({ "protocol": "OIDC", "name": name }))
    }

    /// A domain of the tenant, with its record in the DNS.
    fn domain(&self, name: &str) -> String {
        let domain = domain_of(name);
        let made = self.owner.post("/tenants/default/domains", &json!({ "domain": domain })).is(201);
        self.server.dns.publish(&made["data"]["txt_name"], &[made["data"]["txt_value"].as_str().unwrap()]);
        domain
    }

    /// Hides a user from a connection, as if this had deleted what others claim too.
    fn hide(&self, user: &str, connection: &str) {
        let database = &self.server.database;
        let (link, user, connection) =
            (database.id(&crate::persons::fresh().to_string()), database.id(user), database.id(connection));
        let now = database.epoch();
        database.execute(&format!(
            "INSERT INTO identity (id, user_id, protocol, connection_id, hidden, first_seen, last_seen) \
             VALUES ({link}, {user}, 'SCIM', {connection}, true, {now}, {now})"
        ));
    }

    /// Something that looks like an attack on a user of the unit.
    fn suspicion(&self, name: &str) -> String {
        let (database, id) = (&self.server.database, crate::persons::fresh().to_string());
        let (own, user) = (database.id(&id), database.id(&self.user(name)));
        let (tenant, now) = (database.id(&self.server.tenant(DEFAULT).id.to_string()), database.epoch());
        database.execute(&format!(
            "INSERT INTO suspicion (id, tenant_id, user_id, kind, what, severity, details, amount, detected, first_seen, last_seen) \
             VALUES ({own}, {tenant}, {user}, 'MfaFatigue', '{id}', 'High', 'x', 5, {now}, {now}, {now})"
        ));
        id
    }

    /// Makes something in the tenant, by its path below it; gives its id.
    fn made(&self, path: &str, body: &Value) -> String {
        id(&self.owner.post(&format!("/tenants/default/{path}"), body).is(201)["data"])
    }

    /// The value of a parameter of a path, made anew for each request, with the path up to it.
    fn parameter(&self, endpoint: &Endpoint, name: &str, before: &str, fresh: &str) -> String {
        let below = before.split_once("/tenants/default/").map_or("", |(_, below)| below.trim_end_matches('/'));
        let named = json!({ "name": fresh });
        match name {
            "tenant_id" if endpoint.path == "/tenants/{tenant_id}" && endpoint.method == Method::Delete => {
                self.owner.post("/tenants", &json!({ "slug": fresh })).is(201);
                fresh.to_owned()
            }
            "tenant_id" => DEFAULT.to_owned(),
            "partner_id" => id(&self.owner.post("/partners", &json!({ "slug": fresh, "name": fresh })).is(201)["data"]),
            "user_id" if below.ends_with("/hidden-users") => {
                let (user, connection) = (self.user(fresh), below.split('/').nth(1).unwrap());
                self.hide(&user, connection);
                user
            }
            "user_id" if below.ends_with("/members") => {
                let user = self.scim.user(fresh);
                if endpoint.method == Method::Delete {
                    self.owner.put(&format!("/tenants/default/{below}/{user}"), &json!({})).is(204);
                }
                user
            }
            "user_id" => self.user_for(endpoint, fresh),
            "member_id" => {
                let user = self.scim.user(fresh);
                self.owner.post(&format!("/tenants/default/{below}"), &json!({ "members": [user] })).is(204);
                user
            }
            "subject_id" => {
                let user = self.scim.user(fresh);
                self.owner.post(&format!("/tenants/default/{below}"), &json!({ "kind": "user", "id": user })).is(204);
                user
            }
            "unit_id" => self.made("units", &json!({ "name": fresh, "parent_id": self.unit.id })),
            "connection_id" if below.starts_with("identity-providers/") => {
                let connection = self.made("connections", &named);
                if endpoint.method == Method::Delete {
                    self.owner.put(&format!("/tenants/default/{below}/{connection}"), &json!({})).is(204);
                }
                connection
            }
            "group_id" | "connection_id" | "application_id" | "token_id" => self.made(below, &named),
            "role" => {
                self.owner.post("/tenants/default/roles", &json!({ "key": fresh, "name": "A" })).is(201);
                fresh.to_owned()
            }
            "grant_id" => {
                self.made("grants", &json!({ "subject": { "type": "user", "id": self.user(fresh) }, "role": "viewer" }))
            }
            "device_id" => self.device(before.rsplit('/').nth(2).unwrap()),
            "domain" => self.domain(fresh),
            "provider_id" => self.provider(fresh),
            "suspicion_id" => self.suspicion(fresh),
            "identity_id" => self.made(below, &json!({ "provider_id": self.provider(fresh), "subject": fresh })),
            "reset_id" => self.reset(fresh),
            "passkey_id" => self.passkey(before.rsplit('/').nth(2).unwrap()),
            "urn" => "urn:x:y".to_owned(),
            "name" => "Users".to_owned(),
            other => panic!("say here what `{other}` of {} {} is", endpoint.method, endpoint.path),
        }
    }

    /// A path with its parameters, and the body that the endpoint takes.
    fn request(&self, prefix: &str, endpoint: &Endpoint, fresh: &str) -> (String, Option<Value>) {
        let mut path = format!("{prefix}{}", endpoint.path);
        while let Some((before, rest)) = path.clone().split_once('{') {
            let (name, after) = rest.split_once('}').unwrap();
            path = format!("{before}{}{after}", self.parameter(endpoint, name, before, fresh));
        }
        if (endpoint.method, endpoint.path) == (Method::Delete, "/tenants/{tenant_id}/alert-webhook") {
            self.owner.put("/tenants/default/alert-webhook", &json!({ "url": "https://example.org/" })).is(200);
        }
        let query = match (endpoint.method, endpoint.path) {
            (_, "/tenants/{tenant_id}/roles/compare") => "?from=viewer&to=helpdesk".to_owned(),
            (_, "/users/search") => "?q=x".to_owned(),
            (Method::Delete, "/tenants/{tenant_id}/users/{user_id}") => format!("?confirm_email={fresh}@x.test"),
            _ => String::new(),
        };
        (format!("{path}{query}"), self.body(endpoint, fresh))
    }

    fn body(&self, endpoint: &Endpoint, fresh: &str) -> Option<Value> {
        match (endpoint.method, endpoint.path) {
            (Method::Get | Method::Delete, _) => None,
            (Method::Post, "/tenants/{tenant_id}/roles") => Some(json!({ "key": fresh, "name": "A" })),
            (Method::Patch, "/tenants/{tenant_id}/roles/{role}") => Some(json!({ "name": fresh })),
            (Method::Post, "/tenants/{tenant_id}/grants") => {
                let scope = json!({ "type": "org_unit", "id": self.unit.id });
                let subject = json!({ "type": "user", "id": self.user(fresh) });
                Some(json!({ "subject": subject, "role": "viewer", "scope": scope }))
            }
            (Method::Post, "/admin/users") => {
                let email = format!("{fresh}@new.test");
                Some(json!({ "email": email, "tenant_id": DEFAULT, "send_welcome_email": false }))
            }
            (Method::Post, "/tenants/{tenant_id}/users") => {
                let unit = &self.unit.id;
                Some(json!({ "email": format!("{fresh}@new.test"), "ou_id": unit, "send_welcome_email": false }))
            }
            (Method::Post, "/partners") => Some(json!({ "slug": fresh, "name": fresh })),
            (Method::Post, "/tenants") => Some(json!({ "slug": fresh })),
            (Method::Put, "/tenants/{tenant_id}/alert-webhook") => Some(json!({ "url": "https://example.org/" })),
            (Method::Post, path) if path.ends_with("/acknowledge") => Some(json!({ "note": fresh })),
            (Method::Patch, path) if path.ends_with("/settings") => {
                Some(json!({ "redirect_uris": [format!("https://{fresh}.test/")] }))
            }
            (Method::Patch, path) if path.ends_with("/{connection_id}") => Some(json!({ "reach": "own" })),
            (Method::Post, path) if path.ends_with("/members") => Some(json!({ "members": [self.scim.user(fresh)] })),
            (Method::Post, path) if path.ends_with("/assignments") => {
                Some(json!({ "kind": "user", "id": self.scim.user(fresh) }))
            }
            (Method::Post, path) if path.ends_with("/domains") => Some(json!({ "domain": domain_of(fresh) })),
            (Method::Post, path) if path.ends_with("/identity-providers") => {
                Some(json!({ "protocol": "OIDC", "name": fresh }))
            }
            (Method::Post, path) if path.ends_with("/identities") => {
                Some(json!({ "provider_id": self.provider(fresh), "subject": fresh }))
            }
            (Method::Post, path) if path.ends_with("/mismatches/fix") => {
                let user = self.user(fresh);
                self.server.set_user(&user, "identity_source = 'SAML'");
                Some(json!({ "tenant_id": DEFAULT, "user_ids": [user] }))
            }
            (Method::Post, path) if path.ends_with("/adoptions/decide") => {
                let (user, connection) = (self.user(fresh), self.made("connections", &json!({ "name": fresh })));
                self.server.ask_to_adopt(&user, &connection);
                Some(json!({ "connection_id": connection, "user_ids": [user], "decision": "approve" }))
            }
            (Method::Post, path) if path.ends_with("/users/{user_id}/approve") => None,
            (Method::Post, path) if path.ends_with("/users/{user_id}/deactivate") => Some(json!({ "reason": fresh })),
            (Method::Post, path) if path.ends_with("/show") || path.ends_with("/preview") => Some(json!({})),
            (Method::Post, path) if path.ends_with("/mfa/reminders") => {
                let user = self.user(fresh);
                Some(json!({ "user_ids": [user] }))
            }
            (Method::Post, path) if path.ends_with("/reset-password") => Some(json!({ "new_password": PASSWORD })),
            (Method::Post, path) if path.ends_with("/password/reset") => Some(json!({})),
            (Method::Post, path) if path.ends_with("/units") => {
                Some(json!({ "name": fresh, "parent_id": self.unit.id }))
            }
            (Method::Patch, path) if path.ends_with("/users/{user_id}") => Some(json!({ "display_name": fresh })),
            (Method::Put, path) if path.ends_with("/status") => Some(json!({ "status": "DISABLED" })),
            (Method::Post, "/owners") => Some(json!({ "user_id": self.user(fresh) })),
            (Method::Put, _) => Some(json!({})),
            (Method::Patch, _) => Some(json!({ "name": format!("{fresh} changed") })),
            _ => Some(json!({ "name": fresh })),
        }
    }

    /// How many changes were recorded, in whatever tenant.
    fn rows(&self) -> i64 {
        self.server.database.number("SELECT count(*) FROM journal")
    }
}

/// A domain that somebody could own.
fn domain_of(name: &str) -> String {
    format!("{name}.rollcall-tests.org")
}

/// Each face's prefix with each of its endpoints.
fn endpoints() -> Vec<(&'static str, Endpoint)> {
    let of = |face: rollcall::http::Face| face.endpoints.into_iter().map(move |endpoint| (face.prefix, endpoint));
    let all: Vec<_> = rollcall::admin::faces().into_iter().flat_map(of).collect();
    assert!(all.len() > 20);
    all
}

fn ask(client: &Client, endpoint: &Endpoint, (path, body): &(String, Option<Value>)) -> Answer {
    client.send(endpoint.method.as_str(), path, &[], body.as_ref())
}

/// What somebody is given who must change the password first: no credential for anything but that.
fn change_token(server: &Server) -> String {
    let account = server.newcomer(DEFAULT, "to-change@x.test", "tenant_admin");
    let of = server.database.id(&account.id.to_string());
    server.database.execute(&format!("UPDATE password SET must_change = true WHERE user_id = {of}"));
    let answer = server.tokens_of(DEFAULT, "to-change@x.test");
    text(&answer, "change_token").to_owned()
}

/// Each kind of actor, the weakest first. Whoever adds a kind of credential adds an actor with it.
fn actors(world: &World<'_>) -> Vec<(&'static str, Client)> {
    let server = world.server;
    let partner = server.partner_of(DEFAULT);
    let foreign = server.partner_of("other");
    let of_partner = |partner| server.person("other", vec![holding("partner_admin", Scope::Partner(partner))]);
    let root = |client: Client| client.below(server.url());
    let clients = [
        ("nobody", server.anonymous()),
        ("unknown", server.client_with("rc_x")),
        ("scim", server.client()),
        ("change_token", server.client_with(&change_token(server))),
        ("application", server.application(DEFAULT).0),
        ("member", server.person(DEFAULT, Vec::new())),
        ("viewer", server.administrator(DEFAULT, "viewer")),
        ("helpdesk", server.administrator(DEFAULT, "helpdesk")),
        ("unit_manager", server.unit_administrator(DEFAULT, "manager", &world.unit)),
        ("unit_admin", server.unit_administrator(DEFAULT, "tenant_admin", &world.unit)),
        ("admin", server.administrator(DEFAULT, "tenant_admin")),
        ("other_admin", server.administrator("other", "tenant_admin")),
        ("partner", of_partner(partner)),
        ("other_partner", of_partner(foreign)),
        ("owner", server.owner()),
    ];
    clients.map(|(name, client)| (name, root(client))).into()
}

#[test]
fn every_endpoint_answers_each_kind_of_actor_as_reviewed() {
    for_each_store(|server| {
        let world = World::new(server);
        let actors = actors(&world);
        let names: Vec<&str> = actors.iter().map(|(name, _)| *name).collect();
        let mut table = format!("{:<68} {}\n", "", names.join(" "));
        for (place, (prefix, endpoint)) in endpoints().iter().enumerate() {
            let mut line = format!("{:<6} {:<61}", endpoint.method.as_str(), format!("{prefix}{}", endpoint.path));
            for (turn, (name, client)) in actors.iter().enumerate() {
                let request = world.request(prefix, endpoint, &format!("e{place}t{turn}"));
                let status = ask(client, endpoint, &request).status.to_string();
                line.push_str(&format!(" {status:<width$}", width = name.len()));
            }
            table.push_str(line.trim_end());
            table.push('\n');
        }
        assert!(table == REVIEWED, "the table of answers is now\n{table}");
    });
}

#[test]
fn ir20_every_endpoint_that_is_not_public_needs_a_credential() {
    for_each_store(|server| {
        let world = World::new(server);
        for (place, (prefix, endpoint)) in endpoints().iter().enumerate() {
            if matches!(endpoint.needs, Needs::Public(_)) {
                continue;
            }
            let request = world.request(prefix, endpoint, &format!("e{place}"));
            let rows = world.rows();
            for client in [server.anonymous(), server.client_with("rc_x"), server.client()] {
                let answer = ask(&client.below(server.url()), endpoint, &request);
                assert_eq!(answer.status, 401, "{} {}: {}", endpoint.method, request.0, answer.text);
                assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
                assert_eq!(answer.json()["code"], "unauthenticated");
            }
            assert_eq!(world.rows(), rows);
        }
    });
}

/// Endpoints that learn from their body what they work on.
const NAMED_BY_THE_BODY: &[&str] = &[
    "/admin/users",
    "/admin/users/identity-source/mismatches/fix",
    "/tenants/{tenant_id}/grants",
    "/tenants/{tenant_id}/groups/{group_id}/members",
];

#[test]
fn ir12_who_may_not_hears_so_before_the_body_is_judged() {
    for_each_store(|server| {
        let world = World::new(server);
        let actors = actors(&world);
        let mut asked = 0;
        for (place, (prefix, endpoint)) in endpoints().iter().enumerate() {
            let takes = matches!(endpoint.body, BodyRule::Json { .. } | BodyRule::Form { .. });
            if !takes || NAMED_BY_THE_BODY.contains(&endpoint.path) {
                continue;
            }
            for (turn, (name, client)) in actors.iter().enumerate() {
                let request = world.request(prefix, endpoint, &format!("e{place}t{turn}"));
                let bad = client.send(endpoint.method.as_str(), &request.0, &[], Some(&json!([]))).status;
                let good = ask(client, endpoint, &request).status;
                let of = format!("{name} at {} {}", endpoint.method, request.0);
                assert_eq!(bad, if good < 300 || good == 422 { 422 } else { good }, "{of}");
                asked += usize::from(bad != 422);
            }
        }
        assert!(asked > 200, "{asked}");
    });
}

#[test]
fn ir20_what_is_in_a_tenant_is_not_there_for_another() {
    for_each_store(|server| {
        let world = World::new(server);
        let stranger = server.administrator("other", "tenant_admin").below(server.url());
        for (place, (prefix, endpoint)) in endpoints().iter().enumerate() {
            if !endpoint.path.contains("{tenant_id}") || endpoint.path == "/tenants/{tenant_id}" {
                continue;
            }
            let request = world.request(prefix, endpoint, &format!("e{place}"));
            let rows = world.rows();
            // What a tenant's administrator may nowhere is refused before anybody looks.
            let refused = ask(&stranger, endpoint, &request).status;
            assert!(refused == 404 || refused == 403, "{} {}: {refused}", endpoint.method, request.0);
            // Nor by the id of something of another tenant below one's own.
            let (path, body) = &request;
            let schema = SCHEMAS.iter().any(|part| endpoint.path.contains(part));
            if endpoint.path.matches('{').count() > 1 && refused == 404 && !schema {
                let below_own = (path.replace("/tenants/default/", "/tenants/other/"), body.clone());
                ask(&stranger, endpoint, &below_own).is(404);
            }
            let gone = (path.replace("/tenants/default/", &format!("/tenants/{NOBODY}/")), body.clone());
            ask(&world.owner.below(server.url()), endpoint, &gone).is(404);
            assert_eq!(world.rows(), rows);
        }
    });
}

#[test]
fn ir20_every_change_leaves_a_row_in_the_journal_and_nothing_else_does() {
    for_each_store(|server| {
        let world = World::new(server);
        let owner = world.owner.below(server.url());
        for (place, (prefix, endpoint)) in endpoints().iter().enumerate() {
            if SCHEMAS.iter().any(|part| endpoint.path.contains(part)) {
                continue;
            }
            let request = world.request(prefix, endpoint, &format!("e{place}"));
            let rows = world.rows();
            let answer = ask(&owner, endpoint, &request);
            let of = format!("{} {prefix}{}", endpoint.method, endpoint.path);
            assert!((200..300).contains(&answer.status), "say here what {of} takes: {}", answer.text);
            assert_eq!(world.rows() > rows, endpoint.change, "{of}: {}", answer.text);
        }
    });
}
