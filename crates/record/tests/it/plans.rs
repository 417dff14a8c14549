//! The queries that run all day never read a whole table.

use crate::fixture::*;
use sqlx::{Connection, Row, SqliteConnection};

/// Every statement of the sources, with what it may scan: tables that hold only what is waiting or
/// one row per group.
const MAY_SCAN: [&str; 4] = ["tenant", "json_each", "job", "staff"];

fn statements() -> Vec<(String, String)> {
    let mut statements = Vec::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sqlite");
    let mut waiting = vec![std::path::PathBuf::from(folder)];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for literal in text.split('"').skip(1).step_by(2) {
            let sql = literal.trim();
            if ["SELECT ", "UPDATE ", "INSERT "].iter().any(|verb| sql.starts_with(verb)) {
                statements.push((name.clone(), sql.to_owned()));
            }
        }
    }
    statements
}

#[tokio::test]
async fn no_statement_of_the_record_reads_a_whole_table() {
    let bench = bench().await;
    let mut db = SqliteConnection::connect(&format!("sqlite://{}", bench.path().display())).await.unwrap();
    let statements = statements();
    assert!(statements.len() > 60, "only {} statements found", statements.len());
    let mut scans = Vec::new();
    for (file, sql) in statements {
        // The list's statement is put together from parts, and the offset column is quoted.
        if sql.ends_with("FROM exam") || !sql.contains("?1") || sql.contains("\\") || sql.ends_with("group_id =") {
            continue;
        }
        let plan = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"))).fetch_all(&mut db).await;
        for step in plan.unwrap_or_else(|error| panic!("{file}: {sql}: {error}")) {
            let detail: String = step.get("detail");
            let allowed = MAY_SCAN.iter().any(|table| detail.starts_with(&format!("SCAN {table}")));
            if detail.starts_with("SCAN ")
                && !allowed
                && !detail.contains("SCAN CONSTANT")
                // What is handed in with the statement, whatever it is called there.
                && !detail.contains("VIRTUAL TABLE")
                && !detail.contains("subquery")
            {
                scans.push(format!("{file}: {detail}: {sql}"));
            }
        }
    }
    assert!(scans.is_empty(), "{scans:#?}");
}
