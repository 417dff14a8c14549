//! The end of an exam's time on line, as the archive side sees it: the other side has judged it at each request by itself.

use crate::{Archive, ArchiveError};
use record::{ExamDetail, ExamId};
use time::OffsetDateTime;
use work::NewJob;

/// The kind of the job that looks at an exam when its time on line ends; its key is the exam.
pub(crate) const END: &str = "expire";

/// Asks for that look.
pub(crate) async fn look_at_its_end(
    archive: &Archive,
    exam: ExamId,
    online_until: OffsetDateTime,
) -> Result<(), ArchiveError> {
    let (group, asked_at) = (archive.config.group.0, archive.clock.now());
    let job = NewJob { group, kind: END.into(), key: exam.to_string(), asked_at, due_at: online_until };
    Ok(archive.catalogue.enqueue(job).await?)
}

/// Notes that an exam is not on the web any more, or came after its time was over. Nothing is withdrawn: its words and its codes stay on the other side,
/// so that it can be asked back. A recall under way is not undone.
pub(super) async fn note(archive: &Archive, detail: &ExamDetail) -> Result<(), ArchiveError> {
    let published = detail.publication.as_ref().is_some_and(|row| row.withdrawn_at.is_none());
    if published || !detail.expired {
        archive.catalogue.publication_expired(archive.config.group, detail.id, archive.clock.now()).await?;
    }
    Ok(())
}
