//! What fields hold: numbers with their issuer, people, dates that may be partial.

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// A number and who gave it (CX, EI, HD).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Number {
    /// The number.
    pub value: String,
    /// The issuer's local name (namespace id).
    pub namespace: Option<String>,
    /// The issuer's universal id: an OID, or a FINESS in older French messages.
    pub universal: Option<String>,
    /// The universal id's type: `ISO`, `N`…
    pub universal_type: Option<String>,
    /// What kind of number (CX-5): `PI`, `INS`, `VN`…
    pub kind: Option<String>,
}

/// Root of the authorities that give national health identities.
const INS_ROOT: &str = "1.2.250.1.213.1.4.";

impl Number {
    /// A number whose issuer has only a local name.
    pub fn local(value: &str, namespace: &str) -> Self {
        let namespace = Some(namespace.to_owned()).filter(|name| !name.is_empty());
        Self { value: value.to_owned(), namespace, ..Self::default() }
    }

    /// A number whose issuer has an OID.
    pub fn of_oid(value: &str, oid: &str) -> Self {
        let (universal, universal_type) = (Some(oid.to_owned()), Some("ISO".to_owned()));
        Self { value: value.to_owned(), universal, universal_type, ..Self::default() }
    }

    /// The OID of a national health identity (INS), if this is one.
    pub fn ins_oid(&self) -> Option<&str> {
        let oid = self.universal.as_deref()?;
        let kind = oid.strip_prefix(INS_ROOT)?;
        matches!(kind, "8" | "9" | "10" | "11").then_some(oid)
    }

    /// The issuer to compare by: an INS's OID; else the local name, which images carry too
    /// (Issuer of Patient ID); else the universal id.
    pub fn issuer(&self) -> Option<&str> {
        self.ins_oid().or(self.namespace.as_deref()).or(self.universal.as_deref())
    }
}

/// A date whose day or month may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartialDate {
    /// Year, 1–9999.
    pub year: i32,
    /// Month, if known.
    pub month: Option<u8>,
    /// Day, if known.
    pub day: Option<u8>,
}

impl PartialDate {
    /// Reads `YYYY[MM[DD[…]]]`; `00` is unknown. `None` when it is no date.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.trim().chars().take(8).take_while(char::is_ascii_digit).collect();
        let year = digits.get(..4)?.parse().ok().filter(|&year| year > 0)?;
        let part = |at: usize| digits.get(at..at + 2).filter(|two| *two != "00").map(str::parse::<u8>).transpose().ok();
        let (month, day) = (part(4)?, part(6)?);
        let length = match month.map(Month::try_from) {
            Some(Err(_)) => return None,
            Some(Ok(month)) => month.length(year),
            None => 31,
        };
        day.is_none_or(|day| (1..=length).contains(&day)).then_some(Self { year, month, day })
    }

    /// As HL7 writes it: unknown parts at the end are left out, unknown months before a day are `00`.
    pub fn hl7(&self) -> String {
        match (self.month, self.day) {
            (None, None) => format!("{:04}", self.year),
            (Some(month), None) => format!("{:04}{month:02}", self.year),
            (month, Some(day)) => format!("{:04}{:02}{day:02}", self.year, month.unwrap_or(0)),
        }
    }

    /// The whole date, when it is known.
    pub fn date(&self) -> Option<Date> {
        Date::from_calendar_date(self.year, Month::try_from(self.month?).ok()?, self.day?).ok()
    }
}

/// An instant as a message writes it (TS): the offset may be missing, and is then the site's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timestamp {
    /// Local date and time; missing parts are the earliest.
    pub local: PrimitiveDateTime,
    /// The offset, when the message gives it.
    pub offset: Option<UtcOffset>,
}

