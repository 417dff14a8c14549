//! One record to bytes and back.

use super::layout::{Field, Form, LENGTH, RecordKind, layout};
use std::collections::BTreeMap;

/// Why a record was not written or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum B2Error {
    /// No field of this name in such a record.
    #[error("a record {kind:?} has no field {name}")]
    NoField {
        /// The record.
        kind: RecordKind,
        /// The name.
        name: String,
    },
    /// It does not fit, or is not of the field's form.
    #[error("field {0} does not hold that")]
    Value(&'static str),
    /// Not 128 bytes.
    #[error("a record has 128 bytes, not {0}")]
    Length(usize),
    /// No record begins like that.
    #[error("no record of a known kind")]
    Kind,
    /// A byte that is not what the table says.
    #[error("position {0} does not hold what it should")]
    Position(usize),
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Digits.
    Number(u64),
    /// Capitals, digits and spaces, without spaces at the end.
    Text(String),
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// One record: its fields that are not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Which.
    pub kind: RecordKind,
    values: BTreeMap<&'static str, Value>,
}

impl Record {
    /// An empty one: numbers are zero, texts are spaces.
    pub fn new(kind: RecordKind) -> Self {
        Self { kind, values: BTreeMap::new() }
    }

    /// Sets a field.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Result<Self, B2Error> {
        let missing = || B2Error::NoField { kind: self.kind, name: name.to_owned() };
        let field = layout(self.kind).find(|field| !name.is_empty() && field.name == name).ok_or_else(missing)?;
        let value = value.into();
        if !fits(&field, &value) {
            return Err(B2Error::Value(field.name));
        }
        if is_empty(&value) {
            self.values.remove(field.name);
        } else {
            self.values.insert(field.name, value);
        }
        Ok(self)
    }

    /// A number; zero when the field is empty or no number.
    pub fn number(&self, name: &str) -> u64 {
        match self.values.get(name) {
            Some(Value::Number(number)) => *number,
            _ => 0,
        }
    }

    /// A text; empty when the field is.
    pub fn text(&self, name: &str) -> &str {
        match self.values.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }

    /// Its 128 bytes.
    pub fn encode(&self) -> String {
        let mut bytes = [b' '; LENGTH];
        for field in layout(self.kind) {
            let width = field.length;
            let text = match (field.form, self.values.get(field.name)) {
                (Form::Is(text), _) => text.to_owned(),
                (Form::Number, Some(Value::Number(number))) => format!("{number:0width$}"),
                (Form::Number, _) => "0".repeat(width),
                (Form::Text, Some(Value::Text(text))) => format!("{text:width$}"),
                (Form::Text | Form::Blank, _) => " ".repeat(width),
            };
            let start = field.at - 1;
            if let Some(place) = bytes.get_mut(start..start + width) {
                place.copy_from_slice(text.as_bytes());
            }
        }
        bytes.iter().map(|byte| char::from(*byte)).collect()
    }

    /// Reads one.
    pub fn decode(text: &str) -> Result<Self, B2Error> {
        if text.len() != LENGTH {
            return Err(B2Error::Length(text.len()));
        }
        let fits = |kind: &RecordKind| {
            layout(*kind).all(|field| match field.form {
                Form::Is(sign) => text.get(field.at - 1..).is_some_and(|rest| rest.starts_with(sign)),
                _ => true,
            })
        };
        // The longer the fixed signs, the surer: a plain 2, 3 or 4 comes last.
        let signs = |kind: &RecordKind| {
            layout(*kind).map(|field| if let Form::Is(sign) = field.form { sign.len() } else { 0 }).sum::<usize>()
        };
        let kind = RecordKind::ALL.into_iter().filter(fits).max_by_key(signs).ok_or(B2Error::Kind)?;
        let mut record = Self::new(kind);
        for field in layout(kind) {
            let place = text.get(field.at - 1..field.at - 1 + field.length).ok_or(B2Error::Position(field.at))?;
            let value = match field.form {
                Form::Is(_) => continue,
                Form::Blank if place.bytes().all(|byte| byte == b' ') => continue,
                Form::Number if place.bytes().all(|byte| byte.is_ascii_digit()) => {
                    Value::Number(place.parse().map_err(|_| B2Error::Position(field.at))?)
                }
                Form::Text if is_text(place) => Value::Text(place.trim_end_matches(' ').to_owned()),
                _ => return Err(B2Error::Position(field.at)),
            };
            if !is_empty(&value) {
                record.values.insert(field.name, value);
            }
        }
        Ok(record)
    }
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Number(0)) || matches!(value, Value::Text(text) if text.is_empty())
}

fn is_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ')
}

fn fits(field: &Field, value: &Value) -> bool {
    match (field.form, value) {
        (Form::Number, Value::Number(number)) => number.to_string().len() <= field.length,
        (Form::Text, Value::Text(text)) => text.len() <= field.length && is_text(text) && !text.ends_with(' '),
        _ => false,
    }
}
