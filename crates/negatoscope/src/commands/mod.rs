//! Commands at the keyboard. What each does with the open rooms is a function of its module; `control` calls it, in
//! the running server or here.

pub mod clock;
pub mod import;
pub mod professional;
pub mod rebuild;
pub mod retention;
pub mod simulate_fund;
pub mod staff;
pub mod trace;
pub mod verify;
pub mod witness;

use crate::rooms::Rooms;
use ::trace::{Actor, Event, Kind, Outcome, Role};
use anyhow::{Context, Result};
use std::collections::BTreeMap;

/// Traces what somebody with the right to run this program did.
pub async fn traced(rooms: &Rooms, what: &str, words: &[(&str, String)]) -> Result<()> {
    let mut detail: BTreeMap<String, String> =
        words.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
    detail.insert("what".into(), what.into());
    let actor = Actor { role: Role::Staff, label: "exploitation".into(), name: None };
    let event = Event { kind: Kind::Change, patient: None, exam: None, actor, outcome: Outcome::Success, detail };
    rooms.archive_trace.append(event).await.context("tracing the command")?;
    Ok(())
}
