//! The decision against an oracle written another way, and the simulator against the decision.

use exam::ids::{Finess, Rpps};
use exam::rights::*;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const NOW: OffsetDateTime = datetime!(2026-11-25 10:00 UTC);

fn doctors() -> [Rpps; 2] {
    ["10000023084", "99700366240"].map(|text| Rpps::parse(text).unwrap())
}

fn houses() -> [Finess; 2] {
    ["300017985", "920008059"].map(|text| Finess::parse(text).unwrap())
}

fn named() -> impl Strategy<Value = Named> {
    prop_oneof![
        (0..2_usize).prop_map(|i| Named::Professional { rpps: doctors()[i].clone() }),
        (0..2_usize).prop_map(|i| Named::Structure { finess: houses()[i].clone() }),
        Just(Named::Invited { person: Uuid::from_u128(9) }),
    ]
}

fn role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Patient, Role::Representative, Role::Professional, Role::Radiologist])
}

fn to() -> impl Strategy<Value = Towards> {
    prop_oneof![
        4 => named().prop_map(|who| Towards::One { who }),
        1 => role().prop_map(|role| Towards::Role { role }),
        2 => Just(Towards::Everyone),
        1 => btree_set(named(), 0..3).prop_map(|except| Towards::EveryoneBut { except }),
    ]
}

fn day(n: i64) -> time::Date {
    NOW.date() + Duration::days(n)
}

fn about() -> impl Strategy<Value = Items> {
    prop_oneof![
        2 => Just(Items::All),
        2 => (1..3_u128).prop_map(|exam| Items::Exam { exam: Uuid::from_u128(exam) }),
        1 => (5..7_u128).prop_map(|report| Items::Report { report: Uuid::from_u128(report) }),
        1 => (-3..3_i64, 0..3_i64)
            .prop_map(|(first, days)| Items::Period { first: day(first), last: day(first + days) }),
    ]
}

fn by() -> impl Strategy<Value = By> {
    prop_oneof![4 => Just(By::Person), 1 => Just(By::Message), 1 => Just(By::Desk { login: "a".into() })]
}

fn purpose() -> impl Strategy<Value = Purpose> {
    prop::sample::select(vec![Purpose::Any, Purpose::Care, Purpose::Transmission])
}

fn known() -> impl Strategy<Value = Known> {
    let says = prop::sample::select(vec![Says::Permit, Says::Deny, Says::Deny, Says::Designate, Says::End]);
    let times = (-6..2_i64, prop::option::of(1..8_i64), -6..0_i64);
    (by(), about(), to(), says, any::<[bool; 2]>(), purpose(), times, 1..1000_u64).prop_map(
        |(by, about, to, says, [orderer_too, settled], purpose, (from, lasts, made), sequence)| {
            let from = NOW + Duration::days(from);
            let until = lasts.map(|days| from + Duration::days(days));
            let (person, made_at) = (Uuid::from_u128(3), NOW + Duration::days(made));
            let id = StatementId { origin: Origin::Archive, sequence };
            let statement = Statement { id, person, by, about, to, says, orderer_too, purpose, from, until, made_at };
            Known { statement, settled }
        },
    )
}

fn all_known() -> impl Strategy<Value = Vec<Known>> {
    vec(known(), 0..9).prop_map(|mut all| {
        all.sort_by_key(|one| one.statement.id);
        all.dedup_by_key(|one| one.statement.id);
        all
    })
}

