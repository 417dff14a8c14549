//! Where frames lie.

use crate::{file, scan, scan_explicit};
use dicom::frames::{Frames, frame_spans, native_frame_bytes};
use dicom::scan::Span;
use dicom::write::Writer;
use dicom::{Error, Tag, Vr, tag};

/// An image header of `rows` × `columns`.
fn image(rows: u16, columns: u16, frames: &str, samples: u16, photometric: &str, bits: u16) -> Writer {
    let mut writer = Writer::explicit();
    writer
        .us(tag::SAMPLES_PER_PIXEL, samples)
        .text(tag::PHOTOMETRIC_INTERPRETATION, Vr::CS, photometric)
        .text(tag::NUMBER_OF_FRAMES, Vr::IS, frames)
        .us(tag::ROWS, rows)
        .us(tag::COLUMNS, columns)
        .us(tag::BITS_ALLOCATED, bits);
    writer
}

/// The frames of an image whose pixels are `pixels` zero bytes; offsets are told from the first pixel.
fn native(mut writer: Writer, pixels: usize) -> Result<Vec<(u64, u64)>, Error> {
    writer.element(tag::PIXEL_DATA, Vr::OW, &vec![0; pixels]);
    let bytes = writer.into_bytes();
    let base = (bytes.len() - pixels) as u64;
    let Frames::Spans(frames) = frame_spans(&scan_explicit(&bytes)?)? else { panic!("spans were expected") };
    Ok(frames.iter().map(|frame| (frame[0].offset - base, frame[0].len)).collect())
}

