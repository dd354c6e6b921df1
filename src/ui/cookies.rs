//! The cookies of the pages. No script can read any of them, and no other site makes a browser act by them: a form is taken
//! with its token alone (`forms`).

use crate::http::Headers;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The token of the session.
    Session,
    /// What guards the forms of somebody who is not signed in.
    Visit,
    /// What a remembered device shows.
    Device,
    /// The organisation that somebody signs in to.
    Organisation,
}

/// How long a browser keeps a cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Until it is closed.
    Browser,
    /// So many seconds.
    Seconds(i64),
    /// Not any more.
    Over,
}

impl Cookie {
    /// Its name. One that begins with `__Host-` is taken by browsers from this host over a connection that cannot be listened
    /// to, and from nobody else (RFC 6265bis section 4.1.3).
    pub(super) fn name(self, public_url: &str) -> &'static str {
        match (self, is_guarded(public_url)) {
            (Self::Session, true) => "__Host-rollcall",
            (Self::Session, false) => "rollcall",
            (Self::Visit, true) => "__Host-rollcall-visit",
            (Self::Visit, false) => "rollcall-visit",
            (Self::Device, true) => "__Host-rollcall-device",
            (Self::Device, false) => "rollcall-device",
            (Self::Organisation, true) => "__Host-rollcall-organisation",
            (Self::Organisation, false) => "rollcall-organisation",
        }
    }

    /// Its value in a request.
    pub(super) fn read(self, headers: &Headers, public_url: &str) -> Option<String> {
        let name = self.name(public_url);
        let lines = headers.iter().filter(|(key, _)| *key == "cookie").flat_map(|(_, line)| line.split(';'));
        let mut pairs = lines.filter_map(|pair| pair.trim().split_once('='));
        let (_, value) = pairs.find(|(key, _)| *key == name)?;
        is_harmless(value).then(|| value.to_owned())
    }

    /// The line that sets it. `value` is a token or a short name.
    pub(super) fn line(self, public_url: &str, value: &str, life: Life) -> String {
        let value = if is_harmless(value) && life != Life::Over { value } else { "" };
        let secure = if is_guarded(public_url) { "; Secure" } else { "" };
        let age = match life {
            Life::Browser => String::new(),
            Life::Seconds(seconds) => format!("; Max-Age={}", seconds.max(0)),
            Life::Over => "; Max-Age=0".to_owned(),
        };
        format!("{}={value}; Path=/{age}; HttpOnly{secure}; SameSite=Lax", self.name(public_url))
    }
}

/// The name of the session's cookie.
pub(super) fn session(public_url: &str) -> &'static str {
    Cookie::Session.name(public_url)
}

/// Whether browsers take cookies that are for secure connections alone: over https, and from this machine. Elsewhere over
/// plain http they would throw them away, and nobody could sign in.
fn is_guarded(public_url: &str) -> bool {
    public_url.starts_with("https://") || is_this_machine(host_of(public_url))
}

/// The host and the port of a URL.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// The path of a URL, without a slash at its end: what stands before our own paths where a proxy cuts it off.
pub(super) fn base_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default().trim_end_matches('/')
}

/// The host without its port, of `host:port`.
fn bare(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    }
}

/// Whether a host is this machine by a name or a number that nobody else has.
pub(super) fn is_this_machine(host: &str) -> bool {
    let host = bare(host);
    let number = host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    number || host.eq_ignore_ascii_case("localhost")
}

/// Whether it is made of what a cookie holds without being quoted.
fn is_harmless(value: &str) -> bool {
    (1..=512).contains(&value.len())
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_guarded_wherever_browsers_take_secure_cookies() {
        for guarded in
            ["https://id.example.org", "http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:8080/base"]
        {
            assert_eq!(session(guarded), "__Host-rollcall", "{guarded}");
            let line = Cookie::Session.line(guarded, "rc_page_1.b", Life::Browser);
            assert_eq!(line, "__Host-rollcall=rc_page_1.b; Path=/; HttpOnly; Secure; SameSite=Lax");
        }
        for plain in ["http://id.example.org", "http://10.0.0.1:8080", "http://localhost.example.org"] {
            let line = Cookie::Device.line(plain, "x", Life::Seconds(60));
            assert_eq!(line, "rollcall-device=x; Path=/; Max-Age=60; HttpOnly; SameSite=Lax", "{plain}");
        }
        assert!(Cookie::Session.line("https://x", "x", Life::Over).starts_with("__Host-rollcall=; Path=/; Max-Age=0;"));
    }

    #[test]
    fn no_value_adds_to_its_line() {
        let line = Cookie::Organisation.line("https://x", "a; Domain=example.org", Life::Browser);
        assert!(line.starts_with("__Host-rollcall-organisation=; Path=/;"), "{line}");
    }
}
