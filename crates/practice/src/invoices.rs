//! Invoices: quoted, issued, corrected, paid; the archive's own beside them, outside the nomenclature.

use crate::{CARE, Practice, PracticeError};
use archive::desk::Who;
use billing::deadline::last_day;
use billing::invoice::{Care, Exemption, Performed, Quote, Rule, quote};
use billing::nomenclature::ActKey;
use exam::retention::Choice;
pub use record::{CareSheetRow, Invoice, InvoiceKind, InvoiceLine, InvoiceState, Payment, SheetStage};
use record::{Coverage, CoverageExemption, ExamId, Patient, PatientId, Professional};
use time::Date;
use trace::Kind;
use uuid::Uuid;

/// What an invoice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// An exam whose images have come.
    Exam(ExamId),
    /// An appointment.
    Appointment(Uuid),
    /// An invoice that is to be corrected.
    Invoice(u64),
}

/// What is known before anything is charged.
#[derive(Debug, Clone)]
pub struct Billable {
    /// What it is about.
    pub subject: Subject,
    /// Whose.
    pub patient: Patient,
    /// The exam, once it is there.
    pub exam: Option<ExamId>,
    /// The order's accession number.
    pub accession: Option<String>,
    /// The day of care.
    pub care_date: Date,
    /// The act that was ordered, if it is in the nomenclature.
    pub act: Option<String>,
    /// Letters that go with it by default.
    pub modifiers: String,
    /// Who ordered it.
    pub prescriber: Option<Professional>,
    /// Organised screening: prevention, whole.
    pub screening: bool,
    /// The patient's rights.
    pub coverage: Option<Coverage>,
    /// The price of the archive the patient has chosen, while no invoice of it is alive.
    pub archive: Option<i64>,
    /// Invoices so far.
    pub invoices: Vec<InvoiceState>,
}

/// What a form charges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceForm {
    /// Acts, with their modifiers.
    pub acts: Vec<(String, String)>,
    /// The fund is asked, the patient pays the rest.
    pub third_party: bool,
    /// Exempt as prevention.
    pub prevention: bool,
    /// Id of the form: sent twice it makes one invoice.
    pub form: Uuid,
}

/// A rule, as it is kept with its line: a key, then its figures.
pub fn rule_words(rule: &Rule) -> String {
    match rule {
        Rule::Tariff(cents) => format!("tariff:{}", cents.0),
        Rule::Percent(letter, share) => format!("percent:{letter}:{}", share.0),
        Rule::Fixed(letter, cents) => format!("fixed:{letter}:{}", cents.0),
        Rule::First => "first".into(),
        Rule::Second => "second".into(),
        Rule::OnTop => "on-top".into(),
        Rule::Covered(share) => format!("covered:{}", share.0),
        Rule::Exempt(why) => format!("exempt:{}", why.code()),
    }
}

impl Practice {
    /// What can be charged for.
    pub async fn billable(&self, who: &Who, subject: Subject) -> Result<Billable, PracticeError> {
        self.allow(who, CARE)?;
        let mut found = match subject {
            Subject::Exam(exam) => self.of_exam(exam).await?,
            Subject::Appointment(appointment) => self.of_appointment(appointment).await?,
            Subject::Invoice(number) => self.of_invoice(number).await?,
        };
        let (group, id) = (self.group(), found.patient.id);
        self.leaf(who, Kind::Open, Some(id), &[("what", "billing".to_owned())]).await?;
        found.coverage = self.catalogue.coverages(group, id).await?.pop();
        found.invoices = self.invoices_about(found.exam, found.accession.as_deref()).await?;
        if let Some(exam) = found.exam {
            found.archive = self.archive_price(exam, &found.invoices).await?;
        }
        found.act = found.act.filter(|code| self.act(code, found.care_date).is_some());
        let family = found.act.as_deref().and_then(|code| self.act(code, found.care_date)).map(|act| act.family);
        // Radiography and CT by a radiologist.
        found.modifiers =
            family.filter(|family| family.modifiers().contains('Z')).map(|_| "Z".into()).unwrap_or_default();
        Ok(found)
    }

