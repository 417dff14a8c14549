//! The forms of the page: whom else to ask about, and what the person says.

use super::super::frame::Words;
use archive::desk::RightsPage;
use maud::{Markup, html};
use uuid::Uuid;

pub(super) fn others(words: &Words, exam: Uuid) -> Markup {
    html! {
        form .stack method="post" action={ "/examen/" (exam) "/droits" } {
            input type="hidden" name="acte" value="voir";
            label for="autres" { (words.t("desk-rights-others")) }
            input #autres name="autres" type="text" autocomplete="off" maxlength="400";
            div { button .quiet { (words.t("desk-rights-others-go")) } }
        }
    }
}

pub(super) fn say(words: &Words, exam: Uuid, known: &RightsPage) -> Markup {
    html! {
        section .panel aria-labelledby="dire" {
            h2 #dire { (words.t("desk-rights-say")) }
            form .stack method="post" action={ "/examen/" (exam) "/droits" } {
                (choice(words, "acte", "desk-rights-act", &[
                    ("cacher", "desk-rights-hide"), ("designer", "desk-rights-designate"),
                    ("opposer", "desk-rights-object"),
                ]))
                (choice(words, "quoi", "desk-rights-what", &[
                    ("examen", "desk-rights-what-exam"), ("compte-rendu", "desk-rights-what-report"),
                    ("periode", "desk-rights-what-period"), ("tout", "desk-rights-what-all"),
                ]))
                label for="examen" { (words.t("desk-rights-which")) }
                select #examen name="examen" { @for (id, title, date, _) in &known.exams {
                    option value=(id) selected[*id == exam] {
                        (title) @if let Some(date) = date { ", " (words.date(*date)) }
                    }
                } }
                label for="du" { (words.t("desk-rights-first")) } input #du type="date" name="du";
                label for="au" { (words.t("desk-rights-last")) } input #au type="date" name="au";
                (choice(words, "qui", "desk-rights-whom", &[
                    ("rpps", "desk-rights-rpps-one"), ("finess", "desk-rights-finess-one"),
                    ("tous", "desk-rights-everyone"), ("sauf", "desk-rights-but"),
                ]))
                (text(words, "rpps", "desk-rights-rpps"))
                (text(words, "finess", "desk-rights-finess"))
                (text(words, "sauf", "desk-rights-except"))
                label .check { input type="checkbox" name="prescripteur" value="oui"; (words.t("desk-rights-orderer")) }
                @if !known.objections.is_empty() {
                    label for="demande" { (words.t("desk-rights-request")) }
                    select #demande name="demande" {
                        option value="" { (words.t("desk-rights-no-request")) }
                        @for request in &known.objections { option value=(request) { (request) } }
                    }
                }
                div { button { (words.t("desk-rights-see")) } }
            }
        }
    }
}

fn choice(words: &Words, name: &str, legend: &str, options: &[(&str, &str)]) -> Markup {
    html! {
        label for=(name) { (words.t(legend)) }
        select id=(name) name=(name) { @for (value, key) in options { option value=(value) { (words.t(key)) } } }
    }
}

fn text(words: &Words, name: &str, key: &str) -> Markup {
    html! {
        label for=(name) { (words.t(key)) }
        input id=(name) name=(name) type="text" autocomplete="off" maxlength="400";
    }
}
