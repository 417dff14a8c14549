//! Unique identifiers as they come over the wire (PS3.5 §9.1).

/// The longest UID, in characters.
pub const MAX_LENGTH: usize = 64;

/// Reads a UID from the bytes of a UI value: padding taken away, then 1 to 64 digits in components
/// separated by single dots.
///
/// One trailing NUL is the legal padding; a trailing space is forgiven, as old devices write it. Leading
/// zeros in a component are kept as sent: images that carry them exist. Anything else is `None`.
pub fn parse(bytes: &[u8]) -> Option<&str> {
    let bytes = match bytes {
        [rest @ .., 0 | b' '] => rest,
        all => all,
    };
    let text = std::str::from_utf8(bytes).ok()?;
    is_valid(text).then_some(text)
}

/// Whether `text` is a UID by the rule of [`parse`], without padding.
pub fn is_valid(text: &str) -> bool {
    (1..=MAX_LENGTH).contains(&text.len())
        && text.split('.').all(|component| !component.is_empty() && component.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether `text` is a UID that somebody can have been given. `1.2` is followed by the number of a country (X.660 §A.3,
/// ISO 3166-1), of which the smallest is 4: below it nobody has a root, and `1.2.3…` is an example out of a book.
pub fn has_owner(text: &str) -> bool {
    let country = text.strip_prefix("1.2.").map(|rest| rest.split('.').next().unwrap_or(rest));
    is_valid(text) && country.is_none_or(|number| number.parse::<u32>().is_ok_and(|number| number >= 4))
}
