//! Reading a segment as a stranger would: every record is proved by its CRCs, nothing is assumed.

use super::chunk::{CHUNK, Chunk};
use super::format::{Content, Header, Kind, PAGE, Trailer};
use super::{Place, SegmentName, disk};
use std::fs::File;
use std::io;
use std::path::Path;

/// An existing segment.
pub(super) struct SegmentReader {
    file: File,
    head: Header,
    length: u64,
    chunk: Chunk,
}

/// A record whose header, payload and trailer agree.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub header: Header,
    pub content: Content,
}

/// What lies between two places.
#[derive(Debug, Clone)]
pub(super) enum Found {
    Record(Box<Stored>),
    /// Given up by its sender.
    Aborted,
    /// Bytes that are no record, from `offset`.
    Bad {
        offset: u64,
    },
}

/// All of a segment from some place on.
#[derive(Debug, Default)]
pub(super) struct Scan {
    pub found: Vec<Found>,
    /// Bytes of the segment that were synced for certain: later records were begun after that.
    pub synced_bytes: u64,
    /// Where the last good record ends.
    pub end: u64,
}

impl Stored {
    pub fn place(&self) -> Place {
        let large = self.content.large_number != 0;
        Place {
            writer: self.header.writer,
            segment: self.header.segment,
            offset: self.header.offset,
            length: if large { self.content.large_bytes } else { self.header.payload_bytes },
            file: large.then_some(self.content.large_number),
        }
    }
}

impl SegmentReader {
    /// Opens a segment; `None` when its head page is not one of this version: a crash while it was made, or damage.
    pub fn open(path: &Path, name: SegmentName, past_cache: bool) -> io::Result<Option<Self>> {
        let file = if past_cache { disk::open_past_cache(path)? } else { File::open(path)? };
        let length = file.metadata()?.len();
        let mut chunk = Chunk::alone();
        disk::read_chunk(&file, &mut chunk, 0, PAGE)?;
        let head = chunk.bytes().get(..PAGE).and_then(Header::decode);
        let mine = |head: &Header| {
            head.kind == Kind::SegmentHead && (head.writer, head.segment) == (name.writer, name.segment)
        };
        Ok(head.filter(mine).map(|head| Self { file, head, length, chunk }))
    }

    /// Every record from `from` to the end of the file.
    pub fn scan(&mut self, from: u64) -> Scan {
        let mut scan = Scan { end: from, ..Scan::default() };
        let mut at = from;
        while at < self.length {
            let Some(header) = self.header_at(at) else {
                let next = self.next_header(at + PAGE as u64);
                if next.is_some() || !self.is_blank(at) {
                    scan.found.push(Found::Bad { offset: at });
                }
                let Some(next) = next else { break };
                at = next;
                continue;
            };
            scan.synced_bytes = scan.synced_bytes.max(header.synced_bytes);
            let Some(end) = header.end().filter(|end| *end <= self.length) else {
                scan.found.push(Found::Bad { offset: at });
                at += PAGE as u64;
                continue;
            };
            match self.body(header) {
                // The record after a torn one may begin anywhere: the space of what was given up is used again.
                Found::Bad { offset } => {
                    scan.found.push(Found::Bad { offset });
                    let Some(next) = self.next_header(at + PAGE as u64) else { break };
                    at = next;
                }
                good => {
                    scan.found.push(good);
                    scan.end = end;
                    at = end;
                }
            }
        }
        scan
    }

    /// The trailer of the record at `offset`, its payload unread.
    pub fn trailer(&mut self, offset: u64) -> Option<(Header, Trailer)> {
        let header = self.header_at(offset)?;
        let at = header.end().filter(|end| *end <= self.length)?.checked_sub(PAGE as u64)?;
        let trailer = Trailer::decode(self.page(at)?).filter(|trailer| trailer.ends(&header) && !trailer.aborted)?;
        Some((header, trailer))
    }

    /// The file, for reading a payload.
    pub fn into_file(self) -> File {
        self.file
    }

