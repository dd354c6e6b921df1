//! The pages for people: what they are allowed to do in a browser, that no form of another site is taken, that texts of users
//! become nothing but texts, and that looking at a mailed link uses nothing up. What a browser does is proven in one, by the
//! suite `browser`.

use rollcall::access::Needs;
use rollcall::http::Method;
use rollcall::notify::Purpose;
use rollcall::notify::post::{self, Post};
use rollcall::store::one_time_links;
use serde_json::json;

use crate::browser::{Browser, form};
use crate::client::{Answer, Client};
use crate::server::{DEFAULT, Server, for_each_store, start};

const ANN: &str = "ann@example.org";

/// Files that do not hold other addresses than ours have none of these: texts of users must never become markup.
const NEVER: [&str; 8] =
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http://", "https://"];

const FILES: [&str; 7] = ["codes.js", "icon.svg", "link.js", "main.js", "passkeys.js", "style.css", "webauthn.js"];

/// The rows of the pages with their paths and who may ask.
fn rows(method: Method) -> Vec<(String, Needs)> {
    let faces = rollcall::ui::faces().into_iter();
    let all = faces.flat_map(|face| face.endpoints.into_iter().map(move |row| (face.prefix, row)));
    let wanted = all.filter(|(_, row)| row.method == method);
    wanted.map(|(prefix, row)| (format!("{prefix}{}", row.path), row.needs)).collect()
}

/// A path of a row that there is.
fn path(row: &str) -> String {
    row.replace("{purpose}", "reset").replace("{what}", "totp").replace("{file}", "main.js")
}

fn is_guarded(path: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{path} has no policy"));
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
    for part in [
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(policy.contains(part), "{path} lacks {part}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
    // With `no-referrer` browsers would not say from where a form comes.
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
}

/// No script and no style of its own, and one heading.
fn is_plain(path: &str, page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{path}: {page}");
    assert_eq!(page.matches("<h1>").count(), 1, "{path}: {page}");
    for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        assert!(!tag.starts_with("style"), "{path}: {tag}");
        assert!(
            !tag.starts_with("script") || tag == "script type=\"module\" src=\"/ui/files/main.js\"",
            "{path}: {tag}"
        );
        assert!(!tag.contains(" style=") && !tag.contains(" on"), "{path}: {tag}");
    }
}

#[test]
fn pages_run_and_show_what_comes_from_here_alone() {
    let server = start();
    server.newcomer(DEFAULT, ANN, "viewer");
    let (nobody, ann) = (Browser::new(&server), Browser::signed_in(&server, ANN));
    let pages = rows(Method::Get);
    assert!(pages.len() > 10, "{}", pages.len());
    for (row, needs) in &pages {
        let path = path(row);
        for method in ["GET", "HEAD"] {
            let browser = if matches!(needs, Needs::Public(_)) { &nobody } else { &ann };
            let answer = browser.send(method, &path, &[], None);
            is_guarded(&path, &answer);
            if path.starts_with("/ui/files") {
                continue;
            }
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
            if method == "GET" && answer.status != 303 {
                is_plain(&path, &answer.text);
            }
        }
    }
    assert_eq!(nobody.get("/").header("location"), Some("/ui/"));
    for name in FILES {
        let answer = nobody.get(&format!("/ui/files/{name}"));
        assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-cache")), "{name}");
        let media_type = match name.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        };
        assert_eq!(answer.header("content-type"), Some(media_type));
        for never in NEVER.iter().filter(|_| !name.ends_with(".svg")) {
            assert!(!answer.text.contains(never), "{name} holds {never}");
        }
        for named in answer.text.split('"').filter_map(|part| part.strip_prefix("./")) {
            assert!(FILES.contains(&named), "{name} names {named}");
        }
    }
}

/// What a row gives for a form: somebody who may ask there, and a page whose form token is right.
fn token_of(browser: &Browser, needs: Needs) -> String {
    let page = if matches!(needs, Needs::Public(_)) { browser.get("/ui/") } else { browser.get("/ui/security") };
    let action = if matches!(needs, Needs::Public(_)) { "/ui/sign-in" } else { "/ui/sign-out" };
    let fields = form(&page, action);
    fields.into_iter().find(|(name, _)| name == "form_token").unwrap().1
}

