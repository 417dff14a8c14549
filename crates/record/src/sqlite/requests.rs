//! What people ask of their data, from asked to answered; and breaches.

use super::catalogue::{fact, reading};
use super::journal::{part, read};
use super::rows::{Columns, Doing, id_bytes, json, micros};
use super::scene::Scene;
use super::{SqliteCatalogue, desk, holds, patients};
use crate::model::{
    Breach, DataRequest, GroupId, Held, PatientId, PatientRecord, RequestEnd, RequestStep, RetentionHold,
};
use crate::{RecordError, Requests};
use ::exam::requests::{Kind, State, Step, next};
use ::exam::retention::Hold;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

/// A fact about a request, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "fact")]
enum RequestFact {
    Asked { request: Box<DataRequest> },
    Step { request: Uuid, step: RequestStep },
    Breach { breach: Box<Breach> },
    BreachEnd { breach: Uuid, end: RequestEnd },
}

#[async_trait]
impl Requests for SqliteCatalogue {
    async fn request_put(&self, group: GroupId, request: DataRequest) -> Result<(), RecordError> {
        fact!(self, db => {
            if by_id(db, group, request.request).await?.is_none() {
                acceptable(&request)?;
                if patients::by_id(db, group, request.patient).await?.is_none() {
                    return Err(RecordError::NotFound { what: "patient" });
                }
                state(db, self.scene(group), &RequestFact::Asked { request: Box::new(request) }).await?;
            }
        })
    }

    async fn request_step(&self, group: GroupId, request: Uuid, step: RequestStep) -> Result<DataRequest, RecordError> {
        fact!(self, db => {
            let known = by_id(db, group, request).await?.ok_or(RecordError::NotFound { what: "request" })?;
            after(known, &step)?;
            state(db, self.scene(group), &RequestFact::Step { request, step }).await?;
            by_id(db, group, request).await?.ok_or(RecordError::NotFound { what: "request" })?
        })
    }

    async fn request(&self, group: GroupId, request: Uuid) -> Result<DataRequest, RecordError> {
        reading!(self, db => {
            by_id(db, group, request).await?.ok_or(RecordError::NotFound { what: "request" })?
        })
    }

    async fn requests_open(&self, group: GroupId) -> Result<Vec<DataRequest>, RecordError> {
        let sql = "SELECT body FROM data_request WHERE group_id = ?1 AND open = 1 ORDER BY asked_at, request_id";
        reading!(self, db => requests(sqlx::query(sql).bind(group.0).fetch_all(db).await)?)
    }

    async fn requests_of(&self, group: GroupId, patient: PatientId) -> Result<Vec<DataRequest>, RecordError> {
        let sql = "SELECT body FROM data_request WHERE group_id = ?1 AND patient_id IN (
                SELECT patient_id FROM patient WHERE group_id = ?1 AND ?2 IN (patient_id, merged_into) UNION
                SELECT merged_into FROM patient WHERE group_id = ?1 AND patient_id = ?2)
             ORDER BY asked_at, request_id";
        reading!(self, db => {
            requests(sqlx::query(sql).bind(group.0).bind(id_bytes(patient.0)).fetch_all(db).await)?
        })
    }

    async fn requests_packaged(&self, group: GroupId) -> Result<Vec<DataRequest>, RecordError> {
        let sql = "SELECT body FROM data_request WHERE group_id = ?1 AND packaged = 1 ORDER BY request_id";
        reading!(self, db => requests(sqlx::query(sql).bind(group.0).fetch_all(db).await)?)
    }

    async fn requests_after(
        &self,
        group: GroupId,
        after: Option<&DataRequest>,
        limit: u32,
    ) -> Result<Vec<DataRequest>, RecordError> {
        let (at, id) = after.map_or((i64::MIN, Uuid::nil()), |last| (micros(last.asked_at), last.request));
        let sql = "SELECT body FROM data_request WHERE group_id = ?1 AND (asked_at, request_id) > (?2, ?3)
             ORDER BY asked_at, request_id LIMIT ?4";
        reading!(self, db => {
            requests(sqlx::query(sql).bind(group.0).bind(at).bind(id_bytes(id)).bind(limit).fetch_all(db).await)?
        })
    }

    async fn person(&self, group: GroupId, patient: PatientId) -> Result<PatientRecord, RecordError> {
        reading!(self, db => {
            let known_as = known_as(db, group, patient).await?;
            let survivor = known_as.first().copied().unwrap_or(patient);
            let found = patients::by_id(db, group, survivor).await?;
            let (_, patient) = found.ok_or(RecordError::NotFound { what: "patient" })?;
            PatientRecord { patient, exams: desk::of_patient(db, group, survivor).await?, known_as }
        })
    }

    async fn breach_put(&self, group: GroupId, breach: Breach) -> Result<(), RecordError> {
        fact!(self, db => {
            if breach.words.trim().is_empty() || breach.from >= breach.until {
                return Err(RecordError::Refused { reason: "a breach has words, and a time that ends after it began" });
            }
            if breach_by_id(db, group, breach.breach).await?.is_none() {
                state(db, self.scene(group), &RequestFact::Breach { breach: Box::new(breach) }).await?;
            }
        })
    }

    async fn breach_end(&self, group: GroupId, breach: Uuid, end: RequestEnd) -> Result<(), RecordError> {
        fact!(self, db => {
            let known = breach_by_id(db, group, breach).await?.ok_or(RecordError::NotFound { what: "breach" })?;
            if known.end.is_some() || end.words.trim().is_empty() {
                return Err(RecordError::Refused { reason: "a breach is decided once, in words" });
            }
            state(db, self.scene(group), &RequestFact::BreachEnd { breach, end }).await?;
        })
    }

    async fn breaches(&self, group: GroupId, limit: u32) -> Result<Vec<Breach>, RecordError> {
        let sql = "SELECT body FROM breach WHERE group_id = ?1 ORDER BY known_at DESC, breach_id LIMIT ?2";
        reading!(self, db => {
            let rows = sqlx::query(sql).bind(group.0).bind(limit).fetch_all(db).await.doing("reading breaches")?;
            rows.iter().map(|row| row.value("body")).collect::<Result<_, _>>()?
        })
    }
}

