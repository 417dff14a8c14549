//! Transmissions to partners, from planned to acknowledged.

use super::catalogue::{fact, reading};
use super::journal::{part, read};
use super::rows::{Columns, Doing, from_json, id_bytes, instant, json, micros};
use super::scene::Scene;
use super::{SqliteCatalogue, lifecycle, review, unmatched};
use crate::model::*;
use crate::{RecordError, Transmissions};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A fact about a transmission, as the journal keeps it. Instants are microseconds since 1970 in UTC.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
enum Fact {
    Planned {
        transmission: Uuid,
        exam: ExamId,
        partner: String,
        what: TransmissionKind,
        basis: String,
        body: Box<TransmissionBody>,
        held: Option<String>,
        at: i64,
    },
    Moved {
        transmission: Uuid,
        moved: TransmissionStep,
        at: i64,
    },
}

#[async_trait]
impl Transmissions for SqliteCatalogue {
    async fn transmission_plan(&self, group: GroupId, new: NewTransmission) -> Result<(), RecordError> {
        fact!(self, db => {
            let latest = latest(db, group, new.exam, &new.partner, new.kind).await?;
            if latest.is_none_or(|(_, basis)| basis != new.basis) {
                let NewTransmission { id, exam, partner, kind, basis, body, held, at } = new;
                let (basis, at, body) = (hex::encode(basis), micros(at), Box::new(body));
                let planned = Fact::Planned { transmission: id, exam, partner, what: kind, basis, body, held, at };
                state(db, self.scene(group), &planned).await?;
            }
        })
    }

    async fn transmission_step(
        &self,
        group: GroupId,
        transmission: Uuid,
        step: TransmissionStep,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            let known = by_id(db, group, transmission).await?;
            if allowed(&known, &step) {
                let moved = Fact::Moved { transmission, moved: step, at: micros(at) };
                state(db, self.scene(group), &moved).await?;
            }
        })
    }

    async fn transmission_later(
        &self,
        group: GroupId,
        transmission: Uuid,
        trouble: &str,
        due_at: OffsetDateTime,
        counted: bool,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            sqlx::query(
                "UPDATE transmission SET tries = tries + ?3, misses = CASE WHEN ?3 THEN 0 ELSE misses + 1 END, due_at = ?4, trouble = ?5
                 WHERE group_id = ?1 AND transmission_id = ?2",
            )
            .bind(group.0)
            .bind(id_bytes(transmission))
            .bind(counted)
            .bind(micros(due_at))
            .bind(trouble)
            .execute(db)
            .await
            .doing("noting a failed transmission")?;
        })
    }

    async fn transmission(&self, group: GroupId, transmission: Uuid) -> Result<Transmission, RecordError> {
        reading!(self, db => by_id(db, group, transmission).await?)
    }

    async fn transmissions_of(&self, group: GroupId, exam: ExamId) -> Result<Vec<Transmission>, RecordError> {
        reading!(self, db => {
            let rows = sqlx::query(
                "SELECT * FROM transmission INDEXED BY transmission_version
                 WHERE group_id = ?1 AND exam_id = ?2 ORDER BY position",
            )
            .bind(group.0)
            .bind(id_bytes(exam.0))
            .fetch_all(db)
            .await
            .doing("reading an exam's transmissions")?;
            rows.iter().map(transmission_of).collect::<Result<_, _>>()?
        })
    }

    async fn transmission_next(
        &self,
        group: GroupId,
        partner: &str,
        kind: TransmissionKind,
    ) -> Result<Option<Transmission>, RecordError> {
        reading!(self, db => {
            let row = sqlx::query(
                "SELECT * FROM transmission INDEXED BY transmission_queue
                 WHERE group_id = ?1 AND partner = ?2 AND kind = ?3 AND state = 'queued' ORDER BY position LIMIT 1",
            )
            .bind(group.0)
            .bind(partner)
            .bind(kind.key())
            .fetch_optional(db)
            .await
            .doing("reading a partner's queue")?;
            row.as_ref().map(transmission_of).transpose()?
        })
    }

    async fn transmissions_open(
        &self,
        group: GroupId,
        partner: &str,
        limit: u32,
    ) -> Result<Vec<Transmission>, RecordError> {
        reading!(self, db => {
            let mut open = Vec::new();
            for one in ["dead", "held", "queued", "sent"] {
                let rows = sqlx::query(
                    "SELECT * FROM transmission INDEXED BY transmission_partner
                     WHERE group_id = ?1 AND partner = ?2 AND state = ?3 ORDER BY position LIMIT ?4",
                )
                .bind(group.0)
                .bind(partner)
                .bind(one)
                .bind(limit)
                .fetch_all(&mut *db)
                .await
                .doing("reading a partner's open transmissions")?;
                open.extend(rows.iter().map(transmission_of).collect::<Result<Vec<_>, _>>()?);
            }
            open.truncate(limit as usize);
            open
        })
    }

    async fn transmission_queues(&self, group: GroupId) -> Result<Vec<TransmissionQueue>, RecordError> {
        reading!(self, db => unmatched::queues(db, group).await?)
    }

    async fn set_unmatched(
        &self,
        group: GroupId,
        exam: ExamId,
        structure: Option<&str>,
        at: OffsetDateTime,
    ) -> Result<(), RecordError> {
        fact!(self, db => unmatched::set(db, group, exam, structure, at).await?)
    }

    async fn unmatched_structures(&self, group: GroupId, limit: u32) -> Result<Vec<UnmatchedStructure>, RecordError> {
        reading!(self, db => unmatched::structures(db, group, limit).await?)
    }

    async fn unmatched_exams(
        &self,
        group: GroupId,
        after: Option<ExamId>,
        limit: u32,
    ) -> Result<Vec<ExamId>, RecordError> {
        reading!(self, db => unmatched::exams(db, group, after, limit).await?)
    }

    async fn set_reconciled(&self, group: GroupId, reconciled: Reconciled) -> Result<(), RecordError> {
        fact!(self, db => unmatched::set_reconciled(db, group, &reconciled).await?)
    }

    async fn reconciled(&self, group: GroupId, until: Date) -> Result<Vec<Reconciled>, RecordError> {
        reading!(self, db => unmatched::reconciled(db, group, until).await?)
    }
}

