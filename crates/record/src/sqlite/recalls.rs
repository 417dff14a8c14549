//! Recalls: from asked to ready.

use super::catalogue::{fact, reading};
use super::journal::{part, read};
use super::rows::{Columns, Doing, from_json, id_bytes, instant, json, micros, signed};
use super::scene::Scene;
use super::{SqliteCatalogue, publish};
use crate::model::{ExamId, GroupId, Recall, RecallReady, RecallState, RecallStep, RecallTime, Standing};
use crate::{Recalls, RecordError};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// Recalls, each with when its exam was last ready: by itself once it is, before that by the one before.
macro_rules! recalls_where {
    ($which:literal) => {
        concat!(
            "SELECT recall.*, (SELECT MAX(other.ready_at) FROM recall AS other
                 WHERE other.group_id = recall.group_id AND other.exam_id = recall.exam_id) AS last_ready
             FROM recall ",
            $which
        )
    };
}

/// A fact about a recall, as the journal keeps it. Instants are microseconds since 1970 in UTC.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
enum RecallFact {
    Asked { recall: Uuid, exam: ExamId, by: String, at: i64 },
    Found { recall: Uuid, ready_by: i64, size_bytes: u64, at: i64 },
    Verified { recall: Uuid, at: i64 },
    Failed { recall: Uuid, reason: String, given_up: bool, at: i64 },
    Ready { recall: Uuid, exam: ExamId, publication: Uuid, basis: String, at: i64, took_ms: i64 },
    Expired { exam: ExamId, at: i64 },
}

#[async_trait]
impl Recalls for SqliteCatalogue {
    async fn recall_ask(
        &self,
        group: GroupId,
        recall: Uuid,
        exam: ExamId,
        by: &str,
        at: OffsetDateTime,
    ) -> Result<Recall, RecordError> {
        fact!(self, db => {
            let asked = RecallFact::Asked { recall, exam, by: by.to_owned(), at: micros(at) };
            match known(db, group, recall, exam).await? {
                Some(known) => known,
                None => {
                    super::detail::exam(db, group, exam).await?;
                    state(db, self.scene(group), &asked).await?;
                    known(db, group, recall, exam).await?.ok_or(RecordError::NotFound { what: "recall" })?
                }
            }
        })
    }

    async fn recall_step(
        &self,
        group: GroupId,
        recall: Uuid,
        step: RecallStep,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        let at = micros(at);
        let step = match step {
            RecallStep::Found { ready_by, size_bytes } => {
                RecallFact::Found { recall, ready_by: micros(ready_by), size_bytes, at }
            }
            RecallStep::Verified => RecallFact::Verified { recall, at },
            RecallStep::Failed { reason, given_up } => RecallFact::Failed { recall, reason, given_up, at },
        };
        fact!(self, db => {
            if is_open(db, group, recall).await? {
                state(db, self.scene(group), &step).await?;
            }
        })
    }

    async fn recall_ready(&self, group: GroupId, exam: ExamId, ready: RecallReady) -> Result<(), RecordError> {
        let fact = RecallFact::Ready {
            recall: ready.recall,
            exam,
            publication: ready.publication,
            basis: hex::encode(ready.basis),
            at: micros(ready.at),
            took_ms: i64::try_from(ready.took.as_millis()).unwrap_or(i64::MAX),
        };
        fact!(self, db => state(db, self.scene(group), &fact).await?)
    }

    async fn open_recalls(&self, group: GroupId) -> Result<Vec<Recall>, RecordError> {
        reading!(self, db => {
            let rows = sqlx::query(recalls_where!("WHERE group_id = ?1 AND open = 1 ORDER BY asked_at, recall_id"))
                .bind(group.0)
                .fetch_all(db)
                .await
                .doing("reading the open recalls")?;
            rows.iter().map(recall_of).collect::<Result<_, _>>()?
        })
    }

