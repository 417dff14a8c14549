//! Whole instances (PS3.18 §10.4.1.1.1): byte for byte as they were received.

use super::negotiate::Range;
use super::parts::{Out, Related, header_uid, streamed, typed};
use super::port::{Act, Image};
use super::refusal::Refusal;
use super::{Asked, Services};
use axum::extract::State;
use axum::response::Response;
use std::sync::Arc;

const DICOM: &str = "application/dicom";

/// How the instances leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Related,
    Single,
}

pub(super) async fn retrieve(State(services): State<Services>, asked: Asked) -> Result<Response, Refusal> {
    let images = services.images.open(&asked.access, &asked.path, Act::Download).await?;
    let form = asked.accepted.iter().find_map(|range| form(range, &images));
    match form
        .ok_or(Refusal::NotAcceptable("instances are application/dicom, in the transfer syntax they are kept in"))?
    {
        Form::Single => single(&images).await,
        Form::Related => Ok(related(&services, &asked, images)),
    }
}

/// What a range comes to. An instance is given as it is kept: the default transfer syntax is asked for by nobody who
/// says nothing, and one that is named must be that of all.
fn form(range: &Range, images: &[Arc<dyn Image>]) -> Option<Form> {
    if !images.iter().all(|image| range.takes_syntax(&image.facts().transfer_syntax)) {
        return None;
    }
    if range.takes_parts_of(DICOM) {
        Some(Form::Related)
    } else if range.takes(DICOM) && images.len() == 1 {
        Some(Form::Single)
    } else {
        None
    }
}

/// The type of one instance.
fn media_of(image: &dyn Image) -> String {
    format!("{DICOM}; transfer-syntax={}", header_uid(&image.facts().transfer_syntax))
}

async fn single(images: &[Arc<dyn Image>]) -> Result<Response, Refusal> {
    let image = images.first().ok_or(Refusal::NotFound)?;
    let pieces = image.stream(None).await?;
    Ok(typed(&media_of(image.as_ref()), streamed(|out| async move { out.pieces(pieces).await })))
}

fn related(services: &Services, asked: &Asked, images: Vec<Arc<dyn Image>>) -> Response {
    let related = Related::new(&asked.access);
    let media = related.media(DICOM);
    let services = services.clone();
    let body = streamed(|out| async move {
        for image in images {
            let url = services.url_of(image.facts());
            out.bytes(related.head(&media_of(image.as_ref()), Some(&url))).await?;
            send(&out, image.as_ref()).await?;
        }
        out.bytes(related.tail()).await
    });
    typed(&media, body)
}

async fn send(out: &Out, image: &dyn Image) -> Option<()> {
    match image.stream(None).await {
        Ok(pieces) => out.pieces(pieces).await,
        Err(fault) => out.fail(fault).await,
    }
}
