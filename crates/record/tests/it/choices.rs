//! What people say of an exam: choices and corrections of its class.

use crate::fixture::*;
use crate::sealing::generation;
use exam::policy::Policies;
use exam::retention::Choice;
use record::*;
use time::Duration;

async fn radiograph(bench: &Bench) -> ExamId {
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    let mut image = of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1");
    image.header.modality = Some("DX".into());
    bench.receive(vec![image]).await;
    bench.only().await.id
}

fn choice(exam: ExamId, answer: Answer, minute: i64) -> ArchiveChoice {
    ArchiveChoice {
        exam,
        answer,
        notice_version: format!("v{minute}"),
        notice: "La notice".into(),
        price_cents: 3000,
        advice: Some("comparison".into()),
        by: "anne".into(),
        at: NOON + Duration::minutes(minute),
    }
}

fn correction(exam: ExamId, class: Option<&str>) -> ClassCorrection {
    ClassCorrection {
        exam,
        class: class.map(str::to_owned),
        reason: "erreur de saisie".into(),
        by: "anne".into(),
        at: NOON,
    }
}

async fn choose(bench: &Bench, choice: ArchiveChoice) -> Result<(), RecordError> {
    bench.catalogue.record_choice(G, choice, &Policies::default()).await
}

#[tokio::test]
async fn the_last_choice_counts_and_the_earlier_ones_stay() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    publish_jobs(&bench).await;
    assert_eq!(bench.only().await.standing.choice(), Choice::NotChosen);
    let said = [Answer::Declined, Answer::Chosen, Answer::TakenBack, Answer::Chosen];
    let rules = [Choice::Declined, Choice::Chosen, Choice::Declined, Choice::Chosen];
    for ((minute, answer), rule) in (0..).zip(said).zip(rules) {
        choose(&bench, choice(exam, answer, minute)).await.unwrap();
        assert_eq!(bench.only().await.standing.choice(), rule);
        assert_eq!(publish_jobs(&bench).await, 1, "the web must agree");
    }
    let kept = bench.catalogue.choices(G, exam).await.unwrap();
    assert_eq!(kept, (0..).zip(said).map(|(minute, answer)| choice(exam, answer, minute)).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_answer_twice_is_the_same_as_once() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    choose(&bench, choice(exam, Answer::Chosen, 1)).await.unwrap();
    choose(&bench, ArchiveChoice { at: NOON + Duration::hours(1), ..choice(exam, Answer::Chosen, 1) }).await.unwrap();
    assert_eq!(bench.catalogue.choices(G, exam).await.unwrap().len(), 1);
    choose(&bench, choice(exam, Answer::Chosen, 2)).await.unwrap();
    assert_eq!(bench.catalogue.choices(G, exam).await.unwrap().len(), 2, "another notice is another answer");
}

#[tokio::test]
async fn a_yes_is_taken_back_and_nothing_else_is() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    let refused = |done| matches!(done, Err(RecordError::Refused { .. }));
    assert!(refused(choose(&bench, choice(exam, Answer::TakenBack, 1)).await));
    choose(&bench, choice(exam, Answer::Declined, 1)).await.unwrap();
    assert!(refused(choose(&bench, choice(exam, Answer::TakenBack, 2)).await));
    choose(&bench, choice(exam, Answer::Chosen, 3)).await.unwrap();
    assert!(refused(choose(&bench, choice(exam, Answer::Declined, 4)).await));
    assert_eq!(bench.catalogue.choices(G, exam).await.unwrap().len(), 2);
}

#[tokio::test]
async fn what_is_always_archived_or_never_is_nobodys_choice() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    for class in ["ct", "mg-screening", "phantom"] {
        bench.catalogue.correct_class(G, correction(exam, Some(class))).await.unwrap();
        let done = choose(&bench, choice(exam, Answer::Chosen, 1)).await;
        assert!(matches!(done, Err(RecordError::Refused { .. })), "{class}");
    }
    bench.catalogue.correct_class(G, correction(exam, None)).await.unwrap();
    choose(&bench, choice(exam, Answer::Chosen, 1)).await.unwrap();
    // A correction that comes later does not close the way back.
    bench.catalogue.correct_class(G, correction(exam, Some("ct"))).await.unwrap();
    choose(&bench, choice(exam, Answer::TakenBack, 2)).await.unwrap();
}