fn subject() -> impl Strategy<Value = Subject> {
    let doctor = (0..2_usize, 0..3_usize).prop_map(|(i, house)| Subject::Professional {
        rpps: doctors()[i].clone(),
        structures: houses().get(house).cloned().into_iter().collect(),
    });
    prop_oneof![
        6 => doctor,
        1 => Just(Subject::Code),
        1 => Just(Subject::Patient),
        1 => Just(Subject::Representative),
        1 => Just(Subject::Invited(Uuid::from_u128(9))),
        1 => (0..2_usize).prop_map(|i| Subject::Establishment(houses()[i].clone())),
        1 => role().prop_map(Subject::Staff),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let ties =
        vec![Tie::HoldsCode, Tie::OwnRecord, Tie::Ordered, Tie::CopiedOn, Tie::CareDeclared, Tie::OwnSite, Tie::Shared];
    let part = prop_oneof![Just(Part::Exam), (5..7_u128).prop_map(|r| Part::Report(Uuid::from_u128(r)))];
    let item = (1..3_u128, prop::option::of(-3..3_i64), part);
    (subject(), item, btree_set(prop::sample::select(ties), 0..3), purpose()).prop_map(
        |(subject, (exam, date, part), ties, purpose)| {
            let item = Item { exam: Uuid::from_u128(exam), date: date.map(day), part };
            Case { subject, item, ties, purpose }
        },
    )
}

/// How near a statement names the subject: 2 in person, 1 among others, 0 not.
fn nearness(to: &Towards, subject: &Subject) -> u8 {
    let at = |finess: &Finess| match subject {
        Subject::Professional { structures, .. } if structures.contains(finess) => 1,
        Subject::Establishment(own) if own == finess => 2,
        _ => 0,
    };
    let by_name = |who: &Named| match (who, subject) {
        (Named::Structure { finess }, _) => at(finess),
        (Named::Professional { rpps }, Subject::Professional { rpps: own, .. }) => 2 * u8::from(rpps == own),
        (Named::Invited { person }, Subject::Invited(own)) => 2 * u8::from(person == own),
        _ => 0,
    };
    let outsider =
        u8::from(matches!(subject, Subject::Professional { .. } | Subject::Establishment(_) | Subject::Invited(_)));
    match to {
        Towards::One { who } => by_name(who),
        Towards::Everyone => outsider,
        Towards::EveryoneBut { except } if except.iter().any(|who| by_name(who) > 0) => 0,
        Towards::EveryoneBut { .. } => outsider,
        Towards::Role { role } => u8::from(match subject {
            Subject::Code | Subject::Patient => *role == Role::Patient,
            Subject::Representative => *role == Role::Representative,
            Subject::Professional { .. } | Subject::Establishment(_) => *role == Role::Professional,
            Subject::Invited(_) => false,
            Subject::Staff(own) => role == own,
        }),
    }
}

/// Whether it may be seen: each statement scores, the highest score decides.
fn oracle(known: &[Known], case: &Case) -> bool {
    let key = |s: &Statement| (s.about.clone(), s.to.clone(), s.by == By::Message, s.purpose);
    let mut best = (0, false);
    for one in known {
        let s = &one.statement;
        let later = known.iter().filter(|other| {
            let o = &other.statement;
            key(o) == key(s) && (o.made_at, o.id) > (s.made_at, s.id) && o.from <= NOW
        });
        let ended = match s.says {
            Says::Deny => later.clone().any(|other| other.settled),
            _ => later.clone().next().is_some(),
        };
        let alive = s.from <= NOW && s.until.is_none_or(|until| NOW < until) && !ended;
        let covered = match &s.about {
            Items::All => true,
            Items::Exam { exam } => case.item.exam == *exam,
            Items::Report { report } => case.item.part == Part::Report(*report),
            Items::Period { first, last } => {
                case.item.date.map_or(s.says == Says::Deny, |date| *first <= date && date <= *last)
            }
        };
        let for_it = [s.purpose, case.purpose].contains(&Purpose::Any) || s.purpose == case.purpose;
        if !alive || !covered || !for_it {
            continue;
        }
        let a_doctor = matches!(case.subject, Subject::Professional { .. });
        let spared = a_doctor
            && case.ties.contains(&Tie::Ordered)
            && !s.orderer_too
            && matches!(s.to, Towards::Everyone | Towards::EveryoneBut { .. });
        let score = match (s.says, nearness(&s.to, &case.subject)) {
            (Says::Deny, 2) => 4,
            (Says::Designate, 2) => 3,
            (Says::Deny, 1) if !spared => 2,
            (Says::Permit, 1 | 2) => 1,
            _ => 0,
        };
        best = best.max((score, score == 1 || score == 3));
    }
    if best.0 > 0 {
        return best.1;
    }
    let has = |ties: &[Tie]| ties.iter().any(|tie| case.ties.contains(tie));
    match &case.subject {
        Subject::Code => has(&[Tie::HoldsCode]),
        Subject::Patient => has(&[Tie::OwnRecord]),
        Subject::Representative => has(&[Tie::OwnRecord, Tie::HoldsCode]),
        Subject::Invited(_) => has(&[Tie::Shared]),
        Subject::Professional { .. } => has(&[Tie::Ordered, Tie::CopiedOn, Tie::CareDeclared]),
        Subject::Establishment(_) => has(&[Tie::Ordered]),
        Subject::Staff(Role::Radiologist) => has(&[Tie::OwnSite]),
        _ => false,
    }
}

fn live(known: &[Known], case: &Case) -> Decision {
    decide(known, &case.subject, &case.item, &case.ties, case.purpose, NOW)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    #[test]
    fn the_decision_is_the_oracles_and_names_what_it_rests_on(known in all_known(), case in case()) {
        let decision = live(&known, &case);
        prop_assert_eq!(decision.permit, oracle(&known, &case));
        if let Ground::Statement(id) = decision.rests_on {
            let named = in_force(&known, NOW).into_iter().find(|one| one.id == id).unwrap();
            prop_assert_eq!(decision.permit, named.says != Says::Deny);
        }
    }

    #[test]
    fn the_simulator_says_what_will_be_decided_once_the_draft_is_saved(
        known in all_known(), draft in known(), case in case()
    ) {
        prop_assume!(known.iter().all(|one| one.statement.id != draft.statement.id));
        let seen = simulate(&known, Some(&draft), std::slice::from_ref(&case), NOW)[0];
        prop_assert_eq!(seen.before, live(&known, &case));
        // Saved: written down, read back, kept in another order.
        let text = serde_json::to_string(&draft.statement).unwrap();
        let mut saved = known;
        saved.insert(0, Known { statement: serde_json::from_str(&text).unwrap(), settled: draft.settled });
        prop_assert_eq!(seen.after, live(&saved, &case));
        prop_assert_eq!(seen.changes(), oracle(&saved[1..], &case) != oracle(&saved, &case));
    }

    #[test]
    fn the_order_in_which_statements_are_known_does_not_matter(known in all_known(), case in case()) {
        let mut other = known.clone();
        other.reverse();
        prop_assert_eq!(live(&known, &case), live(&other, &case));
    }

    #[test]
    fn one_more_deny_never_shows_more(known in all_known(), mut deny in known(), case in case()) {
        deny.statement.says = Says::Deny;
        // Said of items and people that nobody spoke of: it replaces nothing.
        let fresh = known.iter().all(|one| {
            one.statement.id != deny.statement.id
                && (&one.statement.about, &one.statement.to) != (&deny.statement.about, &deny.statement.to)
        });
        prop_assume!(fresh);
        let with: Vec<Known> = known.iter().cloned().chain([deny]).collect();
        prop_assert!(live(&known, &case).permit || !live(&with, &case).permit);
    }
}
