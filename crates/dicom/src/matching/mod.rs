//! What a query asks for, and whether attributes answer to it (PS3.4 §C.2.2.2), for C-FIND and QIDO-RS alike.
//!
//! A [`Query`] is made key by key ([`Query::ask`] from text, [`Query::from_data_set`] from an identifier), then compared
//! with [`Attributes`] by [`Query::matches`]. A catalogue may look at [`Key::wanted`] to narrow by its indexes first; the
//! comparison here has the last word.

mod fuzzy;
mod key;
mod name;
mod pattern;
mod when;

pub use key::{Key, KeyFault, Wanted};
pub use name::{NameKey, fold, groups};
pub use pattern::Pattern;
pub use when::{Moment, Range};

use crate::attributes::{Attribute, Attributes, Level, Value, level_of};
use crate::charset::CharacterSet;
use crate::scan::DataSet;
use crate::{Tag, Vr, tag};

/// Keys of one query, sequences in sequences included, above which it is refused.
pub const MAX_KEYS: usize = 256;
/// Values of one list above which the query is refused.
pub const MAX_VALUES: usize = 10_000;

/// A query.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What is looked for.
    pub level: Level,
    /// All must match. One that wants anything only asks for its attribute back.
    pub keys: Vec<Key>,
    /// Person names by words, in any order, begun or misspelt (PS3.4 §C.2.2.2.1.1, PS3.18 §8.3.4.2).
    pub fuzzy: bool,
    /// A date and its time are one instant: a range of both goes from the first to the last (PS3.4 §C.2.2.2.5.2).
    pub combined: bool,
    ignored: Vec<Tag>,
}

/// A date and the time that belongs to it.
const INSTANTS: [(Tag, Tag); 5] = [
    (tag::STUDY_DATE, tag::STUDY_TIME),
    (tag::SERIES_DATE, tag::SERIES_TIME),
    (tag::ACQUISITION_DATE, tag::ACQUISITION_TIME),
    (tag::CONTENT_DATE, tag::CONTENT_TIME),
    (tag::PATIENT_BIRTH_DATE, tag::PATIENT_BIRTH_TIME),
];

/// What a door says of itself in its answers: asked for, never compared.
const OF_THE_DOOR: [Tag; 4] =
    [tag::QUERY_RETRIEVE_LEVEL, tag::RETRIEVE_AE_TITLE, tag::INSTANCE_AVAILABILITY, tag::SPECIFIC_CHARACTER_SET];

impl Query {
    /// A query for everything at a level.
    pub fn new(level: Level) -> Self {
        Self { level, keys: Vec::new(), fuzzy: false, combined: false, ignored: Vec::new() }
    }

    /// Adds a key from its text: values parted by a backslash, wildcards, ranges. `path` names an attribute, or one
    /// inside the items of sequences; keys in the same sequence must be met by the same item.
    ///
    /// An attribute this level does not have, or a private one, is taken as wanting anything, and is then among
    /// [`Query::ignored`].
    ///
    /// # Errors
    /// [`KeyFault`] when the text is none the attribute's representation allows.
    pub fn ask(&mut self, path: &[Tag], text: &str) -> Result<(), KeyFault> {
        let Some((last, parents)) = path.split_last() else { return Ok(()) };
        let mut key = Key::text(*last, crate::dictionary::vr_of(*last), text)?;
        for parent in parents.iter().rev() {
            key = Key { tag: *parent, vr: Vr::SQ, wanted: Wanted::Item(vec![key]) };
        }
        self.add(key)
    }

    /// From the identifier of a C-FIND: every element is a key, but Query/Retrieve Level and Specific Character Set.
    ///
    /// # Errors
    /// [`KeyFault`] as [`Query::ask`].
    pub fn from_data_set(level: Level, data_set: DataSet<'_>) -> Result<Self, KeyFault> {
        let mut query = Self::new(level);
        let keys = key::keys_of(data_set, &CharacterSet::of(data_set), 0)?;
        for key in keys {
            if key.tag != tag::QUERY_RETRIEVE_LEVEL {
                query.add(key)?;
            }
        }
        Ok(query)
    }

