//! Pictures (PS3.18 §8.3.5, §10.4.1.1.3 and .4): an instance, a frame, a thumbnail.

use super::frames::media_of;
use super::negotiate::{Query, Range};
use super::parts::{Related, ranged, streamed, typed};
use super::port::{Act, Fault, Image, Picture, PictureFormat, Window, WindowFunction};
use super::refusal::Refusal;
use super::{Asked, Services};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use dicom::frames::{Frames, frame_spans};
use dicom::scan::Span;
use std::sync::Arc;

/// Longest side of a picture that is made.
const LONGEST_SIDE: u32 = 16_384;
/// Longest side of a thumbnail, and of the one made when no size is asked for.
const THUMBNAIL: u32 = 512;
const USUAL_THUMBNAIL: u32 = 128;
const USUAL_QUALITY: u8 = 90;

pub(super) async fn frame(State(services): State<Services>, asked: Asked) -> Result<Response, Refusal> {
    let how = how(&asked.query, &asked.accepted)?;
    let numbers = asked.frames.as_deref().unwrap_or_default();
    // Of a list the first: one answer is one picture.
    let number: u32 = numbers.split(',').next().and_then(|first| first.parse().ok()).unwrap_or(0);
    let number = number.checked_sub(1).ok_or(Refusal::Bad("frames are numbers from 1"))?;
    let image = asked.instance(&services, Act::View).await?;
    if number >= image.facts().frames.max(1) {
        return Err(Refusal::NotFound);
    }
    if let Some(video) = video(&asked, &image).await? {
        return Ok(video);
    }
    picture(image.as_ref(), number, &how?).await
}

pub(super) async fn frame_thumbnail(state: State<Services>, mut asked: Asked) -> Result<Response, Refusal> {
    if asked.query.get("viewport").is_none() {
        let side = USUAL_THUMBNAIL;
        asked.query.0.push(("viewport".into(), format!("{side},{side}")));
    }
    frame(state, asked).await
}

pub(super) async fn retrieve(State(services): State<Services>, asked: Asked) -> Result<Response, Refusal> {
    let how = how(&asked.query, &asked.accepted)?;
    let images = services.images.open(&asked.access, &asked.path, Act::View).await?;
    if asked.path.instance.is_some() {
        let image = images.first().ok_or(Refusal::NotFound)?;
        if let Some(document) = document(&asked, image).await? {
            return Ok(document);
        }
        if let Some(video) = video(&asked, image).await? {
            return Ok(video);
        }
        return picture(image.as_ref(), 0, &how?).await;
    }
    several(&asked, images, how?)
}

pub(super) async fn thumbnail(State(services): State<Services>, asked: Asked) -> Result<Response, Refusal> {
    let mut how = how(&asked.query, &asked.accepted)??;
    let (width, height) = how.fit.unwrap_or((USUAL_THUMBNAIL, USUAL_THUMBNAIL));
    how.fit = Some((width.min(THUMBNAIL), height.min(THUMBNAIL)));
    let images = services.images.open(&asked.access, &asked.path, Act::View).await?;
    let drawable: Vec<&Arc<dyn Image>> = images.iter().filter(|image| image.facts().frames > 0).collect();
    // The middle of the first series tells more than its end.
    let series = drawable.first().map(|image| image.facts().series.as_str());
    let first = drawable.iter().take_while(|image| Some(image.facts().series.as_str()) == series).count();
    let image = drawable.get(first / 2).ok_or(Refusal::NotAcceptable("nothing of it can be drawn"))?;
    let frame = image.facts().frames / 2;
    picture(image.as_ref(), frame.min(image.facts().frames.saturating_sub(1)), &how).await
}

async fn picture(image: &dyn Image, frame: u32, how: &Picture) -> Result<Response, Refusal> {
    let bytes = image.picture(frame, how).await?;
    Ok(typed(media(how), Body::from(bytes)))
}

fn media(how: &Picture) -> &'static str {
    match how.format {
        PictureFormat::Jpeg(_) => "image/jpeg",
        PictureFormat::Png => "image/png",
    }
}

/// One picture of each instance that can be drawn, in parts.
fn several(asked: &Asked, images: Vec<Arc<dyn Image>>, how: Picture) -> Result<Response, Refusal> {
    let images: Vec<Arc<dyn Image>> = images.into_iter().filter(|image| image.facts().frames > 0).collect();
    if images.is_empty() {
        return Err(Refusal::NotAcceptable("nothing of it can be drawn"));
    }
    let related = Related::new(&asked.access);
    let whole = related.media(media(&how));
    let body = streamed(|out| async move {
        for image in images {
            match image.picture(0, &how).await {
                Ok(bytes) => {
                    out.bytes(related.head(media(&how), None)).await?;
                    out.bytes(bytes).await?;
                }
                Err(Fault::NotDrawable(_)) => {}
                Err(fault) => return out.fail(fault).await,
            }
        }
        out.bytes(related.tail()).await
    });
    Ok(typed(&whole, body))
}

/// A video as it is kept, for browsers to play.
async fn video(asked: &Asked, image: &Arc<dyn Image>) -> Result<Option<Response>, Refusal> {
    let media = media_of(&image.facts().transfer_syntax);
    if !media.starts_with("video/") {
        return Ok(None);
    }
    if !asked.accepted.iter().any(|range| range.takes(media)) {
        return Err(Refusal::NotAcceptable("a video is rendered as itself"));
    }
    let scanned = image.scan().await?;
    match frame_spans(&scanned) {
        Ok(Frames::Video(pieces)) => ranged(image.clone(), &pieces, media, &asked.headers).map(Some),
        _ => Err(Refusal::NotAcceptable("the video cannot be read")),
    }
}

