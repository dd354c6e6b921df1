//! A tenant's policy for second factors: looked at before it is set, and refused when it locks everybody out or reaches nobody
//! (S2-32, IR-18).

use rollcall::directory::settings::{self, Channels};
use rollcall::error::Error;
use serde_json::{Value, json};

use crate::client::id;
use crate::mfa::enrol;
use crate::passkeys::{authenticator, register};
use crate::server::{DEFAULT, for_each_store};
use crate::signed_in::text;

const ANN: &str = "ann@example.org";
const PREVIEW: &str = "/tenants/default/mfa-policy/preview";

/// How many must enrol and how many are locked out, each at once and after the grace.
fn counts(preview: &Value) -> [i64; 4] {
    ["must_enrol_at_once", "must_enrol_after_grace", "locked_out_at_once", "locked_out_after_grace"]
        .map(|name| preview["summary"][name].as_i64().unwrap())
}

#[test]
fn s2_32_what_a_policy_would_do_is_told_before_it_is_set() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "tenant_admin").id.to_string();
        for email in ["bob@example.org", "cy@example.org", "dee@example.org"] {
            server.newcomer(DEFAULT, email, "viewer");
        }
        enrol(server, &server.signed_in(DEFAULT, "bob@example.org"));
        register(server, &server.signed_in(DEFAULT, "cy@example.org"), &mut authenticator(), "Key");
        let admin = server.signed_in(DEFAULT, ANN);
        let rows = server.journal(DEFAULT).len();
        let preview = |policy: Value| admin.post(PREVIEW, &policy).is(200);

        let required = preview(json!({ "requirement": "required" }));
        assert_eq!((counts(&required), &required["summary"]["people"]), ([0, 2, 0, 0], &json!(4)), "{required}");
        assert_eq!(required["summary"]["administrator_ids"], json!([ann]));
        assert_eq!(required["summary"]["refused"], true);
        let of = |short: &Value| text(short, "user_name").to_owned();
        assert_eq!(
            (of(&required["data"][0]), of(&required["data"][1])),
            (ANN.to_owned(), "dee@example.org".to_owned())
        );
        let first = &required["data"][0];
        assert_eq!((&first["effect"], &first["administrator"]), (&json!("must_enrol"), &json!(true)), "{first}");
        let second = admin.post(&format!("{PREVIEW}?page=2&per_page=1"), &json!({ "requirement": "required" })).is(200);
        assert_eq!(second["data"].as_array().unwrap().len(), 1);
        assert_eq!(
            (of(&second["data"][0]), &second["pagination"]["total_items"]),
            ("dee@example.org".to_owned(), &json!(2))
        );

        assert_eq!(counts(&preview(json!({ "requirement": "required", "grace_days": 0 }))), [2, 0, 0, 0]);
        assert_eq!(counts(&preview(json!({ "requirement": "phishing_resistant" }))), [0, 0, 0, 3]);
        let of_role = preview(json!({ "roles": { "tenant_admin": "phishing_resistant" } }));
        assert_eq!((counts(&of_role), of(&of_role["data"][0])), ([0, 0, 0, 1], ANN.to_owned()));
        let narrowed = preview(json!({ "methods": ["passkey"] }));
        assert_eq!((counts(&narrowed), of(&narrowed["data"][0])), ([0, 0, 1, 0], "bob@example.org".to_owned()));
        assert_eq!(counts(&preview(json!({}))), [0; 4]);

        let wrong = admin.post(PREVIEW, &json!({ "requirement": "sometimes" })).is(422);
        assert_eq!(wrong["detail"][0]["loc"], json!(["body", "requirement"]));
        let wrong = admin.post(PREVIEW, &json!({ "grace_days": -1 })).is(422);
        assert_eq!(wrong["detail"][0]["loc"], json!(["body", "grace_days"]));
        server.administrator(DEFAULT, "auditor").post(PREVIEW, &json!({})).is(403);
        let kept = admin.get("/tenants/default/settings").is(200)["data"]["mfa"]["requirement"].clone();
        assert_eq!((kept, server.journal(DEFAULT).len()), (json!("optional"), rows), "nothing changed");
    });
}

#[test]
fn ir18_an_administrator_by_a_group_counts_and_the_refusal_names_who_is_short() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "tenant_admin").id.to_string();
        let boss = server.newcomer(DEFAULT, "boss@example.org", "viewer").id.to_string();
        enrol(server, &server.signed_in(DEFAULT, "boss@example.org"));
        let admin = server.signed_in(DEFAULT, ANN);
        let policy = json!({ "mfa": { "requirement": "required" } });
        let set = || admin.send("PATCH", "/tenants/default/settings", &[], Some(&policy));
        let refused = set().is(409);
        assert_eq!((&refused["code"], &refused["user_ids"]), (&json!("locks_out"), &json!([ann])), "{refused}");
        // What asks nobody for anything is nobody's matter.
        let wait = json!({ "mfa": { "reset": { "wait_hours": 1 } } });
        admin.send("PATCH", "/tenants/default/settings", &[], Some(&wait)).is(200);
        let group =
            id(&admin.post("/tenants/default/groups", &json!({ "name": "Admins", "members": [boss] })).is(201)["data"]);
        let grant = json!({ "subject": { "type": "group", "id": group }, "role": "tenant_admin" });
        admin.post("/tenants/default/grants", &grant).is(201);
        assert_eq!(admin.post(PREVIEW, &policy["mfa"]).is(200)["summary"]["refused"], false);
        server.set_user(&boss, "status = 'DISABLED'");
        assert_eq!(set().is(409)["user_ids"], json!([ann, boss]));
        server.set_user(&boss, "status = 'ACTIVE'");
        set().is(200);
    });
}

#[test]
fn ir18_methods_without_a_channel_cannot_be_asked_for() {
    for_each_store(|server| {
        let deaf = server.directory().clone().with_channels(Channels::default());
        let change = |policy: Value| {
            let wanted = json!({ "mfa": policy }).as_object().unwrap().clone();
            server.wait(settings::change(&deaf, &server.permit(DEFAULT), &server.cx(), wanted))
        };
        for policy in [
            json!({ "requirement": "required", "methods": ["sms"] }),
            json!({ "methods": ["sms", "email"] }),
            json!({ "roles": { "tenant_admin": "phishing_resistant" } }),
        ] {
            match change(policy.clone()) {
                Err(Error::Conflict(reason)) => assert_eq!(reason.code, "no_channel", "{policy}"),
                other => panic!("{policy}: {other:?}"),
            }
        }
        change(json!({ "requirement": "required" })).unwrap();
    });
}
