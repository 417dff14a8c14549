//! Opening.

use crate::copies::seal_small;
use crate::database::micros;
use crate::outbox;
use crate::professional::ProSession;
use crate::rights::Basis;
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError, ProDenied, ProToken};
use ambient::random_bytes;
use exam::ids::Finess;
use link::{BirthDate, Emergency, ToArchive};
use std::collections::{BTreeMap, BTreeSet};
use time::{Duration, OffsetDateTime};
use trace::{Event, Kind, Outcome};
use uuid::Uuid;

/// For so long.
const LASTS: Duration = Duration::HOUR;
/// A reason in fewer letters says nothing.
const SHORTEST_REASON: usize = 10;
/// A longer one is cut.
const LONGEST_REASON: usize = 500;

/// What is typed. It has no `Debug` on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct EmergencyWish {
    /// First names and name, whole.
    pub name: String,
    /// Birth date, as far as identity papers know it.
    pub born: BirthDate,
    /// Why, in words.
    pub reason: String,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmergencyAnswer {
    /// The record is open to them until this instant (exclusive).
    Opened(OffsetDateTime),
    /// Nobody of that name and birth date has an exam here, or nothing of it is for them: one answer.
    Nobody,
    /// No reason worth the name.
    NoReason,
    /// Too many names that are nobody's: to be tried again within the hour.
    TooMany,
}

impl Diffusion {
    /// Whether the group allows emergency openings.
    pub fn emergencies_allowed(&self) -> bool {
        self.inner.settings.emergency
    }

    /// Opens a person's record to the holder of a session for one hour. Traced at each exam it opens before it opens;
    /// then the archive side and the patient are told.
    ///
    /// # Errors
    /// [`ProDenied::NotThere`] where the group does not allow it.
    pub async fn open_emergency(&self, token: &ProToken, wish: &EmergencyWish) -> Result<EmergencyAnswer, ProDenied> {
        let session = self.pro_session(token).await?.ok_or(ProDenied::NoSession)?;
        if !self.emergencies_allowed() {
            return Err(ProDenied::NotThere);
        }
        let reason: String = wish.reason.trim().chars().take(LONGEST_REASON).collect();
        if reason.chars().filter(|c| c.is_alphanumeric()).count() < SHORTEST_REASON {
            return Ok(EmergencyAnswer::NoReason);
        }
        if self.tried_too_often(&session.rpps_mac).await? {
            return Ok(EmergencyAnswer::TooMany);
        }
        let person = self.person_named(&wish.name, wish.born).await?;
        let exams = match person {
            Some(person) => {
                let structures = session.who.structures.iter().filter_map(|text| Finess::parse(text).ok());
                let structures: BTreeSet<Finess> = structures.collect();
                self.openable_in_emergency(&session.who.rpps, structures, person).await?
            }
            None => Vec::new(),
        };
        let Some(person) = person.filter(|_| !exams.is_empty()) else {
            self.trace_emergency(&session, None, Outcome::Refused).await?;
            self.note_tried(&session.rpps_mac).await?;
            return Ok(EmergencyAnswer::Nobody);
        };
        for exam in exams {
            self.trace_emergency(&session, Some(exam), Outcome::Success).await?;
        }
        let until = self.keep_emergency(&session, person, reason).await?;
        self.tell_patients_beside();
        Ok(EmergencyAnswer::Opened(until))
    }

    async fn trace_emergency(
        &self,
        session: &ProSession,
        exam: Option<Uuid>,
        outcome: Outcome,
    ) -> Result<(), DiffusionError> {
        let detail = BTreeMap::from([
            ("what".to_owned(), "emergency".to_owned()),
            ("as".to_owned(), Basis::Emergency.word().to_owned()),
        ]);
        let actor = trace::Actor { role: Basis::Emergency.role(), ..self.pro_actor(session) };
        let kind = if outcome == Outcome::Success { Kind::Open } else { Kind::Refusal };
        let event = Event { kind, patient: None, exam, actor, outcome, detail };
        self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        Ok(())
    }

    async fn keep_emergency(
        &self,
        session: &ProSession,
        person: Uuid,
        reason: String,
    ) -> Result<OffsetDateTime, DiffusionError> {
        let doing = || DiffusionError::db("opening a record in an emergency");
        let random = self.inner.ports.random.as_ref();
        let opening = uuid::Builder::from_random_bytes(random_bytes(random)).into_uuid();
        let at = self.now();
        let until = at + LASTS;
        let (rpps, name) = (session.who.rpps.as_str().to_owned(), session.who.name.clone());
        let emergency = Emergency { opening, person, rpps, name, reason, at, until };
        let plain = serde_json::to_vec(&emergency).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let body = seal_small(self.inner.keys.master(), random_bytes(random), b"standing", opening, &plain)?;
        let group = self.inner.database.group();
        let mut transaction = self.inner.database.write().await?;
        sqlx::query(
            "INSERT INTO standing (group_id, standing, person, kind, rpps_mac, from_at, until_at, body)
             VALUES (?, ?, ?, 'emergency', ?, ?, ?, ?)",
        )
        .bind(group)
        .bind(opening.as_bytes().as_slice())
        .bind(person.as_bytes().as_slice())
        .bind(session.rpps_mac.as_slice())
        .bind(micros(at))
        .bind(micros(until))
        .bind(body)
        .execute(&mut *transaction)
        .await
        .map_err(doing())?;
        outbox::say(&mut transaction, group, &ToArchive::EmergencyOpened { emergency }).await?;
        transaction.commit().await.map_err(doing())?;
        Ok(until)
    }
}
