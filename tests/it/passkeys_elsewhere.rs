//! Passkeys by a second, independent implementation of client and authenticator (`passkey-rs`): what it registers signs in,
//! with a user name and without, and what a liar makes of it opens nothing (S0-14, S0-15, S2-43).

use std::pin::Pin;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client as Browser, DefaultClientData, WebauthnError};
use passkey::crypto::aws_lc_rs::AwsLcRsBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::get_assertion::{Options, Request};
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use webauthn_authenticator_rs::prelude::Url;

use crate::client::{Answer, Client};
use crate::server::{DEFAULT, Server, for_each_store_of};
use crate::signed_in::{PASSWORD, text};

const ANN: &str = "ann@example.org";
const RP: &str = "example.com";
const ORIGIN: &str = "https://example.com";
const PARTY: Option<(&str, &str)> = Some((RP, ORIGIN));

/// What is asked before an authenticator signs: whether its user was verified beside being there.
struct Touch {
    verifies: bool,
}

impl UserValidationMethod for Touch {
    type PasskeyItem = Passkey;

    fn check_user<'hint, 'own, 'done>(
        &'own self,
        hint: UiHint<'hint, Passkey>,
        presence: bool,
        _: bool,
    ) -> Pin<Box<dyn Future<Output = Result<UserCheck, Ctap2Error>> + Send + 'done>>
    where
        'hint: 'done,
        'own: 'done,
        Self: 'done,
    {
        // Nobody wants a second passkey of the same account on one authenticator.
        let answer = match hint {
            UiHint::InformExcludedCredentialFound(_) => Err(Ctap2Error::CredentialExcluded),
            _ => Ok(UserCheck { presence, verification: self.verifies }),
        };
        Box::pin(std::future::ready(answer))
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(self.verifies)
    }
}

/// An authenticator with room for one passkey. A clone of it is a copy, as a thief makes one.
#[derive(Clone, Default)]
struct Key {
    kept: Option<Passkey>,
    /// Whether it counts its signatures.
    counts: bool,
}

/// What an authenticator and its browser say, and where it is a lie.
struct Said<'a> {
    kind: &'a str,
    challenge: &'a str,
    origin: &'a str,
    rp: &'a str,
    verified: bool,
}

/// No lie.
fn truth(challenge: &str) -> Said<'_> {
    Said { kind: "webauthn.get", challenge, origin: ORIGIN, rp: RP, verified: true }
}

impl Key {
    fn authenticator(&self, verifies: bool) -> Authenticator<Option<Passkey>, Touch, AwsLcRsBackend> {
        let touch = Touch { verifies };
        let mut made = Authenticator::new(Aaguid::new_empty(), self.kept.clone(), touch, AwsLcRsBackend);
        made.set_make_credentials_with_signature_counter(self.counts);
        made
    }

    /// What a browser at that origin makes of the options of a registration.
    fn make(&mut self, server: &Server, origin: &str, options: &Value) -> Result<Value, WebauthnError> {
        let mut browser = Browser::new(self.authenticator(true));
        let (origin, options) = (Url::parse(origin).unwrap(), serde_json::from_value(options.clone()).unwrap());
        let made = server.wait(browser.register(&origin, options, DefaultClientData))?;
        self.kept.clone_from(browser.authenticator().store());
        Ok(serde_json::to_value(made).unwrap())
    }

    /// What an honest browser shows for the options of a sign-in.
    fn show(&mut self, server: &Server, options: &Value) -> Value {
        let mut browser = Browser::new(self.authenticator(true));
        let (origin, options) = (Url::parse(ORIGIN).unwrap(), serde_json::from_value(options.clone()).unwrap());
        let shown = server.wait(browser.authenticate(&origin, options, DefaultClientData)).unwrap();
        self.kept.clone_from(browser.authenticator().store());
        serde_json::to_value(shown).unwrap()
    }

    /// What a browser shows that says whatever it likes.
    fn say(&mut self, server: &Server, said: &Said<'_>) -> Value {
        let data =
            json!({ "type": said.kind, "challenge": said.challenge, "origin": said.origin, "crossOrigin": false });
        let data = data.to_string();
        let request = Request {
            rp_id: said.rp.to_owned(),
            client_data_hash: Sha256::digest(data.as_bytes()).to_vec().into(),
            allow_list: None,
            extensions: None,
            options: Options { up: true, uv: said.verified },
            pin_auth: None,
            pin_protocol: None,
        };
        let mut authenticator = self.authenticator(said.verified);
        let signed = server.wait(authenticator.get_assertion(request)).unwrap();
        self.kept.clone_from(authenticator.store());
        let id = URL_SAFE_NO_PAD.encode(&*signed.credential.unwrap().id);
        let response = json!({
            "clientDataJSON": URL_SAFE_NO_PAD.encode(data),
            "authenticatorData": URL_SAFE_NO_PAD.encode(signed.auth_data.to_vec()),
            "signature": URL_SAFE_NO_PAD.encode(&*signed.signature),
            "userHandle": signed.user.map(|user| URL_SAFE_NO_PAD.encode(&*user.id)),
        });
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": {} })
    }
}

