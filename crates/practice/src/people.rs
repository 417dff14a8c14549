//! Patients' records: found, made, corrected, with their rights and everything that happened.

use crate::{CARE, Practice, PracticeError};
use archive::desk::Who;
use exam::ids::Nir;
pub use record::{
    Appointment, AppointmentState, Contact, Coverage, CoverageExemption, Patient, PatientId, PatientQuery, PatientSaid,
};
use record::{
    ArchiveChoice, BirthDate, DataRequest, ExamDetail, FactBody, InvoiceState, MessageEffect, PatientFact,
    PatientIdentifier, PatientRecord, PatientTraits,
};
use time::Date;
use trace::Kind;

/// How far an identity is assured (référentiel national d'identitovigilance).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityStatus {
    /// Nothing but what was said.
    Provisional,
    /// A national identity came with messages from the system that asked for it.
    National,
}

impl IdentityStatus {
    /// Of a patient of the record: only another system can ask the national service.
    pub fn of(traits: &PatientTraits) -> Self {
        if traits.ins.is_some() { Self::National } else { Self::Provisional }
    }

    /// Its stable key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::National => "national",
        }
    }
}

/// What a form says of a patient. Empty texts say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatientForm {
    /// Birth name.
    pub birth_name: String,
    /// Birth first names.
    pub first_names: String,
    /// Used name, if other.
    pub used_name: String,
    /// `F`, `M` or nothing.
    pub sex: String,
    /// Birth date, as far as it is known.
    pub born: Option<BirthDate>,
    /// INSEE code of the birth place.
    pub birth_place: String,
    /// E-mail address.
    pub email: String,
    /// Telephone.
    pub phone: String,
}

/// What a form says of a patient's rights.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoverageForm {
    /// The insured person's number with its key.
    pub insured_nir: String,
    /// The insured person, when it is not the patient.
    pub insured_name: String,
    /// Rank of birth.
    pub birth_rank: u8,
    /// Regime, fund and centre: nine digits, blanks between them allowed.
    pub body: String,
    /// Exemption's key.
    pub exemption: String,
    /// A physician is declared.
    pub coordinated: bool,
    /// The complementary body's number; empty: none, or not billed to it.
    pub complementary: String,
    /// The last day.
    pub until: Option<Date>,
}

/// What happened to a patient here, one line each.
#[derive(Debug, Clone)]
pub enum Happening {
    /// An appointment.
    Appointment(Box<Appointment>),
    /// An exam, with its reports.
    Exam(Box<ExamDetail>),
    /// An answer about the optional archive.
    Choice(Box<ArchiveChoice>),
    /// A request about their data.
    Request(Box<DataRequest>),
    /// An invoice.
    Invoice(Box<InvoiceState>),
}

/// A patient, whole.
#[derive(Debug, Clone)]
pub struct PatientShown {
    /// Who, and their exams.
    pub person: PatientRecord,
    /// How far the identity is assured.
    pub identity: IdentityStatus,
    /// Rights in force: the last ones recorded.
    pub coverage: Option<Coverage>,
    /// All rights recorded, oldest first.
    pub coverages: Vec<Coverage>,
    /// What was said of them, newest first.
    pub history: Vec<PatientSaid>,
    /// What happened, newest first.
    pub timeline: Vec<(Date, Happening)>,
}

impl Practice {
    /// Patients, by name, number or birth date.
    pub async fn find(&self, who: &Who, query: PatientQuery) -> Result<Vec<Patient>, PracticeError> {
        self.allow(who, CARE)?;
        let found = self.catalogue.patients_found(self.group(), query).await?;
        let words = [("what", "patients".to_owned()), ("patients", found.len().to_string())];
        self.leaf(who, Kind::Query, None, &words).await?;
        Ok(found)
    }

    /// One patient, whole.
    pub async fn patient(&self, who: &Who, patient: PatientId) -> Result<PatientShown, PracticeError> {
        self.allow(who, CARE)?;
        let group = self.group();
        let person = self.catalogue.person(group, patient).await?;
        let id = person.patient.id;
        self.leaf(who, Kind::Open, Some(id), &[("what", "patient-record".to_owned())]).await?;
        let coverages = self.catalogue.coverages(group, id).await?;
        let history = self.catalogue.patient_history(group, id).await?;
        let timeline = self.timeline(&person).await?;
        let identity = IdentityStatus::of(&person.patient.traits);
        Ok(PatientShown { identity, coverage: coverages.last().cloned(), coverages, history, timeline, person })
    }

    async fn timeline(&self, person: &PatientRecord) -> Result<Vec<(Date, Happening)>, PracticeError> {
        let (group, zone) = (self.group(), self.config.zone);
        let mut all = Vec::new();
        for appointment in self.catalogue.appointments_of(group, person.patient.id).await? {
            all.push((zone.date_of(appointment.starts_at), Happening::Appointment(Box::new(appointment))));
        }
        for line in &person.exams {
            let exam = self.catalogue.exam(group, line.id).await?;
            for choice in self.catalogue.choices(group, line.id).await? {
                all.push((zone.date_of(choice.at), Happening::Choice(Box::new(choice))));
            }
            all.push((exam.date.unwrap_or(Date::MIN), Happening::Exam(Box::new(exam))));
        }
        for request in self.catalogue.requests_of(group, person.patient.id).await? {
            all.push((zone.date_of(request.asked_at), Happening::Request(Box::new(request))));
        }
        for state in self.invoices_of(person.patient.id).await? {
            all.push((zone.date_of(state.invoice.at), Happening::Invoice(Box::new(state))));
        }
        all.sort_by_key(|(date, _)| std::cmp::Reverse(*date));
        Ok(all)
    }

