//! A message as text: bounded parsing, then access by segment, field, repetition, component and
//! subcomponent that never fails (what is not there is empty). HL7 v2.5 chapter 2.

mod escape;
mod parse;

pub use escape::{escape, unescape};

use crate::charset::Charset;

/// How large a message may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a message.
    pub message_bytes: usize,
    /// Segments of a message.
    pub segments: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: 64 << 20, segments: 10_000 }
    }
}

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// More bytes than allowed.
    #[error("message of {found} bytes is over the limit of {limit}")]
    TooLong {
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// More segments than allowed.
    #[error("message has more than {limit} segments")]
    TooManySegments {
        /// The limit.
        limit: usize,
    },
    /// It does not begin with a header.
    #[error("message does not begin with an MSH segment")]
    NoHeader,
    /// The header's delimiters cannot be told apart, or are letters or digits.
    #[error("message header gives unusable delimiters")]
    Delimiters,
    /// A second header: two messages in one, or one that was cut and begun again.
    #[error("segment {number} is a second header")]
    SecondHeader {
        /// Which one, from 1.
        number: usize,
    },
    /// A segment whose name is not three capitals or digits with a delimiter after them.
    #[error("segment {number} has no valid name")]
    SegmentName {
        /// Which one, from 1.
        number: usize,
    },
}

/// The five delimiters, as the header gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delimiters {
    /// Between fields, `|`.
    pub field: char,
    /// Between components, `^`.
    pub component: char,
    /// Between repetitions, `~`.
    pub repetition: char,
    /// Around escape sequences, `\`.
    pub escape: char,
    /// Between subcomponents, `&`.
    pub subcomponent: char,
}

impl Default for Delimiters {
    fn default() -> Self {
        Self { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' }
    }
}

/// A parsed message.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    text: String,
    segments: Vec<std::ops::Range<usize>>,
    delimiters: Delimiters,
    charset: Charset,
    declared: Option<Charset>,
    charset_lied: bool,
}

impl Message {
    /// Parses a message: segments end with CR, LF or both; the character set is MSH-18's, or found out.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, ParseError> {
        parse::parse(bytes, limits)
    }

    /// Every segment, in order.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'_>> {
        self.segments.iter().map(|range| self.at(range.clone()))
    }

    /// The segments of this name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = Segment<'a>> {
        self.segments().filter(move |segment| segment.name() == name)
    }

    /// The first segment of this name; an empty one when there is none.
    pub fn first(&self, name: &str) -> Segment<'_> {
        self.all(name).next().unwrap_or(Segment { text: "", delimiters: self.delimiters })
    }

    /// The header.
    pub fn header(&self) -> Segment<'_> {
        self.first("MSH")
    }

    /// Message code, MSH-9.1: `ADT`, `ORM`…
    pub fn code(&self) -> String {
        self.header().field(9).component(1).text()
    }

    /// Trigger event, MSH-9.2: `A40`…; empty when the sender leaves it out.
    pub fn trigger(&self) -> String {
        self.header().field(9).component(2).text()
    }

    /// Message control id, MSH-10.
    pub fn control_id(&self) -> String {
        self.header().field(10).text()
    }

    /// The delimiters.
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// The set in which the bytes were in truth.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// The set that MSH-18 declares.
    pub fn declared_charset(&self) -> Option<Charset> {
        self.declared
    }

    /// Whether MSH-18 declares another set than the bytes are in: worth a line in the peer's health.
    pub fn charset_lied(&self) -> bool {
        self.charset_lied
    }

    /// The message without its body: all that an answer needs of it.
    pub fn header_only(&self) -> Self {
        let first = self.segments.first().cloned().unwrap_or(0..0);
        let text = self.text.get(..first.end).unwrap_or("").to_owned();
        Self { text, segments: vec![first], ..*self }
    }

    fn at(&self, range: std::ops::Range<usize>) -> Segment<'_> {
        Segment { text: self.text.get(range).unwrap_or(""), delimiters: self.delimiters }
    }
}

