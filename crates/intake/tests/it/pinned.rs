//! The form on disk is pinned: old segments are read for ever.

use crate::support::*;
use intake::landing::{LandedBody, Replayed, Settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::tempdir;

const MESSAGE: &str = "MSH|^~\\&|RIS|PINNED\r";

fn pinned() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../formats/landing/segment-1.log")
}

async fn written_today() -> Vec<u8> {
    let folder = tempdir().unwrap();
    let settings = Settings { writers: 1, ..settings(folder.path()) };
    let (landing, _) = open(settings, &Arc::default()).await;
    let place = store(&landing, &uid(1), &data_set(&uid(1), 1, 1_000)).await.unwrap().place;
    landing.append_message("mllp:RIS", MESSAGE.into()).await.unwrap();
    landing.close().await;
    assert_eq!((place.writer, place.segment, place.offset), (0, 1, 4096));
    std::fs::read(folder.path().join("segment-00000-000000000001.log")).unwrap()
}

#[tokio::test]
async fn a_segment_of_version_1_is_read_and_todays_program_writes_the_same_bytes() {
    let today = written_today().await;
    if std::env::var_os("NEGATOSCOPE_PIN").is_some() {
        std::fs::write(pinned(), &today).unwrap();
    }
    let bytes = std::fs::read(pinned()).unwrap();
    let (folder, register) = (tempdir().unwrap(), Arc::<FakeRegister>::default());
    std::fs::write(folder.path().join("segment-00000-000000000001.log"), &bytes).unwrap();
    let (landing, replayed) = open(settings(folder.path()), &register).await;
    assert_eq!(replayed, Replayed { records: 2, ..Replayed::default() });
    assert_eq!(register.sha256_of(&uid(1)), Some(sha256(&data_set(&uid(1), 1, 1_000))));
    let places: Vec<_> = {
        let state = register.state.lock().unwrap();
        assert_eq!(state.messages[0].body, LandedBody::Message(MESSAGE.into()));
        assert_eq!(state.messages[0].source, "mllp:RIS");
        assert_eq!(state.instances[&uid(1)].received_at, clock().now());
        state.instances.values().chain(&state.messages).map(|landed| landed.place).collect()
    };
    for place in places {
        landing.verify(place).await.unwrap();
    }
    assert!(bytes == today, "a change of the form needs a new version and a new pinned example");
}
