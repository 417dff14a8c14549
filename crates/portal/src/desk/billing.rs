//! An invoice: quoted from acts, issued, printed, paid, corrected.

use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed_practice};
use archive::desk::{ExamId, Who};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use billing::invoice::Quote;
use maud::{Markup, html};
use practice::PracticeError;
use practice::invoices::{Billable, Invoice, InvoiceForm, InvoiceKind, InvoiceLine, InvoiceState, Subject};
use serde::Deserialize;
use uuid::Uuid;

/// Of what.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct About {
    examen: Option<Uuid>,
    rdv: Option<Uuid>,
    corrige: Option<u64>,
}

impl About {
    fn subject(&self) -> Option<Subject> {
        match (self.examen, self.rdv, self.corrige) {
            (Some(exam), None, None) => Some(Subject::Exam(ExamId(exam))),
            (None, Some(appointment), None) => Some(Subject::Appointment(appointment)),
            (None, None, Some(number)) => Some(Subject::Invoice(number)),
            _ => None,
        }
    }
}

/// What the form brings.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Charged {
    examen: Option<Uuid>,
    rdv: Option<Uuid>,
    corrige: Option<u64>,
    motif: String,
    acte1: String,
    modif1: String,
    acte2: String,
    modif2: String,
    acte3: String,
    tiers: Option<String>,
    prevention: Option<String>,
    formulaire: Uuid,
    quoi: String,
}

impl Charged {
    fn form(&self) -> InvoiceForm {
        let code = |text: &str| text.trim().get(..7).unwrap_or_default().to_owned();
        InvoiceForm {
            acts: vec![
                (code(&self.acte1), self.modif1.clone()),
                (code(&self.acte2), self.modif2.clone()),
                (code(&self.acte3), String::new()),
            ],
            third_party: self.tiers.is_some(),
            prevention: self.prevention.is_some(),
            form: self.formulaire,
        }
    }

    fn about(&self) -> About {
        About { examen: self.examen, rdv: self.rdv, corrige: self.corrige }
    }
}

pub(super) fn euros(words: &Words, cents: i64) -> String {
    let text = crate::messages::price(words.lang(), u32::try_from(cents.unsigned_abs()).unwrap_or(u32::MAX));
    if cents < 0 { format!("−{text}") } else { text }
}

/// What stands in the form the first time: the act that was ordered, as a radiologist charges it.
fn proposed(pages: &DeskPages, about: &Billable) -> Charged {
    Charged {
        acte1: about.act.clone().unwrap_or_default(),
        modif1: about.modifiers.clone(),
        tiers: about.coverage.is_some().then(|| "oui".into()),
        prevention: about.screening.then(|| "oui".into()),
        formulaire: pages.practice.form_id(),
        ..Charged::default()
    }
}

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Query(asked): Query<About>,
) -> Response {
    let Some(subject) = asked.subject() else { return StatusCode::NOT_FOUND.into_response() };
    match pages.practice.billable(&who, subject).await {
        Ok(about) => {
            let charged = Charged { corrige: asked.corrige, ..proposed(&pages, &about) };
            form_page(&pages, &who, &words, (&about, &charged), &Ok(None))
        }
        Err(error) => failed_practice(&error),
    }
}

pub(super) async fn issue(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Form(charged): Form<Charged>,
) -> Response {
    let Some(subject) = charged.about().subject() else { return StatusCode::NOT_FOUND.into_response() };
    let about = match pages.practice.billable(&who, subject).await {
        Ok(about) => about,
        Err(error) => return failed_practice(&error),
    };
    let form = charged.form();
    if charged.quoi == "calculer" {
        let priced = pages.practice.priced(&about, &form).map(Some);
        return form_page(&pages, &who, &words, (&about, &charged), &priced);
    }
    let corrects = charged.corrige.map(|number| (number, charged.motif.clone()));
    match pages.practice.issue(&who, subject, &form, corrects).await {
        Ok(invoice) => Redirect::to(&format!("/factures/{}", invoice.number)).into_response(),
        Err(error) => form_page(&pages, &who, &words, (&about, &charged), &Err(error)),
    }
}

