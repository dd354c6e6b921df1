//! Where users come from: mismatches found and corrected, identities linked and removed, providers, and adoption that an
//! administrator decides.

use rollcall::access::Permission::{ConnectionsRead, IdentitiesRead, IdentitySourceFix};
use rollcall::access::{Adoption, Connection, Held, Permission, PermissionSet, Profile, Scope};
use rollcall::directory::connections::ConnectionChange;
use serde_json::{Value, json};

use crate::client::{Client, USER, id};
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};

pub(crate) const MISMATCHES: &str = "/admin/users/identity-source/mismatches";
pub(crate) const PROVIDERS: &str = "/tenants/default/identity-providers";
const ADOPTIONS: &str = "/tenants/default/adoptions";
const DECIDE: &str = "/tenants/default/adoptions/decide";
const NOBODY: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

/// Makes a local user and gives its id.
pub(crate) fn local(admin: &Client, name: &str) -> String {
    let body = json!({ "email": format!("{name}@x.test"), "username": name, "send_welcome_email": false });
    id(&admin.post("/tenants/default/users", &body).is(201)["data"])
}

/// Makes a provider and gives its id.
pub(crate) fn provider(admin: &Client, protocol: &str, name: &str) -> String {
    id(&admin.post(PROVIDERS, &json!({ "protocol": protocol, "name": name })).is(201)["data"])
}

pub(crate) fn identities(user: &str) -> String {
    format!("/tenants/default/users/{user}/identities")
}

fn link(admin: &Client, user: &str, provider: &str, subject: &str) -> String {
    let body = json!({ "provider_id": provider, "subject": subject });
    id(&admin.post(&identities(user), &body).is(201)["data"])
}

fn source(admin: &Client, user: &str) -> String {
    let shown = admin.get(&format!("/tenants/default/users/{user}")).is(200);
    shown["data"]["identity_source"].as_str().unwrap().to_owned()
}

/// What is found with this query: user, verdict and expected source.
fn found(admin: &Client, query: &str) -> Vec<(String, String, Value)> {
    let report = admin.get(&format!("{MISMATCHES}?tenant_id=default{query}")).is(200);
    let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let one = |item: &Value| (word(item, "user_id"), word(item, "verdict"), item["expected_source"].clone());
    report["data"].as_array().unwrap().iter().map(one).collect()
}

fn rows(server: &Server) -> usize {
    server.journal(DEFAULT).len()
}

/// One user of each verdict: fixable, ambiguous, protected.
fn one_of_each(server: &Server, admin: &Client) -> [String; 3] {
    let (oidc, saml) = (provider(admin, "OIDC", "Login"), provider(admin, "SAML", "Old"));
    let users = ["fixable", "ambiguous", "protected"].map(|name| local(admin, name));
    for user in &users {
        link(admin, user, &oidc, user);
    }
    link(admin, &users[1], &saml, &users[1]);
    server.grant(server.tenant(DEFAULT).id, &users[2], "viewer", None);
    users
}

#[test]
fn s4_03_mismatches_are_found_with_their_verdicts() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let [fixable, ambiguous, protected] = one_of_each(server, &admin);
        local(&admin, "agrees");
        let expected = [
            (fixable.clone(), "fixable".to_owned(), json!("OIDC")),
            (ambiguous, "ambiguous".to_owned(), Value::Null),
            (protected, "protected".to_owned(), json!("OIDC")),
        ];
        assert_eq!(found(&admin, ""), expected);
        let first = admin.get(&format!("{MISMATCHES}?per_page=1")).is(200);
        assert_eq!((&first["data"].as_array().unwrap().len(), &first["pagination"]["total_items"]), (&1, &json!(3)));
        let item = &first["data"][0];
        assert_eq!((&item["email"], &item["identity_source"]), (&json!("fixable@x.test"), &json!("LOCAL")));
        assert_eq!((&item["links"][0]["provider"], &item["links"][0]["subject"]), (&json!("Login"), &json!(fixable)));
        let summary = json!({
            "mismatches": 3, "fixable": 1, "ambiguous": 1, "protected": 1, "fixed": 0, "remaining": 3
        });
        assert_eq!(first["summary"], summary);
        assert_eq!(found(&admin, "&page=2&per_page=2"), expected[2..]);
    });
}

