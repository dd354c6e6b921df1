//! IR-19: what administrators read of changes and events, how long it is kept, and who reads it.

use std::collections::BTreeSet;

use rollcall::access::{Actor, Held, Scope};
use rollcall::clock::Clock as _;
use rollcall::ids::UserId;
use rollcall::journal::activity::{Event, Kind as Happened};
use rollcall::store::journal::{self, Wanted};
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::client::Client;
use crate::database::{Database, runtime};
use crate::persons::holding;
use crate::server::{DEFAULT, Server, for_each_store};

const DAY: i64 = 24 * 3600;

fn data(answer: &Value) -> &Vec<Value> {
    answer["data"].as_array().unwrap()
}

/// What happened in a tenant, of a kind, the newest first.
fn happened(server: &Server, slug: &str, kind: &str) -> Vec<Value> {
    server.settle();
    let reader = server.administrator(slug, "auditor");
    let page = reader.get(&format!("/tenants/{slug}/activity?kind={kind}&per_page=100")).is(200);
    server.settle();
    data(&page).clone()
}

/// Waits until no transaction of the database server, be it of another test, holds back a change that was made.
pub(crate) fn settled(server: &Server, slug: &str) {
    let wanted = Wanted { tenants: Some(vec![server.tenant(slug).id]), ..Wanted::default() };
    loop {
        let wanted = wanted.clone();
        let shown = server.wait(server.store().read(move |tx| journal::newest(tx, &wanted, i64::MAX))).unwrap();
        if shown.len() == server.journal(slug).len() {
            return;
        }
    }
}

fn set_settings(server: &Server, slug: &str, settings: &Value) {
    let tenant = server.database.id(&server.tenant(slug).id.to_string());
    server.database.execute(&format!("UPDATE tenant SET settings = '{settings}' WHERE id = {tenant}"));
}

#[test]
fn ir19_a_change_is_shown_with_who_what_before_and_after() {
    for_each_store(|server| {
        let client = server.client();
        let ann = client.user("ann");
        client.patch(&format!("/Users/{ann}"), json!([{ "op": "add", "path": "title", "value": "Dr" }])).is(200);
        let crew = client.group("crew", &[&ann]);
        settled(server, DEFAULT);
        let auditor = server.administrator(DEFAULT, "investigator");
        let page = auditor.get(&format!("/tenants/{DEFAULT}/users/{ann}/audit")).is(200);
        let (update, create) = (&data(&page)[0], &data(&page)[1]);
        assert_eq!(data(&page).len(), 2);
        assert_eq!((&update["action"], &create["action"]), (&json!("update"), &json!("create")));
        assert_eq!(update["actor"]["type"], "connection");
        assert_eq!(update["actor"]["name"], "tolerant");
        assert_eq!(update["resource"], json!({ "type": "User", "id": ann, "name": "ann" }));
        assert_eq!((&update["paths"], &update["source"]), (&json!(["title"]), &json!("SCIM")));
        assert_eq!((&update["before"]["title"], &update["after"]["title"]), (&Value::Null, &json!("Dr")));
        assert_eq!(create["after"]["userName"], "ann");
        assert!(update["position"].as_i64() > create["position"].as_i64());
        assert_eq!(page["pagination"], json!({ "per_page": 20, "next_cursor": null }));
        assert_eq!(auditor.get(&format!("/admin/users/{ann}/audit")).is(200)["data"], page["data"]);
        // A row that keeps no values has the names of now.
        let members = auditor.get("/admin/audit?action=members").is(200);
        assert_eq!(data(&members)[0]["resource"], json!({ "type": "Group", "id": crew, "name": "crew" }));
        assert_eq!(data(&members)[0]["actor"]["name"], "tolerant");
        // What is deleted can still be looked into.
        client.delete(&format!("/Users/{ann}")).is(204);
        settled(server, DEFAULT);
        let after = auditor.get(&format!("/tenants/{DEFAULT}/users/{ann}/audit")).is(200);
        assert_eq!(data(&after)[0]["action"], "delete");
        auditor.get(&format!("/tenants/{DEFAULT}/users/01a1fa7e-0fac-7243-ae44-b9e3f5d956da/audit")).is(404);
        auditor.get(&format!("/tenants/{DEFAULT}/users/ann/audit")).is(404);
    });
}

