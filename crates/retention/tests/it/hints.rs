//! The planner reads by hints; what it proposes is what reading everything would propose.

use crate::rig::*;
use exam::policy::{Policies, PolicyRow};
use exam::retention::Hold as Kind;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use record::*;
use time::macros::{date, datetime};
use time::{Date, Duration};

#[derive(Debug, Clone)]
enum Act {
    Exam { patient: u8, ct: bool, days_ago: u16 },
    Later { days: u16 },
    Hold { exam: u8, patient: bool },
    Release { exam: u8 },
    Choose { exam: u8, yes: bool },
    Class { exam: u8, phantom: bool },
    Die { patient: u8, days_ago: u16 },
    Merge { kept: u8, retired: u8 },
    Recall { exam: u8, ready: bool },
    Late { exam: u8, sealed: bool },
    Row { in_days: u16, months: u8 },
    Approve { yes: bool },
    Recover { exam: u8 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        6 => (0u8..4, any::<bool>(), 0u16..4000).prop_map(|(patient, ct, days_ago)| Act::Exam { patient, ct, days_ago }),
        6 => (1u16..1500).prop_map(|days| Act::Later { days }),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(exam, patient)| Act::Hold { exam, patient }),
        2 => any::<u8>().prop_map(|exam| Act::Release { exam }),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(exam, yes)| Act::Choose { exam, yes }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(exam, phantom)| Act::Class { exam, phantom }),
        2 => (0u8..4, 0u16..4000).prop_map(|(patient, days_ago)| Act::Die { patient, days_ago }),
        1 => (0u8..4, 0u8..4).prop_map(|(kept, retired)| Act::Merge { kept, retired }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(exam, ready)| Act::Recall { exam, ready }),
        1 => (any::<u8>(), any::<bool>()).prop_map(|(exam, sealed)| Act::Late { exam, sealed }),
        1 => (1u16..2000, 1u8..24).prop_map(|(in_days, months)| Act::Row { in_days, months }),
        2 => any::<bool>().prop_map(|yes| Act::Approve { yes }),
        1 => any::<u8>().prop_map(|exam| Act::Recover { exam }),
    ]
}

/// A random history: every few acts, both ways of planning are compared.
struct History {
    rig: Rig,
    exams: Vec<(String, ExamId)>,
    recalls: u8,
}

impl History {
    fn today(&self) -> Date {
        ambient::Clock::now(self.rig.clock.as_ref()).date()
    }

    fn pick(&self, exam: u8) -> Option<&(String, ExamId)> {
        self.exams.get(usize::from(exam) % self.exams.len().max(1))
    }

    /// What people and messages may do; whatever is refused is refused.
    async fn act(&mut self, act: &Act) {
        let now = ambient::Clock::now(self.rig.clock.as_ref());
        let ago = |days: u16| now.date() - Duration::days(days.into());
        let catalogue = self.rig.catalogue.clone();
        match *act {
            Act::Exam { patient, ct: is_ct, days_ago } => {
                let study = format!("1.{}", self.exams.len() + 2);
                let make = if is_ct { ct } else { radiograph };
                let made = Made { series: 1, ..make(&study, &patient.to_string(), ago(days_ago)) };
                let exam = self.rig.exam(&made).await;
                self.exams.push((study, exam));
            }
            Act::Later { days } => {
                self.rig.clock.advance(DAY * u32::from(days));
                let _ = self.rig.retention.run_day().await.unwrap();
            }
            Act::Row { in_days, months } => {
                let mut rows = self.rig.retention.config.policies.rows().to_vec();
                let from = now.date() + Duration::days(in_days.into());
                let new = Policies::default()
                    .rows()
                    .iter()
                    .map(|row| PolicyRow {
                        valid_from: from,
                        diffusion_months: months.into(),
                        hospital_rule: months % 2 == 0,
                        archive_min_months: u16::from(months) * 6,
                        ..row.clone()
                    })
                    .collect::<Vec<_>>();
                rows.extend(new);
                if let Ok(policies) = Policies::new(rows) {
                    self.rig.policies(policies);
                }
            }
            Act::Die { patient, days_ago } => {
                let known = person(&patient.to_string(), 1960);
                let traits = PatientTraits { died_on: Some(ago(days_ago)), ..known.traits };
                self.rig.say(FactBody::Patient(PatientFact { traits, ..known })).await;
            }
            Act::Merge { kept, retired } if kept != retired => {
                for one in [kept, retired] {
                    self.rig.say(FactBody::Patient(person(&one.to_string(), 1960))).await;
                }
                self.rig.say_maybe(merge(&kept.to_string(), &retired.to_string())).await;
            }
            Act::Merge { .. } => {}
            Act::Approve { yes } => {
                for list in catalogue.lists(G, 100).await.unwrap() {
                    if yes {
                        let _ = self.rig.retention.approve(&anne(), list.list).await;
                        let _ = self.rig.retention.approve(&bruno(), list.list).await;
                    } else {
                        let _ = self.rig.retention.refuse(&bruno(), list.list, "non").await;
                    }
                }
            }
            _ => self.on_exam(act).await,
        }
    }

