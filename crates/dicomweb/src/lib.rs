//! DICOM over HTTP, under an access that somebody else has already judged. Today it serves what the
//! patient's viewer reads: the list of series, their metadata (DICOM JSON, PS3.18 Annex F), frames and
//! thumbnails. QIDO, STOW and whole-instance WADO come later, in this same room.
//!
//! This room must not know users, sessions, passwords, the database or the disk. It receives a
//! [`Grant`] and asks a [`WebCopy`] for bytes; whoever makes the grant has judged the rights and
//! written the trace before the first byte leaves.
//!
//! A request comes in with an `Extension<Grant>` put there by the caller's middleware (without it every
//! path answers 404, so that nothing can be learnt); the numbers of the path are bounded; the port is
//! asked; the answer goes out with `no-store`. Series, instances and frames are small numbers from 1 in
//! display order: no UID and nothing of the patient stands in a URL.
//!
//! Start with [`routes`], then [`WebCopy`].

mod accept;
mod answer;
mod number;
mod port;
mod refusal;
mod routes;
pub mod services;

pub use port::{CopyError, Frame, Grant, SeriesInfo, WebCopy};
pub use routes::{PATHS, routes};