    async fn recall_times(&self, group: GroupId, limit: u32) -> Result<Vec<RecallTime>, RecordError> {
        reading!(self, db => {
            let rows = sqlx::query(
                "SELECT size_bytes, took_ms FROM recall
                 WHERE group_id = ?1 AND ready_at IS NOT NULL AND size_bytes IS NOT NULL AND took_ms IS NOT NULL
                 ORDER BY ready_at DESC LIMIT ?2",
            )
            .bind(group.0)
            .bind(limit)
            .fetch_all(db)
            .await
            .doing("reading how long recalls took")?;
            rows.iter().map(time_of).collect::<Result<_, _>>()?
        })
    }

    async fn publication_expired(&self, group: GroupId, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError> {
        let fact = RecallFact::Expired { exam, at: micros(at) };
        fact!(self, db => state(db, self.scene(group), &fact).await?)
    }
}

/// Fills in its part of an exam's standing: the latest recall, an open one before any other.
pub(crate) async fn stand(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    standing: &mut Standing,
) -> Result<(), RecordError> {
    let row = sqlx::query(recalls_where!(
        "WHERE group_id = ?1 AND exam_id = ?2 ORDER BY open DESC, asked_at DESC, recall_id LIMIT 1"
    ))
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_optional(db)
    .await
    .doing("reading an exam's recall")?;
    standing.recall = row.as_ref().map(recall_of).transpose()?;
    Ok(())
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &read(part(body, "recall")?)?).await
}

async fn state(db: &mut SqliteConnection, scene: Scene<'_>, fact: &RecallFact) -> Result<(), RecordError> {
    write(db, scene, fact).await?;
    use RecallFact::{Asked, Failed, Ready};
    if let Asked { recall, .. } | Failed { recall, .. } | Ready { recall, .. } = fact {
        super::review::touch_recalled(db, scene, *recall).await?;
    }
    scene.journal(db, &value!({ "v": 1, "kind": "recall", "recall": fact })).await?;
    Ok(())
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &RecallFact) -> Result<(), RecordError> {
    match fact {
        RecallFact::Asked { recall, exam, by, at } => asked(db, scene, *recall, *exam, (by, *at)).await,
        RecallFact::Found { recall, ready_by, size_bytes, at } => {
            let found = Moved { state: RecallState::Found, at: *at, failure: None };
            moved(db, scene, *recall, &found).await?;
            sqlx::query("UPDATE recall SET ready_by = ?3, size_bytes = ?4 WHERE group_id = ?1 AND recall_id = ?2")
                .bind(scene.group.0)
                .bind(id_bytes(*recall))
                .bind(*ready_by)
                .bind(signed(*size_bytes))
                .execute(db)
                .await
                .doing("noting what a recall will read")?;
            Ok(())
        }
        RecallFact::Verified { recall, at } => {
            moved(db, scene, *recall, &Moved { state: RecallState::Verified, at: *at, failure: None }).await
        }
        RecallFact::Failed { recall, reason, given_up, at } => {
            let state = if *given_up { RecallState::Failed } else { RecallState::Asked };
            moved(db, scene, *recall, &Moved { state, at: *at, failure: Some(reason) }).await
        }
        RecallFact::Ready { recall, exam, publication, basis, at, took_ms } => {
            let basis = hex::decode(basis).map_err(|_| RecordError::Damaged { what: "digest" })?;
            publish::published(db, scene, *exam, *publication, &basis, *at).await?;
            moved(db, scene, *recall, &Moved { state: RecallState::Ready, at: *at, failure: None }).await?;
            sqlx::query("UPDATE recall SET ready_at = ?3, took_ms = ?4 WHERE group_id = ?1 AND recall_id = ?2")
                .bind(scene.group.0)
                .bind(id_bytes(*recall))
                .bind(*at)
                .bind(*took_ms)
                .execute(db)
                .await
                .doing("noting how long a recall took")?;
            Ok(())
        }
        RecallFact::Expired { exam, at } => {
            publish::withdrawn(db, scene, *exam, *at).await?;
            sqlx::query("UPDATE exam SET expired = 1 WHERE group_id = ?1 AND exam_id = ?2")
                .bind(scene.group.0)
                .bind(id_bytes(exam.0))
                .execute(db)
                .await
                .doing("noting the end of a time on line")?;
            Ok(())
        }
    }
}

