//! What is a domain that a tenant can have.

use crate::error::{Error, Result};

/// Domains of providers whose addresses anybody can have, one a line.
const PUBLIC: &str = include_str!("public.txt");
/// Ends of names that nobody owns (RFC 2606, RFC 6761).
const RESERVED: [&str; 4] = ["invalid", "localhost", "local", "test"];
/// The longest name, in characters, so that the one to publish at is a name too.
const LONGEST: usize = 220;

/// The name as it is kept: lower case, without the dot at the end.
///
/// # Errors
/// [`Error::Unprocessable`] for what is no domain, and for one that is everybody's.
pub(super) fn judge(given: &str) -> Result<String> {
    let name = given.strip_suffix('.').unwrap_or(given).to_ascii_lowercase();
    let refused = |why: &str| Err(Error::fault(["body", "domain"], "value_error", why));
    if !given.is_ascii() {
        return refused("must be written in ASCII: an international name in its form with xn--");
    }
    let labels: Vec<&str> = name.split('.').collect();
    let number = labels.last().is_none_or(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    if labels.len() < 2 || number || name.len() > LONGEST || !labels.iter().all(|label| is_label(label)) {
        return refused("must be a domain such as example.org");
    }
    if labels.last().is_some_and(|last| RESERVED.contains(last)) {
        return refused("is a name that nobody owns");
    }
    if PUBLIC.lines().any(|public| public == name) {
        return refused("is a domain in which anybody can have an address");
    }
    Ok(name)
}

fn is_label(label: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len()) && label.bytes().all(inner) && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ir10_names_are_judged_and_brought_into_one_form() {
        for (given, kept) in [
            ("Example.ORG", "example.org"),
            ("a-b.example.co.uk.", "a-b.example.co.uk"),
            ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ] {
            assert_eq!(judge(given).unwrap(), kept);
        }
        for bad in [
            "",
            ".",
            "example",
            "example..org",
            "-a.org",
            "a-.org",
            "a_b.org",
            "192.0.2.1",
            "bücher.de",
            "a b.org",
            "x@example.org",
            "no-email.invalid",
            "a.localhost",
            "gmail.com",
            "GMail.com.",
        ] {
            assert!(judge(bad).is_err(), "{bad}");
        }
        assert!(judge(&format!("{}.org", ["a".repeat(60).as_str(); 4].join("."))).is_err());
    }

    #[test]
    fn ir10_the_list_of_public_domains_is_sorted_and_made_of_names() {
        let lines: Vec<&str> = PUBLIC.lines().collect();
        assert!(lines.is_sorted() && lines.len() > 50);
        assert!(lines.iter().all(|line| line.split('.').all(is_label) && line.to_ascii_lowercase() == **line));
    }
}
