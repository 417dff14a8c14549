//! Metadata (PS3.18 §10.4.1.1.2): the data sets without their bulk values, as DICOM JSON.

use super::parts::{streamed, typed};
use super::port::{Act, Fault, Image};
use super::refusal::Refusal;
use super::{Asked, Services};
use axum::extract::State;
use axum::response::Response;
use dicom::json;

const JSON: &str = "application/dicom+json";

pub(super) async fn retrieve(State(services): State<Services>, asked: Asked) -> Result<Response, Refusal> {
    // `application/json` is asked for by clients older than the media type.
    if !asked.accepted.iter().any(|range| range.takes(JSON) || range.takes("application/json")) {
        return Err(Refusal::NotAcceptable("metadata is application/dicom+json"));
    }
    let images = services.images.open(&asked.access, &asked.path, Act::View).await?;
    let body = streamed(|out| async move {
        let mut separator = "[";
        for image in images {
            let url = services.url_of(image.facts());
            let text = match data_set(image.as_ref(), &url).await {
                Ok(text) => text,
                Err(fault) => return out.fail(fault).await,
            };
            out.bytes(separator).await?;
            out.bytes(text).await?;
            separator = ",";
        }
        out.bytes("]").await
    });
    Ok(typed(JSON, body))
}

/// One instance's data set. A bulk value is named by where it begins, which never changes in a kept instance.
async fn data_set(image: &dyn Image, url: &str) -> Result<Vec<u8>, Fault> {
    let scanned = image.scan().await?;
    let mut text = Vec::new();
    let mut bulk = |element: dicom::scan::Element<'_>| {
        let offset = element.span().offset;
        Some(format!("{url}/bulkdata/{}-{offset}", element.tag()))
    };
    json::write_dataset(&scanned, &mut text, &mut bulk).map_err(|error| Fault::Unavailable(error.to_string()))?;
    Ok(text)
}
