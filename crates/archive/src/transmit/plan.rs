//! What a partner should have of an exam, made a list of transmissions.

use super::{AccessionNumber, Coercion, Partner, PatientNumber};
use crate::publish::Outcome;
use crate::{Archive, ArchiveError};
use exam::partner::{Destination, Origin};
use intake::completeness::{Completeness, Evidence, judge};
use record::{
    ExamDetail, ExamId, Identity, NewTransmission, Patient, ReportId, ReportStatus, ReportVersion, StoredInstance,
    Transmission, TransmissionBody, TransmissionKind, TransmissionState, TransmissionStep,
};
use serde_json::json;
use sha2::{Digest, Sha256};

/// What holds until a person looks, once it is planned so.
const CHANGED: &str = "identity-changed";
/// Stopped because the patient objects.
const OBJECTION: &str = "objection";

/// Makes the transmissions of an exam agree with its facts. Running it twice is the same as once.
pub(crate) async fn plan(archive: &Archive, exam: ExamId) -> Result<Outcome, ArchiveError> {
    let detail = archive.catalogue.exam(archive.config.group, exam).await?;
    let Some(partner) = destination(archive, &detail).await? else { return Ok(Outcome::Agrees) };
    if detail.phantom || detail.instances == 0 || detail.standing.doom.is_some() {
        return Ok(Outcome::Agrees);
    }
    let evidence = Evidence {
        last_arrival: detail.last_arrival_at,
        instances_arrived: u64::from(detail.instances),
        instances_announced: detail.announced,
        report_arrived: detail.report.is_some(),
    };
    let complete = match judge(&evidence, &archive.config.quiet, archive.clock.now()) {
        Completeness::Complete { .. } => None,
        Completeness::Due { at, .. } => Some(at),
        Completeness::Empty => return Ok(Outcome::Agrees),
    };
    let known = archive.catalogue.transmissions_of(archive.config.group, exam).await?;
    for kind in partner.kinds() {
        let objects = archive.partners.objections.objects(&detail, &partner, kind).await?;
        let mine: Vec<&Transmission> =
            known.iter().filter(|one| one.partner == partner.name && one.kind == kind).collect();
        let wanted = match kind {
            TransmissionKind::Report => report(&detail, &mine),
            // While images still arrive the version that was planned stands.
            TransmissionKind::Images if complete.is_some() => None,
            TransmissionKind::Images => images(archive, &detail, &partner).await?,
        };
        settle(archive, &detail, &partner, Part { kind, mine, wanted, objects }).await?;
    }
    Ok(complete.map_or(Outcome::Agrees, Outcome::NotBefore))
}

/// The partner that ordered the exam; an order that no rule names is counted.
async fn destination(archive: &Archive, detail: &ExamDetail) -> Result<Option<Partner>, ArchiveError> {
    let (group, at) = (archive.config.group, archive.clock.now());
    let structure = detail.order.as_ref().and_then(|order| order.structure.as_deref());
    let prescriber = detail.prescriber.as_ref().and_then(|prescriber| prescriber.rpps.as_deref());
    let to = archive.partners.rules.destination(Origin { structure, prescriber });
    let unknown = if let Destination::Unknown(structure) = to { Some(structure) } else { None };
    archive.catalogue.set_unmatched(group, detail.id, unknown, at).await?;
    let Destination::Partner(name) = to else { return Ok(None) };
    Ok(archive.partners.by_name(name).cloned())
}

/// What should be there of one kind.
pub(super) struct Wanted {
    pub(super) basis: [u8; 32],
    report: Option<ReportId>,
    withdraws: bool,
}

struct Part<'a> {
    kind: TransmissionKind,
    mine: Vec<&'a Transmission>,
    wanted: Option<Wanted>,
    objects: bool,
}

async fn settle(archive: &Archive, detail: &ExamDetail, partner: &Partner, part: Part<'_>) -> Result<(), ArchiveError> {
    let held = held(detail, partner);
    let latest = part.mine.last().copied();
    // A copy has left: the objection stops the future, and the partner is to be told.
    for left in part.mine.iter().filter(|one| part.objects && one.left_at.is_some() && one.noticed_at.is_none()) {
        step(archive, left, TransmissionStep::Noticed).await?;
    }
    if let Some(wanted) = part.wanted.filter(|wanted| latest.is_none_or(|latest| latest.basis != wanted.basis)) {
        // Nothing is planned anew about somebody who is not known for certain.
        if latest.is_none() || matches!(detail.identity, Identity::Certain(_)) {
            return add(archive, detail, partner, (part.kind, wanted, &part.mine), part.objects).await;
        }
    }
    let Some(latest) = latest else { return Ok(()) };
    let by_system = || "system".to_owned();
    let next = match (latest.state, held, part.objects) {
        (TransmissionState::Queued | TransmissionState::Held, _, true) => {
            TransmissionStep::Stopped { reason: OBJECTION.into(), by: by_system() }
        }
        (TransmissionState::Queued, Some(reason), false) => TransmissionStep::Held { reason },
        (TransmissionState::Held, Some(reason), false)
            if latest.reason.as_deref() != Some(CHANGED) && latest.reason.as_ref() != Some(&reason) =>
        {
            TransmissionStep::Held { reason }
        }
        (TransmissionState::Held, None, false) if latest.reason.as_deref() != Some(CHANGED) => {
            TransmissionStep::Queued { by: by_system() }
        }
        (TransmissionState::Stopped, None, false) if latest.reason.as_deref() == Some(OBJECTION) => {
            TransmissionStep::Queued { by: by_system() }
        }
        _ => return Ok(()),
    };
    step(archive, latest, next).await
}