#[test]
fn ir11_a_connection_that_provisions_for_the_provider_explains_its_links() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let connection = server.connection(DEFAULT, "hr", Profile::Tolerant);
        let user = server.client_of(&connection).user("ann");
        let oidc = provider(&admin, "OIDC", "Login");
        link(&admin, &user, &oidc, "ann");
        assert_eq!(found(&admin, ""), [(user.clone(), "ambiguous".to_owned(), Value::Null)]);
        let both = format!("{PROVIDERS}/{oidc}/connections/{}", connection.id);
        admin.send("PUT", &both, &[], None).is(204);
        assert_eq!(found(&admin, ""), []);
        assert_eq!(found(&admin, "&include_explained=true"), [(user, "explained".to_owned(), Value::Null)]);
        admin.delete(&both).is(204);
        assert_eq!(found(&admin, "").len(), 1);
        admin.send("PUT", &both.replace(&oidc, NOBODY), &[], None).is(404);
    });
}

#[test]
fn ir11_fix_corrects_what_is_certain_and_nothing_else() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let [fixable, ambiguous, protected] = one_of_each(server, &admin);
        let before = rows(server);
        assert_eq!(admin.send("HEAD", &format!("{MISMATCHES}?fix=true"), &[], None).status, 200);
        assert_eq!((rows(server), source(&admin, &fixable)), (before, "LOCAL".to_owned()));
        let report = admin.get(&format!("{MISMATCHES}?fix=true")).is(200);
        let fixed: Vec<&Value> = report["data"].as_array().unwrap().iter().map(|item| &item["fixed"]).collect();
        assert_eq!(fixed, [true, false, false]);
        assert_eq!((&report["summary"]["fixed"], &report["summary"]["remaining"]), (&json!(1), &json!(2)));
        assert_eq!([&fixable, &ambiguous, &protected].map(|user| source(&admin, user)), ["OIDC", "LOCAL", "LOCAL"]);
        let journal = server.journal(DEFAULT);
        let [row] = &journal[before..] else { panic!("{} rows", journal.len() - before) };
        assert_eq!((&*row.resource_id, &*row.operation), (&*fixable, "update"));
        assert_eq!(
            (&row.before, &row.after),
            (&Some(json!({ "identitySource": "LOCAL" })), &Some(json!({ "identitySource": "OIDC" })),)
        );
        assert!(row.reason.is_some());
        // What is corrected is no mismatch any more.
        let again = admin.get(&format!("{MISMATCHES}?fix=true")).is(200);
        assert_eq!((&again["summary"]["fixed"], &again["summary"]["mismatches"]), (&json!(0), &json!(2)));
    });
}

#[test]
fn ir11_chosen_users_are_corrected_by_name() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let [fixable, ambiguous, protected] = one_of_each(server, &admin);
        let post = |members: Value| {
            let mut body = json!({ "tenant_id": "default", "user_ids": [fixable, ambiguous, protected] });
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let report = admin.post(&format!("{MISMATCHES}/fix"), &body).is(200);
            let fixed = report["data"].as_array().unwrap().iter().map(|item| item["fixed"] == true);
            (fixed.collect::<Vec<_>>(), report["summary"]["fixed"].clone())
        };
        let before = rows(server);
        assert_eq!(post(json!({ "dry_run": true })), (vec![false; 3], json!(0)));
        // A source that nothing stands behind is none.
        assert_eq!(post(json!({ "identity_source": "LDAP" })), (vec![false; 3], json!(0)));
        assert_eq!(rows(server), before);
        assert_eq!(post(json!({})), (vec![true, false, true], json!(2)));
        assert_eq!(post(json!({ "user_ids": [ambiguous], "identity_source": "SAML" })), (vec![true], json!(1)));
        assert_eq!([&fixable, &ambiguous, &protected].map(|user| source(&admin, user)), ["OIDC", "SAML", "OIDC"]);
        assert_eq!(rows(server), before + 3);
        // Nothing changes when it is that source already.
        assert_eq!(post(json!({ "user_ids": [ambiguous], "identity_source": "SAML" })), (vec![false], json!(0)));
        assert_eq!(rows(server), before + 3);
    });
}

