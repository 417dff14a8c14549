//! What the desk's pages ask of the archive server, each act traced before its answer leaves.

mod choice;
mod partners;
mod people;
mod prescribers;
mod sessions;
mod statements;
mod status;

pub use choice::{ChoicePanel, NotAsked, Seen, Shown, answer_key};
pub use partners::{PartnerPanel, PartnersPage, level as partner_level};
pub use people::{Emergencies, PeoplePanel};
pub use prescribers::PrescriberCodes;
pub use record::RecordError;
pub use record::{
    Answer, ArchiveChoice, BirthDate, Candidate, ClassCorrection, Decision, Doubt, DoubtId, DoubtKind, ExamDetail,
    ExamId, ExamLine, Identity, PatientId, PrescriberCode, RecallState, Role, Sheet, SheetId, SheetState,
    UnmatchedPrescriber,
};
pub use record::{EmergencyReview, EmergencyVerdict, Relation, RelationKind};
pub use record::{Reconciled, Transmission, TransmissionKind, TransmissionQueue, TransmissionState};
pub use sessions::{Login, StaffToken, Who, verifier};
pub use statements::{RightsPage, Said, Seer, Sight, seer_of};
pub use status::{Keeper, Level, Line, Watch};
pub use trace::Recorded;

use crate::verdict::{self, Verdict};
use crate::{Archive, ArchiveError, IssueRequest};
use record::{ExamQuery, Hold, PageKey};
use sessions::Sessions;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use trace::{Actor, Event, Kind, Outcome};
use zeroize::Zeroizing;

/// The desk. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    archive: Archive,
    sessions: Arc<Sessions>,
    watches: Vec<Arc<dyn Watch>>,
}

/// Which exams.
#[derive(Debug, Clone, Default)]
pub struct DeskQuery {
    /// Words of the search box.
    pub text: String,
    /// Only those whose identity waits.
    pub waiting: bool,
    /// Only those whose number is locked after too many failures.
    pub locked: bool,
    /// Where the page before ended, as it said.
    pub after: Option<String>,
}

/// A page of exams.
#[derive(Debug, Clone)]
pub struct DeskList {
    /// Lines, newest first.
    pub lines: Vec<ExamLine>,
    /// What to hand back for the next page.
    pub next: Option<String>,
}

/// An exam as the desk sees it.
#[derive(Debug, Clone)]
pub struct DeskExam {
    /// Facts.
    pub detail: ExamDetail,
    /// Dates and reasons, once the exam has a date.
    pub verdict: Option<Verdict>,
    /// The archive the patient may choose, and the class.
    pub choice: ChoicePanel,
    /// Who has looked on this side, newest first.
    pub consultations: Vec<Recorded>,
    /// What partners were sent of it.
    pub transmissions: Vec<record::Transmission>,
    /// Something of it is hidden from who ordered it: the radiologist is told.
    pub hidden_from_orderer: bool,
}

/// A sheet to print.
pub struct PrintedSheet {
    /// A file name without identity.
    pub file_name: String,
    /// The copy with its code.
    pub pdf: Zeroizing<Vec<u8>>,
}

impl Desk {
    /// A desk over the archive server.
    pub fn new(archive: Archive) -> Self {
        Self { archive, sessions: Arc::new(Sessions::default()), watches: Vec::new() }
    }

    /// The same, with this on the keeper's page too.
    #[must_use]
    pub fn watched_by(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watches.push(watch);
        self
    }

    /// Exams, newest first. One trace leaf for the query, with a commitment to what it showed.
    pub async fn exams(&self, who: &Who, query: DeskQuery) -> Result<DeskList, ArchiveError> {
        let after = match query.after.as_deref() {
            Some(text) => Some(page_key(text).ok_or(ArchiveError::Refused("no such page"))?),
            None => None,
        };
        let asked = ExamQuery {
            text: query.text,
            waiting: query.waiting,
            locked: query.locked,
            after,
            limit: 50,
            ..ExamQuery::default()
        };
        let page = self.archive.catalogue.exams(self.group(), asked).await?;
        let mut shown = Sha256::new();
        page.lines.iter().for_each(|line| shown.update(line.id.0.as_bytes()));
        let words = [("exams", page.lines.len().to_string()), ("shown", hex::encode(shown.finalize()))];
        self.trace(who, Kind::Query, None, Outcome::Success, &words).await?;
        let next = page.next.and_then(|key| serde_json::to_vec(&key).ok()).map(hex::encode);
        Ok(DeskList { lines: page.lines, next })
    }

