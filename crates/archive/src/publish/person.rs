//! Whom an exam's web copy and codes are for. When it turns out to be somebody else's, all of it goes at once, codes
//! included, before anything is made for the right person.

use crate::{Archive, ArchiveError};
use link::ToDiffusion;
use record::{DiffusedFor, ExamDetail, Sheet, SheetState};
use std::collections::BTreeMap;
use trace::{Actor, Event, Kind, Outcome, Role};

/// Why codes are suspended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// It is another person's than it was made for.
    IdentityChanged,
    /// A minor keeps it confidential: no sheet opens it.
    Confidential,
}

impl Reason {
    fn key(self) -> &'static str {
        match self {
            Self::IdentityChanged => "identity-changed",
            Self::Confidential => "confidential",
        }
    }
}

/// Whether the order asks that nobody but the patient hears of it.
pub(super) fn confidential(detail: &ExamDetail) -> bool {
    detail.order.as_ref().is_some_and(|order| order.confidential)
}

fn living(detail: &ExamDetail) -> impl Iterator<Item = &Sheet> {
    detail.sheets.iter().filter(|sheet| sheet.state != SheetState::Revoked)
}

fn reason(detail: &ExamDetail) -> Option<Reason> {
    if confidential(detail) && living(detail).next().is_some() {
        return Some(Reason::Confidential);
    }
    let (made_for, patient) = (detail.diffused_for.as_ref()?, detail.patient.as_ref()?);
    (!made_for.is(patient)).then_some(Reason::IdentityChanged)
}

/// Takes off the web what was made for somebody else, and its codes with it; gives the exam back as it is then. Who saw
/// it before stays in the trace. What a crash leaves half done is done again: whom it was for changes last.
pub(crate) async fn suspend(archive: &Archive, detail: ExamDetail) -> Result<ExamDetail, ArchiveError> {
    let Some(reason) = reason(&detail) else { return Ok(detail) };
    let (group, exam, now) = (archive.config.group, detail.id, archive.clock.now());
    note(archive, &detail, reason).await?;
    archive.door.apply(ToDiffusion::Withdraw { exam: exam.0, codes: true }).await?;
    if detail.publication.as_ref().is_some_and(|row| row.withdrawn_at.is_none()) {
        archive.catalogue.publication_withdrawn(group, exam, now).await?;
    }
    super::tell::forgotten(archive, exam).await?;
    for sheet in living(&detail) {
        let state = SheetState::Revoked;
        let why = Some(reason.key().to_owned());
        let revoked = Sheet { state, at: now, by: "system".into(), reason: why, ..sheet.clone() };
        archive.catalogue.sheet(group, revoked).await?;
    }
    claim(archive, &detail).await?;
    Ok(archive.catalogue.exam(group, exam).await?)
}

/// Notes whom the copy and the codes that leave next are for.
pub(crate) async fn claim(archive: &Archive, detail: &ExamDetail) -> Result<(), ArchiveError> {
    let Some(patient) = &detail.patient else { return Ok(()) };
    let as_known = |made_for: &DiffusedFor| made_for.patient == patient.id && made_for.traits == patient.traits;
    if detail.diffused_for.as_ref().is_some_and(as_known) {
        return Ok(());
    }
    let (patient, traits, at) = (patient.id, patient.traits.clone(), archive.clock.now());
    let person = DiffusedFor { patient, traits, at, merged_into: None };
    Ok(archive.catalogue.diffused_for(archive.config.group, detail.id, person).await?)
}

/// In the trace of the exam and of the person it was made for, before anything changes.
async fn note(archive: &Archive, detail: &ExamDetail, reason: Reason) -> Result<(), ArchiveError> {
    let words = [
        ("what", "codes-suspended".to_owned()),
        ("reason", reason.key().to_owned()),
        ("sheets", living(detail).count().to_string()),
    ];
    let event = Event {
        kind: Kind::Change,
        patient: detail.diffused_for.as_ref().map(|made_for| made_for.patient.to_string()),
        exam: Some(detail.id.0),
        actor: Actor { role: Role::System, label: archive.config.site.name.clone(), name: None },
        outcome: Outcome::Success,
        detail: words.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>(),
    };
    archive.trace.append(event).await?;
    Ok(())
}
