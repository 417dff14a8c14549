//! The order of arrival and repeats change nothing; a doubt is never overruled by more of the same.

use crate::identity_cases::{HERE, adt, image, merge, message, order, report, traits, with_accession};
use exam::identity::{
    ClaimedId, Decision, ExamIdentityFacts, ImageClaim, MergeFact, Merges, OrderFact, PatientFact, PatientSource,
    ReportFact, Resolution, Sex, Traits, check_merge, resolve,
};
use proptest::prelude::*;
use time::OffsetDateTime;

/// Few values, so that facts collide.
fn value() -> impl Strategy<Value = &'static str> {
    prop_oneof![Just("1"), Just("2"), Just("3"), Just("")]
}

fn person() -> impl Strategy<Value = Traits> {
    let name = prop_oneof![Just("DUPONT"), Just("MARTIN")];
    let birth = prop_oneof![Just("19500312"), Just("1950"), Just("19800101"), Just("")];
    (name, birth, prop_oneof![Just(Sex::F), Just(Sex::M)]).prop_map(|(name, birth, sex)| traits(name, birth, sex))
}

fn claims() -> impl Strategy<Value = Vec<ImageClaim>> {
    let issuer = proptest::option::of(prop_oneof![Just(HERE), Just("1.2.250.1.213.1.4.8")]);
    let study = prop_oneof![Just("1.1"), Just("1.1"), Just("1.2")];
    let claim =
        (study, issuer, value(), person(), any::<bool>()).prop_map(|(study, issuer, value, person, numbered)| {
            let claim = image(study, issuer, value, person);
            if numbered { with_accession(claim, "A1") } else { claim }
        });
    proptest::collection::vec(claim, 0..5)
}

fn patients() -> impl Strategy<Value = Vec<PatientFact>> {
    let more = proptest::collection::vec((prop_oneof![Just(HERE), Just("1.2.250.1.213.1.4.8")], value()), 0..3);
    let fact = (0i64..4, value(), person(), any::<bool>(), more).prop_map(|(minute, value, person, is_adt, more)| {
        let source = if is_adt { PatientSource::Adt } else { PatientSource::OrderOrReport };
        let mut fact = PatientFact { source, ..adt(minute, value, person) };
        fact.ids.extend(more.into_iter().map(|(issuer, value)| ClaimedId::new(Some(issuer), value)));
        fact
    });
    proptest::collection::vec(fact, 0..6)
}

fn merges() -> impl Strategy<Value = Vec<MergeFact>> {
    let fact = (0i64..4, value(), value(), "[ab]").prop_map(|(minute, merged, survivor, control)| MergeFact {
        message: message(minute, &control),
        ..merge(minute, merged, survivor)
    });
    proptest::collection::vec(fact, 0..5)
}

fn sayings() -> impl Strategy<Value = (Vec<OrderFact>, Vec<ReportFact>)> {
    let orders = (value(), person()).prop_map(|(value, person)| order("A1", value, person));
    let reports = (value(), person()).prop_map(|(value, person)| report("A1", value, person));
    (proptest::collection::vec(orders, 0..3), proptest::collection::vec(reports, 0..3))
}

fn facts() -> impl Strategy<Value = ExamIdentityFacts> {
    let decision = (0i64..3, value()).prop_map(|(minute, value)| Decision {
        at: OffsetDateTime::UNIX_EPOCH + time::Duration::minutes(minute),
        patient: exam::identity::Identifier::new(HERE, value),
    });
    let decisions = proptest::collection::vec(decision, 0..2);
    (claims(), patients(), merges(), sayings(), decisions).prop_map(|(images, patients, merges, said, decisions)| {
        let (orders, reports) = said;
        let study_uids = ["1.1".to_owned()].into();
        ExamIdentityFacts { study_uids, images, orders, reports, patients, merges, decisions }
    })
}

/// The same set in another order, some facts twice.
fn shuffled<T: Clone + std::fmt::Debug>(all: Vec<T>) -> impl Strategy<Value = Vec<T>> {
    let twice = proptest::collection::vec(any::<bool>(), all.len());
    (Just(all), twice)
        .prop_map(|(all, twice)| {
            let repeats = all.iter().zip(twice).filter(|(_, twice)| *twice).map(|(fact, _)| fact.clone());
            let repeats: Vec<T> = repeats.collect();
            all.into_iter().chain(repeats).collect::<Vec<T>>()
        })
        .prop_shuffle()
}

fn twins() -> impl Strategy<Value = (ExamIdentityFacts, ExamIdentityFacts)> {
    facts().prop_flat_map(|facts| {
        let first = facts.clone();
        let hl7 = (shuffled(facts.orders), shuffled(facts.reports), shuffled(facts.patients), shuffled(facts.merges));
        (shuffled(facts.images), hl7, shuffled(facts.decisions)).prop_map(
            move |(images, (orders, reports, patients, merges), decisions)| {
                let study_uids = first.study_uids.clone();
                let second = ExamIdentityFacts { study_uids, images, orders, reports, patients, merges, decisions };
                (first.clone(), second)
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_order_and_any_repeat_of_the_facts_gives_the_same_resolution((first, second) in twins()) {
        prop_assert_eq!(resolve(&first, HERE), resolve(&second, HERE));
    }

    #[test]
    fn a_certain_patient_is_never_one_that_was_merged_away(facts in facts()) {
        if let Resolution::Certain { patient, .. } = resolve(&facts, HERE) {
            prop_assert!(!Merges::of(&facts.merges).is_merged(&patient));
        }
    }

    #[test]
    fn a_certain_patient_never_contradicts_the_images(mut facts in facts()) {
        facts.decisions.clear();
        if let Resolution::Certain { patient, .. } = resolve(&facts, HERE) {
            let people = exam::identity::People::of(&facts, HERE);
            let known = people.get(&patient).expect("a certain patient is known").traits.clone();
            for claim in facts.images.iter().filter(|claim| claim.study_uid == "1.1") {
                if let (Some(said), Some(known)) = (claim.traits.birth, known.birth) {
                    prop_assert!(!said.contradicts(known));
                }
                if let (Some(said), Some(known)) = (claim.traits.sex, known.sex) {
                    prop_assert!(!said.contradicts(known));
                }
            }
        }
    }

    #[test]
    fn waiting_always_says_why(facts in facts()) {
        if let Resolution::Waiting { reasons } = resolve(&facts, HERE) {
            prop_assert!(!reasons.is_empty());
        }
    }

    #[test]
    fn merges_end_and_a_survivor_is_not_merged(all in merges(), new in merges()) {
        let merges = Merges::of(&all);
        for fact in &all {
            prop_assert!(!merges.is_merged(merges.survivor(&fact.merged)));
        }
        for fact in &new {
            let _ = check_merge(&all, fact);
        }
    }
}
