//! WADO-URI (PS3.18 §9): one instance, named in the query.

use super::port::UidPath;
use super::refusal::Refusal;
use super::{Asked, Services, instances, rendered};
use axum::extract::State;
use axum::response::Response;

const DICOM: &str = "application/dicom";

pub(super) async fn retrieve(state: State<Services>, mut asked: Asked) -> Result<Response, Refusal> {
    if asked.query.get("requestType") != Some("WADO") {
        return Err(Refusal::Bad("requestType=WADO"));
    }
    let uid = |name| -> Result<String, Refusal> {
        let uid = asked.query.get(name).ok_or(Refusal::Bad("studyUID, seriesUID and objectUID are needed"))?;
        dicom::uid::check(uid).map_err(|_| Refusal::Bad("a UID that is none (PS3.5 §9.1)"))?;
        Ok(uid.to_owned())
    };
    asked.path =
        UidPath { study: uid("studyUID")?, series: Some(uid("seriesUID")?), instance: Some(uid("objectUID")?) };
    let wanted = asked.query.get("contentType").unwrap_or_default().to_owned();
    if wanted.split(',').any(|media| media.trim().starts_with(DICOM)) {
        let query = ("accept".to_owned(), DICOM.to_owned());
        asked.accept(query);
        return instances::retrieve(state, asked).await;
    }
    // Without a content type, a picture (PS3.18 §9.1.2.2.1).
    let media = if wanted.is_empty() { "image/jpeg".to_owned() } else { wanted };
    asked.accept(("accept".to_owned(), media));
    asked.as_query_of_rendered();
    match asked.query.get("frameNumber").map(str::to_owned) {
        Some(number) => {
            asked.frames = Some(number);
            rendered::frame(state, asked).await
        }
        None => rendered::retrieve(state, asked).await,
    }
}

impl Asked {
    /// As if this had been accepted.
    fn accept(&mut self, accepted: (String, String)) {
        self.query.0.retain(|(name, _)| name != "accept");
        self.query.0.push(accepted);
        self.accepted = super::negotiate::accepted(&self.headers, &self.query);
    }

    /// The names that PS3.18 §9.1.2.2 gives what §8.3.5 names otherwise.
    fn as_query_of_rendered(&mut self) {
        let get = |name| self.query.get(name).map(str::to_owned);
        let (rows, columns) = (get("rows"), get("columns"));
        let window = get("windowCenter").zip(get("windowWidth"));
        let quality = get("imageQuality");
        let mut add = |name: &str, value: String| self.query.0.push((name.to_owned(), value));
        if rows.is_some() || columns.is_some() {
            // One of the two leaves the other free.
            let or = |side: Option<String>| side.unwrap_or_else(|| "16384".to_owned());
            add("viewport", format!("{},{}", or(columns), or(rows)));
        }
        if let Some((center, width)) = window {
            add("window", format!("{center},{width},linear"));
        }
        if let Some(quality) = quality {
            add("quality", quality);
        }
    }
}
