//! What `exam` says of an exam of the record: until when on the web, until when archived, and why.

use crate::Config;
use exam::dates::add_years;
use exam::retention::{Archive as Kept, Diffusion, ExamFacts, Keep, archive_verdict, diffusion_verdict};
use link::Times;
use record::ExamDetail;
use time::OffsetDateTime;

/// Both verdicts of one exam at one moment.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// On the web.
    pub diffusion: Diffusion,
    /// In the archive.
    pub kept: Kept,
    /// As they go over the link.
    pub times: Times,
}

/// Judges an exam; `None` while its date is unknown.
pub fn of(detail: &ExamDetail, config: &Config, now: OffsetDateTime) -> Option<Verdict> {
    let recall = detail.standing.recall.as_ref();
    judged(detail, config, now, recall.and_then(|recall| recall.ready_at))
}

/// The same, as if a recall had made the exam ready at this instant: what its publication says.
pub(crate) fn if_ready(detail: &ExamDetail, config: &Config, ready_at: OffsetDateTime) -> Option<Verdict> {
    judged(detail, config, ready_at, Some(ready_at))
}

fn judged(
    detail: &ExamDetail,
    config: &Config,
    now: OffsetDateTime,
    recall_ready_at: Option<OffsetDateTime>,
) -> Option<Verdict> {
    let facts = ExamFacts { recall_ready_at, ..detail.facts()? };
    let diffusion = diffusion_verdict(&facts, &config.policies, config.zone, now);
    let kept = archive_verdict(&facts, &config.policies, config.zone, now);
    let times = Times {
        exam_date: facts.exam_date,
        online_until: diffusion.online_until,
        online_reason: diffusion.reason.key(),
        archived_until: kept.archived_until(),
        archive_reason: kept.reason_key(),
        recallable: Some(kept.is_archived()),
    };
    Some(Verdict { diffusion, kept, times })
}

/// The code of an exam that nothing keeps opens, for so long after its last day on line, the page that says so: whoever
/// comes a little late reads what became of the images instead of being refused. It is as long as the grace.
const EXPLAINED: time::Duration = time::Duration::days(30);

impl Verdict {
    /// Until when a code is worth something: as long as the exam can be opened or brought back, or its end explained.
    pub fn code_until(&self, zone: exam::Zone) -> OffsetDateTime {
        // Kept without an end so far: as long as the longest archive.
        let unending = || matches!(self.kept.keep, Keep::LegacyUnknown).then(|| add_years(self.times.exam_date, 20));
        let archived = self.times.archived_until.or_else(unending).map(|day| zone.end_of(day));
        let explained = self.times.online_until.saturating_add(EXPLAINED);
        archived.map_or(explained, |end| end.max(self.times.online_until))
    }
}
