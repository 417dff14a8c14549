//! The door under attack, on a fake clock.

use crate::rig::{BORN, CLIENT, Exam, Rig, Sheet, is_open};
use diffusion::ThrottlePolicy;
use link::{DiffusionDoor, ToArchive};
use time::Duration;

const WRONG: &str = "0000000000000";

#[tokio::test]
async fn after_five_failures_even_the_right_code_waits_and_then_opens() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    for _ in 0..5 {
        assert!(!is_open(&rig.open(&exam, WRONG, BORN, CLIENT).await));
    }
    let hashes = rig.server.hashes_made();
    assert!(!is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await), "too soon");
    rig.wait(Duration::seconds(29));
    assert!(!is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await), "still too soon");
    assert_eq!(rig.server.hashes_made(), hashes, "an attempt that comes too soon costs no hash");
    assert!(is_open(&rig.open(&exam, &sheet.code, BORN, "198.51.100.7").await), "another address does not wait");
    rig.wait(Duration::SECOND);
    assert!(is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await));
}

#[tokio::test]
async fn the_counters_survive_a_crash() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    for _ in 0..5 {
        rig.open(&exam, WRONG, BORN, CLIENT).await;
    }
    let rig = rig.crash(|_| {}).await;
    assert!(!is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await));
    rig.wait(Duration::seconds(30));
    assert!(is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await));
}

#[tokio::test]
async fn attempts_at_the_same_moment_are_all_counted() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let before = rig.server.hashes_made();
    let attempts = (0..40).map(|_| rig.open(&exam, WRONG, BORN, CLIENT));
    futures::future::join_all(attempts).await;
    assert_eq!(rig.server.hashes_made() - before, 5, "five quick tries, whatever the speed");
}

#[tokio::test]
async fn c05_a_hundred_failures_lock_the_codes_of_a_number_but_never_its_qr_until_a_new_code_comes() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    for n in 0..99 {
        rig.open(&exam, WRONG, BORN, &format!("198.51.100.{n}")).await;
    }
    assert!(is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await), "ninety-nine failures lock nothing");
    for n in 99..103 {
        rig.open(&exam, WRONG, BORN, &format!("198.51.100.{n}")).await;
    }
    assert!(!is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await));
    assert!(is_open(&rig.session_by_qr(&sheet, CLIENT).await));
    let messages = rig.server.poll(0, 100).await.unwrap();
    let locked = |message: &&link::Numbered<ToArchive>| matches!(message.message, ToArchive::NumberLocked { exam: e, .. } if e == exam.publication.exam);
    assert_eq!(messages.iter().filter(locked).count(), 1, "the archive side is told once");
    let replacement = Sheet::new(2);
    rig.grant_code(&exam, &replacement).await;
    assert!(is_open(&rig.open(&exam, &replacement.code, BORN, CLIENT).await));
    assert!(!is_open(&rig.open(&exam, &sheet.code, BORN, CLIENT).await), "the old code stays locked");
    assert!(is_open(&rig.session_by_qr(&sheet, CLIENT).await));
}

#[tokio::test]
async fn c04_a_spray_over_a_thousand_numbers_opens_nothing_and_stops_no_right_code() {
    let rig = Rig::with(|settings| settings.throttle.global_failures = 300).await;
    let exams: Vec<_> = (1..=10).map(|n| (Exam::new(n), Sheet::new(n))).collect();
    for (exam, sheet) in &exams {
        rig.publish(exam).await;
        rig.grant_code(exam, sheet).await;
    }
    let mut state = 12345u64;
    for n in 0..1000u64 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // One number in a hundred exists; addresses rotate within IPv6 /64s and over IPv4.
        let number = match n % 100 {
            0 => exams[(n / 100) as usize].0.publication.number.clone(),
            _ => exam::ExamNumber::from_entropy(state.to_be_bytes()).as_str().to_owned(),
        };
        let client = match n % 2 {
            0 => format!("2001:db8:{:x}:{:x}::{n:x}", n % 50, n),
            _ => format!("203.0.113.{}", n % 200),
        };
        let code = exam::AccessCode::from_entropy(state.to_be_bytes());
        let attempt = crate::rig::attempt(&number, code.normalised(), BORN, &client);
        assert!(!is_open(&rig.server.open(&attempt).await.unwrap()));
    }
    let state = rig.server.door_state().await.unwrap();
    assert!(state.alarm && state.failures >= 300, "{state:?}");
    for (n, (exam, sheet)) in exams.iter().enumerate() {
        let client = format!("192.0.2.{n}");
        assert!(is_open(&rig.open(exam, &sheet.code, BORN, &client).await), "exam {n} from an address never seen");
        assert!(is_open(&rig.session_by_qr(sheet, &client).await));
    }
    rig.wait(Duration::hours(1));
    assert!(!rig.server.door_state().await.unwrap().alarm);
}

#[tokio::test]
async fn under_alarm_a_new_client_is_slowed_over_all_numbers_and_a_known_one_is_not() {
    let policy = ThrottlePolicy { global_failures: 1, ..ThrottlePolicy::default() };
    let rig = Rig::with(|settings| settings.throttle = policy).await;
    let exams: Vec<_> = (1..=6).map(|n| (Exam::new(n), Sheet::new(n))).collect();
    for (exam, sheet) in &exams {
        rig.publish(exam).await;
        rig.grant_code(exam, sheet).await;
    }
    assert!(is_open(&rig.open(&exams[0].0, &exams[0].1.code, BORN, CLIENT).await));
    rig.open(&exams[0].0, WRONG, BORN, "203.0.113.1").await;
    assert!(rig.server.door_state().await.unwrap().alarm);
    let tries = |client: &'static str| {
        let (rig, exams) = (&rig, &exams);
        async move {
            let before = rig.server.hashes_made();
            for (exam, _) in exams {
                rig.open(exam, WRONG, BORN, client).await;
            }
            rig.server.hashes_made() - before
        }
    };
    assert_eq!(tries("203.0.113.9").await, 3, "three tries, then it waits");
    assert_eq!(tries(CLIENT).await, 6, "a client that succeeded before does not");
}
