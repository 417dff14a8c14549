//! The birth date asked at the door. It proves nothing and is no secret (service.md §5): it catches mistakes.

use crate::DiffusionError;
use crate::keys::{Keys, Use};
use link::BirthDate;
use subtle::{Choice, ConstantTimeEq};
use uuid::Uuid;

/// The digest kept of a birth date, as far as it is known.
pub(crate) fn stored_birth_date(keys: &Keys, exam: Uuid, date: BirthDate) -> Result<[u8; 32], DiffusionError> {
    keys.digest(Use::BirthDate, &[exam.as_bytes(), spelled(date.year, date.month, date.day).as_bytes()])
}

/// Whether what was typed fits what is kept. A part that is not known matches anything, also nothing; a part
/// that is known must be given. Always four digests.
pub(super) fn fits(keys: &Keys, exam: Uuid, typed: BirthDate, stored: &[u8]) -> Result<bool, DiffusionError> {
    let mut any = Choice::from(0);
    for (month, day) in [(typed.month, typed.day), (typed.month, None), (None, typed.day), (None, None)] {
        let candidate = stored_birth_date(keys, exam, BirthDate { year: typed.year, month, day })?;
        any |= candidate.as_slice().ct_eq(stored);
    }
    Ok(any.into())
}

fn spelled(year: i32, month: Option<u8>, day: Option<u8>) -> String {
    format!("{year:04}-{:02}-{:02}", month.unwrap_or(0), day.unwrap_or(0))
}
