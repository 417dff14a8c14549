//! What a witness says of a checkpoint: C2SP `tlog-cosignature`, Ed25519 with a time.

use crate::TraceError;
use crate::keys;
use crate::note::{Named, is_name, split};
use ambient::Random;
use ed25519_dalek::{Signer, SigningKey};
use std::path::Path;
use time::OffsetDateTime;

/// The signature type of timestamped Ed25519 cosignatures.
const COSIGNATURE: u8 = 4;

/// A witness's public key: `name+keyid+base64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WitnessKey(Named);

impl WitnessKey {
    /// Reads `name+keyid+base64`.
    pub fn parse(text: &str) -> Option<Self> {
        Named::parse(text, COSIGNATURE).map(Self)
    }

    /// The witness's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// When this witness cosigned the checkpoint of `note`: seconds since 1970. `None` when it did not.
    pub fn cosigned(&self, note: &str) -> Option<u64> {
        let (text, signatures) = split(note)?;
        self.0.signatures(signatures).find_map(|bytes| {
            let (time, signature) = bytes.split_first_chunk::<8>()?;
            let time = u64::from_be_bytes(*time);
            self.0.is_signed(message(time, text).as_bytes(), signature).then_some(time)
        })
    }

    /// Of these lines, the one that is this witness's valid cosignature of the checkpoint of `note`.
    pub fn line_of(&self, note: &str, lines: &str) -> Option<String> {
        let (text, _) = split(note)?;
        let valid = |line: &&str| self.cosigned(&format!("{text}\n{line}\n")).is_some();
        lines.lines().take(64).find(valid).map(|line| format!("{line}\n"))
    }
}

impl std::fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A witness's secret key.
pub(crate) struct WitnessSecret {
    public: WitnessKey,
    key: SigningKey,
}

impl WitnessSecret {
    pub(crate) fn load_or_create(path: &Path, name: &str, random: &dyn Random) -> Result<Self, TraceError> {
        if !is_name(name) {
            return Err(TraceError::Key("a witness's name may not be empty or contain spaces or '+'".into()));
        }
        let key = keys::load_or_create(path, random)?;
        Ok(Self { public: WitnessKey(Named::new(name, COSIGNATURE, key.verifying_key())), key })
    }

    pub(crate) fn public(&self) -> &WitnessKey {
        &self.public
    }

    /// The line to add under a note.
    pub(crate) fn cosign(&self, note: &str, now: OffsetDateTime) -> Option<String> {
        let (text, _) = split(note)?;
        let time = u64::try_from(now.unix_timestamp()).ok()?;
        let signature = self.key.sign(message(time, text).as_bytes()).to_bytes();
        Some(self.public.0.line(&[time.to_be_bytes().as_slice(), &signature].concat()))
    }
}

fn message(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}
