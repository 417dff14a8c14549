//! The data sets of instances, on their way to another system.

use anyhow::{Context as _, Result, bail};
use archive::images::{Images, Stream};
use bytes::{Buf, Bytes};
use dicom::frames::{Frames, frame_spans};
use dicom::scan::Limits;
use dicom::tables::IMPLICIT_VR_LITTLE_ENDIAN;
use dicom::tag;
use dicom::transcode::{Source, data_set_offset};
use dimse::scp::query::DataSet;
use pixels::{ImageDescriptor, Pool};
use record::StoredInstance;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// The longest file that is written in another form: it is held whole for that.
const CONVERTED_BYTES: u64 = 256 << 20;

/// An instance as it is kept.
pub async fn opened(images: &Images, instance: &StoredInstance) -> Result<DataSet> {
    let mut stream = images.stream(instance, None).await?;
    let first = stream.recv().await.context("nothing to read")??;
    let offset = match data_set_offset(&first) {
        Some(offset) => offset,
        None => images.scan(instance).await?.dataset_offset(),
    };
    let length = instance.size_bytes.checked_sub(offset).context("no data set")?;
    let left = instance.size_bytes.saturating_sub(first.len() as u64);
    let pieces = Pieces { stream, piece: first, skip: offset, left, compared: false };
    Ok(DataSet { length, bytes: Box::new(pieces) })
}

/// A file read piece by piece, without what precedes its data set.
struct Pieces {
    stream: Stream,
    piece: Bytes,
    /// Bytes to leave out first.
    skip: u64,
    /// Bytes of the file that are still to come.
    left: u64,
    /// Its digest was compared: the stream ended without an error.
    compared: bool,
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        loop {
            let skipped = usize::try_from(self.skip).unwrap_or(usize::MAX).min(self.piece.len());
            self.piece.advance(skipped);
            self.skip -= skipped as u64;
            // The last piece is given only once the digest of the whole has been compared.
            if self.left == 0 && !self.compared {
                match ready!(self.stream.poll_recv(context)) {
                    None => self.compared = true,
                    Some(Ok(more)) if more.is_empty() => {}
                    Some(Ok(_)) => return Poll::Ready(Err(std::io::Error::other("longer than it was"))),
                    Some(Err(error)) => return Poll::Ready(Err(std::io::Error::other(error))),
                }
                continue;
            }
            if !self.piece.is_empty() {
                let count = self.piece.len().min(into.remaining());
                into.put_slice(self.piece.get(..count).unwrap_or_default());
                self.piece.advance(count);
                return Poll::Ready(Ok(()));
            }
            match ready!(self.stream.poll_recv(context)) {
                None => return Poll::Ready(Ok(())),
                Some(Err(error)) => return Poll::Ready(Err(std::io::Error::other(error))),
                Some(Ok(piece)) => {
                    self.left = self.left.saturating_sub(piece.len() as u64);
                    self.piece = piece;
                }
            }
        }
    }
}

/// An instance in one of the two little endian forms, for a receiver that takes nothing else.
pub async fn converted(
    images: &Images,
    pixels: &Pool,
    instance: &StoredInstance,
    transfer_syntax_uid: &str,
) -> Result<DataSet> {
    if instance.size_bytes > CONVERTED_BYTES {
        bail!("too long to be converted");
    }
    let mut stream = images.stream(instance, None).await?;
    let mut file = Vec::with_capacity(usize::try_from(instance.size_bytes)?);
    while let Some(piece) = stream.recv().await {
        file.extend_from_slice(&piece?);
    }
    let source = Source::read(&file, &Limits::default())?;
    let decoded = if source.is_encapsulated() { Some(decoded(pixels, &source).await?) } else { None };
    let pixels = decoded.as_ref().map(|(bytes, photometric)| (bytes.as_slice(), *photometric));
    let implicit = transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN;
    let data = source.write(implicit, pixels).context("it cannot be written in another form")?;
    Ok(DataSet { length: data.len() as u64, bytes: Box::new(std::io::Cursor::new(data)) })
}

/// Every frame decoded, and what its colours are now when they are others (PS3.5 §8.2).
async fn decoded(pixels: &Pool, source: &Source<'_>) -> Result<(Vec<u8>, Option<&'static str>)> {
    let scanned = source.scanned();
    let Frames::Spans(frames) = frame_spans(scanned)? else { bail!("no frames that can be decoded") };
    let mut samples = Vec::new();
    let count = scanned.dataset().unsigned(tag::NUMBER_OF_FRAMES).unwrap_or(1).max(1);
    for frame in 0..u32::try_from(count)? {
        let descriptor = ImageDescriptor::of(scanned, frame)?;
        let pieces = frames.get(frame as usize).context("a frame is missing")?;
        let bytes = source.gather(pieces).context("a frame lies outside of its file")?;
        samples.extend(pixels.samples(Box::new(descriptor), bytes.into()).await?);
        if samples.len() as u64 > 4 * CONVERTED_BYTES {
            bail!("too long once decoded");
        }
    }
    if samples.len() % 2 == 1 {
        samples.push(0);
    }
    let photometric = scanned.dataset().plain_text(tag::PHOTOMETRIC_INTERPRETATION);
    // Run lengths keep the colours as they are, the others' decoders give red, green and blue.
    let turned =
        photometric.is_some_and(|photometric| photometric.starts_with("YBR")) && scanned.transfer_syntax() != RLE;
    Ok((samples, turned.then_some("RGB")))
}

const RLE: &str = "1.2.840.10008.1.2.5";
