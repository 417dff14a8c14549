//! Instances as metadata and bulk data (PS3.18 §10.5.2, §8.7.3): data sets in DICOM JSON, their bulk values in parts of
//! their own. They are made into files in explicit VR little endian, then taken in as any other.

use super::{CANNOT_UNDERSTAND, Failed, JSON, Posting, data};
use crate::services::multipart::{Event, Multipart};
use crate::services::negotiate::split;
use crate::services::port::NotKept;
use crate::services::refusal::Refusal;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use dicom::json_in;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Bytes of one request, at most: the parts refer to one another, so all are held.
const MOST_BYTES: usize = 256 << 20;
const SLICE_BYTES: usize = 256 << 10;

/// The parts, held.
#[derive(Default)]
struct Held {
    sets: Vec<u8>,
    bulk: HashMap<String, Vec<u8>>,
    current: Option<Part>,
    total: usize,
}

struct Part {
    is_metadata: bool,
    /// Whether its bytes are a value as it is: others would have to be decoded or framed.
    is_plain: bool,
    name: Option<String>,
    bytes: Vec<u8>,
}

pub(super) async fn receive(
    mut posting: Posting,
    mut multipart: Box<Multipart>,
    mut body: Body,
) -> Result<Response, Refusal> {
    let mut held = Held::default();
    while let Some(bytes) = data(&mut body).await? {
        multipart.feed(&bytes);
        while let Some(event) = multipart.event().map_err(|_| Refusal::Bad("a part's head cannot be read"))? {
            match event {
                Event::Part(fields) => held.current = Some(Part::of(&fields)),
                Event::Data(bytes) => held.add(&bytes)?,
                Event::PartEnd => held.end(),
                Event::End => {}
            }
        }
    }
    if !multipart.is_ended() {
        return Err(Refusal::Bad("the last boundary is missing"));
    }
    let not_json = Refusal::Bad("the data sets are no DICOM JSON");
    let sets: Vec<Map<String, Value>> = serde_json::from_slice(&held.sets).map_err(|_| not_json)?;
    for set in sets {
        let mut bulk = |uri: &str| held.bulk.get(uri).cloned();
        match json_in::file(&set, &mut bulk) {
            Ok(file) => {
                posting.begin(true).await;
                let file = Bytes::from(file);
                for start in (0..file.len()).step_by(SLICE_BYTES) {
                    posting.write(file.slice(start..file.len().min(start + SLICE_BYTES))).await;
                }
                posting.end().await;
            }
            Err(fault) => {
                tracing::info!(%fault, "a data set in JSON is refused");
                let why = NotKept { reason: CANNOT_UNDERSTAND, is_passing: false };
                posting.failed.push(Failed { uids: uids(&set), why });
            }
        }
    }
    posting.answer()
}

impl Held {
    fn add(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.total = self.total.saturating_add(bytes.len());
        if self.total > MOST_BYTES {
            return Err(Refusal::Bad("more than 256 MiB of metadata and bulk data: send application/dicom"));
        }
        if let Some(part) = &mut self.current {
            part.bytes.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn end(&mut self) {
        match self.current.take() {
            Some(part) if part.is_metadata && self.sets.is_empty() => self.sets = part.bytes,
            Some(Part { is_plain: true, name: Some(name), bytes, .. }) => {
                self.bulk.insert(name, bytes);
            }
            _ => {}
        }
    }
}

impl Part {
    fn of(fields: &[(String, String)]) -> Self {
        let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let media = field("content-type").map(|media| split(media, ';').first().map_or("", |media| media.trim()));
        let media = media.unwrap_or("application/octet-stream").to_ascii_lowercase();
        // RFC 2392: a Content-ID is named as `cid:` without its brackets.
        let id = field("content-id").map(|id| format!("cid:{}", id.trim_matches(['<', '>'])));
        let name = field("content-location").map(str::to_owned).or(id);
        Self {
            is_metadata: media == JSON || media == "application/json",
            is_plain: media == "application/octet-stream",
            name,
            bytes: Vec::new(),
        }
    }
}

fn uids(set: &Map<String, Value>) -> Option<(String, String)> {
    let text = |name: &str| Some(set.get(name)?.get("Value")?.get(0)?.as_str()?.to_owned());
    text("00080016").zip(text("00080018"))
}
