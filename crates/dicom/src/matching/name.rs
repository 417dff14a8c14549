//! Person names: folded, group by group (PS3.5 §6.2.1, PS3.4 §C.2.2.2.1.1).

use super::fuzzy;
use super::pattern::Pattern;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A text without accents and case: what names are compared in, everywhere.
pub fn fold(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).nfc().collect::<String>().to_uppercase();
    plain.replace('Œ', "OE").replace('Æ', "AE").replace('ß', "SS")
}

/// The groups of a name (alphabetic, ideographic, phonetic), folded, each without the empty components at its end and the
/// spaces around its components. An empty group stays in its place.
pub fn groups(name: &str) -> Vec<String> {
    name.splitn(3, '=').map(|group| components(&fold(group))).collect()
}

fn components(group: &str) -> String {
    group.split('^').map(str::trim).collect::<Vec<_>>().join("^").trim_end_matches('^').to_owned()
}

/// A name looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameKey {
    groups: Vec<Option<Pattern>>,
    words: Vec<String>,
}

impl NameKey {
    /// From its text, wildcards included.
    pub fn parse(text: &str) -> Self {
        let groups: Vec<String> = groups(text);
        let words = fuzzy::words(&groups.join(" "));
        let group = |group: String| (!group.is_empty()).then(|| Pattern::parse(&group));
        Self { groups: groups.into_iter().map(group).collect(), words }
    }

    /// The pattern, when it names no group: any group of a name may meet it.
    pub fn of_any_group(&self) -> Option<&Pattern> {
        match self.groups.as_slice() {
            [Some(pattern)] => Some(pattern),
            _ => None,
        }
    }

    /// Whether a name, as kept, answers to it: accents and case never matter. A key of one group may be met by any group
    /// of the name; one of several, each by its own.
    pub fn matches(&self, name: &str, fuzzy: bool) -> bool {
        let have = groups(name);
        if fuzzy && fuzzy::matches(&self.words, &have.join(" ")) {
            return true;
        }
        if let Some(pattern) = self.of_any_group() {
            return have.iter().any(|group| !group.is_empty() && pattern.matches(group));
        }
        let mut wanted = self.groups.iter().enumerate().filter_map(|(place, group)| Some((place, group.as_ref()?)));
        wanted.all(|(place, pattern)| have.get(place).is_some_and(|group| pattern.matches(group)))
    }
}