impl std::fmt::Debug for Message {
    /// Names and counts only: the text is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = self.segments().map(|segment| segment.text.get(..3).unwrap_or("")).collect();
        f.debug_struct("Message").field("segments", &names).field("charset", &self.charset).finish_non_exhaustive()
    }
}

/// A segment.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    text: &'a str,
    delimiters: Delimiters,
}

impl<'a> Segment<'a> {
    /// Its name, `PID`; empty for a segment that is not there.
    pub fn name(&self) -> &'a str {
        self.text.get(..3).unwrap_or("")
    }

    /// Whether it is there.
    pub fn exists(&self) -> bool {
        !self.text.is_empty()
    }

    /// A segment that is not there, with the same delimiters.
    pub fn nothing(&self) -> Self {
        Self { text: "", delimiters: self.delimiters }
    }

    /// Field `n`, numbered as the standard does (MSH-1 is the field delimiter itself).
    pub fn field(&self, n: usize) -> Field<'a> {
        let is_header = self.name() == "MSH";
        if is_header && n == 1 {
            return self.as_field(self.text.get(3..4).unwrap_or(""));
        }
        let index = if is_header { n.saturating_sub(1) } else { n };
        if index == 0 {
            return self.as_field(self.name());
        }
        self.as_field(self.text.split(self.delimiters.field).nth(index).unwrap_or(""))
    }

    fn as_field(&self, raw: &'a str) -> Field<'a> {
        Field { raw, delimiters: self.delimiters }
    }
}

/// A field, or one repetition of it.
#[derive(Clone, Copy)]
pub struct Field<'a> {
    raw: &'a str,
    delimiters: Delimiters,
}

impl<'a> Field<'a> {
    /// As it stands in the message, escapes and all.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Whether nothing is said. (`""` says: delete it.)
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// Its repetitions that are not empty.
    pub fn repetitions(&self) -> impl Iterator<Item = Field<'a>> + use<'a> {
        let delimiters = self.delimiters;
        let parts = self.raw.split(delimiters.repetition).filter(|raw| !raw.is_empty());
        parts.map(move |raw| Field { raw, delimiters })
    }

    /// Component `n`, from 1, of the first repetition.
    pub fn component(&self, n: usize) -> Component<'a> {
        let first = self.raw.split(self.delimiters.repetition).next().unwrap_or("");
        let raw = first.split(self.delimiters.component).nth(n.saturating_sub(1)).unwrap_or("");
        Component { raw, delimiters: self.delimiters }
    }

    /// Its text: the whole of the first repetition when it has one component, else the first component.
    pub fn text(&self) -> String {
        self.component(1).text()
    }

    /// Its text with component delimiters left in: for fields of free text.
    pub fn whole_text(&self) -> String {
        unescape(self.raw, self.delimiters)
    }
}

/// A component.
#[derive(Clone, Copy)]
pub struct Component<'a> {
    raw: &'a str,
    delimiters: Delimiters,
}

impl<'a> Component<'a> {
    /// As it stands in the message.
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Subcomponent `n`, from 1, unescaped and trimmed; `""` counts as empty.
    pub fn subcomponent(&self, n: usize) -> String {
        let raw = self.raw.split(self.delimiters.subcomponent).nth(n.saturating_sub(1)).unwrap_or("");
        let text = unescape(raw, self.delimiters);
        let text = text.trim();
        if text == "\"\"" { String::new() } else { text.to_owned() }
    }

    /// Its first subcomponent, unescaped and trimmed; `""` counts as empty.
    pub fn text(&self) -> String {
        self.subcomponent(1)
    }

    /// Its text with subcomponent delimiters left in.
    pub fn whole_text(&self) -> String {
        unescape(self.raw, self.delimiters)
    }

    /// The same as [`Component::text`], `None` when empty.
    pub fn some(&self) -> Option<String> {
        Some(self.text()).filter(|text| !text.is_empty())
    }
}
