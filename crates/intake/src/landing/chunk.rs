//! Page-aligned memory in chunks, from a pool with a budget: what direct I/O needs, without copying when a buffer
//! grows and without unbounded memory.

use super::format::PAGE;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a chunk.
pub(super) const CHUNK: usize = 256 << 10;
/// Chunks kept for reuse when nothing is received: 8 MiB.
const KEPT: usize = 32;

/// `CHUNK` bytes at a page-aligned address.
pub(super) struct Chunk {
    raw: Vec<u8>,
    start: usize,
}

impl Chunk {
    fn new() -> Self {
        let raw = vec![0; CHUNK + PAGE];
        let start = raw.as_ptr().align_offset(PAGE).min(PAGE);
        Self { raw, start }
    }

    /// A chunk outside of any budget, for reading and for pages.
    pub fn alone() -> Self {
        Self::new()
    }

    pub fn bytes(&self) -> &[u8] {
        self.raw.get(self.start..self.start + CHUNK).unwrap_or_default()
    }

    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.raw.get_mut(self.start..self.start + CHUNK).unwrap_or_default()
    }
}

/// Where chunks come from.
pub(super) struct Pool {
    state: Mutex<PoolState>,
    budget: usize,
}

struct PoolState {
    free: Vec<Chunk>,
    in_use: usize,
}

impl Pool {
    pub fn new(budget_bytes: usize) -> Arc<Self> {
        let state = PoolState { free: Vec::new(), in_use: 0 };
        Arc::new(Self { state: Mutex::new(state), budget: (budget_bytes / CHUNK).max(1) })
    }

    /// A chunk, or `None` when the budget is used up and `must` is false. Every reception may always have its first
    /// chunk: otherwise receptions that wait for each other's memory would wait for ever.
    fn take(&self, must: bool) -> Option<Chunk> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !must && state.in_use >= self.budget {
            return None;
        }
        state.in_use += 1;
        let reused = state.free.pop();
        drop(state);
        Some(reused.unwrap_or_else(Chunk::new))
    }

    fn give_back(&self, chunks: impl Iterator<Item = Chunk>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in chunks {
            state.in_use = state.in_use.saturating_sub(1);
            if state.free.len() < KEPT {
                state.free.push(chunk);
            }
        }
    }
}

/// Bytes in chunks of one pool, which get them back.
pub(super) struct Buffer {
    chunks: Vec<Chunk>,
    len: usize,
    pool: Arc<Pool>,
}

impl Buffer {
    pub fn new(pool: &Arc<Pool>) -> Self {
        Self { chunks: Vec::new(), len: 0, pool: Arc::clone(pool) }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// `bytes`, whatever the budget.
    pub fn of(pool: &Arc<Pool>, bytes: &[u8]) -> Self {
        let mut buffer = Self::new(pool);
        buffer.append(bytes, true);
        buffer
    }

    /// Appends as much of `bytes` as the budget allows and says how much that was.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        self.append(bytes, false)
    }

    fn append(&mut self, mut bytes: &[u8], must: bool) -> usize {
        let before = self.len;
        while !bytes.is_empty() {
            if self.len == self.chunks.len() * CHUNK {
                match self.pool.take(must || self.chunks.is_empty()) {
                    Some(chunk) => self.chunks.push(chunk),
                    None => break,
                }
            }
            let at = self.len % CHUNK;
            let Some(room) = self.chunks.last_mut().and_then(|chunk| chunk.bytes_mut().get_mut(at..)) else { break };
            let taken = room.len().min(bytes.len());
            let (now, later) = bytes.split_at(taken);
            if let Some(place) = room.get_mut(..taken) {
                place.copy_from_slice(now);
            }
            self.len += taken;
            bytes = later;
        }
        self.len - before
    }

    /// Zeroes the rest of the last page: a chunk is used again and again, and must not carry one patient's bytes into
    /// the padding of another's record.
    pub fn pad(&mut self) {
        let at = self.len % CHUNK;
        let end = at.next_multiple_of(PAGE);
        if let Some(rest) = self.chunks.last_mut().and_then(|chunk| chunk.bytes_mut().get_mut(at..end)) {
            rest.fill(0);
        }
    }

    /// The bytes, without padding.
    pub fn slices(&self) -> impl Iterator<Item = &[u8]> {
        self.cut(self.len)
    }

    /// The bytes with their padding: every slice is page-aligned and whole pages long.
    pub fn padded_slices(&self) -> impl Iterator<Item = &[u8]> {
        self.cut(self.len.next_multiple_of(PAGE))
    }

    fn cut(&self, len: usize) -> impl Iterator<Item = &[u8]> {
        let pieces = self.chunks.iter().enumerate();
        pieces.map_while(move |(index, chunk)| {
            let left = len.checked_sub(index * CHUNK).filter(|left| *left > 0)?;
            chunk.bytes().get(..left.min(CHUNK))
        })
    }

    /// The beginning, as far as the first chunk goes.
    pub fn head(&self) -> &[u8] {
        self.slices().next().unwrap_or_default()
    }

    /// The bytes from `at` on.
    pub fn tail(&self, at: usize) -> Vec<u8> {
        let mut tail = Vec::new();
        let mut skip = at;
        for slice in self.slices() {
            tail.extend_from_slice(slice.get(skip..).unwrap_or_default());
            skip = skip.saturating_sub(slice.len());
        }
        tail
    }

    /// Forgets the bytes from `len` on.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
        let kept = self.len.div_ceil(CHUNK).min(self.chunks.len());
        self.pool.give_back(self.chunks.drain(kept..));
    }

    /// Reads the bytes from the beginning.
    pub fn reader(&self) -> BufferReader<'_> {
        BufferReader { buffer: self, at: 0 }
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.pool.give_back(self.chunks.drain(..));
    }
}

/// A buffer as something that reads and seeks.
pub(super) struct BufferReader<'a> {
    buffer: &'a Buffer,
    at: u64,
}

impl Read for BufferReader<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(left) = (self.buffer.len as u64).checked_sub(self.at) else { return Ok(0) };
        let at = self.at as usize;
        let room = self.buffer.chunks.get(at / CHUNK).and_then(|chunk| chunk.bytes().get(at % CHUNK..));
        let taken = room.map_or(0, <[u8]>::len).min(out.len()).min(left as usize);
        if let (Some(room), Some(place)) = (room.and_then(|room| room.get(..taken)), out.get_mut(..taken)) {
            place.copy_from_slice(room);
        }
        self.at += taken as u64;
        Ok(taken)
    }
}

impl Seek for BufferReader<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.buffer.len as u64, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = base.checked_add_signed(by).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
