//! Commands at the keyboard. Each takes the exclusive lock of the data folder: a running server is stopped first.

pub mod import;
pub mod rebuild;
pub mod staff;
pub mod trace;
pub mod verify;
