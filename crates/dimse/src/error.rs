//! The one error of this room: for operators and callers, never sent to a peer.

/// What an association was doing when its time ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Waiting for an association request, its answer, or the end of the connection (ARTIM).
    Negotiation,
    /// Waiting for the next message.
    Idle,
    /// Waiting for the rest of a message.
    Message,
    /// Waiting for the peer to take our bytes.
    Write,
}

/// Why an association could not go on. Holds no personal data: neither titles, UIDs nor values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The stream failed.
    #[error("the connection failed")]
    Io(#[from] std::io::Error),
    /// A deadline passed.
    #[error("time ran out ({0:?})")]
    TimedOut(Phase),
    /// The peer closed the connection without release or abort.
    #[error("the connection was closed without release")]
    Closed,
    /// The peer broke PS3.8; it was told by an A-ABORT.
    #[error("protocol broken by the peer: {0}")]
    Protocol(&'static str),
    /// The peer sent an A-ABORT.
    #[error("the peer aborted the association (source {origin}, reason {reason})")]
    Aborted {
        /// 0 the user of the service, 2 its provider (PS3.8 table 9-26).
        origin: u8,
        /// Meaningful when the source is 2.
        reason: u8,
    },
    /// The association was refused (PS3.8 table 9-21), by the peer or by us.
    #[error("the association was refused (result {result}, source {origin}, reason {reason})")]
    Rejected {
        /// 1 for good, 2 for now.
        result: u8,
        /// 1 service user, 2 provider (ACSE), 3 provider (presentation).
        origin: u8,
        /// Its meaning depends on the source.
        reason: u8,
    },
    /// The peer accepted no presentation context for this SOP class and transfer syntax.
    #[error("no presentation context was accepted for this sop class and transfer syntax")]
    NoContext,
    /// A setting cannot be used.
    #[error("bad setting: {0}")]
    Setting(&'static str),
    /// The caller's data set ended before its announced length; the association was aborted, so that the
    /// peer never takes a truncated data set for a whole one.
    #[error("the data set ended before its announced length")]
    Truncated,
    /// This side is stopping.
    #[error("stopped while an association was open")]
    Stopped,
}
