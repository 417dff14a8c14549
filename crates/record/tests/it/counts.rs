//! What the record counts is what its rows say, whichever way an image took.

use crate::fixture::*;
use crate::sealing::{drain, generation};
use proptest::prelude::*;
use record::*;
use sqlx::{Connection, Row, SqliteConnection};

/// Counters kept in claim, series and exam that differ from the instances themselves; none may.
const WRONG: &str = "
    SELECT 'claim ' || claim AS what FROM claim WHERE
        (instances, unsealed) IS NOT (SELECT COUNT(*), COUNT(*) - COUNT(object) FROM instance i WHERE i.claim = claim.claim)
     OR instances > 0 AND last_arrival < (SELECT MAX(received_at) FROM instance i WHERE i.claim = claim.claim)
    UNION ALL SELECT 'series ' || series_uid FROM series WHERE
        instances IS NOT (SELECT COUNT(*) FROM instance i WHERE i.series_uid = series.series_uid)
    UNION ALL SELECT 'exam ' || number FROM exam WHERE gone = 0 AND (
        (instances, unsealed) IS NOT (SELECT COUNT(*), COUNT(*) - COUNT(object) FROM instance i JOIN exam_study USING (study_uid)
            WHERE exam_study.exam_id = exam.exam_id)
     OR last_arrival IS NOT (SELECT MAX(received_at) FROM instance i JOIN exam_study USING (study_uid)
            WHERE exam_study.exam_id = exam.exam_id)
     OR state IS NOT CASE WHEN unsealed = 0 THEN 'sealed' ELSE 'landed' END)
    UNION ALL SELECT 'exam without job ' || number FROM exam WHERE gone = 0 AND unsealed > 0
        AND (SELECT COUNT(*) FROM job WHERE kind IN ('seal', 'publish')
             AND due_at = exam.last_arrival + 30000000 AND substr(key, 1, 8) = lower(substr(hex(exam_id), 1, 8))) < 2";

async fn wrong(bench: &Bench) -> Vec<String> {
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", bench.path().display())).await.unwrap();
    let rows = sqlx::query(WRONG).fetch_all(&mut db).await.unwrap();
    rows.iter().map(|row| row.get("what")).collect()
}

/// Image `n` of one of two studies of one accession number, in one of two series; some say something of their own.
fn step(n: u32, kind: u8) -> Received {
    let study = if kind & 1 == 0 { "1.2" } else { "1.3" };
    let mut one = of(image(study, n), "7", "DUPONT^MARIE", 1950, "A1");
    if kind & 2 != 0 {
        one.header.series_instance_uid = format!("{study}.2");
        one.header.sop_instance_uid = format!("{study}.2.{n}");
    }
    if kind & 12 == 12 {
        one.header.study_description = Some(format!("Thorax {}", n % 2));
        one.header.series_description = Some(format!("Axial {}", n % 2));
    }
    one.received_at = NOON + std::time::Duration::from_secs(u64::from(n));
    one
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whichever_way_images_take_the_counts_are_those_of_the_rows(
        steps in proptest::collection::vec((1_u32..40, 0_u8..16, 0_u8..8), 1..40),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let bench = bench().await;
            let mut batch = Vec::new();
            for (n, kind, then) in steps {
                batch.push(step(n, kind));
                if then < 4 {
                    bench.receive(std::mem::take(&mut batch)).await;
                }
                if then == 0 {
                    let exam = bench.only().await;
                    // One generation per series; only what this helper can make of the first one.
                    let waiting = bench.catalogue.unsealed(G, exam.id).await.unwrap();
                    let series = waiting.first().map(|one| one.header.series_instance_uid.clone());
                    if waiting.iter().all(|one| Some(&one.header.series_instance_uid) == series.as_ref()) && series.is_some() {
                        drain(&bench).await;
                        bench.catalogue.record_generation(generation(&bench, exam.id).await).await.unwrap();
                    }
                }
                assert_eq!(wrong(&bench).await, Vec::<String>::new());
            }
        });
    }
}

#[tokio::test]
async fn an_image_that_continues_its_series_is_asked_for_in_the_list_at_once_and_its_repeat_is_one() {
    let bench = bench().await;
    bench.receive(vec![step(1, 0)]).await;
    assert_eq!(bench.receive(vec![step(2, 0), step(2, 0)]).await, [ReceiveOutcome::Stored, ReceiveOutcome::Duplicate]);
    let mut other = step(2, 0);
    other.sha256 = [9; 32];
    assert_eq!(bench.receive(vec![other]).await, [ReceiveOutcome::Conflict]);
    assert_eq!(bench.only().await.instances, 2);
    assert_eq!(wrong(&bench).await, Vec::<String>::new());
}
