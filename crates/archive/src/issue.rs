//! Issuing a sheet: a code is made, sent once over the link, stamped into a copy of the report in memory, and forgotten.

use crate::outlet::{LeavingSheet, SheetOutlet};
use crate::publish::{claim, report_pdf, shown_report, suspend, tell_dates};
use crate::sheet::Stamped;
use crate::verdict::Verdict;
use crate::{Archive, ArchiveError, reserve, sheet, verdict};
use bytes::Bytes;
use exam::{AccessCode, QrToken};
use link::{BirthDate, CodeGrant, ToDiffusion};
use record::{ExamDetail, ExamId, ReportId, Sheet, SheetId, SheetState};
use std::collections::BTreeMap;
use trace::{Actor, Event, Kind, Outcome, Role};
use zeroize::Zeroizing;

/// Who asks for a sheet, and how it leaves.
#[derive(Debug, Clone)]
pub struct IssueRequest {
    /// The exam.
    pub exam: ExamId,
    /// Login, or `system`.
    pub by: String,
    /// `desk`, `folder`, `oru`.
    pub how: String,
    /// Who is told of it in the trace.
    pub actor: Actor,
    /// English instead of French.
    pub english: bool,
}

/// A sheet ready to leave. The PDF is the only place where its code stands.
pub struct Issued {
    /// The sheet.
    pub sheet: SheetId,
    /// The exam as it was.
    pub detail: ExamDetail,
    /// The copy of the report with its code.
    pub pdf: Zeroizing<Vec<u8>>,
    /// The report itself, when it may not be stamped and the sheet is a document of its own.
    pub report_apart: Option<Bytes>,
    /// The report version it was stamped on.
    report: Option<ReportId>,
}

impl Archive {
    /// Makes a new code and the paper that carries it. The code opens from now on; call [`Archive::sheet_left`] once
    /// the paper has left, [`Archive::revoke_sheet`] if it could not.
    pub async fn issue_sheet(&self, request: &IssueRequest) -> Result<Issued, ArchiveError> {
        let detail = self.catalogue.exam(self.config.group, request.exam).await?;
        let detail = suspend(self, detail).await?;
        let now = self.clock.now();
        let verdict =
            verdict::of(&detail, &self.config, now).ok_or(ArchiveError::Refused("the exam has no date yet"))?;
        let patient = detail.patient.as_ref().ok_or(ArchiveError::Refused("whose exam it is, is not certain"))?;
        let birth = patient.traits.birth_date.ok_or(ArchiveError::Refused("the birth date is not known"))?;
        if detail.phantom || detail.order.as_ref().is_some_and(|order| order.confidential) {
            return Err(ArchiveError::Refused("no sheet is made for this exam"));
        }
        if detail.standing.doom.is_some() {
            return Err(ArchiveError::Refused("the images are erased, or on their way"));
        }
        let report = shown_report(&detail, now).map(|report| report.id);
        let sheet = SheetId(self.fresh_uuid());
        self.trace_print(request, &detail, sheet).await?;
        claim(self, &detail).await?;
        self.set_sheet(&detail, sheet, report, SheetState::Reserved, &request.by, &request.how).await?;
        let code = AccessCode::from_entropy(ambient::random_bytes(self.random.as_ref()));
        let token = QrToken::from_entropy(ambient::random_bytes(self.random.as_ref()));
        let grant = CodeGrant {
            sheet: sheet.0,
            exam: detail.id.0,
            number: detail.number.clone(),
            birth_date: BirthDate { year: birth.year, month: birth.month, day: birth.day },
            code: code.normalised().to_owned(),
            qr_token: token.as_str().to_owned(),
            until: verdict.code_until(self.config.zone),
        };
        self.door.apply(ToDiffusion::Grant(grant)).await?;
        // An exam that was never on the web has no words there yet: its sheet would open a page that waits for ever.
        tell_dates(self, &self.catalogue.exam(self.config.group, request.exam).await?).await?;
        match self.stamped(&detail, &verdict, &code, &token, request.english).await {
            Ok((pdf, report_apart)) => Ok(Issued { sheet, detail, pdf, report_apart, report }),
            Err(error) => {
                self.revoke_sheet(request.exam, sheet, &request.by).await?;
                Err(error)
            }
        }
    }

    /// The paper has left.
    pub async fn sheet_left(&self, issued: &Issued, by: &str, how: &str) -> Result<(), ArchiveError> {
        self.set_sheet(&issued.detail, issued.sheet, issued.report, SheetState::Issued, by, how).await
    }

    /// The sheet's code opens nothing from now on.
    pub async fn revoke_sheet(&self, exam: ExamId, sheet: SheetId, by: &str) -> Result<(), ArchiveError> {
        let known = self.catalogue.sheet_by_id(self.config.group, sheet).await?;
        let known = known.filter(|known| known.exam == exam).ok_or(ArchiveError::Refused("no such sheet"))?;
        // The door first: if the record fails afterwards, the sheet is dead and still shown as living, never the reverse.
        self.door.apply(ToDiffusion::Revoke { sheet: sheet.0 }).await?;
        let revoked = Sheet { state: SheetState::Revoked, at: self.clock.now(), by: by.to_owned(), ..known };
        Ok(self.catalogue.sheet(self.config.group, revoked).await?)
    }

