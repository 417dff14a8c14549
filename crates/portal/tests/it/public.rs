//! The public pages and the two languages.

use crate::rig::Rig;
use axum::http::StatusCode;
use exam::policy::Policies;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const FR: &str = concat!(
    include_str!("../../messages/fr.ftl"),
    include_str!("../../messages/prescriber.fr.ftl"),
    include_str!("../../messages/statement.fr.ftl"),
    include_str!("../../messages/choices.fr.ftl")
);
const EN: &str = concat!(
    include_str!("../../messages/en.ftl"),
    include_str!("../../messages/prescriber.en.ftl"),
    include_str!("../../messages/statement.en.ftl"),
    include_str!("../../messages/choices.en.ftl")
);

/// Key → the figures its sentence names.
fn messages(text: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut key = "";
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with(' ')) {
            key = name;
            assert!(found.insert(key, BTreeSet::new()).is_none(), "{key} is there twice");
        }
        for figure in line.split("{ $").skip(1) {
            let name = figure.split([' ', '}']).next().unwrap();
            found.get_mut(key).unwrap().insert(name);
        }
    }
    found
}

#[test]
fn both_languages_have_the_same_sentences_with_the_same_figures() {
    let (fr, en) = (messages(FR), messages(EN));
    assert!(fr.len() > 100);
    assert_eq!(fr, en);
}

#[test]
fn every_sentence_is_whole_and_calm() {
    for (lang, text) in [("fr", FR), ("en", EN)] {
        assert!(fluent_bundle::FluentResource::try_new(text.to_owned()).is_ok(), "{lang}");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            assert!(!line.contains('!'), "{lang}: {line}");
            for word in ["token", "session", "invalide", "invalid", "erreur 4", "HTTP"] {
                assert!(!line.to_lowercase().contains(word), "{lang}: {line}");
            }
        }
    }
}

#[test]
fn every_sentence_a_page_names_exists() {
    let known = messages(FR);
    for source in sources(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let text = std::fs::read_to_string(&source).unwrap();
        for literal in text.split('"').skip(1).step_by(2) {
            let prefix = literal.split('-').next().unwrap();
            let ours = [
                "door",
                "exam",
                "times",
                "report",
                "download",
                "looked",
                "expired",
                "missing",
                "failed",
                "archive",
                "data",
                "legal",
                "accessibility",
                "prescribers",
                "pro",
                "page",
                "site",
                "size",
                "back",
                "choices",
                "stated",
                "share",
            ]
            .contains(&prefix);
            let shaped = literal.contains('-') && literal.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
            let other = [
                "report-text",
                "data-label",
                "data-faute",
                "archive-not-chosen",
                "archive-declined",
                "exam-head",
                "data-protection",
            ];
            if ours && shaped && !other.contains(&literal) && !literal.ends_with('-') {
                assert!(known.contains_key(literal), "{literal} of {}", source.display());
            }
        }
    }
}

fn sources(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let of = |path: std::path::PathBuf| match path {
        path if path.ends_with("desk") => Vec::new(),
        path if path.is_dir() => sources(&path),
        path => vec![path],
    };
    entries.flat_map(of).filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

#[tokio::test]
async fn every_page_has_both_languages_one_heading_and_the_telephone() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    for address in [
        "/",
        "/examen",
        "/examen/rapport",
        "/examen/telechargements",
        "/examen/consultations",
        "/archivage",
        "/donnees",
        "/mentions",
        "/accessibilite",
        "/prescripteurs",
        "/ferme",
        "/nowhere",
    ] {
        let french = browser.get(&format!("{address}?lang=fr")).await.text();
        let english = browser.get(&format!("{address}?lang=en")).await.text();
        for (lang, page) in [("fr", &french), ("en", &english)] {
            assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{address} {lang}");
            assert!(page.contains("02 00 00 00 00") && page.contains("tel:0200000000"), "{address} {lang}");
            let headings = page.matches("<h1").count();
            assert_eq!(headings, if address == "/" || address == "/ferme" { 2 } else { 1 }, "{address} {lang}");
            assert!(page.contains("<main id=\"contenu\"") && page.contains("href=\"#contenu\""), "{address} {lang}");
        }
        assert!(french.contains("?lang=en") && english.contains("?lang=fr"), "{address}");
        assert_ne!(french, english);
    }
    // The choice stays.
    assert!(browser.get("/archivage").await.text().contains("lang=\"en\""));
    assert!(rig.browser().get("/archivage?lang=de").await.text().contains("<html lang=\"fr\">"));
}

#[tokio::test]
async fn the_rules_shown_are_the_rows_in_force() {
    let rig = Rig::new().await;
    let page = rig.browser().get("/archivage").await.text();
    for said in [
        "Scanner",
        "24 mois",
        "toujours, au moins 5 ans",
        "6 mois, que l'archivage soit choisi ou non",
        "si vous le choisissez, au moins 20 ans",
        "3 mars 2027",
        "CHU de Exemple",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let mut rows = Policies::default().rows().to_vec();
    for row in &mut rows {
        row.diffusion_months = 1;
        row.diffusion_if_chosen_months = 12;
    }
    let changed = Policies::new(rows).unwrap();
    let rig = Rig::with(|pages| pages.policies = Arc::new(changed), |_| {}).await;
    let page = rig.browser().get("/archivage").await.text();
    assert!(page.contains("1 mois ; 12 mois si vous avez choisi l'archivage") && !page.contains("24 mois</td>"));
}

#[tokio::test]
async fn where_no_archive_is_sold_none_is_spoken_of() {
    let site = portal::SiteInfo { paid_archive: portal::PaidArchive::default(), ..crate::rig::site() };
    let rig = Rig::with(|pages| pages.site = Arc::new(site), |_| {}).await;
    let page = rig.browser().get("/archivage").await.text();
    assert!(page.contains("ne sont pas archivées") && page.contains("toujours, au moins 5 ans"));
    for word in ["votre charge", "si vous le choisissez", "payant", "20 ans</td>"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[tokio::test]
async fn data_protection_names_the_officer_the_rights_and_the_cnil() {
    let rig = Rig::new().await;
    let page = rig.browser().get("/donnees").await;
    assert_eq!(page.status, StatusCode::OK);
    for said in ["dpo@exemple.fr", "RGPD", "78-17", "CNIL", "Hébergeur Exemple", "8 jours"] {
        assert!(page.text().contains(said), "{said}");
    }
}

#[test]
fn the_door_s_script_checks_with_the_very_tables_of_the_rules() {
    let script = include_str!("../../assets/door.js");
    let alphabet = std::str::from_utf8(exam::code::ALPHABET).unwrap();
    assert!(script.contains(&format!("const ALPHABET = '{alphabet}';")));
    assert!(script.contains(&format!("const WEIGHTS = {:?};", exam::code::WEIGHTS)));
    for row in exam::number::DAMM {
        let row: String = row.iter().map(u8::to_string).collect();
        assert!(script.contains(&format!("'{row}'")), "{row}");
    }
}
