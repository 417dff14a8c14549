//! The suite of this room.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure here fails the test")]

mod data_sets;
mod people;
mod pictures;
mod reports;

use phantom::{Kind, PhantomExam, Plan, Size};
use std::sync::OnceLock;
use time::macros::date;

/// The plan of the tests.
fn plan() -> Plan {
    Plan { seed: 7, today: date!(2026 - 11 - 25), size: Size::Small }
}

/// Its exams, drawn once.
fn exams() -> &'static [PhantomExam] {
    static EXAMS: OnceLock<Vec<PhantomExam>> = OnceLock::new();
    EXAMS.get_or_init(|| plan().exams())
}

fn exam(kind: Kind) -> &'static PhantomExam {
    exams().iter().find(|exam| exam.kind == kind).unwrap()
}
