//! The sentences of the sheet, in French and English.

use super::SheetData;
use time::Date;

/// What the page of its own accompanies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Companion {
    /// The report stands before it in the same document.
    ReportBefore,
    /// The report is a document of its own.
    ReportApart,
    /// No report has come.
    Nothing,
}

/// A date in full; its parts stay on one line.
pub(super) fn date(date: Date, english: bool) -> String {
    let month = exam::dates::month_name(date.month(), english);
    let day = match (date.day(), english) {
        (1, false) => "1er".to_owned(),
        (day, _) => day.to_string(),
    };
    format!("{day}\u{a0}{month}\u{a0}{}", date.year())
}

pub(super) fn address_label(english: bool) -> &'static str {
    if english { "Your images on line, at" } else { "Vos images sur internet, à l’adresse" }
}

pub(super) fn number_label(english: bool) -> &'static str {
    if english { "Exam number" } else { "N° d’examen" }
}

pub(super) fn code_label(english: bool) -> &'static str {
    if english { "Access code" } else { "Code d’accès" }
}

/// How long, and what this paper is good for.
pub(super) fn validity(data: &SheetData) -> String {
    let online = date(data.online_until, data.english);
    let archived = data.archived_until.map(|until| date(until, data.english));
    match (data.english, archived) {
        (false, None) => format!("Consultable en ligne jusqu’au {online}."),
        (false, Some(until)) => format!(
            "Consultable en ligne jusqu’au {online}. Gardez cette feuille\u{a0}: ensuite, ce code permet de faire \
             revenir les images de nos archives, au moins jusqu’au {until}."
        ),
        (true, None) => format!("On line until {online}."),
        (true, Some(until)) => format!(
            "On line until {online}. Keep this sheet: afterwards, this code brings the images back from our archives, \
             at least until {until}."
        ),
    }
}

pub(super) fn warning(english: bool) -> &'static str {
    if english {
        "Give this sheet only to people of your choice."
    } else {
        "Ne donnez cette feuille qu’aux personnes de votre choix."
    }
}

/// The line on the other pages.
pub(super) fn pointer(english: bool) -> &'static str {
    if english {
        "To see the images on line: bottom of the last page."
    } else {
        "Pour voir les images sur internet\u{a0}: bas de la dernière page."
    }
}

pub(super) fn heading(english: bool) -> &'static str {
    if english { "Seeing your images on line" } else { "Voir vos images sur internet" }
}

/// The exam and its date.
pub(super) fn exam(data: &SheetData) -> String {
    let date = date(data.exam_date, data.english);
    if data.english { format!("{}, {date}", data.title) } else { format!("{}, le {date}", data.title) }
}

/// What goes with this page.
pub(super) fn companion(companion: Companion, data: &SheetData) -> String {
    match (companion, data.english) {
        (Companion::ReportBefore, false) => "Cette page complète le compte rendu qui précède.".into(),
        (Companion::ReportBefore, true) => "This page completes the report before it.".into(),
        (Companion::ReportApart, false) => "Cette feuille accompagne le compte rendu, remis à part.".into(),
        (Companion::ReportApart, true) => "This sheet goes with the report, which is given apart.".into(),
        (Companion::Nothing, false) => format!(
            "Le compte rendu n’est pas encore disponible. Votre médecin ou notre équipe pourra vous répondre\u{a0}: {}.",
            data.phone
        ),
        (Companion::Nothing, true) => {
            format!("The report is not available yet. Your doctor or our team can answer you: {}.", data.phone)
        }
    }
}

/// What to do, step by step.
pub(super) fn steps(data: &SheetData) -> [String; 4] {
    let SheetData { address, .. } = data;
    if data.english {
        [
            format!("1. Scan the square below with a telephone, or type this address: {address}"),
            "2. Enter the exam number and the access code written below.".into(),
            "3. Enter your birth date.".into(),
            "The code never contains I, L, O or U: what looks like I or L is a 1, what looks like O is a 0.".into(),
        ]
    } else {
        [
            format!("1. Scannez le carré ci-dessous avec un téléphone, ou tapez cette adresse\u{a0}: {address}"),
            "2. Indiquez le numéro d’examen et le code d’accès écrits ci-dessous.".into(),
            "3. Indiquez votre date de naissance.".into(),
            "Le code ne contient jamais de I, L, O ni U\u{a0}: ce qui ressemble à I ou L est un 1, à O un 0.".into(),
        ]
    }
}

/// Whom to call.
pub(super) fn help(data: &SheetData) -> String {
    let SheetData { phone, hours, .. } = data;
    if data.english { format!("Help: {phone} ({hours})") } else { format!("Besoin d’aide\u{a0}: {phone} ({hours})") }
}
