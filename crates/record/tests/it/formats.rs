//! The journal as it was once written is read for ever.

use crate::fixture::*;
use record::*;
use serde_json::Value;
use time::format_description::well_known::Rfc3339;

const PINNED: &str = include_str!("../../../../formats/record/journal-v1.json");

fn entries() -> Vec<JournalEntry> {
    let pinned: Vec<Value> = serde_json::from_str(PINNED).unwrap();
    let entry = |entry: &Value| JournalEntry {
        group: G,
        number: entry["number"].as_u64().unwrap(),
        at: time::OffsetDateTime::parse(entry["at"].as_str().unwrap(), &Rfc3339).unwrap(),
        body: entry["body"].clone(),
    };
    pinned.iter().map(entry).collect()
}

#[tokio::test]
async fn the_first_version_of_the_journal_is_read_and_kept_as_it_is() {
    let bench = bench().await;
    for entry in entries() {
        bench.catalogue.restore_journal(entry).await.unwrap();
    }
    assert_eq!(bench.catalogue.journal_after(G, 0, 1000).await.unwrap(), entries());
    let study = image("1.2", 1);
    bench.receive(vec![of(study, "7", "DUPONT^MARIE", 1950, "A1")]).await;
    let exam = bench.only().await;
    assert_eq!((exam.number.len(), exam.hold.is_some(), exam.publication.is_some()), (10, true, true));
    assert_eq!((belongs_to(&exam), exam.order.is_some(), exam.report.is_some()), (Some("7"), true, true));
    let sealed = bench.catalogue.documents(G, exam.id).await.unwrap();
    assert_eq!(sealed[0].object.as_deref(), Some("doc-1"));
}

#[tokio::test]
async fn the_journal_written_today_has_the_pinned_shape() {
    let bench = bench().await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    let today = bench.catalogue.journal_after(G, 0, 1).await.unwrap().remove(0);
    assert_eq!(today.body, entries()[0].body, "a new shape is a new version with its own pinned file");
}
