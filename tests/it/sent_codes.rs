//! Codes that are sent by mail and as text messages: read where a user would read them (S0-12, S0-13, IR-6).

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use rollcall::notify::Worker;
use rollcall::notify::post::Post;
use rollcall::notify::text_messages::Texts;
use rollcall::sealing::signature;
use rollcall::secret::Secret;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::client::{Answer, Client};
use crate::mfa::{due, prove};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";
pub(crate) const PHONE: &str = "+4915112345678";

/// Where messages lie, and what sends them there.
pub(crate) struct Sink {
    worker: Worker,
    folder: TempDir,
}

impl Sink {
    pub(crate) fn new(server: &Server) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let worker = server.directory().mail_worker(Post::Folder(at("mail")), Texts::Folder(at("sms")), "http://x");
        Self { worker: server.wait(worker).unwrap(), folder }
    }

    /// Sends what is due, and takes the only message that came to a folder.
    fn message(&self, server: &Server, kind: &str) -> String {
        server.wait(self.worker.send_due()).unwrap();
        let folder = self.folder.path().join(kind);
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // What is told of a factor that was set up is no code.
            if std::fs::read_to_string(&path).unwrap().contains("\nSubject: Your second factors changed\n") {
                std::fs::remove_file(path).unwrap();
            } else {
                files.push(path);
            }
        }
        assert_eq!(files.len(), 1, "{files:?}");
        let file = files.remove(0);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        text
    }

    /// Sends what is due, and takes every message that came to a folder; alerts to administrators aside.
    pub(crate) fn messages(&self, server: &Server, kind: &str) -> Vec<String> {
        while server.wait(self.worker.send_due()).unwrap() > 0 {}
        let Ok(files) = std::fs::read_dir(self.folder.path().join(kind)) else { return Vec::new() };
        let take = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap();
            std::fs::remove_file(path).unwrap();
            text
        };
        let all = files.map(|entry| take(entry.unwrap().path()));
        all.filter(|message| !message.contains("suspicious activity at")).collect()
    }

    /// The code in it.
    pub(crate) fn code(&self, server: &Server, kind: &str) -> String {
        let message = self.message(server, kind);
        let (_, said) = message.split_once("\n\n").unwrap();
        let words = said.split(|character: char| !character.is_ascii_digit());
        words.into_iter().find(|word| word.len() == 6).unwrap_or_else(|| panic!("{message}")).to_owned()
    }
}

pub(crate) fn challenge(server: &Server, due: &Value, method: &str) -> Answer {
    let body = json!({ "mfa_token": text(due, "mfa_token"), "method": method });
    server.rest(None).post("/auth/mfa/challenge", &body)
}

pub(crate) fn set_up(server: &Server, sink: &Sink, who: &Client, method: &str, kind: &str) -> Value {
    let body = if method == "sms" { json!({ "phone": PHONE }) } else { json!({}) };
    let sent = who.post(&format!("/me/mfa/{method}"), &body).is(200)["data"].clone();
    assert!(text(&sent, "sent_to").contains("•••"), "{sent}");
    let verify = |code: &str| who.post(&format!("/me/mfa/{method}/verify"), &json!({ "code": code }));
    verify("000000").is(422);
    let code = sink.code(server, kind);
    let done = verify(&code).is(200)["data"].clone();
    assert_eq!(done["enabled"], true);
    done
}

#[test]
fn s0_12_s0_13_codes_are_sent_where_they_were_set_up() {
    for_each_store(|server| {
        for (method, kind) in [("sms", "sms"), ("email", "mail")] {
            let email = format!("{method}@example.org");
            server.newcomer(DEFAULT, &email, "viewer");
            let sink = Sink::new(server);
            let done = set_up(server, &sink, &server.signed_in(DEFAULT, &email), method, kind);
            assert!(done["recovery_codes"].is_array(), "{done}");
            server.clock.advance(30);
            let due = due(server, &email);
            assert_eq!(due["methods"], json!([method, "recovery_code"]));
            prove(server, &due, method, "123456").is(401);
            let sent = challenge(server, &due, method).is(200);
            assert_eq!((&sent["method"], &sent["retry_after"]), (&json!(method), &json!(30)));
            let code = sink.code(server, kind);
            assert!(!server.database.holds(&code), "only a keyed hash is kept");
            prove(server, &due, method, &code).is(200);
        }
        assert!(!server.database.holds(PHONE), "numbers are sealed");
    });
}

#[test]
fn s0_12_a_code_works_once_and_only_the_latest_and_where_it_was_asked_for() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let sink = Sink::new(server);
        set_up(server, &sink, &server.signed_in(DEFAULT, ANN), "sms", "sms");
        server.clock.advance(30);
        let (first, second) = (due(server, ANN), due(server, ANN));
        challenge(server, &first, "sms").is(200);
        let old = sink.code(server, "sms");
        assert_eq!(challenge(server, &first, "sms").status, 429);
        server.clock.advance(30);
        challenge(server, &first, "sms").is(200);
        let new = sink.code(server, "sms");
        prove(server, &second, "sms", &new).is(401);
        if old != new {
            prove(server, &first, "sms", &old).is(401);
        }
        prove(server, &first, "sms", &new).is(200);
        prove(server, &first, "sms", &new).is(401);
    });
}

