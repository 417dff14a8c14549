//! Every file of a folder, named by `NEGATOSCOPE_SWEEP`: nothing may panic, and memory stays bounded.

use crate::mutations::walk;
use dicom::frames::{Frames, frame_spans};
use dicom::header::InstanceHeader;
use dicom::scan::{Limits, scan_part10, scan_reader};
use std::path::{Path, PathBuf};

fn files(root: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// Peak resident memory so far, in kB.
fn peak_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).unwrap_or(0)
}

/// One line for people: what the file is.
fn describe(bytes: &[u8]) -> String {
    let scanned = match scan_part10(bytes, &Limits::default()) {
        Ok(scanned) => scanned,
        Err(error) => return format!("refused: {error}"),
    };
    let frames = match frame_spans(&scanned) {
        Ok(Frames::Spans(frames)) => format!("{} frames", frames.len()),
        other => format!("{other:?}").chars().take(80).collect(),
    };
    let header = match InstanceHeader::from_scan(&scanned) {
        Ok(header) => format!("{:?}", header.patient_name.alphabetic),
        Err(error) => error.to_string(),
    };
    format!("{} elements, {}, {frames}, {header}", scanned.dataset().elements().count(), scanned.transfer_syntax())
}

#[test]
fn a_folder_of_files_is_read_without_a_panic_and_within_256_megabytes() {
    let Some(root) = std::env::var_os("NEGATOSCOPE_SWEEP") else {
        println!("skipped: a_folder_of_files_is_read_without_a_panic: NEGATOSCOPE_SWEEP names no folder");
        return;
    };
    let mut paths = Vec::new();
    files(Path::new(&root), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "the folder to sweep is empty");
    for path in &paths {
        let bytes = std::fs::read(path).unwrap();
        let before = peak_kb();
        walk(&bytes, &Limits::default());
        let grown = peak_kb() - before;
        let from_disk = scan_reader(std::fs::File::open(path).unwrap(), bytes.len() as u64, &Limits::default());
        let elements = |scan: Result<dicom::scan::Scanned, _>| scan.map(|scanned| scanned.dataset().elements().count());
        assert_eq!(elements(from_disk), elements(scan_part10(&bytes, &Limits::default())));
        println!("{}: {}, +{grown} kB", path.strip_prefix(&root).unwrap().display(), describe(&bytes));
        assert!(grown < 256 << 10, "{} kB more for {}", grown, path.display());
    }
}