/// A JPEG image of fragments; answers for each frame the index of its fragments.
fn encapsulated(frames: &str, table: &[u32], fragments: &[&[u8]], extended: Option<(&[u64], &[u64])>) -> Outcome {
    let mut writer = image(8, 8, frames, 1, "MONOCHROME2", 8);
    if let Some((offsets, lengths)) = extended {
        let bytes = |numbers: &[u64]| numbers.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>();
        writer.element(tag::EXTENDED_OFFSET_TABLE, Vr::OV, &bytes(offsets));
        writer.element(tag::EXTENDED_OFFSET_TABLE_LENGTHS, Vr::OV, &bytes(lengths));
    }
    let mut bytes = writer.into_bytes();
    bytes.extend_from_slice(&[0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    let item = |value: &[u8]| [&[0xFE, 0xFF, 0x00, 0xE0], &(value.len() as u32).to_le_bytes()[..], value].concat();
    bytes.extend(item(&table.iter().flat_map(|offset| offset.to_le_bytes()).collect::<Vec<u8>>()));
    let mut offsets = Vec::new();
    for fragment in fragments {
        offsets.push(bytes.len() as u64 + 8);
        bytes.extend(item(fragment));
    }
    bytes.extend_from_slice(&[0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    let Frames::Spans(frames) = frame_spans(&scan_explicit(&bytes)?)? else { panic!("spans were expected") };
    let index = |span: &Span| (offsets.iter().position(|offset| *offset == span.offset).unwrap(), span.len);
    Ok(frames.iter().map(|frame| frame.iter().map(index).collect()).collect())
}

type Outcome = Result<Vec<Vec<(usize, u64)>>, Error>;

const SOI: &[u8] = &[0xFF, 0xD8, 0xFF, 0xE0];
const MORE: &[u8] = &[1, 2, 3, 4, 5, 6];

#[test]
fn native_frames_follow_one_another() {
    assert_eq!(native(image(2, 3, "2", 1, "MONOCHROME2", 16), 24), Ok(vec![(0, 12), (12, 12)]));
    assert_eq!(native(image(2, 2, "", 3, "RGB", 8), 12), Ok(vec![(0, 12)]));
    assert_eq!(native(image(2, 2, "0", 3, "RGB", 8), 12), Ok(vec![(0, 12)]));
}

#[test]
fn chrominance_subsampled_by_two_makes_two_bytes_a_pixel() {
    assert_eq!(native(image(2, 4, "5", 3, "YBR_FULL_422", 8), 80).unwrap()[4], (64, 16));
    assert_eq!(native(image(2, 4, "1", 3, "YBR_PARTIAL_420", 8), 12), Ok(vec![(0, 12)]));
}

#[test]
fn frames_of_one_bit_may_begin_inside_of_a_byte() {
    // 3 × 3 = 9 bits a frame: bits 0–8, 9–17, 18–26.
    assert_eq!(native(image(3, 3, "3", 1, "MONOCHROME2", 1), 4), Ok(vec![(0, 2), (1, 2), (2, 2)]));
}

#[test]
fn pixels_that_are_not_there_are_an_error() {
    assert!(matches!(native(image(2, 3, "3", 1, "MONOCHROME2", 16), 24), Err(Error::Frames(_))));
    assert!(matches!(native(image(0, 3, "1", 1, "MONOCHROME2", 16), 24), Err(Error::Frames(_))));
    assert!(matches!(native(image(2, 3, "1", 1, "MONOCHROME2", 12), 24), Err(Error::Frames(_))));
    assert!(matches!(native(image(65535, 65535, "2147483647", 255, "RGB", 64), 24), Err(Error::Frames(_))));
    assert!(matches!(native(image(1, 1, "1000001", 1, "MONOCHROME2", 8), 2_000_000), Err(Error::Frames(_))));
}

#[test]
fn without_a_table_fragments_are_told_apart_by_their_number_or_their_first_bytes() {
    assert_eq!(encapsulated("1", &[], &[SOI, MORE, MORE], None), Ok(vec![vec![(0, 4), (1, 6), (2, 6)]]));
    assert_eq!(encapsulated("2", &[], &[MORE, MORE], None), Ok(vec![vec![(0, 6)], vec![(1, 6)]]));
    let split = encapsulated("2", &[], &[SOI, MORE, SOI, MORE], None);
    assert_eq!(split, Ok(vec![vec![(0, 4), (1, 6)], vec![(2, 4), (3, 6)]]));
    assert!(encapsulated("2", &[], &[SOI, MORE, MORE], None).is_err());
    assert!(encapsulated("2", &[], &[MORE, SOI, SOI], None).is_err());
    assert!(encapsulated("2", &[], &[], None).is_err());
}

#[test]
fn the_basic_offset_table_groups_the_fragments() {
    let split = encapsulated("2", &[0, 26], &[SOI, MORE, MORE], None);
    assert_eq!(split, Ok(vec![vec![(0, 4), (1, 6)], vec![(2, 6)]]));
}

#[test]
fn a_table_that_lies_is_an_error() {
    let fragments: &[&[u8]] = &[SOI, MORE, MORE];
    for table in [&[0, 0][..], &[0, 25], &[26, 0], &[0, 9999], &[12, 26], &[0], &[0, 12, 26]] {
        assert!(encapsulated("2", table, fragments, None).is_err(), "{table:?}");
    }
    let extended = |offsets, lengths| encapsulated("2", &[], &[MORE, MORE], Some((offsets, lengths)));
    assert_eq!(extended(&[0, 14], &[5, 6]), Ok(vec![vec![(0, 5)], vec![(1, 6)]]));
    assert!(extended(&[0, 14], &[5, 7]).is_err());
    assert!(extended(&[0, u64::MAX], &[5, 6]).is_err());
    assert!(extended(&[0, 14], &[5]).is_err());
    assert!(matches!(frame_spans(&scan("hostile/bot-out-of-range.dcm")), Err(Error::Frames(_))));
}

#[test]
fn the_spans_of_a_file_are_its_images() {
    let bytes = file("syntax/jpeg-2frames-4fragments.dcm");
    let Frames::Spans(frames) = frame_spans(&scan("syntax/jpeg-2frames-4fragments.dcm")).unwrap() else { panic!() };
    assert_eq!(frames.len(), 2);
    for frame in frames {
        assert_eq!(frame.len(), 2);
        let piece = |span: &Span| bytes[span.offset as usize..(span.offset + span.len) as usize].to_vec();
        let image: Vec<u8> = frame.iter().flat_map(piece).collect();
        assert!(image.starts_with(&[0xFF, 0xD8]));
        let end = image.iter().rposition(|byte| *byte != 0).unwrap();
        assert_eq!(image[end - 1..=end], [0xFF, 0xD9]);
    }
}

#[test]
fn a_deflated_image_has_no_frame_in_the_file_and_a_video_no_frame_of_its_own() {
    let mut writer = image(2, 2, "1", 1, "MONOCHROME2", 8);
    writer.element(tag::PIXEL_DATA, Vr::OB, &[0; 4]);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut encoder, writer.bytes()).unwrap();
    let deflated = encoder.finish().unwrap();
    let limits = dicom::scan::Limits::default();
    let syntax = dicom::tables::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;
    let scanned = dicom::scan::scan_dataset(&deflated, syntax, &limits).unwrap();
    assert_eq!(frame_spans(&scanned), Ok(Frames::NotAddressable));
    assert_eq!(native_frame_bytes(&scanned), Some(4));
    assert_eq!(dicom::scan::inflate(&deflated, &limits).unwrap(), writer.bytes());
}

#[test]
fn no_pixels_no_frames() {
    let mut writer = Writer::explicit();
    writer.text(Tag(0x0008, 0x0060), Vr::CS, "SR");
    assert_eq!(frame_spans(&scan_explicit(writer.bytes()).unwrap()), Ok(Frames::None));
}
