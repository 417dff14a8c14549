//! What a person takes away.

use crate::rig::{Exam, Rig, Sheet};
use diffusion::{Act, BlobName, DiffusionError, Download, Served};
use futures::StreamExt;
use link::{DiffusionDoor, ToDiffusion};
use std::collections::BTreeMap;
use std::io::Read;

async fn served(rig: &Rig, exam: &Exam) -> Served {
    let sheet = Sheet::new(1);
    rig.grant_code(exam, &sheet).await;
    let session = rig.session(exam, &sheet).await;
    let grant = rig.server.grant(&session).await.unwrap();
    rig.server.serve(&grant, Act::DownloadDicom).await.unwrap()
}

async fn taken(mut download: Download) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Some(piece) = download.body.next().await {
        bytes.extend_from_slice(&piece.unwrap());
    }
    if let Some(announced) = download.size_bytes {
        assert_eq!(bytes.len() as u64, announced);
    }
    bytes
}

fn unzipped(bytes: Vec<u8>) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        files.insert(name, bytes);
    }
    files
}

#[tokio::test]
async fn b01_dicom_files_are_as_published_and_only_a_suspicious_preamble_is_blank() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let served = served(&rig, &exam).await;
    let files = unzipped(taken(rig.server.dicom_zip(served).await.unwrap()).await);
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["IM00001.dcm", "IM00002.dcm", "IM00003.dcm", "LISEZMOI.txt", "compte-rendu.pdf"]);
    let bundle = exam.blob(&BlobName::Bundle(1));
    assert_eq!(files["IM00001.dcm"], bundle[..100_000]);
    assert_eq!(files["IM00002.dcm"][..128], [0; 128]);
    assert_eq!(files["IM00002.dcm"][128..], bundle[100_128..]);
    assert_eq!(&files["IM00003.dcm"], exam.blob(&BlobName::Bundle(2)));
    assert_eq!(&files["compte-rendu.pdf"], exam.blob(&BlobName::Report));
    let text = String::from_utf8(files["LISEZMOI.txt"].clone()).unwrap();
    assert!(text.contains("IM00002.dcm") && !text.contains("IM00001.dcm"), "{text}");
    assert!(!text.contains("LEFÈVRE"));
}

#[tokio::test]
async fn a_file_larger_than_what_is_read_at_once_comes_out_whole() {
    let rig = Rig::new().await;
    let mut exam = Exam::new(1);
    let large: Vec<u8> = (0..4_300_001u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    replace_bundle_of_series_2(&mut exam, large.clone());
    rig.publish(&exam).await;
    let served = served(&rig, &exam).await;
    let files = unzipped(taken(rig.server.dicom_zip(served).await.unwrap()).await);
    assert!(files["IM00003.dcm"] == large);
}

#[tokio::test]
async fn images_are_pictures_and_what_cannot_be_one_is_said() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    rig.publish(&exam).await;
    let served = served(&rig, &exam).await;
    let files = unzipped(taken(rig.server.images_zip(served).await.unwrap()).await);
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    let expected = [
        "LISEZMOI.txt",
        "compte-rendu-page-1.png",
        "compte-rendu.pdf",
        "serie-01/image-0001.jpg",
        "serie-01/image-0002.jpg",
        "serie-02/image-0001.jpg",
    ];
    assert_eq!(names, expected);
    assert_eq!(files["serie-01/image-0002.jpg"], b"jpeg of 1200 bytes, frame 0");
    let text = String::from_utf8(files["LISEZMOI.txt"].clone()).unwrap();
    assert!(text.contains("1 image(s) n'ont pas pu être converties"), "{text}");
}

#[tokio::test]
async fn a_download_of_what_is_withdrawn_or_damaged_breaks_off_and_never_looks_whole() {
    let rig = Rig::new().await;
    let mut exam = Exam::new(1);
    replace_bundle_of_series_2(&mut exam, vec![5; 8_000_000]);
    rig.publish(&exam).await;
    let served = served(&rig, &exam).await;
    let mut download = rig.server.dicom_zip(served).await.unwrap();
    download.body.next().await.unwrap().unwrap();
    rig.server.apply(ToDiffusion::Withdraw { exam: exam.publication.exam, codes: false }).await.unwrap();
    let mut last = Ok(bytes::Bytes::new());
    while let Some(piece) = download.body.next().await {
        last = piece;
    }
    assert!(matches!(last, Err(DiffusionError::Gone)));
}

