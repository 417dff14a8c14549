//! Where an exam stands on the archive side (`exam::lifecycle`), kept in its row so that lists find it.

use super::retentions::{self, RetentionFact};
use super::rows::{Columns, Doing, id_bytes, micros};
use super::scene::Scene;
use crate::RecordError;
use crate::model::ExamId;
use sqlx::SqliteConnection;

/// The state by the row's own columns; what still lies in the landing log makes the others wait.
const STATE: &str = "UPDATE exam SET state = CASE WHEN destroyed_at IS NOT NULL THEN 'destroyed'
            WHEN unsealed > 0 THEN 'landed' WHEN legal_holds > 0 THEN 'held'
            WHEN doomed_at IS NOT NULL THEN 'doomed' ELSE 'sealed' END
     WHERE group_id = ?1 AND exam_id = ?2";

/// Open holds, its own and its patient's, those of records merged into the patient's included.
const HOLDS: &str = "UPDATE exam SET legal_holds =
        (SELECT COUNT(*) FROM retention_hold INDEXED BY hold_exam
            WHERE group_id = ?1 AND exam_id = ?2 AND released IS NULL)
      + (SELECT COUNT(*) FROM retention_hold INDEXED BY hold_patient
            WHERE group_id = ?1 AND released IS NULL AND patient_id IN (SELECT exam.patient_id UNION ALL
                SELECT patient_id FROM patient INDEXED BY patient_merged
                WHERE group_id = ?1 AND merged_into = exam.patient_id))
     WHERE group_id = ?1 AND exam_id = ?2";

/// Writes holds and state, and takes a doomed exam back that may not go any more.
pub(crate) async fn refresh(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<(), RecordError> {
    run(db, scene, exam, HOLDS).await?;
    state(db, scene, exam).await
}

/// Writes the state of an exam whose holds have not changed.
pub(crate) async fn state(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId) -> Result<(), RecordError> {
    run(db, scene, exam, STATE).await?;
    let row = sqlx::query(
        "SELECT doomed_list, unsealed FROM exam
         WHERE group_id = ?1 AND exam_id = ?2 AND doomed_at IS NOT NULL AND destroyed_at IS NULL
           AND (legal_holds > 0 OR unsealed > 0)",
    )
    .bind(scene.group.0)
    .bind(id_bytes(exam.0))
    .fetch_optional(&mut *db)
    .await
    .doing("reading where an exam stands")?;
    // What follows from a fact is journalled by itself: replaying finds it there.
    let Some(row) = row.filter(|_| !scene.replaying) else { return Ok(()) };
    let unsealed: u64 = row.number("unsealed")?;
    let reason = if unsealed > 0 { "retention-late-image" } else { "retention-held" };
    let fact = RetentionFact::TakenOff {
        list: row.id("doomed_list")?,
        exam,
        by: "system".into(),
        reason: reason.into(),
        at: micros(scene.now),
    };
    // Boxed: writing it comes back here once, when nothing is doomed any more.
    Box::pin(retentions::state(db, scene, &fact)).await
}

async fn run(db: &mut SqliteConnection, scene: Scene<'_>, exam: ExamId, sql: &'static str) -> Result<(), RecordError> {
    sqlx::query(sql)
        .bind(scene.group.0)
        .bind(id_bytes(exam.0))
        .execute(db)
        .await
        .doing("writing where an exam stands")?;
    Ok(())
}
