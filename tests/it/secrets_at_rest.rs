//! What a copy of the database is good for: it opens no account (docs/security/secrets-at-rest.md). Everything that is secret
//! is made once, and looked for in every table.

use rollcall::store::one_time_links::Purpose;
use serde_json::json;
use totp_rs::Secret;

use crate::mfa::{due, enrol, prove};
use crate::passkeys::begin;
use crate::sent_codes::{PHONE, Sink, challenge, set_up};
use crate::server::{DEFAULT, for_each_store};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";

/// The part of a token behind its public id.
fn secret_of(token: &str) -> &str {
    token.rsplit_once('.').unwrap().1
}

#[test]
fn no_secret_stands_in_the_database_while_and_after_it_is_used() {
    for_each_store(|server| {
        let account = server.newcomer(DEFAULT, ANN, "viewer");
        let tokens = server.tokens_of(DEFAULT, ANN);
        let ann = server.rest(Some(text(&tokens, "access_token")));
        let sink = Sink::new(server);
        let card = ann.post("/me/mfa/totp", &json!({})).is(200)["data"].clone();
        let mut secrets = vec![
            PASSWORD.to_owned(),
            text(&tokens, "access_token").to_owned(),
            secret_of(text(&tokens, "refresh_token")).to_owned(),
            text(&card, "secret").to_owned(),
        ];
        let seed = Secret::try_from_base32(text(&card, "secret")).unwrap();
        let looked = |when: &str, secrets: &[String]| {
            for secret in secrets {
                assert!(!server.database.holds(secret), "{when}: {secret}");
            }
        };
        assert!(!server.database.holds_bytes(seed.as_ref()), "a seed that is being set up");
        set_up(server, &sink, &ann, "sms", "sms");
        enrol(server, &ann);
        let fresh = ann.post("/me/mfa/recovery-codes", &json!({})).is(200)["data"]["recovery_codes"].clone();
        let codes: Vec<&str> = fresh.as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        secrets.extend(codes.iter().flat_map(|code| [(*code).to_owned(), code.replace('-', "")]));
        secrets.push(PHONE.to_owned());
        secrets.push(secret_of(&server.link(&account, Purpose::Reset)).to_owned());
        server.clock.advance(30);
        let under_way = due(server, ANN);
        secrets.push(secret_of(text(&under_way, "mfa_token")).to_owned());
        secrets.push(secret_of(text(&begin(server, ANN), "passkey_token")).to_owned());
        challenge(server, &under_way, "sms").is(200);
        looked("while it waits to be sent", &secrets);
        let sent = sink.code(server, "sms");
        looked("when it was sent", &secrets);
        let next = prove(server, &under_way, "sms", &sent).is(200);
        secrets.push(secret_of(text(&next, "refresh_token")).to_owned());
        prove(server, &due(server, ANN), "recovery_code", codes[0]).is(200);
        looked("after it was used", &secrets);
    });
}

#[test]
fn s0_11_a_seed_in_the_row_of_somebody_else_opens_nothing() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        enrol(server, &server.signed_in(DEFAULT, ANN));
        let his = enrol(server, &server.signed_in(DEFAULT, &bob.user_name));
        let (of_ann, of_bob) = (server.database.id(&ann.id.to_string()), server.database.id(&bob.id.to_string()));
        // Whoever can write to the database gives her his seed, to sign in as her with his authenticator.
        server.database.execute(&format!(
            "UPDATE factor SET sealed = (SELECT sealed FROM factor WHERE user_id = {of_bob}) WHERE user_id = {of_ann}"
        ));
        let answer = prove(server, &due(server, ANN), "totp", &his.next(server));
        assert!(answer.status >= 400, "{}", answer.text);
        prove(server, &due(server, &bob.user_name), "totp", &his.next(server)).is(200);
    });
}
