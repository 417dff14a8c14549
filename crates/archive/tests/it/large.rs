//! Files too large to be held whole.

use crate::recalls::asked;
use crate::rig::Rig;
use crate::senders;
use archive::Config;
use dicom::frames::{Frames, frame_spans};
use dicom::scan::{Limits, scan_part10};
use link::{BlobName, Publication};
use phantom::{Kind, PhantomExam};
use std::sync::Arc;
use time::macros::datetime;
use uuid::Uuid;

/// An archive server that holds no file larger than this whole.
async fn holding(whole_file_bytes: u64) -> Rig {
    let mut rig = Rig::new().await;
    rig.archive.config = Arc::new(Config { whole_file_bytes, ..(*rig.archive.config).clone() });
    rig
}

async fn published(rig: &Rig, exam: &PhantomExam) -> Publication {
    rig.reported(exam).await;
    rig.quiet().await;
    rig.after(60).await;
    assert_eq!(rig.door.commits(), 1);
    rig.door.last()
}

/// Name, bytes of everything a publication holds.
fn blobs(rig: &Rig, publication: &Publication) -> Vec<(BlobName, Vec<u8>)> {
    publication.blobs.iter().map(|blob| (blob.name.clone(), rig.door.blob(publication, blob.name.clone()))).collect()
}

#[tokio::test]
async fn what_is_too_large_to_be_held_is_published_verified_and_brought_back_byte_for_byte() {
    for kind in [Kind::CardiacUltrasound, Kind::HeadCt] {
        let exam = senders::exam(kind);
        let whole = holding(64 << 20).await;
        let expected = blobs(&whole, &published(&whole, &exam).await);
        let pieces = holding(1).await;
        assert_eq!(blobs(&pieces, &published(&pieces, &exam).await), expected);
        let report = archive::verify::everything(&pieces.archive, |_| {}).await.unwrap();
        assert_eq!((report.problems, report.unsealed), (Vec::new(), 0));
        if kind != Kind::HeadCt {
            continue; // Nobody chose to archive it.
        }
        pieces.clock.jump_to(datetime!(2030-11-25 23:00 UTC));
        pieces.run_due().await;
        asked(&pieces, Uuid::from_u128(1)).await;
        pieces.run_due().await;
        assert_eq!(pieces.door.commits(), 2, "{:?}", pieces.detail().await.standing.recall);
        assert_eq!(blobs(&pieces, &pieces.door.last()), expected);
    }
}

#[tokio::test]
async fn a_picture_of_a_large_file_is_drawn_from_one_frame_of_it() {
    let exam = senders::exam(Kind::CardiacUltrasound);
    let (whole, pieces) = (holding(64 << 20).await, holding(1).await);
    published(&whole, &exam).await;
    published(&pieces, &exam).await;
    let frame = |(file, number): &(bytes::Bytes, u32)| {
        let scanned = scan_part10(file, &Limits::default()).unwrap();
        let Ok(Frames::Spans(frames)) = frame_spans(&scanned) else { panic!("no frames") };
        let piece = |span: &dicom::scan::Span| &file[span.offset as usize..(span.offset + span.len) as usize];
        (frames.len(), frames[*number as usize].iter().flat_map(piece).copied().collect::<Vec<u8>>())
    };
    let drawn = |rig: &Rig| rig.pictures.drawn.lock().unwrap().iter().map(frame).collect::<Vec<_>>();
    let (whole, pieces) = (drawn(&whole), drawn(&pieces));
    assert!(whole.iter().any(|(frames, _)| *frames > 1), "there are clips");
    assert!(pieces.iter().all(|(frames, _)| *frames == 1));
    let pixels = |drawn: &[(usize, Vec<u8>)]| drawn.iter().map(|(_, pixels)| pixels.clone()).collect::<Vec<_>>();
    assert_eq!(pixels(&whole), pixels(&pieces));
}

#[tokio::test]
async fn a_file_of_more_than_256_mib_is_published() {
    if std::env::var_os("NEGATOSCOPE_LARGE").is_none() {
        println!("skipped: a_file_of_more_than_256_mib_is_published: NEGATOSCOPE_LARGE is not set");
        return;
    }
    let mut exam = senders::exam(Kind::CardiacUltrasound);
    exam.instances.truncate(1);
    let clip = &mut exam.instances[0];
    clip.dataset = multiplied(&clip.dataset, 300 << 20);
    let rig = holding(64 << 20).await;
    let publication = published(&rig, &exam).await;
    assert!(rig.door.blob(&publication, BlobName::Bundle(1)).len() > 300 << 20);
    assert!(publication.series[0].frames > 1 && publication.series[0].viewable);
}

/// The same native clip with its frames repeated until its pixels take so many bytes.
fn multiplied(dataset: &[u8], bytes: usize) -> Vec<u8> {
    let at = senders::find(dataset, b"\xE0\x7F\x10\x00OB\x00\x00").expect("native pixels");
    let count_at = senders::find(dataset, b"\x28\x00\x08\x00IS").expect("a number of frames");
    let length = usize::from(u16::from_le_bytes([dataset[count_at + 6], dataset[count_at + 7]]));
    let frames: usize =
        std::str::from_utf8(&dataset[count_at + 8..count_at + 8 + length]).unwrap().trim().parse().unwrap();
    let pixels = &dataset[at + 12..];
    let times = bytes / pixels.len() + 1;
    let mut count = format!("{}", frames * times);
    if count.len() % 2 == 1 {
        count.push(' ');
    }
    let mut out = dataset[..count_at + 6].to_vec();
    out.extend((count.len() as u16).to_le_bytes());
    out.extend(count.as_bytes());
    out.extend(&dataset[count_at + 8 + length..at + 8]);
    out.extend(((pixels.len() * times) as u32).to_le_bytes());
    for _ in 0..times {
        out.extend(pixels);
    }
    out
}
