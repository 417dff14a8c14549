//! The pages: what a patient, the desk and the keeper see in a browser, in French first and English second.
//!
//! This room must not know DICOM tags or SQL: pages speak of exams, and what they show comes from the use cases
//! of the diffusion side (patients, prescribers) or of the archive side (desk). It decides no right and writes no trace of
//! its own: a page asks, and shows what it is told.
//!
//! A request passes `headers` (nothing of a person is ever cached, framed, indexed or sent elsewhere), then its line in
//! the table of `routes` (who may ask at all; a POST from another site is refused), then a page of `patient/`,
//! `prescriber/`, `public/` or `desk/`, which takes its sentences from `messages/` and its frame from `layout`. Every page works without
//! JavaScript; scripts only help.
//!
//! Start with [`patient::router`], then `patient/door.rs`.

mod assets;
pub mod desk;
pub mod headers;
mod layout;
pub mod letters;
pub mod messages;
pub mod patient;
mod prescriber;
mod public;
pub mod routes;
mod sentences;
mod site;
mod stating;

pub use prescriber::ViewerPlace;
pub use site::{Contact, PaidArchive, SiteInfo};
