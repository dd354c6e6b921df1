//! Reports on second factors, reminders, and the security information of one account (S0-18 to S0-20, S1-03, S2-32, IR-2, IR-3).

use rollcall::access::{Permission, Scope};
use rollcall::directory::reports;
use serde_json::{Value, json};

use crate::client::Client;
use crate::mfa::{due, enrol, prove};
use crate::passkeys::{authenticator, register};
use crate::persons::holding_only;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, text};

const ANN: &str = "ann@example.org";
const BOB: &str = "bob@example.org";
const CLEO: &str = "cleo@example.org";
const DAY: i64 = 24 * 3600;

fn report(who: &Client) -> Value {
    who.get("/tenants/default/reports/mfa").is(200)["data"].clone()
}

fn numbers<'a>(report: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    names.iter().map(|name| report.pointer(&format!("/{name}")).unwrap_or(&Value::Null)).collect()
}

/// The e-mails of a list of users, sorted.
fn listed(who: &Client, query: &str) -> Vec<String> {
    let page = who.get(&format!("/tenants/default/reports/mfa/users?{query}")).is(200);
    let mut emails: Vec<String> =
        page["data"].as_array().unwrap().iter().map(|user| text(user, "email").to_owned()).collect();
    emails.sort_unstable();
    assert_eq!(page["pagination"]["total_items"], emails.len(), "{query}");
    emails
}

/// Three users: one with an authenticator, one with a passkey, one with nothing.
fn people(server: &Server) -> [String; 3] {
    let ids = [(ANN, "viewer"), (BOB, "tenant_admin"), (CLEO, "viewer")]
        .map(|(email, role)| server.newcomer(DEFAULT, email, role).id.to_string());
    enrol(server, &server.signed_in(DEFAULT, ANN));
    register(server, &server.signed_in(DEFAULT, BOB), &mut authenticator(), "Key");
    ids
}

#[test]
fn s0_19_reports_count_users_by_what_they_have_and_those_who_cannot_sign_in_nowhere() {
    for_each_store(|server| {
        let [ann, bob, cleo] = people(server);
        let analyst = server.administrator(DEFAULT, "analyst");
        let first = report(&analyst);
        assert_eq!(numbers(&first, &["users", "enabled", "without"]), [3, 2, 1], "{first}");
        assert_eq!(numbers(&first["methods"], &["totp", "passkey", "sms", "email"]), [1, 1, 0, 0], "{first}");
        assert_eq!((&first["adoption"], &first["no_recovery_codes"]), (&json!(0.6666), &json!(0)), "{first}");
        // Marks of what cannot be set up here in a moment.
        let set = |user: &str, marks: i32| server.set_user(user, &format!("factors = {marks}"));
        set(&ann, 2 + 16);
        set(&bob, 2);
        set(&cleo, 8 + 32 + 16);
        let weak = report(&analyst);
        assert_eq!(
            numbers(&weak, &["enabled", "single_device", "no_recovery_codes", "sms_only_administrators"]),
            [3, 1, 1, 1],
            "{weak}"
        );
        assert_eq!(listed(&analyst, "kind=sms_only"), [BOB], "who only looks is no administrator");
        assert_eq!(listed(&analyst, "kind=single_device"), [CLEO]);
        assert_eq!(listed(&analyst, "kind=no_recovery_codes"), [BOB]);
        assert_eq!(listed(&analyst, "kind=fragile"), [BOB, CLEO]);
        assert_eq!(listed(&analyst, "kind=fragile&without=passkey"), [BOB]);
        assert_eq!(listed(&analyst, "without=any"), Vec::<String>::new());
        assert_eq!(listed(&analyst, "without=sms&role=viewer"), [CLEO]);
        let roles = analyst.get("/tenants/default/reports/mfa/roles").is(200)["data"].clone();
        let of = |role: &str| roles.as_array().unwrap().iter().find(|one| one["role"] == role).unwrap().clone();
        assert_eq!(numbers(&of("viewer"), &["users", "methods/sms", "single_device"]), [2, 1, 1], "{roles}");
        assert_eq!(numbers(&of("tenant_admin"), &["users", "enabled"]), [1, 1], "{roles}");
        server.owner().put(&format!("/tenants/default/users/{bob}/status"), &json!({ "status": "DISABLED" })).is(200);
        server.set_user(&cleo, "is_test = true");
        assert_eq!(numbers(&report(&analyst), &["users", "enabled", "sms_only_administrators"]), [1, 1, 0]);
        assert_eq!(listed(&analyst, "kind=fragile"), Vec::<String>::new());
        for query in ["without=all", "kind=weak", "ou_id=x", "page=0"] {
            analyst.get(&format!("/tenants/default/reports/mfa/users?{query}")).is(422);
        }
    });
}

