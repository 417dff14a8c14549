//! Sending an expired exam again, for a recall: like the first time, but every byte comes out of the vault and is
//! compared with what was received, and its days on line count from the commit.

use super::{basis, claim, kept_off, message, put_all};
use crate::{Archive, ArchiveError, verdict};
use record::{ExamDetail, StoredInstance};
use time::OffsetDateTime;
use uuid::Uuid;

/// Sent and compared whole; not yet visible.
pub(crate) struct Sent {
    detail: ExamDetail,
    instances: Vec<StoredInstance>,
    publication: Uuid,
    parts: super::Parts,
}

/// What was committed.
pub(crate) struct Committed {
    pub(crate) publication: Uuid,
    pub(crate) basis: [u8; 32],
    pub(crate) at: OffsetDateTime,
    pub(crate) online_until: OffsetDateTime,
}

/// Sends everything of an exam. Each file is decrypted and compared before its first byte leaves.
pub(crate) async fn send_for_recall(
    archive: &Archive,
    detail: &ExamDetail,
    instances: Vec<StoredInstance>,
) -> Result<Sent, ArchiveError> {
    claim(archive, detail).await?;
    crate::rights::tell(archive, detail).await?;
    let publication = archive.fresh_uuid();
    archive.door.begin(detail.id.0, publication).await?;
    let parts = put_all(archive, detail, publication, instances.clone()).await?;
    Ok(Sent { detail: detail.clone(), instances, publication, parts })
}

impl Sent {
    /// Makes it visible, unless a person or a message has kept it off the web meanwhile.
    pub(crate) async fn commit(self, archive: &Archive) -> Result<Committed, ArchiveError> {
        let (group, exam) = (archive.config.group, self.detail.id);
        let now = archive.catalogue.exam(group, exam).await?;
        let at = archive.clock.now();
        let dates = verdict::if_ready(&now, &archive.config, at).filter(|dates| dates.diffusion.consultable);
        let dates = dates.ok_or(ArchiveError::Refused("the exam is not archived any more"))?;
        let sent = basis(archive, &self.detail, &self.instances)?;
        let instances = archive.catalogue.instances(group, exam).await?;
        if kept_off(&now) || basis(archive, &now, &instances)? != sent {
            return Err(ArchiveError::Refused("the exam changed while it was being sent"));
        }
        let message = message(archive, &now, self.publication, dates.times, self.parts);
        let message = message.ok_or(ArchiveError::Refused("whose exam it is, is not certain"))?;
        archive.door.commit(message).await?;
        Ok(Committed { publication: self.publication, basis: sent, at, online_until: dates.diffusion.online_until })
    }
}
