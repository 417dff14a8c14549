//! A database's migrations tried from every past version, and cut off anywhere.

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Virtual machine instructions of SQLite between two looks at the files.
const EACH_INSTRUCTIONS: i32 = 3;

/// What the file holds as it is at one moment: the database and its write-ahead log.
type Files = (Vec<u8>, Vec<u8>);

/// For each past version of the database: made with that version's tables and a row in each, brought up to date, it has
/// the tables of a new one and still every row. Tables in `dropped` lose theirs on the way.
pub async fn upgraded_from_every_version(migrator: &Migrator, dropped: &[&str]) {
    let fresh = schema(&mut new_database(migrator, i64::MAX).await.1).await;
    for version in versions(migrator) {
        let (_folder, mut database) = new_database(migrator, version).await;
        fill(&mut database).await;
        let before = rows(&mut database).await;
        migrator.run(&mut database).await.unwrap_or_else(|error| panic!("from {version}: {error}"));
        assert_eq!(schema(&mut database).await, fresh, "from {version}");
        kept(&before, &rows(&mut database).await, dropped, version);
    }
}

/// The files as another process would find them if this one were killed, at many moments of every upgrade: each of them
/// is a database of one version or the next, never one in between, and the next start finishes it.
pub async fn killed_anywhere(migrator: &Migrator, dropped: &[&str]) {
    let fresh = schema(&mut new_database(migrator, i64::MAX).await.1).await;
    let mut whole: BTreeMap<i64, String> = BTreeMap::new();
    for version in versions(migrator) {
        whole.insert(version, schema(&mut new_database(migrator, version).await.1).await);
    }
    let first = *whole.keys().next().expect("there are migrations");
    let (folder, mut database) = new_database(migrator, first).await;
    fill(&mut database).await;
    let before = rows(&mut database).await;
    let seen = watched(migrator, &mut database, &folder.path().join("database")).await;
    assert!(seen.len() >= whole.len(), "{} moments are too few", seen.len());
    for files in seen {
        let found = tempfile::tempdir().unwrap();
        let path = found.path().join("database");
        std::fs::write(&path, &files.0).unwrap();
        std::fs::write(path.with_file_name("database-wal"), &files.1).unwrap();
        let mut database = open(&path).await;
        let at = applied(&mut database).await;
        assert_eq!(Some(&schema(&mut database).await), whole.get(&at), "killed at {at}");
        migrator.run(&mut database).await.unwrap_or_else(|error| panic!("killed at {at}: {error}"));
        assert_eq!(schema(&mut database).await, fresh, "killed at {at}");
        kept(&before, &rows(&mut database).await, dropped, at);
    }
}

/// States that a later program has brought the database further than this one knows.
pub async fn from_the_future(path: &Path, table: &str) {
    let mut database = open(path).await;
    let row = format!(
        "INSERT INTO {table} (version, description, success, checksum, execution_time) VALUES (9999, 'later', 1, x'00', 0)"
    );
    sqlx::query(AssertSqlSafe(row)).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

fn versions(migrator: &Migrator) -> Vec<i64> {
    migrator.iter().map(|migration| migration.version).collect()
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(false)
        .connect()
        .await
        .unwrap()
}

async fn new_database(migrator: &Migrator, version: i64) -> (tempfile::TempDir, SqliteConnection) {
    let folder = tempfile::tempdir().unwrap();
    let mut database = open(&folder.path().join("database")).await;
    let last = versions(migrator).into_iter().filter(|known| *known <= version).max().expect("a version");
    migrator.run_to(last, &mut database).await.unwrap();
    (folder, database)
}

/// Upgrades while the files are looked at every few instructions; what was seen, and each growth of the log cut short.
async fn watched(migrator: &Migrator, database: &mut SqliteConnection, path: &Path) -> Vec<Files> {
    let seen: Arc<Mutex<Vec<Files>>> = Arc::default();
    let (into, files, mut last) = (Arc::clone(&seen), [path.to_owned(), path.with_file_name("database-wal")], None);
    database.lock_handle().await.unwrap().set_progress_handler(EACH_INSTRUCTIONS, move || {
        let written = files
            .each_ref()
            .map(|path| std::fs::metadata(path).and_then(|data| Ok((data.len(), data.modified()?))).ok());
        if last.replace(written) != Some(written) {
            let [database, log] = files.each_ref().map(|path| std::fs::read(path).unwrap_or_default());
            into.lock().unwrap().push((database, log));
        }
        true
    });
    migrator.run(&mut *database).await.unwrap();
    database.lock_handle().await.unwrap().remove_progress_handler();
    let mut seen = seen.lock().unwrap().clone();
    for pair in seen.clone().windows(2) {
        if let [(_, before), (database, log)] = pair
            && log.len() > before.len()
        {
            seen.push((database.clone(), log[..before.len().midpoint(log.len())].to_vec()));
        }
    }
    seen
}

/// The last migration that the database says it has.
async fn applied(database: &mut SqliteConnection) -> i64 {
    let row = sqlx::query("SELECT max(version) FROM _sqlx_migrations").fetch_one(database).await.unwrap();
    row.get(0)
}

async fn schema(database: &mut SqliteConnection) -> String {
    let sql = "SELECT type || ' ' || name || ': ' || coalesce(sql, '') FROM sqlite_master ORDER BY 1";
    let rows = sqlx::query(sql).fetch_all(database).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0)).collect::<Vec<_>>().join("\n")
}

