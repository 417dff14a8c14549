//! A ZIP written front to back: stored entries, sizes known beforehand, digests after.
//!
//! PKWARE APPNOTE 6.3.10: local header §4.3.7, data descriptor §4.3.9, central directory §4.3.12,
//! ZIP64 §4.3.14–15 and §4.5.3. The CRC is only known after the bytes, hence the descriptor
//! (§4.4.4, bit 3). Dates are the format's first day: the objects say nothing about when.

use std::io::{self, Write};

const LIMIT: u64 = 0xFFFF_FFFF;
const MANY: usize = 0xFFFF;
const FLAGS: u16 = 1 << 3;
const DATE: u16 = (1 << 5) | 1;

/// What the central directory will say of an entry.
struct Listed {
    name: String,
    header_offset: u64,
    size_bytes: u64,
    crc: u32,
}

impl Listed {
    fn is_large(&self) -> bool {
        self.size_bytes >= LIMIT
    }
}

/// The writer; counts every byte so that the offset of each entry is known.
pub(crate) struct ZipStream<W> {
    inner: W,
    position: u64,
    listed: Vec<Listed>,
    crc: crc32fast::Hasher,
    left: u64,
}

impl<W: Write> ZipStream<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, position: 0, listed: Vec::new(), crc: crc32fast::Hasher::new(), left: 0 }
    }

    /// Starts an entry of exactly `size_bytes`; returns where its first byte stands.
    pub(crate) fn start(&mut self, name: &str, size_bytes: u64) -> io::Result<u64> {
        let entry = Listed { name: name.to_string(), header_offset: self.position, size_bytes, crc: 0 };
        let mut header = Vec::with_capacity(64 + name.len());
        put32(&mut header, 0x0403_4b50);
        put16(&mut header, version(&entry));
        put_method_and_date(&mut header);
        header.extend([0; 4]);
        // Zero until the descriptor; all ones send the reader to the ZIP64 field.
        header.extend([if entry.is_large() { 0xFF } else { 0 }; 8]);
        put16(&mut header, length16(name.len())?);
        put16(&mut header, if entry.is_large() { 20 } else { 0 });
        header.extend(name.as_bytes());
        if entry.is_large() {
            put16(&mut header, 1);
            put16(&mut header, 16);
            header.extend([0; 16]);
        }
        self.raw(&header)?;
        self.crc = crc32fast::Hasher::new();
        self.left = size_bytes;
        self.listed.push(entry);
        Ok(self.position)
    }

    /// The next bytes of the started entry.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(|| io::Error::other("entry too long"))?;
        self.crc.update(bytes);
        self.raw(bytes)
    }

    /// Ends the started entry.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        let crc = self.crc.clone().finalize();
        let (Some(entry), 0) = (self.listed.last_mut(), self.left) else {
            return Err(io::Error::other("entry too short"));
        };
        entry.crc = crc;
        let mut descriptor = Vec::with_capacity(24);
        put32(&mut descriptor, 0x0807_4b50);
        put32(&mut descriptor, crc);
        for _ in 0..2 {
            if entry.is_large() {
                put64(&mut descriptor, entry.size_bytes);
            } else {
                put32(&mut descriptor, clamp(entry.size_bytes));
            }
        }
        self.raw(&descriptor)
    }

    /// Writes the central directory; gives back the writer below.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        let start = self.position;
        let listed = std::mem::take(&mut self.listed);
        for entry in &listed {
            self.raw(&central(entry)?)?;
        }
        let end = end_of_directory(listed.len(), start, self.position);
        self.raw(&end)?;
        Ok(self.inner)
    }

    fn raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.position += bytes.len() as u64;
        self.inner.write_all(bytes)
    }
}

/// §4.3.12, one entry of the central directory.
fn central(entry: &Listed) -> io::Result<Vec<u8>> {
    let mut extra = Vec::new();
    if entry.is_large() {
        put64(&mut extra, entry.size_bytes);
        put64(&mut extra, entry.size_bytes);
    }
    if entry.header_offset >= LIMIT {
        put64(&mut extra, entry.header_offset);
    }
    let mut out = Vec::with_capacity(80 + entry.name.len());
    put32(&mut out, 0x0201_4b50);
    put16(&mut out, (3 << 8) | 45); // made by: Unix, 4.5
    put16(&mut out, version(entry));
    put_method_and_date(&mut out);
    put32(&mut out, entry.crc);
    put32(&mut out, clamp(entry.size_bytes));
    put32(&mut out, clamp(entry.size_bytes));
    put16(&mut out, length16(entry.name.len())?);
    put16(&mut out, if extra.is_empty() { 0 } else { length16(extra.len() + 4)? });
    out.extend([0; 6]); // comment, disk, internal attributes
    put32(&mut out, 0o100_644 << 16);
    put32(&mut out, clamp(entry.header_offset));
    out.extend(entry.name.as_bytes());
    if !extra.is_empty() {
        put16(&mut out, 1);
        put16(&mut out, length16(extra.len())?);
        out.extend(extra);
    }
    Ok(out)
}

/// §4.3.14–16: the end of the directory, with its ZIP64 form when anything outgrows the old one.
fn end_of_directory(entries: usize, start: u64, end: u64) -> Vec<u8> {
    let size = end - start;
    let mut out = Vec::with_capacity(100);
    if entries >= MANY || start >= LIMIT || size >= LIMIT {
        put32(&mut out, 0x0606_4b50);
        put64(&mut out, 44);
        put16(&mut out, (3 << 8) | 45);
        put16(&mut out, 45);
        out.extend([0; 8]);
        for value in [entries as u64, entries as u64, size, start] {
            put64(&mut out, value);
        }
        put32(&mut out, 0x0706_4b50);
        put32(&mut out, 0);
        put64(&mut out, end);
        put32(&mut out, 1);
    }
    let count = u16::try_from(entries).unwrap_or(u16::MAX);
    put32(&mut out, 0x0605_4b50);
    out.extend([0; 4]);
    put16(&mut out, count);
    put16(&mut out, count);
    put32(&mut out, clamp(size));
    put32(&mut out, clamp(start));
    put16(&mut out, 0);
    out
}

fn version(entry: &Listed) -> u16 {
    if entry.is_large() || entry.header_offset >= LIMIT { 45 } else { 20 }
}

fn put_method_and_date(out: &mut Vec<u8>) {
    put16(out, FLAGS);
    put16(out, 0); // stored
    put16(out, 0);
    put16(out, DATE);
}

/// The 32-bit field, or the mark that sends the reader to the ZIP64 one.
fn clamp(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn length16(length: usize) -> io::Result<u16> {
    u16::try_from(length).map_err(|_| io::Error::other("name too long"))
}

fn put16(out: &mut Vec<u8>, value: u16) {
    out.extend(value.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, value: u32) {
    out.extend(value.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, value: u64) {
    out.extend(value.to_le_bytes());
}