fn register(server: &Server, who: &Client, key: &mut Key) -> Value {
    let options = who.post("/me/passkeys/register/start", &json!({})).is(200)["data"]["options"].clone();
    let made = key.make(server, ORIGIN, &options).unwrap();
    let body = json!({ "credential": made, "name": "Elsewhere" });
    who.post("/me/passkeys/register/finish", &body).is(201)["data"].clone()
}

/// Begins to sign in with a passkey; with `{}` the browser is to find it.
fn begin(server: &Server, named: &Value) -> Value {
    server.rest(None).post("/auth/passkeys/start", named).is(200)
}

fn ann_in(tenant: &str) -> Value {
    json!({ "tenant": tenant, "email": ANN })
}

fn finish(server: &Server, begun: &Value, credential: &Value) -> Answer {
    let body = json!({ "passkey_token": text(begun, "passkey_token"), "credential": credential });
    server.rest(None).post("/auth/passkeys/finish", &body)
}

/// Who the tokens of an answer belong to.
fn who(server: &Server, answer: &Answer) -> Value {
    server.rest(Some(text(&answer.is(200), "access_token"))).get("/me").is(200)["data"].clone()
}

#[test]
fn s0_14_s2_43_another_implementation_registers_and_signs_in_with_and_without_a_user_name() {
    for_each_store_of(PARTY, |server| {
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let mut key = Key::default();
        let session = server.signed_in(DEFAULT, ANN);
        let made = register(server, &session, &mut key);
        assert_eq!(made["recovery_codes"].as_array().unwrap().len(), 10);
        // A registered authenticator is told not to make a second passkey.
        let again = session.post("/me/passkeys/register/start", &json!({})).is(200)["data"]["options"].clone();
        assert!(key.make(server, ORIGIN, &again).is_err());

        let named = begin(server, &ann_in(DEFAULT));
        let answer = finish(server, &named, &key.show(server, &named["options"]));
        assert_eq!(who(server, &answer)["methods"], json!(["hwk"]));

        let anybody = begin(server, &json!({}));
        assert!(anybody["options"]["publicKey"]["allowCredentials"].as_array().is_none_or(Vec::is_empty), "{anybody}");
        let found = key.show(server, &anybody["options"]);
        let handle = URL_SAFE_NO_PAD.encode(ann.id.uuid().as_bytes());
        assert_eq!(found["response"]["userHandle"], handle, "{found}");
        assert_eq!(who(server, &finish(server, &anybody, &found))["id"], ann.id.to_string());
        finish(server, &anybody, &found).is(401);

        let due = server.log_in(DEFAULT, ANN, PASSWORD).is(200);
        let asked = json!({ "mfa_token": due["mfa_token"], "method": "passkey" });
        let asked = server.rest(None).post("/auth/mfa/challenge", &asked).is(200);
        let shown = key.show(server, &asked["options"]);
        let body = json!({ "mfa_token": due["mfa_token"], "method": "passkey", "credential": shown });
        let answer = server.rest(None).post("/auth/mfa/verify", &body);
        assert_eq!(who(server, &answer)["methods"], json!(["pwd", "hwk", "mfa"]));
        let keys = session.get("/me/passkeys").is(200)["data"].clone();
        assert_eq!(keys[0]["use_count"], 3, "{keys}");
    });
}

