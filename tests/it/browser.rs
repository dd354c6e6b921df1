//! A browser without scripts: keeps cookies, says from where it comes, and sends forms as they stand on a page.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::client::{Answer, Client, encode};
use crate::server::Server;
use crate::signed_in::PASSWORD;

/// One browser at a server.
pub(crate) struct Browser {
    client: Client,
    origin: String,
    cookies: RefCell<BTreeMap<String, String>>,
}

impl Browser {
    pub(crate) fn new(server: &Server) -> Self {
        Self { client: Client::new(server.url(), None), origin: server.url().to_owned(), cookies: RefCell::default() }
    }

    /// The same for pages of another origin, with the same cookies.
    pub(crate) fn at(&self, origin: &str) -> Self {
        let client = self.client.below(&self.origin);
        Self { client, origin: origin.to_owned(), cookies: self.cookies.clone() }
    }

    /// A browser of somebody who signed in with [`PASSWORD`] at the first page.
    pub(crate) fn signed_in(server: &Server, email: &str) -> Self {
        let browser = Self::new(server);
        let came = browser.sign_in(email, PASSWORD);
        assert_eq!((came.status, came.header("location")), (303, Some("/ui/security")), "{}", came.text);
        browser
    }

    /// What comes of the first page, filled in.
    pub(crate) fn sign_in(&self, email: &str, password: &str) -> Answer {
        let fields = [("identifier", email), ("password", password), ("tenant", "default")];
        self.submit(&self.get("/ui/"), "/ui/sign-in", &fields)
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.borrow().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.borrow_mut().insert(name.to_owned(), value.to_owned());
    }

    /// Sends anything with the cookies, and keeps those of the answer.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let line = cookies.join("; ");
        let mut all = headers.to_vec();
        if !line.is_empty() {
            all.push(("cookie", &line));
        }
        let answer = self.client.attempt(method, path, &all, body.map(str::as_bytes)).unwrap();
        for line in answer.headers.get_all("set-cookie") {
            let (pair, attributes) = line.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.borrow_mut().remove(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        answer
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    /// Sends fields, as a form of a page of this origin does.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", self.origin.as_str())];
        self.send("POST", path, &headers, Some(&pairs.join("&")))
    }

    /// Sends the form of a page that goes there, with what is typed into it.
    #[track_caller]
    pub(crate) fn submit(&self, page: &Answer, action: &str, typed: &[(&str, &str)]) -> Answer {
        let form = form(page, action);
        let kept = form.iter().filter(|(name, _)| !typed.iter().any(|(other, _)| other == name));
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let fields: Vec<(&str, &str)> = kept.chain(typed.iter().copied()).collect();
        self.post(action, &fields)
    }

    /// The page that an answer leads to.
    #[track_caller]
    pub(crate) fn follow(&self, answer: &Answer) -> Answer {
        assert_eq!(answer.status, 303, "{}", answer.text);
        let page = self.get(answer.header("location").unwrap());
        assert_eq!(page.status, 200, "{}", page.text);
        page
    }
}

/// The fields of the form that goes there, as they stand on the page.
#[track_caller]
pub(crate) fn form(page: &Answer, action: &str) -> Vec<(String, String)> {
    let begins = format!("action=\"{action}\"");
    let (_, rest) = page.text.split_once(&begins).unwrap_or_else(|| panic!("no form goes to {action}: {}", page.text));
    let form = rest.split("</form>").next().unwrap();
    // Where scripts run, nothing of this is there; this browser runs none, but fills in what they would.
    let inputs = form.split("<input ").skip(1).map(|tag| tag.split('>').next().unwrap());
    let fields = inputs.filter(|tag| !tag.contains("type=\"checkbox\""));
    fields.map(|tag| (attribute(tag, "name"), attribute(tag, "value"))).collect()
}

/// The value of an attribute, as it is meant.
fn attribute(tag: &str, name: &str) -> String {
    let Some((_, rest)) = tag.split_once(&format!("{name}=\"")) else { return String::new() };
    plain(rest.split('"').next().unwrap())
}

/// A text without escapes.
pub(crate) fn plain(text: &str) -> String {
    [("&#34;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (escape, character)| text.replace(escape, character))
}
