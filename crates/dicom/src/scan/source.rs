//! Where the scanned bytes come from: something that seeks, or a deflate stream that cannot.

use crate::error::Error;
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom};

/// A supply of bytes that can leave some out.
pub(super) trait Feed {
    /// Reads some bytes; 0 at the end.
    fn fill(&mut self, out: &mut [u8]) -> Result<usize, Error>;
    /// Leaves out `count` bytes; `false` when the end comes first, if that can be known.
    fn skip(&mut self, count: u64) -> Result<bool, Error>;
}

/// Bytes that seek.
pub(super) struct Seekable<R>(pub R);

impl<R: Read + Seek> Feed for Seekable<R> {
    fn fill(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        read(&mut self.0, out).map_err(|error| Error::Read(error.kind()))
    }

    fn skip(&mut self, count: u64) -> Result<bool, Error> {
        let count = i64::try_from(count).map_err(|_| Error::Read(ErrorKind::InvalidInput))?;
        self.0.seek(SeekFrom::Current(count)).map_err(|error| Error::Read(error.kind()))?;
        Ok(true)
    }
}

/// Bytes that are inflated as they are asked for, up to a limit.
pub(super) struct Inflating<R: Read> {
    decoder: Decoder<R>,
    left: u64,
    limit: u64,
}

enum Decoder<R: Read> {
    Raw(flate2::read::DeflateDecoder<R>),
    /// Some writers wrap the stream as zlib does, against PS3.5 §A.5.
    Zlib(flate2::read::ZlibDecoder<R>),
}

impl<R: Read> Inflating<R> {
    /// `start` is the beginning of the stream, at least two bytes if it has them.
    pub fn new(reader: R, start: &[u8], limit: u64) -> Self {
        let decoder = match start {
            [0x78, flags, ..] if (0x7800 + u16::from(*flags)) % 31 == 0 => {
                Decoder::Zlib(flate2::read::ZlibDecoder::new(reader))
            }
            _ => Decoder::Raw(flate2::read::DeflateDecoder::new(reader)),
        };
        Self { decoder, left: limit, limit }
    }
}

impl<R: Read> Feed for Inflating<R> {
    fn fill(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        let count = match &mut self.decoder {
            Decoder::Raw(decoder) => read(decoder, out),
            Decoder::Zlib(decoder) => read(decoder, out),
        };
        let count = count.map_err(|_| Error::BadDeflate)?;
        self.left = self.left.checked_sub(count as u64).ok_or(Error::InflatesTooMuch { limit: self.limit })?;
        Ok(count)
    }

    fn skip(&mut self, mut count: u64) -> Result<bool, Error> {
        let mut waste = [0; 4096];
        while count > 0 {
            let wanted = waste.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            let Some(out) = waste.get_mut(..wanted) else { return Ok(false) };
            match self.fill(out)? {
                0 => return Ok(false),
                got => count -= got as u64,
            }
        }
        Ok(true)
    }
}

fn read<R: Read>(reader: &mut R, out: &mut [u8]) -> std::io::Result<usize> {
    loop {
        match reader.read(out) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

const BUFFER_BYTES: usize = 8192;

/// A buffered feed that knows its position and, unless it is inflating, its end.
pub(super) struct Source<F> {
    feed: F,
    buffer: Vec<u8>,
    at: usize,
    position: u64,
    end: Option<u64>,
}

impl<F: Feed> Source<F> {
    pub fn new(feed: F, end: Option<u64>) -> Self {
        Self { feed, buffer: Vec::new(), at: 0, position: 0, end }
    }

    /// Bytes consumed so far.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Where the bytes end, if known.
    pub fn end(&self) -> Option<u64> {
        self.end
    }

    /// The next bytes, not consumed: `count` of them, or fewer at the end.
    pub fn peek(&mut self, count: usize) -> Result<&[u8], Error> {
        let count = count.min(BUFFER_BYTES);
        if self.buffer.len() - self.at < count {
            self.refill(count)?;
        }
        let available = self.buffer.get(self.at..).unwrap_or_default();
        Ok(available.get(..count).unwrap_or(available))
    }

    /// Consumes exactly `N` bytes; `None` when fewer are left.
    pub fn take<const N: usize>(&mut self) -> Result<Option<[u8; N]>, Error> {
        let Some(bytes) = self.peek(N)?.first_chunk::<N>().copied() else { return Ok(None) };
        self.consume(N);
        Ok(Some(bytes))
    }

    /// Consumes `count` bytes into `out`, which grows only as they come; `false` when fewer are left.
    pub fn append(&mut self, out: &mut Vec<u8>, mut count: u64) -> Result<bool, Error> {
        while count > 0 {
            let wanted = BUFFER_BYTES.min(usize::try_from(count).unwrap_or(BUFFER_BYTES));
            let piece = self.peek(wanted)?;
            if piece.is_empty() {
                return Ok(false);
            }
            out.extend_from_slice(piece);
            let got = piece.len();
            self.consume(got);
            count -= got as u64;
        }
        Ok(true)
    }

    /// Leaves out `count` bytes; `false` when fewer are left.
    pub fn skip(&mut self, count: u64) -> Result<bool, Error> {
        if self.end.is_some_and(|end| count > end.saturating_sub(self.position)) {
            return Ok(false);
        }
        let buffered = (self.buffer.len() - self.at) as u64;
        if count <= buffered {
            self.consume(usize::try_from(count).unwrap_or(0));
            return Ok(true);
        }
        self.position += count;
        self.buffer.clear();
        self.at = 0;
        self.feed.skip(count - buffered)
    }

    /// The rest of the bytes, as a plain reader.
    pub fn into_rest(self) -> (Vec<u8>, F) {
        (self.buffer.get(self.at..).unwrap_or_default().to_vec(), self.feed)
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.buffer.len());
        self.position += count as u64;
    }

    /// Brings at least `count` bytes into the buffer, unless the end comes first.
    fn refill(&mut self, count: usize) -> Result<(), Error> {
        self.buffer.drain(..self.at);
        self.at = 0;
        while self.buffer.len() < count {
            let old = self.buffer.len();
            let read_to = self.position + old as u64;
            let room = (BUFFER_BYTES - old) as u64;
            let wanted = self.end.map_or(room, |end| room.min(end.saturating_sub(read_to)));
            self.buffer.resize(old + usize::try_from(wanted).unwrap_or(0), 0);
            let got = match self.buffer.get_mut(old..) {
                Some(out) if !out.is_empty() => self.feed.fill(out)?,
                _ => 0,
            };
            self.buffer.truncate(old + got);
            if got == 0 {
                break;
            }
        }
        Ok(())
    }
}

/// What is left of a source, to be inflated.
pub(super) fn inflating<R: Read>(rest: (Vec<u8>, Seekable<R>), left: u64, limit: u64) -> Inflating<impl Read> {
    let (buffered, Seekable(reader)) = rest;
    let start = buffered.clone();
    let fresh = left.saturating_sub(buffered.len() as u64);
    Inflating::new(Cursor::new(buffered).chain(reader.take(fresh)), &start, limit)
}
