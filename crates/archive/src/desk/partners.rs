//! What partners are sent, as the desk sees it: queues, dead letters, orders that no rule names.

use super::{Desk, Level, Line, Who};
use crate::transmit::{LATE_AFTER, STUCK_AFTER};
use crate::{Archive, ArchiveError};
use record::{
    ExamId, Reconciled, Role, Transmission, TransmissionQueue, TransmissionState, TransmissionStep, UnmatchedStructure,
};
use time::OffsetDateTime;
use trace::{Kind, Outcome};
use uuid::Uuid;

/// Transmissions listed of one partner, at most.
const LISTED: u32 = 100;
/// Who knows people.
const CARE: &[Role] = &[Role::Desk, Role::Radiologist];
/// Structures listed, at most.
const STRUCTURES: u32 = 100;

/// One partner's part of the page.
#[derive(Debug, Clone)]
pub struct PartnerPanel {
    /// Its name.
    pub name: String,
    /// Its queues, those of kinds that it was ever sent.
    pub queues: Vec<TransmissionQueue>,
    /// What is not done: dead letters, then what is held, then what waits.
    pub open: Vec<Transmission>,
    /// The latest daily account.
    pub account: Option<Reconciled>,
}

/// The page of the partners.
#[derive(Debug, Clone)]
pub struct PartnersPage {
    /// As of.
    pub at: OffsetDateTime,
    /// Partners, those of the settings and those that were once.
    pub partners: Vec<PartnerPanel>,
    /// Ordering structures that no rule names.
    pub unmatched: Vec<UnmatchedStructure>,
}

/// How bad a queue is.
pub fn level(queue: &TransmissionQueue, at: OffsetDateTime) -> Level {
    let age = queue.oldest.map(|oldest| at - oldest).unwrap_or_default();
    match (queue.dead, age) {
        (1.., _) => Level::Red,
        (_, age) if age > STUCK_AFTER => Level::Red,
        (_, age) if age > LATE_AFTER || queue.held > 0 => Level::Amber,
        _ => Level::Green,
    }
}

impl Desk {
    /// The partners' queues.
    pub async fn partners(&self, who: &Who) -> Result<PartnersPage, ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist, Role::Administrator, Role::DataProtection])?;
        let (group, catalogue) = (self.group(), &self.archive.catalogue);
        let today = self.archive.config.zone.date_of(self.archive.clock.now());
        let (queues, accounts) =
            (catalogue.transmission_queues(group).await?, catalogue.reconciled(group, today).await?);
        let mut names: Vec<String> = self.archive.partners.all.iter().map(|partner| partner.name.clone()).collect();
        for queue in &queues {
            if !names.contains(&queue.partner) {
                names.push(queue.partner.clone());
            }
        }
        let mut partners = Vec::new();
        for name in names {
            let open = catalogue.transmissions_open(group, &name, LISTED).await?;
            let queues = queues.iter().filter(|queue| queue.partner == name).cloned().collect();
            let account = accounts.iter().find(|account| account.partner == name).cloned();
            partners.push(PartnerPanel { name, queues, open, account });
        }
        let listed: usize = partners.iter().map(|partner| partner.open.len()).sum();
        self.trace(who, Kind::Query, None, Outcome::Success, &[("transmissions", listed.to_string())]).await?;
        let unmatched = catalogue.unmatched_structures(group, STRUCTURES).await?;
        Ok(PartnersPage { at: self.archive.clock.now(), partners, unmatched })
    }

    /// Sends again what is dead, or lets go what a person must look at first.
    pub async fn send_again(&self, who: &Who, transmission: Uuid) -> Result<ExamId, ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist, Role::Administrator])?;
        let known = self.archive.catalogue.transmission(self.group(), transmission).await?;
        // Whose it is, is judged by those who know people; that a server works again, by those who keep them too.
        if known.state == TransmissionState::Held {
            self.allow(who, CARE)?;
        }
        self.transmitted(who, &known, TransmissionStep::Queued { by: who.login.clone() }).await
    }

    /// Gives a transmission up: it will not leave.
    pub async fn give_up(&self, who: &Who, transmission: Uuid) -> Result<ExamId, ArchiveError> {
        self.allow(who, CARE)?;
        let known = self.archive.catalogue.transmission(self.group(), transmission).await?;
        let stopped = TransmissionStep::Stopped { reason: "given-up".into(), by: who.login.clone() };
        self.transmitted(who, &known, stopped).await
    }

    /// What a partner answered when it was told that a patient objects to what it has.
    pub async fn partner_answered(&self, who: &Who, transmission: Uuid, answer: &str) -> Result<ExamId, ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist, Role::DataProtection])?;
        let known = self.archive.catalogue.transmission(self.group(), transmission).await?;
        let answer = answer.trim().chars().take(500).collect::<String>();
        if answer.is_empty() {
            return Err(ArchiveError::Refused("an answer has words"));
        }
        let step = TransmissionStep::NoticeAnswered { answer, by: who.login.clone() };
        self.transmitted(who, &known, step).await
    }

    async fn transmitted(
        &self,
        who: &Who,
        known: &Transmission,
        step: TransmissionStep,
    ) -> Result<ExamId, ArchiveError> {
        let detail = self.archive.catalogue.exam(self.group(), known.exam).await?;
        let what = match &step {
            TransmissionStep::Queued { .. } => "send-again",
            TransmissionStep::Stopped { .. } => "give-up-sending",
            _ => "partner-answered",
        };
        let words = [("what", what.to_owned()), ("transmission", known.id.to_string())];
        self.trace(who, Kind::Change, Some(&detail), Outcome::Success, &words).await?;
        let at = self.archive.clock.now();
        self.archive.catalogue.transmission_step(self.group(), known.id, step, at).await?;
        self.seal_journal().await;
        Ok(known.exam)
    }
}

/// The keeper's lines about partners: each queue, and the orders that no rule names.
pub(super) async fn lines(archive: &Archive, at: OffsetDateTime) -> Result<Vec<Line>, ArchiveError> {
    let group = archive.config.group;
    let mut lines = Vec::new();
    for queue in archive.catalogue.transmission_queues(group).await? {
        let hours = queue.oldest.map_or(0, |oldest| (at - oldest).whole_hours());
        lines.push(Line {
            level: level(&queue, at),
            key: match queue.kind {
                record::TransmissionKind::Report => "keeper-partner-reports",
                record::TransmissionKind::Images => "keeper-partner-images",
            },
            figures: vec![
                ("partner", queue.partner.clone()),
                ("acknowledged", queue.acknowledged.to_string()),
                ("expected", queue.expected.to_string()),
                ("queued", queue.queued.to_string()),
                ("held", queue.held.to_string()),
                ("dead", queue.dead.to_string()),
                ("hours", hours.to_string()),
            ],
        });
    }
    let unmatched: u64 =
        archive.catalogue.unmatched_structures(group, STRUCTURES).await?.iter().map(|one| one.exams).sum();
    if unmatched > 0 {
        let figures = vec![("count", unmatched.to_string())];
        lines.push(Line { level: Level::Amber, key: "keeper-unmatched", figures });
    }
    Ok(lines)
}
