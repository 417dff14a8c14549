//! The three forms: hide, designate, object. Everything is there without scripts; what was not chosen is not read.

use super::PAGE;
use crate::layout::Words;
use diffusion::{Choices, NamedWith};
use exam::rights::{Purpose, Says};
use maud::{Markup, html};
use std::collections::BTreeMap;

pub(super) fn all(words: &Words, choices: &Choices) -> Markup {
    html! { (hide(words, choices)) (designate(words)) (object(words, choices)) }
}

fn hide(words: &Words, choices: &Choices) -> Markup {
    html! {
        section aria-labelledby="cacher" {
            h2 #cacher { (words.t("choices-hide")) }
            form method="post" action=(PAGE) novalidate {
                input type="hidden" name="acte" value="cacher";
                (what(words, choices))
                (whom(words, choices))
                label .tick { input type="checkbox" name="prescripteur" value="oui" aria-describedby="prescripteur-aide";
                    span { (words.t("choices-orderer-too")) } }
                p .hint #prescripteur-aide { (words.t("choices-orderer-hint")) }
                button .main type="submit" { (words.t("choices-see")) }
            }
        }
    }
}

fn what(words: &Words, choices: &Choices) -> Markup {
    html! {
        fieldset .options {
            legend { (words.t("choices-what")) }
            (radio(words, "quoi", "examen", "choices-what-exam", true))
            (radio(words, "quoi", "compte-rendu", "choices-what-report", false))
            div .field.under {
                label for="examen" { (words.t("choices-which")) }
                select #examen name="examen" { @for exam in &choices.exams {
                    option value=(exam.exam) selected[exam.exam == choices.here] {
                        (words.with("choices-which-line", &[("title", &exam.title), ("date", &words.date(exam.date))]))
                    }
                } }
            }
            (radio(words, "quoi", "periode", "choices-what-period", false))
            div .pair.under {
                div .field { label for="du" { (words.t("choices-first")) } input #du type="date" name="du"; }
                div .field { label for="au" { (words.t("choices-last")) } input #au type="date" name="au"; }
            }
            (radio(words, "quoi", "tout", "choices-what-all", false))
        }
    }
}

fn whom(words: &Words, choices: &Choices) -> Markup {
    html! {
        fieldset .options {
            legend { (words.t("choices-whom")) }
            @for one in proposed(choices) {
                @let key = if one.ordered { "choices-ordered" } else { "choices-copied" };
                label .tick { input type="radio" name="qui" value=(one.rpps);
                    span { (words.with(key, &[("name", &one.name)])) } }
            }
            (radio(words, "qui", "rpps", "choices-professional", false))
            div .under { (number(words, "rpps", "cacher-rpps", "choices-rpps")) }
            (radio(words, "qui", "finess", "choices-structure", false))
            div .under { (number(words, "finess", "cacher-finess", "choices-finess")) }
            (radio(words, "qui", "tous", "choices-everyone", false))
            (radio(words, "qui", "sauf", "choices-but", false))
            div .field.under {
                label for="sauf" { (words.t("choices-but-label")) }
                p .hint #sauf-aide { (words.t("choices-but-hint")) }
                input #sauf name="sauf" type="text" autocomplete="off" maxlength="400" aria-describedby="sauf-aide";
            }
        }
    }
}

/// Whom the exams on line name, each once; who ordered one comes as that.
fn proposed(choices: &Choices) -> Vec<&NamedWith> {
    let mut known: BTreeMap<&str, &NamedWith> = BTreeMap::new();
    for one in choices.exams.iter().flat_map(|exam| &exam.named).filter(|one| !one.name.is_empty()) {
        let kept = known.entry(one.rpps.as_str()).or_insert(one);
        if one.ordered {
            *kept = one;
        }
    }
    known.into_values().collect()
}

fn designate(words: &Words) -> Markup {
    html! {
        section aria-labelledby="designer" {
            h2 #designer { (words.t("choices-designate")) }
            p { (words.t("choices-designate-intro")) }
            form method="post" action=(PAGE) novalidate {
                input type="hidden" name="acte" value="designer";
                (number(words, "rpps", "designer-rpps", "choices-rpps"))
                button .button type="submit" { (words.t("choices-see")) }
            }
        }
    }
}

fn object(words: &Words, choices: &Choices) -> Markup {
    let done = choices
        .in_force
        .iter()
        .any(|one| one.statement.purpose == Purpose::Transmission && one.statement.says == Says::Deny && !one.ending);
    html! {
        @if !done {
            section aria-labelledby="opposer" {
                h2 #opposer { (words.t("choices-object")) }
                p { (words.t("choices-object-intro")) }
                form method="post" action=(PAGE) {
                    input type="hidden" name="acte" value="opposer";
                    button .button.plain type="submit" { (words.t("choices-object-do")) }
                }
            }
        }
    }
}

fn radio(words: &Words, name: &str, value: &str, key: &str, checked: bool) -> Markup {
    html! {
        label .tick { input type="radio" name=(name) value=(value) checked[checked]; span { (words.t(key)) } }
    }
}

fn number(words: &Words, name: &str, id: &str, key: &str) -> Markup {
    let help = format!("{id}-aide");
    html! {
        div .field {
            label for=(id) { (words.t(key)) }
            p .hint id=(help) { (words.t(&format!("{key}-hint"))) }
            input id=(id) name=(name) type="text" inputmode="numeric" autocomplete="off" maxlength="20"
                aria-describedby=(help);
        }
    }
}
