//! Why a professional sees an exam, in one word: what the trace keeps, and the patient reads.

use exam::rights::{Decision, DefaultRule, Ground, Known, Says};

/// Why a professional sees an exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Basis {
    /// They ordered it.
    Ordered,
    /// They are copied on it.
    CopiedOn,
    /// The patient designated them: the whole record.
    Designated,
    /// Somebody entitled permitted it.
    Permitted,
    /// A care relation is declared.
    CareDeclared,
    /// They opened the record in an emergency.
    Emergency,
    /// They stand in for somebody who sees it.
    StandIn,
}

impl Basis {
    /// The word of the trace's `detail.as`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::CopiedOn => "copied",
            Self::Designated => "designated",
            Self::Permitted => "permitted",
            Self::CareDeclared => "care",
            Self::Emergency => "emergency",
            Self::StandIn => "stand-in",
        }
    }

    /// Back from the trace.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        use Basis::*;
        [Ordered, CopiedOn, Designated, Permitted, CareDeclared, Emergency, StandIn]
            .into_iter()
            .find(|basis| basis.word() == word)
    }

    /// The trace's role: who ordered or was copied, or stands in for them; the others see it as somebody's choice.
    pub(crate) fn role(self) -> trace::Role {
        match self {
            Self::Ordered | Self::CopiedOn | Self::StandIn => trace::Role::Prescriber,
            Self::Designated | Self::Permitted | Self::CareDeclared | Self::Emergency => trace::Role::Professional,
        }
    }

    /// From what a decision rests on; nothing when it does not permit.
    pub(super) fn of(decision: &Decision, known: &[Known]) -> Option<Self> {
        if !decision.permit {
            return None;
        }
        Some(match decision.rests_on {
            Ground::Statement(id) => {
                let designates = |one: &&Known| one.statement.id == id && one.statement.says == Says::Designate;
                if known.iter().any(|one| designates(&one)) { Self::Designated } else { Self::Permitted }
            }
            Ground::Default(DefaultRule::Ordered) => Self::Ordered,
            Ground::Default(DefaultRule::CopiedOn) => Self::CopiedOn,
            Ground::Default(DefaultRule::CareDeclared) => Self::CareDeclared,
            Ground::Default(DefaultRule::Emergency) => Self::Emergency,
            Ground::Default(_) => Self::Permitted,
        })
    }
}
