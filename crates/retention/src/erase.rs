//! Destruction. Each exam is judged once more; then, in this order: the leaf of the trace, the record's own rows (one
//! transaction, the last moment at which a hold wins), the objects on every placement, the end. Killed anywhere, an exam
//! is wholly here, or certified as gone with at most some bytes left, which the next run erases first.

use crate::certificate::{self, Parts};
use crate::judge::still_eligible;
use crate::{Retention, RetentionError};
use record::{Certificate, ErasureList, ExamDetail, ExamId, RecordError};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use trace::{Actor, Event, Kind, LeafIndex, Outcome, Role};
use uuid::Uuid;

/// Erasures under way finished in one run, at most.
const OPEN_AT_ONCE: u32 = 10_000;
/// Certificates read at once when they are applied again.
const REAPPLIED_PAGE: u32 = 500;

/// What became of an exam whose grace is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Destroyed,
    Kept,
}

/// The lists that certificates name, read once.
pub(crate) type Lists = BTreeMap<Uuid, ErasureList>;

impl Retention {
    /// Finishes erasures that had begun when the program, or an eraser, failed.
    pub async fn finish(&self) -> Result<u64, RetentionError> {
        let mut finished = 0;
        for open in self.catalogue.destructions_open(self.group(), OPEN_AT_ONCE).await? {
            self.now()?;
            self.erase_objects(&open.certificate).await?;
            finished += 1;
        }
        Ok(finished)
    }

    /// Erases again whatever a certificate says is gone, for a data folder restored from an older copy; returns how
    /// many objects were there.
    pub async fn reapply(&self) -> Result<u64, RetentionError> {
        let mut erased = 0;
        let mut after = None;
        self.now()?;
        loop {
            let page = self.catalogue.destructions(self.group(), after, REAPPLIED_PAGE).await?;
            let last = page.last().and_then(|one| Some((one.finished_at?, one.certificate.exam)));
            let Some(last) = last else { return Ok(erased) };
            after = Some(last);
            for one in page {
                for place in self.placements.iter() {
                    for object in &one.certificate.objects {
                        erased += u64::from(self.erase_object(place, &object.object).await?);
                    }
                }
            }
        }
    }

    pub(crate) async fn destroy(&self, exam: ExamId, lists: &mut Lists) -> Result<Fate, RetentionError> {
        let now = self.now()?;
        let group = self.group();
        let changed = self.catalogue.changed(group, exam).await?;
        let detail = self.catalogue.exam(group, exam).await?;
        let Some(doom) = detail.standing.doom.clone() else { return Ok(Fate::Kept) };
        let eligible = match still_eligible(&detail, &self.config.policies, self.config.zone, now) {
            Ok(eligible) => eligible,
            Err(reason) => {
                self.catalogue.take_off(group, exam, "system", reason, now).await?;
                return Ok(Fate::Kept);
            }
        };
        let list = match lists.entry(doom.list) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(self.catalogue.list(group, doom.list).await?.0),
        };
        let generations = self.catalogue.generations(group, exam).await?;
        let instances = self.catalogue.instances(group, exam).await?;
        let parts = Parts { exam, eligible, doom: &doom, list, generations, instances, now };
        let certificate = self.certificate(parts);
        let leaf = self.leaf(&detail, &certificate, "erase", Outcome::Success).await?;
        match self.catalogue.destruction_begin(group, certificate.clone(), leaf.0, changed).await {
            Ok(()) => {}
            Err(RecordError::Refused { reason }) => {
                tracing::info!(%exam, reason, "an exam whose grace is over stays");
                self.leaf(&detail, &certificate, "erase-given-up", Outcome::Failed).await?;
                return Ok(Fate::Kept);
            }
            Err(error) => return Err(error.into()),
        }
        self.erase_objects(&certificate).await?;
        Ok(Fate::Destroyed)
    }

    async fn erase_objects(&self, certificate: &Certificate) -> Result<(), RetentionError> {
        for place in self.placements.iter() {
            for object in &certificate.objects {
                self.erase_object(place, &object.object).await?;
            }
        }
        let now = self.now()?;
        Ok(self.catalogue.destruction_done(self.group(), certificate.exam, now).await?)
    }

    async fn erase_object(&self, place: &crate::Placement, object: &str) -> Result<bool, RetentionError> {
        let key = object.parse().map_err(|_| RetentionError::Refused("a certificate names no object"))?;
        match place.eraser.erase(key).await {
            Ok(erased) => Ok(erased == vault::erase::Erased::Gone),
            Err(source) => Err(RetentionError::Erase { placement: place.name.clone(), source }),
        }
    }

    async fn leaf(
        &self,
        detail: &ExamDetail,
        certificate: &Certificate,
        what: &str,
        outcome: Outcome,
    ) -> Result<LeafIndex, RetentionError> {
        let words = [
            ("what", what.to_owned()),
            ("certificate", certificate.certificate.to_string()),
            ("certificate-sha256", certificate::digest(certificate)),
            ("list", certificate.list.to_string()),
        ];
        let event = Event {
            kind: Kind::Erase,
            patient: detail.patient.as_ref().map(|patient| patient.id.to_string()),
            exam: Some(detail.id.0),
            actor: Actor { role: Role::System, label: "archive".into(), name: None },
            outcome,
            detail: words.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        Ok(self.trace.append(event).await?)
    }
}