    /// One exam.
    pub async fn exam(&self, who: &Who, exam: ExamId) -> Result<DeskExam, ArchiveError> {
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        self.trace(who, Kind::Open, Some(&detail), Outcome::Success, &[]).await?;
        let verdict = verdict::of(&detail, &self.archive.config, self.archive.clock.now());
        let consultations = self.archive.trace.events_of_exam(exam.0, 50).await?;
        let choice = self.choice_panel(&detail).await?;
        let transmissions = self.archive.catalogue.transmissions_of(self.group(), exam).await?;
        let hidden_from_orderer = self.hidden_from_orderer(&detail).await?;
        Ok(DeskExam { detail, verdict, choice, consultations, transmissions, hidden_from_orderer })
    }

    /// A new sheet, to be printed now. The earlier ones stay alive unless `replace` asks otherwise.
    pub async fn sheet(&self, who: &Who, exam: ExamId, replace: bool) -> Result<PrintedSheet, ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        if replace {
            let detail = self.archive.catalogue.exam(self.group(), exam).await?;
            let living = detail.sheets.iter().filter(|sheet| sheet.state != record::SheetState::Revoked);
            for sheet in living {
                let words = [("what", "revoke-sheet".to_owned()), ("sheet", sheet.id.to_string())];
                self.trace(who, Kind::Change, Some(&detail), Outcome::Success, &words).await?;
                self.archive.revoke_sheet(exam, sheet.id, &who.login).await?;
            }
        }
        let request =
            IssueRequest { exam, by: who.login.clone(), how: "desk".into(), actor: actor(who), english: false };
        let issued = self.archive.issue_sheet(&request).await?;
        self.archive.sheet_left(&issued, &who.login, "desk").await?;
        if replace && issued.detail.locked_at.is_some() {
            let now = self.archive.clock.now();
            self.archive.catalogue.number_freed(self.group(), exam, &who.login, now).await?;
        }
        self.seal_journal().await;
        Ok(PrintedSheet { file_name: format!("feuille-{}.pdf", issued.sheet), pdf: issued.pdf })
    }

    /// A sheet's code dies.
    pub async fn revoke(&self, who: &Who, exam: ExamId, sheet: SheetId) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let words = [("what", "revoke-sheet".to_owned()), ("sheet", sheet.to_string())];
        self.trace(who, Kind::Change, Some(&detail), Outcome::Success, &words).await?;
        self.archive.revoke_sheet(exam, sheet, &who.login).await?;
        self.seal_journal().await;
        Ok(())
    }

    /// Keeps an exam off the web, or lets it go there again.
    pub async fn hold(&self, who: &Who, exam: ExamId, reason: Option<String>) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Radiologist])?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let what = if reason.is_some() { "hold" } else { "release" };
        self.trace(who, Kind::Change, Some(&detail), Outcome::Success, &[("what", what.to_owned())]).await?;
        let at = self.archive.clock.now();
        match reason {
            Some(reason) => {
                let hold = Hold { by: who.login.clone(), reason, at };
                Ok(self.archive.catalogue.hold(self.group(), exam, hold).await?)
            }
            None => Ok(self.archive.catalogue.release(self.group(), exam, &who.login, at).await?),
        }
    }

    /// Brings an archived exam back to the web, as its patient may with the sheet.
    pub async fn recall(&self, who: &Who, exam: ExamId) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        let detail = self.archive.catalogue.exam(self.group(), exam).await?;
        let at = self.archive.clock.now();
        if !recallable(&detail, verdict::of(&detail, &self.archive.config, at).as_ref()) {
            return Err(ArchiveError::Refused("the exam is on line, kept off the web, or not archived"));
        }
        self.trace(who, Kind::Recall, Some(&detail), Outcome::Success, &[]).await?;
        crate::recall::asked(&self.archive, self.archive.fresh_uuid(), exam, &who.login, at).await
    }

    /// What waits for a person.
    pub async fn doubts(&self, who: &Who) -> Result<Vec<Doubt>, ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist, Role::DataProtection])?;
        let doubts = self.archive.catalogue.doubts(self.group(), 200).await?;
        self.trace(who, Kind::Query, None, Outcome::Success, &[("doubts", doubts.len().to_string())]).await?;
        Ok(doubts)
    }

    /// A person settles a doubt.
    pub async fn settle(&self, who: &Who, doubt: DoubtId, decision: Decision) -> Result<(), ArchiveError> {
        self.allow(who, &[Role::Desk, Role::Radiologist])?;
        let words = [("what", "settle-doubt".to_owned()), ("doubt", doubt.to_string())];
        self.trace(who, Kind::Change, None, Outcome::Success, &words).await?;
        let now = self.archive.clock.now();
        Ok(self.archive.catalogue.settle(self.group(), doubt, decision, &who.login, now).await?)
    }

    /// How things are, for the keeper.
    pub async fn keeper(&self, who: &Who) -> Result<Keeper, ArchiveError> {
        self.allow(who, &[Role::Administrator, Role::DataProtection, Role::Desk, Role::Radiologist])?;
        status::keeper(&self.archive, &self.watches).await
    }

    /// What was just decided is in the record; if its journal cannot be asked for now, the next exam asks for it.
    async fn seal_journal(&self) {
        if let Err(error) = crate::journal::ask(&self.archive).await {
            tracing::warn!(%error, "the journal could not be asked for");
        }
    }

    fn group(&self) -> record::GroupId {
        self.archive.config.group
    }

    fn allow(&self, who: &Who, roles: &[Role]) -> Result<(), ArchiveError> {
        if roles.contains(&who.role) { Ok(()) } else { Err(ArchiveError::Refused("this role may not do that")) }
    }

    async fn trace(
        &self,
        who: &Who,
        kind: Kind,
        detail: Option<&ExamDetail>,
        outcome: Outcome,
        words: &[(&str, String)],
    ) -> Result<(), ArchiveError> {
        let patient = detail.and_then(|detail| detail.patient.as_ref()).map(|patient| patient.id.to_string());
        let words: BTreeMap<_, _> = words.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let exam = detail.map(|detail| detail.id.0);
        self.archive.trace.append(Event { kind, patient, exam, actor: actor(who), outcome, detail: words }).await?;
        Ok(())
    }
}

