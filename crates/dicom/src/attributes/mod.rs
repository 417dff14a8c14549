//! The short attributes of an instance, kept apart from its bytes: what a catalogue answers queries from.
//!
//! [`Levels::read`] takes them from a scan as three JSON documents, one for each level of the query model (PS3.4 §C.6):
//! what is the study's and its patient's, what is the series', and the rest. [`Attributes`] is such a document read
//! back. The form is short: `{"00100010":["PN","DUPONT^MARIE"],"00400275":["SQ",{…},{…}]}`, every value as text, numbers
//! too.

mod document;
mod encode;
mod level;
mod read;

pub use document::{Attribute, Attributes, Value};
pub use encode::Text;
pub use level::{Level, level_of};
pub use read::{Levels, MAX_DOCUMENT_BYTES, MAX_ITEMS, MAX_NUMBERS, MAX_TEXT_BYTES};