fn form_page(
    pages: &DeskPages,
    who: &Who,
    words: &Words,
    (about, charged): (&Billable, &Charged),
    priced: &Result<Option<Quote>, PracticeError>,
) -> Response {
    let status = if priced.is_err() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let body = html! {
        h1 { (words.t("desk-bill")) " — " (super::patients::name(&about.patient)) }
        p { (words.date(about.care_date)) @if let Some(accession) = &about.accession { " — " span .number { (accession) } } }
        @if about.coverage.is_none() { p .amber { (words.t("desk-rights-none")) " "
            a href={ "/patients/" (about.patient.id) "#droits" } { (words.t("desk-rights-record")) } } }
        @if let Err(error) = priced { p .error role="alert" { (why(words, error)) } }
        (form(pages, words, about, charged))
        @if let Ok(Some(quote)) = priced { (quoted(words, quote)) }
        @if let (Some(price), Some(exam)) = (about.archive, about.exam) { (archive(pages, words, exam, price)) }
        (so_far(words, &about.invoices))
    };
    (status, page(pages, words, Some(who), "desk-bill", body)).into_response()
}

/// Why nothing was charged, in the words of the rule.
fn why(words: &Words, error: &PracticeError) -> String {
    match error {
        PracticeError::Billing(error) => {
            words.with("desk-bill-wrong", &[("why", super::billing_words::why(words, error))])
        }
        _ => words.t("desk-bill-refused"),
    }
}

fn form(pages: &DeskPages, words: &Words, about: &Billable, charged: &Charged) -> Markup {
    html! { form .stack method="post" action="/facturer" {
        @if let Subject::Exam(exam) = about.subject { input type="hidden" name="examen" value=(exam); }
        @if let Subject::Appointment(one) = about.subject { input type="hidden" name="rdv" value=(one); }
        input type="hidden" name="formulaire" value=(charged.formulaire);
        @if let Some(number) = charged.corrige {
            input type="hidden" name="corrige" value=(number);
            p { (words.with("desk-bill-corrects", &[("number", number.to_string())])) }
            label for="motif" { (words.t("desk-bill-reason")) }
            input #motif name="motif" value=(charged.motif) required maxlength="200" autocomplete="off";
        }
        @for (place, act, letters) in [("1", &charged.acte1, Some(&charged.modif1)), ("2", &charged.acte2, Some(&charged.modif2)), ("3", &charged.acte3, None)] {
            label for={ "acte" (place) } { (words.t(if place == "3" { "desk-bill-supplement" } else { "desk-order-act" })) }
            input id={ "acte" (place) } name={ "acte" (place) } value=(act) list="actes" maxlength="200" autocomplete="off" required[place == "1"];
            @if let Some(letters) = letters {
                label for={ "modif" (place) } { (words.t("desk-bill-modifiers")) }
                input id={ "modif" (place) } name={ "modif" (place) } value=(letters) maxlength="4" autocomplete="off";
            }
        }
        datalist #actes { @for (code, label) in pages.practice.usual_acts(about.care_date) { option value={ (code) " " (label) } {} } }
        label .check { input type="checkbox" name="tiers" value="oui" checked[charged.tiers.is_some()]; (words.t("desk-bill-third-party")) }
        label .check { input type="checkbox" name="prevention" value="oui" checked[charged.prevention.is_some()]; (words.t("desk-bill-prevention")) }
        p { button name="quoi" value="emettre" accesskey="e" { (words.t("desk-bill-issue")) } " "
            button .quiet name="quoi" value="calculer" accesskey="c" { (words.t("desk-bill-quote")) } }
    } }
}

