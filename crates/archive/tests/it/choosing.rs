//! The archive at the patient's choice, and the class, at the desk.

use crate::desk::who;
use crate::rig::Rig;
use crate::senders::{self, chest};
use archive::desk::{Answer, Desk, NotAsked, Role, Seen, Shown};
use archive::{ArchiveError, ChoiceOffer, Config};
use phantom::Kind as Exam;
use std::sync::Arc;
use trace::Kind;

fn offer() -> ChoiceOffer {
    ChoiceOffer {
        sites: vec!["Centre fictif".into()],
        price_cents: 3000,
        notice_version: "2026-11".into(),
        notice: "La notice.".into(),
        advice: vec![("other".into(), "comparison".into())],
    }
}

fn set(rig: &mut Rig, choice: ChoiceOffer) {
    rig.archive.config = Arc::new(Config { choice, ..(*rig.archive.config).clone() });
}

async fn offered() -> (Rig, Desk) {
    let mut rig = Rig::new().await;
    set(&mut rig, offer());
    rig.reported(&chest()).await;
    rig.quiet().await;
    let desk = Desk::new(rig.archive.clone());
    (rig, desk)
}

async fn asked(rig: &Rig, desk: &Desk) -> Result<Shown, NotAsked> {
    desk.exam(&who(Role::Desk), rig.exam_id().await).await.unwrap().choice.asked
}

fn seen() -> Seen {
    Seen { notice_version: "2026-11".into(), price_cents: 3000 }
}

#[tokio::test]
async fn nothing_is_offered_until_a_site_switches_it_on() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    let desk = Desk::new(rig.archive.clone());
    assert_eq!(asked(&rig, &desk).await, Err(NotAsked::NotHere));
    let exam = rig.exam_id().await;
    for answer in [Answer::Chosen, Answer::Declined] {
        let done = desk.choose(&who(Role::Desk), exam, answer, &seen()).await;
        assert!(matches!(done, Err(ArchiveError::Refused(_))));
    }
    assert_eq!(rig.detail().await.standing.archive_choice, None);
}

#[tokio::test]
async fn what_is_shown_beside_the_question_is_kept_with_the_answer() {
    let (rig, desk) = offered().await;
    let shown = asked(&rig, &desk).await.unwrap();
    assert_eq!((shown.price_cents, shown.months, shown.advice.as_deref()), (3000, 240, Some("comparison")));
    let exam = rig.exam_id().await;
    desk.choose(&who(Role::Desk), exam, Answer::Chosen, &seen()).await.unwrap();
    rig.run_due().await;
    let panel = desk.exam(&who(Role::Desk), exam).await.unwrap();
    let [said] = panel.choice.answers.as_slice() else { panic!("one answer") };
    assert_eq!((said.answer, said.by.as_str(), said.price_cents), (Answer::Chosen, "accueil", 3000));
    assert_eq!((said.notice.as_str(), said.notice_version.as_str()), ("La notice.", "2026-11"));
    assert_eq!(said.advice.as_deref(), Some("comparison"));
    assert_eq!(panel.verdict.unwrap().times.archive_reason, "archive-chosen-20-years");
    let leaf = panel.consultations.iter().find(|event| event.kind == Kind::Choose).expect("a leaf");
    assert_eq!((leaf.detail["answer"].as_str(), leaf.actor.name.as_deref()), ("chosen", Some("accueil")));
}

#[tokio::test]
async fn a_no_is_as_easy_and_both_can_change() {
    let (rig, desk) = offered().await;
    let exam = rig.exam_id().await;
    for answer in [Answer::Declined, Answer::Chosen, Answer::TakenBack, Answer::Declined] {
        desk.choose(&who(Role::Radiologist), exam, answer, &seen()).await.unwrap();
        assert_eq!(rig.detail().await.standing.archive_choice.unwrap().answer, answer);
    }
    assert_eq!(rig.door.commits(), 1, "nothing else changes");
}

