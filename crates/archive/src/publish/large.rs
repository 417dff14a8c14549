//! A file too large to be held whole: looked at where it lies in the vault, and sent in pieces.
//!
//! What is held at once: the header, one slice on its way, and one frame while its picture is drawn.

use super::series::{SLICE_BYTES, Seen, scan_limits};
use crate::{Archive, ArchiveError};
use bytes::{Bytes, BytesMut};
use dicom::frames::{Frames, frame_spans};
use dicom::scan::{PixelLayout, Scanned, Span, scan_reader};
use dicom::{tables, tag};
use link::{BlobInfo, BlobName};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Seek, SeekFrom};
use uuid::Uuid;
use vault::{EntryReader, ObjectKey, Piece, SealedEntry, VaultError};

/// The largest header or frame that is held.
const PART_LIMIT_BYTES: u64 = 256 << 20;

/// Where a series' bundle is written, and its digest so far.
pub(super) struct Bundle<'a> {
    pub archive: &'a Archive,
    pub publication: Uuid,
    pub name: BlobName,
    pub offset: u64,
    pub digest: Sha256,
}

/// Sends a sealed file piece by piece, at the bundle's end. The vault compares the whole with what it sealed before it
/// says that this was the end.
pub(super) async fn send(bundle: &mut Bundle<'_>, key: ObjectKey, entry: &SealedEntry) -> Result<Seen, ArchiveError> {
    let archive = bundle.archive;
    let scan = |reader: &mut EntryReader| {
        let size_bytes = reader.size_bytes();
        scan_reader(reader, size_bytes, &scan_limits()).ok()
    };
    let scanned = archive.vault.browse(key, entry.clone(), scan).await?;
    let starts = scanned.as_ref().map(Scanned::dataset_offset);
    let (mut file, mut dataset) = (Sha256::new(), Sha256::new());
    let (mut start, mut waiting, mut read) = (Vec::new(), BytesMut::with_capacity(SLICE_BYTES), 0u64);
    let mut pieces = archive.vault.stream_entry(key, entry.clone()).await?;
    loop {
        let piece = match pieces.recv().await {
            Some(Ok(Piece::Bytes(piece))) => piece,
            Some(Ok(Piece::End)) => break,
            Some(Err(error)) => return Err(error.into()),
            None => return Err(VaultError::Abandoned("reading a large file").into()),
        };
        file.update(&piece);
        let before = starts.unwrap_or(u64::MAX).saturating_sub(read);
        dataset.update(usize::try_from(before).ok().and_then(|from| piece.get(from..)).unwrap_or_default());
        read += piece.len() as u64;
        start.extend(piece.iter().take(Seen::START_BYTES.saturating_sub(start.len())));
        waiting.extend_from_slice(&piece);
        while waiting.len() >= SLICE_BYTES {
            bundle.put(waiting.split_to(SLICE_BYTES).freeze()).await?;
        }
    }
    if !waiting.is_empty() {
        bundle.put(waiting.freeze()).await?;
    }
    Ok(Seen {
        dataset: scanned.as_ref().map(|_| dataset.finalize().into()),
        scanned,
        size_bytes: read,
        sha256: hex::encode(file.finalize()),
        start,
    })
}

impl Bundle<'_> {
    /// Adds a slice at its end.
    pub(super) async fn put(&mut self, slice: Bytes) -> Result<(), ArchiveError> {
        self.digest.update(&slice);
        let at = self.offset;
        self.offset += slice.len() as u64;
        Ok(self.archive.door.put(self.publication, self.name.clone(), at, slice).await?)
    }

    /// What the publication announces of it.
    pub(super) fn end(self) -> BlobInfo {
        BlobInfo { name: self.name, size_bytes: self.offset, sha256: hex::encode(self.digest.finalize()) }
    }
}