fn quoted(words: &Words, quote: &Quote) -> Markup {
    let line = |line: &billing::invoice::Line| InvoiceLine {
        code: line.act.code.clone(),
        activity: [line.act.activity, line.act.phase],
        label: String::new(),
        grouping: line.grouping.clone(),
        modifiers: line.modifiers.clone(),
        association: line.association,
        amount: line.amount.0,
        fund: line.fund.0,
        complementary: line.complementary.0,
        rules: line.rules.iter().map(practice::invoices::rule_words).collect(),
    };
    let lines: Vec<InvoiceLine> = quote.lines.iter().map(line).collect();
    html! { section .panel aria-labelledby="devis" {
        h2 #devis { (words.t("desk-bill-quoted")) }
        (table(words, &lines))
        (sums(words, [quote.total.0, quote.fund.0, quote.complementary.0, quote.at_the_desk.0]))
    } }
}

fn table(words: &Words, lines: &[InvoiceLine]) -> Markup {
    html! { table {
        thead { tr { @for key in ["desk-order-act", "desk-bill-modifiers", "desk-bill-association", "desk-bill-rules", "desk-bill-amount",
            "desk-bill-fund", "desk-bill-complementary"] { th scope="col" { (words.t(key)) } } } }
        tbody { @for line in lines { tr {
            th scope="row" { (line.code) " " (line.label) } td { (line.modifiers) }
            td { @if let Some(code) = line.association { (code) } }
            td { ul .rules { @for rule in &line.rules { li { (super::billing_words::rule(words, rule)) } } } }
            td .number { (euros(words, line.amount)) } td .number { (euros(words, line.fund)) }
            td .number { (euros(words, line.complementary)) }
        } } }
    } }
}

fn sums(words: &Words, [total, fund, complementary, desk]: [i64; 4]) -> Markup {
    html! { dl .facts {
        dt { (words.t("desk-bill-total")) } dd .number { strong { (euros(words, total)) } }
        dt { (words.t("desk-bill-fund")) } dd .number { (euros(words, fund)) }
        dt { (words.t("desk-bill-complementary")) } dd .number { (euros(words, complementary)) }
        dt { (words.t("desk-bill-desk")) } dd .number { strong { (euros(words, desk)) } }
    } }
}

fn archive(pages: &DeskPages, words: &Words, exam: ExamId, price: i64) -> Markup {
    html! { section .panel aria-labelledby="archive" {
        h2 #archive { (words.t("desk-bill-archive")) }
        p { (words.with("desk-bill-archive-help", &[("price", euros(words, price))])) }
        form method="post" action="/facturer/archivage" {
            input type="hidden" name="examen" value=(exam);
            input type="hidden" name="formulaire" value=(pages.practice.form_id());
            button { (words.t("desk-bill-archive-issue")) }
        }
    } }
}

pub(super) fn so_far(words: &Words, invoices: &[InvoiceState]) -> Markup {
    html! { @if !invoices.is_empty() {
        h2 { (words.t("desk-bills")) }
        ul .history { @for state in invoices { li {
            a href={ "/factures/" (state.invoice.number) } .number { (state.invoice.number) } " — "
            (words.t(&format!("desk-bill-kind-{}", state.invoice.kind.key()))) " — " (euros(words, state.invoice.total))
            " — " (standing(words, state))
        } } }
    } }
}

/// What is still owed, in words.
pub(super) fn standing(words: &Words, state: &InvoiceState) -> Markup {
    let owed = state.owed();
    html! {
        @if let Some(credit) = state.credited_by { (words.with("desk-bill-credited", &[("number", credit.to_string())])) " " }
        @if owed > 0 { span .chip.amber { span aria-hidden="true" { "○ " } (words.with("desk-bill-owed", &[("amount", euros(words, owed))])) } }
        @else if owed < 0 { span .chip.red { span aria-hidden="true" { "▲ " } (words.with("desk-bill-to-refund", &[("amount", euros(words, -owed))])) } }
        @else { span .chip.green { span aria-hidden="true" { "● " } (words.t("desk-bill-settled")) } }
        @if let Some(sheet) = &state.sheet { " " span .chip { (words.t(&format!("desk-sheet-stage-{}", sheet.stage.key()))) } }
    }
}

