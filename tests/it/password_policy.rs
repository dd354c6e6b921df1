//! S2-31: what a tenant asks of passwords holds at every door by which one is chosen, and one that has become too old is
//! exchanged before anything else.

use rollcall::store::accounts::Account;
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

const ANN: &str = "ann@example.org";
/// Good enough by what is usual; too short for the tenant of these tests.
const SHORT: &str = "eight other unlikely words";
/// Long enough for it.
const LONG: &str = "nine more words that nobody would ever guess";

fn ask(server: &Server, passwords: &Value) {
    let body = json!({ "passwords": passwords });
    server.owner().send("PATCH", "/tenants/default/settings", &[], Some(&body)).is(200);
}

/// Each door by which a password is chosen; gives the status, and what is wrong with it.
fn doors(server: &Server, ann: &Account, password: &str) -> Vec<(&'static str, u16, Value)> {
    let (owner, of) = (server.owner(), server.database.id(&ann.id.to_string()));
    let due = |is: bool| {
        server.database.execute(&format!("UPDATE password SET must_change = {is} WHERE user_id = {of}"));
    };
    let change = json!({ "current_password": PASSWORD, "new_password": password });
    let own = server.signed_in(DEFAULT, ANN).post("/auth/password/change", &change);
    due(true);
    let token = server.log_in(DEFAULT, ANN, PASSWORD).is(200)["change_token"].clone();
    due(false);
    let by_token = json!({ "change_token": token, "new_password": password });
    let link = server.link(&server.account(ann), Purpose::Reset);
    let direct = json!({ "method": "DIRECT", "new_password": password });
    let new = json!({ "email": "new@example.org", "password": password });
    [
        ("by who knows it", own),
        ("in a sign-in", server.rest(None).post("/auth/password/change", &by_token)),
        ("by a mailed link", {
            let body = json!({ "token": link, "new_password": password });
            server.rest(None).post("/auth/password/reset", &body)
        }),
        (
            "by an administrator",
            owner.post(&format!("/admin/users/{}/reset-password", ann.id), &json!({ "new_password": password })),
        ),
        (
            "by an administrator of the tenant",
            owner.post(&format!("/tenants/default/users/{}/password/reset", ann.id), &direct),
        ),
        ("with a new user", owner.post("/tenants/default/users", &new)),
    ]
    .map(|(door, answer)| (door, answer.status, answer.json()["detail"][0]["msg"].clone()))
    .into()
}

#[test]
fn s2_31_a_password_is_judged_by_the_tenants_policy_at_every_door() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        ask(server, &json!({ "min_length": 40 }));
        for (password, why) in [(SHORT, "at least 40 characters"), (&"password".repeat(6), "too easy to guess")] {
            for (door, status, said) in doors(server, &ann, password) {
                assert_eq!(status, 422, "{door}: {password}");
                assert!(said.as_str().unwrap().contains(why), "{door}: {said}");
            }
        }
        server.log_in(DEFAULT, ANN, PASSWORD).is(200);
        // What was chosen before stays until it is exchanged.
        let change = json!({ "current_password": PASSWORD, "new_password": LONG });
        server.signed_in(DEFAULT, ANN).post("/auth/password/change", &change).is(200);
        server.log_in(DEFAULT, ANN, LONG).is(200);
    });
}

/// What a user is called is among what is guessed first, be the password given with the name or later.
#[test]
fn s2_31_a_password_made_of_the_users_own_names_is_refused() {
    for_each_store(|server| {
        let owner = server.owner();
        let named = |email: &str, password: &str| json!({ "email": email, "first_name": "Bartholomew", "last_name": "Featherstone", "password": password });
        let create = |body: &Value| owner.post("/tenants/default/users", body);
        let refused = create(&named("bart@example.org", "BartholomewFeatherstone")).is(422);
        assert_eq!(refused["detail"][0]["loc"], json!(["body", "password"]));
        create(&named("bart@example.org", PASSWORD)).is(201);
        let change = json!({ "current_password": PASSWORD, "new_password": "BartholomewFeatherstone" });
        let tokens = server.tokens_of(DEFAULT, "bart@example.org");
        let own = server.rest(Some(text(&tokens, "access_token")));
        assert_eq!(
            own.post("/auth/password/change", &change).is(422)["detail"][0]["loc"],
            json!(["body", "new_password"])
        );
        server.newcomer(DEFAULT, ANN, "viewer");
        server.signed_in(DEFAULT, ANN).post("/auth/password/change", &change).is(200);
    });
}

#[test]
fn s2_31_earlier_passwords_are_refused_as_far_as_the_tenant_remembers() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        ask(server, &json!({ "history": 2 }));
        let change = |present: &str, new: &str| {
            let tokens = server.log_in(DEFAULT, ANN, present).is(200);
            let body = json!({ "current_password": present, "new_password": new });
            server.rest(Some(text(&tokens, "access_token"))).post("/auth/password/change", &body)
        };
        change(PASSWORD, OTHER).is(200);
        for used in [PASSWORD, OTHER] {
            let said = change(OTHER, used).is(422)["detail"][0]["msg"].clone();
            assert!(said.as_str().unwrap().contains("used before"), "{said}");
        }
        change(OTHER, SHORT).is(200);
        change(SHORT, OTHER).is(422);
        change(SHORT, PASSWORD).is(200);
    });
}

#[test]
fn s2_31_a_password_that_has_become_too_old_is_exchanged_before_anything_else() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        ask(server, &json!({ "max_age_days": 30 }));
        server.clock.advance(30 * 24 * 3600 - 1);
        server.log_in(DEFAULT, ANN, PASSWORD).is(200)["access_token"].as_str().unwrap();
        server.clock.advance(1);
        let due = server.log_in(DEFAULT, ANN, PASSWORD).is(200);
        assert_eq!(due["password_change_required"], true);
        assert_eq!(due.get("access_token"), None);
        let body = json!({ "change_token": due["change_token"], "new_password": OTHER });
        server.rest(None).post("/auth/password/change", &body).is(200);
        assert!(server.log_in(DEFAULT, ANN, OTHER).is(200)["access_token"].is_string());
    });
}