/// Whether a step may follow the present state.
fn allowed(known: &Transmission, step: &TransmissionStep) -> bool {
    use TransmissionState as S;
    use TransmissionStep as Step;
    match step {
        Step::Left => known.state == S::Queued && known.left_at.is_none(),
        Step::Queued { .. } => matches!(known.state, S::Held | S::Dead | S::Stopped | S::Sent),
        Step::Held { .. } => matches!(known.state, S::Queued | S::Held | S::Dead),
        Step::Dead { .. } => matches!(known.state, S::Queued | S::Sent),
        Step::Sent => known.state == S::Queued,
        // What a partner says it has, it has, whatever was decided meanwhile.
        Step::Acknowledged { .. } => known.left_at.is_some() && known.state != S::Acknowledged,
        Step::Stopped { .. } => matches!(known.state, S::Queued | S::Held | S::Dead | S::Sent),
        Step::Noticed | Step::NoticeAnswered { .. } => known.left_at.is_some(),
    }
}

/// Fills in its part of an exam's standing.
pub(crate) async fn stand(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    standing: &mut Standing,
) -> Result<(), RecordError> {
    let open: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM transmission INDEXED BY transmission_version
         WHERE group_id = ?1 AND exam_id = ?2 AND open = 1",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_one(db)
    .await
    .doing("counting an exam's open transmissions")?;
    standing.transmissions = super::rows::unsigned(open)?;
    Ok(())
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &read(part(body, "transmission")?)?).await
}

