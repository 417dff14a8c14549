//! One function per action of PS3.8 §9.2.2, named as there.

use super::table::Action;
use super::{Effect, Event, Indication, Outgoing, State};
use Effect::{Close, Connect, Indicate, Send, StartArtim, StopArtim};

/// The state an action leads to and what it does on the way.
pub(super) struct Step {
    pub(super) next: State,
    pub(super) effects: &'static [Effect],
}

const fn to(next: State, effects: &'static [Effect]) -> Step {
    Step { next, effects }
}

/// Runs one action.
pub(super) fn run(action: Action, event: Event, requestor: bool) -> Step {
    match action {
        Action::Ae1 => ae_1(),
        Action::Ae2 => ae_2(),
        Action::Ae3 => ae_3(),
        Action::Ae4 => ae_4(),
        Action::Ae5 => ae_5(),
        Action::Ae6 => ae_6(matches!(event, Event::RequestReceived { acceptable: true })),
        Action::Ae7 => ae_7(),
        Action::Ae8 => ae_8(),
        Action::Dt1 => dt_1(),
        Action::Dt2 => dt_2(),
        Action::Ar1 => ar_1(),
        Action::Ar2 => ar_2(),
        Action::Ar3 => ar_3(),
        Action::Ar4 => ar_4(),
        Action::Ar5 => ar_5(),
        Action::Ar6 => ar_6(),
        Action::Ar7 => ar_7(),
        Action::Ar8 => ar_8(requestor),
        Action::Ar9 => ar_9(),
        Action::Ar10 => ar_10(),
        Action::Aa1 => aa_1(),
        Action::Aa2 => aa_2(),
        Action::Aa3 => aa_3(matches!(event, Event::AbortReceived { by_user: true })),
        Action::Aa4 => aa_4(),
        Action::Aa5 => aa_5(),
        Action::Aa6 => aa_6(),
        Action::Aa7 => aa_7(),
        Action::Aa8 => aa_8(),
    }
}

/// Open the transport connection.
fn ae_1() -> Step {
    to(State::Sta4, &[Connect])
}

/// Send the association request.
fn ae_2() -> Step {
    to(State::Sta5, &[Send(Outgoing::AssociateRequest)])
}

/// Tell the user that the association is accepted.
fn ae_3() -> Step {
    to(State::Sta6, &[Indicate(Indication::AssociateAccepted)])
}

/// Tell the user that the association is rejected, and close.
fn ae_4() -> Step {
    to(State::Sta1, &[Indicate(Indication::AssociateRejected), Close])
}

/// A connection came in: its request must come before ARTIM expires.
fn ae_5() -> Step {
    to(State::Sta2, &[StartArtim])
}

/// A request came: ask the user when the provider can accept it, else reject it.
fn ae_6(acceptable: bool) -> Step {
    if acceptable {
        to(State::Sta3, &[StopArtim, Indicate(Indication::AssociateRequested)])
    } else {
        to(State::Sta13, &[StopArtim, Send(Outgoing::AssociateReject), StartArtim])
    }
}

/// Accept.
fn ae_7() -> Step {
    to(State::Sta6, &[Send(Outgoing::AssociateAccept)])
}

/// Reject; the peer should close.
fn ae_8() -> Step {
    to(State::Sta13, &[Send(Outgoing::AssociateReject), StartArtim])
}

/// Send data.
fn dt_1() -> Step {
    to(State::Sta6, &[Send(Outgoing::Data)])
}

/// Hand data to the user.
fn dt_2() -> Step {
    to(State::Sta6, &[Indicate(Indication::Data)])
}

/// Ask for the release.
fn ar_1() -> Step {
    to(State::Sta7, &[Send(Outgoing::ReleaseRequest)])
}

/// Tell the user that the peer asks for the release.
fn ar_2() -> Step {
    to(State::Sta8, &[Indicate(Indication::ReleaseRequested)])
}

/// Released: tell the user, and close.
fn ar_3() -> Step {
    to(State::Sta1, &[Indicate(Indication::Released), Close])
}

/// Answer the release; the peer should close.
fn ar_4() -> Step {
    to(State::Sta13, &[Send(Outgoing::ReleaseResponse), StartArtim])
}

/// The peer closed, as it should.
fn ar_5() -> Step {
    to(State::Sta1, &[StopArtim])
}

/// Data that still came after our release request.
fn ar_6() -> Step {
    to(State::Sta7, &[Indicate(Indication::Data)])
}

/// Data that is still sent after the peer's release request.
fn ar_7() -> Step {
    to(State::Sta8, &[Send(Outgoing::Data)])
}

/// Both asked for the release: the requestor of the association answers first.
fn ar_8(requestor: bool) -> Step {
    let next = if requestor { State::Sta9 } else { State::Sta10 };
    to(next, &[Indicate(Indication::ReleaseCollision)])
}

/// The requestor's answer in a collision.
fn ar_9() -> Step {
    to(State::Sta11, &[Send(Outgoing::ReleaseResponse)])
}

/// The requestor's answer arrived; ours is due.
fn ar_10() -> Step {
    to(State::Sta12, &[Indicate(Indication::Released)])
}

/// Abort as the user.
fn aa_1() -> Step {
    to(State::Sta13, &[Send(Outgoing::AbortByUser), StartArtim])
}

/// Close.
fn aa_2() -> Step {
    to(State::Sta1, &[StopArtim, Close])
}

/// The peer aborted.
fn aa_3(by_user: bool) -> Step {
    if by_user {
        to(State::Sta1, &[Indicate(Indication::AbortedByUser), Close])
    } else {
        to(State::Sta1, &[Indicate(Indication::AbortedByProvider), Close])
    }
}

/// The connection is lost.
fn aa_4() -> Step {
    to(State::Sta1, &[Indicate(Indication::AbortedByProvider)])
}

/// The connection closed before it had an association.
fn aa_5() -> Step {
    to(State::Sta1, &[StopArtim])
}

/// Ignore what comes after the end.
fn aa_6() -> Step {
    to(State::Sta13, &[])
}

/// Answer nonsense after the end with an abort.
fn aa_7() -> Step {
    to(State::Sta13, &[Send(Outgoing::AbortByProvider)])
}

/// The peer broke the protocol: abort as the provider.
fn aa_8() -> Step {
    to(State::Sta13, &[Send(Outgoing::AbortByProvider), Indicate(Indication::AbortedByProvider), StartArtim])
}
