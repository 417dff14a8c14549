//! Names, compared after folding case, accents, ligatures, hyphens and blanks.

use super::facts::Traits;
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Whether the family names of two sources share nothing. Unknown names contradict nothing.
pub(super) fn share_nothing(a: &Traits, b: &Traits) -> bool {
    let (a, b) = (family_tokens(a), family_tokens(b));
    !a.is_empty() && !b.is_empty() && a.is_disjoint(&b)
}

/// Whether the first names of two sources share nothing. Unknown names contradict nothing.
pub(super) fn share_no_first_name(a: &Traits, b: &Traits) -> bool {
    let words = |traits: &Traits| -> BTreeSet<String> {
        traits.first_names.as_deref().map(folded_words).unwrap_or_default().into_iter().collect()
    };
    let (a, b) = (words(a), words(b));
    !a.is_empty() && !b.is_empty() && a.is_disjoint(&b)
}

/// Whether the family names of two sources are both known and have something in common.
pub(super) fn share_something(a: &Traits, b: &Traits) -> bool {
    !family_tokens(a).is_disjoint(&family_tokens(b))
}

/// The significant words of the birth name and of the used name, and each name in one word
/// (`LE GOFF` is `LEGOFF`).
fn family_tokens(traits: &Traits) -> BTreeSet<String> {
    let mut tokens = BTreeSet::new();
    for name in [&traits.birth_name, &traits.used_name].into_iter().flatten() {
        let words = folded_words(name);
        tokens.insert(words.concat());
        // A particle alone (DE, LE, EL…) makes nobody the same.
        tokens.extend(words.into_iter().filter(|word| word.chars().count() > 2));
    }
    tokens.remove("");
    tokens
}

fn folded_words(name: &str) -> Vec<String> {
    let folded: String = name.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_uppercase();
    let folded = folded.replace('Œ', "OE").replace('Æ', "AE").replace(['\'', '’', '`'], " ");
    folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
