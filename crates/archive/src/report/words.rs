//! The few words that the pages add to the document, and dates in full.

use super::Heading;
use crate::sheet;
use hl7::cda::narrative::Narrative;
use time::{Date, Month};

pub(super) const REPORT: &str = "Compte rendu";
pub(super) const FROM_CDA: &str = "Mise en page du compte rendu reçu sous forme structurée";
pub(super) const FROM_TEXT: &str = "Mise en page du compte rendu reçu sous forme de texte";
pub(super) const PICTURE_MISSING: &str = "[Image non reproduite ici\u{a0}: voir le document d’origine]";
pub(super) const CUT: &str =
    "La suite de ce document n’est pas reproduite ici\u{a0}: il est trop long. Demandez-le au centre.";
pub(super) const SIGNS_MISSING: &str =
    "□ : signe du document d’origine que cette mise en page ne sait pas écrire. Demandez l’original au centre.";

/// What stands under the title of a CDA, as (label, value).
pub(super) fn cda_lines(narrative: &Narrative) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let mut say = |label, value: Option<String>| lines.extend(value.map(|value| (label, value)));
    say("Patient", narrative.patient.shown.clone());
    say("Nom de naissance", narrative.patient.birth_name.clone());
    say("Date de naissance", narrative.born.as_deref().map(said_date));
    say("Sexe", narrative.sex.as_deref().and_then(sex));
    say("Date de l’examen", narrative.performed.as_deref().map(said_date));
    say("Date du document", narrative.written.as_deref().map(said_date));
    say("Auteur", Some(narrative.authors.join(", ")).filter(|authors| !authors.is_empty()));
    say("Validé par", narrative.signed_by.clone());
    say("Établissement", narrative.organisation.clone());
    lines
}

/// What stands under the title of a plain text.
pub(super) fn text_lines(heading: &Heading) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    let mut say = |label, value: Option<String>| lines.extend(value.map(|value| (label, value)));
    say("Patient", heading.patient.clone());
    say("Date de naissance", heading.born.clone());
    say("Validé le", heading.validated.map(sheet::french_date));
    say("Auteur", heading.author.clone());
    lines
}

fn sex(code: &str) -> Option<String> {
    match code {
        "F" => Some("féminin".into()),
        "M" => Some("masculin".into()),
        _ => None,
    }
}

/// A time of HL7 (`YYYYMMDD…`, or less of it) as a date in full; anything else as it stands.
fn said_date(text: &str) -> String {
    let part = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<u16>().ok());
    let month = part(4, 6).and_then(|month| Month::try_from(u8::try_from(month).ok()?).ok());
    let day = part(6, 8).and_then(|day| u8::try_from(day).ok());
    match (part(0, 4), month, day) {
        (Some(year), Some(month), Some(day)) => {
            Date::from_calendar_date(i32::from(year), month, day).map_or_else(|_| text.to_owned(), sheet::french_date)
        }
        _ => text.to_owned(),
    }
}
