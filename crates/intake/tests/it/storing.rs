use crate::support::*;
use bytes::Bytes;
use intake::landing::{Arriving, Landing, LandingError, Outcome, ReadError, Refusal, Register};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tempfile::tempdir;

#[tokio::test]
async fn what_is_stored_reads_back_byte_for_byte_as_a_part_10_file() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    for (number, size) in [0, 10, 4_000, 70_000, 600_000, 3_000_000].into_iter().enumerate() {
        let (uid, data) = (uid(number as u64), data_set(&uid(number as u64), number as u64, size));
        let accepted = store(&landing, &uid, &data).await.unwrap();
        assert_eq!(accepted.outcome, Outcome::Stored);
        assert_eq!(accepted.sha256, sha256(&data));
        assert_eq!(accepted.header.sop_instance_uid, uid);
        assert_eq!(landing.read(accepted.place).await.unwrap(), file_of(&uid, &data));
        landing.verify(accepted.place).await.unwrap();
        assert_eq!(register.sha256_of(&uid), Some(sha256(&data)));
        assert_eq!(accepted.place.file.is_some(), size > 1 << 20);
    }
}

#[tokio::test]
async fn a_whole_file_is_kept_with_its_own_preamble_and_meta_group() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    for (number, size) in [500, 2_500_000].into_iter().enumerate() {
        let uid = uid(number as u64);
        let data = data_set(&uid, 1, size);
        let mut file = file_of(&uid, &data);
        file[..9].copy_from_slice(b"MZ<script");
        let mut reception = landing.begin(Arriving::File { source: "import".into() }).await.unwrap();
        for slice in file.chunks(300_000) {
            reception.write(Bytes::copy_from_slice(slice)).await.unwrap();
        }
        let accepted = reception.finish().await.unwrap();
        assert_eq!(landing.read(accepted.place).await.unwrap(), file);
        assert_eq!(accepted.sha256, sha256(&data), "the digest is the data set's, so that a preamble changes nothing");
        assert_eq!(store(&landing, &uid, &data).await.unwrap().outcome, Outcome::Duplicate);
    }
}

#[tokio::test]
async fn the_same_data_set_twice_is_success_and_one_row() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    let data = data_set(&uid(1), 1, 5_000);
    assert_eq!(store(&landing, &uid(1), &data).await.unwrap().outcome, Outcome::Stored);
    assert_eq!(store(&landing, &uid(1), &data).await.unwrap().outcome, Outcome::Duplicate);
    assert_eq!(register.state.lock().unwrap().instances.len(), 1);
}

