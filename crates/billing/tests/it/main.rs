//! Prices, invoices, deadlines and records by tables of cases.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failure in a helper fails its test")]

mod acts;
mod b2;
mod deadlines;
mod fees;
mod lots;