#[test]
fn ir6_codes_are_not_sent_too_often() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let sink = Sink::new(server);
        set_up(server, &sink, &server.signed_in(DEFAULT, ANN), "sms", "sms");
        let mut sent = 0;
        let refused = loop {
            server.clock.advance(30);
            let answer = challenge(server, &due(server, ANN), "sms");
            if answer.status != 200 {
                break answer;
            }
            sent += 1;
        };
        assert_eq!((refused.status, sent), (429, 5));
        let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
        assert!((3000..3600).contains(&wait), "{wait}");
        server.clock.advance(wait);
        challenge(server, &due(server, ANN), "sms").is(200);
        assert!(server.log_in(DEFAULT, ANN, PASSWORD).is(200)["mfa_required"] == true);
    });
}

#[test]
fn ir6_a_day_allows_ten_codes_to_an_address_and_a_tenant_has_its_own_limit() {
    for_each_store(|server| {
        for (slug, email) in [(DEFAULT, ANN), (DEFAULT, "bob@example.org"), ("other", ANN)] {
            server.newcomer(slug, email, "viewer");
        }
        let ask =
            |slug: &str, email: &str| server.signed_in(slug, email).post("/me/mfa/sms", &json!({ "phone": PHONE }));
        for _ in 0..2 {
            for _ in 0..5 {
                ask(DEFAULT, ANN).is(200);
                server.clock.advance(30);
            }
            assert_eq!(ask(DEFAULT, ANN).status, 429, "five an hour");
            server.clock.advance(3600 - 150);
        }
        let refused = ask(DEFAULT, ANN);
        refused.is(429);
        // The day began with the first of them, two hours ago.
        assert_eq!(refused.header("retry-after"), Some((24 * 3600 - 7200).to_string().as_str()));
        // Another address of hers has a count of its own, and so has another user.
        let elsewhere = server.signed_in(DEFAULT, ANN).post("/me/mfa/sms", &json!({ "phone": "+4915187654321" }));
        elsewhere.is(200);
        ask(DEFAULT, "bob@example.org").is(200);
        server.clock.advance(30);
        // As if the tenant had sent all of its day: whoever it is must wait, and another tenant need not.
        server.database.execute("UPDATE guess SET failures = 5000 WHERE failures = 12");
        assert_eq!(ask(DEFAULT, "bob@example.org").status, 429);
        ask("other", ANN).is(200);
    });
}

#[test]
fn ir18_a_mailed_code_is_no_second_factor_after_a_mailed_reset_nor_above_tenants() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let sink = Sink::new(server);
        set_up(server, &sink, &server.signed_in(DEFAULT, ANN), "email", "mail");
        assert_eq!(due(server, ANN)["methods"], json!(["email", "recovery_code"]));
        let boss = server.newcomer(DEFAULT, "boss@example.org", "platform_owner");
        set_up(server, &sink, &server.signed_in(DEFAULT, &boss.user_name), "email", "mail");
        assert_eq!(due(server, &boss.user_name)["methods"], json!(["recovery_code"]));
        let link = server.link(&server.account(&ann), rollcall::store::one_time_links::Purpose::Reset);
        let reset = json!({ "token": link, "new_password": PASSWORD.replace("four", "five") });
        server.rest(None).post("/auth/password/reset", &reset).is(204);
        let after = || server.log_in(DEFAULT, ANN, &PASSWORD.replace("four", "five")).is(200);
        server.clock.advance(24 * 3600 - 1);
        let held = after();
        assert_eq!(held["methods"], json!(["recovery_code"]), "{held}");
        challenge(server, &held, "email").is(422);
        server.clock.advance(1);
        assert_eq!(after()["methods"], json!(["email", "recovery_code"]));
    });
}

/// Takes one request and answers 200; gives its head and body.
fn one_request(listener: TcpListener) -> std::thread::JoinHandle<(String, String)> {
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut read = Vec::new();
        loop {
            let mut part = [0; 4096];
            let count = stream.read(&mut part).unwrap();
            read.extend_from_slice(&part[..count]);
            let text = String::from_utf8(read.clone()).unwrap();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length =
                    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
                if length.is_none_or(|length: usize| body.len() >= length) {
                    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
                    return (head.to_lowercase(), body.to_owned());
                }
            }
        }
    })
}

#[test]
fn s0_12_gateways_get_signed_json_or_the_usual_form() {
    let server = crate::server::start();
    server.newcomer(DEFAULT, ANN, "viewer");
    let ann = server.signed_in(DEFAULT, ANN);
    for (user, secret, from) in [("", Some("hush"), None), ("sid:token@", None, Some("+1555"))] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Secret::new(format!("http://{user}{}/send", listener.local_addr().unwrap()));
        let secret = secret.map(|secret| Secret::new(secret.to_owned()));
        let texts = Texts::gateway(&url, secret.clone(), from.map(str::to_owned)).unwrap();
        let request = one_request(listener);
        ann.post("/me/mfa/sms", &json!({ "phone": PHONE })).is(200);
        let worker = server.directory().mail_worker(Post::Folder("nowhere".into()), texts, "http://x");
        server.wait(server.wait(worker).unwrap().send_due()).unwrap();
        let (head, body) = request.join().unwrap();
        assert!(head.starts_with("post /send http/1.1"), "{head}");
        let header =
            |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned);
        if let Some(secret) = secret {
            let time = header("x-rollcall-timestamp").unwrap();
            let signature = signature(secret.reveal().as_bytes(), &format!("{time}.{body}"));
            assert_eq!(header("x-rollcall-signature"), Some(signature));
            assert_eq!(serde_json::from_str::<Value>(&body).unwrap()["to"], PHONE);
        } else {
            assert_eq!(header("authorization").as_deref(), Some("basic c2lkonrva2vu"), "the head is in lower case");
            assert!(body.starts_with("To=%2B4915112345678&From=%2B1555&Body="), "{body}");
        }
        server.clock.advance(30);
    }
}
