//! How the text of a setting becomes its value. Errors say what would have done and never repeat what was given.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What the first start does with the token it makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bootstrap {
    /// Prints it on stdout, once.
    Print,
    /// Writes it to `{data_dir}/bootstrap-token`.
    File,
    /// Makes none.
    None,
}

pub(super) type Parsed<T> = Result<T, &'static str>;

pub(super) fn listen(text: &str) -> Parsed<SocketAddr> {
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| "must be an address and a port, such as 127.0.0.1:8080 or [::]:8080")
}

pub(super) fn server(text: &str) -> Parsed<SocketAddr> {
    text.parse().map_err(|_| "must be an address and a port, such as 10.0.0.2:53")
}

pub(super) fn database_url(text: &str) -> Parsed<String> {
    let known = ["sqlite:", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    if known { Ok(text.to_owned()) } else { Err("must be sqlite:PATH or postgres://...") }
}

/// Scheme and host, perhaps a port and a path; the trailing slash goes, so that paths can be appended.
pub(super) fn public_url(text: &str) -> Parsed<String> {
    let trimmed = text.trim_end_matches('/');
    let rest = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~:/[]%".contains(&byte);
    match rest {
        Some(rest) if !rest.is_empty() && !rest.starts_with([':', '/']) && rest.bytes().all(plain) => {
            Ok(trimmed.to_owned())
        }
        _ => Err("must be http:// or https:// with a host, without query and credentials"),
    }
}

pub(super) fn log_format(text: &str) -> Parsed<LogFormat> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("must be text or json"),
    }
}

pub(super) fn bootstrap(text: &str) -> Parsed<Bootstrap> {
    match text {
        "print" => Ok(Bootstrap::Print),
        "file" => Ok(Bootstrap::File),
        "none" => Ok(Bootstrap::None),
        _ => Err("must be print, file or none"),
    }
}

/// The token must be one that an `Authorization` header can carry.
pub(super) fn metrics_token(text: &str) -> Parsed<String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if text.len() >= 16 && text.bytes().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err("must be at least 16 characters of A-Z a-z 0-9 and -._~+/=")
    }
}

pub(super) fn email(text: &str) -> Parsed<String> {
    if email_address::EmailAddress::is_valid(text) { Ok(text.to_owned()) } else { Err("must be an e-mail address") }
}

/// A server that takes mails. Whether it does is seen when the first is sent.
pub(super) fn smtp_url(text: &str) -> Parsed<String> {
    let rest = text.strip_prefix("smtps://").or_else(|| text.strip_prefix("smtp://"));
    let host = rest.map(|rest| rest.rsplit_once('@').map_or(rest, |(_, host)| host));
    match host {
        Some(host) if host.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '[') => {
            Ok(text.to_owned())
        }
        _ => Err("must be smtps:// or smtp:// with a host, such as smtps://USER:PASSWORD@smtp.example.org"),
    }
}

/// `a@example.org`, or `Name <a@example.org>`.
pub(super) fn mail_from(text: &str) -> Parsed<String> {
    match text.parse::<lettre::message::Mailbox>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("must be an address, such as rollcall@example.org"),
    }
}

pub(super) fn addresses(text: &str) -> Parsed<Vec<IpAddr>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let parsed: Result<Vec<IpAddr>, _> = parts.map(|part| part.parse::<IpAddr>().map(|ip| ip.to_canonical())).collect();
    parsed.map_err(|_| "must be IP addresses separated by commas")
}

pub(super) fn gateway(text: &str) -> Parsed<String> {
    let has_scheme = text.starts_with("https://") || text.starts_with("http://");
    if has_scheme && !text.ends_with("//") { Ok(text.to_owned()) } else { Err("a URL that begins with https://") }
}

pub(super) fn origins(text: &str) -> Parsed<Vec<String>> {
    text.split(',').map(|origin| public_url(origin.trim())).collect()
}

