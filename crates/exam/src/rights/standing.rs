//! What people have said and is in force, for the pages where they read it and end it.

use super::{By, Known, Says, Statement, in_force};
use time::OffsetDateTime;

/// A statement in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// The statement.
    pub statement: Statement,
    /// Its end was stated, and waits for both servers to have it.
    pub ending: bool,
    /// Both servers have it.
    pub settled: bool,
}

/// What the person, or who stands for them, has said and is in force at `now`, newest first. What the sender of a report
/// masks is not theirs to read nor to end.
pub fn standing(known: &[Known], now: OffsetDateTime) -> Vec<InForce> {
    let said: Vec<Known> = known.iter().filter(|one| one.statement.by != By::Message).cloned().collect();
    let awaited: Vec<&Statement> =
        said.iter().filter(|one| one.statement.says == Says::End && !one.settled).map(|one| &one.statement).collect();
    let ending = |one: &Statement| {
        let same = |end: &&&Statement| (&end.about, &end.to, end.purpose) == (&one.about, &one.to, one.purpose);
        awaited.iter().filter(same).any(|end| (end.made_at, end.id) > (one.made_at, one.id))
    };
    let settled = |one: &Statement| said.iter().any(|known| known.statement.id == one.id && known.settled);
    let line = |one: &Statement| InForce { statement: one.clone(), ending: ending(one), settled: settled(one) };
    let mut standing: Vec<InForce> = in_force(&said, now).into_iter().map(line).collect();
    standing.sort_by_key(|one| std::cmp::Reverse((one.statement.made_at, one.statement.id)));
    standing
}
