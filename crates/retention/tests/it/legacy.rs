use crate::rig::*;
use record::*;
use time::macros::date;

async fn adopt(rig: &Rig, study: &str, modality: &'static str) -> ExamId {
    let made = Made { modality, ..ct(study, "7", date!(2001 - 01 - 01)) };
    rig.say(FactBody::Patient(person("7", 1960))).await;
    rig.receive(&made, 1, "legacy:reprise-2026").await;
    rig.receive(&made, 2, "legacy:reprise-2026").await;
    rig.seal(study).await
}

#[tokio::test]
async fn adopted_exams_are_never_proposed_until_an_officers_word_on_their_batch() {
    let rig = Rig::new().await;
    let exam = adopt(&rig, "1.2", "DX").await;
    assert_eq!(rig.detail(exam).await.standing.legacy_batch.as_deref(), Some("reprise-2026"));
    assert_eq!(rig.on(date!(2046 - 01 - 01)).await.proposed, 0);
    refused(rig.retention.legacy(&carole(), "reprise-2026", false, "x").await);
    rig.retention.legacy(&anne(), "reprise-2026", true, "conservés 20 ans comme les autres").await.unwrap();
    assert_eq!(rig.detail(exam).await.standing.choice(), exam::retention::Choice::Chosen);
    assert_eq!(rig.on(date!(2046 - 01 - 03)).await.proposed, 1);
    let items = rig.catalogue.list(G, rig.open_list().await.list).await.unwrap().1;
    assert_eq!(items[0].reasons, ["archive-chosen-20-years"]);
}

#[tokio::test]
async fn a_systematic_exam_of_a_batch_keeps_its_own_minimum_and_a_choice_made_since_counts() {
    let rig = Rig::new().await;
    adopt(&rig, "1.2", "CT").await;
    let asked = adopt(&rig, "1.3", "DX").await;
    let choice = ArchiveChoice {
        exam: asked,
        answer: Answer::Declined,
        notice_version: "1".into(),
        notice: "…".into(),
        price_cents: 0,
        advice: None,
        by: "anne".into(),
        at: ambient::Clock::now(rig.clock.as_ref()),
    };
    rig.catalogue.record_choice(G, choice, &exam::policy::Policies::default()).await.unwrap();
    assert_eq!(rig.on(date!(2026 - 11 - 26)).await.proposed, 2);
}
