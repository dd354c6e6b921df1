//! Whom suspicious activity is told: by mail to those who are named or administer the tenant, and posted to a webhook, signed,
//! once in a while for each kind and subject (S2-35).

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use rollcall::notify::post::{self, Post};
use rollcall::sealing::signature;
use serde_json::{Value, json};

use crate::client::Client;
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{OTHER, text};

const ANN: &str = "ann@example.org";
const HOOK: &str = "/tenants/default/alert-webhook";

fn settings(server: &Server, alerts: Value) {
    let body = json!({ "security": { "alerts": alerts } });
    let admin = server.administrator(DEFAULT, "tenant_admin");
    admin.send("PATCH", "/tenants/default/settings", &[], Some(&body)).is(200);
}

/// Fails to sign in until it is found.
fn burst(server: &Server, email: &str) {
    burst_of(server, DEFAULT, email);
}

fn burst_of(server: &Server, slug: &str, email: &str) {
    // As from many addresses, each of which is heard at once.
    server.database.execute("DELETE FROM guess");
    for _ in 0..5 {
        server.log_in(slug, email, OTHER).is(401);
    }
    server.clock.advance(15 * 60);
}

/// Sends what is due, and gives what came since: to whom, subject, text.
fn mails(server: &Server, folder: &Path) -> Vec<(String, String, String)> {
    let worker = server.mail_worker(Post::Folder(folder.to_owned()), "http://x");
    while server.wait(worker.send_due()).unwrap() > 0 {}
    let mut all: Vec<_> = post::list(folder)
        .unwrap()
        .into_iter()
        .filter(|mail| mail.subject.contains("suspicious"))
        .map(|mail| (mail.to, mail.subject, post::show(folder, &mail.name).unwrap()))
        .collect();
    all.sort();
    let _gone = std::fs::remove_dir_all(folder);
    all
}

fn recipients(mails: &[(String, String, String)]) -> Vec<&str> {
    mails.iter().map(|(to, ..)| to.as_str()).collect()
}

#[test]
fn s2_35_administrators_are_told_by_mail_once_in_a_while() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("mail");
        let admin = server.newcomer(DEFAULT, "admin@example.org", "tenant_admin");
        server.set_user(&admin.id.to_string(), "email_verified = true");
        server.newcomer(DEFAULT, ANN, "viewer");
        server.newcomer(DEFAULT, "bob@example.org", "viewer");
        burst(server, ANN);
        let told = mails(server, &folder);
        assert_eq!(recipients(&told), ["admin@example.org"]);
        assert_eq!(told[0].1, "Medium: suspicious activity at default");
        assert!(told[0].2.contains("MultipleFailures: 5 failed sign-ins in 1 minute.") && told[0].2.contains(ANN));
        burst(server, ANN);
        assert_eq!(recipients(&mails(server, &folder)), Vec::<&str>::new(), "not again so soon");
        burst(server, "bob@example.org");
        assert_eq!(recipients(&mails(server, &folder)), ["admin@example.org"], "another subject");
        server.clock.advance(3600);
        burst(server, ANN);
        let told = mails(server, &folder);
        assert!(told[0].1.starts_with("High:") && told[0].2.contains("15 failed sign-ins"), "{told:?}");
        // Seeing to it opens no way to be told more often.
        let client = server.administrator(DEFAULT, "tenant_admin");
        let list = client.get("/tenants/default/suspicious-activity").is(200);
        for one in list["data"].as_array().unwrap() {
            let path = format!("/tenants/default/suspicious-activity/{}/acknowledge", text(one, "id"));
            client.post(&path, &json!({})).is(200);
        }
        burst(server, ANN);
        assert_eq!(recipients(&mails(server, &folder)), Vec::<&str>::new());
        assert_eq!(
            client.get("/tenants/default/suspicious-activity?acknowledged=false").is(200)["data"][0]["amount"],
            5
        );
    });
}

#[test]
fn s2_35_who_is_told_and_of_what_is_the_tenants_to_say() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("mail");
        let admin = server.newcomer(DEFAULT, "admin@example.org", "tenant_admin");
        server.set_user(&admin.id.to_string(), "email_verified = true");
        let mut number = 0;
        let mut next = || {
            number += 1;
            let email = format!("u{number}@example.org");
            server.newcomer(DEFAULT, &email, "viewer");
            burst(server, &email);
        };
        settings(server, json!({ "recipients": ["soc@example.net", "it@example.net"] }));
        next();
        assert_eq!(recipients(&mails(server, &folder)), ["it@example.net", "soc@example.net"]);
        settings(server, json!({ "min_severity": "High" }));
        next();
        assert_eq!(recipients(&mails(server, &folder)), Vec::<&str>::new());
        settings(server, json!({ "min_severity": null, "mail": false }));
        next();
        assert_eq!(recipients(&mails(server, &folder)), Vec::<&str>::new());
        settings(server, json!({ "mail": true, "recipients": [], "most_per_hour": 2 }));
        server.clock.advance(3600);
        (0..4).for_each(|_| next());
        assert_eq!(recipients(&mails(server, &folder)), ["admin@example.org"; 2], "no flood fills the mailbox");
    });
}

