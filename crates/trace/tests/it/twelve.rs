//! The twelve attacks and faults on a log that has witnesses: every tampering is found by the stock check, or by the
//! witness itself, at the first checkpoint it sees; the two faults raise no alarm.

use crate::rig::{Rig, clock, closed, fill, open, rig, settings, tamper, verify_with, view};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use testkit::{FakeClock, SeededRandom};
use time::macros::datetime;
use trace::verify::{Outside, Report, verify};
use trace::witness::{Answer, Witness, request};
use trace::{Checkpoint, PublicKey, Trace, WitnessKey};

fn witness(folder: &Path, name: &str, log: &PublicKey, clock: Arc<FakeClock>) -> Witness {
    Witness::open(&folder.join(name), name, vec![log.clone()], clock, &SeededRandom::new(77)).unwrap()
}

/// Shows a witness the latest checkpoint of a log, as the server does.
async fn shown(trace: &Trace, witness: &Witness) -> Answer {
    let note = trace.checkpoint().await.unwrap().unwrap();
    let new = Checkpoint::unverified(&note).unwrap().size;
    let known = witness.last(trace.key().name()).unwrap();
    let old = known.map_or(0, |note| Checkpoint::unverified(&note).unwrap().size);
    let path = trace.growth(old, new).await.unwrap_or_default();
    witness.add_checkpoint(&request(old, &path, &note)).unwrap()
}

async fn cosigned(trace: &Trace, witness: &Witness) {
    let answer = shown(trace, witness).await;
    assert!(matches!(answer, Answer::Cosigned(_)), "{answer:?}");
}

/// A log of 600 events that a witness has seen, at rest.
async fn witnessed() -> (Rig, Witness) {
    let rig = rig().await;
    let witness = witness(rig.folder.path(), "notary", rig.trace.key(), rig.clock.clone());
    fill(&rig.trace, 0, 600).await;
    cosigned(&rig.trace, &witness).await;
    rig.trace.close().await.unwrap();
    (rig, witness)
}

/// What the stock check says, given what the witness last saw.
async fn checked(rig: &Rig, witness: &Witness) -> Report {
    let seen = witness.last("example.invalid/trace").unwrap().unwrap();
    verify_with(rig.folder.path(), &[seen]).await
}

async fn found(rig: &Rig, witness: &Witness, what: &str) {
    let report = checked(rig, witness).await;
    assert!(report.problems.iter().any(|problem| problem.what.contains(what)), "{what}: {:?}", report.problems);
}

const EXCHANGE: &str = "UPDATE event SET (bytes, salt, leaf) = (SELECT bytes, salt, leaf FROM event WHERE seq = 3) \
     WHERE seq = 580";

#[tokio::test]
async fn t1_an_edit_is_found() {
    let (rig, witness) = witnessed().await;
    assert_eq!(checked(&rig, &witness).await.problems, []);
    tamper(rig.folder.path(), &[EXCHANGE]).await;
    found(&rig, &witness, "a witnessed checkpoint has another root").await;
}

#[tokio::test]
async fn t2_a_deletion_is_found() {
    let (rig, witness) = witnessed().await;
    tamper(rig.folder.path(), &["DELETE FROM event WHERE seq = 580"]).await;
    found(&rig, &witness, "an event is missing").await;
    tamper(rig.folder.path(), &["UPDATE event SET seq = seq - 1 WHERE seq > 580"]).await;
    found(&rig, &witness, "a witnessed checkpoint counts more events").await;
    found(&rig, &witness, "an exam's events have a gap").await;
    found(&rig, &witness, "a patient's events have a gap").await;
}

#[tokio::test]
async fn t3_an_insertion_is_found() {
    let (rig, witness) = witnessed().await;
    let middle = [
        "UPDATE event SET seq = -seq WHERE seq >= 590",
        "UPDATE event SET seq = -seq + 1 WHERE seq < 0",
        "INSERT INTO event SELECT 1, 590, exam, patient, bytes, salt, leaf FROM event WHERE seq = 10",
    ];
    tamper(rig.folder.path(), &middle).await;
    found(&rig, &witness, "a witnessed checkpoint has another root").await;
}

#[tokio::test]
async fn t4_a_new_order_is_found() {
    let (rig, witness) = witnessed().await;
    let swap = [
        "UPDATE event SET seq = -1 WHERE seq = 580",
        "UPDATE event SET seq = 580 WHERE seq = 581",
        "UPDATE event SET seq = 581 WHERE seq = -1",
    ];
    tamper(rig.folder.path(), &swap).await;
    found(&rig, &witness, "a witnessed checkpoint has another root").await;
}

#[tokio::test]
async fn t5_a_tail_cut_off_together_with_its_head_is_found() {
    let (rig, witness) = witnessed().await;
    let old = closed(595).await;
    for file in ["events.sqlite", "checkpoint"] {
        fs::copy(old.data().join(file), rig.data().join(file)).unwrap();
    }
    assert_eq!(rig.verify().await.problems, [], "the shorter log is whole in itself");
    found(&rig, &witness, "a witnessed checkpoint counts more events").await;
}

