//! Contacts as the archive side told them: sealed, found by a keyed digest, gone with the exam.

use super::Channel;
use crate::copies::{open_small, seal_small};
use crate::database::micros;
use crate::eraser::erase_contacts;
use crate::keys::{Keys, Use};
use crate::server::Inner;
use crate::{Diffusion, DiffusionError, minor};
use ambient::{Random, random_bytes};
use sqlx::{Row, Sqlite, Transaction};
use uuid::Uuid;

/// Where a code can be sent.
pub(crate) struct Contact {
    pub(crate) id: [u8; 32],
    pub(crate) channel: Channel,
    pub(crate) address: String,
    /// A parent's or guardian's.
    pub(crate) representative: bool,
}

/// Replaces the contacts of an exam by those told.
pub(crate) async fn replace(
    transaction: &mut Transaction<'static, Sqlite>,
    (group, keys, random): (&str, &Keys, &dyn Random),
    stub: &link::Stub,
) -> Result<(), DiffusionError> {
    erase_contacts(transaction, group, stub.exam).await?;
    let adult_from = minor::adult_from(stub.birth_date).map(micros);
    for contact in &stub.contacts {
        let channel = match contact.channel {
            link::Channel::Email => Channel::Email,
            link::Channel::Phone => Channel::Phone,
        };
        let id =
            keys.digest(Use::Contact, &[stub.exam.as_bytes(), channel.word().as_bytes(), contact.address.as_bytes()])?;
        let sealed =
            seal_small(keys.master(), random_bytes(random), b"contact", stub.exam, contact.address.as_bytes())?;
        let recorded = micros(contact.recorded_at);
        // What was recorded for a minor is a parent's.
        let until = adult_from.filter(|adult| recorded < *adult);
        sqlx::query(
            "INSERT INTO contact (group_id, exam, contact, channel, sealed, recorded_at, usable_from, usable_until,
                 representative)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (group_id, exam, contact) DO NOTHING",
        )
        .bind(group)
        .bind(stub.exam.as_bytes().as_slice())
        .bind(id.as_slice())
        .bind(channel.word())
        .bind(sealed)
        .bind(recorded)
        .bind(micros(contact.usable_from))
        .bind(until.into_iter().chain(contact.until.map(micros)).min())
        .bind(contact.representative)
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("adding a contact"))?;
    }
    Ok(())
}

/// Contacts of an exam that were recorded, and usable, before `opened_at`, and still are `now`; e-mail first.
pub(crate) async fn usable(
    inner: &Inner,
    exam: Uuid,
    opened_at: i64,
    now: i64,
) -> Result<Vec<Contact>, DiffusionError> {
    let doing = "reading contacts";
    let rows = sqlx::query(
        "SELECT contact, channel, sealed, representative FROM contact
         WHERE group_id = ? AND exam = ? AND recorded_at < ? AND usable_from <= ? AND coalesce(usable_until > ?, 1)
         ORDER BY channel, recorded_at, contact",
    )
    .bind(inner.database.group())
    .bind(exam.as_bytes().as_slice())
    .bind(opened_at)
    .bind(opened_at)
    .bind(now)
    .fetch_all(inner.database.read())
    .await
    .map_err(DiffusionError::db(doing))?;
    let mut contacts = Vec::with_capacity(rows.len());
    for row in rows {
        let read = || -> Result<(Vec<u8>, String, Vec<u8>, bool), sqlx::Error> {
            Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?))
        };
        let (id, channel, sealed, representative) = read().map_err(DiffusionError::db(doing))?;
        let plain = open_small(inner.keys.master(), b"contact", exam, &sealed)?;
        contacts.push(Contact {
            id: id.try_into().map_err(|_| DiffusionError::Document("a digest is not 32 bytes long".into()))?,
            channel: Channel::from_word(&channel),
            address: String::from_utf8(plain).map_err(|error| DiffusionError::Document(error.to_string()))?,
            representative,
        });
    }
    Ok(contacts)
}

impl Diffusion {
    /// Where the code of a session may be sent: for a person invited the address of the invitation, else the patient's
    /// contacts that were there before the session.
    pub(crate) async fn contacts_of(&self, session: &crate::session::Living) -> Result<Vec<Contact>, DiffusionError> {
        if let Some(share) = session.share {
            return self.contact_of_share(share).await.map(|contact| contact.into_iter().collect());
        }
        let (opened, now) = (micros(session.opened_at), micros(self.now()));
        let mut contacts = usable(&self.inner, session.exam, opened, now).await?;
        contacts.retain(|contact| self.inner.settings.second_factor.messenger.reaches(contact.channel));
        Ok(contacts)
    }
}
