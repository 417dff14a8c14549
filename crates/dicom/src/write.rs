//! Writing elements: what file meta information and short data sets (queries, answers) need.

use crate::{Tag, Vr};

/// Writes elements in little endian, one after the other; the caller gives them in the order of their tags.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    implicit: bool,
}

impl Writer {
    /// Explicit VR little endian.
    pub fn explicit() -> Self {
        Self::default()
    }

    /// Implicit VR little endian.
    pub fn implicit() -> Self {
        Self { implicit: true, ..Self::default() }
    }

    /// A value of bytes, padded to an even length as its VR asks (PS3.5 §6.2). A value too long for the 16-bit length
    /// of its VR is written as `UN` (PS3.5 §6.2.2).
    pub fn element(&mut self, tag: Tag, vr: Vr, value: &[u8]) -> &mut Self {
        let padding = if value.len().is_multiple_of(2) {
            None
        } else {
            Some(if vr.is_text() && vr != Vr::UI { b' ' } else { 0 })
        };
        let len = value.len() + usize::from(padding.is_some());
        let vr = if !vr.has_long_length() && u16::try_from(len).is_err() { Vr::UN } else { vr };
        self.header(tag, vr, u32::try_from(len).unwrap_or(u32::MAX - 1));
        self.bytes.extend_from_slice(value);
        self.bytes.extend(padding);
        self
    }

    /// A text value; the caller has encoded it in the character set it declares.
    pub fn text(&mut self, tag: Tag, vr: Vr, value: &str) -> &mut Self {
        self.element(tag, vr, value.as_bytes())
    }

    /// One US number.
    pub fn us(&mut self, tag: Tag, value: u16) -> &mut Self {
        self.element(tag, Vr::US, &value.to_le_bytes())
    }

    /// One UL number.
    pub fn ul(&mut self, tag: Tag, value: u32) -> &mut Self {
        self.element(tag, Vr::UL, &value.to_le_bytes())
    }

    /// A sequence of items, each written by another `Writer` of the same kind, with defined lengths.
    pub fn sequence(&mut self, tag: Tag, items: &[Writer]) -> &mut Self {
        let len: usize = items.iter().map(|item| 8 + item.bytes.len()).sum();
        self.header(tag, Vr::SQ, u32::try_from(len).unwrap_or(u32::MAX - 1));
        for item in items {
            self.bytes.extend_from_slice(&[0xFE, 0xFF, 0x00, 0xE0]);
            self.bytes.extend_from_slice(&u32::try_from(item.bytes.len()).unwrap_or(u32::MAX - 1).to_le_bytes());
            self.bytes.extend_from_slice(&item.bytes);
        }
        self
    }

    /// The same sequence, with items already written, as they lie in a file of the same form, before the new ones. Its
    /// length is undefined, which holds for both.
    pub fn sequence_after(&mut self, tag: Tag, written: &[u8], items: &[Writer]) -> &mut Self {
        self.header(tag, Vr::SQ, u32::MAX);
        self.bytes.extend_from_slice(written);
        for item in items {
            self.bytes.extend_from_slice(&[0xFE, 0xFF, 0x00, 0xE0]);
            self.bytes.extend_from_slice(&u32::try_from(item.bytes.len()).unwrap_or(u32::MAX - 1).to_le_bytes());
            self.bytes.extend_from_slice(&item.bytes);
        }
        self.bytes.extend_from_slice(&[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        self
    }

    /// The same, with elements already written in its form at the end.
    pub fn with(mut self, elements: Vec<u8>) -> Self {
        self.bytes.extend(elements);
        self
    }

    /// What another `Writer` of the same kind has written.
    pub fn append(&mut self, other: &Writer) -> &mut Self {
        self.bytes.extend_from_slice(&other.bytes);
        self
    }

    /// The bytes written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    fn header(&mut self, tag: Tag, vr: Vr, len: u32) {
        self.bytes.extend_from_slice(&tag.0.to_le_bytes());
        self.bytes.extend_from_slice(&tag.1.to_le_bytes());
        if self.implicit {
            self.bytes.extend_from_slice(&len.to_le_bytes());
            return;
        }
        self.bytes.extend_from_slice(vr.code().as_bytes());
        if vr.has_long_length() {
            self.bytes.extend_from_slice(&[0, 0]);
            self.bytes.extend_from_slice(&len.to_le_bytes());
        } else {
            self.bytes.extend_from_slice(&u16::try_from(len).unwrap_or(u16::MAX).to_le_bytes());
        }
    }
}