async fn state(db: &mut SqliteConnection, scene: Scene<'_>, fact: &Fact) -> Result<(), RecordError> {
    write(db, scene, fact).await?;
    scene.journal(db, &value!({ "v": 1, "kind": "transmission", "transmission": fact })).await?;
    Ok(())
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &Fact) -> Result<(), RecordError> {
    let exam = match fact {
        Fact::Planned { exam, partner, what, at, .. } => {
            supersede(db, scene.group, *exam, partner, *what, *at).await?;
            plan(db, scene.group, fact).await?;
            *exam
        }
        Fact::Moved { transmission, moved, at } => {
            let known = by_id(db, scene.group, *transmission).await?;
            step(db, scene.group, *transmission, moved, *at).await?;
            known.exam
        }
    };
    // It holds its exam while it is open.
    review::touch(db, scene, exam).await?;
    lifecycle::refresh(db, scene, exam).await
}

/// Earlier versions that are not done: what comes after them replaces them.
async fn supersede(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    partner: &str,
    kind: TransmissionKind,
    at: i64,
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE transmission SET state = 'superseded', open = 0, reason = NULL, at = ?5
         WHERE group_id = ?1 AND exam_id = ?2 AND partner = ?3 AND kind = ?4 AND open = 1",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .bind(partner)
    .bind(kind.key())
    .bind(at)
    .execute(db)
    .await
    .doing("superseding a transmission")?;
    Ok(())
}

async fn plan(db: &mut SqliteConnection, group: GroupId, fact: &Fact) -> Result<(), RecordError> {
    let Fact::Planned { transmission, exam, partner, what, basis, body, held, at } = fact else { return Ok(()) };
    let basis = hex::decode(basis).map_err(|_| RecordError::Damaged { what: "digest" })?;
    let state = if held.is_some() { TransmissionState::Held } else { TransmissionState::Queued };
    sqlx::query(
        "INSERT INTO transmission (group_id, transmission_id, exam_id, partner, kind, version, position, basis, body,
             state, open, reason, planned_at, at)
         VALUES (?1, ?2, ?3, ?4, ?5,
             1 + COALESCE((SELECT MAX(version) FROM transmission
                 WHERE group_id = ?1 AND exam_id = ?3 AND partner = ?4 AND kind = ?5), 0),
             1 + COALESCE((SELECT MAX(position) FROM transmission WHERE group_id = ?1), 0),
             ?6, ?7, ?8, 1, ?9, ?10, ?10)",
    )
    .bind(group.0)
    .bind(id_bytes(*transmission))
    .bind(id_bytes(exam.0))
    .bind(partner)
    .bind(what.key())
    .bind(basis)
    .bind(json(body)?)
    .bind(state.key())
    .bind(held.as_deref())
    .bind(*at)
    .execute(db)
    .await
    .doing("planning a transmission")?;
    Ok(())
}

async fn step(
    db: &mut SqliteConnection,
    group: GroupId,
    transmission: Uuid,
    step: &TransmissionStep,
    at: i64,
) -> Result<(), RecordError> {
    use TransmissionState as S;
    use TransmissionStep as Step;
    let (state, reason) = match step {
        Step::Left => return mark(db, group, transmission, "left_at", at).await,
        Step::Noticed => return mark(db, group, transmission, "noticed_at", at).await,
        Step::NoticeAnswered { answer, .. } => return answered(db, group, transmission, answer).await,
        Step::Queued { .. } => (S::Queued, None),
        Step::Sent => (S::Sent, None),
        Step::Held { reason } => (S::Held, Some(reason)),
        Step::Dead { reason } => (S::Dead, Some(reason)),
        Step::Stopped { reason, .. } => (S::Stopped, Some(reason)),
        Step::Acknowledged { how } => (S::Acknowledged, Some(how)),
    };
    // What is queued again begins again: at once, its tries forgotten.
    sqlx::query(
        "UPDATE transmission SET state = ?3, open = ?4, reason = ?5, at = ?6,
             tries = CASE WHEN ?3 = 'queued' THEN 0 ELSE tries END,
             misses = CASE WHEN ?3 = 'queued' THEN 0 ELSE misses END,
             due_at = CASE WHEN ?3 = 'queued' THEN 0 ELSE due_at END
         WHERE group_id = ?1 AND transmission_id = ?2",
    )
    .bind(group.0)
    .bind(id_bytes(transmission))
    .bind(state.key())
    .bind(state.is_open())
    .bind(reason)
    .bind(at)
    .execute(db)
    .await
    .doing("moving a transmission on")?;
    Ok(())
}

