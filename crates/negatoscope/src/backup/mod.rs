//! Backup and restore: everything that could not be made again, copied beside the running server, and put back into
//! an empty data folder after all of it has been checked.
//!
//! A backup is a folder: `vault/` holds the sealed objects, shared by one run and the next; `state-…` holds the
//! databases, the landing log and the logs of accesses of one run; `keys/` what opens them; `manifest.json`, replaced
//! as the last act of a run, says which state counts, with sizes and SHA-256. Web copies are not there: the archive
//! side makes them again. Neither is any code: none is stored.

mod after;
mod files;
mod manifest;
mod prune;
mod put_back;
mod take;

pub use after::{Restored, RestoredWatch, erase_again, publish_again};
pub use put_back::{put_back, refuse_half_restored};
pub use take::{take, transfer};
