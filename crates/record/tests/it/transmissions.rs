//! Transmissions to partners: versions, order, steps, figures; rebuilt from the journal.

use crate::fixture::*;
use crate::sealing::{drain, generation};
use exam::retention::Hold as Kind;
use record::*;
use time::Duration;
use uuid::Uuid;

const CHU: &str = "CHU";

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

async fn certain(bench: &Bench, study: &str, number: &str) -> ExamId {
    bench.receive(vec![of(image(study, 1), "7", "DUPONT^MARIE", 1950, number)]).await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    drain(bench).await;
    bench.of_study(study).await.id
}

async fn plan(bench: &Bench, n: u128, exam: ExamId, kind: TransmissionKind, basis: u8, held: Option<&str>) {
    let person = bench.catalogue.exam(G, exam).await.unwrap().patient;
    let body = TransmissionBody { person, report: None, withdraws: false };
    let (partner, held) = (CHU.to_owned(), held.map(str::to_owned));
    let new = NewTransmission { id: id(n), exam, partner, kind, basis: [basis; 32], body, held, at: NOON };
    bench.catalogue.transmission_plan(G, new).await.unwrap();
}

async fn step(bench: &Bench, n: u128, step: TransmissionStep) {
    bench.catalogue.transmission_step(G, id(n), step, NOON + Duration::MINUTE).await.unwrap();
}

async fn next(bench: &Bench, kind: TransmissionKind) -> Option<Uuid> {
    bench.catalogue.transmission_next(G, CHU, kind).await.unwrap().map(|one| one.id)
}

async fn seen(bench: &Bench, exam: ExamId) -> Vec<(u32, &'static str)> {
    let all = bench.catalogue.transmissions_of(G, exam).await.unwrap();
    all.iter().map(|one| (one.version, one.state.key())).collect()
}

use TransmissionKind::{Images, Report};
use TransmissionStep as Step;

fn acknowledged() -> Step {
    Step::Acknowledged { how: "accepted".into() }
}

fn dead() -> Step {
    Step::Dead { reason: "refused".into() }
}

#[tokio::test]
async fn they_leave_in_the_order_in_which_they_were_planned_each_kind_by_itself() {
    let bench = bench().await;
    let (first, second) = (certain(&bench, "1.2", "A1").await, certain(&bench, "1.3", "A2").await);
    plan(&bench, 1, first, Images, 1, None).await;
    plan(&bench, 2, second, Report, 1, None).await;
    plan(&bench, 3, second, Images, 1, None).await;
    plan(&bench, 4, first, Report, 1, Some("identity-waiting")).await;
    assert_eq!((next(&bench, Images).await, next(&bench, Report).await), (Some(id(1)), Some(id(2))));
    step(&bench, 1, Step::Left).await;
    step(&bench, 1, acknowledged()).await;
    assert_eq!(next(&bench, Images).await, Some(id(3)));
    step(&bench, 2, dead()).await;
    assert_eq!(next(&bench, Report).await, None, "one that is held or dead does not stop those behind it");
    step(&bench, 4, Step::Queued { by: "system".into() }).await;
    step(&bench, 2, Step::Queued { by: "anne".into() }).await;
    assert_eq!(next(&bench, Report).await, Some(id(2)), "sent again, it keeps its place");
}

#[tokio::test]
async fn the_same_basis_is_planned_once_and_another_one_replaces_what_came_before() {
    let bench = bench().await;
    let exam = certain(&bench, "1.2", "A1").await;
    plan(&bench, 1, exam, Report, 1, None).await;
    plan(&bench, 2, exam, Report, 1, None).await;
    assert_eq!(seen(&bench, exam).await, [(1, "queued")]);
    plan(&bench, 3, exam, Report, 2, None).await;
    assert_eq!(seen(&bench, exam).await, [(1, "superseded"), (2, "queued")]);
    step(&bench, 3, Step::Left).await;
    plan(&bench, 4, exam, Report, 3, None).await;
    assert_eq!(seen(&bench, exam).await, [(1, "superseded"), (2, "superseded"), (3, "queued")]);
    step(&bench, 3, acknowledged()).await;
    step(&bench, 1, acknowledged()).await;
    let after = [(1, "superseded"), (2, "acknowledged"), (3, "queued")];
    assert_eq!(seen(&bench, exam).await, after, "what the partner says it has, it has; what never left, it has not");
    step(&bench, 3, dead()).await;
    assert_eq!(seen(&bench, exam).await, after, "what is acknowledged stays so");
}

#[tokio::test]
async fn an_open_transmission_holds_its_exam_until_it_is_done() {
    let bench = bench().await;
    let exam = certain(&bench, "1.2", "A1").await;
    let holds = async || bench.catalogue.exam(G, exam).await.unwrap().standing.open_holds();
    plan(&bench, 1, exam, Images, 1, None).await;
    for open in [dead(), Step::Queued { by: "anne".into() }, Step::Left, Step::Sent] {
        assert!(holds().await.contains(&Kind::Transmission), "before {open:?}");
        step(&bench, 1, open).await;
    }
    assert!(holds().await.contains(&Kind::Transmission));
    step(&bench, 1, acknowledged()).await;
    assert!(holds().await.is_empty());
    plan(&bench, 2, exam, Images, 2, Some("identity-changed")).await;
    assert!(holds().await.contains(&Kind::Transmission));
    step(&bench, 2, Step::Stopped { reason: "objection".into(), by: "system".into() }).await;
    assert!(holds().await.is_empty());
}

