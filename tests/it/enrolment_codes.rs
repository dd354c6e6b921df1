//! What ends an enrolment code before it is used: whatever ends all that was issued to its user, by whichever door (IR-5,
//! IR-17).

use rollcall::directory::operators;
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::client::{Client, id};
use crate::mfa::prove;
use crate::sent_codes::Sink;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

/// Somebody whose next sign-in asks for an enrolment code, and who is signed in still.
struct Person<'a> {
    server: &'a Server,
    id: String,
    /// The user name, which is an address of theirs.
    email: String,
    session: Client,
}

impl<'a> Person<'a> {
    fn new(server: &'a Server, email: String) -> Self {
        let id = server.newcomer(DEFAULT, &email, "viewer").id.to_string();
        Self::known(server, id, email)
    }

    /// The same of a user with [`PASSWORD`] that there is.
    fn known(server: &'a Server, id: String, email: String) -> Self {
        let body = json!({ "tenant": DEFAULT, "username": email, "password": PASSWORD });
        let tokens = server.rest(None).post("/auth/login", &body).is(200);
        let session = server.rest(Some(text(&tokens, "access_token")));
        let of = server.database.id(&id);
        server.database.execute(&format!("INSERT INTO user_mfa (user_id, code_required) VALUES ({of}, true)"));
        Self { server, id, email, session }
    }

    fn administered(&self, method: &str, path: &str, body: Value) {
        let path = path.replace("{u}", &self.id);
        self.server.owner().send(method, &path, &[], Some(&body)).is(200);
    }

    fn set_status(&self, status: &str, terminate: bool) {
        let body = json!({ "status": status, "terminate_sessions": terminate });
        self.administered("PUT", "/tenants/default/users/{u}/status", body);
    }

    /// A code as an administrator is shown it.
    fn code(&self) -> String {
        let path = format!("/admin/users/{}/mfa/enrolment-code?deliver=show", self.id);
        text(&self.server.owner().post(&path, &json!({})).is(200)["data"], "enrolment_code").to_owned()
    }

    /// The status that the code gets in the second step of a sign-in.
    fn tries(&self, code: &str) -> u16 {
        let due = [PASSWORD, OTHER].into_iter().find_map(|password| {
            let body = json!({ "tenant": DEFAULT, "username": self.email, "password": password });
            let answer = self.server.rest(None).post("/auth/login", &body);
            (answer.status == 200).then(|| answer.json())
        });
        let due = due.unwrap();
        assert_eq!(due["methods"], json!(["enrolment_code"]), "{due}");
        prove(self.server, &due, "enrolment_code", code).status
    }
}

/// Something that ends all that was issued to somebody.
type Door = (&'static str, fn(&Person<'_>));

const DOORS: &[Door] = &[
    ("one's own password changed", |person| {
        let body = json!({ "current_password": PASSWORD, "new_password": OTHER });
        person.session.post("/auth/password/change", &body).is(200);
    }),
    ("a password set by a mailed link", |person| {
        let found = operators::find(
            person.server.directory(),
            person.server.operator(),
            person.server.tenant(DEFAULT).id,
            &person.id,
        );
        let token = person.server.link(&person.server.wait(found).unwrap(), Purpose::Reset);
        let body = json!({ "token": token, "new_password": OTHER });
        person.server.rest(None).post("/auth/password/reset", &body).is(204);
    }),
    ("a password set by an administrator", |person| {
        let body = json!({ "new_password": OTHER, "require_password_change": false });
        person.administered("POST", "/admin/users/{u}/reset-password", body);
    }),
    ("one's own e-mail changed", |person| {
        let body = json!({ "email": format!("new.{}", person.email) });
        person.session.send("PATCH", "/me", &[], Some(&body)).is(200);
    }),
    ("an e-mail changed by an administrator", |person| {
        person.administered("PATCH", "/admin/users/{u}", json!({ "email": format!("new.{}", person.email) }));
    }),
    ("signing out everywhere", |person| drop(person.session.post("/auth/logout-all", &json!({})).is(204))),
    ("being signed out by an operator", |person| {
        let (directory, operator) = (person.server.directory(), person.server.operator());
        let found = operators::find(directory, operator, person.server.tenant(DEFAULT).id, &person.id);
        let account = person.server.wait(found).unwrap();
        person.server.wait(operators::sign_out(directory, operator, &person.server.cx(), &account)).unwrap();
    }),
    ("being disabled for a while", |person| {
        person.set_status("DISABLED", false);
        person.set_status("ACTIVE", false);
    }),
    ("being locked with all sessions ended", |person| {
        person.set_status("LOCKED", true);
        person.set_status("ACTIVE", false);
    }),
    ("a provider linked", |person| {
        let owner = person.server.owner();
        let provider = json!({ "protocol": "OIDC", "name": person.email });
        let provider = id(&owner.post("/tenants/default/identity-providers", &provider).is(201)["data"]);
        let body = json!({ "provider_id": provider, "subject": person.email });
        owner.post(&format!("/tenants/default/users/{}/identities", person.id), &body).is(201);
    }),
];

#[test]
fn ir17_an_enrolment_code_ends_with_all_that_was_issued_to_its_user_by_whatever_door() {
    for_each_store(|server| {
        for (turn, (what, door)) in DOORS.iter().enumerate() {
            let person = Person::new(server, format!("ann{turn}@example.org"));
            let code = person.code();
            door(&person);
            assert_eq!(person.tries(&code), 401, "{what}");
            // A code that is given out from then on lets in.
            assert_eq!(person.tries(&person.code()), 200, "{what}");
        }
    });
}

#[test]
fn ir17_a_user_who_is_deactivated_by_scim_loses_an_enrolment_code() {
    for_each_store(|server| {
        let (scim, email) = (server.client(), "ann@example.org");
        let user = scim.user(email);
        server.set_user(&user, &format!("email = '{email}', email_verified = true, identity_source = 'LOCAL'"));
        let body = json!({ "new_password": PASSWORD, "require_password_change": false });
        server.owner().post(&format!("/admin/users/{user}/reset-password"), &body).is(200);
        let person = Person::known(server, user, email.to_owned());
        let code = person.code();
        let set = |active: bool| {
            let change = json!([{ "op": "replace", "path": "active", "value": active }]);
            scim.patch(&format!("/Users/{}", person.id), change).is(200);
        };
        set(false);
        set(true);
        assert_eq!(person.tries(&code), 401);
    });
}

#[test]
fn ir17_an_enrolment_code_that_waits_to_be_mailed_is_not_when_what_was_issued_has_ended() {
    for_each_store(|server| {
        let (person, sink) = (Person::new(server, "ann@example.org".to_owned()), Sink::new(server));
        let mailed = || sink.messages(server, "mail").into_iter().find(|mail| mail.contains("/link/enrol#token="));
        let ask = || {
            let path = format!("/admin/users/{}/mfa/enrolment-code", person.id);
            server.owner().post(&path, &json!({})).is(200);
        };
        ask();
        person.session.post("/auth/logout-all", &json!({})).is(204);
        assert_eq!(mailed(), None);
        ask();
        let mail = mailed().unwrap();
        let (_, token) = mail.split_once("#token=").unwrap();
        assert_eq!(person.tries(token.split_whitespace().next().unwrap()), 200);
    });
}
