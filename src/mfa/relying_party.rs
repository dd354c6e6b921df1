//! Who we are to authenticators: the relying party's id, and the origins that its pages have (WebAuthn Level 3). An id is a
//! host name; where we are reached by an address there are no passkeys.

use std::time::Duration;

use webauthn_rs::prelude::{Url, Webauthn, WebauthnBuilder};

use crate::error::{Error, Result};

/// The relying party.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    id: String,
    webauthn: Webauthn,
}

impl RelyingParty {
    /// The relying party of an id, whose pages have these origins; the first one must belong to the id. Browsers wait for
    /// somebody to choose a passkey as long as a ceremony lives, in seconds.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when an origin is none, or does not belong to the id: `badexample.com` is not `example.com`.
    pub fn new(id: &str, origins: &[String], name: &str, ceremony: i64) -> Result<Self> {
        let fault = |why: &str| Error::unavailable(format!("passkeys: {why}"));
        let origins: Vec<Url> = origins
            .iter()
            .map(|origin| Url::parse(origin))
            .collect::<std::result::Result<_, _>>()
            .map_err(|_| fault("an origin is no URL"))?;
        let (first, others) = origins.split_first().ok_or_else(|| fault("there is no origin"))?;
        let belongs = |origin: &Url| {
            origin
                .domain()
                .is_some_and(|host| host == id || host.strip_suffix(id).is_some_and(|sub| sub.ends_with('.')))
        };
        if let Some(stranger) = origins.iter().find(|origin| !belongs(origin)) {
            return Err(fault(&format!("the origin {stranger} does not belong to the relying party {id}")));
        }
        let builder = WebauthnBuilder::new(id, first).map_err(|error| fault(&error.to_string()))?.rp_name(name);
        let builder = builder.timeout(Duration::from_secs(ceremony.unsigned_abs()));
        let builder = others.iter().fold(builder, WebauthnBuilder::append_allowed_origin);
        let webauthn = builder.build().map_err(|error| fault(&error.to_string()))?;
        Ok(Self { id: id.to_owned(), webauthn })
    }

    /// The host name in a URL; none of one that names an address.
    pub fn id_of(url: &str) -> Option<String> {
        Url::parse(url).ok()?.domain().map(str::to_owned)
    }

    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn webauthn(&self) -> &Webauthn {
        &self.webauthn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn badexample_com_is_not_example_com() {
        let made = |id: &str, origins: &[&str]| {
            RelyingParty::new(id, &origins.iter().map(|&origin| origin.to_owned()).collect::<Vec<_>>(), "rollcall", 300)
        };
        assert_eq!(
            made("example.com", &["https://example.com", "https://id.example.com"]).unwrap().id(),
            "example.com"
        );
        for origins in [
            &["https://badexample.com"][..],
            &["https://example.com.evil.test"],
            &["https://example.com", "https://badexample.com"],
            &["https://192.0.2.1"],
            &["example.com"],
            &[],
        ] {
            assert!(made("example.com", origins).is_err(), "{origins:?}");
        }
    }

    #[test]
    fn an_address_is_no_relying_party() {
        assert_eq!(RelyingParty::id_of("http://localhost:8080").as_deref(), Some("localhost"));
        assert_eq!(RelyingParty::id_of("https://id.example.com/x").as_deref(), Some("id.example.com"));
        assert_eq!(RelyingParty::id_of("http://127.0.0.1:8080"), None);
        assert_eq!(RelyingParty::id_of("http://[::1]"), None);
    }
}