    async fn stamped(
        &self,
        detail: &ExamDetail,
        verdict: &Verdict,
        code: &AccessCode,
        token: &QrToken,
        english: bool,
    ) -> Result<(Zeroizing<Vec<u8>>, Option<Bytes>), ArchiveError> {
        let report = match shown_report(detail, self.clock.now()) {
            Some(report) => report_pdf(self, detail, report).await?,
            None => None,
        };
        let text = sheet::SheetData {
            address: self.config.address.clone(),
            qr_url: Zeroizing::new(format!("{}#{}", self.config.door_url, token.as_str())),
            number: exam::ExamNumber::parse(&detail.number).map_or_else(|_| detail.number.clone(), |n| n.grouped()),
            code: Zeroizing::new(code.grouped()),
            online_until: verdict.diffusion.last_day.unwrap_or(verdict.times.exam_date),
            archived_until: verdict.times.archived_until,
            site: self.config.site.name.clone(),
            phone: self.config.site.phone.clone(),
            hours: self.config.site.hours.clone(),
            title: detail.title.clone(),
            exam_date: verdict.times.exam_date,
            english,
        };
        let made = tokio::task::spawn_blocking(move || match report {
            None => sheet::make(None, &text).map(|pdf| (pdf, None)),
            Some(report) => sheet::stamp(&report, &text).map(|stamped| match stamped {
                Stamped::Separate { sheet } => (sheet, Some(report)),
                whole => (whole.into_pdf(), None),
            }),
        });
        let made = made.await.map_err(|error| ArchiveError::Sheet(error.to_string()))?;
        made.map_err(|error| ArchiveError::Sheet(error.to_string()))
    }

    async fn set_sheet(
        &self,
        detail: &ExamDetail,
        id: SheetId,
        report: Option<ReportId>,
        state: SheetState,
        by: &str,
        how: &str,
    ) -> Result<(), ArchiveError> {
        let row = Sheet {
            id,
            exam: detail.id,
            report,
            state,
            at: self.clock.now(),
            by: by.into(),
            how: how.into(),
            reason: None,
        };
        Ok(self.catalogue.sheet(self.config.group, row).await?)
    }

    async fn trace_print(
        &self,
        request: &IssueRequest,
        detail: &ExamDetail,
        sheet: SheetId,
    ) -> Result<(), ArchiveError> {
        let detail_words =
            BTreeMap::from([("sheet".to_owned(), sheet.to_string()), ("how".to_owned(), request.how.clone())]);
        let event = Event {
            kind: Kind::Print,
            patient: detail.patient.as_ref().map(|patient| patient.id.to_string()),
            exam: Some(detail.id.0),
            actor: request.actor.clone(),
            outcome: Outcome::Success,
            detail: detail_words,
        };
        self.trace.append(event).await?;
        Ok(())
    }
}

/// After an exam is on the web: what a crash left half-issued dies, and a report without a sheet gets one, when there is
/// a way out for it.
pub(crate) async fn after_publication(archive: &Archive, exam: ExamId) -> Result<(), ArchiveError> {
    let detail = archive.catalogue.exam(archive.config.group, exam).await?;
    // One on its way back with its order has a job of its own.
    let half_issued =
        |sheet: &&Sheet| sheet.state == SheetState::Reserved && sheet.by == "system" && sheet.how != reserve::HOW;
    for sheet in detail.sheets.iter().filter(half_issued) {
        archive.revoke_sheet(exam, sheet.id, "system").await?;
    }
    let shown = shown_report(&detail, archive.clock.now());
    let Some(report) = shown.map(|report| report.id) else { return Ok(()) };
    let issued: Vec<&Sheet> = detail
        .sheets
        .iter()
        .filter(|sheet| sheet.state == SheetState::Issued && sheet.report == Some(report))
        .collect();
    // Whoever has had this report's sheet at the desk needs no other, and one that a person cancelled does not come back
    // by itself.
    let of_report = detail.sheets.iter().filter(|sheet| sheet.report == Some(report));
    if of_report.filter(|sheet| sheet.state != SheetState::Reserved).any(|sheet| sheet.by != "system") {
        return Ok(());
    }
    // One way out may have failed after another had succeeded.
    let returned = reserve::returned(&detail.sheets);
    let left = |outlet: &&std::sync::Arc<dyn SheetOutlet>| {
        // Whoever prints the code with a template of their own needs no stamped copy.
        let served = returned && outlet.takes_codes();
        !(served || issued.iter().any(|sheet| sheet.how == outlet.name()))
    };
    for outlet in archive.outlets.iter().filter(left) {
        let actor = Actor { role: Role::System, label: archive.config.site.name.clone(), name: None };
        let how = outlet.name().to_owned();
        let request = IssueRequest { exam, by: "system".into(), how: how.clone(), actor, english: false };
        let issued = archive.issue_sheet(&request).await?;
        let sheet = issued.sheet;
        let leaving = LeavingSheet {
            sheet: sheet.0,
            number: issued.detail.number.clone(),
            exam: issued.detail.clone(),
            pdf: issued.pdf.clone(),
            report: issued.report_apart.clone(),
        };
        if let Err(reason) = outlet.deliver(&leaving).await {
            archive.revoke_sheet(exam, sheet, "system").await?;
            return Err(ArchiveError::Outlet(reason));
        }
        archive.sheet_left(&issued, "system", &how).await?;
    }
    Ok(())
}
