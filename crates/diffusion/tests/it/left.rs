//! Everything that is left of an exam wiped by expiry: each table, each column, each file (design.md §1).

use crate::rig::{Exam, ONLINE_UNTIL, Rig, Sheet};
use diffusion::Act;
use sqlx::{Column, Connection, Row, ValueRef};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use time::Duration;

/// Every table, and of each the columns that hold anything once the exam was published, granted, opened, viewed,
/// recalled, expired and swept. A table or column that is not here fails the test: decide, then write it down.
const LEFT: &[(&str, &[&str])] = &[
    ("_sqlx_migrations", &["*"]),
    // No key opens anything but the expiry page.
    ("exam", &["group_id", "exam", "number_mac", "birth_mac", "online_until", "stub", "person", "traits_mac"]),
    (
        "publication",
        &[
            "group_id",
            "publication",
            "exam",
            "state",
            "announced",
            "committed_at",
            "ended_at",
            "bytes_gone",
            "expired_at",
            "rule",
            "blobs_sha",
            "leaf",
        ],
    ),
    (
        "sheet",
        &[
            "group_id",
            "sheet",
            "exam",
            "number_mac",
            "verifier",
            "qr_mac",
            "dead_from",
            "granted_at",
            "code_locked",
            "uses",
        ],
    ),
    ("recall", &["group_id", "recall", "exam", "stage", "asked_at", "said_at", "stage_at", "trying_again", "ended_at"]),
    // Nobody cares for the person, nor had an emergency.
    ("standing", &[]),
    ("emergency_tried", &[]),
    ("professional_notice", &[]),
    // Nobody stated anything. What is stated of a person outlives an exam: opaque ids and public numbers.
    ("statement", &[]),
    ("session", &[]),
    // No professional is named with this exam.
    ("professional_exam", &[]),
    // Whose it is, sealed, while it can be brought back: for a physician whom the patient designates later.
    ("professional_words", &["group_id", "exam", "words"]),
    ("professional_opened", &[]),
    ("professional_account", &[]),
    ("professional_session", &[]),
    ("professional_login", &[]),
    ("professional_standin", &[]),
    ("contact", &[]),
    ("one_time_code", &[]),
    ("share", &[]),
    ("bucket", &[]),
    // How often a number failed, by a keyed digest: it stands until its codes die.
    ("number_tried", &["group_id", "number_mac", "failures", "last_at"]),
    ("client", &[]),
    ("budget", &["group_id", "window_start", "failures"]),
    ("outbox", &[]),
    ("outbox_counter", &["group_id", "last"]),
];

/// Every file under the diffusion side's folder; `trace/` and the trace's keys are the trace's own.
const FILES: &[&str] =
    &["diffusion.sqlite", "diffusion.sqlite-shm", "diffusion.sqlite-wal", "keys/code.key", "keys/master.key"];

#[tokio::test]
async fn of_a_wiped_exam_each_table_column_and_file_is_on_the_list_and_nothing_readable_is_in_them() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    let grant = rig.server.grant(&session).await.unwrap();
    rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    rig.clock.jump_to(ONLINE_UNTIL + Duration::DAY);
    let session = rig.session(&exam, &sheet).await;
    rig.server.ask_recall(&session).await.unwrap();
    let again = Exam::recalled(1, 2, rig.server.now());
    rig.publish(&again).await;
    let over = again.publication.times.online_until + Duration::DAY;
    rig.clock.jump_to(over);
    link::DiffusionDoor::poll(&rig.server, 3, 100).await.unwrap();
    rig.sweep(over).await.unwrap();

    let filled = filled_columns(&rig).await;
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        LEFT.iter().map(|(table, columns)| (*table, columns.iter().copied().collect())).collect();
    assert_eq!(filled.keys().map(String::as_str).collect::<Vec<_>>(), allowed.keys().copied().collect::<Vec<_>>());
    for (table, columns) in &filled {
        if !allowed[table.as_str()].contains("*") {
            assert_eq!(columns.iter().map(String::as_str).collect::<BTreeSet<_>>(), allowed[table.as_str()], "{table}");
        }
    }
    assert_eq!(files(rig.folder.path()), FILES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>());
    nothing_readable(&rig, &exam);
}

/// No name, number, code, title, report, pixel or UID, in any file, the database's log included.
fn nothing_readable(rig: &Rig, exam: &Exam) {
    let publication = &exam.publication;
    let report = exam.blob(&diffusion::BlobName::Report);
    let pixels = &exam.blob(&diffusion::BlobName::Bundle(1))[1000..1032];
    let secrets: [(&str, &[u8]); 8] = [
        ("name", "LEFÈVRE".as_bytes()),
        ("title", publication.title.as_bytes()),
        ("site", publication.site.as_bytes()),
        ("number", publication.number.as_bytes()),
        ("report", &report[..16]),
        ("pixels", pixels),
        ("UID", b"1.2.840.10008"),
        ("online until, in words", b"2028-11-25"),
    ];
    for name in files(rig.folder.path()) {
        let bytes = std::fs::read(rig.folder.path().join(&name)).unwrap();
        for (what, secret) in secrets {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{what} stands in {name}");
        }
    }
}

async fn filled_columns(rig: &Rig) -> BTreeMap<String, BTreeSet<String>> {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(rig.folder.path().join("diffusion.sqlite"));
    let mut database = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            .fetch_all(&mut database)
            .await
            .unwrap();
    let mut filled = BTreeMap::new();
    for table in tables {
        let query = sqlx::query(sqlx::AssertSqlSafe(format!("SELECT * FROM {table}")));
        let rows = query.fetch_all(&mut database).await.unwrap();
        let columns = rows.iter().flat_map(|row| {
            let full = |column: &&sqlx::sqlite::SqliteColumn| !row.try_get_raw(column.ordinal()).unwrap().is_null();
            row.columns().iter().filter(full).map(|column| column.name().to_owned()).collect::<Vec<_>>()
        });
        filled.insert(table, columns.collect());
    }
    filled
}

fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if name == "trace" || name == "keys-of-trace" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(name);
            }
        }
    }
    found
}
