//! A crash between an object made durable and its row: adopted at the next start, or harmless and named.

use crate::rig::{GROUP, Rig, catalogue};
use crate::senders::{chest, exam};
use archive::orphans::{Orphan, adopt};
use archive::verify::{Report, everything};
use archive::{Archive, rebuild, seal};
use phantom::Kind;
use record::{Catalogue, ExamId};
use std::collections::BTreeSet;
use std::sync::Arc;
use tempfile::TempDir;
use testkit::SeededRandom;

/// The archive as it stands after a kill: every object of `seal` is in the vault, no row of them in the record.
async fn crashed(rig: &Rig) -> (Archive, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["record.sqlite", "record.sqlite-wal"] {
        std::fs::copy(rig.folder.path().join(name), folder.path().join(name)).unwrap();
    }
    seal::exam(&rig.archive, rig.exam_id().await).await.unwrap();
    let path = folder.path().join("record.sqlite");
    let before = catalogue(&path, &rig.clock, Arc::new(SeededRandom::new(50))).await;
    (Archive { catalogue: before, ..rig.archive.clone() }, folder)
}

async fn verified(archive: &Archive) -> Report {
    everything(archive, |_| {}).await.unwrap()
}

async fn objects(catalogue: &dyn Catalogue, exam: ExamId) -> Vec<String> {
    let generations = catalogue.generations(GROUP, exam).await.unwrap();
    let documents = catalogue.documents(GROUP, exam).await.unwrap();
    let documents = documents.into_iter().filter_map(|document| document.object);
    generations.into_iter().map(|one| one.object).chain(documents).collect()
}

#[tokio::test]
async fn r06_an_object_whose_row_a_crash_took_gets_it_back_at_start() {
    let rig = Rig::new().await;
    rig.reported(&exam(Kind::HeadCt)).await;
    let id = rig.exam_id().await;
    let (archive, _folder) = crashed(&rig).await;
    let sealed = objects(rig.archive.catalogue.as_ref(), id).await;
    assert_eq!(sealed.len(), 4, "three series and a report");
    let report = verified(&archive).await;
    let landing = BTreeSet::from(["landing".to_owned()]);
    assert_eq!(report.problems, []);
    assert!(report.orphans.len() == 4 && report.orphans.iter().all(|orphan| orphan.same_as == landing));
    assert_eq!(adopt(&archive).await.unwrap(), 4);
    assert_eq!(objects(archive.catalogue.as_ref(), id).await, sealed, "the same objects, sealed once");
    assert!(archive.catalogue.unsealed(GROUP, id).await.unwrap().is_empty());
    let report = verified(&archive).await;
    assert_eq!((report.problems, report.orphans), (vec![], vec![]));
    assert_eq!(adopt(&archive).await.unwrap(), 0);
}

#[tokio::test]
async fn r06_what_is_sealed_again_after_a_crash_leaves_a_harmless_orphan_and_one_generation() {
    let rig = Rig::new().await;
    rig.examined(&chest()).await;
    let id = rig.exam_id().await;
    let (archive, _folder) = crashed(&rig).await;
    let first = objects(rig.archive.catalogue.as_ref(), id).await.remove(0);
    seal::exam(&archive, id).await.unwrap();
    let second = objects(archive.catalogue.as_ref(), id).await.remove(0);
    assert_ne!(first, second);
    assert_eq!(adopt(&archive).await.unwrap(), 0, "nothing waits for it any more");
    let report = verified(&archive).await;
    assert_eq!(report.problems, []);
    assert_eq!(report.orphans, [Orphan { object: first.clone(), same_as: BTreeSet::from([second.clone()]) }]);
    archive::journal::seal(&archive).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let again = catalogue(&folder.path().join("r.sqlite"), &rig.clock, Arc::new(SeededRandom::new(9))).await;
    let now = archive.clock.now();
    let rebuilt = rebuild::run(again.as_ref(), &archive.vault, GROUP, now).await.unwrap();
    assert_eq!((rebuilt.generations, rebuilt.orphans), (1, vec![first]));
    assert_eq!(objects(again.as_ref(), id).await, [second], "the one that the journal names");
}

#[tokio::test]
async fn an_unnamed_object_with_other_bytes_is_a_problem_and_is_not_adopted() {
    let rig = Rig::new().await;
    rig.examined(&chest()).await;
    let (archive, _folder) = crashed(&rig).await;
    let first = objects(rig.archive.catalogue.as_ref(), rig.exam_id().await).await.remove(0);
    let key = first.parse().unwrap();
    let mut content = archive.vault.manifest(key).await.unwrap().content;
    content["instances"][0]["sha256_of_data_set"] = serde_json::json!("00".repeat(32));
    let entries = vec![vault::Entry::from_bytes("000001.dcm", bytes::Bytes::from_static(b"other"))];
    let forged = vault::SealRequest { kind: vault::Kind::Generation, entries, content };
    let forged = archive.vault.seal(forged).await.unwrap().key.to_string();
    assert_eq!(adopt(&archive).await.unwrap(), 1, "the true one alone");
    let problems = verified(&archive).await.problems;
    assert_eq!(problems, [archive::verify::Problem::Unknown { object: forged }]);
}
