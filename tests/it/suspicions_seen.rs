//! Suspicious activity as administrators see it: how far they reach, pages and filters, what was seen to, and the limits that
//! a tenant sets (S2-35, IR-2).

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::persons::holding_only;
use crate::server::{DEFAULT, for_each_store};
use crate::signed_in::text;
use crate::suspicions::{LIST, evidence, fail, found, set};

const ANN: &str = "ann@example.org";

fn acknowledge(client: &Client, found: &Value, body: &Value) -> Answer {
    client.post(&format!("{LIST}/{}/acknowledge", text(found, "id")), body)
}

#[test]
fn s2_35_what_was_seen_to_is_over_and_the_next_is_another() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        fail(server, ANN, 5);
        let one = found(server, "?acknowledged=false").remove(0);
        let (admin, viewer) = (server.administrator(DEFAULT, "tenant_admin"), server.administrator(DEFAULT, "auditor"));
        acknowledge(&viewer, &one, &json!({})).is(403);
        acknowledge(&admin, &one, &json!({ "note": 1 })).is(422);
        let done = acknowledge(&admin, &one, &json!({ "note": "She forgot it." })).is(200)["data"].clone();
        assert_eq!((&done["note"], done["acknowledged_at"].is_string()), (&json!("She forgot it."), true));
        assert!(text(&done, "acknowledged_by").starts_with("user:"));
        let rows = server.journal(DEFAULT).len();
        let again = acknowledge(&admin, &one, &json!({ "note": "other" })).is(200)["data"].clone();
        assert_eq!((&again, server.journal(DEFAULT).len()), (&done, rows));
        let recorded = "SELECT count(*) FROM journal WHERE resource_type = 'SuspiciousActivity'";
        assert_eq!(server.database.number(recorded), 1);
        assert_eq!(server.platform(&ann.id.to_string()).get("/mfa/suspicious-activity").is(200), json!([]));
        fail(server, ANN, 4);
        assert_eq!(found(server, "?acknowledged=false"), Vec::<Value>::new(), "counted anew");
        fail(server, ANN, 1);
        let all = found(server, "");
        assert_eq!((all.len(), &all[0]["amount"], &all[1]["id"]), (2, &json!(5), &one["id"]));
        assert_eq!(evidence(server, &one).len(), 5, "evidence stays");
    });
}

#[test]
fn ir2_suspicious_activity_is_shown_as_far_as_administrators_reach() {
    for_each_store(|server| {
        let (ann, bob) =
            (server.newcomer(DEFAULT, ANN, "viewer"), server.newcomer(DEFAULT, "bob@example.org", "viewer"));
        set(server, json!({ "password_spray": { "count": 2 }, "multiple_failures": { "count": 1 } }));
        let unit = server.unit(DEFAULT, "Sales", None);
        server.put_into(&bob.id.to_string(), &unit, true);
        fail(server, ANN, 1);
        fail(server, "bob@example.org", 1);
        let all = found(server, "");
        assert_eq!(all.len(), 3);
        let of_unit = server.unit_administrator(DEFAULT, "tenant_admin", &unit);
        let seen = of_unit.get(LIST).is(200)["data"].clone();
        assert_eq!((seen.as_array().unwrap().len(), &seen[0]["user_id"]), (1, &json!(bob.id.to_string())));
        for one in &all {
            let status = if one["user_id"] == bob.id.to_string() { 200 } else { 404 };
            assert_eq!(of_unit.get(&format!("{LIST}/{}", text(one, "id"))).status, status, "{one}");
            assert_eq!(acknowledge(&of_unit, one, &json!({})).status, status, "{one}");
        }
        server.tenant("other");
        let stranger = server.administrator("other", "tenant_admin");
        stranger.get(LIST).is(404);
        assert_eq!(stranger.get("/tenants/other/suspicious-activity").is(200)["data"], json!([]));
        stranger.get(&format!("/tenants/other/suspicious-activity/{}", text(&all[0], "id"))).is(404);
        stranger
            .post(&format!("/tenants/other/suspicious-activity/{}/acknowledge", text(&all[0], "id")), &json!({}))
            .is(404);
        server.administrator(DEFAULT, "helpdesk").get(LIST).is(403);
        assert_eq!(found(server, &format!("?user_id={}", ann.id)).len(), 1);
        assert_eq!(found(server, "?acknowledged=true").len(), 1);
    });
}

