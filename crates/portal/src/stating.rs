//! What a form about who sees what brings, the same for the patient and for the desk.

use exam::ids::{Finess, Rpps};
use exam::rights::{Items, Named, Purpose, Says, Towards};
use serde::Deserialize;
use std::collections::BTreeSet;
use time::Date;
use uuid::Uuid;

/// The fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Typed {
    /// `cacher`, `designer`, `opposer`.
    pub(crate) acte: String,
    /// `examen`, `compte-rendu`, `periode`, `tout`.
    pub(crate) quoi: String,
    pub(crate) examen: String,
    pub(crate) du: String,
    pub(crate) au: String,
    /// `rpps`, `finess`, `tous`, `sauf`, or the RPPS of somebody proposed.
    pub(crate) qui: String,
    pub(crate) rpps: String,
    pub(crate) finess: String,
    pub(crate) sauf: String,
    /// `oui`: also from who ordered it.
    pub(crate) prescripteur: String,
    /// `oui`: looked at, to be saved.
    pub(crate) confirme: String,
    /// At the desk: numbers of others to ask about, and the request it answers.
    pub(crate) autres: String,
    pub(crate) demande: String,
    /// A statement to end: where it was made, and its number there.
    pub(crate) origine: String,
    pub(crate) numero: String,
}

/// What is to be stated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) about: Items,
    pub(crate) to: Towards,
    pub(crate) says: Says,
    pub(crate) orderer_too: bool,
    pub(crate) purpose: Purpose,
}

/// Why a form says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Nothing or nobody is chosen.
    Choice,
    /// No RPPS, no FINESS.
    Number,
    /// No period.
    Dates,
}

impl Wrong {
    /// The end of a message's key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Choice => "wrong",
            Self::Number => "wrong-number",
            Self::Dates => "wrong-dates",
        }
    }
}

impl Typed {
    /// What it asks for; `report_of` gives the report of an exam.
    pub(crate) fn wish(&self, report_of: impl Fn(Uuid) -> Option<Uuid>) -> Result<Wish, Wrong> {
        let (purpose, orderer_too) = (Purpose::Any, false);
        match self.acte.as_str() {
            "designer" => {
                let to = Towards::One { who: professional(&self.rpps)? };
                Ok(Wish { about: Items::All, to, says: Says::Designate, orderer_too, purpose })
            }
            // A partner's system is no physician: nothing is spared.
            "opposer" => Ok(Wish {
                about: Items::All,
                to: Towards::Everyone,
                says: Says::Deny,
                orderer_too: true,
                purpose: Purpose::Transmission,
            }),
            "cacher" => {
                let (about, to) = (self.about(report_of)?, self.to()?);
                let for_all = matches!(to, Towards::Everyone | Towards::EveryoneBut { .. });
                let orderer_too = for_all && self.prescripteur == "oui";
                Ok(Wish { about, to, says: Says::Deny, orderer_too, purpose })
            }
            _ => Err(Wrong::Choice),
        }
    }

    fn about(&self, report_of: impl Fn(Uuid) -> Option<Uuid>) -> Result<Items, Wrong> {
        let exam = || Uuid::try_parse(self.examen.trim()).map_err(|_| Wrong::Choice);
        match self.quoi.as_str() {
            "examen" => Ok(Items::Exam { exam: exam()? }),
            "compte-rendu" => {
                let report = report_of(exam()?).ok_or(Wrong::Choice)?;
                Ok(Items::Report { report })
            }
            "periode" => {
                let (first, last) = (date(&self.du)?, date(&self.au)?);
                if first > last { Err(Wrong::Dates) } else { Ok(Items::Period { first, last }) }
            }
            "tout" => Ok(Items::All),
            _ => Err(Wrong::Choice),
        }
    }

    fn to(&self) -> Result<Towards, Wrong> {
        match self.qui.as_str() {
            "rpps" => Ok(Towards::One { who: professional(&self.rpps)? }),
            "finess" => Ok(Towards::One { who: structure(&self.finess)? }),
            "tous" => Ok(Towards::Everyone),
            "sauf" => {
                let numbers = self.sauf.split([' ', ',', ';', '\n', '\r', '\t']).filter(|text| !text.is_empty());
                let except: BTreeSet<Named> =
                    numbers.map(|text| professional(text).or_else(|_| structure(text))).collect::<Result<_, _>>()?;
                if except.is_empty() { Err(Wrong::Number) } else { Ok(Towards::EveryoneBut { except }) }
            }
            "" => Err(Wrong::Choice),
            proposed => Ok(Towards::One { who: professional(proposed)? }),
        }
    }

