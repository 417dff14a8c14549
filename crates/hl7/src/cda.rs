//! The few things a clinical document (CDA R2) tells that the message around it may not: its ids, the
//! study and the order it answers, screening, and the PDF it embeds. Bounded; entities are not expanded.

mod tree;

pub mod narrative;

use crate::charset::decode;
use crate::event::is_uid;
use crate::types::Number;
use base64::Engine;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

const MAX_DEPTH: usize = 128;
const MAX_ELEMENTS: usize = 1_000_000;

/// What a CDA tells about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// `id`: root, and extension after a `^`.
    pub id: Option<String>,
    /// `relatedDocument/parentDocument/id`: the one it replaces.
    pub replaces: Option<String>,
    /// `inFulfillmentOf/order/id`: the placer's number.
    pub order: Option<Number>,
    /// `inFulfillmentOf/order/accessionNumber`.
    pub accession: Option<Number>,
    /// `documentationOf/serviceEvent/id`: Study Instance UID.
    pub study_uid: Option<String>,
    /// A `documentationOf` code `Z13.9`: organised screening.
    pub screening: bool,
    /// The PDF of `nonXMLBody`.
    pub pdf: Option<Vec<u8>>,
}

/// Why bytes are no CDA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CdaError {
    /// Not XML, or another document.
    #[error("document is not a cda")]
    NotCda,
    /// Too many elements, or nested too deep.
    #[error("document is too large or too deep")]
    TooLarge,
}

/// Reads the header of a CDA and the PDF that it embeds.
pub fn read(xml: &[u8]) -> Result<Header, CdaError> {
    // What is read here is ASCII in every character set that a CDA may declare.
    let text = decode(xml, None).text;
    let mut reader = Reader::from_str(&text);
    let mut state = State::default();
    let mut elements = 0;
    loop {
        match reader.read_event().map_err(|_| CdaError::NotCda)? {
            Event::Start(element) => {
                state.open(&element)?;
                elements += 1;
            }
            Event::Empty(element) => {
                state.open(&element)?;
                state.close();
                elements += 1;
            }
            Event::End(_) => state.close(),
            Event::Text(text) if state.in_pdf => state.base64.extend(kept(text.as_ref())),
            Event::CData(text) if state.in_pdf => state.base64.extend(kept(text.as_ref())),
            Event::Eof => break,
            _ => {}
        }
        if elements > MAX_ELEMENTS {
            return Err(CdaError::TooLarge);
        }
    }
    if state.is_cda { Ok(state.header) } else { Err(CdaError::NotCda) }
}

fn kept(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(|byte| !byte.is_ascii_whitespace())
}

#[derive(Default)]
struct State {
    path: Vec<String>,
    is_cda: bool,
    in_pdf: bool,
    base64: Vec<u8>,
    header: Header,
}

impl State {
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), CdaError> {
        let name = element.local_name().as_ref().to_owned();
        if self.path.is_empty() {
            if name != "ClinicalDocument" {
                return Err(CdaError::NotCda);
            }
            self.is_cda = true;
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(CdaError::TooLarge);
        }
        self.path.push(name);
        self.note(element);
        Ok(())
    }

    fn note(&mut self, element: &BytesStart<'_>) {
        let steps: Vec<&str> = self.path.iter().skip(1).map(String::as_str).collect();
        let header = &mut self.header;
        match steps.as_slice() {
            ["id"] => header.id = header.id.take().or_else(|| joined_id(element)),
            ["relatedDocument", "parentDocument", "id"] => {
                header.replaces = header.replaces.take().or_else(|| joined_id(element));
            }
            ["inFulfillmentOf", "order", "id"] => header.order = header.order.take().or_else(|| number(element)),
            ["inFulfillmentOf", "order", "accessionNumber"] => {
                header.accession = header.accession.take().or_else(|| number(element));
            }
            ["documentationOf", "serviceEvent", "id"] => {
                let uid = attribute(element, "root").filter(|uid| is_uid(uid));
                header.study_uid = header.study_uid.take().or(uid);
            }
            ["documentationOf", "serviceEvent", "code", ..] => {
                header.screening |= attribute(element, "code").is_some_and(|code| code == "Z13.9");
            }
            ["component", "nonXMLBody", "text"] => {
                let media = attribute(element, "mediaType").unwrap_or_default();
                self.in_pdf = media == "application/pdf" || media.is_empty();
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        self.path.pop();
        if std::mem::take(&mut self.in_pdf) {
            let encoded = std::mem::take(&mut self.base64);
            let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok();
            let starts = |bytes: &Vec<u8>| bytes.windows(5).take(1024).any(|five| five == b"%PDF-");
            self.header.pdf = decoded.filter(|bytes| starts(bytes) && is_whole_pdf(bytes));
        }
    }
}

/// Whether a PDF has its end mark near its end (ISO 32000-1 §7.5.5; readers look in the last KiB, and
/// printers' drivers add more).
pub(crate) fn is_whole_pdf(bytes: &[u8]) -> bool {
    let tail = bytes.get(bytes.len().saturating_sub(4096)..).unwrap_or(bytes);
    tail.windows(5).any(|five| five == b"%%EOF")
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name)?;
    Some(found.value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn joined_id(element: &BytesStart<'_>) -> Option<String> {
    let root = attribute(element, "root")?;
    Some(attribute(element, "extension").map_or(root.clone(), |extension| format!("{root}^{extension}")))
}

/// An id with its extension as the number and its root as the issuer; a bare root is a number itself.
fn number(element: &BytesStart<'_>) -> Option<Number> {
    let root = attribute(element, "root");
    match (attribute(element, "extension"), root) {
        (Some(value), Some(root)) => Some(Number::of_oid(&value, &root)),
        (Some(value), None) => Some(Number { value, ..Number::default() }),
        (None, Some(root)) => Some(Number { value: root, ..Number::default() }),
        (None, None) => None,
    }
}
