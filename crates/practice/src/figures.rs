//! Figures of the practice, and its books as tables for spreadsheets.

use crate::{Practice, PracticeError};
use archive::csv;
use archive::desk::{Role, Who};
use record::{Answer, ExamQuery, InvoiceKind, InvoiceState, SheetStage};
use std::collections::BTreeMap;
use time::{Date, Duration};
use trace::Kind;

const READERS: &[Role] = &[Role::Desk, Role::Radiologist, Role::Administrator];
/// Exams looked at, at most.
const MOST: usize = 20_000;

/// Figures of a time. Amounts are cents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Exams by class key.
    pub exams: BTreeMap<String, i64>,
    /// Exams whose report came, by days after the exam (0 to 6, then 7 for more).
    pub delays: BTreeMap<u8, i64>,
    /// Answers about the optional archive.
    pub choices: BTreeMap<&'static str, i64>,
    /// Received, by who paid.
    pub receipts: BTreeMap<String, i64>,
    /// Rejections by code.
    pub rejections: BTreeMap<String, i64>,
    /// Charged, credits taken off.
    pub charged: i64,
    /// Received, refunds taken off.
    pub received: i64,
    /// Owed.
    pub owed: i64,
    /// Owed, by how old: to 30 days, to 60, to 90, older.
    pub ageing: [i64; 4],
}

impl Practice {
    /// The figures of a time, both days in it.
    pub async fn figures(&self, who: &Who, from: Date, until: Date) -> Result<Figures, PracticeError> {
        self.allow(who, READERS)?;
        self.leaf(who, Kind::Query, None, &[("what", "figures".to_owned())]).await?;
        let mut figures = Figures::default();
        self.count_exams(&mut figures, from, until).await?;
        for state in self.between(from, until).await? {
            self.add(&mut figures, &state);
        }
        for sheet in self.catalogue.care_sheets(self.group(), SheetStage::Rejected).await? {
            *figures.rejections.entry(sheet.code.unwrap_or_default()).or_default() += 1;
        }
        for sheet in self.catalogue.care_sheets(self.group(), SheetStage::Replaced).await? {
            if let Some(code) = sheet.code {
                *figures.rejections.entry(code).or_default() += 1;
            }
        }
        Ok(figures)
    }

    async fn between(&self, from: Date, until: Date) -> Result<Vec<InvoiceState>, PracticeError> {
        let zone = self.config.zone;
        Ok(self.catalogue.invoices_between(self.group(), zone.start_of(from), zone.end_of(until)).await?)
    }

    async fn count_exams(&self, figures: &mut Figures, from: Date, until: Date) -> Result<(), PracticeError> {
        let mut query = ExamQuery { from: Some(from), to: Some(until), limit: 200, ..ExamQuery::default() };
        let mut seen = 0;
        loop {
            let page = self.catalogue.exams(self.group(), query.clone()).await?;
            for line in &page.lines {
                *figures.exams.entry(line.class.clone()).or_default() += 1;
                if let Some(choice) = self.catalogue.choices(self.group(), line.id).await?.last() {
                    let key = match choice.answer {
                        Answer::Chosen => "chosen",
                        Answer::Declined => "declined",
                        Answer::TakenBack => "taken-back",
                    };
                    *figures.choices.entry(key).or_default() += 1;
                }
                if line.reported {
                    let detail = self.catalogue.exam(self.group(), line.id).await?;
                    let first =
                        detail.report_history.first().map(|report| self.config.zone.date_of(report.validated_at));
                    if let (Some(done), Some(told)) = (detail.date, first) {
                        let days = u8::try_from((told - done).whole_days().clamp(0, 7)).unwrap_or(7);
                        *figures.delays.entry(days).or_default() += 1;
                    }
                }
            }
            seen += page.lines.len();
            match page.next {
                Some(next) if seen < MOST => query.after = Some(next),
                _ => return Ok(()),
            }
        }
    }

    fn add(&self, figures: &mut Figures, state: &InvoiceState) {
        figures.charged += state.invoice.total;
        figures.received += state.received();
        for payment in state.payments.iter().filter(|payment| payment.how != "moved") {
            *figures.receipts.entry(payment.from.clone()).or_default() += payment.amount;
        }
        let owed = state.owed();
        figures.owed += owed;
        if owed > 0 {
            let age = self.clock.now() - state.invoice.at;
            let place = [30, 60, 90].into_iter().take_while(|days| age > Duration::days(*days)).count();
            if let Some(sum) = figures.ageing.get_mut(place) {
                *sum += owed;
            }
        }
    }

    /// The books of a time, as a table.
    pub async fn books(&self, who: &Who, from: Date, until: Date) -> Result<String, PracticeError> {
        self.allow(who, READERS)?;
        self.leaf(who, Kind::Download, None, &[("what", "books".to_owned())]).await?;
        let rows = self.between(from, until).await?.into_iter().map(|state| self.row(&state)).collect::<Vec<_>>();
        Ok(csv::table(BOOKS, rows))
    }

