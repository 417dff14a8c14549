//! Who may see what: the statements that the record holds are told to the other side before anything of the exam they
//! bear on, and what was stated there is kept here.

use crate::{Archive, ArchiveError};
use exam::rights::{
    By, Item, Items, Known, Origin, Part, Purpose, Role, Says, Statement, StatementId, Subject, Tie, Towards, decide,
    over_versions,
};
use link::{CareRelation, ToDiffusion};
use record::{
    Catalogue, ExamDetail, GroupId, Masks, PatientId, RecordError, Relation, RelationKind, ReportVersion,
    StoredRelation,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Tells the other side every statement about the exam's patient that it does not have under the name they bear now.
pub(crate) async fn tell(archive: &Archive, detail: &ExamDetail) -> Result<(), ArchiveError> {
    let Some(person) = detail.patient.as_ref().map(|patient| patient.id) else { return Ok(()) };
    let group = archive.config.group;
    let stored = archive.catalogue.statements(group, person).await?;
    for mask in masked(detail, person) {
        if !stored.iter().any(|one| one.statement.id == mask.id) {
            archive.catalogue.state(group, mask).await?;
        }
    }
    for one in archive.catalogue.statements(group, person).await? {
        if one.told_for != Some(person) {
            let id = one.statement.id;
            let statement = Statement { person: person.0, ..one.statement };
            archive.door.apply(ToDiffusion::Statement { statement }).await?;
            archive.catalogue.statement_told(group, id, person).await?;
        }
    }
    tell_relations(archive, person).await
}

/// Tells the care relations that the other side does not have as they stand. A structure that is no partner's any more
/// gives nothing to read: its relations are told as over.
async fn tell_relations(archive: &Archive, person: PatientId) -> Result<(), ArchiveError> {
    let group = archive.config.group;
    for StoredRelation { relation, told_for } in archive.catalogue.relations(group, person).await? {
        let RelationKind::Care { rpps, finess, .. } = &relation.what else { continue };
        let partner = is_partners(archive, finess);
        if told_for == Some(person) && partner {
            continue;
        }
        let now = archive.clock.now();
        let over = relation.over_at().unwrap_or(now);
        let told = CareRelation {
            relation: relation.relation,
            person: person.0,
            rpps: rpps.clone(),
            finess: finess.clone(),
            from: relation.from,
            until: if partner { over } else { over.min(now) },
        };
        archive.door.apply(ToDiffusion::CareRelation { relation: told }).await?;
        archive.catalogue.relation_told(group, relation.relation, person).await?;
    }
    Ok(())
}

/// Whether a structure is one of a partner's, by the settings in force.
pub(crate) fn is_partners(archive: &Archive, finess: &str) -> bool {
    archive.partners.rules.partners.iter().any(|rule| rule.structures.iter().any(|structure| structure == finess))
}

/// Whether somebody is to read this person's whole record, or may: then the other side is told of every exam of theirs,
/// of those too that were never on line.
pub(crate) async fn whole_record_is_read(archive: &Archive, person: PatientId) -> Result<bool, ArchiveError> {
    let (group, now) = (archive.config.group, archive.clock.now());
    let stored = archive.catalogue.statements(group, person).await?;
    let known: Vec<_> = stored.iter().map(|one| one.known(person)).collect();
    if exam::rights::in_force(&known, now).iter().any(|one| one.says == Says::Designate) {
        return Ok(true);
    }
    let cares = |one: &StoredRelation| {
        matches!(one.relation.what, RelationKind::Care { .. }) && one.relation.over_at().is_none_or(|over| now < over)
    };
    Ok(archive.catalogue.relations(group, person).await?.iter().any(cares))
}

/// Keeps an emergency opening of the other side, for its review. What can never be kept must not stop what comes after it.
pub(crate) async fn emergency_opened(archive: &Archive, opened: link::Emergency) -> Result<(), ArchiveError> {
    let link::Emergency { opening, person, rpps, name, reason, at, until } = opened;
    tracing::warn!(%opening, "a record was opened in an emergency: it waits for its review");
    let what = RelationKind::Emergency { rpps, name, reason };
    let (relation, patient, by) = (opening, PatientId(person), "diffusion".to_owned());
    let relation = Relation { relation, patient, what, from: at, until: Some(until), by, at, end: None, review: None };
    match archive.catalogue.relation_put(archive.config.group, relation).await {
        Err(error @ (RecordError::Refused { .. } | RecordError::NotFound { .. })) => {
            tracing::error!(%error, "an emergency opening of the diffusion side is not kept here");
            Ok(())
        }
        kept => Ok(kept?),
    }
}

/// Keeps what was stated on the other side. What can never be kept must not stop what comes after it.
pub(crate) async fn made_there(archive: &Archive, statement: Statement) -> Result<(), ArchiveError> {
    if statement.id.origin != Origin::Diffusion {
        tracing::error!("the diffusion side made a statement under a name that is not its own");
        return Ok(());
    }
    match archive.catalogue.state(archive.config.group, statement).await {
        Err(RecordError::Refused { reason }) => {
            tracing::error!(reason, "a statement made on the diffusion side is not kept here");
            Ok(())
        }
        kept => kept.map(|_| ()).map_err(ArchiveError::from),
    }
}

/// Every statement that bears on an exam: those of the record about its patient, and what its messages mask, which the
/// record may not hold yet.
pub(crate) async fn known(
    catalogue: &dyn Catalogue,
    group: GroupId,
    detail: &ExamDetail,
) -> Result<Vec<Known>, RecordError> {
    let Some(person) = detail.patient.as_ref().map(|patient| patient.id) else { return Ok(Vec::new()) };
    let stored = catalogue.statements(group, person).await?;
    let mut known: Vec<Known> = stored.iter().map(|one| one.known(person)).collect();
    for mask in masked(detail, person) {
        if !known.iter().any(|one| one.statement.id == mask.id) {
            known.push(Known { statement: mask, settled: true });
        }
    }
    Ok(known)
}

/// Every version of the exam's report, the one in force last.
pub(crate) fn report_versions(detail: &ExamDetail) -> Vec<Uuid> {
    let in_force = detail.report.as_ref().map(|report| report.id.0);
    let earlier = detail.report_history.iter().map(|report| report.id.0).filter(|id| Some(*id) != in_force);
    earlier.chain(in_force).collect()
}

/// The exam as something to be judged.
pub(crate) fn the_exam(detail: &ExamDetail) -> Item {
    Item { exam: detail.id.0, date: detail.date, part: Part::Exam }
}

/// Its report, where one is in force, and the statements as they bear on it.
pub(crate) fn the_report(detail: &ExamDetail, known: &[Known]) -> Option<(Item, Vec<Known>)> {
    let part = Part::Report(detail.report.as_ref()?.id.0);
    Some((Item { part, ..the_exam(detail) }, over_versions(known, &report_versions(detail))))
}

/// What of an exam goes into the hands of the person, or of who stands for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HandedTo {
    pub(crate) exam: bool,
    pub(crate) report: bool,
}

