//! What of an address stands for one client. Pure.

use std::net::IpAddr;

/// The part of an address that stands for one client: an IPv4 address, or the 64 bits of an IPv6 network, whose owner has
/// every address in it.
pub fn client_of(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_is_an_address_or_a_network_of_64_bits() {
        let client = |text: &str| client_of(text.parse().unwrap());
        assert_eq!(client("192.0.2.7"), "192.0.2.7");
        assert_eq!(client("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(client("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(client("2001:db8:1:2::9"), client("2001:db8:1:2:ffff::"));
        assert_ne!(client("2001:db8:1:3::9"), client("2001:db8:1:2::9"));
    }
}