    async fn on_exam(&mut self, act: &Act) {
        let now = ambient::Clock::now(self.rig.clock.as_ref());
        let (Act::Hold { exam, .. }
        | Act::Release { exam }
        | Act::Choose { exam, .. }
        | Act::Class { exam, .. }
        | Act::Recall { exam, .. }
        | Act::Late { exam, .. }
        | Act::Recover { exam }) = *act
        else {
            return;
        };
        let Some((study, exam)) = self.pick(exam).cloned() else { return };
        let catalogue = self.rig.catalogue.clone();
        let retention = &self.rig.retention;
        match *act {
            Act::Hold { patient, .. } => {
                let whose = self.rig.detail(exam).await.patient;
                let held = match whose.filter(|_| patient) {
                    Some(patient) => Held::Patient(patient.id),
                    None => Held::Exam(exam),
                };
                let _ = retention.hold(&anne(), held, Kind::DataRequest, "demande").await;
            }
            Act::Release { .. } => {
                for hold in catalogue.holds(G, exam).await.unwrap() {
                    retention.release(&anne(), exam, hold.hold).await.unwrap();
                }
            }
            Act::Choose { yes, .. } => {
                let choice = ArchiveChoice {
                    exam,
                    answer: if yes { Answer::Chosen } else { Answer::Declined },
                    notice_version: "1".into(),
                    notice: "…".into(),
                    price_cents: 0,
                    advice: None,
                    by: "anne".into(),
                    at: now,
                };
                let _ = catalogue.record_choice(G, choice, &retention.config.policies).await;
            }
            Act::Class { phantom, .. } => {
                let class = phantom.then(|| "phantom".to_owned());
                let reason = "mire".to_owned();
                let said = ClassCorrection { exam, class, reason, by: "anne".into(), at: now };
                let _ = catalogue.correct_class(G, said).await;
            }
            Act::Recall { ready, .. } => {
                self.recalls += 1;
                let recall = uuid::Uuid::from_bytes([self.recalls; 16]);
                let asked = catalogue.recall_ask(G, recall, exam, "anne", now).await.unwrap();
                if ready {
                    let step = RecallStep::Failed { reason: "recall-damaged".into(), given_up: true };
                    catalogue.recall_step(G, asked.recall, step, now).await.unwrap();
                }
            }
            Act::Late { sealed, .. } => {
                let made = Made { modality: "CT", ..ct(&study, "0", now.date()) };
                self.rig.receive(&made, 2, "CT1").await;
                if sealed {
                    self.rig.seal(&study).await;
                }
            }
            Act::Recover { .. } => {
                let _ = retention.recover(&anne(), exam, "gardé").await;
            }
            _ => {}
        }
    }
}

#[test]
fn by_hints_or_by_reading_everything_the_same_is_proposed_over_random_histories() {
    let cases = std::env::var("RETENTION_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&proptest::collection::vec(act(), 5..40), |acts| {
            runtime.block_on(async {
                let rig = Rig::at(datetime!(2026-11-25 09:00 UTC), Policies::default()).await;
                let mut history = History { rig, exams: Vec::new(), recalls: 0 };
                for act in &acts {
                    history.act(act).await;
                    let today = history.today();
                    // Planning takes the table first: until then the hints know of another one.
                    history.rig.retention.run_day().await.unwrap();
                    for ahead in [0, 1, 400, 4000] {
                        let on = today + Duration::days(ahead);
                        let by_hints = history.rig.retention.rehearse(on, None).await.unwrap();
                        let by_reading = history.rig.retention.rehearse_everything(on).await.unwrap();
                        assert_eq!(by_hints.found.items, by_reading.found.items, "on {on}, after {act:?}");
                    }
                }
            });
            Ok(())
        })
        .unwrap();
}

/// What a day's planning judged with so many exams that do not expire, and always the same that do.
async fn judged_among(existing: u32) -> u64 {
    let rig = Rig::new().await;
    for n in 0..existing {
        rig.exam(&Made { series: 1, ..ct(&format!("1.2.{n}"), &format!("e{n}"), date!(2026 - 11 - 01)) }).await;
    }
    for n in 0..3 {
        rig.exam(&Made { series: 1, ..ct(&format!("1.3.{n}"), &format!("x{n}"), date!(2021 - 11 - 27)) }).await;
    }
    rig.on(date!(2026 - 11 - 27)).await;
    rig.clock.advance(DAY);
    let ran = rig.day().await;
    assert_eq!(ran.proposed, 3);
    ran.judged
}

#[tokio::test]
async fn a_days_planning_judges_what_expires_and_not_what_exists() {
    assert_eq!((judged_among(4).await, judged_among(40).await), (3, 3));
}
