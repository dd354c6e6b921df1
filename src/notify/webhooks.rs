//! Posting to URLs that tenants name: signed, and only to where a tenant may have something posted. A tenant must not reach
//! what only this machine reaches: it is https, the address behind a name must be a public one each time that something is
//! posted, and no redirect is followed. The operator may say that internal addresses are meant too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder, Url};
use serde_json::Value;

use crate::clock::Instant;
use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::sealing::{Key, NONCE_BYTES, bond, signature};
use crate::secret::Secret;
use crate::store::{Tx, alert_webhooks as rows};

use super::post::NotSent;

/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest URL, in bytes.
const LONGEST_URL: usize = 2048;

/// Where may be posted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Webhooks {
    /// Whether internal addresses are meant too, and this machine without TLS.
    pub internal: bool,
}

impl Webhooks {
    /// The URL, when it is one that may be posted to as far as it tells; what a name stands for is seen when something is
    /// posted.
    ///
    /// # Errors
    /// Says why it may not.
    pub fn judge(self, url: &str) -> std::result::Result<Url, &'static str> {
        let parsed = Url::parse(url).map_err(|_| "must be a URL")?;
        let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
        let address = host.parse::<IpAddr>().ok();
        let loopback = host == "localhost" || address.is_some_and(|address| address.to_canonical().is_loopback());
        let plain = parsed.scheme() == "http" && self.internal && loopback;
        let has_secrets = !parsed.username().is_empty() || parsed.password().is_some();
        match address {
            _ if url.len() > LONGEST_URL => Err("must have at most 2048 characters"),
            _ if parsed.scheme() != "https" && !plain => Err("must begin with https://"),
            _ if has_secrets || parsed.fragment().is_some() => Err("must have neither credentials nor a fragment"),
            Some(address) if !self.internal && !is_public(address) => Err("must not name an internal address"),
            None if !self.internal && loopback => Err("must not name an internal address"),
            _ => Ok(parsed),
        }
    }
}

/// Whether an address is one of the public network.
fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let special = a == 0 || a >= 224 || (a, b, c) == (192, 0, 0) || (a == 198 && (b == 18 || b == 19));
    let known = address.is_private() || address.is_loopback() || address.is_link_local() || address.is_documentation();
    !(shared || special || known)
}

/// Global unicast, but for what stands for an address of version 4 and for examples.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let translated = a == 0x2002 || (a, b) == (0x2001, 0);
    a & 0xe000 == 0x2000 && !translated && (a, b) != (0x2001, 0xdb8)
}

/// Gives public addresses only: what a name stands for may change between two looks at it.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        Box::pin(async move {
            let all = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = all.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name stands for no public address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// What alerts are posted with. Cheap to clone.
#[derive(Clone)]
pub struct Hooks {
    webhooks: Webhooks,
    client: Client,
    key: Key,
}

/// Something to be posted.
pub(super) struct Posting {
    url: String,
    secret: Secret,
    body: String,
    at: Instant,
}

impl Hooks {
    /// Posts to where `webhooks` allows; secrets are sealed with `key`.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no client can be made.
    pub fn new(webhooks: Webhooks, key: Key) -> Result<Self> {
        // A proxy would look names up by itself.
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).no_proxy();
        let client = if webhooks.internal { client } else { client.dns_resolver(Arc::new(PublicOnly)) };
        Ok(Self { webhooks, client: client.build().map_err(Error::unavailable)?, key })
    }

    /// What is to be posted to the webhook of a tenant; `None` when there is none.
    pub(super) fn prepare(
        &self,
        tx: &mut Tx<'_>,
        tenant: TenantId,
        body: Value,
        at: Instant,
    ) -> Result<Option<Posting>> {
        let Some(webhook) = rows::find(tx, tenant)? else { return Ok(None) };
        let opened = self.key.open(&bound(tenant), &webhook.sealed).and_then(|bytes| String::from_utf8(bytes).ok());
        let secret = opened.ok_or_else(|| Error::unavailable("the secret of a webhook is not sealed with our key"))?;
        Ok(Some(Posting { url: webhook.url, secret: Secret::new(secret), body: body.to_string(), at }))
    }

    pub(super) async fn post(&self, posting: &Posting) -> std::result::Result<(), NotSent> {
        let url = self.webhooks.judge(&posting.url).map_err(|why| NotSent(format!("the URL {why}")))?;
        let request = sign(self.client.post(url), &posting.secret, posting.at, posting.body.clone());
        let answer = request.send().await.map_err(|error| NotSent(error.without_url().to_string()))?;
        let status = answer.status();
        if status.is_success() { Ok(()) } else { Err(NotSent(format!("the webhook answered {status}"))) }
    }
}

/// Seals the secret of a tenant's webhook.
pub fn seal(key: &Key, nonce: [u8; NONCE_BYTES], tenant: TenantId, secret: &Secret) -> Vec<u8> {
    key.seal(nonce, &bound(tenant), secret.reveal().as_bytes())
}

fn bound(tenant: TenantId) -> Vec<u8> {
    bond(&["alert_webhook", &tenant.to_string()])
}

/// A document, and over its time and itself what only the two of us can make.
pub(super) fn sign(request: RequestBuilder, secret: &Secret, at: Instant, body: String) -> RequestBuilder {
    let time = at.micros().div_euclid(1_000_000).to_string();
    let signature = signature(secret.reveal().as_bytes(), &format!("{time}.{body}"));
    request
        .header("content-type", "application/json")
        .header("x-rollcall-timestamp", time)
        .header("x-rollcall-signature", signature)
        .body(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_posted_to_where_only_this_machine_reaches() {
        let (tenant, operator) = (Webhooks::default(), Webhooks { internal: true });
        for url in [
            "https://127.0.0.1/x",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://localhost/",
            "https://0x7f000001/",
            "https://2130706433/",
        ] {
            assert!(tenant.judge(url).is_err(), "{url}");
            assert!(operator.judge(url).is_ok(), "{url}");
        }
        for url in ["http://127.0.0.1:1/x", "http://localhost/", "http://[::1]/"] {
            assert!(tenant.judge(url).is_err() && operator.judge(url).is_ok(), "{url}");
        }
        for url in
            ["", "x", "http://example.org/", "ftp://example.org/", "file:///etc/passwd", "https://a:b@example.org/"]
        {
            assert!(tenant.judge(url).is_err() && operator.judge(url).is_err(), "{url}");
        }
        assert!(tenant.judge("https://example.org/#a").is_err());
        for url in ["https://example.org/hook?a=b", "https://8.8.8.8:8443/", "https://[2606:4700::1]/"] {
            assert!(tenant.judge(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn public_addresses_are_told_from_those_of_networks() {
        let is_public = |text: &str| is_public(text.parse().unwrap());
        for one in ["192.168.1.1", "172.16.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.0.8", "198.18.0.1"] {
            assert!(!is_public(one), "{one}");
        }
        for one in ["::", "ff02::1", "64:ff9b::a00:1", "2002:a00:1::", "2001:0:1::", "2001:db8::1"] {
            assert!(!is_public(one), "{one}");
        }
        assert!(is_public("1.1.1.1") && is_public("2a00:1450::1") && is_public("172.32.0.1"));
    }
}
