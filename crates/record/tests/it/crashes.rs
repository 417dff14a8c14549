//! Random operations against a model of plain maps ([`crate::model`]), with a kill or a power cut anywhere.
//!
//! A kill is the state of the files at that moment, as another process finds them: copied while the operation runs.
//! A power cut goes back to the last full commit: reception rows are not synced, the landing log replays them.

use crate::fixture::*;
use crate::model::{Exam, Image, Model, Op, STUDIES, Step, person};
use proptest::prelude::*;
use record::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use testkit::{FakeClock, SeededRandom};
use uuid::Uuid;

fn study_uid(study: usize) -> String {
    format!("1.9.{study}")
}

fn who(study_person: usize, minute: Option<i64>) -> PatientFact {
    let name = ["DUPONT", "MARTIN", "PETIT"][study_person];
    let mut fact = patient(&format!("{}", 70 + study_person), name, "MARIE", 1950);
    fact.traits.used_name = minute.map(|minute| format!("USED{minute}"));
    fact
}

fn received((study, number, content): (usize, u32, u8), offset: u64) -> Received {
    let owner = person(study);
    let name = format!("{}^MARIE", ["DUPONT", "MARTIN", "PETIT"][owner]);
    let image = image(&study_uid(study), number);
    let mut image = of(image, &format!("{}", 70 + owner), &name, 1950, &format!("A{study}"));
    image.sha256 = [content; 32];
    image.place.offset = offset;
    image
}

/// The files of a record.
type Files = (Vec<u8>, Vec<u8>);

/// The record under trial, with its landing log.
struct Trial {
    bench: Bench,
    log: Vec<Received>,
    durable: Files,
    restarts: u64,
    /// A test of the test: the log is not replayed.
    forgets: bool,
}

