//! Segments, written field by field.

use crate::charset::Charset;
use crate::message::{Delimiters, escape};
use crate::types::{Number, Timestamp};
use time::{Date, PrimitiveDateTime, Time};

/// What an MSH says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// MSH-3.
    pub sending_application: String,
    /// MSH-4.
    pub sending_facility: String,
    /// MSH-5.
    pub receiving_application: String,
    /// MSH-6.
    pub receiving_facility: String,
    /// MSH-7.
    pub time: Timestamp,
    /// MSH-10.
    pub control_id: String,
    /// MSH-18; `None` leaves it out.
    pub charset: Option<Charset>,
    /// MSH-11: `P`, `T`, `D`.
    pub processing: String,
    /// MSH-12.
    pub version: String,
}

impl Header {
    /// A header for v2.5 in UTF-8, for production.
    pub fn new(sending: [&str; 2], receiving: [&str; 2], time: Timestamp, control_id: &str) -> Self {
        let [sending_application, sending_facility] = sending.map(str::to_owned);
        let [receiving_application, receiving_facility] = receiving.map(str::to_owned);
        Self {
            sending_application,
            sending_facility,
            receiving_application,
            receiving_facility,
            time,
            control_id: control_id.to_owned(),
            charset: Some(Charset::Utf8),
            processing: "P".to_owned(),
            version: "2.5".to_owned(),
        }
    }

    /// A header for somebody whose message could not be read.
    pub(crate) fn unknown_peer() -> Self {
        let time = Timestamp { local: PrimitiveDateTime::new(Date::MIN, Time::MIDNIGHT), offset: None };
        Self::new(["NEGATOSCOPE", ""], ["", ""], time, "")
    }
}

/// Writes a message with the usual delimiters. Fields are filled in ascending order.
#[derive(Debug, Clone)]
pub struct Writer {
    out: String,
    field: usize,
}

const USUAL: Delimiters = Delimiters { field: '|', component: '^', repetition: '~', escape: '\\', subcomponent: '&' };

impl Writer {
    /// Begins a message of this type: code, trigger, structure (empty parts at the end are left out).
    pub fn new(header: &Header, kind: &[&str]) -> Self {
        let mut writer = Self { out: "MSH|^~\\&".to_owned(), field: 2 };
        writer.text(3, &header.sending_application).text(4, &header.sending_facility);
        writer.text(5, &header.receiving_application).text(6, &header.receiving_facility);
        writer.text(7, &header.time.hl7()).components(9, kind).text(10, &header.control_id);
        writer.text(11, &header.processing).text(12, &header.version);
        if let Some(charset) = header.charset {
            writer.text(18, charset.name());
        }
        writer
    }

    /// Begins the next segment.
    pub fn segment(&mut self, name: &str) -> &mut Self {
        self.out.push('\r');
        self.out.push_str(name);
        self.field = 0;
        self
    }

    /// Writes field `n`, escaped. Empty texts leave no trace.
    pub fn text(&mut self, n: usize, text: &str) -> &mut Self {
        self.raw(n, &escape(text, USUAL))
    }

    /// The same as [`Writer::text`].
    pub fn field(&mut self, n: usize, text: &str) -> &mut Self {
        self.text(n, text)
    }

    /// Writes field `n` from components, each escaped.
    pub fn components(&mut self, n: usize, components: &[&str]) -> &mut Self {
        let joined = joined(components);
        self.raw(n, &joined)
    }

    /// Writes field `n` from repetitions of components.
    pub fn repetitions(&mut self, n: usize, repetitions: &[Vec<String>]) -> &mut Self {
        let all: Vec<String> = repetitions.iter().map(|components| joined_raw(components)).collect();
        self.raw(n, &all.join("~"))
    }

    /// Writes field `n` as it is: the caller has escaped it. Line ends are dropped all the same.
    pub fn raw(&mut self, n: usize, raw: &str) -> &mut Self {
        if raw.is_empty() || n <= self.field {
            return self;
        }
        while self.field < n {
            self.out.push('|');
            self.field += 1;
        }
        if raw.contains(['\r', '\n']) {
            self.out.extend(raw.chars().filter(|c| !matches!(c, '\r' | '\n')));
        } else {
            self.out.push_str(raw);
        }
        self
    }

    /// The message's bytes.
    pub fn finish(mut self, charset: Charset) -> Vec<u8> {
        self.out.push('\r');
        charset.encode(&self.out)
    }
}

fn joined(components: &[&str]) -> String {
    let escaped: Vec<String> = components.iter().map(|component| escape(component, USUAL)).collect();
    joined_raw(&escaped)
}

fn joined_raw(components: &[String]) -> String {
    components.join("^").trim_end_matches('^').to_owned()
}

/// An already escaped text.
pub(super) fn escaped(text: &str) -> String {
    escape(text, USUAL)
}

/// A number as CX.
pub(super) fn cx(number: &Number) -> Vec<String> {
    let issuer = [&number.namespace, &number.universal, &number.universal_type];
    let issuer = issuer.map(|part| escaped(part.as_deref().unwrap_or(""))).join("&");
    let kind = escaped(number.kind.as_deref().unwrap_or(""));
    vec![escaped(&number.value), String::new(), String::new(), issuer.trim_end_matches('&').to_owned(), kind]
}

/// A number as EI.
pub(super) fn ei(number: &Number) -> Vec<String> {
    let parts =
        [Some(&number.value), number.namespace.as_ref(), number.universal.as_ref(), number.universal_type.as_ref()];
    parts.map(|part| escaped(part.map_or("", String::as_str))).to_vec()
}
