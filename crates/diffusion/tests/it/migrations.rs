//! Every past version of the tables is brought up to date, cut off anywhere, and left alone when it is a later one.

use crate::rig::Rig;
use diffusion::{Diffusion, DiffusionError, NoRenderer, Ports, Settings};
use sqlx::migrate::Migrator;
use std::sync::Arc;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

#[tokio::test]
async fn each_past_version_is_brought_up_to_date_with_every_row() {
    testkit::migrations::upgraded_from_every_version(&MIGRATIONS, &["session"]).await;
}

#[tokio::test]
async fn an_upgrade_killed_anywhere_leaves_one_version_or_the_next_and_is_finished_later() {
    testkit::migrations::killed_anywhere(&MIGRATIONS, &["session"]).await;
}

#[tokio::test]
async fn a_database_of_a_later_program_is_refused_and_left_as_it_is() {
    let rig = Rig::new().await;
    let path = Settings::under(rig.folder.path(), "1").database;
    diffusion::known(&path).await.unwrap();
    testkit::migrations::from_the_future(&path, "_sqlx_migrations").await;
    let refused = diffusion::known(&path).await.unwrap_err();
    assert!(refused.to_string().contains("written by a newer program (migration 9999)"), "{refused}");
    let ports = Ports {
        clock: rig.clock.clone(),
        random: rig.random.clone(),
        trace: rig.trace.clone(),
        renderer: Arc::new(NoRenderer),
        fetch: None,
    };
    let before = std::fs::read(&path).unwrap();
    let started = Diffusion::start(Settings::under(rig.folder.path(), "1"), ports).await;
    assert!(matches!(started.err().unwrap(), DiffusionError::Newer(9999)));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}
