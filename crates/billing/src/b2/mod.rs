//! Records of the care sheet's transmission (B2): 128 bytes each, every position known from a table ([`layout`]).
//!
//! Positions: body records common to the B2 family, as the hospital out-patient profile has them (FIDES-ACE, SFG v06.08).
//! Records 000, 1, 6 and 999 are not here: their positions were not found in a source we could read.

mod invoice;
mod layout;
mod record;

pub use invoice::{Totals, TotalsError, check, totals};
pub use layout::{Field, Form, LENGTH, RecordKind, layout};
pub use record::{B2Error, Record, Value};
