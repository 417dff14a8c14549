//! Bytes of an instance, wherever they lie.

use crate::{Archive, ArchiveError};
use bytes::Bytes;
use dicom::scan::{Limits, scan_part10};
use record::{Location, StoredDocument, StoredInstance};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use vault::{Manifest, ObjectKey, SealedEntry, VaultError};

/// Manifests already opened, while one exam is worked on.
#[derive(Default)]
pub(crate) struct Manifests(HashMap<ObjectKey, Manifest>);

/// SHA-256 of the data set of a Part 10 file: what makes two arrivals the same object, whatever the preamble and file
/// meta group before it.
pub(crate) fn dataset_digest(file: &[u8]) -> Option<[u8; 32]> {
    let scanned = scan_part10(file, &Limits::default()).ok()?;
    let start = usize::try_from(scanned.dataset_offset()).ok()?;
    Some(Sha256::digest(file.get(start..)?).into())
}

/// An object key of the record.
pub(crate) fn object_key(text: &str) -> Result<ObjectKey, ArchiveError> {
    text.parse().map_err(|_| ArchiveError::Refused("the record names an object with an impossible key"))
}

impl Archive {
    /// The Part 10 file of an instance, its digest checked.
    pub(crate) async fn instance_bytes(
        &self,
        instance: &StoredInstance,
        manifests: &mut Manifests,
    ) -> Result<Bytes, ArchiveError> {
        match &instance.location {
            Location::Landing(place) => Ok(self.landing.read(*place).await?),
            Location::Sealed { .. } => {
                let (key, entry) = self.entry(instance, manifests).await?;
                Ok(self.vault.read_entry(key, &entry).await?)
            }
        }
    }

    /// Where a sealed instance lies.
    pub(crate) async fn entry(
        &self,
        instance: &StoredInstance,
        manifests: &mut Manifests,
    ) -> Result<(ObjectKey, SealedEntry), ArchiveError> {
        let Location::Sealed { object, offset, .. } = &instance.location else {
            return Err(ArchiveError::Refused("an instance is not sealed yet"));
        };
        let key = object_key(object)?;
        if let std::collections::hash_map::Entry::Vacant(vacant) = manifests.0.entry(key) {
            vacant.insert(self.vault.manifest(key).await?);
        }
        let entries = manifests.0.get(&key).map(|manifest| manifest.entries.as_slice()).unwrap_or_default();
        let entry = entries.iter().find(|entry| entry.offset_bytes == *offset);
        let entry = entry.ok_or_else(|| VaultError::Damaged { key, what: "an instance is not in it".into() })?;
        Ok((key, entry.clone()))
    }

    /// Whether an instance is too large to be held whole: it is read in pieces, out of the vault.
    pub(crate) fn is_large(&self, instance: &StoredInstance) -> bool {
        instance.size_bytes > self.config.whole_file_bytes
    }

    /// The bytes of a report's document, from the record or the vault.
    pub async fn document_bytes(&self, document: &StoredDocument) -> Result<Bytes, ArchiveError> {
        if let Some(bytes) = &document.bytes {
            return Ok(Bytes::copy_from_slice(bytes));
        }
        let object = document.object.as_deref().ok_or(ArchiveError::Refused("a document is nowhere"))?;
        let key = object_key(object)?;
        let manifest = self.vault.manifest(key).await?;
        let wanted = hex::encode(document.sha256);
        let entry = manifest.entries.iter().find(|entry| entry.sha256 == wanted);
        let entry = entry.ok_or_else(|| VaultError::Damaged { key, what: "the document is not in it".into() })?;
        Ok(self.vault.read_entry(key, entry).await?)
    }
}
