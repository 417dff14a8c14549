//! An open segment: preallocated, appended to by one writer.

use super::chunk::Chunk;
use super::folder::Folder;
use super::format::{Header, Kind, Nonce, PAGE};
use super::{SegmentName, disk};
use std::fs::File;
use std::io;

/// The smallest segment made when there is no room for a whole one.
const SMALLEST: u64 = 1 << 20;

/// A segment that takes records.
pub(super) struct Segment {
    pub name: SegmentName,
    pub nonce: Nonce,
    pub file: File,
    /// Where the next record goes: everything before is synced.
    pub end: u64,
    /// Its reserved size.
    pub size: u64,
}

impl Segment {
    /// Makes a segment of `size` bytes, durable with its name; smaller, but with room for `need`, when the disk is
    /// nearly full.
    pub fn create(folder: &Folder, name: SegmentName, nonce: Nonce, size: u64, need: u64) -> io::Result<Self> {
        let least = (need + PAGE as u64).next_multiple_of(SMALLEST);
        match Self::create_sized(folder, name, nonce, size.max(least)) {
            Err(error) if is_no_space(&error) && least < size => Self::create_sized(folder, name, nonce, least),
            other => other,
        }
    }

    fn create_sized(folder: &Folder, name: SegmentName, nonce: Nonce, size: u64) -> io::Result<Self> {
        let path = folder.segment(name);
        let made = disk::create(&path).and_then(|file| {
            disk::reserve(&file, size)?;
            let mut page = Chunk::alone();
            let head = Header {
                kind: Kind::SegmentHead,
                writer: name.writer,
                segment: name.segment,
                offset: 0,
                payload_bytes: size,
                synced_bytes: 0,
                received_micros: 0,
                nonce,
                source: String::new(),
            };
            let page = page.bytes_mut().get_mut(..PAGE).unwrap_or_default();
            head.encode(page);
            disk::write_all(&file, &[&*page], 0)?;
            disk::sync(&file)?;
            disk::sync_folder(folder.root())?;
            Ok(Self { name, nonce, file, end: PAGE as u64, size })
        });
        if made.is_err()
            && let Err(error) = super::eraser::unused_segment(folder, name)
        {
            tracing::warn!(segment = %name, %error, "a segment that could not be made stays behind");
        }
        made
    }

    pub fn has_room(&self, bytes: u64) -> bool {
        self.end.checked_add(bytes).is_some_and(|end| end <= self.size)
    }

    /// Gives the space never used back; the segment takes no more records.
    pub fn close(self) -> SegmentName {
        if let Err(error) = self.file.set_len(self.end) {
            tracing::warn!(segment = %self.name, %error, "the end of a closed segment could not be given back");
        }
        self.name
    }
}

/// Whether the disk, a quota or the inodes are used up.
pub(super) fn is_no_space(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}
