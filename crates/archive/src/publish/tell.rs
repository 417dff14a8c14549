//! The dates and words of an exam, told to the diffusion side whenever they change, without moving a byte of its images:
//! after a choice, a correction of its class or of the birth date, a recall, a new policy row.

use super::person::confidential;
use super::{professionals, site_name};
use crate::{Archive, ArchiveError, verdict};
use link::{BirthDate, Channel, Contact, Stub, ToDiffusion};
use record::{ExamDetail, ExamId, KnownContact, Relation, RelationKind, SheetState, StoredRelation, Told};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// Whether the time on line that the diffusion side was last told is over: it holds no bytes any more.
pub(super) async fn ended(archive: &Archive, exam: ExamId) -> Result<bool, ArchiveError> {
    let told = archive.catalogue.told(archive.config.group, exam).await?;
    Ok(told.is_some_and(|told| told.online_until <= archive.clock.now()))
}

/// Tells the dates as they follow from the facts now, when they are not those last told.
pub(crate) async fn dates(archive: &Archive, detail: &ExamDetail) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    let mut relations = Vec::new();
    let mut whole = false;
    if let Some(patient) = &detail.patient {
        relations = archive.catalogue.relations(group, patient.id).await?;
        whole = crate::rights::whole_record_is_read(archive, patient.id).await?;
    }
    let Some(mut stub) = stub(archive, detail, whole) else { return Ok(()) };
    if alive(detail) {
        stub.contacts.extend(representatives(archive, &relations));
    }
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

/// What there is to tell: nothing of an exam that never left (unless somebody reads the `whole` record), that is nobody's
/// for certain, or that is destroyed.
fn stub(archive: &Archive, detail: &ExamDetail, whole: bool) -> Option<Stub> {
    let left =
        whole || detail.publication.is_some() || detail.sheets.iter().any(|sheet| sheet.state != SheetState::Revoked);
    let destroyed = detail.standing.doom.as_ref().is_some_and(|doom| doom.destroyed_at.is_some());
    if !left || destroyed || detail.phantom || confidential(detail) {
        return None;
    }
    let birth = detail.patient.as_ref()?.traits.birth_date?;
    let verdict = verdict::of(detail, &archive.config, archive.clock.now())?;
    let codes_until = verdict.code_until(archive.config.zone);
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
        codes_until: died_at(archive, detail).map_or(codes_until, |died| codes_until.min(died)),
        person: detail.patient.as_ref().map(|patient| patient.id.0),
        professionals: professionals::of(detail),
        contacts: match alive(detail) {
            true => detail.patient.as_ref()?.contacts.iter().map(contact).collect(),
            false => Vec::new(),
        },
    })
}

/// As the diffusion side knows it: what a message of the information system says may be used at once.
fn contact(known: &KnownContact) -> Contact {
    let (channel, address) = match &known.contact {
        record::Contact::Email(address) => (Channel::Email, address.clone()),
        record::Contact::Phone(number) => (Channel::Phone, number.clone()),
    };
    let since = known.since;
    Contact { channel, address, recorded_at: since, usable_from: since, until: None, representative: false }
}

/// Where parents and guardians in force can be sent a one-time code. An heir is served at the desk.
fn representatives(archive: &Archive, relations: &[StoredRelation]) -> Vec<Contact> {
    let now = archive.clock.now();
    let standing = relations.iter().map(|one| &one.relation).filter(|relation| {
        matches!(relation.what, RelationKind::Parent { .. } | RelationKind::Guardian { .. })
            && relation.over_at().is_none_or(|over| now < over)
    });
    let contact = |relation: &Relation| {
        Some(Contact {
            channel: Channel::Email,
            address: relation.what.email()?.to_owned(),
            recorded_at: relation.at,
            usable_from: relation.from.max(relation.at),
            until: relation.over_at(),
            representative: true,
        })
    };
    standing.filter_map(contact).collect()
}

fn alive(detail: &ExamDetail) -> bool {
    detail.patient.as_ref().is_none_or(|patient| patient.traits.died_on.is_none())
}

/// The first instant after the day of death: from then on nobody acts as the patient, and heirs are served at the desk.
fn died_at(archive: &Archive, detail: &ExamDetail) -> Option<OffsetDateTime> {
    let died = detail.patient.as_ref()?.traits.died_on?;
    Some(archive.config.zone.start_of(died.next_day()?))
}
