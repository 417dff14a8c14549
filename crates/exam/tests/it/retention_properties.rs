//! Never gone early, never served late: over random births, deaths, visits, holds, choices and policies.

use exam::class::ExamClass;
use exam::dates::{BirthDate, Zone, add_months, add_years};
use exam::policy::{ArchiveRule, DIFFUSION_CAP_MONTHS, Policies, PolicyRow};
use exam::retention::{
    Choice, ExamFacts, Hold, Keep, archive_verdict, diffusion_verdict, document_keep, hospital_keep,
};
use proptest::prelude::*;
use time::{Date, Duration, Month, OffsetDateTime};

const ZONE: Zone = Zone::EuropeParis;

fn date(years: std::ops::Range<i32>) -> impl Strategy<Value = Date> {
    (years, 1u8..=12, 1u8..=31).prop_map(|(year, month, day)| {
        let month = Month::try_from(month).unwrap();
        Date::from_calendar_date(year, month, day.min(month.length(year))).unwrap()
    })
}

fn birth() -> impl Strategy<Value = BirthDate> {
    (1900i32..2040, proptest::option::of(1u8..=12), proptest::option::of(1u8..=28))
        .prop_map(|(year, month, day)| BirthDate { year, month, day })
}

fn choice() -> impl Strategy<Value = Choice> {
    prop_oneof![Just(Choice::NotChosen), Just(Choice::Declined), Just(Choice::Chosen), Just(Choice::LegacyUnknown)]
}

fn class() -> impl Strategy<Value = ExamClass> {
    proptest::sample::select(ExamClass::ALL.to_vec())
}

fn exam() -> impl Strategy<Value = ExamFacts> {
    let people =
        (proptest::option::of(birth()), proptest::option::of(date(2000..2080)), proptest::option::of(date(2000..2080)));
    let holds = proptest::collection::btree_set(
        proptest::sample::select(vec![Hold::Claim, Hold::DataRequest, Hold::Recall]),
        0..2,
    );
    let recall = proptest::option::of(date(2020..2060));
    (class(), date(2000..2060), choice(), people, holds, recall).prop_map(
        |(class, exam_date, choice, (birth, death, last_visit), holds, recall)| ExamFacts {
            class,
            exam_date,
            choice,
            birth,
            death,
            last_visit,
            holds,
            recall_ready_at: recall.map(|day| ZONE.start_of(day)),
        },
    )
}

fn row(class: ExamClass, from: Date) -> impl Strategy<Value = PolicyRow> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    ((1u16..300, 1u16..60, 1u16..=24, 1u16..=24, 1u16..60), flags).prop_map(
        move |((archive, immediate, diffusion, chosen, recall), (systematic, minors, hospital))| PolicyRow {
            class,
            valid_from: from,
            archive: if systematic { ArchiveRule::Systematic } else { ArchiveRule::Optional },
            archive_min_months: archive,
            immediate_min_months: immediate,
            diffusion_months: diffusion,
            diffusion_if_chosen_months: chosen,
            after_recall_days: recall,
            minors_until_28: minors,
            hospital_rule: hospital,
        },
    )
}

/// The default rows and one or two later ones for each class.
fn policies() -> impl Strategy<Value = Policies> {
    let classes: Vec<ExamClass> = ExamClass::ALL.into_iter().filter(|class| class.is_real()).collect();
    let changes = (date(2010..2030), date(2031..2050)).prop_flat_map(move |(first, second)| {
        let of_class = classes.clone().into_iter().map(|class| (row(class, first), row(class, second)));
        of_class.collect::<Vec<_>>()
    });
    changes.prop_map(|pairs| {
        let later = pairs.into_iter().flat_map(|(first, second)| [first, second]);
        Policies::new(Policies::default().rows().iter().cloned().chain(later).collect()).unwrap()
    })
}

