//! Dates that change after publication are told by themselves: no byte of an image moves.

use crate::rig::{GROUP, Rig};
use crate::senders::{self, chest};
use ambient::Clock;
use exam::policy::Policies;
use phantom::Kind;
use record::{Answer, ArchiveChoice, ClassCorrection};
use std::time::Duration;
use time::OffsetDateTime;
use time::macros::datetime;

async fn answered(rig: &Rig, answer: Answer) {
    let choice = ArchiveChoice {
        exam: rig.exam_id().await,
        answer,
        notice_version: "1".into(),
        notice: "notice".into(),
        price_cents: 3000,
        advice: None,
        by: "accueil".into(),
        at: rig.clock.now(),
    };
    rig.archive.catalogue.record_choice(GROUP, choice, &Policies::default()).await.unwrap();
    rig.run_due().await;
}

async fn corrected(rig: &Rig, class: &str) {
    let correction = ClassCorrection {
        exam: rig.exam_id().await,
        class: Some(class.into()),
        reason: "c'est un suivi".into(),
        by: "dr".into(),
        at: rig.clock.now(),
    };
    rig.archive.catalogue.correct_class(GROUP, correction).await.unwrap();
    rig.run_due().await;
}

fn far(instant: OffsetDateTime) -> bool {
    instant > datetime!(2046-11-24 00:00 UTC)
}

#[tokio::test]
async fn a_choice_made_and_taken_back_is_told_and_moves_no_byte() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    let begun = rig.door.look(|state| state.begun.len());
    let first = rig.door.stubs().pop().unwrap();
    assert_eq!((first.times.archived_until, first.times.can_come_back()), (None, false));
    let explained = first.times.online_until + Duration::from_secs(30 * 24 * 3600);
    assert_eq!(first.codes_until, explained, "the code still opens the page that says what became of the images");
    answered(&rig, Answer::Chosen).await;
    let chosen = rig.door.stubs().pop().unwrap();
    assert!(chosen.times.can_come_back() && far(chosen.codes_until), "{chosen:?}");
    assert_eq!(chosen.times.archive_reason, "archive-chosen-20-years");
    assert_eq!(chosen.times.online_until, first.times.online_until);
    answered(&rig, Answer::TakenBack).await;
    let back = rig.door.stubs().pop().unwrap();
    assert_eq!((back.times.archive_reason.as_str(), back.codes_until), ("archive-declined", first.codes_until));
    let told = rig.door.stubs().len();
    rig.publish_again().await;
    assert_eq!(rig.door.stubs().len(), told, "nothing new, nothing said");
    assert_eq!((rig.door.commits(), rig.door.look(|state| state.begun.len())), (1, begun));
}

#[tokio::test]
async fn a_choice_made_after_the_time_on_line_keeps_the_codes_alive() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    rig.clock.jump_to(rig.door.last().times.online_until + Duration::from_secs(3600));
    answered(&rig, Answer::Chosen).await;
    let stub = rig.door.stubs().pop().unwrap();
    assert!(far(stub.codes_until) && stub.times.can_come_back());
    assert_eq!(rig.door.commits(), 1, "the archive does not put it back on the web by itself");
}

#[tokio::test]
async fn a_class_put_right_after_the_end_brings_the_copy_back_for_the_time_it_always_had() {
    let rig = Rig::new().await;
    rig.reported(&chest()).await;
    rig.quiet().await;
    rig.clock.jump_to(rig.door.last().times.online_until + Duration::from_secs(3600));
    rig.run_due().await;
    corrected(&rig, "mg-followup").await;
    rig.quiet().await;
    assert_eq!(rig.door.commits(), 2, "the other side holds no bytes any more");
    let publication = rig.door.last();
    assert_eq!(
        (publication.class.as_str(), publication.times.online_reason.as_str()),
        ("mg-followup", "online-24-months")
    );
    assert!(rig.door.is_visible(publication.exam));
}

#[tokio::test]
async fn a_lost_word_is_said_again() {
    let rig = Rig::without_outlet().await;
    rig.reported(&senders::exam(Kind::HeadCt)).await;
    rig.quiet().await;
    assert_eq!(rig.door.stubs().len(), 1);
    assert!(rig.archive.catalogue.told(GROUP, rig.exam_id().await).await.unwrap().is_some());
    corrected(&rig, "other").await;
    let stub = rig.door.stubs().pop().unwrap();
    assert_eq!((rig.door.stubs().len(), stub.class.as_str()), (2, "other"));
    assert_eq!(stub.times.online_reason, "online-6-months", "shorter from now on");
}