fn scratch() -> tempfile::TempDir {
    // Memory where there is some: it is the order of writes that is tried here, not the disk.
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

async fn open_at(folder: tempfile::TempDir, seed: u64) -> Bench {
    let path = folder.path().join("record.sqlite");
    let (clock, random) = (Arc::new(FakeClock::at(NOON)), Arc::new(SeededRandom::new(seed)));
    let catalogue = SqliteCatalogue::open(&path, settings(), clock, random).await.unwrap();
    Bench { catalogue, folder }
}

/// As another process finds them: a checkpoint in between is waited for.
fn files_of(path: &Path) -> Files {
    let read = |path: &Path| std::fs::read(path).unwrap_or_default();
    let log = path.with_extension("sqlite-wal");
    loop {
        let (record, wal) = (read(path), read(&log));
        if read(path) == record {
            return (record, wal);
        }
    }
}

impl Trial {
    async fn new(seed: u64, forgets: bool) -> Self {
        let bench = open_at(scratch(), seed).await;
        for owner in 0..3 {
            bench.apply(adt(owner as i64 - 10, who(owner, None))).await;
        }
        let durable = files_of(&bench.path());
        Self { bench, log: Vec::new(), durable, restarts: 0, forgets }
    }

    /// The program dies; the next one finds these files and replays the log.
    async fn restart(&mut self, (record, wal): Files) {
        let folder = scratch();
        std::fs::write(folder.path().join("record.sqlite"), record).unwrap();
        std::fs::write(folder.path().join("record.sqlite-wal"), wal).unwrap();
        self.restarts += 1;
        self.bench = open_at(folder, 1000 + self.restarts).await;
        let applied = self.bench.catalogue.applied(0).await.unwrap().map_or(0, |applied| applied.offset);
        let rest: Vec<Received> = self.log.iter().filter(|one| one.place.offset > applied).cloned().collect();
        if let Some(last) = rest.last().filter(|_| !self.forgets) {
            let applied = Applied { writer: 0, segment: 1, offset: last.place.offset };
            self.bench.catalogue.receive(rest, Some(applied)).await.unwrap();
        }
    }

    /// Those out of sight too.
    async fn lines(&self) -> Vec<ExamLine> {
        let doomed = ExamQuery { limit: 200, state: Some("doomed".into()), ..ExamQuery::default() };
        let mut lines = self.bench.list().await;
        lines.extend(self.bench.catalogue.exams(G, doomed).await.unwrap().lines);
        lines
    }

    async fn exam(&self, study: usize) -> Option<ExamDetail> {
        for line in self.lines().await {
            let exam = self.bench.catalogue.exam(G, line.id).await.unwrap();
            if exam.study_instance_uids == [study_uid(study)] {
                return Some(exam);
            }
        }
        None
    }

    /// What the record answers, as the model says it.
    async fn shown(&self) -> BTreeMap<usize, Exam> {
        let mut shown = BTreeMap::new();
        let doubts = self.bench.catalogue.doubts(G, 1000).await.unwrap();
        for study in 0..STUDIES {
            let Some(exam) = self.exam(study).await else { continue };
            if exam.standing.doom.as_ref().is_some_and(|doom| doom.destroyed_at.is_some()) {
                assert_eq!(self.bench.catalogue.instances(G, exam.id).await.unwrap(), []);
                shown.insert(study, Exam { erased: true, ..Exam::default() });
                continue;
            }
            let instances = self.bench.catalogue.instances(G, exam.id).await.unwrap();
            assert_eq!(belongs_to(&exam), Some(format!("{}", 70 + person(study)).as_str()), "{exam:#?}");
            assert_eq!(exam.instances as usize, instances.len());
            let sealed = |one: &StoredInstance| matches!(one.location, Location::Sealed { .. });
            assert_eq!(exam.unsealed as usize, instances.iter().filter(|one| !sealed(one)).count());
            let mut view = view(&exam);
            for one in &instances {
                let image = Image { content: one.sha256[0], sealed: sealed(one) };
                view.images.insert(one.header.instance_number.unwrap() as u32, image);
            }
            for doubt in &doubts {
                let DoubtKind::Conflict { sop_instance_uid, aside, .. } = &doubt.kind else { continue };
                if let Some(number) = sop_instance_uid.strip_prefix(&format!("{}.1.", study_uid(study))) {
                    view.aside.insert((number.parse().unwrap(), aside[0]));
                }
            }
            shown.insert(study, view);
        }
        shown
    }

    /// The operation on the real record, where the model says that it can be.
    async fn run(&self, op: &Op, minute: i64, before: &Model) {
        let catalogue = &self.bench.catalogue;
        let at = NOON + time::Duration::minutes(minute);
        let said = |study: usize| (who(person(study), None), format!("A{study}"));
        match *op {
            Op::Store(_) => {
                let rest: Vec<Received> = self.log.iter().filter(|one| one.received_at == at).cloned().collect();
                let Some(last) = rest.last() else { return };
                let applied = Applied { writer: 0, segment: 1, offset: last.place.offset };
                catalogue.receive(rest, Some(applied)).await.unwrap();
            }
            Op::Correct(owner) => {
                catalogue.apply(adt(minute, who(owner, Some(minute)))).await.unwrap();
            }
            Op::Order(study) => {
                let (patient, number) = said(study);
                let mut ordered = order(minute, patient, &number);
                if let FactBody::Order(order) = &mut ordered.facts[0] {
                    order.act_label = Some(format!("Act{minute}"));
                }
                catalogue.apply(ordered).await.unwrap();
            }
            Op::Report(study, status) => {
                let (patient, number) = said(study);
                catalogue.apply(report(minute, patient, &number, status)).await.unwrap();
            }
            Op::Settle(study, accept) => self.settle(study, accept, before).await,
            Op::Seal(study) if before.unsealed(study) => self.seal(study).await,
            Op::Class(study, _) | Op::Choose(study, _) | Op::Doom(study) | Op::TakeOff(study) | Op::Erase(study) => {
                let Some(exam) = self.exam(study).await else { return };
                if before.is_shown(study) || before.doomed(study) {
                    refused_or_done(op, crate::ends::run(&self.bench, exam.id, op, minute).await);
                }
            }
            _ => self.act(op, minute, before).await,
        }
    }

    async fn settle(&self, study: usize, accept: bool, before: &Model) {
        let Some((number, content)) = before.aside(study) else { return };
        let uid = format!("{}.1.{number}", study_uid(study));
        for doubt in self.bench.catalogue.doubts(G, 1000).await.unwrap() {
            let DoubtKind::Conflict { sop_instance_uid, aside, .. } = &doubt.kind else { continue };
            if *sop_instance_uid == uid && aside[0] == content {
                let decision = if accept { Decision::AcceptAside } else { Decision::DiscardAside };
                self.bench.catalogue.settle(G, doubt.id, decision, "anne", NOON).await.unwrap();
                return;
            }
        }
        panic!("no doubt about {uid}");
    }

    async fn seal(&self, study: usize) {
        let exam = self.exam(study).await.unwrap();
        let generation = crate::sealing::generation(&self.bench, exam.id).await;
        self.bench.catalogue.record_generation(generation).await.unwrap();
    }

    /// What people and jobs do with an exam that is shown.
    async fn act(&self, op: &Op, minute: i64, before: &Model) {
        let catalogue = &self.bench.catalogue;
        let at = NOON + time::Duration::minutes(minute);
        let (Op::Hold(study)
        | Op::Release(study)
        | Op::Sheet(study, ..)
        | Op::Publish(study)
        | Op::Withdraw(study)
        | Op::AskRecall(study)
        | Op::FindRecall(study)
        | Op::EndRecall(study)) = *op
        else {
            return;
        };
        let Some(exam) = self.exam(study).await.map(|exam| exam.id).filter(|_| before.is_shown(study)) else { return };
        let publication = Uuid::from_u128(minute as u128);
        let recall = match self.exam(study).await.and_then(|exam| exam.standing.recall) {
            Some(recall) if before.recalling(study) => recall.recall,
            _ => Uuid::from_u128(1 << 64 | minute as u128),
        };
        let done = match op {
            Op::Hold(_) => catalogue.hold(G, exam, Hold { by: "anne".into(), reason: "x".into(), at }).await,
            Op::Release(_) => catalogue.release(G, exam, "anne", at).await,
            Op::Sheet(_, slot, state) => catalogue.sheet(G, sheet(exam, study, *slot, *state)).await,
            Op::Publish(_) => catalogue.publication_recorded(G, exam, publication, [1; 32], at).await,
            Op::Withdraw(_) if before.published(study) => catalogue.publication_withdrawn(G, exam, at).await,
            Op::AskRecall(_) => catalogue.recall_ask(G, recall, exam, "anne", at).await.map(|_| ()),
            Op::FindRecall(_) if before.recalling(study) => {
                let step = RecallStep::Found { ready_by: at, size_bytes: 5 };
                catalogue.recall_step(G, recall, step, at).await
            }
            Op::EndRecall(_) if before.recalling(study) => {
                let ready = RecallReady { recall, publication, basis: [1; 32], at, took: Duration::from_secs(1) };
                catalogue.recall_ready(G, exam, ready).await
            }
            _ => Ok(()),
        };
        refused_or_done(op, done);
    }

    /// One step on the record and on every history that is still possible; an error names what differs. An operation
    /// that a kill interrupted has happened or it has not, and that may show later only.
    async fn step(&mut self, step: &Step, minute: i64, histories: &mut Vec<Model>) -> Result<(), String> {
        let before = histories[0].clone();
        let (op, turns) = match step {
            Step::PowerCut => {
                self.restart(self.durable.clone()).await;
                return fitting("after a power cut", &self.shown().await, histories);
            }
            Step::Whole(op) => (op, None),
            Step::Killed(op, turns) => (op, Some(*turns)),
        };
        let op = &before.without_erased(op);
        let stored = self.land(op, minute);
        let old = if turns.is_some() && !stored { histories.clone() } else { Vec::new() };
        histories.iter_mut().for_each(|model| model.apply(op, minute));
        histories.extend(old);
        let Some(turns) = turns else {
            self.run(op, minute, &before).await;
            if !stored {
                self.durable = files_of(&self.bench.path());
            }
            return fitting("after the operation", &self.shown().await, histories);
        };
        let files = self.killed(op, minute, &before, turns).await;
        self.durable = files.clone();
        self.restart(files).await;
        fitting("after a kill", &self.shown().await, histories)
    }

    /// What arrives is in the log before it is in the record.
    fn land(&mut self, op: &Op, minute: i64) -> bool {
        let Op::Store(images) = op else { return false };
        for image in images {
            let offset = 4096 * (self.log.len() as u64 + 1);
            let at = NOON + time::Duration::minutes(minute);
            self.log.push(Received { received_at: at, ..received(*image, offset) });
        }
        true
    }

    async fn killed(&self, op: &Op, minute: i64, before: &Model, turns: u8) -> Files {
        let mut call = Box::pin(self.run(op, minute, before));
        for _ in 0..turns {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            if std::pin::Pin::new(&mut call).poll(&mut context).is_ready() {
                break;
            }
            // The database's thread goes on meanwhile, as far as it gets.
            std::thread::yield_now();
        }
        files_of(&self.bench.path())
    }

    /// Everything sealed, then made again from the journal and the generations.
    async fn rebuilt(&self, model: &Model) -> Result<(), String> {
        let new = open_at(scratch(), 77).await;
        let old = &self.bench.catalogue;
        for study in (0..STUDIES).filter(|study| model.unsealed(*study)) {
            self.seal(study).await;
        }
        for entry in old.journal_after(G, 0, 100_000).await.unwrap() {
            new.catalogue.restore_journal(entry).await.unwrap();
        }
        for line in self.lines().await {
            let headers: BTreeMap<String, InstanceHeader> = old
                .instances(G, line.id)
                .await
                .unwrap()
                .into_iter()
                .map(|one| (one.header.sop_instance_uid.clone(), one.header))
                .collect();
            for made in old.generations(G, line.id).await.unwrap() {
                let of = made.instances.iter().map(|one| headers[&one.sop_instance_uid].clone()).collect();
                new.catalogue.restore_generation(made, of).await.unwrap();
            }
        }
        let again = Trial { bench: new, log: Vec::new(), durable: Files::default(), restarts: 0, forgets: false };
        let forget = |mut shown: BTreeMap<usize, Exam>| {
            // What is kept aside lies in the landing log, which a rebuild does not have.
            shown.values_mut().for_each(|exam| exam.aside.clear());
            shown
        };
        same("after a rebuild", &forget(again.shown().await), &forget(self.shown().await))
    }
}

/// A refusal changes nothing: if the model thinks otherwise, the answers differ.
fn refused_or_done(op: &Op, done: Result<(), RecordError>) {
    match done {
        Ok(()) | Err(RecordError::Refused { .. } | RecordError::NotFound { .. }) => {}
        Err(error) => panic!("{op:?}: {error}"),
    }
}

fn sheet(exam: ExamId, study: usize, slot: u8, state: SheetState) -> Sheet {
    let id = SheetId(Uuid::from_u128(1000 + study as u128 * 10 + u128::from(slot)));
    Sheet { id, exam, report: None, state, at: NOON, by: "anne".into(), how: "desk".into(), reason: None }
}

fn minute_of(at: time::OffsetDateTime) -> i64 {
    (at - NOON).whole_minutes()
}

fn view(exam: &ExamDetail) -> Exam {
    let number = |text: &str| text.trim_start_matches(|c: char| c.is_alphabetic()).parse::<i64>().ok();
    let versions = exam.report_history.iter().map(|version| (minute_of(version.validated_at), version.status));
    let slot = |sheet: &Sheet| (sheet.id.0.as_u128() % 10) as u8;
    Exam {
        order: exam.order.as_ref().and_then(|order| order.act_label.as_deref()).and_then(number),
        reports: versions.collect(),
        report: exam.report.as_ref().map(|version| minute_of(version.validated_at)),
        hold: exam.hold.as_ref().map(|hold| minute_of(hold.at)),
        sheets: exam.sheets.iter().map(|sheet| (slot(sheet), sheet.state)).collect(),
        publication: exam.publication.as_ref().map(|row| (minute_of(row.at), row.withdrawn_at.is_some())),
        recall: exam.standing.recall.as_ref().map(|recall| (minute_of(recall.asked_at), recall.state)),
        name: exam.patient.as_ref().and_then(|one| one.traits.used_name.as_deref()).and_then(number),
        class: (exam.class_reason == "declared").then(|| exam.class == "other"),
        choice: exam.standing.archive_choice.as_ref().map(|choice| (minute_of(choice.at), choice.answer)),
        doomed: exam.standing.doom.is_some(),
        ..Exam::default()
    }
}

/// Keeps the histories that fit.
fn fitting(when: &str, found: &BTreeMap<usize, Exam>, histories: &mut Vec<Model>) -> Result<(), String> {
    let expected = histories.iter().map(Model::shown).collect::<Vec<_>>();
    histories.retain(|model| model.shown() == *found);
    if histories.is_empty() { same(when, found, &expected[0]) } else { Ok(()) }
}

fn same(when: &str, found: &BTreeMap<usize, Exam>, expected: &BTreeMap<usize, Exam>) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{when}\nfound    {found:?}\nexpected {expected:?}")) }
}