fn instant() -> impl Strategy<Value = OffsetDateTime> {
    (date(2000..2090), 0i64..86_400).prop_map(|(day, second)| ZONE.start_of(day) + Duration::seconds(second))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_is_served_after_24_months_unless_recalled(exam in exam(), policies in policies(), now in instant()) {
        let verdict = diffusion_verdict(&exam, &policies, ZONE, now);
        let last = add_months(exam.exam_date, DIFFUSION_CAP_MONTHS.into());
        if verdict.consultable && ZONE.date_of(now) > last {
            let ready = ZONE.date_of(exam.recall_ready_at.expect("only a recall serves so late"));
            prop_assert!(ZONE.date_of(now) <= ready + Duration::days(60));
            prop_assert!(archive_verdict(&exam, &policies, ZONE, now).is_archived());
        }
        prop_assert!(exam.class.is_real() || !verdict.consultable);
        prop_assert_eq!(verdict.consultable, verdict.last_day.is_some() && now < verdict.online_until);
    }

    #[test]
    fn what_has_expired_stays_expired_without_a_recall(
        exam in exam(), policies in policies(), now in instant(), later in instant()
    ) {
        let exam = ExamFacts { recall_ready_at: None, ..exam };
        let (now, later) = (now.min(later), now.max(later));
        let served = |at| diffusion_verdict(&exam, &policies, ZONE, at).consultable;
        let began = ZONE.start_of(exam.exam_date) <= now;
        prop_assert!(!began || served(now) || !served(later));
    }

    #[test]
    fn nothing_is_eligible_early(exam in exam(), policies in policies(), now in instant()) {
        let verdict = archive_verdict(&exam, &policies, ZONE, now);
        let today = ZONE.date_of(now);
        if verdict.eligible {
            prop_assert!(exam.holds.is_empty());
            prop_assert!(!diffusion_verdict(&exam, &policies, ZONE, now).consultable || verdict.is_archived());
            let rows = policies.since(exam.class, exam.exam_date, today);
            for row in rows {
                let owed = row.archive == ArchiveRule::Systematic || exam.choice == Choice::Chosen;
                prop_assert!(!owed || today > add_months(exam.exam_date, row.archive_min_months.into()));
                let visit = exam.last_visit.map_or(exam.exam_date, |day| day.max(exam.exam_date));
                prop_assert!(!row.hospital_rule || today > hospital_keep(visit, exam.birth, exam.death).0);
                let minor = exam.birth.is_none_or(|birth| add_years(birth.latest(), 18) > exam.exam_date);
                let birthday = add_years(exam.birth.map_or(exam.exam_date, |birth| birth.latest()), 28);
                prop_assert!(!(row.minors_until_28 && minor) || today > birthday);
            }
        }
    }

    #[test]
    fn time_and_later_rows_never_shorten_an_archive(
        exam in exam(), policies in policies(), now in instant(), later in instant()
    ) {
        let (now, later) = (now.min(later), now.max(later));
        let until = |at| archive_verdict(&exam, &policies, ZONE, at).archived_until();
        let before = ZONE.start_of(exam.exam_date) <= now;
        if let (true, Some(first)) = (before, until(now)) {
            let legacy = matches!(archive_verdict(&exam, &policies, ZONE, later).keep, Keep::LegacyUnknown);
            prop_assert!(legacy || until(later).is_some_and(|second| second >= first));
        }
    }

    #[test]
    fn a_shorter_minimum_never_touches_an_existing_exam(exam in exam(), now in instant(), months in 1u16..60) {
        let mut rows = Policies::default().rows().to_vec();
        let from = add_months(exam.exam_date, 1);
        let shorter: Vec<PolicyRow> = rows.iter()
            .map(|row| PolicyRow { valid_from: from, archive_min_months: months.min(row.archive_min_months), ..row.clone() })
            .collect();
        rows.extend(shorter);
        let (before, after) = (Policies::default(), Policies::new(rows).unwrap());
        let keep = |policies| archive_verdict(&exam, policies, ZONE, now).keep;
        prop_assert_eq!(keep(&before), keep(&after));
    }

    #[test]
    fn a_choice_only_ever_lengthens(exam in exam(), policies in policies(), now in instant()) {
        let with = |choice| archive_verdict(&ExamFacts { choice, ..exam.clone() }, &policies, ZONE, now).archived_until();
        prop_assert!(with(Choice::Chosen) >= with(Choice::NotChosen));
        prop_assert_eq!(with(Choice::Declined), with(Choice::NotChosen));
    }

    #[test]
    fn a_visit_later_only_ever_lengthens(birth in proptest::option::of(birth()), a in date(2000..2060), b in date(2000..2060)) {
        let (first, second) = (a.min(b), a.max(b));
        prop_assert!(hospital_keep(second, birth, None).0 >= hospital_keep(first, birth, None).0);
        prop_assert!(document_keep(second, birth) >= document_keep(first, birth));
    }

    #[test]
    fn no_date_from_year_1_to_9999_panics(
        class in class(), choice in choice(), exam_date in date(1..10_000), death in date(1..10_000),
        last_visit in date(1..10_000), now in date(1..10_000), policies in policies()
    ) {
        let exam = ExamFacts {
            choice,
            birth: Some(BirthDate::of(exam_date)),
            death: Some(death),
            last_visit: Some(last_visit),
            recall_ready_at: Some(ZONE.start_of(death)),
            ..ExamFacts::new(class, exam_date)
        };
        let now = ZONE.start_of(now);
        let _ = (archive_verdict(&exam, &policies, ZONE, now), diffusion_verdict(&exam, &policies, ZONE, now));
    }
}

#[test]
fn a_29th_of_february_never_panics_in_any_rule() {
    let leap = Date::from_calendar_date(2024, Month::February, 29).unwrap();
    for class in ExamClass::ALL {
        let exam = ExamFacts {
            birth: Some(BirthDate::of(leap)),
            death: Some(leap),
            last_visit: Some(leap),
            choice: Choice::Chosen,
            ..ExamFacts::new(class, leap)
        };
        let verdict = archive_verdict(&exam, &Policies::default(), ZONE, ZONE.start_of(leap));
        assert_eq!(verdict.is_archived(), class.is_real());
    }
}
