//! Random access into a published blob: only the chunks asked for are read and opened, and a chunk that does
//! not open is never handed out.

use super::chunk::{CHUNK, CopyKey, PlainSize, TAG};
use crate::DiffusionError;
use bytes::Bytes;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a blob is, and what opens it. Holds no file open.
#[derive(Clone)]
pub(crate) struct BlobReader {
    pub(crate) path: PathBuf,
    pub(crate) key: Arc<CopyKey>,
    pub(crate) number: u32,
    pub(crate) size: PlainSize,
}

impl BlobReader {
    /// The bytes of a range, checked. The whole range is opened before any of it is returned.
    pub(crate) fn read(&self, range: Range<u64>) -> Result<Bytes, DiffusionError> {
        if range.start > range.end || range.end > self.size.0 {
            return Err(DiffusionError::Range);
        }
        let chunks = self.size.chunks_of(&range);
        let sealed = self.read_sealed(&chunks)?;
        let mut plain = Vec::with_capacity(((chunks.end - chunks.start) * CHUNK) as usize);
        for (index, part) in chunks.clone().zip(sealed.chunks((CHUNK + TAG) as usize)) {
            let last = index + 1 == self.size.chunks();
            plain.extend_from_slice(&self.key.open(self.number, index, last, part)?);
        }
        let skip = (range.start - chunks.start * CHUNK) as usize;
        let take = (range.end - range.start) as usize;
        let plain = Bytes::from(plain);
        if plain.len() < skip + take {
            return Err(DiffusionError::Damaged("a chunk is short"));
        }
        Ok(plain.slice(skip..skip + take))
    }

    fn read_sealed(&self, chunks: &Range<u64>) -> Result<Vec<u8>, DiffusionError> {
        let file = std::fs::File::open(&self.path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => DiffusionError::Gone,
            _ => DiffusionError::File { doing: "opening a web copy", source: error },
        })?;
        let length = file.metadata().map_err(DiffusionError::file("reading a web copy"))?.len();
        if length != self.size.on_disk() {
            return Err(DiffusionError::Damaged("a file has not the published length"));
        }
        let start = self.size.span(chunks.start).start;
        let end = self.size.span(chunks.end.saturating_sub(1)).end;
        let mut sealed = vec![0; end.saturating_sub(start) as usize];
        file.read_exact_at(&mut sealed, start).map_err(DiffusionError::file("reading a web copy"))?;
        Ok(sealed)
    }
}