async fn asked(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    recall: Uuid,
    exam: ExamId,
    (by, at): (&str, i64),
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO recall (group_id, recall_id, exam_id, state, open, asked_at, asked_by, at)
         VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?5)",
    )
    .bind(scene.group.0)
    .bind(id_bytes(recall))
    .bind(id_bytes(exam.0))
    .bind(json(&RecallState::Asked)?)
    .bind(at)
    .bind(by)
    .execute(&mut *db)
    .await
    .doing("asking for a recall")?;
    let job = work::NewJob {
        group: scene.group.0,
        kind: "recall".into(),
        key: exam.to_string(),
        asked_at: scene.now,
        due_at: scene.now,
    };
    Ok(work::enqueue(db, &job).await?)
}

struct Moved<'a> {
    state: RecallState,
    at: i64,
    failure: Option<&'a str>,
}

async fn moved(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    recall: Uuid,
    moved: &Moved<'_>,
) -> Result<(), RecordError> {
    let open = !matches!(moved.state, RecallState::Ready | RecallState::Failed);
    sqlx::query(
        "UPDATE recall SET state = ?3, open = ?4, at = ?5, failure = ?6 WHERE group_id = ?1 AND recall_id = ?2",
    )
    .bind(scene.group.0)
    .bind(id_bytes(recall))
    .bind(json(&moved.state)?)
    .bind(open)
    .bind(moved.at)
    .bind(moved.failure)
    .execute(db)
    .await
    .doing("moving a recall on")?;
    Ok(())
}

async fn is_open(db: &mut SqliteConnection, group: GroupId, recall: Uuid) -> Result<bool, RecordError> {
    let open: Option<bool> = sqlx::query_scalar("SELECT open FROM recall WHERE group_id = ?1 AND recall_id = ?2")
        .bind(group.0)
        .bind(id_bytes(recall))
        .fetch_optional(db)
        .await
        .doing("looking for a recall")?;
    Ok(open.unwrap_or(false))
}

/// This recall, or the one that is open for the exam.
async fn known(
    db: &mut SqliteConnection,
    group: GroupId,
    recall: Uuid,
    exam: ExamId,
) -> Result<Option<Recall>, RecordError> {
    let row = sqlx::query(recalls_where!(
        "WHERE group_id = ?1 AND (recall_id = ?2 OR (exam_id = ?3 AND open = 1)) ORDER BY recall_id = ?2 DESC LIMIT 1"
    ))
    .bind(group.0)
    .bind(id_bytes(recall))
    .bind(id_bytes(exam.0))
    .fetch_optional(db)
    .await
    .doing("looking for a recall")?;
    row.as_ref().map(recall_of).transpose()
}

fn recall_of(row: &SqliteRow) -> Result<Recall, RecordError> {
    let at = |name| row.col::<Option<i64>>(name)?.map(instant).transpose();
    Ok(Recall {
        recall: row.id("recall_id")?,
        exam: ExamId(row.id("exam_id")?),
        state: from_json(row.col("state")?, "recall")?,
        asked_at: row.at("asked_at")?,
        asked_by: row.col("asked_by")?,
        at: row.at("at")?,
        ready_by: at("ready_by")?,
        ready_at: at("last_ready")?,
        failure: row.col("failure")?,
        size_bytes: row.number_or_none("size_bytes")?,
    })
}

fn time_of(row: &SqliteRow) -> Result<RecallTime, RecordError> {
    Ok(RecallTime { size_bytes: row.number("size_bytes")?, took: Duration::from_millis(row.number("took_ms")?) })
}
