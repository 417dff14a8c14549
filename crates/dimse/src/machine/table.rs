//! PS3.8 table 9-10, literally: a row per event, a column per state, in each cell an action or nothing.

use super::{Event, State};

/// The actions of PS3.8 tables 9-6 (AE), 9-7 (DT), 9-8 (AR) and 9-9 (AA).
#[allow(missing_docs, reason = "each is documented by its function in actions.rs")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Ae1,
    Ae2,
    Ae3,
    Ae4,
    Ae5,
    Ae6,
    Ae7,
    Ae8,
    Dt1,
    Dt2,
    Ar1,
    Ar2,
    Ar3,
    Ar4,
    Ar5,
    Ar6,
    Ar7,
    Ar8,
    Ar9,
    Ar10,
    Aa1,
    Aa2,
    Aa3,
    Aa4,
    Aa5,
    Aa6,
    Aa7,
    Aa8,
}

type Cell = Option<Action>;

const NO: Cell = None;
const AE1: Cell = Some(Action::Ae1);
const AE2: Cell = Some(Action::Ae2);
const AE3: Cell = Some(Action::Ae3);
const AE4: Cell = Some(Action::Ae4);
const AE5: Cell = Some(Action::Ae5);
const AE6: Cell = Some(Action::Ae6);
const AE7: Cell = Some(Action::Ae7);
const AE8: Cell = Some(Action::Ae8);
const DT1: Cell = Some(Action::Dt1);
const DT2: Cell = Some(Action::Dt2);
const AR1: Cell = Some(Action::Ar1);
const AR2: Cell = Some(Action::Ar2);
const AR3: Cell = Some(Action::Ar3);
const AR4: Cell = Some(Action::Ar4);
const AR5: Cell = Some(Action::Ar5);
const AR6: Cell = Some(Action::Ar6);
const AR7: Cell = Some(Action::Ar7);
const AR8: Cell = Some(Action::Ar8);
const AR9: Cell = Some(Action::Ar9);
const AR10: Cell = Some(Action::Ar10);
const AA1: Cell = Some(Action::Aa1);
const AA2: Cell = Some(Action::Aa2);
const AA3: Cell = Some(Action::Aa3);
const AA4: Cell = Some(Action::Aa4);
const AA5: Cell = Some(Action::Aa5);
const AA6: Cell = Some(Action::Aa6);
const AA7: Cell = Some(Action::Aa7);
const AA8: Cell = Some(Action::Aa8);

/// PS3.8 table 9-10.
#[rustfmt::skip]
const TABLE: [[Cell; 13]; 19] = [
    //          Sta1 Sta2 Sta3 Sta4 Sta5 Sta6 Sta7 Sta8 Sta9 Sta10 Sta11 Sta12 Sta13
    /* Evt1  */ [AE1, NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO,   NO,   NO,   NO ],
    /* Evt2  */ [NO,  NO,  NO,  AE2, NO,  NO,  NO,  NO,  NO,  NO,   NO,   NO,   NO ],
    /* Evt3  */ [NO,  AA1, AA8, NO,  AE3, AA8, AA8, AA8, AA8, AA8,  AA8,  AA8,  AA6],
    /* Evt4  */ [NO,  AA1, AA8, NO,  AE4, AA8, AA8, AA8, AA8, AA8,  AA8,  AA8,  AA6],
    /* Evt5  */ [AE5, NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO,   NO,   NO,   NO ],
    /* Evt6  */ [NO,  AE6, AA8, NO,  AA8, AA8, AA8, AA8, AA8, AA8,  AA8,  AA8,  AA7],
    /* Evt7  */ [NO,  NO,  AE7, NO,  NO,  NO,  NO,  NO,  NO,  NO,   NO,   NO,   NO ],
    /* Evt8  */ [NO,  NO,  AE8, NO,  NO,  NO,  NO,  NO,  NO,  NO,   NO,   NO,   NO ],
    /* Evt9  */ [NO,  NO,  NO,  NO,  NO,  DT1, NO,  AR7, NO,  NO,   NO,   NO,   NO ],
    /* Evt10 */ [NO,  AA1, AA8, NO,  AA8, DT2, AR6, AA8, AA8, AA8,  AA8,  AA8,  AA6],
    /* Evt11 */ [NO,  NO,  NO,  NO,  NO,  AR1, NO,  NO,  NO,  NO,   NO,   NO,   NO ],
    /* Evt12 */ [NO,  AA1, AA8, NO,  AA8, AR2, AR8, AA8, AA8, AA8,  AA8,  AA8,  AA6],
    /* Evt13 */ [NO,  AA1, AA8, NO,  AA8, AA8, AR3, AA8, AA8, AR10, AR3,  AA8,  AA6],
    /* Evt14 */ [NO,  NO,  NO,  NO,  NO,  NO,  NO,  AR4, AR9, NO,   NO,   AR4,  NO ],
    /* Evt15 */ [NO,  NO,  AA1, AA2, AA1, AA1, AA1, AA1, AA1, AA1,  AA1,  AA1,  NO ],
    /* Evt16 */ [NO,  AA2, AA3, NO,  AA3, AA3, AA3, AA3, AA3, AA3,  AA3,  AA3,  AA2],
    /* Evt17 */ [NO,  AA5, AA4, AA4, AA4, AA4, AA4, AA4, AA4, AA4,  AA4,  AA4,  AR5],
    /* Evt18 */ [NO,  AA2, NO,  NO,  NO,  NO,  NO,  NO,  NO,  NO,   NO,   NO,   AA2],
    /* Evt19 */ [NO,  AA1, AA8, NO,  AA8, AA8, AA8, AA8, AA8, AA8,  AA8,  AA8,  AA7],
];

/// The action of a cell; `None` where the standard leaves it blank.
pub fn action(event: Event, state: State) -> Option<Action> {
    TABLE.get(event.row()).and_then(|row| row.get(state as usize)).copied().flatten()
}
