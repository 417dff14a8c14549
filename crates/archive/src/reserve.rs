//! A code reserved when an exam is ordered: returned once to the information system, which prints it with its own
//! template, and forgotten. It opens the exam once it is published.

use crate::outlet::{LeavingCode, SheetOutlet};
use crate::{Archive, ArchiveError};
use exam::{AccessCode, BirthDate, ExamNumber, QrToken};
use link::{CodeGrant, ToDiffusion};
use record::{DiffusedFor, ExamId, Ordered, Patient, Sheet, SheetId, SheetState};
use std::collections::BTreeMap;
use std::sync::Arc;
use time::Duration;
use trace::{Actor, Event, Kind, Outcome, Role};
use zeroize::Zeroizing;

/// How such a sheet leaves, as its row says.
pub const HOW: &str = "order";
/// An order said longer ago gets no code by itself: what follows it comes from old messages.
const STALE: Duration = Duration::days(90);
/// A code opens nothing after this, unless publishing its exam says when (the cap of diffusion, 24 months).
const LIFE: Duration = Duration::days(730);
/// Why the program revoked one, as its row says. Only these make room for another.
const CANCELLED: &str = "order-cancelled";
const NOT_RETURNED: &str = "not-returned";

/// Whether the information system has a living code for this exam from its order.
pub(crate) fn returned(sheets: &[Sheet]) -> bool {
    sheets.iter().any(|sheet| sheet.how == HOW && sheet.state == SheetState::Issued)
}

/// Makes what the information system holds agree with what is known of the order: one living code while it stands,
/// none when it is cancelled.
pub(crate) async fn reconcile(archive: &Archive, order_key: &str) -> Result<(), ArchiveError> {
    let Some(ordered) = archive.catalogue.ordered(archive.config.group, order_key).await? else { return Ok(()) };
    let dead = |sheet: &&Sheet| match sheet.state {
        // What a crash left half-returned dies: nobody knows whether it left.
        SheetState::Reserved => true,
        SheetState::Issued => ordered.order.cancelled,
        SheetState::Revoked => false,
    };
    for sheet in ordered.sheets.iter().filter(|sheet| sheet.how == HOW).filter(dead) {
        let reason = if ordered.order.cancelled { CANCELLED } else { NOT_RETURNED };
        revoke(archive, sheet, reason).await?;
    }
    let Some((patient, birth)) = entitled(archive, &ordered) else { return Ok(()) };
    let Some(outlet) = archive.outlets.iter().find(|outlet| outlet.takes_codes()) else { return Ok(()) };
    let (exam, number) = archive.catalogue.reserve_exam(archive.config.group, order_key).await?;
    let reserved = Reserved { exam, number, patient, birth };
    give(archive, outlet, &ordered, reserved).await
}

/// The patient of an order that should get a code now, and their birth date.
fn entitled<'a>(archive: &Archive, ordered: &'a Ordered) -> Option<(&'a Patient, BirthDate)> {
    let stale = archive.clock.now() - ordered.said_at > STALE;
    if !ordered.reserving || ordered.order.cancelled || ordered.order.confidential || stale {
        return None;
    }
    // One for each order; one revoked at the desk, or for whose exam it is, is not given again.
    let final_word = |sheet: &Sheet| {
        let ours = matches!(sheet.reason.as_deref(), Some(CANCELLED | NOT_RETURNED));
        sheet.how == HOW && !(ours || sheet.state == SheetState::Reserved)
    };
    if ordered.sheets.iter().any(final_word) {
        return None;
    }
    let patient = ordered.patient.as_ref()?;
    Some((patient, patient.traits.birth_date?))
}

struct Reserved<'a> {
    exam: ExamId,
    number: String,
    patient: &'a Patient,
    birth: BirthDate,
}

async fn give(
    archive: &Archive,
    outlet: &Arc<dyn SheetOutlet>,
    ordered: &Ordered,
    reserved: Reserved<'_>,
) -> Result<(), ArchiveError> {
    let Reserved { exam, number, patient, birth } = reserved;
    let (group, now) = (archive.config.group, archive.clock.now());
    let row = Sheet {
        id: SheetId(archive.fresh_uuid()),
        exam,
        report: None,
        state: SheetState::Reserved,
        at: now,
        by: "system".into(),
        how: HOW.into(),
        reason: None,
    };
    trace(archive, &row, patient).await?;
    // Images of somebody else under this order must find out whom the code was made for.
    let made_for = DiffusedFor { patient: patient.id, traits: patient.traits.clone(), at: now, merged_into: None };
    archive.catalogue.diffused_for(group, exam, made_for).await?;
    archive.catalogue.sheet(group, row.clone()).await?;
    let code = AccessCode::from_entropy(ambient::random_bytes(archive.random.as_ref()));
    let token = QrToken::from_entropy(ambient::random_bytes(archive.random.as_ref()));
    let grant = CodeGrant {
        sheet: row.id.0,
        exam: exam.0,
        number: number.clone(),
        birth_date: link::BirthDate { year: birth.year, month: birth.month, day: birth.day },
        code: code.normalised().to_owned(),
        qr_token: token.as_str().to_owned(),
        until: now + LIFE,
    };
    archive.door.apply(ToDiffusion::Grant(grant)).await?;
    let leaving = LeavingCode {
        sheet: row.id.0,
        number: ExamNumber::parse(&number).map_or(number, |number| number.grouped()),
        code: Zeroizing::new(code.grouped()),
        address: archive.config.address.clone(),
        qr_url: Zeroizing::new(format!("{}#{}", archive.config.door_url, token.as_str())),
        order: ordered.order.clone(),
    };
    match outlet.return_code(&leaving).await {
        Ok(()) => {
            let issued = Sheet { state: SheetState::Issued, at: archive.clock.now(), ..row };
            Ok(archive.catalogue.sheet(group, issued).await?)
        }
        Err(reason) => {
            revoke(archive, &row, NOT_RETURNED).await?;
            Err(ArchiveError::Outlet(reason))
        }
    }
}

/// The door first: if the record fails afterwards, the code is dead and still shown as living, never the reverse.
async fn revoke(archive: &Archive, sheet: &Sheet, reason: &str) -> Result<(), ArchiveError> {
    archive.door.apply(ToDiffusion::Revoke { sheet: sheet.id.0 }).await?;
    let at = archive.clock.now();
    let revoked = Sheet { state: SheetState::Revoked, at, reason: Some(reason.to_owned()), ..sheet.clone() };
    Ok(archive.catalogue.sheet(archive.config.group, revoked).await?)
}

async fn trace(archive: &Archive, sheet: &Sheet, patient: &Patient) -> Result<(), ArchiveError> {
    let words = [("sheet".to_owned(), sheet.id.to_string()), ("how".to_owned(), HOW.to_owned())];
    let event = Event {
        kind: Kind::Print,
        patient: Some(patient.id.to_string()),
        exam: Some(sheet.exam.0),
        actor: Actor { role: Role::System, label: archive.config.site.name.clone(), name: None },
        outcome: Outcome::Success,
        detail: BTreeMap::from(words),
    };
    archive.trace.append(event).await?;
    Ok(())
}