#[tokio::test]
async fn a_correction_of_the_class_decides_alone_and_can_be_taken_back() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    let told = |exam: &ExamDetail| (exam.class.clone(), exam.class_reason.clone(), exam.phantom);
    let before = told(&bench.only().await);
    assert_eq!(before, ("other".into(), "modality".into(), false));
    publish_jobs(&bench).await;
    bench.catalogue.correct_class(G, correction(exam, Some("mg-followup"))).await.unwrap();
    assert_eq!(told(&bench.only().await), ("mg-followup".into(), "declared".into(), false));
    assert_eq!(publish_jobs(&bench).await, 1);
    bench.apply(order(5, patient("7", "DUPONT", "MARIE", 1950), "A1")).await;
    assert_eq!(bench.only().await.class, "mg-followup", "whatever an order says later");
    bench.catalogue.correct_class(G, correction(exam, Some("phantom"))).await.unwrap();
    assert_eq!(told(&bench.only().await), ("phantom".into(), "declared".into(), true));
    bench.catalogue.correct_class(G, correction(exam, None)).await.unwrap();
    assert_eq!(told(&bench.only().await), before);
    assert_eq!(bench.catalogue.class_corrections(G, exam).await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_correction_needs_a_class_that_exists_and_a_reason() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    let wrong = ClassCorrection { class: Some("x".into()), ..correction(exam, None) };
    let silent = ClassCorrection { reason: "  ".into(), ..correction(exam, Some("ct")) };
    for refused in [wrong, silent] {
        let done = bench.catalogue.correct_class(G, refused).await;
        assert!(matches!(done, Err(RecordError::Refused { .. })));
    }
    let nowhere = bench.catalogue.correct_class(G, correction(ExamId(uuid::Uuid::nil()), Some("ct"))).await;
    assert!(matches!(nowhere, Err(RecordError::NotFound { what: "exam" })));
}

#[tokio::test]
async fn what_was_said_goes_with_the_studies_when_exams_are_joined() {
    let bench = bench().await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    for study in ["1.2", "1.3"] {
        let mut image = of(image(study, 1), "7", "DUPONT^MARIE", 1950, "");
        image.header.modality = Some("DX".into());
        bench.receive(vec![image]).await;
    }
    let chosen = bench.of_study("1.3").await.id;
    choose(&bench, choice(chosen, Answer::Chosen, 1)).await.unwrap();
    bench.catalogue.correct_class(G, correction(chosen, Some("mr"))).await.unwrap();
    for (minute, study) in [(2, "1.2"), (3, "1.3")] {
        let mut told = order(minute, patient("7", "DUPONT", "MARIE", 1950), "A9");
        if let FactBody::Order(order) = &mut told.facts[0] {
            order.study_instance_uid = Some(study.into());
        }
        bench.apply(told).await;
    }
    let joined = bench.only().await;
    assert_eq!(joined.study_instance_uids.len(), 2);
    assert_eq!((joined.standing.choice(), joined.class.as_str()), (Choice::Chosen, "mr"));
}

#[tokio::test]
async fn choices_corrections_and_the_person_of_the_web_copy_come_back_with_the_journal() {
    let old = bench().await;
    let exam = radiograph(&old).await;
    choose(&old, choice(exam, Answer::Chosen, 1)).await.unwrap();
    old.catalogue.correct_class(G, correction(exam, Some("mr"))).await.unwrap();
    let patient = old.only().await.patient.unwrap();
    let person = DiffusedFor { patient: patient.id, traits: patient.traits, at: NOON, merged_into: None };
    old.catalogue.diffused_for(G, exam, person).await.unwrap();
    let made = generation(&old, exam).await;
    let headers = old.catalogue.instances(G, exam).await.unwrap().into_iter().map(|one| one.header).collect();
    old.catalogue.record_generation(made.clone()).await.unwrap();
    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    new.catalogue.restore_generation(made, headers).await.unwrap();
    let told = |exam: ExamDetail| ExamDetail { last_arrival_at: None, ..exam };
    assert_eq!(told(new.only().await), told(old.only().await));
    assert_eq!(new.catalogue.choices(G, exam).await.unwrap(), old.catalogue.choices(G, exam).await.unwrap());
    assert_eq!(
        new.catalogue.class_corrections(G, exam).await.unwrap(),
        old.catalogue.class_corrections(G, exam).await.unwrap()
    );
}

#[tokio::test]
async fn the_person_of_a_web_copy_is_followed_through_corrections_and_merges() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    let patient_now = || async { bench.only().await.patient.unwrap() };
    let first = patient_now().await;
    let person = DiffusedFor { patient: first.id, traits: first.traits, at: NOON, merged_into: None };
    bench.catalogue.diffused_for(G, exam, person).await.unwrap();
    let is_the_same = || async {
        let exam = bench.only().await;
        exam.diffused_for.unwrap().is(&exam.patient.unwrap())
    };
    assert!(is_the_same().await);
    bench.apply(adt(2, patient("7", "DU PONT", "Marie", 1950))).await;
    bench.apply(adt(3, patient("8", "DUPONT", "MARIE", 1950))).await;
    assert!(is_the_same().await, "a spelling");
    bench.apply(a40(4, "8", "7")).await;
    assert_ne!(patient_now().await.id, first.id);
    assert!(is_the_same().await, "merged");
}

