//! Guessing codes (IR-6, otp_guess_budget): one budget for all doors, challenges, sessions and servers, counted in rows, so
//! that many at once find it spent; and the waits, to the second.

use serde_json::{Value, json};

use crate::client::Client;
use crate::mfa::{Authenticator, due, enrol, prove};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;

const ANN: &str = "ann@example.org";

/// A code that is wrong now, and half a minute before and after.
fn wrong(server: &Server, authenticator: &Authenticator) -> String {
    let right: Vec<String> = [-30, 0, 30]
        .map(|seconds| {
            server.clock.advance(seconds);
            let code = authenticator.code(server);
            server.clock.advance(-seconds);
            code
        })
        .into();
    ["000000", "111111", "222222", "333333"]
        .into_iter()
        .find(|code| !right.contains(&(*code).to_owned()))
        .unwrap()
        .into()
}

#[test]
fn otp_guess_budget_holds_for_many_at_once_by_all_doors_of_two_servers() {
    for_each_store(|server| {
        let other = server.another();
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        // Two sessions, in each of which three doors are open.
        let sessions = [(); 2].map(|()| {
            let session = server.log_in_with(&authenticator, ANN);
            let token = text(&session, "access_token").to_owned();
            let here = server.rest(Some(&token));
            let step_up = here.post("/auth/step-up", &json!({})).is(200)["mfa_token"].clone();
            here.post("/me/mfa/totp", &json!({})).is(200);
            here.post("/me/mfa/email", &json!({})).is(200);
            (token, step_up)
        });
        // And ten sign-ins, where recovery codes are taken too.
        let sign_ins = [(); 10].map(|()| due(server, ANN)["mfa_token"].clone());
        let code = wrong(server, &authenticator);
        let mut tries: Vec<(Client, &str, Value)> = Vec::new();
        let rest = |place: usize, token: Option<&str>| match place % 2 {
            0 => server.rest(token),
            _ => other.rest(token),
        };
        for place in 0..4 {
            for (token, step_up) in &sessions {
                let body = json!({ "mfa_token": step_up, "method": "totp", "code": code });
                tries.push((rest(place, None), "/auth/mfa/verify", body));
                for door in ["/me/mfa/totp/verify", "/me/mfa/email/verify"] {
                    tries.push((rest(place, Some(token)), door, json!({ "code": code })));
                }
            }
            for token in &sign_ins {
                let (method, given) = if place < 3 { ("totp", &*code) } else { ("recovery_code", "aaaaa-aaaaa") };
                let body = json!({ "mfa_token": token, "method": method, "code": given });
                tries.push((rest(place, None), "/auth/mfa/verify", body));
            }
        }
        assert_eq!(tries.len(), 64);
        let answers: Vec<(bool, u16)> = std::thread::scope(|scope| {
            let ask = |(client, path, body): (Client, &str, Value)| {
                (body["method"] == "recovery_code", client.post(path, &body).status)
            };
            let tries: Vec<_> = tries.into_iter().map(|one| scope.spawn(move || ask(one))).collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for recovery in [false, true] {
            let of: Vec<u16> = answers.iter().filter(|(own, _)| *own == recovery).map(|(_, status)| *status).collect();
            let heard = of.iter().filter(|status| matches!(status, 401 | 422)).count();
            assert_eq!(heard, 5, "{of:?}");
            assert_eq!(of.iter().filter(|status| **status == 429).count(), of.len() - 5, "{of:?}");
        }
        // What was not heard was not counted either.
        let of = server.database.id(&ann.id.to_string());
        let counted = server.database.number(&format!("SELECT sum(tries) FROM ceremony WHERE user_id = {of}"));
        assert_eq!(counted, 10);
    });
}

#[test]
fn ir6_the_waits_between_codes_are_exact_and_success_does_not_give_the_day_back() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let authenticator = enrol(server, &server.signed_in(DEFAULT, ANN));
        let guess = || prove(server, &due(server, ANN), "totp", &wrong(server, &authenticator));
        let mut wrongs = 0;
        let mut heard = || {
            wrongs += 1;
            guess().is(401);
        };
        (0..5).for_each(|_| heard());
        for wait in [30, 60, 120, 240, 480, 900, 900] {
            let refused = guess();
            refused.is(429);
            assert_eq!(refused.header("retry-after"), Some(wait.to_string().as_str()));
            server.clock.advance(wait - 1);
            assert_eq!(guess().header("retry-after"), Some("1"));
            // Nor is a right one heard before its time.
            prove(server, &due(server, ANN), "totp", &authenticator.code(server)).is(429);
            server.clock.advance(1);
            heard();
        }
        server.clock.advance(900);
        prove(server, &due(server, ANN), "totp", &authenticator.code(server)).is(200);
        // Twelve are gone of this day's twenty. Five in a row are free again.
        (0..5).for_each(|_| heard());
        for wait in [30, 60, 120] {
            server.clock.advance(wait);
            heard();
        }
        assert_eq!(wrongs, 20);
        server.clock.advance(900);
        let began = 1_800_000_000;
        let now = rollcall::clock::Clock::now(&*server.clock).micros() / 1_000_000;
        let spent = prove(server, &due(server, ANN), "totp", &authenticator.code(server));
        spent.is(429);
        let left = began + 24 * 3600 - now;
        assert_eq!(spent.header("retry-after"), Some(left.to_string().as_str()));
        server.clock.advance(left);
        prove(server, &due(server, ANN), "totp", &authenticator.code(server)).is(200);
    });
}
