//! The Luhn check (ISO/IEC 7812-1 annex B).

/// Whether the digits pass the Luhn check, the last one being the check digit.
/// False when any character is not a digit.
pub(super) fn passes(digits: &str) -> bool {
    let mut sum = 0;
    for (index, byte) in digits.bytes().rev().enumerate() {
        if !byte.is_ascii_digit() {
            return false;
        }
        let digit = u32::from(byte - b'0');
        sum += match index % 2 {
            0 => digit,
            _ if digit > 4 => digit * 2 - 9,
            _ => digit * 2,
        };
    }
    sum % 10 == 0
}
