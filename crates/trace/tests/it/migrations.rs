//! Every past version of the tables is brought up to date, cut off anywhere, and left alone when it is a later one.

use crate::rig::*;
use sqlx::migrate::Migrator;
use trace::TraceError;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

#[tokio::test]
async fn each_past_version_is_brought_up_to_date_with_every_row() {
    testkit::migrations::upgraded_from_every_version(&MIGRATIONS, &["patient"]).await;
}

#[tokio::test]
async fn an_upgrade_killed_anywhere_leaves_one_version_or_the_next_and_is_finished_later() {
    testkit::migrations::killed_anywhere(&MIGRATIONS, &["patient"]).await;
}

#[tokio::test]
async fn a_log_of_a_later_program_is_refused_and_left_as_it_is() {
    let rig = rig().await;
    rig.trace.close().await.unwrap();
    let path = rig.data().join("events.sqlite");
    trace::known(&rig.data()).await.unwrap();
    testkit::migrations::from_the_future(&path, "_sqlx_migrations").await;
    let before = std::fs::read(&path).unwrap();
    let refused = open(rig.folder.path(), clock(), 8).await.err().unwrap();
    assert!(matches!(refused, TraceError::Newer(9999)), "{refused:?}");
    assert!(matches!(trace::known(&rig.data()).await, Err(TraceError::Newer(9999))));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
