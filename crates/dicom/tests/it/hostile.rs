//! Files made to hurt a reader (see also `mutations`).

use crate::{file, scan, scan_explicit};
use dicom::header::InstanceHeader;
use dicom::scan::{Limits, scan_dataset, scan_part10, scan_reader};
use dicom::tables::{DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};
use dicom::{Error, Tag, frames, json, tag};
use std::io::{Cursor, Read, Seek, SeekFrom, Write};

const SEQUENCE: &[u8] = &[0x08, 0x00, 0x40, 0x11, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
const ITEM: &[u8] = &[0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
const ITEM_END: &[u8] = &[0xFE, 0xFF, 0x0D, 0xE0, 0, 0, 0, 0];
const SEQUENCE_END: &[u8] = &[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];

fn nested(depth: usize) -> Vec<u8> {
    [[SEQUENCE, ITEM].concat().repeat(depth), [ITEM_END, SEQUENCE_END].concat().repeat(depth)].concat()
}

#[test]
fn nesting_is_refused_beyond_sixty_four_levels_and_never_overflows_the_stack() {
    assert!(scan_explicit(&nested(64)).is_ok());
    for depth in [65, 100, 257, 10_000, 1_000_000] {
        assert_eq!(scan_explicit(&nested(depth)).unwrap_err(), Error::TooDeep { limit: 64 });
    }
    let deep = scan("structure/sq-nested-50-undefined.dcm");
    assert!(serde_json::from_str::<serde_json::Value>(&json::metadata(&deep)).is_ok());
}

#[test]
fn nesting_with_defined_lengths_is_refused_too() {
    let mut bytes = Vec::new();
    for _ in 0..100 {
        let item = [&ITEM[..4], &(bytes.len() as u32).to_le_bytes(), &bytes].concat();
        bytes = [&SEQUENCE[..8], &(item.len() as u32).to_le_bytes(), &item].concat();
    }
    assert_eq!(scan_explicit(&bytes).unwrap_err(), Error::TooDeep { limit: 64 });
}

#[test]
fn elements_items_and_fragments_share_one_budget() {
    let limits = Limits { max_elements: 1000, ..Limits::default() };
    let elements = [0x10, 0x00, 0x20, 0x00, 0, 0, 0, 0].repeat(1001);
    let refused = Err(Error::TooManyElements { limit: 1000 });
    assert_eq!(scan_dataset(&elements, IMPLICIT_VR_LITTLE_ENDIAN, &limits).map(drop), refused);
    let items = [SEQUENCE, &[0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0].repeat(1001), SEQUENCE_END].concat();
    let explicit = dicom::tables::EXPLICIT_VR_LITTLE_ENDIAN;
    assert_eq!(scan_dataset(&items, explicit, &limits).map(drop), refused);
    let pixels = [0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    let fragments = [&pixels[..], &[0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0].repeat(1001), SEQUENCE_END].concat();
    assert_eq!(scan_dataset(&fragments, explicit, &limits).map(drop), refused);
}

#[test]
fn a_header_of_short_values_is_bounded() {
    let element = [&[0x09, 0x00, 0x01, 0x10][..], &60_000u32.to_le_bytes(), &[b'x'; 60_000]].concat();
    let bytes = element.repeat(300);
    let refused = scan_dataset(&bytes, IMPLICIT_VR_LITTLE_ENDIAN, &Limits::default()).map(drop);
    assert_eq!(refused, Err(Error::HeaderTooLarge { limit: 16 << 20 }));
}

#[test]
fn a_length_beyond_the_end_is_refused_without_allocation() {
    let refused = scan_part10(&file("hostile/len-beyond-eof.dcm"), &Limits::default()).unwrap_err();
    assert!(matches!(refused, Error::LengthBeyondEnd { tag: tag::PIXEL_DATA, .. }), "{refused}");
    // An element longer than the item around it.
    let inner = [0x10, 0x00, 0x20, 0x00, b'L', b'O', 10, 0, b'1', b'2'];
    let item = [&ITEM[..4], &10u32.to_le_bytes(), &inner].concat();
    let sequence = [&SEQUENCE[..8], &(item.len() as u32).to_le_bytes(), &item, &[b' '; 64]].concat();
    assert!(matches!(scan_explicit(&sequence), Err(Error::LengthBeyondEnd { tag: Tag(0x0010, 0x0020), .. })));
}

#[test]
fn a_deflate_bomb_is_refused_at_its_limit() {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    // (7FE0,0010) OW of 100 MB of zeros: a thousand times its deflated size.
    encoder.write_all(&[0xE0, 0x7F, 0x10, 0x00, b'O', b'W', 0, 0]).unwrap();
    encoder.write_all(&100_000_000u32.to_le_bytes()).unwrap();
    for _ in 0..100 {
        encoder.write_all(&vec![0; 1_000_000]).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let refused = scan_dataset(&bomb, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, &Limits::default()).map(drop);
    assert_eq!(refused, Err(Error::InflatesTooMuch { limit: 64 << 20 }));
    assert_eq!(dicom::scan::inflate(&bomb, &Limits::default()), Err(Error::InflatesTooMuch { limit: 64 << 20 }));
}

#[test]
fn files_that_lie_about_their_size_are_read_and_have_no_frames() {
    for name in ["bits-allocated-0", "frames-2147483647", "rows-0"] {
        let scanned = scan(&format!("hostile/{name}.dcm"));
        assert!(matches!(frames::frame_spans(&scanned), Err(Error::Frames(_))), "{name}");
        assert!(InstanceHeader::from_scan(&scanned).is_ok(), "{name}");
    }
}

#[test]
fn an_empty_file_is_not_dicom_and_a_bare_mark_is_empty() {
    assert_eq!(scan_part10(&[], &Limits::default()).map(drop), Err(Error::NotDicom));
    assert_eq!(scan_part10(b"{\"a\": 1}", &Limits::default()).map(drop), Err(Error::NotDicom));
    assert_eq!(scan("hostile/dicm-only.dcm").dataset().elements().count(), 0);
}

#[test]
fn names_with_markup_or_escape_codes_are_kept_and_inert_in_json() {
    let header = InstanceHeader::from_scan(&scan("hostile/names-html-sql.dcm")).unwrap();
    assert!(header.patient_name.alphabetic.contains("<img src"));
    let json = json::metadata(&scan("hostile/names-html-sql.dcm"));
    assert!(!json.contains('<') && serde_json::from_str::<serde_json::Value>(&json).is_ok());
    let header = InstanceHeader::from_scan(&scan("hostile/log-injection.dcm")).unwrap();
    assert!(!header.patient_name.is_empty() && !header.patient_name.alphabetic.contains('\u{1b}'));
}

/// Counts what is read from it.
struct Counted(Cursor<Vec<u8>>, std::rc::Rc<std::cell::Cell<usize>>);

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let got = self.0.read(out)?;
        self.1.set(self.1.get() + got);
        Ok(got)
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn bulk_values_are_passed_over_and_not_read() {
    let mut writer = dicom::write::Writer::explicit();
    crate::with_uids(&mut writer).element(tag::PIXEL_DATA, dicom::Vr::OW, &vec![0; 50 << 20]);
    let bytes = [vec![7; 1000], vec![0; 128], b"DICM".to_vec(), writer.into_bytes(), vec![9; 100]].concat();
    let len = bytes.len() as u64 - 1100;
    let read = std::rc::Rc::new(std::cell::Cell::new(0));
    let mut reader = Counted(Cursor::new(bytes), read.clone());
    reader.seek(SeekFrom::Start(1000)).unwrap();
    let scanned = scan_reader(reader, len, &Limits::default()).unwrap();
    assert_eq!(scanned.dataset().get(tag::PIXEL_DATA).unwrap().span().len, 50 << 20);
    assert!(scanned.dataset().bytes(tag::PIXEL_DATA).is_none());
    assert!(read.get() < 20_000, "{} bytes were read", read.get());
}