pub(super) fn flag(text: &str) -> Parsed<bool> {
    text.parse().map_err(|_| "true or false")
}

pub(super) fn pool(text: &str) -> Parsed<usize> {
    text.parse().ok().filter(|size| (1..=1000).contains(size)).ok_or("must be a number from 1 to 1000")
}

pub(super) fn days(text: &str) -> Parsed<u32> {
    text.parse().ok().filter(|days| (1..=3650).contains(days)).ok_or("must be a number from 1 to 3650")
}

/// Minutes that somebody goes on with what they began, in seconds: no more than an hour, because a retired signing key is
/// kept for two, and because whoever takes longer had better begin again.
pub(super) fn short(text: &str) -> Parsed<i64> {
    whole(text, 1..=60, 60).ok_or("must be a number of minutes from 1 to 60")
}

/// Minutes until a mail must have been read, in seconds.
pub(super) fn reset_link(text: &str) -> Parsed<i64> {
    whole(text, 5..=1440, 60).ok_or("must be a number of minutes from 5 to 1440")
}

/// The same in hours.
pub(super) fn verify_link(text: &str) -> Parsed<i64> {
    whole(text, 1..=720, 3600).ok_or("must be a number of hours from 1 to 720")
}

/// The same in days.
pub(super) fn welcome_link(text: &str) -> Parsed<i64> {
    whole(text, 1..=90, 24 * 3600).ok_or("must be a number of days from 1 to 90")
}

/// A whole number within limits, of units of so many seconds.
fn whole(text: &str, limits: RangeInclusive<i64>, unit: i64) -> Option<i64> {
    text.parse().ok().filter(|number| limits.contains(number)).map(|number: i64| number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls_lose_their_trailing_slash_and_need_a_host() {
        assert_eq!(public_url("https://id.example.org/"), Ok("https://id.example.org".to_owned()));
        assert_eq!(public_url("http://[::1]:8080/base/"), Ok("http://[::1]:8080/base".to_owned()));
        for bad in ["", "https://", "https:///x", "ftp://x", "id.example.org", "http://a@b", "http://a?b", "http://a b"]
        {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn listen_takes_addresses_and_localhost() {
        assert_eq!(listen("localhost:0").unwrap(), "127.0.0.1:0".parse().unwrap());
        assert_eq!(listen("[::]:80").unwrap(), "[::]:80".parse().unwrap());
        for bad in ["", "8080", "localhost", "example.org:80", "127.0.0.1:70000"] {
            assert!(listen(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn mail_servers_have_a_scheme_and_a_host() {
        for good in ["smtp://localhost:25", "smtps://u:p%40x@smtp.example.org", "smtp://[::1]?tls=none"] {
            assert_eq!(smtp_url(good).as_deref(), Ok(good));
        }
        for bad in ["", "smtp://", "http://x", "smtps://u:p@", "mail.example.org"] {
            assert!(smtp_url(bad).is_err(), "{bad}");
        }
        assert!(mail_from("Roll Call <a@example.org>").is_ok() && mail_from("a@example.org").is_ok());
        assert!(mail_from("example.org").is_err() && mail_from("").is_err());
    }

    #[test]
    fn proxies_are_a_list_of_addresses() {
        let proxies = addresses("10.0.0.1, ::ffff:10.0.0.2").unwrap();
        assert_eq!(proxies, ["10.0.0.1".parse::<IpAddr>().unwrap(), "10.0.0.2".parse().unwrap()]);
        assert!(addresses("10.0.0.0/8").is_err());
        assert_eq!(addresses("").unwrap(), Vec::<IpAddr>::new());
    }

    #[test]
    fn database_urls_name_an_engine_and_something_in_it() {
        assert!(database_url("sqlite:/x.db").is_ok() && database_url("postgres://h/d").is_ok());
        assert!(database_url("sqlite:").is_err() && database_url("mysql://h/d").is_err());
    }
}