#[tokio::test]
async fn other_bytes_under_the_same_uid_are_a_conflict_and_kept_aside() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    let (first, second) = (data_set(&uid(1), 1, 5_000), data_set(&uid(1), 2, 5_000));
    let accepted = store(&landing, &uid(1), &first).await.unwrap();
    assert_eq!(store(&landing, &uid(1), &second).await, Err(Refusal::Conflict));
    assert_eq!(register.sha256_of(&uid(1)), Some(sha256(&first)));
    let aside = register.state.lock().unwrap().conflicts[0].place;
    assert_eq!(landing.read(aside).await.unwrap(), file_of(&uid(1), &second));
    assert_eq!(landing.read(accepted.place).await.unwrap(), file_of(&uid(1), &first));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn identical_stores_at_once_make_exactly_one_row() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    for round in 0..20 {
        let data = Arc::new(data_set(&uid(round), round, 90_000));
        let stores = (0..8).map(|_| {
            let (landing, data) = (landing.clone(), Arc::clone(&data));
            tokio::spawn(async move { store(&landing, &uid(round), &data).await.unwrap().outcome })
        });
        let mut stored = 0;
        for task in stores.collect::<Vec<_>>() {
            stored += usize::from(task.await.unwrap() == Outcome::Stored);
        }
        assert_eq!(stored, 1);
    }
    assert_eq!(register.state.lock().unwrap().instances.len(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn different_bytes_under_one_uid_at_once_have_exactly_one_winner() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    for round in 0..20 {
        let stores = (0..6).map(|seed| {
            let landing = landing.clone();
            tokio::spawn(async move { store(&landing, &uid(round), &data_set(&uid(round), seed, 30_000)).await })
        });
        let mut winners = Vec::new();
        for task in stores.collect::<Vec<_>>() {
            match task.await.unwrap() {
                Ok(accepted) => winners.push(accepted.sha256),
                Err(refusal) => assert_eq!(refusal, Refusal::Conflict),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(register.sha256_of(&uid(round)), Some(winners[0]));
    }
}

#[tokio::test]
async fn an_object_other_than_the_one_announced_is_refused_and_nothing_is_written() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    for size in [100, 100_000, 2_000_000] {
        let refused = store(&landing, &uid(1), &data_set(&uid(2), 1, size)).await;
        assert_eq!(refused, Err(Refusal::Mismatch { what: "SOPInstanceUID" }));
    }
    let mut other_class = arriving(&uid(2));
    if let Arriving::DataSet { sop_class_uid, .. } = &mut other_class {
        *sop_class_uid = "1.2.840.10008.5.1.4.1.1.2".into();
    }
    let mut reception = landing.begin(other_class).await.unwrap();
    reception.write(data_set(&uid(2), 1, 100).into()).await.unwrap();
    assert_eq!(reception.finish().await, Err(Refusal::Mismatch { what: "SOPClassUID" }));
    assert!(register.state.lock().unwrap().instances.is_empty());
    let written: Vec<_> = files(folder.path()).into_iter().filter(|(path, _)| !path.ends_with("lock")).collect();
    assert!(written.is_empty(), "{written:?}");
}

#[tokio::test]
async fn invalid_uids_and_broken_data_sets_are_refused_by_kind() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    for bad in ["../../etc/passwd", "1.2.a", "", "1..2", &"1.".repeat(40)] {
        let refused = landing.begin(arriving(bad)).await.err();
        assert_eq!(refused, Some(Refusal::InvalidUid { what: "SOPInstanceUID" }), "{bad}");
    }
    let mut cut = data_set(&uid(1), 1, 5_000);
    cut.truncate(70);
    assert!(matches!(
        store(&landing, &uid(1), &cut).await,
        Err(Refusal::Unreadable { .. } | Refusal::InvalidUid { .. })
    ));
    assert!(store(&landing, &uid(1), &[]).await.is_err());
}

#[tokio::test]
async fn an_instance_over_the_limit_is_refused_and_leaves_nothing() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let limited = intake::landing::Settings { instance_bytes_max: 3 << 20, ..settings(folder.path()) };
    let (landing, _) = open(limited, &register).await;
    let refused = store(&landing, &uid(1), &data_set(&uid(1), 1, 3 << 20)).await;
    assert_eq!(refused, Err(Refusal::TooLarge { max_bytes: 3 << 20 }));
    assert_eq!(files(&folder.path().join("large")), []);
}

#[tokio::test]
async fn five_hundred_aborted_receptions_leave_the_disk_as_it_was() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    store(&landing, &uid(0), &data_set(&uid(0), 1, 100)).await.unwrap();
    let before = files(folder.path());
    for number in 0..500 {
        let mut reception = landing.begin(arriving(&uid(number))).await.unwrap();
        let size = if number % 25 == 0 { 2_500_000 } else { 20_000 };
        reception.write(data_set(&uid(number), 1, size).into()).await.unwrap();
        drop(reception);
    }
    assert_eq!(files(folder.path()), before);
}

#[tokio::test]
async fn without_memory_left_receptions_go_to_their_own_files_and_none_waits_for_another() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let tight = intake::landing::Settings { in_flight_bytes: 1 << 20, ..settings(folder.path()) };
    let (landing, _) = open(tight, &register).await;
    let mut receptions = Vec::new();
    for number in 0..12 {
        let data = data_set(&uid(number), number, 700_000);
        let mut reception = landing.begin(arriving(&uid(number))).await.unwrap();
        reception.write(Bytes::copy_from_slice(&data[..600_000])).await.unwrap();
        receptions.push((reception, data));
    }
    for (number, (mut reception, data)) in receptions.into_iter().enumerate() {
        reception.write(Bytes::copy_from_slice(&data[600_000..])).await.unwrap();
        let accepted = reception.finish().await.unwrap();
        assert_eq!(landing.read(accepted.place).await.unwrap(), file_of(&uid(number as u64), &data));
    }
}

#[tokio::test]
async fn the_padding_of_a_record_holds_nothing_of_another_patients() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    let mut secret = data_set(&uid(1), 1, 300_000);
    let pixels = secret.len() - 300_000;
    secret[pixels..].fill(0xA5);
    let mut first = landing.begin(arriving(&uid(1))).await.unwrap();
    first.write(secret.into()).await.unwrap();
    drop(first);
    for number in 2..6 {
        store(&landing, &uid(number), &data_set(&uid(number), number, 100 * number as usize)).await.unwrap();
    }
    landing.append_message("mllp:RIS", "MSH|^~".into()).await.unwrap();
    for (path, _) in files(folder.path()) {
        let bytes = std::fs::read(path).unwrap();
        assert!(!bytes.windows(16).any(|window| window == [0xA5; 16]));
    }
}

