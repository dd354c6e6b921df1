//! Sessions of the pages: the same rows as those of programs, behind a token of their own that no other door takes; signing in
//! without scripts, sessions for setting up a factor, fresh proofs, and one's own profile.

use rollcall::store::one_time_links::Purpose;
use serde_json::json;

use crate::browser::{Browser, form, plain};
use crate::client::Answer;
use crate::mfa::{self, code_of};
use crate::server::{DEFAULT, Server, for_each_store, start};
use crate::signed_in::{OTHER, PASSWORD, text};

const ANN: &str = "ann@example.org";
const SESSION: &str = "__Host-rollcall";
const HOUR: i64 = 3600;

fn cookies(answer: &Answer) -> Vec<String> {
    answer.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned()).collect()
}

/// Whether the browser is led to the sign-in.
#[track_caller]
fn is_out(browser: &Browser) -> String {
    let answer = browser.get("/ui/security");
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.header("location").unwrap().to_owned()
}

#[track_caller]
fn is_in(browser: &Browser) -> Answer {
    let answer = browser.get("/ui/security");
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

/// Sets an authenticator up on the pages; gives its code of later.
fn set_up_app(server: &Server, browser: &Browser) -> impl Fn() -> String {
    let page = browser.submit(&browser.get("/ui/security"), "/ui/security/totp/start", &[]);
    let key = page.text.split("class=\"secret\">").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    let card = json!({ "secret": key });
    let wrong = browser.submit(&page, "/ui/security/totp/verify", &[("code", "000000")]);
    assert!(wrong.status == 422 && wrong.text.contains("This is not the code."), "{}", wrong.text);
    assert!(wrong.text.replace(' ', "").contains(&key), "the same key is shown again");
    let done = browser.submit(&wrong, "/ui/security/totp/verify", &[("code", &code_of(server, &card))]);
    assert!(done.status == 200 && done.text.contains("Keep your recovery codes"), "{}", done.text);
    assert_eq!(done.text.matches("<code>").count(), 10);
    let clock = std::sync::Arc::clone(&server.clock);
    let secret = totp_rs::Secret::try_from_base32(text(&card, "secret")).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    move || {
        use rollcall::clock::Clock as _;
        clock.advance(30);
        totp.generate(u64::try_from(clock.now().micros() / 1_000_000).unwrap()).to_string()
    }
}

#[test]
fn cookies_are_for_this_host_alone_and_no_script_reads_them() {
    let server = start();
    server.newcomer(DEFAULT, ANN, "viewer");
    let browser = Browser::new(&server);
    let visit = cookies(&browser.get("/ui/"));
    assert_eq!(visit.len(), 1, "{visit:?}");
    assert!(visit[0].starts_with("__Host-rollcall-visit="), "{visit:?}");
    assert!(cookies(&browser.get("/ui/")).is_empty(), "it is given once");
    let session = cookies(&browser.sign_in(ANN, PASSWORD));
    assert!(session.iter().any(|line| line.starts_with("__Host-rollcall=rc_page_")), "{session:?}");
    for line in visit.iter().chain(&session) {
        assert!(line.contains("; Path=/") && line.contains("; HttpOnly; Secure; SameSite=Lax"), "{line}");
        assert!(!line.contains("Domain"), "{line}");
        assert_eq!(line.contains("Max-Age"), line.starts_with("__Host-rollcall-organisation="), "{line}");
    }
    assert!(cookies(&browser.get("/ui/security")).is_empty(), "it is not given at each request");
}

#[test]
fn a_page_token_and_a_refresh_token_do_not_open_what_the_other_does() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let ann = Browser::signed_in(server, ANN);
        let token = ann.cookie(SESSION).unwrap();
        for bearer in [token.clone(), token.replace("rc_page_", "rc_refresh_")] {
            assert_eq!(server.rest(Some(&bearer)).get("/me").status, 401);
        }
        let refused = server.rest(None).post("/auth/refresh", &json!({ "refresh_token": token }));
        assert_eq!(refused.status, 401);
        is_in(&ann);
        // The secret under the other name is no refresh token either; as one that nobody was given, it ends nothing.
        let renamed = token.replace("rc_page_", "rc_refresh_");
        assert_eq!(server.rest(None).post("/auth/refresh", &json!({ "refresh_token": renamed })).status, 401);
        is_in(&ann);
        let tokens = server.tokens_of(DEFAULT, ANN);
        let browser = Browser::new(server);
        for shown in [text(&tokens, "refresh_token"), text(&tokens, "access_token")] {
            for value in [shown.to_owned(), shown.replace("rc_refresh_", "rc_page_")] {
                browser.set_cookie(SESSION, &value);
                assert_eq!(is_out(&browser), "/ui/?done=ended");
                assert_eq!(browser.get("/ui/").status, 200, "it is no obstacle where none is needed");
            }
        }
        // Cookies are not read where programs ask.
        let other = Browser::signed_in(server, ANN);
        assert_eq!(other.get("/api/v1/me").status, 401);
        assert!(
            !server.database.holds(other.cookie(SESSION).unwrap().split_once('.').unwrap().1),
            "only its hash is kept"
        );
    });
}

