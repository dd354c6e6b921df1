//! Signing in with a password: who gets in, what they get, and what everybody else hears (IR-5 to IR-7, IR-12).

use rollcall::auth::Auth;
use rollcall::auth::jwt::{PublicKey, Verifier};
use rollcall::mfa::Mfa;
use rollcall::store::one_time_links::Purpose;
use serde_json::json;

use crate::client::Client;
use crate::server::{DEFAULT, for_each_store};
use crate::signed_in::{OTHER, PASSWORD, text};

#[test]
fn ir7_people_sign_in_by_email_or_user_name_in_any_case() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "Ann.Example@example.org", "viewer");
        for body in [
            json!({ "tenant": DEFAULT, "email": "ann.example@EXAMPLE.org", "password": PASSWORD }),
            json!({ "tenant": ann.tenant_id.to_string(), "username": "Ann.Example@example.org", "password": PASSWORD }),
            json!({ "username": "ANN.EXAMPLE@example.org", "password": PASSWORD }),
        ] {
            let answer = server.rest(None).post("/auth/login", &body);
            let tokens = answer.is(200);
            assert_eq!(tokens.as_object().unwrap().len(), 4, "{tokens}");
            assert_eq!((text(&tokens, "token_type"), &tokens["expires_in"]), ("Bearer", &json!(600)));
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let me = server.rest(Some(text(&tokens, "access_token"))).get("/me").is(200)["data"].clone();
            assert_eq!((text(&me, "id"), text(&me, "tenant")), (ann.id.to_string().as_str(), DEFAULT));
            assert_eq!(me["permissions"], json!(["users.read", "groups.read"]));
            assert_eq!(me["roles"][0]["role"], "viewer");
        }
        assert!(!server.database.holds(PASSWORD));
    });
}

#[test]
fn ir12_whatever_is_wrong_is_the_same_401() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let locked = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let of = server.database.id(&locked.id.to_string());
        server.database.execute(&format!("UPDATE users SET status = 'DISABLED' WHERE id = {of}"));
        server.tenant("other");
        let mut answers = Vec::new();
        for (tenant, email, password) in [
            (DEFAULT, "ann@example.org", OTHER),
            (DEFAULT, "bob@example.org", PASSWORD),
            (DEFAULT, "nobody@example.org", PASSWORD),
            ("other", "ann@example.org", PASSWORD),
            ("nowhere", "ann@example.org", PASSWORD),
        ] {
            let answer = server.log_in(tenant, email, password);
            let mut body = answer.is(401);
            body.as_object_mut().unwrap().remove("request_id").unwrap();
            answers.push((body, answer.header("www-authenticate").map(str::to_owned)));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        assert_eq!(answers[0].0["code"], "invalid_credentials");
        for (body, member) in [
            (json!({ "password": PASSWORD }), "email"),
            (json!({ "email": "a", "username": "b", "password": PASSWORD }), "username"),
            (json!({ "email": "ann@example.org" }), "password"),
            (json!({ "email": "ann@example.org", "password": "x".repeat(129) }), "password"),
            (json!({ "email": "ann@example.org", "password": "" }), "password"),
        ] {
            let faults = server.rest(None).post("/auth/login", &body).is(422)["detail"].clone();
            assert_eq!(faults[0]["loc"], json!(["body", member]), "{faults}");
        }
    });
}

#[test]
fn ir5_tokens_are_verified_by_the_published_keys() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "tenant_admin");
        let tokens = server.tokens_of(DEFAULT, "ann@example.org");
        let keys = Client::new(server.url(), None).get("/.well-known/jwks.json").is(200);
        let keys: Vec<PublicKey> = keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| {
                assert_eq!((text(key, "alg"), text(key, "kty"), text(key, "crv")), ("ES256", "EC", "P-256"));
                assert!(key.get("d").is_none());
                PublicKey {
                    id: text(key, "kid").to_owned(),
                    x: text(key, "x").to_owned(),
                    y: text(key, "y").to_owned(),
                }
            })
            .collect();
        assert_eq!(keys.len(), 1);
        let verifier = Verifier::new(server.url(), &keys);
        let claims = verifier.verify(text(&tokens, "access_token"), server.cx().now).unwrap();
        assert_eq!((claims.sub, claims.aud.as_str()), (ann.id, "rollcall"));
        assert_eq!((&claims.roles, claims.exp - claims.iat), (&vec!["tenant_admin".to_owned()], 600));
        assert_eq!((&claims.amr, claims.epoch), (&vec!["pwd".to_owned()], server.account(&ann).epoch));
    });
}

