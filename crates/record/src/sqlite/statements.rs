//! Who may see what, on SQLite.

use super::catalogue::{fact, reading};
use super::rows::{Columns, Doing, from_json, id_bytes, json, signed};
use super::scene::Scene;
use super::{SqliteCatalogue, exam_row, journal};
use crate::model::{ExamId, GroupId, PatientId};
use crate::{RecordError, Statements, StoredStatement};
use ::exam::rights::{Origin, Statement, StatementId};
use async_trait::async_trait;
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;

#[async_trait]
impl Statements for SqliteCatalogue {
    async fn state(&self, group: GroupId, mut statement: Statement) -> Result<StatementId, RecordError> {
        fact!(self, db => {
            let scene = self.scene(group);
            if statement.id.origin == Origin::Archive {
                statement.id.sequence = next(db, group).await?;
            }
            if let Some(reason) = statement.impossible() {
                return Err(RecordError::Refused { reason });
            }
            match by_id(db, group, statement.id).await? {
                Some(known) if known != statement => {
                    return Err(RecordError::Refused { reason: "another statement bears this number" });
                }
                Some(_) => {}
                None => {
                    scene.journal(db, &value!({ "v": 1, "kind": "statement", "statement": statement })).await?;
                    write(db, scene, &statement).await?;
                }
            }
            statement.id
        })
    }

    async fn statements(&self, group: GroupId, person: PatientId) -> Result<Vec<StoredStatement>, RecordError> {
        reading!(self, db => about(db, group, person).await?)
    }

    async fn statement_told(&self, group: GroupId, id: StatementId, person: PatientId) -> Result<(), RecordError> {
        fact!(self, db => {
            sqlx::query("UPDATE statement SET told_for = ?4 WHERE group_id = ?1 AND origin = ?2 AND sequence = ?3")
                .bind(group.0)
                .bind(word(id.origin))
                .bind(signed(id.sequence))
                .bind(id_bytes(person.0))
                .execute(&mut *db)
                .await
                .doing("noting that a statement is told")?;
        })
    }

    async fn statements_untold(&self, group: GroupId) -> Result<(), RecordError> {
        fact!(self, db => {
            sqlx::query("UPDATE statement SET told_for = NULL WHERE group_id = ?1")
                .bind(group.0)
                .execute(&mut *db)
                .await
                .doing("noting that no statement is told")?;
        })
    }
}

fn word(origin: Origin) -> &'static str {
    match origin {
        Origin::Archive => "archive",
        Origin::Diffusion => "diffusion",
        Origin::Message => "message",
    }
}

async fn next(db: &mut SqliteConnection, group: GroupId) -> Result<u64, RecordError> {
    let sql = "SELECT 1 + COALESCE(MAX(sequence), 0) FROM statement WHERE group_id = ?1 AND origin = 'archive'";
    let next: i64 = sqlx::query_scalar(sql).bind(group.0).fetch_one(&mut *db).await.doing("numbering a statement")?;
    Ok(next.unsigned_abs())
}

async fn by_id(db: &mut SqliteConnection, group: GroupId, id: StatementId) -> Result<Option<Statement>, RecordError> {
    let body: Option<String> =
        sqlx::query_scalar("SELECT body FROM statement WHERE group_id = ?1 AND origin = ?2 AND sequence = ?3")
            .bind(group.0)
            .bind(word(id.origin))
            .bind(signed(id.sequence))
            .fetch_optional(&mut *db)
            .await
            .doing("looking for a statement")?;
    body.map(|body| from_json(&body, "statement")).transpose()
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, statement: &Statement) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO statement (group_id, origin, sequence, person, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (group_id, origin, sequence) DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(word(statement.id.origin))
    .bind(signed(statement.id.sequence))
    .bind(id_bytes(statement.person))
    .bind(json(statement)?)
    .execute(&mut *db)
    .await
    .doing("writing a statement")?;
    ask_exams_of(db, scene, statement.person).await
}

/// Has every exam of a person, of the record theirs was merged into too, looked at again.
pub(crate) async fn ask_exams_of(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    person: uuid::Uuid,
) -> Result<(), RecordError> {
    let exams: Vec<Vec<u8>> = sqlx::query_scalar(
        "SELECT exam_id FROM exam WHERE group_id = ?1 AND gone = 0
           AND patient_id IN (SELECT ?2 UNION SELECT merged_into FROM patient WHERE group_id = ?1 AND patient_id = ?2)",
    )
    .bind(scene.group.0)
    .bind(id_bytes(person))
    .fetch_all(&mut *db)
    .await
    .doing("looking for a person's exams")?;
    for exam in exams {
        exam_row::ask(db, scene, ExamId(super::rows::uuid(&exam)?), &["publish"]).await?;
    }
    Ok(())
}

async fn about(
    db: &mut SqliteConnection,
    group: GroupId,
    person: PatientId,
) -> Result<Vec<StoredStatement>, RecordError> {
    let rows = sqlx::query(
        "SELECT told_for, body FROM statement WHERE group_id = ?1
           AND person IN (SELECT ?2 UNION SELECT patient_id FROM patient WHERE group_id = ?1 AND merged_into = ?2)",
    )
    .bind(group.0)
    .bind(id_bytes(person.0))
    .fetch_all(db)
    .await
    .doing("reading statements")?;
    let read = |row: &sqlx::sqlite::SqliteRow| -> Result<StoredStatement, RecordError> {
        let told_for = row.id_or_none("told_for")?.map(PatientId);
        Ok(StoredStatement { statement: from_json(row.col("body")?, "statement")?, told_for })
    };
    let mut all = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|one| (one.statement.made_at, one.statement.id));
    Ok(all)
}

/// Writes a journalled statement again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &journal::read(journal::part(body, "statement")?)?).await
}
