//! Ceremonies as a table (flow_steps_server_side, single_use): each kind of sign-in, step-up and enrolment, with its steps
//! replayed, skipped, mixed up, taken by somebody else, and late. And each across a restart of the server, and before two
//! servers on one database at once: it ends where it did not begin, and only once.

use std::cell::RefCell;

use rollcall::directory::operators;
use rollcall::lifetimes::Lifetimes;
use serde_json::{Value, json};
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use crate::client::Client;
use crate::mfa::{Authenticator, code_of, enrol};
use crate::passkeys::{authenticator, made, shown};
use crate::server::{DEFAULT, Server, for_each_store, for_each_store_of};
use crate::signed_in::{PASSWORD, text};

/// A way to a server: a client with a token, or without.
type Door<'a> = &'a dyn Fn(Option<&str>) -> Client;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The second step of a sign-in, by a code.
    Code,
    /// The second step of a sign-in, by a passkey.
    Passkey,
    StepUp,
    PasskeyAlone,
    EnrolCode,
    EnrolPasskey,
}

const ALL: [Kind; 6] =
    [Kind::Code, Kind::Passkey, Kind::StepUp, Kind::PasskeyAlone, Kind::EnrolCode, Kind::EnrolPasskey];

/// Somebody who has an authenticator and a passkey, and is signed in.
struct Person {
    slug: &'static str,
    email: String,
    token: String,
    codes: Authenticator,
    key: RefCell<SoftPasskey>,
    /// What the passkey is called.
    credential: Value,
}

impl Person {
    fn new(server: &Server, slug: &'static str, name: &str) -> Self {
        let email = format!("{name}@example.org");
        server.newcomer(slug, &email, "viewer");
        let token = text(&server.tokens_of(slug, &email), "access_token").to_owned();
        let (session, mut key) = (server.rest(Some(&token)), authenticator());
        let codes = enrol(server, &session);
        let options = session.post("/me/passkeys/register/start", &json!({})).is(200)["data"]["options"].clone();
        let credential = made(server, &mut key, &options);
        session.post("/me/passkeys/register/finish", &json!({ "credential": credential })).is(201);
        let credential = json!([{ "type": "public-key", "id": credential["id"] }]);
        Self { slug, email, token, codes, key: RefCell::new(key), credential }
    }

    /// What the own passkey shows, whomever the options name.
    fn show(&self, server: &Server, options: &Value) -> Value {
        let mut options = options.clone();
        options["publicKey"]["allowCredentials"] = self.credential.clone();
        shown(server, &mut self.key.borrow_mut(), &options)
    }

    /// Begins another session, so that nothing is too old.
    fn renew(&mut self, server: &Server) {
        let door = |token: Option<&str>| server.rest(token);
        let begun = begin(Kind::PasskeyAlone, &door, self);
        let tokens = door(None).post("/auth/passkeys/finish", &answer(Kind::PasskeyAlone, server, self, &begun));
        text(&tokens.is(200), "access_token").clone_into(&mut self.token);
    }
}

/// The member that carries the token of a ceremony.
fn token_of(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Code | Kind::Passkey | Kind::StepUp => Some("mfa_token"),
        Kind::PasskeyAlone => Some("passkey_token"),
        Kind::EnrolCode | Kind::EnrolPasskey => None,
    }
}

fn login(door: Door<'_>, who: &Person) -> Value {
    door(None).post("/auth/login", &json!({ "tenant": who.slug, "email": who.email, "password": PASSWORD })).is(200)
}

/// Asks for the passkey in a ceremony; gives its token with the options.
fn challenge(door: Door<'_>, due: &Value) -> Value {
    let body = json!({ "mfa_token": due["mfa_token"], "method": "passkey" });
    let asked = door(None).post("/auth/mfa/challenge", &body).is(200);
    json!({ "mfa_token": due["mfa_token"], "options": asked["options"] })
}

