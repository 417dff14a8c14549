use crate::support::*;
use intake::landing::{Landing, LandingError, Place, ReadError, Register, Replayed, Settings};
use proptest::prelude::*;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::tempdir;

fn one_writer(folder: &Path) -> Settings {
    Settings { writers: 1, ..settings(folder) }
}

/// Stores `count` instances of growing size and closes the log, or lets it die as a crash would leave it.
async fn filled(folder: &Path, count: u64, close: bool) -> Vec<Place> {
    let (landing, _) = open(one_writer(folder), &Arc::default()).await;
    let mut places = Vec::new();
    for number in 0..count {
        let data = data_set(&uid(number), number, 1_000 + 9_000 * number as usize);
        places.push(store(&landing, &uid(number), &data).await.unwrap().place);
    }
    let before = folder.join("before");
    if !close {
        std::fs::create_dir(&before).unwrap();
        for (path, _) in files(folder) {
            std::fs::copy(&path, before.join(path.file_name().unwrap())).unwrap();
        }
    }
    landing.close().await;
    drop(landing);
    if !close {
        for (path, _) in files(&before) {
            std::fs::rename(&path, folder.join(path.file_name().unwrap())).unwrap();
        }
        std::fs::remove_dir(&before).unwrap();
    }
    places
}

fn segment(folder: &Path, place: Place) -> PathBuf {
    folder.join(format!("segment-{:05}-{:012}.log", place.writer, place.segment))
}

