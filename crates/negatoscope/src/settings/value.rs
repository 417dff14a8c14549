//! How a setting is read from TOML.

use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// A type that a setting may have.
pub trait FromToml: Sized {
    /// Reads it, with an error that says what was expected.
    fn from_toml(value: &toml::Value) -> Result<Self>;
}

fn text(value: &toml::Value) -> Result<&str> {
    value.as_str().context("expected a text in quotes")
}

impl FromToml for String {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        Ok(text(value)?.to_owned())
    }
}

impl FromToml for PathBuf {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        Ok(PathBuf::from(text(value)?))
    }
}

impl FromToml for SocketAddr {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        text(value)?.parse().context("expected address:port")
    }
}

impl FromToml for bool {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        value.as_bool().context("expected true or false")
    }
}

macro_rules! whole_number {
    ($($type:ty),+) => {$(
        impl FromToml for $type {
            fn from_toml(value: &toml::Value) -> Result<Self> {
                let number = value.as_integer().context("expected a whole number")?;
                <$type>::try_from(number).context("out of range")
            }
        }
    )+};
}
whole_number!(u8, u64, usize);

impl<T: FromToml> FromToml for Vec<T> {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        value.as_array().context("expected a list in brackets")?.iter().map(T::from_toml).collect()
    }
}

/// An address, or a network as `address/bits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether `ip` is in it.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.address, ip.to_canonical()) {
            (IpAddr::V4(ours), IpAddr::V4(theirs)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                u32::from(ours) & mask == u32::from(theirs) & mask
            }
            (IpAddr::V6(ours), IpAddr::V6(theirs)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                u128::from(ours) & mask == u128::from(theirs) & mask
            }
            _ => false,
        }
    }

    fn parse(text: &str) -> Result<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().context("expected an address or address/bits")?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).context("expected a number of bits after /")?;
        if bits > most {
            bail!("/{bits} is longer than the address");
        }
        Ok(Self { address, bits })
    }
}

impl FromToml for Network {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        Self::parse(text(value)?)
    }
}

/// A calling AE and where it may call from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedPeer {
    /// Its title; `None` for any.
    pub ae_title: Option<String>,
    /// Its network.
    pub network: Network,
}

impl FromToml for AllowedPeer {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        let (ae, network) = text(value)?.split_once('@').context("expected AE@address")?;
        if ae.is_empty() || ae.len() > 16 {
            bail!("an AE title has 1 to 16 characters");
        }
        Ok(Self { ae_title: (ae != "*").then(|| ae.to_owned()), network: Network::parse(network)? })
    }
}

/// Private as RFC 1918, RFC 4193 and link-local say.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_private() || ip.is_link_local() || ip.is_loopback(),
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_loopback(),
    }
}

/// A TOML value from its text.
pub fn literal(text: &str) -> Result<toml::Value> {
    let mut table: toml::Table = format!("v = {text}").parse().context("a default is not TOML")?;
    table.remove("v").context("a default is empty")
}

/// `{a: {b: 1}}` as `a.b = 1`.
pub fn flatten(prefix: &str, table: toml::Table, flat: &mut BTreeMap<String, toml::Value>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => flatten(&name, inner, flat),
            other => {
                flat.insert(name, other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_its_addresses_and_no_others() {
        let network = Network::parse("10.1.2.0/24").unwrap();
        assert!(network.contains("10.1.2.255".parse().unwrap()));
        assert!(network.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!network.contains("10.1.3.0".parse().unwrap()));
        assert!(Network::parse("0.0.0.0/0").unwrap().contains("9.9.9.9".parse().unwrap()));
        assert!(!Network::parse("0.0.0.0/0").unwrap().contains("::1".parse().unwrap()));
        assert!(Network::parse("10.1.2.0/33").is_err());
    }
}
