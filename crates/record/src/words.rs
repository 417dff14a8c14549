//! Words to find a person by: folded, so that accents, case, hyphens and apostrophes do not matter.

use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The folded words of a text; of a hyphenated one also the whole (`LE GOFF` → `LE`, `GOFF`).
pub(crate) fn words(text: &str) -> BTreeSet<String> {
    folded(text).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Like [`words`], with the words joined as well (`LEGOFF`): for names, which people write apart or not.
pub(crate) fn name_words(name: &str) -> BTreeSet<String> {
    let mut all = words(name);
    let joined: String = folded(name).chars().filter(|c| c.is_alphanumeric()).collect();
    if !joined.is_empty() {
        all.insert(joined);
    }
    all
}

fn folded(text: &str) -> String {
    let plain: String = text.nfkd().filter(|c| !is_combining_mark(*c)).collect::<String>().to_uppercase();
    plain.replace('Œ', "OE").replace('Æ', "AE")
}

/// The first word after every word that begins with `prefix`: an exclusive upper bound for a range.
pub(crate) fn after_prefix(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}
