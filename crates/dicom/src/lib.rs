//! DICOM as bytes: a bounded scanner, character sets, Part 10 files, DICOM JSON, frames, DICOMDIR.
//!
//! This room must not know sockets, disks, runtimes, databases or any other room: bytes come in as slices or as
//! anything that reads and seeks, and everything here can be replayed and fuzzed.
//!
//! Bytes go through [`scan`], which walks every element without recursion and within [`scan::Limits`], keeps the
//! short values and remembers where the long ones lie. From the [`scan::Scanned`] it returns, [`header`] makes a
//! typed summary, [`json`] the metadata of PS3.18, [`frames`] the place of each frame, [`dicomdir`] a list of files,
//! [`attributes`] the short values that queries ask for, by the rules of [`matching`].
//!
//! Start with [`scan::scan_part10`], then [`scan::DataSet`].

pub mod attributes;
pub mod charset;
pub mod coerce;
pub mod dicomdir;
pub mod dictionary;
mod error;
pub mod frames;
pub mod header;
pub mod json;
pub mod json_in;
pub mod matching;
pub mod part10;
pub mod scan;
pub mod tables;
pub mod tag;
pub mod transcode;
pub mod uid;

mod vr;
pub mod write;

pub use error::Error;
pub use tag::Tag;
pub use vr::Vr;
