//! The bytes of the log on disk, version 1.
//!
//! A segment is a head page and then records. A record is a header page, its payload padded with zeros to whole
//! pages, and a trailer page. No page is ever written twice with acknowledged bytes in it: a failing sector or a torn
//! write can only reach what nobody was told about.
//!
//! ```text
//! header page                                    trailer page
//!   0  8  magic NEGALAND                           0  8  magic LANDTAIL
//!   8  2  version                                  8  2  version
//!  10  1  kind: 0 segment head, 1 instance,       10  1  1 complete, 2 aborted
//!         2 message, 3 large file                 12  4  writer
//!  12  4  writer                                  16  8  segment
//!  16  8  segment                                 24  8  offset of the record
//!  24  8  offset of this page                     32  8  payload length
//!  32  8  payload length                          40 32  SHA-256 of the data set, or of the message
//!  40  8  bytes of the segment known synced       72  4  CRC-32 of the payload, or of the large file
//!  48  8  arrival, microseconds since 1970        76  8  where the data set begins
//!  56 16  nonce of the segment
//! 128  2  length of the source's name             84  8  number of the large file, or 0
//! 130  …  source, UTF-8                           92  8  length of the large file, or 0
//!                                                100 16  nonce of the segment
//!                                                116  …  SOP class, SOP instance, transfer syntax: 1 length + text
//! 4092 4  CRC-32 of the page up to here          4092 4  CRC-32 of the page up to here
//! ```
//! Numbers are little endian. The nonce is random for each segment: no payload can forge a record, even where a scan
//! looks for the next one after damage.

/// The unit of writing.
pub(super) const PAGE: usize = 4096;
const CRC_AT: usize = PAGE - 4;
const VERSION: u16 = 1;
const HEADER_MAGIC: &[u8; 8] = b"NEGALAND";
const TRAILER_MAGIC: &[u8; 8] = b"LANDTAIL";
const SOURCE_AT: usize = 128;
/// The longest name of a source kept, in bytes.
pub(super) const SOURCE_MAX: usize = 1024;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    SegmentHead,
    Instance,
    Message,
    LargeFile,
}

/// A segment's own random bytes.
pub(super) type Nonce = [u8; 16];

/// A header page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: Kind,
    pub writer: u32,
    pub segment: u64,
    pub offset: u64,
    pub payload_bytes: u64,
    /// Bytes of this segment that were known to be on stable storage when this page was made.
    pub synced_bytes: u64,
    pub received_micros: i64,
    pub nonce: Nonce,
    pub source: String,
}

/// A trailer page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trailer {
    /// The record was given up before its end; its space counts, its bytes do not.
    pub aborted: bool,
    pub writer: u32,
    pub segment: u64,
    pub offset: u64,
    pub payload_bytes: u64,
    pub nonce: Nonce,
    pub content: Content,
}

/// What a trailer says of the payload.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub sha256: [u8; 32],
    pub crc32: u32,
    pub dataset_offset: u64,
    /// The large file's number, 0 when the payload is in the segment.
    pub large_number: u64,
    pub large_bytes: u64,
    pub sop_class_uid: String,
    pub sop_instance_uid: String,
    pub transfer_syntax_uid: String,
}

/// Bytes a payload takes in the segment.
pub(super) fn padded(payload_bytes: u64) -> u64 {
    payload_bytes.div_ceil(PAGE as u64).saturating_mul(PAGE as u64)
}

/// Bytes a whole record takes in the segment.
pub(super) fn record_bytes(payload_bytes: u64) -> u64 {
    padded(payload_bytes).saturating_add(2 * PAGE as u64)
}

impl Header {
    pub fn encode(&self, page: &mut [u8]) {
        let mut out = Put { page, at: 0 };
        out.bytes(HEADER_MAGIC).bytes(&VERSION.to_le_bytes());
        let kind = match self.kind {
            Kind::SegmentHead => 0,
            Kind::Instance => 1,
            Kind::Message => 2,
            Kind::LargeFile => 3,
        };
        out.bytes(&[kind, 0]).bytes(&self.writer.to_le_bytes());
        for number in [self.segment, self.offset, self.payload_bytes, self.synced_bytes] {
            out.bytes(&number.to_le_bytes());
        }
        out.bytes(&self.received_micros.to_le_bytes()).bytes(&self.nonce);
        let source = up_to(&self.source, SOURCE_MAX);
        out.at = SOURCE_AT;
        out.bytes(&(source.len() as u16).to_le_bytes()).bytes(source.as_bytes());
        seal_page(page);
    }

