//! Images to a partner's DICOM server.

use super::PATIENCE;
use super::way::Stream;
use archive::transmit::{Announced, ImageLine, LeavingImage, Receipt, Refused, Trouble};
use async_trait::async_trait;
use dicom::tables::{EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, storage_sop_class, transfer_syntax};
use dimse::ae::AeTitle;
use dimse::scu::{Instance, Options, Proposal, Scu};
use dimse::{Error, commitment};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use uuid::Uuid;

/// How long the association stays open for a commitment.
const COMMITTED_AT_ONCE: Duration = Duration::from_secs(15);

/// An open association.
pub struct Line {
    scu: Scu<Box<dyn Stream>>,
    /// Kinds of instances that the peer takes no context for, by name.
    not_taken: BTreeSet<String>,
    /// Statuses of failure that it answered.
    failures: BTreeSet<String>,
    /// SOP class and instance of what it has.
    stored: Vec<(String, String)>,
}

impl Line {
    /// Proposes one context for each kind of instance: nothing is transcoded.
    pub async fn associate(
        stream: Box<dyn Stream>,
        calling: &AeTitle,
        called: &AeTitle,
        announced: &[Announced],
    ) -> Result<Self, Trouble> {
        let kinds: BTreeSet<(&str, &str)> =
            announced.iter().map(|one| (one.sop_class_uid.as_str(), one.transfer_syntax_uid.as_str())).collect();
        let proposal = |(class, syntax): &(&str, &str)| Proposal {
            sop_class_uid: (*class).to_owned(),
            transfer_syntax_uids: vec![(*syntax).to_owned()],
        };
        let mut proposals: Vec<Proposal> = kinds.iter().map(proposal).collect();
        proposals.push(Proposal {
            sop_class_uid: commitment::SOP_CLASS.to_owned(),
            transfer_syntax_uids: [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN].map(str::to_owned).to_vec(),
        });
        let options = Options { timeout: PATIENCE, ..Options::default() };
        let scu = Scu::associate(stream, calling, called, &proposals, options).await.map_err(before)?;
        let not_taken = not_taken(&scu, &kinds);
        if not_taken.len() == kinds.len() {
            let _ = scu.release().await;
            return Err(Trouble::Refused(Refused::Classes(list(not_taken))));
        }
        Ok(Self { scu, not_taken, failures: BTreeSet::new(), stored: Vec::new() })
    }
}

/// The kinds without a context, by name.
fn not_taken(scu: &Scu<Box<dyn Stream>>, kinds: &BTreeSet<(&str, &str)>) -> BTreeSet<String> {
    let taken = |class: &str, syntax: &str| {
        scu.contexts().iter().any(|one| one.sop_class_uid == class && one.transfer_syntax_uid == syntax)
    };
    kinds.iter().filter(|(class, syntax)| !taken(class, syntax)).map(|(class, syntax)| name(class, syntax)).collect()
}

#[async_trait]
impl ImageLine for Line {
    async fn store(&mut self, image: LeavingImage) -> Result<(), Trouble> {
        let Announced { sop_class_uid, sop_instance_uid, transfer_syntax_uid } = &image.announced;
        let length = (image.head.len() + image.tail.len()) as u64;
        let instance = Instance { sop_class_uid, sop_instance_uid, transfer_syntax_uid };
        let status = match self.scu.store(instance, (&image.head[..]).chain(&image.tail[..]), length).await {
            Ok(status) => status,
            // The others go all the same; at the end a person reads which kind does not.
            Err(Error::NoContext) => {
                self.not_taken.insert(name(sop_class_uid, transfer_syntax_uid));
                return Ok(());
            }
            Err(error) => return Err(Trouble::Broken(error.to_string())),
        };
        match status.code {
            _ if status.is_stored() => {
                self.stored.push((image.announced.sop_class_uid, image.announced.sop_instance_uid));
                Ok(())
            }
            // No room, or not now (PS3.4 §B.2.3): the same instance may be taken later.
            0xA700..=0xA7FF | 0x0110 => Err(Trouble::Broken(format!("answered {:04X}", status.code))),
            code => {
                self.failures.insert(format!("{code:04X}"));
                Ok(())
            }
        }
    }

    async fn finish(mut self: Box<Self>, transaction: Uuid) -> Result<Receipt, Trouble> {
        let refused = match (self.not_taken.is_empty(), self.failures.is_empty()) {
            (false, _) => Some(Refused::Classes(list(self.not_taken.clone()))),
            (_, false) => Some(Refused::Instances(list(self.failures.clone()))),
            _ => None,
        };
        if refused.is_none() && self.scu.offers_commitment() {
            return self.commit(transaction).await;
        }
        // Every answer is here: a release that fails changes nothing.
        let _ = self.scu.release().await;
        refused.map_or(Ok(Receipt::Stored), |refused| Err(Trouble::Refused(refused)))
    }
}

impl Line {
    /// Asks the peer to commit to everything, and waits a little for its word; it may come later, on an association of
    /// the peer's own.
    async fn commit(mut self, transaction: Uuid) -> Result<Receipt, Trouble> {
        let broken = |error: Error| Trouble::Broken(error.to_string());
        let instances: Vec<(&str, &str)> =
            self.stored.iter().map(|(class, instance)| (class.as_str(), instance.as_str())).collect();
        let uid = super::transaction_uid(transaction);
        let status = self.scu.request_commitment(&uid, &instances).await.map_err(broken)?;
        if status.code != 0 {
            let _ = self.scu.release().await;
            return Err(Trouble::Broken(format!("commitment was answered {:04X}", status.code)));
        }
        let Some(said) = self.scu.commitment(COMMITTED_AT_ONCE).await.map_err(broken)? else {
            return Ok(Receipt::Awaited);
        };
        let _ = self.scu.release().await;
        match said.failed.len() {
            _ if said.transaction_uid != uid => Ok(Receipt::Awaited),
            0 => Ok(Receipt::Committed),
            failed => Err(Trouble::Refused(Refused::Commitment(failed))),
        }
    }
}

/// Before the association is open nothing has left.
fn before(error: Error) -> Trouble {
    Trouble::Unreachable(error.to_string())
}

fn list(names: BTreeSet<String>) -> String {
    names.into_iter().collect::<Vec<_>>().join(", ")
}

/// A kind of instance as the standard names it.
fn name(class: &str, syntax: &str) -> String {
    let class = storage_sop_class(class).map_or(class, |class| class.name);
    let syntax = transfer_syntax(syntax).map_or(syntax, |syntax| syntax.name);
    format!("{class} ({syntax})")
}
