//! The precedence of rights, by a table of cases.

use exam::ids::{Finess, Rpps};
use exam::rights::*;
use std::collections::BTreeSet;
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const NOW: OffsetDateTime = datetime!(2026-11-25 10:00 UTC);
pub const EXAM: Uuid = Uuid::from_u128(1);
const REPORT: Uuid = Uuid::from_u128(2);
const PERSON: Uuid = Uuid::from_u128(3);

fn rpps(text: &str) -> Rpps {
    Rpps::parse(text).unwrap()
}

fn one(text: &str) -> Named {
    Named::Professional { rpps: rpps(text) }
}

fn to(text: &str) -> Towards {
    Towards::One { who: one(text) }
}

const ANNE: &str = "10000023084";
const YANN: &str = "99700366240";

fn doctor(text: &str) -> Subject {
    Subject::Professional { rpps: rpps(text), structures: BTreeSet::from([Finess::parse("300017985").unwrap()]) }
}

fn item() -> Item {
    Item { exam: EXAM, date: Some(date!(2026 - 11 - 25)), part: Part::Exam }
}

/// The `n`th statement, an hour after the one before.
fn said(n: u64, about: Items, to: Towards, says: Says) -> Known {
    let made_at = NOW - Duration::days(10) + Duration::hours(n as i64);
    let id = StatementId { origin: Origin::Archive, sequence: n };
    let statement = Statement {
        id,
        person: PERSON,
        by: By::Person,
        about,
        to,
        says,
        orderer_too: false,
        purpose: Purpose::Any,
        from: made_at,
        until: None,
        made_at,
    };
    Known { statement, settled: true }
}

fn judged(known: &[Known], subject: &Subject, ties: &[Tie]) -> (bool, Ground) {
    let ties = ties.iter().copied().collect();
    let decision = decide(known, subject, &item(), &ties, Purpose::Care, NOW);
    (decision.permit, decision.rests_on)
}

fn by_statement(permit: bool, n: u64) -> (bool, Ground) {
    (permit, Ground::Statement(StatementId { origin: Origin::Archive, sequence: n }))
}

fn by_default(rule: DefaultRule) -> (bool, Ground) {
    (rule != DefaultRule::NoTie, Ground::Default(rule))
}

#[test]
fn nobody_said_anything() {
    let cases: [(Subject, &[Tie], DefaultRule); 14] = [
        (Subject::Code, &[Tie::HoldsCode], DefaultRule::Code),
        (Subject::Code, &[], DefaultRule::NoTie),
        (Subject::Patient, &[Tie::OwnRecord], DefaultRule::OwnRecord),
        (Subject::Representative, &[Tie::OwnRecord], DefaultRule::OwnRecord),
        (doctor(ANNE), &[Tie::Ordered, Tie::CopiedOn], DefaultRule::Ordered),
        (doctor(ANNE), &[Tie::CopiedOn], DefaultRule::CopiedOn),
        (doctor(ANNE), &[Tie::CareDeclared], DefaultRule::CareDeclared),
        (doctor(ANNE), &[], DefaultRule::NoTie),
        (Subject::Establishment(Finess::parse("300017985").unwrap()), &[Tie::Ordered], DefaultRule::Ordered),
        (Subject::Invited(PERSON), &[], DefaultRule::NoTie),
        (Subject::Staff(Role::Radiologist), &[Tie::OwnSite], DefaultRule::OwnSite),
        (Subject::Staff(Role::Administrator), &[Tie::OwnSite], DefaultRule::NoTie),
        (Subject::Staff(Role::Officer), &[Tie::OwnSite], DefaultRule::NoTie),
        (Subject::Staff(Role::Desk), &[Tie::OwnSite], DefaultRule::NoTie),
    ];
    for (subject, ties, rule) in cases {
        assert_eq!(judged(&[], &subject, ties), by_default(rule), "{subject:?} {ties:?}");
    }
}

#[test]
fn a_deny_naming_that_person_beats_designation_which_beats_a_deny_for_all_which_beats_a_permit() {
    let everything = [
        said(1, Items::All, Towards::Everyone, Says::Deny),
        said(2, Items::Exam { exam: EXAM }, to(ANNE), Says::Permit),
        said(3, Items::All, to(ANNE), Says::Designate),
        said(4, Items::Exam { exam: EXAM }, Towards::One { who: one(ANNE) }, Says::Deny),
    ];
    // The fourth replaces the second: same items, same people.
    assert_eq!(judged(&everything, &doctor(ANNE), &[Tie::CopiedOn]), by_statement(false, 4));
    assert_eq!(judged(&everything[..3], &doctor(ANNE), &[Tie::CopiedOn]), by_statement(true, 3));
    assert_eq!(judged(&everything[..2], &doctor(ANNE), &[Tie::CopiedOn]), by_statement(false, 1));
    assert_eq!(judged(&everything[1..2], &doctor(ANNE), &[]), by_statement(true, 2));
    assert_eq!(judged(&everything[..3], &doctor(YANN), &[Tie::CopiedOn]), by_statement(false, 1));
}

