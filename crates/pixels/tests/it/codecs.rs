//! Every lossless codec against the digest of the frame as another toolkit (pydicom) decodes it.

use crate::digest::md5;
use crate::{PNG, file, picture};
use dicom::frames::{Frames, frame_spans};
use dicom::scan::{Limits, scan_part10};
use pixels::decode::{Values, decode};
use pixels::{ImageDescriptor, PixelsError, SampleKind};

/// The samples of a frame as bytes, little endian, as wide as they were allocated.
fn raw(image: &ImageDescriptor, values: &Values) -> Vec<u8> {
    match values {
        Values::Int(values) if image.bits_allocated <= 8 => values.iter().map(|value| *value as u8).collect(),
        Values::Int(values) => values.iter().flat_map(|value| (*value as u16).to_le_bytes()).collect(),
        Values::Real(values) => match image.kind {
            SampleKind::Double => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            SampleKind::Float => values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect(),
            SampleKind::Signed => values.iter().flat_map(|value| (*value as i32).to_le_bytes()).collect(),
            SampleKind::Unsigned => values.iter().flat_map(|value| (*value as u32).to_le_bytes()).collect(),
        },
    }
}

/// MD5 of the samples of the first frame.
pub fn first_frame_digest(bytes: &[u8]) -> Result<String, PixelsError> {
    let scanned = scan_part10(bytes, &Limits::default())?;
    let image = ImageDescriptor::of(&scanned, 0)?;
    let Frames::Spans(frames) = frame_spans(&scanned)? else { return Err(PixelsError::NoImage) };
    let piece = |span: &dicom::scan::Span| bytes[span.offset as usize..(span.offset + span.len) as usize].to_vec();
    let frame: Vec<u8> = frames[0].iter().flat_map(piece).collect();
    Ok(md5(&raw(&image, &decode(&image, &frame)?.values)))
}

#[test]
fn lossless_frames_are_exact() {
    for (name, digest) in [
        ("MR_small.dcm", "dc9943d2b303bf18ab512dfdd6df0559"),
        ("MR_small_RLE.dcm", "dc9943d2b303bf18ab512dfdd6df0559"),
        ("JLSL_16_15_1_1F.dcm", "62bab78bb02497da66fb4d6cea362937"),
        ("SC_rgb_rle_16bit.dcm", "3394aeb0252e85a1edbd717eeb3c277e"),
        ("SC_rgb_gdcm_KY.dcm", "6e292886c67969271076242ebef13e22"),
        ("htj2k-lossless-16.dcm", "45df16134454b381f79cc64eecdb072c"),
        ("GH184.dcm", "affacce6e3c4df60985a0e5016779e2f"),
        ("jxl-lossless-16.dcm", "45df16134454b381f79cc64eecdb072c"),
    ] {
        assert_eq!(first_frame_digest(&file(name)).as_deref(), Ok(digest), "{name}");
    }
}

#[test]
fn a_jpeg_of_luminance_and_chrominance_has_the_colours_of_its_source() {
    // The lossless original of the same picture: colour bars.
    let original = picture(&pixels::render::part10(&file("SC_rgb_gdcm_KY.dcm"), 0, &PNG).unwrap());
    let jpeg = picture(&pixels::render::part10(&file("SC_rgb_jpeg_dcmtk.dcm"), 0, &PNG).unwrap());
    for at in [(50, 5), (50, 25), (50, 45), (50, 65), (50, 85)] {
        let (a, b) = (original.get_pixel(at.0, at.1).0, jpeg.get_pixel(at.0, at.1).0);
        assert!(a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 6), "{at:?}: {a:?} and {b:?}");
    }
}

#[test]
fn single_bits_are_black_and_white() {
    for frame in 0..3 {
        let shown = picture(&pixels::render::part10(&file("liver_nonbyte_aligned_rle.dcm"), frame, &PNG).unwrap());
        assert!(shown.pixels().all(|pixel| matches!(pixel.0, [0, 0, 0] | [255, 255, 255])));
        assert!(shown.pixels().any(|pixel| pixel.0 == [255; 3]), "frame {frame} is empty");
    }
}

/// The samples of the first frame.
fn samples(bytes: &[u8]) -> Result<Vec<i32>, PixelsError> {
    let scanned = scan_part10(bytes, &Limits::default())?;
    let image = ImageDescriptor::of(&scanned, 0)?;
    let Frames::Spans(frames) = frame_spans(&scanned)? else { return Err(PixelsError::NoImage) };
    let piece = |span: &dicom::scan::Span| bytes[span.offset as usize..(span.offset + span.len) as usize].to_vec();
    let frame: Vec<u8> = frames[0].iter().flat_map(piece).collect();
    match decode(&image, &frame)?.values {
        Values::Int(values) => Ok(values),
        Values::Real(_) => Err(PixelsError::NoImage),
    }
}

#[test]
fn a_lossy_jpeg_of_12_bits_is_within_one_of_another_decoder() {
    let decoded = samples(&file("ct-jpeg-12-bit.dcm")).unwrap();
    assert_eq!(decoded.len(), 512 * 512);
    // Column, row and sample as DCMTK 3.6.7 decodes them; over the whole frame no sample is further off than one.
    for (x, y, sample) in [
        (200, 180, 1990),
        (241, 209, 2051),
        (255, 325, 2322),
        (296, 354, 2028),
        (337, 203, 1988),
        (310, 290, 2015),
        (201, 319, 2012),
        (215, 255, 1991),
        (256, 284, 2187),
        (297, 313, 2125),
        (202, 278, 1999),
    ] {
        let found: i32 = decoded[y * 512 + x];
        assert!(found.abs_diff(sample) <= 1, "({x}, {y}): {found}, not {sample}");
    }
    let shown = picture(&pixels::render::part10(&file("ct-jpeg-12-bit.dcm"), 0, &PNG).unwrap());
    assert_eq!(shown.dimensions(), (512, 512));
}

#[test]
fn a_lossy_jpeg_of_12_bits_that_is_cut_or_turned_is_refused_or_drawn_and_never_panics() {
    let whole = file("ct-jpeg-12-bit.dcm");
    let start = whole.windows(3).position(|bytes| bytes == [0xFF, 0xD8, 0xFF]).unwrap();
    for at in (start..start + 700).step_by(43).chain((start + 700..whole.len()).step_by(39_973)) {
        let mut turned = whole.clone();
        turned[at] ^= 0x5A;
        let _ = samples(&turned);
    }
    // A frame header that says another size after the one that was checked.
    let header = whole[start..].windows(2).position(|pair| pair == [0xFF, 0xC1]).unwrap() + start;
    let mut twice = whole.clone();
    let copy = whole[header..header + 2 + usize::from(whole[header + 3])].to_vec();
    let mut huge = copy.clone();
    huge[5..9].fill(0xFF);
    twice.splice(header..header, huge);
    assert!(samples(&twice).is_err());
}
