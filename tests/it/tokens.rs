//! Tokens: how long they hold, what they may do, and when they were last used.

use rollcall::access::{Profile, TokenScope};
use rollcall::error::Error;

use crate::server::{DEFAULT, for_each_store};

#[test]
fn a_token_ends_when_its_time_is_over_and_not_before() {
    for_each_store(|server| {
        let connection = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
        let token = server.mint(&connection, TokenScope::Write, Some(3600));
        let client = server.client_with(token.secret.reveal());
        server.clock.advance(3599);
        client.get("/Users").is(200);
        server.clock.advance(1);
        let answer = client.get("/Users");
        answer.refuses(401);
        assert!(answer.header("www-authenticate").unwrap().contains("invalid_token"));
        server.client().get("/Users").is(200);
    });
}

#[test]
fn the_first_token_lives_for_thirty_days() {
    for_each_store(|server| {
        let client = server.client();
        server.clock.advance(30 * 24 * 3600 - 1);
        client.get("/Users").is(200);
        server.clock.advance(1);
        client.get("/Users").refuses(401);
    });
}

#[test]
fn revocation_holds_from_the_next_request_on() {
    for_each_store(|server| {
        let connection = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
        let [one, two] = [(); 2].map(|()| server.mint(&connection, TokenScope::Write, None));
        let (first, second) = (server.client_with(one.secret.reveal()), server.client_with(two.secret.reveal()));
        // Both of one connection: what one makes, the other sees.
        let crew = first.group("crew", &[]);
        second.get(&format!("/Groups/{crew}")).is(200);
        server.revoke(DEFAULT, &one.id).unwrap();
        first.get("/Users").refuses(401);
        second.get("/Users").is(200);
        assert!(matches!(server.revoke(DEFAULT, &one.id), Err(Error::Missing(_))));
        assert!(matches!(server.revoke("other", &two.id), Err(Error::Missing(_))));
        second.get("/Users").is(200);
        let listed = server.tokens(DEFAULT);
        let of = |id: &str| listed.iter().find(|token| token.id == id).unwrap();
        assert!(of(&one.id).revoked.is_some() && of(&two.id).revoked.is_none());
    });
}

#[test]
fn the_last_use_is_known_to_the_minute() {
    for_each_store(|server| {
        let connection = server.connection(DEFAULT, "tolerant", Profile::Tolerant);
        let token = server.mint(&connection, TokenScope::Read, None);
        let client = server.client_with(token.secret.reveal());
        let used = || server.tokens(DEFAULT).into_iter().find(|listed| listed.id == token.id).unwrap().last_used;
        assert_eq!(used(), None);
        server.clock.advance(10);
        client.get("/Users").is(200);
        let first = used().unwrap();
        server.clock.advance(59);
        client.get("/Users").is(200);
        assert_eq!(used(), Some(first));
        server.clock.advance(1);
        client.get("/Users").is(200);
        assert_eq!(used(), Some(first.plus_seconds(60)));
        // A token that is refused is not used.
        server.revoke(DEFAULT, &token.id).unwrap();
        server.clock.advance(600);
        client.get("/Users").refuses(401);
        assert_eq!(used(), Some(first.plus_seconds(60)));
    });
}

#[test]
fn secrets_of_tokens_are_nowhere_in_the_database() {
    for_each_store(|server| {
        let (id, secret) = server.token.strip_prefix("rc_scim_").unwrap().split_once('.').unwrap();
        server.client().get("/Users").is(200);
        assert!(server.database.holds(id));
        assert!(!server.database.holds(secret));
    });
}
