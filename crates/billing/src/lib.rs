//! Acts, dated tariffs, invoices and the records of electronic care sheets.
//!
//! This room must not know the clock, the disk, the network, a database, DICOM or pages: a price must be provable from
//! a table of cases. Amounts are whole cents; the care date is a parameter; tables are handed in as text.
//!
//! Acts and the circumstances of the care go in, an invoice comes out whose every line names the rules that made it
//! ([`invoice`]). [`nomenclature`] holds prices by act, activity, phase, grid and care date; [`technical`] the fees of
//! scanners by machine and year; [`deadline`] the days within which a sheet must be sent; [`b2`] the records of 128 bytes;
//! [`returns`] what our simulated fund answers, in a profile of our own.
//!
//! Start with [`invoice::quote`].

pub mod b2;
pub mod deadline;
pub mod invoice;
pub mod money;
pub mod nomenclature;
pub mod returns;
pub mod technical;

pub use money::Cents;