#[test]
fn s0_19_what_a_user_has_is_marked_whatever_changes_it() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer").id.to_string();
        let id = server.database.id(&ann);
        let marks = || server.database.number(&format!("SELECT factors FROM users WHERE id = {id}"));
        let session = server.signed_in(DEFAULT, ANN);
        assert_eq!(marks(), 0);
        let authenticator = enrol(server, &session);
        assert_eq!(marks(), 1 + 16);
        for code in &authenticator.recovery_codes[1..] {
            prove(server, &due(server, ANN), "recovery_code", code).is(200);
        }
        assert_eq!(marks(), 1 + 16, "one is left");
        prove(server, &due(server, ANN), "recovery_code", &authenticator.recovery_codes[0]).is(200);
        assert_eq!(marks(), 1);
        session.post("/me/mfa/recovery-codes", &json!({})).is(200);
        assert_eq!(marks(), 1 + 16);
        session.delete("/me/mfa/totp").is(204);
        assert_eq!(marks(), 0);
        enrol(server, &session);
        server.owner().post(&format!("/admin/users/{ann}/mfa/disable"), &json!({})).is(200);
        assert_eq!(marks(), 0);
    });
}

#[test]
fn ir2_ir3_reports_are_for_those_who_may_see_them_as_far_as_they_reach() {
    for_each_store(|server| {
        let [ann, bob, cleo] = people(server);
        let (sales, support) = (server.unit(DEFAULT, "Sales", None), server.unit(DEFAULT, "Support", None));
        let team = server.unit(DEFAULT, "Team", Some(&sales));
        server.put_into(&ann, &sales, true);
        server.put_into(&cleo, &team, true);
        server.put_into(&bob, &support, true);
        let of_sales = server.unit_administrator(DEFAULT, "analyst", &sales);
        assert_eq!(numbers(&report(&of_sales), &["users", "enabled", "methods/passkey"]), [2, 1, 0]);
        assert_eq!(listed(&of_sales, ""), [ANN, CLEO]);
        of_sales.get(&format!("/tenants/default/reports/mfa/users?ou_id={}", support.id)).is(404);
        assert_eq!(listed(&of_sales, &format!("ou_id={}&without=any", team.id)), [CLEO]);
        assert_eq!(listed(&of_sales, &format!("ou_id={}&include_children=true", sales.id)), [ANN, CLEO]);
        let units = of_sales.get("/tenants/default/reports/mfa/units").is(200);
        assert_eq!(
            (&units["data"][0]["name"], &units["pagination"]["total_items"]),
            (&json!("Sales"), &json!(2)),
            "{units}"
        );
        assert_eq!(numbers(&units["data"][0], &["users", "enabled"]), [1, 1], "{units}");
        of_sales.get("/tenants/default/reports/mfa/history").is(403);
        for role in ["viewer", "helpdesk", "manager"] {
            let refused = server.administrator(DEFAULT, role);
            for part in ["", "/roles", "/units", "/history", "/users"] {
                refused.get(&format!("/tenants/default/reports/mfa{part}")).is(403);
            }
        }
        server.administrator("other", "analyst").get("/tenants/default/reports/mfa").is(404);
        // Who sees reports of all, and users of a unit, is shown the users of the unit; who sees no users, none.
        let tenant = server.tenant(DEFAULT).id;
        let whole = || Scope::Tenant { tenant, partner: None };
        let unit = Scope::Unit {
            tenant,
            partner: None,
            unit: sales.id.parse().unwrap(),
            lineage: sales.lineage.as_str().into(),
        };
        let held = vec![
            holding_only(&[Permission::ReportsRead], whole()),
            holding_only(&[Permission::UsersRead], unit.clone()),
        ];
        let half = server.person(DEFAULT, held);
        assert_eq!(report(&half)["users"], 3);
        assert_eq!(listed(&half, ""), [ANN, CLEO]);
        let held =
            vec![holding_only(&[Permission::UsersRead], whole()), holding_only(&[Permission::ReportsRead], unit)];
        assert_eq!(listed(&server.person(DEFAULT, held), ""), [ANN, CLEO]);
        let blind = server.person(DEFAULT, vec![holding_only(&[Permission::ReportsRead], whole())]);
        blind.get("/tenants/default/reports/mfa").is(200);
        blind.get("/tenants/default/reports/mfa/users").is(403);
    });
}

