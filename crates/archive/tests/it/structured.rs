//! Reports that come as structured text or plain text are shown like any other.

use crate::played::text_of;
use crate::rig::Rig;
use crate::senders::{self, chest};
use archive::report::{Heading, of_cda, of_text};
use hl7::event::Document;
use hl7::event::ReportStatus::Final;
use link::BlobName;
use proptest::prelude::*;

const SCANNER: &[u8] = include_bytes!("../../../hl7/tests/data/scanner-level-3.xml");

fn text(pdf: &[u8]) -> String {
    text_of(pdf).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn drawn(body: &str) -> String {
    let xml = format!(
        "<ClinicalDocument><title>T</title><component><structuredBody><component><section><text>{body}</text>\
         </section></component></structuredBody></component></ClinicalDocument>"
    );
    text(&of_cda(xml.as_bytes()).unwrap().expect("pages"))
}

/// Pages, and pictures in them.
fn counts(pdf: &[u8]) -> (usize, usize) {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let is_image = |object: &lopdf::Object| {
        object.as_stream().is_ok_and(|stream| {
            stream.dict.get(b"Subtype").is_ok_and(|kind| kind == &lopdf::Object::Name(b"Image".to_vec()))
        })
    };
    (document.get_pages().len(), document.objects.values().filter(|object| is_image(object)).count())
}

#[test]
fn everything_a_structured_report_says_is_on_its_pages() {
    let pdf = of_cda(SCANNER).unwrap().expect("pages");
    if let Ok(path) = std::env::var("NEGATOSCOPE_LOOK") {
        std::fs::write(path, &pdf).unwrap();
    }
    let said = text(&pdf);
    for expected in [
        "Scanner thoraco-abdominal",
        "Zélie DE L’EXEMPLE",
        "INVENTÉE",
        "1er mars 1979",
        "24 novembre 2026",
        "25 novembre 2026",
        "Dr Côme FICTIF",
        "Dr Maud SIGNATAIRE",
        "Centre d’imagerie fictif",
        "Bilan d’extension.",
        "Toux & amaigrissement : < 2 mois.",
        "≤ 1,25 mm",
        "sans incident",
        "1. Nodule apical droit de 8 mm.",
        "• Plèvre fine ;",
        "médiastin libre.",
        "Foie, segment VII",
        "9 mm (−25 %)",
        "α-fœtoprotéine stable",
        "Image clé",
        "Voir la suite",
        "Pas de lésion lytique.",
        "Nodule à contrôler dans 3 mois.",
        "☐ urgent ☑ programmé",
    ] {
        let expected = expected.replace('\u{a0}', " ");
        assert!(said.replace('\u{a0}', " ").contains(&expected), "{expected:?} is not in {said}");
    }
    assert!(!said.contains("Allergie"), "what was struck out is not said");
    assert!(!said.contains("javascript"));
    assert!(said.contains("Image non reproduite"), "a picture that is not there is told");
    assert!(said.contains('□'), "a sign that cannot be written is marked, and told");
    assert!(said.contains("ne sait pas écrire"));
    assert_eq!(counts(&pdf), (2, 1));
}

#[test]
fn a_document_without_words_of_its_own_has_no_pages() {
    assert!(of_cda(b"<ClinicalDocument><title>T</title></ClinicalDocument>").unwrap().is_none());
    assert!(of_text(" \r\n ", &Heading::default()).unwrap().is_none());
}

#[test]
fn a_long_report_goes_over_pages_and_a_table_repeats_its_head() {
    let rows: String = (0..120).map(|n| format!("<tr><td>cible {n}</td><td>{n} mm</td></tr>")).collect();
    let body = format!("<table><thead><tr><th>CIBLE</th><th>TAILLE</th></tr></thead><tbody>{rows}</tbody></table>");
    let said = drawn(&body);
    assert!(said.matches("CIBLE").count() >= 3, "{said}");
    assert!((0..120).all(|n| said.contains(&format!("cible {n} "))));
}

#[test]
fn a_word_wider_than_the_page_and_a_cell_taller_than_it_lose_nothing() {
    let long = "ABCDEFGHIJ".repeat(40);
    assert!(drawn(&long).replace(' ', "").contains(&long));
    let lines: String = (0..200).map(|n| format!("ligne {n}.<br/>")).collect();
    let said = drawn(&format!("<table><tr><td>{lines}</td><td>à côté</td></tr></table>"));
    assert!((0..200).all(|n| said.contains(&format!("ligne {n}."))), "{said}");
}

#[test]
fn a_picture_that_cannot_be_unpacked_takes_no_words_with_it() {
    let broken = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAADElEQVQ=";
    let xml = format!(
        "<ClinicalDocument><component><structuredBody><component><section><text>Avant <renderMultiMedia \
         referencedObject=\"a\"/> après</text><entry><observationMedia ID=\"a\"><value representation=\"B64\">{broken}\
         </value></observationMedia></entry></section></component></structuredBody></component></ClinicalDocument>"
    );
    let said = text(&of_cda(xml.as_bytes()).unwrap().expect("pages"));
    assert!(said.contains("Avant") && said.contains("après") && said.contains("Image non reproduite"), "{said}");
}

#[test]
fn a_document_that_asks_for_too_many_pages_says_that_it_is_cut() {
    let body = "<paragraph>encore</paragraph>".repeat(15_000);
    let xml = format!(
        "<ClinicalDocument><component><structuredBody><component><section><text>{body}</text></section></component>\
         </structuredBody></component></ClinicalDocument>"
    );
    let pdf = of_cda(xml.as_bytes()).unwrap().expect("pages");
    assert_eq!(counts(&pdf).0, 300);
    assert!(text(&pdf).contains("il est trop long"));
}

#[test]
fn a_plain_text_keeps_its_lines_and_is_told_whose_it_is() {
    let heading =
        Heading { patient: Some("Zélie INVENTÉE".into()), title: Some("Échographie".into()), ..Heading::default() };
    let pdf =
        of_text("INDICATION\r\n  Douleur.\r\n\r\nCONCLUSION : normal, VG 1,2 cm².\r\n", &heading).unwrap().unwrap();
    let lines = text_of(&pdf);
    assert!(lines.contains("Échographie") && lines.contains("Zélie INVENTÉE"));
    assert!(lines.lines().any(|line| line.trim() == "INDICATION"), "{lines}");
    assert!(lines.lines().any(|line| line.trim() == "CONCLUSION : normal, VG 1,2 cm²."), "{lines}");
}

async fn published(document: Document) -> (Rig, String) {
    let rig = Rig::new().await;
    let exam = chest();
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 90, Final, |report| report.document = Some(document))).await;
    rig.quiet().await;
    let publication = rig.door.last();
    assert!(publication.report.is_some(), "the report is announced");
    let pages = publication.blobs.iter().filter(|blob| matches!(blob.name, BlobName::ReportPage(_))).count();
    assert!(pages > 0, "its pages are there");
    let said = text(&rig.door.blob(&publication, BlobName::Report));
    (rig, said)
}

