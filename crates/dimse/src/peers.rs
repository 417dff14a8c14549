//! Who may open an association: calling titles and the addresses they may come from.

use crate::ae::AeTitle;
use std::net::IpAddr;
use std::str::FromStr;

/// An address range in CIDR notation, such as `10.1.0.0/16`, `2001:db8::/32` or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// A text that is not an address range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address or an address range such as 10.1.0.0/16")]
pub struct BadNetwork;

impl Network {
    /// Whether `address` lies in the range. An IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address = address.trim().parse::<IpAddr>().map_err(|_| BadNetwork)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.trim().parse::<u8>().map_err(|_| BadNetwork)?,
            None => longest,
        };
        if prefix > longest { Err(BadNetwork) } else { Ok(Self { address, prefix }) }
    }
}

/// One known peer: a title and where it may call from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPeer {
    /// The calling title.
    pub ae_title: AeTitle,
    /// Where it may call from; empty means nowhere.
    pub networks: Vec<Network>,
}

/// Who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Peers {
    /// Anybody with a well-formed title: for a test bench or a demonstration.
    Anyone,
    /// Only these titles, each only from its addresses.
    Known(Vec<KnownPeer>),
}

impl Peers {
    /// Whether `calling` may open an association from `address`.
    ///
    /// An unknown title and a known title from elsewhere take the same path through the whole list, so that
    /// neither the answer nor its time tells which titles exist (A08).
    pub fn admit(&self, calling: &AeTitle, address: IpAddr) -> bool {
        match self {
            Self::Anyone => true,
            Self::Known(peers) => peers.iter().fold(false, |admitted, peer| {
                let here = peer.networks.iter().fold(false, |found, network| found | network.contains(address));
                admitted | (here & (peer.ae_title == *calling))
            }),
        }
    }
}
