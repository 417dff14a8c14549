//! Who else reads a person's record, or stands for them, on SQLite.

use super::catalogue::{fact, reading};
use super::journal::{part, read};
use super::rows::{Columns, Doing, id_bytes, json, micros};
use super::scene::Scene;
use super::{SqliteCatalogue, patients, statements};
use crate::model::{EmergencyReview, GroupId, PatientId, Relation, RelationKind, RequestEnd};
use crate::{RecordError, Relations, StoredRelation};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A fact about a relation, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
enum RelationFact {
    Declared { relation: Box<Relation> },
    Ended { relation: Uuid, end: RequestEnd },
    Reviewed { relation: Uuid, review: EmergencyReview },
}

#[async_trait]
impl Relations for SqliteCatalogue {
    async fn relation_put(&self, group: GroupId, relation: Relation) -> Result<(), RecordError> {
        fact!(self, db => {
            if by_id(db, group, relation.relation).await?.is_none() {
                if let Some(reason) = relation.impossible() {
                    return Err(RecordError::Refused { reason });
                }
                if patients::by_id(db, group, relation.patient).await?.is_none() {
                    return Err(RecordError::NotFound { what: "patient" });
                }
                state(db, self.scene(group), &RelationFact::Declared { relation: Box::new(relation) }).await?;
            }
        })
    }

    async fn relation_end(&self, group: GroupId, relation: Uuid, end: RequestEnd) -> Result<Relation, RecordError> {
        fact!(self, db => {
            let known = found(db, group, relation).await?;
            if known.end.is_some() || end.words.trim().is_empty() {
                return Err(RecordError::Refused { reason: "a relation is ended once, in words" });
            }
            state(db, self.scene(group), &RelationFact::Ended { relation, end }).await?;
            found(db, group, relation).await?
        })
    }

    async fn relation_review(
        &self,
        group: GroupId,
        relation: Uuid,
        review: EmergencyReview,
    ) -> Result<Relation, RecordError> {
        fact!(self, db => {
            let known = found(db, group, relation).await?;
            let emergency = matches!(known.what, RelationKind::Emergency { .. });
            if !emergency || known.review.is_some() || review.words.trim().is_empty() {
                return Err(RecordError::Refused { reason: "an emergency opening is reviewed once, in words" });
            }
            state(db, self.scene(group), &RelationFact::Reviewed { relation, review }).await?;
            found(db, group, relation).await?
        })
    }

    async fn relation(&self, group: GroupId, relation: Uuid) -> Result<Relation, RecordError> {
        reading!(self, db => found(db, group, relation).await?)
    }

    async fn relations(&self, group: GroupId, patient: PatientId) -> Result<Vec<StoredRelation>, RecordError> {
        let sql = "SELECT told_for, body FROM relation WHERE group_id = ?1 AND patient_id IN (
                SELECT ?2 UNION SELECT patient_id FROM patient WHERE group_id = ?1 AND merged_into = ?2)
             ORDER BY made_at, relation_id";
        reading!(self, db => {
            let rows = sqlx::query(sql).bind(group.0).bind(id_bytes(patient.0)).fetch_all(db).await;
            let stored = |row: &SqliteRow| -> Result<StoredRelation, RecordError> {
                let told_for = row.id_or_none("told_for")?.map(PatientId);
                Ok(StoredRelation { relation: row.value("body")?, told_for })
            };
            rows.doing("reading relations")?.iter().map(stored).collect::<Result<Vec<_>, _>>()?
        })
    }

    async fn emergencies(&self, group: GroupId, waiting: bool, limit: u32) -> Result<Vec<Relation>, RecordError> {
        // What waits goes from the oldest, what is done from the latest.
        let sql = "SELECT body FROM relation
             WHERE group_id = ?1 AND waiting = ?2 AND json_extract(body, '$.what.kind') = 'emergency'
             ORDER BY CASE WHEN ?2 THEN made_at ELSE -made_at END LIMIT ?3";
        reading!(self, db => {
            let rows = sqlx::query(sql).bind(group.0).bind(waiting).bind(limit).fetch_all(db).await;
            rows.doing("reading emergency openings")?.iter().map(|row| row.value("body")).collect::<Result<_, _>>()?
        })
    }

    async fn relation_told(&self, group: GroupId, relation: Uuid, patient: PatientId) -> Result<(), RecordError> {
        fact!(self, db => {
            sqlx::query("UPDATE relation SET told_for = ?3 WHERE group_id = ?1 AND relation_id = ?2")
                .bind(group.0)
                .bind(id_bytes(relation))
                .bind(id_bytes(patient.0))
                .execute(&mut *db)
                .await
                .doing("noting that a relation is told")?;
        })
    }
}

/// Journals a fact and writes it.
async fn state(db: &mut SqliteConnection, scene: Scene<'_>, fact: &RelationFact) -> Result<(), RecordError> {
    scene.journal(db, &value!({ "v": 1, "kind": "relation", "relation": fact })).await?;
    write(db, scene, fact).await
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &read(part(body, "relation")?)?).await
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &RelationFact) -> Result<(), RecordError> {
    let relation = match fact {
        RelationFact::Declared { relation } => Some(relation.as_ref().clone()),
        RelationFact::Ended { relation, end } => by_id(db, scene.group, *relation).await?.map(|mut known| {
            known.end = Some(end.clone());
            known
        }),
        RelationFact::Reviewed { relation, review } => by_id(db, scene.group, *relation).await?.map(|mut known| {
            known.review = Some(review.clone());
            known
        }),
    };
    let Some(relation) = relation else { return Ok(()) };
    put(db, scene, &relation).await?;
    if relation.what.crosses() {
        statements::ask_exams_of(db, scene, relation.patient.0).await?;
    }
    Ok(())
}

/// As it stands; the other side has to be told again.
async fn put(db: &mut SqliteConnection, scene: Scene<'_>, relation: &Relation) -> Result<(), RecordError> {
    let waiting = matches!(relation.what, RelationKind::Emergency { .. }) && relation.review.is_none();
    sqlx::query(
        "INSERT INTO relation (group_id, relation_id, patient_id, waiting, made_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (group_id, relation_id)
         DO UPDATE SET waiting = excluded.waiting, body = excluded.body, told_for = NULL",
    )
    .bind(scene.group.0)
    .bind(id_bytes(relation.relation))
    .bind(id_bytes(relation.patient.0))
    .bind(waiting)
    .bind(micros(relation.at))
    .bind(json(relation)?)
    .execute(db)
    .await
    .doing("writing a relation")?;
    Ok(())
}

async fn found(db: &mut SqliteConnection, group: GroupId, relation: Uuid) -> Result<Relation, RecordError> {
    by_id(db, group, relation).await?.ok_or(RecordError::NotFound { what: "relation" })
}

async fn by_id(db: &mut SqliteConnection, group: GroupId, relation: Uuid) -> Result<Option<Relation>, RecordError> {
    let row = sqlx::query("SELECT body FROM relation WHERE group_id = ?1 AND relation_id = ?2")
        .bind(group.0)
        .bind(id_bytes(relation))
        .fetch_optional(db)
        .await
        .doing("reading a relation")?;
    row.map(|row| row.value("body")).transpose()
}
