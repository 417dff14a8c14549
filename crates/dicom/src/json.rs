//! The DICOM JSON Model (PS3.18 §F.2), streamed.

use crate::charset::CharacterSet;
use crate::error::Error;
use crate::scan::{DataSet, Element, Scanned};
use crate::{Tag, Vr, tag};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::Write;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Whether private elements are.
    pub private: bool,
    /// A binary value above this many bytes is bulk. Look-up tables (group 0028) are always inline.
    pub inline_bytes: u64,
    /// Whether Data Set Trailing Padding is.
    pub padding: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { private: true, inline_bytes: 1024, padding: true }
    }
}

/// Sequences nested deeper than this are left out: readers of JSON have limits of their own (128 levels for the one of
/// this program), each sequence takes three, and nothing but a hostile file nests so.
pub const MAX_DEPTH: usize = 32;

/// Writes the data set of a scan as one JSON object, group 0002 and group lengths left out.
///
/// Bulk values (those the scan did not keep, pixel data, and binary values over [`Options::inline_bytes`]) are handed
/// to `bulk_uri`, nested ones too: `Some(uri)` becomes `BulkDataURI`, `None` leaves the element out. DS and IS are JSON
/// numbers when valid, else strings. Specific Character Set says `ISO_IR 192`, which is what JSON is written in.
///
/// # Errors
/// [`Error::Write`] only.
pub fn write_dataset<W: Write>(
    scanned: &Scanned,
    out: &mut W,
    bulk_uri: &mut dyn FnMut(Element<'_>) -> Option<String>,
) -> Result<(), Error> {
    write_with(scanned, &Options::default(), out, bulk_uri)
}

/// [`write_dataset`] with options.
///
/// # Errors
/// [`Error::Write`] only.
pub fn write_with<W: Write>(
    scanned: &Scanned,
    options: &Options,
    out: &mut W,
    bulk_uri: &mut dyn FnMut(Element<'_>) -> Option<String>,
) -> Result<(), Error> {
    let mut writer = JsonWriter { out, options, bulk_uri, depth: 0 };
    let charset = CharacterSet::of(scanned.dataset());
    writer.dataset(scanned.dataset(), &charset).map_err(|error| Error::Write(error.kind()))
}

/// The data set of a scan as JSON text, without any bulk value.
pub fn metadata(scanned: &Scanned) -> String {
    let mut out = Vec::new();
    match write_dataset(scanned, &mut out, &mut |_| None) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

struct JsonWriter<'w, W> {
    out: &'w mut W,
    options: &'w Options,
    bulk_uri: &'w mut dyn FnMut(Element<'_>) -> Option<String>,
    depth: usize,
}

impl<W: Write> JsonWriter<'_, W> {
    /// One object. Nesting is bounded, so this may call itself.
    fn dataset(&mut self, dataset: DataSet<'_>, charset: &CharacterSet) -> std::io::Result<()> {
        let mut elements: Vec<Element<'_>> = dataset.elements().filter(|element| self.is_written(*element)).collect();
        // A tag written twice would make two keys of one name: the last one counts, as in `DataSet::get`.
        elements.sort_by_key(|element| element.tag());
        let mut separator = "{";
        let mut rest = elements.as_slice();
        while let Some((element, after)) = rest.split_first() {
            rest = after;
            if after.first().is_some_and(|next| next.tag() == element.tag()) {
                continue;
            }
            if self.element(*element, charset, separator)? {
                separator = ",";
            }
        }
        self.out.write_all(if separator == "{" { b"{}" } else { b"}" })
    }

    fn is_written(&self, element: Element<'_>) -> bool {
        let tag = element.tag();
        let is_private = tag.is_private() && !self.options.private;
        let is_padding = tag.0 == 0xFFFC && !self.options.padding;
        tag.0 > 0x0002 && tag.0 != 0xFFFE && !tag.is_group_length() && !is_private && !is_padding
    }

    /// One member; answers whether it was written at all.
    fn element(&mut self, element: Element<'_>, charset: &CharacterSet, separator: &str) -> std::io::Result<bool> {
        let bulk = self.is_bulk(element);
        let uri = if bulk { (self.bulk_uri)(element) } else { None };
        if bulk && uri.is_none() {
            return Ok(false);
        }
        write!(self.out, "{separator}\"{}\":{{\"vr\":\"{}\"", element.tag(), element.vr())?;
        match uri {
            Some(uri) => {
                self.out.write_all(b",\"BulkDataURI\":")?;
                self.string(&uri)?;
            }
            None if element.tag() == tag::SPECIFIC_CHARACTER_SET => {
                self.out.write_all(b",\"Value\":[\"ISO_IR 192\"]")?
            }
            None if element.vr() == Vr::SQ => self.sequence(element, charset)?,
            None => self.value(element, charset)?,
        }
        self.out.write_all(b"}")?;
        Ok(true)
    }

    fn is_bulk(&self, element: Element<'_>) -> bool {
        if element.vr() == Vr::SQ {
            return false;
        }
        let Some(bytes) = element.bytes() else { return true };
        let is_binary = !element.vr().is_text();
        let Tag(group, _) = element.tag();
        group == 0x7FE0 || (is_binary && group != 0x0028 && bytes.len() as u64 > self.options.inline_bytes)
    }

    fn sequence(&mut self, element: Element<'_>, charset: &CharacterSet) -> std::io::Result<()> {
        if self.depth >= MAX_DEPTH {
            return Ok(());
        }
        self.depth += 1;
        let mut separator = ",\"Value\":[";
        for item in element.items() {
            self.out.write_all(separator.as_bytes())?;
            separator = ",";
            self.dataset(item, &charset.of_item(item))?;
        }
        self.depth -= 1;
        self.out.write_all(if separator == "," { b"]" } else { b"" })
    }

    fn value(&mut self, element: Element<'_>, charset: &CharacterSet) -> std::io::Result<()> {
        let bytes = element.bytes().unwrap_or_default();
        if bytes.is_empty() {
            return Ok(());
        }
        match element.vr() {
            Vr::OB | Vr::OD | Vr::OF | Vr::OL | Vr::OV | Vr::OW | Vr::UN => self.binary(element, bytes),
            Vr::AT => {
                let tags = element.tags().into_iter().map(|tag| tag.to_string());
                self.values(tags, |writer, tag| writer.string(&tag))
            }
            Vr::SV | Vr::UV => self.values(element.integers(), |writer, number| writer.long(number)),
            Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::UL | Vr::US => {
                self.values(element.numbers(), |writer, number| writer.number(number.unwrap_or(f64::NAN)))
            }
            Vr::DS | Vr::IS => self.values(element.texts(charset), |writer, text| writer.decimal(&text)),
            Vr::PN => self.values(element.texts(charset), |writer, text| writer.person(&text)),
            _ => self.values(element.texts(charset), |writer, text| writer.text(&text)),
        }
    }

    fn values<T>(
        &mut self,
        values: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        let mut separator = ",\"Value\":[";
        for value in values {
            self.out.write_all(separator.as_bytes())?;
            separator = ",";
            write(self, value)?;
        }
        self.out.write_all(if separator == "," { b"]" } else { b"" })
    }

    /// Base64 of the value in little endian (PS3.18 §F.2.7).
    fn binary(&mut self, element: Element<'_>, bytes: &[u8]) -> std::io::Result<()> {
        let swapped;
        let bytes = match element.vr().number_width().filter(|_| element.is_big_endian()) {
            Some(width) => {
                swapped = bytes.chunks(width).flat_map(|number| number.iter().rev().copied()).collect::<Vec<u8>>();
                &swapped
            }
            None => bytes,
        };
        write!(self.out, ",\"InlineBinary\":\"{}\"", STANDARD.encode(bytes))
    }

    /// A person's name in its groups, each as it was written: `^^` too.
    fn person(&mut self, name: &str) -> std::io::Result<()> {
        let groups = ["Alphabetic", "Ideographic", "Phonetic"].into_iter().zip(name.splitn(3, '='));
        let mut separator = "{";
        for (key, group) in groups.map(|(key, group)| (key, group.trim())).filter(|(_, group)| !group.is_empty()) {
            write!(self.out, "{separator}\"{key}\":")?;
            self.string(group)?;
            separator = ",";
        }
        self.out.write_all(if separator == "{" { b"null" } else { b"}" })
    }

    /// A decimal or integer string, as a number when it is one (PS3.18 §F.2.3.1).
    fn decimal(&mut self, text: &str) -> std::io::Result<()> {
        match crate::scan::decimal(text.as_bytes()) {
            Some(number) => self.number(number),
            None => self.text(text),
        }
    }

    /// A number; what JSON cannot write is a string (PS3.18 §F.2.3.1).
    fn number(&mut self, number: f64) -> std::io::Result<()> {
        if number.is_nan() {
            self.out.write_all(b"\"NaN\"")
        } else if number.is_infinite() {
            self.out.write_all(if number > 0.0 { b"\"inf\"" } else { b"\"-inf\"" })
        } else if number.fract() == 0.0 && number.abs() < 1e15 {
            write!(self.out, "{number:.0}")
        } else {
            write!(self.out, "{number:?}")
        }
    }

    /// A whole number of 64 bits: a string when a JSON reader might round it (PS3.18 §F.2.3.1).
    fn long(&mut self, number: i128) -> std::io::Result<()> {
        let is_exact = number.unsigned_abs() <= 1 << 53;
        if is_exact { write!(self.out, "{number}") } else { write!(self.out, "\"{number}\"") }
    }

    fn text(&mut self, text: &str) -> std::io::Result<()> {
        if text.is_empty() { self.out.write_all(b"null") } else { self.string(text) }
    }

    /// A string. `<`, `>` and `&` are escaped too, so that the text is inert wherever it is pasted.
    fn string(&mut self, text: &str) -> std::io::Result<()> {
        let mut quoted = String::with_capacity(text.len() + 2);
        quoted.push('"');
        for c in text.chars() {
            match c {
                '"' => quoted.push_str("\\\""),
                '\\' => quoted.push_str("\\\\"),
                '\n' => quoted.push_str("\\n"),
                '\r' => quoted.push_str("\\r"),
                '\t' => quoted.push_str("\\t"),
                c if c.is_control() || matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') => {
                    quoted.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                c => quoted.push(c),
            }
        }
        quoted.push('"');
        self.out.write_all(quoted.as_bytes())
    }
}
