//! Factors that are used at the same instant: what works once does so for one of two who are there at once, and every use is
//! counted (ceremony_race, passkey_uses, IR-6). Two are asked for on one thread, so that both look before either writes.

use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use futures_util::future::join;
use rollcall::access::PersonActor;
use rollcall::auth::{Auth, Client as From, passkey};
use rollcall::directory::suspicions::Origin;
use rollcall::ids::{SessionId, UserId};
use rollcall::mfa::{Mfa, RelyingParty, passkey as registered};
use rollcall::secret::Secret;
use rollcall::store::{Tx, factors};
use serde_json::{Value, json};
use webauthn_authenticator_rs::softpasskey::SoftPasskey;

use crate::client::Client;
use crate::database::{Database, runtime};
use crate::mfa::{due, enrol};
use crate::passkeys::{authenticator, begin, made, shown};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;

const ANN: &str = "ann@example.org";
/// How often each is tried.
const ROUNDS: usize = 4;

/// What signing in works with, beside the server on its database.
fn auth(server: &Server) -> Auth {
    let origin = server.public_url().replace("127.0.0.1", "localhost");
    let party = RelyingParty::new("localhost", &[origin], "rollcall", 300).unwrap();
    Auth::new(Mfa::new(server.directory().clone(), Some(party)), server.public_url(), DEFAULT)
}

/// A passkey of whoever is signed in, and what it is called.
struct Key {
    key: SoftPasskey,
    credential: Value,
}

impl Key {
    fn new(server: &Server, session: &Client) -> Self {
        let mut key = authenticator();
        let options = session.post("/me/passkeys/register/start", &json!({})).is(200)["data"]["options"].clone();
        let credential = made(server, &mut key, &options);
        session.post("/me/passkeys/register/finish", &json!({ "credential": credential })).is(201);
        Self { key, credential: json!([{ "type": "public-key", "id": credential["id"] }]) }
    }

    /// What it shows, whichever others are asked for beside it.
    fn show(&mut self, server: &Server, begun: &Value) -> Value {
        let mut options = begun["options"].clone();
        options["publicKey"]["allowCredentials"] = self.credential.clone();
        shown(server, &mut self.key, &options)
    }
}

/// Ends two sign-ins with passkeys at once; how many begin a session.
fn finish(server: &Server, auth: &Auth, ends: [(&Value, Value); 2]) -> usize {
    let (cx, from) = (
        server.cx(),
        From { address: "127.0.0.1".parse().unwrap(), user_agent: None, door: rollcall::auth::Door::Api },
    );
    let ends = ends.map(|(begun, shown)| (Secret::new(text(begun, "passkey_token").to_owned()), shown));
    let one = |(token, shown): &(Secret, Value)| {
        let (auth, cx, token, shown, from) = (auth.clone(), cx.clone(), token.clone(), shown.clone(), from.clone());
        async move { passkey::finish(&auth, &cx, &token, (&shown, None), &from).await.is_ok() }
    };
    let came = server.wait(join(one(&ends[0]), one(&ends[1])));
    usize::from(came.0) + usize::from(came.1)
}

/// How often all passkeys were used, as it is counted.
fn uses(session: &Client) -> i64 {
    let listed = session.get("/me/passkeys").is(200)["data"].clone();
    listed.as_array().unwrap().iter().map(|passkey| passkey["use_count"].as_i64().unwrap()).sum()
}

#[test]
fn ceremony_race_two_passkeys_end_one_sign_in_once() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (session, auth) = (server.signed_in(DEFAULT, ANN), auth(server));
        let mut keys = [Key::new(server, &session), Key::new(server, &session)];
        for round in 0..ROUNDS {
            let begun = begin(server, ANN);
            let shown = keys.each_mut().map(|key| key.show(server, &begun));
            assert_eq!(finish(server, &auth, shown.map(|shown| (&begun, shown))), 1, "round {round}");
        }
        assert_eq!(uses(&session), ROUNDS as i64);
    });
}

