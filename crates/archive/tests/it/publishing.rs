//! What goes to the web, when, and what it is made of.

use crate::rig::Rig;
use crate::senders::{self, adt, chest, exam, file_of, find, person};
use flate2::read::GzDecoder;
use hl7::event::ReportStatus;
use link::series::SeriesIndex;
use link::{BlobName, Publication};
use phantom::{Kind, PhantomExam, PhantomInstance};
use serde_json::Value;
use std::io::Read;
use uuid::Uuid;

/// Sends the parts in this order: `I`mages (last first), `P`atient, `O`rder, `R`eport.
async fn sent(rig: &Rig, exam: &PhantomExam, order: &str) {
    for part in order.chars() {
        match part {
            'I' => {
                for instance in exam.instances.iter().rev() {
                    rig.land(instance).await;
                }
            }
            'P' => rig.message(adt(exam, &person(exam), 0)).await,
            'O' => rig.message(senders::order(exam, &person(exam))).await,
            _ => rig.message(senders::report(exam, 90, ReportStatus::Final, |_| {})).await,
        }
    }
}

/// What patients would see, without what chance decides.
fn plain(mut publication: Publication) -> Publication {
    (publication.exam, publication.publication, publication.number) = (Uuid::nil(), Uuid::nil(), String::new());
    publication.person = publication.person.map(|_| Uuid::nil());
    if let Some(report) = &mut publication.report {
        report.report = Uuid::nil();
        report.versions.fill(Uuid::nil());
    }
    publication
}

fn json_of(rig: &Rig, publication: &Publication, series: u32) -> Vec<Value> {
    let blob = rig.door.blob(publication, BlobName::Metadata(series));
    let mut text = String::new();
    GzDecoder::new(blob.as_slice()).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The value of Pixel Data (7FE0,0010) OW, found without the code under test.
fn pixels(file: &[u8]) -> &[u8] {
    let at = find(file, b"\xE0\x7F\x10\x00OW\x00\x00").unwrap() + 8;
    let length = u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    &file[at + 4..at + 4 + length]
}

/// Where a slice lies along its normal (PS3.3 §C.7.6.2.1.1).
fn height(json: &Value) -> f64 {
    let number = |tag: &str, index: usize| json[tag]["Value"][index].as_f64().unwrap();
    let (row, column) = (|i| number("00200037", i), |i| number("00200037", i + 3));
    (0..3)
        .map(|i| {
            (row((i + 1) % 3) * column((i + 2) % 3) - row((i + 2) % 3) * column((i + 1) % 3)) * number("00200032", i)
        })
        .sum()
}

fn find_instance<'a>(exam: &'a PhantomExam, uid: &str) -> &'a PhantomInstance {
    exam.instances.iter().find(|instance| instance.sop_instance_uid == uid).unwrap()
}

#[tokio::test]
async fn whatever_the_order_of_arrival_one_and_the_same_publication_follows() {
    let exam = chest();
    let mut all = Vec::new();
    for order in ["POIR", "RIPO", "IROP", "ORPI"] {
        let rig = Rig::new().await;
        sent(&rig, &exam, order).await;
        rig.quiet().await;
        assert_eq!(rig.door.commits(), 1, "{order}");
        let publication = rig.door.last();
        let (id, number) = (rig.exam_id().await.0, rig.detail().await.number);
        assert_eq!((publication.exam, publication.number.clone()), (id, number), "{order}");
        all.push(plain(publication));
    }
    assert_eq!(all[0].patient_name, "Marcel LEFEVREFICTIF");
    assert!(all[0].report.as_ref().is_some_and(|report| !report.corrected && report.pages == 1));
    assert!(all.iter().all(|one| *one == all[0]), "{all:#?}");
}

