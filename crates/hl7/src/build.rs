//! Messages that we send: reports to partners and information systems, and every kind that the demo
//! feeder and the tests need. Everything written is escaped: a text cannot end its field.

mod document;
mod messages;
mod writer;

pub use document::{DocumentMessage, document};
pub use messages::{OrderMessage, PatientMessage, Value, adt, merge, order, report, values};
pub use writer::{Header, Writer};