fn acceptable(request: &DataRequest) -> Result<(), RecordError> {
    let refused = |reason| Err(RecordError::Refused { reason });
    let named = request.name.as_ref().is_some_and(|name| !name.trim().is_empty());
    if request.asker.needs_a_name() && !named {
        return refused("whoever asks for somebody else has a name");
    }
    if request.asked.trim().is_empty() && (request.kind != Kind::Access || request.asker.needs_a_purpose()) {
        return refused("what is asked is written, and an heir's purpose too");
    }
    if request.state != State::Asked || request.package.is_some() || request.end.is_some() {
        return refused("a request begins by being asked");
    }
    Ok(())
}

/// The request after a step, when the step is allowed.
fn after(mut request: DataRequest, step: &RequestStep) -> Result<DataRequest, RecordError> {
    let refused = |reason| RecordError::Refused { reason };
    let moved = |step| next(request.kind, request.state, step).ok_or(refused("not a step of a request like this one"));
    let said = |end: &RequestEnd| match end.words.trim().is_empty() {
        true => Err(refused("the end of a request is written")),
        false => Ok(Some(end.clone())),
    };
    match step {
        RequestStep::Identity(_) if !request.state.is_open() || request.identity.is_some() => {
            return Err(refused("the identity is checked once, while the request is open"));
        }
        RequestStep::Identity(check) => request.identity = Some(check.clone()),
        RequestStep::Prepared(_) | RequestStep::Answered(_) if request.identity.is_none() => {
            return Err(refused("nothing is prepared or answered before the identity is checked"));
        }
        RequestStep::Prepared(package) => {
            request.state = moved(Step::Prepare)?;
            request.package = Some(package.clone());
            request.package_erased_at = None;
        }
        RequestStep::Delivered(end) => (request.state, request.end) = (moved(Step::Deliver)?, said(end)?),
        RequestStep::Answered(end) => (request.state, request.end) = (moved(Step::Answer)?, said(end)?),
        RequestStep::Refused(end) => (request.state, request.end) = (moved(Step::Refuse)?, said(end)?),
        RequestStep::Lapsed(_) => request.state = moved(Step::Lapse)?,
        RequestStep::Erased(at) if request.state != State::Prepared && request.has_package() => {
            request.package_erased_at = Some(*at);
        }
        RequestStep::Erased(_) => return Err(refused("no package to erase, or it waits to be fetched")),
    }
    Ok(request)
}

