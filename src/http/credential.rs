//! The credential of a request, read from its `Authorization` header, or from the cookie that its face names, and nowhere
//! else. Says what was shown, never whether it holds.

use crate::error::Anonymous;
use crate::secret::Secret;

/// A bearer token that a client shows; not yet looked up.
#[derive(Clone, Debug)]
pub struct Credential(Secret);

impl Credential {
    /// The token's text: letters, digits and `-._~+/=` only.
    pub fn bearer(&self) -> &str {
        self.0.reveal()
    }
}

/// What the `Authorization` headers of a request amount to.
#[derive(Debug)]
pub(super) enum Shown {
    /// There is none.
    Nothing,
    /// There is something that is no bearer token.
    Unusable(Anonymous),
    /// One bearer token.
    Bearer(Credential),
}

/// Reads the values of all `Authorization` headers of a request. Two headers are as good as none: which one a proxy
/// in front of us judged cannot be known.
pub(super) fn read<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Shown {
    let Some(value) = values.next() else {
        return Shown::Nothing;
    };
    if values.next().is_some() {
        return Shown::Unusable(Anonymous::NoCredential);
    }
    let Some((scheme, token)) = std::str::from_utf8(value).ok().and_then(|text| text.trim().split_once(' ')) else {
        return Shown::Unusable(Anonymous::NoCredential);
    };
    let token = token.trim_start_matches(' ');
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Shown::Unusable(Anonymous::NoCredential);
    }
    if !is_token(token) {
        return Shown::Unusable(Anonymous::BadCredential);
    }
    Shown::Bearer(Credential(Secret::new(token.to_owned())))
}

/// Reads the cookie of a name from the values of all `Cookie` headers of a request (RFC 6265 section 5.4). What is no token
/// is none: whoever put it there may have been another program on the same host.
pub(super) fn read_cookie<'a>(values: impl Iterator<Item = &'a [u8]>, name: &str) -> Shown {
    let lines = values.filter_map(|value| std::str::from_utf8(value).ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    match pairs.find(|(key, _)| *key == name) {
        Some((_, token)) if !token.is_empty() && is_token(token) => {
            Shown::Bearer(Credential(Secret::new(token.to_owned())))
        }
        _ => Shown::Nothing,
    }
}

/// Whether it is made of the characters of a bearer token (RFC 6750 section 2.1).
fn is_token(text: &str) -> bool {
    text.bytes().all(
        |byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'='),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let shown = |values: &[&str]| match read_cookie(values.iter().map(|value| value.as_bytes()), "__Host-a") {
            Shown::Bearer(credential) => Some(credential.bearer().to_owned()),
            _ => None,
        };
        assert_eq!(shown(&["x=1; __Host-a=rc_page_1.b; y"]), Some("rc_page_1.b".to_owned()));
        assert_eq!(shown(&["x=1", "__Host-a=2"]), Some("2".to_owned()), "HTTP/2 sends a line for each");
        for values in
            [&[][..], &["a=1"], &["__host-a=1"], &["__Host-ab=1"], &["__Host-a="], &["__Host-a=a b"], &["__Host-a"]]
        {
            assert_eq!(shown(values), None, "{values:?}");
        }
    }

    /// `Ok` is the token.
    fn judge(values: &[&str]) -> Result<String, Option<Anonymous>> {
        match read(values.iter().map(|value| value.as_bytes())) {
            Shown::Nothing => Err(None),
            Shown::Unusable(why) => Err(Some(why)),
            Shown::Bearer(credential) => Ok(credential.bearer().to_owned()),
        }
    }

    #[test]
    fn one_bearer_header_is_a_credential_in_any_case() {
        assert_eq!(judge(&["Bearer rc_scim_A-b.c"]), Ok("rc_scim_A-b.c".to_owned()));
        assert_eq!(judge(&["bEARER  x"]), Ok("x".to_owned()));
    }

    #[test]
    fn none_empty_two_and_other_schemes_are_no_credential() {
        assert_eq!(judge(&[]), Err(None));
        for values in [&[""][..], &["Bearer"], &["Bearer "], &["Basic eDp5"], &["Bearer x", "Bearer x"], &["rc_scim_x"]]
        {
            assert_eq!(judge(values), Err(Some(Anonymous::NoCredential)), "{values:?}");
        }
    }

    #[test]
    fn other_characters_make_a_bad_credential() {
        for value in ["Bearer a b", "Bearer a,b", "Bearer \u{e9}", "Bearer \"x\""] {
            assert_eq!(judge(&[value]), Err(Some(Anonymous::BadCredential)), "{value}");
        }
    }
}