/// The form that charges for the archive.
#[derive(Deserialize)]
pub(super) struct ArchiveCharged {
    examen: Uuid,
    formulaire: Uuid,
}

pub(super) async fn issue_archive(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Form(form): Form<ArchiveCharged>,
) -> Response {
    match pages.practice.issue_archive(&who, ExamId(form.examen), form.formulaire).await {
        Ok(invoice) => Redirect::to(&format!("/factures/{}", invoice.number)).into_response(),
        Err(error) => failed_practice(&error),
    }
}

pub(super) async fn one(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(number): Path<u64>,
) -> Response {
    match pages.practice.invoice(&who, number).await {
        Ok((state, _)) => {
            page(&pages, &words, Some(&who), "desk-bill-one", body(&pages, &words, &state)).into_response()
        }
        Err(error) => failed_practice(&error),
    }
}

fn body(pages: &DeskPages, words: &Words, state: &InvoiceState) -> Markup {
    let invoice = &state.invoice;
    html! {
        h1 { (words.t(&format!("desk-bill-kind-{}", invoice.kind.key()))) " " span .number { (invoice.number) } }
        (head(words, invoice))
        @if invoice.kind == InvoiceKind::Archive { p { (words.t("desk-bill-archive-outside")) } }
        (table(words, &invoice.lines))
        (sums(words, [invoice.total, invoice.fund, invoice.complementary, invoice.at_the_desk]))
        p { (standing(words, state)) }
        @if let Some(rights) = invoice.coverage.as_ref().filter(|_| state.sheet.is_some()) {
            p .help { (words.t("desk-sheet-simulated")) " " (rights.regime) " " (rights.fund) " " (rights.centre) }
        }
        @if !state.payments.is_empty() {
            h2 { (words.t("desk-bill-receipt")) }
            ul .history { @for paid in &state.payments { li { (words.instant(paid.at)) " — " (euros(words, paid.amount)) " — "
                (words.t(&format!("desk-paid-from-{}", paid.from))) " — " (words.t(&format!("desk-paid-by-{}", paid.how)))
                @if let Some(reference) = &paid.reference { " — " (reference) } } } }
        }
        (acts(pages, words, state))
    }
}

fn head(words: &Words, invoice: &Invoice) -> Markup {
    html! { dl .facts {
        dt { (words.t("desk-col-patient")) } dd { a href={ "/patients/" (invoice.patient) } { (invoice.patient_name) } }
        dt { (words.t("desk-col-birth")) } dd { (words.birth(invoice.born)) }
        dt { (words.t("desk-bill-care")) } dd { (words.date(invoice.care_date)) }
        dt { (words.t("desk-bill-issued")) } dd { (words.instant(invoice.at)) " — " (words.with("desk-by", &[("login", invoice.by.clone())])) }
        @if let Some(doctor) = &invoice.prescriber { dt { (words.t("desk-order-prescriber")) }
            dd { (doctor.family_name) " " (doctor.first_name) @if let Some(rpps) = &doctor.rpps { " — RPPS " (rpps) } } }
        @if let Some(old) = invoice.corrects { dt { (words.t("desk-bill-of")) }
            dd { a href={ "/factures/" (old) } .number { (old) } @if let Some(reason) = &invoice.reason { " — " (reason) } } }
        @if let Some(due) = invoice.due { dt { (words.t("desk-sheet-due")) } dd { (words.date(due)) } }
    } }
}

