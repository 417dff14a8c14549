//! The decision: statements in force, ranked.

use super::{Item, Items, Known, Named, Part, Purpose, Role, Says, Statement, StatementId, Subject, Tie, Towards};
use std::collections::BTreeSet;
use time::OffsetDateTime;
use uuid::Uuid;

/// What holds when nobody said anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultRule {
    /// The code of this exam is in their hands.
    Code,
    /// It is their own record, or they stand for that person.
    OwnRecord,
    /// They ordered it.
    Ordered,
    /// They are copied on it.
    CopiedOn,
    /// It is shared with them.
    Shared,
    /// A care relation is declared.
    CareDeclared,
    /// They opened the record in an emergency.
    Emergency,
    /// It is of their site.
    OwnSite,
    /// Nothing ties them to it.
    NoTie,
}

impl DefaultRule {
    /// The stable key, for messages and traces.
    pub fn key(self) -> &'static str {
        match self {
            Self::Code => "default-code",
            Self::OwnRecord => "default-own-record",
            Self::Ordered => "default-ordered",
            Self::CopiedOn => "default-copied-on",
            Self::Shared => "default-shared",
            Self::CareDeclared => "default-care-declared",
            Self::Emergency => "default-emergency",
            Self::OwnSite => "default-own-site",
            Self::NoTie => "default-no-tie",
        }
    }
}

/// What a decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// This statement.
    Statement(StatementId),
    /// No statement counts here.
    Default(DefaultRule),
}

/// Whether it may be seen, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether.
    pub permit: bool,
    /// Why.
    pub rests_on: Ground,
}

/// The statements that count at `now`: begun, not over, not replaced. A deny is only replaced by what both servers have;
/// a replacement that has not begun replaces nothing yet.
pub fn in_force(known: &[Known], now: OffsetDateTime) -> Vec<&Statement> {
    let begun: Vec<&Known> = known.iter().filter(|one| one.statement.from <= now).collect();
    let counts = |one: &&&Known| {
        let statement = &one.statement;
        let replaced = begun
            .iter()
            .any(|later| replaces(&later.statement, statement) && (later.settled || statement.says != Says::Deny));
        !replaced && statement.says != Says::End && statement.until.is_none_or(|until| now < until)
    };
    begun.iter().filter(counts).map(|one| &one.statement).collect()
}

/// Whether `later` takes the place of `earlier`.
fn replaces(later: &Statement, earlier: &Statement) -> bool {
    (later.made_at, later.id) > (earlier.made_at, earlier.id)
        && later.person == earlier.person
        && later.by.voice() == earlier.by.voice()
        && later.about == earlier.about
        && later.to == earlier.to
        && later.purpose == earlier.purpose
}

/// The statements as they bear on a report of which these are the versions, the one asked for last: what was said of one
/// version is said of all, for a correction is the same report.
pub fn over_versions(known: &[Known], versions: &[Uuid]) -> Vec<Known> {
    let Some(asked) = versions.last() else { return known.to_vec() };
    let renamed = |one: &Known| {
        let mut one = one.clone();
        if let Items::Report { report } = &mut one.statement.about
            && versions.contains(report)
        {
            *report = *asked;
        }
        one
    };
    known.iter().map(renamed).collect()
}

/// Whether `subject` may see `item` at `now`. `known` holds the statements about the item's person and no other.
pub fn decide(
    known: &[Known],
    subject: &Subject,
    item: &Item,
    ties: &BTreeSet<Tie>,
    purpose: Purpose,
    now: OffsetDateTime,
) -> Decision {
    let mut about: Vec<&Statement> = in_force(known, now);
    about.retain(|one| covers(one, item, purpose));
    // Among equals the latest is named.
    about.sort_by_key(|one| std::cmp::Reverse((one.made_at, one.id)));
    let first = |wanted: &dyn Fn(&Statement) -> bool| about.iter().find(|one| wanted(one)).map(|one| one.id);
    let named = |one: &Statement| matches!(&one.to, Towards::One { who } if is(subject, who));
    let orderer = matches!(subject, Subject::Professional { .. }) && ties.contains(&Tie::Ordered);
    let spared = |one: &Statement| orderer && !one.orderer_too && one.to.is_for_all();
    let ranks: [(bool, Option<StatementId>); 4] = [
        (false, first(&|one| one.says == Says::Deny && named(one))),
        (true, first(&|one| one.says == Says::Designate && named(one))),
        (false, first(&|one| one.says == Says::Deny && !named(one) && concerns(one, subject) && !spared(one))),
        (true, first(&|one| one.says == Says::Permit && concerns(one, subject))),
    ];
    for (permit, statement) in ranks {
        if let Some(id) = statement {
            return Decision { permit, rests_on: Ground::Statement(id) };
        }
    }
    let rule = default(subject, ties);
    Decision { permit: rule != DefaultRule::NoTie, rests_on: Ground::Default(rule) }
}