#[test]
fn whatever_ends_sessions_ends_those_of_pages_at_the_next_request() {
    for_each_store(|server| {
        let account = server.newcomer(DEFAULT, ANN, "viewer");
        let (one, two) = (Browser::signed_in(server, ANN), Browser::signed_in(server, ANN));
        let page = is_in(&one);
        let ended = one.submit(&page, "/ui/security/sessions/end", &[]);
        assert!(one.follow(&ended).text.contains("The session has ended."));
        assert_eq!(is_out(&two), "/ui/?done=ended");
        let notice = two.get("/ui/?done=ended");
        assert!(notice.text.contains("Your session has ended."));
        let api = server.signed_in(DEFAULT, ANN);
        let sessions = api.get("/auth/sessions").is(200)["data"].clone();
        assert_eq!(sessions.as_array().unwrap().len(), 2);
        let of_page = sessions.as_array().unwrap().iter().find(|one| one["current"] == false).unwrap();
        assert_eq!(api.delete(&format!("/auth/sessions/{}", text(of_page, "id"))).status, 204);
        is_out(&one);
        let ways: [&dyn Fn(&Browser); 3] = [
            &|browser| {
                let asked = browser.get("/ui/security/confirm/everywhere");
                let out = browser.submit(&asked, "/ui/security/sessions/end-all", &[]);
                assert_eq!(out.header("location"), Some("/ui/?done=signed-out-everywhere"));
            },
            &|browser| drop(browser.submit(&browser.get("/ui/security"), "/ui/sign-out", &[])),
            &|_| {
                let of = server.database.id(&account.id.to_string());
                server.database.execute(&format!("UPDATE users SET epoch = epoch + 1 WHERE id = {of}"));
            },
        ];
        for end in ways {
            let browser = Browser::signed_in(server, ANN);
            let token = browser.cookie(SESSION).unwrap();
            end(&browser);
            browser.set_cookie(SESSION, &token);
            is_out(&browser);
        }
    });
}

#[test]
fn a_session_of_pages_ends_without_use_and_goes_on_with_it() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (used, left) = (Browser::signed_in(server, ANN), Browser::signed_in(server, ANN));
        for _ in 0..29 {
            server.clock.advance(12 * HOUR);
            is_in(&used);
        }
        is_out(&left);
        // Thirty days in all.
        for _ in 0..31 {
            server.clock.advance(12 * HOUR);
            if used.get("/ui/security").status == 303 {
                return;
            }
        }
        panic!("it never ended");
    });
}

