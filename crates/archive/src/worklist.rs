//! The modality worklist (PS3.4 annex K): orders as scheduled procedure steps, matched as every other query is.
//!
//! Keys of type 1 are never empty: a step that no message names in full gets what is left to say (the calling station,
//! the order's own number). Names, dates and times are those of the site's zone.

use crate::{Archive, ArchiveError};
use dicom::attributes::{Attribute, Attributes, Value};
use dicom::matching::{Query, Wanted};
use dicom::{Tag, Vr, tag};
use record::{OrderFact, PatientIdentifier, PatientTraits, PlannedStep, StepStatus};
use sha2::{Digest, Sha256};
use time::{Date, Duration, OffsetDateTime, Time};
use trace::{Actor, Event, Kind, Outcome, Role};

/// Steps read for one query.
const MOST: u32 = 5_000;
/// Without a date in the query: steps planned since the beginning of the day before, to so many days ahead.
const AHEAD: Duration = Duration::days(7);

mod tags {
    use dicom::Tag;
    pub const STEPS: Tag = Tag(0x0040, 0x0100);
    pub const STATION: Tag = Tag(0x0040, 0x0001);
    pub const START_DATE: Tag = Tag(0x0040, 0x0002);
    pub const START_TIME: Tag = Tag(0x0040, 0x0003);
    pub const STEP_DESCRIPTION: Tag = Tag(0x0040, 0x0007);
    pub const PROTOCOL_CODES: Tag = Tag(0x0040, 0x0008);
    pub const STEP_ID: Tag = Tag(0x0040, 0x0009);
    pub const STEP_STATUS: Tag = Tag(0x0040, 0x0020);
    pub const PROCEDURE_ID: Tag = Tag(0x0040, 0x1001);
    pub const PROCEDURE_REASON: Tag = Tag(0x0040, 0x1002);
    pub const PROCEDURE_CODES: Tag = Tag(0x0032, 0x1064);
    pub const REQUESTING_PHYSICIAN: Tag = Tag(0x0032, 0x1032);
    pub const REQUEST_REASON: Tag = Tag(0x0040, 0x2001);
    pub const PLACER: Tag = Tag(0x0040, 0x2016);
    pub const OTHER_IDS: Tag = Tag(0x0010, 0x1002);
    pub const TYPE_OF_ID: Tag = Tag(0x0010, 0x0022);
    pub const CODE_VALUE: Tag = Tag(0x0008, 0x0100);
    pub const CODE_SCHEME: Tag = Tag(0x0008, 0x0102);
    pub const CODE_MEANING: Tag = Tag(0x0008, 0x0104);
}

/// A station that is offered only what it is made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// Its calling title.
    pub title: String,
    /// The modalities it does, in order of preference.
    pub modalities: Vec<String>,
}

/// What a station is offered that asks this: the answers to send.
///
/// # Errors
/// [`ArchiveError`] when the record cannot be read or the trace not be written: then nothing is answered.
pub async fn offer(
    archive: &Archive,
    calling: &str,
    stations: &[Station],
    query: &Query,
) -> Result<Vec<Attributes>, ArchiveError> {
    let (from, to) = window(archive, query);
    let steps = archive.catalogue.planned_steps(archive.config.group, from, to, MOST).await?;
    let station = stations.iter().find(|station| station.title == calling);
    let offered = steps.iter().filter(|step| station.is_none_or(|station| does(station, &step.order)));
    let all = offered.filter_map(|step| attributes(archive, step, calling, station));
    let found: Vec<Attributes> = all.filter(|step| query.matches(step)).map(|step| query.answer(&step)).collect();
    let words = [("what", "worklist".to_owned()), ("steps", found.len().to_string())];
    let event = Event {
        kind: Kind::Query,
        patient: None,
        exam: None,
        actor: Actor { role: Role::System, label: format!("station:{calling}"), name: None },
        outcome: Outcome::Success,
        detail: words.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
    };
    archive.trace.append(event).await?;
    Ok(found)
}

/// Whether the station does what is ordered: named itself, or of its modality and nobody else's.
fn does(station: &Station, order: &OrderFact) -> bool {
    match &order.station {
        Some(named) => *named == station.title,
        None => order.modality.as_ref().is_none_or(|modality| station.modalities.contains(modality)),
    }
}