async fn add(
    archive: &Archive,
    detail: &ExamDetail,
    partner: &Partner,
    (kind, wanted, mine): (TransmissionKind, Wanted, &[&Transmission]),
    objects: bool,
) -> Result<(), ArchiveError> {
    let (group, at, id) = (archive.config.group, archive.clock.now(), archive.fresh_uuid());
    let before = mine.iter().rev().find(|one| one.left_at.is_some());
    let changed = before.is_some_and(|before| !same_person(before.body.person.as_ref(), detail.patient.as_ref()));
    let held = held(detail, partner).or_else(|| changed.then(|| CHANGED.to_owned()));
    let body = TransmissionBody { person: detail.patient.clone(), report: wanted.report, withdraws: wanted.withdraws };
    let partner = partner.name.clone();
    let new = NewTransmission { id, exam: detail.id, partner, kind, basis: wanted.basis, body, held, at };
    archive.catalogue.transmission_plan(group, new).await?;
    if objects {
        let stopped = TransmissionStep::Stopped { reason: OBJECTION.into(), by: "system".into() };
        archive.catalogue.transmission_step(group, id, stopped, at).await?;
    }
    Ok(())
}

async fn step(archive: &Archive, one: &Transmission, step: TransmissionStep) -> Result<(), ArchiveError> {
    Ok(archive.catalogue.transmission_step(archive.config.group, one.id, step, archive.clock.now()).await?)
}

/// Whether what the partner was told of the person is still what is known: it is the same one, written the same.
fn same_person(before: Option<&Patient>, now: Option<&Patient>) -> bool {
    before.map(person_key) == now.map(person_key)
}

fn person_key(patient: &Patient) -> serde_json::Value {
    let traits = &patient.traits;
    json!([patient.id, traits.birth_name, traits.first_names, traits.birth_date, traits.sex])
}

/// The key of what keeps a transmission here for now.
pub(super) fn held(detail: &ExamDetail, partner: &Partner) -> Option<String> {
    let certain = matches!(detail.identity, Identity::Certain(_));
    let Some(patient) = detail.patient.as_ref().filter(|_| certain) else { return Some("identity-waiting".into()) };
    if detail.hold.is_some() {
        return Some("exam-held".into());
    }
    let number = patient_number(patient, &partner.coercion);
    if number.is_none() {
        let ins = partner.coercion.patient == PatientNumber::Ins;
        return Some(if ins { "identity-unqualified" } else { "no-partner-number" }.into());
    }
    let needs_placer = partner.coercion.accession == AccessionNumber::Placer;
    let placer = detail.order.as_ref().and_then(|order| order.placer_number.as_ref());
    (needs_placer && placer.is_none()).then(|| "no-placer-number".into())
}

/// The patient's number in the partner's world, with its issuer: a name, or an OID.
pub(super) fn patient_number(patient: &Patient, coercion: &Coercion) -> Option<(String, String)> {
    let named = |id: &record::PatientIdentifier| (id.value.clone(), id.issuer.clone());
    match &coercion.patient {
        PatientNumber::Own => patient.identifiers.iter().find(|id| id.kind != "INS").map(named),
        PatientNumber::Of(issuer) => patient.identifiers.iter().find(|id| id.issuer == *issuer).map(named),
        PatientNumber::Ins => patient.traits.ins.clone().zip(patient.traits.ins_oid.clone()),
    }
}

/// The validated report in force that professionals may read; its taking back, when the partner has one.
fn report(detail: &ExamDetail, mine: &[&Transmission]) -> Option<Wanted> {
    let shown = |report: &&ReportVersion| {
        matches!(report.status, ReportStatus::Final | ReportStatus::Corrected) && !report.masks.professionals
    };
    let in_force = detail.report.as_ref().filter(shown);
    let has_one = mine.iter().any(|one| one.left_at.is_some());
    let (report, withdraws) = match in_force {
        Some(report) => (report.id, false),
        None if has_one => (detail.report_history.last()?.id, true),
        None => return None,
    };
    let person = detail.patient.as_ref().map(person_key);
    let basis = digest(&json!({ "v": 1, "report": report, "withdraws": withdraws, "person": person }))?;
    Some(Wanted { basis, report: Some(report), withdraws })
}

/// All the images that the partner gets.
pub(super) async fn images(
    archive: &Archive,
    detail: &ExamDetail,
    partner: &Partner,
) -> Result<Option<Wanted>, ArchiveError> {
    let chosen = chosen(archive, detail, partner).await?;
    if chosen.is_empty() {
        return Ok(None);
    }
    let files: Vec<String> = chosen.iter().map(|instance| hex::encode(instance.sha256)).collect();
    let person = detail.patient.as_ref().map(person_key);
    let basis = digest(&json!({ "v": 1, "files": files, "person": person }));
    Ok(basis.map(|basis| Wanted { basis, report: None, withdraws: false }))
}

/// The instances that pass the partner's filter of series.
pub(super) async fn chosen(
    archive: &Archive,
    detail: &ExamDetail,
    partner: &Partner,
) -> Result<Vec<StoredInstance>, ArchiveError> {
    let mut instances = archive.catalogue.instances(archive.config.group, detail.id).await?;
    let Coercion { without_modalities, without_descriptions, .. } = &partner.coercion;
    instances.retain(|instance| {
        let modality = instance.header.modality.as_deref().unwrap_or_default();
        let description = instance.header.series_description.as_deref().unwrap_or_default().to_lowercase();
        !without_modalities.iter().any(|one| one.eq_ignore_ascii_case(modality))
            && !without_descriptions.iter().any(|word| description.contains(&word.to_lowercase()))
    });
    Ok(instances)
}

fn digest(made_from: &serde_json::Value) -> Option<[u8; 32]> {
    serde_json::to_vec(made_from).ok().map(|text| Sha256::digest(text).into())
}
