//! Tokens made by another implementation are verified, and no token but ours is.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;

const ISSUER: &str = "https://id.example.org";
const NOW: Instant = Instant::from_micros(1_700_000_000_000_000);
/// A key made by Python's `cryptography`, and a token that PyJWT signed with it.
const PKCS8: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze+hRANCAARHHD51jEkEKFu6flMRjtD1JK3rB1fSW9L457DXbfpxTN1SD3rKiouResw39R3o8Mm7462Fg4LnAtwloS0J96hY";
const X: &str = "Rxw-dYxJBChbun5TEY7Q9SSt6wdX0lvS-Oew1236cUw";
const Y: &str = "3VIPesqKi5F6zDf1HejwybvjrYWDgucC3CWhLQn3qFg";
const TOKEN: &str = "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEiLCJ0eXAiOiJKV1QifQ.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUub3JnIiwiYXVkIjoicm9sbGNhbGwiLCJzdWIiOiIwMTkwMTYzZC04Njk0LTczOWItYWVhNS05NjZjMjZmOGFkOTEiLCJzaWQiOiIwMTkwMTYzZC04Njk0LTczOWItYWVhNS05NjZjMjZmOGFkOTIiLCJ0ZW5hbnQiOiIwMTkwMTYzZC04Njk0LTczOWItYWVhNS05NjZjMjZmOGFkOTMiLCJyb2xlcyI6WyJ2aWV3ZXIiXSwiYW1yIjpbInB3ZCJdLCJhY3IiOiIxIiwiYXV0aF90aW1lIjoxNzAwMDAwMDAwLCJlcG9jaCI6MywiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDA2MDAsImp0aSI6Im9uZSJ9.HGtPKv8HtVQlLMmkMhiQ7zEy0BrPPtkgvvnG1_OBWLGtQfml0MNiCRr-8T_QLaaFmYIkUcJxXeo6aGuDGeGm0A";
/// The same claims, "signed" with HS256 and the public key as the secret.
const CONFUSED: &str = "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAiYSJ9.eyJpc3MiOiAiaHR0cHM6Ly9pZC5leGFtcGxlLm9yZyIsICJhdWQiOiAicm9sbGNhbGwiLCAic3ViIjogIjAxOTAxNjNkLTg2OTQtNzM5Yi1hZWE1LTk2NmMyNmY4YWQ5MSIsICJzaWQiOiAiMDE5MDE2M2QtODY5NC03MzliLWFlYTUtOTY2YzI2ZjhhZDkyIiwgInRlbmFudCI6ICIwMTkwMTYzZC04Njk0LTczOWItYWVhNS05NjZjMjZmOGFkOTMiLCAicm9sZXMiOiBbInZpZXdlciJdLCAiYW1yIjogWyJwd2QiXSwgImFjciI6ICIxIiwgImF1dGhfdGltZSI6IDE3MDAwMDAwMDAsICJlcG9jaCI6IDMsICJpYXQiOiAxNzAwMDAwMDAwLCAiZXhwIjogMTcwMDAwMDYwMCwgImp0aSI6ICJvbmUifQ.6MLqbGz-hJ5-xRoYeT7TpDflrsJlyP16iQ1VY5pzItA";

fn public_key(id: &str) -> PublicKey {
    PublicKey { id: id.to_owned(), x: X.to_owned(), y: Y.to_owned() }
}

fn verifier() -> Verifier {
    Verifier::new(ISSUER, &[public_key("a")])
}

fn signer(id: &str) -> Signer {
    Signer::new(id, &STANDARD.decode(PKCS8).unwrap())
}

fn claims() -> Claims {
    Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: "0190163d-8694-739b-aea5-966c26f8ad91".parse().unwrap(),
        sid: "0190163d-8694-739b-aea5-966c26f8ad92".parse().unwrap(),
        tenant: "0190163d-8694-739b-aea5-966c26f8ad93".parse().unwrap(),
        roles: vec!["viewer".to_owned()],
        amr: vec!["pwd".to_owned()],
        acr: "1".to_owned(),
        auth_time: 1_700_000_000,
        epoch: 3,
        iat: 1_700_000_000,
        exp: 1_700_000_600,
        jti: "one".to_owned(),
    }
}

/// Header, claims and signature joined as they are given.
fn join(header: &str, claims: &str, signature: &str) -> String {
    format!("{}.{claims}.{signature}", URL_SAFE_NO_PAD.encode(header))
}

