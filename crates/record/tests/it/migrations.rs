//! Every past version of the tables is brought up to date, cut off anywhere, and left alone when it is a later one.

use crate::fixture::*;
use record::*;
use sqlx::migrate::Migrator;
use std::sync::Arc;
use testkit::{FakeClock, SeededRandom};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

#[tokio::test]
async fn each_past_version_is_brought_up_to_date_with_every_row() {
    testkit::migrations::upgraded_from_every_version(&MIGRATIONS, &[]).await;
}

#[tokio::test]
async fn an_upgrade_killed_anywhere_leaves_one_version_or_the_next_and_is_finished_later() {
    testkit::migrations::killed_anywhere(&MIGRATIONS, &[]).await;
}

#[tokio::test]
async fn a_record_of_a_later_program_is_refused_and_left_as_it_is() {
    for table in ["_sqlx_migrations", "work_migration"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.sqlite");
        let open = || {
            let (clock, random) = (Arc::new(FakeClock::at(NOON)), Arc::new(SeededRandom::new(1)));
            SqliteCatalogue::open(&path, settings(), clock, random)
        };
        open().await.unwrap().close().await;
        record::sqlite::known(&path).await.unwrap();
        testkit::migrations::from_the_future(&path, table).await;
        let before = std::fs::read(&path).unwrap();
        let refused = open().await.err().unwrap();
        assert!(matches!(refused, RecordError::Newer(9999)), "{refused:?}");
        assert!(matches!(record::sqlite::known(&path).await, Err(RecordError::Newer(9999))));
        assert!(refused.to_string().contains("written by a newer program"), "{refused}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
