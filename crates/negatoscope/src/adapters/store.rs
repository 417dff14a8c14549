//! What DICOM brings goes to the landing log.

use async_trait::async_trait;
use bytes::Bytes;
use dimse::scp::{AssociationEvent, Observer, Reception, StoreHandler, StoreRequest, StoreStatus};
use intake::landing::{self, Arriving, Landing, Refusal};
use trace::{SecurityEvent, Trace};

/// C-STORE into the landing log.
pub struct StoreToLanding(pub Landing);

struct Landed(landing::Reception);

#[async_trait]
impl StoreHandler for StoreToLanding {
    async fn begin(&self, request: StoreRequest) -> Result<Box<dyn Reception>, StoreStatus> {
        let arriving = Arriving::DataSet {
            source: format!("dimse:{}", request.calling_ae),
            transfer_syntax_uid: request.transfer_syntax_uid,
            sop_class_uid: request.sop_class_uid,
            sop_instance_uid: request.sop_instance_uid,
        };
        let reception = self.0.begin(arriving).await.map_err(|refusal| status(&refusal))?;
        Ok(Box::new(Landed(reception)))
    }
}

#[async_trait]
impl Reception for Landed {
    async fn write(&mut self, slice: Bytes) -> Result<(), StoreStatus> {
        self.0.write(slice).await.map_err(|refusal| status(&refusal))
    }

    async fn finish(self: Box<Self>) -> StoreStatus {
        match self.0.finish().await {
            Ok(_) => StoreStatus::success(),
            Err(refusal) => status(&refusal),
        }
    }
}

/// Refused associations, and the users that peers claim to be, go to the security log.
pub struct AssociationsTraced(pub Trace);

impl Observer for AssociationsTraced {
    fn observe(&self, event: AssociationEvent) {
        let (kind, peer, words) = match event {
            AssociationEvent::Refused { calling, peer, reason } => {
                ("association-refused", peer, vec![("calling", calling), ("reason", reason.to_owned())])
            }
            AssociationEvent::Opened { calling, peer, claimed_user: Some(user), .. } => {
                ("user-claimed", peer, vec![("calling", calling.as_str().to_owned()), ("claim", user)])
            }
            AssociationEvent::Opened { .. } | AssociationEvent::Closed { .. } => return,
        };
        let detail =
            words.into_iter().map(|(name, value)| (name.to_owned(), value.chars().take(100).collect())).collect();
        let event = SecurityEvent { kind: kind.to_owned(), origin: Some(peer.ip().to_string()), detail };
        let trace = self.0.clone();
        // The answer to the peer does not wait for it.
        tokio::spawn(async move {
            if let Err(error) = trace.security(event).await {
                tracing::error!(%error, "the security log cannot be written");
            }
        });
    }
}

/// What the peer is told (PS3.4 §B.2.3); the refusal's own text is for the operator.
fn status(refusal: &Refusal) -> StoreStatus {
    tracing::warn!(%refusal, "an instance was not stored");
    match refusal {
        Refusal::NoSpace => StoreStatus::out_of_resources("no space left"),
        Refusal::TooLarge { .. } => StoreStatus::out_of_resources("too large"),
        Refusal::Unavailable => StoreStatus::out_of_resources("not available now"),
        Refusal::Mismatch { what } => StoreStatus::data_set_mismatch(format!("{what} is not the one announced")),
        Refusal::InvalidUid { what } => StoreStatus::data_set_mismatch(format!("invalid {what}")),
        Refusal::Unreadable { .. } => StoreStatus::cannot_understand("the data set cannot be read"),
        Refusal::Conflict => StoreStatus::duplicate_instance("this instance is here with other content"),
        Refusal::Declined { .. } => StoreStatus::processing_failure("not accepted"),
        Refusal::Storage => StoreStatus::processing_failure("storage failed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_own_status() {
        for (refusal, code) in [
            (Refusal::NoSpace, 0xA700),
            (Refusal::TooLarge { max_bytes: 1 }, 0xA700),
            (Refusal::Unavailable, 0xA700),
            (Refusal::Mismatch { what: "SOP Class UID" }, 0xA900),
            (Refusal::Unreadable { reason: String::new() }, 0xC000),
            (Refusal::Conflict, 0x0111),
            (Refusal::Storage, 0x0110),
        ] {
            assert_eq!(status(&refusal).code, code, "{refusal}");
        }
    }
}
