//! The pages of an open visit.

use crate::rig::{ONLINE_UNTIL, Rig, START};
use axum::http::{Method, StatusCode};
use link::{DiffusionDoor, ToDiffusion};
use time::Duration;
use time::macros::date;

#[tokio::test]
async fn the_first_screen_says_what_when_where_and_until_when() {
    let rig = Rig::new().await;
    let page = rig.visitor().await.get("/examen").await.text();
    for said in [
        "Scanner cérébral",
        "25 novembre 2026",
        "Centre des Tilleuls",
        "Lire le compte rendu",
        "consultables en ligne jusqu'au 25 novembre 2028",
        "archives au moins jusqu'au 25 novembre 2031",
        "Seul le compte rendu du médecin fait foi",
        "02 00 00 00 00",
    ] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("LEFÈVRE Marie &lt;b&gt;Canari&lt;/b&gt;"), "a name is text, whatever is in it");
    assert!(!page.contains("Voir les images"), "no viewer here, no dead button");
    let title = page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
    assert!(!title.contains("LEF") && !title.contains("Scanner"), "browsers keep titles: {title}");
}

#[tokio::test]
async fn an_exam_not_archived_says_so_without_alarm() {
    let rig = Rig::with(
        |_| {},
        |exam| {
            exam.times.archived_until = None;
            exam.times.archive_reason = "archive-not-chosen".into();
        },
    )
    .await;
    let page = rig.visitor().await.get("/examen").await.text();
    assert!(page.contains("Vous n'avez pas choisi l'archivage."), "{page}");
    assert!(page.contains("le compte rendu est conservé"));
    assert!(!page.contains("2031"));
    assert!(page.contains("Un archivage payant (30,00"));
}

#[tokio::test]
async fn a_paid_archive_is_spoken_of_only_where_it_is_offered_and_unanswered() {
    for (site, reason) in [
        ("Centre de la Gare", "archive-not-chosen"),
        ("Centre des Tilleuls", "archive-declined"),
        ("Centre des Tilleuls", "archive-systematic-5-years"),
    ] {
        let change = |exam: &mut diffusion::Publication| {
            exam.site = site.into();
            exam.times.archive_reason = reason.into();
            exam.times.archived_until = exam.times.archived_until.filter(|_| reason.contains("systematic"));
        };
        let rig = Rig::with(|_| {}, change).await;
        let page = rig.visitor().await.get("/examen").await.text();
        assert!(!page.contains("payant"), "{site} {reason}");
    }
}

#[tokio::test]
async fn the_report_is_read_in_the_page_as_pictures_and_as_text() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    let page = browser.get("/examen/rapport").await.text();
    for part in [
        "/examen/rapport/page/1",
        "/examen/rapport/page/2",
        "alt=\"Page 2 du compte rendu",
        "href=\"/examen/rapport.pdf\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page.contains("Conclusion : &lt;i&gt;examen normal&lt;/i&gt;."), "the text, inert");
    let picture = browser.get("/examen/rapport/page/2").await;
    assert_eq!((picture.header("content-type"), &picture.body[..]), ("image/png", &b"\x89PNG page two"[..]));
    let pdf = browser.get("/examen/rapport.pdf").await;
    assert_eq!(&pdf.body[..], b"%PDF-1.7 report");
    assert_eq!(pdf.header("content-disposition"), "attachment; filename=\"compte-rendu.pdf\"");
    assert!(pdf.header("content-security-policy").starts_with("sandbox"));
}

#[tokio::test]
async fn a_report_not_yet_there_is_said_with_whom_to_call() {
    let rig = Rig::with(|_| {}, |exam| exam.report = None).await;
    let browser = rig.visitor().await;
    for address in ["/examen", "/examen/rapport"] {
        let page = browser.get(address).await.text();
        assert!(page.contains("Le compte rendu n'est pas encore disponible."), "{address}");
    }
    assert_eq!(browser.get("/examen/rapport.pdf").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn downloads_are_offered_with_their_size_and_come_as_files() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    let page = browser.get("/examen/telechargements").await.text();
    assert!(page.contains("environ 2 Ko"), "{page}");
    let zip = browser.get("/examen/dicom.zip").await;
    assert_eq!(zip.header("content-type"), "application/zip");
    assert_eq!(zip.header("content-length"), zip.body.len().to_string());
    assert!(zip.body.starts_with(b"PK\x03\x04"));
    assert!(zip.header("content-disposition").starts_with("attachment"));
    assert!(browser.get("/examen/images.zip").await.body.starts_with(b"PK\x03\x04"));
}

#[tokio::test]
async fn who_has_looked_is_one_sentence_for_each_event() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    browser.get("/examen").await;
    browser.get("/examen/rapport").await;
    browser.get("/examen/dicom.zip").await;
    let page = browser.get("/examen/consultations").await.text();
    for sentence in [
        "L'examen a été ouvert avec cette feuille.",
        "Le compte rendu a été lu avec cette feuille.",
        "Les fichiers DICOM ont été téléchargés avec cette feuille.",
        "3 mars 2027 à 10 h 12",
        "dans les établissements ayant reçu une copie",
    ] {
        assert!(page.contains(sentence), "{sentence}");
    }
    let english = browser.get("/examen/consultations?lang=en").await.text();
    assert!(english.contains("The report was read with this sheet."));
    assert!(english.contains("3 March 2027 at 10:12"));
}

