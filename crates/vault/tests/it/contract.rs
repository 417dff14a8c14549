use crate::adapters::MemoryStore;
use crate::rig::files;
use std::sync::Arc;
use vault::erase::{Erased, FolderEraser, VaultEraser};
use vault::{FolderStore, ObjectKey, ObjectStore, Piece, VaultError};

#[tokio::test]
async fn the_folder_keeps_the_contract_and_leaves_no_temporary_file() {
    let folder = tempfile::tempdir().unwrap();
    vault::contract::check(Arc::new(FolderStore::open(folder.path()).await.unwrap())).await;
    assert_eq!(files(&folder.path().join("temporary")), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn the_store_in_memory_of_these_tests_keeps_the_contract() {
    vault::contract::check(Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn temporary_files_are_cleared_at_open_by_the_first_opener_only() {
    let folder = tempfile::tempdir().unwrap();
    let left_behind = folder.path().join("temporary/0123.part");
    let first = FolderStore::open(folder.path()).await.unwrap();
    std::fs::write(&left_behind, b"being written").unwrap();
    let _second = FolderStore::open(folder.path()).await.unwrap();
    assert!(left_behind.exists(), "it may belong to the first opener");
    drop((first, _second));
    FolderStore::open(folder.path()).await.unwrap();
    assert!(!left_behind.exists());
}

#[tokio::test]
async fn an_object_lies_under_two_shards_and_its_own_digits() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).await.unwrap();
    let key: ObjectKey = "00ff10203040506070800000000000aa".parse().unwrap();
    store.put(key, vault::contract::pieces(vec![])).await.unwrap();
    assert!(folder.path().join("objects/00/ff/00ff10203040506070800000000000aa.age").exists());
}

#[tokio::test]
async fn an_object_that_appears_while_another_is_being_written_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).await.unwrap();
    let key = ObjectKey::from_bytes([7; 16]);
    let (sender, pieces) = tokio::sync::mpsc::channel(1);
    let late = store.clone();
    let late = tokio::spawn(async move { late.put(key, pieces).await });
    for _ in 0..3 {
        sender.send(Ok(Piece::Bytes("late".into()))).await.unwrap();
    }
    let place = folder.path().join("objects/07/07");
    std::fs::create_dir_all(&place).unwrap();
    std::fs::write(place.join(format!("{key}.age")), b"first").unwrap();
    sender.send(Ok(Piece::End)).await.unwrap();
    assert!(matches!(late.await.unwrap(), Err(VaultError::Exists(_))));
    assert_eq!(store.read(key, 0..5).await.unwrap(), "first");
}

#[tokio::test]
async fn a_foreign_file_among_the_objects_is_not_listed() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).await.unwrap();
    std::fs::create_dir_all(folder.path().join("objects/lost+found/x")).unwrap();
    std::fs::create_dir_all(folder.path().join("objects/00/ff")).unwrap();
    std::fs::write(folder.path().join("objects/00/ff/README"), b"").unwrap();
    std::fs::write(folder.path().join("objects/README"), b"").unwrap();
    assert_eq!(store.list(None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn an_erased_object_is_gone_and_erasing_twice_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = FolderStore::open(folder.path()).await.unwrap();
    let (gone, stays) = (ObjectKey::from_bytes([1; 16]), ObjectKey::from_bytes([2; 16]));
    for key in [gone, stays] {
        store.put(key, vault::contract::pieces(vec!["bytes".into()])).await.unwrap();
    }
    let eraser = FolderEraser::new(folder.path());
    assert_eq!(eraser.erase(gone).await.unwrap(), Erased::Gone);
    assert_eq!(eraser.erase(gone).await.unwrap(), Erased::Absent);
    assert_eq!(eraser.erase(ObjectKey::from_bytes([3; 16])).await.unwrap(), Erased::Absent);
    assert!(matches!(store.size(gone).await, Err(VaultError::NotFound(_))));
    assert_eq!(store.list(None, 10).await.unwrap(), [stays]);
}

#[test]
fn a_key_is_read_only_from_its_own_writing() {
    for wrong in ["", "../../../../etc/passwd", "00FF10203040506070800000000000AA", "00ff1020304050607080000000000aa"] {
        assert!(wrong.parse::<ObjectKey>().is_err(), "{wrong}");
    }
}
