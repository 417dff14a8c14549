//! Scan, header, JSON, frames and directory on any bytes: `cargo +nightly fuzz run read`.
#![no_main]

use dicom::frames::{Frames, frame_spans};
use dicom::scan::{Limits, scan_dataset, scan_part10};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { max_elements: 20_000, max_inflated_bytes: 1 << 20, ..Limits::default() };
    let mut scans = vec![scan_part10(bytes, &limits)];
    for syntax in ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"] {
        scans.push(scan_dataset(bytes, syntax, &limits));
    }
    for scanned in scans.into_iter().flatten() {
        let _ = dicom::header::InstanceHeader::from_scan(&scanned);
        let _ = dicom::dicomdir::files_of(&scanned);
        let text = dicom::json::metadata(&scanned);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "not JSON");
        if let Ok(Frames::Spans(frames)) = frame_spans(&scanned) {
            let end = bytes.len() as u64;
            assert!(frames.iter().flatten().all(|span| span.offset + span.len <= end), "a frame beyond the end");
        }
    }
});
