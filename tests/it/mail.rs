//! Mails: put into the outbox with a change, made when they are sent, sent by SMTP or written into files. Against a real
//! SMTP server when `ROLLCALL_TEST_SMTP_PYTHON` names a Python that has aiosmtpd, as `cargo xtask test` does.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use rollcall::clock::Clock as _;
use rollcall::error::Error;
use rollcall::ids::UserId;
use rollcall::lifetimes::Lifetimes;
use rollcall::notify::outbox::{self, Message};
use rollcall::notify::post::{self, Post};
use rollcall::notify::text_messages::Texts;
use rollcall::notify::{MOST_ATTEMPTS, Purpose};
use rollcall::secret::Secret;
use rollcall::store::outbox as rows;
use serde_json::{Value, json};

use crate::program::Place;
use crate::server::{DEFAULT, Server, for_each_store};

const URL: &str = "https://id.example.org/base";

/// A user with an e-mail that is theirs.
fn user(server: &Server, name: &str) -> String {
    let id = server.client().user(name);
    server.set_user(&id, &format!("email = '{name}@example.org', email_verified = true"));
    id
}

fn message(server: &Server, user: &str, purpose: Purpose, payload: Value) -> Message {
    let (tenant, user) = (server.tenant(DEFAULT).id, user.parse::<UserId>().unwrap());
    Message { tenant, user, purpose, payload, due: server.clock.now() }
}

fn put(server: &Server, user: &str, purpose: Purpose, payload: Value) {
    let message = message(server, user, purpose, payload);
    server.wait(server.store().write(move |tx| outbox::put(tx, &message))).unwrap();
}

/// What sends mails there, and text messages nowhere.
fn worker(server: &Server, post: &Post) -> rollcall::notify::Worker {
    server.mail_worker(post.clone(), URL)
}

/// Sends what is due; how many there were.
fn send(server: &Server, post: &Post) -> usize {
    server.wait(worker(server, post).send_due()).unwrap()
}

/// How many wait, and how many were given up.
fn count(server: &Server) -> (i64, i64) {
    server.wait(server.store().read(|tx| rows::count(tx, MOST_ATTEMPTS))).unwrap()
}

fn texts(folder: &Path) -> Vec<String> {
    post::list(folder).unwrap().iter().map(|mail| post::show(folder, &mail.name).unwrap()).collect()
}

