use crate::fixture::*;
use record::*;

/// A generation of all that is not yet sealed of the exam's only series.
pub async fn generation(bench: &Bench, exam: ExamId) -> Generation {
    let waiting = bench.catalogue.unsealed(G, exam).await.unwrap();
    let series = waiting[0].header.series_instance_uid.clone();
    let number = bench.catalogue.next_generation(G, exam, &series).await.unwrap();
    let sealed = |(index, one): (usize, &StoredInstance)| SealedInstance {
        sop_instance_uid: one.header.sop_instance_uid.clone(),
        offset: 100 + index as u64 * 10_000,
        size_bytes: one.size_bytes,
        sha256: one.sha256,
    };
    Generation {
        group: G,
        exam,
        object: format!("obj-{series}-{number}"),
        series_instance_uid: series,
        number,
        size_bytes: 5000,
        sha256: [number as u8; 32],
        sealed_at: NOON,
        instances: waiting.iter().enumerate().map(sealed).collect(),
    }
}

#[tokio::test]
async fn a_sealed_exam_frees_its_segment_and_a_late_image_reopens_it() {
    let bench = bench().await;
    let images = (1..=3).rev().map(|n| of(image("1.2", n), "7", "DUPONT^MARIE", 1950, "A1")).collect();
    bench.receive(images).await;
    let exam = bench.only().await.id;
    assert!(bench.catalogue.segment_in_use(0, 1).await.unwrap());
    let first = generation(&bench, exam).await;
    bench.catalogue.record_generation(first.clone()).await.unwrap();
    bench.catalogue.record_generation(first.clone()).await.unwrap();
    let detail = bench.only().await;
    assert_eq!((detail.state.as_str(), detail.unsealed, detail.instances), ("sealed", 0, 3));
    assert!(!bench.catalogue.segment_in_use(0, 1).await.unwrap());
    assert_eq!(bench.catalogue.generations(G, exam).await.unwrap(), [first]);
    let order: Vec<_> = bench.catalogue.instances(G, exam).await.unwrap();
    let order: Vec<_> = order.iter().map(|one| one.header.instance_number.unwrap()).collect();
    assert_eq!(order, [1, 2, 3]);
    drain(&bench).await;
    bench.receive(vec![of(image("1.2", 4), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    let detail = bench.only().await;
    assert_eq!((detail.state.as_str(), detail.unsealed, detail.instances), ("landed", 1, 4));
    assert_eq!(drain(&bench).await, ["publish", "seal"]);
    let second = generation(&bench, exam).await;
    assert_eq!(second.number, 2);
    bench.catalogue.record_generation(second).await.unwrap();
    let sealed = bench.catalogue.instances(G, exam).await.unwrap();
    let generations: Vec<_> = sealed
        .iter()
        .map(|one| match one.location {
            Location::Sealed { generation, .. } => generation,
            _ => 0,
        })
        .collect();
    assert_eq!(generations, [1, 1, 1, 2]);
}

/// Runs every due job; returns their kinds.
pub async fn drain(bench: &Bench) -> Vec<String> {
    let later = NOON + QUIET * 10;
    let mut kinds = Vec::new();
    for job in bench.catalogue.lease(&["publish", "recall", "seal"], later, 100, QUIET).await.unwrap() {
        bench.catalogue.job_done(&job).await.unwrap();
        kinds.push(job.kind);
    }
    kinds
}

#[tokio::test]
async fn a_generation_that_holds_other_bytes_than_the_record_is_refused_and_leaves_nothing() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    let exam = bench.only().await.id;
    let mut wrong = generation(&bench, exam).await;
    let right = wrong.clone();
    wrong.instances[0].sha256 = [1; 32];
    let before = bench.catalogue.journal_after(G, 0, 100).await.unwrap().len();
    assert!(matches!(bench.catalogue.record_generation(wrong).await, Err(RecordError::Refused { .. })));
    assert_eq!(bench.catalogue.journal_after(G, 0, 100).await.unwrap().len(), before);
    assert_eq!(bench.only().await.unsealed, 1);
    bench.catalogue.record_generation(right).await.unwrap();
}

#[tokio::test]
async fn a_document_leaves_the_database_when_it_is_sealed() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.apply(report(1, patient("7", "DUPONT", "MARIE", 1950), "A1", ReportStatus::Final)).await;
    let exam = bench.only().await.id;
    let documents = bench.catalogue.documents(G, exam).await.unwrap();
    assert_eq!(documents[0].bytes.as_deref(), Some(b"%PDF-1".as_slice()));
    let sealed = DocumentSealed {
        group: G,
        report: documents[0].report,
        part: 0,
        object: "doc-1".into(),
        object_size_bytes: 300,
        object_sha256: [3; 32],
    };
    bench.catalogue.document_sealed(sealed.clone()).await.unwrap();
    bench.catalogue.document_sealed(sealed).await.unwrap();
    let documents = bench.catalogue.documents(G, exam).await.unwrap();
    assert_eq!((documents[0].bytes.as_ref(), documents[0].object.as_deref()), (None, Some("doc-1")));
    bench.catalogue.record_generation(generation(&bench, exam).await).await.unwrap();
    let named = bench.catalogue.objects(G, None, 10).await.unwrap();
    let keys: Vec<_> = named.iter().map(|one| (one.object.as_str(), one.exam)).collect();
    assert_eq!(keys, [("doc-1", Some(exam)), ("obj-1.2.1-1", Some(exam))]);
    assert_eq!(bench.catalogue.objects(G, Some("doc-1"), 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_journal_has_no_gap_and_tells_how_far_it_is_sealed() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    for minute in 1..5 {
        bench.apply(adt(minute, patient("7", "DUPONT", "MARIE", 1950))).await;
    }
    let numbers: Vec<_> = bench.catalogue.journal_after(G, 0, 100).await.unwrap().iter().map(|e| e.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    assert_eq!(bench.catalogue.journal_after(G, 3, 1).await.unwrap()[0].number, 4);
    assert_eq!(bench.catalogue.journal_sealed(G).await.unwrap(), 0);
    let object = NamedObject { object: "j-1".into(), size_bytes: 10, sha256: [1; 32], exam: None };
    bench.catalogue.journal_sealed_up_to(G, 5, object.clone()).await.unwrap();
    assert_eq!(bench.catalogue.journal_sealed(G).await.unwrap(), 5);
    assert_eq!(bench.catalogue.objects(G, None, 10).await.unwrap(), [object]);
}
