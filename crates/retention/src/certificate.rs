//! What proves an erasure: who, why, when, and digests of what is gone. Opaque ids only.

use crate::judge::Eligible;
use crate::{Retention, RetentionError, policies_digest};
use record::{Certificate, Doom, ErasedObject, ErasureList, ExamId, Generation, StoredInstance, Tombstone};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use time::OffsetDateTime;

/// Version of a certificate's shape.
const VERSION: u32 = 1;

/// What a certificate is made from.
pub(crate) struct Parts<'a> {
    pub exam: ExamId,
    pub eligible: Eligible,
    pub doom: &'a Doom,
    pub list: &'a ErasureList,
    pub generations: Vec<Generation>,
    pub instances: Vec<StoredInstance>,
    pub now: OffsetDateTime,
}

impl Retention {
    pub(crate) fn certificate(&self, parts: Parts<'_>) -> Certificate {
        let objects: BTreeMap<String, ErasedObject> = parts.generations.iter().map(object).collect();
        Certificate {
            version: VERSION,
            certificate: self.fresh_id(),
            exam: parts.exam,
            list: parts.list.list,
            path: parts.list.path,
            reasons: parts.eligible.reasons,
            kept_until: parts.eligible.kept_until,
            policies: policies_digest(&self.config.policies),
            approvals: parts.list.approvals.clone(),
            proposed_at: parts.list.proposed_at,
            doomed_at: parts.doom.doomed_at,
            destroyed_at: parts.now,
            placements: self.placements.iter().map(|place| place.name.clone()).collect(),
            objects: objects.into_values().collect(),
            instances: parts.instances.iter().map(tombstone).collect(),
        }
    }
}

fn object(generation: &Generation) -> (String, ErasedObject) {
    let object = ErasedObject {
        object: generation.object.clone(),
        size_bytes: generation.size_bytes,
        sha256: hex::encode(generation.sha256),
    };
    (generation.object.clone(), object)
}

fn tombstone(instance: &StoredInstance) -> Tombstone {
    Tombstone {
        uid_sha256: hex::encode(Sha256::digest(&instance.header.sop_instance_uid)),
        sha256: hex::encode(instance.sha256),
        size_bytes: instance.size_bytes,
    }
}

/// A certificate as a file a person or a program can read (JSON, UTF-8).
///
/// # Errors
/// Only when it cannot be written as JSON, which none of its values can cause.
pub fn readable(certificate: &Certificate) -> Result<Vec<u8>, RetentionError> {
    serde_json::to_vec_pretty(certificate).map_err(|_| RetentionError::Refused("the certificate cannot be written"))
}

/// Digest of a certificate: what the leaf of the trace says of it.
pub(crate) fn digest(certificate: &Certificate) -> String {
    hex::encode(Sha256::digest(serde_json::to_vec(certificate).unwrap_or_default()))
}
