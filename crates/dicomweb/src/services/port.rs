//! The ports: what this room needs of whoever keeps the instances.

use async_trait::async_trait;
use bytes::Bytes;
use dicom::attributes::Attributes;
use dicom::matching::Query;
use dicom::scan::{Scanned, Span};
use std::sync::Arc;
use tokio::sync::mpsc;

/// An access that somebody else has judged: who asks, as the ports and their trace need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The client as people know it (`reading room`), without personal data.
    pub client: Arc<str>,
    /// The login behind it, when it is a person's.
    pub person: Option<Arc<str>>,
    /// Whether it may send instances.
    pub may_store: bool,
    /// 16 bytes drawn for this request alone: they part what is sent in several parts, so that nothing stored can pretend
    /// to be a boundary.
    pub nonce: [u8; 16],
}

/// Which instances: those of a study, of one of its series, or one. The UIDs have been checked (PS3.5 §9.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UidPath {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: Option<String>,
    /// SOP Instance UID.
    pub instance: Option<String>,
}

/// What is done with them, for the trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// They are looked at: metadata, frames, pictures.
    View,
    /// Whole files leave.
    Download,
}

/// What is known of an instance without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Study Instance UID.
    pub study: String,
    /// Series Instance UID.
    pub series: String,
    /// SOP Instance UID.
    pub instance: String,
    /// SOP Class UID.
    pub sop_class: String,
    /// UID of the transfer syntax in which it is kept.
    pub transfer_syntax: String,
    /// Number of Frames; 0 when there are no pixels.
    pub frames: u32,
}

/// Why nothing, or nothing more, is given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing of that name that this access may see.
    #[error("not found")]
    NotFound,
    /// It is kept, and cannot be decoded or drawn.
    #[error("not drawable: {0}")]
    NotDrawable(String),
    /// Not now. The text is for the operator and never leaves the server.
    #[error("unavailable: {0}")]
    Unavailable(String),
}

/// Pieces of bytes, in order. An error is the last; a stream that ends without one is whole.
pub type Pieces = mpsc::Receiver<Result<Bytes, Fault>>;

/// How a picture is made (PS3.18 §8.3.5).
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// PNG, or JPEG of a quality from 1 to 100.
    pub format: PictureFormat,
    /// Width and height into which it is fitted, in pixels.
    pub fit: Option<(u32, u32)>,
    /// The part of the image that is shown: left, top, width, height in its pixels.
    pub region: Option<[u32; 4]>,
    /// Window, instead of the image's own.
    pub window: Option<Window>,
}

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG of that quality.
    Jpeg(u8),
    /// PNG.
    Png,
}

/// A window, in the units of the modality (PS3.3 §C.11.2).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Centre.
    pub center: f64,
    /// Width, above 0 (1 for `linear`).
    pub width: f64,
    /// Function.
    pub function: WindowFunction,
}

/// VOI LUT Function (PS3.3 §C.11.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowFunction {
    /// `linear`.
    Linear,
    /// `linear-exact`.
    LinearExact,
    /// `sigmoid`.
    Sigmoid,
}

/// One kept instance.
#[async_trait]
pub trait Image: Send + Sync + 'static {
    /// What is known of it.
    fn facts(&self) -> &Facts;
    /// Its header, and where its long values lie.
    ///
    /// # Errors
    /// [`Fault`].
    async fn scan(&self) -> Result<Arc<Scanned>, Fault>;
    /// The concatenation of pieces, as `scanned` counts them; of the inflated data set when it is deflated.
    ///
    /// # Errors
    /// [`Fault`].
    async fn read(&self, scanned: &Scanned, pieces: &[Span]) -> Result<Bytes, Fault>;
    /// The Part 10 file as it was received, or a part of it.
    ///
    /// # Errors
    /// [`Fault`].
    async fn stream(&self, part: Option<Span>) -> Result<Pieces, Fault>;
    /// A picture of one frame, from 0.
    ///
    /// # Errors
    /// [`Fault::NotDrawable`] when there is nothing that can be decoded.
    async fn picture(&self, frame: u32, how: &Picture) -> Result<Bytes, Fault>;
    /// One frame from 0, decoded: little endian, as PS3.5 §8.1 lays samples of the allocated bits.
    ///
    /// # Errors
    /// [`Fault::NotDrawable`] when it cannot be decoded.
    async fn samples(&self, frame: u32) -> Result<Bytes, Fault>;
}

/// Whoever keeps instances.
#[async_trait]
pub trait Images: Send + Sync + 'static {
    /// The instances of a path that this access may see, in the order of a study. When it answers, the act has been
    /// traced.
    ///
    /// # Errors
    /// [`Fault::NotFound`] when there are none.
    async fn open(&self, access: &Access, path: &UidPath, act: Act) -> Result<Vec<Arc<dyn Image>>, Fault>;
}

/// Which answers of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Left out before the first.
    pub skip: u64,
    /// At most.
    pub limit: u32,
}

/// Answers of a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// Each with all that is known at its level and the wider ones, in an order that never changes while others arrive.
    pub found: Vec<Attributes>,
    /// Whether more would follow.
    pub more: bool,
}

/// Whoever answers queries.
#[async_trait]
pub trait Finder: Send + Sync + 'static {
    /// What this access may see of what matches. When it answers, the query has been traced.
    ///
    /// # Errors
    /// [`Fault::Unavailable`].
    async fn find(&self, access: &Access, query: &Query, page: Page) -> Result<Answers, Fault>;
}

/// Why an instance that was sent is not kept (PS3.18 §I.2.2, PS3.4 §GG).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not kept: {reason:#06X}")]
pub struct NotKept {
    /// Failure Reason (0008,1197).
    pub reason: u16,
    /// Whether the same instance may be taken later.
    pub is_passing: bool,
}

/// An instance that is kept: on stable storage, and visible to every query from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// SOP Class UID.
    pub sop_class: String,
    /// SOP Instance UID.
    pub instance: String,
    /// Series Instance UID.
    pub series: String,
    /// Study Instance UID.
    pub study: String,
}

/// One Part 10 file being received. Dropping it leaves nothing behind.
#[async_trait]
pub trait Arrival: Send + 'static {
    /// The next slice.
    ///
    /// # Errors
    /// [`NotKept`]; every later call then gives the same.
    async fn write(&mut self, slice: Bytes) -> Result<(), NotKept>;
    /// Answers once it is kept.
    ///
    /// # Errors
    /// [`NotKept`].
    async fn finish(self: Box<Self>) -> Result<Kept, NotKept>;
}

/// Whoever takes instances in.
#[async_trait]
pub trait Arrivals: Send + Sync + 'static {
    /// Begins to receive one; with a study, it must be of that one.
    ///
    /// # Errors
    /// [`NotKept`].
    async fn begin(&self, access: &Access, study: Option<&str>) -> Result<Box<dyn Arrival>, NotKept>;
}
