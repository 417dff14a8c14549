//! QIDO-RS (PS3.18 §10.6): studies, series and instances by their attributes.

use super::parts::typed;
use super::port::Page;
use super::refusal::Refusal;
use super::{Asked, Services};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dicom::attributes::{Attributes, Level};
use dicom::dictionary::{tag_of, vr_of};
use dicom::matching::Query;
use dicom::{Tag, Vr, tag};
use serde_json::Value;
use std::collections::BTreeSet;

const JSON: &str = "application/dicom+json";
/// Answers of one request, when no limit is asked for or a higher one.
pub const MOST: u32 = 1000;
const RETRIEVE_URL: Tag = Tag(0x0008, 0x1190);

/// What every answer of a level has (PS3.18 Tables 10.6.3-3 to -5), even empty.
const OF_STUDIES: &[Tag] = &[
    Tag(0x0008, 0x0020),
    Tag(0x0008, 0x0030),
    Tag(0x0008, 0x0050),
    Tag(0x0008, 0x0061),
    Tag(0x0008, 0x0090),
    Tag(0x0010, 0x0010),
    Tag(0x0010, 0x0020),
    Tag(0x0010, 0x0030),
    Tag(0x0010, 0x0040),
    Tag(0x0020, 0x000D),
    Tag(0x0020, 0x0010),
    Tag(0x0020, 0x1206),
    Tag(0x0020, 0x1208),
];
const OF_SERIES: &[Tag] = &[Tag(0x0008, 0x0060), Tag(0x0020, 0x000E), Tag(0x0020, 0x0011), Tag(0x0020, 0x1209)];
const OF_INSTANCES: &[Tag] = &[Tag(0x0008, 0x0016), Tag(0x0008, 0x0018), Tag(0x0020, 0x0013)];
/// What an answer has when it is known.
const IF_KNOWN: &[Tag] = &[
    Tag(0x0008, 0x0056),
    Tag(0x0008, 0x0201),
    Tag(0x0008, 0x103E),
    Tag(0x0020, 0x000D),
    Tag(0x0020, 0x000E),
    Tag(0x0028, 0x0008),
    Tag(0x0028, 0x0010),
    Tag(0x0028, 0x0011),
    Tag(0x0028, 0x0100),
    Tag(0x0040, 0x0244),
    Tag(0x0040, 0x0245),
    Tag(0x0040, 0x0275),
];

pub(super) async fn studies(state: State<Services>, asked: Asked) -> Result<Response, Refusal> {
    search(state, asked, Level::Study).await
}

pub(super) async fn series(state: State<Services>, asked: Asked) -> Result<Response, Refusal> {
    search(state, asked, Level::Series).await
}

pub(super) async fn instances(state: State<Services>, asked: Asked) -> Result<Response, Refusal> {
    search(state, asked, Level::Instance).await
}

