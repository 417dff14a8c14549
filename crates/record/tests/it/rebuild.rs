use crate::fixture::*;
use crate::sealing::generation;
use record::*;
use uuid::Uuid;

/// What the pages and publishing show, jobs and times of arrival excepted.
async fn shown(bench: &Bench) -> Vec<ExamDetail> {
    let mut exams = Vec::new();
    for line in bench.list().await {
        let exam = bench.catalogue.exam(G, line.id).await.unwrap();
        exams.push(ExamDetail { last_arrival_at: None, ..exam });
    }
    exams
}

#[tokio::test]
async fn an_empty_record_filled_from_vault_and_journal_answers_the_same() {
    let old = bench().await;
    let contacts = vec![Contact::Email("marie@exemple.fr".into())];
    let marie = || PatientFact { contacts: contacts.clone(), ..patient("7", "DUPONT", "MARIE", 1950) };
    old.apply(adt(1, marie())).await;
    old.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    old.receive(vec![of(image("1.3", 1), "", "PETIT^LEA", 1990, "A3")]).await;
    old.apply(order(2, marie(), "A1")).await;
    old.apply(report(3, marie(), "A1", ReportStatus::Final)).await;
    let doubt = old.catalogue.doubts(G, 10).await.unwrap().remove(0);
    old.catalogue.settle(G, doubt.id, Decision::AsImages, "anne", NOON).await.unwrap();
    let exam = old.of_study("1.2").await.id;
    let hold = Hold { by: "anne".into(), reason: "x".into(), at: NOON };
    old.catalogue.hold(G, exam, hold).await.unwrap();
    old.catalogue.publication_recorded(G, exam, Uuid::from_bytes([5; 16]), [8; 32], NOON).await.unwrap();
    let documents = old.catalogue.documents(G, exam).await.unwrap();
    let sealed = DocumentSealed {
        group: G,
        report: documents[0].report,
        part: 0,
        object: "doc-1".into(),
        object_size_bytes: 9,
        object_sha256: [3; 32],
    };
    old.catalogue.document_sealed(sealed).await.unwrap();
    let mut generations = Vec::new();
    for study in ["1.2", "1.3"] {
        let exam = old.of_study(study).await.id;
        let made = generation(&old, exam).await;
        let headers = old.catalogue.instances(G, exam).await.unwrap().into_iter().map(|one| one.header).collect();
        old.catalogue.record_generation(made.clone()).await.unwrap();
        generations.push((made, headers));
    }

    let new = bench().await;
    let journal = old.catalogue.journal_after(G, 0, 1000).await.unwrap();
    let gap = new.catalogue.restore_journal(journal[1].clone()).await;
    assert!(matches!(gap, Err(RecordError::Refused { .. })));
    for entry in journal.iter().chain(&journal[..3]) {
        new.catalogue.restore_journal(entry.clone()).await.unwrap();
    }
    assert!(new.list().await.is_empty(), "no exam is shown before its images are back");
    let headers: Vec<Vec<InstanceHeader>> =
        generations.iter().map(|(_, headers): &(_, Vec<_>)| headers.clone()).collect();
    for ((made, _), headers) in generations.iter().zip(&headers).rev() {
        new.catalogue.restore_generation(made.clone(), headers.clone()).await.unwrap();
        new.catalogue.restore_generation(made.clone(), headers.clone()).await.unwrap();
    }
    assert_eq!(shown(&old).await, shown(&new).await);
    for (made, _) in &generations {
        assert_eq!(new.catalogue.generations(G, made.exam).await.unwrap(), std::slice::from_ref(made));
    }
    let names = |objects: Vec<NamedObject>| objects.into_iter().map(|one| one.object).collect::<Vec<_>>();
    let (a, b) = (old.catalogue.objects(G, None, 99).await.unwrap(), new.catalogue.objects(G, None, 99).await.unwrap());
    assert_eq!(names(a), names(b));
    let next = new.apply(adt(9, marie())).await;
    assert_eq!(next, MessageEffect::Applied);
    let entries = new.catalogue.journal_after(G, 0, 1000).await.unwrap();
    assert_eq!(entries.len(), journal.len() + 1, "the journal goes on where it ended");
}
