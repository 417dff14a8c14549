//! The port through which short messages leave: e-mail, SMS, voice. What is said is chosen here, in which words outside.

use crate::SessionToken;
use async_trait::async_trait;
use std::sync::Arc;
use time::Date;

/// How somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Channel {
    /// E-mail.
    Email,
    /// A telephone number: SMS, or voice where the gateway finds a fixed line.
    Phone,
}

impl Channel {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }

    pub(crate) fn from_word(word: &str) -> Self {
        if word == "phone" { Self::Phone } else { Self::Email }
    }
}

/// The language of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// French.
    French,
    /// English.
    English,
}

/// What is said. It has no `Debug` on purpose: it holds secrets.
pub enum Letter {
    /// The one-time code, valid ten minutes.
    OneTimeCode {
        /// Six digits.
        code: String,
    },
    /// An invitation to look at an exam; the link's secret goes into the fragment and opens nothing by itself.
    Invitation {
        /// The secret.
        link: SessionToken,
        /// The last day of the share.
        last_day: Date,
    },
    /// To the patient: a person invited has looked, for the first time that day.
    ShareUsed,
    /// To the patient: a professional has opened their record in an emergency.
    EmergencyOpened,
}

/// One message to one address. No `Debug`: neither stands in a log.
pub struct Message {
    /// How.
    pub channel: Channel,
    /// The address or number.
    pub to: String,
    /// In which language.
    pub language: Language,
    /// What.
    pub letter: Letter,
}

/// The message was not taken by whoever carries it. The text names no address.
#[derive(Debug, thiserror::Error)]
#[error("not delivered: {0}")]
pub struct Undelivered(pub String);

/// Carries messages.
#[async_trait]
pub trait Messenger: Send + Sync + 'static {
    /// Whether it carries messages of this kind.
    fn reaches(&self, channel: Channel) -> bool;
    /// Hands one over; returns once it was taken. Its own time is limited to some seconds.
    async fn send(&self, message: Message) -> Result<(), Undelivered>;
}

/// Carries nothing.
struct Nobody;

#[async_trait]
impl Messenger for Nobody {
    fn reaches(&self, _channel: Channel) -> bool {
        false
    }

    async fn send(&self, _message: Message) -> Result<(), Undelivered> {
        Err(Undelivered("no messenger here".into()))
    }
}

/// When patients are asked a one-time code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactorRule {
    /// Never. Not for production.
    Off,
    /// Wherever a contact is recorded; without one the site lets people in by a recorded derogation.
    Derogation,
    /// Always: without a contact the exam does not open here.
    Required,
}

/// The rule and who carries the codes.
#[derive(Clone)]
pub struct SecondFactor {
    /// The rule.
    pub rule: FactorRule,
    /// Who carries the codes.
    pub messenger: Arc<dyn Messenger>,
}

impl Default for SecondFactor {
    fn default() -> Self {
        Self { rule: FactorRule::Off, messenger: Arc::new(Nobody) }
    }
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecondFactor").field("rule", &self.rule).finish_non_exhaustive()
    }
}
