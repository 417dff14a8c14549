//! How fast receptions are written; prints, never judges.

use crate::fixture::*;
use ambient::{Clock, SystemClock};
use record::*;

#[tokio::test]
async fn receptions_are_measured_when_asked_for() {
    let Ok(count) = std::env::var("NEGATOSCOPE_MEASURE") else {
        println!("skipped: receptions_are_measured_when_asked_for: NEGATOSCOPE_MEASURE is not set");
        return;
    };
    let count: u32 = count.parse().unwrap();
    let clock = SystemClock::new();
    for batch in [1_u32, 16, 64] {
        let bench = bench().await;
        let images: Vec<_> = (0..count)
            .map(|n| of(image(&format!("1.2.{}", n / 200), n), "7", "DUPONT^MARIE", 1950, &format!("A{}", n / 200)))
            .collect();
        let start = clock.monotonic();
        for chunk in images.chunks(batch as usize) {
            bench.receive(chunk.to_vec()).await;
        }
        let took = clock.monotonic() - start;
        println!("batches of {batch}: {:.0} instances/s", f64::from(count) / took.as_secs_f64());
        let exam = bench.list().await[0].id;
        let start = clock.monotonic();
        let instances = bench.catalogue.instances(G, exam).await.unwrap().len();
        println!("  reading {instances} instances: {:?}", clock.monotonic() - start);
    }
    let bench = bench().await;
    let start = clock.monotonic();
    for n in 0..200 {
        bench.apply(adt(n, patient(&n.to_string(), "DUPONT", "MARIE", 1950))).await;
    }
    println!("patient messages: {:.0}/s", 200.0 / (clock.monotonic() - start).as_secs_f64());
    let shared: Vec<_> =
        (0..100).map(|n| of(image(&format!("1.7.{n}"), 1), &n.to_string(), "DUPONT^MARIE", 1950, "SAME")).collect();
    let start = clock.monotonic();
    for image in shared {
        bench.receive(vec![image]).await;
    }
    println!("one accession number for 100 patients: {:?}", clock.monotonic() - start);
    assert!(Settings::default().readers > 0);
}