#[test]
fn s2_35_of_a_tenant_that_nobody_administers_the_owners_are_told() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        let owner = server.client().user("owner");
        server.make_owner(&owner);
        server.newcomer("other", ANN, "viewer");
        for _ in 0..5 {
            server.log_in("other", ANN, OTHER).is(401);
        }
        let told = mails(server, &folder.path().join("mail"));
        assert_eq!(recipients(&told), [format!("{owner}@x.test")]);
        assert!(told[0].1.ends_with("at other"), "{told:?}");
    });
}

/// A new user whom mails reach.
fn reachable(server: &Server, slug: &str, email: &str) -> String {
    let id = server.connect(slug, "hr").user(email);
    server.set_user(&id, &format!("email = '{email}', email_verified = true"));
    id
}

#[test]
fn s2_35_who_administers_by_a_group_or_an_org_unit_is_told_too() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("mail");
        let [ann, bob, cleo, dave, eve] = ["ann", "bob", "cleo", "dave", "eve"]
            .map(|name| reachable(server, DEFAULT, &format!("{name}@example.org")));
        let owner = server.owner();
        let give = |kind: &str, id: &str, scope: Value| {
            let body = json!({ "subject": { "type": kind, "id": id }, "role": "tenant_admin", "scope": scope });
            owner.post("/tenants/default/grants", &body).is(201);
        };
        let whole = || json!({ "type": "tenant" });
        let client = server.connect(DEFAULT, "hr");
        let inner = client.group("inner", &[&ann]);
        give("group", &client.group("outer", &[&inner]), whole());
        let sales = server.unit(DEFAULT, "Sales", None);
        server.put_into(&bob, &server.unit(DEFAULT, "EMEA", Some(&sales)), true);
        give("org_unit", &sales.id, whole());
        // Over an org unit alone, until a time that has passed, and of somebody who cannot sign in: none of them.
        give("user", &cleo, json!({ "type": "org_unit", "id": sales.id }));
        server.grant(server.tenant(DEFAULT).id, &dave, "tenant_admin", Some(server.database.epoch()));
        give("user", &eve, whole());
        server.set_user(&eve, "status = 'DISABLED'");
        server.newcomer(DEFAULT, "victim@example.org", "viewer");
        burst(server, "victim@example.org");
        assert_eq!(recipients(&mails(server, &folder)), [ANN, "bob@example.org"]);
    });
}

#[test]
fn s2_35_of_a_partners_tenant_that_nobody_administers_the_partner_is_told() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("mail");
        let partner = server.partner_of("other");
        let [pat, sam] = ["pat@example.net", "sam@example.net"].map(|email| reachable(server, DEFAULT, email));
        server.grant_over_partner(&pat, partner);
        server.grant_over_partner(&sam, server.partner_of("third"));
        server.newcomer("other", ANN, "viewer");
        burst_of(server, "other", ANN);
        assert_eq!(recipients(&mails(server, &folder)), ["pat@example.net"]);
        let own = reachable(server, "other", "own@example.org");
        server.grant(server.tenant("other").id, &own, "tenant_admin", None);
        server.clock.advance(3600);
        burst_of(server, "other", ANN);
        assert_eq!(recipients(&mails(server, &folder)), ["own@example.org"]);
    });
}

/// Takes requests, answering each with the next status; gives their heads and bodies.
fn receiver(statuses: &'static [u16]) -> (String, std::thread::JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let take = move |status: &u16| {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = Vec::new();
        loop {
            let mut part = [0; 4096];
            let count = stream.read(&mut part).unwrap();
            read.extend_from_slice(&part[..count]);
            let text = String::from_utf8(read.clone()).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let head = head.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            if body.len() >= length.unwrap_or_default() {
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).unwrap();
                return (head, body.to_owned());
            }
        }
    };
    (url, std::thread::spawn(move || statuses.iter().map(take).collect()))
}

fn set_hook(client: &Client, url: &str) -> Value {
    client.put(HOOK, &json!({ "url": url })).is(200)["data"].clone()
}

