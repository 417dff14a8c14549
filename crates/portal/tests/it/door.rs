//! The door without JavaScript.

use crate::rig::{NAME, Rig};
use axum::http::{Request, StatusCode};
use link::{DiffusionDoor, ToDiffusion};

#[tokio::test]
async fn the_three_open_the_exam_without_javascript_and_nothing_secret_is_in_an_address() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let door = browser.get("/").await;
    assert_eq!(door.status, StatusCode::OK);
    for part in
        ["action=\"/ouvrir\"", "name=\"numero\"", "name=\"code\"", "name=\"jour\"", "name=\"mois\"", "name=\"annee\""]
    {
        assert!(door.text().contains(part), "{part}");
    }
    // Typed as people type: groups, lower case, letters for digits.
    let code = &rig.code;
    let typed = format!("{}-{}+{}+{}", &code[..4], &code[4..8], &code[8..12], &code[12..]).to_lowercase();
    let number = rig.exam.number.replace('0', "O");
    let opened = browser.post("/ouvrir", &rig.form(&number, &typed.replace('0', "o").replace('1', "l"))).await;
    assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, "/examen"));
    let cookie = opened.header("set-cookie");
    for attribute in ["__Host-examen=", "; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    let exam = browser.get("/examen").await;
    assert_eq!(exam.status, StatusCode::OK);
    assert!(exam.text().contains("Scanner cérébral"));
    let said = format!("{:?}{}", opened.headers, opened.text());
    assert!(!said.contains(code) && !said.contains(&rig.exam.number) && !said.contains(NAME));
}

#[tokio::test]
async fn c06_every_refusal_is_the_same_to_the_byte() {
    let rig = Rig::new().await;
    let other_code = exam::AccessCode::from_entropy([9; 8]);
    let number = rig.exam.number.clone();
    let unknown = exam::ExamNumber::from_entropy([8; 8]);
    let right = rig.form(&number, &rig.code);
    let mut bodies = Vec::new();
    for (case, form) in [
        ("unknown number", rig.form(unknown.as_str(), &rig.code)),
        ("wrong code", rig.form(&number, other_code.normalised())),
        ("wrong date", right.replace("annee=1957", "annee=1958")),
        ("a known part left empty", right.replace("jour=9", "jour=")),
    ] {
        let answer = rig.browser().post("/ouvrir", &form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{case}");
        assert!(answer.text().contains("attendez une heure"), "{case}");
        assert!(answer.text().contains("02 00 00 00 00"), "{case}");
        assert!(!answer.text().contains(&rig.code), "a code is never sent back");
        // What was typed comes back in its fields, so it is taken out before comparing.
        let body = answer.text().replace(unknown.as_str(), &number).replace("\"1958\"", "\"1957\"");
        bodies.push((
            case,
            body.replace("autocomplete=\"bday-day\" value=\"\"", "autocomplete=\"bday-day\" value=\"9\""),
        ));
    }
    rig.server.apply(ToDiffusion::Revoke { sheet: uuid::Uuid::from_u128(0x5EE7) }).await.unwrap();
    bodies.push(("revoked", rig.browser().post("/ouvrir", &right).await.text()));
    rig.browser().post("/ouvrir", &right).await;
    let hashes = rig.server.hashes_made();
    bodies.push(("too soon", rig.browser().post("/ouvrir", &right).await.text()));
    assert_eq!(rig.server.hashes_made(), hashes, "five failures before: this one was not even judged");
    let failing = Rig::new().await;
    failing.trace.close().await.unwrap();
    bodies.push(("a failure of ours", failing.browser().post("/ouvrir", &right).await.text()));
    for (case, body) in &bodies {
        assert_eq!(body, &bodies[0].1, "{case}");
    }
}

#[tokio::test]
async fn what_cannot_be_right_is_said_beside_its_field_and_counts_for_nothing() {
    let rig = Rig::new().await;
    let right = rig.form(&rig.exam.number, &rig.code);
    let before = rig.server.hashes_made();
    let mut other = rig.code.clone().into_bytes();
    other.swap(2, 3);
    let swapped = String::from_utf8(other).unwrap();
    for (form, said) in [
        (right.replace(&rig.exam.number, "1234567890"), "Le numéro d'examen a 10 chiffres"),
        (right.replace(&rig.code, &swapped), "Le code d'accès a 13 caractères"),
        (right.replace("annee=1957", "annee=57"), "sur quatre chiffres"),
        (right.replace("mois=4", "mois=avril"), "sur quatre chiffres"),
        (String::new(), "Le numéro d'examen a 10 chiffres"),
    ] {
        let answer = rig.browser().post("/ouvrir", &form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        let text = answer.text();
        assert!(text.contains(said), "{form}: {text}");
        assert!(text.contains("role=\"alert\""));
    }
    assert_eq!(rig.server.hashes_made(), before);
    assert_eq!(rig.server.door_state().await.unwrap().failures, 0);
}

#[tokio::test]
async fn a_scanned_qr_asks_for_the_birth_date_only() {
    let rig = Rig::new().await;
    let browser = rig.browser();
    let form = |year: u32| format!("jeton={}&jour=9&mois=4&annee={year}", rig.qr);
    let refused = browser.post("/ouvrir-qr", &form(1958)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    // The form for the birth date shows again, and the other one does not.
    assert!(refused.text().contains("<div id=\"porte\" hidden>"));
    assert!(refused.text().contains("<div id=\"porte-qr\">"));
    let opened = browser.post("/ouvrir-qr", &form(1957)).await;
    assert_eq!((opened.status, opened.header("location")), (StatusCode::SEE_OTHER, "/examen"));
    assert_eq!(browser.get("/examen").await.status, StatusCode::OK);
}

#[tokio::test]
async fn closing_ends_the_visit_on_the_server_too() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    let secret = browser.visit_secret().unwrap();
    let closed = browser.post("/fermer", "").await;
    assert_eq!((closed.status, closed.header("location")), (StatusCode::SEE_OTHER, "/ferme"));
    assert_eq!(browser.visit_secret(), None);
    assert!(browser.get("/ferme").await.text().contains("L'examen est fermé"));
    let kept = Request::get("/examen").header("cookie", format!("__Host-examen={secret}"));
    assert_eq!(rig.browser().send(kept, axum::body::Body::empty()).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn c13_a_form_from_another_site_is_refused_before_anything_is_judged() {
    let rig = Rig::new().await;
    let right = rig.form(&rig.exam.number, &rig.code);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://autre.exemple.fr"),
        ("origin", "null"),
        ("x-nothing", "neither header"),
    ] {
        let answer = rig.browser().post_with(Request::post("/ouvrir").header(name, value), &right).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert_eq!(answer.header("set-cookie"), "", "{name}: {value}");
    }
    let browser = rig.visitor().await;
    let foreign = Request::post("/fermer").header("sec-fetch-site", "cross-site");
    assert_eq!(browser.post_with(foreign, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/examen").await.status, StatusCode::OK, "still open");
    let ours = Request::post("/ouvrir").header("origin", "https://images.exemple.fr");
    assert_eq!(rig.browser().post_with(ours, &right).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_too_long_or_of_another_kind_is_an_error_beside_its_field() {
    let rig = Rig::new().await;
    let long = format!("numero={}", "1".repeat(100_000));
    let answer = rig.browser().post("/ouvrir", &long).await;
    assert!(answer.status.is_client_error());
    let json = Request::post("/ouvrir").header("sec-fetch-site", "same-origin").header("content-type", "text/plain");
    let answer = rig.browser().send(json, axum::body::Body::from("{\"numero\":1}")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}