fn covers(statement: &Statement, item: &Item, purpose: Purpose) -> bool {
    let items = match &statement.about {
        Items::All => true,
        Items::Exam { exam } => *exam == item.exam,
        Items::Report { report } => item.part == Part::Report(*report),
        // An exam whose date nobody knows may lie in any period: it is kept from whom the period is kept from.
        Items::Period { first, last } => match item.date {
            Some(date) => (first..=last).contains(&&date),
            None => statement.says == Says::Deny,
        },
    };
    items && (statement.purpose == Purpose::Any || purpose == Purpose::Any || statement.purpose == purpose)
}

impl Towards {
    /// Whether it is a deny "for all", which leaves the ordering physician unless ticked apart.
    pub(crate) fn is_for_all(&self) -> bool {
        matches!(self, Self::Everyone | Self::EveryoneBut { .. })
    }
}

/// Whether the subject is that one, in person.
fn is(subject: &Subject, named: &Named) -> bool {
    match (subject, named) {
        (Subject::Professional { rpps, .. }, Named::Professional { rpps: other }) => rpps == other,
        (Subject::Establishment(finess), Named::Structure { finess: other }) => finess == other,
        (Subject::Invited(person), Named::Invited { person: other }) => person == other,
        _ => false,
    }
}

/// Whether the subject is that one, or acts there.
fn is_or_acts_at(subject: &Subject, named: &Named) -> bool {
    let acts = matches!(
        (subject, named),
        (Subject::Professional { structures, .. }, Named::Structure { finess }) if structures.contains(finess)
    );
    is(subject, named) || acts
}

/// Whether a statement is towards the subject.
fn concerns(statement: &Statement, subject: &Subject) -> bool {
    let outside = matches!(subject, Subject::Professional { .. } | Subject::Establishment(_) | Subject::Invited(_));
    match &statement.to {
        Towards::One { who } => is_or_acts_at(subject, who),
        Towards::Role { role } => *role == role_of(subject) && !matches!(subject, Subject::Invited(_)),
        Towards::Everyone => outside,
        Towards::EveryoneBut { except } => outside && !except.iter().any(|named| is_or_acts_at(subject, named)),
    }
}

fn role_of(subject: &Subject) -> Role {
    match subject {
        Subject::Code | Subject::Patient => Role::Patient,
        Subject::Representative => Role::Representative,
        Subject::Invited(_) | Subject::Professional { .. } | Subject::Establishment(_) => Role::Professional,
        Subject::Staff(role) => *role,
    }
}

fn default(subject: &Subject, ties: &BTreeSet<Tie>) -> DefaultRule {
    let candidates: &[(Tie, DefaultRule)] = match subject {
        Subject::Code => &[(Tie::HoldsCode, DefaultRule::Code)],
        Subject::Patient => &[(Tie::OwnRecord, DefaultRule::OwnRecord)],
        // A child's sheet is in its parents' hands.
        Subject::Representative => &[(Tie::OwnRecord, DefaultRule::OwnRecord), (Tie::HoldsCode, DefaultRule::Code)],
        Subject::Professional { .. } => &[
            (Tie::Ordered, DefaultRule::Ordered),
            (Tie::CopiedOn, DefaultRule::CopiedOn),
            (Tie::CareDeclared, DefaultRule::CareDeclared),
            (Tie::Emergency, DefaultRule::Emergency),
        ],
        Subject::Establishment(_) => &[(Tie::Ordered, DefaultRule::Ordered)],
        Subject::Staff(Role::Radiologist) => &[(Tie::OwnSite, DefaultRule::OwnSite)],
        Subject::Invited(_) => &[(Tie::Shared, DefaultRule::Shared)],
        Subject::Staff(_) => &[],
    };
    let tied = candidates.iter().find(|(tie, _)| ties.contains(tie));
    tied.map_or(DefaultRule::NoTie, |(_, rule)| *rule)
}
