//! The credential of a request, read from its `Authorization` header and nowhere else. Says what was shown, never
//! whether it holds.

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
    if !token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)) {
        return Shown::Unusable(Anonymous::BadCredential);
    }
    Shown::Bearer(Credential(Secret::new(token.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

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