#[test]
fn s2_35_pages_and_filters_lead_through_all_of_it() {
    for_each_store(|server| {
        set(server, json!({ "multiple_failures": { "count": 1 }, "password_spray": { "count": 0 } }));
        let emails: Vec<String> = (0..5).map(|number| format!("u{number}@example.org")).collect();
        for email in &emails {
            server.newcomer(DEFAULT, email, "viewer");
            fail(server, email, 1);
            server.clock.advance(60);
        }
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = admin.get(&format!("{LIST}?per_page=2{cursor}")).is(200);
            seen.extend(page["data"].as_array().unwrap().iter().map(|one| text(one, "email").to_owned()));
            match page["pagination"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, emails.iter().rev().cloned().collect::<Vec<_>>());
        let third = found(server, "")[2]["detected_at"].as_str().unwrap().replace('+', "%2B");
        assert_eq!(
            (found(server, &format!("?from={third}")).len(), found(server, &format!("?to={third}")).len()),
            (3, 2)
        );
        for bad in
            ["?kind=Other", "?severity=high", "?user_id=x", "?acknowledged=x", "?from=x", "?cursor=x", "?per_page=0"]
        {
            admin.get(&format!("{LIST}{bad}")).is(422);
        }
        admin.get(&format!("{LIST}/x")).is(404);
    });
}

#[test]
fn s2_35_limits_are_judged_as_settings_are() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let try_set = |alerts: Value| {
            let body = json!({ "security": { "alerts": alerts } });
            admin.send("PATCH", "/tenants/default/settings", &[], Some(&body))
        };
        for (alerts, place) in [
            (json!({ "mfa_fatigue": { "count": 101 } }), json!(["mfa_fatigue", "count"])),
            (json!({ "new_device": { "minutes": 0 } }), json!(["new_device", "minutes"])),
            (json!({ "min_severity": "Extreme" }), json!(["min_severity"])),
            (json!({ "recipients": ["nobody"] }), json!(["recipients"])),
            (json!({ "pause_minutes": 0 }), json!(["pause_minutes"])),
            (json!({ "impossible_travel": { "distance_km": 0 } }), json!(["impossible_travel", "distance_km"])),
            (json!({ "other": 1 }), json!(["other"])),
        ] {
            let faults = try_set(alerts).is(422)["detail"].clone();
            let expected: Vec<Value> = ["body", "security", "alerts"]
                .into_iter()
                .map(Value::from)
                .chain(place.as_array().unwrap().clone())
                .collect();
            assert_eq!(faults[0]["loc"], json!(expected), "{faults}");
        }
        let kept = try_set(json!({ "mfa_fatigue": { "count": 7 } })).is(200)["data"]["security"]["alerts"].clone();
        assert_eq!(
            (&kept["mfa_fatigue"], &kept["min_severity"]),
            (&json!({ "count": 7, "minutes": 60 }), &json!("Medium"))
        );
    });
}

#[test]
fn s2_35_reading_is_by_the_permission_for_the_audit_and_seeing_to_by_another() {
    for_each_store(|server| {
        use rollcall::access::{Permission, Scope};
        server.newcomer(DEFAULT, ANN, "viewer");
        fail(server, ANN, 5);
        let one = found(server, "").remove(0);
        let tenant = server.tenant(DEFAULT);
        let scope = || Scope::Tenant { tenant: tenant.id, partner: tenant.partner_id };
        let with = |permission| server.person(DEFAULT, vec![holding_only(&[permission], scope())]);
        with(Permission::AlertsWrite).get(LIST).is(403);
        with(Permission::AuditRead).get(LIST).is(200);
        acknowledge(&with(Permission::AuditRead), &one, &json!({})).is(403);
        acknowledge(&with(Permission::AlertsWrite), &one, &json!({})).is(200);
    });
}