    async fn of_exam(&self, exam: ExamId) -> Result<Billable, PracticeError> {
        let detail = self.catalogue.exam(self.group(), exam).await?;
        if detail.phantom {
            return Err(PracticeError::Refused("a phantom is never billed"));
        }
        let patient = detail.patient.ok_or(PracticeError::Refused("nobody knows whose exam it is"))?;
        let order = detail.order.as_ref();
        Ok(Billable {
            subject: Subject::Exam(exam),
            patient,
            exam: Some(exam),
            accession: detail.accession.map(|accession| accession.number),
            care_date: detail.date.ok_or(PracticeError::Refused("the exam has no date"))?,
            act: order.and_then(|order| order.act_code.clone()),
            modifiers: String::new(),
            prescriber: order.and_then(|order| order.prescriber.clone()),
            screening: order.is_some_and(|order| order.screening),
            coverage: None,
            archive: None,
            invoices: Vec::new(),
        })
    }

    async fn of_appointment(&self, appointment: Uuid) -> Result<Billable, PracticeError> {
        let found = self.catalogue.appointment(self.group(), appointment).await?;
        let exam = self.catalogue.exam_of_accession(self.group(), &found.accession).await?;
        let person = self.catalogue.person(self.group(), found.patient).await?;
        Ok(Billable {
            subject: Subject::Appointment(appointment),
            patient: person.patient,
            exam: exam.map(|exam| exam.id),
            accession: Some(found.accession),
            care_date: self.config.zone.date_of(found.starts_at),
            act: Some(found.act_code),
            modifiers: String::new(),
            prescriber: found.prescriber,
            screening: found.screening,
            coverage: None,
            archive: None,
            invoices: Vec::new(),
        })
    }

    async fn of_invoice(&self, number: u64) -> Result<Billable, PracticeError> {
        let old = self.catalogue.invoice(self.group(), number).await?.invoice;
        let person = self.catalogue.person(self.group(), old.patient).await?;
        Ok(Billable {
            subject: Subject::Invoice(number),
            patient: person.patient,
            exam: old.exam,
            accession: old.accession,
            care_date: old.care_date,
            act: old.lines.first().map(|line| line.code.clone()),
            modifiers: String::new(),
            prescriber: old.prescriber,
            screening: old.exemption == '7',
            coverage: None,
            archive: None,
            invoices: Vec::new(),
        })
    }

    /// The invoices about an exam, whether they were made before its images came or after.
    pub(crate) async fn invoices_about(
        &self,
        exam: Option<ExamId>,
        accession: Option<&str>,
    ) -> Result<Vec<InvoiceState>, PracticeError> {
        let mut all = Vec::new();
        if let Some(exam) = exam {
            all.extend(self.catalogue.invoices_of_exam(self.group(), exam).await?);
        }
        if let Some(accession) = accession {
            all.extend(self.catalogue.invoices_of_order(self.group(), accession).await?);
        }
        all.sort_by_key(|state| state.invoice.number);
        all.dedup_by_key(|state| state.invoice.number);
        Ok(all)
    }

    async fn archive_price(&self, exam: ExamId, invoices: &[InvoiceState]) -> Result<Option<i64>, PracticeError> {
        let living = |state: &InvoiceState| state.invoice.kind == InvoiceKind::Archive && state.credited_by.is_none();
        if invoices.iter().any(living) {
            return Ok(None);
        }
        let last = self.catalogue.choices(self.group(), exam).await?.pop();
        Ok(last.filter(|choice| choice.answer.rule() == Choice::Chosen).map(|choice| choice.price_cents.into()))
    }

