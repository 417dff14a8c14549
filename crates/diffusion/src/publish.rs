//! One transaction makes a publication visible and ends the one before it.

use crate::copies::{Arrived, CopyKey, Document};
use crate::database::micros;
use crate::door::{normal_number, stored_birth_date};
use crate::emergency::set_traits;
use crate::eraser::{End, erase_key, erase_words};
use crate::keys::Use;
use crate::{Diffusion, DiffusionError, recall, stub};
use ambient::random_bytes;
use link::{BlobName, Publication};
use sqlx::{Row, Sqlite, Transaction};
use std::collections::BTreeMap;
use uuid::Uuid;

impl Diffusion {
    /// The digest of the message that committed a publication, if it ever was committed.
    pub(crate) async fn committed(&self, publication: Uuid) -> Result<Option<Vec<u8>>, DiffusionError> {
        let row = sqlx::query("SELECT announced FROM publication WHERE group_id = ? AND publication = ?")
            .bind(self.inner.database.group())
            .bind(publication.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(DiffusionError::db("looking for a publication"))?;
        row.map(|row| row.try_get(0).map_err(DiffusionError::db("reading a publication"))).transpose()
    }

    /// Makes a publication visible; returns the one before it, whose key is erased by the same transaction.
    pub(crate) async fn make_visible(
        &self,
        key: &CopyKey,
        publication: &Publication,
        announced: [u8; 32],
        arrived: &[Arrived],
    ) -> Result<Option<Uuid>, DiffusionError> {
        let random = self.inner.ports.random.as_ref();
        let wrapped = key.wrap(self.inner.keys.master(), random_bytes(random))?;
        let document = key.seal_document(&document_of(publication, arrived)?)?;
        let words = stub::Words::of(publication);
        let stub = stub::seal(self.inner.keys.master(), random_bytes(random), publication.exam, &words)?;
        let number = self.inner.keys.digest(Use::Number, &[normal_number(&publication.number).as_bytes()])?;
        let birth = stored_birth_date(&self.inner.keys, publication.exam, publication.birth_date)?;
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let (id, exam) = (publication.publication, publication.exam);

        let mut transaction = self.inner.database.write().await?;
        // A copy whose time was over ends as such, with its certificate, though the sweep had not come yet.
        let over = self.end_what_is_over(&mut transaction, Some(exam), now).await?.into_iter().next();
        let replaced = visible_of(&mut transaction, group, exam).await?;
        sqlx::query(
            "INSERT INTO publication (group_id, publication, exam, state, announced, wrapped_key, document, committed_at)
             VALUES (?, ?, ?, 'visible', ?, ?, ?, ?)",
        )
        .bind(group)
        .bind(id.as_bytes().as_slice())
        .bind(exam.as_bytes().as_slice())
        .bind(announced.as_slice())
        .bind(wrapped)
        .bind(document)
        .bind(now)
        .execute(&mut *transaction)
        .await
        .map_err(DiffusionError::db("adding a publication"))?;
        sqlx::query(
            "INSERT INTO exam (group_id, exam, number_mac, birth_mac, visible, online_until, stub, person)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (group_id, exam) DO UPDATE SET number_mac = excluded.number_mac,
                 birth_mac = excluded.birth_mac, visible = excluded.visible,
                 online_until = excluded.online_until, stub = excluded.stub, person = excluded.person",
        )
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .bind(number.as_slice())
        .bind(birth.as_slice())
        .bind(id.as_bytes().as_slice())
        .bind(micros(publication.times.online_until))
        .bind(stub)
        .bind(publication.person.map(|person| person.as_bytes().to_vec()))
        .execute(&mut *transaction)
        .await
        .map_err(DiffusionError::db("making a publication visible"))?;
        if let Some(replaced) = replaced {
            erase_key(&mut transaction, group, replaced, End::Replaced, now).await?;
        }
        self.take_professionals(&mut transaction, publication, now).await?;
        let traits = self.traits_mac(&publication.patient_name, publication.birth_date)?;
        set_traits(&mut transaction, group, exam, traits).await?;
        recall::close_ready(&mut transaction, group, exam, now).await?;
        transaction.commit().await.map_err(DiffusionError::db("committing a publication"))?;
        Ok(replaced.or(over))
    }

    /// Takes an exam off the web at once; with its codes if asked.
    pub(crate) async fn withdraw(&self, exam: Uuid, codes: bool) -> Result<(), DiffusionError> {
        let (group, now) = (self.inner.database.group(), micros(self.now()));
        let mut transaction = self.inner.database.write().await?;
        let over = self.end_what_is_over(&mut transaction, Some(exam), now).await?.into_iter().next();
        let visible = visible_of(&mut transaction, group, exam).await?;
        if let Some(visible) = visible {
            erase_key(&mut transaction, group, visible, End::Withdrawn, now).await?;
        }
        // Without its stub the exam is *not yet published* again: what was withdrawn leaves no word behind.
        sqlx::query("UPDATE exam SET visible = NULL, online_until = NULL, stub = NULL, person = NULL WHERE group_id = ? AND exam = ?")
            .bind(group)
            .bind(exam.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(DiffusionError::db("withdrawing an exam"))?;
        erase_words(&mut transaction, group, exam).await?;
        if codes {
            sqlx::query("UPDATE sheet SET revoked_at = ? WHERE group_id = ? AND exam = ? AND revoked_at IS NULL")
                .bind(now)
                .bind(group)
                .bind(exam.as_bytes().as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(DiffusionError::db("revoking an exam's codes"))?;
        }
        transaction.commit().await.map_err(DiffusionError::db("withdrawing an exam"))?;
        if let Some(visible) = visible.or(over) {
            self.erase_bytes_of(visible).await;
        }
        Ok(())
    }

    pub(crate) async fn note_bytes_gone(&self, publication: Uuid) -> Result<(), DiffusionError> {
        let doing = "noting that bytes are gone";
        let mut transaction = self.inner.database.write().await?;
        sqlx::query("UPDATE publication SET bytes_gone = 1 WHERE group_id = ? AND publication = ?")
            .bind(self.inner.database.group())
            .bind(publication.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(DiffusionError::db(doing))?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }
}

fn document_of(publication: &Publication, arrived: &[Arrived]) -> Result<Vec<u8>, DiffusionError> {
    let by_name: BTreeMap<&BlobName, u32> = arrived.iter().map(|blob| (&blob.name, blob.number)).collect();
    let numbers: Option<Vec<u32>> = publication.blobs.iter().map(|blob| by_name.get(&blob.name).copied()).collect();
    let numbers = numbers.ok_or_else(|| DiffusionError::Document("a blob has no number".into()))?;
    let document = Document { version: 1, publication: publication.clone(), numbers };
    serde_json::to_vec(&document).map_err(|error| DiffusionError::Document(error.to_string()))
}

/// The publication that is visible, or would be if its time were not over.
pub(crate) async fn visible_of(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
) -> Result<Option<Uuid>, DiffusionError> {
    let row = sqlx::query("SELECT visible FROM exam WHERE group_id = ? AND exam = ? AND visible IS NOT NULL")
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .fetch_optional(&mut **transaction)
        .await
        .map_err(DiffusionError::db("looking for an exam"))?;
    row.map(|row| crate::database::uuid_at(&row, 0)).transpose()
}
