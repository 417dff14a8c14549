//! The data dictionary of PS3.6, reduced to what reading needs: the VR and the keyword of a tag.

use crate::{Tag, Vr};
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_dictionary_std::StandardDataDictionary;

/// The VR of a tag when the encoding does not state it (PS3.5 §7.1.3); `UN` for what the dictionary does not know.
///
/// Where PS3.6 leaves a choice, the one that loses nothing is taken: `OW` for pixels, overlays and tables. `US or SS`
/// is answered as `US`: the caller that knows Pixel Representation reads it signed.
pub fn vr_of(tag: Tag) -> Vr {
    if tag.is_group_length() {
        return Vr::UL;
    }
    if tag.is_private() {
        return if tag.is_private_creator() { Vr::LO } else { Vr::UN };
    }
    let entry = StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1));
    match entry.map(DataDictionaryEntry::vr) {
        None => Vr::UN,
        Some(VirtualVr::Exact(vr)) => Vr::from_code(letters(vr)).unwrap_or(Vr::UN),
        Some(VirtualVr::Xs) => Vr::US,
        Some(_) => Vr::OW,
    }
}

/// Whether the dictionary leaves `US or SS` to Pixel Representation (PS3.5 §A.1, note).
pub fn is_signed_by_pixel_representation(tag: Tag) -> bool {
    let entry = StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1));
    matches!(entry.map(DataDictionaryEntry::vr), Some(VirtualVr::Xs))
}

/// The keyword of a tag (`PatientName`).
pub fn keyword_of(tag: Tag) -> Option<&'static str> {
    StandardDataDictionary.by_tag(dicom_core::Tag(tag.0, tag.1)).map(|entry| entry.alias)
}

/// The tag of a keyword (`PatientName`).
pub fn tag_of(keyword: &str) -> Option<Tag> {
    let entry = StandardDataDictionary.by_name(keyword)?;
    let tag = entry.tag.inner();
    Some(Tag(tag.0, tag.1))
}

fn letters(vr: dicom_core::VR) -> [u8; 2] {
    vr.to_bytes()
}