/// The token in a mail's link.
fn token(text: &str) -> String {
    let (_, rest) = text.split_once("#token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

#[test]
fn mail_is_sent_if_the_change_holds_and_written_for_its_owner_alone() {
    for_each_store(|server| {
        let place = tempfile::tempdir().unwrap();
        let post = Post::Folder(place.path().join("mail"));
        let ann = user(server, "ann");
        let lost = message(server, &ann, Purpose::Reset, json!({}));
        let failed = server.wait(server.store().write(move |tx| {
            outbox::put(tx, &lost)?;
            Err::<(), _>(Error::Stale)
        }));
        assert!(failed.is_err());
        assert_eq!(send(server, &post), 0);
        put(server, &ann, Purpose::Reset, json!({}));
        assert_eq!((send(server, &post), send(server, &post)), (1, 0));
        let folder = place.path().join("mail");
        let mails = texts(&folder);
        assert_eq!(mails.len(), 1);
        assert!(mails[0].starts_with("To: ann@example.org\n"), "{}", mails[0]);
        assert!(mails[0].contains("\nSubject: Set a new password\n"));
        assert!(mails[0].contains(&format!("\n{URL}/link/reset#token=rc_link_")));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let file = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        assert_eq!((mode(&folder), mode(&file)), (0o700, 0o600));
        // Neither the text nor what opens the account is kept; the link that is, is found by its id.
        let token = token(&mails[0]);
        let (id, secret) = token.strip_prefix("rc_link_").unwrap().split_once('.').unwrap();
        assert!(server.database.holds(id) && !server.database.holds(secret));
        assert!(!server.database.holds("somebody asked"));
        assert_eq!(count(server), (0, 0));
    });
}

#[test]
fn mail_goes_to_proven_addresses_and_to_nobody_who_cannot_be_reached() {
    for_each_store(|server| {
        let place = tempfile::tempdir().unwrap();
        let post = Post::Folder(place.path().to_owned());
        let ann = user(server, "ann");
        server.set_user(&ann, "email = 'new@example.org', email_verified = false, verified_email = 'old@example.org'");
        put(server, &ann, Purpose::Reset, json!({}));
        put(server, &ann, Purpose::EmailChange, json!({}));
        put(server, &ann, Purpose::EmailChanged, json!({ "to": "old@example.org" }));
        let bob = user(server, "bob");
        server.set_user(&bob, "email_verified = false");
        put(server, &bob, Purpose::Reset, json!({}));
        put(server, &bob, Purpose::Welcome, json!({}));
        let cy = user(server, "cy");
        server.set_user(&cy, "email = 'X@no-email.INVALID'");
        put(server, &cy, Purpose::Welcome, json!({}));
        let gone = user(server, "gone");
        put(server, &gone, Purpose::PasswordChanged, json!({}));
        server.client().delete(&format!("/Users/{gone}")).is(204);
        while send(server, &post) > 0 {}
        let mut told: Vec<_> =
            post::list(place.path()).unwrap().into_iter().map(|mail| (mail.to, mail.subject)).collect();
        told.sort();
        let expected = [
            ("bob@example.org", "Welcome to default"),
            ("new@example.org", "Confirm your new e-mail address"),
            ("old@example.org", "Set a new password"),
            ("old@example.org", "Your e-mail address was changed"),
        ];
        assert_eq!(told, expected.map(|(to, subject)| (to.to_owned(), subject.to_owned())));
        assert_eq!(count(server), (0, 0));
    });
}

#[test]
fn mail_that_cannot_be_sent_is_tried_again_later_and_given_up_in_the_end() {
    for_each_store(|server| {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let _inside = server.inside();
        let url = Secret::new(format!("smtp://{closed}?tls=none"));
        let post = Post::smtp(&url, "rollcall@example.org").unwrap();
        put(server, &user(server, "ann"), Purpose::PasswordChanged, json!({}));
        for attempt in 1..=MOST_ATTEMPTS {
            assert_eq!(send(server, &post), 1, "attempt {attempt}");
            assert_eq!(send(server, &post), 0, "nothing is due at once");
            server.clock.advance(6 * 3600);
        }
        assert_eq!(send(server, &post), 0);
        assert_eq!(count(server), (0, 1));
        server.clock.advance(40 * 24 * 3600);
        let job = rollcall::access::Actor::system("job:retention");
        server.wait(rollcall::directory::retention::purge_ended(server.directory(), &job, server.clock.now())).unwrap();
        assert_eq!(count(server), (0, 0));
    });
}

#[test]
fn mail_is_sent_once_by_several_at_once() {
    for_each_store(|server| {
        let place = tempfile::tempdir().unwrap();
        let ann = user(server, "ann");
        (0..60).for_each(|_| put(server, &ann, Purpose::PasswordChanged, json!({})));
        let sent: usize = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4)
                .map(|_| {
                    let worker = worker(server, &Post::Folder(place.path().to_owned()));
                    scope.spawn(move || {
                        let runtime = crate::database::runtime();
                        let mut sent = 0;
                        loop {
                            match runtime.block_on(worker.send_due()).unwrap() {
                                0 => return sent,
                                more => sent += more,
                            }
                        }
                    })
                })
                .collect();
            workers.into_iter().map(|worker| worker.join().unwrap()).sum()
        });
        assert!(sent >= 60);
        assert_eq!(post::list(place.path()).unwrap().len(), 60);
    });
}

#[test]
fn mail_a_newer_link_ends_the_older_one() {
    for_each_store(|server| {
        let place = tempfile::tempdir().unwrap();
        let post = Post::Folder(place.path().to_owned());
        let ann = user(server, "ann");
        for _ in 0..2 {
            put(server, &ann, Purpose::Reset, json!({}));
            server.clock.advance(1);
            assert_eq!(send(server, &post), 1);
        }
        let ids: Vec<String> = texts(place.path())
            .iter()
            .map(|text| token(text).strip_prefix("rc_link_").unwrap().split_once('.').unwrap().0.to_owned())
            .collect();
        let alive = |id: &String| {
            let id = id.clone();
            let found = server.store().read(move |tx| rollcall::store::credentials::one_time_link(tx, &id));
            server.wait(found).unwrap().is_some()
        };
        assert_eq!(ids.iter().map(alive).collect::<Vec<_>>(), [false, true]);
    });
}

#[test]
fn ir5_the_installation_says_how_long_mailed_links_work() {
    let lifetimes =
        Lifetimes { reset_link: 600, verify_link: 2 * 3600, welcome_link: 24 * 3600, ..Lifetimes::default() };
    for_each_store(|server| {
        let directory = server.directory().clone().with_lifetimes(lifetimes);
        let ann = user(server, "ann");
        for (purpose, seconds, says) in [
            (Purpose::Reset, lifetimes.reset_link, "until 2027-01-15 08:10 UTC"),
            (Purpose::Verify, lifetimes.verify_link, "until 2027-01-15 10:00 UTC"),
            (Purpose::Welcome, lifetimes.welcome_link, "until 2027-01-16 08:00 UTC"),
            // Not the installation's to say.
            (Purpose::Enrol, 24 * 3600, "until 2027-01-16 08:00 UTC"),
        ] {
            let place = tempfile::tempdir().unwrap();
            put(server, &ann, purpose, json!({}));
            let (post, nowhere) = (Post::Folder(place.path().to_owned()), Texts::Folder("nowhere".into()));
            let worker = server.block_on(directory.mail_worker(post, nowhere, URL)).unwrap();
            assert_eq!(server.wait(worker.send_due()).unwrap(), 1);
            let mail = texts(place.path()).concat();
            assert!(mail.contains(says), "{mail}");
            let id = token(&mail).strip_prefix("rc_link_").unwrap().split_once('.').unwrap().0.to_owned();
            let link = server.store().read(move |tx| rollcall::store::credentials::one_time_link(tx, &id));
            assert_eq!(server.wait(link).unwrap().unwrap().expires, server.clock.now().plus_seconds(seconds));
        }
    });
}