#[test]
fn ir5_an_access_token_ends_and_a_refresh_token_turns() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let first = server.tokens_of(DEFAULT, "ann@example.org");
        let refresh = |token: &str| server.rest(None).post("/auth/refresh", &json!({ "refresh_token": token }));
        server.clock.advance(604);
        server.rest(Some(text(&first, "access_token"))).get("/me").is(401);
        let second = refresh(text(&first, "refresh_token")).is(200);
        server.rest(Some(text(&second, "access_token"))).get("/me").is(200);
        // The answer was lost: the one before gives an equal, once.
        server.clock.advance(29);
        let equal = refresh(text(&first, "refresh_token")).is(200);
        let third = refresh(text(&second, "refresh_token")).is(200);
        server.rest(Some(text(&third, "access_token"))).get("/me").is(200);
        // The equal that came second is an old one now: two have the family.
        refresh(text(&equal, "refresh_token")).is(401);
        refresh(text(&third, "refresh_token")).is(401);
        server.rest(Some(text(&third, "access_token"))).get("/me").is(401);
    });
}

#[test]
fn ir5_an_old_refresh_token_ends_the_family() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let refresh = |token: &str| server.rest(None).post("/auth/refresh", &json!({ "refresh_token": token }));
        for late in [true, false] {
            let first = server.tokens_of(DEFAULT, "ann@example.org");
            let second = refresh(text(&first, "refresh_token")).is(200);
            if late {
                server.clock.advance(30);
            } else {
                refresh(text(&first, "refresh_token")).is(200);
            }
            assert_eq!(text(&refresh(text(&first, "refresh_token")).is(401), "code"), "invalid_credentials");
            refresh(text(&second, "refresh_token")).is(401);
            server.rest(Some(text(&second, "access_token"))).get("/me").is(401);
        }
        for nonsense in ["x", "rc_refresh_", "rc_refresh_0.1", "rc_refresh_00000000000000000000000000000000.x"] {
            refresh(nonsense).is(401);
        }
    });
}

/// Ids of sessions stand in lists and access tokens: whoever reads one ends nothing by it.
#[test]
fn ir5_a_refresh_token_that_nobody_was_given_ends_nothing() {
    for_each_store(|server| {
        let (ann, bob) = ["ann@example.org", "bob@example.org"]
            .map(|email| {
                server.newcomer(DEFAULT, email, "viewer");
                server.tokens_of(DEFAULT, email)
            })
            .into();
        let refresh = |token: &str| server.rest(None).post("/auth/refresh", &json!({ "refresh_token": token }));
        let own = text(&ann, "refresh_token");
        let ((id, secret), (_, other)) =
            (own.split_once('.').unwrap(), text(&bob, "refresh_token").split_once('.').unwrap());
        let (secret, mark) = secret.split_at(43);
        let forged = |secret: &str, mark: &str| format!("{id}.{secret}{mark}");
        let wrong = "A".repeat(43);
        for made_up in
            [format!("{id}.x"), format!("{id}.{other}"), forged(&wrong, ""), forged(&wrong, mark), forged("", mark)]
        {
            refresh(&made_up).is(401);
        }
        server.rest(Some(text(&ann, "access_token"))).get("/me").is(200);
        refresh(own).is(200);
        assert_eq!((secret.len(), mark.len()), (43, 22));
    });
}

/// The master key was exchanged beside a running process, which has the keys that sign in memory and goes on.
#[test]
fn ir5_signing_keys_that_cannot_be_opened_any_more_leave_those_in_memory() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let ann = server.signed_in(DEFAULT, "ann@example.org");
        ann.get("/me").is(200);
        server.database.execute("UPDATE signing_key SET id = 'another'");
        for _ in 0..3 {
            server.clock.advance(61);
            ann.get("/me").is(200);
            server.signed_in(DEFAULT, "ann@example.org").get("/me").is(200);
        }
    });
}

#[test]
fn ir5_s2_33_sessions_end_when_unused_and_at_the_latest_after_thirty_days() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "reader@example.org", "viewer");
        server.newcomer(DEFAULT, "writer@example.org", "tenant_admin");
        let refresh = |token: &str| server.rest(None).post("/auth/refresh", &json!({ "refresh_token": token }));
        let (mut reader, writer) =
            (server.tokens_of(DEFAULT, "reader@example.org"), server.tokens_of(DEFAULT, "writer@example.org"));
        server.clock.advance(8 * 3600);
        refresh(text(&writer, "refresh_token")).is(401);
        for _ in 0..3 {
            reader = refresh(text(&reader, "refresh_token")).is(200);
            server.clock.advance(9 * 24 * 3600);
        }
        reader = refresh(text(&reader, "refresh_token")).is(200);
        server.clock.advance(3 * 24 * 3600);
        refresh(text(&reader, "refresh_token")).is(401);
        let idle = server.tokens_of(DEFAULT, "reader@example.org");
        server.clock.advance(14 * 24 * 3600);
        refresh(text(&idle, "refresh_token")).is(401);
    });
}