    /// Prices acts, without issuing anything.
    pub fn priced(&self, about: &Billable, form: &InvoiceForm) -> Result<Quote, PracticeError> {
        let performed = |(code, modifiers): &(String, String)| Performed {
            act: ActKey { code: code.trim().to_ascii_uppercase(), activity: 1, phase: 0 },
            modifiers: modifiers.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect(),
        };
        let acts: Vec<Performed> =
            form.acts.iter().filter(|(code, _)| !code.trim().is_empty()).map(performed).collect();
        let rights = about.coverage.as_ref();
        let exemption = match (form.prevention, rights.map(|rights| rights.exemption)) {
            (true, _) => Exemption::Prevention,
            (_, Some(CoverageExemption::LongIllness)) => Exemption::LongIllness,
            (_, Some(CoverageExemption::Insured)) => Exemption::Insured,
            _ => Exemption::None,
        };
        let born = about.patient.traits.birth_date.filter(|born| born.is_whole());
        let care = Care {
            date: about.care_date,
            grid: self.config.grid,
            coordinated: rights.is_none_or(|rights| rights.coordinated),
            exemption,
            born: born.map(exam::BirthDate::latest),
            complementary: form.third_party && rights.is_some_and(|rights| rights.complementary.is_some()),
            third_party: form.third_party,
            fixed: Vec::new(),
        };
        Ok(quote(&self.acts, &acts, &care)?)
    }

    /// Issues the invoice of the acts; with `corrects`, in the place of that one.
    pub async fn issue(
        &self,
        who: &Who,
        subject: Subject,
        form: &InvoiceForm,
        corrects: Option<(u64, String)>,
    ) -> Result<Invoice, PracticeError> {
        let about = self.billable(who, subject).await?;
        if form.third_party && about.coverage.is_none() {
            return Err(PracticeError::Refused("the fund is asked for somebody whose rights are not recorded"));
        }
        let priced = self.priced(&about, form)?;
        let exemption = match (form.prevention, about.coverage.as_ref().map(|rights| rights.exemption)) {
            (true, _) => Exemption::Prevention,
            (_, Some(CoverageExemption::LongIllness)) => Exemption::LongIllness,
            (_, Some(CoverageExemption::Insured)) => Exemption::Insured,
            _ => Exemption::None,
        };
        let due = last_day(about.care_date, form.third_party, self.config.holidays);
        let lines = priced.lines.iter().map(|line| self.kept(line, about.care_date)).collect();
        let draft = self.draft(who, &about, InvoiceKind::Care, form.form);
        let (number, reason) = corrects.unzip();
        let invoice = Invoice {
            lines,
            total: priced.total.0,
            fund: priced.fund.0,
            complementary: priced.complementary.0,
            at_the_desk: priced.at_the_desk.0,
            third_party: form.third_party,
            exemption: exemption.code(),
            due: about.coverage.is_some().then_some(due),
            coverage: about.coverage.clone(),
            prescriber: about.prescriber.clone(),
            corrects: number,
            reason,
            ..draft
        };
        self.write(who, invoice).await
    }

    /// Issues the invoice of the archive that the patient has chosen.
    pub async fn issue_archive(&self, who: &Who, exam: ExamId, form: Uuid) -> Result<Invoice, PracticeError> {
        let about = self.billable(who, Subject::Exam(exam)).await?;
        let price = about.archive.ok_or(PracticeError::Refused("no archive to be charged for"))?;
        let line = InvoiceLine {
            code: String::new(),
            activity: [0, 0],
            label: "Archivage des images à la demande du patient (hors nomenclature)".into(),
            grouping: String::new(),
            modifiers: String::new(),
            association: None,
            amount: price,
            fund: 0,
            complementary: 0,
            rules: vec!["choice".into()],
        };
        let draft = self.draft(who, &about, InvoiceKind::Archive, form);
        self.write(who, Invoice { lines: vec![line], total: price, at_the_desk: price, ..draft }).await
    }

    /// Takes an invoice back.
    pub async fn credit(&self, who: &Who, number: u64, reason: String, form: Uuid) -> Result<Invoice, PracticeError> {
        self.allow(who, CARE)?;
        let old = self.catalogue.invoice(self.group(), number).await?.invoice;
        let credit = Invoice {
            invoice: form,
            kind: InvoiceKind::Credit,
            corrects: Some(number),
            reason: Some(reason),
            by: who.login.clone(),
            at: self.clock.now(),
            ..old
        };
        self.write(who, credit).await
    }

