//! The walk itself: one loop, one explicit stack of open sequences and items.

use super::guess::{self, Form, IMPLICIT};
use super::source::{Feed, Source};
use super::{Limits, NOT_KEPT, Node, PixelData, PixelLayout, Span};
use crate::error::Error;
use crate::{Tag, Vr, dictionary, tag};

/// What the walk has found so far.
#[derive(Default)]
pub(super) struct Found {
    pub nodes: Vec<Node>,
    pub values: Vec<u8>,
    pub pixel_data: Option<PixelData>,
    header_bytes: u64,
    fragments: usize,
}

/// An open sequence or item.
#[derive(Clone, Copy)]
struct Level {
    is_sequence: bool,
    node: usize,
    /// Where it ends, when its length is defined.
    end: Option<u64>,
    /// No value inside may reach beyond; `None` when unknown (a deflate stream).
    bound: Option<u64>,
    form: Form,
}

/// The beginning of an element.
struct Head {
    tag: Tag,
    vr: Vr,
    /// `None`: undefined (PS3.5 §7.1).
    len: Option<u64>,
    big_endian: bool,
    /// Whether the VR was written, and not taken from the dictionary.
    explicit: bool,
}

const UNDEFINED: u32 = u32::MAX;

/// Walks elements of one form until the end, or until `stop` says that the next top-level tag is beyond.
pub(super) struct Walk<'w, F> {
    pub source: &'w mut Source<F>,
    pub limits: &'w Limits,
    pub found: &'w mut Found,
}