/// The log's folder made again, from events of the thief's choice, under the stolen key.
async fn made_again(rig: &Rig, count: u64) -> Trace {
    fs::remove_dir_all(rig.data()).unwrap();
    let forged = open(rig.folder.path(), clock(), 7).await.unwrap();
    fill(&forged, 0, count).await;
    forged
}

#[tokio::test]
async fn t6_a_log_made_again_with_the_stolen_key_is_found() {
    let (rig, witness) = witnessed().await;
    let forged = made_again(&rig, 610).await;
    assert_eq!(shown(&forged, &witness).await, Answer::Inconsistent);
    forged.close().await.unwrap();
    assert_eq!(rig.verify().await.problems, [], "alone, the forgery is a whole log");
    found(&rig, &witness, "a witnessed checkpoint has another root").await;
}

#[tokio::test]
async fn t7_two_pasts_for_two_people_are_found() {
    let (rig, witness) = witnessed().await;
    let receipt = fs::read_to_string(rig.data().join("checkpoint")).unwrap();
    let forked = made_again(&rig, 600).await;
    assert_eq!(shown(&forked, &witness).await, Answer::Conflict(600), "of the same size, with another root");
    // Who kept a receipt of the one is not shown to have grown into the other.
    let before = Checkpoint::unverified(&receipt).unwrap();
    fill(&forked, 600, 620).await;
    let path = forked.growth(before.size, 620).await.unwrap();
    let after = forked.checkpoint().await.unwrap().unwrap();
    assert!(!before.has_grown_into(&Checkpoint::unverified(&after).unwrap(), &path));
    assert_eq!(shown(&forked, &witness).await, Answer::Inconsistent);
    forked.close().await.unwrap();
}

#[tokio::test]
async fn t8_an_old_backup_put_back_is_found_by_the_check_and_by_the_witness() {
    let rig = rig().await;
    let witness = witness(rig.folder.path(), "notary", rig.trace.key(), rig.clock.clone());
    fill(&rig.trace, 0, 300).await;
    rig.trace.close().await.unwrap();
    let old = fs::read(rig.data().join("events.sqlite")).unwrap();
    let again = open(rig.folder.path(), clock(), 2).await.unwrap();
    fill(&again, 300, 320).await;
    cosigned(&again, &witness).await;
    again.close().await.unwrap();
    fs::write(rig.data().join("events.sqlite"), old).unwrap();
    fs::remove_file(rig.data().join("checkpoint")).unwrap();
    found(&rig, &witness, "a witnessed checkpoint counts more events").await;
    let back = open(rig.folder.path(), clock(), 3).await.unwrap();
    assert_eq!(shown(&back, &witness).await, Answer::Malformed, "it is smaller than what was cosigned");
    fill(&back, 300, 330).await;
    assert_eq!(shown(&back, &witness).await, Answer::Inconsistent);
    back.close().await.unwrap();
}

#[tokio::test]
async fn t9_a_clock_set_back_is_mentioned_and_the_witness_dates_by_its_own() {
    let rig = rig().await;
    let honest = Arc::new(FakeClock::at(datetime!(2026-11-25 09:00 UTC)));
    let witness = witness(rig.folder.path(), "notary", rig.trace.key(), honest.clone());
    fill(&rig.trace, 0, 5).await;
    rig.clock.jump_to(datetime!(2016-11-25 09:00 UTC));
    fill(&rig.trace, 5, 6).await;
    cosigned(&rig.trace, &witness).await;
    let note = witness.last("example.invalid/trace").unwrap().unwrap();
    let dated = witness.key().cosigned(&note).unwrap();
    assert_eq!(dated, u64::try_from(datetime!(2026-11-25 09:00 UTC).unix_timestamp()).unwrap());
    rig.trace.close().await.unwrap();
    let report = checked(&rig, &witness).await;
    assert_eq!(report.problems, []);
    assert_eq!(report.clock_steps.iter().map(|step| step.0).collect::<Vec<_>>(), [5], "dated before what it follows");
}

#[tokio::test]
async fn t10_a_witness_that_was_away_for_thirty_days_goes_on_without_alarm() {
    let (rig, witness) = witnessed().await;
    let again = open(rig.folder.path(), rig.clock.clone(), 2).await.unwrap();
    for _ in 0..30 {
        rig.clock.advance(Duration::from_secs(86_400));
        fill(&again, 0, 40).await;
    }
    cosigned(&again, &witness).await;
    again.close().await.unwrap();
    let report = checked(&rig, &witness).await;
    assert_eq!((report.size, report.problems), (1800, vec![]));
}