#[test]
fn badexample_com_is_not_example_com_whatever_a_browser_says() {
    for_each_store_of(PARTY, |server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let mut key = Key { counts: true, ..Key::default() };
        let session = server.signed_in(DEFAULT, ANN);
        let start = || session.post("/me/passkeys/register/start", &json!({})).is(200)["data"]["options"].clone();
        // An honest browser refuses by itself; one that lies makes a passkey for its own origin.
        assert!(key.make(server, "https://badexample.com", &start()).is_err());
        let mut lie = start();
        lie["publicKey"]["rp"]["id"] = json!("badexample.com");
        let made = key.make(server, "https://badexample.com", &lie).unwrap();
        session.post("/me/passkeys/register/finish", &json!({ "credential": made })).is(422);
        let mut key = Key { counts: true, ..Key::default() };
        register(server, &session, &mut key);

        type Lie = for<'a> fn(Said<'a>) -> Said<'a>;
        let lies: [(&str, Lie); 10] = [
            ("the origin of a stranger", |said| Said { origin: "https://badexample.com", ..said }),
            ("the origin of a stranger below it", |said| Said { origin: "https://example.com.evil.test", ..said }),
            ("an origin that was not allowed", |said| Said { origin: "https://sub.example.com", ..said }),
            ("an origin without TLS", |said| Said { origin: "http://example.com", ..said }),
            ("another port", |said| Said { origin: "https://example.com:8443", ..said }),
            ("another relying party", |said| Said { rp: "badexample.com", ..said }),
            ("both", |said| Said { origin: "https://badexample.com", rp: "badexample.com", ..said }),
            ("a registration", |said| Said { kind: "webauthn.create", ..said }),
            ("another challenge", |said| Said { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", ..said }),
            ("no verification of the user", |said| Said { verified: false, ..said }),
        ];
        for named in [ann_in(DEFAULT), json!({})] {
            for (what, lie) in &lies {
                let begun = begin(server, &named);
                let challenge = text(&begun["options"]["publicKey"], "challenge");
                let shown = key.say(server, &lie(truth(challenge)));
                assert_eq!(finish(server, &begun, &shown).status, 401, "{what}");
            }
            // What is refused is the lie and nothing else.
            let begun = begin(server, &named);
            let challenge = text(&begun["options"]["publicKey"], "challenge");
            let mut shown = key.say(server, &truth(challenge));
            let signature = shown["response"]["signature"].take();
            shown["response"]["signature"] = json!(URL_SAFE_NO_PAD.encode([0x30, 6, 2, 1, 1, 2, 1, 1]));
            finish(server, &begun, &shown).is(401);
            shown["response"]["signature"] = signature;
            finish(server, &begun, &shown).is(200);
        }
    });
}

#[test]
fn s0_15_a_copied_passkey_is_found_out_by_its_counter() {
    for_each_store_of(PARTY, |server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let mut key = Key { counts: true, ..Key::default() };
        register(server, &server.signed_in(DEFAULT, ANN), &mut key);
        let mut copy = key.clone();
        let sign_in = |key: &mut Key| {
            let begun = begin(server, &json!({}));
            finish(server, &begun, &key.show(server, &begun["options"])).status
        };
        assert_eq!((sign_in(&mut key), sign_in(&mut key)), (200, 200));
        // The copy counts on from where it was made: twice not further than the other, which is told so.
        assert_eq!((sign_in(&mut copy), sign_in(&mut copy)), (401, 401));
        assert_eq!(sign_in(&mut key), 200);
    });
}

#[test]
fn two_tenants_everywhere_a_passkey_is_its_own_users_in_its_own_tenant() {
    for_each_store_of(PARTY, |server| {
        let (mut here, mut there) = (Key::default(), Key::default());
        let ann = server.newcomer(DEFAULT, ANN, "viewer");
        let namesake = server.newcomer("other", ANN, "viewer");
        register(server, &server.signed_in(DEFAULT, ANN), &mut here);
        register(server, &server.signed_in("other", ANN), &mut there);
        let show = |key: &mut Key, begun: &Value| {
            let challenge = text(&begun["options"]["publicKey"], "challenge");
            key.say(server, &truth(challenge))
        };
        // The passkey of the namesake does not open the account of the other tenant, nor another's of the same tenant.
        let begun = begin(server, &ann_in(DEFAULT));
        finish(server, &begun, &show(&mut there, &begun)).is(401);
        let (bob, mut his) = (server.newcomer(DEFAULT, "bob@example.org", "viewer"), Key::default());
        register(server, &server.signed_in(DEFAULT, &bob.user_name), &mut his);
        let begun = begin(server, &ann_in(DEFAULT));
        finish(server, &begun, &show(&mut his, &begun)).is(401);
        // Nor when it says that it is hers.
        let begun = begin(server, &json!({}));
        let mut shown = show(&mut his, &begun);
        shown["response"]["userHandle"] = json!(URL_SAFE_NO_PAD.encode(ann.id.uuid().as_bytes()));
        finish(server, &begun, &shown).is(401);
        // Found by the browser, each opens the account that it was made for.
        for (key, account, tenant) in [(&mut here, &ann, DEFAULT), (&mut there, &namesake, "other")] {
            let begun = begin(server, &json!({}));
            let me = who(server, &finish(server, &begun, &show(key, &begun)));
            assert_eq!(me["id"], account.id.to_string(), "{tenant}");
            assert_eq!(me["tenant_id"], server.tenant(tenant).id.to_string());
        }
    });
}
