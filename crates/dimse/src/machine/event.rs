//! The states and events of PS3.8 §9.2.

/// The states of PS3.8 tables 9-1 to 9-5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Idle.
    Sta1,
    /// Connection open, waiting for the association request.
    Sta2,
    /// Waiting for the local answer to an association request.
    Sta3,
    /// Waiting for the transport connection to open.
    Sta4,
    /// Waiting for the peer's answer to our association request.
    Sta5,
    /// Association established: ready for data.
    Sta6,
    /// Waiting for the peer's release response.
    Sta7,
    /// Waiting for the local release response.
    Sta8,
    /// Release collision, requestor: waiting for the local release response.
    Sta9,
    /// Release collision, acceptor: waiting for the peer's release response.
    Sta10,
    /// Release collision, requestor: waiting for the peer's release response.
    Sta11,
    /// Release collision, acceptor: waiting for the local release response.
    Sta12,
    /// Waiting for the connection to close; no association any more.
    Sta13,
}

impl State {
    /// Every state, in order.
    pub const ALL: [Self; 13] = [
        Self::Sta1,
        Self::Sta2,
        Self::Sta3,
        Self::Sta4,
        Self::Sta5,
        Self::Sta6,
        Self::Sta7,
        Self::Sta8,
        Self::Sta9,
        Self::Sta10,
        Self::Sta11,
        Self::Sta12,
        Self::Sta13,
    ];
}

/// The events of PS3.8 table 9-10, in its order. The two that carry a fact do so because their action asks
/// for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Evt1: the local user asks for an association.
    AssociateWanted,
    /// Evt2: the connection we asked for is open.
    ConnectionConfirmed,
    /// Evt3: A-ASSOCIATE-AC received.
    AcceptReceived,
    /// Evt4: A-ASSOCIATE-RJ received.
    RejectReceived,
    /// Evt5: a connection came in.
    ConnectionArrived,
    /// Evt6: A-ASSOCIATE-RQ received.
    RequestReceived {
        /// Whether the provider can accept it: version 1 of the protocol, no local limit in the way.
        acceptable: bool,
    },
    /// Evt7: the local user accepts the association.
    AcceptWanted,
    /// Evt8: the local user rejects the association.
    RejectWanted,
    /// Evt9: the local user has data to send.
    DataWanted,
    /// Evt10: P-DATA-TF received.
    DataReceived,
    /// Evt11: the local user asks for the release.
    ReleaseWanted,
    /// Evt12: A-RELEASE-RQ received.
    ReleaseRequestReceived,
    /// Evt13: A-RELEASE-RP received.
    ReleaseResponseReceived,
    /// Evt14: the local user answers the release.
    ReleaseAnswered,
    /// Evt15: the local user aborts.
    AbortWanted,
    /// Evt16: A-ABORT received.
    AbortReceived {
        /// Whether the peer's user aborted, not its provider.
        by_user: bool,
    },
    /// Evt17: the connection is closed.
    ConnectionClosed,
    /// Evt18: ARTIM expired.
    ArtimExpired,
    /// Evt19: a PDU that is unknown or invalid.
    InvalidPdu,
}

impl Event {
    /// Its number in the standard, less one: the row of the table.
    pub const fn row(self) -> usize {
        match self {
            Self::AssociateWanted => 0,
            Self::ConnectionConfirmed => 1,
            Self::AcceptReceived => 2,
            Self::RejectReceived => 3,
            Self::ConnectionArrived => 4,
            Self::RequestReceived { .. } => 5,
            Self::AcceptWanted => 6,
            Self::RejectWanted => 7,
            Self::DataWanted => 8,
            Self::DataReceived => 9,
            Self::ReleaseWanted => 10,
            Self::ReleaseRequestReceived => 11,
            Self::ReleaseResponseReceived => 12,
            Self::ReleaseAnswered => 13,
            Self::AbortWanted => 14,
            Self::AbortReceived { .. } => 15,
            Self::ConnectionClosed => 16,
            Self::ArtimExpired => 17,
            Self::InvalidPdu => 18,
        }
    }
}
