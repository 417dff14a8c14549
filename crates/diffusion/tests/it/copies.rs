//! Web copies at rest: encrypted, bound to their place, erased key first.

use crate::rig::{Exam, Rig, Sheet};
use diffusion::{Act, BlobName, DiffusionError, Served};
use link::{DiffusionDoor, ToDiffusion};
use std::path::PathBuf;

/// The folders of published copies.
pub fn shelved(rig: &Rig) -> Vec<PathBuf> {
    let shelves = std::fs::read_dir(rig.copies()).unwrap().map(|shelf| shelf.unwrap().path());
    let shelves = shelves.filter(|shelf| !shelf.ends_with("incoming"));
    shelves.flat_map(|shelf| std::fs::read_dir(shelf).unwrap()).map(|folder| folder.unwrap().path()).collect()
}

async fn served(rig: &Rig, exam: &Exam) -> Served {
    let sheet = Sheet::new(1);
    rig.grant_code(exam, &sheet).await;
    let session = rig.session(exam, &sheet).await;
    let grant = rig.server.grant(&session).await.unwrap();
    rig.server.serve(&grant, Act::ViewImages).await.unwrap()
}

#[tokio::test]
async fn any_range_of_a_blob_is_read_as_it_was_put() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let served = served(&rig, &exam).await;
    let bundle = exam.blob(&BlobName::Bundle(1));
    let end = bundle.len() as u64;
    for range in [0..1, 0..0, 65_535..65_537, 65_536..131_072, 131_071..end, end..end, 0..end, 70_000..70_001] {
        let read = rig.server.read(served, &BlobName::Bundle(1), range.clone()).await.unwrap();
        assert_eq!(read, bundle[range.start as usize..range.end as usize], "{range:?}");
    }
    let beyond = rig.server.read(served, &BlobName::Bundle(1), 0..end + 1).await;
    assert!(matches!(beyond, Err(DiffusionError::Range)));
    assert!(matches!(rig.server.read_whole(served, &BlobName::Bundle(3)).await, Err(DiffusionError::Gone)));
}

#[tokio::test]
async fn a_frame_is_its_spans_joined() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let served = served(&rig, &exam).await;
    let bundle = exam.blob(&BlobName::Bundle(1));
    let frame = rig.server.frame(served, 1, 2, 1).await.unwrap();
    let wanted = [&bundle[100_400..101_000], &bundle[131_920..132_520]].concat();
    assert_eq!(frame.bytes, wanted);
    for (series, instance, frame) in [(1, 3, 1), (1, 0, 1), (1, 1, 0), (1, 1, 2), (9, 1, 1), (1, u32::MAX, 1)] {
        let refused = rig.server.frame(served, series, instance, frame).await;
        assert!(matches!(refused, Err(DiffusionError::Gone)), "{series}/{instance}/{frame}");
    }
}

#[tokio::test]
async fn a_flipped_bit_a_cut_or_a_swap_is_found_before_a_byte_leaves() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let served = served(&rig, &exam).await;
    let folder = shelved(&rig).pop().unwrap();
    let (bundle, other) = (folder.join("0"), folder.join("4"));
    let whole = std::fs::read(&bundle).unwrap();
    let read = || rig.server.read(served, &BlobName::Bundle(1), 0..163_840);
    for at in [0, 65_551, 65_552, whole.len() - 1] {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&bundle, bytes).unwrap();
        assert!(matches!(read().await, Err(DiffusionError::Damaged(_))), "bit of byte {at}");
    }
    std::fs::write(&bundle, &whole[..whole.len() - 32_784]).unwrap();
    assert!(matches!(read().await, Err(DiffusionError::Damaged(_))), "last chunk cut off");
    let mut swapped = whole.clone();
    let (first, second) = swapped.split_at_mut(65_552);
    first.swap_with_slice(&mut second[..65_552]);
    std::fs::write(&bundle, swapped).unwrap();
    assert!(matches!(read().await, Err(DiffusionError::Damaged(_))), "two chunks swapped");
    std::fs::write(&bundle, &whole).unwrap();
    read().await.unwrap();
    // The second series' bundle is one chunk: put in its place, the first chunk of the first has its length.
    std::fs::write(&other, &whole[..65_552]).unwrap();
    let moved = rig.server.read(served, &BlobName::Bundle(2), 0..65_536).await;
    assert!(matches!(moved, Err(DiffusionError::Damaged(_))), "a chunk of another blob");
}

#[tokio::test]
async fn a_replaced_publication_is_gone_whole_and_its_reader_is_told_so() {
    let rig = Rig::new().await;
    let (first, second) = (Exam::version(1, 1), Exam::version(1, 2));
    rig.publish(&first).await;
    let old = served(&rig, &first).await;
    rig.publish(&second).await;
    assert!(matches!(rig.server.read_whole(old, &BlobName::Report).await, Err(DiffusionError::Gone)));
    assert!(matches!(rig.server.publication(old).await, Err(DiffusionError::Gone)));
    assert_eq!(shelved(&rig).len(), 1);
    let new = served(&rig, &second).await;
    assert_eq!(rig.server.read_whole(new, &BlobName::Report).await.unwrap(), second.blob(&BlobName::Report));
}

#[tokio::test]
async fn a_withdrawn_exam_is_gone_at_once_and_comes_back_with_the_next_publication() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let old = served(&rig, &exam).await;
    rig.server.apply(ToDiffusion::Withdraw { exam: exam.publication.exam, codes: false }).await.unwrap();
    assert!(matches!(rig.server.read_whole(old, &BlobName::Report).await, Err(DiffusionError::Gone)));
    assert!(shelved(&rig).is_empty());
    rig.publish(&Exam::version(1, 2)).await;
    let session = rig.session(&exam, &Sheet::new(1)).await;
    assert!(rig.server.grant(&session).await.is_ok());
}

#[tokio::test]
async fn what_a_crash_leaves_is_cleared_at_the_next_start() {
    let rig = Rig::new().await;
    let (published, begun) = (Exam::new(1), Exam::new(2));
    rig.publish(&published).await;
    begun.send(&rig.server).await;
    // Moved to its shelf, and the power went before the transaction.
    let orphan = rig.copies().join("00").join("000000000000000000000000deadbeef");
    std::fs::create_dir_all(&orphan).unwrap();
    std::fs::write(orphan.join("0"), b"noise").unwrap();
    assert_ne!(std::fs::read_dir(rig.copies().join("incoming")).unwrap().count(), 0);
    let rig = rig.crash(|_| {}).await;
    assert_eq!(std::fs::read_dir(rig.copies().join("incoming")).unwrap().count(), 0);
    assert!(!orphan.exists());
    let served = served(&rig, &published).await;
    assert_eq!(rig.server.read_whole(served, &BlobName::Report).await.unwrap(), published.blob(&BlobName::Report));
}
