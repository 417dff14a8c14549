//! Records of the care sheet's transmission (B2): 128 bytes each, every position known from a table ([`layout`]).
//!
//! Positions: body records common to the B2 family, as the hospital out-patient profile has them (FIDES-ACE, SFG v06.08).
//! Records 000, 1, 6 and 999 are provisional ([`RecordKind::is_provisional`]): their positions were not found in a source we
//! could read, so that a file of ours is understood by our own simulated fund alone.

mod invoice;
mod layout;
mod lot;
mod record;
mod sheet;

pub use invoice::{Totals, TotalsError, check, totals};
pub use layout::{Field, Form, LENGTH, RecordKind, layout};
pub use lot::{LotError, LotFile, ReadLot, read as read_lot, write as write_lot};
pub use record::{B2Error, Record, Value};
pub use sheet::{CareSheet, SheetLine, records};
