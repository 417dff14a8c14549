//! Reading records back, their digests checked.

use super::chunk::{CHUNK, Chunk};
use super::digest::Digester;
use super::folder::Folder;
use super::format::{Content, Kind, PAGE};
use super::segment_scan::SegmentReader;
use super::{Place, PlaceName, ReadError, disk, place::segment_of};
use std::borrow::Borrow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// A record's payload as something that reads; at its end the digests are compared, and a difference is an error of
/// kind `InvalidData`.
pub struct LandedReader {
    region: Region,
    digester: Option<Digester>,
    content: Content,
}

impl LandedReader {
    /// Length of the Part 10 file or message.
    pub fn size_bytes(&self) -> u64 {
        self.region.length
    }

    /// SHA-256 of the data set (or of the message).
    pub fn sha256(&self) -> [u8; 32] {
        self.content.sha256
    }
}

impl LandedReader {
    /// The same record to look around in: the digests are not compared.
    pub(super) fn into_browsed(self) -> LandedBrowser {
        LandedBrowser(self.region)
    }
}

/// A record's payload, wherever one wants to look. What is read is not compared with any digest.
pub struct LandedBrowser(Region);

impl LandedBrowser {
    /// Length of the Part 10 file or message.
    pub fn size_bytes(&self) -> u64 {
        self.0.length
    }
}

impl Read for LandedBrowser {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl Seek for LandedBrowser {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

impl Read for LandedReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let read = self.region.read(out)?;
        if let Some(digester) = &mut self.digester {
            digester.update(out.get(..read).unwrap_or_default());
        }
        let ended = self.region.at == self.region.length || read == 0;
        if ended && let Some(digester) = self.digester.take() {
            let whole = self.region.at == self.region.length && digester.finish().are_of(&self.content);
            if !whole {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a landing record is damaged"));
            }
        }
        Ok(read)
    }
}

/// Part of a file, as if it were a whole one.
pub(super) struct Region<F = File> {
    file: F,
    start: u64,
    length: u64,
    at: u64,
    chunk: Chunk,
    /// What of the region the chunk holds.
    held: std::ops::Range<u64>,
}

impl<F: Borrow<File>> Region<F> {
    /// `start` must be page-aligned.
    pub fn new(file: F, start: u64, length: u64) -> Self {
        Self { file, start, length, at: 0, chunk: Chunk::alone(), held: 0..0 }
    }
}

impl<F: Borrow<File>> Read for Region<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length {
            return Ok(0);
        }
        if !self.held.contains(&self.at) {
            let from = self.at - self.at % PAGE as u64;
            let wanted = usize::try_from(self.length - from).unwrap_or(CHUNK).min(CHUNK);
            let read = disk::read_chunk(
                self.file.borrow(),
                &mut self.chunk,
                self.start + from,
                wanted.next_multiple_of(PAGE),
            )?;
            self.held = from..from + read.min(wanted) as u64;
            if !self.held.contains(&self.at) {
                return Ok(0);
            }
        }
        let from = usize::try_from(self.at - self.held.start).unwrap_or(CHUNK);
        let to = usize::try_from(self.held.end - self.held.start).unwrap_or(0);
        let held = self.chunk.bytes().get(from..to).unwrap_or_default();
        let taken = held.len().min(out.len());
        if let (Some(place), Some(bytes)) = (out.get_mut(..taken), held.get(..taken)) {
            place.copy_from_slice(bytes);
        }
        self.at += taken as u64;
        Ok(taken)
    }
}

impl<F: Borrow<File>> Seek for Region<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.length, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = base.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Opens the record at `place`.
pub(super) fn open(folder: &Folder, place: Place, past_cache: bool) -> Result<LandedReader, ReadError> {
    let io_error = |source| ReadError::of(place, source);
    let name = segment_of(&place);
    let path = folder.segment(name);
    let damaged = || ReadError::Damaged(PlaceName(place));
    let mut segment = SegmentReader::open(&path, name, past_cache).map_err(io_error)?.ok_or_else(damaged)?;
    let (header, trailer) = segment.trailer(place.offset).ok_or_else(damaged)?;
    let content = trailer.content;
    let region = if header.kind == Kind::LargeFile {
        large(folder, &content, past_cache).map_err(io_error)?
    } else {
        let file = segment.into_file();
        Region::new(file, place.offset + PAGE as u64, header.payload_bytes)
    };
    if region.length != place.length || place.file.unwrap_or(0) != content.large_number {
        return Err(damaged());
    }
    Ok(LandedReader { region, digester: Some(Digester::new(content.dataset_offset)), content })
}

/// The payload of a record the scan has found.
pub(super) fn region_of(folder: &Folder, place: Place) -> io::Result<Region> {
    match place.file {
        Some(number) => Ok(Region::new(File::open(folder.large(number))?, 0, place.length)),
        None => {
            Ok(Region::new(File::open(folder.segment(segment_of(&place)))?, place.offset + PAGE as u64, place.length))
        }
    }
}

fn large(folder: &Folder, content: &Content, past_cache: bool) -> io::Result<Region> {
    let path = folder.large(content.large_number);
    let file = if past_cache { disk::open_past_cache(&path)? } else { File::open(&path)? };
    Ok(Region::new(file, 0, content.large_bytes))
}

/// Whether a large file is what its record says.
pub(super) fn verify_large(folder: &Folder, content: &Content, past_cache: bool) -> io::Result<bool> {
    let region = large(folder, content, past_cache)?;
    let digester = Some(Digester::new(content.dataset_offset));
    let mut reader = LandedReader { region, digester, content: content.clone() };
    match io::copy(&mut reader, &mut io::sink()) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error),
    }
}