#[test]
fn ir11_correcting_needs_its_permission_and_its_tenant() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let [fixable, ..] = one_of_each(server, &admin);
        let stranger = server.connect("other", "hr").user("bob");
        let reader = having(server, &[IdentitiesRead]);
        let before = rows(server);
        assert_eq!(reader.get(&format!("{MISMATCHES}?fix=false")).is(200)["summary"]["fixable"], 1);
        reader.get(&format!("{MISMATCHES}?fix=true")).is(403);
        let body = |tenant: &str, user: &str| json!({ "tenant_id": tenant, "user_ids": [user] });
        reader.post(&format!("{MISMATCHES}/fix"), &body(DEFAULT, &fixable)).is(403);
        having(server, &[ConnectionsRead]).get(MISMATCHES).is(403);
        for query in ["?tenant_id=other", "?tenant_id=other&fix=true", "?tenant_id=nobodys"] {
            admin.get(&format!("{MISMATCHES}{query}")).is(404);
        }
        admin.post(&format!("{MISMATCHES}/fix"), &body("other", &stranger)).is(404);
        admin.post(&format!("{MISMATCHES}/fix"), &body(DEFAULT, &stranger)).is(404);
        // One user that is not there, and nothing is done.
        let both = json!({ "tenant_id": DEFAULT, "user_ids": [fixable, stranger] });
        admin.post(&format!("{MISMATCHES}/fix"), &both).is(404);
        assert_eq!((rows(server), source(&admin, &fixable)), (before, "LOCAL".to_owned()));
    });
}

/// A user whom a connection of that tenant made, and who is recorded as SAML's: fixable.
fn astray(server: &Server, slug: &str) -> String {
    let user = server.connect(slug, "hr").user("astray");
    server.set_user(&user, "identity_source = 'SAML'");
    user
}

#[test]
fn ir11_correcting_several_tenants_needs_the_permission_in_each() {
    for_each_store(|server| {
        let holds = |slug: &str, permissions: &[Permission]| {
            let scope = Scope::Tenant { tenant: server.tenant(slug).id, partner: None };
            let permissions = PermissionSet::of(permissions.iter().copied());
            Held { role: "own".into(), permissions, scope, expires: None }
        };
        [DEFAULT, "other"].iter().for_each(|slug| drop(astray(server, slug)));
        let both = [IdentitiesRead, IdentitySourceFix];
        let partly = server.person(DEFAULT, vec![holds(DEFAULT, &both), holds("other", &[IdentitiesRead])]);
        let wholly = server.person(DEFAULT, vec![holds(DEFAULT, &both), holds("other", &both)]);
        let count = || [DEFAULT, "other"].map(|slug| server.journal(slug).len());
        let before = count();
        assert_eq!(partly.get(MISMATCHES).is(200)["summary"]["fixable"], 2);
        partly.get(&format!("{MISMATCHES}?fix=true")).is(403);
        assert_eq!(count(), before);
        assert_eq!(partly.get(&format!("{MISMATCHES}?fix=true&tenant_id=default")).is(200)["summary"]["fixed"], 1);
        assert_eq!(wholly.get(&format!("{MISMATCHES}?fix=true")).is(200)["summary"]["fixed"], 1);
        assert_eq!(count(), before.map(|rows| rows + 1));
    });
}

#[test]
fn ir11_one_user_who_refuses_the_call_keeps_all_as_they_were() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (mighty, stranger) = (astray(server, DEFAULT), astray(server, "other"));
        server.make_owner(&mighty);
        // More than are written in one transaction.
        let users = server.connect(DEFAULT, "hr").many_users("many", 60);
        users.iter().for_each(|user| server.set_user(user, "identity_source = 'SAML'"));
        let post = |last: &str| {
            let named: Vec<&str> = users.iter().map(String::as_str).chain([last]).collect();
            admin.post(&format!("{MISMATCHES}/fix"), &json!({ "tenant_id": DEFAULT, "user_ids": named }))
        };
        let before = rows(server);
        post(&stranger).is(404);
        post(NOBODY).is(404);
        assert_eq!(post(&mighty).is(403)["code"], "mightier_user");
        assert_eq!((rows(server), source(&admin, &users[0])), (before, "SAML".to_owned()));
        let report = post(&users[0]).is(200);
        assert_eq!(report["summary"]["fixed"], 60);
        let answered = report["data"].as_array().unwrap().iter().map(|item| item["user_id"].as_str().unwrap());
        assert_eq!(answered.collect::<Vec<_>>(), users);
        assert_eq!(rows(server), before + 60);
    });
}