    /// A new patient, under a new number of ours.
    pub async fn register(&self, who: &Who, form: &PatientForm) -> Result<PatientId, PracticeError> {
        self.allow(who, CARE)?;
        let mut said = told(form)?;
        let number = self.new_number().await?;
        said.identifiers = vec![number.clone()];
        self.say(who, None, "register-patient", said).await?;
        let query = PatientQuery { text: number.value, born: None, limit: 1 };
        let found = self.catalogue.patients_found(self.group(), query).await?;
        found.first().map(|patient| patient.id).ok_or(PracticeError::Refused("the new patient is not there"))
    }

    /// What is now known of a patient, in the place of what was: everything said before stays in the history.
    pub async fn correct(&self, who: &Who, patient: PatientId, form: &PatientForm) -> Result<(), PracticeError> {
        self.allow(who, CARE)?;
        let mut said = told(form)?;
        said.identifiers = self.numbers(patient).await?;
        self.say(who, Some(patient), "correct-patient", said).await
    }

    /// Records a patient's rights.
    pub async fn cover(&self, who: &Who, patient: PatientId, form: &CoverageForm) -> Result<(), PracticeError> {
        self.allow(who, CARE)?;
        let coverage = rights(patient, form, who, self.clock.now())?;
        self.leaf(who, Kind::Change, Some(patient), &[("what", "rights".to_owned())]).await?;
        Ok(self.catalogue.coverage_put(self.group(), coverage).await?)
    }

    async fn say(
        &self,
        who: &Who,
        patient: Option<PatientId>,
        what: &str,
        said: PatientFact,
    ) -> Result<(), PracticeError> {
        self.leaf(who, Kind::Change, patient, &[("what", what.to_owned())]).await?;
        let message = self.said(who, vec![FactBody::Patient(said)], self.clock.now())?;
        match self.catalogue.apply(message).await? {
            MessageEffect::Applied | MessageEffect::AlreadyApplied => Ok(()),
            MessageEffect::Refused(_) => Err(PracticeError::Refused("it contradicts what is known")),
        }
    }

    /// A number that nobody has.
    async fn new_number(&self) -> Result<PatientIdentifier, PracticeError> {
        for _ in 0..8 {
            let value = self.digits(9);
            let query = PatientQuery { text: value.clone(), born: None, limit: 1 };
            if self.catalogue.patients_found(self.group(), query).await?.is_empty() {
                return Ok(PatientIdentifier { value, issuer: self.config.issuer.clone(), kind: "PI".into() });
            }
        }
        Err(PracticeError::Refused("no free number was found"))
    }
}

fn told(form: &PatientForm) -> Result<PatientFact, PracticeError> {
    let text = |text: &str| Some(text.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|text| !text.is_empty());
    let capitals = |name: &str| text(name).map(|name| name.to_uppercase());
    let sex = match form.sex.as_str() {
        "F" | "M" => Some(form.sex.clone()),
        "" => None,
        _ => return Err(PracticeError::Field("sex")),
    };
    let born = form.born.filter(|born| born.is_possible()).ok_or(PracticeError::Field("birth-date"))?;
    let birth_place = text(&form.birth_place);
    if birth_place.as_ref().is_some_and(|code| code.len() != 5) {
        return Err(PracticeError::Field("birth-place"));
    }
    let email =
        text(&form.email).map(|email| email.contains('@').then_some(email).ok_or(PracticeError::Field("email")));
    let phone: String = form.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
    if !form.phone.trim().is_empty() && phone.len() < 6 {
        return Err(PracticeError::Field("phone"));
    }
    let contacts = email.transpose()?.map(Contact::Email).into_iter();
    Ok(PatientFact {
        identifiers: Vec::new(),
        traits: PatientTraits {
            birth_name: capitals(&form.birth_name).ok_or(PracticeError::Field("birth-name"))?,
            first_names: text(&form.first_names).ok_or(PracticeError::Field("first-names"))?,
            used_name: capitals(&form.used_name),
            sex,
            birth_date: Some(born),
            birth_place,
            ..PatientTraits::default()
        },
        death_withdrawn: false,
        contacts: contacts.chain((!phone.is_empty()).then_some(Contact::Phone(phone))).collect(),
    })
}

fn rights(
    patient: PatientId,
    form: &CoverageForm,
    who: &Who,
    at: time::OffsetDateTime,
) -> Result<Coverage, PracticeError> {
    let nir = Nir::parse(&form.insured_nir).map_err(|_| PracticeError::Field("insured-nir"))?;
    let body: String = form.body.chars().filter(|c| !c.is_whitespace()).collect();
    let (Some(regime), Some(fund), Some(centre)) = (body.get(..2), body.get(2..5), body.get(5..9)) else {
        return Err(PracticeError::Field("fund"));
    };
    if body.len() != 9 || !body.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(PracticeError::Field("fund"));
    }
    let complementary: String = form.complementary.chars().filter(|c| !c.is_whitespace()).collect();
    if complementary.len() > 10 || !complementary.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(PracticeError::Field("complementary"));
    }
    if !(1..=9).contains(&form.birth_rank) {
        return Err(PracticeError::Field("birth-rank"));
    }
    let name = form.insured_name.trim();
    Ok(Coverage {
        patient,
        insured_nir: nir.as_str().to_owned(),
        insured_name: (!name.is_empty()).then(|| name.to_owned()),
        birth_rank: form.birth_rank,
        regime: regime.into(),
        fund: fund.into(),
        centre: centre.into(),
        exemption: CoverageExemption::from_key(&form.exemption).ok_or(PracticeError::Field("exemption"))?,
        coordinated: form.coordinated,
        complementary: (!complementary.is_empty()).then(|| complementary.to_uppercase()),
        until: form.until,
        by: who.login.clone(),
        at,
    })
}
