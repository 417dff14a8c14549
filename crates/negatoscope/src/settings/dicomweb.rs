//! A client of the DICOMweb services, as the settings file describes it in a `[[dicomweb-client]]` block.

use super::value::FromToml;
use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// One `[[dicomweb-client]]` block.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DicomwebClient {
    /// Its name, as the log of accesses gives it.
    pub name: String,
    /// SHA-256 of its bearer token, 64 hexadecimal digits: the token itself is nowhere here.
    pub token_sha256: String,
    /// Whether it may send images.
    #[serde(default)]
    pub may_store: bool,
}

impl FromToml for DicomwebClient {
    fn from_toml(value: &toml::Value) -> Result<Self> {
        value.clone().try_into().context("a [[dicomweb-client]] block")
    }
}

impl DicomwebClient {
    /// The digest of its token.
    pub fn digest(&self) -> Result<[u8; 32]> {
        let bytes = hex::decode(&self.token_sha256).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.with_context(|| format!("dicomweb-client {:?}: token-sha256 has 64 hexadecimal digits", self.name))
    }

    /// Refuses what is not safe, in words that say what to do.
    pub fn check(&self) -> Result<()> {
        if self.name.trim().is_empty() || self.name.len() > 64 {
            bail!("a dicomweb-client needs a name of at most 64 bytes: the log of accesses names it");
        }
        self.digest().map(drop)
    }
}
