//! Patients: found, made, one whole.

use super::day::date_of;
use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed_practice, patient_forms};
use archive::desk::BirthDate;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use practice::PracticeError;
use practice::day::OrderForm;
use practice::people::{
    Contact, Coverage, CoverageForm, Happening, Patient, PatientForm, PatientId, PatientQuery, PatientShown,
};
use serde::Deserialize;
use uuid::Uuid;

/// The name by which a patient goes, the birth name after it.
pub(super) fn name(patient: &Patient) -> String {
    let traits = &patient.traits;
    match traits.used_name.as_ref().filter(|used| !used.is_empty() && **used != traits.birth_name) {
        Some(used) => format!("{used} {} (née/né {})", traits.first_names, traits.birth_name),
        None => format!("{} {}", traits.birth_name, traits.first_names),
    }
}

/// A birth date as people type it: day, month and year, or as many of them as they know.
pub(super) fn born_of(text: &str) -> Option<BirthDate> {
    let parts: Vec<&str> = text.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    let number = |text: &str| text.parse::<u8>().ok();
    let born = match parts.as_slice() {
        [year] if year.len() == 4 => BirthDate { year: year.parse().ok()?, month: None, day: None },
        [digits] if digits.len() == 8 => {
            let year = digits.get(4..8)?.parse().ok()?;
            BirthDate { year, month: number(digits.get(2..4)?), day: number(digits.get(..2)?) }
        }
        [month, year] if year.len() == 4 => BirthDate { year: year.parse().ok()?, month: number(month), day: None },
        [day, month, year] if year.len() == 4 => {
            let known = |text: &str| number(text).filter(|part| *part > 0);
            BirthDate { year: year.parse().ok()?, month: known(month), day: known(day) }
        }
        _ => return None,
    };
    born.is_possible().then_some(born)
}

/// The search.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    qui: String,
    ne: String,
}

pub(super) async fn find(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Form(wanted): Form<Wanted>,
) -> Response {
    let born = born_of(&wanted.ne);
    let query = PatientQuery { text: wanted.qui.clone(), born, limit: 50 };
    let found = match pages.practice.find(&who, query).await {
        Ok(found) => found,
        Err(error) => return failed_practice(&error),
    };
    if let [one] = found.as_slice() {
        return Redirect::to(&format!("/patients/{}", one.id)).into_response();
    }
    let body = html! {
        h1 { (words.t("desk-patients")) }
        (super::day::finding(&words))
        @if born.is_none() && !wanted.ne.trim().is_empty() { p role="alert" .error { (words.t("desk-patient-born-unread")) } }
        @if found.is_empty() { p .empty { (words.t("desk-patients-none")) } } @else { (table(&words, &found)) }
    };
    page(&pages, &words, Some(&who), "desk-patients", body).into_response()
}

fn table(words: &Words, found: &[Patient]) -> Markup {
    html! { table {
        thead { tr { @for key in ["desk-col-patient", "desk-col-birth", "desk-patient-sex", "desk-patient-numbers"] {
            th scope="col" { (words.t(key)) } } } }
        tbody { @for one in found { tr {
            th scope="row" { a href={ "/patients/" (one.id) } { (name(one)) } }
            td { (words.birth(one.traits.birth_date)) }
            td { (one.traits.sex.as_deref().unwrap_or("—")) }
            td .number { @for id in &one.identifiers { (id.value) " " } }
        } } }
    } }
}

/// What the form of traits brings.
#[derive(Deserialize, Default, Clone)]
#[serde(default)]
pub(super) struct Told {
    pub naissance: String,
    pub prenoms: String,
    pub usage: String,
    pub sexe: String,
    pub ne: String,
    pub lieu: String,
    pub courriel: String,
    pub telephone: String,
}

impl Told {
    fn form(&self) -> PatientForm {
        PatientForm {
            birth_name: self.naissance.clone(),
            first_names: self.prenoms.clone(),
            used_name: self.usage.clone(),
            sex: self.sexe.clone(),
            born: born_of(&self.ne),
            birth_place: self.lieu.clone(),
            email: self.courriel.clone(),
            phone: self.telephone.clone(),
        }
    }