    fn header_at(&mut self, at: u64) -> Option<Header> {
        let header = self.page(at).and_then(Header::decode)?;
        header.stands_in(&self.head, at).then_some(header)
    }

    fn body(&mut self, header: Header) -> Found {
        let bad = Found::Bad { offset: header.offset };
        let start = header.offset + PAGE as u64;
        let trailer_at = start + super::format::padded(header.payload_bytes);
        let trailer = self.page(trailer_at).and_then(Trailer::decode).filter(|trailer| trailer.ends(&header));
        let Some(trailer) = trailer else { return bad };
        if trailer.aborted {
            return Found::Aborted;
        }
        if header.kind != Kind::LargeFile && self.crc(start, header.payload_bytes) != Some(trailer.content.crc32) {
            return bad;
        }
        Found::Record(Box::new(Stored { header, content: trailer.content }))
    }

    fn crc(&mut self, start: u64, length: u64) -> Option<u32> {
        let mut crc = crc32fast::Hasher::new();
        let mut done = 0;
        while done < length {
            let wanted = usize::try_from(length - done).unwrap_or(CHUNK).min(CHUNK);
            self.fill(start + done, wanted.next_multiple_of(PAGE))?;
            crc.update(self.chunk.bytes().get(..wanted)?);
            done += wanted as u64;
        }
        Some(crc.finalize())
    }

    /// The first header page from `from` on.
    fn next_header(&mut self, from: u64) -> Option<u64> {
        let mut at = from;
        while at < self.length {
            let read = self.fill_some(at);
            for (index, page) in self.chunk.bytes().get(..read)?.chunks_exact(PAGE).enumerate() {
                let here = at + (index * PAGE) as u64;
                if Header::decode(page).is_some_and(|header| header.stands_in(&self.head, here)) {
                    return Some(here);
                }
            }
            at += CHUNK as u64;
        }
        None
    }

    fn is_blank(&mut self, at: u64) -> bool {
        self.page(at).is_some_and(|page| page.iter().all(|byte| *byte == 0))
    }

    fn page(&mut self, at: u64) -> Option<&[u8]> {
        self.fill(at, PAGE)?;
        self.chunk.bytes().get(..PAGE)
    }

    /// A page that cannot be read is a page that is not there: the rest of the segment must still be found.
    fn fill(&mut self, at: u64, length: usize) -> Option<()> {
        let read = disk::read_chunk(&self.file, &mut self.chunk, at, length).ok()?;
        (read == length).then_some(())
    }

    /// Fills the chunk as far as it goes; where a page cannot be read, page by page.
    fn fill_some(&mut self, at: u64) -> usize {
        if let Ok(read) = disk::read_chunk(&self.file, &mut self.chunk, at, CHUNK) {
            return read;
        }
        let mut whole = Chunk::alone();
        for (index, page) in whole.bytes_mut().chunks_exact_mut(PAGE).enumerate() {
            if let Some(read) = self.page(at + (index * PAGE) as u64) {
                page.copy_from_slice(read);
            }
        }
        self.chunk = whole;
        CHUNK
    }
}

impl Scan {
    /// Bad places, split: torn (nobody was told) and damaged (somebody may have been). `known` is what the caller
    /// knows to be synced.
    pub fn torn_and_damaged(&self, known: u64) -> (u64, Vec<u64>) {
        let synced = self.synced_bytes.max(known);
        let mut torn = 0;
        let mut damaged = Vec::new();
        for found in &self.found {
            match found {
                Found::Bad { offset } if *offset < synced => damaged.push(*offset),
                Found::Bad { .. } => torn += 1,
                Found::Record(_) | Found::Aborted => {}
            }
        }
        (torn, damaged)
    }

    /// The good records.
    pub fn records(&self) -> impl Iterator<Item = &Stored> {
        self.found.iter().filter_map(|found| match found {
            Found::Record(stored) => Some(&**stored),
            Found::Aborted | Found::Bad { .. } => None,
        })
    }
}