/// An encapsulated PDF as it is kept.
async fn document(asked: &Asked, image: &Arc<dyn Image>) -> Result<Option<Response>, Refusal> {
    const PDF_STORAGE: &str = "1.2.840.10008.5.1.4.1.1.104.1";
    const PDF: &str = "application/pdf";
    if image.facts().sop_class != PDF_STORAGE || !asked.accepted.iter().any(|range| range.takes(PDF)) {
        return Ok(None);
    }
    let scanned = image.scan().await?;
    let element = scanned.dataset().get(dicom::tag::ENCAPSULATED_DOCUMENT).ok_or(Refusal::NotFound)?;
    let span = element.span();
    let length = scanned.dataset().unsigned(dicom::Tag(0x0042, 0x0015)).filter(|length| *length <= span.len);
    let span = Span { len: length.unwrap_or(span.len), ..span };
    if scanned.is_deflated() {
        let bytes = image.read(&scanned, &[span]).await?;
        return Ok(Some(typed(PDF, Body::from(bytes))));
    }
    ranged(image.clone(), &[span], PDF, &asked.headers).map(Some)
}

/// What the query asks for (PS3.18 §8.3.5): a fault of it is told first, then what is not acceptable, so that videos and
/// documents may be asked for by types of their own. Annotations and ICC profiles are left to whoever shows the picture.
fn how(query: &Query, accepted: &[Range]) -> Result<Result<Picture, Refusal>, Refusal> {
    let quality = match query.get("quality") {
        Some(text) => text.parse().ok().filter(|quality| (1..=100).contains(quality)).ok_or(Refusal::Bad("quality"))?,
        None => USUAL_QUALITY,
    };
    let window = query.get("window").map(|text| window(text).ok_or(Refusal::Bad("window=centre,width,function")));
    let viewport = query.get("viewport").map(|text| viewport(text).ok_or(Refusal::Bad("viewport=width,height[,…]")));
    let (window, viewport) = (window.transpose()?, viewport.transpose()?);
    let format = accepted.iter().find_map(|range| {
        let single = |media| range.takes(media) || range.takes_parts_of(media);
        if single("image/jpeg") {
            Some(PictureFormat::Jpeg(quality))
        } else {
            single("image/png").then_some(PictureFormat::Png)
        }
    });
    let (fit, region) = viewport.map_or((None, None), |(fit, region)| (Some(fit), region));
    let picture = format.map(|format| Picture { format, fit, region, window });
    Ok(picture.ok_or(Refusal::NotAcceptable("pictures are image/jpeg or image/png")))
}

/// `centre,width,function` (PS3.18 §8.3.5.1.4).
fn window(text: &str) -> Option<Window> {
    let pieces: Vec<&str> = text.split(',').collect();
    let [center, width, function] = pieces.as_slice() else { return None };
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
    let function = match function.trim().to_ascii_lowercase().replace('_', "-").as_str() {
        "linear" => WindowFunction::Linear,
        "linear-exact" => WindowFunction::LinearExact,
        "sigmoid" => WindowFunction::Sigmoid,
        _ => return None,
    };
    let least = if function == WindowFunction::Linear { 1.0 } else { f64::MIN_POSITIVE };
    let width = number(width).filter(|width| *width >= least)?;
    Some(Window { center: number(center)?, width, function })
}

/// What the picture is fitted into, and the part of the image that it shows.
type Viewport = ((u32, u32), Option<[u32; 4]>);

/// `width,height[,left,top,width,height]` (PS3.18 §8.3.5.1.3). A region that is mirrored (a negative size) is not made.
fn viewport(text: &str) -> Option<Viewport> {
    let pieces: Vec<&str> = text.split(',').map(str::trim).collect();
    let number = |text: &&str| text.parse::<f64>().ok().filter(|n| (0.0..=1e6).contains(n)).map(|n| n as u32);
    let side = |text: &&str| number(text).filter(|side| (1..=LONGEST_SIDE).contains(side));
    let [width, height, region @ ..] = pieces.as_slice() else { return None };
    let fit = (side(width)?, side(height)?);
    let region = match region {
        [] => None,
        [left, top, width, height] => {
            // An empty field is the image's own edge.
            let or = |text: &&str, usual| if text.is_empty() { Some(usual) } else { number(text) };
            let most = u32::from(u16::MAX);
            let region = [or(left, 0)?, or(top, 0)?, or(width, most)?, or(height, most)?];
            Some(region).filter(|[_, _, width, height]| *width > 0 && *height > 0).map(Some)?
        }
        _ => return None,
    };
    Some((fit, region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_three_parts_and_a_width() {
        let linear = Window { center: -100.0, width: 200.0, function: WindowFunction::Linear };
        assert_eq!(window("-100,200,linear"), Some(linear));
        assert!(window("40,0.5,sigmoid").is_some() && window("40,0.5,LINEAR_EXACT").is_some());
        for bad in ["abc", "1", "1,2", "1,0,linear", "1,2,wrong", "1,2,linear,3", "NaN,2,linear", "1,inf,sigmoid"] {
            assert_eq!(window(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_viewport_has_two_or_six_numbers() {
        assert_eq!(viewport("128,32"), Some(((128, 32), None)));
        assert_eq!(viewport("128,32,,,10,20"), Some(((128, 32), Some([0, 0, 10, 20]))));
        for bad in ["", "1", "0,5", "100000000,100000000", "1,2,3", "1,2,3,4,0,5", "-1,5", "a,b"] {
            assert_eq!(viewport(bad), None, "{bad}");
        }
    }
}
