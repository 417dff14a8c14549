//! Codes of sheets: taken in once, kept as verifiers, revoked one by one.

use crate::accept::unavailable;
use crate::database::micros;
use crate::door::{forgive_number, normal_code, normal_number, normal_token, stored_birth_date};
use crate::keys::Use;
use crate::{Diffusion, DiffusionError, minor};
use link::{CodeGrant, LinkError};
use sqlx::Row;
use uuid::Uuid;

/// What is kept of a code.
struct Kept {
    number: [u8; 32],
    verifier: [u8; 32],
    qr: [u8; 32],
    birth: [u8; 32],
}

impl Diffusion {
    /// Takes a new code, once per sheet. Only what verifies it stays: Argon2id of a keyed digest.
    pub(crate) async fn take_code(&self, grant: &CodeGrant) -> Result<(), LinkError> {
        if self.has_sheet(grant.sheet).await.map_err(unavailable)? {
            return Ok(());
        }
        let kept = self.digests_of(grant).await.map_err(unavailable)?;
        match self.keep_code(grant, &kept).await {
            Ok(()) => Ok(()),
            Err(DiffusionError::Database { source, .. })
                if source.as_database_error().is_some_and(|error| error.is_unique_violation()) =>
            {
                Err(LinkError::Refused("this QR token is already another sheet's".into()))
            }
            Err(error) => Err(unavailable(error)),
        }
    }

    async fn has_sheet(&self, sheet: Uuid) -> Result<bool, DiffusionError> {
        let row = sqlx::query("SELECT 1 FROM sheet WHERE group_id = ? AND sheet = ?")
            .bind(self.inner.database.group())
            .bind(sheet.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(DiffusionError::db("looking for a sheet"))?;
        Ok(row.is_some())
    }

    async fn digests_of(&self, grant: &CodeGrant) -> Result<Kept, DiffusionError> {
        let keys = &self.inner.keys;
        let (number, code) = (normal_number(&grant.number), normal_code(&grant.code));
        Ok(Kept {
            number: keys.digest(Use::Number, &[number.as_bytes()])?,
            verifier: self.inner.hasher.verifier(keys, &number, &code).await?,
            qr: keys.digest(Use::Qr, &[normal_token(&grant.qr_token).as_bytes()])?,
            birth: stored_birth_date(keys, grant.exam, grant.birth_date)?,
        })
    }

    async fn keep_code(&self, grant: &CodeGrant, kept: &Kept) -> Result<(), DiffusionError> {
        let group = self.inner.database.group();
        let mut transaction = self.inner.database.write().await?;
        let added = sqlx::query(
            "INSERT INTO sheet (group_id, sheet, exam, number_mac, verifier, qr_mac, dead_from, granted_at, parent_until)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (group_id, sheet) DO NOTHING",
        )
        .bind(group)
        .bind(grant.sheet.as_bytes().as_slice())
        .bind(grant.exam.as_bytes().as_slice())
        .bind(kept.number.as_slice())
        .bind(kept.verifier.as_slice())
        .bind(kept.qr.as_slice())
        .bind(micros(grant.until))
        .bind(micros(self.now()))
        .bind(minor::adult_from(grant.birth_date).filter(|adult| self.now() < *adult).map(micros))
        .execute(&mut *transaction)
        .await
        .map_err(DiffusionError::db("adding a code"))?;
        if added.rows_affected() == 0 {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO exam (group_id, exam, number_mac, birth_mac) VALUES (?, ?, ?, ?)
             ON CONFLICT (group_id, exam) DO UPDATE SET number_mac = excluded.number_mac,
                 birth_mac = excluded.birth_mac",
        )
        .bind(group)
        .bind(grant.exam.as_bytes().as_slice())
        .bind(kept.number.as_slice())
        .bind(kept.birth.as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(DiffusionError::db("adding a code"))?;
        // A new code is the replacement that a locked number waits for; the old codes stay locked.
        forgive_number(&mut transaction, group, &kept.number).await?;
        transaction.commit().await.map_err(DiffusionError::db("adding a code"))
    }

    /// Revokes the code and the QR of one sheet; its sessions die with it, at their next request.
    pub(crate) async fn revoke(&self, sheet: Uuid) -> Result<(), DiffusionError> {
        let doing = "revoking a code";
        let mut transaction = self.inner.database.write().await?;
        sqlx::query("UPDATE sheet SET revoked_at = ? WHERE group_id = ? AND sheet = ? AND revoked_at IS NULL")
            .bind(micros(self.now()))
            .bind(self.inner.database.group())
            .bind(sheet.as_bytes().as_slice())
            .execute(&mut *transaction)
            .await
            .map_err(DiffusionError::db(doing))?;
        transaction.commit().await.map_err(DiffusionError::db(doing))
    }

    /// How often the code or QR of a sheet was used; `None` for an unknown sheet.
    pub async fn uses_of(&self, sheet: Uuid) -> Result<Option<u64>, DiffusionError> {
        let doing = "reading the uses of a code";
        let row = sqlx::query("SELECT uses FROM sheet WHERE group_id = ? AND sheet = ?")
            .bind(self.inner.database.group())
            .bind(sheet.as_bytes().as_slice())
            .fetch_optional(self.inner.database.read())
            .await
            .map_err(DiffusionError::db(doing))?;
        let uses = row.map(|row| row.try_get::<i64, _>(0)).transpose().map_err(DiffusionError::db(doing))?;
        Ok(uses.map(i64::unsigned_abs))
    }
}