#[test]
fn ir19_what_lives_has_its_name_where_the_record_kept_none() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let below = |path: &str| format!("/tenants/{DEFAULT}/{path}");
        let make = |path: &str, body: Value| admin.post(&below(path), &body).is(201)["data"]["id"].clone();
        let change = |path: &str, body: Value| admin.send("PATCH", &below(path), &[], Some(&body)).is(200);
        let application = make("applications", json!({ "name": "Wiki" }));
        let application = format!("applications/{}", application.as_str().unwrap());
        change(&application, json!({ "description": "Ours" }));
        let token = make(&format!("{application}/tokens"), json!({ "name": "Sync" }));
        admin.delete(&below(&format!("{application}/tokens/{}", token.as_str().unwrap()))).is(204);
        change(&format!("units/{}", server.unit(DEFAULT, "Sales", None).id), json!({ "description": "Sells" }));
        let provider = make("identity-providers", json!({ "protocol": "OIDC", "name": "Staff" }));
        change(&format!("identity-providers/{}", provider.as_str().unwrap()), json!({ "enabled": false }));
        make("roles", json!({ "key": "desk", "name": "Desk" }));
        change("roles/desk", json!({ "description": "Helps" }));
        make("domains", json!({ "domain": "wiki.rollcall-tests.org" }));
        let subject = json!({ "type": "user", "id": server.client().user("ann") });
        make("grants", json!({ "subject": subject, "role": "viewer" }));
        settled(server, DEFAULT);
        let names = |kind: &str| -> Vec<Value> {
            let page = admin.get(&below(&format!("audit?resource_type={kind}"))).is(200);
            data(&page).iter().map(|row| row["resource"]["name"].clone()).collect()
        };
        for kind in
            [["Application", "Wiki"], ["ApplicationToken", "Sync"], ["IdentityProvider", "Staff"], ["Role", "Desk"]]
        {
            assert_eq!(names(kind[0]), [kind[1]; 2], "{}", kind[0]);
        }
        for kind in [["OrgUnit", "Sales"], ["Domain", "wiki.rollcall-tests.org"], ["Grant", "viewer"]] {
            assert_eq!(names(kind[0]), [kind[1]], "{}", kind[0]);
        }
        // What is gone has no name but one that was kept.
        admin.delete(&below(&application)).is(204);
        admin.delete(&below("domains/wiki.rollcall-tests.org")).is(204);
        settled(server, DEFAULT);
        assert_eq!(names("Application"), [json!("Wiki"), Value::Null, json!("Wiki")]);
        assert_eq!(names("Domain"), [Value::Null, Value::Null]);
    });
}

#[test]
fn ir19_pages_by_cursor_leave_nothing_out_and_repeat_nothing() {
    for_each_store(|server| {
        let client = server.client();
        let made: BTreeSet<String> = (0..23).map(|number| client.user(&format!("u{number}"))).collect();
        let auditor = server.administrator(DEFAULT, "auditor");
        settled(server, DEFAULT);
        let filter = "action=create&resource_type=User&per_page=5";
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = auditor.get(&format!("/admin/audit?{filter}{cursor}")).is(200);
            seen.extend(data(&page).iter().map(|row| row["resource"]["id"].as_str().unwrap().to_owned()));
            // What comes meanwhile stands before the first page.
            client.user(&format!("late{}", seen.len()));
            match page["pagination"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), 23);
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), made);
        let most = auditor.get("/admin/audit?per_page=99999999999999999999999").is(200);
        assert_eq!(most["pagination"]["per_page"], 100);
        for bad in ["cursor=7", "cursor=bx", "from=yesterday", "per_page=0", "format=xml"] {
            auditor.get(&format!("/admin/audit?{bad}")).is(422);
        }
    });
}

