//! Acknowledgements (HL7 v2.5 §2.9.2, original mode): AA, AE, AR, in the sender's character set.

use crate::build::{Header, Writer};
use crate::charset::Charset;
use crate::event::EventError;
use crate::message::{Message, ParseError};
use crate::types::Timestamp;
use time::OffsetDateTime;

/// MSA-1, table 0008.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AckCode {
    /// Accepted: durable here.
    Aa,
    /// Refused for its content, or for now: see ERR.
    Ae,
    /// Refused as such: type, version, framing.
    Ar,
}

impl AckCode {
    /// As the message carries it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Aa => "AA",
            Self::Ae => "AE",
            Self::Ar => "AR",
        }
    }
}

/// An answer. Its text is for the peer: one line, no personal data, no cause of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ack {
    /// Accepted or not.
    pub code: AckCode,
    /// ERR-3, table 0357; 0 when accepted.
    pub error: u16,
    /// ERR-2: where, as `PID^1^3`.
    pub location: Option<&'static str>,
    /// ERR-8: what the peer reads.
    pub text: String,
}

impl Ack {
    /// AA.
    pub fn accept() -> Self {
        Self { code: AckCode::Aa, error: 0, location: None, text: String::new() }
    }

    /// AE with a code of table 0357 (or 900, 901 of the French transmission of documents).
    pub fn error(error: u16, text: impl Into<String>) -> Self {
        Self { code: AckCode::Ae, error, location: None, text: text.into() }
    }

    /// AR with a code of table 0357.
    pub fn reject(error: u16, text: impl Into<String>) -> Self {
        Self { code: AckCode::Ar, error, location: None, text: text.into() }
    }

    /// AE 207: not now; the sender should repeat the message later.
    pub fn try_again() -> Self {
        Self::error(207, "not stored, send again later")
    }

    /// The bytes of the answer to `message`, in its character set. `now` stamps it and `id` is its own
    /// control id (at most 20 characters).
    pub fn render(&self, message: &Message, now: OffsetDateTime, id: &str) -> Vec<u8> {
        let asked = message.header();
        let header = Header {
            sending_application: asked.field(5).text(),
            sending_facility: asked.field(6).text(),
            receiving_application: asked.field(3).text(),
            receiving_facility: asked.field(4).text(),
            time: Timestamp::of(now),
            control_id: id.to_owned(),
            charset: message.declared_charset(),
            processing: asked.field(11).component(1).some().unwrap_or_else(|| "P".to_owned()),
            version: asked.field(12).component(1).some().unwrap_or_else(|| "2.5".to_owned()),
        };
        self.write(
            &header,
            &message.trigger(),
            &message.control_id(),
            message.declared_charset().unwrap_or(message.charset()),
        )
    }

    /// The bytes of the answer to something that is no message: whatever control id can be found in it
    /// stands in MSA-2.
    pub fn render_blind(&self, raw: &[u8], now: OffsetDateTime, id: &str) -> Vec<u8> {
        let header = Header { time: Timestamp::of(now), control_id: id.to_owned(), ..Header::unknown_peer() };
        self.write(&header, "", &control_id_in(raw), Charset::Utf8)
    }

    fn write(&self, header: &Header, trigger: &str, asked_id: &str, charset: Charset) -> Vec<u8> {
        let mut writer = Writer::new(header, &["ACK", trigger, "ACK"]);
        writer.segment("MSA").text(1, self.code.code()).text(2, asked_id);
        if self.code != AckCode::Aa {
            writer.field(3, &self.safe_text());
            let location = self.location.unwrap_or("");
            writer.segment("ERR").raw(2, location).components(3, &[&self.error.to_string(), "", "HL70357"]);
            writer.text(4, "E").text(8, &self.safe_text());
        }
        writer.finish(charset)
    }

    /// One line of printable characters, at most 250.
    fn safe_text(&self) -> String {
        self.text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(250).collect()
    }
}

impl From<ParseError> for Ack {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::TooLong { .. } | ParseError::TooManySegments { .. } => Self::reject(207, "message too large"),
            ParseError::NoHeader | ParseError::Delimiters => Self::reject(100, "no readable message header"),
            ParseError::SegmentName { .. } | ParseError::SecondHeader { .. } => {
                Self::error(100, "a line of the message is no segment")
            }
        }
    }
}

impl From<EventError> for Ack {
    fn from(error: EventError) -> Self {
        match error {
            EventError::UnsupportedType => Self::reject(200, "message type not handled"),
            EventError::UnsupportedEvent => Self::reject(201, "trigger event not handled"),
            EventError::Missing(field) => Self::error(101, format!("required field {field} missing")),
            EventError::Unreadable(field) => Self::error(102, format!("field {field} cannot be read")),
            EventError::MergedWithItself => {
                Self { location: Some("MRG^1^1"), ..Self::error(204, "a patient cannot be merged with itself") }
            }
            EventError::SeveralPatients => Self::error(103, "one message must speak of one patient"),
            EventError::InconsistentMasks => Self::error(103, "masking flags contradict each other"),
            EventError::CutShort => Self::error(102, "document is cut short"),
            EventError::DocumentTooLarge => Self::error(207, "document too large"),
        }
    }
}

/// MSH-10 of bytes that do not parse, if it can be made out; printable ASCII only, at most 199.
fn control_id_in(raw: &[u8]) -> String {
    let Some(start) = raw.windows(3).take(1024).position(|three| three == b"MSH") else { return String::new() };
    let header = raw.get(start..).unwrap_or(&[]);
    let Some(&delimiter) = header.get(3) else { return String::new() };
    let line = header.split(|&byte| byte == b'\r' || byte == b'\n').next().unwrap_or(&[]);
    let field = line.split(|&byte| byte == delimiter).nth(9).unwrap_or(&[]);
    field.iter().take(199).take_while(|byte| byte.is_ascii_graphic()).map(|&byte| char::from(byte)).collect()
}
