//! Once a day each partner's account: what should be there, and what it has acknowledged. What is missing is planned.

use super::plan;
use crate::{Archive, ArchiveError};
use exam::partner::{Destination, Origin};
use record::{ExamId, ExamQuery, Reconciled, TransmissionDay, TransmissionStep};
use std::collections::BTreeMap;
use std::future::Future;
use time::{Date, Duration, OffsetDateTime};
use tokio::sync::watch;

/// Somebody should look when the oldest that waits is older.
pub const LATE_AFTER: Duration = Duration::hours(1);
/// Somebody must act when the oldest that waits is older.
pub const STUCK_AFTER: Duration = Duration::hours(24);
/// A commitment that was asked for and has not come after so long: everything is sent again.
const COMMITTED_WITHIN: Duration = Duration::hours(24);
/// Days of exams that are looked at: longer than any transmission is tried.
const DAYS: i64 = 31;
/// Exams in one page.
const PAGE: u32 = 200;

/// Each day until `stop` turns true; at the start, the orders that no rule named are matched again.
pub(crate) async fn run<F>(archive: Archive, mut stop: watch::Receiver<bool>, mut wake: impl FnMut() -> F)
where
    F: Future<Output = ()> + Send,
{
    if let Err(error) = match_again(&archive).await {
        tracing::error!(%error, "orders of unknown structures cannot be matched again");
    }
    while !*stop.borrow() {
        if let Err(error) = due(&archive).await {
            tracing::error!(%error, "the partners' accounts cannot be reconciled");
        }
        tokio::select! {
            () = wake() => {}
            changed = stop.changed() => if changed.is_err() { return },
        }
    }
}

async fn due(archive: &Archive) -> Result<(), ArchiveError> {
    if archive.partners.all.is_empty() {
        return Ok(());
    }
    let today = archive.config.zone.date_of(archive.clock.now());
    let latest = archive.catalogue.reconciled(archive.config.group, today).await?;
    let done = |name: &str| latest.iter().any(|one| one.partner == name && one.day == today);
    if archive.partners.all.iter().all(|partner| done(&partner.name)) {
        return Ok(());
    }
    daily(archive).await.map(|_| ())
}

/// Orders whose structure no rule named when they came: the rules may have changed since.
pub async fn match_again(archive: &Archive) -> Result<(), ArchiveError> {
    let mut after: Option<ExamId> = None;
    loop {
        let page = archive.catalogue.unmatched_exams(archive.config.group, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(*last);
        for exam in page {
            plan::plan(archive, exam).await?;
        }
    }
}

/// Looks at every exam of the last month, plans what is missing, and writes each partner's account.
pub async fn daily(archive: &Archive) -> Result<Vec<Reconciled>, ArchiveError> {
    let (group, now) = (archive.config.group, archive.clock.now());
    let today = archive.config.zone.date_of(now);
    ask_again(archive, now).await?;
    let before = archive.catalogue.transmission_queues(group).await?;
    let exams = look(archive, today).await?;
    let queues = archive.catalogue.transmission_queues(group).await?;
    let mut accounts = Vec::new();
    for partner in &archive.partners.all {
        let planned = |queues: &[record::TransmissionQueue]| -> u64 {
            queues
                .iter()
                .filter(|queue| queue.partner == partner.name)
                .map(|queue| queue.expected + queue.stopped)
                .sum()
        };
        let mut figures = TransmissionDay {
            exams: exams.get(&partner.name).copied().unwrap_or_default(),
            found: planned(&queues).saturating_sub(planned(&before)),
            ..TransmissionDay::default()
        };
        for queue in queues.iter().filter(|queue| queue.partner == partner.name) {
            figures.expected += queue.expected;
            figures.acknowledged += queue.acknowledged;
            figures.outstanding += queue.queued + queue.sent + queue.held + queue.dead;
            figures.stopped += queue.stopped;
        }
        if figures.found > 0 {
            tracing::warn!(
                partner = partner.name,
                found = figures.found,
                "transmissions were missing and are planned now"
            );
        }
        let account = Reconciled { partner: partner.name.clone(), day: today, figures };
        archive.catalogue.set_reconciled(group, account.clone()).await?;
        accounts.push(account);
    }
    Ok(accounts)
}

/// Exams of the last month by their partner, each planned again.
async fn look(archive: &Archive, today: Date) -> Result<BTreeMap<String, u64>, ArchiveError> {
    let group = archive.config.group;
    let from = today.checked_sub(Duration::days(DAYS));
    let mut query = ExamQuery { from, limit: PAGE, ..ExamQuery::default() };
    let mut exams = BTreeMap::new();
    loop {
        let page = archive.catalogue.exams(group, query.clone()).await?;
        for line in &page.lines {
            let detail = archive.catalogue.exam(group, line.id).await?;
            let structure = detail.order.as_ref().and_then(|order| order.structure.as_deref());
            let prescriber = detail.prescriber.as_ref().and_then(|prescriber| prescriber.rpps.as_deref());
            let origin = Origin { structure, prescriber };
            if let Destination::Partner(name) = archive.partners.rules.destination(origin) {
                *exams.entry(name.to_owned()).or_default() += 1;
                plan::plan(archive, line.id).await?;
            }
        }
        let Some(next) = page.next else { return Ok(exams) };
        query.after = Some(next);
    }
}

/// What arrived but was never committed to is sent again.
async fn ask_again(archive: &Archive, now: OffsetDateTime) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    for partner in &archive.partners.all {
        let open = archive.catalogue.transmissions_open(group, &partner.name, PAGE).await?;
        let late = |one: &&record::Transmission| {
            // A time that is as far ahead was told by a clock that ran ahead: it would be waited for for years.
            one.state == record::TransmissionState::Sent && (now - one.at).abs() > COMMITTED_WITHIN
        };
        for one in open.iter().filter(late) {
            tracing::warn!(exam = %one.exam, partner = one.partner, "a partner has not committed to what it was sent");
            let again = TransmissionStep::Queued { by: "system".into() };
            archive.catalogue.transmission_step(group, one.id, again, now).await?;
        }
    }
    Ok(())
}