async fn mark(
    db: &mut SqliteConnection,
    group: GroupId,
    transmission: Uuid,
    column: &'static str,
    at: i64,
) -> Result<(), RecordError> {
    let sql = match column {
        "left_at" => {
            "UPDATE transmission SET left_at = COALESCE(left_at, ?3) WHERE group_id = ?1 AND transmission_id = ?2"
        }
        _ => {
            "UPDATE transmission SET noticed_at = COALESCE(noticed_at, ?3) WHERE group_id = ?1 AND transmission_id = ?2"
        }
    };
    sqlx::query(sql)
        .bind(group.0)
        .bind(id_bytes(transmission))
        .bind(at)
        .execute(db)
        .await
        .doing("marking a transmission")?;
    Ok(())
}

async fn answered(
    db: &mut SqliteConnection,
    group: GroupId,
    transmission: Uuid,
    answer: &str,
) -> Result<(), RecordError> {
    sqlx::query("UPDATE transmission SET notice_answer = ?3 WHERE group_id = ?1 AND transmission_id = ?2")
        .bind(group.0)
        .bind(id_bytes(transmission))
        .bind(answer)
        .execute(db)
        .await
        .doing("keeping a partner's answer")?;
    Ok(())
}

/// State and basis of the latest version.
async fn latest(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    partner: &str,
    kind: TransmissionKind,
) -> Result<Option<(u32, [u8; 32])>, RecordError> {
    let row = sqlx::query(
        "SELECT version, basis FROM transmission WHERE group_id = ?1 AND exam_id = ?2 AND partner = ?3 AND kind = ?4
         ORDER BY version DESC LIMIT 1",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .bind(partner)
    .bind(kind.key())
    .fetch_optional(db)
    .await
    .doing("reading the latest transmission")?;
    row.map(|row| Ok((row.number("version")?, row.sha256("basis")?))).transpose()
}

async fn by_id(db: &mut SqliteConnection, group: GroupId, id: Uuid) -> Result<Transmission, RecordError> {
    let row = sqlx::query("SELECT * FROM transmission WHERE group_id = ?1 AND transmission_id = ?2")
        .bind(group.0)
        .bind(id_bytes(id))
        .fetch_optional(db)
        .await
        .doing("reading a transmission")?;
    row.as_ref().map(transmission_of).transpose()?.ok_or(RecordError::NotFound { what: "transmission" })
}

fn transmission_of(row: &SqliteRow) -> Result<Transmission, RecordError> {
    let at = |name| row.col::<Option<i64>>(name)?.map(instant).transpose();
    let word = |name| Ok::<_, RecordError>(format!("{:?}", row.col::<&str>(name)?));
    Ok(Transmission {
        id: row.id("transmission_id")?,
        exam: ExamId(row.id("exam_id")?),
        partner: row.col("partner")?,
        kind: from_json(&word("kind")?, "transmission")?,
        version: row.number("version")?,
        position: row.number("position")?,
        basis: row.sha256("basis")?,
        body: row.value("body")?,
        state: from_json(&word("state")?, "transmission")?,
        reason: row.col("reason")?,
        planned_at: row.at("planned_at")?,
        at: row.at("at")?,
        left_at: at("left_at")?,
        tries: row.number("tries")?,
        misses: row.number("misses")?,
        due_at: row.at("due_at")?,
        trouble: row.col("trouble")?,
        noticed_at: at("noticed_at")?,
        notice_answer: row.col("notice_answer")?,
    })
}
