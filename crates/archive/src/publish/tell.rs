//! The dates and words of an exam, told to the diffusion side whenever they change, without moving a byte of its images:
//! after a choice, a correction of its class or of the birth date, a recall, a new policy row.

use super::person::confidential;
use super::{professionals, site_name};
use crate::{Archive, ArchiveError, verdict};
use link::{BirthDate, Channel, Contact, Stub, ToDiffusion};
use record::{ExamDetail, ExamId, KnownContact, SheetState, Told};
use sha2::{Digest, Sha256};

/// Whether the time on line that the diffusion side was last told is over: it holds no bytes any more.
pub(super) async fn ended(archive: &Archive, exam: ExamId) -> Result<bool, ArchiveError> {
    let told = archive.catalogue.told(archive.config.group, exam).await?;
    Ok(told.is_some_and(|told| told.online_until <= archive.clock.now()))
}

/// Tells the dates as they follow from the facts now, when they are not those last told.
pub(crate) async fn dates(archive: &Archive, detail: &ExamDetail) -> Result<(), ArchiveError> {
    let Some(stub) = stub(archive, detail) else { return Ok(()) };
    let group = archive.config.group;
    let text = serde_json::to_vec(&stub).map_err(|error| ArchiveError::Prepare(error.to_string()))?;
    let now_told = Told { digest: Sha256::digest(text).into(), online_until: stub.times.online_until };
    if archive.catalogue.told(group, detail.id).await?.is_some_and(|told| told.digest == now_told.digest) {
        return Ok(());
    }
    archive.door.apply(ToDiffusion::Stub(stub)).await?;
    Ok(archive.catalogue.set_told(group, detail.id, now_told).await?)
}

/// A withdrawal takes the words away on the other side: they are told again, so that an exam whose time ends while it is
/// withdrawn still says so and can be asked back.
pub(super) async fn forgotten(archive: &Archive, exam: ExamId) -> Result<(), ArchiveError> {
    let nothing = Told { digest: [0; 32], online_until: archive.clock.now() };
    Ok(archive.catalogue.set_told(archive.config.group, exam, nothing).await?)
}

/// What there is to tell: nothing of an exam that never left, that is nobody's for certain, or that is destroyed.
fn stub(archive: &Archive, detail: &ExamDetail) -> Option<Stub> {
    let left = detail.publication.is_some() || detail.sheets.iter().any(|sheet| sheet.state != SheetState::Revoked);
    let destroyed = detail.standing.doom.as_ref().is_some_and(|doom| doom.destroyed_at.is_some());
    if !left || destroyed || detail.phantom || confidential(detail) {
        return None;
    }
    let birth = detail.patient.as_ref()?.traits.birth_date?;
    let verdict = verdict::of(detail, &archive.config, archive.clock.now())?;
    let mut times = verdict.times.clone();
    if detail.standing.doom.is_some() {
        // Out of sight, in its days of grace.
        times.recallable = Some(false);
    }
    Some(Stub {
        exam: detail.id.0,
        number: detail.number.clone(),
        birth_date: BirthDate { year: birth.year, month: birth.month, day: birth.day },
        title: detail.title.clone(),
        site: site_name(archive, detail),
        class: detail.class.clone(),
        times,
        codes_until: verdict.code_until(archive.config.zone),
        person: detail.patient.as_ref().map(|patient| patient.id.0),
        professionals: professionals::of(detail),
        contacts: detail.patient.as_ref()?.contacts.iter().map(contact).collect(),
    })
}

/// As the diffusion side knows it: what a message of the information system says may be used at once.
fn contact(known: &KnownContact) -> Contact {
    let (channel, address) = match &known.contact {
        record::Contact::Email(address) => (Channel::Email, address.clone()),
        record::Contact::Phone(number) => (Channel::Phone, number.clone()),
    };
    Contact { channel, address, recorded_at: known.since, usable_from: known.since }
}