#[tokio::test]
async fn an_answer_to_another_notice_or_price_than_today_is_not_taken() {
    let (mut rig, desk) = offered().await;
    let exam = rig.exam_id().await;
    for stale in [Seen { price_cents: 2000, ..seen() }, Seen { notice_version: "2025".into(), ..seen() }] {
        let done = desk.choose(&who(Role::Desk), exam, Answer::Chosen, &stale).await;
        assert!(matches!(done, Err(ArchiveError::Refused(_))));
    }
    desk.choose(&who(Role::Desk), exam, Answer::Chosen, &seen()).await.unwrap();
    // The offer ends; what was agreed to can still be taken back.
    set(&mut rig, ChoiceOffer::default());
    let desk = Desk::new(rig.archive.clone());
    assert_eq!(asked(&rig, &desk).await, Err(NotAsked::NotHere));
    let none = Seen { notice_version: String::new(), price_cents: 0 };
    desk.choose(&who(Role::Desk), exam, Answer::TakenBack, &none).await.unwrap();
    let said = rig.detail().await.standing.archive_choice.unwrap();
    assert_eq!((said.answer, said.price_cents), (Answer::TakenBack, 3000), "with what had been shown");
}

#[tokio::test]
async fn what_is_always_archived_is_not_asked() {
    let mut rig = Rig::new().await;
    set(&mut rig, offer());
    rig.reported(&senders::exam(Exam::ScreeningMammogram)).await;
    let desk = Desk::new(rig.archive.clone());
    assert_eq!(asked(&rig, &desk).await, Err(NotAsked::NoChoice));
    let exam = rig.exam_id().await;
    assert!(desk.choose(&who(Role::Desk), exam, Answer::Chosen, &seen()).await.is_err());
}

#[tokio::test]
async fn roles_without_patients_neither_choose_nor_correct() {
    let (rig, desk) = offered().await;
    let exam = rig.exam_id().await;
    for role in [Role::Administrator, Role::DataProtection] {
        assert!(desk.choose(&who(role), exam, Answer::Chosen, &seen()).await.is_err());
        assert!(desk.correct_class(&who(role), exam, Some("ct".into()), "x".into()).await.is_err());
    }
    let phantom = || Some("phantom".into());
    assert!(desk.correct_class(&who(Role::Desk), exam, phantom(), "essai".into()).await.is_err());
    let detail = rig.detail().await;
    assert!(detail.standing.archive_choice.is_none() && detail.class_reason != "declared");
    desk.correct_class(&who(Role::Radiologist), exam, phantom(), "essai".into()).await.unwrap();
    rig.run_due().await;
    assert!(!rig.door.is_visible(exam.0), "a phantom is never shown");
}

#[tokio::test]
async fn a_corrected_class_is_shown_with_its_author_and_traced_without_its_reason() {
    let (rig, desk) = offered().await;
    let exam = rig.exam_id().await;
    let reason = "suivi d'un cancer traité".to_owned();
    desk.correct_class(&who(Role::Desk), exam, Some("mg-followup".into()), reason).await.unwrap();
    rig.quiet().await;
    let shown = desk.exam(&who(Role::Desk), exam).await.unwrap();
    assert_eq!((shown.detail.class.as_str(), shown.detail.class_reason.as_str()), ("mg-followup", "declared"));
    assert_eq!(shown.choice.corrections[0].by, "accueil");
    assert_eq!(shown.choice.asked, Err(NotAsked::NoChoice));
    assert_eq!(rig.door.last().times.online_reason, "online-24-months");
    let leaf = shown.consultations.iter().find(|event| event.kind == Kind::Change).unwrap();
    assert_eq!(leaf.detail["class"], "mg-followup");
    assert!(!format!("{leaf:?}").contains("cancer traité"), "the reason may name somebody");
}

#[tokio::test]
async fn a_use_of_a_sheet_on_line_is_in_this_sides_trace_for_staff() {
    let (rig, desk) = offered().await;
    let sheet = rig.detail().await.sheets[0].id;
    let at = ambient::Clock::now(rig.clock.as_ref());
    rig.door.say(link::ToArchive::CodeUsed { sheet: sheet.0, uses: 1, at });
    rig.run_due().await;
    let shown = desk.exam(&who(Role::Desk), rig.exam_id().await).await.unwrap();
    let used =
        shown.consultations.iter().find(|event| event.detail.get("what").is_some_and(|what| what == "code-used"));
    let used = used.expect("a leaf");
    assert_eq!(used.actor.label, format!("sheet:{}", sheet.0.simple()));
    let named = |patient: record::Patient| rig.archive.trace.pseudonym(&patient.id.to_string()).unwrap();
    assert_eq!(used.patient, shown.detail.patient.map(named));
}
