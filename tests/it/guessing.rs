//! Guessing passwords: how it is slowed down, and that it cannot be used to keep somebody out (IR-6).

use std::time::Instant;

use serde_json::json;

use crate::client::Client;
use crate::server::{DEFAULT, Server, for_each_store, start};
use crate::signed_in::{OTHER, PASSWORD};

/// Fails once, however long that takes.
fn fail(server: &Server, email: &str) {
    let mut answer = server.log_in(DEFAULT, email, OTHER);
    while answer.status == 429 {
        server.clock.advance(answer.header("retry-after").unwrap().parse().unwrap());
        answer = server.log_in(DEFAULT, email, OTHER);
    }
    answer.is(401);
}

#[test]
fn ir6_five_tries_are_free_then_each_costs_a_wait_whoever_it_is() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        for email in ["ann@example.org", "nobody@example.org"] {
            for _ in 0..5 {
                server.log_in(DEFAULT, email, OTHER).is(401);
            }
            let refused = server.log_in(DEFAULT, email, PASSWORD);
            refused.is(429);
            assert_eq!(refused.header("retry-after"), Some("1"), "{email}");
            server.clock.advance(1);
            server.log_in(DEFAULT, email, OTHER).is(401);
            assert_eq!(server.log_in(DEFAULT, email, OTHER).header("retry-after"), Some("2"), "{email}");
        }
        server.clock.advance(2);
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(200);
        server.log_in(DEFAULT, "ann@example.org", OTHER).is(401);
    });
}

/// A try that comes too early costs no hash. This one takes long enough to tell.
#[test]
fn ir6_what_comes_too_early_is_refused_before_the_password_is_hashed() {
    const SLOW: &str = "$2b$13$8YF.6/1gTvzEomyctAUR1OscrvQzd7Nt6lNVfejhHf9JLOvTaX9JK";
    let server = start();
    let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
    (0..5).for_each(|_| drop(server.log_in(DEFAULT, "ann@example.org", OTHER).is(401)));
    let of = server.database.id(&ann.id.to_string());
    server.database.execute(&format!("UPDATE password SET scheme = 'bcrypt', hash = '{SLOW}' WHERE user_id = {of}"));
    server.clock.advance(1);
    let spent = |status: u16| {
        let began = Instant::now();
        server.log_in(DEFAULT, "ann@example.org", OTHER).is(status);
        began.elapsed()
    };
    let (judged, refused) = (spent(401), spent(429));
    assert!(refused * 4 < judged, "{refused:?} against {judged:?}");
}

#[test]
fn ir6_many_at_once_are_counted_before_they_are_judged() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let body = json!({ "tenant": DEFAULT, "email": "ann@example.org", "password": OTHER });
        let clients: Vec<Client> = (0..16).map(|_| server.rest(None)).collect();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let ask = |client: Client| client.post("/auth/login", &body).status;
            let tries: Vec<_> = clients.into_iter().map(|client| scope.spawn(move || ask(client))).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
    });
}

#[test]
fn ir6_s2_34_ten_failures_lock_for_fifteen_minutes_and_those_who_are_in_go_on() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let inside = server.signed_in(DEFAULT, "ann@example.org");
        for _ in 0..10 {
            fail(server, "ann@example.org");
        }
        assert_eq!(server.account(&ann).status, "LOCKED");
        inside.get("/me").is(200);
        // The right password is refused as a wrong one is, and trying does not make it longer.
        server.clock.advance(600);
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(401);
        server.clock.advance(301);
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(200);
        let of_ann = |row: &&rollcall::store::journal::Read| row.resource_id == ann.id.to_string();
        assert!(
            server
                .journal(DEFAULT)
                .iter()
                .filter(of_ann)
                .any(|row| row.paths.to_string().contains("lock") || row.paths.to_string().contains("status"))
        );
    });
}

#[test]
fn ir6_an_owner_of_the_platform_is_never_locked() {
    for_each_store(|server| {
        let owner = server.newcomer(DEFAULT, "owner@example.org", "platform_owner");
        for _ in 0..12 {
            fail(server, "owner@example.org");
        }
        assert_eq!(server.account(&owner).status, "ACTIVE");
        server.clock.advance(900);
        let body = json!({ "email": "owner@example.org", "password": PASSWORD });
        server.rest(None).post("/auth/login", &body).is(200);
    });
}

#[test]
fn ir6_who_guesses_at_nobody_learns_nothing_from_the_database() {
    for_each_store(|server| {
        server.log_in(DEFAULT, "nobody-at-all@example.org", OTHER).is(401);
        assert!(!server.database.holds("nobody-at-all"));
    });
}