    fn of(patient: &Patient, words: &Words) -> Self {
        let traits = &patient.traits;
        let contact = |wanted: fn(&Contact) -> Option<&String>| {
            patient.contacts.iter().find_map(|known| wanted(&known.contact)).cloned().unwrap_or_default()
        };
        Self {
            naissance: traits.birth_name.clone(),
            prenoms: traits.first_names.clone(),
            usage: traits.used_name.clone().unwrap_or_default(),
            sexe: traits.sex.clone().unwrap_or_default(),
            ne: traits.birth_date.map(|born| words.birth(Some(born)).replace("--", "00")).unwrap_or_default(),
            lieu: traits.birth_place.clone().unwrap_or_default(),
            courriel: contact(|contact| if let Contact::Email(text) = contact { Some(text) } else { None }),
            telephone: contact(|contact| if let Contact::Phone(text) = contact { Some(text) } else { None }),
        }
    }
}

pub(super) async fn new(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    made(&pages, &who, &words, &Told::default(), None)
}

fn made(
    pages: &DeskPages,
    who: &archive::desk::Who,
    words: &Words,
    told: &Told,
    wrong: Option<&'static str>,
) -> Response {
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let body = html! {
        h1 { (words.t("desk-patient-new")) }
        (patient_forms::wrong(words, wrong))
        (patient_forms::traits(words, "/patients", told, "desk-patient-register"))
    };
    (status, page(pages, words, Some(who), "desk-patient-new", body)).into_response()
}

pub(super) async fn register(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Form(told): Form<Told>,
) -> Response {
    match pages.practice.register(&who, &told.form()).await {
        Ok(id) => Redirect::to(&format!("/patients/{id}")).into_response(),
        Err(PracticeError::Field(field)) => made(&pages, &who, &words, &told, Some(field)),
        Err(error) => failed_practice(&error),
    }
}

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(patient): Path<Uuid>,
) -> Response {
    shown(&pages, &who, &words, patient, None).await
}

pub(super) async fn shown(
    pages: &DeskPages,
    who: &archive::desk::Who,
    words: &Words,
    patient: Uuid,
    wrong: Option<&'static str>,
) -> Response {
    let found = match pages.practice.patient(who, PatientId(patient)).await {
        Ok(found) => found,
        Err(error) => return failed_practice(&error),
    };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let body = body(pages, words, &found, wrong);
    (status, page(pages, words, Some(who), "desk-patient", body)).into_response()
}

fn body(pages: &DeskPages, words: &Words, found: &PatientShown, wrong: Option<&'static str>) -> Markup {
    let patient = &found.person.patient;
    let to = |act: &str| format!("/patients/{}/{act}", patient.id);
    html! {
        h1 { (name(patient)) }
        (patient_forms::wrong(words, wrong))
        (facts(words, found))
        section .panel aria-labelledby="commande" {
            h2 #commande { (words.t("desk-order-new")) }
            (patient_forms::order(words, pages, &to("rendez-vous")))
        }
        section .panel aria-labelledby="droits" {
            h2 #droits { (words.t("desk-rights")) }
            @match &found.coverage {
                Some(known) => (rights(words, known)),
                None => p .amber { (words.t("desk-rights-none")) },
            }
            details open[found.coverage.is_none()] {
                summary { (words.t("desk-rights-record")) }
                (patient_forms::rights(words, &to("droits"), found.coverage.as_ref()))
            }
        }
        (timeline(words, found))
        section aria-labelledby="corriger" {
            h2 #corriger { (words.t("desk-patient-correct")) }
            details {
                summary { (words.t("desk-patient-correct-open")) }
                p .help { (words.t("desk-patient-correct-help")) }
                (patient_forms::traits(words, &to("corriger"), &Told::of(patient, words), "desk-patient-save"))
            }
        }
        (history(words, found))
    }
}