/// What can be done with it: pay first, in reach of the keyboard.
fn acts(pages: &DeskPages, words: &Words, state: &InvoiceState) -> Markup {
    let (invoice, owed) = (&state.invoice, state.owed_by_patient());
    let to = |act: &str| format!("/factures/{}/{act}", invoice.number);
    let alive = invoice.kind != InvoiceKind::Credit && state.credited_by.is_none();
    html! {
        @if owed != 0 { section .panel { form .inline method="post" action=(to("paiement")) {
            input type="hidden" name="formulaire" value=(pages.practice.form_id());
            label for="montant" { (words.t(if owed > 0 { "desk-bill-pay-amount" } else { "desk-bill-refund-amount" })) }
            input #montant name="montant" required inputmode="decimal" maxlength="10" autocomplete="off" value=(decimal(owed));
            label for="moyen" { (words.t("desk-bill-pay-how")) }
            select #moyen name="moyen" { @for how in ["card", "cash", "cheque", "transfer"] { option value=(how) { (words.t(&format!("desk-paid-by-{how}"))) } } }
            button accesskey="p" { (words.t("desk-bill-pay")) }
        } } }
        @if alive && invoice.kind == InvoiceKind::Archive && owed > 0 {
            @match state.notice_at {
                None => form method="post" action=(to("avis")) { p .help { (words.t("desk-bill-notice-help")) } button .quiet { (words.t("desk-bill-notice")) } },
                Some(at) => p .amber { (words.with("desk-bill-noticed", &[("at", words.instant(at))])) },
            }
        }
        @if alive { details {
            summary { (words.t("desk-bill-correct")) }
            @if invoice.kind == InvoiceKind::Care {
                p { a href={ "/facturer?corrige=" (invoice.number) } { (words.t("desk-bill-replace")) } }
            }
            form .stack method="post" action=(to("avoir")) {
                input type="hidden" name="formulaire" value=(pages.practice.form_id());
                label for="motif" { (words.t("desk-bill-reason")) }
                input #motif name="motif" required maxlength="200" autocomplete="off";
                button .quiet { (words.t("desk-bill-credit")) }
            }
        } }
    }
}

/// *12,50*, as forms have it.
fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{},{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// Cents of *12,50*, *12.5* or *12*.
fn cents(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches('€').trim().replace(',', ".");
    let (sign, text) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
    let (euros, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if euros.is_empty() || euros.len() > 7 || rest.len() > 2 || !digits(euros) || !digits(rest) {
        return None;
    }
    Some(sign * (euros.parse::<i64>().ok()? * 100 + format!("{rest:0<2}").parse::<i64>().ok()?))
}

/// What the form of a payment brings.
#[derive(Deserialize)]
pub(super) struct Paid {
    montant: String,
    moyen: String,
    formulaire: Uuid,
}

pub(super) async fn pay(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(number): Path<u64>,
    Form(form): Form<Paid>,
) -> Response {
    let Some(amount) = cents(&form.montant) else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    back(number, pages.practice.pay(&who, number, amount, ("patient", &form.moyen), form.formulaire).await)
}

/// What the form of a credit brings.
#[derive(Deserialize)]
pub(super) struct Credited {
    motif: String,
    formulaire: Uuid,
}

pub(super) async fn credit(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(number): Path<u64>,
    Form(form): Form<Credited>,
) -> Response {
    back(number, pages.practice.credit(&who, number, form.motif, form.formulaire).await.map(drop))
}

pub(super) async fn notice(State(pages): State<DeskPages>, Staff(who): Staff, Path(number): Path<u64>) -> Response {
    back(number, pages.practice.unpaid_notice(&who, number).await)
}

fn back(number: u64, done: Result<(), PracticeError>) -> Response {
    match done {
        Ok(()) => Redirect::to(&format!("/factures/{number}")).into_response(),
        Err(error) => failed_practice(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::{cents, decimal};

    #[test]
    fn amounts_are_read_as_people_type_them() {
        for (text, expected) in
            [("12,50", Some(1250)), ("12.5", Some(1250)), ("12", Some(1200)), ("-3,05 €", Some(-305))]
        {
            assert_eq!(cents(text), expected, "{text}");
        }
        for wrong in ["", ",5", "1,234", "douze", "12,5x", "99999999", "--1"] {
            assert_eq!(cents(wrong), None, "{wrong}");
        }
        assert_eq!(decimal(-305), "-3,05");
    }
}
