//! A lost record, from vault and journal alone.

use crate::desk::who;
use crate::rig::{GROUP, Rig, catalogue};
use crate::senders::{chest, exam};
use archive::Archive;
use archive::desk::{Desk, Role};
use phantom::Kind;
use record::{Catalogue, Choices, ExamDetail, ExamLine, ExamQuery, StoredDocument, StoredInstance};
use std::sync::Arc;
use testkit::SeededRandom;
use time::OffsetDateTime;

/// Everything the record says of its exams, without the times at which it learnt it.
#[derive(Debug, PartialEq)]
struct Told {
    line: ExamLine,
    detail: ExamDetail,
    instances: Vec<StoredInstance>,
    documents: Vec<StoredDocument>,
}

async fn told(catalogue: &dyn Catalogue) -> Vec<Told> {
    let query = ExamQuery { limit: 200, ..ExamQuery::default() };
    let mut all = Vec::new();
    for line in catalogue.exams(GROUP, query).await.unwrap().lines {
        let mut detail = catalogue.exam(GROUP, line.id).await.unwrap();
        detail.last_arrival_at = None;
        let mut instances = catalogue.instances(GROUP, line.id).await.unwrap();
        instances.iter_mut().for_each(|one| one.received_at = OffsetDateTime::UNIX_EPOCH);
        let documents = catalogue.documents(GROUP, line.id).await.unwrap();
        all.push(Told { line, detail, instances, documents });
    }
    all
}

#[tokio::test]
async fn a_record_made_again_tells_the_same_and_fits_the_vault() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.examined(&exam(Kind::HeadCt)).await;
    rig.land_all(&exam(Kind::CardiacUltrasound)).await;
    rig.quiet().await;
    let images = 2 + exam(Kind::HeadCt).instances.len() as u64;
    let before = told(rig.archive.catalogue.as_ref()).await;
    assert_eq!(before.len(), 3);
    let folder = tempfile::tempdir().unwrap();
    let random = Arc::new(SeededRandom::new(99));
    let again = catalogue(&folder.path().join("record.sqlite"), &rig.clock, random).await;
    let now = ambient::Clock::now(rig.clock.as_ref());
    let rebuilt = archive::rebuild::run(again.as_ref(), &rig.archive.vault, GROUP, now).await.unwrap();
    assert_eq!((rebuilt.unreadable.as_slice(), rebuilt.generations), ([].as_slice(), 5));
    assert_eq!(told(again.as_ref()).await, before);
    let archive = Archive { catalogue: again, ..rig.archive.clone() };
    let report = archive::verify::everything(&archive, |_| {}).await.unwrap();
    assert_eq!((report.problems.as_slice(), report.instances), ([].as_slice(), images));
}

#[tokio::test]
async fn what_people_decided_and_printed_comes_back_too() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let (desk, exam) = (Desk::new(rig.archive.clone()), rig.exam_id().await);
    desk.sheet(&who(Role::Desk), exam, true).await.unwrap();
    let choice = record::ArchiveChoice {
        exam,
        answer: record::Answer::Chosen,
        notice_version: "1".into(),
        notice: "La notice".into(),
        price_cents: 3000,
        advice: None,
        by: "accueil".into(),
        at: ambient::Clock::now(rig.clock.as_ref()),
    };
    rig.archive.catalogue.record_choice(GROUP, choice, &rig.archive.config.policies).await.unwrap();
    desk.correct_class(&who(Role::Radiologist), exam, Some("mg-followup".into()), "suivi".into()).await.unwrap();
    desk.hold(&who(Role::Radiologist), exam, Some("à revoir".into())).await.unwrap();
    rig.run_due().await;
    let folder = tempfile::tempdir().unwrap();
    let random = Arc::new(SeededRandom::new(99));
    let again = catalogue(&folder.path().join("record.sqlite"), &rig.clock, random).await;
    let now = ambient::Clock::now(rig.clock.as_ref());
    archive::rebuild::run(again.as_ref(), &rig.archive.vault, GROUP, now).await.unwrap();
    let detail = again.exam(GROUP, exam).await.unwrap();
    let kept = rig.detail().await;
    assert_eq!((detail.hold, detail.sheets, detail.publication), (kept.hold, kept.sheets, kept.publication));
    assert_eq!(kept.standing.choice(), ::exam::retention::Choice::Chosen);
    assert_eq!((detail.standing, &*detail.class_reason), (kept.standing, "declared"));
    assert_eq!(detail.diffused_for, kept.diffused_for);
    assert_eq!(again.choices(GROUP, exam).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_object_that_cannot_be_read_is_named_and_stops_nothing_else() {
    let rig = Rig::without_outlet().await;
    rig.examined(&chest()).await;
    rig.examined(&exam(Kind::HeadCt)).await;
    rig.quiet().await;
    let lines = rig.archive.catalogue.exams(GROUP, ExamQuery { limit: 9, ..ExamQuery::default() }).await.unwrap().lines;
    let lost = lines.iter().find(|line| line.instances == 1).unwrap();
    let object = rig.archive.catalogue.generations(GROUP, lost.id).await.unwrap()[0].object.clone();
    let path = rig.files().into_iter().find(|path| path.ends_with(format!("{object}.age"))).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let again = catalogue(&folder.path().join("r.sqlite"), &rig.clock, Arc::new(SeededRandom::new(9))).await;
    let now = ambient::Clock::now(rig.clock.as_ref());
    let rebuilt = archive::rebuild::run(again.as_ref(), &rig.archive.vault, GROUP, now).await.unwrap();
    assert_eq!(rebuilt.unreadable.iter().map(|(name, _)| name).collect::<Vec<_>>(), [&object]);
    assert_eq!(rebuilt.generations, 3);
}
