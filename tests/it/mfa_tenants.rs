//! Second factors over tenants: for owners of the platform all of them, for a partner its own, for nobody else (S0-19, S0-20, IR-2).

use rollcall::access::{Permission, Scope};
use serde_json::{Value, json};

use crate::client::Client;
use crate::persons::{fresh, holding, holding_only};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;

const REPORT: &str = "/admin/reports/mfa/tenants";
const DAY: i64 = 24 * 3600;

fn slugs(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|tenant| text(tenant, "slug")).collect()
}

fn of<'a>(page: &'a Value, slug: &str) -> &'a Value {
    page["data"].as_array().unwrap().iter().find(|tenant| tenant["slug"] == slug).unwrap()
}

fn partner(server: &Server, slug: &str) -> Client {
    let partner = server.partner_of(slug);
    server.person(DEFAULT, vec![holding("partner_admin", Scope::Partner(partner))])
}

fn set_policy(server: &Server, slug: &str, policy: &Value) {
    let tenant = server.database.id(&server.tenant(slug).id.to_string());
    let settings = json!({ "mfa": policy });
    server.database.execute(&format!("UPDATE tenant SET settings = '{settings}' WHERE id = {tenant}"));
}

/// A policy has asked a user for something since so many seconds after the start.
fn asked_since(server: &Server, user: &str, seconds: i64) {
    let (user, since) = (server.database.id(user), server.database.after_start(seconds));
    server.database.execute(&format!(
        "INSERT INTO user_mfa (user_id, asked_since, code_required) VALUES ({user}, {since}, false)"
    ));
}

#[test]
fn ir2_each_sees_the_tenants_that_they_look_after_and_a_tenants_administrator_none() {
    for_each_store(|server| {
        let (ours, theirs) = (partner(server, "ours"), partner(server, "theirs"));
        server.connect("ours", "hr").user("ann");
        let all = server.owner().get(&format!("{REPORT}?per_page=100")).is(200);
        assert!(["default", "ours", "theirs"].iter().all(|slug| slugs(&all).contains(slug)), "{all}");
        assert_eq!(slugs(&ours.get(REPORT).is(200)), ["ours"]);
        assert_eq!(slugs(&theirs.get(REPORT).is(200)), ["theirs"]);
        for role in ["viewer", "analyst", "auditor", "tenant_admin"] {
            server.administrator("ours", role).get(REPORT).is(403);
            server.administrator("ours", role).get(&format!("{REPORT}?format=csv")).is(403);
        }
        // Reports need a permission of their own, and so does taking them away; the narrower reach counts.
        let partner = server.tenant("ours").partner_id.unwrap();
        let holding = |permissions: &[Permission]| holding_only(permissions, Scope::Partner(partner));
        use Permission::{ExportsMake, ReportsRead, TenantsRead};
        server.person(DEFAULT, vec![holding(&[TenantsRead])]).get(REPORT).is(403);
        let looks = server.person(DEFAULT, vec![holding(&[TenantsRead, ReportsRead])]);
        assert_eq!(slugs(&looks.get(REPORT).is(200)), ["ours"]);
        looks.get(&format!("{REPORT}?format=csv")).is(403);
        let wide = holding_only(&[TenantsRead, ExportsMake], Scope::Platform);
        let both = server.person(DEFAULT, vec![wide, holding(&[ReportsRead])]);
        assert_eq!(slugs(&both.get(REPORT).is(200)), ["ours"]);
        assert_eq!(both.get(&format!("{REPORT}?format=ndjson")).text.lines().count(), 1);
    });
}

