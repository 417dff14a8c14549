//! Application entity titles (PS3.5 §6.2, PS3.8 §9.3.2).

/// An application entity title: 1 to 16 characters that are safe in a log line, a query or a page.
///
/// The standard allows every printable ASCII character but the backslash. We are narrower and take letters,
/// digits, inner spaces and `_ - . : @ # + & = ( )`: a title such as `../x` is refused at the door instead
/// of being escaped in a dozen places.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AeTitle(String);

impl AeTitle {
    /// The longest title, in characters.
    pub const MAX_LENGTH: usize = 16;

    /// A title from text; leading and trailing spaces do not count.
    pub fn new(text: &str) -> Option<Self> {
        let title = text.trim_matches(' ');
        let fits = (1..=Self::MAX_LENGTH).contains(&title.len());
        (fits && title.bytes().all(is_allowed) && !title.contains("..")).then(|| Self(title.to_owned()))
    }

    /// A title from the 16 bytes of an association PDU.
    pub fn from_field(field: &[u8]) -> Option<Self> {
        std::str::from_utf8(field).ok().and_then(Self::new)
    }

    /// The title without padding.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AeTitle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" _-.:@#+&=()".contains(&byte)
}

/// The bytes of a title field as one safe line for a log: what is not printable ASCII is escaped, and the
/// whole is cut after 64 characters.
pub fn escaped(field: &[u8]) -> String {
    field.escape_ascii().map(char::from).take(64).collect()
}
