//! Storage commitment between the listener, the record and the peers that asked.

use crate::settings::PeerAddress;
use ambient::Clock;
use archive::Archive;
use archive::commit::{Judged, NotKept, Reporter};
use async_trait::async_trait;
use dicom::tables::{EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};
use dimse::Error;
use dimse::ae::AeTitle;
use dimse::commitment::{FailureReason, Outcome, Reference, SOP_CLASS};
use dimse::pdu::association::Role;
use dimse::scp::{CommitmentProvider, CommitmentRequest, ReportLine, Reported, StoreStatus};
use dimse::scu::{Options, Proposal, Scu};
use record::{Catalogue, CommitmentAsked, CommitmentKey, GroupId, RecordError};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// For a connection, an association, an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Takes requests, and says their outcome.
pub struct Commits {
    catalogue: Arc<dyn Catalogue>,
    clock: Arc<dyn Clock>,
    group: GroupId,
    title: AeTitle,
    peers: RwLock<Vec<PeerAddress>>,
    /// Associations that requests came by.
    lines: Mutex<BTreeMap<CommitmentKey, ReportLine>>,
    asked: Notify,
}

impl Commits {
    /// For these peers; nobody else is answered, as there would be no way to.
    pub fn new(archive: &Archive, title: AeTitle, peers: Vec<PeerAddress>) -> Self {
        let (catalogue, clock) = (archive.catalogue.clone(), archive.clock.clone());
        let group = archive.config.group;
        Self {
            catalogue,
            clock,
            group,
            title,
            peers: RwLock::new(peers),
            lines: Mutex::default(),
            asked: Notify::new(),
        }
    }

    /// Whom we know the address of from now on.
    pub fn set_peers(&self, peers: Vec<PeerAddress>) {
        *self.peers.write().unwrap_or_else(PoisonError::into_inner) = peers;
    }

    /// The system of a title, when we know where it is.
    pub fn peer(&self, title: &str) -> Option<PeerAddress> {
        let peers = self.peers.read().unwrap_or_else(PoisonError::into_inner);
        peers.iter().find(|peer| peer.ae_title.as_str() == title).cloned()
    }

    /// Completes when a request has come, or after `pause`.
    pub async fn wake(self: Arc<Self>, pause: Duration) {
        let _ = tokio::time::timeout(pause, self.asked.notified()).await;
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, BTreeMap<CommitmentKey, ReportLine>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(&self, peer: &PeerAddress, outcome: &Outcome) -> Result<u16, Error> {
        let stream = TcpStream::connect(&peer.address).await?;
        stream.set_nodelay(true)?;
        let proposal = Proposal {
            sop_class_uid: SOP_CLASS.to_owned(),
            transfer_syntax_uids: [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN].map(str::to_owned).to_vec(),
        };
        let role = Role { sop_class_uid: SOP_CLASS.to_owned(), scu: false, scp: true };
        let options = Options { timeout: PATIENCE, ..Options::default() };
        let mut scu = Scu::associate_as(stream, &self.title, &peer.ae_title, &[proposal], &[role], options).await?;
        let status = scu.report_commitment(outcome).await?.code;
        // It has been heard: how the association ends changes nothing.
        let _ = scu.release().await;
        Ok(status)
    }
}

#[async_trait]
impl CommitmentProvider for Commits {
    async fn asked(&self, request: CommitmentRequest, line: ReportLine) -> Result<(), StoreStatus> {
        let CommitmentRequest { calling, asked, .. } = request;
        if self.peer(calling.as_str()).is_none() {
            tracing::warn!(%calling, "a request for commitment of a title without address (dicom.peers) was refused");
            return Err(StoreStatus::not_authorized("no address is known for this title"));
        }
        let key = CommitmentKey { peer: calling.as_str().to_owned(), transaction_uid: asked.transaction_uid };
        let named = |one: Reference| (one.sop_class_uid, one.sop_instance_uid);
        let instances = asked.references.into_iter().map(named).collect();
        // Before the job is there: it looks for the line.
        self.lines().insert(key.clone(), line);
        let kept = CommitmentAsked { key: key.clone(), instances, asked_at: self.clock.now(), answered_at: None };
        match self.catalogue.commitment_asked(self.group, kept).await {
            Ok(()) => {
                self.asked.notify_one();
                Ok(())
            }
            Err(error) => {
                tracing::warn!(%error, "a request for commitment was not taken");
                self.lines().remove(&key);
                Err(match error {
                    RecordError::Refused { .. } => StoreStatus::invalid_argument("transaction UID already in use"),
                    _ => StoreStatus::processing_failure("not taken, ask again"),
                })
            }
        }
    }
}

#[async_trait]
impl Reporter for Commits {
    /// On the association of the request while it is open, else on one of our own.
    async fn report(&self, key: &CommitmentKey, judged: &Judged) -> Result<(), String> {
        let outcome = outcome(key, judged);
        let line = self.lines().remove(key);
        if let Some(line) = line {
            match tokio::time::timeout(PATIENCE, line.report(outcome.clone())).await {
                Ok(Reported::Answered(status)) if heard(status) => return Ok(()),
                Ok(Reported::Answered(status)) => return Err(format!("answered {status:04X}")),
                // It may have been heard: said again after a pause, not twice in a breath.
                Ok(Reported::Unanswered) | Err(_) => return Err("the association ended before its answer".to_owned()),
                Ok(Reported::Unsent) => {}
            }
        }
        let peer = self.peer(&key.peer).ok_or("no address is known for the title any more")?;
        match tokio::time::timeout(3 * PATIENCE, self.call(&peer, &outcome)).await {
            Ok(Ok(status)) if heard(status) => Ok(()),
            Ok(Ok(status)) => Err(format!("answered {status:04X}")),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("no answer in time".to_owned()),
        }
    }
}

/// Success or a warning (PS3.7 §C.1).
fn heard(status: u16) -> bool {
    StoreStatus::new(status, "").is_stored()
}

fn outcome(key: &CommitmentKey, judged: &Judged) -> Outcome {
    let reference =
        |(class, uid): &(String, String)| Reference { sop_class_uid: class.clone(), sop_instance_uid: uid.clone() };
    let reason = |why: &NotKept| match why {
        NotKept::Absent => FailureReason::NoSuchInstance,
        NotKept::OtherClass => FailureReason::ClassConflict,
        NotKept::Unreadable => FailureReason::ProcessingFailure,
    };
    Outcome {
        transaction_uid: key.transaction_uid.clone(),
        kept: judged.kept.iter().map(reference).collect(),
        failed: judged.failed.iter().map(|(named, why)| (reference(named), reason(why))).collect(),
    }
}
