//! From the DICOM JSON Model (PS3.18 §F.2) back to a Part 10 file, in explicit VR little endian.

use crate::part10::{FileMeta, prefix};
use crate::tables::EXPLICIT_VR_LITTLE_ENDIAN;
use crate::write::Writer;
use crate::{Tag, Vr};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Sequences nested deeper are refused.
const MAX_DEPTH: usize = 32;

/// Why a data set in JSON is none. No value in any text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// A member that is no element, or a value that its VR cannot have.
    #[error("a member of the data set is no element")]
    Element,
    /// A bulk value that was not sent along.
    #[error("a bulk value is missing")]
    Bulk,
    /// Nested too deeply.
    #[error("sequences nested too deeply")]
    Depth,
    /// No SOP Class or Instance UID.
    #[error("no SOP class or instance UID")]
    Uid,
}

/// The file of a data set. `bulk` gives the value that a `BulkDataURI` names. Text is written in UTF-8, and Specific
/// Character Set says so; file meta elements and group lengths are left out and made anew.
///
/// # Errors
/// [`JsonFault`].
pub fn file(set: &Map<String, Value>, bulk: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, JsonFault> {
    let mut writer = Writer::explicit();
    let mut set = set.clone();
    // All text is UTF-8 from here on, whatever was said.
    set.insert("00080005".into(), serde_json::json!({ "vr": "CS", "Value": ["ISO_IR 192"] }));
    data_set(&mut writer, &set, bulk, 0)?;
    let uid = |name: &str| {
        let uid = set.get(name).and_then(|member| member.get("Value")?.get(0)?.as_str()).ok_or(JsonFault::Uid)?;
        crate::uid::check(uid).map_err(|_| JsonFault::Uid)?;
        Ok(uid.to_owned())
    };
    let (class, instance) = (uid("00080016")?, uid("00080018")?);
    let meta = FileMeta {
        sop_class_uid: &class,
        sop_instance_uid: &instance,
        transfer_syntax_uid: EXPLICIT_VR_LITTLE_ENDIAN,
        source_ae_title: None,
    };
    let mut bytes = prefix(&meta);
    bytes.extend(writer.into_bytes());
    Ok(bytes)
}

fn data_set(
    writer: &mut Writer,
    set: &Map<String, Value>,
    bulk: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
    depth: usize,
) -> Result<(), JsonFault> {
    if depth > MAX_DEPTH {
        return Err(JsonFault::Depth);
    }
    let mut members = BTreeMap::new();
    for (name, member) in set {
        members.insert(tag_of(name).ok_or(JsonFault::Element)?, member);
    }
    for (tag, member) in members {
        if tag.0 <= 0x0002 || tag.0 >= 0xFFFE || tag.is_group_length() {
            continue;
        }
        let code = member.get("vr").and_then(Value::as_str).ok_or(JsonFault::Element)?;
        let vr = code.as_bytes().try_into().ok().and_then(Vr::from_code).ok_or(JsonFault::Element)?;
        if vr == Vr::SQ {
            let items = member.get("Value").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let mut written = Vec::with_capacity(items.len());
            for item in items {
                let mut inner = Writer::explicit();
                // An empty item may be `null` (PS3.18 §F.2.5).
                if !item.is_null() {
                    data_set(&mut inner, item.as_object().ok_or(JsonFault::Element)?, bulk, depth + 1)?;
                }
                written.push(inner);
            }
            writer.sequence(tag, &written);
            continue;
        }
        let bytes = value(vr, member, bulk)?;
        writer.element(tag, vr, &bytes);
    }
    Ok(())
}

fn tag_of(name: &str) -> Option<Tag> {
    let number = u32::from_str_radix(name, 16).ok().filter(|_| name.len() == 8)?;
    Some(Tag((number >> 16) as u16, (number & 0xFFFF) as u16))
}

fn value(vr: Vr, member: &Value, bulk: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Result<Vec<u8>, JsonFault> {
    if let Some(text) = member.get("InlineBinary") {
        return STANDARD.decode(text.as_str().unwrap_or_default()).map_err(|_| JsonFault::Element);
    }
    if let Some(uri) = member.get("BulkDataURI") {
        return bulk(uri.as_str().unwrap_or_default()).ok_or(JsonFault::Bulk);
    }
    let values = member.get("Value").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if vr == Vr::AT {
        let tags = values.iter().map(|value| value.as_str().and_then(tag_of).ok_or(JsonFault::Element));
        let tags: Vec<Tag> = tags.collect::<Result<_, _>>()?;
        return Ok(tags.iter().flat_map(|tag| [tag.0.to_le_bytes(), tag.1.to_le_bytes()].concat()).collect());
    }
    if vr.is_text() {
        let texts: Option<Vec<String>> = values.iter().map(|value| text(vr, value)).collect();
        return Ok(texts.ok_or(JsonFault::Element)?.join("\\").into_bytes());
    }
    let mut bytes = Vec::new();
    for value in values {
        number(vr, value, &mut bytes).ok_or(JsonFault::Element)?;
    }
    Ok(bytes)
}

fn text(vr: Vr, value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if matches!(vr, Vr::DS | Vr::IS) => Some(number.to_string()),
        Value::Object(groups) if vr == Vr::PN => {
            let group = |name: &str| groups.get(name).and_then(Value::as_str).unwrap_or_default();
            let name = ["Alphabetic", "Ideographic", "Phonetic"].map(group).join("=");
            Some(name.trim_end_matches('=').to_owned())
        }
        _ => None,
    }
}

fn number(vr: Vr, value: &Value, out: &mut Vec<u8>) -> Option<()> {
    // What JSON cannot write is a string (PS3.18 §F.2.3.1).
    let written = value.as_str();
    let whole =
        || value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from)).or_else(|| written?.parse().ok());
    let real = || value.as_f64().or_else(|| written?.parse().ok());
    match vr {
        Vr::FL => out.extend((real()? as f32).to_le_bytes()),
        Vr::FD => out.extend(real()?.to_le_bytes()),
        Vr::US => out.extend(u16::try_from(whole()?).ok()?.to_le_bytes()),
        Vr::SS => out.extend(i16::try_from(whole()?).ok()?.to_le_bytes()),
        Vr::UL => out.extend(u32::try_from(whole()?).ok()?.to_le_bytes()),
        Vr::SL => out.extend(i32::try_from(whole()?).ok()?.to_le_bytes()),
        Vr::UV => out.extend(u64::try_from(whole()?).ok()?.to_le_bytes()),
        Vr::SV => out.extend(i64::try_from(whole()?).ok()?.to_le_bytes()),
        _ => return None,
    }
    Some(())
}
