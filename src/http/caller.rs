//! Where a request comes from, as far as the connection and trusted proxies tell. Only the system face is told: nothing
//! else may depend on an address.

use std::net::IpAddr;
use std::sync::Arc;

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
}

/// Whether a request comes from this machine: from a loopback peer that forwards for nobody, or through trusted
/// proxies from a loopback client.
///
/// A loopback peer that is no trusted proxy and yet sends forwarding headers is a proxy nobody told us of: whom it
/// serves cannot be known, so the request counts as a stranger's.
pub(super) fn is_local(peer: Option<IpAddr>, forwarded_for: Option<&str>, forwarded: bool, trusted: &[IpAddr]) -> bool {
    let Some(peer) = peer.map(|address| address.to_canonical()) else {
        return false;
    };
    if !trusted.contains(&peer) {
        return peer.is_loopback() && forwarded_for.is_none() && !forwarded;
    }
    // Proxies append: the last address that is not one of ours is the client.
    let hops = forwarded_for.unwrap_or_default().rsplit(',').map(|hop| hop.trim().parse::<IpAddr>());
    for hop in hops {
        match hop.map(|address| address.to_canonical()) {
            Ok(address) if trusted.contains(&address) => {}
            Ok(address) => return address.is_loopback(),
            Err(_) => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn only_a_plain_loopback_peer_is_local_by_itself() {
        assert!(is_local(Some(ip("127.0.0.1")), None, false, &[]));
        assert!(is_local(Some(ip("::ffff:127.0.0.1")), None, false, &[]));
        assert!(!is_local(Some(ip("127.0.0.1")), Some("127.0.0.1"), false, &[]));
        assert!(!is_local(Some(ip("127.0.0.1")), None, true, &[]));
        assert!(!is_local(Some(ip("10.0.0.1")), None, false, &[]));
        assert!(!is_local(None, None, false, &[]));
    }

    #[test]
    fn a_trusted_proxy_tells_who_the_client_is() {
        let trusted = [ip("127.0.0.1"), ip("10.0.0.1")];
        assert!(is_local(Some(ip("10.0.0.1")), Some("127.0.0.2"), false, &trusted));
        assert!(!is_local(Some(ip("10.0.0.1")), Some("127.0.0.2, 192.0.2.1"), false, &trusted));
        assert!(!is_local(Some(ip("10.0.0.1")), Some("192.0.2.1, 127.0.0.1"), false, &trusted));
        assert!(!is_local(Some(ip("127.0.0.1")), None, false, &trusted));
        assert!(!is_local(Some(ip("10.0.0.1")), Some("unknown"), false, &trusted));
    }
}