#[tokio::test]
async fn t11_when_two_of_three_witnesses_collude_the_third_finds_the_fork() {
    let rig = rig().await;
    let names = ["notary", "partner", "officer"];
    let [notary, partner, officer] =
        names.map(|name| witness(rig.folder.path(), name, rig.trace.key(), rig.clock.clone()));
    fill(&rig.trace, 0, 300).await;
    for witness in [&notary, &partner, &officer] {
        cosigned(&rig.trace, witness).await;
    }
    rig.trace.close().await.unwrap();
    let forged = made_again(&rig, 310).await;
    // Both forget what they saw and cosign the forgery.
    let mut note = forged.checkpoint().await.unwrap().unwrap();
    for name in ["notary", "partner"] {
        fs::remove_dir_all(rig.folder.path().join(name)).unwrap();
        let colluding = witness(rig.folder.path(), name, forged.key(), rig.clock.clone());
        let Answer::Cosigned(line) = shown(&forged, &colluding).await else { panic!("{name}") };
        note += &line;
    }
    forged.keep_confirmed(&note).unwrap();
    assert_eq!(shown(&forged, &officer).await, Answer::Inconsistent);
    forged.close().await.unwrap();
    let keys: Vec<WitnessKey> = [&notary, &partner, &officer].map(|witness| witness.key().clone()).into();
    let outside = |needed, checkpoints| Outside { checkpoints, witnesses: keys.clone(), needed };
    let at = settings(rig.folder.path());
    assert_eq!(verify(&at, &outside(2, vec![])).await.unwrap().problems, [], "two lie: two are not enough to know");
    assert_eq!(verify(&at, &outside(3, vec![])).await.unwrap().problems.len(), 1, "three are asked for");
    let seen = officer.last("example.invalid/trace").unwrap().unwrap();
    let report = verify(&at, &outside(2, vec![seen])).await.unwrap();
    assert!(report.problems[0].what.contains("a witnessed checkpoint has another root"), "{report:?}");
}

/// The same under strace, with writes that really fail: `faults::on_a_full_disk_appends_fail_...`.
#[tokio::test]
async fn t12_on_a_full_disk_nothing_is_admitted_and_the_log_stays_whole() {
    let rig = rig().await;
    let witness = witness(rig.folder.path(), "notary", rig.trace.key(), rig.clock.clone());
    fill(&rig.trace, 0, 50).await;
    cosigned(&rig.trace, &witness).await;
    rig.trace.close().await.unwrap();
    tamper(rig.folder.path(), &["CREATE TRIGGER full BEFORE INSERT ON event BEGIN SELECT raise(ABORT, 'full'); END"])
        .await;
    let full = open(rig.folder.path(), clock(), 2).await.unwrap();
    let gate = trace::Gate::new(full.clone());
    for _ in 0..5 {
        assert!(gate.admit("session", view(1, 1)).await.is_err(), "no leaf, no admission, no bytes");
    }
    full.close().await.unwrap();
    tamper(rig.folder.path(), &["DROP TRIGGER full"]).await;
    let again = open(rig.folder.path(), clock(), 3).await.unwrap();
    assert!(trace::Gate::new(again.clone()).admit("session", view(1, 1)).await.unwrap().new);
    cosigned(&again, &witness).await;
    again.close().await.unwrap();
    assert_eq!(checked(&rig, &witness).await.problems, []);
}

/// Honest events with stops at random places raise no alarm. 2,000 events; 10⁶ with `NEGATOSCOPE_TRACE_LONG=1`.
#[tokio::test]
async fn honest_events_with_stops_anywhere_raise_no_alarm() {
    let long = std::env::var_os("NEGATOSCOPE_TRACE_LONG").is_some();
    if !long {
        println!("skipped: the long form (10⁶ events): NEGATOSCOPE_TRACE_LONG is not set; 2,000 here");
    }
    let (events, per_run) = if long { (1_000_000_u64, 5_000_u64) } else { (2_000, 97) };
    let rig = rig().await;
    let witness = witness(rig.folder.path(), "notary", rig.trace.key(), rig.clock.clone());
    rig.trace.close().await.unwrap();
    let (mut done, mut run) = (0, 0);
    while done < events {
        run += 1;
        let trace = open(rig.folder.path(), rig.clock.clone(), 100 + run).await.unwrap();
        let until = done + per_run - run % 50;
        let appends = (done..until).map(|n| {
            let trace = trace.clone();
            async move { trace.append(view(n % 7, n % 11)).await.unwrap() }
        });
        futures::future::join_all(appends).await;
        done = until;
        match run % 3 {
            // Seen, and closed in order.
            0 => {
                cosigned(&trace, &witness).await;
                trace.close().await.unwrap();
            }
            // Closed in order; its tiles and its published checkpoint are then lost, as by a crash.
            1 => {
                trace.close().await.unwrap();
                let _ = fs::remove_file(rig.data().join("checkpoint"));
            }
            _ => trace.close().await.unwrap(),
        }
    }
    let report = checked(&rig, &witness).await;
    assert_eq!((report.size, report.problems), (done, vec![]));
}