#[test]
fn ir19_filters_narrow_by_actor_thing_source_and_time() {
    for_each_store(|server| {
        let (hr, it) = (server.connect(DEFAULT, "hr"), server.connect(DEFAULT, "it"));
        let ann = hr.user("ann");
        let start = server.clock.now();
        server.clock.advance(10);
        let bob = it.user("bob");
        let later = server.clock.now();
        settled(server, DEFAULT);
        let auditor = server.administrator(DEFAULT, "auditor");
        let resources = |query: &str| -> Vec<String> {
            let page = auditor.get(&format!("/tenants/{DEFAULT}/audit?resource_type=User&{query}")).is(200);
            data(&page).iter().map(|row| row["resource"]["id"].as_str().unwrap().to_owned()).collect()
        };
        let both = vec![bob.clone(), ann.clone()];
        assert_eq!(resources(""), both);
        assert_eq!(resources(&format!("resource={ann}")), std::slice::from_ref(&ann));
        assert_eq!(resources(&format!("from={later}")), std::slice::from_ref(&bob));
        assert_eq!(resources(&format!("from={start}&to={later}")), std::slice::from_ref(&ann));
        assert_eq!(resources("source=SCIM"), both);
        for other in ["LOCAL", "OIDC", "SAML", "LDAP"] {
            assert!(resources(&format!("source={other}")).is_empty());
        }
        for unknown in ["scim", "nope", "SCIM,LOCAL"] {
            auditor.get(&format!("/tenants/{DEFAULT}/audit?source={unknown}")).is(422);
            auditor.get(&format!("/admin/audit?source={unknown}&format=csv")).is(422);
        }
        let actor = server.connection(DEFAULT, "it", rollcall::access::Profile::Tolerant).id;
        assert_eq!(resources(&format!("actor={actor}")), [bob]);
        assert!(resources("action=delete").is_empty());
    });
}

#[test]
fn ir19_nobody_reads_beyond_their_reach() {
    for_each_store(|server| {
        let (ann, eve) = (server.client().user("ann"), server.connect("other", "hr").user("eve"));
        let partner = server.partner_of("other");
        settled(server, DEFAULT);
        settled(server, "other");
        let auditor = server.administrator(DEFAULT, "auditor");
        let of = |client: &Client, query: &str| -> BTreeSet<String> {
            let page = client.get(&format!("/admin/audit?per_page=100{query}")).is(200);
            data(&page).iter().map(|row| row["tenant_id"].as_str().unwrap().to_owned()).collect()
        };
        let (mine, theirs) = (server.tenant(DEFAULT).id.to_string(), server.tenant("other").id.to_string());
        assert_eq!(of(&auditor, ""), BTreeSet::from([mine.clone()]));
        let of_partner = server.person(DEFAULT, vec![holding("partner_admin", Scope::Partner(partner))]);
        assert_eq!(of(&of_partner, ""), BTreeSet::from([theirs.clone()]));
        assert_eq!(of(&server.owner(), ""), BTreeSet::from([mine.clone(), theirs.clone()]));
        assert_eq!(of(&server.owner(), "&tenant_id=other"), BTreeSet::from([theirs]));
        for path in [
            "/admin/audit?tenant_id=other".to_owned(),
            "/admin/activity?tenant_id=other".to_owned(),
            "/tenants/other/audit".to_owned(),
            format!("/tenants/other/users/{eve}/audit"),
            format!("/tenants/{DEFAULT}/users/{eve}/audit"),
            format!("/tenants/{DEFAULT}/users/{eve}/logins"),
            format!("/admin/users/{eve}/audit"),
        ] {
            auditor.get(&path).is(404);
        }
        let helper = server.administrator(DEFAULT, "helpdesk");
        for path in ["/admin/audit", "/admin/activity", "/tenants/default/audit"] {
            helper.get(path).is(403);
        }
        // In an org unit one sees who is in it, and not the tenant.
        let unit = server.unit(DEFAULT, "sales", None);
        let leader = server.unit_administrator(DEFAULT, "investigator", &unit);
        leader.get(&format!("/tenants/{DEFAULT}/audit")).is(403);
        leader.get("/admin/audit").is(403);
        leader.get(&format!("/tenants/{DEFAULT}/users/{ann}/audit")).is(404);
        server.put_into(&ann, &unit, true);
        settled(server, DEFAULT);
        assert!(!data(&leader.get(&format!("/tenants/{DEFAULT}/users/{ann}/audit")).is(200)).is_empty());
    });
}