#[tokio::test]
async fn the_blobs_are_the_files_as_received_and_what_describes_them_points_into_them() {
    let rig = Rig::new().await;
    let exam = exam(Kind::HeadCt);
    sent(&rig, &exam, "IPOR").await;
    rig.quiet().await;
    // The fake door has compared lengths and digests with the bytes it was given.
    let publication = rig.door.last();
    assert_eq!(publication.series.len(), 3);
    let mut seen = 0;
    for series in &publication.series {
        assert!(series.instances > 2 && series.frames == series.instances && series.viewable);
        assert_eq!(series.modality, "CT");
        let bundle = rig.door.blob(&publication, BlobName::Bundle(series.series));
        let index = rig.door.blob(&publication, BlobName::Index(series.series));
        let index: SeriesIndex = serde_json::from_slice(&index).unwrap();
        let metadata = json_of(&rig, &publication, series.series);
        let count = series.instances as usize;
        assert_eq!((index.version, index.instances.len(), metadata.len()), (1, count, count));
        let mut heights = Vec::new();
        for (entry, json) in index.instances.iter().zip(&metadata) {
            let uid = json["00080018"]["Value"][0].as_str().unwrap();
            heights.push(height(json));
            let file = file_of(find_instance(&exam, uid));
            let slice = |offset: u64, size: u64| &bundle[offset as usize..(offset + size) as usize];
            assert_eq!(slice(entry.offset, entry.size_bytes), file, "the bundle holds the file as it landed");
            assert_eq!(entry.frames.len(), 1);
            let frame = entry.frames[0].iter().flat_map(|span| slice(span.offset, span.size_bytes)).copied();
            assert_eq!(frame.collect::<Vec<u8>>(), pixels(&file), "the frame's spans are the pixels");
            seen += 1;
        }
        assert_eq!(bundle.len() as u64, index.instances.iter().map(|entry| entry.size_bytes).sum::<u64>());
        assert!(heights.is_sorted_by(|a, b| a < b), "slices follow the body: {heights:?}");
    }
    assert_eq!(seen, exam.instances.len());
    assert_eq!(rig.door.blob(&publication, BlobName::Report), exam.report_pdf().unwrap());
}

#[tokio::test]
async fn every_frame_of_a_clip_has_its_own_place() {
    let rig = Rig::new().await;
    let exam = exam(Kind::CardiacUltrasound);
    sent(&rig, &exam, "IPO").await;
    rig.quiet().await;
    let publication = rig.door.last();
    let index = rig.door.blob(&publication, BlobName::Index(1));
    let index: SeriesIndex = serde_json::from_slice(&index).unwrap();
    assert_eq!((publication.series[0].frames, index.instances[0].frames.len()), (4, 4));
    let spans: Vec<_> = index.instances[0].frames.iter().flatten().collect();
    assert!(spans.windows(2).all(|pair| pair[0].offset + pair[0].size_bytes == pair[1].offset));
    assert_eq!(spans.iter().map(|span| span.size_bytes).sum::<u64>(), 60 * 80 * 3 * 4);
}

#[tokio::test]
async fn running_the_job_again_publishes_nothing_new() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let before = rig.detail().await;
    rig.publish_again().await;
    rig.publish_again().await;
    assert_eq!((rig.door.commits(), rig.outlet.count()), (1, 1));
    assert_eq!(rig.detail().await.publication, before.publication);
}

#[tokio::test]
async fn nothing_is_published_before_the_quiet_period() {
    let rig = Rig::new().await;
    let exam = exam(Kind::HeadCt);
    rig.examined(&exam).await;
    rig.after(9 * 60 + 59).await;
    assert_eq!((rig.door.commits(), rig.door.look(|state| state.begun.len())), (0, 0));
    assert_eq!(rig.detail().await.unsealed, 0, "sealing does not wait so long");
    rig.after(2).await;
    assert_eq!(rig.door.commits(), 1);
}

#[tokio::test]
async fn a_report_shortens_the_wait_and_another_image_begins_it_again() {
    let rig = Rig::new().await;
    let exam = exam(Kind::HeadCt);
    let (last, first) = exam.instances.split_last().unwrap();
    rig.message(adt(&exam, &person(&exam), 0)).await;
    for instance in first {
        rig.land(instance).await;
    }
    rig.message(senders::report(&exam, 90, ReportStatus::Final, |_| {})).await;
    rig.after(50).await;
    rig.land(last).await;
    rig.after(50).await;
    assert_eq!(rig.door.commits(), 0);
    rig.after(11).await;
    assert_eq!(rig.door.commits(), 1);
    let shown: u32 = rig.door.last().series.iter().map(|series| series.instances).sum();
    assert_eq!(shown as usize, exam.instances.len());
}

#[tokio::test]
async fn what_the_other_side_says_is_taken_once() {
    let rig = Rig::new().await;
    let at = ambient::Clock::now(rig.clock.as_ref());
    rig.door.say(link::ToArchive::CodeUsed { sheet: Uuid::nil(), uses: 1, at });
    rig.door.say(link::ToArchive::NumberLocked { exam: Uuid::nil(), at });
    rig.run_due().await;
    rig.run_due().await;
    assert_eq!(rig.door.look(|state| state.polled_after.clone()), [0, 2]);
}
