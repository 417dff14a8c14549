use crate::rig::*;
use ::retention::RetentionError;
use exam::class::ExamClass;
use exam::policy::{ArchiveRule, Policies, PolicyRow};
use record::*;
use std::collections::BTreeSet;
use time::Date;
use time::macros::date;

fn with(change: impl Fn(&mut PolicyRow), from: Date) -> Policies {
    let mut rows = Policies::default().rows().to_vec();
    let mut new = rows.clone();
    for row in &mut new {
        row.valid_from = from;
        change(row);
    }
    rows.extend(new);
    Policies::new(rows).unwrap()
}

#[tokio::test]
async fn the_rehearsal_of_a_day_and_the_day_itself_name_the_same_objects_and_the_rehearsal_touches_nothing() {
    let rig = Rig::new().await;
    let dates = [date!(2021 - 11 - 20), date!(2022 - 03 - 14), date!(2022 - 03 - 15), date!(2024 - 01 - 01)];
    for (n, day) in dates.into_iter().enumerate() {
        rig.exam(&ct(&format!("1.2.{n}"), &format!("{n}"), day)).await;
        rig.exam(&radiograph(&format!("1.3.{n}"), &format!("{n}"), day)).await;
    }
    let on = date!(2027 - 03 - 15);
    let before = rig.catalogue.reviews(G, None, 100).await.unwrap();
    let rehearsed = rig.retention.rehearse(on, None).await.unwrap();
    assert_eq!(rig.catalogue.reviews(G, None, 100).await.unwrap(), before);
    assert!(rig.catalogue.lists(G, 10).await.unwrap().is_empty());
    assert_eq!(rehearsed, rig.retention.rehearse_everything(on).await.unwrap());
    assert_eq!(rig.on(on).await.proposed, rehearsed.found.count());
    let mut listed = BTreeSet::new();
    for list in rig.catalogue.lists(G, 10).await.unwrap() {
        let (_, items) = rig.catalogue.list(G, list.list).await.unwrap();
        assert_eq!(items, rehearsed.found.items[&list.path]);
        listed.extend(items.into_iter().flat_map(|item| item.objects));
        rig.retention.approve(&anne(), list.list).await.unwrap();
        rig.retention.approve(&bruno(), list.list).await.unwrap();
    }
    let all: BTreeSet<_> = rig.objects().into_iter().collect();
    rig.days(30).await;
    let left: BTreeSet<_> = rig.objects().into_iter().collect();
    let gone: BTreeSet<_> = all.difference(&left).cloned().collect();
    assert_eq!(gone, listed, "object for object");
    // CT of 2022-03-15 is kept through 2027-03-15.
    assert_eq!(left.len(), 4);
}

#[tokio::test]
async fn a_rule_change_is_rehearsed_from_every_exam_and_forecast_equals_the_real_run() {
    let mut rig = Rig::new().await;
    for n in 0..6 {
        rig.exam(&radiograph(&format!("1.3.{n}"), &format!("{n}"), date!(2026 - 10 - 01))).await;
    }
    rig.on(date!(2026 - 11 - 26)).await;
    // From the new year on, two months on line instead of six.
    let shorter = with(
        |row| {
            if row.class == ExamClass::Other {
                row.diffusion_months = 2
            }
        },
        date!(2027 - 01 - 01),
    );
    let on = date!(2027 - 01 - 02);
    assert_eq!(rig.retention.rehearse(on, None).await.unwrap().found.count(), 0);
    let rehearsed = rig.retention.rehearse(on, Some(&shorter)).await.unwrap();
    assert_eq!(rehearsed.found.count(), 6);
    rig.policies(shorter);
    rig.day().await;
    assert_eq!(rig.on(on).await.proposed, 6, "the hints of the old table do not hide them");
    let list = rig.open_list().await;
    assert_eq!(rig.catalogue.list(G, list.list).await.unwrap().1, rehearsed.found.items[&ErasurePath::StoredOnly]);
}

#[tokio::test]
async fn a_policy_shortened_by_an_administrator_does_not_shorten_what_exists() {
    let mut rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2022 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    // A later row that shortens, or makes the archive optional: existing exams keep their minimum.
    let later = with(
        |row| {
            row.archive_min_months = 1;
            row.archive = ArchiveRule::Optional;
        },
        date!(2026 - 12 - 01),
    );
    rig.policies(later);
    rig.day().await;
    assert_eq!(rig.on(date!(2026 - 12 - 31)).await.proposed, 0);
    // The row itself rewritten, or gone, or a new one slipped into the past: refused, and nothing goes at all.
    let rewritten = Policies::new(
        Policies::default().rows().iter().map(|row| PolicyRow { archive_min_months: 1, ..row.clone() }).collect(),
    );
    let past = with(|row| row.archive_min_months = 1, date!(2021 - 01 - 01));
    for table in [rewritten.unwrap(), past, Policies::default()] {
        rig.policies(table);
        rig.clock.advance(DAY);
        let ran = rig.retention.run_day().await;
        assert!(matches!(ran, Err(RetentionError::Record(RecordError::Refused { .. }))), "{ran:?}");
    }
    assert_eq!(rig.detail(exam).await.state, "sealed");
}