#[test]
fn a_deny_for_all_leaves_the_ordering_physician_unless_ticked_apart() {
    let mut hidden = said(1, Items::Exam { exam: EXAM }, Towards::Everyone, Says::Deny);
    assert_eq!(judged(&[hidden.clone()], &doctor(ANNE), &[Tie::Ordered]), by_default(DefaultRule::Ordered));
    assert!(!hidden_from_orderer(&[hidden.clone()], &doctor(ANNE), &[item()], NOW));
    hidden.statement.orderer_too = true;
    assert_eq!(judged(&[hidden.clone()], &doctor(ANNE), &[Tie::Ordered]), by_statement(false, 1));
    assert!(hidden_from_orderer(&[hidden.clone()], &doctor(ANNE), &[item()], NOW), "its radiologist is told");
    // The patient is not one of those it is hidden from, nor are the group's own.
    assert_eq!(judged(&[hidden.clone()], &Subject::Code, &[Tie::HoldsCode]), by_default(DefaultRule::Code));
    let radiologist = Subject::Staff(Role::Radiologist);
    assert_eq!(judged(&[hidden], &radiologist, &[Tie::OwnSite]), by_default(DefaultRule::OwnSite));
    let partner = Subject::Establishment(Finess::parse("300017985").unwrap());
    let objection = said(2, Items::All, Towards::Everyone, Says::Deny);
    assert_eq!(judged(std::slice::from_ref(&objection), &partner, &[]), by_statement(false, 2));
    let spared = judged(&[objection], &partner, &[Tie::Ordered]);
    assert_eq!(spared, by_statement(false, 2), "a physician is left, not a structure's system");
}

#[test]
fn all_but_some_leaves_those_and_whoever_acts_there() {
    let finess = Finess::parse("300017985").unwrap();
    for except in [one(ANNE), Named::Structure { finess }] {
        let but = said(1, Items::All, Towards::EveryoneBut { except: BTreeSet::from([except]) }, Says::Deny);
        assert!(judged(std::slice::from_ref(&but), &doctor(ANNE), &[Tie::CopiedOn]).0);
        let elsewhere = Subject::Professional { rpps: rpps(YANN), structures: BTreeSet::new() };
        assert_eq!(judged(&[but], &elsewhere, &[Tie::CopiedOn]), by_statement(false, 1));
    }
}

#[test]
fn items_and_times_are_what_they_say() {
    let period = Items::Period { first: date!(2026 - 11 - 25), last: date!(2026 - 11 - 25) };
    let report = Items::Report { report: REPORT };
    for (about, exam, its_report) in [(Items::All, false, false), (period, false, false), (report, true, false)] {
        let known = [said(1, about.clone(), to(ANNE), Says::Deny)];
        let ask = |item: &Item| {
            decide(&known, &doctor(ANNE), item, &BTreeSet::from([Tie::Ordered]), Purpose::Care, NOW).permit
        };
        assert_eq!(ask(&item()), exam, "{about:?}");
        assert_eq!(ask(&Item { part: Part::Report(REPORT), ..item() }), its_report, "{about:?}");
    }
    let mut short = said(1, Items::All, to(ANNE), Says::Permit);
    short.statement.until = Some(NOW);
    assert_eq!(judged(&[short.clone()], &doctor(ANNE), &[]), by_default(DefaultRule::NoTie), "over at its end");
    short.statement.until = Some(NOW + Duration::SECOND);
    assert_eq!(judged(&[short.clone()], &doctor(ANNE), &[]), by_statement(true, 1));
    short.statement.from = NOW + Duration::SECOND;
    assert_eq!(judged(&[short], &doctor(ANNE), &[]), by_default(DefaultRule::NoTie), "not begun");
}

#[test]
fn a_deny_ends_only_when_both_servers_have_what_ends_it() {
    let deny = said(1, Items::All, to(ANNE), Says::Deny);
    let mut end = said(2, Items::All, to(ANNE), Says::End);
    end.settled = false;
    let both = [deny.clone(), end.clone()];
    assert_eq!(judged(&both, &doctor(ANNE), &[Tie::Ordered]), by_statement(false, 1));
    end.settled = true;
    assert_eq!(judged(&[deny.clone(), end], &doctor(ANNE), &[Tie::Ordered]), by_default(DefaultRule::Ordered));
    let mut early = deny;
    early.settled = false;
    assert_eq!(judged(&[early], &doctor(ANNE), &[Tie::Ordered]), by_statement(false, 1), "a deny acts at once");
}

#[test]
fn what_a_message_masks_is_not_for_the_patient_to_unmask() {
    let mut mask = said(1, Items::Report { report: REPORT }, Towards::Role { role: Role::Patient }, Says::Deny);
    mask.statement.by = By::Message;
    let unmask = said(2, Items::Report { report: REPORT }, Towards::Role { role: Role::Patient }, Says::Permit);
    let ties = BTreeSet::from([Tie::OwnRecord]);
    let asked = Item { part: Part::Report(REPORT), ..item() };
    let decision = decide(&[mask, unmask], &Subject::Patient, &asked, &ties, Purpose::Care, NOW);
    assert!(!decision.permit);
}

#[test]
fn what_cannot_be_stated_is_said_so() {
    let whole = said(1, Items::All, to(ANNE), Says::Designate).statement;
    assert_eq!(whole.impossible(), None);
    assert!(said(1, Items::All, Towards::Everyone, Says::Designate).statement.impossible().is_some());
    let backwards = Items::Period { first: date!(2026 - 11 - 26), last: date!(2026 - 11 - 25) };
    assert!(said(1, backwards, to(ANNE), Says::Deny).statement.impossible().is_some());
    assert!(Statement { until: Some(whole.from), ..whole.clone() }.impossible().is_some());
}

#[test]
fn a_statement_is_written_as_it_always_was() {
    let text = serde_json::to_string(&said(7, Items::All, Towards::Everyone, Says::Deny).statement).unwrap();
    assert_eq!(
        text,
        r#"{"id":{"origin":"archive","sequence":7},"person":"00000000-0000-0000-0000-000000000003","by":{"by":"person"},"about":{"items":"all"},"to":{"towards":"everyone"},"says":"deny","purpose":"any","from":"2026-11-15T17:00:00Z","until":null,"made_at":"2026-11-15T17:00:00Z"}"#
    );
}
