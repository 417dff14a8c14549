//! The patient is told: at once where a contact is recorded, and on the page of every exam of theirs in any case.

use crate::copies::open_small;
use crate::database::{instant, micros, uuid_at};
use crate::factor::usable;
use crate::{Denied, Diffusion, DiffusionError, Language, Letter, Message, SessionToken};
use link::Emergency;
use sqlx::Row;
use std::collections::BTreeSet;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A message that did not leave is tried again for so long.
const TRIED_FOR: Duration = Duration::days(7);
/// The page says it for so long.
const SHOWN_FOR: Duration = Duration::days(366);

/// What the patient's page says of an emergency opening.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyNotice {
    /// Who opened the record, as their login says it.
    pub name: String,
    /// When.
    pub at: OffsetDateTime,
}

impl Diffusion {
    /// The emergency openings of the record whose exam a patient's session opens, the latest first.
    ///
    /// # Errors
    /// [`Denied`]: an invited person is told nothing of the patient's record.
    pub async fn emergencies_of(&self, token: &SessionToken) -> Result<Vec<EmergencyNotice>, Denied> {
        let session = self.patients_session(token).await?;
        let doing = || DiffusionError::db("reading emergency openings");
        let rows = sqlx::query(
            "SELECT s.standing, s.from_at, s.body FROM standing s
             JOIN exam e ON e.group_id = s.group_id AND e.person = s.person
             WHERE s.group_id = ? AND e.exam = ? AND s.kind = 'emergency' AND s.from_at > ?
             ORDER BY s.from_at DESC LIMIT 20",
        )
        .bind(self.inner.database.group())
        .bind(session.exam.as_bytes().as_slice())
        .bind(micros(self.now() - SHOWN_FOR))
        .fetch_all(self.inner.database.read())
        .await
        .map_err(doing())?;
        let mut notices = Vec::with_capacity(rows.len());
        for row in &rows {
            let sealed: Vec<u8> = row.try_get(2).map_err(doing())?;
            let plain = open_small(self.inner.keys.master(), b"standing", uuid_at(row, 0)?, &sealed)?;
            let opened: Emergency =
                serde_json::from_slice(&plain).map_err(|error| DiffusionError::Document(error.to_string()))?;
            notices.push(EmergencyNotice { name: opened.name, at: instant(row.try_get(1).map_err(doing())?) });
        }
        Ok(notices)
    }

    /// Tells the patients without making the professional wait for the mail.
    pub(super) fn tell_patients_beside(&self) {
        let diffusion = self.clone();
        self.inner.beside.spawn(async move {
            if let Err(error) = diffusion.tell_patients().await {
                tracing::error!(%error, "patients could not be told of an emergency opening: it is tried again");
            }
        });
    }

    /// Writes to every patient whose record was opened in an emergency and who was not told yet, where there is somewhere
    /// to write.
    pub async fn tell_patients(&self) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("looking for patients to tell");
        let rows = sqlx::query(
            "SELECT standing, person FROM standing
             WHERE group_id = ? AND kind = 'emergency' AND told_at IS NULL AND from_at > ? ORDER BY from_at LIMIT 100",
        )
        .bind(self.inner.database.group())
        .bind(micros(self.now() - TRIED_FOR))
        .fetch_all(self.inner.database.read())
        .await
        .map_err(doing())?;
        for row in &rows {
            if self.write_to(uuid_at(row, 1)?).await? {
                self.note_told(uuid_at(row, 0)?).await?;
            }
        }
        Ok(())
    }

    /// Writes to every address of a person once; false when none took it.
    async fn write_to(&self, person: Uuid) -> Result<bool, DiffusionError> {
        let rows = sqlx::query("SELECT exam FROM exam WHERE group_id = ? AND person = ?")
            .bind(self.inner.database.group())
            .bind(person.as_bytes().as_slice())
            .fetch_all(self.inner.database.read())
            .await
            .map_err(DiffusionError::db("looking for a person's contacts"))?;
        let messenger = &self.inner.settings.second_factor.messenger;
        let (mut written, mut told, now) = (BTreeSet::new(), false, micros(self.now()));
        for row in &rows {
            for contact in usable(&self.inner, uuid_at(row, 0)?, now, now).await? {
                if !messenger.reaches(contact.channel) || !written.insert(contact.address.clone()) {
                    continue;
                }
                let (channel, to) = (contact.channel, contact.address);
                let letter = Letter::EmergencyOpened;
                match messenger.send(Message { channel, to, language: Language::French, letter }).await {
                    Ok(()) => told = true,
                    Err(error) => tracing::error!(%error, "a patient could not be told of an emergency opening"),
                }
            }
        }
        Ok(told)
    }

    async fn note_told(&self, standing: Uuid) -> Result<(), DiffusionError> {
        let doing = || DiffusionError::db("noting that a patient was told");
        let mut transaction = self.inner.database.write().await?;
        sqlx::query("UPDATE standing SET told_at = ? WHERE group_id = ? AND standing = ?")
            .bind(micros(self.now()))
            .bind(self.inner.database.group())
            .bind(standing.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(doing())?;
        transaction.commit().await.map_err(doing())
    }
}