#[test]
fn s0_20_each_day_is_kept_once_by_however_many_servers() {
    for_each_store(|server| {
        people(server);
        let keep = || async {
            reports::keep(server.directory(), server.operator(), server.cx().now).await.unwrap();
        };
        server.block_on(futures_util::future::join_all((0..4).map(|_| keep())));
        let analyst = server.administrator(DEFAULT, "analyst");
        let history =
            |query: &str| analyst.get(&format!("/tenants/default/reports/mfa/history{query}")).is(200)["data"].clone();
        let first = history("");
        assert_eq!(first.as_array().unwrap().len(), 1, "{first}");
        assert_eq!(numbers(&first[0], &["users", "enabled", "methods/totp"]), [3, 2, 1], "{first}");
        enrol(server, &server.signed_in(DEFAULT, CLEO));
        server.block_on(keep());
        assert_eq!(history(""), first, "a day is as it was at the first look");
        server.clock.advance(DAY);
        server.block_on(keep());
        let both = history("");
        assert_eq!(numbers(&both[1], &["users", "enabled", "methods/totp"]), [3, 3, 2], "{both}");
        let day = text(&both[1], "day");
        assert_eq!(history(&format!("?from={day}&to={day}")), json!([both[1]]));
        assert_eq!(history(&format!("?to={}", text(&both[0], "day"))), json!([both[0]]));
        for query in ["?from=yesterday", "?from=2026-02-30", "?from=2020-01-01", "?from=2030-01-02&to=2030-01-01"] {
            analyst.get(&format!("/tenants/default/reports/mfa/history{query}")).is(422);
        }
        server.clock.advance(4 * 366 * DAY);
        server.block_on(reports::purge(server.directory(), server.operator(), server.cx().now)).unwrap();
        assert_eq!(server.database.number("SELECT count(*) FROM mfa_day"), 0);
    });
}

/// A table that was exported: its columns and rows.
fn table(who: &Client, path: &str) -> (Vec<String>, Vec<csv::StringRecord>) {
    let answer = who.send("GET", &format!("/tenants/default/reports/mfa/{path}"), &[("accept", "text/csv")], None);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    assert!(answer.header("content-type").unwrap().starts_with("text/csv"));
    let mut rows = csv::Reader::from_reader(answer.text.as_bytes());
    let names = rows.headers().unwrap().iter().map(str::to_owned).collect();
    (names, rows.records().map(Result::unwrap).collect())
}

fn column(table: &(Vec<String>, Vec<csv::StringRecord>), name: &str) -> Vec<String> {
    let place = table.0.iter().position(|known| known == name).unwrap();
    table.1.iter().map(|row| row[place].to_owned()).collect()
}

