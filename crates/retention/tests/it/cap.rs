use crate::rig::*;
use ::retention::{Person, RetentionError};
use ambient::ClockDoubt;
use record::*;
use time::macros::{date, datetime};

#[tokio::test]
async fn more_than_one_and_a_half_times_the_forecast_stops_the_day_until_an_officer_has_looked() {
    let rig = Rig::new().await;
    for n in 0..2 {
        rig.exam(&ct(&format!("1.2.{n}"), &format!("{n}"), date!(2021 - 11 - 25))).await;
    }
    rig.clock.jump_to(datetime!(2026-11-25 10:00 UTC));
    rig.day().await;
    let foreseen = rig.catalogue.retention_day(G, date!(2026 - 11 - 26)).await.unwrap().unwrap();
    assert_eq!(foreseen.proposals, 2);
    // Four came since, of the same day: 1.5 × 2 = 3.
    for n in 2..4 {
        rig.exam(&ct(&format!("1.2.{n}"), &format!("{n}"), date!(2021 - 11 - 25))).await;
    }
    rig.clock.advance(DAY);
    let ran = rig.day().await;
    assert_eq!((ran.proposed, ran.stopped.as_deref()), (0, Some("retention-over-cap")));
    assert_eq!(rig.day().await.stopped.as_deref(), Some("retention-over-cap"), "asking again changes nothing");
    refused(rig.retention.lift_cap(&carole()).await);
    rig.retention.lift_cap(&anne()).await.unwrap();
    assert_eq!(rig.day().await.proposed, 4);
    refused(rig.retention.lift_cap(&Person { login: "anne".into(), role: Role::Desk }).await);
}

#[tokio::test]
async fn three_where_two_were_foreseen_are_let_through() {
    let rig = Rig::new().await;
    for n in 0..2 {
        rig.exam(&ct(&format!("1.2.{n}"), &format!("{n}"), date!(2021 - 11 - 25))).await;
    }
    rig.day().await;
    rig.exam(&ct("1.2.2", "2", date!(2021 - 11 - 25))).await;
    rig.clock.advance(DAY);
    assert_eq!(rig.day().await.proposed, 3);
}

#[tokio::test]
async fn delete_all_by_one_stolen_session_deletes_nothing_and_by_two_no_more_than_the_cap() {
    let rig = Rig::new().await;
    for n in 0..4 {
        rig.exam(&ct(&format!("1.2.{n}"), &format!("{n}"), date!(2021 - 11 - 24))).await;
    }
    for n in 4..12 {
        rig.exam(&ct(&format!("1.2.{n}"), &format!("{n}"), date!(2026 - 11 - 01))).await;
    }
    rig.on(date!(2026 - 11 - 26)).await;
    // One session says yes to all there is, again and again, in every role it can claim.
    for list in rig.catalogue.lists(G, 100).await.unwrap() {
        rig.retention.approve(&anne(), list.list).await.unwrap();
        for role in [Role::Administrator, Role::DataProtection, Role::Radiologist] {
            refused(rig.retention.approve(&Person { login: "anne".into(), role }, list.list).await);
        }
    }
    refused(rig.retention.approve_rule(&Person { login: "anne".into(), role: Role::Desk }).await);
    rig.days(40).await;
    assert_eq!(rig.objects().len(), 24);
    // With a second one: only what was foreseen, after its grace, and what is not eligible never.
    rig.retention.approve(&bruno(), rig.open_list().await.list).await.unwrap();
    let all = rig.days(31).await;
    assert_eq!(all.iter().map(|ran| ran.destroyed).sum::<u64>(), 4);
    assert_eq!(rig.objects().len(), 16);
}

#[tokio::test]
async fn a_day_nobody_foresaw_proposes_and_destroys_nothing() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    assert_eq!(rig.day().await.proposed, 0);
    rig.clock.advance(DAY);
    assert_eq!(rig.day().await.proposed, 1);
    rig.approve().await;
    // The program stood still for two months.
    rig.clock.advance(60 * DAY);
    assert_eq!(rig.day().await.destroyed, 0);
    assert_eq!(rig.detail(exam).await.state, "doomed");
    assert_eq!(rig.days(1).await[0].destroyed, 1);
}

#[tokio::test]
async fn while_the_clocks_disagree_nothing_is_planned_approved_or_erased_and_everything_can_be_kept() {
    let rig = Rig::new().await;
    let doubt = ClockDoubt::WallJumped { seconds: 788_000_000 };
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    let other = rig.exam(&ct("1.3", "8", date!(2020 - 01 - 02))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.clock.doubt(Some(doubt));
    let list = rig.open_list().await.list;
    assert!(matches!(rig.retention.approve(&bruno(), list).await, Err(RetentionError::Clock(_))));
    rig.clock.doubt(None);
    rig.approve().await;
    rig.days(29).await;
    rig.clock.doubt(Some(doubt));
    rig.clock.advance(DAY);
    for jumped in [datetime!(2051-11-25 00:00 UTC), datetime!(1970-01-01 00:00 UTC), datetime!(2038-01-19 03:14:08 UTC)]
    {
        let before = ambient::Clock::now(rig.clock.as_ref());
        rig.clock.jump_to(jumped);
        assert!(matches!(rig.retention.run_day().await, Err(RetentionError::Clock(_))));
        assert_eq!(rig.objects().len(), 4);
        rig.clock.jump_to(before);
    }
    rig.retention.recover(&carole(), other, "gardé").await.unwrap();
    rig.retention.hold(&carole(), Held::Exam(other), exam::retention::Hold::Claim, "gardé").await.unwrap();
    rig.clock.doubt(None);
    assert_eq!(rig.day().await.destroyed, 1);
    assert_eq!((rig.detail(exam).await.state.as_str(), rig.detail(other).await.state.as_str()), ("destroyed", "held"));
}

#[tokio::test]
async fn a_doubt_that_comes_between_two_objects_stops_there_and_is_finished_later() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.days(29).await;
    *rig.eraser.dies_at.lock().unwrap() = Some((2, false));
    rig.clock.advance(DAY);
    rig.retention.run_day().await.unwrap_err();
    rig.clock.doubt(Some(ClockDoubt::NotPersisted));
    rig.retention.run_day().await.unwrap_err();
    assert_eq!(rig.objects().len(), 1);
    rig.clock.doubt(None);
    rig.day().await;
    assert!(rig.objects().is_empty());
    assert!(rig.catalogue.destruction(G, exam).await.unwrap().unwrap().finished_at.is_some());
}
