//! STOW-RS (PS3.18 §10.5): instances as `application/dicom`, one after the other, each kept or refused for itself; or
//! described in JSON with their bulk values apart (`described`).

mod described;

use super::multipart::{Event, Multipart};
use super::negotiate::split;
use super::parts::typed;
use super::port::{Access, Arrival, Kept, NotKept};
use super::refusal::Refusal;
use super::{Asked, Services};
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::{Value, json};

const DICOM: &str = "application/dicom";
const JSON: &str = "application/dicom+json";
/// Of a part that is refused, so much is looked at for its UIDs.
const HEAD_BYTES: usize = 4096;
/// Instances of one request, at most: their answers are held until its end.
const MOST: usize = 100_000;
/// Failure reasons (PS3.18 §I.2.2, PS3.7 §C): cannot understand; data set does not match; processing failure.
const CANNOT_UNDERSTAND: u16 = 0xC000;

pub(super) async fn any_study(state: State<Services>, asked: Asked, body: Body) -> Result<Response, Refusal> {
    receive(state, asked, None, body).await
}

pub(super) async fn one_study(state: State<Services>, asked: Asked, body: Body) -> Result<Response, Refusal> {
    let study = asked.path.study.clone();
    receive(state, asked, Some(study), body).await
}

async fn receive(
    State(services): State<Services>,
    asked: Asked,
    study: Option<String>,
    body: Body,
) -> Result<Response, Refusal> {
    if !asked.access.may_store {
        return Err(Refusal::Forbidden);
    }
    if !asked.accepted.iter().any(|range| range.takes(JSON) || range.takes("application/json")) {
        return Err(Refusal::NotAcceptable("the answer is application/dicom+json"));
    }
    let posting =
        Posting { services, access: asked.access, study, kept: Vec::new(), failed: Vec::new(), current: None };
    match content(&asked.headers)? {
        Content::Single => posting.single(body).await,
        Content::Related(multipart) => posting.related(multipart, body).await,
        Content::Described(multipart) => described::receive(posting, multipart, body).await,
    }
}

/// What the body is.
enum Content {
    /// One Part 10 file.
    Single,
    /// Several, in parts.
    Related(Box<Multipart>),
    /// Their data sets in JSON, and their bulk values apart.
    Described(Box<Multipart>),
}

fn content(headers: &HeaderMap) -> Result<Content, Refusal> {
    let text = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut pieces = split(text, ';').into_iter().map(str::trim);
    let media = pieces.next().unwrap_or_default().to_ascii_lowercase();
    if media == DICOM {
        return Ok(Content::Single);
    }
    if media != "multipart/related" {
        return Err(Refusal::MediaType);
    }
    let (mut inner, mut boundary) = (None, None);
    for (name, value) in pieces.filter_map(|piece| piece.split_once('=')) {
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "type" => inner = Some(value.to_ascii_lowercase()),
            "boundary" => boundary = Some(value.to_owned()),
            _ => {}
        }
    }
    let is_described = inner.as_deref() == Some(JSON);
    if inner.is_some_and(|inner| inner != DICOM && inner != JSON) {
        return Err(Refusal::MediaType);
    }
    let boundary = boundary.ok_or(Refusal::Bad("multipart without a boundary"))?;
    let multipart = Multipart::new(&boundary).map_err(|_| Refusal::Bad("a boundary that is not allowed"))?;
    Ok(if is_described { Content::Described } else { Content::Related }(Box::new(multipart)))
}

/// A request under way.
struct Posting {
    services: Services,
    access: Access,
    study: Option<String>,
    kept: Vec<Kept>,
    failed: Vec<Failed>,
    current: Option<Current>,
}

struct Failed {
    /// SOP class and instance, where the file's head says them.
    uids: Option<(String, String)>,
    why: NotKept,
}

/// The part being received.
struct Current {
    arrival: Result<Box<dyn Arrival>, NotKept>,
    head: Vec<u8>,
}

impl Posting {
    async fn single(mut self, mut body: Body) -> Result<Response, Refusal> {
        self.begin(true).await;
        while let Some(bytes) = data(&mut body).await? {
            self.write(bytes).await;
        }
        self.end().await;
        self.answer()
    }

    async fn related(mut self, mut multipart: Box<Multipart>, mut body: Body) -> Result<Response, Refusal> {
        while let Some(bytes) = data(&mut body).await? {
            multipart.feed(&bytes);
            while let Some(event) = multipart.event().map_err(|_| Refusal::Bad("a part's head cannot be read"))? {
                match event {
                    Event::Part(fields) => self.begin(is_dicom(&fields)).await,
                    Event::Data(bytes) => self.write(bytes).await,
                    Event::PartEnd => self.end().await,
                    Event::End => {}
                }
            }
            if self.kept.len() + self.failed.len() > MOST {
                return Err(Refusal::Bad("too many instances in one request"));
            }
        }
        if let Some(cut) = self.current.take() {
            // The last boundary never came: what there is of this part may not be all of it.
            self.fail(NotKept { reason: CANNOT_UNDERSTAND, is_passing: false }, &cut.head);
        } else if !multipart.is_ended() && self.kept.is_empty() && self.failed.is_empty() {
            return Err(Refusal::Bad("no part with an instance"));
        }
        self.answer()
    }

