//! The bounded scanner: every element is walked, within limits, without recursion and without trusting a length.
//!
//! Short values are copied into the [`Scanned`] result (its *header*); long ones (*bulk*: pixels, documents,
//! waveforms) are only located. A file of several gigabytes is thus scanned in the memory of its header.

mod numbers;
mod view;

use crate::error::Error;
use crate::{Tag, Vr};
use std::io::{Read, Seek};

pub use view::{DataSet, Element, Items};

/// How much a scan may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Nested sequences.
    pub max_depth: usize,
    /// Elements, items and fragments together, at every level.
    pub max_elements: usize,
    /// Bytes of everything but the bulk values.
    pub max_header_bytes: u64,
    /// A value above this many bytes is bulk: located, not kept. Tables of offsets and sequences never are.
    pub bulk_threshold: u64,
    /// Bytes a deflated data set may inflate to.
    pub max_inflated_bytes: u64,
    /// Times its own size a deflated data set may inflate to.
    pub max_inflate_ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_depth: 64,
            max_elements: 1_000_000,
            max_header_bytes: 16 << 20,
            bulk_threshold: 64 << 10,
            max_inflated_bytes: 2 << 30,
            max_inflate_ratio: 200,
        }
    }
}

/// A piece of the scanned bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First byte, counted from where the scan began (the preamble, for a Part 10 file).
    pub offset: u64,
    /// Bytes.
    pub len: u64,
}

/// Where the top-level pixel data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixelData {
    /// Pixel Data, Float Pixel Data or Double Float Pixel Data (PS3.3 §C.7.6.3.1.4).
    pub tag: Tag,
    /// Its VR, stated or default.
    pub vr: Vr,
    /// How it is laid.
    pub layout: PixelLayout,
}

/// How pixel data is laid (PS3.5 §8.1 and §A.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PixelLayout {
    /// One value.
    Native(Span),
    /// A sequence of fragments.
    Encapsulated {
        /// Basic Offset Table, as written: empty when absent.
        basic_offset_table: Vec<u32>,
        /// Each fragment's bytes, without its item header, in order.
        fragments: Vec<Span>,
    },
}

/// What a scan found.
#[derive(Debug, Clone)]
pub struct Scanned {
    pub(crate) transfer_syntax: Option<String>,
    pub(crate) implicit: bool,
    pub(crate) dataset_offset: u64,
    pub(crate) deflated: bool,
    pub(crate) nodes: Vec<Node>,
    pub(crate) meta_nodes: usize,
    pub(crate) values: Vec<u8>,
    pub(crate) pixel_data: Option<PixelData>,
}

/// One element or item, in the order met; its children follow it, up to `end`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node {
    pub tag: Tag,
    pub vr: Vr,
    pub big_endian: bool,
    /// Index after the last child.
    pub end: u32,
    /// Where the value is kept in `Scanned::values`, or [`NOT_KEPT`].
    pub kept: u32,
    pub offset: u64,
    pub len: u64,
}

/// The mark of a value that was located but not kept.
pub(crate) const NOT_KEPT: u32 = u32::MAX;

impl Scanned {
    /// Transfer Syntax UID: stated by the file meta information, or the one handed to [`scan_dataset`], or guessed.
    pub fn transfer_syntax(&self) -> Option<&str> {
        self.transfer_syntax.as_deref()
    }

    /// Whether the data set turned out to be written in implicit VR, whatever was declared.
    pub fn is_implicit(&self) -> bool {
        self.implicit
    }

    /// Where the data set begins (0 for a bare data set).
    pub fn dataset_offset(&self) -> u64 {
        self.dataset_offset
    }

    /// Whether the offsets of this scan count inside of the inflated data set, and so name no byte of the file.
    pub fn is_deflated(&self) -> bool {
        self.deflated
    }

    /// The file meta information (group 0002); empty when there was none.
    pub fn meta(&self) -> DataSet<'_> {
        DataSet::new(self, 0, self.meta_nodes)
    }

    /// The data set.
    pub fn dataset(&self) -> DataSet<'_> {
        DataSet::new(self, self.meta_nodes, self.nodes.len())
    }

    /// The top-level pixel data, if any; pixel data inside of a sequence (an icon) is never taken for it.
    pub fn pixel_data(&self) -> Option<&PixelData> {
        self.pixel_data.as_ref()
    }
}

/// Scans a bare data set, as received over the network, written in `transfer_syntax`.
///
/// # Errors
/// The first fault met; see [`Error`].
pub fn scan_dataset(bytes: &[u8], transfer_syntax: &str, limits: &Limits) -> Result<Scanned, Error> {
    let _ = (bytes, transfer_syntax, limits);
    Err(Error::NotDicom)
}

/// Scans a Part 10 file (PS3.10 §7.1). A missing preamble, a missing file meta information and a missing or wrong
/// group length are tolerated.
///
/// # Errors
/// The first fault met; see [`Error`].
pub fn scan_part10(bytes: &[u8], limits: &Limits) -> Result<Scanned, Error> {
    let _ = (bytes, limits);
    Err(Error::NotDicom)
}

/// Scans a Part 10 file of `len` bytes that begins where `reader` stands, seeking over bulk values instead of
/// reading them. Offsets count from there.
///
/// # Errors
/// The first fault met; see [`Error`].
pub fn scan_reader<R: Read + Seek>(reader: R, len: u64, limits: &Limits) -> Result<Scanned, Error> {
    let _ = (reader, len, limits);
    Err(Error::NotDicom)
}

/// Inflates a deflated data set (PS3.5 §A.5), given from its first byte, within the limits.
///
/// # Errors
/// [`Error::InflatesTooMuch`] or [`Error::BadDeflate`].
pub fn inflate(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let _ = (bytes, limits);
    Err(Error::BadDeflate)
}
