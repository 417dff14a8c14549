//! From the landing log to the vault.

use crate::rig::{GROUP, Rig};
use crate::senders::{adt, exam, file_of, person};
use intake::landing::ReadError;
use phantom::{Kind, PhantomExam};
use record::{Location, Place};

/// Lands an exam over more than one segment.
async fn landed_widely(rig: &Rig, exam: &PhantomExam) -> Vec<Place> {
    let mut places = Vec::new();
    for (position, instance) in exam.instances.iter().enumerate() {
        if position % 5 == 4 {
            // No message at all: it takes its room in the log, and is never of use.
            let filling = vec![b'x'; 400_000];
            assert!(rig.archive.landing.append_message("mllp:RIS", filling.into()).await.unwrap().complaint.is_some());
        }
        places.push(rig.land(instance).await.place);
    }
    places
}

#[tokio::test]
async fn what_is_sealed_leaves_the_landing_log_when_its_segment_is_closed() {
    let rig = Rig::new().await;
    let exam = exam(Kind::HeadCt);
    let places = landed_widely(&rig, &exam).await;
    let open = places.last().unwrap().segment;
    assert!(open > places[0].segment, "the exam fills several segments");
    assert!(!rig.archive.landing.closed_segments().is_empty());
    rig.after(40).await;
    assert_eq!(rig.archive.landing.closed_segments(), []);
    for place in places {
        let read = rig.archive.landing.read(place).await;
        assert_eq!(matches!(read, Err(ReadError::Gone)), place.segment < open, "{place:?}");
    }
    let generations = rig.archive.catalogue.generations(GROUP, rig.exam_id().await).await.unwrap();
    assert_eq!(generations.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 1, 1]);
    let sealed: usize = generations.iter().map(|one| one.instances.len()).sum();
    let report = archive::verify::everything(&rig.archive, |_| {}).await.unwrap();
    assert_eq!((report.problems.as_slice(), report.instances), ([].as_slice(), sealed as u64));
    assert_eq!(sealed, exam.instances.len());
}

#[tokio::test]
async fn a_segment_with_an_instance_not_yet_sealed_stays() {
    let rig = Rig::new().await;
    let exam = exam(Kind::HeadCt);
    landed_widely(&rig, &exam).await;
    let closed = rig.archive.landing.closed_segments();
    assert!(!closed.is_empty());
    // Another exam is sealed while this one still waits.
    let waiting = rig.exam_id().await;
    rig.land_all(&crate::senders::chest()).await;
    let query = record::ExamQuery { limit: 9, ..Default::default() };
    let lines = rig.archive.catalogue.exams(GROUP, query).await.unwrap().lines;
    let other = lines.iter().find(|line| line.id != waiting).unwrap().id;
    archive::seal::exam(&rig.archive, other).await.unwrap();
    assert_eq!(rig.archive.catalogue.generations(GROUP, other).await.unwrap().len(), 1);
    let still = rig.archive.landing.closed_segments();
    assert!(closed.iter().all(|segment| still.contains(segment)));
    archive::seal::exam(&rig.archive, waiting).await.unwrap();
    assert_eq!(rig.archive.landing.closed_segments(), []);
}

#[tokio::test]
async fn a_late_image_makes_a_new_generation_and_a_new_publication_and_touches_nothing_old() {
    let rig = Rig::new().await;
    let exam = exam(Kind::HeadCt);
    let (late, first) = exam.instances.split_last().unwrap();
    rig.message(adt(&exam, &person(&exam), 0)).await;
    for instance in first {
        rig.land(instance).await;
    }
    rig.quiet().await;
    let id = rig.exam_id().await;
    let before = rig.archive.catalogue.generations(GROUP, id).await.unwrap();
    let objects = |rig: &Rig| {
        let files = rig.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "age"));
        files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect::<Vec<_>>()
    };
    let sealed = objects(&rig);
    rig.land(late).await;
    rig.quiet().await;
    let after = rig.archive.catalogue.generations(GROUP, id).await.unwrap();
    assert_eq!(after.len(), before.len() + 1);
    assert!(before.iter().all(|one| after.contains(one)), "the old generations are as they were");
    let now = objects(&rig);
    assert!(sealed.iter().all(|one| now.contains(one)), "and so are their bytes");
    assert_eq!(rig.door.commits(), 2);
    let shown: u32 = rig.door.last().series.iter().map(|series| series.instances).sum();
    assert_eq!(shown as usize, exam.instances.len());
    let bundle = rig.door.blob(&rig.door.last(), link::BlobName::Bundle(3));
    assert!(crate::senders::find(&bundle, &file_of(late)).is_some());
}

#[tokio::test]
async fn damage_in_the_landing_log_is_never_sealed() {
    let rig = Rig::new().await;
    let exam = crate::senders::chest();
    let place = rig.land(&exam.instances[0]).await.place;
    let wanted = &exam.instances[0].dataset[20_000..20_032];
    let hit = rig.files().into_iter().find_map(|path| {
        let bytes = std::fs::read(&path).unwrap();
        crate::senders::find(&bytes, wanted).map(|at| (path, bytes, at))
    });
    let (path, mut bytes, at) = hit.expect("the landed bytes are in some file");
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
    rig.after(40).await;
    assert_eq!(rig.detail().await.unsealed, 1);
    assert_eq!(rig.archive.catalogue.generations(GROUP, rig.exam_id().await).await.unwrap(), []);
    assert!(rig.archive.catalogue.segment_in_use(place.writer, place.segment).await.unwrap(), "its record stays");
    let instance = &rig.archive.catalogue.instances(GROUP, rig.exam_id().await).await.unwrap()[0];
    assert!(matches!(instance.location, Location::Landing(_)));
}