fn flip(path: &Path, at: u64) {
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

async fn reopened(folder: &Path) -> (Landing, Arc<FakeRegister>, Replayed) {
    let register = Arc::<FakeRegister>::default();
    let (landing, replayed) = open(one_writer(folder), &register).await;
    (landing, register, replayed)
}

fn uids_in(register: &FakeRegister) -> Vec<String> {
    register.state.lock().unwrap().instances.keys().cloned().collect()
}

#[tokio::test]
async fn what_the_register_has_applied_is_not_given_to_it_again() {
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    for number in 0..10 {
        store(&landing, &uid(number), &data_set(&uid(number), 1, 3_000)).await.unwrap();
    }
    landing.close().await;
    drop(landing);
    let (_, replayed) = open(settings(folder.path()), &register).await;
    assert_eq!(replayed, Replayed::default());
}

#[tokio::test]
async fn a_catalogue_that_lost_its_last_transactions_gets_exactly_those_again() {
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(one_writer(folder.path()), &register).await;
    let data = |number| data_set(&uid(number), number, 3_000);
    for number in 0..7 {
        store(&landing, &uid(number), &data(number)).await.unwrap();
    }
    let old = {
        let state = register.state.lock().unwrap();
        (state.applied.clone(), state.instances.clone())
    };
    for number in 7..12 {
        store(&landing, &uid(number), &data(number)).await.unwrap();
    }
    landing.append_message("mllp:RIS", "MSH|1".into()).await.unwrap();
    landing.close().await;
    drop(landing);
    {
        let mut state = register.state.lock().unwrap();
        (state.applied, state.instances) = old;
        state.messages.clear();
    }
    let (landing, replayed) = open(one_writer(folder.path()), &register).await;
    assert_eq!(replayed, Replayed { records: 6, ..Replayed::default() });
    for number in 0..12 {
        assert_eq!(register.sha256_of(&uid(number)), Some(sha256(&data(number))));
    }
    assert_eq!(register.state.lock().unwrap().messages.len(), 1);
    let places: Vec<Place> = {
        let state = register.state.lock().unwrap();
        assert!(state.instances.values().all(|landed| landed.source == "dimse:TEST"));
        state.instances.values().map(|landed| landed.place).collect()
    };
    for place in places {
        landing.verify(place).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_catalogue_is_filled_from_the_log_alone_large_files_included() {
    let (folder, first) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(settings(folder.path()), &first).await;
    for number in 0..6 {
        let size = if number % 2 == 0 { 1_500_000 } else { 30_000 };
        store(&landing, &uid(number), &data_set(&uid(number), number, size)).await.unwrap();
    }
    landing.close().await;
    drop(landing);
    let second = Arc::<FakeRegister>::default();
    let (_, replayed) = open(settings(folder.path()), &second).await;
    assert_eq!(replayed, Replayed { records: 6, ..Replayed::default() });
    assert_eq!(first.state.lock().unwrap().instances, second.state.lock().unwrap().instances);
}

#[tokio::test]
async fn a_torn_tail_is_discarded_and_everything_before_it_is_there() {
    let folder = tempdir().unwrap();
    let places = filled(folder.path(), 5, false).await;
    let last = places[4];
    flip(&segment(folder.path(), last), last.offset + 4096 + 100);
    let (_landing, register, replayed) = reopened(folder.path()).await;
    assert_eq!(replayed, Replayed { records: 4, torn: 1, ..Replayed::default() });
    assert_eq!(uids_in(&register), (0..4).map(uid).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_same_damage_in_a_closed_segment_is_a_loss_because_all_of_it_was_synced() {
    let folder = tempdir().unwrap();
    let places = filled(folder.path(), 5, true).await;
    flip(&segment(folder.path(), places[4]), places[4].offset + 4096 + 100);
    let (landing, _, replayed) = reopened(folder.path()).await;
    assert_eq!((replayed.records, replayed.torn), (4, 0));
    assert_eq!(replayed.damaged.iter().map(|place| place.offset).collect::<Vec<_>>(), [places[4].offset]);
    assert_eq!(landing.health().damaged, replayed.damaged);
}

#[tokio::test]
async fn a_segment_cut_short_of_what_was_applied_is_a_loss() {
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(one_writer(folder.path()), &register).await;
    for number in 0..3 {
        store(&landing, &uid(number), &data_set(&uid(number), number, 9_000)).await.unwrap();
    }
    landing.close().await;
    drop(landing);
    let (path, length) = files(folder.path()).into_iter().find(|(path, _)| path.extension().is_some()).unwrap();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 4096).unwrap();
    let (_landing, replayed) = open(one_writer(folder.path()), &register).await;
    assert_eq!(replayed.damaged.iter().map(|place| place.offset).collect::<Vec<_>>(), [length - 4096]);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), length - 4096);
}

#[tokio::test]
async fn the_last_record_of_a_closed_segment_wiped_to_zeros_is_a_loss_too() {
    let folder = tempdir().unwrap();
    let places = filled(folder.path(), 5, true).await;
    let path = segment(folder.path(), places[4]);
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[places[4].offset as usize..].fill(0);
    std::fs::write(&path, bytes).unwrap();
    let (_landing, _, replayed) = reopened(folder.path()).await;
    assert_eq!((replayed.records, replayed.torn), (4, 0));
    assert_eq!(replayed.damaged.iter().map(|place| place.offset).collect::<Vec<_>>(), [places[4].offset]);
}

#[tokio::test]
async fn damage_before_a_later_record_is_reported_by_name_and_the_later_records_are_received() {
    // In the payload, in the trailer, and in the header page, after which the next record must be searched.
    for into_record in [4096 + 100, 4096 + 20_480 + 30, 20] {
        let folder = tempdir().unwrap();
        let places = filled(folder.path(), 5, false).await;
        flip(&segment(folder.path(), places[2]), places[2].offset + into_record);
        let (landing, register, replayed) = reopened(folder.path()).await;
        assert_eq!((replayed.records, replayed.torn), (4, 0), "{into_record}");
        assert_eq!(replayed.damaged.iter().map(|place| place.offset).collect::<Vec<_>>(), [places[2].offset]);
        assert_eq!(uids_in(&register), [0, 1, 3, 4].map(uid));
        assert_eq!(landing.health().damaged, replayed.damaged);
        landing.close().await;
        drop(landing);
        let (landing, again) = open(one_writer(folder.path()), &register).await;
        assert_eq!(again, Replayed::default());
        assert_eq!(landing.health().damaged, replayed.damaged, "a loss is not forgotten at the next start");
        landing.release(landing.closed_segments()[0]).await.unwrap();
        assert_eq!(landing.health().damaged, []);
    }
}

#[tokio::test]
async fn a_damaged_head_page_is_reported_and_costs_no_record() {
    let folder = tempdir().unwrap();
    let places = filled(folder.path(), 5, false).await;
    flip(&segment(folder.path(), places[0]), 60);
    let (landing, register, replayed) = reopened(folder.path()).await;
    assert_eq!((replayed.records, replayed.torn), (5, 0));
    assert_eq!(replayed.damaged.iter().map(|place| place.offset).collect::<Vec<_>>(), [0]);
    assert_eq!(uids_in(&register).len(), 5);
    for place in places {
        landing.verify(place).await.unwrap();
    }
}

#[tokio::test]
async fn a_flipped_bit_a_zeroed_page_and_another_records_bytes_are_found_when_read() {
    let folder = tempdir().unwrap();
    let (landing, _) = open(one_writer(folder.path()), &Arc::default()).await;
    let mut places = Vec::new();
    for number in 0..4 {
        let size = if number == 3 { 1_200_000 } else { 20_000 };
        places.push(store(&landing, &uid(number), &data_set(&uid(number), number, size)).await.unwrap().place);
    }
    let path = segment(folder.path(), places[0]);
    let file = std::fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let mut other = vec![0; 4096];
    file.read_exact_at(&mut other, places[2].offset + 2 * 4096).unwrap();
    file.write_all_at(&other, places[0].offset + 2 * 4096).unwrap();
    file.write_all_at(&[0; 4096], places[1].offset + 3 * 4096).unwrap();
    flip(&path, places[2].offset + 4096 + 200);
    flip(&files(&folder.path().join("large"))[0].0, 1_000_000);
    for place in places {
        assert!(matches!(landing.read(place).await, Err(ReadError::Damaged(_))), "{place:?}");
        assert!(matches!(landing.verify(place).await, Err(ReadError::Damaged(_))), "{place:?}");
    }
}

#[tokio::test]
async fn a_place_that_was_never_given_out_is_not_read() {
    let folder = tempdir().unwrap();
    let (landing, _) = open(one_writer(folder.path()), &Arc::default()).await;
    let place = store(&landing, &uid(1), &data_set(&uid(1), 1, 20_000)).await.unwrap().place;
    for wrong in [
        Place { offset: 0, ..place },
        Place { offset: place.offset + 1, ..place },
        Place { offset: u64::MAX - 4095, ..place },
        Place { length: place.length - 1, ..place },
        Place { file: Some(1), ..place },
    ] {
        assert!(landing.read(wrong).await.is_err(), "{wrong:?}");
    }
    assert!(matches!(landing.read(Place { segment: 99, ..place }).await, Err(ReadError::Gone)));
}

#[tokio::test]
async fn a_record_forged_inside_of_an_image_is_not_taken_for_one() {
    let folder = tempdir().unwrap();
    let (landing, _) = open(one_writer(folder.path()), &Arc::default()).await;
    let first = store(&landing, &uid(1), &data_set(&uid(1), 1, 6_000)).await.unwrap().place;
    // An insider's copy of a whole record, page-aligned inside of the next one.
    let mut copied = vec![0; 4 * 4096];
    let log = std::fs::File::open(segment(folder.path(), first)).unwrap();
    log.read_exact_at(&mut copied, first.offset).unwrap();
    let mut data = data_set(&uid(2), 2, 40_000);
    let at = 4096 * 3 - (file_of(&uid(2), &data).len() - data.len());
    data[at..at + copied.len()].copy_from_slice(&copied);
    let second = store(&landing, &uid(2), &data).await.unwrap().place;
    store(&landing, &uid(3), &data_set(&uid(3), 3, 100)).await.unwrap();
    landing.close().await;
    drop(landing);
    flip(&segment(folder.path(), second), second.offset + 9);
    let (_landing, register, replayed) = reopened(folder.path()).await;
    assert_eq!(uids_in(&register), [uid(1), uid(3)]);
    assert_eq!(replayed.damaged.len(), 1);
}

#[tokio::test]
async fn part_files_of_dead_receptions_go_and_one_that_a_record_names_is_finished() {
    let folder = tempdir().unwrap();
    let (landing, _) = open(one_writer(folder.path()), &Arc::default()).await;
    let place = store(&landing, &uid(1), &data_set(&uid(1), 1, 1_300_000)).await.unwrap().place;
    landing.close().await;
    drop(landing);
    let kept = files(&folder.path().join("large"))[0].0.clone();
    std::fs::rename(&kept, kept.with_extension("part")).unwrap();
    std::fs::write(folder.path().join("large/00000000000000000042.part"), b"never finished").unwrap();
    let (landing, register, replayed) = reopened(folder.path()).await;
    assert_eq!(replayed, Replayed { records: 1, aborted_files: 1, ..Replayed::default() });
    assert_eq!(uids_in(&register), [uid(1)]);
    landing.verify(place).await.unwrap();
}

#[tokio::test]
async fn a_segment_prepared_and_never_used_does_not_stay() {
    let folder = tempdir().unwrap();
    let places = filled(folder.path(), 1, false).await;
    let path = segment(folder.path(), places[0]);
    let mut head = std::fs::read(&path).unwrap();
    std::fs::write(segment(folder.path(), Place { segment: 2, ..places[0] }), vec![0; 8192]).unwrap();
    head.truncate(4096);
    let (landing, _, replayed) = reopened(folder.path()).await;
    assert_eq!((replayed.records, replayed.damaged), (1, Vec::new()));
    assert_eq!(landing.closed_segments().len(), 1);
}

#[tokio::test]
async fn what_a_crash_left_reserved_is_given_back_at_the_next_opening() {
    let folder = tempdir().unwrap();
    let places = filled(folder.path(), 2, false).await;
    let size = || std::fs::metadata(segment(folder.path(), places[0])).unwrap().len();
    assert_eq!(size(), 4 << 20);
    let (landing, ..) = reopened(folder.path()).await;
    assert!(size() < 100_000);
    for place in places {
        landing.verify(place).await.unwrap();
    }
}

#[tokio::test]
async fn a_register_that_fails_at_opening_stops_the_opening() {
    let folder = tempdir().unwrap();
    filled(folder.path(), 2, true).await;
    let register = Arc::<FakeRegister>::default();
    register.failing.store(true, std::sync::atomic::Ordering::SeqCst);
    let random = Arc::new(testkit::SeededRandom::new(7));
    let opened = Landing::open(one_writer(folder.path()), register as Arc<dyn Register>, clock(), random).await;
    assert!(matches!(opened, Err(LandingError::Register(_))));
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("NEGATOSCOPE_LONG").is_some() { 5_000 } else { 40 }, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever bytes of the log change, opening does not panic, and each record is either received as it was or
    /// accounted for.
    #[test]
    fn no_corruption_is_silent(edits in proptest::collection::vec((0.0..1.0f64, any::<u8>(), 1..9_000usize), 1..4)) {
        runtime().block_on(async {
            let folder = tempdir().unwrap();
            let places = filled(folder.path(), 6, true).await;
            let path = segment(folder.path(), places[0]);
            let mut bytes = std::fs::read(&path).unwrap();
            for (at, byte, length) in edits {
                let start = (at * bytes.len() as f64) as usize;
                let end = (start + length).min(bytes.len());
                bytes[start..end].fill(byte);
            }
            std::fs::write(&path, bytes).unwrap();
            let (landing, register, replayed) = reopened(folder.path()).await;
            let lost = 6 - uids_in(&register).len();
            assert!(lost == 0 || !replayed.damaged.is_empty(), "{replayed:?}");
            for number in 0..6u64 {
                let data = data_set(&uid(number), number, 1_000 + 9_000 * number as usize);
                if let Some(known) = register.sha256_of(&uid(number)) {
                    assert_eq!(known, sha256(&data));
                    let read = landing.read(places[number as usize]).await.unwrap();
                    assert_eq!(read, file_of(&uid(number), &data));
                }
            }
        });
    }
}