#[test]
fn s0_11_a_password_and_an_authenticator_sign_in_without_scripts() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let browser = Browser::signed_in(server, ANN);
        let before = browser.cookie(SESSION).unwrap();
        let code = set_up_app(server, &browser);
        assert_ne!(browser.cookie(SESSION).unwrap(), before, "the session may do more, and has another token");
        let out = browser.submit(&is_in(&browser), "/ui/sign-out", &[]);
        assert!(browser.follow(&out).text.contains("You are signed out."));
        let page = browser.get("/ui/?next=/ui/profile");
        let fields = [("identifier", ANN), ("password", PASSWORD), ("tenant", DEFAULT)];
        let step = browser.submit(&page, "/ui/sign-in", &fields);
        assert!(step.status == 200 && step.text.contains("Confirm it is you"), "{}", step.text);
        assert!(step.text.contains("autocomplete=\"one-time-code\"") && step.text.contains("inputmode=\"numeric\""));
        assert_eq!(browser.cookie(SESSION), None, "nobody is signed in yet");
        let other = browser.submit(&step, "/ui/sign-in/prove", &[("choose", "recovery_code")]);
        assert_eq!(other.status, 422);
        let chosen = choose(&browser, &step, "recovery_code");
        assert!(chosen.text.contains("Type one of the recovery codes"), "{}", chosen.text);
        let back = choose(&browser, &chosen, "totp");
        let wrong = browser.submit(&back, "/ui/sign-in/prove", &[("code", "000000")]);
        assert!(wrong.status == 422 && wrong.text.contains("This code is not right"), "{}", wrong.text);
        let done = browser.submit(&wrong, "/ui/sign-in/prove", &[("code", &code()), ("remember", "yes")]);
        assert_eq!(done.header("location"), Some("/ui/profile"), "{}", done.text);
        let device = cookies(&done).into_iter().find(|line| line.starts_with("__Host-rollcall-device=")).unwrap();
        assert!(device.contains("; Max-Age=2592000; HttpOnly; Secure"), "{device}");
        // The device stands in for the factor, and is given the next token.
        drop(browser.submit(&is_in(&browser), "/ui/sign-out", &[]));
        let shown = browser.cookie("__Host-rollcall-device").unwrap();
        assert_eq!(browser.sign_in(ANN, PASSWORD).header("location"), Some("/ui/security"));
        assert_ne!(browser.cookie("__Host-rollcall-device").unwrap(), shown);
    });
}

/// Chooses another way on the page of a step.
fn choose(browser: &Browser, page: &Answer, method: &str) -> Answer {
    let fields = form(page, "/ui/sign-in/prove");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = browser.post("/ui/sign-in/choose", &[fields, vec![("choose", method)]].concat());
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

#[test]
fn five_wrong_codes_and_the_step_begins_again() {
    let server = start();
    server.newcomer(DEFAULT, ANN, "viewer");
    mfa::enrol(&server, &server.signed_in(DEFAULT, ANN));
    let browser = Browser::new(&server);
    let mut page = browser.sign_in(ANN, PASSWORD);
    for turn in 0..5 {
        assert!(page.text.contains("Confirm it is you"), "{turn}: {}", page.text);
        page = browser.submit(&page, "/ui/sign-in/prove", &[("code", "000000")]);
    }
    assert!(page.status == 422 && page.text.contains("Please begin again."), "{}", page.text);
    form(&page, "/ui/sign-in");
}

#[test]
fn ir17_a_session_for_setting_up_a_factor_opens_nothing_else() {
    for_each_store(|server| {
        let account = server.newcomer(DEFAULT, ANN, "viewer");
        let of = server.database.id(&account.id.to_string());
        server.database.execute(&format!("INSERT INTO user_mfa (user_id, code_required) VALUES ({of}, true)"));
        let token = server.link(&account, Purpose::Enrol);
        let browser = Browser::new(server);
        let page = browser.submit(&browser.get("/link/enrol"), "/link/enrol", &[("pasted", &token)]);
        let fields = [("identifier", ANN), ("password", PASSWORD), ("tenant", DEFAULT)];
        let step = browser.submit(&page, "/ui/sign-in", &fields);
        assert!(step.text.contains("is filled in") && step.text.contains(&token), "{}", step.text);
        let came = browser.submit(&step, "/ui/sign-in/prove", &[]);
        let home = browser.follow(&came);
        assert!(home.text.contains("Set up a second factor now."), "{}", home.text);
        assert!(!home.text.contains("/ui/profile") && !home.text.contains("Where you are signed in"), "{}", home.text);
        for path in ["/ui/profile", "/ui/security/password", "/ui/security/confirm/everywhere"] {
            assert_eq!(browser.get(path).header("location"), Some("/ui/security"), "{path}");
        }
        let fields = form(&home, "/ui/sign-out");
        let refused = browser.post("/ui/security/sessions/end-all", &[("form_token", &fields[0].1)]);
        assert_eq!(refused.header("location"), Some("/ui/security"));
        let (late, before) = (Browser::new(server), browser.cookie(SESSION).unwrap());
        late.set_cookie(SESSION, &before);
        drop(set_up_app(server, &browser));
        assert_eq!(browser.get("/ui/profile").status, 200, "everything is open now");
        server.clock.advance(31);
        is_out(&late);
    });
}

#[test]
fn ir17_a_session_for_setting_up_a_factor_lasts_ten_minutes() {
    let server = start();
    let account = server.newcomer(DEFAULT, ANN, "viewer");
    let of = server.database.id(&account.id.to_string());
    server.database.execute(&format!("INSERT INTO user_mfa (user_id, code_required) VALUES ({of}, true)"));
    let token = server.link(&account, Purpose::Enrol);
    let browser = Browser::new(&server);
    let step = browser.sign_in(ANN, PASSWORD);
    assert_eq!(browser.submit(&step, "/ui/sign-in/prove", &[("code", &token)]).status, 303);
    server.clock.advance(599);
    is_in(&browser);
    server.clock.advance(1);
    is_out(&browser);
}

#[test]
fn ir18_what_is_sensitive_is_done_once_it_was_proven_anew() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let browser = Browser::signed_in(server, ANN);
        let code = set_up_app(server, &browser);
        server.clock.advance(HOUR);
        let page = browser.get("/ui/profile");
        let asked = browser.submit(&page, "/ui/profile", &[("phone", "+33 123 456 789"), ("display_name", "Ann & Co")]);
        assert!(asked.status == 200 && asked.text.contains("What you are about to do is sensitive."), "{}", asked.text);
        assert!(!asked.text.contains("rc_page_"));
        let wrong = browser.submit(&asked, "/ui/step-up", &[("code", "000000")]);
        assert!(wrong.status == 422 && wrong.text.contains("This code is not right"), "{}", wrong.text);
        let before = browser.cookie(SESSION).unwrap();
        let done = browser.submit(&wrong, "/ui/step-up", &[("code", &code())]);
        assert_eq!(done.header("location"), Some("/ui/profile?done=profile-saved"), "{}", done.text);
        assert_ne!(browser.cookie(SESSION).unwrap(), before);
        let saved = plain(&browser.get("/ui/profile").text);
        assert!(saved.contains("+33123456789") && saved.contains("Ann & Co"), "{saved}");
        let me = browser.get("/ui/security/confirm/recovery-codes");
        let codes = browser.submit(&me, "/ui/security/recovery-codes", &[]);
        assert!(codes.text.contains("Keep your recovery codes"), "it is fresh now: {}", codes.text);
    });
}

