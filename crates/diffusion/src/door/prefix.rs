//! Who a client is, as far as the throttle is concerned: an IPv4 address, or the /56 of an IPv6 one, which
//! is what a home or a hosting client is given and can rotate within.

use std::net::IpAddr;

/// The address prefix, as bytes to be digested.
pub(super) fn prefix_of(client: IpAddr) -> Vec<u8> {
    match client.to_canonical() {
        IpAddr::V4(address) => [&[4], address.octets().as_slice()].concat(),
        IpAddr::V6(address) => [&[6], address.octets().get(..7).unwrap_or_default()].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prefix(text: &str) -> Vec<u8> {
        prefix_of(text.parse().unwrap())
    }

    #[test]
    fn an_ipv6_client_is_its_56_bit_prefix() {
        assert_eq!(prefix("2001:db8:0:1200::1"), prefix("2001:db8:0:12ff:ffff::9"));
        assert_ne!(prefix("2001:db8:0:1200::1"), prefix("2001:db8:0:1300::1"));
    }

    #[test]
    fn an_ipv4_client_is_itself_however_it_is_written() {
        assert_eq!(prefix("192.0.2.7"), prefix("::ffff:192.0.2.7"));
        assert_ne!(prefix("192.0.2.7"), prefix("192.0.2.8"));
    }
}