    async fn write(&self, who: &Who, invoice: Invoice) -> Result<Invoice, PracticeError> {
        let words = [("what", format!("invoice-{}", invoice.kind.key()))];
        self.leaf(who, Kind::Change, Some(invoice.patient), &words).await?;
        Ok(self.catalogue.invoice_issue(self.group(), invoice).await?)
    }

    fn draft(&self, who: &Who, about: &Billable, kind: InvoiceKind, form: Uuid) -> Invoice {
        Invoice {
            number: 0,
            invoice: form,
            kind,
            patient: about.patient.id,
            patient_name: printed_name(&about.patient),
            born: about.patient.traits.birth_date,
            exam: about.exam,
            accession: about.accession.clone(),
            care_date: about.care_date,
            lines: Vec::new(),
            total: 0,
            fund: 0,
            complementary: 0,
            at_the_desk: 0,
            third_party: false,
            exemption: '0',
            coverage: None,
            prescriber: None,
            due: None,
            corrects: None,
            reason: None,
            by: who.login.clone(),
            at: self.clock.now(),
        }
    }

    fn kept(&self, line: &billing::invoice::Line, care: Date) -> InvoiceLine {
        let label = self.acts.act(&line.act, care).map(|act| act.label.clone()).unwrap_or_default();
        InvoiceLine {
            code: line.act.code.clone(),
            activity: [line.act.activity, line.act.phase],
            label,
            grouping: line.grouping.clone(),
            modifiers: line.modifiers.clone(),
            association: line.association,
            amount: line.amount.0,
            fund: line.fund.0,
            complementary: line.complementary.0,
            rules: line.rules.iter().map(rule_words).collect(),
        }
    }

    /// One invoice, with its patient.
    pub async fn invoice(&self, who: &Who, number: u64) -> Result<(InvoiceState, Patient), PracticeError> {
        self.allow(who, CARE)?;
        let state = self.catalogue.invoice(self.group(), number).await?;
        let words = [("what", "invoice".to_owned()), ("invoice", number.to_string())];
        self.leaf(who, Kind::Open, Some(state.invoice.patient), &words).await?;
        let person = self.catalogue.person(self.group(), state.invoice.patient).await?;
        Ok((state, person.patient))
    }

    /// The invoices of a patient.
    pub(crate) async fn invoices_of(&self, patient: PatientId) -> Result<Vec<InvoiceState>, PracticeError> {
        Ok(self.catalogue.invoices_of(self.group(), patient).await?)
    }

    /// Money received, or given back (less than zero).
    pub async fn pay(
        &self,
        who: &Who,
        number: u64,
        amount: i64,
        (from, how): (&str, &str),
        form: Uuid,
    ) -> Result<(), PracticeError> {
        self.allow(who, CARE)?;
        if !["patient", "complementary"].contains(&from) || !["cash", "card", "cheque", "transfer"].contains(&how) {
            return Err(PracticeError::Field("payment"));
        }
        let state = self.catalogue.invoice(self.group(), number).await?;
        let words = [("what", "payment".to_owned()), ("invoice", number.to_string())];
        self.leaf(who, Kind::Change, Some(state.invoice.patient), &words).await?;
        let payment = Payment {
            payment: form,
            invoice: number,
            from: from.to_owned(),
            amount,
            how: how.to_owned(),
            reference: None,
            by: who.login.clone(),
            at: self.clock.now(),
        };
        Ok(self.catalogue.payment_put(self.group(), payment).await?)
    }

    /// A fresh id for a form, so that what is sent twice is made once.
    pub fn form_id(&self) -> Uuid {
        self.fresh_uuid()
    }
}

/// Used name, first names, and the birth name when it is another.
fn printed_name(patient: &Patient) -> String {
    let traits = &patient.traits;
    match traits.used_name.as_ref().filter(|used| !used.is_empty() && **used != traits.birth_name) {
        Some(used) => format!("{used} {} ({})", traits.first_names, traits.birth_name),
        None => format!("{} {}", traits.birth_name, traits.first_names),
    }
}