#[test]
fn no_form_is_taken_that_no_page_of_ours_made_for_this_very_session() {
    let server = start();
    server.newcomer(DEFAULT, ANN, "viewer");
    server.newcomer(DEFAULT, "bob@example.org", "viewer");
    let (nobody, somebody) = (Browser::new(&server), Browser::new(&server));
    let (ann, bob) = (Browser::signed_in(&server, ANN), Browser::signed_in(&server, "bob@example.org"));
    let before = server.journal(DEFAULT).len();
    let actions = rows(Method::Post);
    assert!(actions.len() > 20, "{}", actions.len());
    for (row, needs) in actions {
        let path = path(&row);
        let open = matches!(needs, Needs::Public(_));
        let (who, other) = if open { (&nobody, &somebody) } else { (&ann, &bob) };
        let (own, foreign) = (token_of(who, needs), token_of(other, needs));
        assert_ne!(own, foreign);
        let refused = |answer: &Answer, why: &str| {
            assert_eq!(answer.status, 403, "{path} {why}: {}", answer.text);
            assert!(answer.text.contains("Please open the page again"), "{path} {why}");
            is_guarded(&path, answer);
        };
        refused(&who.post(&path, &[]), "without a token");
        refused(&who.post(&path, &[("form_token", "")]), "with an empty one");
        refused(&who.post(&path, &[("form_token", &foreign)]), "with that of another one");
        for origin in ["https://evil.example", "null", "http://127.0.0.1:1", ""] {
            refused(&who.at(origin).post(&path, &[("form_token", &own)]), origin);
        }
        let silent = [("content-type", "application/x-www-form-urlencoded")];
        let body = format!("form_token={own}");
        refused(&who.send("POST", &path, &silent, Some(&body)), "from nowhere");
        let cross = [silent[0], ("sec-fetch-site", "cross-site")];
        refused(&who.send("POST", &path, &cross, Some(&body)), "from another site");
        let text = [("content-type", "text/plain"), ("origin", server.url())];
        assert_eq!(who.send("POST", &path, &text, Some(&body)).status, 400, "{path}");
        if !open {
            let stranger = Browser::new(&server).post(&path, &[("form_token", &own)]);
            assert_eq!((stranger.status, stranger.header("location")), (303, Some("/ui/")), "{path}");
        }
    }
    assert_eq!(server.journal(DEFAULT).len(), before, "nothing was done");
    // A browser that says nothing of the origin, but that it is the same one, is believed.
    let body = format!("form_token={}", token_of(&ann, Needs::SignedIn));
    let same = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    assert_eq!(ann.send("POST", "/ui/sign-out", &same, Some(&body)).header("location"), Some("/ui/?done=signed-out"));
}

#[test]
fn texts_of_users_become_nothing_but_texts() {
    let server = start();
    let script = "<script>alert(1)</script>\"'&";
    let account = server.newcomer(DEFAULT, ANN, "viewer");
    let of = server.database.id(&account.id.to_string());
    let ann = Browser::signed_in(&server, ANN);
    let saved = ann.submit(&ann.get("/ui/profile"), "/ui/profile", &[("display_name", script)]);
    assert_eq!(saved.header("location"), Some("/ui/profile?done=profile-saved"));
    let agent = script.replace('\'', "''");
    server
        .database
        .execute(&format!("UPDATE session SET user_agent = '{agent}', address = '{agent}' WHERE user_id = {of}"));
    for path in ["/ui/profile", "/ui/security", "/ui/?tenant=%3Cscript%3E", "/ui/security?done=%3Cscript%3E"] {
        let page = ann.get(path);
        assert!(!page.text.contains("<script>"), "{path}: {}", page.text);
        if page.status == 200 {
            is_plain(path, &page.text);
        }
    }
    assert!(form(&ann.get("/ui/profile"), "/ui/profile").contains(&("display_name".to_owned(), script.to_owned())));
    assert!(ann.get("/ui/security").text.contains("&#60;script&#62;"));
    let nobody = Browser::new(&server);
    let page = nobody.get("/ui/?tenant=%22%3E%3Cscript%3E&next=/ui/%22%3E%3Cscript%3E&done=%3Cscript%3E");
    assert!(!page.text.contains("<script>"), "{}", page.text);
    let wrong = nobody.sign_in(script, script);
    assert_eq!(wrong.status, 422);
    assert!(!wrong.text.contains("<script>"), "{}", wrong.text);
    assert!(
        form(&wrong, "/ui/sign-in").contains(&("password".to_owned(), String::new())),
        "no password is shown again"
    );
}

#[test]
fn ir9_whoever_looks_at_a_mailed_link_uses_nothing_up() {
    for_each_store(|server: &Server| {
        let browser = Browser::new(server);
        let account = server.newcomer(DEFAULT, ANN, "viewer");
        let token = server.link(&account, one_time_links::Purpose::Reset);
        // Browsers keep the fragment to themselves; who looks into mails for viruses may send anything.
        for path in ["/link/reset", "/link/reset/", &format!("/link/reset?token={token}")] {
            for method in ["GET", "HEAD"] {
                let seen = browser.send(method, path, &[], None);
                assert_eq!((seen.status, seen.header("cache-control")), (200, Some("no-store")), "{method} {path}");
                assert!(!seen.text.contains(&token));
            }
        }
        let page = browser.get("/link/reset");
        let nothing = browser.submit(&page, "/link/reset", &[("new_password", "quite other unlikely words")]);
        assert!(nothing.status == 422 && nothing.text.contains("not complete"), "{}", nothing.text);
        // Without scripts, the whole link is pasted.
        let link = format!("https://id.example.org/link/reset#token={token}");
        let short = browser.submit(&page, "/link/reset", &[("pasted", &link), ("new_password", "short")]);
        assert!(short.status == 422 && short.text.contains("at least 12 characters"), "{}", short.text);
        let again = [("new_password", "quite other unlikely words")];
        let done = browser.submit(&short, "/link/reset", &again);
        assert!(browser.follow(&done).text.contains("Your password is set."));
        let over = browser.submit(&short, "/link/reset", &again);
        assert!(over.status == 422 && over.text.contains("This link is over"), "{}", over.text);
        assert_eq!(browser.sign_in(ANN, "quite other unlikely words").status, 303);
    });
}

