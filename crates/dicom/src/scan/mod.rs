//! The bounded scanner: every element is walked, within limits, without recursion and without trusting a length.
//!
//! Short values are copied into the [`Scanned`] result (its *header*); long ones (*bulk*: pixels, documents,
//! waveforms) are only located. A file of several gigabytes is thus scanned in the memory of its header.

mod guess;
mod numbers;
mod source;
mod view;
mod walk;

use crate::error::Error;
use crate::tables::{
    self, EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, TransferSyntax,
};
use crate::{Tag, Vr, dictionary, tag};
use guess::Form;
use source::{Feed, Seekable, Source};
use std::io::{Cursor, Read, Seek};
use walk::{Found, Walk};

pub(crate) use numbers::decimal;
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
    /// Bytes a deflated data set may inflate to whatever its ratio: a black image shrinks a thousandfold.
    pub min_inflated_bytes: u64,
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
            min_inflated_bytes: 64 << 20,
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
        /// The first four bytes of each fragment, zeros where it has fewer: they tell where an image begins when no
        /// table does.
        starts: Vec<[u8; 4]>,
    },
}

/// What a scan found.
#[derive(Debug, Clone)]
pub struct Scanned {
    pub(crate) transfer_syntax: String,
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
    pub fn transfer_syntax(&self) -> &str {
        &self.transfer_syntax
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
    let syntax = tables::transfer_syntax(transfer_syntax).ok_or(Error::UnknownTransferSyntax)?;
    let source = Source::new(Seekable(Cursor::new(bytes)), Some(bytes.len() as u64));
    let scan = Scan { limits, source, found: Found::default(), transfer_syntax: Some(syntax.uid.to_owned()) };
    scan.dataset(0)
}

/// Scans a Part 10 file (PS3.10 §7.1). A missing preamble, a missing file meta information and a missing or wrong
/// group length are tolerated.
///
/// # Errors
/// The first fault met; see [`Error`].
pub fn scan_part10(bytes: &[u8], limits: &Limits) -> Result<Scanned, Error> {
    scan_reader(Cursor::new(bytes), bytes.len() as u64, limits)
}

/// Scans a Part 10 file of `len` bytes that begins where `reader` stands, seeking over bulk values instead of
/// reading them. Offsets count from there.
///
/// # Errors
/// The first fault met; see [`Error`].
pub fn scan_reader<R: Read + Seek>(reader: R, len: u64, limits: &Limits) -> Result<Scanned, Error> {
    let source = Source::new(Seekable(reader), Some(len));
    Scan { limits, source, found: Found::default(), transfer_syntax: None }.part10()
}

/// Inflates a deflated data set (PS3.5 §A.5), given from its first byte, within the limits.
///
/// # Errors
/// [`Error::InflatesTooMuch`] or [`Error::BadDeflate`].
pub fn inflate(bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Error> {
    let limit = inflated_limit(bytes.len() as u64, limits);
    let mut source = Source::new(source::Inflating::new(bytes, bytes, limit), None);
    let mut inflated = Vec::new();
    source.append(&mut inflated, u64::MAX)?;
    Ok(inflated)
}

/// Bytes that `deflated` bytes may become.
fn inflated_limit(deflated: u64, limits: &Limits) -> u64 {
    deflated.saturating_mul(limits.max_inflate_ratio).max(limits.min_inflated_bytes).min(limits.max_inflated_bytes)
}

/// A scan under way.
struct Scan<'l, R> {
    limits: &'l Limits,
    source: Source<Seekable<R>>,
    found: Found,
    transfer_syntax: Option<String>,
}

impl<R: Read + Seek> Scan<'_, R> {
    fn part10(mut self) -> Result<Scanned, Error> {
        let end = self.source.end();
        let start = self.source.peek(134)?;
        let after = start.get(132..).unwrap_or_default();
        let has_preamble = start.get(128..132) == Some(b"DICM")
            // The four letters may also stand by chance in a data set without preamble.
            && (after == [0x02, 0x00] || guess::guess(start, end).is_none());
        // Some writers leave the preamble out and not the mark.
        let mark = if has_preamble { 132 } else { if start.starts_with(b"DICM") { 4 } else { 0 } };
        self.source.skip(mark)?;
        if self.source.peek(2)? == [0x02, 0x00] {
            let mut walk = Walk { source: &mut self.source, limits: self.limits, found: &mut self.found };
            walk.run(guess::EXPLICIT, |tag| tag.0 != 0x0002)?;
        } else if mark == 0 && guess::guess(self.source.peek(8)?, end).is_none() {
            return Err(Error::NotDicom);
        }
        let meta_nodes = self.found.nodes.len();
        self.dataset(meta_nodes)
    }

