//! Fields that several messages share.

use super::{EventError, Origin};
use crate::message::{Component, Field, Message, Segment};
use crate::types::{Coded, Number, Professional, Structure, Timestamp};

const PROFESSIONALS: &str = "1.2.250.1.71.4.2.1";
const STRUCTURES: &str = "1.2.250.1.71.4.2.2";

pub(super) fn origin(message: &Message) -> Result<Origin, EventError> {
    let header = message.header();
    let control_id = header.field(10).text();
    if control_id.is_empty() {
        return Err(EventError::Missing("MSH-10"));
    }
    let time = timestamp(header.field(7)).or_else(|| timestamp(message.first("EVN").field(2)));
    let kind = format!("{}^{}", message.code(), message.trigger());
    let (application, facility) = (header.field(3).text(), header.field(4).text());
    Ok(Origin { application, facility, control_id, time, kind })
}

pub(super) fn timestamp(field: Field<'_>) -> Option<Timestamp> {
    Timestamp::parse(&field.text())
}

/// A number as CX: value, …, issuer in component 4 (HD), kind in component 5.
pub(super) fn cx(field: Field<'_>) -> Option<Number> {
    let value = field.component(1).some()?;
    let issuer = field.component(4);
    let [namespace, universal, universal_type] = [1, 2, 3].map(|n| some(issuer.subcomponent(n)));
    Some(Number { value, namespace, universal, universal_type, kind: field.component(5).some() })
}

/// A number as EI: value, namespace, universal id, its type; French examples put the issuer of a CX there too.
pub(super) fn ei(field: Field<'_>) -> Option<Number> {
    let value = field.component(1).some()?;
    let [namespace, universal, universal_type] = [2, 3, 4].map(|n| field.component(n).some());
    Some(Number { value, namespace, universal, universal_type, kind: None })
}

pub(super) fn coded(field: Field<'_>) -> Coded {
    let [code, text, system] = [1, 2, 3].map(|n| field.component(n).text());
    Coded { code, text, system }
}

/// Professionals as XCN: id, family, given, …, authority in component 9 (HD).
pub(super) fn professionals(field: Field<'_>) -> Vec<Professional> {
    field.repetitions().filter_map(professional).collect()
}

pub(super) fn professional(field: Field<'_>) -> Option<Professional> {
    let [id, family, given] = [1, 2, 3].map(|n| field.component(n).text());
    if id.is_empty() && family.is_empty() {
        return None;
    }
    let authority = authority(field.component(9));
    let national = authority.as_deref().is_none_or(|oid| oid == PROFESSIONALS);
    let rpps = match id.len() {
        12 if national => id.strip_prefix('8'),
        11 if national => Some(id.as_str()),
        _ => None,
    };
    let rpps =
        rpps.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()) && luhn(digits)).map(str::to_owned);
    Some(Professional { id, rpps, family, given, authority })
}

/// A structure as XON: name, …, authority in component 6 (HD), id in component 10 or 3.
pub(super) fn structure(field: Field<'_>) -> Option<Structure> {
    let name = field.component(1).text();
    let id = field.component(10).some().or_else(|| field.component(3).some()).unwrap_or_default();
    if name.is_empty() && id.is_empty() {
        return None;
    }
    let national = authority(field.component(6)).is_none_or(|oid| oid == STRUCTURES);
    let finess = match id.len() {
        10 if national => id.strip_prefix('1'),
        9 if national => Some(id.as_str()),
        _ => None,
    };
    let finess = finess.filter(|text| text.bytes().all(|byte| byte.is_ascii_alphanumeric())).map(str::to_owned);
    Some(Structure { name, id, finess })
}

fn authority(component: Component<'_>) -> Option<String> {
    some(component.subcomponent(2)).or_else(|| component.some())
}

/// Accession number and Study Instance UID of a group of segments: IPC-1 and IPC-3, OBR-18, ZDS-1.
pub(super) fn imaging_keys(group: &[Segment<'_>]) -> (Option<Number>, Option<String>) {
    let first = |name: &str| group.iter().copied().find(|segment| segment.name() == name);
    let ipc = first("IPC");
    let accession = ipc.and_then(|ipc| ei(ipc.field(1))).or_else(|| ei(first("OBR")?.field(18)));
    let uid =
        ipc.and_then(|ipc| ipc.field(3).component(1).some()).or_else(|| first("ZDS")?.field(1).component(1).some());
    (accession, uid.filter(|uid| is_uid(uid)))
}

/// A UID that may name something: digits and dots, at most 64 (PS3.5 §9.1).
pub(crate) fn is_uid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

pub(super) fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The segments cut into groups, each beginning with a segment of one of these names that opens a new
/// one; what comes before the first is the head, shared by all.
pub(super) fn groups<'a>(message: &'a Message, opens: impl Fn(&str, &[Segment<'a>]) -> bool) -> Groups<'a> {
    let mut groups = Groups { head: Vec::new(), groups: Vec::new() };
    for segment in message.segments() {
        let current = groups.groups.last().map_or(&[] as &[Segment<'a>], Vec::as_slice);
        if opens(segment.name(), current) {
            groups.groups.push(vec![segment]);
        } else {
            groups.groups.last_mut().unwrap_or(&mut groups.head).push(segment);
        }
    }
    groups
}

pub(super) struct Groups<'a> {
    pub(super) head: Vec<Segment<'a>>,
    pub(super) groups: Vec<Vec<Segment<'a>>>,
}

/// An ORC opens an order group; an OBR without its ORC does too.
pub(super) fn opens_order(name: &str, current: &[Segment<'_>]) -> bool {
    let has_obr = current.iter().any(|segment| segment.name() == "OBR");
    name == "ORC" || name == "OBR" && (current.is_empty() || has_obr)
}

fn luhn(digits: &str) -> bool {
    let weigh = |(index, byte): (usize, u8)| match (index % 2, u32::from(byte - b'0')) {
        (0, digit) => digit,
        (_, digit) if digit > 4 => digit * 2 - 9,
        (_, digit) => digit * 2,
    };
    digits.bytes().rev().enumerate().map(weigh).sum::<u32>().is_multiple_of(10)
}
