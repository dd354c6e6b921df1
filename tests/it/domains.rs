//! IR-10: the domains of tenants. The test says what stands in the DNS.

use std::collections::HashMap;
use std::sync::{Mutex, mpsc};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rollcall::access::Actor;
use rollcall::directory::domains::{self, NoAnswer, Resolver};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::client::Client;
use crate::program::for_each_place;
use crate::server::{DEFAULT, Server, for_each_store};

const DAY: i64 = 24 * 3600;

/// What stands in the DNS; a name that is not here does not exist, and `None` gives no answer.
#[derive(Default)]
pub(crate) struct SetDns {
    records: Mutex<HashMap<String, Option<Vec<String>>>>,
    slow: Mutex<Option<Slow>>,
}

/// An answer that is known and not given yet: it says that it was asked for, and waits until it may come.
struct Slow {
    asked: mpsc::Sender<()>,
    go: oneshot::Receiver<()>,
}

impl SetDns {
    pub(crate) fn publish(&self, name: &Value, texts: &[&str]) {
        let texts = texts.iter().map(|text| (*text).to_owned()).collect();
        self.records.lock().unwrap().insert(name.as_str().unwrap().to_owned(), Some(texts));
    }

    /// Holds the next answer back.
    fn hold(&self) -> (mpsc::Receiver<()>, oneshot::Sender<()>) {
        let ((asked, is_asked), (let_go, go)) = (mpsc::channel(), oneshot::channel());
        *self.slow.lock().unwrap() = Some(Slow { asked, go });
        (is_asked, let_go)
    }

    fn fail(&self, name: &Value) {
        self.records.lock().unwrap().insert(name.as_str().unwrap().to_owned(), None);
    }
}

impl Resolver for SetDns {
    fn texts(&self, name: String) -> BoxFuture<'static, Result<Vec<String>, NoAnswer>> {
        let found = self.records.lock().unwrap().get(&name).cloned().unwrap_or_else(|| Some(Vec::new()));
        let slow = self.slow.lock().unwrap().take();
        async move {
            if let Some(Slow { asked, go }) = slow {
                asked.send(()).unwrap();
                go.await.unwrap();
            }
            found.ok_or_else(|| NoAnswer("no server".to_owned()))
        }
        .boxed()
    }
}

#[track_caller]
fn add(client: &Client, slug: &str, domain: &str) -> Value {
    client.post(&format!("/tenants/{slug}/domains"), &json!({ "domain": domain })).is(201)["data"].clone()
}

/// The domains of a tenant with their status.
fn listed(client: &Client, slug: &str) -> Vec<(String, String)> {
    let list = client.get(&format!("/tenants/{slug}/domains")).is(200);
    let text = |domain: &Value, name: &str| domain[name].as_str().unwrap().to_owned();
    list["data"].as_array().unwrap().iter().map(|domain| (text(domain, "domain"), text(domain, "status"))).collect()
}

fn prove(server: &Server, client: &Client, slug: &str, domain: &str) {
    let added = add(client, slug, domain);
    server.dns.publish(&added["txt_name"], &[added["txt_value"].as_str().unwrap()]);
    let proven = client.send("POST", &format!("/tenants/{slug}/domains/{domain}/verify"), &[], None).is(200);
    assert_eq!(proven["data"]["status"], "verified");
}

fn pair(domain: &str, status: &str) -> (String, String) {
    (domain.to_owned(), status.to_owned())
}

#[test]
fn ir10_a_domain_is_proven_by_its_record_alone() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let added = add(&admin, DEFAULT, "Example.ORG");
        assert_eq!((&added["domain"], &added["status"]), (&json!("example.org"), &json!("pending")));
        let (name, value) = (&added["txt_name"], added["txt_value"].as_str().unwrap());
        assert_eq!(name, "_rollcall-challenge.example.org");
        let verify = || admin.send("POST", &format!("/tenants/{DEFAULT}/domains/example.org/verify"), &[], None);
        assert_eq!(verify().is(409)["code"], "unverified");
        server.dns.publish(name, &["something else", &value.to_uppercase()]);
        assert_eq!(verify().is(409)["code"], "unverified");
        server.dns.fail(name);
        verify().is(503);
        assert_eq!(listed(&admin, DEFAULT), [pair("example.org", "pending")]);
        server.dns.publish(name, &["something else", value]);
        let proven = verify().is(200);
        assert_eq!(proven["data"]["status"], "verified");
        assert!(proven["data"]["verified_at"].is_string());
        let rows: Vec<_> = server.journal(DEFAULT).into_iter().filter(|row| row.resource_type == "Domain").collect();
        let told: Vec<_> = rows.iter().map(|row| (row.operation.as_str(), row.resource_id.as_str())).collect();
        assert_eq!(told, [("create", "example.org"), ("update", "example.org")]);
        assert_eq!(rows[1].after.as_ref().unwrap()["status"], "verified");
        assert_eq!(verify().is(200)["data"]["verified_at"], proven["data"]["verified_at"]);
        assert_eq!(server.journal(DEFAULT).iter().filter(|row| row.resource_type == "Domain").count(), 2);
    });
}

