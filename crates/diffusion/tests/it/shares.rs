//! One exam shared with a person.

use crate::factor::{asked, contact, send, strong};
use crate::post::Post;
use crate::rig::{Exam, Rig, START, Sheet};
use diffusion::{Act, ConsultedBy, Denied, DiffusionError, FactorRule, Language, Proof, Sending, SessionToken};
use diffusion::{ShareWish, Sharing};
use futures::StreamExt;
use link::{DiffusionDoor, ToDiffusion};
use time::Duration;

const PAUL: &str = "paul@exemple.fr";

fn wish(download: bool) -> ShareWish {
    ShareWish { email: PAUL.into(), days: 7, download, language: Language::French }
}

async fn start(post: &Post) -> (Rig, Exam, Sheet, SessionToken) {
    let contacts = vec![contact("anne@exemple.fr", START - Duration::days(1))];
    let (rig, exam, sheet) = asked(post, FactorRule::Required, contacts).await;
    let patient = strong(&rig, post, &exam, &sheet).await;
    (rig, exam, sheet, patient)
}

/// The person invited, inside.
async fn invited(rig: &Rig, post: &Post, link: &str) -> SessionToken {
    let session = rig.server.follow_link(link).await.unwrap().unwrap();
    assert_eq!(send(rig, &session).await, Sending::Sent);
    assert_eq!(post.sent().last().unwrap().0, PAUL);
    assert_eq!(rig.server.prove(&session, &post.last()).await.unwrap(), Proof::Passed);
    session
}

#[tokio::test]
async fn the_link_opens_nothing_by_itself_and_the_code_goes_to_the_address_invited() {
    let post = Post::default();
    let (rig, _, _, patient) = start(&post).await;
    assert_eq!(rig.server.share(&patient, &wish(true)).await.unwrap(), Sharing::Made);
    let link = post.last();
    let forwarded = rig.server.follow_link(&link).await.unwrap().unwrap();
    assert!(matches!(rig.server.look(&forwarded).await, Err(Denied::FactorAwaited)));
    assert_eq!(rig.server.prove(&forwarded, "000000").await.unwrap(), Proof::Over);
    let paul = invited(&rig, &post, &link).await;
    let grant = rig.server.grant(&paul).await.unwrap();
    assert!(!grant.strong() && grant.may_download());
    rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    // What is the patient's stays the patient's.
    assert!(matches!(rig.server.who_looked(&paul).await, Err(Denied::NotStrong)));
    assert!(matches!(rig.server.share(&paul, &wish(true)).await, Err(Denied::NotStrong)));
    assert!(matches!(rig.server.shares(&paul).await, Err(Denied::NotStrong)));
    assert!(rig.server.follow_link("00000000000000000000000000000000").await.unwrap().is_none());
}

#[tokio::test]
async fn the_patient_is_told_at_the_first_use_of_each_day_and_sees_who_looked() {
    let post = Post::default();
    let (rig, _, _, patient) = start(&post).await;
    rig.server.share(&patient, &wish(false)).await.unwrap();
    let paul = invited(&rig, &post, &post.last()).await;
    let told = || post.sent().iter().filter(|(to, said)| to == "anne@exemple.fr" && said == "used").count();
    for _ in 0..2 {
        let grant = rig.server.grant(&paul).await.unwrap();
        rig.server.serve(&grant, Act::List).await.unwrap();
        rig.server.settle().await;
    }
    assert_eq!(told(), 1);
    let lines = rig.server.who_looked(&patient).await.unwrap();
    assert!(lines.iter().any(|line| line.by == ConsultedBy::Invited && line.act == Act::List));
    let shares = rig.server.shares(&patient).await.unwrap();
    assert!(shares[0].living && shares[0].email == PAUL && shares[0].used_at.is_some());
}

#[tokio::test]
async fn a_share_that_is_ended_is_dead_at_the_next_request_and_cuts_a_download_under_way() {
    let post = Post::default();
    let (rig, _, _, patient) = start(&post).await;
    rig.server.share(&patient, &wish(true)).await.unwrap();
    let link = post.last();
    let paul = invited(&rig, &post, &link).await;
    let grant = rig.server.grant(&paul).await.unwrap();
    let served = rig.server.serve(&grant, Act::DownloadDicom).await.unwrap();
    let mut download = rig.server.dicom_zip(served).await.unwrap();
    download.body.next().await.unwrap().unwrap();
    let share = rig.server.shares(&patient).await.unwrap()[0].share;
    rig.server.end_sharing(&patient, share).await.unwrap();
    let mut cut = false;
    while let Some(piece) = download.body.next().await {
        cut |= piece.is_err();
    }
    assert!(cut, "the download went on to its end");
    assert!(matches!(rig.server.grant(&paul).await, Err(Denied::NoSession)));
    assert!(rig.server.follow_link(&link).await.unwrap().is_none());
    assert!(!rig.server.shares(&patient).await.unwrap()[0].living);
}

#[tokio::test]
async fn a_share_ends_with_its_last_day_and_with_the_sheet_it_was_made_with() {
    let post = Post::default();
    let (rig, _, _, patient) = start(&post).await;
    rig.server.share(&patient, &wish(true)).await.unwrap();
    let link = post.last();
    // Seven days, today's included, in Paris.
    rig.clock.jump_to(time::macros::datetime!(2026-12-01 22:59 UTC));
    let paul = invited(&rig, &post, &link).await;
    rig.server.grant(&paul).await.unwrap();
    rig.wait(Duration::minutes(1));
    assert!(matches!(rig.server.grant(&paul).await, Err(Denied::NoSession)));
    assert!(rig.server.follow_link(&link).await.unwrap().is_none());
    let (rig, _, sheet, patient) = start(&post).await;
    rig.server.share(&patient, &wish(true)).await.unwrap();
    let paul = invited(&rig, &post, &post.last()).await;
    rig.server.grant(&paul).await.unwrap();
    rig.server.apply(ToDiffusion::Revoke { sheet: sheet.sheet }).await.unwrap();
    assert!(matches!(rig.server.grant(&paul).await, Err(Denied::NoSession)));
}

#[tokio::test]
async fn without_the_right_to_download_nothing_is_taken_away() {
    let post = Post::default();
    let (rig, _, _, patient) = start(&post).await;
    rig.server.share(&patient, &wish(false)).await.unwrap();
    let paul = invited(&rig, &post, &post.last()).await;
    let grant = rig.server.grant(&paul).await.unwrap();
    rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    for act in [Act::DownloadDicom, Act::DownloadImages, Act::DownloadReport] {
        assert!(matches!(rig.server.serve(&grant, act).await, Err(DiffusionError::Gone)), "{act:?}");
    }
}

#[tokio::test]
async fn only_who_proved_a_contact_shares_with_an_address_for_thirty_days_at_most() {
    let post = Post::default();
    let (rig, exam, sheet) = asked(&post, FactorRule::Derogation, Vec::new()).await;
    let weak = rig.session(&exam, &sheet).await;
    rig.server.grant(&weak).await.unwrap();
    assert!(matches!(rig.server.share(&weak, &wish(true)).await, Err(Denied::NotStrong)));
    let (rig, _, _, patient) = start(&post).await;
    for (email, days) in
        [("paul", 7), ("a@b", 7), ("a@b.fr, c@d.fr", 7), ("a@b.fr\nBcc: x@y.fr", 7), (PAUL, 0), (PAUL, 31)]
    {
        let wish = ShareWish { email: email.into(), days, download: true, language: Language::English };
        assert_eq!(rig.server.share(&patient, &wish).await.unwrap(), Sharing::Refused, "{email:?} {days}");
    }
}
