//! Statements as plain sentences, the same for the patient and for the desk.

use exam::ids::Rpps;
use exam::rights::{Items, Named, Purpose, Role, Says, Statement, Towards};
use time::Date;
use uuid::Uuid;

/// Who has the words: one side's sentences, in the reader's language.
pub(crate) trait Say {
    /// The sentence of a key, with its figures.
    fn say(&self, key: &str, figures: &[(&str, &str)]) -> String;
    /// A date in full.
    fn day(&self, date: Date) -> String;
}

/// What the reader may be told of whom and what statements name.
pub(crate) trait Names {
    /// An exam in words, with its date.
    fn exam(&self, exam: Uuid) -> Option<(String, Date)>;
    /// The exam whose report this is, in words.
    fn report(&self, report: Uuid) -> Option<(String, Date)>;
    /// A professional's name.
    fn professional(&self, rpps: &Rpps) -> Option<String>;
}

/// One statement, as a sentence or two.
pub(crate) fn of(words: &impl Say, names: &impl Names, statement: &Statement) -> String {
    said(words, names, statement.says, &statement.about, &statement.to, (statement.purpose, statement.orderer_too))
}

/// The same of what is not stated yet.
pub(crate) fn said(
    words: &impl Say,
    names: &impl Names,
    says: Says,
    about: &Items,
    to: &Towards,
    (purpose, orderer_too): (Purpose, bool),
) -> String {
    let (what, whom) = (self::what(words, names, about), self::whom(words, names, to));
    let figures = [("what", what.as_str()), ("to", whom.as_str())];
    let key = match (says, purpose) {
        (Says::Deny, Purpose::Transmission) => "stated-deny-transmission",
        (Says::Deny, _) => "stated-deny",
        (Says::Permit, _) => "stated-permit",
        (Says::End, _) => "stated-end",
        (Says::Designate, _) => {
            let who = match to {
                Towards::One { who } => one(words, names, who),
                _ => whom,
            };
            return words.say("stated-designate", &[("who", &who)]);
        }
    };
    let sentence = words.say(key, &figures);
    let for_all = matches!(to, Towards::Everyone | Towards::EveryoneBut { .. });
    if says != Says::Deny || purpose == Purpose::Transmission || !for_all {
        return sentence;
    }
    let orderer = words.say(if orderer_too { "stated-orderer-too" } else { "stated-orderer-spared" }, &[]);
    format!("{sentence} {orderer}")
}

/// Which items.
pub(crate) fn what(words: &impl Say, names: &impl Names, about: &Items) -> String {
    let named = |key: &str, (title, date): (String, Date)| {
        words.say(key, &[("title", title.as_str()), ("date", words.day(date).as_str())])
    };
    match about {
        Items::All => words.say("stated-all", &[]),
        Items::Exam { exam } => match names.exam(*exam) {
            Some(known) => named("stated-exam", known),
            None => words.say("stated-exam-elsewhere", &[]),
        },
        Items::Report { report } => match names.report(*report) {
            Some(known) => named("stated-report", known),
            None => words.say("stated-report-elsewhere", &[]),
        },
        Items::Period { first, last } => {
            let (first, last) = (words.day(*first), words.day(*last));
            words.say("stated-period", &[("first", first.as_str()), ("last", last.as_str())])
        }
    }
}

fn whom(words: &impl Say, names: &impl Names, to: &Towards) -> String {
    match to {
        Towards::One { who: Named::Professional { rpps } } => match names.professional(rpps) {
            Some(name) => words.say("stated-to-named", &[("name", name.as_str()), ("rpps", rpps.as_str())]),
            None => words.say("stated-to-professional", &[("rpps", rpps.as_str())]),
        },
        Towards::One { who: Named::Structure { finess } } => {
            words.say("stated-to-structure", &[("finess", finess.as_str())])
        }
        Towards::One { who: Named::Invited { .. } } => words.say("stated-to-invited", &[]),
        Towards::Role { role } => words.say(
            match role {
                Role::Patient => "stated-to-patient",
                Role::Representative => "stated-to-representative",
                Role::Professional => "stated-to-professionals",
                Role::Radiologist | Role::Desk | Role::Administrator | Role::Officer => "stated-to-staff",
            },
            &[],
        ),
        Towards::Everyone => words.say("stated-to-everyone", &[]),
        Towards::EveryoneBut { except } => {
            let kept: Vec<String> = except.iter().map(|who| one(words, names, who)).collect();
            let kept = if kept.is_empty() { words.say("stated-nobody", &[]) } else { kept.join(", ") };
            words.say("stated-to-but", &[("who", kept.as_str())])
        }
    }
}

/// Someone named.
pub(crate) fn one(words: &impl Say, names: &impl Names, who: &Named) -> String {
    match who {
        Named::Professional { rpps } => match names.professional(rpps) {
            Some(name) => words.say("stated-named", &[("name", name.as_str()), ("rpps", rpps.as_str())]),
            None => words.say("stated-professional", &[("rpps", rpps.as_str())]),
        },
        Named::Structure { finess } => words.say("stated-structure", &[("finess", finess.as_str())]),
        Named::Invited { .. } => words.say("stated-invited", &[]),
    }
}