#[tokio::test]
async fn two_processes_never_own_one_log() {
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    let again = || {
        let random = Arc::new(testkit::SeededRandom::new(7));
        Landing::open(settings(folder.path()), Arc::clone(&register) as Arc<dyn Register>, clock(), random)
    };
    assert!(matches!(again().await, Err(LandingError::Owned(_))));
    landing.close().await;
    drop(landing);
    again().await.unwrap();
}

#[tokio::test]
async fn while_the_catalogue_fails_nothing_is_a_success_and_afterwards_all_is_there() {
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(settings(folder.path()), &register).await;
    register.failing.store(true, Ordering::SeqCst);
    let data = data_set(&uid(1), 1, 5_000);
    assert_eq!(store(&landing, &uid(1), &data).await, Err(Refusal::Unavailable));
    assert!(!landing.health().catalogue_answers);
    assert_eq!(store(&landing, &uid(2), &data).await, Err(Refusal::Unavailable));
    register.failing.store(false, Ordering::SeqCst);
    while !landing.health().catalogue_answers {
        tokio::task::yield_now().await;
    }
    assert_eq!(store(&landing, &uid(1), &data).await.unwrap().outcome, Outcome::Duplicate);
}

#[tokio::test]
async fn a_released_segment_and_its_large_files_are_gone_and_an_open_one_is_not_released() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let (landing, _) = open(intake::landing::Settings { writers: 1, ..settings(folder.path()) }, &register).await;
    let mut places = Vec::new();
    for number in 0..12 {
        let size = if number == 3 { 2_000_000 } else { 700_000 };
        places.push(store(&landing, &uid(number), &data_set(&uid(number), 1, size)).await.unwrap().place);
    }
    let closed = landing.closed_segments();
    assert!(closed.len() >= 2, "{closed:?}");
    let open = intake::landing::SegmentName { writer: 0, segment: closed.last().unwrap().segment + 1 };
    assert!(matches!(landing.release(open).await, Err(LandingError::StillOpen(_))));
    for segment in &closed {
        landing.release(*segment).await.unwrap();
        landing.release(*segment).await.unwrap();
    }
    assert_eq!(files(&folder.path().join("large")), []);
    for place in places {
        let gone = closed.iter().any(|segment| segment.segment == place.segment);
        let read = landing.read(place).await;
        assert!(if gone { matches!(read, Err(ReadError::Gone)) } else { read.is_ok() }, "{place:?} {read:?}");
    }
    assert!(landing.closed_segments().is_empty());
}

#[tokio::test]
async fn with_spare_segments_all_is_the_same_and_closing_leaves_none_behind() {
    let (folder, register) = (tempdir().unwrap(), Arc::default());
    let spares = intake::landing::Settings { writers: 1, spare_segments: true, ..settings(folder.path()) };
    let (landing, _) = open(spares, &register).await;
    let mut stored = Vec::new();
    for number in 0..15 {
        let data = data_set(&uid(number), number, 900_000);
        stored.push((store(&landing, &uid(number), &data).await.unwrap().place, number, data));
    }
    let last = stored.last().unwrap().0.segment;
    assert!(last >= 4);
    let spare = intake::landing::SegmentName { writer: 0, segment: last + 1 };
    assert!(matches!(landing.release(spare).await, Err(LandingError::StillOpen(_)) | Ok(())));
    landing.close().await;
    drop(landing);
    let segments = files(folder.path()).into_iter().filter(|(path, _)| path.extension().is_some()).count();
    assert_eq!(segments as u64, last);
    let (landing, replayed) = open(settings(folder.path()), &register).await;
    assert_eq!(replayed, Default::default());
    for (place, number, data) in stored {
        assert_eq!(landing.read(place).await.unwrap(), file_of(&uid(number), &data));
    }
}

#[tokio::test]
async fn messages_land_as_received_and_reach_the_register_in_order() {
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    let (landing, _) = open(intake::landing::Settings { writers: 1, ..settings(folder.path()) }, &register).await;
    for number in 0..20 {
        let raw = format!("MSH|^~\\&|RIS|{number}\rPID|\u{e9}\r").into_bytes();
        let accepted = landing.append_message("mllp:RIS", raw.clone().into()).await.unwrap();
        assert_eq!(accepted.complaint, None);
        assert_eq!(landing.read(accepted.place).await.unwrap(), raw);
    }
    let places: Vec<u64> = register.state.lock().unwrap().messages.iter().map(|landed| landed.place.offset).collect();
    assert!(places.is_sorted() && places.len() == 20);
}
