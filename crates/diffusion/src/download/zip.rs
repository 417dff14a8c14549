//! A ZIP written as it goes, nothing compressed, every length and CRC known before its bytes: no data
//! descriptors, which some phones and old tools cannot read (APPNOTE.TXT 6.3.10 §4.3).
//!
//! Every entry carries the same date, so that the same exam gives the same bytes. ZIP64 fields appear only where
//! a number does not fit (§4.5.3).

/// The smallest number that does not fit in four bytes.
const BIG: u64 = 0xFFFF_FFFF;
/// 1 January 1980, the first day of this format.
const DATE: u16 = (1 << 5) | 1;
/// Names are UTF-8 (§4.4.4, bit 11).
const FLAGS: u16 = 1 << 11;

/// An entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) size_bytes: u64,
    pub(super) crc: u32,
}

impl Entry {
    pub(super) fn of(name: impl Into<String>, bytes: &[u8]) -> Self {
        Self { name: name.into(), size_bytes: bytes.len() as u64, crc: crc32fast::hash(bytes) }
    }
}

/// Where each entry went, for the directory at the end.
#[derive(Debug, Default)]
pub(super) struct Directory {
    entries: Vec<(Entry, u64)>,
    position: u64,
}

impl Directory {
    /// The header that goes before the entry's bytes.
    pub(super) fn header(&mut self, entry: Entry) -> Vec<u8> {
        let big = entry.size_bytes >= BIG;
        let mut out = Vec::with_capacity(64 + entry.name.len());
        put4(&mut out, 0x0403_4b50);
        put2(&mut out, if big { 45 } else { 20 });
        put_common(&mut out, &entry, big);
        put2(&mut out, if big { 20 } else { 0 });
        out.extend_from_slice(entry.name.as_bytes());
        if big {
            put2(&mut out, 1);
            put2(&mut out, 16);
            put8(&mut out, entry.size_bytes);
            put8(&mut out, entry.size_bytes);
        }
        let start = self.position;
        self.position += out.len() as u64 + entry.size_bytes;
        self.entries.push((entry, start));
        out
    }

    /// What goes after the last entry.
    pub(super) fn end(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (entry, start) in &self.entries {
            put_central(&mut out, entry, *start);
        }
        let (count, size) = (self.entries.len() as u64, out.len() as u64);
        if count >= 0xFFFF || self.position >= BIG || size >= BIG {
            put_zip64_end(&mut out, count, size, self.position);
        }
        put4(&mut out, 0x0605_4b50);
        put4(&mut out, 0); // one disk
        let count = count.min(0xFFFF) as u16;
        put2(&mut out, count);
        put2(&mut out, count);
        put4(&mut out, size.min(BIG) as u32);
        put4(&mut out, self.position.min(BIG) as u32);
        put2(&mut out, 0); // no comment
        out
    }
}

/// The length of the whole file, before any of it is written.
pub(super) fn size_of(entries: impl IntoIterator<Item = (String, u64)>) -> u64 {
    let mut directory = Directory::default();
    for (name, size_bytes) in entries {
        directory.header(Entry { name, size_bytes, crc: 0 });
    }
    directory.position + directory.end().len() as u64
}

/// Flags to the length of the name, as both headers have them.
fn put_common(out: &mut Vec<u8>, entry: &Entry, big: bool) {
    put2(out, FLAGS);
    put2(out, 0); // stored
    put2(out, 0); // midnight
    put2(out, DATE);
    put4(out, entry.crc);
    let size = if big { BIG as u32 } else { entry.size_bytes as u32 };
    put4(out, size);
    put4(out, size);
    put2(out, entry.name.len().min(0xFFFF) as u16);
}

fn put_central(out: &mut Vec<u8>, entry: &Entry, start: u64) {
    let (big, far) = (entry.size_bytes >= BIG, start >= BIG);
    put4(out, 0x0201_4b50);
    put2(out, (3 << 8) | 45); // made on a Unix system
    put2(out, if big || far { 45 } else { 20 });
    put_common(out, entry, big);
    let extra = u16::from(big) * 16 + u16::from(far) * 8;
    put2(out, if extra > 0 { extra + 4 } else { 0 });
    put2(out, 0); // no comment
    put2(out, 0); // disk
    put2(out, 0); // internal attributes
    put4(out, 0o100_644 << 16);
    put4(out, start.min(BIG) as u32);
    out.extend_from_slice(entry.name.as_bytes());
    if extra > 0 {
        put2(out, 1);
        put2(out, extra);
    }
    if big {
        put8(out, entry.size_bytes);
        put8(out, entry.size_bytes);
    }
    if far {
        put8(out, start);
    }
}

fn put_zip64_end(out: &mut Vec<u8>, count: u64, size: u64, position: u64) {
    put4(out, 0x0606_4b50);
    put8(out, 44);
    put2(out, (3 << 8) | 45);
    put2(out, 45);
    put4(out, 0);
    put4(out, 0);
    put8(out, count);
    put8(out, count);
    put8(out, size);
    put8(out, position);
    put4(out, 0x0706_4b50);
    put4(out, 0);
    put8(out, position + size);
    put4(out, 1);
}

fn put2(out: &mut Vec<u8>, value: u16) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put4(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

fn put8(out: &mut Vec<u8>, value: u64) {
    out.extend_from_slice(&value.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn another_reader_finds_every_entry_and_the_announced_length() {
        let files = [("LISEZMOI.txt", b"bonjour".as_slice()), ("é/IM00001.dcm", b"".as_slice()), ("b", &[7; 300])];
        let mut directory = Directory::default();
        let mut out = Vec::new();
        for (name, bytes) in files {
            out.extend(directory.header(Entry::of(name, bytes)));
            out.extend_from_slice(bytes);
        }
        out.extend(directory.end());
        assert_eq!(size_of(files.map(|(name, bytes)| (name.to_owned(), bytes.len() as u64))), out.len() as u64);
        let mut archive = ::zip::ZipArchive::new(std::io::Cursor::new(out)).unwrap();
        assert_eq!(archive.len(), 3);
        for (name, bytes) in files {
            let mut read = Vec::new();
            archive.by_name(name).unwrap().read_to_end(&mut read).unwrap();
            assert_eq!(read, bytes);
        }
    }

    #[test]
    fn an_archive_of_seventy_thousand_entries_is_read_by_another_reader() {
        let mut directory = Directory::default();
        let mut out = Vec::new();
        for index in 0..70_000 {
            out.extend(directory.header(Entry::of(format!("{index}"), b"")));
        }
        out.extend(directory.end());
        assert_eq!(::zip::ZipArchive::new(std::io::Cursor::new(out)).unwrap().len(), 70_000);
    }

    #[test]
    fn lengths_beyond_four_gibibytes_take_eight_bytes() {
        let mut directory = Directory::default();
        let head = directory.header(Entry { name: "a".into(), size_bytes: 5 << 30, crc: 0 });
        assert!(head.windows(8).any(|eight| eight == (5u64 << 30).to_le_bytes()));
        directory.header(Entry { name: "b".into(), size_bytes: 1, crc: 0 });
        let end = directory.end();
        let start_of_b = (5u64 << 30) + head.len() as u64;
        assert!(end.windows(8).any(|eight| eight == start_of_b.to_le_bytes()));
        assert!(end.windows(4).any(|four| four == 0x0606_4b50u32.to_le_bytes()));
    }
}
