//! Reading web copies: only what a traced act was granted, only while it is on line.

use crate::accept::blocking;
use crate::copies::{BlobReader, OpenCopy};
use crate::database::micros;
use crate::rights::{is_of_report, viewers_of, without_report};
use crate::traced::Opened;
use crate::{Diffusion, DiffusionError, Served};
use bytes::Bytes;
use link::series::{SeriesIndex, Span};
use link::{BlobName, Publication};
use sqlx::Row;
use std::ops::Range;
use std::sync::Arc;
use uuid::Uuid;

/// The most one reading returns: a caller that wants more asks in pieces.
pub const MOST_READ: u64 = 512 * 1024 * 1024;

/// One frame, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFrame {
    /// Its bytes, spans joined.
    pub bytes: Bytes,
    /// UID of the transfer syntax of these bytes.
    pub transfer_syntax: String,
}

impl Diffusion {
    /// What a traced act may read, as published.
    pub async fn publication(&self, served: Served) -> Result<Arc<Publication>, DiffusionError> {
        let publication = Arc::clone(&self.open_copy(served.publication()).await?.publication);
        Ok(if served.may_read_report() { publication } else { Arc::new(without_report(&publication)) })
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

    /// One frame of one instance of a series; all three numbers from 1, in display order.
    pub async fn frame(
        &self,
        served: Served,
        series: u32,
        instance: u32,
        frame: u32,
    ) -> Result<PublishedFrame, DiffusionError> {
        let index = self.index(served, series).await?;
        let at = |number: u32| usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        let instance = at(instance).and_then(|at| index.instances.get(at)).ok_or(DiffusionError::Gone)?;
        let spans = at(frame).and_then(|at| instance.frames.get(at)).ok_or(DiffusionError::Gone)?;
        let bytes = self.spans(served, series, spans).await?;
        Ok(PublishedFrame { bytes, transfer_syntax: instance.transfer_syntax.clone() })
    }

    /// Runs of a bundle, joined.
    pub(crate) async fn spans(&self, served: Served, series: u32, spans: &[Span]) -> Result<Bytes, DiffusionError> {
        let total = spans.iter().try_fold(0u64, |sum, span| sum.checked_add(span.size_bytes));
        if total.is_none_or(|total| total > MOST_READ) {
            return Err(DiffusionError::Range);
        }
        let mut pieces = Vec::with_capacity(spans.len());
        for span in spans {
            let end = span.offset.checked_add(span.size_bytes).ok_or(DiffusionError::Range)?;
            pieces.push(self.read(served, &BlobName::Bundle(series), span.offset..end).await?);
        }
        match pieces.as_slice() {
            [one] => Ok(one.clone()),
            several => Ok(Bytes::from(several.concat())),
        }
    }

    /// Where instances and frames of a series lie.
    pub(crate) async fn index(&self, served: Served, series: u32) -> Result<Arc<SeriesIndex>, DiffusionError> {
        let copy = self.open_copy(served.publication()).await?;
        if let Some(index) = copy.index(series) {
            return Ok(index);
        }
        let bytes = self.read_whole(served, &BlobName::Index(series)).await?;
        let index: SeriesIndex =
            serde_json::from_slice(&bytes).map_err(|error| DiffusionError::Document(error.to_string()))?;
        let index = Arc::new(index);
        copy.keep_index(series, &index);
        Ok(index)
    }

    pub(crate) async fn reader(&self, served: Served, blob: &BlobName) -> Result<BlobReader, DiffusionError> {
        let copy = self.open_copy(served.publication()).await?;
        if is_of_report(blob) && !served.may_read_report() {
            return Err(DiffusionError::Gone);
        }
        copy.reader(&self.inner.copies, blob).ok_or(DiffusionError::Gone)
    }

    /// Whether a reading under way may go on: the publication is on line, the sheet or session that opened it lives, and
    /// nothing of it has been hidden since.
    pub(crate) async fn judge_again(&self, served: Served) -> Result<(), DiffusionError> {
        let copy = self.open_copy(served.publication()).await?;
        let (sheet, exam) = match served.opened() {
            Opened::Judged => return Ok(()),
            Opened::Professional(session, exam) => {
                let report = copy.publication.report.as_ref().filter(|_| served.may_read_report());
                return self.pro_may_go_on(&session, exam, report).await;
            }
            Opened::Sheet(sheet, exam) => (sheet, exam),
        };
        let row = sqlx::query(
            "SELECT h.parent_until IS NOT NULL FROM sheet h LEFT JOIN share i ON i.group_id = h.group_id AND i.share = ?4
             WHERE h.group_id = ?1 AND h.sheet = ?2 AND h.revoked_at IS NULL
               AND min(h.dead_from, coalesce(h.parent_until, h.dead_from)) > ?3
               AND (?4 IS NULL OR (i.revoked_at IS NULL AND i.until > ?3))",
        )
        .bind(self.inner.database.group())
        .bind(sheet.as_bytes().as_slice())
        .bind(micros(self.now()))
        .bind(served.share().map(|share| share.as_bytes().to_vec()))
        .fetch_optional(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("judging a sheet"))?;
        let parents = row.ok_or(DiffusionError::Gone)?.try_get(0).map_err(DiffusionError::db("judging a sheet"))?;
        let viewers = viewers_of(exam, parents, served.share());
        for viewer in &viewers {
            if self.judge_exam(viewer, exam).await?.is_none_or(|judged| !judged.decision.permit) {
                return Err(DiffusionError::Gone);
            }
        }
        let now = self.as_seen_by(&viewers, Arc::clone(&copy.publication)).await?;
        if served.may_read_report() && now.report.is_none() { Err(DiffusionError::Gone) } else { Ok(()) }
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