/// The instants between which the query wants steps.
fn window(archive: &Archive, query: &Query) -> (OffsetDateTime, OffsetDateTime) {
    let zone = archive.config.zone;
    let today = zone.date_of(archive.clock.now());
    let first = today.previous_day().unwrap_or(today);
    let last = today.saturating_add(AHEAD);
    let range = query.key(tags::STEPS).and_then(|key| match &key.wanted {
        Wanted::Item(keys) => keys.iter().find(|key| key.tag == tags::START_DATE),
        _ => None,
    });
    let (from, to) = match range.map(|key| &key.wanted) {
        Some(Wanted::Range(range)) => {
            let day = |moment: &dicom::matching::Moment| parse_day(&moment.date());
            // Without one of its ends, a year on that side.
            let from = range.from.as_ref().and_then(day).unwrap_or_else(|| today.saturating_sub(Duration::days(365)));
            (from, range.to.as_ref().and_then(day).unwrap_or_else(|| today.saturating_add(Duration::days(365))))
        }
        _ => (first, last),
    };
    (zone.start_of(from), zone.end_of(to))
}

fn parse_day(text: &str) -> Option<Date> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<u16>().ok();
    let month = time::Month::try_from(u8::try_from(number(4..6)?).ok()?).ok()?;
    Date::from_calendar_date(i32::from(number(0..4)?), month, u8::try_from(number(6..8)?).ok()?).ok()
}

/// Date and time of day where the site is.
fn local(archive: &Archive, at: OffsetDateTime) -> (String, String) {
    let zone = archive.config.zone;
    let date = zone.date_of(at);
    let (start, end) = (zone.start_of(date), zone.end_of(date));
    let change = (end - start) - Duration::DAY;
    // On the two days the clock changes, it does so before three o'clock.
    let since = match at - start {
        since if since >= Duration::hours(3) + change => since - change,
        since => since,
    };
    let time = Time::MIDNIGHT + since;
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    (format!("{year:04}{month:02}{day:02}"), format!("{:02}{:02}{:02}", time.hour(), time.minute(), time.second()))
}

/// A step as attributes; `None` for an order that names no patient, which no modality could do.
fn attributes(archive: &Archive, step: &PlannedStep, calling: &str, station: Option<&Station>) -> Option<Attributes> {
    let order = &step.order;
    let mut set = Attributes::default();
    person(&mut set, step)?;
    let procedure_id = order.procedure_id.clone().or_else(|| order.placer_number.clone());
    let procedure_id = short(procedure_id.unwrap_or_else(|| step.order_key.clone()));
    let words = plain(order.act_label.as_deref().or(order.act_code.as_deref()).unwrap_or(&procedure_id), 64);
    put(&mut set, tag::STUDY_INSTANCE_UID, Vr::UI, &step.study_instance_uid);
    put(&mut set, tags::PROCEDURE_ID, Vr::SH, &procedure_id);
    put(&mut set, tag::REQUESTED_PROCEDURE_DESCRIPTION, Vr::LO, &words);
    let accession = order.accession.as_ref().map(|accession| accession.number.as_str()).unwrap_or_default();
    put(&mut set, tag::ACCESSION_NUMBER, Vr::SH, accession);
    put(&mut set, tags::PLACER, Vr::LO, order.placer_number.as_deref().unwrap_or_default());
    if let Some(prescriber) = &order.prescriber {
        let name = name(&prescriber.family_name, &prescriber.first_name);
        put(&mut set, tags::REQUESTING_PHYSICIAN, Vr::PN, &name);
        put(&mut set, tag::REFERRING_PHYSICIAN_NAME, Vr::PN, &name);
    }
    if let Some(reason) = &order.reason {
        put(&mut set, tags::PROCEDURE_REASON, Vr::LO, &plain(reason, 64));
        put(&mut set, tags::REQUEST_REASON, Vr::LO, &plain(reason, 64));
    }
    let mut item = Attributes::default();
    let (date, time) = local(archive, step.scheduled_at);
    put(&mut item, tags::STATION, Vr::AE, order.station.as_deref().unwrap_or(calling));
    put(&mut item, tags::START_DATE, Vr::DA, &date);
    put(&mut item, tags::START_TIME, Vr::TM, &time);
    let modality = order.modality.as_deref().or_else(|| station?.modalities.first().map(String::as_str));
    put(&mut item, tag::MODALITY, Vr::CS, modality.unwrap_or("OT"));
    put(&mut item, tags::STEP_DESCRIPTION, Vr::LO, &words);
    put(&mut item, tags::STEP_ID, Vr::SH, &short(order.step_id.clone().unwrap_or(procedure_id)));
    put(&mut item, tags::STEP_STATUS, Vr::CS, status(step.status));
    if let Some(code) = &order.act_code {
        let codes = [code_item(code, &words)];
        items(&mut item, tags::PROTOCOL_CODES, codes.to_vec());
        items(&mut set, tags::PROCEDURE_CODES, codes.to_vec());
    }
    items(&mut set, tags::STEPS, vec![item]);
    Some(set)
}

