//! The door: three things asked of a person, one answer for every failure.
//!
//! Each attempt is counted, durably, before any hashing; an admitted attempt costs one Argon2id whether or
//! not the number exists, the code is right, the birth date fits or the number is locked (service.md §5).

mod attempt;
mod birth_date;
mod counters;
mod hash;
mod opening;
mod prefix;
mod throttle;

pub(crate) use attempt::{normal_code, normal_number, normal_token};
pub(crate) use birth_date::stored_birth_date;
pub(crate) use counters::forgive_number;
pub(crate) use hash::Hasher;

use link::BirthDate;
use std::net::IpAddr;

/// What a person typed at the door.
#[derive(Clone)]
pub struct Attempt {
    /// The exam number, in any form.
    pub number: String,
    /// The code, in any form.
    pub code: String,
    /// The birth date.
    pub birth_date: BirthDate,
    /// The address the request really came from.
    pub client: IpAddr,
}

/// What the page of a scanned QR sends.
#[derive(Clone)]
pub struct QrAttempt {
    /// The token, hexadecimal.
    pub token: String,
    /// The birth date.
    pub birth_date: BirthDate,
    /// The address the request really came from.
    pub client: IpAddr,
}

/// A session's secret, for the browser's cookie alone. It has no `Debug` on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(pub(crate) String);

impl SessionToken {
    /// A token as a cookie carries it; whether it is one is judged when it is used.
    pub fn from_cookie(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The 64 hexadecimal digits for the cookie.
    pub fn secret(&self) -> &str {
        &self.0
    }
}

/// The door's answer. Every refusal, whatever its cause, is shown in the same words.
pub enum Opened {
    /// The three were right: the session says what can be seen ([`crate::Diffusion::look`]), be it the expiry page.
    Session(SessionToken),
    /// Not opened: unknown number, wrong code, wrong date, locked, too soon or too many people at the door.
    Refused,
}

/// What the keeper sees of the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DoorState {
    /// Failures counted in the present window, over all numbers.
    pub failures: u32,
    /// Whether the global budget is spent: new clients are slowed.
    pub alarm: bool,
}