#[test]
fn s2_35_a_webhook_gets_what_was_found_signed_and_again_until_it_takes_it() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (url, requests) = receiver(&[503, 302, 204]);
        assert_eq!(admin.get(HOOK).is(200)["data"]["url"], Value::Null);
        let old = set_hook(&admin, "http://127.0.0.1:9/nobody");
        let made = set_hook(&admin, &url);
        assert_ne!(old["secret"], made["secret"]);
        assert_eq!(admin.get(HOOK).is(200)["data"]["url"], url);
        assert!(!admin.get(HOOK).text.contains(text(&made, "secret")), "shown once");
        assert!(!server.database.holds(text(&made, "secret")), "and kept sealed");
        settings(server, json!({ "mail": false }));
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        burst(server, ANN);
        let worker = server.mail_worker(Post::Folder(folder.path().to_owned()), "http://x");
        for _ in 0..3 {
            assert_eq!(server.wait(worker.send_due()).unwrap(), 1);
            server.clock.advance(3600);
        }
        assert_eq!(server.wait(worker.send_due()).unwrap(), 0, "it was taken");
        let got = requests.join().unwrap();
        for (head, body) in &got {
            assert!(head.starts_with("post /hook http/1.1"), "{head}");
            let header = |name: &str| {
                let found = head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
                found.unwrap_or_else(|| panic!("{name} in {head}")).to_owned()
            };
            let signed = format!("{}.{body}", header("x-rollcall-timestamp"));
            assert_eq!(header("x-rollcall-signature"), signature(text(&made, "secret").as_bytes(), &signed));
            let body: Value = serde_json::from_str(body).unwrap();
            assert_eq!(
                (&body["type"], &body["alert_type"]),
                (&json!("suspicious_activity"), &json!("MultipleFailures"))
            );
            assert_eq!((&body["user_id"], &body["email"]), (&json!(ann.id.to_string()), &json!(ANN)));
            assert_eq!(
                (&body["tenant"], &body["severity"], &body["amount"]),
                (&json!(DEFAULT), &json!("Medium"), &json!(5))
            );
        }
        let deliveries: Vec<Value> =
            got.iter().map(|(_, body)| serde_json::from_str::<Value>(body).unwrap()["delivery"].clone()).collect();
        assert!(deliveries[0].is_i64() && deliveries.iter().all(|one| *one == deliveries[0]), "{deliveries:?}");
    });
}

#[test]
fn s2_35_a_webhook_is_the_tenants_and_goes_nowhere_once_it_is_taken_away() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        let admin = server.administrator(DEFAULT, "tenant_admin");
        server.tenant("other");
        for url in ["http://example.org/", "ftp://example.org", "https://a:b@example.org/", "x", ""] {
            assert_eq!(
                admin.put(HOOK, &json!({ "url": url })).is(422)["detail"][0]["loc"],
                json!(["body", "url"]),
                "{url}"
            );
        }
        server.administrator("other", "tenant_admin").get(HOOK).is(404);
        server.administrator(DEFAULT, "auditor").put(HOOK, &json!({ "url": "https://example.org/" })).is(403);
        admin.delete(HOOK).is(404);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        set_hook(&admin, &format!("http://{}/", listener.local_addr().unwrap()));
        settings(server, json!({ "mail": false }));
        server.newcomer(DEFAULT, ANN, "viewer");
        burst(server, ANN);
        admin.delete(HOOK).is(204);
        let worker = server.mail_worker(Post::Folder(folder.path().to_owned()), "http://x");
        assert_eq!(server.wait(worker.send_due()).unwrap(), 1);
        assert_eq!(server.wait(worker.send_due()).unwrap(), 0);
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err(), "nothing was posted");
        let journal = server.journal(DEFAULT);
        let rows: Vec<_> = journal.iter().filter(|row| row.resource_type == "AlertWebhook").collect();
        assert_eq!(rows.len(), 2);
    });
}

#[test]
fn ir19_nothing_is_told_of_a_user_who_was_erased() {
    for_each_store(|server| {
        let folder = tempfile::tempdir().unwrap();
        settings(server, json!({ "recipients": ["soc@example.net"] }));
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        burst(server, ANN);
        server.owner().delete(&format!("/admin/users/{}", ann.id)).is(204);
        let (permit, cx, id) = (server.permit(DEFAULT), server.cx(), ann.id.to_string());
        let erased = rollcall::directory::users::erase(server.directory(), &permit, &cx, &id);
        server.wait(erased).unwrap();
        let of_ann = format!("user_id = {}", server.database.id(&id));
        assert_eq!(server.database.number(&format!("SELECT count(*) FROM suspicion WHERE {of_ann}")), 0);
        let mails = mails(server, folder.path());
        assert_eq!(recipients(&mails), Vec::<&str>::new());
    });
}
