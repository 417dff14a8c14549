//! Where one room's port meets another room.

pub mod clock;
pub mod commit;
pub mod dicomweb;
pub mod fund;
pub mod hl7;
pub mod mail;
pub mod outlets;
pub mod partner;
pub mod pictures;
pub mod query;
pub mod same_content;
mod sent;
pub mod steps;
pub mod store;
pub mod tls;
pub mod worklist;
