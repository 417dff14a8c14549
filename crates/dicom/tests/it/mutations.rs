//! The whole chain on damaged files: nothing panics, and what is answered is well formed.

use crate::file;
use dicom::header::InstanceHeader;
use dicom::scan::{Limits, scan_dataset, scan_part10};
use dicom::{frames, json, tables};
use proptest::prelude::*;

const SEEDS: &[&str] = &[
    "syntax/MR_small_implicit.dcm",
    "syntax/MR_small_expb.dcm",
    "syntax/report_dfl",
    "syntax/jpeg-2frames-4fragments.dcm",
    "structure/sq-nested-50-undefined.dcm",
    "structure/sq-un-undefined-length-private.dcm",
    "structure/sq-empty-and-empty-items.dcm",
    "charset/chrH31.dcm",
    "dicomdir/DICOMDIR",
];

/// What the fuzz target does too.
pub fn walk(bytes: &[u8], limits: &Limits) {
    let mut scans = vec![scan_part10(bytes, limits)];
    for syntax in ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"] {
        scans.push(scan_dataset(bytes, syntax, limits));
    }
    for scanned in scans.into_iter().flatten() {
        let _ = InstanceHeader::from_scan(&scanned);
        let _ = dicom::dicomdir::files_of(&scanned);
        let text = json::metadata(&scanned);
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON");
        if let Ok(frames::Frames::Spans(frames)) = frames::frame_spans(&scanned) {
            for span in frames.iter().flatten() {
                assert!(span.offset + span.len <= bytes.len() as u64, "a frame beyond the end");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_damaged_file_is_refused_or_read_and_never_panics(
        seed in 0..SEEDS.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = file(SEEDS[seed]);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        walk(&bytes, &Limits { max_elements: 20_000, max_inflated_bytes: 1 << 20, min_inflated_bytes: 1 << 20, ..Limits::default() });
    }

    #[test]
    fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        walk(&bytes, &Limits::default());
    }
}

#[test]
fn every_prefix_of_a_file_is_refused_or_read() {
    let bytes = file("charset/chrH31.dcm");
    for len in 0..bytes.len() {
        walk(&bytes[..len], &Limits::default());
    }
    assert!(tables::transfer_syntax("1.2.840.10008.1.2").is_some());
}
