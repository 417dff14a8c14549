use sqlx::{Connection, SqliteConnection};
use std::time::Duration;
use time::OffsetDateTime;
use time::macros::datetime;
use work::{Job, MAX_ATTEMPTS, NewJob};

const NOON: OffsetDateTime = datetime!(2026-11-25 12:00 UTC);
const LEASE: Duration = Duration::from_secs(60);

async fn database() -> SqliteConnection {
    let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
    work::migrate(&mut connection).await.unwrap();
    connection
}

fn seal(key: &str, due_at: OffsetDateTime) -> NewJob {
    NewJob { group: 1, kind: "seal".into(), key: key.into(), asked_at: NOON, due_at }
}

async fn lease_at(connection: &mut SqliteConnection, now: OffsetDateTime) -> Vec<Job> {
    work::lease(connection, &["seal"], now, 10, LEASE).await.unwrap()
}

#[tokio::test]
async fn a_job_is_handed_out_once_when_it_is_due_and_goes_when_it_is_done() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON + LEASE)).await.unwrap();
    assert_eq!(lease_at(&mut db, NOON).await, []);
    let jobs = lease_at(&mut db, NOON + LEASE).await;
    assert_eq!(jobs.iter().map(|job| (job.key.as_str(), job.attempt)).collect::<Vec<_>>(), [("a", 1)]);
    assert_eq!(lease_at(&mut db, NOON + LEASE).await, []);
    work::done(&mut db, &jobs[0]).await.unwrap();
    assert_eq!(work::summary(&mut db, NOON).await.unwrap(), []);
}

#[tokio::test]
async fn asking_again_while_it_waits_moves_the_due_time() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    work::enqueue(&mut db, &seal("a", NOON + LEASE)).await.unwrap();
    assert_eq!(lease_at(&mut db, NOON).await, []);
    assert_eq!(lease_at(&mut db, NOON + LEASE).await.len(), 1);
}

#[tokio::test]
async fn a_request_that_arrives_while_the_job_runs_is_not_lost() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    let running = lease_at(&mut db, NOON).await;
    work::enqueue(&mut db, &seal("a", NOON + LEASE / 2)).await.unwrap();
    assert_eq!(lease_at(&mut db, NOON + LEASE / 2).await, [], "one runner at a time");
    work::done(&mut db, &running[0]).await.unwrap();
    let again = lease_at(&mut db, NOON + LEASE / 2).await;
    assert_eq!((again.len(), again[0].attempt), (1, 1));
}

#[tokio::test]
async fn a_lease_that_ran_out_can_neither_end_nor_delay_its_successor() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    let late = lease_at(&mut db, NOON).await;
    let next = lease_at(&mut db, NOON + LEASE).await;
    assert_eq!(next[0].attempt, 2);
    work::done(&mut db, &late[0]).await.unwrap();
    work::failed(&mut db, &late[0], NOON, "too late").await.unwrap();
    work::done(&mut db, &next[0]).await.unwrap();
    // The same key again: the first runner's lease must not name this one either.
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    let third = lease_at(&mut db, NOON).await;
    work::done(&mut db, &late[0]).await.unwrap();
    assert_eq!(work::summary(&mut db, NOON).await.unwrap()[0].due, 1);
    work::done(&mut db, &third[0]).await.unwrap();
    assert_eq!(work::summary(&mut db, NOON).await.unwrap(), []);
}

#[tokio::test]
async fn a_failed_job_waits_longer_each_time_and_ends_as_a_dead_letter_that_can_be_revived() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    let mut now = NOON;
    for attempt in 1..=MAX_ATTEMPTS {
        let jobs = lease_at(&mut db, now).await;
        assert_eq!(jobs.len(), 1, "attempt {attempt}");
        work::failed(&mut db, &jobs[0], now, "the vault is away").await.unwrap();
        let wait = work::back_off(attempt);
        assert_eq!(lease_at(&mut db, now + wait - Duration::from_secs(1)).await, []);
        now += wait;
    }
    assert!(now - NOON > time::Duration::days(3));
    let dead = work::dead(&mut db, 1, 10).await.unwrap();
    assert_eq!(dead.iter().map(|job| job.last_error.as_str()).collect::<Vec<_>>(), ["the vault is away"]);
    assert_eq!(lease_at(&mut db, now + LEASE).await, []);
    assert!(work::revive(&mut db, (1, "seal", "a"), now).await.unwrap());
    assert_eq!(lease_at(&mut db, now).await[0].attempt, 1);
}

