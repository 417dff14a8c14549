//! What waits for a person.

use super::rows::{Doing, id_bytes, json, micros};
use super::scene::Scene;
use crate::RecordError;
use crate::model::ExamId;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a doubt's row says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DoubtBody {
    pub reasons: BTreeSet<String>,
    pub exams: Vec<ExamId>,
}

/// Opens the doubt about a report, or closes it.
pub(crate) async fn report(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    report: Uuid,
    candidates: Option<&Vec<ExamId>>,
) -> Result<(), RecordError> {
    match candidates {
        None => close(db, scene, "report", report).await,
        Some(exams) => {
            let reasons = BTreeSet::from(["report-fits-no-exam".to_owned()]);
            open(db, scene, "report", report, &DoubtBody { reasons, exams: exams.clone() }).await
        }
    }
}

/// Opens a doubt, or brings what it says up to date; it keeps its age.
pub(crate) async fn open(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    kind: &str,
    subject: Uuid,
    body: &DoubtBody,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO doubt (group_id, doubt_id, kind, subject, since, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (group_id, kind, subject) DO UPDATE SET
            since = CASE WHEN closed_at IS NULL THEN since ELSE excluded.since END,
            closed_at = NULL, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(id_bytes(scene.new_id()))
    .bind(kind)
    .bind(id_bytes(subject))
    .bind(micros(scene.now))
    .bind(json(body)?)
    .execute(db)
    .await
    .doing("opening a doubt")?;
    Ok(())
}

/// Closes a doubt if there is one.
pub(crate) async fn close(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    kind: &str,
    subject: Uuid,
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE doubt SET closed_at = ?4
         WHERE group_id = ?1 AND kind = ?2 AND subject = ?3 AND closed_at IS NULL",
    )
    .bind(scene.group.0)
    .bind(kind)
    .bind(id_bytes(subject))
    .bind(micros(scene.now))
    .execute(db)
    .await
    .doing("closing a doubt")?;
    Ok(())
}
