//! The port: what this room needs of a published exam.

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An access already judged and traced. Opaque here: the port's adapter knows what it names.
///
/// It is made for one session, one exam and one act, and lives as long as its trace leaf
/// (15 minutes); the caller's middleware judges at each request and puts it into the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The publication whose copies may be read.
    pub publication: Uuid,
    /// The index of the trace entry under which they are read.
    pub leaf: u64,
}

/// A series as the viewer lists it. No UID, nothing of the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesInfo {
    /// Position in the exam, from 1.
    pub series: u32,
    /// DICOM modality code (`CT`, `MG` …).
    pub modality: String,
    /// Series description as the device wrote it; may be empty.
    pub description: String,
    /// Number of instances; equals the length of the metadata array.
    pub instances: u32,
    /// Number of frames over all instances; 0 for a series without pixels.
    pub frames: u32,
    /// Whether the browser's viewer can show it.
    pub viewable: bool,
}

/// One frame, as stored: native (little endian) or one compressed frame without its item headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The frame's bytes, all fragments joined.
    pub bytes: Bytes,
    /// UID of the transfer syntax of these bytes (`1.2.840.10008.1.2.4.90` …).
    pub transfer_syntax: String,
}

/// Why a copy cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyError {
    /// No such series, instance or frame, or the publication is gone: one answer for all.
    #[error("no such copy")]
    NotFound,
    /// Not now: storage busy or failing. The text is for the operator and never leaves the server.
    #[error("copy unavailable: {0}")]
    Unavailable(String),
}

/// The web copies of one exam, addressed by numbers from 1 in display order.
///
/// Every call names the grant, and an adapter must refuse ([`CopyError::NotFound`]) what the grant's
/// publication does not hold or no longer holds at this very moment.
#[async_trait]
pub trait WebCopy: Send + Sync + 'static {
    /// The series of the publication, in order.
    ///
    /// # Errors
    /// [`CopyError`].
    async fn series(&self, grant: &Grant) -> Result<Vec<SeriesInfo>, CopyError>;

    /// The metadata of a series: gzip of a JSON array of DICOM JSON data sets (PS3.18 Annex F),
    /// one per instance, in the order of the instance numbers.
    ///
    /// # Errors
    /// [`CopyError`].
    async fn metadata_gz(&self, grant: &Grant, series: u32) -> Result<Bytes, CopyError>;

    /// One frame of one instance; a single-frame instance has frame 1.
    ///
    /// # Errors
    /// [`CopyError`].
    async fn frame(&self, grant: &Grant, series: u32, instance: u32, frame: u32) -> Result<Frame, CopyError>;

    /// A JPEG that stands for the series in a list.
    ///
    /// # Errors
    /// [`CopyError`].
    async fn thumbnail(&self, grant: &Grant, series: u32) -> Result<Bytes, CopyError>;

    /// A JPEG of the series' first picture, the size of a screen. An older copy has none.
    ///
    /// # Errors
    /// [`CopyError`].
    async fn screen(&self, grant: &Grant, series: u32) -> Result<Bytes, CopyError>;
}
