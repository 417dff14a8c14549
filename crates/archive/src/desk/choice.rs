//! What the desk asks the patient and says of an exam: the optional archive, the class. Each act leaves its leaf first.

use super::{Desk, Who};
use crate::publish::site_name;
use crate::{Archive, ArchiveError};
use exam::ExamClass;
use exam::policy::ArchiveRule;
use record::{Answer, ArchiveChoice, ClassCorrection, ExamDetail, ExamId, Role};
use trace::{Kind, Outcome};

/// What the patient is shown before they answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The version of the notice.
    pub notice_version: String,
    /// Its text.
    pub notice: String,
    /// The price, in cents.
    pub price_cents: u32,
    /// Months the images are then kept at least, from the exam's date.
    pub months: u16,
    /// The key of the radiologist's advice for this type of exam, if any.
    pub advice: Option<String>,
}

/// Why nothing is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAsked {
    /// The site does not offer it.
    NotHere,
    /// The class leaves no choice: it is always archived, or never.
    NoChoice,
    /// The images are erased, or on their way.
    Gone,
    /// The exam has no date or no images yet.
    TooEarly,
}

impl NotAsked {
    /// The key of the sentence.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotHere => "desk-choice-not-here",
            Self::NoChoice => "desk-choice-none",
            Self::Gone => "desk-choice-gone",
            Self::TooEarly => "desk-choice-too-early",
        }
    }
}

/// What is asked about an exam's archive and class, and what was said so far.
#[derive(Debug, Clone)]
pub struct ChoicePanel {
    /// What to show beside the question, or why there is none.
    pub asked: Result<Shown, NotAsked>,
    /// Answers, oldest first.
    pub answers: Vec<ArchiveChoice>,
    /// Corrections of the class, oldest first.
    pub corrections: Vec<ClassCorrection>,
}

/// What the panel that the patient answered had shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The version of the notice.
    pub notice_version: String,
    /// The price, in cents.
    pub price_cents: u32,
}

impl Desk {
    /// Records the patient's answer. What they had seen must be what is shown now.
    pub async fn choose(&self, who: &Who, exam: ExamId, answer: Answer, seen: &Seen) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let shown = match (answer, asked(&self.archive, &detail)) {
            // What was once agreed to can be taken back whatever has become of the offer.
            (Answer::TakenBack, _) => shown_then(&detail)?,
            (_, Ok(shown)) => shown,
            (_, Err(_)) => return Err(ArchiveError::Refused("this choice is not offered")),
        };
        let now_shown = Seen { notice_version: shown.notice_version.clone(), price_cents: shown.price_cents };
        if answer != Answer::TakenBack && now_shown != *seen {
            return Err(ArchiveError::Refused("the notice or the price changed meanwhile: show it again"));
        }
        let words = [("what", "archive-choice".to_owned()), ("answer", answer_key(answer).to_owned())];
        self.trace(who, Kind::Choose, Some(&detail), Outcome::Success, &words).await?;
        let choice = ArchiveChoice {
            exam,
            answer,
            notice_version: shown.notice_version,
            notice: shown.notice,
            price_cents: shown.price_cents,
            advice: shown.advice,
            by: who.login.clone(),
            at: self.archive.clock.now(),
        };
        self.archive.catalogue.record_choice(self.group(), choice, &self.archive.config.policies).await?;
        self.seal_journal().await;
        Ok(())
    }

    /// Records a person's word on the class; `None` takes earlier ones back. Phantoms are the radiologist's to tell.
    pub async fn correct_class(
        &self,
        who: &Who,
        exam: ExamId,
        class: Option<String>,
        reason: String,
    ) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        if detail.phantom || class.as_deref() == Some(ExamClass::Phantom.key()) {
            self.allow(who, &[Role::Radiologist])?;
        }
        let said = class.clone().unwrap_or_else(|| "as-computed".into());
        let words = [("what", "class-correction".to_owned()), ("class", said)];
        self.trace(who, Kind::Change, Some(&detail), Outcome::Success, &words).await?;
        let (by, at) = (who.login.clone(), self.archive.clock.now());
        let correction = ClassCorrection { exam, class, reason: reason.trim().to_owned(), by, at };
        self.archive.catalogue.correct_class(self.group(), correction).await?;
        self.seal_journal().await;
        Ok(())
    }

    /// The panel of an exam.
    pub(super) async fn choice_panel(&self, detail: &ExamDetail) -> Result<ChoicePanel, ArchiveError> {
        let catalogue = &self.archive.catalogue;
        Ok(ChoicePanel {
            asked: asked(&self.archive, detail),
            answers: catalogue.choices(self.group(), detail.id).await?,
            corrections: catalogue.class_corrections(self.group(), detail.id).await?,
        })
    }
}

fn asked(archive: &Archive, detail: &ExamDetail) -> Result<Shown, NotAsked> {
    let offer = &archive.config.choice;
    if detail.standing.doom.is_some() {
        return Err(NotAsked::Gone);
    }
    let date = detail.date.filter(|_| detail.instances > 0).ok_or(NotAsked::TooEarly)?;
    let class = ExamClass::from_key(&detail.class).filter(|_| !detail.phantom).ok_or(NotAsked::NoChoice)?;
    let row = archive.config.policies.at(class, date);
    let row = row.filter(|row| row.archive == ArchiveRule::Optional).ok_or(NotAsked::NoChoice)?;
    if !offer.is_offered_at(&site_name(archive, detail)) {
        return Err(NotAsked::NotHere);
    }
    Ok(Shown {
        notice_version: offer.notice_version.clone(),
        notice: offer.notice.clone(),
        price_cents: offer.price_cents,
        months: row.archive_min_months,
        advice: offer.advice_for(detail).map(str::to_owned),
    })
}

/// What was shown with the yes that is taken back.
fn shown_then(detail: &ExamDetail) -> Result<Shown, ArchiveError> {
    let said = detail.standing.archive_choice.as_ref().ok_or(ArchiveError::Refused("there is no yes to take back"))?;
    Ok(Shown {
        notice_version: said.notice_version.clone(),
        notice: said.notice.clone(),
        price_cents: said.price_cents,
        months: 0,
        advice: said.advice.clone(),
    })
}

/// The stable key of an answer.
pub fn answer_key(answer: Answer) -> &'static str {
    match answer {
        Answer::Chosen => "chosen",
        Answer::Declined => "declined",
        Answer::TakenBack => "taken-back",
    }
}
