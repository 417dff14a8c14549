//! Which form of a frame the client asks for (PS3.18 §8.7.5, §10.4.4).
//!
//! Transfer syntaxes are not negotiated: a frame is served as it was stored. Asking for another one
//! changes nothing, which is what a viewer that can decode all of them wants.

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// One part: the body is the frame.
    Single,
    /// `multipart/related` with one part.
    Related,
}

/// Longest `Accept` header looked at; a longer one is treated as absent.
const LONGEST: usize = 4096;

/// Chooses the form from the text of `Accept`, by quality, then by order. No header means anything.
/// `None`: nothing that we can give is accepted.
pub(crate) fn form(accept: Option<&str>) -> Option<Form> {
    let Some(accept) = accept.filter(|text| text.len() <= LONGEST && !text.trim().is_empty()) else {
        return Some(Form::Single);
    };
    let mut best: Option<(u16, Form)> = None;
    for range in accept.split(',') {
        let Some((quality, form)) = one_range(range) else { continue };
        if quality > 0 && best.is_none_or(|(known, _)| quality > known) {
            best = Some((quality, form));
        }
    }
    best.map(|(_, form)| form)
}

/// One media range: its quality in thousandths and the form it names.
fn one_range(range: &str) -> Option<(u16, Form)> {
    let mut pieces = range.split(';').map(str::trim);
    let media = pieces.next()?.to_ascii_lowercase();
    let mut quality = 1000;
    let mut inner = None;
    for piece in pieces {
        let Some((name, value)) = piece.split_once('=') else { continue };
        let value = value.trim().trim_matches('"').to_ascii_lowercase();
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => quality = thousandths(&value)?,
            "type" => inner = Some(value),
            _ => {}
        }
    }
    let form = match media.as_str() {
        "*/*" | "application/*" | "application/octet-stream" => Form::Single,
        "image/*" | "image/jpeg" | "image/jls" | "image/jp2" | "image/jphc" | "image/jxl" | "image/dicom-rle" => {
            Form::Single
        }
        // A part of rendered text or XML is not what frames are.
        "multipart/related" if inner.as_deref().is_none_or(is_pixel_type) => Form::Related,
        "multipart/*" => Form::Related,
        _ => return None,
    };
    Some((quality, form))
}

fn is_pixel_type(inner: &str) -> bool {
    inner == "application/octet-stream" || inner == "*/*" || inner.starts_with("image/")
}

/// `q` of RFC 9110 §12.4.2 in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let q: f32 = text.parse().ok()?;
    // In range by the filter, so the cast cannot wrap.
    Some(q).filter(|q| (0.0..=1.0).contains(q)).map(|q| (q * 1000.0) as u16)
}