#[test]
fn ir19_reports_are_exported_whole_and_harmless_by_who_may() {
    for_each_store(|server| {
        let [ann, bob, _] = people(server);
        server.client().user("=cmd|' /C calc'!A0");
        let sales = server.unit(DEFAULT, "=Sales", None);
        server.unit(DEFAULT, "Team", Some(&sales));
        server.put_into(&ann, &sales, true);
        server.block_on(reports::keep(server.directory(), server.operator(), server.cx().now)).unwrap();
        let parts = ["roles", "units", "history", "users"];
        for part in parts {
            let path = format!("/tenants/default/reports/mfa/{part}?format=csv");
            server.administrator(DEFAULT, "analyst").get(&path).is(403);
        }
        let auditor = server.administrator(DEFAULT, "auditor");
        let roles = table(&auditor, "roles");
        assert_eq!(
            (column(&roles, "role"), column(&roles, "users")),
            (vec!["tenant_admin".into(), "viewer".into()], vec!["1".into(), "2".into()])
        );
        assert_eq!(
            (column(&roles, "passkey"), column(&roles, "adoption")),
            (vec!["1".into(), "0".into()], vec!["1".into(), "0.5".into()])
        );
        let units = table(&auditor, "units");
        assert_eq!(
            (column(&units, "name"), column(&units, "users")),
            (vec!["'=Sales".into(), "Team".into()], vec!["1".into(), "0".into()])
        );
        assert_eq!(column(&table(&auditor, "history"), "users"), ["4"]);
        let users = table(&auditor, "users?without=any");
        assert_eq!(column(&users, "email").len(), 2);
        assert!(users.1.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{users:?}");
        let lines = auditor.get("/tenants/default/reports/mfa/users?kind=fragile&format=ndjson");
        assert_eq!(lines.header("content-type").unwrap(), "application/x-ndjson");
        let lines: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(
            lines.iter().map(|line| text(line, "email")).collect::<Vec<_>>(),
            [BOB],
            "one passkey that is bound"
        );
        // Exported is what may be exported: the permission may reach less far than that to read.
        let scope = Scope::Tenant { tenant: server.tenant(DEFAULT).id, partner: None };
        let (unit, lineage) = (sales.id.parse().unwrap(), sales.lineage.as_str().into());
        let unit = Scope::Unit { tenant: server.tenant(DEFAULT).id, partner: None, unit, lineage };
        let read = holding_only(&[Permission::ReportsRead, Permission::UsersRead], scope);
        let half = server.person(DEFAULT, vec![read, holding_only(&[Permission::ExportsMake], unit)]);
        assert_eq!(report(&half)["users"], 4);
        assert_eq!(column(&table(&half, "users"), "email"), [ANN]);
        assert_eq!(column(&table(&half, "roles"), "role"), ["viewer"]);
        half.get("/tenants/default/reports/mfa/history?format=csv").is(403);
        // Nothing of it is changed by looking, and it is known who looked.
        let bobs = table(&auditor, "users?role=tenant_admin");
        assert_eq!(column(&bobs, "id"), [bob]);
    });
}

#[test]
fn s0_19_lists_go_on_behind_the_last_user_whatever_comes_between() {
    for_each_store(|server| {
        let client = server.client();
        let users: Vec<String> = (0..23).map(|number| client.user(&format!("u{number}"))).collect();
        for (number, user) in users.iter().enumerate() {
            server.set_user(user, &format!("factors = {}", [0, 16, 2 + 16][number % 3]));
        }
        let analyst = server.administrator(DEFAULT, "analyst");
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page =
                analyst.get(&format!("/tenants/default/reports/mfa/users?without=any&per_page=4{cursor}")).is(200);
            let first = cursor.is_empty();
            assert_eq!(page["pagination"]["total_items"], if first { json!(16) } else { Value::Null }, "{page}");
            seen.extend(page["data"].as_array().unwrap().iter().map(|user| text(user, "id").to_owned()));
            // Whoever goes meanwhile moves nobody.
            if first {
                client.delete(&format!("/Users/{}", users[0])).is(204);
            }
            match page["pagination"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let with = |rest: usize| users.iter().skip(rest).step_by(3).cloned().collect::<Vec<_>>();
        assert_eq!(seen, [with(0), with(1)].concat(), "those with nothing first, as they were made");
        for query in ["cursor=b7", "cursor=u1", "cursor=u1.x", "cursor=tacme", "page=2"] {
            analyst.get(&format!("/tenants/default/reports/mfa/users?{query}")).is(422);
        }
    });
}

#[test]
fn s2_32_reminders_go_to_those_who_lack_something_once_a_week() {
    for_each_store(|server| {
        let [_, _, cleo] = people(server);
        let dave = server.newcomer(DEFAULT, "dave@example.org", "viewer");
        server.set_user(&dave.id.to_string(), "email_verified = false, verified_email = NULL");
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let remind = |who: &Client, body: Value| who.post("/tenants/default/mfa/reminders", &body);
        for role in ["viewer", "analyst", "auditor", "helpdesk"] {
            remind(&server.administrator(DEFAULT, role), json!({})).is(403);
        }
        remind(&server.administrator("other", "tenant_admin"), json!({})).is(404);
        let rows = || server.database.number("SELECT count(*) FROM journal");
        let before = rows();
        let done = remind(&admin, json!({})).is(200)["data"].clone();
        assert_eq!(done, json!({ "matched": 2, "queued": 1, "more": false }), "nobody reaches Dave");
        assert_eq!(rows(), before + 1);
        let mails = server.mails("mfa_reminder");
        assert_eq!(mails.iter().map(ToString::to_string).collect::<Vec<_>>(), std::slice::from_ref(&cleo));
        assert_eq!(remind(&admin, json!({})).is(200)["data"]["queued"], 0);
        assert_eq!(rows(), before + 1, "nothing changed");
        server.clock.advance(7 * DAY);
        assert_eq!(remind(&admin, json!({ "without": "passkey", "user_ids": [cleo] })).is(200)["data"]["queued"], 1);
        let done = remind(&admin, json!({ "without": "passkey" })).is(200)["data"].clone();
        assert_eq!(done, json!({ "matched": 3, "queued": 1, "more": false }), "Ann, who has an authenticator");
        remind(&admin, json!({ "kind": "fragile", "role": "viewer" })).is(200);
        for body in [json!({ "without": "x" }), json!({ "user_ids": ["x"] }), json!({ "kind": 1 }), json!([])] {
            remind(&admin, body).is(422);
        }
        remind(&admin, json!({ "ou_id": crate::persons::fresh().to_string() })).is(404);
    });
}

#[test]
fn s2_32_two_reminders_at_once_send_one_mail_each() {
    for_each_store(|server| {
        people(server);
        let admins: Vec<Client> = (0..4).map(|_| server.administrator(DEFAULT, "tenant_admin")).collect();
        let queued: i64 = std::thread::scope(|scope| {
            let ask = |admin: Client| {
                let done = admin.post("/tenants/default/mfa/reminders", &json!({ "without": "sms" })).is(200);
                done["data"]["queued"].as_i64().unwrap()
            };
            let asked: Vec<_> = admins.into_iter().map(|admin| scope.spawn(move || ask(admin))).collect();
            asked.into_iter().map(|one| one.join().unwrap()).sum()
        });
        assert_eq!(queued, 3);
        assert_eq!(server.mails("mfa_reminder").len(), 3);
    });
}

#[test]
fn s0_18_the_security_of_an_account_is_seen_in_one_place() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer").id.to_string();
        let session = server.signed_in(DEFAULT, ANN);
        let authenticator = enrol(server, &session);
        register(server, &session, &mut crate::passkeys::authenticator(), "Key");
        let body = json!({
            "mfa_token": text(&due(server, ANN), "mfa_token"), "method": "totp",
            "code": authenticator.next(server), "remember_device": true,
        });
        server.rest(None).post("/auth/mfa/verify", &body).is(200);
        prove(server, &due(server, ANN), "recovery_code", &authenticator.recovery_codes[0]).is(200);
        prove(server, &due(server, ANN), "totp", "000000").is(401);
        server.log_in(DEFAULT, ANN, OTHER).is(401);
        let path = format!("/admin/users/{ann}/security");
        let auditor = server.administrator(DEFAULT, "auditor");
        let seen = auditor.get(&path).is(200)["data"].clone();
        assert_eq!((&seen["mfa_enabled"], &seen["recovery_codes_left"]), (&json!(true), &json!(9)), "{seen}");
        assert_eq!((&seen["factors"][0]["method"], &seen["passkeys"][0]["name"]), (&json!("totp"), &json!("Key")));
        assert_eq!((&seen["requirement"], &seen["meets_policy"]), (&json!("optional"), &json!(true)), "{seen}");
        assert_eq!(seen["sessions"].as_array().unwrap().len(), 3, "{seen}");
        assert_eq!(seen["devices"].as_array().unwrap().len(), 1, "{seen}");
        assert_eq!(numbers(&seen["failures"], &["passwords", "codes", "codes_today"]), [1, 1, 1], "{seen}");
        assert!(seen["factor_last_used_at"].is_string() && seen["last_login_at"].is_string(), "{seen}");
        let own = session.get("/me/security").is(200)["data"].clone();
        assert_eq!(own["mfa"], session.get("/me/mfa").is(200)["data"]);
        assert_eq!((&own["passkeys"][0]["id"], &own["failures"]), (&seen["passkeys"][0]["id"], &seen["failures"]));
        assert_eq!(own["sessions"].as_array().unwrap().len(), 3);
        // The user's own answer says the same.
        let user = auditor.get(&format!("/tenants/default/users/{ann}?include=mfa,sessions")).is(200)["data"].clone();
        assert_eq!((&user["mfa"]["enabled"], &user["sessions"]), (&seen["mfa_enabled"], &seen["sessions"]));
        // Who may not see sessions is not shown them here either.
        let tenant = server.tenant(DEFAULT).id;
        let held = holding_only(&[Permission::UsersRead, Permission::MfaRead], Scope::Tenant { tenant, partner: None });
        assert_eq!(server.person(DEFAULT, vec![held]).get(&path).is(200)["data"].get("sessions"), None);
        server.administrator(DEFAULT, "analyst").get(&path).is(403);
        server.administrator("other", "auditor").get(&path).is(404);
    });
}
