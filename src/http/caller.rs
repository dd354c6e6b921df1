//! Where a request comes from, as far as the connection and trusted proxies tell. An address is counted and recorded;
//! nothing but `/metrics` is allowed or denied because of one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;

use super::credential::Credential;
use super::metrics::Metrics;
use crate::secret::Secret;

/// What the system face is told of a request beside the request itself.
pub(super) struct Caller {
    /// Whether the client is on this machine.
    pub(super) local: bool,
    /// The credential it shows, not yet judged.
    pub(super) credential: Option<Credential>,
    /// What `/metrics` asks for from clients elsewhere.
    pub(super) metrics_token: Option<Secret>,
    /// The server's counters.
    pub(super) metrics: Arc<Metrics>,
    /// The OpenAPI document.
    pub(super) openapi: Bytes,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Client {
    /// The address to count by and to record: the client's if it can be known, else the nearest one that can be.
    pub(super) address: IpAddr,
    /// Whether that is the client's own address beyond doubt.
    certain: bool,
}

impl Client {
    /// Judges the peer and what forwarding headers say; each list holds the lines of one header in the order given.
    ///
    /// A peer that is no trusted proxy is the client. If it sends forwarding headers all the same, it may be a proxy
    /// nobody told us of, so that whom it serves cannot be known. `Forwarded` is read when there is no
    /// `X-Forwarded-For`.
    pub(super) fn of(peer: Option<IpAddr>, forwarded_for: &[&str], forwarded: &[&str], trusted: &[IpAddr]) -> Self {
        let Some(peer) = peer.map(|address| address.to_canonical()) else {
            return Self { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), certain: false };
        };
        if !trusted.contains(&peer) {
            return Self { address: peer, certain: forwarded_for.is_empty() && forwarded.is_empty() };
        }
        let hops: Vec<Option<IpAddr>> = if forwarded_for.is_empty() {
            forwarded.iter().flat_map(|line| line.split(',')).map(forwarded_hop).collect()
        } else {
            forwarded_for.iter().flat_map(|line| line.split(',')).map(hop).collect()
        };
        Self::behind(peer, &hops, trusted)
    }

    /// Proxies append: the last address that is not one of ours is the client.
    fn behind(peer: IpAddr, hops: &[Option<IpAddr>], trusted: &[IpAddr]) -> Self {
        let mut nearest = peer;
        for hop in hops.iter().rev() {
            match hop {
                Some(address) if trusted.contains(address) => nearest = *address,
                Some(address) => return Self { address: *address, certain: true },
                None => break,
            }
        }
        Self { address: nearest, certain: false }
    }

    /// Whether it is on this machine, beyond doubt.
    pub(super) fn is_local(self) -> bool {
        self.certain && self.address.is_loopback()
    }
}

/// An address as proxies write it: bare, with a port, in brackets.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|address: IpAddr| address.to_canonical())
}

/// The address in one element of `Forwarded` (RFC 7239 section 4): `for="[2001:db8::1]:80";proto=https`.
fn forwarded_hop(element: &str) -> Option<IpAddr> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    hop(value.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn is_local(peer: &str, forwarded_for: &[&str], forwarded: &[&str], trusted: &[IpAddr]) -> bool {
        Client::of(Some(ip(peer)), forwarded_for, forwarded, trusted).is_local()
    }

    #[test]
    fn only_a_plain_loopback_peer_is_local_by_itself() {
        assert!(is_local("127.0.0.1", &[], &[], &[]));
        assert!(is_local("::ffff:127.0.0.1", &[], &[], &[]));
        assert!(!is_local("127.0.0.1", &["127.0.0.1"], &[], &[]));
        assert!(!is_local("127.0.0.1", &[], &["for=127.0.0.1"], &[]));
        assert!(!is_local("10.0.0.1", &[], &[], &[]));
        assert!(!Client::of(None, &[], &[], &[]).is_local());
    }

    #[test]
    fn a_trusted_proxy_tells_who_the_client_is() {
        let trusted = [ip("127.0.0.1"), ip("10.0.0.1")];
        assert!(is_local("10.0.0.1", &["127.0.0.2"], &[], &trusted));
        assert!(!is_local("10.0.0.1", &["127.0.0.2, 192.0.2.1"], &[], &trusted));
        assert!(!is_local("10.0.0.1", &["192.0.2.1, 127.0.0.1"], &[], &trusted));
        assert!(!is_local("127.0.0.1", &[], &[], &trusted));
        assert!(!is_local("10.0.0.1", &["unknown"], &[], &trusted));
    }

    #[test]
    fn the_address_is_the_last_hop_that_is_not_ours() {
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        let cases: [(&str, &[&str], &[&str], &str); 11] = [
            ("192.0.2.9", &["198.51.100.1"], &[], "192.0.2.9"),
            ("10.0.0.1", &["198.51.100.1"], &[], "198.51.100.1"),
            ("10.0.0.1", &["203.0.113.5, 198.51.100.1, 10.0.0.2"], &[], "198.51.100.1"),
            // A line that the client sent stands before the proxy's own.
            ("10.0.0.1", &["203.0.113.5", "198.51.100.1"], &[], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1:4711"], &["for=203.0.113.5"], "198.51.100.1"),
            ("10.0.0.1", &["[2001:db8::1]:80"], &[], "2001:db8::1"),
            ("10.0.0.1", &[], &["for=203.0.113.5, for=\"[2001:db8::1]\";proto=https"], "2001:db8::1"),
            ("10.0.0.1", &[], &["proto=https; For=198.51.100.1"], "198.51.100.1"),
            ("10.0.0.1", &["198.51.100.1, nonsense, 10.0.0.2"], &[], "10.0.0.2"),
            ("10.0.0.1", &[], &["for=_hidden"], "10.0.0.1"),
            ("10.0.0.1", &[], &[], "10.0.0.1"),
        ];
        for (peer, forwarded_for, forwarded, expected) in cases {
            let client = Client::of(Some(ip(peer)), forwarded_for, forwarded, &trusted);
            assert_eq!(client.address, ip(expected), "{peer} {forwarded_for:?} {forwarded:?}");
        }
    }
}