#[test]
fn ir11_the_answer_tells_what_a_choice_comes_to() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let [fixable, ambiguous, _] = one_of_each(server, &admin);
        let left = local(&admin, "left");
        server.set_user(&left, "identity_source = 'SCIM'");
        let post = |wanted: &str, dry_run: bool| {
            // One who is named twice counts once.
            let users = [&ambiguous, &fixable, &ambiguous, &left];
            let mut body = json!({ "tenant_id": DEFAULT, "user_ids": users, "dry_run": dry_run });
            body["identity_source"] = json!(wanted);
            let report = admin.post(&format!("{MISMATCHES}/fix"), &body).is(200);
            assert_eq!(report["summary"]["mismatches"], 3);
            let told = |item: &Value| {
                let why = if wanted == "LOCAL" { "LOCAL is for users without a link." } else { "has no link of" };
                let explained = item["reason"].as_str().unwrap().contains(why);
                (item["expected_source"].clone(), item["fixed"] == true, explained)
            };
            report["data"].as_array().unwrap().iter().map(told).collect::<Vec<_>>()
        };
        let taken = |source: &str, fixed: bool| (json!(source), fixed, false);
        let refused = (Value::Null, false, true);
        let before = rows(server);
        for dry_run in [true, false] {
            assert_eq!(post("LDAP", dry_run), vec![refused.clone(); 3]);
        }
        assert_eq!(post("SAML", true), [taken("SAML", false), refused.clone(), refused.clone()]);
        assert_eq!(post("LOCAL", true), [refused.clone(), refused.clone(), taken("LOCAL", false)]);
        assert_eq!(rows(server), before);
        assert_eq!(post("SAML", false), [taken("SAML", true), refused.clone(), refused.clone()]);
        // It is that source already, and stays a mismatch.
        assert_eq!(post("SAML", false), [taken("SAML", false), refused.clone(), refused.clone()]);
        assert_eq!(post("LOCAL", false), [refused.clone(), refused, taken("LOCAL", true)]);
        assert_eq!([&fixable, &ambiguous, &left].map(|user| source(&admin, user)), ["LOCAL", "SAML", "LOCAL"]);
        assert_eq!(rows(server), before + 2);
    });
}

#[test]
fn ir11_an_identity_is_a_credential() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (ann, bob) = (local(&admin, "ann"), local(&admin, "bob"));
        let (oidc, saml) = (provider(&admin, "OIDC", "Login"), provider(&admin, "SAML", "Old"));
        let epoch = |user: &str| {
            server.database.number(&format!("SELECT epoch FROM users WHERE id = {}", server.database.id(user)))
        };
        let before = epoch(&ann);
        let made = link(&admin, &ann, &oidc, "1");
        assert_eq!(epoch(&ann), before + 1);
        let told = server.mails("identity_linked");
        assert_eq!(told.iter().map(ToString::to_string).collect::<Vec<_>>(), [ann.as_str()]);
        let body = |provider: &str| json!({ "provider_id": provider, "subject": "1" });
        for user in [&ann, &bob] {
            assert_eq!(admin.post(&identities(user), &body(&oidc)).is(409)["code"], "taken");
        }
        admin.post(&identities(&bob), &body(NOBODY)).is(404);
        admin.post(&identities(NOBODY), &body(&oidc)).is(404);
        link(&admin, &bob, &saml, "1");
        let shown = admin.get(&identities(&ann)).is(200)["data"].clone();
        assert_eq!((&shown[0]["asserted"], &shown[0]["provider"]), (&json!(true), &json!("Login")));
        admin.delete(&format!("{}/{made}", identities(&bob))).is(404);
        admin.delete(&format!("{}/{made}", identities(&ann))).is(204);
        admin.delete(&format!("{}/{made}", identities(&ann))).is(404);
        assert_eq!(epoch(&ann), before + 2);
        link(&admin, &bob, &oidc, "1");
        // Whoever has more is not touched by who has less.
        server.grant(server.tenant(DEFAULT).id, &bob, "tenant_admin", None);
        let small = having(server, &[IdentitiesRead, rollcall::access::Permission::IdentitiesWrite]);
        assert_eq!(small.post(&identities(&bob), &body(&saml)).is(403)["code"], "mightier_user");
        // The link of a connection goes with the user that it deletes, not by hand.
        let kept = server.client().user("kept");
        let of_connection = id(&admin.get(&identities(&kept)).is(200)["data"][0]);
        let refused = admin.delete(&format!("{}/{of_connection}", identities(&kept))).is(409);
        assert_eq!(refused["code"], "scim_link");
        // What a provider vouched for goes with it; where the user came from stays recorded.
        admin.delete(&format!("{PROVIDERS}/{oidc}")).is(204);
        assert_eq!(admin.get(&identities(&bob)).is(200)["data"].as_array().unwrap().len(), 1);
    });
}

