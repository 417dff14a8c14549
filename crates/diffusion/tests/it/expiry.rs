//! The end of an exam's time on line: at the instant, with or without a sweep, and what stays.

use crate::copies::shelved;
use crate::rig::{Exam, ONLINE_UNTIL, Rig, Sheet, is_open};
use diffusion::{Act, BlobName, Denied, DiffusionError, Look, SweepState};
use sha2::{Digest, Sha256};
use sqlx::{Connection, Row};
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
            assert_eq!(rig.sweep(ONLINE_UNTIL + Duration::DAY).await.unwrap().expired, 1);
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
    assert_eq!(rig.sweep(ONLINE_UNTIL - Duration::MICROSECOND).await.unwrap().expired, 0);
    assert_eq!(rig.sweep(ONLINE_UNTIL).await.unwrap().expired, 1);
    assert_eq!(shelved(&rig).len(), 1);
    assert_eq!(rig.sweep(ONLINE_UNTIL).await.unwrap().expired, 0, "once");
}

#[tokio::test]
async fn while_the_clock_of_erasers_is_in_doubt_nothing_is_erased_and_nothing_is_served() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.clock.jump_to(ONLINE_UNTIL);
    rig.clock.doubt(Some(ambient::ClockDoubt::WallJumped { seconds: 1 }));
    assert!(matches!(rig.server.sweep(&*rig.clock).await, Err(DiffusionError::Clock(_))));
    assert_eq!(shelved(&rig).len(), 1);
    let session = rig.session(&exam, &sheet).await;
    assert!(matches!(rig.server.look(&session).await.unwrap(), Look::Expired(_)), "access ends all the same");
}

#[tokio::test]
async fn bytes_whose_key_went_before_a_crash_go_with_the_next_sweep() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let folder = shelved(&rig).pop().unwrap();
    let kept = rig.folder.path().join("kept");
    std::fs::rename(&folder, &kept).unwrap();
    rig.sweep(ONLINE_UNTIL).await.unwrap();
    // As if the power had gone between the key and the bytes.
    std::fs::create_dir_all(folder.parent().unwrap()).unwrap();
    std::fs::rename(&kept, &folder).unwrap();
    let mut database = database(&rig).await;
    sqlx::query("UPDATE publication SET bytes_gone = 0").execute(&mut database).await.unwrap();
    assert_eq!(rig.sweep(ONLINE_UNTIL).await.unwrap().leftovers, 1);
    assert!(shelved(&rig).is_empty());
}

#[tokio::test]
async fn each_expired_copy_has_one_certificate_that_says_what_it_was_and_by_which_rule() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    rig.sweep(ONLINE_UNTIL - Duration::MICROSECOND).await.unwrap();
    assert_eq!(certificates(&rig, &exam).await, []);
    assert_eq!(rig.sweep(ONLINE_UNTIL).await.unwrap().certified, 1);
    assert_eq!(rig.sweep(ONLINE_UNTIL + Duration::DAY).await.unwrap().certified, 0, "once");
    let digests = exam.publication.blobs.iter().map(|blob| blob.sha256.as_str()).collect::<String>();
    let expected: BTreeMap<String, String> = [
        ("what", "web-copy".to_owned()),
        ("publication", exam.publication.publication.to_string()),
        ("rule", "online-24-months".to_owned()),
        ("online-until", "2028-11-25T23:00:00Z".to_owned()),
        ("blobs", hex::encode(Sha256::digest(digests))),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    assert_eq!(certificates(&rig, &exam).await, [expected]);
}

#[tokio::test]
async fn an_erasure_whose_certificate_was_lost_in_a_crash_is_certified_by_the_next_sweep() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    rig.trace.close().await.unwrap();
    assert!(rig.sweep(ONLINE_UNTIL).await.is_err(), "no trace, no certificate");
    assert!(shelved(&rig).is_empty(), "the bytes went all the same");
    let rig = rig.restart().await;
    assert_eq!(rig.sweep(ONLINE_UNTIL).await.unwrap().certified, 1);
    assert_eq!(certificates(&rig, &exam).await.len(), 1);
}

#[tokio::test]
async fn a_copy_that_was_over_when_it_was_replaced_is_certified_too() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    rig.clock.jump_to(ONLINE_UNTIL + Duration::DAY);
    rig.publish(&Exam::recalled(1, 2, ONLINE_UNTIL + Duration::DAY)).await;
    let swept = rig.sweep(ONLINE_UNTIL + Duration::DAY).await.unwrap();
    assert_eq!((swept.expired, swept.certified), (0, 1));
}

#[tokio::test]
async fn a_sweep_that_is_over_seven_days_late_is_an_alarm() {
    let rig = Rig::new().await;
    rig.publish(&Exam::new(1)).await;
    rig.clock.jump_to(ONLINE_UNTIL + Duration::days(7) - Duration::MICROSECOND);
    assert_eq!(rig.server.sweep_state().await.unwrap(), SweepState::default());
    rig.clock.jump_to(ONLINE_UNTIL + Duration::days(7));
    assert_eq!(rig.server.sweep_state().await.unwrap(), SweepState { overdue: 1, since: Some(ONLINE_UNTIL) });
    rig.sweep(ONLINE_UNTIL + Duration::days(7)).await.unwrap();
    assert_eq!(rig.server.sweep_state().await.unwrap(), SweepState::default());
}

async fn certificates(rig: &Rig, exam: &Exam) -> Vec<BTreeMap<String, String>> {
    let events = rig.trace.events_of_exam(exam.publication.exam, 100).await.unwrap();
    events.into_iter().filter(|event| event.kind == trace::Kind::Erase).map(|event| event.detail).collect()
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
    rig.sweep(ONLINE_UNTIL).await.unwrap();
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
