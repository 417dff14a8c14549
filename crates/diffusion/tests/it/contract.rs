//! What every `DiffusionDoor` promises, run on this one.

use crate::rig::{Exam, Rig, Sheet, is_open};
use bytes::Bytes;
use diffusion::{Act, BlobName, Look};
use link::{DiffusionDoor, LinkError, ToArchive, ToDiffusion};

#[tokio::test]
async fn nothing_is_visible_before_the_commit_and_everything_after() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    exam.send(&rig.server).await;
    assert!(matches!(rig.server.look(&session).await.unwrap(), Look::NotYet(_)));
    rig.server.commit(exam.publication.clone()).await.unwrap();
    let grant = rig.server.grant(&session).await.unwrap();
    assert_eq!(grant.publication(), &exam.publication);
    let served = rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    for (name, bytes) in &exam.blobs {
        assert_eq!(rig.server.read_whole(served, name).await.unwrap(), bytes, "{name:?}");
    }
}

#[tokio::test]
async fn every_call_may_be_repeated() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    let id = exam.publication.publication;
    exam.send(&rig.server).await;
    // The same bytes again, and bytes that overlap what is here.
    let bundle = Bytes::copy_from_slice(exam.blob(&BlobName::Bundle(1)));
    rig.server.put(id, BlobName::Bundle(1), 0, bundle.slice(..40_000)).await.unwrap();
    rig.server.put(id, BlobName::Bundle(1), 1000, bundle.slice(1000..)).await.unwrap();
    for _ in 0..2 {
        rig.server.commit(exam.publication.clone()).await.unwrap();
    }
    // The whole publication again, as after a lost answer.
    rig.publish(&exam).await;
    for _ in 0..2 {
        rig.grant_code(&exam, &sheet).await;
    }
    let session = rig.session(&exam, &sheet).await;
    assert_eq!(rig.server.grant(&session).await.unwrap().publication(), &exam.publication);
    for _ in 0..2 {
        rig.server.apply(ToDiffusion::Revoke { sheet: sheet.sheet }).await.unwrap();
        rig.server.apply(ToDiffusion::Withdraw { exam: exam.publication.exam, codes: true }).await.unwrap();
    }
    // A late repetition of the grant does not bring the revoked code back.
    rig.grant_code(&exam, &sheet).await;
    assert!(!is_open(&rig.open(&exam, &sheet.code, crate::rig::BORN, "192.0.2.1").await));
}

#[tokio::test]
async fn a_blob_short_long_changed_missing_or_extra_is_refused_and_nothing_shows() {
    let rig = Rig::new().await;
    let sheet = Sheet::new(1);
    rig.grant_code(&Exam::new(1), &sheet).await;
    let session = rig.session(&Exam::new(1), &sheet).await;
    let spoil: [fn(&mut Exam); 5] = [
        |exam| exam.blobs[0].1.truncate(100_000),
        |exam| exam.blobs[0].1.push(0),
        |exam| exam.blobs[0].1[70_000] ^= 1,
        |exam| exam.blobs.truncate(3),
        |exam| exam.blobs.push((BlobName::ReportPage(9), b"x".to_vec())),
    ];
    for (case, spoil) in spoil.into_iter().enumerate() {
        let mut exam = Exam::new(1);
        spoil(&mut exam);
        exam.send(&rig.server).await;
        let refused = rig.server.commit(exam.publication.clone()).await;
        assert!(matches!(refused, Err(LinkError::Refused(_))), "case {case}");
        assert!(matches!(rig.server.look(&session).await.unwrap(), Look::NotYet(_)), "case {case}");
    }
    // And a good one passes afterwards.
    rig.publish(&Exam::new(1)).await;
    assert!(matches!(rig.server.look(&session).await.unwrap(), Look::Online(_)));
}

#[tokio::test]
async fn a_gap_is_refused_and_bytes_before_the_beginning_are_asked_again() {
    let rig = Rig::new().await;
    let exam = Exam::new(1);
    let id = exam.publication.publication;
    let put = |offset| rig.server.put(id, BlobName::Report, offset, Bytes::from_static(b"abc"));
    assert!(matches!(put(0).await, Err(LinkError::Unavailable(_))));
    rig.server.begin(exam.publication.exam, id).await.unwrap();
    assert!(matches!(put(1).await, Err(LinkError::Refused(_))));
    put(0).await.unwrap();
    put(3).await.unwrap();
}

#[tokio::test]
async fn a_publication_past_its_time_or_of_another_version_is_refused() {
    let rig = Rig::new().await;
    let mut late = Exam::new(1);
    late.publication.times.online_until = crate::rig::START;
    let mut other = Exam::new(2);
    other.publication.version = link::LINK_VERSION + 1;
    for exam in [late, other] {
        exam.send(&rig.server).await;
        assert!(matches!(rig.server.commit(exam.publication.clone()).await, Err(LinkError::Refused(_))));
    }
}

#[tokio::test]
async fn messages_are_numbered_from_one_without_gaps_and_read_again_from_anywhere() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    for _ in 0..3 {
        rig.session(&exam, &sheet).await;
    }
    let rig = rig.crash(|_| {}).await;
    let all = rig.server.poll(0, 100).await.unwrap();
    assert_eq!(all.iter().map(|message| message.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(matches!(all[2].message, ToArchive::CodeUsed { sheet: s, uses: 3, .. } if s == sheet.sheet));
    assert_eq!(rig.server.poll(1, 1).await.unwrap(), all[1..2]);
    assert!(rig.server.poll(3, 100).await.unwrap().is_empty());
}

#[tokio::test]
async fn of_two_publications_at_once_one_is_visible_and_the_other_gone_whole() {
    let rig = Rig::new().await;
    let sheet = Sheet::new(1);
    let (first, second) = (Exam::version(1, 1), Exam::version(1, 2));
    rig.grant_code(&first, &sheet).await;
    tokio::join!(first.send(&rig.server), second.send(&rig.server));
    let (one, two) =
        tokio::join!(rig.server.commit(first.publication.clone()), rig.server.commit(second.publication.clone()));
    one.unwrap();
    two.unwrap();
    let session = rig.session(&first, &sheet).await;
    let grant = rig.server.grant(&session).await.unwrap();
    let winner = if grant.publication() == &first.publication { &first } else { &second };
    let served = rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    for (name, bytes) in &winner.blobs {
        assert_eq!(rig.server.read_whole(served, name).await.unwrap(), bytes);
    }
    assert_eq!(crate::copies::shelved(&rig).len(), 1, "the other's bytes are gone");
}

#[tokio::test]
async fn publications_begun_and_abandoned_never_stop_the_next() {
    let rig = Rig::new().await;
    for n in 0..300u128 {
        rig.server.begin(uuid::Uuid::from_u128(n), uuid::Uuid::from_u128(0xDEAD_0000 + n)).await.unwrap();
    }
    rig.publish(&Exam::new(1)).await;
    let left = std::fs::read_dir(rig.copies().join("incoming")).unwrap().count();
    assert!(left <= 256, "{left} folders of abandoned arrivals");
}
