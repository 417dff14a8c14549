//! Figures about transmissions: queues, days, and the orders that no rule names.

use super::review::{date, day};
use super::rows::{Columns, Doing, from_json, id_bytes, instant, json, micros};
use crate::RecordError;
use crate::model::*;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use time::{Date, OffsetDateTime};

/// Each partner's figures by kind. A version that was superseded, or came before the latest, counts nowhere.
pub(crate) async fn queues(db: &mut SqliteConnection, group: GroupId) -> Result<Vec<TransmissionQueue>, RecordError> {
    let rows = sqlx::query(
        "SELECT partner, kind, COUNT(*) FILTER (WHERE state <> 'stopped') AS expected,
             COUNT(*) FILTER (WHERE state = 'acknowledged') AS acknowledged,
             COUNT(*) FILTER (WHERE state = 'queued') AS queued, COUNT(*) FILTER (WHERE state = 'sent') AS sent,
             COUNT(*) FILTER (WHERE state = 'held') AS held, COUNT(*) FILTER (WHERE state = 'dead') AS dead,
             COUNT(*) FILTER (WHERE state = 'stopped') AS stopped,
             MIN(planned_at) FILTER (WHERE state = 'queued') AS oldest
         FROM transmission AS one
         WHERE group_id = ?1 AND version = (SELECT MAX(version) FROM transmission AS later
             WHERE later.group_id = ?1 AND later.exam_id = one.exam_id AND later.partner = one.partner
               AND later.kind = one.kind)
         GROUP BY partner, kind ORDER BY partner, kind",
    )
    .bind(group.0)
    .fetch_all(db)
    .await
    .doing("counting transmissions")?;
    rows.iter().map(queue_of).collect()
}

fn queue_of(row: &SqliteRow) -> Result<TransmissionQueue, RecordError> {
    Ok(TransmissionQueue {
        partner: row.col("partner")?,
        kind: from_json(&format!("{:?}", row.col::<&str>("kind")?), "transmission")?,
        expected: row.number("expected")?,
        acknowledged: row.number("acknowledged")?,
        queued: row.number("queued")?,
        sent: row.number("sent")?,
        held: row.number("held")?,
        dead: row.number("dead")?,
        stopped: row.number("stopped")?,
        oldest: row.col::<Option<i64>>("oldest")?.map(instant).transpose()?,
    })
}

pub(crate) async fn set(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    structure: Option<&str>,
    at: OffsetDateTime,
) -> Result<(), RecordError> {
    // Nothing is written about the many that were never unmatched.
    let sql = match structure {
        Some(_) => {
            "INSERT INTO unmatched_order (group_id, exam_id, structure, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (group_id, exam_id) DO UPDATE SET structure = excluded.structure, at = excluded.at
                WHERE structure IS NOT excluded.structure"
        }
        None => "UPDATE unmatched_order SET structure = ?3, at = ?4 WHERE group_id = ?1 AND exam_id = ?2",
    };
    sqlx::query(sql)
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .bind(structure)
        .bind(micros(at))
        .execute(db)
        .await
        .doing("noting an order that no rule names")?;
    Ok(())
}

pub(crate) async fn structures(
    db: &mut SqliteConnection,
    group: GroupId,
    limit: u32,
) -> Result<Vec<UnmatchedStructure>, RecordError> {
    let rows = sqlx::query(
        "SELECT structure, COUNT(*) AS exams, MIN(at) AS since FROM unmatched_order
         WHERE group_id = ?1 AND structure IS NOT NULL GROUP BY structure ORDER BY exams DESC, structure LIMIT ?2",
    )
    .bind(group.0)
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading the structures that no rule names")?;
    let one = |row: &SqliteRow| {
        let (structure, exams) = (row.col("structure")?, row.number("exams")?);
        Ok(UnmatchedStructure { structure, exams, since: row.at("since")? })
    };
    rows.iter().map(one).collect()
}

pub(crate) async fn exams(
    db: &mut SqliteConnection,
    group: GroupId,
    after: Option<ExamId>,
    limit: u32,
) -> Result<Vec<ExamId>, RecordError> {
    let rows = sqlx::query(
        "SELECT exam_id FROM unmatched_order WHERE group_id = ?1 AND exam_id > ?2 AND structure IS NOT NULL
         ORDER BY exam_id LIMIT ?3",
    )
    .bind(group.0)
    .bind(after.map(|exam| id_bytes(exam.0)).unwrap_or_default())
    .bind(limit)
    .fetch_all(db)
    .await
    .doing("reading the exams whose structure no rule names")?;
    rows.iter().map(|row| row.id("exam_id").map(ExamId)).collect()
}

pub(crate) async fn set_reconciled(
    db: &mut SqliteConnection,
    group: GroupId,
    reconciled: &Reconciled,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO transmission_day (group_id, partner, day, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (group_id, partner, day) DO UPDATE SET body = excluded.body",
    )
    .bind(group.0)
    .bind(&reconciled.partner)
    .bind(day(reconciled.day))
    .bind(json(&reconciled.figures)?)
    .execute(db)
    .await
    .doing("keeping a day's reconciliation")?;
    Ok(())
}

pub(crate) async fn reconciled(
    db: &mut SqliteConnection,
    group: GroupId,
    until: Date,
) -> Result<Vec<Reconciled>, RecordError> {
    let rows = sqlx::query(
        "SELECT partner, day, body FROM transmission_day AS one
         WHERE group_id = ?1 AND day = (SELECT MAX(day) FROM transmission_day AS later
             WHERE later.group_id = ?1 AND later.partner = one.partner AND later.day <= ?2)
         ORDER BY partner",
    )
    .bind(group.0)
    .bind(day(until))
    .fetch_all(db)
    .await
    .doing("reading the latest reconciliations")?;
    let one = |row: &SqliteRow| {
        Ok(Reconciled { partner: row.col("partner")?, day: date(row.col("day")?)?, figures: row.value("body")? })
    };
    rows.iter().map(one).collect()
}