    fn row(&self, state: &InvoiceState) -> Vec<String> {
        let invoice = &state.invoice;
        let codes: Vec<&str> = invoice.lines.iter().map(|line| line.code.as_str()).collect();
        vec![
            invoice.number.to_string(),
            invoice.kind.key().into(),
            self.config.zone.date_of(invoice.at).to_string(),
            invoice.care_date.to_string(),
            invoice.patient.to_string(),
            invoice.patient_name.clone(),
            codes.join(" "),
            euros(invoice.total),
            euros(invoice.fund),
            euros(invoice.complementary),
            euros(invoice.at_the_desk),
            euros(state.received()),
            euros(state.owed()),
            state.sheet.as_ref().map(|sheet| sheet.stage.key().to_owned()).unwrap_or_default(),
            invoice.corrects.map(|number| number.to_string()).unwrap_or_default(),
            invoice.by.clone(),
        ]
    }

    /// The control file: every archived exam of a time traces to an act, a payer and a notice; what is missing is said.
    pub async fn control_file(&self, who: &Who, from: Date, until: Date) -> Result<String, PracticeError> {
        self.allow(who, READERS)?;
        self.leaf(who, Kind::Download, None, &[("what", "control-file".to_owned())]).await?;
        let mut query = ExamQuery { from: Some(from), to: Some(until), limit: 200, ..ExamQuery::default() };
        let mut rows = Vec::new();
        loop {
            let page = self.catalogue.exams(self.group(), query.clone()).await?;
            for line in &page.lines {
                rows.extend(self.control_row(line.id).await?);
            }
            match page.next {
                Some(next) if rows.len() < MOST => query.after = Some(next),
                _ => return Ok(csv::table(CONTROL, rows)),
            }
        }
    }

    async fn control_row(&self, exam: record::ExamId) -> Result<Option<Vec<String>>, PracticeError> {
        let detail = self.catalogue.exam(self.group(), exam).await?;
        let choice = self.catalogue.choices(self.group(), exam).await?.pop();
        let class = exam::ExamClass::from_key(&detail.class);
        let rule = class.zip(detail.date).and_then(|(class, date)| self.config.policies.at(class, date));
        let systematic = rule.is_some_and(|rule| rule.archive == exam::policy::ArchiveRule::Systematic);
        let chosen = choice.as_ref().filter(|choice| choice.answer == Answer::Chosen);
        if detail.phantom || !systematic && chosen.is_none() {
            return Ok(None);
        }
        let accession = detail.accession.as_ref().map(|accession| accession.number.as_str());
        let about = self.invoices_about(Some(exam), accession).await?;
        let living =
            |kind: InvoiceKind| about.iter().find(|state| state.invoice.kind == kind && state.credited_by.is_none());
        let care = living(InvoiceKind::Care);
        let acts =
            care.map(|state| state.invoice.lines.iter().map(|line| line.code.as_str()).collect::<Vec<_>>().join(" "));
        let ordered = detail.order.as_ref().and_then(|order| order.act_code.clone());
        let missing = "MANQUE".to_owned();
        let paid = living(InvoiceKind::Archive);
        let payer = match (systematic, paid) {
            (true, _) => "cabinet".to_owned(),
            (false, Some(state)) if state.owed() <= 0 => "patient".to_owned(),
            (false, Some(_)) => "patient (dû)".to_owned(),
            (false, None) => missing.clone(),
        };
        let notice = match (systematic, chosen) {
            (true, _) => "systématique".to_owned(),
            (false, Some(choice)) => format!("{} {}", choice.notice_version, self.config.zone.date_of(choice.at)),
            (false, None) => missing.clone(),
        };
        Ok(Some(vec![
            detail.number.clone(),
            detail.date.map(|date| date.to_string()).unwrap_or_default(),
            detail.class.clone(),
            acts.or(ordered).unwrap_or(missing),
            care.map(|state| state.invoice.number.to_string()).unwrap_or_default(),
            paid.map(|state| state.invoice.number.to_string()).unwrap_or_default(),
            payer,
            notice,
        ]))
    }
}

/// *-12,50*, as French spreadsheets read it.
fn euros(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{},{:02}", cents.abs() / 100, cents.abs() % 100)
}

const BOOKS: &[&str] = &[
    "facture",
    "nature",
    "émise le",
    "soins du",
    "patient",
    "nom",
    "actes",
    "total",
    "part obligatoire",
    "part complémentaire",
    "à l'accueil",
    "reçu",
    "dû",
    "feuille de soins",
    "corrige",
    "par",
];

const CONTROL: &[&str] = &[
    "examen",
    "date",
    "classe",
    "acte",
    "facture des soins",
    "facture de l'archivage",
    "payeur de l'archivage",
    "avis donné",
];
