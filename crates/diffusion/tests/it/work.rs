//! Every refusal costs the same and says the same: work is counted, not timed.

use crate::rig::{BORN, Exam, Rig, Sheet, attempt};
use diffusion::Opened;
use link::BirthDate;

#[tokio::test]
async fn c06_unknown_number_wrong_code_wrong_date_locked_and_malformed_cost_one_hash_each() {
    let rig = Rig::new().await;
    let (exam, sheet, locked) = (Exam::new(1), Sheet::new(1), Exam::new(2));
    rig.publish(&exam).await;
    rig.publish(&locked).await;
    rig.grant_code(&exam, &sheet).await;
    rig.grant_code(&exam, &Sheet::new(3)).await;
    rig.grant_code(&locked, &Sheet::new(2)).await;
    for n in 0..100 {
        rig.open(&locked, "0000000000000", BORN, &format!("198.51.100.{n}")).await;
    }
    let unknown = exam::ExamNumber::from_entropy([9; 8]);
    let number = exam.publication.number.as_str();
    let other_date = BirthDate { year: 1958, ..BORN };
    let cases = [
        ("unknown number", unknown.as_str(), sheet.code.as_str(), BORN),
        ("wrong code", number, "0000000000000", BORN),
        ("wrong date", number, sheet.code.as_str(), other_date),
        ("all wrong", unknown.as_str(), "0000000000000", other_date),
        ("locked", locked.publication.number.as_str(), &Sheet::new(2).code, BORN),
        ("no number at all", "abc", "", BORN),
    ];
    for (n, (case, number, code, born)) in cases.into_iter().enumerate() {
        let before = rig.server.hashes_made();
        let opened = rig.server.open(&attempt(number, code, born, &format!("192.0.2.{n}"))).await.unwrap();
        assert!(matches!(opened, Opened::Refused), "{case}");
        assert_eq!(rig.server.hashes_made() - before, 1, "{case}");
    }
}

#[tokio::test]
async fn a_full_room_answers_like_any_refusal_and_counts_nothing() {
    let rig = Rig::with(|settings| {
        settings.argon2.slots = 1;
        settings.argon2.queue = 2;
    })
    .await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let before = rig.server.hashes_made();
    let clients: Vec<String> = (0..20).map(|n| format!("192.0.2.{n}")).collect();
    let crowd = clients.iter().map(|client| rig.open(&exam, "0000000000000", BORN, client));
    let answers = futures::future::join_all(crowd).await;
    assert!(answers.iter().all(|answer| matches!(answer, Opened::Refused)));
    let hashed = rig.server.hashes_made() - before;
    assert!((1..20).contains(&hashed), "{hashed} hashes for a room of two");
    assert_eq!(u64::from(rig.server.door_state().await.unwrap().failures), hashed);
}