#[tokio::test]
async fn a_structured_report_is_published_and_its_copy_bears_the_code() {
    let (rig, said) = published(Document::Cda { xml: SCANNER.to_vec(), pdf: None }).await;
    assert!(said.contains("Nodule à contrôler dans 3 mois."), "{said}");
    let (_, sheet) = rig.outlet.last();
    assert!(sheet.contains("Nodule à contrôler dans 3 mois.") && sheet.contains("Code d’accès"), "{sheet}");
    assert_eq!(sheet.matches('\u{c}').count(), 2, "the frame stands below the report, on its last page");
    assert!(!said.contains("Code d’accès"));
}

#[tokio::test]
async fn a_report_in_plain_text_is_published() {
    let (_, said) = published(Document::Text("Conclusion : examen sans anomalie.".into())).await;
    assert!(said.contains("Conclusion : examen sans anomalie."), "{said}");
    assert!(said.contains("Patient"));
}

#[tokio::test]
async fn what_came_is_sealed_as_it_came() {
    let (rig, _) = published(Document::Cda { xml: SCANNER.to_vec(), pdf: None }).await;
    let exam = rig.exam_id().await;
    let documents = rig.archive.catalogue.documents(crate::rig::GROUP, exam).await.unwrap();
    assert_eq!(documents.len(), 1, "the pages made from it are not kept");
    assert!(documents[0].object.is_some(), "it is sealed");
    assert_eq!(rig.archive.document_bytes(&documents[0]).await.unwrap(), SCANNER);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_document_makes_the_pages_panic(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..24)) {
        let mut bytes = SCANNER.to_vec();
        for (index, byte, kind) in changes {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                // A piece again, elsewhere: elements close others, or nest.
                _ => {
                    let piece = bytes[at..(at + usize::from(byte)).min(bytes.len())].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        if let Ok(Some(pdf)) = of_cda(&bytes) {
            prop_assert!(lopdf::Document::load_mem(&pdf).is_ok());
        }
    }
}
