//! The few words an expiry page needs, sealed under the master key: no name, no UID, no report, no pixel.

use crate::copies::{open_small, seal_small};
use crate::{DiffusionError, ExpiryPage};
use link::{Publication, Times};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is to be sealed.
pub(crate) struct Words<'a> {
    pub(crate) title: &'a str,
    pub(crate) site: &'a str,
    pub(crate) class: &'a str,
    pub(crate) times: &'a Times,
}

impl<'a> Words<'a> {
    /// Those of a publication.
    pub(crate) fn of(publication: &'a Publication) -> Self {
        Self {
            title: &publication.title,
            site: &publication.site,
            class: &publication.class,
            times: &publication.times,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Stub {
    version: u32,
    title: String,
    site: String,
    class: String,
    times: Times,
}

/// Seals the words of an exam that outlive its web copy.
pub(crate) fn seal(
    master: &[u8; 32],
    nonce: [u8; 12],
    exam: Uuid,
    words: &Words<'_>,
) -> Result<Vec<u8>, DiffusionError> {
    let stub = Stub {
        version: 1,
        title: words.title.to_owned(),
        site: words.site.to_owned(),
        class: words.class.to_owned(),
        times: words.times.clone(),
    };
    let plain = serde_json::to_vec(&stub).map_err(|error| DiffusionError::Document(error.to_string()))?;
    seal_small(master, nonce, b"stub", exam, &plain)
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