#[tokio::test]
async fn what_was_told_last_is_what_is_read() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    assert_eq!(bench.catalogue.told(G, exam).await.unwrap(), None);
    for digest in [[4; 32], [5; 32]] {
        let told = Told { digest, online_until: NOON };
        bench.catalogue.set_told(G, exam, told).await.unwrap();
        assert_eq!(bench.catalogue.told(G, exam).await.unwrap(), Some(told));
    }
}

const PINNED: &str = include_str!("../../../../formats/record/journal-choice-v1.json");

/// What the journal says of choices, corrections and the person of a web copy, ids that chance gives apart.
async fn journalled(bench: &Bench, exam: ExamId, patient: PatientId) -> Vec<serde_json::Value> {
    let entries = bench.catalogue.journal_after(G, 0, 1000).await.unwrap();
    let told = |body: &serde_json::Value| body["kind"] == "choice" || body["exam_fact"]["fact"] == "diffused-for";
    let plain = |body: serde_json::Value| {
        let text = body.to_string().replace(&exam.to_string(), "EXAM").replace(&patient.to_string(), "PATIENT");
        serde_json::from_str(&text).unwrap()
    };
    entries.into_iter().map(|entry| entry.body).filter(told).map(plain).collect()
}

#[tokio::test]
async fn the_journal_of_choices_has_the_pinned_shape_and_is_read_again() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    choose(&bench, choice(exam, Answer::Chosen, 1)).await.unwrap();
    bench.catalogue.correct_class(G, correction(exam, Some("mr"))).await.unwrap();
    bench.catalogue.correct_class(G, correction(exam, None)).await.unwrap();
    let patient = bench.only().await.patient.unwrap();
    let id = patient.id;
    let person = DiffusedFor { patient: id, traits: patient.traits, at: NOON, merged_into: None };
    bench.catalogue.diffused_for(G, exam, person).await.unwrap();
    let today = journalled(&bench, exam, id).await;
    let pinned: Vec<serde_json::Value> = serde_json::from_str(PINNED).unwrap();
    assert_eq!(today, pinned, "a new shape is a new version with its own pinned file: {}", serde_json::json!(today));
    let again = crate::fixture::bench().await;
    for (number, body) in (1..).zip(pinned) {
        let nobody = uuid::Uuid::nil().to_string();
        let text = body.to_string().replace("EXAM", &nobody).replace("PATIENT", &nobody);
        let entry = JournalEntry { group: G, number, at: NOON, body: serde_json::from_str(&text).unwrap() };
        again.catalogue.restore_journal(entry).await.unwrap();
    }
}

/// Puts the exam on an approved list of erasure, in its days of grace.
pub async fn doom(bench: &Bench, exam: &ExamDetail) {
    let list = ErasureList {
        list: uuid::Uuid::from_u128(9),
        path: ErasurePath::StoredOnly,
        day: time::macros::date!(2027 - 06 - 01),
        state: ListState::Proposed,
        proposed_at: NOON,
        exams: 1,
        size_bytes: 1,
        rule: None,
        approvals: Vec::new(),
        refusal: None,
        grace_until: None,
    };
    let item = ErasureItem {
        exam: exam.id,
        number: exam.number.clone(),
        class: exam.class.clone(),
        exam_date: exam.date.unwrap(),
        reasons: Vec::new(),
        kept_until: None,
        instances: exam.instances,
        objects: Vec::new(),
        size_bytes: 1,
        state: ItemState::Proposed,
        left_because: None,
    };
    assert_eq!(bench.catalogue.list_propose(G, list.clone(), vec![item]).await.unwrap(), 1);
    for (by, role) in [("dpo", Role::DataProtection), ("dr", Role::Radiologist)] {
        let approval = Approval { by: by.into(), role, at: NOON };
        bench.catalogue.list_approve(G, list.list, approval, NOON + Duration::days(30)).await.unwrap();
    }
}

#[tokio::test]
async fn an_exam_on_its_way_out_leaves_nothing_to_choose_until_it_is_taken_back() {
    let bench = bench().await;
    let exam = radiograph(&bench).await;
    let sealed = generation(&bench, exam).await;
    bench.catalogue.record_generation(sealed).await.unwrap();
    doom(&bench, &bench.only().await).await;
    assert!(bench.catalogue.exam(G, exam).await.unwrap().standing.doom.is_some());
    let refused = |done| matches!(done, Err(RecordError::Refused { .. }));
    assert!(refused(choose(&bench, choice(exam, Answer::Chosen, 1)).await));
    assert!(refused(bench.catalogue.correct_class(G, correction(exam, Some("ct"))).await));
    bench.catalogue.take_off(G, exam, "dpo", "une demande", NOON).await.unwrap();
    choose(&bench, choice(exam, Answer::Chosen, 1)).await.unwrap();
}