#[test]
fn a_token_made_by_another_implementation_is_verified() {
    assert_eq!(*verifier().verify(TOKEN, NOW).unwrap(), claims());
}

#[test]
fn what_is_signed_is_verified_until_it_ends() {
    let verifier = verifier();
    let token = signer("a").sign(&claims()).unwrap();
    for seconds in [0, 599, 602, 0] {
        assert_eq!(*verifier.verify(&token, NOW.plus_seconds(seconds)).unwrap(), claims(), "{seconds}");
    }
    for seconds in [603, 1_000_000] {
        assert!(verifier.verify(&token, NOW.plus_seconds(seconds)).is_err(), "{seconds}");
    }
    assert_eq!(verifier.verified.read().unwrap().len(), 1);
}

#[test]
fn no_other_algorithm_is_taken_whatever_the_token_says() {
    let mut parts = TOKEN.split('.');
    let (_, claims, signature) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
    let tokens = [
        CONFUSED.to_owned(),
        join(r#"{"alg":"none","kid":"a"}"#, claims, ""),
        join(r#"{"alg":"None","kid":"a"}"#, claims, signature),
        join(r#"{"alg":"ES384","kid":"a"}"#, claims, signature),
        join(r#"{"alg":"RS256","kid":"a"}"#, claims, signature),
        join(r#"{"kid":"a"}"#, claims, signature),
        join(r#"{"alg":"ES256","kid":"a","crit":["b64"],"b64":false}"#, claims, signature),
        join(r#"{"alg":"ES256","kid":"a"}"#, claims, ""),
        join(r#"{"alg":"ES256","kid":"a"}"#, claims, &URL_SAFE_NO_PAD.encode([0; 64])),
    ];
    for token in tokens {
        assert!(verifier().verify(&token, NOW).is_err(), "{token}");
    }
}

#[test]
fn a_missing_or_unknown_key_id_is_refused() {
    let of_unknown = signer("b").sign(&claims()).unwrap();
    let (_, rest) = TOKEN.split_once('.').unwrap();
    let without = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"JWT"}"#));
    let verifier = verifier();
    assert!(verifier.verify(&of_unknown, NOW).is_err() && verifier.verify(&without, NOW).is_err());
    assert!(verifier.lacks_key_of(&of_unknown) && !verifier.lacks_key_of(&without) && !verifier.lacks_key_of(TOKEN));
    assert!(!verifier.lacks_key_of("rc_scim_x_y") && !verifier.lacks_key_of(CONFUSED));
}

#[test]
fn another_issuer_or_audience_is_refused() {
    let others = [
        Claims { iss: "https://id.example.com".to_owned(), ..claims() },
        Claims { aud: "other".to_owned(), ..claims() },
    ];
    for other in others {
        assert!(verifier().verify(&signer("a").sign(&other).unwrap(), NOW).is_err(), "{other:?}");
    }
}

#[test]
fn no_altered_token_is_verified_even_after_the_right_one_was() {
    let verifier = verifier();
    verifier.verify(TOKEN, NOW).unwrap();
    for at in 0..TOKEN.len() {
        let mut altered = TOKEN.as_bytes().to_vec();
        altered[at] = if altered[at] == b'A' { b'E' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        assert!(verifier.verify(&altered, NOW).is_err(), "{at}");
    }
    for text in ["", ".", "..", "...", "a.b.c", TOKEN.strip_suffix('A').unwrap(), &"a".repeat(100_000)] {
        assert!(verifier.verify(text, NOW).is_err(), "{text}");
    }
}

#[test]
fn what_is_remembered_stays_within_bounds() {
    let verifier = verifier();
    let claims = Arc::new(claims());
    for number in 0..REMEMBERED + 10 {
        verifier.remember(Sha256::digest(number.to_be_bytes()).into(), &claims, 1_700_000_000);
        assert!(verifier.verified.read().unwrap().len() <= REMEMBERED);
    }
    verifier.remember([0; 32], &claims, 1_700_000_000);
    assert!(verifier.verified.read().unwrap().contains_key(&[0; 32]));
}

#[test]
fn the_key_set_has_the_public_half_alone() {
    let expected = serde_json::json!({"keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "a",
        "x": X, "y": Y,
    }]});
    assert_eq!(key_set(&[public_key("a")]), expected);
    assert_eq!(format!("{:?}", signer("a")), "Signer(a)");
}
