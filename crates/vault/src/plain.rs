//! What an envelope holds, read from anywhere, and never from beyond its end.

use age::stream::StreamReader;
use std::io::{self, Read, Seek, SeekFrom};

/// Plaintext of one chunk of the age format.
const CHUNK_BYTES: u64 = 64 << 10;

/// The plaintext of an object.
///
/// age 0.12 moves within the chunk at hand without looking whether the chunk is that long, and the next read subtracts
/// below zero: a sound envelope whose ZIP names a place beyond the end would be enough. Forward within a chunk we read
/// and drop instead, which costs a copy and ends with an error; to another chunk age reads up to the place itself.
pub(crate) struct Plain<R> {
    inner: StreamReader<R>,
    position: u64,
}

impl<R> Plain<R> {
    pub(crate) fn new(inner: StreamReader<R>) -> Self {
        Self { inner, position: 0 }
    }
}

impl<R: Read> Read for Plain<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(out)?;
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}

impl<R: Read + Seek> Plain<R> {
    fn go(&mut self, target: u64) -> io::Result<u64> {
        if target <= self.position || target / CHUNK_BYTES != self.position / CHUNK_BYTES {
            return self.inner.seek(SeekFrom::Start(target));
        }
        let most = target - self.position;
        let dropped = io::copy(&mut (&mut self.inner).take(most), &mut io::sink())?;
        if dropped < most { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(target) }
    }
}

impl<R: Read + Seek> Seek for Plain<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let done = match to {
            SeekFrom::Start(target) => self.go(target),
            SeekFrom::Current(offset) => match self.position.checked_add_signed(offset) {
                Some(target) => self.go(target),
                None => Err(io::ErrorKind::InvalidInput.into()),
            },
            SeekFrom::End(offset) if offset > 0 => Err(io::ErrorKind::InvalidInput.into()),
            SeekFrom::End(offset) => self.inner.seek(SeekFrom::End(offset)),
        };
        // After an error too: wherever it stands, that is known.
        self.position = self.inner.stream_position()?;
        done
    }
}
