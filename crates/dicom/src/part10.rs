//! Part 10 files (PS3.10 §7.1): preamble, file meta information, data set.

use crate::Vr;
use crate::tag;
use crate::uid;
use crate::write::Writer;

/// Implementation Class UID written in the files made here (PS3.7 §D.3.3.2): drawn once under 2.25, kept for ever.
pub const IMPLEMENTATION_CLASS_UID: &str = "2.25.260927419466180571316127830961246512793";
/// Implementation Version Name written in the files made here (at most 16 characters).
pub const IMPLEMENTATION_VERSION_NAME: &str = "NEGATOSCOPE";
/// Bytes of the preamble.
pub const PREAMBLE_BYTES: usize = 128;

/// What the file meta information states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileMeta<'a> {
    /// SOP Class UID of the data set.
    pub sop_class_uid: &'a str,
    /// SOP Instance UID of the data set.
    pub sop_instance_uid: &'a str,
    /// Transfer syntax in which the data set is written.
    pub transfer_syntax_uid: &'a str,
    /// AE title of the sender, when known.
    pub source_ae_title: Option<&'a str>,
}

/// Preamble of zeros, `DICM` and file meta information (PS3.10 §7.1): everything that precedes the data set.
pub fn prefix(meta: &FileMeta<'_>) -> Vec<u8> {
    let mut group = Writer::explicit();
    group
        .element(tag::FILE_META_INFORMATION_VERSION, Vr::OB, &[0, 1])
        .text(tag::MEDIA_STORAGE_SOP_CLASS_UID, Vr::UI, meta.sop_class_uid)
        .text(tag::MEDIA_STORAGE_SOP_INSTANCE_UID, Vr::UI, meta.sop_instance_uid)
        .text(tag::TRANSFER_SYNTAX_UID, Vr::UI, meta.transfer_syntax_uid)
        .text(tag::IMPLEMENTATION_CLASS_UID, Vr::UI, IMPLEMENTATION_CLASS_UID)
        .text(tag::IMPLEMENTATION_VERSION_NAME, Vr::SH, IMPLEMENTATION_VERSION_NAME);
    if let Some(title) = meta.source_ae_title {
        group.text(tag::SOURCE_APPLICATION_ENTITY_TITLE, Vr::AE, title);
    }
    let mut length = Writer::explicit();
    length.ul(tag::FILE_META_INFORMATION_GROUP_LENGTH, u32::try_from(group.bytes().len()).unwrap_or(u32::MAX));

    let mut bytes = vec![0; PREAMBLE_BYTES];
    bytes.extend_from_slice(b"DICM");
    bytes.extend_from_slice(length.bytes());
    bytes.extend_from_slice(group.bytes());
    bytes
}

/// Whether a preamble would make the file something else as well: a program, a script, a page, an archive, a document
/// (PEDICOM and its kin). The preamble of a TIFF is legitimate (PS3.10 §7.1, WSI dual personality) and not suspicious.
pub fn preamble_suspicious(preamble: &[u8; PREAMBLE_BYTES]) -> bool {
    const BEGINNINGS: &[&[u8]] = &[
        b"MZ",
        b"\x7FELF",
        b"PK",
        b"%PDF",
        b"#!",
        b"<?",
        b"\xFE\xED\xFA\xCE",
        b"\xFE\xED\xFA\xCF",
        b"\xCE\xFA\xED\xFE",
        b"\xCF\xFA\xED\xFE",
        b"\xCA\xFE\xBA\xBE",
        b"7z\xBC\xAF",
        b"Rar!",
        b"\x1F\x8B",
        b"{\\rtf",
        b"\xD0\xCF\x11\xE0",
        b"\0asm",
        b"dex\n",
        b"!<arch>",
    ];
    const ANYWHERE: &[&[u8]] = &[b"<html", b"<!doc", b"<script", b"<svg", b"%pdf-", b"<?php", b"powershell", b"/bin/"];
    let lower: Vec<u8> = preamble.to_ascii_lowercase();
    BEGINNINGS.iter().any(|magic| preamble.starts_with(magic))
        || ANYWHERE.iter().any(|needle| lower.windows(needle.len()).any(|window| window == *needle))
}

/// The preamble of a Part 10 file, when `bytes` begins with one.
pub fn preamble(bytes: &[u8]) -> Option<&[u8; PREAMBLE_BYTES]> {
    let (preamble, rest) = bytes.split_first_chunk::<PREAMBLE_BYTES>()?;
    rest.starts_with(b"DICM").then_some(preamble)
}

/// Fills the preamble with zeros, if `bytes` begins a Part 10 file; what is handed to a person goes through here.
pub fn zero_preamble(bytes: &mut [u8]) {
    if preamble(bytes).is_some() {
        bytes.iter_mut().take(PREAMBLE_BYTES).for_each(|byte| *byte = 0);
    }
}

/// Whether `uid` may be written in a file meta information.
pub fn is_writable_uid(uid: &str) -> bool {
    uid::check(uid).is_ok()
}