/// All steps of a ceremony but the last.
fn begin(kind: Kind, door: Door<'_>, who: &Person) -> Value {
    let session = || door(Some(&who.token));
    match kind {
        Kind::Code => login(door, who),
        Kind::Passkey => challenge(door, &login(door, who)),
        Kind::StepUp => challenge(door, &session().post("/auth/step-up", &json!({})).is(200)),
        Kind::PasskeyAlone => {
            door(None).post("/auth/passkeys/start", &json!({ "tenant": who.slug, "email": who.email })).is(200)
        }
        Kind::EnrolCode => session().post("/me/mfa/totp", &json!({})).is(200)["data"].clone(),
        Kind::EnrolPasskey => session().post("/me/passkeys/register/start", &json!({})).is(200)["data"].clone(),
    }
}

/// What `who` answers to a ceremony that was begun, whoever did.
fn answer(kind: Kind, server: &Server, who: &Person, begun: &Value) -> Value {
    match kind {
        Kind::Code => {
            json!({ "mfa_token": begun["mfa_token"], "method": "totp", "code": who.codes.next(server) })
        }
        Kind::Passkey | Kind::StepUp => {
            let credential = who.show(server, &begun["options"]);
            json!({ "mfa_token": begun["mfa_token"], "method": "passkey", "credential": credential })
        }
        Kind::PasskeyAlone => {
            let credential = who.show(server, &begun["options"]);
            json!({ "passkey_token": begun["passkey_token"], "credential": credential })
        }
        Kind::EnrolCode => json!({ "code": code_of(server, begun) }),
        Kind::EnrolPasskey => json!({ "credential": made(server, &mut authenticator(), &begun["options"]) }),
    }
}

/// Who takes the last step, and where.
fn last(kind: Kind, door: Door<'_>, token: &str) -> (Client, &'static str) {
    let (path, token) = match kind {
        Kind::Code | Kind::Passkey | Kind::StepUp => ("/auth/mfa/verify", None),
        Kind::PasskeyAlone => ("/auth/passkeys/finish", None),
        Kind::EnrolCode => ("/me/mfa/totp/verify", Some(token)),
        Kind::EnrolPasskey => ("/me/passkeys/register/finish", Some(token)),
    };
    (door(token), path)
}

/// The last step; gives its status.
fn finish(kind: Kind, door: Door<'_>, token: &str, body: &Value) -> u16 {
    let (client, path) = last(kind, door, token);
    client.post(path, body).status
}

/// What the last step answers: when all is well, when there is no such ceremony, and when the answer is to another one.
fn statuses(kind: Kind) -> (u16, u16, u16) {
    match kind {
        Kind::Code | Kind::Passkey | Kind::StepUp | Kind::PasskeyAlone => (200, 401, 401),
        Kind::EnrolCode => (200, 409, 422),
        Kind::EnrolPasskey => (201, 409, 422),
    }
}

#[test]
fn flow_steps_server_side_and_single_use_hold_of_every_ceremony() {
    for_each_store(|server| {
        let door = |token: Option<&str>| server.rest(token);
        for (place, kind) in ALL.into_iter().enumerate() {
            let mut ann = Person::new(server, DEFAULT, &format!("ann{place}"));
            let bob = Person::new(server, DEFAULT, &format!("bob{place}"));
            let cid = Person::new(server, "other", &format!("cid{place}"));
            let (good, over, wrong) = statuses(kind);
            let last = |who: &Person, body: &Value| finish(kind, &door, &who.token, body);

            // Skipped: the last step alone.
            let begun = begin(kind, &door, &bob);
            let mut body = answer(kind, server, &bob, &begun);
            if let Some(token) = token_of(kind) {
                body[token] = json!("rc_mfa_0000000000000000.AAAA");
            }
            assert_eq!(last(&ann, &body), over, "{kind:?} skipped");

            // Taken by somebody else: of the same tenant, of another one, in another session. It goes on all the same.
            let begun = begin(kind, &door, &ann);
            for stranger in [&bob, &cid] {
                let body = answer(kind, server, stranger, &begun);
                // Bob has begun one of his own, which this does not answer.
                let refused = if token_of(kind).is_none() && stranger.slug == DEFAULT { wrong } else { over };
                assert_eq!(last(stranger, &body), refused, "{kind:?} by {}", stranger.email);
            }
            if token_of(kind).is_none() {
                let before = ann.token.clone();
                ann.renew(server);
                assert_eq!(last(&ann, &answer(kind, server, &ann, &begun)), over, "{kind:?} in another session");
                ann.token = before;
            }
            // Replayed: what was right is right once.
            let body = answer(kind, server, &ann, &begun);
            assert_eq!(last(&ann, &body), good, "{kind:?}");
            assert_eq!(last(&ann, &body), over, "{kind:?} replayed");

            // Mixed up: the answer to one for another. A code answers no particular one.
            ann.renew(server);
            if kind != Kind::Code {
                let (first, second) = (begin(kind, &door, &ann), begin(kind, &door, &ann));
                let mut body = answer(kind, server, &ann, &first);
                if let Some(token) = token_of(kind) {
                    body[token] = second[token].clone();
                }
                assert_eq!(last(&ann, &body), wrong, "{kind:?} mixed up");
                assert_eq!(last(&ann, &answer(kind, server, &ann, &second)), good, "{kind:?} in order");
            }

            // Late.
            ann.renew(server);
            let begun = begin(kind, &door, &ann);
            server.clock.advance(5 * 60);
            assert_eq!(last(&ann, &answer(kind, server, &ann, &begun)), over, "{kind:?} late");
        }
    });
}

