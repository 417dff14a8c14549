//! Rights and appointments on SQLite.

use super::catalogue::{fact, reading};
use super::journal::{part, read};
use super::rows::{Columns, Doing, id_bytes, json, micros};
use super::scene::Scene;
use super::{SqliteCatalogue, desk, found, messages};
use crate::model::*;
use crate::{NUMBER_GIVEN, Practices, RecordError};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;
use uuid::Uuid;

/// Longer than any appointment: how far before its beginning another one can still be under way.
const LONGEST_MINUTES: u16 = 12 * 60;

/// A fact of the desk, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
enum DeskFact {
    Coverage { coverage: Box<Coverage> },
    Appointment { appointment: Box<Appointment> },
    Step { appointment: Uuid, step: AppointmentStep },
}

#[async_trait]
impl Practices for SqliteCatalogue {
    async fn coverage_put(&self, group: GroupId, coverage: Coverage) -> Result<(), RecordError> {
        fact!(self, db => {
            if super::patients::by_id(db, group, coverage.patient).await?.is_none() {
                return Err(RecordError::NotFound { what: "patient" });
            }
            state(db, self.scene(group), &DeskFact::Coverage { coverage: Box::new(coverage) }).await?;
        })
    }

    async fn coverages(&self, group: GroupId, patient: PatientId) -> Result<Vec<Coverage>, RecordError> {
        let sql = "SELECT body FROM coverage WHERE group_id = ?1 AND patient_id IN (
                SELECT patient_id FROM patient WHERE group_id = ?1 AND ?2 IN (patient_id, merged_into) UNION
                SELECT merged_into FROM patient WHERE group_id = ?1 AND patient_id = ?2)";
        reading!(self, db => {
            let rows = sqlx::query(sql).bind(group.0).bind(id_bytes(patient.0)).fetch_all(db).await;
            let mut all: Vec<Coverage> = bodies(rows)?;
            all.sort_by_key(|coverage| coverage.at);
            all
        })
    }

    async fn patients_found(&self, group: GroupId, query: PatientQuery) -> Result<Vec<Patient>, RecordError> {
        reading!(self, db => found::patients(db, group, &query).await?)
    }

    async fn patient_number(&self, group: GroupId, patient: PatientId) -> Result<PatientIdentifier, RecordError> {
        reading!(self, db => {
            let row = sqlx::query(
                "SELECT stands.issuer, stands.value FROM patient JOIN patient AS stands
                    ON stands.group_id = patient.group_id
                    AND stands.patient_id = COALESCE(patient.merged_into, patient.patient_id)
                 WHERE patient.group_id = ?1 AND patient.patient_id = ?2",
            );
            let row = row.bind(group.0).bind(id_bytes(patient.0)).fetch_optional(db).await.doing("reading a number")?;
            let row = row.ok_or(RecordError::NotFound { what: "patient" })?;
            PatientIdentifier { value: row.col("value")?, issuer: row.col("issuer")?, kind: "PI".into() }
        })
    }

    async fn patient_history(&self, group: GroupId, patient: PatientId) -> Result<Vec<PatientSaid>, RecordError> {
        reading!(self, db => found::history(db, group, patient).await?)
    }

    async fn order_place(
        &self,
        group: GroupId,
        order: MessageFact,
        appointment: Appointment,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            let scene = self.scene(group);
            scene.tenant(db).await?;
            if by_id(db, group, appointment.appointment).await?.is_none() {
                acceptable(db, group, &appointment).await?;
                keep(db, scene, &order).await?;
                state(db, scene, &DeskFact::Appointment { appointment: Box::new(appointment) }).await?;
            }
        })
    }

    async fn appointment_step(
        &self,
        group: GroupId,
        appointment: Uuid,
        step: AppointmentStep,
        order: Option<MessageFact>,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            let scene = self.scene(group);
            let known = by_id(db, group, appointment).await?.ok_or(RecordError::NotFound { what: "appointment" })?;
            if !known.may_become(step.state) {
                return Err(RecordError::Refused { reason: "not a step of an appointment like this one" });
            }
            if let Some(order) = order {
                keep(db, scene, &order).await?;
            }
            state(db, scene, &DeskFact::Step { appointment, step }).await?;
        })
    }

    async fn appointment(&self, group: GroupId, appointment: Uuid) -> Result<Appointment, RecordError> {
        reading!(self, db => {
            by_id(db, group, appointment).await?.ok_or(RecordError::NotFound { what: "appointment" })?
        })
    }

    async fn appointments(
        &self,
        group: GroupId,
        from: OffsetDateTime,
        until: OffsetDateTime,
    ) -> Result<Vec<Appointment>, RecordError> {
        let sql = "SELECT body FROM appointment WHERE group_id = ?1 AND starts_at >= ?2 AND starts_at < ?3
             ORDER BY room, starts_at, appointment_id";
        reading!(self, db => {
            bodies(sqlx::query(sql).bind(group.0).bind(micros(from)).bind(micros(until)).fetch_all(db).await)?
        })
    }

    async fn appointments_of(&self, group: GroupId, patient: PatientId) -> Result<Vec<Appointment>, RecordError> {
        let sql = "SELECT body FROM appointment WHERE group_id = ?1 AND patient_id IN (
                SELECT patient_id FROM patient WHERE group_id = ?1 AND ?2 IN (patient_id, merged_into) UNION
                SELECT merged_into FROM patient WHERE group_id = ?1 AND patient_id = ?2)
             ORDER BY starts_at DESC, appointment_id";
        reading!(self, db => {
            bodies(sqlx::query(sql).bind(group.0).bind(id_bytes(patient.0)).fetch_all(db).await)?
        })
    }

    async fn exam_of_accession(&self, group: GroupId, accession: &str) -> Result<Option<ExamLine>, RecordError> {
        let key = self.settings.number_key(Some(accession), None).unwrap_or_default();
        reading!(self, db => desk::by_accession(db, group, &key).await?)
    }
}

