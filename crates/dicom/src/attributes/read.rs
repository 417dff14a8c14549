//! From a scan to the documents of the three levels.

use super::level::{Level, level_of};
use crate::charset::CharacterSet;
use crate::scan::{DataSet, Element, Scanned};
use crate::{Tag, Vr, tag};
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// A text value above this many bytes of UTF-8 is left out, and with it its attribute.
pub const MAX_TEXT_BYTES: usize = 1024;
/// An attribute of more numbers than this is left out.
pub const MAX_NUMBERS: usize = 16;
/// Items kept of a sequence; those that follow are left out.
pub const MAX_ITEMS: usize = 8;
/// Once a document has this many bytes, only the attributes that a query must be able to ask for are still added.
pub const MAX_DOCUMENT_BYTES: usize = 12 << 10;
/// Sequences inside sequences.
const MAX_DEPTH: usize = 3;

/// The documents of one instance, as JSON text. An empty text stands for a document nobody wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Levels {
    /// Patient and study.
    pub study: String,
    /// Series.
    pub series: String,
    /// What is the instance's own.
    pub instance: String,
}

impl Levels {
    /// Whether nobody wrote them: an instance received by a version that kept none.
    pub fn is_empty(&self) -> bool {
        self.study.is_empty() && self.series.is_empty() && self.instance.is_empty()
    }

    /// Those of a scan. Private elements, pixels, binary values, long texts, functional groups of single frames and the
    /// content tree of structured reports stay in the file.
    pub fn read(scanned: &Scanned) -> Self {
        let dataset = scanned.dataset();
        let charset = CharacterSet::of(dataset);
        let mut levels = Self { study: "{".into(), series: "{".into(), instance: "{".into() };
        for element in dataset.elements().filter(|element| is_kept(element.tag())) {
            let out = match level_of(element.tag()) {
                Level::Patient | Level::Study => &mut levels.study,
                Level::Series => &mut levels.series,
                Level::Instance => &mut levels.instance,
            };
            if out.len() < MAX_DOCUMENT_BYTES || is_always_kept(element.tag()) {
                write_element(out, element, &charset, 0);
            }
        }
        for out in [&mut levels.study, &mut levels.series, &mut levels.instance] {
            out.push('}');
        }
        levels
    }
}

fn is_kept(tag: Tag) -> bool {
    let Tag(group, _) = tag;
    (0x0008..0x5200).contains(&group)
        && !tag.is_private()
        && !tag.is_group_length()
        && tag != tag::SPECIFIC_CHARACTER_SET
        && tag != tag::CONTENT_SEQUENCE
}

/// What every model asks for, whatever a hostile file puts before it.
fn is_always_kept(tag: Tag) -> bool {
    const ALWAYS: [Tag; 12] = [
        tag::SOP_CLASS_UID,
        tag::SOP_INSTANCE_UID,
        tag::STUDY_DATE,
        tag::STUDY_TIME,
        tag::ACCESSION_NUMBER,
        tag::MODALITY,
        tag::PATIENT_NAME,
        tag::PATIENT_ID,
        tag::STUDY_INSTANCE_UID,
        tag::SERIES_INSTANCE_UID,
        tag::SERIES_NUMBER,
        tag::INSTANCE_NUMBER,
    ];
    ALWAYS.contains(&tag)
}

/// One member, or nothing. The depth is bounded, so this may call itself.
fn write_element(out: &mut String, element: Element<'_>, charset: &CharacterSet, depth: usize) {
    let start = out.len();
    if !out.ends_with('{') {
        out.push(',');
    }
    // A String takes whatever is written.
    let _ = write!(out, "\"{}\":[\"{}\"", element.tag(), element.vr());
    let written = match element.vr() {
        Vr::SQ => depth < MAX_DEPTH && write_items(out, element, charset, depth),
        vr if vr.is_text() => write_texts(out, &element, charset),
        Vr::AT => write_words(out, element.tags().into_iter().map(|tag| tag.to_string())),
        Vr::SV | Vr::UV => write_words(out, element.integers().into_iter().map(|number| number.to_string())),
        Vr::FD | Vr::FL | Vr::SL | Vr::SS | Vr::UL | Vr::US => {
            write_words(out, element.numbers().into_iter().flatten().map(|number| number.to_string()))
        }
        _ => false,
    };
    if written {
        out.push(']');
    } else {
        out.truncate(start);
    }
}

fn write_items(out: &mut String, element: Element<'_>, charset: &CharacterSet, depth: usize) -> bool {
    for item in element.items().take(MAX_ITEMS) {
        if out.len() >= MAX_DOCUMENT_BYTES {
            break;
        }
        out.push_str(",{");
        write_item(out, item, &charset.of_item(item), depth + 1);
        out.push('}');
    }
    true
}

fn write_item(out: &mut String, item: DataSet<'_>, charset: &CharacterSet, depth: usize) {
    for element in item.elements().filter(|element| is_kept(element.tag())) {
        if out.len() >= MAX_DOCUMENT_BYTES {
            return;
        }
        write_element(out, element, charset, depth);
    }
}

fn write_texts(out: &mut String, element: &Element<'_>, charset: &CharacterSet) -> bool {
    let Some(bytes) = element.bytes() else { return false };
    let texts = if bytes.len() > MAX_TEXT_BYTES { return false } else { element.texts(charset) };
    // A value of padding alone is an empty one.
    if let [only] = texts.as_slice()
        && only.is_empty()
    {
        return true;
    }
    for text in texts {
        out.push(',');
        quote(out, &text);
    }
    true
}

fn write_words(out: &mut String, words: impl Iterator<Item = String>) -> bool {
    let start = out.len();
    for (count, word) in words.enumerate() {
        if count == MAX_NUMBERS {
            out.truncate(start);
            return false;
        }
        let _ = write!(out, ",\"{word}\"");
    }
    true
}

/// A JSON string.
pub(super) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
