//! Which class of the policy table an exam belongs to: the act and the order decide, the modality is
//! only the fallback.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A class of exams. Its key is stored, sent and configured: it never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExamClass {
    /// Computed tomography.
    Ct,
    /// Magnetic resonance.
    Mr,
    /// Mammography of the organised screening.
    MgScreening,
    /// Mammography of the follow-up of a treated breast cancer.
    MgFollowup,
    /// Everything else: radiography, ultrasound, other mammography…
    Other,
    /// A phantom or a test: never published, archived or billed.
    Phantom,
}

impl ExamClass {
    /// Every class.
    pub const ALL: [Self; 6] = [Self::Ct, Self::Mr, Self::MgScreening, Self::MgFollowup, Self::Other, Self::Phantom];

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Ct => "ct",
            Self::Mr => "mr",
            Self::MgScreening => "mg-screening",
            Self::MgFollowup => "mg-followup",
            Self::Other => "other",
            Self::Phantom => "phantom",
        }
    }

    /// The class with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.key() == key)
    }

    /// Whether exams of this class may be published, archived and billed at all.
    pub fn is_real(self) -> bool {
        self != Self::Phantom
    }
}

/// What decides the class. Absent facts are empty or `None`, never guessed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassFacts {
    /// A person's or the site's word on this very exam: it decides alone.
    pub declared: Option<ExamClass>,
    /// A phantom, a quality control or a test patient.
    pub phantom: bool,
    /// The order's or the report's screening flag (organised screening; report code `Z13.9`).
    pub screening: Option<bool>,
    /// The order says: follow-up of a treated breast cancer.
    pub cancer_followup: Option<bool>,
    /// Act codes of the order (CCAM or local).
    pub acts: BTreeSet<String>,
    /// The site's table: act code → class. It wins over the table built in.
    pub site_acts: BTreeMap<String, ExamClass>,
    /// DICOM modalities of the images.
    pub modalities: BTreeSet<String>,
}

/// Why an exam has its class. The key is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClassReason {
    /// A person or the site said so.
    Declared,
    /// Marked as a phantom or a test.
    Phantom,
    /// The order's flag for the follow-up of a treated cancer.
    FollowupFlag,
    /// The order's screening flag.
    ScreeningFlag,
    /// An act of the site's table.
    SiteAct,
    /// An act of the table built in.
    Act,
    /// No order says anything: by modality.
    Modality,
}

/// Acts whose class does not depend on the site. CCAM.
const ACTS: &[(&str, ExamClass)] = &[("QEQK004", ExamClass::MgScreening)];

/// The class of an exam, and why.
pub fn classify(facts: &ClassFacts) -> (ExamClass, ClassReason) {
    if let Some(class) = facts.declared {
        return (class, ClassReason::Declared);
    }
    if facts.phantom {
        return (ExamClass::Phantom, ClassReason::Phantom);
    }
    // A flag about a mammography says nothing of an exam that has images, none of them a mammography.
    let breast = facts.modalities.is_empty() || has(facts, "MG");
    if breast && facts.cancer_followup == Some(true) {
        return (ExamClass::MgFollowup, ClassReason::FollowupFlag);
    }
    if breast && facts.screening == Some(true) {
        return (ExamClass::MgScreening, ClassReason::ScreeningFlag);
    }
    by_act(facts).unwrap_or_else(|| (by_modality(facts), ClassReason::Modality))
}

fn by_act(facts: &ClassFacts) -> Option<(ExamClass, ClassReason)> {
    let site = facts.acts.iter().filter_map(|act| facts.site_acts.get(act).copied());
    if let Some(class) = most_protected(site) {
        return Some((class, ClassReason::SiteAct));
    }
    let refused = |class: ExamClass| class == ExamClass::MgScreening && facts.screening == Some(false);
    let known = facts.acts.iter().filter_map(|act| ACTS.iter().find(|(code, _)| code == act).map(|&(_, class)| class));
    most_protected(known.filter(|&class| !refused(class))).map(|class| (class, ClassReason::Act))
}

fn by_modality(facts: &ClassFacts) -> ExamClass {
    match () {
        () if has(facts, "CT") => ExamClass::Ct,
        () if has(facts, "MR") => ExamClass::Mr,
        () => ExamClass::Other,
    }
}

/// Several acts in one exam: the first class in the table's order, so that the archive never loses.
fn most_protected(classes: impl Iterator<Item = ExamClass>) -> Option<ExamClass> {
    classes.min()
}

fn has(facts: &ClassFacts, modality: &str) -> bool {
    facts.modalities.iter().any(|m| m.trim().eq_ignore_ascii_case(modality))
}
