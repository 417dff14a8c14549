//! How long an exam's images stay, and why.

use super::{Choice, ExamFacts, Hold, HospitalReason, diffusion_verdict, hospital_keep, twenty_eighth_birthday};
use crate::class::ExamClass;
use crate::dates::{Zone, add_months, add_years};
use crate::policy::{ArchiveRule, Policies};
use std::collections::BTreeSet;
use time::{Date, OffsetDateTime};

/// Why an exam is kept so long, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArchiveReason {
    /// Its class is always archived, so many months.
    Systematic(u16),
    /// The patient chose the archive, so many months.
    Chosen(u16),
    /// Nobody chose the archive.
    NotChosen,
    /// The patient declined the archive.
    Declined,
    /// The site keeps minors' images until the 28th birthday.
    Minor,
    /// The hospitals' rule, and its clause.
    Hospital(HospitalReason),
    /// Taken over from another system without a recorded choice.
    LegacyUnknown,
    /// A phantom or a test.
    NeverKept,
}

impl ArchiveReason {
    /// The stable key: `archive-systematic-5-years`, `archive-chosen-20-years`, `archive-not-chosen`,
    /// `archive-declined`, `archive-minor-until-28`, `archive-hospital-20-years-from-visit`,
    /// `archive-hospital-until-28`, `archive-hospital-10-years-from-death`, `archive-legacy-unknown`,
    /// `archive-never`. A length that is no whole number of years is told in months.
    pub fn key(self) -> String {
        let fixed = match self {
            Self::Systematic(months) => return format!("archive-systematic-{}", length(months)),
            Self::Chosen(months) => return format!("archive-chosen-{}", length(months)),
            Self::NotChosen => "archive-not-chosen",
            Self::Declined => "archive-declined",
            Self::Minor => "archive-minor-until-28",
            Self::Hospital(HospitalReason::LastVisit) => "archive-hospital-20-years-from-visit",
            Self::Hospital(HospitalReason::Birthday) => "archive-hospital-until-28",
            Self::Hospital(HospitalReason::Death) => "archive-hospital-10-years-from-death",
            Self::LegacyUnknown => "archive-legacy-unknown",
            Self::NeverKept => "archive-never",
        };
        fixed.to_owned()
    }
}

fn length(months: u16) -> String {
    if months.is_multiple_of(12) { format!("{}-years", months / 12) } else { format!("{months}-months") }
}

/// What becomes of the images.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Archived: kept through this day at least.
    Archived {
        /// Last day of the minimum.
        until_at_least: Date,
    },
    /// Stored only until the diffusion ends (so that a choice made later needs nothing moved).
    StoredUntilDiffusionEnds {
        /// Last day of the diffusion.
        until: Date,
    },
    /// Kept without an end until somebody gives a rule for its batch.
    LegacyUnknown,
    /// A phantom or a test: nothing is kept for anybody.
    Never,
}

/// The verdict. Reaching its end makes an exam *eligible* for a proposal; it never loses anything by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// What becomes of the images when nothing holds them.
    pub keep: Keep,
    /// Why; the first one is the one to print.
    pub reasons: Vec<ArchiveReason>,
    /// Open holds: while there is one, the exam is kept whatever the dates say.
    pub holds: BTreeSet<Hold>,
    /// Last day on which the first image must be readable without a slow tier, when archived.
    pub immediate_until: Option<Date>,
    /// Whether an erasure may be *proposed* today.
    pub eligible: bool,
}

impl Archive {
    /// The key of the reason to print.
    pub fn reason_key(&self) -> String {
        self.reasons.first().copied().unwrap_or(ArchiveReason::NeverKept).key()
    }

    /// Last day of the archive's minimum, when archived.
    pub fn archived_until(&self) -> Option<Date> {
        match self.keep {
            Keep::Archived { until_at_least } => Some(until_at_least),
            _ => None,
        }
    }

    /// Whether it is archived and so can be recalled after its diffusion has ended.
    pub fn is_archived(&self) -> bool {
        matches!(self.keep, Keep::Archived { .. } | Keep::LegacyUnknown)
    }
}

