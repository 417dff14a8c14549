//! The numbers of a path: from 1, bounded, written in the plainest way only.

/// The largest number accepted for a series, an instance or a frame. IS holds less than 2³¹
/// (PS3.5 §6.2); no exam comes near this bound, and it keeps adapters far from overflow.
pub(crate) const LARGEST: u32 = 9_999_999;

/// Reads a decimal number from 1 to [`LARGEST`], without sign, space or leading zero,
/// so that one thing has one address.
pub(crate) fn number(text: &str) -> Option<u32> {
    if text.len() > 7 || text.starts_with('0') || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|n| (1..=LARGEST).contains(n))
}