impl<F: Feed> Walk<'_, F> {
    /// # Errors
    /// The first fault met.
    pub fn run(&mut self, form: Form, stop: impl Fn(Tag) -> bool) -> Result<(), Error> {
        let root = Level { is_sequence: false, node: 0, end: None, bound: self.source.end(), form };
        let mut open: Vec<Level> = Vec::new();
        loop {
            while let Some(level) = open.pop_if(|level| level.end.is_some_and(|end| self.source.position() >= end)) {
                self.close(&level, 0);
            }
            let level = open.last().copied().unwrap_or(root);
            if open.is_empty() && self.at_end(form, &stop)? {
                return Ok(());
            }
            if level.is_sequence {
                self.item(&level, &mut open)?;
            } else {
                self.element(&level, &mut open)?;
            }
        }
    }

    /// Whether nothing more is to be read at the top level. Up to seven zero bytes after the last element are padding.
    fn at_end(&mut self, form: Form, stop: &impl Fn(Tag) -> bool) -> Result<bool, Error> {
        let next = self.source.peek(8)?;
        if next.len() < 8 {
            return Ok(next.iter().all(|byte| *byte == 0));
        }
        let Some(bytes) = next.first_chunk::<4>() else { return Ok(false) };
        let tag = read_tag(*bytes, form.big_endian);
        Ok(stop(tag) || (self.found.pixel_data.is_some() && self.is_garbage(form)?))
    }

    /// Whether what follows the pixel data is no element: its length leads beyond the end. Some writers leave such bytes
    /// behind, and nothing of an image stands there but padding and signatures.
    fn is_garbage(&mut self, form: Form) -> Result<bool, Error> {
        let Some(end) = self.source.end() else { return Ok(false) };
        let left = end.saturating_sub(self.source.position());
        let next = self.source.peek(12)?;
        let Some([a, b, c, d, v, w, x, y]) = next.first_chunk::<8>().copied() else { return Ok(true) };
        let Tag(group, _) = read_tag([a, b, c, d], form.big_endian);
        let vr = if form.implicit { None } else { Vr::from_code([v, w]) };
        let (raw, head) = match vr {
            Some(vr) if !vr.has_long_length() => ([x, y, 0, 0], 8),
            Some(_) => (next.last_chunk::<4>().copied().unwrap_or_default(), 12),
            None => ([v, w, x, y], 8),
        };
        let len = if form.big_endian && head == 12 { u32::from_be_bytes(raw) } else { u32::from_le_bytes(raw) };
        Ok(group < 0xFFFA && len != UNDEFINED && u64::from(len).saturating_add(head) > left)
    }

    /// Ends an open sequence or item; `delimiter` bytes of its own delimiter are not part of it.
    fn close(&mut self, level: &Level, delimiter: u64) {
        let end = u32::try_from(self.found.nodes.len()).unwrap_or(u32::MAX);
        if let Some(node) = self.found.nodes.get_mut(level.node) {
            node.end = end;
            node.len = self.source.position().saturating_sub(delimiter).saturating_sub(node.offset);
        }
    }

    /// Reads the beginning of an item of an open sequence, or its delimiter (PS3.5 §7.5).
    fn item(&mut self, level: &Level, open: &mut Vec<Level>) -> Result<(), Error> {
        let offset = self.source.position();
        let (tag, len) = self.delimiter(level.form.big_endian)?;
        match tag {
            tag::ITEM => {
                let len = (len != UNDEFINED).then_some(u64::from(len));
                let (end, bound) = self.bounds(tag, len, level)?;
                let node = self.push(tag, Vr::UN, level.form.big_endian, len.unwrap_or(0))?;
                let form = if level.form.implicit { guess::form_of_item(self.source.peek(8)?) } else { level.form };
                open.push(Level { is_sequence: false, node, end, bound, form });
                Ok(())
            }
            tag::SEQUENCE_DELIMITATION if level.end.is_none() => {
                open.pop();
                self.close(level, 8);
                Ok(())
            }
            _ => Err(Error::BadSequence { tag, offset }),
        }
    }

    /// Reads one element of an item or of the data set.
    fn element(&mut self, level: &Level, open: &mut Vec<Level>) -> Result<(), Error> {
        let offset = self.source.position();
        let head = self.head(level.form)?;
        if head.tag.0 == 0xFFFE {
            return self.delimited(&head, offset, level, open);
        }
        match head.len {
            None => self.undefined(&head, level, open),
            Some(len) if head.vr == Vr::SQ => {
                let (end, bound) = self.bounds(head.tag, Some(len), level)?;
                let node = self.push(head.tag, Vr::SQ, head.big_endian, len)?;
                self.descend(Level { is_sequence: true, node, end, bound, form: level.form }, open)
            }
            Some(len) => self.value(&head, len, level, open.is_empty()),
        }
    }

    /// A delimiter where an element was expected: it ends an item of undefined length. One without an item to end is
    /// met in files whose writer mixed both ways, and left out.
    fn delimited(&mut self, head: &Head, offset: u64, level: &Level, open: &mut Vec<Level>) -> Result<(), Error> {
        let is_empty = head.len == Some(0);
        match head.tag {
            tag::ITEM_DELIMITATION if is_empty && !open.is_empty() && level.end.is_none() => {
                open.pop();
                self.close(level, 8);
                Ok(())
            }
            tag::ITEM_DELIMITATION | tag::SEQUENCE_DELIMITATION
                if is_empty && (open.is_empty() || level.end.is_some()) =>
            {
                Ok(())
            }
            tag => Err(Error::BadSequence { tag, offset }),
        }
    }

    /// An undefined length: a sequence, or fragments (PS3.5 §7.1.2 and §A.4).
    fn undefined(&mut self, head: &Head, level: &Level, open: &mut Vec<Level>) -> Result<(), Error> {
        let form = match head.vr {
            Vr::SQ => level.form,
            Vr::UN if head.explicit => IMPLICIT,
            Vr::UN => level.form,
            Vr::OB | Vr::OW => return self.fragments(head, open.is_empty(), level),
            _ => return Err(Error::UndefinedLength { tag: head.tag }),
        };
        let node = self.push(head.tag, Vr::SQ, head.big_endian, 0)?;
        self.descend(Level { is_sequence: true, node, end: None, bound: level.bound, form }, open)
    }

    fn descend(&mut self, level: Level, open: &mut Vec<Level>) -> Result<(), Error> {
        // Each sequence holds an item: two levels of the stack for one of nesting.
        if open.len() / 2 >= self.limits.max_depth {
            return Err(Error::TooDeep { limit: self.limits.max_depth });
        }
        open.push(level);
        Ok(())
    }

    /// An element of defined length: kept if short, located if bulk.
    fn value(&mut self, head: &Head, len: u64, level: &Level, at_top: bool) -> Result<(), Error> {
        let offset = self.source.position();
        self.bounds(head.tag, Some(len), level)?;
        let is_pixels = at_top && is_pixel_data(head.tag);
        let is_bulk = is_pixels || (len > self.limits.bulk_threshold && !is_always_kept(head.tag));
        let node = self.push(head.tag, head.vr, head.big_endian, len)?;
        if is_pixels && self.found.pixel_data.is_none() {
            let layout = PixelLayout::Native(Span { offset, len });
            self.found.pixel_data = Some(PixelData { tag: head.tag, vr: head.vr, layout });
        }
        let complete = if is_bulk { self.source.skip(len)? } else { self.keep(node, len)? };
        if complete { Ok(()) } else { Err(Error::LengthBeyondEnd { tag: head.tag, offset }) }
    }

    fn keep(&mut self, node: usize, len: u64) -> Result<bool, Error> {
        self.count_header(len)?;
        let kept = u32::try_from(self.found.values.len()).unwrap_or(NOT_KEPT);
        if let Some(node) = self.found.nodes.get_mut(node) {
            node.kept = kept;
        }
        self.source.append(&mut self.found.values, len)
    }

    /// Encapsulated pixel data: an offset table, then fragments, then a delimiter (PS3.5 §A.4). A delimiter missing at
    /// the very end is tolerated.
    fn fragments(&mut self, head: &Head, at_top: bool, level: &Level) -> Result<(), Error> {
        let node = self.push(head.tag, head.vr, head.big_endian, 0)?;
        let mut table = Vec::new();
        let mut fragments = Vec::new();
        let mut starts = Vec::new();
        let mut delimiter = 0;
        for index in 0.. {
            if self.source.peek(8)?.is_empty() && index > 0 {
                break;
            }
            let offset = self.source.position();
            let (tag, len) = self.delimiter(level.form.big_endian)?;
            if tag == tag::SEQUENCE_DELIMITATION {
                delimiter = 8;
                break;
            }
            if tag != tag::ITEM || len == UNDEFINED {
                return Err(Error::BadSequence { tag, offset });
            }
            self.count_fragment()?;
            let span = Span { offset: offset + 8, len: u64::from(len) };
            self.bounds(tag, Some(span.len), level)?;
            let complete = if index == 0 && at_top {
                self.count_header(span.len)?;
                self.source.append(&mut table, span.len)?
            } else {
                if at_top {
                    fragments.push(span);
                    starts.push(self.first_four(span.len)?);
                }
                self.source.skip(span.len)?
            };
            if !complete {
                return Err(Error::LengthBeyondEnd { tag: head.tag, offset: span.offset });
            }
        }
        self.close(&Level { node, ..*level }, delimiter);
        if at_top && is_pixel_data(head.tag) && self.found.pixel_data.is_none() {
            let words = table.chunks_exact(4).filter_map(|word| word.first_chunk().copied());
            let basic_offset_table = words.map(u32::from_le_bytes).collect();
            let layout = PixelLayout::Encapsulated { basic_offset_table, fragments, starts };
            self.found.pixel_data = Some(PixelData { tag: head.tag, vr: head.vr, layout });
        }
        Ok(())
    }

    /// The first bytes of a fragment of `len` bytes, filled up with zeros.
    fn first_four(&mut self, len: u64) -> Result<[u8; 4], Error> {
        let len = usize::try_from(len.min(4)).unwrap_or(4);
        let mut start = [0; 4];
        for (to, from) in start.iter_mut().zip(self.source.peek(len)?) {
            *to = *from;
        }
        Ok(start)
    }

    /// Where a value of that length ends, and what bounds what is inside.
    fn bounds(&self, tag: Tag, len: Option<u64>, level: &Level) -> Result<(Option<u64>, Option<u64>), Error> {
        let offset = self.source.position();
        let Some(len) = len else { return Ok((None, level.bound)) };
        let end = offset.saturating_add(len);
        if level.bound.is_some_and(|bound| end > bound) {
            return Err(Error::LengthBeyondEnd { tag, offset });
        }
        Ok((Some(end), Some(end)))
    }

    fn push(&mut self, tag: Tag, vr: Vr, big_endian: bool, len: u64) -> Result<usize, Error> {
        let index = self.found.nodes.len();
        if index + self.found.fragments >= self.limits.max_elements {
            return Err(Error::TooManyElements { limit: self.limits.max_elements });
        }
        self.count_header(8)?;
        let end = u32::try_from(index + 1).unwrap_or(u32::MAX);
        self.found.nodes.push(Node { tag, vr, big_endian, end, kept: NOT_KEPT, offset: self.source.position(), len });
        Ok(index)
    }

    fn count_fragment(&mut self) -> Result<(), Error> {
        self.found.fragments += 1;
        if self.found.nodes.len() + self.found.fragments > self.limits.max_elements {
            return Err(Error::TooManyElements { limit: self.limits.max_elements });
        }
        self.count_header(8)
    }

    fn count_header(&mut self, bytes: u64) -> Result<(), Error> {
        self.found.header_bytes = self.found.header_bytes.saturating_add(bytes);
        if self.found.header_bytes > self.limits.max_header_bytes {
            return Err(Error::HeaderTooLarge { limit: self.limits.max_header_bytes });
        }
        Ok(())
    }

    /// The tag and length of an item or delimiter, which never have a VR (PS3.5 §7.5).
    fn delimiter(&mut self, big_endian: bool) -> Result<(Tag, u32), Error> {
        let offset = self.source.position();
        let [a, b, c, d, len @ ..] = self.source.take::<8>()?.ok_or(Error::Truncated { offset })?;
        let len = if big_endian { u32::from_be_bytes(len) } else { u32::from_le_bytes(len) };
        Ok((read_tag([a, b, c, d], big_endian), len))
    }

    /// The beginning of an element (PS3.5 §7.1). Where a VR should stand and two other bytes do: capitals have the form
    /// that future VRs will have (PS3.5 §6.2.2), other characters (`??`, two spaces) are a VR its writer did not know,
    /// with a short length, and anything else is an implicit element that strayed into an explicit data set.
    fn head(&mut self, form: Form) -> Result<Head, Error> {
        let offset = self.source.position();
        let truncated = Error::Truncated { offset };
        let [a, b, c, d, rest @ ..] = self.source.take::<8>()?.ok_or(truncated.clone())?;
        let tag = read_tag([a, b, c, d], form.big_endian);
        let [v, w, x, y] = rest;
        let code = [v, w];
        let stated = if form.implicit || tag.0 == 0xFFFE { None } else { Vr::from_code(code) };
        let may_state = !form.implicit && tag.0 != 0xFFFE;
        let is_unknown_code = may_state && code.iter().all(u8::is_ascii_uppercase);
        let is_blank_code = may_state && !is_unknown_code && code.iter().all(|b| matches!(b, b' '..=b'~'));
        let short = match stated {
            Some(vr) if !vr.has_long_length() => Some(vr),
            None if is_blank_code => Some(dictionary::vr_of(tag)),
            _ => None,
        };
        if let Some(vr) = short {
            let len = if form.big_endian { u16::from_be_bytes([x, y]) } else { u16::from_le_bytes([x, y]) };
            return Ok(Head { tag, vr, len: Some(u64::from(len)), big_endian: form.big_endian, explicit: true });
        }
        let (vr, len) = match stated {
            None if !is_unknown_code => (dictionary::vr_of(tag), rest),
            stated => (stated.unwrap_or(Vr::UN), self.source.take::<4>()?.ok_or(truncated)?),
        };
        let len = if form.big_endian { u32::from_be_bytes(len) } else { u32::from_le_bytes(len) };
        let len = (len != UNDEFINED).then_some(u64::from(len));
        let known = if stated == Some(Vr::UN) && len.is_some() { dictionary::vr_of(tag) } else { vr };
        if known != vr && known != Vr::SQ {
            // An element its writer did not know, and we do: its value is little endian (PS3.5 §6.2.2, note 2).
            return Ok(Head { tag, vr: known, len, big_endian: false, explicit: true });
        }
        Ok(Head { tag, vr, len, big_endian: form.big_endian, explicit: stated.is_some() })
    }
}

fn read_tag([a, b, c, d]: [u8; 4], big_endian: bool) -> Tag {
    let word = |raw| if big_endian { u16::from_be_bytes(raw) } else { u16::from_le_bytes(raw) };
    Tag(word([a, b]), word([c, d]))
}

fn is_pixel_data(tag: Tag) -> bool {
    matches!(tag, tag::PIXEL_DATA | tag::FLOAT_PIXEL_DATA | tag::DOUBLE_FLOAT_PIXEL_DATA)
}

/// Look-up tables and tables of offsets: long, and needed to show an image.
fn is_always_kept(tag: Tag) -> bool {
    tag.0 == 0x0028 || matches!(tag, tag::EXTENDED_OFFSET_TABLE | tag::EXTENDED_OFFSET_TABLE_LENGTHS)
}
