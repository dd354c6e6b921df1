//! IR-18 for those who administer: what would let somebody into the account of another asks for a fresh proof, at every
//! door. A session that was left open is not to give accounts away.

use serde_json::{Value, json};

use crate::client::{Client, id};
use crate::mfa::enrol;
use crate::passkeys::{authenticator, register};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const ADMIN: &str = "admin@example.org";
const BOB: &str = "bob@example.org";
/// A password that nobody had yet.
const THIRD: &str = "eight other unlikely words";
/// A domain that the tenant proved to be its own.
const OWN: &str = "own.rollcall-tests.org";

/// A client of somebody whose session goes on while its proof is a quarter of an hour old.
pub(crate) fn stale(server: &Server, email: &str) -> Client {
    let session = server.tokens_of(DEFAULT, email);
    server.clock.advance(15 * 60);
    let refresh = json!({ "refresh_token": text(&session, "refresh_token") });
    let next = server.rest(None).post("/auth/refresh", &refresh).is(200);
    server.rest(Some(text(&next, "access_token")))
}

/// The same session after its person proved anew who they are.
pub(crate) fn proven(server: &Server, client: &Client) -> Client {
    let due = client.post("/auth/step-up", &json!({})).is(200);
    let proof = json!({ "mfa_token": due["mfa_token"], "method": "password", "password": PASSWORD });
    let tokens = server.rest(None).post("/auth/mfa/verify", &proof).is(200);
    server.rest(Some(text(&tokens, "access_token")))
}

