//! A document of attributes, read.

use super::read::quote;
use crate::header::PersonName;
use crate::{Tag, Vr};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Every representation but SQ: its values, numbers written in decimal, names with their `^` and `=`. None: the
    /// attribute is there and empty.
    Texts(Vec<String>),
    /// The items of a sequence.
    Items(Vec<Attributes>),
}

/// An attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// Its representation. `SQ` if and only if it has items.
    pub vr: Vr,
    /// Its value.
    pub value: Value,
}

impl Attribute {
    /// Its values; none for a sequence.
    pub fn texts(&self) -> &[String] {
        match &self.value {
            Value::Texts(texts) => texts,
            Value::Items(_) => &[],
        }
    }

    /// Its items; none when it is no sequence.
    pub fn items(&self) -> &[Attributes] {
        match &self.value {
            Value::Items(items) => items,
            Value::Texts(_) => &[],
        }
    }

    /// Whether it has no value.
    pub fn is_empty(&self) -> bool {
        self.texts().iter().all(String::is_empty) && self.items().is_empty()
    }
}

/// Attributes by tag.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes(BTreeMap<Tag, Attribute>);

impl Attributes {
    /// From the short JSON of this module; `None` when it is none. Of an attribute with an unknown tag or
    /// representation nothing is kept.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let map = Map::<String, Json>::deserialize(&mut serde_json::Deserializer::from_str(text)).ok()?;
        Some(Self::of_map(map))
    }

    fn of_map(map: Map<String, Json>) -> Self {
        Self(map.into_iter().filter_map(|(tag, value)| Some((Tag::from_hex(&tag)?, attribute(value)?))).collect())
    }

    /// The short JSON of this module.
    pub fn to_text(&self) -> String {
        let mut out = String::from("{");
        for (tag, attribute) in &self.0 {
            if out.len() > 1 {
                out.push(',');
            }
            // A String takes whatever is written.
            let _ = write!(out, "\"{tag}\":[\"{}\"", attribute.vr);
            for text in attribute.texts() {
                out.push(',');
                quote(&mut out, text);
            }
            for item in attribute.items() {
                out.push(',');
                out.push_str(&item.to_text());
            }
            out.push(']');
        }
        out.push('}');
        out
    }

    /// One attribute.
    pub fn get(&self, tag: Tag) -> Option<&Attribute> {
        self.0.get(&tag)
    }

    /// Its first value, when there is one that is not empty.
    pub fn text(&self, tag: Tag) -> Option<&str> {
        self.get(tag)?.texts().first().map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes an attribute over the one of its tag.
    pub fn set(&mut self, tag: Tag, vr: Vr, texts: Vec<String>) {
        self.0.insert(tag, Attribute { vr, value: Value::Texts(texts) });
    }

    /// Writes an attribute over the one of its tag.
    pub fn insert(&mut self, tag: Tag, attribute: Attribute) {
        self.0.insert(tag, attribute);
    }

    /// Takes all of the others, over those of the same tags.
    pub fn overlay(&mut self, others: Attributes) {
        self.0.extend(others.0);
    }

    /// In the order of the tags.
    pub fn iter(&self) -> impl Iterator<Item = (Tag, &Attribute)> {
        self.0.iter().map(|(tag, attribute)| (*tag, attribute))
    }

    /// Those of which `keep` is true.
    pub fn retain(&mut self, mut keep: impl FnMut(Tag) -> bool) {
        self.0.retain(|tag, _| keep(*tag));
    }

    /// The DICOM JSON Model (PS3.18 §F.2): names in their groups; DS, IS and binary numbers as numbers, as strings where
    /// they are none; an empty value among others `null`.
    pub fn to_dicom_json(&self) -> Map<String, Json> {
        let member = |(tag, attribute): (&Tag, &Attribute)| {
            let values: Vec<Json> = match &attribute.value {
                Value::Items(items) => items.iter().map(|item| Json::Object(item.to_dicom_json())).collect(),
                Value::Texts(texts) => texts.iter().map(|text| json_value(attribute.vr, text)).collect(),
            };
            let mut member = json!({ "vr": attribute.vr.code() });
            if values.iter().any(|value| !value.is_null()) {
                member["Value"] = Json::Array(values);
            }
            (tag.to_string(), member)
        };
        self.0.iter().map(member).collect()
    }
}

fn json_value(vr: Vr, text: &str) -> Json {
    if text.is_empty() {
        return Json::Null;
    }
    match vr {
        Vr::PN => {
            let name = PersonName::parse(text);
            let groups =
                [("Alphabetic", name.alphabetic), ("Ideographic", name.ideographic), ("Phonetic", name.phonetic)];
            let groups = groups.into_iter().filter(|(_, group)| !group.is_empty());
            Json::Object(groups.map(|(key, group)| (key.to_owned(), Json::String(group))).collect())
        }
        Vr::IS | Vr::US | Vr::SS | Vr::UL | Vr::SL | Vr::UV | Vr::SV => match text.trim().parse::<i64>() {
            Ok(number) => Json::from(number),
            Err(_) => Json::from(text),
        },
        Vr::DS | Vr::FD | Vr::FL => match crate::scan::decimal(text.trim().as_bytes()) {
            Some(number) if number.is_finite() => Json::from(number),
            _ => Json::from(text),
        },
        _ => Json::from(text),
    }
}

fn attribute(value: Json) -> Option<Attribute> {
    let Json::Array(values) = value else { return None };
    let mut values = values.into_iter();
    let code = values.next()?;
    let vr = Vr::from_code(code.as_str()?.as_bytes().try_into().ok()?)?;
    let value = if vr == Vr::SQ {
        Value::Items(
            values
                .filter_map(|item| if let Json::Object(map) = item { Some(Attributes::of_map(map)) } else { None })
                .collect(),
        )
    } else {
        Value::Texts(values.filter_map(|text| text.as_str().map(str::to_owned)).collect())
    };
    Some(Attribute { vr, value })
}
