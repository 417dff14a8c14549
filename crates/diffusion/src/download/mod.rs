//! What a person may take away: streams of bounded memory, with neutral names.

mod dicom_zip;
mod images_zip;
mod readme;
mod report;
mod sender;
mod zip;

use crate::DiffusionError;
use async_trait::async_trait;
use bytes::Bytes;
use futures::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::mpsc;

/// The report's file name, the same for everybody.
const REPORT_NAME: &str = "compte-rendu.pdf";

/// A body in pieces of at most 256 KiB. An error ends it before its announced length: the
/// receiver sees a broken download, never a file that looks whole.
pub struct ByteStream(mpsc::Receiver<Result<Bytes, DiffusionError>>);

impl Stream for ByteStream {
    type Item = Result<Bytes, DiffusionError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

/// Something to take away.
pub struct Download {
    /// A neutral file name, the same for everybody.
    pub file_name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its length in bytes, where known beforehand.
    pub size_bytes: Option<u64>,
    /// Its bytes.
    pub body: ByteStream,
}

/// One frame to be made a picture of. The file is handed through, not read, by this room.
#[derive(Debug, Clone)]
pub struct FrameToRender {
    /// The whole file: how the frame is to be shown stands in its header.
    pub file: Bytes,
    /// Index of the frame in its instance, from 0.
    pub frame: u32,
    /// The frame's bytes, spans joined.
    pub bytes: Bytes,
}

/// Makes a JPEG of a frame with its own default window, or says why it cannot.
#[async_trait]
pub trait Renderer: Send + Sync + 'static {
    /// The JPEG.
    async fn jpeg(&self, frame: FrameToRender) -> Result<Bytes, DiffusionError>;
}

/// A renderer for set-ups without one: every frame is left out and listed as such.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRenderer;

#[async_trait]
impl Renderer for NoRenderer {
    async fn jpeg(&self, _frame: FrameToRender) -> Result<Bytes, DiffusionError> {
        Err(DiffusionError::Rendering("no renderer here".into()))
    }
}
