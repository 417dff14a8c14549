//! What the diffusion side has to say: once fetched it goes, and no number comes twice.

use crate::rig::{Exam, Rig, Sheet};
use link::DiffusionDoor;

async fn numbers(rig: &Rig, after: u64) -> Vec<u64> {
    rig.server.poll(after, 100).await.unwrap().iter().map(|message| message.number).collect()
}

async fn rig_with_uses(uses: u32) -> (Rig, Exam, Sheet) {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    for _ in 0..uses {
        rig.session(&exam, &sheet).await;
    }
    (rig, exam, sheet)
}

#[tokio::test]
async fn what_is_asked_for_again_is_still_there_and_what_is_confirmed_is_gone() {
    let (rig, ..) = rig_with_uses(3).await;
    assert_eq!(numbers(&rig, 0).await, [1, 2, 3]);
    assert_eq!(numbers(&rig, 0).await, [1, 2, 3], "nothing was confirmed");
    assert_eq!(numbers(&rig, 2).await, [3]);
    assert_eq!(numbers(&rig, 0).await, [3], "the first two went");
}

#[tokio::test]
async fn numbers_go_on_after_everything_was_fetched() {
    let (rig, exam, sheet) = rig_with_uses(2).await;
    assert_eq!(numbers(&rig, 2).await, [0; 0]);
    rig.session(&exam, &sheet).await;
    assert_eq!(numbers(&rig, 2).await, [3]);
}

#[tokio::test]
async fn a_wiped_side_is_heard_by_an_archive_side_that_remembers_more() {
    let (rig, exam, sheet) = rig_with_uses(2).await;
    assert_eq!(numbers(&rig, 500).await, [501, 502], "said under numbers that were never seen");
    rig.session(&exam, &sheet).await;
    assert_eq!(numbers(&rig, 501).await, [502, 503]);
}
