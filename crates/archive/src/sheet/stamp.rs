//! Putting the sheet on a report.

use super::frame::{self, FRAME};
use super::geometry::Rect;
use super::import::{Unfit, append_page, form, stamp_form};
use super::occupied::{Occupied, inherited, occupied, rectangle};
use super::words::Companion;
use super::{SheetData, SheetError};
use lopdf::{Document, Object, ObjectId};
use std::panic::{AssertUnwindSafe, catch_unwind};
use zeroize::Zeroizing;

/// A larger report is not read, but left untouched.
const LARGEST_BYTES: usize = 128 << 20;
/// What printers cannot reach: 7 mm.
const EDGE: f64 = 20.0;
/// Room between the frame and what is around it.
const GAP: f64 = 5.0;

/// A report and its sheet.
pub enum Stamped {
    /// The report, the sheet in the bottom margin of its last page.
    InPlace(Zeroizing<Vec<u8>>),
    /// The report and one more page, which carries the sheet.
    AddedPage(Zeroizing<Vec<u8>>),
    /// The report stays as it is (signed, protected or unreadable); the sheet is a document of its own.
    Separate {
        /// The sheet.
        sheet: Zeroizing<Vec<u8>>,
    },
}

impl Stamped {
    /// The PDF to hand out.
    pub fn into_pdf(self) -> Zeroizing<Vec<u8>> {
        match self {
            Stamped::InPlace(pdf) | Stamped::AddedPage(pdf) | Stamped::Separate { sheet: pdf } => pdf,
        }
    }
}

/// Stamps `report`. Nothing of it is covered; the other pages get one line where there is room for it.
pub fn stamp(report: &[u8], data: &SheetData) -> Result<Stamped, SheetError> {
    let start = report.get(..report.len().min(1024)).unwrap_or_default();
    if !start.windows(5).any(|window| window == b"%PDF-") {
        return Err(SheetError::Report);
    }
    let sheet = frame::frame(data)?;
    let own_page = frame::page(data, Companion::ReportBefore)?;
    let pointer = frame::pointer(data.english)?;
    // Reports come from outside: whatever the reader of PDF makes of them must not end more than this attempt.
    let stamped = catch_unwind(AssertUnwindSafe(|| {
        let document = open(report)?;
        in_document(document, &sheet, &own_page, (&pointer.0, pointer.1)).ok()
    }));
    match stamped {
        Ok(Some(stamped)) => Ok(stamped),
        Ok(None) | Err(_) => Ok(Stamped::Separate { sheet: frame::page(data, Companion::ReportApart)? }),
    }
}

/// Reads a report that may be changed: `None` for one that is protected, signed or unreadable.
fn open(report: &[u8]) -> Option<Document> {
    if report.len() > LARGEST_BYTES {
        return None;
    }
    let document = Document::load_mem(report).ok()?;
    let protected = document.is_encrypted() || document.was_encrypted() || document.trailer.has(b"Encrypt");
    // A table rebuilt by searching may lack objects: writing such a report again could lose a part of it.
    let rebuilt = document.xref_recovery == Some(lopdf::xref::XrefRecovery::Reconstructed);
    (!protected && !rebuilt && !is_signed(&document)).then_some(document)
}

/// ISO 32000-1 §12.8: a signature dictionary has a `ByteRange`; §12.7.2: `SigFlags` bit 1.
fn is_signed(document: &Document) -> bool {
    let form = document.catalog().and_then(|c| c.get_deref(b"AcroForm", document)).and_then(Object::as_dict);
    let flags = form.and_then(|form| form.get_deref(b"SigFlags", document)).and_then(Object::as_i64).unwrap_or(0);
    flags & 1 != 0 || document.objects.values().any(|object| object.as_dict().is_ok_and(|dict| dict.has(b"ByteRange")))
}

fn in_document(
    mut document: Document,
    sheet: &[u8],
    own_page: &[u8],
    pointer: (&[u8], (f32, f32)),
) -> Result<Stamped, Unfit> {
    let mut pages: Vec<ObjectId> = document.page_iter().collect();
    let last = *pages.last().ok_or(Unfit)?;
    let count = pages.len();
    let in_place = match Place::find(&document, last, FRAME, 1.0 / 3.0) {
        Some(place) => {
            let form = form(&mut document, sheet, FRAME)?;
            stamp_form(&mut document, last, form, place.corner, place.unclosed)?;
            pages.pop();
            true
        }
        None => {
            append_page(&mut document, own_page)?;
            false
        }
    };
    if !pages.is_empty() {
        let line = form(&mut document, pointer.0, pointer.1)?;
        for page in pages {
            if let Some(place) = Place::find(&document, page, pointer.1, 0.12) {
                stamp_form(&mut document, page, line, place.corner, place.unclosed)?;
            }
        }
    }
    let mut pdf = Zeroizing::new(Vec::new());
    document.save_to(&mut *pdf).map_err(|_| Unfit)?;
    // What was written must be readable again, with all its pages.
    let expected = if in_place { count } else { count + 1 };
    if Document::load_mem(&pdf)?.page_iter().count() != expected {
        return Err(Unfit);
    }
    Ok(if in_place { Stamped::InPlace(pdf) } else { Stamped::AddedPage(pdf) })
}

/// Where something fits on a page.
struct Place {
    corner: (f64, f64),
    unclosed: usize,
}

impl Place {
    /// The lowest place in the bottom part of the page, centred, with nothing near it. `None` when there is none or it
    /// cannot be told.
    fn find(document: &Document, page: ObjectId, (width, height): (f32, f32), part: f64) -> Option<Self> {
        let visible = visible(document, page)?;
        let Occupied { rects, unclosed } = occupied(document, page, visible).ok()?;
        let left = visible.left + (visible.width() - f64::from(width)) / 2.0;
        let highest = visible.bottom + visible.height() * part;
        let mut floors: Vec<f64> = rects.iter().map(|rect| rect.top + GAP + 0.5).collect();
        floors.push(visible.bottom + EDGE);
        floors.retain(|floor| (visible.bottom + EDGE..=highest).contains(floor));
        floors.sort_by(f64::total_cmp);
        let inside = |wanted: &Rect| wanted.left >= visible.left + EDGE - GAP && wanted.top <= visible.top;
        let free = |bottom: &f64| {
            let wanted = Rect::new(left, *bottom, f64::from(width), f64::from(height)).grown(GAP);
            inside(&wanted) && rects.iter().all(|rect| rect.shared(&wanted).is_none())
        };
        floors.into_iter().find(free).map(|bottom| Place { corner: (left, bottom), unclosed })
    }
}

/// What is seen of an upright page in points: its crop box inside its media box. `None` for a turned page or one with
/// units of its own.
fn visible(document: &Document, page: ObjectId) -> Option<Rect> {
    let turned = inherited(document, page, b"Rotate").and_then(|turn| turn.as_i64().ok()).unwrap_or(0);
    if turned.rem_euclid(360) != 0 || inherited(document, page, b"UserUnit").is_some() {
        return None;
    }
    let media = rectangle(document, inherited(document, page, b"MediaBox")?)?;
    match inherited(document, page, b"CropBox").and_then(|crop| rectangle(document, crop)) {
        Some(crop) => crop.shared(&media),
        None => Some(media),
    }
}