fn op() -> impl Strategy<Value = Op> {
    // One exam most of the time: what needs four things in a row comes to pass.
    let study = prop_oneof![4 => Just(0_usize), 1 => 0..STUDIES];
    let status = prop::sample::select(vec![
        ReportStatus::Final,
        ReportStatus::Corrected,
        ReportStatus::Deleted,
        ReportStatus::Preliminary,
    ]);
    let sheet = prop::sample::select(vec![SheetState::Reserved, SheetState::Issued, SheetState::Revoked]);
    let answer = prop::sample::select(vec![Answer::Chosen, Answer::Declined, Answer::TakenBack]);
    let image = (study.clone(), 1..4_u32, prop_oneof![8 => Just(1_u8), 1 => Just(2), 1 => Just(3)]);
    prop_oneof![
        6 => prop::collection::vec(image, 1..4).prop_map(Op::Store),
        1 => (study.clone(), any::<bool>()).prop_map(|(study, accept)| Op::Settle(study, accept)),
        1 => (0..3_usize).prop_map(Op::Correct),
        1 => study.clone().prop_map(Op::Order),
        2 => (study.clone(), status).prop_map(|(study, status)| Op::Report(study, status)),
        1 => study.clone().prop_map(Op::Hold),
        1 => study.clone().prop_map(Op::Release),
        2 => (study.clone(), 0..2_u8, sheet).prop_map(|(study, slot, state)| Op::Sheet(study, slot, state)),
        3 => study.clone().prop_map(Op::Seal),
        1 => study.clone().prop_map(Op::Publish),
        1 => study.clone().prop_map(Op::Withdraw),
        1 => study.clone().prop_map(Op::AskRecall),
        1 => study.clone().prop_map(Op::FindRecall),
        1 => study.clone().prop_map(Op::EndRecall),
        1 => (study.clone(), any::<bool>()).prop_map(|(study, optional)| Op::Class(study, optional)),
        2 => (study.clone(), answer).prop_map(|(study, answer)| Op::Choose(study, answer)),
        3 => study.clone().prop_map(Op::Doom),
        1 => study.clone().prop_map(Op::TakeOff),
        2 => study.prop_map(Op::Erase),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => op().prop_map(Step::Whole),
        2 => (op(), 0..40_u8).prop_map(|(op, turns)| Step::Killed(op, turns)),
        1 => Just(Step::PowerCut),
    ]
}

