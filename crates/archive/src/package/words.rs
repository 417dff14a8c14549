//! The words of a package, in French and English, and its dates.

use exam::Zone;
use exam::dates::month_name;
use record::{Answer, DataRequest, SheetState};
use time::{Date, OffsetDateTime};
use trace::{Kind, Outcome, Recorded, Role};

/// A reader's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lang {
    Fr,
    En,
}

impl Lang {
    /// The French or the English words.
    pub(super) fn of(self, fr: &'static str, en: &'static str) -> &'static str {
        if self == Self::Fr { fr } else { en }
    }

    pub(super) fn date(self, date: Date) -> String {
        let day = if self == Self::Fr && date.day() == 1 { "1er".into() } else { date.day().to_string() };
        format!("{day} {} {}", month_name(date.month(), self == Self::En), date.year())
    }

    /// Day and time where the group is.
    pub(super) fn instant(self, zone: Zone, at: OffsetDateTime) -> String {
        let at = local(zone, at);
        let (day, hour, minute) = (self.date(at.date()), at.hour(), at.minute());
        match self {
            Self::Fr => format!("{day} à {hour} h {minute:02}"),
            Self::En => format!("{day} at {hour:02}:{minute:02}"),
        }
    }

    pub(super) fn act(self, event: &Recorded) -> &'static str {
        match event.kind {
            Kind::Open => self.of("a ouvert l'examen", "opened the exam"),
            Kind::List => self.of("a vu l'examen dans une liste", "saw the exam in a list"),
            Kind::ViewImages => self.of("a regardé les images", "viewed the images"),
            Kind::ReadReport => self.of("a lu le compte rendu", "read the report"),
            Kind::Download => self.of("a téléchargé ou préparé une copie", "downloaded or prepared a copy"),
            Kind::Print => self.of("a imprimé", "printed"),
            Kind::Send => self.of("a transmis", "sent"),
            Kind::Query => self.of("a fait une recherche", "searched"),
            Kind::Login => self.of("s'est identifié", "logged in"),
            Kind::Refusal => self.of("s'est vu refuser l'accès", "was refused access"),
            Kind::ReadTrace => self.of("a lu la liste des accès", "read the list of accesses"),
            Kind::Recall => self.of("a demandé le retour des images", "asked for the images back"),
            Kind::Choose => self.of("a enregistré un choix", "recorded a choice"),
            Kind::Change => self.of("a fait une modification", "made a change"),
            Kind::Erase => {
                self.of("a effacé des images au terme de leur conservation", "erased images at the end of their time")
            }
        }
    }

    pub(super) fn outcome(self, event: &Recorded) -> &'static str {
        match event.outcome {
            Outcome::Success => self.of("fait", "done"),
            Outcome::Refused => self.of("refusé", "refused"),
            Outcome::Failed => self.of("sans succès", "failed"),
        }
    }

    /// Who, as a patient is told: professionals by name, staff by role and site.
    pub(super) fn who(self, event: &Recorded) -> String {
        let label = match event.actor.label.split_once(':') {
            Some(("sheet", _)) => self.of("une personne qui avait la feuille", "somebody who had the sheet").to_owned(),
            _ => event.actor.label.clone(),
        };
        match (event.actor.role, &event.actor.name) {
            (Role::Prescriber | Role::Professional, Some(name)) => format!("{name}, {label}"),
            (Role::System, _) => {
                self.of("le programme, pour votre demande ou à l'heure prévue", "the program").to_owned()
            }
            _ => label,
        }
    }

    pub(super) fn answer(self, answer: Answer) -> &'static str {
        match answer {
            Answer::Chosen => self.of("archivage choisi", "archive chosen"),
            Answer::Declined => self.of("archivage refusé", "archive declined"),
            Answer::TakenBack => self.of("choix repris", "choice taken back"),
        }
    }

    pub(super) fn sheet(self, state: SheetState) -> &'static str {
        match state {
            SheetState::Reserved => self.of("réservée", "reserved"),
            SheetState::Issued => self.of("remise", "issued"),
            SheetState::Revoked => self.of("annulée", "revoked"),
        }
    }

    pub(super) fn request(self, request: &DataRequest) -> String {
        use exam::requests::Kind as Asked;
        let kind = match request.kind {
            Asked::Access => self.of("copie des données", "copy of the data"),
            Asked::Objection => self.of("opposition", "objection"),
            Asked::Rectification => self.of("rectification", "rectification"),
            Asked::Erasure => self.of("question d'effacement", "question of erasure"),
        };
        let end = request.end.as_ref().map(|end| format!(" — {}", end.words)).unwrap_or_default();
        format!("{kind}{}{}{end}", if request.asked.is_empty() { "" } else { " : " }, request.asked)
    }
}

/// The time of the clocks on the wall there; those of Europe change at 01:00 UTC.
fn local(zone: Zone, at: OffsetDateTime) -> OffsetDateTime {
    let date = zone.date_of(at);
    let changed = at >= date.with_hms(1, 0, 0).map_or(at, time::PrimitiveDateTime::assume_utc);
    let day = if changed { date.next_day().unwrap_or(date) } else { date };
    at + (day.midnight().assume_utc() - zone.start_of(day))
}
