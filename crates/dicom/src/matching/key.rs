//! One key: an attribute and what is wanted of it.

use super::name::NameKey;
use super::pattern::Pattern;
use super::when::{Moment, Range};
use super::{MAX_KEYS, MAX_VALUES};
use crate::attributes::{Attribute, Attributes};
use crate::charset::CharacterSet;
use crate::scan::{DataSet, decimal};
use crate::{Tag, Vr};

/// Sequences inside sequences in a query.
const MAX_DEPTH: usize = 4;

/// Why a key cannot be used. The text is for an operator: it never repeats what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Not a date, time or range of them.
    #[error("a key of {0} is no date, time or range")]
    When(Tag),
    /// Not a number.
    #[error("a key of {0} is no number")]
    Number(Tag),
    /// Too many keys, values or nested sequences.
    #[error("too many keys")]
    TooMany,
}

/// A key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Of which attribute.
    pub tag: Tag,
    /// Its representation.
    pub vr: Vr,
    /// What is wanted.
    pub wanted: Wanted,
}

/// What is wanted of an attribute. Lists: one of them; an attribute of several values: one that meets it.
#[derive(Debug, Clone, PartialEq)]
pub enum Wanted {
    /// Universal matching (PS3.4 §C.2.2.2.3): absent ones too.
    Anything,
    /// Single value, or list of UID: exactly one of these.
    Texts(Vec<String>),
    /// Wildcards (§C.2.2.2.4): one of these.
    Patterns(Vec<Pattern>),
    /// Person names: one of these.
    Names(Vec<NameKey>),
    /// One of these numbers.
    Numbers(Vec<f64>),
    /// Dates and times; a single one is the range of its own precision (§C.2.2.2.5).
    Range(Range),
    /// An item of the sequence in which all of these match (§C.2.2.2.6).
    Item(Vec<Key>),
}

impl Key {
    /// From its text.
    ///
    /// # Errors
    /// [`KeyFault`] when the representation does not allow the text.
    pub fn text(tag: Tag, vr: Vr, text: &str) -> Result<Self, KeyFault> {
        Ok(Self { tag, vr, wanted: wanted(tag, vr, text)? })
    }

    pub(super) fn wants_anything(&self) -> bool {
        match &self.wanted {
            Wanted::Anything => true,
            Wanted::Item(keys) => keys.iter().all(Self::wants_anything),
            _ => false,
        }
    }

    pub(super) fn count(&self) -> usize {
        match &self.wanted {
            Wanted::Item(keys) => 1 + keys.iter().map(Self::count).sum::<usize>(),
            _ => 1,
        }
    }

    /// Whether the attributes answer to it.
    pub fn matches(&self, attributes: &Attributes, fuzzy: bool) -> bool {
        if self.wants_anything() {
            return true;
        }
        let Some(attribute) = attributes.get(self.tag) else { return false };
        match &self.wanted {
            Wanted::Anything => true,
            Wanted::Item(keys) => attribute.items().iter().any(|item| keys.iter().all(|key| key.matches(item, fuzzy))),
            wanted => attribute.texts().iter().any(|text| value_matches(wanted, self.vr, text, fuzzy)),
        }
    }
}

fn value_matches(wanted: &Wanted, vr: Vr, text: &str, fuzzy: bool) -> bool {
    match wanted {
        Wanted::Anything | Wanted::Item(_) => true,
        Wanted::Texts(texts) => texts.iter().any(|wanted| wanted == text),
        Wanted::Patterns(patterns) => !text.is_empty() && patterns.iter().any(|pattern| pattern.matches(text)),
        Wanted::Names(names) => names.iter().any(|name| name.matches(text, fuzzy)),
        Wanted::Numbers(numbers) => decimal(text.trim().as_bytes()).is_some_and(|value| numbers.contains(&value)),
        Wanted::Range(range) => Moment::parse(vr, text).is_some_and(|moment| range.holds(&moment)),
    }
}

fn wanted(tag: Tag, vr: Vr, text: &str) -> Result<Wanted, KeyFault> {
    let text = text.trim_matches(['\0', ' ']);
    if text.chars().all(|c| c == '*') {
        return Ok(Wanted::Anything);
    }
    let values: Vec<&str> = match vr {
        Vr::UI => text.split(['\\', ',']).map(|value| value.trim_matches(['\0', ' '])).collect(),
        vr if vr.is_multi_valued_text() => text.split('\\').map(str::trim).collect(),
        _ => vec![text],
    };
    let values: Vec<&str> = values.into_iter().filter(|value| !value.is_empty()).collect();
    if values.is_empty() {
        return Ok(Wanted::Anything);
    }
    if values.len() > MAX_VALUES {
        return Err(KeyFault::TooMany);
    }
    Ok(match vr {
        Vr::DA | Vr::TM | Vr::DT => Wanted::Range(Range::parse(vr, text).ok_or(KeyFault::When(tag))?),
        Vr::PN => Wanted::Names(values.into_iter().map(NameKey::parse).collect()),
        Vr::IS | Vr::DS | Vr::US | Vr::SS | Vr::UL | Vr::SL | Vr::UV | Vr::SV | Vr::FL | Vr::FD => {
            let numbers: Option<Vec<f64>> = values.iter().map(|value| decimal(value.as_bytes())).collect();
            Wanted::Numbers(numbers.ok_or(KeyFault::Number(tag))?)
        }
        Vr::AE | Vr::CS | Vr::LO | Vr::LT | Vr::SH | Vr::ST | Vr::UC | Vr::UR | Vr::UT
            if values.iter().any(|value| Pattern::is_wild(value)) =>
        {
            Wanted::Patterns(values.into_iter().map(Pattern::parse).collect())
        }
        _ => Wanted::Texts(values.into_iter().map(str::to_owned).collect()),
    })
}

/// The keys of an identifier, or of an item of one.
pub(super) fn keys_of(data_set: DataSet<'_>, charset: &CharacterSet, depth: usize) -> Result<Vec<Key>, KeyFault> {
    let mut keys = Vec::new();
    for element in data_set.elements().filter(|element| !element.tag().is_group_length()) {
        let (tag, vr) = (element.tag(), element.vr());
        if tag == crate::tag::SPECIFIC_CHARACTER_SET {
            continue;
        }
        if keys.len() >= MAX_KEYS || (vr == Vr::SQ && depth >= MAX_DEPTH) {
            return Err(KeyFault::TooMany);
        }
        let wanted = match vr {
            Vr::SQ => Wanted::Item(match element.items().next() {
                Some(item) => keys_of(item, &charset.of_item(item), depth + 1)?,
                None => Vec::new(),
            }),
            // What nobody knows to compare wants anything (PS3.4 §C.2.2.1.3).
            _ if tag.is_private() => private(&element, charset),
            vr if vr.is_text() => {
                let texts = element.texts(charset);
                wanted(tag, vr, &texts.join("\\"))?
            }
            _ => {
                let numbers: Vec<f64> = element.numbers().into_iter().flatten().collect();
                if numbers.is_empty() { Wanted::Anything } else { Wanted::Numbers(numbers) }
            }
        };
        keys.push(Key { tag, vr, wanted });
    }
    Ok(keys)
}

fn private(element: &crate::scan::Element<'_>, charset: &CharacterSet) -> Wanted {
    if element.tag().is_private_creator() || element.bytes().is_none_or(<[u8]>::is_empty) {
        return Wanted::Anything;
    }
    Wanted::Texts(element.texts(charset))
}

impl Attribute {
    /// Whether one of its values is this one.
    pub fn has(&self, text: &str) -> bool {
        self.texts().iter().any(|value| value == text)
    }
}
