//! The emergency opening ("bris de glace"), off unless the group's settings say otherwise: a professional who has no tie
//! to a patient types who it is and why, and sees the record for one hour. The patient is told at once, and somebody of
//! the group reviews it. It opens nothing that a statement keeps from them; somebody kept from all of it is answered as
//! for a person who is not here.

mod find;
mod notice;
mod open;

pub use notice::EmergencyNotice;
pub use open::{EmergencyAnswer, EmergencyWish};

pub(crate) use find::set_traits;
