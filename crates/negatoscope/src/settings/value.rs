//! How a setting is read from TOML.

use anyhow::{Context, Result, bail};
use dimse::ae::AeTitle;
use dimse::peers::{KnownPeer, Network};
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

impl FromToml for Option<SocketAddr> {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        match text(value)? {
            "" => Ok(None),
            _ => SocketAddr::from_toml(value).map(Some),
        }
    }
}

impl FromToml for archive::worklist::Station {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        let (ae, modalities) = text(value)?.split_once('=').context("expected AE=modality,modality")?;
        let title = AeTitle::new(ae).context("an AE title has 1 to 16 printable characters")?.as_str().to_owned();
        let modalities: Vec<String> = modalities.split(',').map(|one| one.trim().to_owned()).collect();
        if modalities.iter().any(String::is_empty) {
            bail!("expected AE=modality,modality");
        }
        Ok(Self { title, modalities })
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
whole_number!(u64, usize);

impl<T: FromToml> FromToml for Vec<T> {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        value.as_array().context("expected a list in brackets")?.iter().map(T::from_toml).collect()
    }
}

/// Addresses and networks that may connect, each as address and length of prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Peers(pub Vec<(IpAddr, u8)>);

impl FromToml for Peers {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        let peers = value.as_array().context("expected a list in brackets")?.iter().map(|peer| {
            let peer = text(peer)?;
            // The same grammar as for DICOM peers.
            peer.parse::<Network>()?;
            let (address, bits) = peer.split_once('/').map_or((peer, None), |(address, bits)| (address, Some(bits)));
            let address: IpAddr = address.trim().parse()?;
            let whole = if address.is_ipv4() { 32 } else { 128 };
            Ok((address, bits.map_or(Ok(whole), |bits| bits.trim().parse())?))
        });
        Ok(Self(peers.collect::<Result<_>>()?))
    }
}

impl FromToml for Network {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        Ok(text(value)?.parse()?)
    }
}

impl FromToml for KnownPeer {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        let (ae, network) = text(value)?.split_once('@').context("expected AE@address")?;
        let ae_title = AeTitle::new(ae).context("an AE title has 1 to 16 printable characters")?;
        Ok(Self { ae_title, networks: vec![network.parse()?] })
    }
}

/// A system that we call: its title, and where it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerAddress {
    /// Its application entity title.
    pub ae_title: AeTitle,
    /// `host:port`.
    pub address: String,
}

impl FromToml for PeerAddress {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        let (ae, address) = text(value)?.split_once('@').context("expected AE@host:port")?;
        let ae_title = AeTitle::new(ae).context("an AE title has 1 to 16 printable characters")?;
        let address = address.trim();
        let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty()).map(|(_, port)| port.parse::<u16>());
        match port {
            Some(Ok(port)) if port > 0 => Ok(Self { ae_title, address: address.to_owned() }),
            _ => bail!("expected AE@host:port"),
        }
    }
}

impl FromToml for exam::Zone {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        match value {
            toml::Value::String(name) if name == "Europe/Paris" => Ok(Self::EuropeParis),
            toml::Value::Integer(minutes) => Ok(Self::FixedMinutes(i16::try_from(*minutes).context("out of range")?)),
            _ => bail!("expected \"Europe/Paris\" or a number of minutes east of Greenwich"),
        }
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
