//! What keeps a partner from having something.

/// Why a try did not succeed. The words are for operators: no personal data, UIDs of classes and syntaxes only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// Nobody answers: nothing has left. Tried again for as long as it takes.
    #[error("nobody answers: {0}")]
    Unreachable(String),
    /// It broke off on the way, or was not answered: the partner may have it or not. Tried again for days.
    #[error("broken off: {0}")]
    Broken(String),
    /// The partner will not have it as it is: a person must act.
    #[error("refused: {0}")]
    Refused(Refused),
}

/// What exactly is refused, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No presentation context for these: class and transfer syntax, named.
    #[error("the partner takes no {0}")]
    Classes(String),
    /// Instances answered with a failure: the status, named.
    #[error("instances were answered with {0}")]
    Instances(String),
    /// So many instances are not committed to.
    #[error("{0} instances are not committed to")]
    Commitment(usize),
    /// The message was rejected: the code of table 0357.
    #[error("the message was rejected ({0})")]
    Message(String),
    /// An image cannot be rewritten with the partner's identifiers.
    #[error("an image cannot be rewritten: {0}")]
    Rewriting(String),
    /// A number does not fit its attribute.
    #[error("a number does not fit: {0}")]
    Number(&'static str),
    /// There is no document to send.
    #[error("the report has no document that can be sent")]
    NoDocument,
}

impl Refused {
    /// Its stable key, with what it names behind a colon.
    pub fn key(&self) -> String {
        match self {
            Self::Classes(names) => format!("refused-class:{names}"),
            Self::Instances(status) => format!("refused-image:{status}"),
            Self::Commitment(count) => format!("not-committed:{count}"),
            Self::Message(code) => format!("refused-message:{code}"),
            Self::Rewriting(why) => format!("not-rewritable:{why}"),
            Self::Number(which) => format!("number-too-long:{which}"),
            Self::NoDocument => "no-document".to_owned(),
        }
    }
}
