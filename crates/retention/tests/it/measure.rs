//! Planning over many exams, made directly in the tables: what it reads grows with what expires.

use crate::rig::*;
use ambient::{Clock, SystemClock};
use sqlx::{Connection, SqliteConnection};
use time::macros::date;

/// Exams that do not expire, each of its own patient, as the planner would have left them.
async fn existing(rig: &Rig, count: u64) {
    let path = rig.folder.path().join("record.sqlite");
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let numbers = "WITH RECURSIVE n(n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)";
    let exams = format!(
        "{numbers} INSERT INTO exam (group_id, exam_id, number, created_at, sort_date, state, patient_id, waiting,
            instances, body)
         SELECT 1, unhex(printf('f%031x', n)), printf('S%09d', n), 0, 2461370, 'sealed', unhex(printf('e%031x', n)), 0, 3,
            '{{\"accession\":null,\"studies\":[\"1.9.' || n || '\"],\"class\":\"ct\",\"date\":\"2026-11-24\"}}' FROM n"
    );
    let reviews = format!(
        "{numbers} INSERT INTO review (group_id, exam_id, review_on, changed)
         SELECT 1, unhex(printf('f%031x', n)), 2463197 + n % 3650, 1 FROM n"
    );
    let mut first = 1;
    while first <= count {
        let last = count.min(first + 499_999);
        for sql in [&exams, &reviews] {
            let sql = sqlx::AssertSqlSafe(sql.clone());
            sqlx::query(sql).bind(first as i64).bind(last as i64).execute(&mut db).await.unwrap();
        }
        first = last + 1;
    }
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut db).await.unwrap();
}

/// What a day's planning judged, and how long it took, with so many exams beside `expiring` that go.
async fn planned(count: u64, expiring: u32) -> (u64, std::time::Duration) {
    let rig = Rig::new().await;
    for n in 0..expiring {
        rig.exam(&Made { series: 1, ..ct(&format!("1.3.{n}"), &format!("x{n}"), date!(2021 - 11 - 27)) }).await;
    }
    // The policy table is taken: until then every hint is in the past.
    rig.day().await;
    existing(&rig, count).await;
    rig.on(date!(2026 - 11 - 27)).await;
    rig.clock.advance(DAY);
    let clock = SystemClock::new();
    let ran = rig.day().await;
    let took = clock.monotonic();
    assert_eq!(ran.proposed, u64::from(expiring));
    assert_eq!(rig.open_list().await.exams, expiring);
    (ran.judged, took)
}

#[tokio::test]
async fn a_days_planning_reads_the_same_among_ten_times_as_many_exams() {
    let (few, many) = (planned(10_000, 3).await.0, planned(100_000, 3).await.0);
    assert_eq!((few, many), (3, 3));
}

/// `cargo xtask bench --plan` asks for it: exams in `RETENTION_EXAMS`, and a tenth of them beside it.
#[tokio::test]
async fn planning_is_measured_when_asked_for() {
    let Some(count) = std::env::var("RETENTION_EXAMS").ok().and_then(|text| text.parse::<u64>().ok()) else {
        println!("skipped: planning_is_measured_when_asked_for: RETENTION_EXAMS is not set");
        return;
    };
    for count in [count / 10, count] {
        let (judged, took) = planned(count, 100).await;
        println!("plan: {count} exams, 100 of them expire: {judged} judged in {} ms", took.as_millis());
    }
}
