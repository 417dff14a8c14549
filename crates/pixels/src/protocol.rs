//! What goes to the child process and what comes back.
//!
//! Each message is: length of the JSON (u32, little endian), length of the blob (u64, little endian), the JSON, the
//! blob. The child is the same program, so the form has no version.

use crate::descriptor::{ImageDescriptor, VoiFunction};
use crate::error::PixelsError;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};

/// JSON longer than this is nonsense: look-up tables take less.
pub(crate) const MAX_JSON_BYTES: u32 = 16 << 20;
/// A blob longer than this is refused before it is read.
pub(crate) const MAX_BLOB_BYTES: u64 = 1 << 30;

/// A picture to make.
#[derive(Debug, Clone)]
pub struct RenderRequest {
    /// Of what.
    pub image: ImageSource,
    /// How.
    pub output: Output,
}

/// Where the pixels come from.
#[derive(Debug, Clone)]
pub enum ImageSource {
    /// A whole Part 10 file, and the frame counted from 0.
    Part10 {
        /// The file.
        file: Bytes,
        /// The frame, counted from 0.
        frame: u32,
    },
    /// One frame, cut out by its spans (`dicom::frames`), and what is needed to show it.
    Frame {
        /// From [`ImageDescriptor::of`].
        descriptor: Box<ImageDescriptor>,
        /// The frame's bytes: native, or one code stream.
        frame: Bytes,
    },
}

/// How a picture is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Output {
    /// The form of the file.
    pub format: ImageFormat,
    /// The picture is scaled down, never up, to fit in this many pixels of width and of height.
    pub fit: Option<(u32, u32)>,
    /// Window centre and width, instead of those of the image; in modality units.
    pub window: Option<(f64, f64)>,
    /// What that window means.
    pub function: VoiFunction,
    /// The part of the image that is shown: left, top, width, height in its pixels. What lies outside is left out.
    pub region: Option<[u32; 4]>,
}

impl Output {
    /// The whole image at its own size and window.
    pub const fn new(format: ImageFormat) -> Self {
        Self { format, fit: None, window: None, function: VoiFunction::Linear, region: None }
    }
}

/// The form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImageFormat {
    /// JPEG, of a quality from 1 to 100.
    Jpeg(u8),
    /// PNG.
    Png,
}

/// What a PDF document is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PdfInfo {
    /// Width and height of each page in points (1/72 inch), as shown; at most [`crate::pdf::MAX_PAGES`] pages are listed.
    pub pages: Vec<(f32, f32)>,
    /// Pages of the document.
    pub page_count: u32,
    /// The text of each listed page, as far as its fonts tell; empty for scanned pages.
    pub text: Vec<String>,
}

/// A request as written.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Ask {
    Part10 { frame: u32, output: Output },
    Frame { descriptor: Box<ImageDescriptor>, output: Output },
    Samples { descriptor: Box<ImageDescriptor> },
    PdfInfo,
    PdfPage { page: u32, width: u32 },
}

/// An answer as written; a picture travels as the blob.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Picture,
    Pdf(PdfInfo),
    Refused(PixelsError),
}

/// The lengths that precede a message.
pub(crate) fn lengths(head: [u8; 12]) -> Result<(u32, u64), PixelsError> {
    let [a, b, c, d, rest @ ..] = head;
    let (json, blob) = (u32::from_le_bytes([a, b, c, d]), u64::from_le_bytes(rest));
    if json > MAX_JSON_BYTES || blob > MAX_BLOB_BYTES { Err(PixelsError::Protocol) } else { Ok((json, blob)) }
}

/// What precedes the blob.
pub(crate) fn head(message: &impl Serialize, blob: &[u8]) -> Result<Vec<u8>, PixelsError> {
    let json = serde_json::to_vec(message).map_err(|_| PixelsError::Protocol)?;
    let json_len = u32::try_from(json.len()).map_err(|_| PixelsError::TooLarge)?;
    if json_len > MAX_JSON_BYTES || blob.len() as u64 > MAX_BLOB_BYTES {
        return Err(PixelsError::TooLarge);
    }
    Ok([&json_len.to_le_bytes()[..], &(blob.len() as u64).to_le_bytes(), &json].concat())
}

/// Reads one message; `None` when the other side has closed.
pub(crate) fn read(input: &mut impl Read) -> std::io::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut head = [0; 12];
    match input.read_exact(&mut head) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let (json_len, blob_len) = lengths(head).map_err(std::io::Error::other)?;
    let mut json = vec![0; json_len as usize];
    input.read_exact(&mut json)?;
    let mut blob = vec![0; usize::try_from(blob_len).unwrap_or(0)];
    input.read_exact(&mut blob)?;
    Ok(Some((json, blob)))
}

/// Writes one message.
pub(crate) fn write(output: &mut impl Write, message: &impl Serialize, blob: &[u8]) -> std::io::Result<()> {
    output.write_all(&head(message, blob).map_err(std::io::Error::other)?)?;
    output.write_all(blob)?;
    output.flush()
}
