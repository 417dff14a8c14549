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
    head_damaged: bool,
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
    /// Opens a segment. When its head page is damaged, the first header page that names this segment stands in for it;
    /// `None` when there is none either: a crash while the segment was made, or another version.
    pub fn open(path: &Path, name: SegmentName, past_cache: bool) -> io::Result<Option<Self>> {
        let file = if past_cache { disk::open_past_cache(path)? } else { File::open(path)? };
        let length = file.metadata()?.len();
        let nobody = Header {
            kind: Kind::SegmentHead,
            writer: name.writer,
            segment: name.segment,
            offset: 0,
            payload_bytes: 0,
            synced_bytes: 0,
            received_micros: 0,
            nonce: Default::default(),
            source: String::new(),
        };
        let mut segment = Self { file, head: nobody, head_damaged: false, length, chunk: Chunk::alone() };
        let mine = |head: &Header| (head.writer, head.segment) == (name.writer, name.segment);
        let head = segment.page(0).and_then(Header::decode).filter(|head| mine(head) && head.kind == Kind::SegmentHead);
        segment.head_damaged = head.is_none();
        let head = head.or_else(|| {
            let first = segment.next_page(PAGE as u64, |header, at| mine(header) && header.offset == at)?;
            let header = segment.page(first).and_then(Header::decode)?;
            Some(Header { payload_bytes: 0, ..header })
        });
        Ok(head.map(|head| Self { head, ..segment }))
    }

    /// Every record from `from` to the end of the file.
    pub fn scan(&mut self, from: u64) -> Scan {
        // A closed segment is cut where its last synced record ends: all of it was synced.
        let closed = if self.length < self.head.payload_bytes { self.length } else { 0 };
        let mut scan = Scan { end: from, synced_bytes: closed, ..Scan::default() };
        if self.head_damaged && from == PAGE as u64 {
            scan.found.push(Found::Bad { offset: 0 });
            scan.synced_bytes = scan.synced_bytes.max(PAGE as u64);
        }
        let mut at = from;
        while at < self.length {
            let Some(header) = self.header_at(at) else {
                let next = self.next_header(at + PAGE as u64);
                if next.is_some() || at < scan.synced_bytes || !self.is_blank(at) {
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

    /// The first header page of this segment from `from` on.
    fn next_header(&mut self, from: u64) -> Option<u64> {
        let head = self.head.clone();
        self.next_page(from, |header, at| header.stands_in(&head, at))
    }

    fn next_page(&mut self, from: u64, wanted: impl Fn(&Header, u64) -> bool) -> Option<u64> {
        let mut at = from;
        while at < self.length {
            let read = self.fill_some(at);
            for (index, page) in self.chunk.bytes().get(..read)?.chunks_exact(PAGE).enumerate() {
                let here = at + (index * PAGE) as u64;
                if Header::decode(page).is_some_and(|header| wanted(&header, here)) {
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

    /// Where the file may be cut: everything after the last good record is a torn tail or was never written.
    pub fn cut_at(&self, known: u64) -> Option<u64> {
        let whole = |found: &Found| match found {
            Found::Bad { offset } => *offset >= self.end,
            Found::Record(_) | Found::Aborted => true,
        };
        (self.found.iter().all(whole) && self.end >= self.synced_bytes.max(known)).then_some(self.end)
    }

    /// The good records.
    pub fn records(&self) -> impl Iterator<Item = &Stored> {
        self.found.iter().filter_map(|found| match found {
            Found::Record(stored) => Some(&**stored),
            Found::Aborted | Found::Bad { .. } => None,
        })
    }
}
