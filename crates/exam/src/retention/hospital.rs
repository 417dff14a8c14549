//! The hospitals' rule (code de la santé publique, R.1112-7), and the rule for documents.

use crate::dates::{BirthDate, add_years};
use time::Date;

/// Which clause of the hospitals' rule gave the date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HospitalReason {
    /// Twenty years from the last visit.
    LastVisit,
    /// Until the 28th birthday, because twenty years end before it.
    Birthday,
    /// Ten years from a death less than ten years after the last visit.
    Death,
}

/// The 28th birthday; unknown day or month count at their latest. Nothing known at all: the latest
/// possible for somebody who was here on `seen`.
pub fn twenty_eighth_birthday(birth: Option<BirthDate>, seen: Date) -> Date {
    add_years(birth.map_or(seen, BirthDate::latest), 28)
}

/// Last day on which the record must be kept, and the clause. A death said to be before the last
/// visit is a mistake: it shortens nothing.
pub fn hospital_keep(last_visit: Date, birth: Option<BirthDate>, death: Option<Date>) -> (Date, HospitalReason) {
    let believable = death.filter(|&day| day >= last_visit && day < add_years(last_visit, 10));
    if let Some(day) = believable {
        return (add_years(day, 10), HospitalReason::Death);
    }
    let from_visit = add_years(last_visit, 20);
    let birthday = twenty_eighth_birthday(birth, last_visit);
    if birthday > from_visit { (birthday, HospitalReason::Birthday) } else { (from_visit, HospitalReason::LastVisit) }
}

/// Last day on which reports, orders, choices and statements must be kept, whatever becomes of the
/// images: twenty years from the last contact, and until the 28th birthday.
pub fn document_keep(last_contact: Date, birth: Option<BirthDate>) -> Date {
    add_years(last_contact, 20).max(twenty_eighth_birthday(birth, last_contact))
}