    /// The fields that say again what was typed, for the page that asks to confirm.
    pub(crate) fn again(&self) -> [(&'static str, &str); 12] {
        [
            ("acte", &self.acte),
            ("quoi", &self.quoi),
            ("examen", &self.examen),
            ("du", &self.du),
            ("au", &self.au),
            ("qui", &self.qui),
            ("rpps", &self.rpps),
            ("finess", &self.finess),
            ("sauf", &self.sauf),
            ("prescripteur", &self.prescripteur),
            ("autres", &self.autres),
            ("demande", &self.demande),
        ]
    }
}

fn professional(text: &str) -> Result<Named, Wrong> {
    let digits: String = text.split_whitespace().collect();
    Rpps::parse(&digits).map(|rpps| Named::Professional { rpps }).map_err(|_| Wrong::Number)
}

fn structure(text: &str) -> Result<Named, Wrong> {
    let digits: String = text.split_whitespace().collect();
    Finess::parse(&digits).map(|finess| Named::Structure { finess }).map_err(|_| Wrong::Number)
}

fn date(text: &str) -> Result<Date, Wrong> {
    let format = time::macros::format_description!("[year]-[month]-[day]");
    Date::parse(text.trim(), format).map_err(|_| Wrong::Dates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        let mut typed = Typed::default();
        for (name, value) in fields {
            let field = match *name {
                "acte" => &mut typed.acte,
                "quoi" => &mut typed.quoi,
                "examen" => &mut typed.examen,
                "du" => &mut typed.du,
                "au" => &mut typed.au,
                "qui" => &mut typed.qui,
                "rpps" => &mut typed.rpps,
                "finess" => &mut typed.finess,
                "sauf" => &mut typed.sauf,
                "prescripteur" => &mut typed.prescripteur,
                other => panic!("{other}"),
            };
            (*value).clone_into(field);
        }
        typed
    }

    #[test]
    fn a_form_says_what_is_hidden_from_whom_and_nothing_when_a_part_is_missing() {
        let none = |_: Uuid| None;
        let hide = |more: &[(&str, &str)]| typed(&[&[("acte", "cacher"), ("quoi", "tout")], more].concat()).wish(none);
        let all = hide(&[("qui", "tous"), ("prescripteur", "oui")]).unwrap();
        assert_eq!((all.about, all.to, all.orderer_too), (Items::All, Towards::Everyone, true));
        let one = hide(&[("qui", "10000023084"), ("prescripteur", "oui")]).unwrap();
        assert!(!one.orderer_too, "named, nobody is spared anyway");
        let but = hide(&[("qui", "sauf"), ("sauf", "10000023084, 300017985")]).unwrap();
        assert!(matches!(but.to, Towards::EveryoneBut { except } if except.len() == 2));
        for (more, wrong) in [
            (vec![], Wrong::Choice),
            (vec![("qui", "rpps"), ("rpps", "10000023085")], Wrong::Number),
            (vec![("qui", "sauf"), ("sauf", " ")], Wrong::Number),
            (vec![("qui", "tous"), ("quoi", "periode"), ("du", "2026-12-01"), ("au", "2026-11-01")], Wrong::Dates),
            (vec![("qui", "tous"), ("quoi", "examen"), ("examen", "1")], Wrong::Choice),
            (vec![("qui", "tous"), ("quoi", "compte-rendu"), ("examen", &Uuid::nil().to_string())], Wrong::Choice),
        ] {
            assert_eq!(hide(&more).unwrap_err(), wrong, "{more:?}");
        }
    }

    #[test]
    fn a_designation_is_of_the_whole_record_and_an_objection_of_transmissions_alone() {
        let none = |_: Uuid| None;
        let designated = typed(&[("acte", "designer"), ("rpps", "99700366240")]).wish(none).unwrap();
        assert_eq!((designated.says, designated.about), (Says::Designate, Items::All));
        let objected = typed(&[("acte", "opposer")]).wish(none).unwrap();
        assert_eq!((objected.says, objected.purpose), (Says::Deny, Purpose::Transmission));
        assert!(typed(&[("acte", "designer"), ("rpps", "1")]).wish(none).is_err());
    }
}
