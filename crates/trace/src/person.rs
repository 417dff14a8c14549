//! People as the log names them: by a keyed digest. Whoever has the log and not the key cannot tell whose event it is.

use crate::TraceError;
use crate::note::write_file;
use ambient::{Random, random_bytes};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

const FILE: &str = "trace-person-key";

/// The key of the pseudonyms, kept among the data folder's keys: without it the log still proves, and names nobody.
pub(crate) struct PersonKey([u8; 32]);

impl PersonKey {
    pub(crate) fn load_or_create(keys: &Path, random: &dyn Random) -> Result<Self, TraceError> {
        match Self::load(keys)? {
            Some(key) => Ok(key),
            None => {
                let key = random_bytes::<32>(random);
                let failed = |error: io::Error| TraceError::Key(format!("{FILE}: {error}"));
                fs::create_dir_all(keys).map_err(failed)?;
                write_file(&keys.join(FILE), &key, 0o600).map_err(failed)?;
                Ok(Self(key))
            }
        }
    }

    /// `None` when it was never made: a log of the first version.
    pub(crate) fn load(keys: &Path) -> Result<Option<Self>, TraceError> {
        match fs::read(keys.join(FILE)) {
            Ok(bytes) => {
                let key = bytes.try_into().map_err(|_| TraceError::Key(format!("{FILE} is not 32 bytes long")))?;
                Ok(Some(Self(key)))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(TraceError::Key(format!("{FILE}: {error}"))),
        }
    }

    /// 32 hexadecimal digits, the same for all of one patient's events.
    pub(crate) fn pseudonym(&self, group: i64, patient: &str) -> Result<String, TraceError> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).map_err(|_| TraceError::Key(format!("{FILE}: length")))?;
        mac.update(&group.to_be_bytes());
        mac.update(patient.as_bytes());
        let mut digest = hex::encode(mac.finalize().into_bytes());
        digest.truncate(32);
        Ok(digest)
    }
}