#[test]
fn ir19_exports_are_whole_harmless_and_need_a_permission_of_their_own() {
    for_each_store(|server| {
        let client = server.client();
        let sly = client.user("=cmd|' /C calc'!A0");
        // More than one piece.
        for number in 0..600 {
            let value = format!("title {number}");
            client.patch(&format!("/Users/{sly}"), json!([{ "op": "add", "path": "title", "value": value }])).is(200);
        }
        settled(server, DEFAULT);
        let path = format!("/tenants/{DEFAULT}/users/{sly}/audit");
        let investigator = server.administrator(DEFAULT, "investigator");
        investigator.get(&path).is(200);
        investigator.get(&format!("{path}?format=csv")).is(403);
        investigator.send("GET", &path, &[("accept", "text/csv")], None).is(403);
        let auditor = server.administrator(DEFAULT, "auditor");
        let table = auditor.send("GET", &path, &[("accept", "text/csv")], None);
        assert_eq!(table.status, 200);
        assert!(table.header("content-type").unwrap().starts_with("text/csv"));
        assert!(table.header("content-disposition").unwrap().contains("audit.csv"));
        let mut rows = csv::Reader::from_reader(table.text.as_bytes());
        let names: Vec<String> = rows.headers().unwrap().iter().map(str::to_owned).collect();
        let records: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), 601);
        let at = |name: &str| names.iter().position(|known| known == name).unwrap();
        assert!(records.iter().all(|row| row[at("resource_name")].starts_with("'=cmd")), "{:?}", records[0]);
        assert!(records.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
        assert_eq!(&records[600][at("action")], "create");
        let lines = auditor.get(&format!("{path}?format=ndjson"));
        assert_eq!(lines.header("content-type").unwrap(), "application/x-ndjson");
        let lines: Vec<Value> = lines.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let positions: Vec<i64> = lines.iter().map(|line| line["position"].as_i64().unwrap()).collect();
        assert_eq!(positions.len(), 601);
        assert!(positions.is_sorted_by(|left, right| left > right));
        assert_eq!(lines[0]["after"]["title"], "title 599");
        // Widely, only what may be exported is: the permission may reach less far than that to read.
        server.connect("other", "hr").user("eve");
        settled(server, "other");
        let (mine, other) = (server.tenant(DEFAULT), server.tenant("other"));
        let whole = |tenant, partner| Scope::Tenant { tenant, partner };
        let held: Vec<Held> = vec![
            holding("auditor", whole(mine.id, mine.partner_id)),
            holding("investigator", whole(other.id, other.partner_id)),
        ];
        let both = server.person(DEFAULT, held);
        let read = both.get("/admin/audit?action=create&resource_type=User").is(200);
        assert_eq!(data(&read).len(), 2);
        let exported = both.get("/admin/audit?action=create&resource_type=User&format=ndjson");
        assert_eq!(exported.text.lines().count(), 1);
        assert!(exported.text.contains(&mine.id.to_string()));
        assert_eq!(auditor.send("HEAD", &format!("{path}?format=csv"), &[], None).text, "");
    });
}

