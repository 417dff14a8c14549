//! The end of an exam's time on line: at the instant, with or without a sweep, and what stays.

use crate::copies::shelved;
use crate::rig::{Exam, ONLINE_UNTIL, Rig, Sheet, is_open};
use diffusion::{Act, BlobName, Denied, DiffusionError, Look};
use sqlx::{Column, Connection, Row};
use std::collections::BTreeMap;
use time::Duration;

#[tokio::test]
async fn access_ends_at_the_instant_with_no_sweep_running() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.clock.jump_to(ONLINE_UNTIL - Duration::MICROSECOND);
    let session = rig.session(&exam, &sheet).await;
    let grant = rig.server.grant(&session).await.unwrap();
    let served = rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    assert!(rig.server.read_whole(served, &BlobName::Report).await.is_ok());
    rig.clock.jump_to(ONLINE_UNTIL);
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NotOnline)));
    assert!(matches!(rig.server.read_whole(served, &BlobName::Report).await, Err(DiffusionError::Gone)));
    assert!(matches!(rig.server.frame(served, 1, 1, 1).await, Err(DiffusionError::Gone)));
    assert!(rig.server.dicom_zip(served).await.is_err());
    let Look::Expired(page) = rig.server.look(&session).await.unwrap() else { panic!("no expiry page") };
    assert_eq!((page.title.as_str(), page.times), ("Scanner cérébral", exam.publication.times.clone()));
}

#[tokio::test]
async fn the_right_three_open_the_expiry_page_of_an_expired_exam_before_and_after_the_sweep() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.clock.jump_to(ONLINE_UNTIL + Duration::DAY);
    for swept in [false, true] {
        if swept {
            assert_eq!(rig.server.sweep(ONLINE_UNTIL + Duration::DAY).await.unwrap().expired, 1);
        }
        let session = rig.session(&exam, &sheet).await;
        assert!(matches!(rig.server.look(&session).await.unwrap(), Look::Expired(_)), "swept: {swept}");
        assert!(!is_open(&rig.open(&exam, "0000000000000", crate::rig::BORN, "192.0.2.1").await));
    }
}

#[tokio::test]
async fn the_sweep_takes_what_is_over_and_nothing_else() {
    let rig = Rig::new().await;
    let (over, going_on) = (Exam::new(1), {
        let mut exam = Exam::new(2);
        exam.publication.times.online_until = ONLINE_UNTIL + Duration::DAY;
        exam
    });
    rig.publish(&over).await;
    rig.publish(&going_on).await;
    assert_eq!(rig.server.next_expiry().await.unwrap(), Some(ONLINE_UNTIL));
    assert_eq!(rig.server.sweep(ONLINE_UNTIL - Duration::MICROSECOND).await.unwrap().expired, 0);
    assert_eq!(rig.server.sweep(ONLINE_UNTIL).await.unwrap().expired, 1);
    assert_eq!(shelved(&rig).len(), 1);
    assert_eq!(rig.server.sweep(ONLINE_UNTIL).await.unwrap().expired, 0, "once");
}

#[tokio::test]
async fn bytes_whose_key_went_before_a_crash_go_with_the_next_sweep() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let folder = shelved(&rig).pop().unwrap();
    let kept = rig.folder.path().join("kept");
    std::fs::rename(&folder, &kept).unwrap();
    rig.server.sweep(ONLINE_UNTIL).await.unwrap();
    // As if the power had gone between the key and the bytes.
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    std::fs::rename(&kept, &folder).unwrap();
    let mut database = database(&rig).await;
    sqlx::query("UPDATE publication SET bytes_gone = 0").execute(&mut database).await.unwrap();
    assert_eq!(rig.server.sweep(ONLINE_UNTIL).await.unwrap().leftovers, 1);
    assert!(shelved(&rig).is_empty());
}

/// Everything that is left of an exam wiped by expiry, column by column (design.md §1).
#[tokio::test]
async fn a_wiped_exam_leaves_a_stub_and_no_key_no_document_no_file() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.session(&exam, &sheet).await;
    rig.clock.jump_to(ONLINE_UNTIL + Duration::DAY);
    rig.server.sweep(ONLINE_UNTIL + Duration::DAY).await.unwrap();
    assert!(shelved(&rig).is_empty());
    let mut database = database(&rig).await;
    let mut filled = BTreeMap::new();
    for (table, query) in [
        ("exam", "SELECT * FROM exam"),
        ("publication", "SELECT * FROM publication"),
        ("sheet", "SELECT * FROM sheet"),
        ("session", "SELECT * FROM session"),
        ("bucket", "SELECT * FROM bucket"),
    ] {
        let rows = sqlx::query(query).fetch_all(&mut database).await.unwrap();
        let columns: Vec<String> = rows
            .iter()
            .flat_map(|row| {
                let full = |column: &&sqlx::sqlite::SqliteColumn| {
                    use sqlx::ValueRef;
                    !row.try_get_raw(column.ordinal()).unwrap().is_null()
                };
                row.columns().iter().filter(full).map(|column| column.name().to_owned()).collect::<Vec<_>>()
            })
            .collect();
        filled.insert(table, columns);
    }
    assert_eq!(filled["exam"], ["group_id", "exam", "number_mac", "birth_mac", "online_until", "stub"]);
    let ended = ["group_id", "publication", "exam", "state", "announced", "committed_at", "ended_at", "bytes_gone"];
    assert_eq!(filled["publication"], ended);
    assert_eq!(filled["session"], Vec::<String>::new());
    assert_eq!(filled["bucket"], Vec::<String>::new());
    assert_eq!(filled["sheet"].len(), 10);
}

#[tokio::test]
async fn an_erased_key_is_in_no_file_of_the_database() {
    let rig = Rig::new().await;
    rig.publish(&Exam::version(1, 1)).await;
    let first = wrapped_key(&rig).await;
    assert!(stands_in_the_database(&rig, &first));
    rig.publish(&Exam::version(1, 2)).await;
    assert!(!stands_in_the_database(&rig, &first), "replaced");
    let second = wrapped_key(&rig).await;
    assert!(stands_in_the_database(&rig, &second));
    rig.server.sweep(ONLINE_UNTIL).await.unwrap();
    assert!(!stands_in_the_database(&rig, &second), "expired");
}

async fn wrapped_key(rig: &Rig) -> Vec<u8> {
    let mut connection = database(rig).await;
    let query = "SELECT wrapped_key FROM publication WHERE wrapped_key IS NOT NULL";
    let wrapped = sqlx::query(query).fetch_one(&mut connection).await.unwrap().get(0);
    connection.close().await.unwrap();
    wrapped
}

fn stands_in_the_database(rig: &Rig, secret: &[u8]) -> bool {
    ["diffusion.sqlite", "diffusion.sqlite-wal"].iter().any(|name| {
        let bytes = std::fs::read(rig.folder.path().join(name)).unwrap_or_default();
        bytes.windows(secret.len()).any(|window| window == secret)
    })
}

async fn database(rig: &Rig) -> sqlx::SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(rig.folder.path().join("diffusion.sqlite"));
    sqlx::SqliteConnection::connect_with(&options).await.unwrap()
}
