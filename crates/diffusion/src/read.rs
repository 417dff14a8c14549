//! Reading web copies: only what a traced act was granted, only while it is on line.

use crate::accept::blocking;
use crate::copies::{BlobReader, OpenCopy};
use crate::database::micros;
use crate::{Diffusion, DiffusionError, Served};
use bytes::Bytes;
use link::{BlobName, Publication};
use sqlx::Row;
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// The most one reading returns: a caller that wants more asks in pieces.
pub const MOST_READ: u64 = 512 * 1024 * 1024;

impl Diffusion {
    /// What a traced act may read, as published.
    pub async fn publication(&self, served: Served) -> Result<Arc<Publication>, DiffusionError> {
        Ok(Arc::clone(&self.open_copy(served.publication()).await?.publication))
    }

    /// The bytes `range` of a blob; every chunk of it is checked before any byte is returned.
    ///
    /// # Errors
    /// [`DiffusionError::Gone`] when the publication is replaced, withdrawn or past its time or has no such blob,
    /// [`DiffusionError::Range`], [`DiffusionError::Damaged`].
    pub async fn read(&self, served: Served, blob: &BlobName, range: Range<u64>) -> Result<Bytes, DiffusionError> {
        if range.end.saturating_sub(range.start) > MOST_READ {
            return Err(DiffusionError::Range);
        }
        let reader = self.reader(served, blob).await?;
        blocking(move || reader.read(range)).await
    }

    /// A whole blob, for the small ones.
    pub async fn read_whole(&self, served: Served, blob: &BlobName) -> Result<Bytes, DiffusionError> {
        let reader = self.reader(served, blob).await?;
        let size = reader.size.0;
        if size > MOST_READ {
            return Err(DiffusionError::Range);
        }
        blocking(move || reader.read(0..size)).await
    }

    pub(crate) async fn reader(&self, served: Served, blob: &BlobName) -> Result<BlobReader, DiffusionError> {
        let copy = self.open_copy(served.publication()).await?;
        copy.reader(&self.inner.copies, blob).ok_or(DiffusionError::Gone)
    }

    /// The open copy of a publication that is visible and on line at this instant.
    pub(crate) async fn open_copy(&self, publication: Uuid) -> Result<Arc<OpenCopy>, DiffusionError> {
        let doing = "judging a publication";
        let row = sqlx::query(
            "SELECT e.online_until, p.wrapped_key, p.document
             FROM publication p JOIN exam e ON e.group_id = p.group_id AND e.exam = p.exam
             WHERE p.group_id = ? AND p.publication = ? AND e.visible = p.publication AND p.wrapped_key IS NOT NULL",
        )
        .bind(self.inner.database.group())
        .bind(publication.as_bytes().as_slice())
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(DiffusionError::db(doing))?;
        let row = row.ok_or(DiffusionError::Gone)?;
        let until: i64 = row.try_get(0).map_err(DiffusionError::db(doing))?;
        if micros(self.now()) >= until {
            return Err(DiffusionError::Gone);
        }
        if let Some(open) = self.inner.open_copies.get(publication) {
            return Ok(open);
        }
        let sealed = || -> Result<(Vec<u8>, Vec<u8>), sqlx::Error> { Ok((row.try_get(1)?, row.try_get(2)?)) };
        let (wrapped, document) = sealed().map_err(DiffusionError::db(doing))?;
        let open = Arc::new(OpenCopy::unseal(self.inner.keys.master(), publication, &wrapped, &document)?);
        self.inner.open_copies.keep(&open);
        Ok(open)
    }
}