/// Whether an exam may be brought back: archived, its time on line over, and nothing keeps it off the web.
fn recallable(detail: &ExamDetail, verdict: Option<&Verdict>) -> bool {
    let over = |verdict: &Verdict| verdict.kept.is_archived() && !verdict.diffusion.consultable;
    !crate::publish::kept_off(detail) && verdict.is_some_and(over)
}

impl DeskExam {
    /// Whether it may be brought back.
    pub fn may_be_recalled(&self) -> bool {
        let under_way = self.detail.standing.recall.as_ref().is_some_and(record::Recall::is_open);
        !under_way && recallable(&self.detail, self.verdict.as_ref())
    }
}

fn page_key(text: &str) -> Option<PageKey> {
    serde_json::from_slice(&hex::decode(text).ok()?).ok()
}

/// Staff are shown to patients by role and site; the login stays for the data-protection officer.
pub fn actor(who: &Who) -> Actor {
    let role = match who.role {
        Role::Desk => "accueil",
        Role::Radiologist => "radiologue",
        Role::Administrator => "administration",
        Role::DataProtection => "protection des données",
    };
    let label = if who.site.is_empty() { role.to_owned() } else { format!("{role}, {}", who.site) };
    Actor { role: trace::Role::Staff, label, name: Some(who.login.clone()) }
}
