//! The pages for people: what they are allowed to do in a browser, that all their files are there, and that looking at a
//! mailed link uses nothing up. What they do is proven in a browser, by the suite `browser`.

use std::collections::BTreeSet;

use rollcall::http::Method;
use rollcall::notify::Purpose;
use rollcall::store::one_time_links;
use serde_json::json;

use crate::client::{Answer, Client};
use crate::server::{DEFAULT, Server, start};

/// Files that do not hold other addresses than ours have none of these: texts of users must never become markup.
const NEVER: [&str; 8] =
    ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "http://", "https://"];

fn browser(server: &Server) -> Client {
    Client::new(server.url(), None)
}

/// Every page, and every file that a page or a file names.
fn all(client: &Client) -> Vec<(String, Answer)> {
    let rows = rollcall::ui::faces().into_iter().flat_map(|face| {
        assert!(
            face.endpoints.iter().all(|row| row.method == Method::Get && !row.change),
            "{} changes nothing",
            face.name
        );
        face.endpoints.into_iter().map(move |row| format!("{}{}", face.prefix, row.path))
    });
    let mut waiting: BTreeSet<String> =
        rows.filter(|path| path != "/ui/files/{file}").map(|path| path.replace("{purpose}", "reset")).collect();
    let mut found: Vec<(String, Answer)> = Vec::new();
    while let Some(path) = waiting.pop_first() {
        let answer = client.get(&path);
        for part in answer.text.split(['"', '\'']) {
            let file = part.strip_prefix("./").or_else(|| part.strip_prefix("/ui/files/"));
            if let Some(file) = file.filter(|file| file.contains('.')) {
                let path = format!("/ui/files/{file}");
                if !found.iter().any(|(known, _)| *known == path) {
                    waiting.insert(path);
                }
            }
        }
        found.push((path, answer));
    }
    found
}

#[test]
fn pages_run_and_show_what_comes_from_here_alone() {
    let server = start();
    let found = all(&browser(&server));
    assert!(found.len() > 15, "{}", found.len());
    for (path, answer) in &found {
        assert_eq!(answer.status, 200, "{path}");
        let is = |name: &str, value: &str| assert_eq!(answer.header(name), Some(value), "{path}");
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        for part in ["connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path} lacks {part}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        is("referrer-policy", "no-referrer");
        is("x-content-type-options", "nosniff");
        let (media_type, kept) = match path.rsplit_once('.').map(|(_, ending)| ending) {
            None => ("text/html; charset=utf-8", "no-store"),
            Some("js") => ("text/javascript; charset=utf-8", "no-cache"),
            Some("css") => ("text/css; charset=utf-8", "no-cache"),
            Some(_) => ("image/svg+xml", "no-cache"),
        };
        is("content-type", media_type);
        is("cache-control", kept);
        if !path.ends_with(".svg") {
            for never in NEVER {
                assert!(!answer.text.contains(never), "{path} holds {never}");
            }
        }
    }
}

#[test]
fn pages_hold_no_script_and_no_style_of_their_own() {
    let server = start();
    let page = browser(&server).get("/ui/").text;
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{page}");
    let tags: Vec<&str> = page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    for tag in tags {
        assert!(!tag.starts_with("style"), "{tag}");
        assert!(!tag.starts_with("script") || tag.contains(" src=\"/ui/files/"), "{tag}");
        assert!(!tag.contains(" style=") && !tag.contains(" on"), "{tag}");
    }
    assert!(page.contains("type=\"module\" src=\"/ui/files/main.js\"></script>"), "{page}");
}

#[test]
fn ir9_whoever_looks_at_a_mailed_link_uses_nothing_up() {
    let server = start();
    let (browser, api) = (browser(&server), server.rest(None));
    let account = server.newcomer(DEFAULT, "ann@x.test", "viewer");
    let token = server.link(&account, one_time_links::Purpose::Reset);
    // Browsers keep the fragment to themselves; who looks into mails for viruses may send anything.
    for path in ["/link/reset", "/link/reset/", &format!("/link/reset?token={token}")] {
        for method in ["GET", "HEAD"] {
            let seen = browser.send(method, path, &[], None);
            assert_eq!((seen.status, seen.header("cache-control")), (200, Some("no-store")), "{method} {path}");
            assert!(!seen.text.contains(&token));
        }
    }
    assert_eq!(browser.send("POST", "/link/reset", &[], Some(&json!({ "token": token }))).status, 405);
    let body = json!({ "token": token, "new_password": "quite other unlikely words" });
    assert_eq!(api.post("/auth/password/reset", &body).status, 204);
    assert_eq!(api.post("/auth/password/reset", &body).status, 401);
}

#[test]
fn ir9_every_link_that_is_mailed_leads_to_words_of_its_own() {
    let server = start();
    let browser = browser(&server);
    let words = browser.get("/ui/files/link.js").text;
    let purposes: Vec<&str> = Purpose::all().filter_map(Purpose::link).map(one_time_links::Purpose::as_str).collect();
    assert!(purposes.len() > 5);
    for purpose in purposes {
        assert!(words.contains(&format!("\n  {purpose}: {{\n")), "nothing is said of {purpose}");
        assert_eq!(browser.get(&format!("/link/{purpose}")).status, 200);
    }
}

#[test]
fn strangers_at_the_pages_are_told_so() {
    let server = start();
    let browser = browser(&server);
    for path in ["/ui/nothing", "/ui/files", "/link", "/link/reset/x", "/ui/%ff"] {
        let answer = browser.get(path);
        assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
    for path in ["/ui/files/page.html", "/ui/files/..%2Fmod.rs", "/ui/files/x"] {
        assert_eq!(browser.get(path).status, 404, "{path}");
    }
    assert_eq!(browser.get("/ui").text, browser.get("/ui/").text);
    // A credential has no business here: a page that was given one would be another for each.
    let member = server.newcomer(DEFAULT, "bob@x.test", "viewer");
    let token = server.tokens_of(DEFAULT, member.email.as_deref().unwrap())["access_token"].clone();
    for token in ["rc_x", token.as_str().unwrap()] {
        let known = Client::new(server.url(), Some(token));
        for path in ["/ui/", "/ui/security", "/ui/files/main.js", "/link/reset"] {
            assert_eq!(known.get(path).status, 401, "{path}");
        }
    }
}
