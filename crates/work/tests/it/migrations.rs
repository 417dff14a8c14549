//! Every past version of the tables is brought up to date, cut off anywhere, and left alone when it is a later one.

use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

#[tokio::test]
async fn each_past_version_is_brought_up_to_date_with_every_row() {
    testkit::migrations::upgraded_from_every_version(&MIGRATIONS, &[]).await;
}

#[tokio::test]
async fn an_upgrade_killed_anywhere_leaves_one_version_or_the_next_and_is_finished_later() {
    testkit::migrations::killed_anywhere(&MIGRATIONS, &[]).await;
}
