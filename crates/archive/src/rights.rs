//! Who may see what: the statements that the record holds are told to the other side before anything of the exam they
//! bear on, and what was stated there is kept here.

use crate::{Archive, ArchiveError};
use exam::rights::{By, Items, Origin, Purpose, Role, Says, Statement, StatementId, Towards};
use link::ToDiffusion;
use record::{ExamDetail, Masks, PatientId, RecordError, ReportVersion};
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
    Ok(())
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

/// The masking flags of an exam's reports, as statements like any other.
fn masked(detail: &ExamDetail, person: PatientId) -> impl Iterator<Item = Statement> {
    detail.report_history.iter().flat_map(move |report| masks(report, person))
}

fn masks(report: &ReportVersion, person: PatientId) -> Vec<Statement> {
    let Masks { professionals, patient, representatives } = report.masks;
    let flags =
        [(professionals, Role::Professional), (patient, Role::Patient), (representatives, Role::Representative)];
    let stated = |(position, (_, role)): (u64, (bool, Role))| Statement {
        id: StatementId { origin: Origin::Message, sequence: number(report.id.0, position) },
        person: person.0,
        by: By::Message,
        about: Items::Report { report: report.id.0 },
        to: Towards::Role { role },
        says: Says::Deny,
        orderer_too: false,
        purpose: Purpose::Any,
        from: report.validated_at,
        until: None,
        made_at: report.validated_at,
    };
    (0..).zip(flags).filter(|(_, (masked, _))| *masked).map(stated).collect()
}

/// A number that no other report's flag has: the random part of its opaque id, and the flag's place.
fn number(report: Uuid, position: u64) -> u64 {
    let (_, random) = report.as_u64_pair();
    // 60 of its bits, so that it fits a database's whole number.
    ((random << 4) >> 2) & 0x3fff_ffff_ffff_fffc | position
}