/// A request: its method, its path, its body.
type Request = (&'static str, String, Option<Value>);

/// What lets somebody into an account, or decides who else gets in, in an order in which each of it succeeds.
fn doors(server: &Server, bob: &str, passkey: &str) -> Vec<Request> {
    let owner = server.owner();
    let provider = json!({ "protocol": "OIDC", "name": "Login" });
    let provider = id(&owner.post("/tenants/default/identity-providers", &provider).is(201)["data"]);
    let linked = json!({ "provider_id": provider, "subject": "before" });
    let linked = id(&owner.post(&format!("/tenants/default/users/{bob}/identities"), &linked).is(201)["data"]);
    let connection = id(&owner.post("/tenants/default/connections", &json!({ "name": "HR" })).is(201)["data"]);
    let asked_for = server.newcomer(DEFAULT, "asked@example.org", "viewer").id.to_string();
    server.ask_to_adopt(&asked_for, &connection);
    let (wide, own) = (format!("/admin/users/{bob}"), format!("/tenants/default/users/{bob}"));
    let email = |name: &str| Some(json!({ "email": format!("{name}@elsewhere.test") }));
    let decision = json!({ "connection_id": connection, "user_ids": [asked_for], "decision": "approve" });
    let newcomer = json!({ "email": "new@example.org", "password": OTHER });
    vec![
        ("PATCH", wide.clone(), email("one")),
        ("PATCH", own.clone(), email("two")),
        ("PATCH", own.clone(), Some(json!({ "email": format!("bob@{OWN}") }))),
        ("PATCH", wide.clone(), Some(json!({ "phone": "+33123456789" }))),
        ("PATCH", own.clone(), Some(json!({ "phone": "+33123456780" }))),
        ("PATCH", wide.clone(), Some(json!({ "phone": null }))),
        ("PATCH", wide.clone(), Some(json!({ "username": "robert" }))),
        ("PATCH", own.clone(), Some(json!({ "username": null }))),
        ("POST", format!("{wide}/reset-password"), Some(json!({ "new_password": OTHER }))),
        ("POST", format!("{own}/password/reset"), Some(json!({ "method": "DIRECT", "new_password": THIRD }))),
        ("POST", format!("{own}/password/reset"), Some(json!({ "method": "TEMPORARY" }))),
        ("POST", "/tenants/default/users".to_owned(), Some(newcomer)),
        ("POST", format!("{own}/identities"), Some(json!({ "provider_id": provider, "subject": "after" }))),
        ("DELETE", format!("{own}/identities/{linked}"), None),
        ("POST", "/tenants/default/adoptions/decide".to_owned(), Some(decision)),
        ("PATCH", format!("/tenants/default/connections/{connection}"), Some(json!({ "adoption": "link" }))),
        ("POST", format!("/tenants/default/connections/{connection}/tokens"), Some(json!({ "scope": "read" }))),
        ("DELETE", format!("{wide}/passkeys/{passkey}"), None),
        ("POST", format!("{wide}/mfa/disable"), Some(json!({}))),
        ("POST", format!("{wide}/mfa/enrolment-code"), Some(json!({}))),
    ]
}

#[test]
fn ir18_what_gives_an_account_away_asks_who_administers_for_a_fresh_proof() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ADMIN, "tenant_admin");
        server.owner().post("/tenants/default/domains", &json!({ "domain": OWN, "assert": true })).is(201);
        let bob = server.newcomer(DEFAULT, BOB, "viewer");
        let own = server.signed_in(DEFAULT, BOB);
        enrol(server, &own);
        let made = register(server, &own, &mut authenticator(), "Key");
        let bob = bob.id.to_string();
        let begins = json!({ "phone": "+33111111111", "username": "bob" });
        server.owner().send("PATCH", &format!("/admin/users/{bob}"), &[], Some(&begins)).is(200);
        let doors = doors(server, &bob, text(&made["passkey"], "id"));
        let admin = stale(server, ADMIN);
        let before = (server.journal(DEFAULT).len(), admin.get(&format!("/admin/users/{bob}")).is(200)["data"].clone());
        for (method, path, body) in &doors {
            let refused = admin.send(method, path, &[], body.as_ref());
            assert_eq!(refused.is(401)["code"], "step_up", "{method} {path} {body:?}");
            assert!(refused.header("www-authenticate").unwrap().contains("max_age=900"), "{method} {path}");
        }
        let after = (server.journal(DEFAULT).len(), admin.get(&format!("/admin/users/{bob}")).is(200)["data"].clone());
        assert_eq!(after, before, "a refusal writes nothing");
        // What lets nobody in needs none, nor does what stays as it is.
        let same = json!({ "display_name": "Bob", "email": BOB });
        admin.send("PATCH", &format!("/admin/users/{bob}"), &[], Some(&same)).is(200);
        admin.post(&format!("/tenants/default/users/{bob}/password/reset"), &json!({})).is(200);
        // And with it, all of it is done.
        let admin = proven(server, &admin);
        for (method, path, body) in &doors {
            let done = admin.send(method, path, &[], body.as_ref());
            assert!((200..300).contains(&done.status), "{method} {path}: {} {}", done.status, done.text);
        }
    });
}

/// Whoever may not touch the user hears that, not that a fresh proof would help.
#[test]
fn ir18_a_fresh_proof_is_asked_of_those_alone_who_may() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ADMIN, "manager");
        let mighty = server.newcomer(DEFAULT, BOB, "tenant_admin");
        let manager = stale(server, ADMIN);
        let path = format!("/admin/users/{}", mighty.id);
        let refused = manager.send("PATCH", &path, &[], Some(&json!({ "email": "own@elsewhere.test" })));
        assert_eq!(refused.is(403)["code"], "mightier_user");
        let set = manager.post(&format!("{path}/reset-password"), &json!({ "new_password": OTHER }));
        assert_eq!(set.is(403)["code"], "insufficient_scope");
    });
}

/// A provisioner is a machine: it proves who it is by its token at each request.
#[test]
fn ir18_a_provisioner_has_nothing_to_prove_anew() {
    for_each_store(|server| {
        let scim = server.client();
        let user = scim.user("carol");
        server.clock.advance(15 * 60);
        let moved = json!([
            { "op": "replace", "path": "emails", "value": [{ "value": "carol@elsewhere.test", "primary": true }] },
            { "op": "add", "path": "phoneNumbers", "value": [{ "value": "+33123456789", "type": "work" }] },
        ]);
        assert_eq!(scim.patch(&format!("/Users/{user}"), moved).is(200)["emails"][0]["value"], "carol@elsewhere.test");
    });
}