/// The order's fact; a message that would be refused refuses the appointment.
async fn keep(db: &mut SqliteConnection, scene: Scene<'_>, order: &MessageFact) -> Result<(), RecordError> {
    match messages::apply(db, scene, order).await? {
        MessageEffect::Applied | MessageEffect::AlreadyApplied => Ok(()),
        MessageEffect::Refused(_) => Err(RecordError::Refused { reason: "the order contradicts what is known" }),
    }
}

/// Nobody else is in the room meanwhile, and the accession number is new.
async fn acceptable(db: &mut SqliteConnection, group: GroupId, new: &Appointment) -> Result<(), RecordError> {
    if new.minutes == 0 || new.minutes > LONGEST_MINUTES || new.room.trim().is_empty() {
        return Err(RecordError::Refused { reason: "an appointment has a room and a length" });
    }
    let earliest = new.starts_at - time::Duration::minutes(i64::from(LONGEST_MINUTES));
    let taken: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM appointment INDEXED BY appointment_room WHERE group_id = ?1 AND room = ?2
            AND live = 1 AND starts_at > ?3 AND starts_at < ?4 AND ends_at > ?5)",
    )
    .bind(group.0)
    .bind(&new.room)
    .bind(micros(earliest))
    .bind(micros(new.ends_at()))
    .bind(micros(new.starts_at))
    .fetch_one(&mut *db)
    .await
    .doing("looking whether a room is free")?;
    let given: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM appointment WHERE group_id = ?1 AND accession = ?2)")
            .bind(group.0)
            .bind(&new.accession)
            .fetch_one(db)
            .await
            .doing("looking for an accession number")?;
    match (taken, given) {
        (true, _) => Err(RecordError::Refused { reason: "the room is taken at that time" }),
        (_, true) => Err(RecordError::Refused { reason: NUMBER_GIVEN }),
        _ => Ok(()),
    }
}

/// Journals a fact and writes it.
async fn state(db: &mut SqliteConnection, scene: Scene<'_>, fact: &DeskFact) -> Result<(), RecordError> {
    scene.journal(db, &value!({ "v": 1, "kind": "desk", "desk": fact })).await?;
    write(db, scene, fact).await
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &read(part(body, "desk")?)?).await
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &DeskFact) -> Result<(), RecordError> {
    match fact {
        DeskFact::Coverage { coverage } => put_coverage(db, scene, coverage).await,
        DeskFact::Appointment { appointment } => put_appointment(db, scene, appointment).await,
        DeskFact::Step { appointment, step } => {
            let Some(mut known) = by_id(db, scene.group, *appointment).await? else { return Ok(()) };
            known.state = step.state;
            known.steps.push(step.clone());
            put_appointment(db, scene, &known).await
        }
    }
}

async fn put_coverage(db: &mut SqliteConnection, scene: Scene<'_>, coverage: &Coverage) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO coverage (group_id, patient_id, sequence, body) VALUES (?1, ?2,
            1 + COALESCE((SELECT MAX(sequence) FROM coverage WHERE group_id = ?1 AND patient_id = ?2), 0), ?3)",
    )
    .bind(scene.group.0)
    .bind(id_bytes(coverage.patient.0))
    .bind(json(coverage)?)
    .execute(db)
    .await
    .doing("writing a patient's rights")?;
    Ok(())
}

async fn put_appointment(db: &mut SqliteConnection, scene: Scene<'_>, known: &Appointment) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO appointment (group_id, appointment_id, patient_id, accession, room, starts_at, ends_at, live, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (group_id, appointment_id) DO UPDATE SET live = excluded.live, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(id_bytes(known.appointment))
    .bind(id_bytes(known.patient.0))
    .bind(&known.accession)
    .bind(&known.room)
    .bind(micros(known.starts_at))
    .bind(micros(known.ends_at()))
    .bind(known.state != AppointmentState::Cancelled)
    .bind(json(known)?)
    .execute(db)
    .await
    .doing("writing an appointment")?;
    Ok(())
}

async fn by_id(db: &mut SqliteConnection, group: GroupId, id: Uuid) -> Result<Option<Appointment>, RecordError> {
    let row = sqlx::query("SELECT body FROM appointment WHERE group_id = ?1 AND appointment_id = ?2")
        .bind(group.0)
        .bind(id_bytes(id))
        .fetch_optional(db)
        .await
        .doing("reading an appointment")?;
    row.map(|row| row.value("body")).transpose()
}

fn bodies<T: serde::de::DeserializeOwned>(rows: Result<Vec<SqliteRow>, sqlx::Error>) -> Result<Vec<T>, RecordError> {
    rows.doing("reading the desk's facts")?.iter().map(|row| row.value("body")).collect()
}
