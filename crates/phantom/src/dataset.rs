//! Data sets: elements put in any order, written in the order of their tags.

use dicom::write::Writer;
use dicom::{Tag, Vr};
use std::collections::BTreeMap;

enum Value {
    Bytes(Vr, Vec<u8>),
    Items(Vec<Dataset>),
}

/// A data set being made.
#[derive(Default)]
pub struct Dataset {
    elements: BTreeMap<(u16, u16), Value>,
}

impl Dataset {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A text value, several joined by backslashes.
    pub fn text(&mut self, tag: (u16, u16), vr: Vr, value: &str) -> &mut Self {
        self.bytes(tag, vr, value.as_bytes().to_vec())
    }

    /// Decimal strings, at most 16 characters each (PS3.5 §6.2).
    pub fn decimals(&mut self, tag: (u16, u16), values: &[f64]) -> &mut Self {
        let texts: Vec<String> = values.iter().map(|value| decimal(*value)).collect();
        self.text(tag, Vr::DS, &texts.join("\\"))
    }

    /// An integer string.
    pub fn integer(&mut self, tag: (u16, u16), value: i64) -> &mut Self {
        self.text(tag, Vr::IS, &value.to_string())
    }

    /// Unsigned 16-bit numbers.
    pub fn us(&mut self, tag: (u16, u16), value: u16) -> &mut Self {
        self.bytes(tag, Vr::US, value.to_le_bytes().to_vec())
    }

    /// Raw bytes.
    pub fn bytes(&mut self, tag: (u16, u16), vr: Vr, value: Vec<u8>) -> &mut Self {
        self.elements.insert(tag, Value::Bytes(vr, value));
        self
    }

    /// A sequence.
    pub fn items(&mut self, tag: (u16, u16), items: Vec<Dataset>) -> &mut Self {
        self.elements.insert(tag, Value::Items(items));
        self
    }

    /// A sequence of one coded concept (PS3.3 §8).
    pub fn code(&mut self, tag: (u16, u16), value: &str, scheme: &str, meaning: &str) -> &mut Self {
        let mut item = Self::new();
        item.text((0x0008, 0x0100), Vr::SH, value).text((0x0008, 0x0102), Vr::SH, scheme).text(
            (0x0008, 0x0104),
            Vr::LO,
            meaning,
        );
        self.items(tag, vec![item])
    }

    /// Puts every element of `other` in.
    pub fn merge(&mut self, other: Dataset) -> &mut Self {
        self.elements.extend(other.elements);
        self
    }

    /// The bytes, in Explicit VR Little Endian.
    pub fn into_bytes(self) -> Vec<u8> {
        self.into_writer().into_bytes()
    }

    fn into_writer(self) -> Writer {
        let mut writer = Writer::explicit();
        for ((group, number), value) in self.elements {
            let tag = Tag(group, number);
            match value {
                Value::Bytes(vr, bytes) => writer.element(tag, vr, &bytes),
                Value::Items(items) => {
                    let items: Vec<Writer> = items.into_iter().map(Self::into_writer).collect();
                    writer.sequence(tag, &items)
                }
            };
        }
        writer
    }
}

fn decimal(value: f64) -> String {
    let text = format!("{value:.6}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Pixels of 16 bits as little-endian bytes.
pub fn words(pixels: &[u16]) -> Vec<u8> {
    pixels.iter().flat_map(|pixel| pixel.to_le_bytes()).collect()
}
