//! The day, by room: what is planned, who has come, what is done; one appointment.

use super::frame::{Words, page};
use super::place::Path;
use super::{DeskPages, Staff, failed_practice};
use archive::desk::ExamLine;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use practice::Room;
use practice::day::{Day, DayLine};
use practice::people::AppointmentState;
use serde::Deserialize;
use time::macros::format_description;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Which day.
#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    date: String,
}

/// A date as forms have it: `2026-11-25`.
pub(super) fn date_of(text: &str) -> Option<Date> {
    Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).ok()
}

pub(super) async fn show(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Query(asked): Query<Asked>,
) -> Response {
    let date = date_of(&asked.date).unwrap_or_else(|| pages.practice.today());
    let day = match pages.practice.day(&who, date).await {
        Ok(day) => day,
        Err(error) => return failed_practice(&error),
    };
    let at = |day: Option<Date>| format!("/jour?date={}", day.unwrap_or(date));
    let body = html! {
        h1 { (words.t("desk-day")) " — " (words.date(day.date)) }
        (finding(&words))
        nav aria-label=(words.t("desk-day-others")) {
            p { a accesskey="p" href=(at(date.previous_day())) { (words.t("desk-day-before")) } " "
                a accesskey="j" href="/jour" { (words.t("desk-day-today")) } " "
                a accesskey="s" href=(at(date.next_day())) { (words.t("desk-day-after")) } }
        }
        @for (room, lines) in &day.rooms { (room_table(&words, room, lines)) }
        (others(&words, &day))
    };
    page(&pages, &words, Some(&who), "desk-day", body).into_response()
}

/// Where every day begins: whom are we speaking of?
pub(super) fn finding(words: &Words) -> Markup {
    html! {
        form .search method="post" action="/patients/chercher" role="search" {
            label for="qui" { (words.t("desk-patient-search")) }
            input #qui type="search" name="qui" autocomplete="off" autofocus maxlength="120";
            label for="ne" { (words.t("desk-col-birth")) }
            input #ne name="ne" autocomplete="off" maxlength="10" placeholder="JJ/MM/AAAA" size="12";
            button { (words.t("desk-search-go")) }
            a accesskey="n" href="/patients/nouveau" { (words.t("desk-patient-new")) }
        }
    }
}

fn room_table(words: &Words, room: &Room, lines: &[DayLine]) -> Markup {
    html! {
        h2 { (room.name) " " span .help { (room.modality) } }
        @if lines.is_empty() { p .empty { (words.t("desk-day-none")) } } @else {
            table {
                thead { tr { @for key in ["desk-day-time", "desk-col-patient", "desk-col-birth", "desk-order-act", "desk-col-state"] {
                    th scope="col" { (words.t(key)) } } } }
                tbody { @for line in lines { tr {
                    td .number { (hour(line.appointment.starts_at)) }
                    th scope="row" { a href={ "/rendez-vous/" (line.appointment.appointment) } { (name(line)) } }
                    td { (words.birth(line.patient.traits.birth_date)) }
                    td { (line.appointment.act_label) @if line.appointment.screening { " " (chip(words, "¶", "desk-order-screening", "green")) } }
                    td { (states(words, line)) }
                } } }
            }
        }
    }
}

fn others(words: &Words, day: &Day) -> Markup {
    html! { @if !day.others.is_empty() {
        h2 { (words.t("desk-day-without")) }
        ul { @for exam in &day.others { li { a href={ "/examen/" (exam.id) } { (exam.patient_name) } " — " (exam.title) } } }
    } }
}

pub(super) fn name(line: &DayLine) -> String {
    super::patients::name(&line.patient)
}

/// *9 h 05*, in the practice's time.
pub(super) fn hour(at: OffsetDateTime) -> String {
    let local = at + crate::messages::offset_at(at);
    format!("{} h {:02}", local.hour(), local.minute())
}

fn chip(words: &Words, shape: &str, key: &str, level: &str) -> Markup {
    html! { span class={ "chip " (level) } { span aria-hidden="true" { (shape) " " } (words.t(key)) } }
}

/// State by shape and word, never by colour alone.
fn states(words: &Words, line: &DayLine) -> Markup {
    let (shape, level) = match line.appointment.state {
        AppointmentState::Planned => ("○", ""),
        AppointmentState::Arrived => ("◐", "amber"),
        AppointmentState::Performed => ("●", "green"),
        AppointmentState::Cancelled => ("✕", "red"),
    };
    html! {
        (chip(words, shape, &format!("desk-appointment-{}", line.appointment.state.key()), level)) " "
        @if let Some(exam) = &line.exam { (of_exam(words, exam)) }
    }
}