#[test]
fn ir5_s2_33_a_user_has_twenty_sessions_and_ends_them_one_by_one() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let oldest = server.signed_in(DEFAULT, "ann@example.org");
        server.clock.advance(1);
        let mut last = server.signed_in(DEFAULT, "ann@example.org");
        for _ in 0..18 {
            server.clock.advance(1);
            last = server.signed_in(DEFAULT, "ann@example.org");
        }
        oldest.get("/me").is(200);
        server.clock.advance(1);
        let newest = server.signed_in(DEFAULT, "ann@example.org");
        oldest.get("/me").is(401);
        let listed = newest.get("/auth/sessions").is(200)["data"].clone();
        assert_eq!(listed.as_array().unwrap().len(), 20);
        assert!(listed[0]["current"] == true && listed[1]["current"] == false);
        newest.delete(&format!("/auth/sessions/{}", text(&listed[1], "id"))).is(204);
        last.get("/me").is(401);
        newest.delete(&format!("/auth/sessions/{}", text(&listed[1], "id"))).is(404);
        newest.delete("/auth/sessions/nonsense").is(404);
        newest.post("/auth/logout", &json!({})).is(204);
        newest.get("/me").is(401);
    });
}

#[test]
fn epoch_kills_everything() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let (one, two) = (server.tokens_of(DEFAULT, "ann@example.org"), server.signed_in(DEFAULT, "ann@example.org"));
        let link = server.link(&server.account(&ann), Purpose::Verify);
        two.post("/auth/logout-all", &json!({})).is(204);
        two.get("/me").is(401);
        server.rest(Some(text(&one, "access_token"))).get("/me").is(401);
        let refresh = json!({ "refresh_token": text(&one, "refresh_token") });
        server.rest(None).post("/auth/refresh", &refresh).is(401);
        server.rest(None).post("/auth/email/verify", &json!({ "token": link })).is(401);
        server.signed_in(DEFAULT, "ann@example.org").get("/me").is(200);
    });
}

#[test]
fn ir5_who_is_deactivated_over_scim_is_refused_at_once_by_every_process() {
    for_each_store(|server| {
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer");
        let ann = server.client().user("ann@example.org");
        let (own, from) = (server.database.id(&ann), server.database.id(&bob.id.to_string()));
        server.database.execute(&format!(
            "INSERT INTO password (user_id, scheme, hash, changed, must_change, expires, synced)
             SELECT {own}, scheme, hash, changed, must_change, expires, synced FROM password WHERE user_id = {from}"
        ));
        let tokens = server.tokens_of(DEFAULT, "ann@example.org");
        let token = text(&tokens, "access_token");
        // What another process remembers: its own keys, verified tokens and holdings.
        let other = Auth::new(Mfa::new(server.directory().clone(), None), server.url(), DEFAULT);
        let known = || server.block_on(rollcall::auth::authenticate(&other, &server.cx(), token)).is_ok();
        assert!(known());
        server.rest(Some(token)).get("/me").is(200);
        let off = json!([{ "op": "replace", "path": "active", "value": false }]);
        server.client().patch(&format!("/Users/{ann}"), off).is(200);
        assert!(!known());
        server.rest(Some(token)).get("/me").is(401);
        server.log_in(DEFAULT, "ann@example.org", PASSWORD).is(401);
    });
}

#[test]
fn empty_bearer_opens_nothing_at_the_rest_faces() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let tokens = server.tokens_of(DEFAULT, "ann@example.org");
        let access = text(&tokens, "access_token");
        let (head, _) = access.rsplit_once('.').unwrap();
        let values = [
            "Bearer".to_owned(),
            "Bearer ".to_owned(),
            "Bearer null".to_owned(),
            "Bearer undefined".to_owned(),
            access.to_owned(),
            format!("Basic {access}"),
            format!("Bearer {head}."),
            format!("Bearer {}", server.token),
            format!("Bearer {}", text(&tokens, "refresh_token")),
            "Bearer rc_app_0000000000000000.x".to_owned(),
        ];
        for path in ["/me", "/auth/sessions"] {
            server.rest(None).get(path).is(401);
            for value in &values {
                let answer = server.rest(None).send("GET", path, &[("authorization", value.as_str())], None);
                answer.is(401);
                assert!(answer.header("www-authenticate").unwrap().starts_with("Bearer"), "{value}");
            }
        }
        server.rest(Some(access)).get("/me").is(200);
    });
}
