use crate::support::*;
use intake::import::{ImportError, Imported, Summary, import, plan};
use intake::landing::{Refusal, Settings};
use intake::watched::{Look, Watched};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tempfile::tempdir;

fn put(path: &Path, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn file(number: u64, size: usize) -> Vec<u8> {
    file_of(&uid(number), &data_set(&uid(number), number, size))
}

/// A DICOMDIR that names the given files (PS3.3 §F.3).
fn dicomdir(named: &[&str]) -> Vec<u8> {
    use dicom::write::Writer;
    use dicom::{Tag, Vr};
    let records: Vec<Writer> = named
        .iter()
        .map(|path| {
            let mut record = Writer::explicit();
            record.text(Tag(4, 0x1430), Vr::CS, "IMAGE").text(Tag(4, 0x1500), Vr::CS, path);
            record
        })
        .collect();
    let mut data = Writer::explicit();
    data.sequence(Tag(4, 0x1220), &records);
    let meta = dicom::part10::FileMeta {
        sop_class_uid: "1.2.840.10008.1.3.10",
        sop_instance_uid: "2.25.5",
        transfer_syntax_uid: EXPLICIT,
        source_ae_title: None,
    };
    let mut bytes = dicom::part10::prefix(&meta);
    bytes.extend_from_slice(data.bytes());
    bytes
}

#[tokio::test]
async fn a_medium_is_imported_whole_with_its_directory_its_strays_and_its_programs() {
    let (medium, folder, register) = (tempdir().unwrap(), tempdir().unwrap(), Arc::<FakeRegister>::default());
    put(&medium.path().join("DICOMDIR"), dicomdir(&["IMAGES\\A", "IMAGES\\B", "IMAGES\\GONE"]));
    // Mounted in small letters, though written in capitals.
    put(&medium.path().join("images/a"), file(1, 3_000));
    put(&medium.path().join("images/b"), file(2, 1_500_000));
    put(&medium.path().join("stray/c.dcm"), file(3, 10));
    put(&medium.path().join("viewer/autorun.exe"), b"MZ\x90 not an image");
    put(&medium.path().join("viewer/empty"), b"");
    let mut broken = file(4, 100);
    broken.truncate(340);
    put(&medium.path().join("images/broken"), broken);
    std::os::unix::fs::symlink("/etc/passwd", medium.path().join("link")).unwrap();
    let (landing, _) = open(settings(folder.path()), &register).await;
    let files = plan(medium.path()).unwrap();
    let mut told = Vec::new();
    let summary = import(&landing, "import", &files, |progress| {
        told.push((progress.done, progress.total, progress.path.to_owned()));
    });
    let summary = summary.await.unwrap();
    assert_eq!(summary, Summary { stored: 3, refused: 1, others: 2, missing: 1, ..Summary::default() });
    assert_eq!(told.len(), 7);
    assert_eq!((told[6].0, told[6].1), (7, 7));
    for number in 1..4 {
        assert!(register.sha256_of(&uid(number)).is_some());
    }
    let again = import(&landing, "import", &files, |_| {}).await.unwrap();
    assert_eq!((again.stored, again.duplicates), (0, 3));
}

#[tokio::test]
async fn the_directory_by_name_stands_for_its_medium_and_one_file_for_itself() {
    let medium = tempdir().unwrap();
    put(&medium.path().join("DICOMDIR"), dicomdir(&["A"]));
    put(&medium.path().join("A"), file(1, 10));
    assert_eq!(plan(&medium.path().join("DICOMDIR")).unwrap(), [medium.path().join("A")]);
    assert_eq!(plan(&medium.path().join("A")).unwrap(), [medium.path().join("A")]);
    assert!(matches!(plan(&medium.path().join("nothing")), Err(ImportError::Io { .. })));
}

#[tokio::test]
async fn a_directory_that_leads_outside_names_nothing() {
    let medium = tempdir().unwrap();
    put(&medium.path().join("DICOMDIR"), dicomdir(&["..\\..\\ETC\\PASSWD"]));
    put(&medium.path().join("A"), file(1, 10));
    assert_eq!(plan(medium.path()).unwrap(), [medium.path().join("A")]);
}

#[tokio::test]
async fn an_import_stops_when_nothing_can_be_stored_and_goes_on_when_run_again() {
    let (medium, folder, register) = (tempdir().unwrap(), tempdir().unwrap(), Arc::<FakeRegister>::default());
    for number in 1..4 {
        put(&medium.path().join(format!("{number}")), file(number, 100));
    }
    let (landing, _) = open(settings(folder.path()), &register).await;
    let files = plan(medium.path()).unwrap();
    register.failing.store(true, Ordering::SeqCst);
    let stopped = import(&landing, "import", &files, |_| {}).await;
    assert!(matches!(stopped, Err(ImportError::Stopped { refusal: Refusal::Unavailable, .. })));
    register.failing.store(false, Ordering::SeqCst);
    while !landing.health().catalogue_answers {
        tokio::task::yield_now().await;
    }
    let summary = import(&landing, "import", &files, |_| {}).await.unwrap();
    assert_eq!(summary.stored + summary.duplicates, 3);
}

#[tokio::test]
async fn a_watched_file_is_taken_when_it_stops_changing_and_moves_only_once_stored() {
    let (inbox, folder, register) = (tempdir().unwrap(), tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    let mut watched = Watched::new(inbox.path(), "watched:ct");
    let whole = file(1, 20_000);
    let path = inbox.path().join("image.dcm");
    put(&path, &whole[..9_000]);
    assert_eq!(watched.look(&landing).await.unwrap(), Look { waiting: 1, ..Look::default() });
    put(&path, &whole);
    assert_eq!(watched.look(&landing).await.unwrap(), Look { waiting: 1, ..Look::default() });
    register.failing.store(true, Ordering::SeqCst);
    assert_eq!(watched.look(&landing).await.unwrap(), Look { held_back: 1, ..Look::default() });
    assert!(path.exists(), "what is not stored does not move");
    register.failing.store(false, Ordering::SeqCst);
    while !landing.health().catalogue_answers {
        tokio::task::yield_now().await;
    }
    assert_eq!(watched.look(&landing).await.unwrap(), Look { done: 1, ..Look::default() });
    assert!(!path.exists());
    assert_eq!(std::fs::read(inbox.path().join("done/image.dcm")).unwrap(), whole);
    assert!(register.sha256_of(&uid(1)).is_some());
}

#[tokio::test]
async fn what_is_refused_is_put_aside_with_the_reason_and_never_over_another() {
    let (inbox, folder, register) = (tempdir().unwrap(), tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(Settings { ..settings(folder.path()) }, &register).await;
    let mut watched = Watched::new(inbox.path(), "watched:ct");
    for round in 0..2 {
        put(&inbox.path().join("note.txt"), format!("no image {round}"));
        put(&inbox.path().join(".being-written"), b"x");
        watched.look(&landing).await.unwrap();
        let look = watched.look(&landing).await.unwrap();
        assert_eq!(look, Look { refused: 1, ..Look::default() });
    }
    let refused = inbox.path().join("refused");
    assert_eq!(std::fs::read_to_string(refused.join("note.txt")).unwrap(), "no image 0");
    assert_eq!(std::fs::read_to_string(refused.join("note.txt.1")).unwrap(), "no image 1");
    assert_eq!(std::fs::read_to_string(refused.join("note.txt.reason.txt")).unwrap(), "not a DICOM file\n");
    assert!(inbox.path().join(".being-written").exists());
}

#[tokio::test]
async fn a_conflict_in_a_watched_folder_is_told_in_its_reason() {
    let (inbox, folder, register) = (tempdir().unwrap(), tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    store(&landing, &uid(1), &data_set(&uid(1), 9, 500)).await.unwrap();
    put(&inbox.path().join("other"), file(1, 500));
    let mut watched = Watched::new(inbox.path(), "watched:ct");
    watched.look(&landing).await.unwrap();
    assert_eq!(watched.look(&landing).await.unwrap().refused, 1);
    let reason = std::fs::read_to_string(inbox.path().join("refused/other.reason.txt")).unwrap();
    assert_eq!(reason.trim(), Refusal::Conflict.to_string());
    assert!(matches!(intake::import::one(&landing, "import", &inbox.path().join("nothing")).await, Imported::Missing));
}

/// `NEGATOSCOPE_SWEEP=folder`: everything under it is imported; what is accepted must read back as it was.
#[tokio::test]
async fn a_folder_of_real_files_is_imported_and_reads_back() {
    let Some(sweep) = std::env::var_os("NEGATOSCOPE_SWEEP") else {
        return println!("skipped: a_folder_of_real_files_is_imported_and_reads_back: NEGATOSCOPE_SWEEP is not set");
    };
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    let files = plan(Path::new(&sweep)).unwrap();
    let mut accepted = Vec::new();
    let summary = import(&landing, "import", &files, |progress| match progress.imported {
        Imported::Accepted(one) => accepted.push((one.place, progress.path.to_owned())),
        Imported::Refused(refusal) => println!("{}: {refusal}", progress.path.display()),
        Imported::Missing => println!("{}: missing", progress.path.display()),
        Imported::NotDicom => {}
    });
    println!("{:?}", summary.await.unwrap());
    for (place, path) in accepted {
        assert_eq!(landing.read(place).await.unwrap(), std::fs::read(&path).unwrap(), "{}", path.display());
    }
}