/// Journals a fact and writes it.
async fn state(db: &mut SqliteConnection, scene: Scene<'_>, fact: &RequestFact) -> Result<(), RecordError> {
    scene.journal(db, &value!({ "v": 1, "kind": "request", "request": fact })).await?;
    write(db, scene, fact).await
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &read(part(body, "request")?)?).await
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, fact: &RequestFact) -> Result<(), RecordError> {
    match fact {
        RequestFact::Asked { request } => {
            put(db, scene, request).await?;
            holds::put(db, scene, &hold_of(request)).await
        }
        RequestFact::Step { request, step } => {
            let Some(known) = by_id(db, scene.group, *request).await? else { return Ok(()) };
            let was_open = known.state.is_open();
            let known = after(known, step)?;
            put(db, scene, &known).await?;
            match &known.end {
                Some(end) if was_open && !known.state.is_open() => {
                    holds::released(db, scene, known.request, &end.by, micros(end.at)).await
                }
                _ => Ok(()),
            }
        }
        RequestFact::Breach { breach } => put_breach(db, scene, breach).await,
        RequestFact::BreachEnd { breach, end } => {
            let Some(mut known) = breach_by_id(db, scene.group, *breach).await? else { return Ok(()) };
            known.end = Some(end.clone());
            put_breach(db, scene, &known).await
        }
    }
}

/// The hold has the request's own id: it lives exactly as long as the request is open.
fn hold_of(request: &DataRequest) -> RetentionHold {
    RetentionHold {
        hold: request.request,
        held: Held::Patient(request.patient),
        kind: if request.kind == Kind::Rectification { Hold::Correction } else { Hold::DataRequest },
        reason: "data-request".into(),
        by: "system".into(),
        at: request.asked_at,
        release_asked_by: None,
    }
}

async fn put(db: &mut SqliteConnection, scene: Scene<'_>, request: &DataRequest) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO data_request (group_id, request_id, patient_id, open, packaged, asked_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (group_id, request_id)
         DO UPDATE SET open = excluded.open, packaged = excluded.packaged, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(id_bytes(request.request))
    .bind(id_bytes(request.patient.0))
    .bind(request.state.is_open())
    .bind(request.has_package())
    .bind(micros(request.asked_at))
    .bind(json(request)?)
    .execute(db)
    .await
    .doing("writing a request")?;
    Ok(())
}

async fn put_breach(db: &mut SqliteConnection, scene: Scene<'_>, breach: &Breach) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO breach (group_id, breach_id, known_at, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (group_id, breach_id) DO UPDATE SET body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(id_bytes(breach.breach))
    .bind(micros(breach.known_at))
    .bind(json(breach)?)
    .execute(db)
    .await
    .doing("writing a breach")?;
    Ok(())
}

/// Whether this is an open request: its hold is then nobody's to release.
pub(crate) async fn is_open(db: &mut SqliteConnection, group: GroupId, request: Uuid) -> Result<bool, RecordError> {
    Ok(by_id(db, group, request).await?.is_some_and(|request| request.state.is_open()))
}

async fn by_id(db: &mut SqliteConnection, group: GroupId, request: Uuid) -> Result<Option<DataRequest>, RecordError> {
    let row = sqlx::query("SELECT body FROM data_request WHERE group_id = ?1 AND request_id = ?2")
        .bind(group.0)
        .bind(id_bytes(request))
        .fetch_optional(db)
        .await
        .doing("reading a request")?;
    row.map(|row| row.value("body")).transpose()
}

async fn breach_by_id(db: &mut SqliteConnection, group: GroupId, breach: Uuid) -> Result<Option<Breach>, RecordError> {
    let row = sqlx::query("SELECT body FROM breach WHERE group_id = ?1 AND breach_id = ?2")
        .bind(group.0)
        .bind(id_bytes(breach))
        .fetch_optional(db)
        .await
        .doing("reading a breach")?;
    row.map(|row| row.value("body")).transpose()
}

fn requests(rows: Result<Vec<SqliteRow>, sqlx::Error>) -> Result<Vec<DataRequest>, RecordError> {
    rows.doing("reading requests")?.iter().map(|row| row.value("body")).collect()
}

/// The surviving record first, then those merged into it; nothing for one who is unknown.
async fn known_as(
    db: &mut SqliteConnection,
    group: GroupId,
    patient: PatientId,
) -> Result<Vec<PatientId>, RecordError> {
    let rows = sqlx::query(
        "WITH survivor AS (SELECT COALESCE(merged_into, patient_id) AS id FROM patient
            WHERE group_id = ?1 AND patient_id = ?2)
         SELECT patient_id FROM patient, survivor
         WHERE group_id = ?1 AND (patient_id = survivor.id OR merged_into = survivor.id)
         ORDER BY patient_id = survivor.id DESC, patient_id",
    )
    .bind(group.0)
    .bind(id_bytes(patient.0))
    .fetch_all(db)
    .await
    .doing("reading a person's records")?;
    rows.iter().map(|row| row.id("patient_id").map(PatientId)).collect()
}