/// What may be handed over. Who stands for a person gets no more than the person would: what awaits the physician who
/// tells it is kept from both.
pub(crate) async fn handed_to(
    archive: &Archive,
    detail: &ExamDetail,
    representative: bool,
) -> Result<HandedTo, ArchiveError> {
    let known = known(archive.catalogue.as_ref(), archive.config.group, detail).await?;
    let subjects = [Some(Subject::Patient), representative.then_some(Subject::Representative)];
    let (ties, now) = (BTreeSet::from([Tie::OwnRecord]), archive.clock.now());
    let may = |item: &Item, known: &[Known]| {
        subjects.iter().flatten().all(|subject| decide(known, subject, item, &ties, Purpose::Care, now).permit)
    };
    let exam = may(&the_exam(detail), &known);
    let report = exam && the_report(detail, &known).is_none_or(|(item, known)| may(&item, &known));
    Ok(HandedTo { exam, report })
}

/// The masking flags of an exam's report, as statements like any other. Each version says anew what is masked, so one
/// without a flag ends what an earlier one masked. What is kept from parents is kept whole: images, report, dates.
fn masked(detail: &ExamDetail, person: PatientId) -> Vec<Statement> {
    let mut before = [false; 3];
    let mut all = Vec::new();
    for report in &detail.report_history {
        let flags = flags(detail, report);
        for ((position, (masked, role, about)), before) in (0..).zip(flags).zip(&mut before) {
            let says = match (masked, *before) {
                (true, _) => Says::Deny,
                (false, true) => Says::End,
                (false, false) => continue,
            };
            *before = masked;
            // Versions validated in the same second stay in order.
            let at = report.validated_at + time::Duration::microseconds(i64::from(report.version));
            all.push(Statement {
                id: StatementId { origin: Origin::Message, sequence: number(report.id.0, position) },
                person: person.0,
                by: By::Message,
                about,
                to: Towards::Role { role },
                says,
                orderer_too: false,
                purpose: Purpose::Any,
                from: at,
                until: None,
                made_at: at,
            });
        }
    }
    all
}

fn flags(detail: &ExamDetail, report: &ReportVersion) -> [(bool, Role, Items); 3] {
    let Masks { professionals, patient, representatives } = report.masks;
    let the_report = || Items::Report { report: report.id.0 };
    [
        (professionals, Role::Professional, the_report()),
        (patient, Role::Patient, the_report()),
        (representatives, Role::Representative, Items::Exam { exam: detail.id.0 }),
    ]
}

/// A number that no other report's flag has: the random part of its opaque id, and the flag's place.
fn number(report: Uuid, position: u64) -> u64 {
    let (_, random) = report.as_u64_pair();
    // 60 of its bits, so that it fits a database's whole number.
    ((random << 4) >> 2) & 0x3fff_ffff_ffff_fffc | position
}