#[tokio::test]
async fn a_job_whose_runner_always_dies_ends_as_a_dead_letter() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    let mut now = NOON;
    for _ in 0..MAX_ATTEMPTS {
        assert_eq!(lease_at(&mut db, now).await.len(), 1);
        now += LEASE;
    }
    assert_eq!(lease_at(&mut db, now).await, []);
    assert_eq!(work::dead(&mut db, 1, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_new_request_brings_a_dead_letter_back_and_a_failure_does_not_delay_a_newer_request() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    let running = lease_at(&mut db, NOON).await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    work::failed(&mut db, &running[0], NOON, "no").await.unwrap();
    assert_eq!(lease_at(&mut db, NOON).await.len(), 1);
}

#[tokio::test]
async fn every_group_gets_its_turn_and_the_summary_tells_the_age_of_the_oldest() {
    let mut db = database().await;
    for group in [7, 1] {
        work::enqueue(&mut db, &NewJob { group, ..seal("a", NOON) }).await.unwrap();
    }
    work::enqueue(&mut db, &seal("b", NOON + LEASE)).await.unwrap();
    let summary = work::summary(&mut db, NOON).await.unwrap();
    assert_eq!((summary[0].due, summary[0].later, summary[0].oldest_due_at), (1, 1, Some(NOON)));
    let groups: Vec<_> = lease_at(&mut db, NOON).await.into_iter().map(|job| job.group).collect();
    assert_eq!(groups, [1, 7]);
}

#[tokio::test]
async fn a_request_in_a_transaction_that_fails_leaves_nothing() {
    let mut db = database().await;
    let mut transaction = db.begin().await.unwrap();
    work::enqueue(&mut transaction, &seal("a", NOON)).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(work::summary(&mut db, NOON).await.unwrap(), []);
}

#[tokio::test]
async fn migrations_may_be_run_again() {
    let mut db = database().await;
    work::migrate(&mut db).await.unwrap();
}

#[tokio::test]
async fn what_a_dead_program_had_under_way_is_due_at_once_and_counts_as_a_try() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("a", NOON)).await.unwrap();
    work::enqueue(&mut db, &seal("b", NOON + LEASE)).await.unwrap();
    assert_eq!(lease_at(&mut db, NOON).await.len(), 1);
    assert_eq!(lease_at(&mut db, NOON).await, [], "still its own");
    assert_eq!(work::free(&mut db).await.unwrap(), 1);
    let again = lease_at(&mut db, NOON).await;
    assert_eq!(again.iter().map(|job| (job.key.as_str(), job.attempt)).collect::<Vec<_>>(), [("a", 2)]);
}

#[tokio::test]
async fn what_a_clock_years_ahead_put_off_is_due_again_when_the_clock_is_set_right() {
    let mut db = database().await;
    let ahead = NOON + time::Duration::days(5 * 365);
    work::enqueue(&mut db, &seal("failed", NOON)).await.unwrap();
    work::enqueue(&mut db, &seal("asked-again", NOON)).await.unwrap();
    let taken = lease_at(&mut db, ahead).await;
    let failed = taken.iter().find(|job| job.key == "failed").unwrap();
    work::failed(&mut db, failed, ahead, "nobody answers").await.unwrap();
    work::enqueue(&mut db, &NewJob { asked_at: ahead, ..seal("asked-again", ahead + LEASE) }).await.unwrap();
    work::enqueue(&mut db, &seal("long-ahead", NOON + time::Duration::days(300))).await.unwrap();
    assert_eq!(lease_at(&mut db, NOON + LEASE).await, [], "this is what the clock did");
    assert_eq!(work::bring_back(&mut db, NOON, LEASE).await.unwrap(), 2);
    assert_eq!(work::bring_back(&mut db, NOON, LEASE).await.unwrap(), 0, "once");
    // The wait after a failure is kept, and so is the lease that still runs.
    assert_eq!(lease_at(&mut db, NOON).await, []);
    let again: Vec<_> = lease_at(&mut db, NOON + LEASE).await.into_iter().map(|job| job.key).collect();
    assert_eq!(again, ["failed", "asked-again"]);
}

#[tokio::test]
async fn a_right_clock_brings_nothing_back() {
    let mut db = database().await;
    work::enqueue(&mut db, &seal("later", NOON + time::Duration::days(300))).await.unwrap();
    work::enqueue(&mut db, &seal("running", NOON)).await.unwrap();
    assert_eq!(lease_at(&mut db, NOON).await.len(), 1);
    assert_eq!(work::bring_back(&mut db, NOON, LEASE).await.unwrap(), 0);
    assert_eq!(lease_at(&mut db, NOON + LEASE / 2).await, []);
}
