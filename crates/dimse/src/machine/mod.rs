//! The association state machine of PS3.8 §9.2, without a socket: events in, effects out.
//!
//! [`Machine::step`] looks the event up in the literal table of [`table`] and runs the action of that cell,
//! one function per action of PS3.8 tables 9-6 to 9-9. The effects are fixed lists: nothing is allocated,
//! so that the same path serves the millions of P-DATA of a day.

mod actions;
mod event;
pub mod table;

pub use event::{Event, State};

/// Something for the driver to do, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Open the transport connection.
    Connect,
    /// Send this PDU.
    Send(Outgoing),
    /// Tell the user of the service.
    Indicate(Indication),
    /// Start ARTIM, or start it again (PS3.8 §9.1.5).
    StartArtim,
    /// Stop ARTIM if it runs.
    StopArtim,
    /// Close the transport connection.
    Close,
}

/// A PDU to send; its content is the driver's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outgoing {
    /// A-ASSOCIATE-RQ.
    AssociateRequest,
    /// A-ASSOCIATE-AC.
    AssociateAccept,
    /// A-ASSOCIATE-RJ.
    AssociateReject,
    /// P-DATA-TF.
    Data,
    /// A-RELEASE-RQ.
    ReleaseRequest,
    /// A-RELEASE-RP.
    ReleaseResponse,
    /// A-ABORT from the user of the service.
    AbortByUser,
    /// A-ABORT from the provider: the peer broke the protocol.
    AbortByProvider,
}

/// What the user of the service is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indication {
    /// A-ASSOCIATE indication: a request to accept or reject.
    AssociateRequested,
    /// A-ASSOCIATE confirmation, accepted.
    AssociateAccepted,
    /// A-ASSOCIATE confirmation, rejected.
    AssociateRejected,
    /// P-DATA indication.
    Data,
    /// A-RELEASE indication.
    ReleaseRequested,
    /// A-RELEASE indication while our own request is out: a collision.
    ReleaseCollision,
    /// A-RELEASE confirmation.
    Released,
    /// A-ABORT indication: the peer's user aborted.
    AbortedByUser,
    /// A-P-ABORT indication: a provider aborted, or the connection is lost.
    AbortedByProvider,
}

/// One association, seen from one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    state: State,
    requestor: bool,
}

impl Machine {
    /// Before any connection, as the side that will ask for the association.
    pub const fn requestor() -> Self {
        Self { state: State::Sta1, requestor: true }
    }

    /// Before any connection, as the side that will be asked.
    pub const fn acceptor() -> Self {
        Self { state: State::Sta1, requestor: false }
    }

    /// A machine in any state: for tests of single cells.
    pub const fn in_state(state: State, requestor: bool) -> Self {
        Self { state, requestor }
    }

    /// The state it is in.
    pub const fn state(&self) -> State {
        self.state
    }

    /// Takes an event and moves; what is to be done comes back in order.
    ///
    /// `None` when PS3.8 table 9-10 leaves the cell blank: the event cannot happen in this state, nothing
    /// moves.
    pub fn step(&mut self, event: Event) -> Option<&'static [Effect]> {
        let action = table::action(event, self.state)?;
        let step = actions::run(action, event, self.requestor);
        self.state = step.next;
        Some(step.effects)
    }
}