    pub fn decode(page: &[u8]) -> Option<Self> {
        let mut get = opened(page, HEADER_MAGIC)?;
        let kind = match get.array::<2>()?.first()? {
            0 => Kind::SegmentHead,
            1 => Kind::Instance,
            2 => Kind::Message,
            3 => Kind::LargeFile,
            _ => return None,
        };
        let writer = u32::from_le_bytes(get.array()?);
        let (segment, offset) = (get.u64()?, get.u64()?);
        let (payload_bytes, synced_bytes) = (get.u64()?, get.u64()?);
        let (received_micros, nonce) = (i64::from_le_bytes(get.array()?), get.array()?);
        get.at = SOURCE_AT;
        let length = u16::from_le_bytes(get.array()?);
        let source = get.text(usize::from(length))?;
        Some(Self { kind, writer, segment, offset, payload_bytes, synced_bytes, received_micros, nonce, source })
    }

    /// Whether this page belongs to that segment and may stand at `offset`.
    pub fn stands_in(&self, head: &Header, offset: u64) -> bool {
        let mine = (self.writer, self.segment, self.nonce, self.offset);
        self.kind != Kind::SegmentHead && mine == (head.writer, head.segment, head.nonce, offset)
    }

    /// Where the record ends; `None` when its length is absurd.
    pub fn end(&self) -> Option<u64> {
        self.offset.checked_add(record_bytes(self.payload_bytes))
    }
}

impl Trailer {
    pub fn encode(&self, page: &mut [u8]) {
        let mut out = Put { page, at: 0 };
        let state = if self.aborted { 2 } else { 1 };
        out.bytes(TRAILER_MAGIC).bytes(&VERSION.to_le_bytes()).bytes(&[state, 0]);
        out.bytes(&self.writer.to_le_bytes());
        for number in [self.segment, self.offset, self.payload_bytes] {
            out.bytes(&number.to_le_bytes());
        }
        let content = &self.content;
        out.bytes(&content.sha256).bytes(&content.crc32.to_le_bytes());
        for number in [content.dataset_offset, content.large_number, content.large_bytes] {
            out.bytes(&number.to_le_bytes());
        }
        out.bytes(&self.nonce);
        for uid in [&content.sop_class_uid, &content.sop_instance_uid, &content.transfer_syntax_uid] {
            let uid = up_to(uid, 255);
            out.bytes(&[uid.len() as u8]).bytes(uid.as_bytes());
        }
        seal_page(page);
    }

    pub fn decode(page: &[u8]) -> Option<Self> {
        let mut get = opened(page, TRAILER_MAGIC)?;
        let aborted = match get.array::<2>()?.first()? {
            1 => false,
            2 => true,
            _ => return None,
        };
        let writer = u32::from_le_bytes(get.array()?);
        let (segment, offset, payload_bytes) = (get.u64()?, get.u64()?, get.u64()?);
        let mut content = Content {
            sha256: get.array()?,
            crc32: u32::from_le_bytes(get.array()?),
            dataset_offset: get.u64()?,
            large_number: get.u64()?,
            large_bytes: get.u64()?,
            ..Content::default()
        };
        let nonce = get.array()?;
        content.sop_class_uid = get.short_text()?;
        content.sop_instance_uid = get.short_text()?;
        content.transfer_syntax_uid = get.short_text()?;
        Some(Self { aborted, writer, segment, offset, payload_bytes, nonce, content })
    }

    /// Whether this trailer ends that header's record.
    pub fn ends(&self, header: &Header) -> bool {
        let mine = (self.writer, self.segment, self.nonce, self.offset, self.payload_bytes);
        mine == (header.writer, header.segment, header.nonce, header.offset, header.payload_bytes)
    }
}

struct Put<'a> {
    page: &'a mut [u8],
    at: usize,
}

impl Put<'_> {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let end = self.at.saturating_add(bytes.len());
        if let Some(place) = self.page.get_mut(self.at..end) {
            place.copy_from_slice(bytes);
        }
        self.at = end;
        self
    }
}

struct Get<'a> {
    page: &'a [u8],
    at: usize,
}

impl<'a> Get<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length).filter(|end| *end <= CRC_AT)?;
        let bytes = self.page.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    fn text(&mut self, length: usize) -> Option<String> {
        String::from_utf8(self.take(length)?.to_vec()).ok()
    }

    fn short_text(&mut self) -> Option<String> {
        let [length] = self.array()?;
        self.text(usize::from(length))
    }
}

/// A page whose CRC, magic and version are right, positioned after them.
fn opened<'a>(page: &'a [u8], magic: &[u8; 8]) -> Option<Get<'a>> {
    let (body, crc) = page.split_at_checked(CRC_AT)?;
    let mut get = Get { page, at: 0 };
    let known = get.take(8)? == magic && get.array()? == VERSION.to_le_bytes();
    (known && crc == crc32fast::hash(body).to_le_bytes()).then_some(get)
}

fn seal_page(page: &mut [u8]) {
    if let Some((body, crc)) = page.split_at_mut_checked(CRC_AT) {
        let sum = crc32fast::hash(body).to_le_bytes();
        if let Some(place) = crc.get_mut(..4) {
            place.copy_from_slice(&sum);
        }
    }
}

/// The beginning of a text, cut at a character.
fn up_to(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or("")
}