#[test]
fn ir5_the_installation_says_how_long_tokens_and_ceremonies_live() {
    let lifetimes = Lifetimes { access_token: 120, mfa_token: 180, ceremony: 240, ..Lifetimes::default() };
    for_each_store(|server| {
        let another = server.another_with(lifetimes);
        let door = |token: Option<&str>| another.rest(token);
        let mut ann = Person::new(server, DEFAULT, "ann");
        for kind in ALL {
            let (good, over, _) = statuses(kind);
            let lives = match kind {
                Kind::Code | Kind::Passkey => lifetimes.mfa_token,
                Kind::StepUp | Kind::PasskeyAlone | Kind::EnrolCode | Kind::EnrolPasskey => lifetimes.ceremony,
            };
            // The next code of an authenticator takes its time.
            let just = if kind == Kind::Code { 31 } else { 1 };
            for (waits, status) in [(lives - just, good), (lives, over)] {
                ann.renew(server);
                let begun = begin(kind, &door, &ann);
                server.clock.advance(waits);
                assert_eq!(finish(kind, &door, &ann.token, &answer(kind, server, &ann, &begun)), status, "{kind:?}");
            }
        }
        // Browsers are told how long they may wait.
        let options = begin(Kind::PasskeyAlone, &door, &ann)["options"]["publicKey"].clone();
        assert_eq!(options["timeout"], lifetimes.ceremony * 1000);

        server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let credentials = json!({ "tenant": DEFAULT, "email": "bob@example.org", "password": PASSWORD });
        let tokens = door(None).post("/auth/login", &credentials).is(200);
        assert_eq!(tokens["expires_in"], lifetimes.access_token);
        let me = || server.rest(Some(text(&tokens, "access_token"))).get("/me").status;
        server.clock.advance(lifetimes.access_token - 1);
        assert_eq!(me(), 200);
        // A few seconds are given to clocks that do not agree.
        server.clock.advance(5);
        assert_eq!(me(), 401);
    });
}

