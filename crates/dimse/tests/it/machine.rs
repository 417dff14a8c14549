//! The state table, cell by cell, against the standard's own wording in another shape.

use dimse::machine::{Effect, Event, Indication, Machine, Outgoing, State, table};

const EVENTS: [Event; 19] = [
    Event::AssociateWanted,
    Event::ConnectionConfirmed,
    Event::AcceptReceived,
    Event::RejectReceived,
    Event::ConnectionArrived,
    Event::RequestReceived { acceptable: true },
    Event::AcceptWanted,
    Event::RejectWanted,
    Event::DataWanted,
    Event::DataReceived,
    Event::ReleaseWanted,
    Event::ReleaseRequestReceived,
    Event::ReleaseResponseReceived,
    Event::ReleaseAnswered,
    Event::AbortWanted,
    Event::AbortReceived { by_user: true },
    Event::ConnectionClosed,
    Event::ArtimExpired,
    Event::InvalidPdu,
];

/// PS3.8 table 9-10, column by column: for each state, the events that mean something and their action.
const BY_STATE: [&str; 13] = [
    "1:AE1 5:AE5",
    "3:AA1 4:AA1 6:AE6 10:AA1 12:AA1 13:AA1 16:AA2 17:AA5 18:AA2 19:AA1",
    "3:AA8 4:AA8 6:AA8 7:AE7 8:AE8 10:AA8 12:AA8 13:AA8 15:AA1 16:AA3 17:AA4 19:AA8",
    "2:AE2 15:AA2 17:AA4",
    "3:AE3 4:AE4 6:AA8 10:AA8 12:AA8 13:AA8 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA8 4:AA8 6:AA8 9:DT1 10:DT2 11:AR1 12:AR2 13:AA8 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA8 4:AA8 6:AA8 10:AR6 12:AR8 13:AR3 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA8 4:AA8 6:AA8 9:AR7 10:AA8 12:AA8 13:AA8 14:AR4 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA8 4:AA8 6:AA8 10:AA8 12:AA8 13:AA8 14:AR9 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA8 4:AA8 6:AA8 10:AA8 12:AA8 13:AR10 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA8 4:AA8 6:AA8 10:AA8 12:AA8 13:AR3 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA8 4:AA8 6:AA8 10:AA8 12:AA8 13:AA8 14:AR4 15:AA1 16:AA3 17:AA4 19:AA8",
    "3:AA6 4:AA6 6:AA7 10:AA6 12:AA6 13:AA6 16:AA2 17:AR5 18:AA2 19:AA7",
];

fn expected(event: usize, state: usize) -> Option<&'static str> {
    let cell = |cell: &'static str| cell.split_once(':').filter(|(number, _)| number.parse() == Ok(event + 1));
    BY_STATE[state].split(' ').find_map(cell).map(|(_, action)| action)
}

#[test]
fn every_cell_holds_the_action_of_the_standard() {
    for (row, event) in EVENTS.into_iter().enumerate() {
        assert_eq!(event.row(), row);
        for (column, state) in State::ALL.into_iter().enumerate() {
            let found = table::action(event, state).map(|action| format!("{action:?}").to_uppercase());
            assert_eq!(found.as_deref(), expected(row, column), "Evt{} in {state:?}", row + 1);
        }
    }
}

#[test]
fn a_blank_cell_moves_nothing() {
    for (row, event) in EVENTS.into_iter().enumerate() {
        for (column, state) in State::ALL.into_iter().enumerate() {
            if expected(row, column).is_none() {
                let mut machine = Machine::in_state(state, true);
                assert_eq!(machine.step(event), None);
                assert_eq!(machine.state(), state);
            }
        }
    }
}