/// How long an exam's images stay, and why.
pub fn archive_verdict(facts: &ExamFacts, policies: &Policies, zone: Zone, now: OffsetDateTime) -> Archive {
    let today = zone.date_of(now);
    let (keep, reasons) = keep(facts, policies, zone, now);
    let ended = match keep {
        Keep::Archived { until_at_least } => today > until_at_least,
        Keep::StoredUntilDiffusionEnds { until } => today > until,
        Keep::LegacyUnknown => false,
        Keep::Never => true,
    };
    let immediate_until = matches!(keep, Keep::Archived { .. }).then(|| immediate_until(facts, policies, today));
    let eligible = ended && facts.holds.is_empty();
    Archive { keep, reasons, holds: facts.holds.clone(), immediate_until: immediate_until.flatten(), eligible }
}

/// Whether the exam is archived today: the class or the patient says so, or a rule of the site.
pub(super) fn is_archived(facts: &ExamFacts, policies: &Policies, today: Date) -> bool {
    let legacy = facts.choice == Choice::LegacyUnknown && facts.class.is_real();
    legacy || !minimums(facts, policies, today).is_empty()
}

fn keep(facts: &ExamFacts, policies: &Policies, zone: Zone, now: OffsetDateTime) -> (Keep, Vec<ArchiveReason>) {
    if facts.class == ExamClass::Phantom {
        return (Keep::Never, vec![ArchiveReason::NeverKept]);
    }
    let mut minimums = minimums(facts, policies, zone.date_of(now));
    // Longest first; among equals the order in which the rules were asked.
    minimums.sort_by_key(|&(until, _)| std::cmp::Reverse(until));
    if facts.choice == Choice::LegacyUnknown && !minimums.iter().any(|(_, r)| matches!(r, ArchiveReason::Systematic(_)))
    {
        return (Keep::LegacyUnknown, vec![ArchiveReason::LegacyUnknown]);
    }
    if let Some(&(until_at_least, _)) = minimums.first() {
        return (Keep::Archived { until_at_least }, minimums.into_iter().map(|(_, reason)| reason).collect());
    }
    let reason = if facts.choice == Choice::Declined { ArchiveReason::Declined } else { ArchiveReason::NotChosen };
    let until = diffusion_verdict(facts, policies, zone, now).last_day.unwrap_or(facts.exam_date);
    (Keep::StoredUntilDiffusionEnds { until }, vec![reason])
}

/// Every rule that keeps the exam, with its last day. A row in force on the exam's date or at any
/// time since counts: a later row can only lengthen.
fn minimums(facts: &ExamFacts, policies: &Policies, today: Date) -> Vec<(Date, ArchiveReason)> {
    let rows = policies.since(facts.class, facts.exam_date, today);
    let mut all: Vec<(Date, ArchiveReason)> = Vec::new();
    let from_class = rows.iter().filter_map(|row| {
        let reason = match (row.archive, facts.choice) {
            (ArchiveRule::Systematic, _) => ArchiveReason::Systematic(row.archive_min_months),
            (ArchiveRule::Optional, Choice::Chosen) => ArchiveReason::Chosen(row.archive_min_months),
            (ArchiveRule::Optional, _) => return None,
        };
        Some((add_months(facts.exam_date, row.archive_min_months.into()), reason))
    });
    all.extend(from_class.max_by_key(|&(until, _)| until));
    if rows.iter().any(|row| row.minors_until_28) && was_minor(facts) {
        all.push((twenty_eighth_birthday(facts.birth, facts.exam_date), ArchiveReason::Minor));
    }
    if rows.iter().any(|row| row.hospital_rule) {
        let last_visit = facts.last_visit.map_or(facts.exam_date, |day| day.max(facts.exam_date));
        let (until, clause) = hospital_keep(last_visit, facts.birth, facts.death);
        all.push((until, ArchiveReason::Hospital(clause)));
    }
    all
}

/// Under 18 on the exam's date; unknown parts of a birth date count at their latest.
fn was_minor(facts: &ExamFacts) -> bool {
    facts.birth.is_none_or(|birth| add_years(birth.latest(), 18) > facts.exam_date)
}

fn immediate_until(facts: &ExamFacts, policies: &Policies, today: Date) -> Option<Date> {
    let rows = policies.since(facts.class, facts.exam_date, today);
    let months = rows.iter().map(|row| row.immediate_min_months).max()?;
    Some(add_months(facts.exam_date, months.into()))
}