async fn play(steps: &[Step], forgets: bool) -> Result<u64, String> {
    let mut histories = vec![Model::default()];
    let mut trial = Trial::new(1, forgets).await;
    for (index, step) in steps.iter().enumerate() {
        let minute = index as i64 + 1;
        trial.step(step, minute, &mut histories).await.map_err(|what| format!("step {minute} {step:?}: {what}"))?;
    }
    trial.rebuilt(&histories[0]).await.map(|()| trial.restarts)
}

#[test]
fn random_operations_with_a_crash_anywhere_answer_as_the_model_does() {
    let cases = if std::env::var_os("NEGATOSCOPE_LONG").is_some() { 5_000 } else { 40 };
    let config =
        ProptestConfig { cases, max_shrink_iters: 300, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let restarts = std::cell::Cell::new(0);
    let outcome = runner.run(&prop::collection::vec(step(), 10..40), |steps| {
        let played = runtime.block_on(play(&steps, false));
        restarts.set(restarts.get() + played.as_ref().copied().unwrap_or(0));
        prop_assert!(played.is_ok(), "{}", played.unwrap_err());
        Ok(())
    });
    outcome.unwrap();
    println!("{cases} sequences, {} crashes, 0 differ (95 % bound {:.5})", restarts.get(), 3.0 / f64::from(cases));
}

#[tokio::test]
async fn what_a_person_discarded_is_refused_when_it_comes_again_and_not_asked_again() {
    let (first, other) = (Op::Store(vec![(1, 2, 3)]), Op::Store(vec![(1, 2, 1)]));
    let steps = [first, other.clone(), Op::Settle(1, false), other].map(Step::Whole);
    assert_eq!(play(&steps, false).await, Ok(0));
    let bench = bench().await;
    bench.receive(vec![received((1, 2, 3), 4096), received((1, 2, 1), 8192)]).await;
    let doubt = bench.catalogue.doubts(G, 9).await.unwrap().into_iter().find(is_conflict).unwrap();
    bench.catalogue.settle(G, doubt.id, Decision::DiscardAside, "anne", NOON).await.unwrap();
    assert_eq!(bench.receive(vec![received((1, 2, 1), 12288)]).await, [ReceiveOutcome::Conflict]);
    assert!(!bench.catalogue.doubts(G, 9).await.unwrap().iter().any(is_conflict));
}

fn is_conflict(doubt: &Doubt) -> bool {
    matches!(doubt.kind, DoubtKind::Conflict { .. })
}

#[tokio::test]
async fn a_record_that_does_not_replay_its_log_is_found_out() {
    let steps = [Step::Whole(Op::Store(vec![(0, 1, 1)])), Step::PowerCut];
    assert!(play(&steps, true).await.unwrap_err().contains("after a power cut"));
    assert_eq!(play(&steps, false).await, Ok(1));
}

#[tokio::test]
async fn an_erased_exam_leaves_no_question_about_its_images_on_the_work_list() {
    let (first, other) = (Op::Store(vec![(0, 1, 1)]), Op::Store(vec![(0, 1, 2)]));
    let steps = [first, other, Op::Seal(0), Op::Doom(0), Op::Erase(0)].map(Step::Whole);
    assert_eq!(play(&steps, false).await, Ok(0));
}
