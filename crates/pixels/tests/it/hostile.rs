//! Images that lie.

use crate::{Made, PNG, file};
use pixels::PixelsError;
use pixels::render::part10;

#[test]
fn a_code_stream_of_another_size_is_refused_before_it_is_decoded() {
    let other_size = PixelsError::Damaged("code stream of another size than the header says".into());
    assert_eq!(part10(&file("jpeg-sof-65535.dcm"), 0, &PNG), Err(other_size));
    assert_eq!(part10(&file("j2k-siz-huge.dcm"), 0, &PNG), Err(PixelsError::Damaged("JPEG 2000 markers".into())));
    assert_eq!(part10(&file("rows-cols-65535-rle.dcm"), 0, &PNG), Err(PixelsError::TooLarge));
}

#[test]
fn impossible_headers_are_refused() {
    let image = Made::grey(2, 12, false, &[1, 2, 3, 4]);
    let refused = |image: &Made| part10(&image.file(), 0, &PNG).is_err();
    assert!(!refused(&image));
    assert!(refused(&Made { size: (0, 2), ..image.clone() }));
    assert!(refused(&Made { size: (65535, 65535), ..image.clone() }));
    assert!(refused(&Made { samples: 255, ..image.clone() }));
    assert!(refused(&Made { bits: (12, 12), ..image.clone() }));
    assert!(refused(&Made { bits: (64, 12), ..image.clone() }));
    assert!(refused(&Made { photometric: "PALETTE COLOR", ..image.clone() }));
    assert!(refused(&Made { pixels: vec![0; 6], ..image.clone() }));
    // More bits stored than allocated: the allocated ones are taken.
    assert!(!refused(&Made { bits: (16, 99), ..image }));
}

#[test]
fn every_damaged_code_stream_is_refused_or_shown_and_never_panics() {
    let seeds = ["MR_small_RLE.dcm", "JLSL_16_15_1_1F.dcm", "SC_rgb_gdcm_KY.dcm", "SC_rgb_jpeg_dcmtk.dcm", "GH184.dcm"];
    let mut state = 0x2545_F491u32;
    let mut next = move |below: usize| {
        // Xorshift: the same changes at each run.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as usize % below
    };
    for name in seeds {
        let good = file(name);
        for _ in 0..40 {
            let mut bad = good.clone();
            // The second half of these files is pixels.
            let half = bad.len() / 2;
            for _ in 0..1 + next(8) {
                let at = half + next(half);
                bad[at] = next(256) as u8;
            }
            if next(4) == 0 {
                bad.truncate(half + next(half));
            }
            let _ = part10(&bad, 0, &PNG);
        }
    }
}
