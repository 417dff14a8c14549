//! The exam number.

use exam::number::{ExamNumber, NumberError};
use proptest::prelude::*;

#[test]
fn the_published_example_of_the_check_holds() {
    // H. M. Damm's own example: 572 has the check digit 4.
    assert!(ExamNumber::parse("0000005724").is_ok());
    assert_eq!(ExamNumber::parse("0000005723"), Err(NumberError::Check));
}

#[test]
fn a_number_is_printed_in_groups_and_read_with_them() {
    let number = ExamNumber::parse("000 000 572 4").unwrap();
    assert_eq!((number.grouped().as_str(), number.as_str()), ("000 000 572 4", "0000005724"));
}

#[test]
fn errors_say_length_digit_or_check() {
    assert_eq!(ExamNumber::parse("572"), Err(NumberError::Length { found: 3 }));
    assert_eq!(ExamNumber::parse("00000O5724"), Err(NumberError::Digit { position: 6 }));
    assert_eq!(ExamNumber::parse(""), Err(NumberError::Length { found: 0 }));
}

proptest! {
    #[test]
    fn what_is_made_is_read_and_every_single_error_or_swap_is_caught(entropy: [u8; 8]) {
        let number = ExamNumber::from_entropy(entropy);
        prop_assert_eq!(ExamNumber::parse(&number.grouped()), Ok(number.clone()));
        for place in 0..10 {
            for digit in b'0'..=b'9' {
                let mut typed = number.as_str().as_bytes().to_vec();
                typed[place] = digit;
                let typed = String::from_utf8(typed).unwrap();
                prop_assert_eq!(ExamNumber::parse(&typed).is_ok(), typed == number.as_str());
            }
            if place < 9 {
                let mut typed = number.as_str().as_bytes().to_vec();
                typed.swap(place, place + 1);
                let typed = String::from_utf8(typed).unwrap();
                prop_assert_eq!(ExamNumber::parse(&typed).is_ok(), typed == number.as_str());
            }
        }
    }

    #[test]
    fn no_typed_text_makes_it_panic(typed in "\\PC{0,30}") {
        let _ = ExamNumber::parse(&typed);
    }
}