#[tokio::test]
async fn a_failed_try_waits_and_is_counted_and_what_is_sent_again_begins_again() {
    let bench = bench().await;
    let exam = certain(&bench, "1.2", "A1").await;
    plan(&bench, 1, exam, Report, 1, None).await;
    let due = NOON + Duration::HOUR;
    bench.catalogue.transmission_later(G, id(1), "unreachable", due, false).await.unwrap();
    bench.catalogue.transmission_later(G, id(1), "broken-off", due, true).await.unwrap();
    let one = bench.catalogue.transmission(G, id(1)).await.unwrap();
    assert_eq!((one.tries, one.due_at, one.trouble.as_deref()), (1, due, Some("broken-off")));
    step(&bench, 1, dead()).await;
    step(&bench, 1, Step::Queued { by: "anne".into() }).await;
    let one = bench.catalogue.transmission(G, id(1)).await.unwrap();
    assert_eq!((one.tries, one.due_at < NOON), (0, true));
}

#[tokio::test]
async fn figures_count_the_latest_version_of_each_exam() {
    let bench = bench().await;
    let (first, second) = (certain(&bench, "1.2", "A1").await, certain(&bench, "1.3", "A2").await);
    plan(&bench, 1, first, Report, 1, None).await;
    step(&bench, 1, Step::Left).await;
    step(&bench, 1, acknowledged()).await;
    plan(&bench, 2, first, Report, 2, None).await;
    plan(&bench, 3, second, Report, 1, None).await;
    step(&bench, 3, dead()).await;
    let queues = bench.catalogue.transmission_queues(G).await.unwrap();
    assert_eq!(queues.len(), 1);
    let queue = &queues[0];
    assert_eq!((queue.expected, queue.acknowledged, queue.queued, queue.dead), (2, 0, 1, 1));
    assert_eq!(queue.oldest, Some(NOON));
    let open = bench.catalogue.transmissions_open(G, CHU, 10).await.unwrap();
    assert_eq!(open.iter().map(|one| one.id).collect::<Vec<_>>(), [id(3), id(2)], "dead first");
}

#[tokio::test]
async fn structures_that_no_rule_names_are_counted_until_one_does() {
    let bench = bench().await;
    let (first, second) = (certain(&bench, "1.2", "A1").await, certain(&bench, "1.3", "A2").await);
    for exam in [first, second] {
        bench.catalogue.set_unmatched(G, exam, Some("440990003"), NOON).await.unwrap();
        bench.catalogue.set_unmatched(G, exam, Some("440990003"), NOON + Duration::HOUR).await.unwrap();
    }
    let listed = bench.catalogue.unmatched_structures(G, 10).await.unwrap();
    assert_eq!(listed, [UnmatchedStructure { structure: "440990003".into(), exams: 2, since: NOON }]);
    let page = bench.catalogue.unmatched_exams(G, None, 1).await.unwrap();
    assert_eq!(bench.catalogue.unmatched_exams(G, page.last().copied(), 10).await.unwrap().len(), 1);
    for exam in [first, second] {
        bench.catalogue.set_unmatched(G, exam, None, NOON).await.unwrap();
    }
    assert_eq!(bench.catalogue.unmatched_structures(G, 10).await.unwrap(), []);
    assert_eq!(bench.catalogue.unmatched_exams(G, None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_rebuilt_record_knows_what_left_what_is_held_and_what_was_stopped() {
    let old = bench().await;
    let exam = certain(&old, "1.2", "A1").await;
    plan(&old, 1, exam, Report, 1, None).await;
    step(&old, 1, Step::Left).await;
    step(&old, 1, acknowledged()).await;
    step(&old, 1, Step::Noticed).await;
    step(&old, 1, Step::NoticeAnswered { answer: "effacé".into(), by: "anne".into() }).await;
    plan(&old, 2, exam, Report, 2, Some("identity-changed")).await;
    plan(&old, 3, exam, Images, 1, None).await;
    step(&old, 3, Step::Left).await;
    let made = generation(&old, exam).await;
    let headers = old.catalogue.instances(G, exam).await.unwrap().into_iter().map(|one| one.header).collect();
    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    new.catalogue.restore_generation(made, headers).await.unwrap();
    let (before, after) = (
        old.catalogue.transmissions_of(G, exam).await.unwrap(),
        new.catalogue.transmissions_of(G, exam).await.unwrap(),
    );
    assert_eq!(before, after);
    assert_eq!(after[0].notice_answer.as_deref(), Some("effacé"));
    assert!(new.only().await.standing.open_holds().contains(&Kind::Transmission));
    assert_eq!(next(&new, Images).await, Some(id(3)), "what was on its way is sent again, under the same id");
}
