//! Character sets of messages (HL7 v2.5 §2.15.9.18, table 0211), and senders that lie about theirs.

use encoding_rs::{ISO_8859_15, UTF_8, WINDOWS_1252};

/// A character set that messages use here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Charset {
    /// `UNICODE UTF-8`.
    Utf8,
    /// `8859/1`; the places 80–9F that it leaves to controls are read as Windows writes them.
    Latin1,
    /// `8859/15`.
    Latin9,
}

impl Charset {
    /// The set that MSH-18 names; `None` when it names none or one we do not know.
    pub fn named(name: &str) -> Option<Self> {
        match name.trim().to_ascii_uppercase().replace('_', " ").as_str() {
            "UNICODE UTF-8" | "UTF-8" | "UTF8" | "UNICODE" => Some(Self::Utf8),
            "8859/1" | "ISO-8859-1" | "8859-1" => Some(Self::Latin1),
            "8859/15" | "ISO-8859-15" | "8859-15" => Some(Self::Latin9),
            _ => None,
        }
    }

    /// Its name in MSH-18.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UNICODE UTF-8",
            Self::Latin1 => "8859/1",
            Self::Latin9 => "8859/15",
        }
    }

    /// The bytes of `text` in this set; what it cannot write becomes `?`.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let encoding = match self {
            Self::Utf8 => return text.as_bytes().to_vec(),
            Self::Latin1 => WINDOWS_1252,
            Self::Latin9 => ISO_8859_15,
        };
        let mut out = Vec::with_capacity(text.len());
        for c in text.chars() {
            let mut buffer = [0; 4];
            let (bytes, _, unmappable) = encoding.encode(c.encode_utf8(&mut buffer));
            if unmappable { out.push(b'?') } else { out.extend_from_slice(&bytes) }
        }
        out
    }
}

/// A text decoded, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The set in which the bytes were in truth.
    pub charset: Charset,
    /// Whether that is another one than declared.
    pub lied: bool,
}

/// Decodes `bytes` declared to be in `declared` (`None`: nothing or nothing known was declared).
///
/// Never fails: bytes that are not UTF-8 are read as Latin, and bytes said to be Latin that hold
/// non-ASCII characters in faultless UTF-8 are read as UTF-8 (no French text looks so by accident).
pub fn decode(bytes: &[u8], declared: Option<Charset>) -> Decoded {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let utf8 = std::str::from_utf8(bytes);
    match (declared, utf8) {
        (Some(Charset::Utf8) | None, Ok(text)) => {
            Decoded { text: text.to_owned(), charset: Charset::Utf8, lied: false }
        }
        (Some(latin), Ok(text)) => {
            let lied = !text.is_ascii();
            Decoded { text: text.to_owned(), charset: if lied { Charset::Utf8 } else { latin }, lied }
        }
        (Some(Charset::Latin9), Err(_)) => latin(bytes, Charset::Latin9, false),
        (Some(Charset::Latin1) | None, Err(_)) => latin(bytes, Charset::Latin1, false),
        (Some(Charset::Utf8), Err(_)) => latin(bytes, Charset::Latin1, true),
    }
}

fn latin(bytes: &[u8], charset: Charset, lied: bool) -> Decoded {
    let encoding = match charset {
        Charset::Latin9 => ISO_8859_15,
        Charset::Latin1 => WINDOWS_1252,
        Charset::Utf8 => UTF_8,
    };
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), charset, lied }
}
