//! The tables of life, cell by cell: rows are states, columns are events, `-` is refused.

use exam::lifecycle::{ArchiveEvent, ArchiveState, DiffusionEvent, DiffusionState};

#[test]
fn the_archive_sides_table_holds_in_every_cell() {
    // Arrive     Complete    Seal      Hold    Release   Doom      Recover   Destroy
    let table = "
        Landed    Landed    Complete  -         -         -         -         -         -
        Complete  Landed    Complete  Sealed    -         -         -         -         -
        Sealed    Landed    -         Sealed    Held      -         Doomed    -         -
        Held      Landed    -         -         Held      Sealed    -         -         -
        Doomed    Landed    -         -         Held      -         -         Sealed    Destroyed
        Destroyed -         -         -         -         -         -         -         -";
    let found = rows(table, &ArchiveState::ALL, &ArchiveEvent::ALL, |state, event| state.on(event));
    assert_eq!(found, 6 * 8);
}

#[test]
fn the_diffusion_sides_table_holds_in_every_cell() {
    // Publish      Commit       Expire   Recall     Fail
    let table = "
        Published   Published    Consultable  Expired  -          -
        Consultable Consultable  Consultable  Expired  -          -
        Expired     -            -            Expired  Recalling  -
        Recalling   -            Consultable  Expired  Recalling  Expired";
    let found = rows(table, &DiffusionState::ALL, &DiffusionEvent::ALL, |state, event| state.on(event));
    assert_eq!(found, 4 * 5);
}

#[test]
fn only_what_is_doomed_can_be_destroyed_and_nothing_comes_back_from_it() {
    for state in ArchiveState::ALL {
        assert_eq!(state.on(ArchiveEvent::Destroy).is_some(), state == ArchiveState::Doomed);
    }
    for event in ArchiveEvent::ALL {
        assert_eq!(ArchiveState::Destroyed.on(event), None);
    }
}

fn rows<S, E>(table: &str, states: &[S], events: &[E], on: impl Fn(S, E) -> Option<S>) -> usize
where
    S: Copy + std::fmt::Debug,
    E: Copy + std::fmt::Debug,
{
    let mut cells = 0;
    for (line, &state) in table.trim().lines().zip(states) {
        let mut words = line.split_whitespace();
        assert_eq!(words.next(), Some(format!("{state:?}").as_str()));
        for &event in events {
            let next = on(state, event).map_or("-".to_owned(), |next| format!("{next:?}"));
            assert_eq!(words.next(), Some(next.as_str()), "{state:?} on {event:?}");
            cells += 1;
        }
    }
    cells
}