/// IR-1: nobody outside vouches for the platform's own people.
#[test]
fn ir1_the_tenant_of_the_platform_takes_no_provider() {
    for_each_store(|server| {
        server.tenant("platform");
        let body = json!({ "protocol": "OIDC", "name": "Login" });
        let refused = server.owner().post("/tenants/platform/identity-providers", &body).is(409);
        assert_eq!(refused["code"], "reserved");
    });
}

/// A connection that must ask before it adopts, and its client.
fn asking(server: &Server, name: &str) -> (Connection, Client) {
    let connection = server.connection(DEFAULT, name, Profile::Tolerant);
    let change = ConnectionChange { adoption: Some(Adoption::Ask), ..ConnectionChange::default() };
    server.set_connection(&connection, change);
    let client = server.client_of(&connection);
    (connection, client)
}

fn title(text: &str) -> Value {
    json!([{ "op": "replace", "path": "title", "value": text }])
}

fn decide(admin: &Client, connection: &Connection, users: &[&str], decision: &str) -> Value {
    let body = json!({ "connection_id": connection.id.to_string(), "user_ids": users, "decision": decision });
    admin.post(DECIDE, &body).is(200)["data"]["decided"].clone()
}

fn listed(admin: &Client, query: &str) -> Vec<Value> {
    let page = admin.get(&format!("{ADOPTIONS}{query}")).is(200);
    let data = page["data"].as_array().unwrap().clone();
    assert_eq!(page["pagination"]["total_items"], data.len());
    data
}

#[test]
fn an_adoption_that_was_approved_is_made_by_the_next_try() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let ann = local(&admin, "ann");
        let (connection, client) = asking(server, "hr");
        let path = format!("/Users/{ann}");
        for _ in 0..2 {
            client.patch(&path, title("Dr")).refuses(403);
        }
        let [request] = &listed(&admin, "?decision=pending")[..] else { panic!("not one request") };
        assert_eq!(request["connection_id"], connection.id.to_string());
        assert_eq!((&request["connection_name"], &request["user_name"]), (&json!("hr"), &json!("ann")));
        assert_eq!((&request["user_id"], &request["decision"]), (&json!(ann), &json!("pending")));
        assert_eq!((&request["decided_at"], &request["decided_by"]), (&Value::Null, &Value::Null));
        assert_eq!(decide(&admin, &connection, &[&ann], "approve"), 1);
        assert_eq!(decide(&admin, &connection, &[&ann], "approve"), 0);
        let approved = &listed(&admin, &format!("?decision=approved&connection_id={}", connection.id))[0];
        assert!(approved["decided_by"].as_str().unwrap().starts_with("user:") && approved["decided_at"].is_string());
        assert_eq!(client.patch(&path, title("Dr")).is(200)["title"], "Dr");
        let links = admin.get(&identities(&ann)).is(200)["data"].clone();
        assert_eq!(links[0]["connection_id"], connection.id.to_string());
        // What was fulfilled is forgotten.
        assert_eq!(listed(&admin, ""), [Value::Null; 0]);
    });
}

#[test]
fn an_adoption_that_was_refused_stays_refused_until_it_is_approved() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let ann = local(&admin, "ann");
        let (connection, client) = asking(server, "hr");
        let path = format!("/Users/{ann}");
        client.patch(&path, title("Dr")).refuses(403);
        assert_eq!(decide(&admin, &connection, &[&ann], "refuse"), 1);
        let detail = client.patch(&path, title("Dr")).refuses(403);
        assert!(detail.contains("decided"), "{detail}");
        assert_eq!(listed(&admin, "?decision=refused").len(), 1);
        assert_eq!(listed(&admin, "?decision=pending").len(), 0);
        assert_eq!(admin.get(&identities(&ann)).is(200)["data"], json!([]));
        assert_eq!(decide(&admin, &connection, &[&ann], "approve"), 1);
        client.patch(&path, title("Dr")).is(200);
    });
}