/// A file of its own that holds the header and one frame (from 0), for whoever draws it; `None` when it cannot be cut.
pub(super) async fn one_frame(
    archive: &Archive,
    key: ObjectKey,
    entry: &SealedEntry,
    frame: u32,
) -> Result<Option<Vec<u8>>, ArchiveError> {
    let cut = move |reader: &mut EntryReader| {
        let size_bytes = reader.size_bytes();
        let scanned = scan_reader(&mut *reader, size_bytes, &scan_limits()).ok()?;
        let Ok(Frames::Spans(frames)) = frame_spans(&scanned) else { return None };
        cut(reader, &scanned, frames.get(frame as usize)?)
    };
    Ok(archive.vault.browse(key, entry.clone(), cut).await?)
}

/// The header as it stands, said to have one frame, then that frame as its pixel data.
fn cut(reader: &mut (impl Read + Seek), scanned: &Scanned, spans: &[Span]) -> Option<Vec<u8>> {
    let pixels = scanned.pixel_data()?;
    let element = element_of(scanned)?;
    let dataset = scanned.dataset();
    // Frames of single bits may begin inside a byte.
    if dataset.unsigned(tag::BITS_ALLOCATED) == Some(1) {
        return None;
    }
    // Tables of offsets speak of all frames; they stand right before the pixels.
    let table =
        dataset.get(tag::EXTENDED_OFFSET_TABLE).and_then(|table| table.span().offset.checked_sub(element.header_bytes));
    let mut file = read_span(reader, Span { offset: 0, len: table.unwrap_or(element.offset) })?;
    if let Some(number) = dataset.get(tag::NUMBER_OF_FRAMES) {
        let (from, len) = (usize::try_from(number.span().offset).ok()?, usize::try_from(number.span().len).ok()?);
        let said = file.get_mut(from..from.checked_add(len)?)?;
        said.fill(b' ');
        *said.first_mut()? = b'1';
    }
    let total = spans.iter().try_fold(0u64, |sum, span| sum.checked_add(span.len))?;
    let length = u32::try_from(total.checked_next_multiple_of(2)?).ok()?.to_le_bytes();
    let mut header = read_span(reader, Span { offset: element.offset, len: element.header_bytes })?;
    let encapsulated = matches!(pixels.layout, PixelLayout::Encapsulated { .. });
    if !encapsulated {
        let said = header.len().checked_sub(4)?;
        header.truncate(said);
        header.extend(if element.big_endian { [length[3], length[2], length[1], length[0]] } else { length });
    }
    file.extend(header);
    if encapsulated {
        // An empty table of offsets, then the only item (PS3.5 §A.4).
        file.extend([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0]);
        file.extend(length);
    }
    for span in spans {
        file.extend(read_span(reader, *span)?);
    }
    if total % 2 == 1 {
        file.push(0);
    }
    if encapsulated {
        file.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    }
    Some(file)
}

/// Where the header of the pixel data's element stands.
struct PixelElement {
    offset: u64,
    header_bytes: u64,
    big_endian: bool,
}

fn element_of(scanned: &Scanned) -> Option<PixelElement> {
    let header_bytes = if scanned.is_implicit() { 8 } else { 12 };
    let big_endian = scanned.transfer_syntax() == tables::EXPLICIT_VR_BIG_ENDIAN;
    let offset = match &scanned.pixel_data()?.layout {
        PixelLayout::Native(span) => span.offset.checked_sub(header_bytes)?,
        PixelLayout::Encapsulated { basic_offset_table, fragments, .. } => {
            let first = fragments.first()?.offset.checked_sub(8)?;
            first.checked_sub(8 + 4 * basic_offset_table.len() as u64)?.checked_sub(header_bytes)?
        }
    };
    Some(PixelElement { offset, header_bytes, big_endian })
}

