//! The pool: a child that dies or hangs costs one request.

use crate::{Made, PNG, file};
use bytes::Bytes;
use pixels::{ImageDescriptor, ImageSource, PixelsError, Pool, PoolSettings, RenderRequest};
use std::time::Duration;

/// Memory of a worker of these tests.
const MEMORY: &str = "220000000";

fn pool(workers: usize) -> Pool {
    let settings = PoolSettings::new(env!("CARGO_BIN_EXE_pixels-worker"), [MEMORY]);
    // A debug build on a busy machine; no test waits for it.
    Pool::new(PoolSettings { workers, timeout: Duration::from_secs(60), ..settings })
}

fn part10(file: Vec<u8>) -> RenderRequest {
    RenderRequest { image: ImageSource::Part10 { file: file.into(), frame: 0 }, output: PNG }
}

/// An image of 49 million pixels in a file of a megabyte: more than a worker may hold.
fn too_big() -> Vec<u8> {
    let side: u16 = 7_000;
    // 129 means "repeat 128 times" (PS3.5 §G.3.1).
    let packed = [129, 7].repeat(49_000_000 / 128 + 1);
    let mut segment = vec![0; 64];
    segment[..8].copy_from_slice(&[1, 0, 0, 0, 64, 0, 0, 0]);
    segment.extend(packed);
    let plain = Made { bits: (8, 8), size: (side, side), ..Made::grey(1, 8, false, &[]) };
    let mut file = plain.file();
    // Its empty pixel data becomes one fragment.
    file.truncate(file.len() - 12);
    let meta = dicom::part10::prefix(&dicom::part10::FileMeta {
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.7",
        sop_instance_uid: "2.25.1",
        transfer_syntax_uid: "1.2.840.10008.1.2.5",
        source_ae_title: None,
    });
    let item = |value: &[u8]| [&[0xFE, 0xFF, 0x00, 0xE0], &(value.len() as u32).to_le_bytes()[..], value].concat();
    let start = [0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    let end = [0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
    [meta, file[132..].to_vec(), start.to_vec(), item(&[]), item(&segment), end.to_vec()].concat()
}

#[tokio::test]
async fn a_picture_made_by_a_child_is_the_one_made_here() {
    let pool = pool(1);
    let bytes = file("MR_small.dcm");
    let here = pixels::render::part10(&bytes, 0, &PNG).unwrap();
    assert_eq!(pool.render(part10(bytes.clone())).await.unwrap(), here);

    let scanned = dicom::scan::scan_part10(&bytes, &dicom::scan::Limits::default()).unwrap();
    let descriptor = Box::new(ImageDescriptor::of(&scanned, 0).unwrap());
    let dicom::frames::Frames::Spans(frames) = dicom::frames::frame_spans(&scanned).unwrap() else { panic!() };
    let span = frames[0][0];
    let frame = Bytes::from(bytes).slice(span.offset as usize..(span.offset + span.len) as usize);
    let cut = RenderRequest { image: ImageSource::Frame { descriptor, frame }, output: PNG };
    assert_eq!(pool.render(cut).await.unwrap(), here);
}

#[tokio::test]
async fn every_codec_works_with_no_file_to_open() {
    let pool = pool(1);
    for name in
        ["SC_rgb_jpeg_dcmtk.dcm", "GH184.dcm", "JLSL_16_15_1_1F.dcm", "htj2k-lossless-16.dcm", "jxl-lossless-16.dcm"]
    {
        let here = pixels::render::part10(&file(name), 0, &PNG);
        assert_eq!(pool.render(part10(file(name))).await, here, "{name}");
    }
}

#[tokio::test]
async fn a_request_that_exhausts_memory_fails_alone() {
    let pool = pool(2);
    let good = || async { pool.render(part10(file("MR_small.dcm"))).await };
    let bad = || async { pool.render(part10(too_big())).await };
    let (a, b, c, d) = tokio::join!(good(), bad(), good(), good());
    assert_eq!(b, Err(PixelsError::Died));
    assert!(a.is_ok() && c.is_ok() && d.is_ok());
    assert!(good().await.is_ok());
}

#[tokio::test]
async fn a_refusal_costs_nothing_but_itself() {
    let pool = pool(1);
    assert_eq!(pool.render(part10(file("rows-cols-65535-rle.dcm"))).await, Err(PixelsError::TooLarge));
    assert!(matches!(pool.render(part10(b"nonsense".to_vec())).await, Err(PixelsError::Damaged(_))));
    assert!(pool.render(part10(file("MR_small.dcm"))).await.is_ok());
}

#[tokio::test]
async fn documents_are_read_by_a_child_too() {
    let pool = pool(1);
    let document = Bytes::from(file("cr-scanner-thorax.pdf"));
    assert_eq!(pool.pdf_info(document.clone()).await.unwrap().page_count, 1);
    assert_eq!(pool.pdf_page(document.clone(), 7, 300).await, Err(PixelsError::NoSuchFrame));
    assert!(pool.pdf_page(document, 0, 300).await.unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn a_child_that_hangs_is_killed_and_its_place_is_free_again() {
    let settings = PoolSettings::new("/usr/bin/tail", ["-f", "/dev/null"]);
    let pool = Pool::new(PoolSettings { workers: 1, timeout: Duration::from_millis(50), ..settings });
    for _ in 0..3 {
        assert_eq!(pool.render(part10(file("MR_small.dcm"))).await, Err(PixelsError::TimedOut));
    }
}

/// Whether a process runs; a dead one that nobody has asked about yet does not.
fn runs(process: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains("zombie"))
}

#[tokio::test]
async fn a_child_that_hangs_does_not_outlive_its_request() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("process");
    let script = format!("echo $$ > {} && exec /bin/sleep 1000", note.display());
    let settings = PoolSettings::new("/bin/sh", ["-c".to_owned(), script]);
    let pool = Pool::new(PoolSettings { workers: 1, timeout: Duration::from_millis(500), ..settings });
    assert_eq!(pool.render(part10(file("MR_small.dcm"))).await, Err(PixelsError::TimedOut));
    let process = std::fs::read_to_string(&note).unwrap_or_default();
    let gone = async {
        while runs(process.trim()) {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(30), gone).await.is_ok(), "the child still runs");
}

#[tokio::test]
async fn a_program_that_is_no_worker_is_noticed() {
    let ask = |program: &'static str| async move {
        Pool::new(PoolSettings::new(program, [""; 0])).render(part10(file("MR_small.dcm"))).await
    };
    assert_eq!(ask("/bin/true").await, Err(PixelsError::Died));
    // `cat` answers with the question.
    assert_eq!(ask("/bin/cat").await, Err(PixelsError::Protocol));
    assert!(matches!(ask("/nowhere/at/all").await, Err(PixelsError::Start(_))));
}
