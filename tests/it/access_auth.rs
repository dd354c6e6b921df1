//! The endpoints of signing in, walked: what each kind of credential gets there (IR-20). People are real here, because what
//! they do is done to their own sessions.

use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::client::{Answer, id};
use crate::mfa;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

/// Reviewed by people: each endpoint, and the status that each kind of actor gets. Who shows a credential that does not
/// hold is refused even where none is needed.
const REVIEWED: &str = include_str!("access_auth.txt");

const KINDS: [&str; 9] =
    ["nobody", "unknown", "scim", "refresh_token", "change_token", "mfa_token", "application", "enrolling", "member"];

/// What the first step of a sign-in gives that asks for a second one, and what proves it.
fn second_step(server: &Server, email: &str) -> (Value, String) {
    server.newcomer(DEFAULT, email, "viewer");
    let authenticator = mfa::enrol(server, &server.signed_in(DEFAULT, email));
    (mfa::due(server, email), authenticator.recovery_codes[0].clone())
}

/// The access token of a session that may do nothing but set up a second factor.
fn enrolling(server: &Server, email: &str) -> String {
    let account = server.newcomer(DEFAULT, email, "viewer");
    let of = server.database.id(&account.id.to_string());
    server.database.execute(&format!("INSERT INTO user_mfa (user_id, code_required) VALUES ({of}, true)"));
    let code = server.link(&server.account(&account), Purpose::Enrol);
    let tokens = mfa::prove(server, &mfa::due(server, email), "enrolment_code", &code).is(200);
    text(&tokens, "access_token").to_owned()
}

/// What somebody is given who must change the password first.
fn change_token(server: &Server, email: &str) -> String {
    let account = server.newcomer(DEFAULT, email, "viewer");
    let of = server.database.id(&account.id.to_string());
    server.database.execute(&format!("UPDATE password SET must_change = true WHERE user_id = {of}"));
    text(&server.tokens_of(DEFAULT, email), "change_token").to_owned()
}

/// The token of an application.
fn application(server: &Server) -> String {
    let admin = server.administrator(DEFAULT, "tenant_admin");
    let made = id(&admin.post("/tenants/default/applications", &json!({ "name": "Wiki" })).is(201)["data"]);
    let path = format!("/tenants/default/applications/{made}/tokens");
    text(&admin.post(&path, &json!({ "name": "ci" })).is(201)["data"], "token").to_owned()
}

/// Asks an endpoint as a kind of actor for something that must succeed if it is allowed.
fn ask(server: &Server, application: &str, (method, path): (&str, &str), kind: &str, fresh: &str) -> Answer {
    let email = format!("{fresh}@x.test");
    let account = server.newcomer(DEFAULT, &email, "viewer");
    let tokens = server.tokens_of(DEFAULT, &email);
    let (access, refresh) = (text(&tokens, "access_token").to_owned(), text(&tokens, "refresh_token").to_owned());
    let token = match kind {
        "nobody" => None,
        "unknown" => Some("rc_x".to_owned()),
        "scim" => Some(server.token.clone()),
        "refresh_token" => Some(refresh.clone()),
        "change_token" => Some(change_token(server, &format!("c{email}"))),
        "mfa_token" => Some(text(&second_step(server, &format!("m{email}")).0, "mfa_token").to_owned()),
        "application" => Some(application.to_owned()),
        "enrolling" => Some(enrolling(server, &format!("n{email}"))),
        _ => Some(access.clone()),
    };
    let body: Option<Value> = match path {
        "/auth/login" => Some(json!({ "email": email, "password": PASSWORD })),
        "/auth/refresh" => Some(json!({ "refresh_token": refresh })),
        "/auth/password/forgot" => Some(json!({ "email": email })),
        "/auth/password/reset" => {
            Some(json!({ "token": server.link(&server.account(&account), Purpose::Reset), "new_password": OTHER }))
        }
        "/auth/password/change" => {
            Some(json!({ "change_token": change_token(server, &format!("d{email}")), "new_password": OTHER }))
        }
        "/auth/email/verify" => Some(json!({ "token": server.link(&server.account(&account), Purpose::Verify) })),
        "/auth/email/revert" => {
            let link = server.link(&server.account(&account), Purpose::EmailChange);
            let of = server.database.id(&account.id.to_string());
            let to = json!({ "to": email });
            server.database.execute(&format!("UPDATE one_time_link SET payload = '{to}' WHERE user_id = {of}"));
            Some(json!({ "token": link }))
        }
        "/auth/mfa-resets/object" => Some(json!({ "token": server.objection(&account) })),
        "/auth/mfa/verify" => {
            let (due, code) = second_step(server, &format!("v{email}"));
            Some(json!({ "mfa_token": due["mfa_token"], "method": "recovery_code", "code": code }))
        }
        "/me" if method == "PATCH" => Some(json!({ "display_name": fresh })),
        "/me/mfa" if method == "PATCH" => Some(json!({ "preferred": null })),
        "/me/mfa/sms" if method == "POST" => Some(json!({ "phone": "+4915112345678" })),
        path if path.ends_with("/verify") => Some(json!({ "code": "000000" })),
        _ if method == "POST" && (path.starts_with("/auth/mfa") || path.contains("passkeys")) => Some(json!({})),
        "/me/passkeys/{passkey_id}" if method == "PATCH" => Some(json!({ "name": "x" })),
        "/auth/introspect" => Some(json!({ "token": access })),
        _ => None,
    };
    let session =
        server.rest(Some(&access)).get("/auth/sessions").is(200)["data"][0]["id"].as_str().unwrap().to_owned();
    let path = path.replace("{session_id}", &session).replace("{passkey_id}", &crate::persons::fresh().to_string());
    let path = path.replace("{reset_id}", &crate::persons::fresh().to_string());
    let path = path.replace("{device_id}", &crate::persons::fresh().to_string());
    let content = [("content-type", "application/json")];
    let content = if body.is_some() { &content[..] } else { &[] };
    server.rest(token.as_deref()).send(method, &path, content, body.as_ref())
}

#[test]
fn ir20_every_endpoint_of_signing_in_answers_each_kind_of_credential_as_reviewed() {
    for_each_store(|server| {
        let application = application(server);
        let mut table = format!("{:<37}{}\n", "", KINDS.join(" "));
        let faces = [rollcall::auth::endpoints::face(), rollcall::mfa::endpoints::face()];
        for (place, row) in faces.iter().flat_map(|face| &face.endpoints).enumerate() {
            let mut line = format!("{:<6} {:<29}", row.method.as_str(), row.path);
            for (turn, kind) in KINDS.iter().enumerate() {
                let answer =
                    ask(server, &application, (row.method.as_str(), row.path), kind, &format!("e{place}t{turn}"));
                line.push_str(&format!(" {:<width$}", answer.status, width = kind.len()));
                if answer.status == 401 {
                    assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{line}");
                }
            }
            table.push_str(line.trim_end());
            table.push('\n');
        }
        assert!(table == REVIEWED, "the table of answers is now\n{table}");
    });
}