/// Takes pieces until the first of the large file is among them.
async fn begun(download: &mut Download) {
    while download.body.next().await.unwrap().unwrap().len() < 256 * 1024 {}
}

/// How the rest of a download ends, and how many bytes came after its first piece.
async fn rest(mut download: Download) -> (u64, Option<DiffusionError>) {
    let mut bytes = 0;
    while let Some(piece) = download.body.next().await {
        match piece {
            Ok(piece) => bytes += piece.len() as u64,
            Err(error) => return (bytes, Some(error)),
        }
    }
    (bytes, None)
}

/// What may be on its way already: the pieces ready, and the one in hand.
const UNDER_WAY: u64 = 6 * 256 * 1024;

#[tokio::test]
async fn a_download_under_way_is_cut_when_its_sheet_is_revoked_and_no_other_is() {
    let rig = Rig::new().await;
    let mut exam = Exam::new(1);
    // One file read at once, and one read in pieces.
    for (n, size) in [(1, 3_900_000), (3, 8_000_000)] {
        replace_bundle_of_series_2(&mut exam, vec![5; size]);
        exam.publication.publication = uuid::Uuid::from_u128(size as u128);
        rig.publish(&exam).await;
        let sheets = [Sheet::new(n), Sheet::new(n + 1)];
        let mut downloads = Vec::new();
        for sheet in &sheets {
            rig.grant_code(&exam, sheet).await;
            let grant = rig.server.grant(&rig.session(&exam, sheet).await).await.unwrap();
            let served = rig.server.serve(&grant, Act::DownloadDicom).await.unwrap();
            let mut download = rig.server.dicom_zip(served).await.unwrap();
            begun(&mut download).await;
            downloads.push(download);
        }
        rig.server.apply(ToDiffusion::Revoke { sheet: sheets[0].sheet }).await.unwrap();
        let (other, cut) = (downloads.pop().unwrap(), downloads.pop().unwrap());
        let (bytes, error) = rest(cut).await;
        assert!(matches!(error, Some(DiffusionError::Gone)), "{error:?}");
        assert!(bytes <= UNDER_WAY, "{bytes}");
        assert!(rest(other).await.1.is_none(), "the other sheet's goes on");
    }
}

#[tokio::test]
async fn a_download_under_way_is_cut_when_its_time_ends() {
    let rig = Rig::new().await;
    let mut exam = Exam::new(1);
    replace_bundle_of_series_2(&mut exam, vec![5; 3_900_000]);
    rig.publish(&exam).await;
    let mut download = rig.server.dicom_zip(served(&rig, &exam).await).await.unwrap();
    begun(&mut download).await;
    let mut shortened = exam.stub();
    shortened.times.online_until = rig.server.now();
    rig.server.apply(ToDiffusion::Stub(shortened)).await.unwrap();
    let (bytes, error) = rest(download).await;
    assert!(matches!(error, Some(DiffusionError::Gone)), "{error:?}");
    assert!(bytes <= UNDER_WAY, "{bytes}");
}

fn replace_bundle_of_series_2(exam: &mut Exam, bundle: Vec<u8>) {
    use sha2::Digest;
    for (name, bytes) in &mut exam.blobs {
        match name {
            BlobName::Bundle(2) => *bytes = bundle.clone(),
            BlobName::Index(2) => {
                let mut index: link::series::SeriesIndex = serde_json::from_slice(bytes).unwrap();
                index.instances[0].size_bytes = bundle.len() as u64;
                *bytes = serde_json::to_vec(&index).unwrap();
            }
            _ => {}
        }
    }
    for (info, (_, bytes)) in exam.publication.blobs.iter_mut().zip(&exam.blobs) {
        info.size_bytes = bytes.len() as u64;
        info.sha256 = hex::encode(sha2::Sha256::digest(bytes));
    }
}