/// The next state and the effects of each action (PS3.8 tables 9-6 to 9-9), for the requestor.
fn outcome(action: &str) -> (State, Vec<Effect>) {
    use Effect::{Close, Connect, Indicate, Send, StartArtim, StopArtim};
    use Indication as I;
    use Outgoing as O;
    match action {
        "AE1" => (State::Sta4, vec![Connect]),
        "AE2" => (State::Sta5, vec![Send(O::AssociateRequest)]),
        "AE3" => (State::Sta6, vec![Indicate(I::AssociateAccepted)]),
        "AE4" => (State::Sta1, vec![Indicate(I::AssociateRejected), Close]),
        "AE5" => (State::Sta2, vec![StartArtim]),
        "AE6" => (State::Sta3, vec![StopArtim, Indicate(I::AssociateRequested)]),
        "AE7" => (State::Sta6, vec![Send(O::AssociateAccept)]),
        "AE8" => (State::Sta13, vec![Send(O::AssociateReject), StartArtim]),
        "DT1" => (State::Sta6, vec![Send(O::Data)]),
        "DT2" => (State::Sta6, vec![Indicate(I::Data)]),
        "AR1" => (State::Sta7, vec![Send(O::ReleaseRequest)]),
        "AR2" => (State::Sta8, vec![Indicate(I::ReleaseRequested)]),
        "AR3" => (State::Sta1, vec![Indicate(I::Released), Close]),
        "AR4" => (State::Sta13, vec![Send(O::ReleaseResponse), StartArtim]),
        "AR5" | "AA5" => (State::Sta1, vec![StopArtim]),
        "AR6" => (State::Sta7, vec![Indicate(I::Data)]),
        "AR7" => (State::Sta8, vec![Send(O::Data)]),
        "AR8" => (State::Sta9, vec![Indicate(I::ReleaseCollision)]),
        "AR9" => (State::Sta11, vec![Send(O::ReleaseResponse)]),
        "AR10" => (State::Sta12, vec![Indicate(I::Released)]),
        "AA1" => (State::Sta13, vec![Send(O::AbortByUser), StartArtim]),
        "AA2" => (State::Sta1, vec![StopArtim, Close]),
        "AA3" => (State::Sta1, vec![Indicate(I::AbortedByUser), Close]),
        "AA4" => (State::Sta1, vec![Indicate(I::AbortedByProvider)]),
        "AA6" => (State::Sta13, vec![]),
        "AA7" => (State::Sta13, vec![Send(O::AbortByProvider)]),
        "AA8" => (State::Sta13, vec![Send(O::AbortByProvider), Indicate(I::AbortedByProvider), StartArtim]),
        other => panic!("no such action: {other}"),
    }
}

#[test]
fn every_cell_leads_where_its_action_says_and_does_what_it_says() {
    for (row, event) in EVENTS.into_iter().enumerate() {
        for (column, state) in State::ALL.into_iter().enumerate() {
            let Some(action) = expected(row, column) else { continue };
            let (next, effects) = outcome(action);
            let mut machine = Machine::in_state(state, true);
            assert_eq!(machine.step(event), Some(&effects[..]), "Evt{} in {state:?}", row + 1);
            assert_eq!(machine.state(), next, "Evt{} in {state:?}", row + 1);
        }
    }
}

#[test]
fn a_request_that_the_provider_cannot_accept_is_rejected_at_once() {
    let mut machine = Machine::in_state(State::Sta2, false);
    let effects = machine.step(Event::RequestReceived { acceptable: false }).unwrap();
    assert_eq!(effects, [Effect::StopArtim, Effect::Send(Outgoing::AssociateReject), Effect::StartArtim]);
    assert_eq!(machine.state(), State::Sta13);
}

#[test]
fn in_a_release_collision_the_acceptor_waits_for_the_requestor() {
    let mut machine = Machine::in_state(State::Sta7, false);
    machine.step(Event::ReleaseRequestReceived);
    assert_eq!(machine.state(), State::Sta10);
    machine.step(Event::ReleaseResponseReceived);
    assert_eq!(machine.state(), State::Sta12);
    let effects = machine.step(Event::ReleaseAnswered).unwrap();
    assert_eq!(effects, [Effect::Send(Outgoing::ReleaseResponse), Effect::StartArtim]);
}

#[test]
fn an_abort_from_the_peers_provider_is_told_apart() {
    let mut machine = Machine::in_state(State::Sta6, true);
    let effects = machine.step(Event::AbortReceived { by_user: false }).unwrap();
    assert_eq!(effects, [Effect::Indicate(Indication::AbortedByProvider), Effect::Close]);
}
