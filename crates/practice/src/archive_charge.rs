//! The archive at the patient's charge, once it is charged: unpaid, a notice; thirty days after it without payment, the
//! yes is taken back, and the exam goes the way of any other. A refund is its own notice.

use crate::{CARE, Practice, PracticeError};
use archive::desk::Who;
use record::{Answer, ArchiveChoice, InvoiceKind, InvoiceState};
use time::{Duration, OffsetDateTime};
use trace::Kind;

/// Between the notice and the end of the choice.
pub const GRACE_DAYS: i64 = 30;
/// How far back invoices are looked at.
const LOOK_BACK_DAYS: i64 = 400;

/// When an archive that is not paid for ends; nothing while it is paid, or before a notice was given.
pub fn ends_at(state: &InvoiceState, credited_at: Option<OffsetDateTime>) -> Option<OffsetDateTime> {
    if state.invoice.kind != InvoiceKind::Archive {
        return None;
    }
    let from = match credited_at {
        Some(at) => at,
        None if state.owed() > 0 => state.notice_at?,
        None => return None,
    };
    Some(from + Duration::days(GRACE_DAYS))
}

impl Practice {
    /// The patient is told that the archive is not paid for: from now on the thirty days run.
    pub async fn unpaid_notice(&self, who: &Who, invoice: u64) -> Result<(), PracticeError> {
        self.allow(who, CARE)?;
        let state = self.catalogue.invoice(self.group(), invoice).await?;
        let words = [("what", "unpaid-archive-notice".to_owned()), ("invoice", invoice.to_string())];
        self.leaf(who, Kind::Change, Some(state.invoice.patient), &words).await?;
        Ok(self.catalogue.archive_notice(self.group(), invoice, &who.login, self.clock.now()).await?)
    }

    /// Takes back the choices whose archive is unpaid or refunded since their notice; tells how many. Safe to be done
    /// again: a choice that is taken back stays so.
    pub async fn end_unpaid_archives(&self) -> Result<u32, PracticeError> {
        let now = self.clock.now();
        let from = now - Duration::days(LOOK_BACK_DAYS);
        let mut ended = 0;
        let states = self.catalogue.invoices_between(self.group(), from, now + Duration::days(1)).await?;
        for state in &states {
            let credited = match state.credited_by {
                Some(credit) => Some(self.catalogue.invoice(self.group(), credit).await?.invoice.at),
                None => None,
            };
            let (Some(end), Some(exam)) = (ends_at(state, credited), state.invoice.exam) else { continue };
            let about = states.iter().filter(|other| other.invoice.exam == Some(exam));
            // Charged again since, and alive: that one decides.
            let newer = about.clone().any(|other| {
                other.invoice.kind == InvoiceKind::Archive
                    && other.credited_by.is_none()
                    && other.invoice.number > state.invoice.number
            });
            let last = self.catalogue.choices(self.group(), exam).await?.pop();
            let Some(last) = last.filter(|last| last.answer == Answer::Chosen && last.at <= state.invoice.at) else {
                continue;
            };
            if newer || now < end {
                continue;
            }
            let back = ArchiveChoice { answer: Answer::TakenBack, by: "system".into(), at: now, ..last };
            self.catalogue.record_choice(self.group(), back, &self.config.policies).await?;
            ended += 1;
        }
        Ok(ended)
    }
}
