//! A data set written again in another form: what is handed to a reader of nothing else. Never what is kept.

use crate::part10;
use crate::scan::{DataSet, Element, Limits, PixelLayout, Scanned, inflate, scan_dataset, scan_part10};
use crate::write::Writer;
use crate::{Error, Tag, Vr, dictionary, tag};
use std::borrow::Cow;

/// A Part 10 file, read for rewriting: its data set inflated, if it was deflated.
pub struct Source<'f> {
    bytes: Cow<'f, [u8]>,
    scanned: Scanned,
}

impl<'f> Source<'f> {
    /// Reads a file.
    ///
    /// # Errors
    /// As the scan.
    pub fn read(file: &'f [u8], limits: &Limits) -> Result<Self, Error> {
        let scanned = scan_part10(file, limits)?;
        if !scanned.is_deflated() {
            return Ok(Self { bytes: Cow::Borrowed(file), scanned });
        }
        let start = usize::try_from(scanned.dataset_offset()).unwrap_or(usize::MAX);
        let bytes = inflate(file.get(start..).unwrap_or_default(), limits)?;
        let scanned = scan_dataset(&bytes, crate::tables::EXPLICIT_VR_LITTLE_ENDIAN, limits)?;
        Ok(Self { bytes: Cow::Owned(bytes), scanned })
    }

    /// What was read.
    pub fn scanned(&self) -> &Scanned {
        &self.scanned
    }

    /// Whether the pixel data is in fragments: they must be decoded first.
    pub fn is_encapsulated(&self) -> bool {
        matches!(self.scanned.pixel_data().map(|pixels| &pixels.layout), Some(PixelLayout::Encapsulated { .. }))
    }

    /// The bytes of pieces of it, one after the other; `None` when one lies outside.
    pub fn gather(&self, pieces: &[crate::scan::Span]) -> Option<Vec<u8>> {
        let piece = |span: &crate::scan::Span| {
            let start = usize::try_from(span.offset).ok()?;
            self.bytes.get(start..start.checked_add(usize::try_from(span.len).ok()?)?)
        };
        Some(pieces.iter().map(piece).collect::<Option<Vec<_>>>()?.concat())
    }

    /// The data set in implicit or explicit VR little endian; `pixels`: what to write for encapsulated pixel data, with
    /// the Photometric Interpretation that it has now, when it is another. Group lengths are left out (PS3.5 §7.2).
    /// `None` when it has such pixel data and no `pixels` are given, or when a value cannot be found.
    pub fn write(&self, implicit: bool, pixels: Option<(&[u8], Option<&str>)>) -> Option<Vec<u8>> {
        if self.is_encapsulated() && pixels.is_none() {
            return None;
        }
        Some(self.data_set(self.scanned.dataset(), implicit, pixels, 0)?.into_bytes())
    }

    fn data_set(
        &self,
        data_set: DataSet<'_>,
        implicit: bool,
        pixels: Option<(&[u8], Option<&str>)>,
        depth: usize,
    ) -> Option<Writer> {
        let mut writer = if implicit { Writer::implicit() } else { Writer::explicit() };
        for element in data_set.elements() {
            let tag = element.tag();
            match (tag, pixels) {
                _ if tag.is_group_length() || tag.0 <= 0x0002 => {}
                (tag::EXTENDED_OFFSET_TABLE | tag::EXTENDED_OFFSET_TABLE_LENGTHS, Some(_)) if depth == 0 => {}
                (tag::PIXEL_DATA, Some((bytes, _))) if depth == 0 => {
                    let vr = if bytes.is_empty() || self.bits_allocated() > 8 || implicit { Vr::OW } else { Vr::OB };
                    writer.element(tag, vr, bytes);
                }
                (tag::PHOTOMETRIC_INTERPRETATION, Some((_, Some(now)))) if depth == 0 => {
                    writer.text(tag, Vr::CS, now);
                }
                _ => self.element(&mut writer, element, implicit, depth)?,
            }
        }
        Some(writer)
    }

    fn bits_allocated(&self) -> u64 {
        self.scanned.dataset().unsigned(tag::BITS_ALLOCATED).unwrap_or(8)
    }

    /// The scan bounds the depth, so this may call itself.
    fn element(&self, writer: &mut Writer, element: Element<'_>, implicit: bool, depth: usize) -> Option<()> {
        let tag = element.tag();
        if element.vr() == Vr::SQ {
            let items: Option<Vec<Writer>> =
                element.items().map(|item| self.data_set(item, implicit, None, depth + 1)).collect();
            writer.sequence(tag, &items?);
            return Some(());
        }
        let value = match element.bytes() {
            Some(bytes) => bytes.to_vec(),
            None => self.gather(&[element.span()])?,
        };
        let value = if element.is_big_endian() { swapped(value, element.vr()) } else { value };
        writer.element(tag, self.vr(tag, element.vr()), &value);
        Some(())
    }

    /// In an explicit form, `US or SS` follows Pixel Representation (PS3.5 §A.1, note).
    fn vr(&self, tag: Tag, vr: Vr) -> Vr {
        let signed = || self.scanned.dataset().unsigned(tag::PIXEL_REPRESENTATION) == Some(1);
        let either = self.scanned.is_implicit() && vr == Vr::US && dictionary::is_signed_by_pixel_representation(tag);
        if either && signed() { Vr::SS } else { vr }
    }
}

fn swapped(mut value: Vec<u8>, vr: Vr) -> Vec<u8> {
    // An attribute tag is two numbers of 16 bits.
    let width = if vr == Vr::AT { 2 } else { vr.number_width().unwrap_or(1) };
    value.chunks_exact_mut(width).for_each(<[u8]>::reverse);
    value
}

/// Where the data set of a Part 10 file begins, when its file meta group states its length (PS3.10 §7.1); `head` is the
/// beginning of the file.
pub fn data_set_offset(head: &[u8]) -> Option<u64> {
    const GROUP_LENGTH: &[u8] = &[2, 0, 0, 0, b'U', b'L', 4, 0];
    part10::preamble(head)?;
    let rest = head.get(part10::PREAMBLE_BYTES + 4..)?.strip_prefix(GROUP_LENGTH)?;
    let length = u32::from_le_bytes(*rest.first_chunk()?);
    Some((part10::PREAMBLE_BYTES + 4 + GROUP_LENGTH.len() + 4) as u64 + u64::from(length))
}
