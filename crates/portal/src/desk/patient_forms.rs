//! The forms about a patient: traits, rights, an order.

use super::DeskPages;
use super::frame::Words;
use super::patients::Told;
use maud::{Markup, html};
use practice::people::{Coverage, CoverageExemption};

/// What keeps a form from being taken, above it.
pub(super) fn wrong(words: &Words, field: Option<&'static str>) -> Markup {
    html! { @if let Some(field) = field {
        p .error role="alert" { (words.t(&format!("wrong-{field}"))) }
    } }
}

fn text(words: &Words, key: &str, name: &str, value: &str, required: bool) -> Markup {
    html! {
        label for=(name) { (words.t(key)) }
        input id=(name) name=(name) value=(value) required[required] maxlength="120" autocomplete="off";
    }
}

pub(super) fn traits(words: &Words, action: &str, told: &Told, button: &str) -> Markup {
    html! { form .stack method="post" action=(action) {
        (text(words, "desk-patient-birth-name", "naissance", &told.naissance, true))
        (text(words, "desk-patient-first-names", "prenoms", &told.prenoms, true))
        (text(words, "desk-patient-used-name", "usage", &told.usage, false))
        label for="ne" { (words.t("desk-patient-born")) }
        input #ne name="ne" value=(told.ne) required maxlength="10" inputmode="numeric" autocomplete="off";
        label for="sexe" { (words.t("desk-patient-sex")) }
        select #sexe name="sexe" {
            @for (value, key) in [("", "desk-sex-unknown"), ("F", "desk-sex-f"), ("M", "desk-sex-m")] {
                option value=(value) selected[told.sexe == value] { (words.t(key)) } } }
        (text(words, "desk-patient-birth-place", "lieu", &told.lieu, false))
        (text(words, "desk-patient-email", "courriel", &told.courriel, false))
        (text(words, "desk-patient-phone", "telephone", &told.telephone, false))
        button { (words.t(button)) }
    } }
}

pub(super) fn rights(words: &Words, action: &str, known: Option<&Coverage>) -> Markup {
    let said = |of: fn(&Coverage) -> String| known.map(of).unwrap_or_default();
    let exemption = known.map(|known| known.exemption).unwrap_or_default();
    html! { form .stack method="post" action=(action) {
        (text(words, "desk-rights-nir", "nir", &said(|known| known.insured_nir.clone()), true))
        p .help { (words.t("desk-rights-nir-help")) }
        (text(words, "desk-rights-insured", "assure", &said(|known| known.insured_name.clone().unwrap_or_default()), false))
        label for="rang" { (words.t("desk-rights-rank")) }
        input #rang name="rang" value=(known.map_or(1, |known| known.birth_rank)) required inputmode="numeric" maxlength="1" autocomplete="off";
        (text(words, "desk-rights-fund-nine", "organisme", &said(|known| format!("{} {} {}", known.regime, known.fund, known.centre)), true))
        label for="exoneration" { (words.t("desk-rights-exemption")) }
        select #exoneration name="exoneration" { @for one in CoverageExemption::ALL {
            option value=(one.key()) selected[one == exemption] { (words.t(&format!("desk-exemption-{}", one.key()))) } } }
        label .check { input type="checkbox" name="parcours" value="oui" checked[known.is_none_or(|known| known.coordinated)]; (words.t("desk-rights-coordinated")) }
        (text(words, "desk-rights-complementary", "complementaire", &said(|known| known.complementary.clone().unwrap_or_default()), false))
        label for="fin" { (words.t("desk-rights-until")) }
        input #fin type="date" name="fin" value=(said(|known| known.until.map(|date| date.to_string()).unwrap_or_default()));
        button { (words.t("desk-rights-save")) }
    } }
}

/// An order: the act is found as one types, by code or by words.
pub(super) fn order(words: &Words, pages: &DeskPages, action: &str) -> Markup {
    let today = pages.practice.today();
    html! { form .stack method="post" action=(action) {
        label for="salle" { (words.t("desk-order-room")) }
        select #salle name="salle" required { @for room in &pages.practice.config.rooms { option value=(room.name) { (room.name) } } }
        label for="quand" { (words.t("desk-order-when")) }
        input #quand type="datetime-local" name="quand" required value={ (today) "T08:00" };
        label for="minutes" { (words.t("desk-order-minutes")) }
        input #minutes name="minutes" value="15" inputmode="numeric" maxlength="3" required autocomplete="off";
        label for="acte" { (words.t("desk-order-act")) }
        input #acte name="acte" list="actes" required maxlength="200" autocomplete="off";
        datalist #actes { @for (code, label) in pages.practice.usual_acts(today) { option value={ (code) " " (label) } {} } }
        (text(words, "desk-order-rpps", "rpps", "", false))
        (text(words, "desk-order-prescriber", "medecin", "", false))
        label for="cadre" { (words.t("desk-order-kind")) }
        select #cadre name="cadre" { @for (value, key) in [("", "desk-order-ordinary"), ("depistage", "desk-order-screening"), ("suivi", "desk-order-follow-up")] {
            option value=(value) { (words.t(key)) } } }
        label .check { input type="checkbox" name="confidentiel" value="oui"; (words.t("desk-order-confidential")) }
        button accesskey="r" { (words.t("desk-order-save")) }
    } }
}
