//! The endpoint tables of the REST faces, walked: who gets what answer at which endpoint (IR-20), and what must hold of
//! every one of them. Whoever adds an endpoint says here what it takes, and reviews its line.

use rollcall::access::{Needs, Scope};
use rollcall::http::{Endpoint, Method};
use serde_json::{Value, json};

use crate::client::{Answer, Client, id};
use crate::persons::{Unit, holding};
use crate::server::{DEFAULT, Server, for_each_store};

/// Reviewed by people: each endpoint, and the status that each kind of actor gets.
const REVIEWED: &str = include_str!("access_rest.txt");
const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

/// Endpoints whose effect is a change that nothing can be made for yet.
const NOTHING_TO_CHANGE_YET: &[&str] = &["/api/platform/users/{user_id}/mfa"];

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

    /// The value of a parameter of a path, made anew for each request.
    fn parameter(&self, endpoint: &Endpoint, name: &str, fresh: &str) -> String {
        match name {
            "tenant_id" => DEFAULT.to_owned(),
            "user_id" => {
                let user = self.user(fresh);
                if endpoint.path.starts_with("/owners") {
                    self.server.make_owner(&user);
                }
                user
            }
            "role" => {
                self.owner.post("/tenants/default/roles", &json!({ "key": fresh, "name": "A" })).is(201);
                fresh.to_owned()
            }
            "grant_id" => {
                let body = json!({ "subject": { "type": "user", "id": self.user(fresh) }, "role": "viewer" });
                id(&self.owner.post("/tenants/default/grants", &body).is(201)["data"])
            }
            other => panic!("say here what `{other}` of {} {} is", endpoint.method, endpoint.path),
        }
    }

    /// A path with its parameters, and the body that the endpoint takes.
    fn request(&self, prefix: &str, endpoint: &Endpoint, fresh: &str) -> (String, Option<Value>) {
        let mut path = format!("{prefix}{}", endpoint.path);
        while let Some((before, rest)) = path.clone().split_once('{') {
            let (name, after) = rest.split_once('}').unwrap();
            path = format!("{before}{}{after}", self.parameter(endpoint, name, fresh));
        }
        let query = match endpoint.path {
            "/tenants/{tenant_id}/roles/compare" => "?from=viewer&to=helpdesk",
            "/users/search" => "?q=x",
            _ => "",
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
            (Method::Post, "/owners") => Some(json!({ "user_id": self.user(fresh) })),
            _ => Some(json!({})),
        }
    }
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

/// Each kind of actor, the weakest first.
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
        ("application", server.application(DEFAULT).0),
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
            let rows = server.journal(DEFAULT).len();
            for client in [server.anonymous(), server.client_with("rc_x"), server.client()] {
                let answer = ask(&client.below(server.url()), endpoint, &request);
                assert_eq!(answer.status, 401, "{} {}: {}", endpoint.method, request.0, answer.text);
                assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"));
                assert_eq!(answer.json()["code"], "unauthenticated");
            }
            assert_eq!(server.journal(DEFAULT).len(), rows);
        }
    });
}

#[test]
fn ir20_what_is_in_a_tenant_is_not_there_for_another() {
    for_each_store(|server| {
        let world = World::new(server);
        let stranger = server.administrator("other", "tenant_admin").below(server.url());
        for (place, (prefix, endpoint)) in endpoints().iter().enumerate() {
            if !endpoint.path.contains("{tenant_id}") {
                continue;
            }
            let request = world.request(prefix, endpoint, &format!("e{place}"));
            let rows = server.journal(DEFAULT).len();
            ask(&stranger, endpoint, &request).is(404);
            // Nor by the id of something of another tenant below one's own.
            let (path, body) = &request;
            if endpoint.path.matches('{').count() > 1 {
                let below_own = (path.replace("/tenants/default/", "/tenants/other/"), body.clone());
                ask(&stranger, endpoint, &below_own).is(404);
            }
            let gone = (path.replace("/tenants/default/", &format!("/tenants/{NOBODY}/")), body.clone());
            ask(&world.owner.below(server.url()), endpoint, &gone).is(404);
            assert_eq!(server.journal(DEFAULT).len(), rows);
        }
    });
}

#[test]
fn ir20_every_change_leaves_a_row_in_the_journal_and_nothing_else_does() {
    for_each_store(|server| {
        let world = World::new(server);
        let owner = world.owner.below(server.url());
        for (place, (prefix, endpoint)) in endpoints().iter().enumerate() {
            let request = world.request(prefix, endpoint, &format!("e{place}"));
            let rows = server.journal(DEFAULT).len();
            let answer = ask(&owner, endpoint, &request);
            let of = format!("{} {prefix}{}", endpoint.method, endpoint.path);
            let public = matches!(endpoint.needs, Needs::ByEffect(_));
            assert!(public || (200..300).contains(&answer.status), "say here what {of} takes: {}", answer.text);
            let nothing = NOTHING_TO_CHANGE_YET.contains(&format!("{prefix}{}", endpoint.path).as_str());
            let more = server.journal(DEFAULT).len() > rows;
            assert_eq!(more, endpoint.change && !nothing, "{of}: {}", answer.text);
        }
    });
}
