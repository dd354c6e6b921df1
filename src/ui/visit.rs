//! Somebody at a page: who they are, what they may be shown, and the cookies that go back with the answer. Its body is not
//! here: what a form holds is given by `forms` alone.

use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::access::{Actor, PersonActor};
use crate::auth::{Auth, Client, Door, Held, Tokens, pages};
use crate::context::Cx;
use crate::directory::suspicions::Origin;
use crate::error::{Anonymous, Error, Result};
use crate::http::{Exchange, Headers, PathParameters, Query, Reply, Services};
use crate::mfa::Mfa;
use crate::sealing::{hex, keyed_hash};
use crate::secret::Secret;

use super::cookies::{Cookie, Life, base_of, host_of, is_this_machine};
use super::view::{Frame, Page};

/// What pages may do: run and show what comes from here, talk to here, and stand in nobody's frame. No text becomes markup
/// or a script (`require-trusted-types-for`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// The longest path that somebody is led on to.
const LONGEST_WAY: usize = 512;
/// For how long the organisation is remembered, in seconds.
const ORGANISATION: i64 = 365 * 24 * 3600;

/// One request of somebody at a page.
#[derive(Clone)]
pub(super) struct Visit {
    /// Its id and time.
    pub(super) cx: Cx,
    /// The query.
    pub(super) query: Query,
    /// The values in the path.
    pub(super) path: PathParameters,
    services: Arc<Services>,
    headers: Headers,
    address: IpAddr,
    actor: Option<Arc<Actor>>,
    /// What the token of forms is made of: the session's secret, else that of the visit.
    key: Secret,
    cookies: Vec<String>,
}

impl Visit {
    /// Of somebody who looks: whatever body there is, is nothing.
    ///
    /// # Errors
    /// When there is no randomness.
    pub(super) fn of(exchange: Exchange) -> Result<Self> {
        let Exchange { cx, services, path, query, headers, address, actor, .. } = exchange;
        let url = &services.public_url;
        let held = match actor {
            Some(_) => Cookie::Session.read(&headers, url),
            None => Cookie::Visit.read(&headers, url),
        };
        let mut cookies = Vec::new();
        let key = match held {
            Some(key) => key,
            None => {
                let key = URL_SAFE_NO_PAD.encode(services.sources.random::<32>()?);
                cookies.push(Cookie::Visit.line(url, &key, Life::Browser));
                key
            }
        };
        Ok(Self { cx, query, path, services, headers, address, actor, key: Secret::new(key), cookies })
    }

    /// The person, where one is known.
    ///
    /// # Errors
    /// [`Error::Anonymous`] where nobody is, which only a public page lets happen.
    pub(super) fn person(&self) -> Result<&PersonActor> {
        let person = self.actor.as_deref().and_then(Actor::person);
        person.ok_or(Error::Anonymous(Anonymous::NoCredential))
    }

    /// What signing in works with.
    pub(super) fn auth(&self) -> &Auth {
        &self.services.auth
    }

    /// What second factors work with.
    pub(super) fn mfa(&self) -> &Mfa {
        self.services.auth.mfa()
    }

    /// The services.
    pub(super) fn services(&self) -> &Services {
        &self.services
    }

    /// From where it comes.
    pub(super) fn client(&self) -> Client {
        let user_agent = self.user_agent().map(str::to_owned);
        Client { address: self.address, user_agent, door: Door::Pages }
    }

    /// The same, as suspicious activity is counted by it.
    pub(super) fn origin(&self) -> Origin {
        Origin { address: Some(self.address), user_agent: self.user_agent().map(str::to_owned) }
    }

    /// What the browser calls itself.
    pub(super) fn user_agent(&self) -> Option<&str> {
        self.headers.get("user-agent")
    }

    /// What a remembered device shows.
    pub(super) fn device(&self) -> Option<Secret> {
        Cookie::Device.read(&self.headers, &self.services.public_url).map(Secret::new)
    }

    /// The organisation that was signed in to last.
    pub(super) fn organisation(&self) -> Option<String> {
        Cookie::Organisation.read(&self.headers, &self.services.public_url)
    }

    /// The same, with an organisation that is to be remembered, or none.
    pub(super) fn remembering(mut self, organisation: Option<&str>) -> Self {
        let (url, known) = (&self.services.public_url, self.organisation());
        match organisation {
            Some(name) => {
                self.cookies.push(Cookie::Organisation.line(url, name, Life::Seconds(ORGANISATION)));
            }
            None if known.is_some() => self.cookies.push(Cookie::Organisation.line(url, "", Life::Over)),
            None => {}
        }
        self
    }

    /// The same visit of whoever signed in, or proved anew who they are: the cookies bring it.
    ///
    /// # Errors
    /// [`Error::Anonymous`] when the session ended this very moment.
    pub(super) async fn entered(mut self, tokens: Tokens) -> Result<Self> {
        let Held::Page(token) = tokens.held else {
            return Err(Error::internal("a page was given the tokens of a program"));
        };
        if let Some(next) = tokens.device {
            let seconds = next.expires.micros().saturating_sub(self.cx.now.micros()).div_euclid(1_000_000);
            let line = Cookie::Device.line(&self.services.public_url, next.token.reveal(), Life::Seconds(seconds));
            self.cookies.push(line);
        }
        self.holding(token).await
    }

    /// The same visit with another token of the session.
    async fn holding(mut self, token: Secret) -> Result<Self> {
        self.actor = Some(Arc::new(pages::authenticate(self.auth(), &self.cx, token.reveal()).await?));
        self.cookies.push(Cookie::Session.line(&self.services.public_url, token.reveal(), Life::Browser));
        self.key = token;
        Ok(self)
    }