    /// Adds a key.
    ///
    /// # Errors
    /// [`KeyFault::TooMany`].
    pub fn add(&mut self, mut key: Key) -> Result<(), KeyFault> {
        if self.keys.iter().map(Key::count).sum::<usize>() + key.count() > MAX_KEYS {
            return Err(KeyFault::TooMany);
        }
        let unknown = key.tag.is_private() || level_of(key.tag) > self.level || OF_THE_DOOR.contains(&key.tag);
        if unknown && !key.wants_anything() {
            if !OF_THE_DOOR.contains(&key.tag) {
                self.ignored.push(key.tag);
            }
            key.wanted = Wanted::Anything;
        }
        let same = self.keys.iter_mut().find(|other| other.tag == key.tag);
        match (same, &mut key.wanted) {
            (Some(Key { wanted: Wanted::Item(keys), .. }), Wanted::Item(more)) => keys.append(more),
            (Some(_), Wanted::Anything) => {}
            _ => self.keys.push(key),
        }
        Ok(())
    }

    /// Keys that wanted something this level cannot be asked: an SCP answers `FF01`, QIDO-RS warns (PS3.4 §C.4.1.1.4,
    /// PS3.18 §8.3.4.1).
    pub fn ignored(&self) -> &[Tag] {
        &self.ignored
    }

    /// The key of a tag.
    pub fn key(&self, tag: Tag) -> Option<&Key> {
        self.keys.iter().find(|key| key.tag == tag)
    }

    /// Whether the attributes answer to every key.
    pub fn matches(&self, attributes: &Attributes) -> bool {
        let joined = |key: &Key| {
            self.combined
                && INSTANTS.iter().any(|pair| (pair.0 == key.tag || pair.1 == key.tag) && self.pair(*pair).is_some())
        };
        self.keys.iter().all(|key| joined(key) || key.matches(attributes, self.fuzzy))
            && (!self.combined || INSTANTS.iter().all(|pair| self.instant_matches(*pair, attributes)))
    }

    fn pair(&self, (date, time): (Tag, Tag)) -> Option<(&Range, &Range)> {
        match (&self.key(date)?.wanted, &self.key(time)?.wanted) {
            (Wanted::Range(date), Wanted::Range(time)) => Some((date, time)),
            _ => None,
        }
    }

    fn instant_matches(&self, pair: (Tag, Tag), attributes: &Attributes) -> bool {
        let Some((dates, times)) = self.pair(pair) else { return true };
        let value = |tag: Tag, vr: Vr| attributes.text(tag).and_then(|text| Moment::parse(vr, text));
        let Some(date) = value(pair.0, Vr::DA) else { return false };
        let time = value(pair.1, Vr::TM);
        Range::combined(dates, times).holds(&Moment::of_day(&date, time.as_ref()))
    }

    /// The answer to this query: what its keys ask for, empty where `found` has nothing (PS3.4 §C.4.1.1.3.2). Of a
    /// sequence whose key has members, only these.
    pub fn answer(&self, found: &Attributes) -> Attributes {
        answer(&self.keys, found)
    }
}

fn answer(keys: &[Key], found: &Attributes) -> Attributes {
    let mut answer = Attributes::default();
    for key in keys {
        let empty = || match key.vr {
            Vr::SQ => Value::Items(Vec::new()),
            _ => Value::Texts(Vec::new()),
        };
        let value = match (found.get(key.tag), &key.wanted) {
            (Some(Attribute { value: Value::Items(items), .. }), Wanted::Item(members)) if !members.is_empty() => {
                Value::Items(items.iter().map(|item| self::answer(members, item)).collect())
            }
            (Some(attribute), _) => attribute.value.clone(),
            (None, _) => empty(),
        };
        let vr = found.get(key.tag).map_or(key.vr, |attribute| attribute.vr);
        answer.insert(key.tag, Attribute { vr, value });
    }
    answer
}
