//! `verify` finds what it is for.

use crate::rig::Rig;
use crate::senders::chest;
use archive::verify::{Problem, Report, everything};
use bytes::Bytes;
use record::Location;
use std::path::PathBuf;
use std::sync::Arc;

async fn sealed() -> Rig {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    rig
}

async fn verified(rig: &Rig) -> Report {
    everything(&rig.archive, |_| {}).await.unwrap()
}

/// The object of the only image, and its file.
async fn image_object(rig: &Rig) -> (String, PathBuf) {
    let instances = rig.archive.catalogue.instances(crate::rig::GROUP, rig.exam_id().await).await.unwrap();
    let Location::Sealed { object, .. } = instances[0].location.clone() else { panic!("not sealed") };
    let path = rig.files().into_iter().find(|path| path.ends_with(format!("{object}.age"))).unwrap();
    (object, path)
}

#[tokio::test]
async fn a_sound_archive_has_no_problem_and_everything_was_read() {
    let rig = sealed().await;
    let report = verified(&rig).await;
    assert_eq!(report.problems, []);
    let sealed = rig.files().into_iter().filter(|path| path.extension().is_some_and(|end| end == "age"));
    let (count, bytes) = sealed.fold((0, 0), |(n, size), path| (n + 1, size + path.metadata().unwrap().len()));
    assert_eq!((report.objects, report.bytes, report.instances), (count, bytes, 1));
}

#[tokio::test]
async fn images_of_one_series_that_describe_it_differently_are_no_problem() {
    let rig = Rig::new().await;
    let mut exam = crate::senders::exam(phantom::Kind::ScreeningMammogram);
    let last = exam.instances.last_mut().unwrap();
    crate::senders::patch(&mut last.dataset, "4 incidences", "5 incidences");
    rig.examined(&exam).await;
    rig.quiet().await;
    let report = verified(&rig).await;
    assert_eq!((report.problems.as_slice(), report.instances), ([].as_slice(), 4));
}

#[tokio::test]
async fn a_bit_turned_before_sealing_is_named_by_its_exam() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    let sound = verified(&rig).await;
    assert_eq!((sound.problems.as_slice(), sound.instances, sound.unsealed), ([].as_slice(), 1, 1));
    let exam = rig.exam_id().await;
    let Location::Landing(place) = rig.archive.catalogue.instances(crate::rig::GROUP, exam).await.unwrap()[0].location
    else {
        panic!("sealed already")
    };
    let name = format!("segment-{:05}-{:012}.log", place.writer, place.segment);
    let path = rig.files().into_iter().find(|path| path.ends_with(&name)).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[place.offset as usize + 4096 + place.length as usize / 2] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let problems = verified(&rig).await.problems;
    assert!(matches!(problems.as_slice(), [Problem::Landed { exam: named, .. }] if *named == exam), "{problems:?}");
}

#[tokio::test]
async fn one_bit_turned_names_the_object() {
    let rig = sealed().await;
    let (object, path) = image_object(&rig).await;
    let sound = std::fs::read(&path).unwrap();
    for at in [0, sound.len() / 2, sound.len() - 1] {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let problems = verified(&rig).await.problems;
        let named = |problem: &Problem| matches!(problem, Problem::Object { object: named, .. } if *named == object);
        assert!(problems.iter().any(named), "byte {at}: {problems:?}");
    }
}

#[tokio::test]
async fn another_sound_object_in_its_place_is_found() {
    let rig = sealed().await;
    let (object, path) = image_object(&rig).await;
    let other = rig.files().into_iter().find(|file| file.extension().is_some_and(|end| end == "age") && *file != path);
    std::fs::copy(other.unwrap(), &path).unwrap();
    let problems = verified(&rig).await.problems;
    assert!(
        problems.iter().any(|problem| matches!(problem, Problem::Object { object: named, .. } if *named == object))
    );
}

/// Gives the same bytes each time: those of an object's key.
struct Fixed([u8; 16]);

impl ambient::Random for Fixed {
    fn fill(&self, out: &mut [u8]) {
        out.iter_mut().zip(self.0).for_each(|(byte, fixed)| *byte = fixed);
    }
}

#[tokio::test]
async fn the_same_content_sealed_again_under_the_same_key_is_not_the_object_that_was_sealed() {
    let rig = sealed().await;
    let (object, path) = image_object(&rig).await;
    let key: vault::ObjectKey = object.parse().unwrap();
    let manifest = rig.archive.vault.manifest(key).await.unwrap();
    let bytes = rig.archive.vault.read_entry(key, &manifest.entries[0]).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let store = vault::FolderStore::open(other.path()).await.unwrap();
    let identity = vault::Identity::load_or_create(&rig.folder.path().join("keys")).unwrap();
    let forger = vault::Vault::open(Arc::new(store), identity, Arc::new(Fixed(*key.as_bytes())));
    let entries = vec![vault::Entry::from_bytes(manifest.entries[0].name.clone(), bytes)];
    let request = vault::SealRequest { kind: manifest.kind, entries, content: manifest.content };
    assert_eq!(forger.seal(request).await.unwrap().key, key);
    let ending = path.strip_prefix(rig.folder.path().join("vault")).unwrap();
    std::fs::copy(other.path().join(ending), &path).unwrap();
    let what = "it is not the object that was sealed".to_owned();
    assert_eq!(verified(&rig).await.problems, [Problem::Object { object, what }]);
}

#[tokio::test]
async fn a_lost_object_is_named() {
    let rig = sealed().await;
    let (object, path) = image_object(&rig).await;
    std::fs::remove_file(path).unwrap();
    let problems = verified(&rig).await.problems;
    assert!(
        matches!(problems.first(), Some(Problem::Object { object: named, .. }) if *named == object),
        "{problems:?}"
    );
    assert!(problems.iter().any(|problem| matches!(problem, Problem::Instance { object: of, .. } if *of == object)));
}

#[tokio::test]
async fn an_object_nobody_knows_is_named() {
    let rig = sealed().await;
    let request = vault::SealRequest {
        kind: vault::Kind::Generation,
        entries: vec![vault::Entry::from_bytes("a", Bytes::from_static(b"a"))],
        content: serde_json::json!({}),
    };
    let object = rig.archive.vault.seal(request).await.unwrap().key.to_string();
    assert_eq!(verified(&rig).await.problems, [Problem::Unknown { object }]);
}