#[test]
fn mail_in_files_is_listed_shown_and_warned_of() {
    let place = Place::sqlite();
    place.serve().stop();
    assert_eq!(place.run(&["mail", "list"]).succeeds(), "");
    let folder = place.data().join("mail");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("7-x.txt"), "To: ann@example.org\nDate: today\nSubject: Hello\n\nThe text.\n").unwrap();
    assert_eq!(place.run(&["mail", "list"]).succeeds(), "7-x\tann@example.org\tHello\n");
    assert!(place.run(&["mail", "show", "7-x"]).succeeds().ends_with("\n\nThe text.\n"));
    for name in ["7", "../rollcall", ""] {
        assert!(place.run(&["mail", "show", name]).fails().contains("mail not found"));
    }
    let found = place.run(&["doctor"]).succeeds();
    assert!(found.lines().any(|line| line.starts_with("warn\t1 mails lie in ")), "{found}");
}

/// A real SMTP server.
struct Smtp {
    child: Child,
    output: BufReader<ChildStdout>,
    port: String,
}

impl Smtp {
    /// Starts one that refuses the first mails; `None` without a Python that has it.
    fn start(arguments: &[&str]) -> Option<Self> {
        let Some(python) = std::env::var_os("ROLLCALL_TEST_SMTP_PYTHON") else {
            eprintln!("left out: ROLLCALL_TEST_SMTP_PYTHON is not set");
            return None;
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/smtp/server.py");
        let mut command = Command::new(python);
        command.arg(script).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut port = String::new();
        output.read_line(&mut port).unwrap();
        Some(Self { child, output, port: port.trim().to_owned() })
    }

    fn next(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn mail_reaches_a_real_server_in_both_forms() {
    let Some(mut smtp) = Smtp::start(&["1"]) else { return };
    for_each_store(|server| {
        let _inside = server.inside();
        let url = Secret::new(format!("smtp://127.0.0.1:{}", smtp.port));
        let post = Post::smtp(&url, "Roll Call <rollcall@example.org>").unwrap();
        let ann = user(server, "ann");
        server.set_user(&ann, "display_name = 'Änn <b>'");
        put(server, &ann, Purpose::Welcome, json!({}));
        // The first store meets a server that refuses for a while.
        while count(server).0 > 0 {
            assert_eq!(send(server, &post), 1);
            server.clock.advance(60);
        }
    });
    for _ in crate::database::Kind::all() {
        let mail = smtp.next();
        assert_eq!((&mail["from"], &mail["to"]), (&json!("rollcall@example.org"), &json!(["ann@example.org"])));
        let data = mail["data"].as_str().unwrap().replace("=\r\n", "");
        let wanted = [
            "Subject: Welcome to default\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "@example.org>\r\n",
            "/link/welcome#token=3Drc_link_",
            "=C3=84nn &lt;b&gt;",
            "=C3=84nn <b>",
        ];
        for wanted in wanted {
            assert!(data.contains(wanted), "{wanted}: {data}");
        }
    }
}

#[test]
fn mail_signs_in_where_the_server_asks_for_it() {
    let Some(smtp) = Smtp::start(&["0", "roll@call:p@ss word"]) else { return };
    let server = crate::server::start();
    let _inside = server.inside();
    put(&server, &user(&server, "ann"), Purpose::PasswordChanged, json!({}));
    let post = |who: &str| {
        let url = Secret::new(format!("smtp://{who}127.0.0.1:{}?tls=none", smtp.port));
        Post::smtp(&url, "rollcall@example.org").unwrap()
    };
    for who in ["", "roll%40call:wrong@"] {
        assert_eq!(send(&server, &post(who)), 1);
        assert_eq!(count(&server), (1, 0), "{who}");
        server.clock.advance(3600);
    }
    assert_eq!(send(&server, &post("roll%40call:p%40ss%20word@")), 1);
    assert_eq!(count(&server), (0, 0));
    // A password never goes where nobody sees to it that others do not read it, unless that is asked for.
    put(&server, &user(&server, "bob"), Purpose::PasswordChanged, json!({}));
    let url = Secret::new(format!("smtp://roll%40call:p%40ss%20word@127.0.0.1:{}", smtp.port));
    assert_eq!(send(&server, &Post::smtp(&url, "rollcall@example.org").unwrap()), 1);
    assert_eq!(count(&server), (1, 0));
}