#[test]
fn a_password_is_changed_and_other_sessions_end() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, ANN, "viewer");
        let (ann, other) = (Browser::signed_in(server, ANN), Browser::signed_in(server, ANN));
        let page = ann.get("/ui/security/password");
        let wrong = [("current_password", "not it"), ("new_password", OTHER)];
        let refused = ann.submit(&page, "/ui/security/password", &wrong);
        assert!(
            refused.status == 422 && refused.text.contains("This is not your present password."),
            "{}",
            refused.text
        );
        let right = [("current_password", PASSWORD), ("new_password", OTHER)];
        let done = ann.submit(&page, "/ui/security/password", &right);
        assert!(ann.follow(&done).text.contains("The password is changed."));
        is_out(&other);
        let guessing = Browser::new(server);
        let slow = (0..6).map(|_| guessing.sign_in("bob@x.test", "no")).find(|answer| answer.status == 429);
        assert!(slow.unwrap().header("retry-after").is_some());
    });
}

#[test]
fn nobody_is_led_elsewhere_after_signing_in() {
    let server = start();
    server.newcomer(DEFAULT, ANN, "viewer");
    let browser = Browser::new(&server);
    let wanted = browser.get("/ui/security/confirm/reset?id=1");
    assert_eq!(wanted.header("location"), Some("/ui/?next=%2Fui%2Fsecurity%2Fconfirm%2Freset%3Fid%3D1"));
    let page = browser.get(wanted.header("location").unwrap());
    let fields = [("identifier", ANN), ("password", PASSWORD), ("tenant", DEFAULT)];
    let came = browser.submit(&page, "/ui/sign-in", &fields);
    assert_eq!(came.header("location"), Some("/ui/security/confirm/reset?id=1"));
    for next in ["https://evil.example/ui/", "//evil.example", "/ui//evil.example", "/\\evil.example", "/api/v1/me"] {
        let stranger = Browser::new(&server);
        let page = stranger.get(&format!("/ui/?next={}", crate::client::encode(next)));
        let typed = [fields.as_slice(), &[("next", next)]].concat();
        let came = stranger.submit(&page, "/ui/sign-in", &typed);
        assert_eq!(came.header("location"), Some("/ui/security"), "{next}");
        assert_eq!(
            stranger.get(&format!("/ui/?next={}", crate::client::encode(next))).header("location"),
            Some("/ui/security")
        );
    }
}