fn of_exam(words: &Words, exam: &ExamLine) -> Markup {
    html! {
        (chip(words, "▦", "desk-day-images", "green")) " "
        @if exam.reported { (chip(words, "¶", "desk-reported", "green")) }
        @if exam.waiting { (chip(words, "?", "desk-waiting", "amber")) }
    }
}

pub(super) async fn one(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    words: Words,
    Path(appointment): Path<Uuid>,
) -> Response {
    match pages.practice.appointment(&who, appointment).await {
        Ok(line) => page(&pages, &words, Some(&who), "desk-appointment", body(&words, &line)).into_response(),
        Err(error) => failed_practice(&error),
    }
}

fn body(words: &Words, line: &DayLine) -> Markup {
    let appointment = &line.appointment;
    html! {
        h1 { (words.t("desk-appointment")) " — " (name(line)) }
        p { (states(words, line)) }
        dl .facts {
            dt { (words.t("desk-col-patient")) } dd { a href={ "/patients/" (line.patient.id) } { (name(line)) } }
            dt { (words.t("desk-col-birth")) } dd { (words.birth(line.patient.traits.birth_date)) }
            dt { (words.t("desk-day-time")) } dd { (words.instant(appointment.starts_at)) " — " (appointment.room) }
            dt { (words.t("desk-order-act")) } dd { (appointment.act_code) " — " (appointment.act_label) }
            dt { (words.t("desk-accession")) } dd .number { (appointment.accession) }
            @if let Some(doctor) = &appointment.prescriber {
                dt { (words.t("desk-order-prescriber")) }
                dd { (doctor.family_name) " " (doctor.first_name) @if let Some(rpps) = &doctor.rpps { " — RPPS " (rpps) } }
            }
            @if appointment.screening { dt { (words.t("desk-order-kind")) } dd { (words.t("desk-order-screening")) } }
            @if appointment.breast_follow_up { dt { (words.t("desk-order-kind")) } dd { (words.t("desk-order-follow-up")) } }
        }
        (next(words, line))
        p { a accesskey="f" href={ "/facturer?rdv=" (appointment.appointment) } { (words.t("desk-bill")) } }
        @if let Some(exam) = &line.exam { p { a href={ "/examen/" (exam.id) } { (words.t("desk-day-to-exam")) } } }
        ul .history { @for step in appointment.steps.iter().rev() { li {
            (words.t(&format!("desk-appointment-{}", step.state.key()))) " — " (words.instant(step.at)) " — "
            (words.with("desk-by", &[("login", step.by.clone())]))
        } } }
    }
}

/// The next step first, and in reach of the keyboard.
fn next(words: &Words, line: &DayLine) -> Markup {
    let all = [
        (AppointmentState::Arrived, "arrive", "desk-appointment-arrive"),
        (AppointmentState::Performed, "fait", "desk-appointment-perform"),
        (AppointmentState::Cancelled, "annule", "desk-appointment-cancel"),
    ];
    html! { form .inline method="post" action={ "/rendez-vous/" (line.appointment.appointment) "/etat" } {
        @for (state, value, key) in all.into_iter().filter(|(state, _, _)| line.appointment.may_become(*state)) {
            button .quiet[state == AppointmentState::Cancelled] name="etat" value=(value) { (words.t(key)) } " "
        }
    } }
}

/// What the form of states brings.
#[derive(Deserialize)]
pub(super) struct Stepped {
    etat: String,
}

pub(super) async fn step(
    State(pages): State<DeskPages>,
    Staff(who): Staff,
    Path(appointment): Path<Uuid>,
    Form(form): Form<Stepped>,
) -> Response {
    let state = match form.etat.as_str() {
        "arrive" => AppointmentState::Arrived,
        "fait" => AppointmentState::Performed,
        "annule" => AppointmentState::Cancelled,
        _ => return StatusCode::BAD_REQUEST.into_response(),
    };
    match pages.practice.step(&who, appointment, state).await {
        Ok(()) => Redirect::to(&format!("/rendez-vous/{appointment}")).into_response(),
        Err(error) => failed_practice(&error),
    }
}