fn facts(words: &Words, found: &PatientShown) -> Markup {
    let (patient, traits) = (&found.person.patient, &found.person.patient.traits);
    html! { dl .facts {
        dt { (words.t("desk-patient-birth-name")) } dd { (traits.birth_name) }
        dt { (words.t("desk-patient-first-names")) } dd { (traits.first_names) }
        @if let Some(used) = &traits.used_name { dt { (words.t("desk-patient-used-name")) } dd { (used) } }
        dt { (words.t("desk-col-birth")) } dd { (words.birth(traits.birth_date))
            @if let Some(place) = &traits.birth_place { " — " (place) } }
        dt { (words.t("desk-patient-sex")) } dd { (traits.sex.as_deref().unwrap_or("—")) }
        @if let Some(died) = traits.died_on { dt { (words.t("desk-patient-died")) } dd { (words.date(died)) } }
        dt { (words.t("desk-patient-ins")) }
        dd { @if let Some(ins) = &traits.ins { span .number { (ins) } " — " }
            (words.t(&format!("desk-identity-{}", found.identity.key()))) }
        dt { (words.t("desk-patient-numbers")) }
        dd { @for id in &patient.identifiers { span .number { (id.value) } " (" (id.issuer) ") " } }
        dt { (words.t("desk-patient-contacts")) }
        dd { @for known in &patient.contacts { (contact(&known.contact)) " " } }
    } }
}

fn contact(contact: &Contact) -> &str {
    match contact {
        Contact::Email(text) | Contact::Phone(text) => text,
    }
}

fn rights(words: &Words, known: &Coverage) -> Markup {
    html! { dl .facts {
        dt { (words.t("desk-rights-nir")) } dd .number { (known.insured_nir)
            @if let Some(name) = &known.insured_name { " — " (name) } }
        dt { (words.t("desk-rights-fund")) } dd .number { (known.regime) " " (known.fund) " " (known.centre) }
        dt { (words.t("desk-rights-exemption")) } dd { (words.t(&format!("desk-exemption-{}", known.exemption.key()))) }
        dt { (words.t("desk-rights-path")) }
        dd { (words.t(if known.coordinated { "desk-rights-coordinated" } else { "desk-rights-outside" })) }
        @if let Some(body) = &known.complementary { dt { (words.t("desk-rights-complementary")) } dd .number { (body) } }
        @if let Some(until) = known.until { dt { (words.t("desk-rights-until")) } dd { (words.date(until)) } }
        dt { (words.t("desk-rights-since")) } dd { (words.instant(known.at)) " — " (words.with("desk-by", &[("login", known.by.clone())])) }
    } }
}

fn timeline(words: &Words, found: &PatientShown) -> Markup {
    html! { section aria-labelledby="suite" {
        h2 #suite { (words.t("desk-patient-timeline")) }
        @if found.timeline.is_empty() { p .empty { (words.t("desk-patient-nothing")) } }
        ul .history { @for (date, happening) in &found.timeline { li {
            @if *date != time::Date::MIN { (words.date(*date)) " — " }
            (happened(words, happening))
        } } }
    } }
}

fn happened(words: &Words, happening: &Happening) -> Markup {
    match happening {
        Happening::Appointment(one) => html! {
            a href={ "/rendez-vous/" (one.appointment) } { (words.t("desk-appointment")) } " — " (one.act_label) " — "
            (words.t(&format!("desk-appointment-{}", one.state.key())))
        },
        Happening::Exam(exam) => html! {
            a href={ "/examen/" (exam.id) } { (words.t("desk-exam")) } " — " (exam.title)
            @if exam.report.is_some() { " — " (words.t("desk-reported")) }
        },
        Happening::Choice(choice) => html! {
            (words.t("desk-choice-title")) " — " (words.t(&format!("desk-choice-was-{}", archive::desk::answer_key(choice.answer))))
        },
        Happening::Invoice(state) => html! {
            a href={ "/factures/" (state.invoice.number) } { (words.t(&format!("desk-bill-kind-{}", state.invoice.kind.key()))) " " (state.invoice.number) }
            " — " (super::billing::euros(words, state.invoice.total)) " — " (super::billing::standing(words, state))
        },
        Happening::Request(request) => html! {
            (words.t(&format!("request-{}", request.kind.key()))) " — " (words.t(&format!("request-state-{}", request.state.key())))
        },
    }
}