fn status(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Scheduled => "SCHEDULED",
        StepStatus::Arrived => "ARRIVED",
        StepStatus::Started => "STARTED",
        StepStatus::Done => "DEPARTED",
        StepStatus::Cancelled => "CANCELLED",
    }
}

/// Who: as known now, else as the order says.
fn person(set: &mut Attributes, step: &PlannedStep) -> Option<()> {
    let order = &step.order.patient;
    let (ids, traits) = match &step.patient {
        Some(patient) => (&patient.identifiers, &patient.traits),
        None => (&order.identifiers, &order.traits),
    };
    // The number of the order, that the information system knows the patient by today.
    let own = order.identifiers.iter().find(|id| is_local(id)).or_else(|| ids.iter().find(|id| is_local(id)));
    let own = own.or_else(|| ids.first())?;
    put(set, tag::PATIENT_ID, Vr::LO, &plain(&own.value, 64));
    put(set, tag::ISSUER_OF_PATIENT_ID, Vr::LO, &plain(&own.issuer, 64));
    let named = name(&traits.birth_name, &traits.first_names);
    put(set, tag::PATIENT_NAME, Vr::PN, if named.is_empty() { &own.value } else { &named });
    put(set, tag::PATIENT_BIRTH_DATE, Vr::DA, &birth(traits));
    put(set, tag::PATIENT_SEX, Vr::CS, traits.sex.as_deref().unwrap_or_default());
    let others = ids.iter().filter(|id| *id != own).map(|id| {
        let mut item = Attributes::default();
        put(&mut item, tag::PATIENT_ID, Vr::LO, &plain(&id.value, 64));
        put(&mut item, tag::ISSUER_OF_PATIENT_ID, Vr::LO, &plain(&id.issuer, 64));
        put(&mut item, tags::TYPE_OF_ID, Vr::CS, "TEXT");
        item
    });
    items(set, tags::OTHER_IDS, others.collect());
    Some(())
}

fn is_local(id: &PatientIdentifier) -> bool {
    matches!(id.kind.as_str(), "PI" | "")
}

/// A whole birth date, or nothing: a DA has no form for less.
fn birth(traits: &PatientTraits) -> String {
    let whole = traits.birth_date.and_then(|date| Some((date.year, date.month?, date.day?)));
    whole.map(|(year, month, day)| format!("{year:04}{month:02}{day:02}")).unwrap_or_default()
}

fn name(family: &str, given: &str) -> String {
    let part = |text: &str| plain(text, 64).replace(['^', '='], " ").trim().to_owned();
    let (family, given) = (part(family), part(given));
    if given.is_empty() { family } else { format!("{family}^{given}") }
}

/// Text without what parts values, at most so many characters.
fn plain(text: &str, most: usize) -> String {
    let safe = text.chars().map(|c| if c == '\\' || c.is_control() { ' ' } else { c });
    safe.take(most).collect::<String>().trim().to_owned()
}

/// A number of at most 16 characters (SH): a longer one is replaced by one that follows from it.
fn short(text: String) -> String {
    let text = plain(&text, 256);
    if text.chars().count() <= 16 {
        return text;
    }
    hex::encode(Sha256::digest(text.as_bytes())).chars().take(16).collect()
}

fn code_item(code: &str, meaning: &str) -> Attributes {
    let (letters, digits) = code.split_at_checked(4).unwrap_or((code, ""));
    let ccam = letters.bytes().all(|b| b.is_ascii_uppercase()) && digits.len() == 3;
    let ccam = ccam && digits.bytes().all(|b| b.is_ascii_digit());
    let mut item = Attributes::default();
    put(&mut item, tags::CODE_VALUE, Vr::SH, &short(code.to_owned()));
    put(&mut item, tags::CODE_SCHEME, Vr::SH, if ccam { "CCAM" } else { "99LOCAL" });
    put(&mut item, tags::CODE_MEANING, Vr::LO, meaning);
    item
}

fn put(set: &mut Attributes, tag: Tag, vr: Vr, text: &str) {
    let values = if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
    set.set(tag, vr, values);
}

fn items(set: &mut Attributes, tag: Tag, items: Vec<Attributes>) {
    set.insert(tag, Attribute { vr: Vr::SQ, value: Value::Items(items) });
}
