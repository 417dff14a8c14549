//! A destroyed exam: nothing answers for it any more.

use crate::copies::shelved;
use crate::rig::{BORN, Exam, ONLINE_UNTIL, Rig, Sheet, attempt};
use diffusion::{Denied, Opened};
use link::{DiffusionDoor, ToDiffusion};
use time::Duration;

#[tokio::test]
async fn the_right_code_of_a_forgotten_exam_is_answered_like_an_unknown_number() {
    let rig = Rig::new().await;
    let (exam, other, sheet) = (Exam::new(1), Exam::new(2), Sheet::new(1));
    rig.publish(&exam).await;
    rig.publish(&other).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    let forget = ToDiffusion::Forget { exam: exam.publication.exam };
    rig.server.apply(forget.clone()).await.unwrap();
    assert!(matches!(rig.server.look(&session).await, Err(Denied::NoSession)));
    assert_eq!(shelved(&rig).len(), 1, "its bytes went, the other's stay");
    let unknown = exam::ExamNumber::from_entropy([9; 8]);
    for number in [unknown.as_str(), exam.publication.number.as_str()] {
        let (hashes, lines) = (rig.server.hashes_made(), security_lines(&rig).await);
        let opened = rig.server.open(&attempt(number, &sheet.code, BORN, "192.0.2.77")).await.unwrap();
        assert!(matches!(opened, Opened::Refused));
        assert_eq!(rig.server.hashes_made() - hashes, 1);
        assert_eq!(security_lines(&rig).await - lines, 1, "traced as about no known exam");
    }
    assert!(matches!(rig.session_by_qr(&sheet, "192.0.2.78").await, Opened::Refused));
    rig.server.apply(forget).await.unwrap();
    let forgotten = rig.trace.events_of_exam(exam.publication.exam, 100).await.unwrap();
    assert_eq!(forgotten.iter().filter(|event| event.kind == trace::Kind::Erase).count(), 1, "twice is once");
}

#[tokio::test]
async fn an_expired_exam_is_forgotten_with_its_stub_and_its_recall() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.clock.jump_to(ONLINE_UNTIL + Duration::DAY);
    let session = rig.session(&exam, &sheet).await;
    rig.server.ask_recall(&session).await.unwrap();
    rig.server.apply(ToDiffusion::Forget { exam: exam.publication.exam }).await.unwrap();
    assert!(matches!(rig.server.recall_of(&session).await, Err(Denied::NoSession)));
    let opened = rig.server.open(&attempt(&exam.publication.number, &sheet.code, BORN, "192.0.2.79")).await.unwrap();
    assert!(matches!(opened, Opened::Refused));
    assert!(shelved(&rig).is_empty());
}

async fn security_lines(rig: &Rig) -> usize {
    rig.server.settle().await;
    rig.trace.security_events(1000).await.unwrap().len()
}