#[test]
fn ir19_logins_denials_and_reads_are_recorded_and_equal_ones_counted() {
    for_each_store(|server| {
        let ann = server.client().user("ann");
        let tenant = server.tenant(DEFAULT).id;
        let user: UserId = ann.parse().unwrap();
        let sign_in = |outcome| Event {
            user: Some(user),
            detail: json!({ "method": "pwd" }),
            address: Some("192.0.2.7".parse().unwrap()),
            user_agent: Some("Browser".to_owned()),
            ..Event::anonymous(Happened::SignIn, outcome, tenant, &server.cx())
        };
        (0..3).for_each(|_| server.record(sign_in("wrong_password")));
        server.settle();
        server.record(sign_in("wrong_password"));
        server.clock.advance(60);
        server.record(sign_in("success"));
        server.settle();
        let auditor = server.administrator(DEFAULT, "auditor");
        let logins = auditor.get(&format!("/tenants/{DEFAULT}/users/{ann}/logins")).is(200);
        let told: Vec<_> = data(&logins).iter().map(|row| (row["outcome"].clone(), row["amount"].clone())).collect();
        assert_eq!(told, [(json!("success"), json!(1)), (json!("wrong_password"), json!(4))]);
        let first = &data(&logins)[0];
        assert_eq!((&first["address"], &first["user_agent"]), (&json!("192.0.2.7"), &json!("Browser")));
        assert_eq!((&first["detail"]["method"], &first["user_id"]), (&json!("pwd"), &json!(ann)));
        let wrong = auditor.get(&format!("/tenants/{DEFAULT}/users/{ann}/logins?outcome=wrong_password")).is(200);
        assert_eq!(data(&wrong).len(), 1);
        let other = server.client().user("bob");
        assert!(data(&auditor.get(&format!("/tenants/{DEFAULT}/users/{other}/logins")).is(200)).is_empty());

        let helper = server.administrator(DEFAULT, "helpdesk");
        (0..5).for_each(|_| drop(helper.get("/admin/audit").is(403)));
        let denied = happened(server, DEFAULT, "denied");
        assert_eq!(denied.len(), 1);
        assert_eq!((&denied[0]["amount"], &denied[0]["actor_type"]), (&json!(5), &json!("user")));
        assert_eq!(denied[0]["detail"], json!({ "method": "GET", "path": "/api/v1/admin/audit" }));
        assert_eq!(denied[0]["address"], "127.0.0.1");

        helper.get(&format!("/tenants/{DEFAULT}/users/{ann}")).is(200);
        helper.get(&format!("/tenants/{DEFAULT}/users?search=an")).is(200);
        let reads = happened(server, DEFAULT, "read");
        let of_ann = reads.iter().find(|row| row["actor_id"] == denied[0]["actor_id"] && row["user_id"] == json!(ann));
        assert!(of_ann.is_some(), "{reads:?}");
        assert!(reads.iter().any(|row| row["detail"]["query"] == "search=an"), "{reads:?}");
        assert!(reads.iter().any(|row| row["detail"]["what"] == "activity"), "{reads:?}");
    });
}

#[test]
fn ir19_looks_at_identities_grants_and_members_are_reads_in_the_tenant_that_was_looked_at() {
    for_each_store(|server| {
        let scim = server.connect("other", "hr");
        let ann = scim.user("ann");
        let crew = scim.group("crew", &[&ann]);
        let owner = server.owner();
        let of_one = [format!("users/{ann}/identities"), format!("users/{ann}/grants")];
        let members = format!("groups/{crew}/members");
        for path in of_one.iter().chain([&members]) {
            owner.get(&format!("/tenants/other/{path}")).is(200);
        }
        let reads = happened(server, "other", "read");
        let read = |path: &str| {
            let path = json!(format!("/api/v1/tenants/other/{path}"));
            reads.iter().find(|row| row["detail"]["path"] == path).unwrap_or_else(|| panic!("{path}: {reads:?}"))
        };
        for path in &of_one {
            assert_eq!(read(path)["user_id"], json!(ann));
        }
        let read = read(&members);
        assert_eq!((&read["user_id"], &read["detail"]["count"]), (&Value::Null, &json!(1)));
    });
}

#[test]
fn ir19_denials_at_the_doors_of_signing_in_are_recorded_too() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let wiki =
            admin.post("/tenants/default/applications", &json!({ "name": "Wiki" })).is(201)["data"]["id"].clone();
        let tokens = format!("/tenants/default/applications/{}/tokens", wiki.as_str().unwrap());
        let token = admin.post(&tokens, &json!({ "name": "t" })).is(201)["data"]["token"].clone();
        let application = server.rest(Some(token.as_str().unwrap()));
        application.get("/me").is(403);
        application.get("/auth/sessions").is(403);
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        server.signed_in(DEFAULT, "ann@example.org").get("/me").is(200);
        let denied = happened(server, DEFAULT, "denied");
        let paths: Vec<_> = denied.iter().map(|row| row["detail"]["path"].as_str().unwrap()).collect();
        assert_eq!((paths.len(), paths.contains(&"/api/v1/me")), (2, true), "{denied:?}");
        assert_eq!(denied[0]["actor_type"], "application");
        assert_eq!(happened(server, DEFAULT, "sign_in").len(), 1);
    });
}