    /// Scans the data set, after `meta_nodes` nodes of file meta information: the limits hold for both together.
    fn dataset(mut self, meta_nodes: usize) -> Result<Scanned, Error> {
        let dataset_offset = self.source.position();
        let stated = self.transfer_syntax.take().or_else(|| stated_syntax(&self.found));
        let syntax = stated.as_deref().and_then(tables::transfer_syntax);
        let deflated = syntax.is_some_and(|syntax| syntax.deflated);
        let form = if deflated {
            self.source.peek(2)?;
            let remaining = self.source.end().map_or(0, |end| end.saturating_sub(dataset_offset));
            let limit = inflated_limit(remaining, self.limits);
            let feed = source::inflating(self.source.into_rest(), remaining, limit);
            walk_dataset(&mut Source::new(feed, None), self.limits, &mut self.found, syntax)?
        } else {
            walk_dataset(&mut self.source, self.limits, &mut self.found, syntax)?
        };
        let guessed = match (form.implicit, form.big_endian) {
            (true, _) => IMPLICIT_VR_LITTLE_ENDIAN,
            (false, false) => EXPLICIT_VR_LITTLE_ENDIAN,
            (false, true) => EXPLICIT_VR_BIG_ENDIAN,
        };
        if form.implicit {
            sign_ambiguous(&mut self.found, meta_nodes);
        }
        Ok(Scanned {
            transfer_syntax: stated.unwrap_or_else(|| guessed.to_owned()),
            implicit: form.implicit,
            dataset_offset,
            deflated,
            nodes: self.found.nodes,
            meta_nodes,
            values: self.found.values,
            pixel_data: self.found.pixel_data,
        })
    }
}

/// The Transfer Syntax UID that the file meta information states.
fn stated_syntax(meta: &Found) -> Option<String> {
    let node = meta.nodes.iter().find(|node| node.tag == tag::TRANSFER_SYNTAX_UID && node.kept != NOT_KEPT)?;
    let start = usize::try_from(node.kept).ok()?;
    let value = meta.values.get(start..start.checked_add(usize::try_from(node.len).ok()?)?)?;
    let text = String::from_utf8_lossy(view::trim(value)).into_owned();
    (!text.is_empty()).then_some(text)
}

/// Where the dictionary says `US or SS` and nothing was stated, Pixel Representation decides (PS3.5 §A.1).
fn sign_ambiguous(found: &mut Found, meta_nodes: usize) {
    let value = |node: &Node| found.values.get(usize::try_from(node.kept).ok()?).copied();
    let mut dataset = found.nodes.iter().skip(meta_nodes);
    let is_signed = dataset.rfind(|node| node.tag == tag::PIXEL_REPRESENTATION).and_then(value) == Some(1);
    if !is_signed {
        return;
    }
    for node in found.nodes.iter_mut().skip(meta_nodes).filter(|node| node.vr == Vr::US) {
        if dictionary::is_signed_by_pixel_representation(node.tag) {
            node.vr = Vr::SS;
        }
    }
}

/// Walks a data set to its end; answers the form in which it is written.
fn walk_dataset<F: Feed>(
    source: &mut Source<F>,
    limits: &Limits,
    found: &mut Found,
    syntax: Option<&TransferSyntax>,
) -> Result<Form, Error> {
    let remaining = source.end().map(|end| end.saturating_sub(source.position()));
    let start = source.peek(8)?;
    let form = match syntax {
        Some(syntax) => guess::form_of(syntax, start),
        None if start.is_empty() => guess::EXPLICIT,
        None => guess::guess(start, remaining).ok_or(Error::UnknownTransferSyntax)?,
    };
    Walk { source, limits, found }.run(form, |_| false)?;
    Ok(form)
}