    /// The same visit once the session may do something else than before, with another token.
    ///
    /// # Errors
    /// [`Error::Anonymous`] when the session has ended.
    pub(super) async fn renewed(self) -> Result<Self> {
        let token = pages::renew(self.auth(), &self.cx, self.person()?).await?;
        self.holding(token).await
    }

    /// The same visit of nobody.
    pub(super) fn left(mut self) -> Self {
        self.cookies.push(Cookie::Session.line(&self.services.public_url, "", Life::Over));
        self.actor = None;
        self
    }

    /// Why there are no passkeys here, if there are none. By which name the page is open the browser alone knows.
    pub(super) fn lacks_passkeys(&self) -> Option<String> {
        self.mfa().relying_party().err().map(|error| super::words::sentence(&error))
    }

    /// The host that was asked, with its port.
    pub(super) fn host(&self) -> &str {
        self.headers.get("host").unwrap_or_else(|| host_of(&self.services.public_url))
    }

    /// The token of a form.
    pub(super) fn form_token(&self) -> String {
        hex(&keyed_hash(self.key.reveal().as_bytes(), &["rollcall form token"]))
    }

    /// Whether the request comes from one of our pages: what the browser says of it. Where it says nothing, it is not.
    pub(super) fn is_from_here(&self) -> bool {
        match self.headers.get("origin") {
            Some(origin) => self.is_origin(origin),
            None => self.headers.get("sec-fetch-site") == Some("same-origin"),
        }
    }

    /// Whether that is our origin: the public one, or this machine by whichever name or number it was asked.
    fn is_origin(&self, origin: &str) -> bool {
        let own = origin_of(&self.services.public_url);
        let host = self.host();
        origin.eq_ignore_ascii_case(&own)
            || is_this_machine(host) && host_of(origin).eq_ignore_ascii_case(host) && origin.contains("://")
    }

    /// Where somebody wanted to go, if that is a page of ours.
    pub(super) fn wanted(text: &str) -> Option<String> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte);
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let own = path.starts_with("/ui/") && !path.contains("//") && !path.contains("/.");
        (own && text.len() <= LONGEST_WAY && text.bytes().all(plain)).then(|| text.to_owned())
    }

    /// What was done before, in words, if the address says so.
    pub(super) fn done(&self) -> Option<&'static str> {
        self.query.get("done").ok().flatten().and_then(super::words::done)
    }

    /// The answer that shows a page.
    ///
    /// # Errors
    /// When it cannot be rendered.
    pub(super) fn show(self, status: u16, page: &Page) -> Result<Reply> {
        let frame = match &self.actor {
            None => Frame::Nobody,
            Some(actor) if actor.is_enrolling() => Frame::Enrolling,
            Some(_) => Frame::SignedIn,
        };
        let html = page.render(frame, &self.form_token(), base_of(&self.services.public_url))?;
        Ok(self.bake(guarded(Reply::new(status, "text/html; charset=utf-8", html)).with("cache-control", "no-store")))
    }

    /// The answer that leads to another page, which is then asked for with GET.
    pub(super) fn go(self, to: &str) -> Reply {
        let reply = leading(&self.services.public_url, to);
        self.bake(reply)
    }

    /// An answer for a script of the page.
    pub(super) fn tell(self, status: u16, body: &serde_json::Value) -> Reply {
        let reply = guarded(Reply::new(status, "application/json", body.to_string()));
        self.bake(reply.with("cache-control", "no-store"))
    }

    /// The same answer with the cookies.
    fn bake(self, reply: Reply) -> Reply {
        self.cookies.into_iter().fold(reply, |reply, line| reply.with("set-cookie", line))
    }
}

/// The answer that leads to a path of ours.
pub(super) fn leading(public_url: &str, to: &str) -> Reply {
    guarded(Reply::empty(303))
        .with("location", format!("{}{to}", base_of(public_url)))
        .with("cache-control", "no-store")
}

/// The same answer with what browsers are told of pages and files. A form must say from where it comes, which
/// `no-referrer` would forbid (Fetch section 3.2: the origin is then `null`).
pub(super) fn guarded(reply: Reply) -> Reply {
    let reply = reply.with("content-security-policy", POLICY).with("referrer-policy", "same-origin");
    reply.with("cross-origin-opener-policy", "same-origin")
}

/// The origin of a URL, as browsers write it: without the port that goes without saying.
fn origin_of(url: &str) -> String {
    let scheme = url.split("://").next().unwrap_or_default();
    let host = host_of(url);
    let usual = if scheme == "https" { ":443" } else { ":80" };
    format!("{scheme}://{}", host.strip_suffix(usual).unwrap_or(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_led_to_pages_of_ours_alone() {
        for own in ["/ui/security", "/ui/profile?x=1", "/ui/security#passkeys"] {
            assert_eq!(Visit::wanted(own).as_deref(), Some(own));
        }
        let others = [
            "",
            "/",
            "/ui",
            "//evil.example",
            "/ui//evil.example",
            "/ui/../docs",
            "https://evil.example/ui/",
            "/\\evil",
            "/ui/\\evil",
            "/ui/\r\nset-cookie:x",
            "/api/v1/me",
            "ui/security",
            "/ui/\u{e9}",
        ];
        for other in others {
            assert_eq!(Visit::wanted(other), None, "{other}");
        }
    }

    #[test]
    fn origins_are_written_as_browsers_do() {
        assert_eq!(origin_of("https://id.example.org:443/base"), "https://id.example.org");
        assert_eq!(origin_of("http://localhost:8080"), "http://localhost:8080");
    }
}