/// A link that an administrator sent leads back to where the tenant allows it, once it was used.
#[test]
fn ir9_a_mailed_link_leads_back_to_the_application_that_it_was_asked_for() {
    const BACK: &str = "https://wiki.test/back?a=b&amp=c";
    for_each_store(|server: &Server| {
        let account = server.newcomer(DEFAULT, ANN, "viewer");
        let owner = server.owner();
        let settings = json!({ "redirect_uris": [BACK] });
        owner.send("PATCH", "/tenants/default/settings", &[], Some(&settings)).is(200);
        let path = format!("/tenants/default/users/{}/password/reset", account.id);
        owner.post(&path, &json!({ "redirect_uri": BACK })).is(200);
        let folder = tempfile::tempdir().unwrap();
        let worker = server.mail_worker(Post::Folder(folder.path().to_owned()), server.url());
        server.wait(worker.send_due()).unwrap();
        let mails = post::list(folder.path()).unwrap();
        let mail = post::show(folder.path(), &mails.last().unwrap().name).unwrap();
        let token = mail.split_once("#token=").unwrap().1.split_whitespace().next().unwrap();
        let browser = Browser::new(server);
        let fields = [("pasted", token), ("new_password", "quite other unlikely words")];
        let done = browser.submit(&browser.get("/link/reset"), "/link/reset", &fields);
        assert!(done.status == 200 && done.text.contains("Your password is set."), "{}", done.text);
        let shown = BACK.replace('&', "&#38;");
        assert!(done.text.contains(&format!("href=\"{shown}\"")), "{}", done.text);
    });
}

#[test]
fn ir9_every_link_that_is_mailed_leads_to_a_page_of_its_own() {
    let server = start();
    let browser = Browser::new(&server);
    let purposes: Vec<&str> = Purpose::all().filter_map(Purpose::link).map(one_time_links::Purpose::as_str).collect();
    assert!(purposes.len() > 5);
    let mut titles: Vec<String> = Vec::new();
    for purpose in purposes {
        let page = browser.get(&format!("/link/{purpose}"));
        assert_eq!(page.status, 200, "{purpose}");
        form(&page, &format!("/link/{purpose}"));
        titles.push(page.text.split("<h1>").nth(1).unwrap().split('<').next().unwrap().to_owned());
    }
    let object = browser.submit(&browser.get("/link/object"), "/link/object", &[("pasted", "rc_link_x.y")]);
    assert!(object.status == 422 && object.text.contains("This link is over"), "{}", object.text);
    titles.sort();
    titles.dedup();
    assert!(titles.len() > 5, "{titles:?}");
    let nowhere = browser.get("/link/nonsense");
    assert!(nowhere.status == 404 && nowhere.text.contains("This link leads nowhere"), "{}", nowhere.text);
}

#[test]
fn strangers_at_the_pages_are_told_so() {
    let server = start();
    let browser = Browser::new(&server);
    for path in ["/ui/nothing", "/ui/files", "/link", "/link/reset/x", "/ui/%ff", "/ui/done", "/ui/files/page.html"] {
        let answer = browser.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        is_guarded(path, &answer);
    }
    for path in ["/ui/files/..%2Fmod.rs", "/ui/files/x"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
    assert_eq!(browser.get("/ui/sign-in").status, 405);
    assert_eq!(browser.send("PUT", "/ui/", &[], None).status, 405);
    // A bearer token opens nothing here, and hinders nobody.
    let member = server.newcomer(DEFAULT, "bob@x.test", "viewer");
    let token = server.tokens_of(DEFAULT, member.email.as_deref().unwrap())["access_token"].clone();
    for token in ["rc_x", token.as_str().unwrap()] {
        let known = Client::new(server.url(), Some(token));
        assert_eq!(known.get("/ui/").status, 200);
        assert_eq!(known.get("/ui/security").status, 303);
        let body = json!({ "token": "x", "new_password": "quite other unlikely words" });
        let json = [("content-type", "application/json")];
        assert_eq!(known.send("POST", "/link/reset", &json, Some(&body)).status, 403, "JSON is no form");
    }
}