#[test]
fn passkey_uses_are_each_counted_when_two_sign_in_at_once() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (session, auth) = (server.signed_in(DEFAULT, ANN), auth(server));
        let mut key = Key::new(server, &session);
        let mut came = 0;
        for _ in 0..ROUNDS {
            let begun = [begin(server, ANN), begin(server, ANN)];
            let shown = [key.show(server, &begun[0]), key.show(server, &begun[1])];
            let [first, second] = shown;
            let signed_in = finish(server, &auth, [(&begun[0], first), (&begun[1], second)]);
            assert!(signed_in > 0, "one of them is first");
            came += signed_in;
            assert_eq!(uses(&session), came as i64, "a use that is not counted is a copy that is not found out");
        }
    });
}

#[test]
fn ceremony_race_two_authenticators_end_one_registration_once() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let (session, auth) = (server.signed_in(DEFAULT, ANN), auth(server));
        let own = session.get("/me").is(200)["data"]["session_id"].clone();
        let person = PersonActor {
            user: ann.id,
            tenant: ann.tenant_id,
            partner: None,
            types: Arc::clone(server.built_in()),
            name: ANN.into(),
            session: own.as_str().unwrap().parse::<SessionId>().unwrap(),
            holdings: Arc::default(),
            authenticated: server.cx().now,
            methods: "pwd".into(),
            step_up: None,
            enrolling: false,
        };
        for round in 1..=ROUNDS {
            let begun = session.post("/me/passkeys/register/start", &json!({})).is(200)["data"].clone();
            let made = [(); 2].map(|()| made(server, &mut authenticator(), &begun["options"]));
            let one = |made: &Value| {
                let (auth, person, cx, made) = (auth.clone(), person.clone(), server.cx(), made.clone());
                async move {
                    let by = (&person, &Origin::default());
                    registered::finish_registration(auth.mfa(), &cx, by, (made, None)).await.is_ok()
                }
            };
            let came = server.wait(join(one(&made[0]), one(&made[1])));
            assert!(came.0 != came.1, "round {round}: {came:?}");
            assert_eq!(session.get("/me/passkeys").is(200)["data"].as_array().unwrap().len(), round);
        }
    });
}

/// The answers of two second steps that are given while somebody else keeps the user's authenticator, until both wait.
fn at_once(server: &Server, user: UserId, steps: [(Client, Value); 2]) -> [u16; 2] {
    let ((begun, has_begun), (release, released)) = (sync_channel(1), channel::<()>());
    let (released, store) = (Mutex::new(released), server.store());
    let keep = move |tx: &mut Tx<'_>| {
        let factor = factors::find(tx, user, "totp")?.unwrap();
        factors::put(tx, &factor)?;
        // Heard the first time only: work may be run again.
        let _heard_once = begun.try_send(());
        // Ends with an error when the other side is dropped.
        let _ended = released.lock().unwrap().recv();
        Ok(())
    };
    thread::scope(|scope| {
        let keeper = scope.spawn(move || runtime().block_on(store.write(keep)).unwrap());
        has_begun.recv().unwrap();
        let steps = steps.map(|(client, body)| scope.spawn(move || client.post("/auth/mfa/verify", &body).status));
        if matches!(server.database, Database::Postgres { .. }) {
            let waiting = "SELECT count(*) FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock'";
            let both = (0..5_000).any(|_| server.database.number(waiting) >= 2);
            assert!(both, "they do not wait for each other");
        }
        drop(release);
        keeper.join().unwrap();
        steps.map(|step| step.join().unwrap())
    })
}

#[test]
fn ir6_a_code_of_an_authenticator_opens_one_of_two_doors_at_the_same_instant() {
    for_each_store(|server| {
        let other = server.another();
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        for round in 0..ROUNDS {
            let session = server.log_in_with(&authenticator, ANN);
            let session = server.rest(Some(text(&session, "access_token")));
            let doors = [session.post("/auth/step-up", &json!({})).is(200), due(server, ANN)];
            let code = authenticator.next(server);
            let body = |due: &Value| json!({ "mfa_token": due["mfa_token"], "method": "totp", "code": code });
            let steps = [(server.rest(None), body(&doors[0])), (other.rest(None), body(&doors[1]))];
            let mut answers = at_once(server, ann.id, steps);
            answers.sort_unstable();
            assert_eq!(answers, [200, 401], "round {round}");
        }
    });
}
