//! The pages where the public address has a path, which a proxy cuts off before it asks: the browser must be led below it, and
//! what it asks for next comes without it.

use crate::browser::Browser;
use crate::client::Answer;
use crate::server::{DEFAULT, start};
use crate::signed_in::PASSWORD;

const ANN: &str = "ann@example.org";

/// What a page leads to, loads, or sends forms to.
fn led_to(page: &Answer) -> Vec<&str> {
    let names = ["href", "src", "action", "formaction", "data-options"];
    let led = names.iter().flat_map(|name| page.text.split(&format!(" {name}=\"")).skip(1).collect::<Vec<_>>());
    led.filter_map(|rest| rest.split('"').next()).filter(|place| place.starts_with('/')).collect()
}

#[track_caller]
fn is_below(page: &Answer) {
    let led = led_to(page);
    assert!(led.len() > 3, "{}", page.text);
    assert!(led.iter().all(|place| place.starts_with("/base/ui/")), "{led:?}");
}

/// The page that an answer leads to, as the proxy asks for it.
#[track_caller]
fn follow(browser: &Browser, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let place = answer.header("location").unwrap();
    browser.get(place.strip_prefix("/base").unwrap_or_else(|| panic!("{place}")))
}

#[test]
fn pages_lead_below_the_path_of_the_public_address() {
    let mut server = start();
    server.newcomer(DEFAULT, ANN, "viewer");
    let port = server.url().to_owned();
    server.restart_below("/base");
    let browser = Browser::new(&server).at(&port);
    let first = follow(&browser, &browser.get("/"));
    is_below(&first);
    let wanted = browser.get("/ui/profile");
    assert_eq!(wanted.header("location"), Some("/base/ui/?next=%2Fui%2Fprofile"));
    let form = follow(&browser, &wanted);
    is_below(&form);
    let token = crate::browser::form(&form, "/base/ui/sign-in");
    let token = token.iter().find(|(name, _)| name == "form_token").unwrap().1.as_str();
    let typed = [("form_token", token), ("identifier", ANN), ("password", PASSWORD), ("tenant", DEFAULT)];
    let came = browser.post("/ui/sign-in", &[&typed[..], &[("next", "/ui/profile")]].concat());
    assert_eq!(came.header("location"), Some("/base/ui/profile"), "{}", came.text);
    for page in [follow(&browser, &came), browser.get("/ui/security"), browser.get("/ui/nothing")] {
        is_below(&page);
    }
    // The page of the API names what it loads from where it is.
    let page = browser.get("/docs");
    assert_eq!((page.status, led_to(&page)), (200, Vec::new()));
    // And the document where its paths begin.
    let document = browser.get("/openapi.json").json();
    assert_eq!(document["servers"], serde_json::json!([{ "url": "/base" }]));
}
