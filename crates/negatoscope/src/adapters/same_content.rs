//! Whether two files are one instance in two forms: sent again by a system that wrote it in another transfer syntax or
//! character set, it is no other instance (PS3.3 §C.12.1.1.5: the same UID names the same instance).

use bytes::Bytes;
use dicom::json::{Options, write_with};
use dicom::scan::{Element, Limits, scan_part10};
use sha2::{Digest, Sha256};

/// Files up to this length are compared; of larger ones any difference of bytes is one.
pub const MOST_BYTES: usize = 4 << 20;

/// Whether both say the same: every element in the same words, every long value in the same bytes once they are in little
/// endian. Pixels that are compressed must be so in the same way.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    match (content(one), content(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The data set in DICOM JSON, which knows neither character set, nor byte order, nor form; digests stand for long values.
fn content(file: &[u8]) -> Option<Vec<u8>> {
    let scanned = scan_part10(file, &Limits::default()).ok().filter(|scanned| !scanned.is_deflated())?;
    let mut digest = |element: Element<'_>| {
        let span = element.span();
        let start = usize::try_from(span.offset).ok()?;
        let bytes = file.get(start..start.checked_add(usize::try_from(span.len).ok()?)?)?;
        let digest = match element.vr().number_width().filter(|_| element.is_big_endian()) {
            Some(width) => {
                Sha256::digest(bytes.chunks(width).flat_map(|number| number.iter().rev().copied()).collect::<Vec<u8>>())
            }
            None => Sha256::digest(bytes),
        };
        Some(hex::encode(digest))
    };
    let options = Options { padding: false, ..Options::default() };
    let mut text = Vec::new();
    write_with(&scanned, &options, &mut text, &mut digest).ok()?;
    Some(text)
}

/// The slices of a file while it is short enough to be compared.
pub struct Held(Option<Vec<Bytes>>, usize);

impl Held {
    /// Nothing yet.
    pub fn new() -> Self {
        Self(Some(Vec::new()), 0)
    }

    /// Another slice.
    pub fn add(&mut self, slice: &Bytes) {
        self.1 = self.1.saturating_add(slice.len());
        if self.1 > MOST_BYTES {
            self.0 = None;
        }
        if let Some(slices) = &mut self.0 {
            slices.push(slice.clone());
        }
    }

    /// The whole of it, unless it was too long.
    pub fn whole(&self) -> Option<Vec<u8>> {
        Some(self.0.as_ref()?.concat())
    }

    /// Media Storage SOP Instance UID of its head: what it says it is, before anything of it is checked.
    pub fn announced(&self) -> Option<String> {
        let first = self.0.as_ref()?.concat();
        let head = first.get(..first.len().min(4096))?;
        // (0002,0003) UI, explicit VR little endian (PS3.10 §7.1).
        let at = head.windows(6).position(|bytes| bytes == [0x02, 0x00, 0x03, 0x00, b'U', b'I'])?;
        let length = u16::from_le_bytes([*head.get(at + 6)?, *head.get(at + 7)?]);
        let value = head.get(at + 8..at + 8 + usize::from(length))?;
        dicom::uid::parse(value).ok().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dicom::part10::{FileMeta, prefix};
    use dicom::tag;
    use dicom::write::Writer;
    use dicom::{Tag, Vr};

    fn file(mut writer: Writer, syntax: &str, charset: &str, name: &[u8], pixels: &[u8]) -> Vec<u8> {
        let meta = FileMeta {
            sop_class_uid: "1.2.840.10008.5.1.4.1.1.7",
            sop_instance_uid: "1.2.3",
            transfer_syntax_uid: syntax,
            source_ae_title: None,
        };
        writer
            .text(tag::SPECIFIC_CHARACTER_SET, Vr::CS, charset)
            .text(tag::SOP_INSTANCE_UID, Vr::UI, "1.2.3")
            .element(tag::PATIENT_NAME, Vr::PN, name)
            .us(tag::ROWS, 2)
            .element(Tag(0x7FE0, 0x0010), Vr::OW, pixels);
        [prefix(&meta), writer.into_bytes()].concat()
    }

    #[test]
    fn another_form_is_the_same_instance_and_other_pixels_or_words_are_not() {
        let (implicit, explicit) = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1");
        let pixels = [7; 2000];
        let one = file(Writer::explicit(), explicit, "ISO_IR 100", b"ZO\xC9", &pixels);
        let other = file(Writer::implicit(), implicit, "ISO_IR 192", "ZOÉ".as_bytes(), &pixels);
        assert!(is_same(&one, &other));
        let renamed = file(Writer::implicit(), implicit, "ISO_IR 192", "ZOE".as_bytes(), &pixels);
        assert!(!is_same(&one, &renamed));
        let mut redrawn = pixels;
        redrawn[1999] = 8;
        assert!(!is_same(&one, &file(Writer::implicit(), implicit, "ISO_IR 192", "ZOÉ".as_bytes(), &redrawn)));
        assert!(!is_same(b"nothing", b"nothing"));
    }

    #[test]
    fn a_head_says_its_uid_and_a_long_file_is_not_held() {
        let mut held = Held::new();
        held.add(&Bytes::from(file(Writer::explicit(), "1.2.840.10008.1.2.1", "ISO_IR 100", b"A", &[0; 8])));
        assert_eq!(held.announced().as_deref(), Some("1.2.3"));
        held.add(&Bytes::from(vec![0; MOST_BYTES]));
        assert_eq!((held.announced(), held.whole()), (None, None));
    }
}