#[test]
fn ir19_a_tenant_may_switch_the_record_of_reads_off() {
    for_each_store(|server| {
        set_settings(server, DEFAULT, &json!({ "records": { "reads": false } }));
        let helper = server.administrator(DEFAULT, "helpdesk");
        helper.get(&format!("/tenants/{DEFAULT}/users")).is(200);
        helper.get("/admin/audit").is(403);
        assert!(happened(server, DEFAULT, "read").is_empty());
        assert_eq!(happened(server, DEFAULT, "denied").len(), 1);
        set_settings(server, DEFAULT, &json!({}));
        server.clock.advance(60);
        helper.get(&format!("/tenants/{DEFAULT}/users")).is(200);
        assert!(!happened(server, DEFAULT, "read").is_empty());
    });
}

#[test]
fn ir19_records_go_when_their_tenant_keeps_them_no_longer() {
    for_each_store(|server| {
        let (short, usual) = (server.connect("short", "hr"), server.client());
        set_settings(
            server,
            "short",
            &json!({ "records": { "journal_values_days": 10, "activity_days": 5, "provisioning_log_days": 3 } }),
        );
        let (eve, ann) = (short.user("eve"), usual.user("ann"));
        for slug in ["short", DEFAULT] {
            let tenant = server.tenant(slug).id;
            server.record(Event::new(Happened::Denied, "denied", tenant, &Actor::system("x"), &server.cx()));
        }
        let left = |slug: &str, user: &str| {
            server.purge_records(30);
            let activity = server.wait(server.store().read({
                let tenant = server.tenant(slug).id;
                move |tx| {
                    let wanted = rollcall::store::activity::Wanted {
                        tenants: Some(vec![tenant]),
                        kind: Some("denied".to_owned()),
                        ..Default::default()
                    };
                    rollcall::store::activity::newest(tx, &wanted, 100)
                }
            }));
            let values = server.journal(slug).into_iter().find(|row| row.resource_id == user).unwrap().after.is_some();
            (values, activity.unwrap().len(), server.log(slug, Default::default()).len())
        };
        assert_eq!(left("short", &eve), (true, 1, 1));
        server.clock.advance(4 * DAY);
        assert_eq!(left("short", &eve), (true, 1, 0));
        server.clock.advance(2 * DAY);
        assert_eq!(left("short", &eve), (true, 0, 0));
        assert_eq!(left(DEFAULT, &ann), (true, 1, 1));
        server.clock.advance(5 * DAY);
        assert_eq!(left("short", &eve), (false, 0, 0));
        let row = server.journal("short").into_iter().find(|row| row.resource_id == eve).unwrap();
        assert_eq!((row.operation.as_str(), row.actor_name, row.resource_name), ("create", None, None));
        assert!(!server.database.holds("eve") || server.journal("short").iter().all(|row| row.after.is_none()));
        server.clock.advance(90 * DAY);
        assert_eq!(left(DEFAULT, &ann), (true, 0, 0));
        server.clock.advance(300 * DAY);
        assert_eq!(left(DEFAULT, &ann), (false, 0, 0));
    });
}

#[test]
fn ir19_readers_stop_at_the_oldest_running_transaction() {
    for_each_store(|server| {
        let Database::Postgres { .. } = server.database else { return };
        let url = server.database.url();
        let auditor = server.administrator(DEFAULT, "auditor");
        let count = || data(&auditor.get("/admin/audit?resource_type=User").is(200)).len();
        server.client().user("ann");
        settled(server, DEFAULT);
        assert_eq!(count(), 1);
        let (runtime, client) = (runtime(), server.client());
        runtime.block_on(async {
            let (running, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
            let connection = tokio::spawn(connection);
            running.batch_execute("BEGIN; SELECT pg_current_xact_id()").await.unwrap();
            client.user("bob");
            assert_eq!(count(), 1);
            running.batch_execute("ROLLBACK").await.unwrap();
            drop(running);
            connection.await.unwrap().unwrap();
        });
        settled(server, DEFAULT);
        assert_eq!(count(), 2);
    });
}
