//! The few words an expiry page needs, sealed under the master key: no name, no UID, no report, no pixel.

use crate::copies::{open_small, seal_small};
use crate::{DiffusionError, ExpiryPage};
use link::{Publication, Times};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
struct Stub {
    version: u32,
    title: String,
    site: String,
    class: String,
    times: Times,
}

/// Seals the words of a publication that outlive it.
pub(crate) fn seal(master: &[u8; 32], nonce: [u8; 12], publication: &Publication) -> Result<Vec<u8>, DiffusionError> {
    let stub = Stub {
        version: 1,
        title: publication.title.clone(),
        site: publication.site.clone(),
        class: publication.class.clone(),
        times: publication.times.clone(),
    };
    let plain = serde_json::to_vec(&stub).map_err(|error| DiffusionError::Document(error.to_string()))?;
    seal_small(master, nonce, b"stub", publication.exam, &plain)
}

/// Opens them for the expiry page.
pub(crate) fn open(master: &[u8; 32], exam: Uuid, sealed: &[u8]) -> Result<ExpiryPage, DiffusionError> {
    let plain = open_small(master, b"stub", exam, sealed)?;
    let stub: Stub = serde_json::from_slice(&plain).map_err(|error| DiffusionError::Document(error.to_string()))?;
    Ok(ExpiryPage { exam, title: stub.title, site: stub.site, class: stub.class, times: stub.times })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_is_still_read_and_written() {
        let pinned = include_str!("../../../formats/diffusion/stub-1.json");
        let stub: Stub = serde_json::from_str(pinned).unwrap();
        assert_eq!(serde_json::to_value(&stub).unwrap(), serde_json::from_str::<serde_json::Value>(pinned).unwrap());
    }
}