impl Timestamp {
    /// Reads `YYYYMM[DD[HH[MM[SS[.S…]]]]][+ZZZZ]`; `None` when it is no instant.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let zone_at = text.find(['+', '-']).unwrap_or(text.len());
        let (stamp, zone) = (text.get(..zone_at)?, text.get(zone_at..)?);
        let (whole, fraction) = stamp.split_once('.').unwrap_or((stamp, ""));
        if whole.len() < 4
            || whole.len() > 14
            || !whole.len().is_multiple_of(2)
            || !whole.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let two = |at: usize, missing: u8| whole.get(at..at + 2).map_or(Some(missing), |part| part.parse().ok());
        let year = whole.get(..4)?.parse().ok()?;
        let date = Date::from_calendar_date(year, Month::try_from(two(4, 1)?).ok()?, two(6, 1)?).ok()?;
        let milli = format!("{:0<3.3}", fraction).parse().unwrap_or(0);
        let time = Time::from_hms_milli(two(8, 0)?, two(10, 0)?, two(12, 0)?.min(59), milli).ok()?;
        Some(Self { local: PrimitiveDateTime::new(date, time), offset: offset(zone) })
    }

    /// The instant, in UTC, `site` standing for a missing offset.
    pub fn instant(&self, site: UtcOffset) -> OffsetDateTime {
        let local = self.local.assume_offset(self.offset.unwrap_or(site));
        local.checked_to_offset(UtcOffset::UTC).unwrap_or_else(|| local.replace_offset(UtcOffset::UTC))
    }

    /// An instant with its offset.
    pub fn of(instant: OffsetDateTime) -> Self {
        Self { local: PrimitiveDateTime::new(instant.date(), instant.time()), offset: Some(instant.offset()) }
    }

    /// As HL7 writes it, to the second.
    pub fn hl7(&self) -> String {
        let (date, time) = (self.local.date(), self.local.time());
        let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
        let (hour, minute, second) = time.as_hms();
        let zone = self.offset.map_or(String::new(), |offset| {
            let (hours, minutes, _) = offset.as_hms();
            let sign = if offset.is_negative() { '-' } else { '+' };
            format!("{sign}{:02}{:02}", hours.unsigned_abs(), minutes.unsigned_abs())
        });
        format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}{zone}")
    }
}

fn offset(zone: &str) -> Option<UtcOffset> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let hours: i8 = zone.get(1..3)?.parse().ok()?;
    let minutes: i8 = zone.get(3..5)?.parse().ok()?;
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

/// Administrative sex (table 0001). Unknown is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Sex {
    /// Female.
    F,
    /// Male.
    M,
    /// Other or ambiguous.
    O,
}

/// The traits of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Traits {
    /// Birth name (PID-5 of type `L`).
    pub birth_name: Option<String>,
    /// Used name (PID-5 of type `D`).
    pub used_name: Option<String>,
    /// First given name.
    pub first_name: Option<String>,
    /// All given names of birth.
    pub first_names: Option<String>,
    /// Birth date.
    pub birth: Option<PartialDate>,
    /// Sex.
    pub sex: Option<Sex>,
    /// INSEE code of the place of birth (address of type `BDL`).
    pub birth_place: Option<String>,
}

/// A patient, as a PID segment tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// Numbers (PID-3), in the message's order.
    pub ids: Vec<Number>,
    /// Traits.
    pub traits: Traits,
    /// Whether the patient is dead (PID-30), or a date of death is given.
    pub dead: Option<bool>,
    /// Date of death (PID-29).
    pub death: Option<PartialDate>,
    /// PID-29 is `""`: a date told before is taken back. An empty field takes nothing back.
    pub death_deleted: bool,
    /// Reliability codes of the identity (PID-32): `VALI`, `PROV`…
    pub reliability: Vec<String>,
    /// Account number (PID-18).
    pub account: Option<Number>,
    /// E-mail addresses and telephone numbers (PID-13, then PID-14), in the message's order, each once.
    #[serde(default)]
    pub telecoms: Vec<Telecom>,
}

/// How a person is reached (XTN).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Telecom {
    /// An e-mail address.
    Email(String),
    /// A telephone number: digits, with `+` before an international one.
    Phone(String),
}

/// A code with its text and system (CE, CWE).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Coded {
    /// The code.
    pub code: String,
    /// Its text.
    pub text: String,
    /// Its system.
    pub system: String,
}

/// A professional (XCN). The number is public: it names, and proves nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Professional {
    /// The id as sent: `8` + RPPS, an RPPS alone, or a local code.
    pub id: String,
    /// The 11 digits of the RPPS when the id holds one under the national authority, or looks like one.
    pub rpps: Option<String>,
    /// Family name.
    pub family: String,
    /// Given name.
    pub given: String,
    /// Who gave the id: OID or local name.
    pub authority: Option<String>,
}

/// A structure (XON).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Structure {
    /// Its name.
    pub name: String,
    /// The id as sent: `1` + FINESS, a FINESS, or a local code.
    pub id: String,
    /// The 9 characters of the FINESS when the id holds one under the national authority.
    pub finess: Option<String>,
}