async fn tables(database: &mut SqliteConnection) -> Vec<(String, String)> {
    let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'table'
               AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY name";
    let rows = sqlx::query(sql).fetch_all(database).await.unwrap();
    rows.iter().map(|row| (row.get("name"), row.get("sql"))).collect()
}

async fn columns(database: &mut SqliteConnection, table: &str) -> Vec<(String, String)> {
    let of = |row: &SqliteRow| (row.get("name"), row.get("type"));
    let rows = sqlx::query("SELECT name, type FROM pragma_table_info(?)").bind(table).fetch_all(database).await;
    rows.unwrap().iter().map(of).collect()
}

/// One row in each table that has none: a value that each column's type and check allow.
async fn fill(database: &mut SqliteConnection) {
    for (table, sql) in tables(database).await {
        let columns = columns(database, &table).await;
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let values: Vec<String> = columns.iter().map(|(name, kind)| allowed(&sql, name, kind)).collect();
        let row = format!("INSERT OR IGNORE INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", "));
        let done = sqlx::query(AssertSqlSafe(row)).execute(&mut *database).await;
        done.unwrap_or_else(|error| panic!("a row in {table}: {error}"));
    }
}

/// The first value of the column's `CHECK (column IN ('first', …))`, or one of its type; a body is JSON.
fn allowed(table: &str, column: &str, kind: &str) -> String {
    let choice = format!("CHECK ({column} IN (");
    let chosen = table.split_once(&choice).and_then(|(_, rest)| rest.split([',', ')']).next());
    match (chosen, kind) {
        (Some(value), _) => value.to_owned(),
        (None, "INTEGER") => "1".to_owned(),
        (None, "BLOB") => "x'01'".to_owned(),
        (None, _) if column == "body" => "'{}'".to_owned(),
        (None, _) => "'one'".to_owned(),
    }
}

/// Every row as text, by table: column and value.
type Rows = BTreeMap<String, Vec<BTreeMap<String, String>>>;

async fn rows(database: &mut SqliteConnection) -> Rows {
    let mut all = Rows::new();
    for (table, _) in tables(database).await {
        let columns = columns(database, &table).await;
        let shown: Vec<String> = columns.iter().map(|(name, _)| format!("quote({name})")).collect();
        let sql = format!("SELECT {} FROM {table}", shown.join(", "));
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *database).await.unwrap();
        let row = |row: &SqliteRow| {
            columns.iter().enumerate().map(|(at, (name, _))| (name.clone(), row.get::<String, _>(at))).collect()
        };
        all.insert(table, rows.iter().map(row).collect());
    }
    all
}

/// Every row of before is there with the values it had, in the columns that are still there.
fn kept(before: &Rows, after: &Rows, dropped: &[&str], version: i64) {
    for (table, old) in before.iter().filter(|(table, _)| !dropped.contains(&table.as_str())) {
        let new = after.get(table).unwrap_or_else(|| panic!("{table} is gone, from {version}"));
        for row in old {
            let same = |one: &BTreeMap<String, String>| {
                one.iter().all(|(column, value)| row.get(column).is_none_or(|known| known == value))
            };
            assert!(new.iter().any(same), "a row of {table} is not as it was, from {version}");
        }
    }
}
