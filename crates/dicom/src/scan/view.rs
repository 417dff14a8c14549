//! Walking a scan: data sets, elements, items.

use super::{NOT_KEPT, Node, Scanned, Span};
use crate::charset::CharacterSet;
use crate::{Tag, Vr};
use std::borrow::Cow;

/// The elements of the file meta information, of the data set, or of one item.
#[derive(Debug, Clone, Copy)]
pub struct DataSet<'a> {
    scanned: &'a Scanned,
    start: usize,
    end: usize,
}

impl<'a> DataSet<'a> {
    pub(crate) fn new(scanned: &'a Scanned, start: usize, end: usize) -> Self {
        Self { scanned, start, end }
    }

    /// The elements at this level, in the order written.
    pub fn elements(self) -> impl Iterator<Item = Element<'a>> {
        let mut at = self.start;
        std::iter::from_fn(move || {
            let node = self.scanned.nodes.get(at).filter(|_| at < self.end)?;
            let element = Element { scanned: self.scanned, index: at, node };
            at = (node.end as usize).max(at + 1);
            Some(element)
        })
    }

    /// The element of that tag; the last one when it is written several times.
    pub fn get(self, tag: Tag) -> Option<Element<'a>> {
        self.elements().filter(|element| element.tag() == tag).last()
    }

    /// The value of a short element, as written.
    pub fn bytes(self, tag: Tag) -> Option<&'a [u8]> {
        self.get(tag)?.bytes()
    }

    /// The first value of a text element whose VR no character set touches (CS, DA, UI, IS, …), padding taken off;
    /// `None` when absent, empty or not kept.
    pub fn plain_text(self, tag: Tag) -> Option<Cow<'a, str>> {
        let first = self.bytes(tag)?.split(|&b| b == b'\\').next()?;
        let text = String::from_utf8_lossy(trim(first));
        (!text.is_empty()).then_some(text)
    }

    /// All the values of an element as text, decoded with `charset`, padding taken off.
    pub fn texts(self, tag: Tag, charset: &CharacterSet) -> Vec<String> {
        self.get(tag).map(|element| element.texts(charset)).unwrap_or_default()
    }

    /// The first value of an element as text; `None` when absent or empty.
    pub fn text(self, tag: Tag, charset: &CharacterSet) -> Option<String> {
        self.texts(tag, charset).into_iter().next().filter(|text| !text.is_empty())
    }

    /// All the numbers of an element, whether written in binary or as DS or IS; unreadable ones are `None`.
    pub fn numbers(self, tag: Tag) -> Vec<Option<f64>> {
        self.get(tag).map(Element::numbers).unwrap_or_default()
    }

    /// The first number of an element.
    pub fn number(self, tag: Tag) -> Option<f64> {
        self.numbers(tag).into_iter().next().flatten()
    }

    /// The first number of an element when it is a whole number between 0 and 2^53.
    pub fn unsigned(self, tag: Tag) -> Option<u64> {
        let number = self.number(tag)?;
        ((0.0..=9_007_199_254_740_992.0).contains(&number) && number.fract() == 0.0).then_some(number as u64)
    }

    /// The items of a sequence; none when absent.
    pub fn items(self, tag: Tag) -> Items<'a> {
        match self.get(tag) {
            Some(element) => element.items(),
            None => Items { scanned: self.scanned, at: 0, end: 0 },
        }
    }
}

/// One element of a scan.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    scanned: &'a Scanned,
    index: usize,
    node: &'a Node,
}

impl<'a> Element<'a> {
    /// Its tag.
    pub fn tag(self) -> Tag {
        self.node.tag
    }

    /// Its VR, as written or from the dictionary.
    pub fn vr(self) -> Vr {
        self.node.vr
    }

    /// Where its value lies. The length is the true one, delimiters left out, even if written as undefined.
    pub fn span(self) -> Span {
        Span { offset: self.node.offset, len: self.node.len }
    }

    /// Whether its numbers are big endian.
    pub fn is_big_endian(self) -> bool {
        self.node.big_endian
    }

    /// Its value as written; `None` for sequences and for bulk values, which the scan did not keep.
    pub fn bytes(self) -> Option<&'a [u8]> {
        if self.node.kept == NOT_KEPT {
            return None;
        }
        let start = self.node.kept as usize;
        self.scanned.values.get(start..start.checked_add(usize::try_from(self.node.len).ok()?)?)
    }

    /// Its items; none when it is not a sequence.
    pub fn items(self) -> Items<'a> {
        let end = if self.vr() == Vr::SQ { self.node.end as usize } else { 0 };
        Items { scanned: self.scanned, at: self.index + 1, end }
    }

    /// Its values as text, decoded with `charset` where the VR asks for it, padding taken off.
    pub fn texts(self, charset: &CharacterSet) -> Vec<String> {
        let Some(bytes) = self.bytes() else { return Vec::new() };
        charset.decode_values(bytes, self.vr())
    }

    /// Its whole numbers when its VR is SV or UV, exactly.
    pub fn integers(self) -> Vec<i128> {
        super::numbers::integers(self.bytes().unwrap_or_default(), self.vr(), self.is_big_endian())
    }

    /// The tags it holds, when its VR is AT.
    pub fn tags(self) -> Vec<Tag> {
        if self.vr() != Vr::AT {
            return Vec::new();
        }
        super::numbers::tags(self.bytes().unwrap_or_default(), self.is_big_endian())
    }

    /// Its numbers, whether written in binary or as DS or IS; unreadable ones are `None`.
    pub fn numbers(self) -> Vec<Option<f64>> {
        let Some(bytes) = self.bytes() else { return Vec::new() };
        super::numbers::numbers(bytes, self.vr(), self.is_big_endian())
    }
}

/// The items of a sequence.
#[derive(Debug, Clone)]
pub struct Items<'a> {
    scanned: &'a Scanned,
    at: usize,
    end: usize,
}

impl<'a> Iterator for Items<'a> {
    type Item = DataSet<'a>;

    fn next(&mut self) -> Option<DataSet<'a>> {
        let node = self.scanned.nodes.get(self.at).filter(|_| self.at < self.end)?;
        let start = self.at + 1;
        self.at = (node.end as usize).max(start);
        Some(DataSet::new(self.scanned, start, self.at))
    }
}

/// Takes off the spaces and NULs that pad a text value (PS3.5 §6.2).
pub(crate) fn trim(value: &[u8]) -> &[u8] {
    let is_padding = |b: &u8| *b == b' ' || *b == 0;
    let start = value.iter().position(|b| !is_padding(b)).unwrap_or(value.len());
    let end = value.iter().rposition(|b| !is_padding(b)).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}
