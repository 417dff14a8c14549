//! Ten thousand random cases: what the simulator foretells of a draft is what the live judge says once it is saved.

use crate::rig::{Exam, PERSON, Rig, START};
use ambient::Random;
use diffusion::Viewer;
use exam::ids::{Finess, Rpps};
use exam::rights::*;
use link::{DiffusionDoor, Professional, Relation, ReportSummary, ToDiffusion};
use std::collections::BTreeSet;
use testkit::SeededRandom;
use time::Duration;
use uuid::Uuid;

const DOCTORS: [&str; 2] = ["10000023084", "99700366240"];
const HOUSES: [&str; 2] = ["300017985", "920008059"];
const GUEST: Uuid = Uuid::from_u128(9);
/// Servers, statements told to each, cases asked around each statement: ten thousand.
const ROUNDS: (u64, u64, usize) = (5, 8, 250);

struct Dice(SeededRandom);

impl Dice {
    fn roll(&self, sides: usize) -> usize {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) as usize % sides
    }

    fn pick<T: Clone>(&self, from: &[T]) -> T {
        from[self.roll(from.len())].clone()
    }
}

fn doctor(n: usize) -> Rpps {
    Rpps::parse(DOCTORS[n]).unwrap()
}

fn house(n: usize) -> Finess {
    Finess::parse(HOUSES[n]).unwrap()
}

/// A statement about the person, the `n`th told.
fn draft(dice: &Dice, exams: &[Exam], n: u64) -> Statement {
    let says = dice.pick(&[Says::Deny, Says::Deny, Says::Deny, Says::Permit, Says::Designate, Says::End]);
    let day = exams[0].publication.times.exam_date;
    let report = |exam: &Exam| exam.publication.report.as_ref().unwrap().report;
    let about = dice.pick(&[
        Items::All,
        Items::Exam { exam: exams[0].publication.exam },
        Items::Exam { exam: exams[1].publication.exam },
        Items::Report { report: report(&exams[0]) },
        Items::Report { report: Uuid::from_u128(0xEA) },
        Items::Period { first: day, last: day },
    ]);
    let named = |who| Towards::One { who };
    let to = dice.pick(&[
        named(Named::Professional { rpps: doctor(0) }),
        named(Named::Professional { rpps: doctor(1) }),
        named(Named::Structure { finess: house(0) }),
        named(Named::Invited { person: GUEST }),
        Towards::Everyone,
        Towards::EveryoneBut { except: BTreeSet::from([Named::Structure { finess: house(1) }]) },
        Towards::Role { role: Role::Professional },
        Towards::Role { role: Role::Patient },
        Towards::Role { role: Role::Representative },
    ]);
    let (about, to) = match says {
        Says::Designate => (Items::All, named(Named::Professional { rpps: doctor(dice.roll(2)) })),
        _ => (about, to),
    };
    let at = START - Duration::days(1) + Duration::seconds(i64::try_from(n).unwrap());
    Statement {
        id: StatementId { origin: Origin::Archive, sequence: n },
        person: PERSON,
        by: if dice.roll(5) == 0 { By::Message } else { By::Person },
        about,
        to,
        says,
        orderer_too: dice.roll(2) == 0,
        purpose: dice.pick(&[Purpose::Any, Purpose::Any, Purpose::Care, Purpose::Transmission]),
        from: at,
        until: if dice.roll(4) == 0 {
            Some(at + Duration::days(i64::try_from(dice.roll(3)).unwrap() + 1))
        } else {
            None
        },
        made_at: at,
    }
}

/// Somebody, with what ties them to the exam as it is published.
fn viewer(dice: &Dice, exam: &Exam) -> (Viewer, BTreeSet<Tie>) {
    let id = exam.publication.exam;
    let (viewer, tie) = match dice.roll(8) {
        0 => (Viewer::by_code(id), Some(Tie::HoldsCode)),
        1 => (Viewer::patient(PERSON), Some(Tie::OwnRecord)),
        2 => (Viewer::representative(PERSON), Some(Tie::OwnRecord)),
        3 => (Viewer::by_parents_code(id), Some(Tie::HoldsCode)),
        4 => (Viewer::invited(GUEST, id), Some(Tie::Shared)),
        n => {
            let structures = if n == 5 { BTreeSet::new() } else { BTreeSet::from([house(dice.roll(2))]) };
            let which = dice.roll(2);
            let tie = if which == 0 { Tie::Ordered } else { Tie::CopiedOn };
            (Viewer::professional(doctor(which), structures), Some(tie))
        }
    };
    (viewer, tie.into_iter().collect())
}

async fn published(rig: &Rig, n: u64) -> Exam {
    let mut exam = Exam::new(n);
    let one = |rpps: &str, relation| Professional { rpps: rpps.into(), relation, name: String::new() };
    exam.publication.professionals = vec![one(DOCTORS[0], Relation::Ordered), one(DOCTORS[1], Relation::CopiedOn)];
    if n == 1 {
        exam.publication.report.as_mut().unwrap().versions = vec![Uuid::from_u128(0xEA)];
    }
    rig.publish(&exam).await;
    exam
}

#[tokio::test]
async fn ten_thousand_answers_of_the_simulator_are_those_of_the_live_judge() {
    let mut changed = 0;
    for server in 0..ROUNDS.0 {
        changed += compared(&Dice(SeededRandom::new(21 + server))).await;
    }
    assert!(changed > 100, "{changed}: the drafts change something");
}

/// On a server of its own; how many of the cases a draft changed.
async fn compared(dice: &Dice) -> usize {
    let rig = Rig::new().await;
    let exams = [published(&rig, 1).await, published(&rig, 2).await];
    let (mut known, mut changed): (Vec<Known>, usize) = (Vec::new(), 0);
    for n in 1..=ROUNDS.1 {
        let draft = Known { statement: draft(dice, &exams, n), settled: true };
        let mut asked = Vec::new();
        for _ in 0..ROUNDS.2 {
            let exam = dice.pick(&[0, 1]);
            let (viewer, ties) = viewer(dice, &exams[exam]);
            asked.push((exam, viewer, ties, dice.roll(2) == 0));
        }
        let foretold: Vec<Seen> = asked
            .iter()
            .map(|(exam, viewer, ties, of_report)| {
                let publication = &exams[*exam].publication;
                let versions = publication.report.as_ref().map(ReportSummary::all_versions).unwrap();
                let part = if *of_report { Part::Report(*versions.last().unwrap()) } else { Part::Exam };
                let item = Item { exam: publication.exam, date: Some(publication.times.exam_date), part };
                let case = Case { subject: viewer.subject.clone(), item, ties: ties.clone(), purpose: Purpose::Care };
                let (known, with) = if *of_report {
                    (over_versions(&known, &versions), over_versions(std::slice::from_ref(&draft), &versions))
                } else {
                    (known.clone(), vec![draft.clone()])
                };
                simulate(&known, with.first(), &[case], rig.server.now())[0]
            })
            .collect();
        rig.server.apply(ToDiffusion::Statement { statement: draft.statement.clone() }).await.unwrap();
        for ((exam, viewer, _, of_report), foretold) in asked.iter().zip(foretold) {
            let publication = &exams[*exam].publication;
            let live = if *of_report {
                rig.server
                    .may_view_report(viewer, publication.exam, publication.report.as_ref().unwrap())
                    .await
                    .unwrap()
            } else {
                rig.server.may_view(viewer, publication.exam).await.is_ok()
            };
            assert_eq!(live, foretold.after.permit, "{n}: {viewer:?} {of_report}");
            changed += usize::from(foretold.changes());
        }
        known.push(draft);
    }
    changed
}
