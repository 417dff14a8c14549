//! What arrives becomes durable, then visible: the landing log, and the ways into it that are not a network door
//! (watched folders, imported media), and the rule that says when an exam is complete.
//!
//! This room must not know retention, sharing, the portal, nor any socket: telling a modality "stored" must never
//! wait on them. What follows from an arrival goes through the record's jobs.
//!
//! Bytes enter by [`landing::Landing::begin`], go slice by slice into a [`landing::Reception`] which hashes them, and
//! at [`landing::Reception::finish`] are scanned, appended to a segment, synced together with whatever else is
//! waiting, and given to the [`landing::Register`] (the catalogue); only then does `finish` return. At start the log
//! is compared with what the register has applied, and the difference is given to it again.
//!
//! Start with [`landing`], then [`landing::Reception`]; `landing/format.rs` has the bytes on disk.

pub mod completeness;
pub mod import;
pub mod landing;
pub mod messages;
pub mod watched;