/// Whoever lost a domain and adds it again proves it by the new record: not by the old one, for which somebody looked before.
#[test]
fn ir10_a_domain_that_came_anew_is_not_proven_by_what_was_asked_before() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let (domains, one) = (format!("/tenants/{DEFAULT}/domains"), format!("/tenants/{DEFAULT}/domains/example.org"));
        let added = add(&admin, DEFAULT, "example.org");
        server.dns.publish(&added["txt_name"], &[added["txt_value"].as_str().unwrap()]);
        let (is_asked, let_go) = server.dns.hold();
        std::thread::scope(|scope| {
            let verifying = scope.spawn(|| admin.send("POST", &format!("{one}/verify"), &[], None));
            is_asked.recv().unwrap();
            admin.delete(&one).is(204);
            admin.post(&domains, &json!({ "domain": "example.org" })).is(201);
            let_go.send(()).unwrap();
            verifying.join().unwrap().is(404);
        });
        assert_eq!(listed(&admin, DEFAULT), [pair("example.org", "pending")]);
        let rows = server.journal(DEFAULT);
        assert!(rows.iter().all(|row| row.resource_type != "Domain" || row.operation.as_str() != "update"));
    });
}

#[test]
fn ir10_a_proven_domain_is_one_tenants_only() {
    for_each_store(|server| {
        let (mine, theirs) =
            (server.administrator(DEFAULT, "tenant_admin"), server.administrator("other", "tenant_admin"));
        let before = add(&theirs, "other", "example.org");
        prove(server, &mine, DEFAULT, "example.org");
        let value = before["txt_value"].as_str().unwrap();
        server.dns.publish(&before["txt_name"], &[value]);
        let late = theirs.send("POST", "/tenants/other/domains/example.org/verify", &[], None);
        assert_eq!(late.is(409)["code"], "taken");
        theirs.delete("/tenants/other/domains/example.org").is(204);
        let again = theirs.post("/tenants/other/domains", &json!({ "domain": "example.org" }));
        assert_eq!(again.is(409)["code"], "taken");
        let twice = mine.post(&format!("/tenants/{DEFAULT}/domains"), &json!({ "domain": "example.org" }));
        assert_eq!(twice.is(409)["code"], "taken");
        // What is given up can be another's.
        mine.delete(&format!("/tenants/{DEFAULT}/domains/example.org")).is(204);
        mine.delete(&format!("/tenants/{DEFAULT}/domains/example.org")).is(404);
        prove(server, &theirs, "other", "example.org");
        assert_eq!(listed(&theirs, "other"), [pair("example.org", "verified")]);
    });
}

#[test]
fn ir10_public_domains_and_what_is_none_are_refused() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        for bad in ["gmail.com", "GMX.de", "example", "bücher.de", "a b.org", "x@example.org", "no-email.invalid", ""]
        {
            let refused = admin.post(&format!("/tenants/{DEFAULT}/domains"), &json!({ "domain": bad })).is(422);
            assert_eq!(refused["detail"][0]["loc"], json!(["body", "domain"]), "{bad}: {refused}");
        }
        assert!(listed(&admin, DEFAULT).is_empty());
    });
}

#[test]
fn ir10_only_who_runs_the_platform_asserts_a_domain() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let body = json!({ "domain": "example.org", "assert": true });
        let path = format!("/tenants/{DEFAULT}/domains");
        admin.post(&path, &body).is(403);
        assert!(listed(&admin, DEFAULT).is_empty());
        let asserted = server.owner().post(&path, &body).is(201);
        assert_eq!(asserted["data"]["status"], "verified");
        assert!(asserted["data"]["asserted_by"].as_str().unwrap().starts_with("user:"));
        let row = server.journal(DEFAULT).into_iter().rfind(|row| row.resource_type == "Domain").unwrap();
        assert!(row.after.unwrap()["assertedBy"].is_string());
        let reader = server.administrator(DEFAULT, "auditor");
        assert_eq!(listed(&reader, DEFAULT).len(), 1);
        reader.delete(&format!("{path}/example.org")).is(403);
        server.administrator("other", "tenant_admin").get(&path).is(404);
    });
}

#[test]
fn ir10_proofs_are_looked_at_again_each_week() {
    for_each_store(|server| {
        let admin = server.administrator(DEFAULT, "tenant_admin");
        prove(server, &admin, DEFAULT, "stays.org");
        prove(server, &admin, DEFAULT, "goes.org");
        prove(server, &admin, DEFAULT, "silent.org");
        let asserted = json!({ "domain": "asserted.org", "assert": true });
        server.owner().post(&format!("/tenants/{DEFAULT}/domains"), &asserted).is(201);
        server.dns.publish(&json!("_rollcall-challenge.goes.org"), &[]);
        server.dns.fail(&json!("_rollcall-challenge.silent.org"));
        let recheck =
            || server.wait(domains::recheck(server.directory(), &Actor::system("job:domains"), &server.cx())).unwrap();
        server.clock.advance(6 * DAY);
        recheck();
        assert!(listed(&admin, DEFAULT).iter().all(|(_, status)| status == "verified"));
        server.clock.advance(2 * DAY);
        recheck();
        recheck();
        let after = [
            ("asserted.org", "verified"),
            ("goes.org", "pending"),
            ("silent.org", "verified"),
            ("stays.org", "verified"),
        ];
        assert_eq!(listed(&admin, DEFAULT), after.map(|(domain, status)| pair(domain, status)));
        let told = server.journal(DEFAULT).into_iter().filter(|row| row.actor.1 == "job:domains");
        assert_eq!(told.map(|row| row.resource_id).collect::<Vec<_>>(), ["goes.org"]);
    });
}

#[test]
fn ir10_the_command_line_asserts_a_domain() {
    for_each_place(|place| {
        place.serve().stop();
        let added = place.run(&["domain", "add", "--tenant", DEFAULT, "Example.org"]).succeeds();
        assert_eq!(added.trim(), "example.org");
        let refused = place.run(&["domain", "add", "--tenant", DEFAULT, "gmail.com"]).fails();
        assert!(refused.contains("anybody"), "{refused}");
        place.run(&["domain", "add", "--tenant", "none", "example.net"]).fails();
    });
}
