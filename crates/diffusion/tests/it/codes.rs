//! Codes: what opens, what does not, and what a sheet's revocation does.

use crate::rig::{BORN, CLIENT, Exam, Rig, Sheet, attempt, is_open};
use diffusion::{Denied, Opened, QrAttempt};
use link::{BirthDate, DiffusionDoor, ToDiffusion};
use time::Duration;
use time::macros::datetime;

#[tokio::test]
async fn the_three_open_in_any_form_people_type_them() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let (number, code) = (&exam.publication.number, &sheet.code);
    let grouped = format!("{}-{} {}\u{a0}{}", &code[..4], &code[4..8], &code[8..12], &code[12..]);
    let lower = code.to_lowercase().replace('0', "o").replace('1', "l");
    for (number, code) in [
        (number.clone(), code.clone()),
        (format!(" {} {} ", &number[..4], &number[4..]), grouped),
        (number.replace('0', "O").replace('1', "I"), lower),
    ] {
        let opened = rig.server.open(&attempt(&number, &code, BORN, CLIENT)).await.unwrap();
        assert!(is_open(&opened), "{number:?}, {code:?}");
    }
}

#[tokio::test]
async fn each_wrong_thing_is_refused() {
    let rig = Rig::new().await;
    let (exam, other, sheet) = (Exam::new(1), Exam::new(2), Sheet::new(1));
    rig.publish(&exam).await;
    rig.publish(&other).await;
    rig.grant_code(&exam, &sheet).await;
    rig.grant_code(&other, &Sheet::new(2)).await;
    let born = |year, month, day| BirthDate { year, month, day };
    let number = exam.publication.number.as_str();
    for (n, (number, code, birth_date)) in [
        (other.publication.number.as_str(), sheet.code.as_str(), BORN),
        (number, Sheet::new(2).code.as_str(), BORN),
        (number, sheet.code.as_str(), born(1957, Some(4), Some(10))),
        (number, sheet.code.as_str(), born(1957, None, None)),
        (number, sheet.code.as_str(), born(1957, Some(9), Some(4))),
        ("", "", BORN),
        (number, &"0".repeat(100_000), BORN),
    ]
    .into_iter()
    .enumerate()
    {
        let client = format!("198.51.100.{n}");
        let opened = rig.server.open(&attempt(number, code, birth_date, &client)).await.unwrap();
        assert!(!is_open(&opened), "case {n}");
    }
}

#[tokio::test]
async fn a_part_of_the_birth_date_that_nobody_knows_may_be_left_empty_or_guessed() {
    let rig = Rig::new().await;
    let mut exam = Exam::new(1);
    exam.publication.birth_date = BirthDate { year: 1941, month: Some(5), day: None };
    let sheet = Sheet::new(1);
    rig.grant_code(&exam, &sheet).await;
    rig.publish(&exam).await;
    for (month, day, opens) in [
        (Some(5), None, true),
        (Some(5), Some(1), true),
        (Some(6), None, false),
        (None, None, false),
        (None, Some(1), false),
    ] {
        let opened = rig.open(&exam, &sheet.code, BirthDate { year: 1941, month, day }, CLIENT).await;
        assert_eq!(is_open(&opened), opens, "{month:?} {day:?}");
        rig.wait(Duration::hours(25));
    }
}

#[tokio::test]
async fn each_sheet_of_an_exam_opens_and_is_revoked_alone() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    let (one, two) = (Sheet::new(1), Sheet::new(2));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &one).await;
    rig.grant_code(&exam, &two).await;
    let (first, second) = (rig.session(&exam, &one).await, rig.session(&exam, &two).await);
    rig.server.apply(ToDiffusion::Revoke { sheet: one.sheet }).await.unwrap();
    assert!(matches!(rig.server.grant(&first).await, Err(Denied::NoSession)), "its session is dead at once");
    assert!(rig.server.grant(&second).await.is_ok());
    assert!(!is_open(&rig.open(&exam, &one.code, BORN, CLIENT).await));
    assert!(!is_open(&rig.session_by_qr(&one, CLIENT).await));
    assert!(is_open(&rig.session_by_qr(&two, CLIENT).await));
    assert_eq!(rig.server.uses_of(one.sheet).await.unwrap(), Some(1));
    assert_eq!(rig.server.uses_of(two.sheet).await.unwrap(), Some(2));
}

#[tokio::test]
async fn a_code_dies_at_its_end_and_so_do_its_sessions() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.clock.jump_to(datetime!(2031-11-26 22:59:59 UTC));
    let session = rig.session(&exam, &sheet).await;
    rig.wait(Duration::SECOND);
    assert!(matches!(rig.server.look(&session).await, Err(Denied::NoSession)));
    assert!(!is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await));
    assert!(!is_open(&rig.session_by_qr(&sheet, CLIENT).await));
}

#[tokio::test]
async fn a_qr_opens_with_the_birth_date_and_not_without() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let wrong = BirthDate { day: Some(10), ..BORN };
    for (token, birth_date, opens) in [
        (sheet.qr.to_uppercase(), BORN, true),
        (sheet.qr.clone(), wrong, false),
        (Sheet::new(9).qr, BORN, false),
        (String::new(), BORN, false),
    ] {
        let attempt = QrAttempt { token, birth_date, client: CLIENT.parse().unwrap() };
        assert_eq!(is_open(&rig.server.open_by_qr(&attempt).await.unwrap()), opens);
    }
}

#[tokio::test]
async fn a_code_opens_only_its_own_exam() {
    let rig = Rig::new().await;
    for n in 1..=3 {
        rig.publish(&Exam::new(n)).await;
        rig.grant_code(&Exam::new(n), &Sheet::new(n)).await;
    }
    for n in 1..=3 {
        let session = rig.session(&Exam::new(n), &Sheet::new(n)).await;
        assert_eq!(rig.server.grant(&session).await.unwrap().exam(), Exam::new(n).publication.exam);
        for other in (1..=3).filter(|other| *other != n) {
            assert!(matches!(rig.open(&Exam::new(n), &Sheet::new(other).code, BORN, CLIENT).await, Opened::Refused));
        }
    }
}