async fn search(State(services): State<Services>, asked: Asked, level: Level) -> Result<Response, Refusal> {
    if !asked.accepted.iter().any(|range| range.takes(JSON) || range.takes("application/json")) {
        return Err(Refusal::NotAcceptable("answers are application/dicom+json"));
    }
    let wanted = Wanted::read(&asked, level)?;
    if wanted.limit == 0 {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let page = Page { skip: wanted.offset, limit: wanted.limit.min(MOST) };
    let answers = services.finder.find(&asked.access, &wanted.query, page).await?;
    let warnings = warnings(&wanted, answers.more);
    let items: Vec<Value> = answers.found.into_iter().map(|found| item(found, &wanted, &services.base)).collect();
    let mut response = match items.is_empty() {
        true => StatusCode::NO_CONTENT.into_response(),
        false => typed(JSON, Body::from(Value::Array(items).to_string())),
    };
    for warning in warnings {
        response.headers_mut().append(header::WARNING, HeaderValue::from_static(warning));
    }
    Ok(response)
}

/// What is asked for.
struct Wanted {
    query: Query,
    limit: u32,
    offset: u64,
    all: bool,
    included: BTreeSet<Tag>,
}

impl Wanted {
    fn read(asked: &Asked, level: Level) -> Result<Self, Refusal> {
        let mut wanted =
            Self { query: Query::new(level), limit: u32::MAX, offset: 0, all: false, included: BTreeSet::new() };
        wanted.defaults(level, asked);
        for (name, value) in &asked.query.0 {
            match name.as_str() {
                "limit" => wanted.limit = number(value)?.try_into().unwrap_or(u32::MAX),
                "offset" => wanted.offset = number(value)?,
                "fuzzymatching" => wanted.query.fuzzy = truth(value)?,
                "emptyvaluematching" | "multiplevaluematching" => drop(truth(value)?),
                "includefield" => wanted.include(value)?,
                "accept" | "charset" => {}
                _ => {
                    let path = path(name).ok_or(Refusal::Bad("an attribute that is none of PS3.6"))?;
                    wanted.ask(&path, value)?;
                }
            }
        }
        // The path has the last word.
        let study = Some(&asked.path.study).filter(|uid| !uid.is_empty());
        for (tag, uid) in [(tag::STUDY_INSTANCE_UID, study), (tag::SERIES_INSTANCE_UID, asked.path.series.as_ref())] {
            if let Some(uid) = uid {
                wanted.query.keys.retain(|key| key.tag != tag);
                wanted.ask(&[tag], uid)?;
            }
        }
        Ok(wanted)
    }

    /// A level's own attributes, and those of the levels above that the path leaves open.
    fn defaults(&mut self, level: Level, asked: &Asked) {
        self.included.extend(IF_KNOWN);
        self.included.extend(match level {
            Level::Patient | Level::Study => OF_STUDIES,
            Level::Series => OF_SERIES,
            Level::Instance => OF_INSTANCES,
        });
        if level > Level::Study && asked.path.study.is_empty() {
            self.included.extend(OF_STUDIES);
        }
        if level > Level::Series && asked.path.series.is_none() {
            self.included.extend(OF_SERIES);
        }
        // What is computed, and only when it is asked for.
        let computed = [Tag(0x0020, 0x1206), Tag(0x0020, 0x1208), Tag(0x0020, 0x1209), Tag(0x0008, 0x0061)];
        let computed: Vec<Tag> = computed.into_iter().filter(|tag| self.included.contains(tag)).collect();
        for tag in computed {
            let _ = self.query.ask(&[tag], "");
        }
    }

    fn ask(&mut self, path: &[Tag], value: &str) -> Result<(), Refusal> {
        let is_uid = path.last().is_some_and(|last| vr_of(*last) == Vr::UI);
        // A list of UIDs is parted by commas too (PS3.18 §8.3.4.1).
        let value = if is_uid { value.replace(',', "\\") } else { value.to_owned() };
        self.included.extend(path.first());
        self.query.ask(path, &value).map_err(|_| Refusal::Bad("a value that its attribute cannot have"))
    }

    /// `includefield`: `all`, or attributes parted by commas; unknown ones add nothing (PS3.18 §8.3.4.3).
    fn include(&mut self, value: &str) -> Result<(), Refusal> {
        for field in value.split(',').map(str::trim).filter(|field| !field.is_empty()) {
            if field == "all" {
                self.all = true;
            } else if let Some(path) = path(field) {
                self.included.extend(path.first());
                self.query.ask(&path, "").map_err(|_| Refusal::Bad("too many attributes"))?;
            }
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<u64, Refusal> {
    text.trim().parse().map_err(|_| Refusal::Bad("limit and offset are whole numbers from 0"))
}

fn truth(text: &str) -> Result<bool, Refusal> {
    match text {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        _ => Err(Refusal::Bad("true or false")),
    }
}

/// `PatientID`, `00100020`, `RequestAttributesSequence.ScheduledProcedureStepID`.
fn path(name: &str) -> Option<Vec<Tag>> {
    let path: Option<Vec<Tag>> = name.split('.').take(8).map(attribute).collect();
    path.filter(|path| name.split('.').count() == path.len())
}

fn attribute(name: &str) -> Option<Tag> {
    if name.len() == 8
        && let Ok(number) = u32::from_str_radix(name, 16)
    {
        return Some(Tag((number >> 16) as u16, (number & 0xFFFF) as u16));
    }
    tag_of(name)
}

/// One answer.
fn item(mut found: Attributes, wanted: &Wanted, base: &str) -> Value {
    let text = |tag| found.text(tag).unwrap_or_default().to_owned();
    let (study, series, instance) =
        (text(tag::STUDY_INSTANCE_UID), text(tag::SERIES_INSTANCE_UID), text(tag::SOP_INSTANCE_UID));
    let url = match wanted.query.level {
        Level::Patient | Level::Study => format!("{base}/studies/{study}"),
        Level::Series => format!("{base}/studies/{study}/series/{series}"),
        Level::Instance => format!("{base}/studies/{study}/series/{series}/instances/{instance}"),
    };
    if !wanted.all {
        found.retain(|tag| wanted.included.contains(&tag));
    }
    for tag in OF_STUDIES.iter().chain(OF_SERIES).chain(OF_INSTANCES) {
        if wanted.included.contains(tag) && found.get(*tag).is_none() {
            found.set(*tag, vr_of(*tag), Vec::new());
        }
    }
    found.set(RETRIEVE_URL, Vr::UR, vec![url]);
    found.set(tag::INSTANCE_AVAILABILITY, Vr::CS, vec!["ONLINE".into()]);
    Value::Object(found.to_dicom_json())
}

fn warnings(wanted: &Wanted, more: bool) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    if more {
        warnings.push("299 dicom-web \"There are additional results that can be requested\"");
    }
    if !wanted.query.ignored().is_empty() {
        warnings.push("299 dicom-web \"One or more attributes of the query were not matched\"");
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_have_three_forms() {
        assert_eq!(path("00100020"), Some(vec![Tag(0x0010, 0x0020)]));
        assert_eq!(path("PatientID"), path("00100020"));
        let nested = Some(vec![Tag(0x0040, 0x0275), Tag(0x0040, 0x0009)]);
        assert_eq!(path("RequestAttributesSequence.00400009"), nested);
        for bad in ["", "NoSuchAttribute", "0010002", "PatientID.", "%zz"] {
            assert_eq!(path(bad), None, "{bad}");
        }
    }
}