#[test]
fn all_adoptions_of_a_connection_are_decided_at_once() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let users = ["a", "b", "c"].map(|name| local(&admin, name));
        let ((connection, client), (other, second)) = (asking(server, "hr"), asking(server, "crm"));
        for user in &users {
            client.patch(&format!("/Users/{user}"), title("Dr")).refuses(403);
            second.patch(&format!("/Users/{user}"), title("Dr")).refuses(403);
        }
        assert_eq!(decide(&admin, &connection, &[&users[2]], "refuse"), 1);
        let before = rows(server);
        let all = json!({ "connection_id": connection.id.to_string(), "all": true, "decision": "approve" });
        assert_eq!(admin.post(DECIDE, &all).is(200)["data"]["decided"], 2);
        assert_eq!(rows(server), before + 2);
        assert_eq!(listed(&admin, &format!("?connection_id={}", other.id)).len(), 3);
        assert_eq!(listed(&admin, "?decision=pending").len(), 3);
        for (user, status) in users.iter().zip([200, 200, 403]) {
            assert_eq!(client.patch(&format!("/Users/{user}"), title("Dr")).status, status);
        }
    });
}

#[test]
fn adoptions_are_decided_by_whoever_may_and_where_they_were_asked_for() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (ann, bob) = (local(&admin, "ann"), local(&admin, "bob"));
        let (connection, client) = asking(server, "hr");
        client.patch(&format!("/Users/{ann}"), title("Dr")).refuses(403);
        let of = connection.id.to_string();
        let body = |connection: &str, users: &[&str]| json!({ "connection_id": connection, "user_ids": users, "decision": "approve" });
        let reader = having(server, &[ConnectionsRead]);
        assert_eq!(listed(&reader, "").len(), 1);
        reader.post(DECIDE, &body(&of, &[&ann])).is(403);
        having(server, &[IdentitiesRead]).get(ADOPTIONS).is(403);
        admin.post(DECIDE, &body(&of, &[&ann, &bob])).is(404);
        admin.post(DECIDE, &body(NOBODY, &[&ann])).is(404);
        admin.post(DECIDE, &json!({ "connection_id": NOBODY, "all": true, "decision": "approve" })).is(404);
        let other = server.administrator("other", "tenant_admin");
        let foreign = "/tenants/other/adoptions";
        assert_eq!(other.get(foreign).is(200)["data"], json!([]));
        other.post(&format!("{foreign}/decide"), &body(&of, &[&ann])).is(404);
        other.get(ADOPTIONS).is(404);
        for wrong in [
            json!({ "connection_id": of, "decision": "approve" }),
            json!({ "connection_id": of, "user_ids": [ann], "all": true, "decision": "approve" }),
            json!({ "connection_id": of, "user_ids": [ann], "decision": "maybe" }),
            json!({ "connection_id": of, "user_ids": ["x"], "decision": "approve" }),
        ] {
            admin.post(DECIDE, &wrong).is(422);
        }
        admin.get(&format!("{ADOPTIONS}?decision=maybe")).is(422);
        assert_eq!(listed(&admin, "?decision=pending").len(), 1);
    });
}

#[test]
fn a_hidden_user_is_shown_again() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (first, second) = (server.connection(DEFAULT, "first", Profile::Tolerant), asking(server, "second"));
        let client = server.client_of(&first);
        let ann = client.post("/Users", &json!({ "schemas": [USER], "userName": "ann" })).is(201);
        let ann = id(&ann);
        let path = format!("/Users/{ann}");
        second.1.patch(&path, title("Dr")).refuses(403);
        decide(&admin, &second.0, &[&ann], "approve");
        second.1.patch(&path, title("Dr")).is(200);
        client.delete(&path).is(204);
        client.get(&path).refuses(404);
        let show = |connection: &Connection, user: &str| {
            let path = format!("/tenants/default/connections/{}/hidden-users/{user}/show", connection.id);
            admin.send("POST", &path, &[], None)
        };
        show(&second.0, &ann).is(404);
        show(&first, NOBODY).is(404);
        let before = rows(server);
        show(&first, &ann).is(204);
        assert_eq!(rows(server), before + 1);
        client.get(&path).is(200);
        show(&first, &ann).is(404);
        // It sees the user again; to write, it must ask as others do.
        client.patch(&path, title("x")).refuses(403);
    });
}