#[test]
fn s2_32_a_tenant_is_told_by_its_users_and_by_what_its_policy_asks() {
    for_each_store(|server| {
        let client = server.connect("acme", "hr");
        let [ann, bob, cleo, dave, eve] = ["ann", "bob", "cleo", "dave", "eve"].map(|name| client.user(name));
        for (user, marks) in [(&ann, 1 + 16), (&bob, 2 + 16), (&cleo, 8 + 16)] {
            server.set_user(user, &format!("factors = {marks}"));
        }
        server.set_user(&eve, "status = 'DISABLED'");
        for user in [&ann, &bob, &cleo, &dave, &eve] {
            asked_since(server, user, 0);
        }
        let report = || of(&server.owner().get(&format!("{REPORT}?per_page=100")).is(200), "acme").clone();
        let first = report();
        assert_eq!((&first["users"], &first["enabled"], &first["adoption"]), (&json!(4), &json!(3), &json!(0.75)));
        assert_eq!(first["methods"], json!({ "passkey": 1, "totp": 1, "sms": 1, "email": 0 }));
        let policy =
            |report: &Value| ["required", "requirement", "stricter_roles", "overdue"].map(|name| report[name].clone());
        assert_eq!(policy(&first), [json!(false), json!("optional"), json!([]), json!(0)]);
        set_policy(server, "acme", &json!({ "requirement": "required", "grace_days": 3 }));
        assert_eq!(policy(&report()), [json!(true), json!("required"), json!([]), json!(0)], "the grace runs");
        server.clock.advance(3 * DAY);
        assert_eq!(report()["overdue"], 1, "Dave; who cannot sign in counts nowhere");
        set_policy(server, "acme", &json!({ "requirement": "required", "grace_days": 3, "methods": ["passkey"] }));
        assert_eq!(report()["overdue"], 3, "what may not be used does not count");
        set_policy(server, "acme", &json!({ "requirement": "phishing_resistant", "grace_days": 3 }));
        assert_eq!(report()["overdue"], 3);
        // Of those alone who have a role, by a group.
        let crew = client.group("crew", &[&ann, &cleo]);
        let body = json!({ "subject": { "type": "group", "id": crew }, "role": "helpdesk" });
        server.owner().post("/tenants/acme/grants", &body).is(201);
        set_policy(server, "acme", &json!({ "roles": { "helpdesk": "phishing_resistant" }, "grace_days": 3 }));
        assert_eq!(policy(&report()), [json!(false), json!("optional"), json!(["helpdesk"]), json!(1)], "Ann");
    });
}

#[test]
fn s0_20_a_thousand_tenants_are_walked_through_by_key() {
    for_each_store(|server| {
        let (database, now) = (&server.database, server.database.epoch());
        let row = |number: usize| {
            let id = database.id(&fresh().to_string());
            format!("({id}, 'many-{number:04}', '=' || 'many', {now})")
        };
        for chunk in (0..1000).collect::<Vec<_>>().chunks(250) {
            let rows: Vec<String> = chunk.iter().map(|number| row(*number)).collect();
            database.execute(&format!("INSERT INTO tenant (id, slug, name, created) VALUES {}", rows.join(", ")));
        }
        let (owner, mut seen, mut cursor, mut pages) = (server.owner(), Vec::new(), String::new(), 0);
        loop {
            let page = owner.get(&format!("{REPORT}?per_page=100{cursor}")).is(200);
            seen.extend(slugs(&page).into_iter().map(str::to_owned));
            pages += 1;
            match page["pagination"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert!(seen.len() >= 1000 && seen.is_sorted() && seen.iter().all(|slug| !slug.is_empty()));
        assert_eq!(pages, seen.len().div_ceil(100));
        let table = owner.send("GET", REPORT, &[("accept", "text/csv")], None);
        assert!(table.header("content-disposition").unwrap().contains("mfa-tenants.csv"));
        let mut rows = csv::Reader::from_reader(table.text.as_bytes());
        let names: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
        let at = |name: &str| names.iter().position(|known| known == name).unwrap();
        let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(rows.iter().map(|row| row[at("slug")].to_owned()).collect::<Vec<_>>(), seen);
        assert_eq!(rows.iter().filter(|row| &row[at("name")] == "'=many").count(), 1000, "no cell is a formula");
        for bad in ["cursor=x", "cursor=u1.2", "page=2", "per_page=0", "format=xml"] {
            owner.get(&format!("{REPORT}?{bad}")).is(422);
        }
    });
}
