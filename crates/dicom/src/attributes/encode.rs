//! Attributes as a data set: the identifiers of queries and their answers.

use super::document::{Attribute, Attributes, Value};
use crate::write::Writer;
use crate::{Tag, Vr, tag};

/// How the text of a data set is written, and what its Specific Character Set says (PS3.3 §C.12.1.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Text {
    /// ASCII alone: no declaration.
    Ascii,
    /// ISO 8859-1, `ISO_IR 100`: the one set beside ASCII that old readers know.
    Latin1,
    /// UTF-8, `ISO_IR 192`.
    Utf8,
}

impl Text {
    /// The narrowest set that holds every character; Latin 1 only where the reader is known to read it.
    pub fn for_all(attributes: &Attributes, reads_latin1: bool) -> Self {
        let widest = attributes.iter().map(|(_, attribute)| widest(attribute)).max().unwrap_or('\0');
        match widest {
            ..='\u{7F}' => Self::Ascii,
            '\u{A0}'..='\u{FF}' if reads_latin1 => Self::Latin1,
            _ => Self::Utf8,
        }
    }

    fn term(self) -> Option<&'static str> {
        match self {
            Self::Ascii => None,
            Self::Latin1 => Some("ISO_IR 100"),
            Self::Utf8 => Some("ISO_IR 192"),
        }
    }
}

fn widest(attribute: &Attribute) -> char {
    let texts = attribute.texts().iter().flat_map(|text| text.chars());
    let items = attribute.items().iter().flat_map(|item| item.iter().map(|(_, attribute)| widest(attribute)));
    texts.chain(items).max().unwrap_or('\0')
}

impl Attributes {
    /// As a data set in implicit or explicit VR little endian, Specific Character Set included where it is needed.
    pub fn encode(&self, implicit: bool, text: Text) -> Vec<u8> {
        let mut all = self.clone();
        all.retain(|tag| tag != tag::SPECIFIC_CHARACTER_SET);
        if let Some(term) = text.term() {
            all.set(tag::SPECIFIC_CHARACTER_SET, Vr::CS, vec![term.to_owned()]);
        }
        written(&all, implicit, text).into_bytes()
    }
}

fn written(attributes: &Attributes, implicit: bool, text: Text) -> Writer {
    let mut writer = if implicit { Writer::implicit() } else { Writer::explicit() };
    for (tag, attribute) in attributes.iter() {
        element(&mut writer, tag, attribute, implicit, text);
    }
    writer
}

fn element(writer: &mut Writer, tag: Tag, attribute: &Attribute, implicit: bool, text: Text) {
    match &attribute.value {
        Value::Items(items) => {
            let items: Vec<Writer> = items.iter().map(|item| written(item, implicit, text)).collect();
            writer.sequence(tag, &items);
        }
        Value::Texts(texts) if attribute.vr.is_text() => {
            writer.element(tag, attribute.vr, &bytes(&texts.join("\\"), text));
        }
        Value::Texts(texts) => {
            let numbers: Vec<u8> = texts.iter().flat_map(|text| number(attribute.vr, text)).collect();
            writer.element(tag, attribute.vr, &numbers);
        }
    }
}

fn bytes(value: &str, text: Text) -> Vec<u8> {
    match text {
        Text::Latin1 => value.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
        Text::Ascii | Text::Utf8 => value.as_bytes().to_vec(),
    }
}

/// A binary number; none when the text is no such number.
fn number(vr: Vr, text: &str) -> Vec<u8> {
    let tag = || Tag::from_hex(text).map(|Tag(group, number)| [group.to_le_bytes(), number.to_le_bytes()].concat());
    let bytes = match vr {
        Vr::US => text.parse::<u16>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::SS => text.parse::<i16>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::UL => text.parse::<u32>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::SL => text.parse::<i32>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::UV => text.parse::<u64>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::SV => text.parse::<i64>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::FL => text.parse::<f32>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::FD => text.parse::<f64>().ok().map(|number| number.to_le_bytes().to_vec()),
        Vr::AT => tag(),
        _ => None,
    };
    bytes.unwrap_or_default()
}