#[tokio::test]
async fn after_the_last_day_the_sheet_opens_a_page_that_explains() {
    let rig = Rig::new().await;
    rig.clock.jump_to(ONLINE_UNTIL - Duration::SECOND);
    let browser = rig.visitor().await;
    assert!(browser.get("/examen").await.text().contains("Lire le compte rendu"));
    rig.clock.jump_to(ONLINE_UNTIL);
    let page = browser.get("/examen").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("Les images ne sont plus en ligne"));
    assert!(page.text().contains("jusqu'au 25 novembre 2028"));
    assert!(page.text().contains("au moins jusqu'au 25 novembre 2031"));
    for gone in [
        "/examen/rapport",
        "/examen/rapport.pdf",
        "/examen/rapport/page/1",
        "/examen/dicom.zip",
        "/examen/telechargements",
    ] {
        assert_eq!(browser.get(gone).await.status, StatusCode::NOT_FOUND, "{gone}");
    }
    assert!(rig.visitor().await.get("/examen").await.text().contains("Les images ne sont plus en ligne"));
}

#[tokio::test]
async fn a_withdrawn_exam_is_not_yet_there_and_nothing_else_is_said() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    rig.server.apply(ToDiffusion::Withdraw { exam: rig.exam.exam, codes: false }).await.unwrap();
    let page = browser.get("/examen").await.text();
    assert!(page.contains("L'examen n'est pas encore en ligne") && !page.contains("Scanner"));
    assert_eq!(browser.get("/examen/rapport").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_may_not_be_seen_and_what_is_not_there_are_one_answer() {
    let rig = Rig::new().await;
    let stranger = rig.browser();
    let nothing = stranger.get("/nowhere").await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
    let forbidden = [
        "/examen",
        "/examen/rapport",
        "/examen/rapport/page/1",
        "/examen/rapport/page/x",
        "/examen/rapport.pdf",
        "/examen/telechargements",
        "/examen/dicom.zip",
        "/examen/images.zip",
        "/examen/consultations",
        "/images/",
        "/accueil",
    ];
    for address in forbidden {
        let answer = stranger.get(address).await;
        assert_eq!((answer.status, answer.text()), (nothing.status, nothing.text()), "{address}");
        assert_eq!(answer.headers, nothing.headers, "{address}");
    }
    // An ended visit is a stranger too, and so is another method.
    let browser = rig.visitor().await;
    rig.clock.jump_to(START + Duration::minutes(31));
    assert_eq!(browser.get("/examen").await.text(), nothing.text());
    assert_eq!(browser.method(Method::PUT, "/examen").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.method(Method::DELETE, "/").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn c08_a_revoked_sheet_ends_the_visit_at_the_next_request() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    assert_eq!(browser.get("/examen").await.status, StatusCode::OK);
    rig.server.apply(ToDiffusion::Revoke { sheet: uuid::Uuid::from_u128(0x5EE7) }).await.unwrap();
    for address in ["/examen", "/examen/rapport/page/1", "/examen/dicom.zip", "/examen/consultations"] {
        assert_eq!(browser.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
    }
}

#[tokio::test]
async fn without_a_trace_no_page_shows_anything_of_the_exam() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    rig.trace.close().await.unwrap();
    // Other acts than those the visit already traced.
    for address in [
        "/examen",
        "/examen/rapport",
        "/examen/rapport/page/1",
        "/examen/rapport.pdf",
        "/examen/dicom.zip",
        "/examen/consultations",
    ] {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{address}");
        assert!(answer.text().contains("Nous ne pouvons pas répondre pour le moment"));
        assert!(!answer.text().contains("Scanner"));
    }
}

#[tokio::test]
async fn a_day_of_the_exam_before_the_end_is_a_day_on_line() {
    let rig = Rig::with(|_| {}, |exam| exam.times.exam_date = date!(2027 - 03 - 03)).await;
    assert!(rig.visitor().await.get("/examen").await.text().contains("3 mars 2027"));
}