fn history(words: &Words, found: &PatientShown) -> Markup {
    html! { section aria-labelledby="histoire" {
        h2 #histoire { (words.t("desk-patient-history")) }
        ul .history { @for said in &found.history { li {
            (words.instant(said.at)) " — " (author(words, &said.sender)) " — "
            @if said.merge { (words.t("desk-patient-merged")) " — " }
            (said.said.traits.birth_name) " " (said.said.traits.first_names)
            @if let Some(used) = &said.said.traits.used_name { " (" (used) ")" }
            @if let Some(born) = said.said.traits.birth_date { " — " (words.birth(Some(born))) }
        } } }
    } }
}

fn author(words: &Words, sender: &str) -> String {
    match sender.split_once('|') {
        Some((practice::SENDER, login)) => words.with("desk-by", &[("login", login.to_owned())]),
        _ => words.with("desk-patient-by-message", &[("sender", sender.to_owned())]),
    }
}

pub(super) async fn correct(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(patient): Path<Uuid>,
    Form(told): Form<Told>,
) -> Response {
    let done = pages.practice.correct(&who, PatientId(patient), &told.form()).await;
    after(&pages, &who, &words, patient, done).await
}

/// What the form of rights brings.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Rights {
    nir: String,
    assure: String,
    rang: String,
    organisme: String,
    exoneration: String,
    parcours: Option<String>,
    complementaire: String,
    fin: String,
}

pub(super) async fn cover(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(patient): Path<Uuid>,
    Form(form): Form<Rights>,
) -> Response {
    let told = CoverageForm {
        insured_nir: form.nir,
        insured_name: form.assure,
        birth_rank: form.rang.trim().parse().unwrap_or_default(),
        body: form.organisme,
        exemption: form.exoneration,
        coordinated: form.parcours.is_some(),
        complementary: form.complementaire,
        until: date_of(&form.fin),
    };
    let done = pages.practice.cover(&who, PatientId(patient), &told).await;
    after(&pages, &who, &words, patient, done).await
}

/// What the form of an order brings.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Ordered {
    salle: String,
    quand: String,
    minutes: String,
    acte: String,
    rpps: String,
    medecin: String,
    cadre: String,
    confidentiel: Option<String>,
}

pub(super) async fn order(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(patient): Path<Uuid>,
    Form(form): Form<Ordered>,
) -> Response {
    let told = OrderForm {
        room: form.salle,
        starts_at: crate::messages::local_instant(&form.quand),
        minutes: form.minutes.trim().parse().unwrap_or_default(),
        act: form.acte,
        rpps: form.rpps,
        prescriber: form.medecin,
        screening: form.cadre == "depistage",
        breast_follow_up: form.cadre == "suivi",
        confidential: form.confidentiel.is_some(),
    };
    match pages.practice.order(&who, PatientId(patient), &told).await {
        Ok(new) => Redirect::to(&format!("/rendez-vous/{}", new.appointment)).into_response(),
        Err(PracticeError::Record(archive::desk::RecordError::Refused { reason })) => {
            tracing::info!(reason, "an appointment was refused");
            shown(&pages, &who, &words, patient, Some("taken")).await
        }
        Err(error) => after(&pages, &who, &words, patient, Err(error)).await,
    }
}

async fn after(
    pages: &DeskPages,
    who: &archive::desk::Who,
    words: &Words,
    patient: Uuid,
    done: Result<(), PracticeError>,
) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/patients/{patient}")).into_response(),
        Err(PracticeError::Field(field)) => shown(pages, who, words, patient, Some(field)).await,
        Err(error) => failed_practice(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_date_is_read_as_people_type_it() {
        let of = |year, month, day| Some(BirthDate { year, month, day });
        for (text, expected) in [
            ("01/03/1950", of(1950, Some(3), Some(1))),
            ("1.3.1950", of(1950, Some(3), Some(1))),
            ("01031950", of(1950, Some(3), Some(1))),
            ("03/1950", of(1950, Some(3), None)),
            ("00/00/1950", of(1950, None, None)),
            ("1950", of(1950, None, None)),
            ("31/02/1950", None),
            ("50", None),
            ("hier", None),
            ("", None),
        ] {
            assert_eq!(born_of(text), expected, "{text}");
        }
    }
}
