//! The policy table: dated rows, as data. Minimums may be lengthened for existing exams and are never
//! shortened for them; the diffusion is a maximum, shortened at will and never over 24 months.

use crate::class::ExamClass;
use serde::{Deserialize, Serialize};
use time::{Date, Month};

/// The longest time an exam is consultable, whatever a row says.
pub const DIFFUSION_CAP_MONTHS: u16 = 24;

/// A recall is promised within ten minutes; from here on somebody must look, and the patient is told.
pub const RECALL_LATE_AFTER: std::time::Duration = std::time::Duration::from_secs(8 * 60);

/// Who decides that an exam is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ArchiveRule {
    /// Always archived; nothing is asked of the patient.
    Systematic,
    /// Archived when the patient chooses and pays.
    Optional,
}

/// What holds for a class from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyRow {
    /// The class.
    pub class: ExamClass,
    /// First day in force.
    pub valid_from: Date,
    /// Who decides on the archive.
    pub archive: ArchiveRule,
    /// The archive's minimum, in months from the exam date.
    pub archive_min_months: u16,
    /// How long the first image must be readable at once, in months from the exam date.
    pub immediate_min_months: u16,
    /// Consultable, in months from the exam date, when the archive was not chosen (or not asked).
    pub diffusion_months: u16,
    /// The same when the patient chose the archive.
    pub diffusion_if_chosen_months: u16,
    /// Consultable again after a recall, in days from ready.
    pub after_recall_days: u16,
    /// The site keeps minors' images until the 28th birthday.
    pub minors_until_28: bool,
    /// The site follows the hospitals' rule (code de la santé publique, R.1112-7).
    pub hospital_rule: bool,
}

/// All rows, of all classes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<PolicyRow>", into = "Vec<PolicyRow>")]
pub struct Policies {
    rows: Vec<PolicyRow>,
}

/// Why a table of rows is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A class has no row at all.
    #[error("class {} has no policy row", .0.key())]
    NoRow(ExamClass),
    /// Two rows of one class begin on the same day.
    #[error("class {} has two rows from {from}", class.key())]
    Twice {
        /// The class.
        class: ExamClass,
        /// The day.
        from: Date,
    },
    /// A diffusion of 0 or over 24 months.
    #[error("class {} has a diffusion of {months} months, not 1 to 24", class.key())]
    Diffusion {
        /// The class.
        class: ExamClass,
        /// What the row says.
        months: u16,
    },
    /// A row for phantoms: they are never kept.
    #[error("phantoms and tests have no policy row")]
    Phantom,
}

impl Policies {
    /// A checked table: each real class has rows, on distinct days, none over 24 months of diffusion.
    pub fn new(mut rows: Vec<PolicyRow>) -> Result<Self, PolicyError> {
        rows.sort_by_key(|row| (row.class, row.valid_from));
        for row in &rows {
            if row.class == ExamClass::Phantom {
                return Err(PolicyError::Phantom);
            }
            for months in [row.diffusion_months, row.diffusion_if_chosen_months] {
                if !(1..=DIFFUSION_CAP_MONTHS).contains(&months) {
                    return Err(PolicyError::Diffusion { class: row.class, months });
                }
            }
        }
        for (row, next) in rows.iter().zip(rows.iter().skip(1)) {
            if row.class == next.class && row.valid_from == next.valid_from {
                return Err(PolicyError::Twice { class: row.class, from: row.valid_from });
            }
        }
        let missing =
            ExamClass::ALL.into_iter().find(|class| class.is_real() && !rows.iter().any(|row| row.class == *class));
        missing.map_or(Ok(Self { rows }), |class| Err(PolicyError::NoRow(class)))
    }

    /// Every row, by class and day.
    pub fn rows(&self) -> &[PolicyRow] {
        &self.rows
    }

    /// The row in force for a class on a day; before the first row, the first row.
    pub fn at(&self, class: ExamClass, day: Date) -> Option<&PolicyRow> {
        let mut of_class = self.of(class);
        let first = of_class.next()?;
        Some(of_class.take_while(|row| row.valid_from <= day).last().unwrap_or(first))
    }

    /// The rows that concern an exam of `exam_date` judged on `today`: the one in force on its date,
    /// then every later one in force by today, in order.
    pub fn since(&self, class: ExamClass, exam_date: Date, today: Date) -> Vec<&PolicyRow> {
        let first = self.at(class, exam_date);
        let start = first.map_or(exam_date, |row| row.valid_from.max(exam_date));
        let later = self.of(class).filter(|row| row.valid_from > start && row.valid_from <= today);
        first.into_iter().chain(later).collect()
    }

    fn of(&self, class: ExamClass) -> impl Iterator<Item = &PolicyRow> {
        self.rows.iter().filter(move |row| row.class == class)
    }
}

impl TryFrom<Vec<PolicyRow>> for Policies {
    type Error = PolicyError;
    fn try_from(rows: Vec<PolicyRow>) -> Result<Self, PolicyError> {
        Self::new(rows)
    }
}

impl From<Policies> for Vec<PolicyRow> {
    fn from(policies: Policies) -> Self {
        policies.rows
    }
}

impl Default for Policies {
    /// The table of the service: systematic classes 5 years and 24 months, others 20 years if chosen
    /// and 6 months; immediate access 3 years; 30 days after a recall; private practices, so neither
    /// the hospitals' rule nor the one for minors.
    fn default() -> Self {
        let valid_from = Date::from_calendar_date(2000, Month::January, 1).unwrap_or(Date::MIN);
        let rows = ExamClass::ALL.into_iter().filter(|class| class.is_real()).map(|class| {
            let (archive, years, diffusion) = match class {
                ExamClass::Other | ExamClass::Phantom => (ArchiveRule::Optional, 20, 6),
                _ => (ArchiveRule::Systematic, 5, 24),
            };
            PolicyRow {
                class,
                valid_from,
                archive,
                archive_min_months: years * 12,
                immediate_min_months: 36,
                diffusion_months: diffusion,
                diffusion_if_chosen_months: diffusion,
                after_recall_days: 30,
                minors_until_28: false,
                hospital_rule: false,
            }
        });
        Self { rows: rows.collect() }
    }
}