    async fn begin(&mut self, is_dicom: bool) {
        let arrival = if is_dicom {
            self.services.arrivals.begin(&self.access, self.study.as_deref()).await
        } else {
            Err(NotKept { reason: CANNOT_UNDERSTAND, is_passing: false })
        };
        self.current = Some(Current { arrival, head: Vec::new() });
    }

    async fn write(&mut self, bytes: Bytes) {
        let Some(current) = &mut self.current else { return };
        let room = HEAD_BYTES.saturating_sub(current.head.len());
        current.head.extend(bytes.iter().take(room));
        if let Ok(arrival) = &mut current.arrival
            && let Err(why) = arrival.write(bytes).await
        {
            current.arrival = Err(why);
        }
    }

    async fn end(&mut self) {
        let Some(current) = self.current.take() else { return };
        let finished = match current.arrival {
            Ok(arrival) => arrival.finish().await,
            Err(why) => Err(why),
        };
        match finished {
            Ok(kept) => self.kept.push(kept),
            Err(why) => self.fail(why, &current.head),
        }
    }

    fn fail(&mut self, why: NotKept, head: &[u8]) {
        self.failed.push(Failed { uids: uids(head), why });
    }

    /// PS3.18 §10.5.3 and Table I.2-1.
    fn answer(self) -> Result<Response, Refusal> {
        let (kept, failed) = (&self.kept, &self.failed);
        if kept.is_empty() && failed.is_empty() {
            return Err(Refusal::Bad("no instance"));
        }
        let status = match (kept.is_empty(), failed.is_empty()) {
            (_, true) => StatusCode::OK,
            (false, false) => StatusCode::ACCEPTED,
            (true, false) if failed.iter().all(|failed| failed.why.is_passing) => StatusCode::SERVICE_UNAVAILABLE,
            (true, false) => StatusCode::CONFLICT,
        };
        let mut body = serde_json::Map::new();
        let first = self.study.as_deref().or(kept.first().map(|kept| kept.study.as_str()));
        // One URL can only stand for one study.
        if let Some(study) = first.filter(|study| kept.iter().all(|kept| kept.study == *study) && !kept.is_empty()) {
            body.insert(
                "00081190".into(),
                json!({ "vr": "UR", "Value": [format!("{}/studies/{study}", self.services.base)] }),
            );
        }
        if !failed.is_empty() {
            body.insert("00081198".into(), sequence(failed.iter().map(Failed::item)));
        }
        if !kept.is_empty() {
            body.insert("00081199".into(), sequence(kept.iter().map(|kept| item(kept, &self.services.base))));
        }
        let mut response = (status, typed(JSON, Body::from(Value::Object(body).to_string()))).into_response();
        *response.status_mut() = status;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
        }
        Ok(response)
    }
}

impl Failed {
    fn item(&self) -> Value {
        let mut item = serde_json::Map::new();
        if let Some((class, instance)) = &self.uids {
            item.insert("00081150".into(), json!({ "vr": "UI", "Value": [class] }));
            item.insert("00081155".into(), json!({ "vr": "UI", "Value": [instance] }));
        }
        item.insert("00081197".into(), json!({ "vr": "US", "Value": [self.why.reason] }));
        Value::Object(item)
    }
}

fn item(kept: &Kept, base: &str) -> Value {
    let Kept { sop_class, instance, series, study } = kept;
    json!({
        "00081150": { "vr": "UI", "Value": [sop_class] },
        "00081155": { "vr": "UI", "Value": [instance] },
        "00081190": { "vr": "UR", "Value": [format!("{base}/studies/{study}/series/{series}/instances/{instance}")] },
    })
}

fn sequence(items: impl Iterator<Item = Value>) -> Value {
    json!({ "vr": "SQ", "Value": items.collect::<Vec<_>>() })
}

/// The next bytes of a body. One that breaks off ends the request: what was whole by then is kept, and the client, who
/// has no answer, sends all of it again.
async fn data(body: &mut Body) -> Result<Option<Bytes>, Refusal> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::Bad("the body broke off"))?;
        if let Ok(bytes) = frame.into_data() {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

fn is_dicom(fields: &[(String, String)]) -> bool {
    let media = fields.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.as_str());
    media.is_none_or(|media| split(media, ';').first().is_some_and(|media| media.trim().eq_ignore_ascii_case(DICOM)))
}

/// Media Storage SOP Class and Instance UID of a file's head (PS3.10 §7.1), as far as they can be read.
fn uids(head: &[u8]) -> Option<(String, String)> {
    let mut rest = head.get(132..).filter(|_| head.get(128..132) == Some(b"DICM"))?;
    let (mut class, mut instance) = (None, None);
    // Explicit VR little endian; OB alone has a length of 32 bits here.
    while let [0x02, 0x00, low, high, first, second, after @ ..] = rest {
        let (length, value) = match (first, second) {
            (b'O', b'B') => (u32::from_le_bytes(*after.get(2..6)?.first_chunk()?) as usize, after.get(6..)?),
            _ => (usize::from(u16::from_le_bytes(*after.first_chunk()?)), after.get(2..)?),
        };
        let uid = value.get(..length).and_then(|value| dicom::uid::parse(value).ok()).map(str::to_owned);
        match u16::from_le_bytes([*low, *high]) {
            0x0002 => class = uid,
            0x0003 => instance = uid,
            _ => {}
        }
        rest = value.get(length..)?;
    }
    class.zip(instance)
}