#[test]
fn flow_steps_server_side_a_token_of_one_ceremony_is_none_of_another() {
    for_each_store(|server| {
        let door = |token: Option<&str>| server.rest(token);
        let ann = Person::new(server, DEFAULT, "ann");
        let (alone, second) = (begin(Kind::PasskeyAlone, &door, &ann), login(&door, &ann));
        let shown = ann.show(server, &alone["options"]);
        let as_second = json!({ "mfa_token": alone["passkey_token"], "method": "passkey", "credential": shown });
        assert_eq!(door(None).post("/auth/mfa/verify", &as_second).status, 401);
        let as_alone = json!({ "passkey_token": second["mfa_token"], "credential": shown });
        assert_eq!(door(None).post("/auth/passkeys/finish", &as_alone).status, 401);
        // A passkey that was not asked for in this ceremony, though it answers another one of the same person.
        let unasked = json!({ "mfa_token": second["mfa_token"], "method": "passkey", "credential": shown });
        assert_eq!(door(None).post("/auth/mfa/verify", &unasked).status, 401);
        // The public half of a token is not enough.
        let half = |token: &str| format!("{}.{}", token.split_once('.').unwrap().0, "A".repeat(43));
        let guessed = json!({ "passkey_token": half(text(&alone, "passkey_token")), "credential": shown });
        assert_eq!(door(None).post("/auth/passkeys/finish", &guessed).status, 401);
        for token in [&alone["passkey_token"], &second["mfa_token"]] {
            let bearer = door(token.as_str());
            for path in ["/me", "/me/mfa", "/me/passkeys", "/auth/sessions"] {
                assert_eq!(bearer.get(path).status, 401, "{path}");
            }
        }
        assert_eq!(
            finish(
                Kind::PasskeyAlone,
                &door,
                "",
                &json!({ "passkey_token": alone["passkey_token"], "credential": shown })
            ),
            200
        );
    });
}

#[test]
fn epoch_kills_everything_that_is_under_way() {
    for_each_store(|server| {
        let door = |token: Option<&str>| server.rest(token);
        for (place, kind) in ALL.into_iter().filter(|kind| *kind != Kind::PasskeyAlone).enumerate() {
            let ann = Person::new(server, DEFAULT, &format!("ann{place}"));
            let begun = begin(kind, &door, &ann);
            let tenant = server.tenant(DEFAULT).id;
            let found = operators::find(server.directory(), server.operator(), tenant, &ann.email);
            let account = server.wait(found).unwrap();
            server.wait(operators::sign_out(server.directory(), server.operator(), &server.cx(), &account)).unwrap();
            assert_eq!(finish(kind, &door, &ann.token, &answer(kind, server, &ann, &begun)), 401, "{kind:?}");
        }
    });
}

#[test]
fn ceremonies_survive_a_restart_of_the_server() {
    for_each_store_of(None, |server| {
        let ann = Person::new(server, DEFAULT, "ann");
        let begun = ALL.map(|kind| begin(kind, &|token: Option<&str>| server.rest(token), &ann));
        server.restart();
        for (kind, begun) in ALL.into_iter().zip(begun) {
            let door = |token: Option<&str>| server.rest(token);
            let body = answer(kind, server, &ann, &begun);
            assert_eq!(finish(kind, &door, &ann.token, &body), statuses(kind).0, "{kind:?}");
        }
    });
}

#[test]
fn ceremonies_end_once_before_two_servers_on_one_database() {
    for_each_store(|server| {
        let other = server.another();
        let (here, there): (Door<'_>, Door<'_>) =
            (&|token: Option<&str>| server.rest(token), &|token: Option<&str>| other.rest(token));
        for (place, kind) in ALL.into_iter().enumerate() {
            let (good, over, _) = statuses(kind);
            // Begun here and ended there.
            let ann = Person::new(server, DEFAULT, &format!("ann{place}"));
            let body = answer(kind, server, &ann, &begin(kind, here, &ann));
            assert_eq!(finish(kind, there, &ann.token, &body), good, "{kind:?}");
            assert_eq!(finish(kind, here, &ann.token, &body), over, "{kind:?}");
            // And ended by both at once: one of them does.
            let bob = Person::new(server, DEFAULT, &format!("bob{place}"));
            let body = answer(kind, server, &bob, &begin(kind, here, &bob));
            let ends = [here, there, here, there].map(|door| last(kind, door, &bob.token));
            let mut found: Vec<u16> = std::thread::scope(|scope| {
                let body = &body;
                let ends = ends.map(|(client, path)| scope.spawn(move || client.post(path, body).status));
                ends.into_iter().map(|end| end.join().unwrap()).collect()
            });
            found.sort_by_key(|status| *status != good);
            assert_eq!(found, [good, over, over, over], "{kind:?}");
        }
    });
}