fn read_span(reader: &mut (impl Read + Seek), span: Span) -> Option<Vec<u8>> {
    if span.len > PART_LIMIT_BYTES {
        return None;
    }
    let read = |reader: &mut dyn ReadSeek| -> io::Result<Vec<u8>> {
        reader.seek(SeekFrom::Start(span.offset))?;
        let mut bytes = Vec::new();
        reader.take(span.len).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    read(reader).ok().filter(|bytes| bytes.len() as u64 == span.len)
}

/// What a file is read through.
trait ReadSeek: Read + Seek {}
impl<R: Read + Seek> ReadSeek for R {}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom::part10;
    use dicom::scan::{Limits, scan_part10};
    use std::io::Cursor;

    fn frames(file: &[u8]) -> Vec<Vec<u8>> {
        let scanned = scan_part10(file, &Limits::default()).unwrap();
        let Frames::Spans(frames) = frame_spans(&scanned).unwrap() else { panic!("no frames") };
        let of = |span: &Span| file[span.offset as usize..(span.offset + span.len) as usize].to_vec();
        frames.iter().map(|spans| spans.iter().flat_map(of).collect()).collect()
    }

    /// A Part 10 file of three frames; `pixels` is the element with its header.
    fn multiframe(transfer_syntax: &str, pixels: &[u8]) -> Vec<u8> {
        let meta = part10::FileMeta {
            sop_class_uid: "1.2.840.10008.5.1.4.1.1.7",
            sop_instance_uid: "1.2.3",
            transfer_syntax_uid: transfer_syntax,
            source_ae_title: None,
        };
        let mut file = part10::prefix(&meta);
        let mut element = |group: u16, number: u16, vr: &[u8; 2], value: &[u8]| {
            file.extend([group.to_le_bytes(), number.to_le_bytes()].concat());
            file.extend(vr);
            file.extend((value.len() as u16).to_le_bytes());
            file.extend(value);
        };
        element(0x28, 0x02, b"US", &1u16.to_le_bytes());
        element(0x28, 0x04, b"CS", b"MONOCHROME2 ");
        element(0x28, 0x08, b"IS", b"3 ");
        element(0x28, 0x10, b"US", &2u16.to_le_bytes());
        element(0x28, 0x11, b"US", &2u16.to_le_bytes());
        element(0x28, 0x100, b"US", &8u16.to_le_bytes());
        file.extend(pixels);
        file
    }

    fn cut_out(file: &[u8], frame: usize) -> Vec<u8> {
        let scanned = scan_part10(file, &Limits::default()).unwrap();
        let Frames::Spans(frames) = frame_spans(&scanned).unwrap() else { panic!("no frames") };
        cut(&mut Cursor::new(file), &scanned, &frames[frame]).unwrap()
    }

    #[test]
    fn a_native_frame_is_cut_out_with_its_header() {
        let mut pixels = b"\xE0\x7F\x10\x00OB\x00\x00\x0C\x00\x00\x00".to_vec();
        pixels.extend(0..12u8);
        let file = multiframe("1.2.840.10008.1.2.1", &pixels);
        assert_eq!(frames(&file).len(), 3);
        for frame in 0..3 {
            assert_eq!(frames(&cut_out(&file, frame)), [frames(&file)[frame].clone()]);
        }
    }

    #[test]
    fn an_encapsulated_frame_is_cut_out_with_its_header() {
        let mut pixels = b"\xE0\x7F\x10\x00OB\x00\x00\xFF\xFF\xFF\xFF".to_vec();
        pixels.extend(b"\xFE\xFF\x00\xE0\x0C\x00\x00\x00\x00\x00\x00\x00\x0C\x00\x00\x00\x1A\x00\x00\x00");
        for fragment in [&b"\xFF\xD8\xFF\x01"[..], b"\xFF\xD8\xFF\x02\x02\x02", b"\xFF\xD8\xFF\x03"] {
            pixels.extend(b"\xFE\xFF\x00\xE0");
            pixels.extend((fragment.len() as u32).to_le_bytes());
            pixels.extend(fragment);
        }
        pixels.extend(b"\xFE\xFF\xDD\xE0\x00\x00\x00\x00");
        let file = multiframe("1.2.840.10008.1.2.4.50", &pixels);
        assert_eq!(frames(&file).len(), 3);
        for frame in 0..3 {
            assert_eq!(frames(&cut_out(&file, frame)), [frames(&file)[frame].clone()]);
        }
    }
}
