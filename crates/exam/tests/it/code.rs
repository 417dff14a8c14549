//! The access code: what a person may type, and that no single mistake passes.

use exam::code::{ALPHABET, AccessCode, CODE_SYMBOLS, CodeError, QrToken, WEIGHTS, multiply};
use proptest::prelude::*;

fn text_of(values: &[u8]) -> String {
    values.iter().map(|&value| char::from(ALPHABET[usize::from(value)])).collect()
}

#[test]
fn the_alphabet_is_crockfords() {
    assert_eq!(ALPHABET.len(), 32);
    assert!(!ALPHABET.iter().any(|symbol| b"ILOU".contains(symbol)));
}

#[test]
fn the_weights_are_distinct_and_none_is_zero() {
    let distinct: std::collections::BTreeSet<u8> = WEIGHTS.into_iter().collect();
    assert_eq!(distinct.len(), CODE_SYMBOLS);
    assert!(!distinct.contains(&0) && distinct.iter().all(|weight| *weight < 32));
    assert_eq!(WEIGHTS[12], 1);
}

#[test]
fn multiplication_is_that_of_a_field() {
    for a in 1..32 {
        let row: std::collections::BTreeSet<u8> = (1..32).map(|b| multiply(a, b)).collect();
        assert_eq!(row.len(), 31, "{a} times anything takes each value once");
        assert!(!row.contains(&0));
        assert_eq!(multiply(a, 1), a);
    }
}

#[test]
fn a_code_has_60_random_bits_and_is_printed_in_groups() {
    let zero = AccessCode::from_entropy([0; 8]);
    assert_eq!(zero.grouped(), "0000-0000-0000-0");
    let all = AccessCode::from_entropy([0xff; 8]);
    assert!(all.normalised().starts_with("ZZZZZZZZZZZZ"));
    assert_eq!(all.normalised().len(), 13);
    // the last four bits are not used, the sixtieth is
    assert_eq!(AccessCode::from_entropy([0, 0, 0, 0, 0, 0, 0, 0x0f]), zero);
    assert_ne!(AccessCode::from_entropy([0, 0, 0, 0, 0, 0, 0, 0x10]), zero);
}

#[test]
fn a_code_is_read_with_blanks_dashes_lower_case_and_look_alikes() {
    let code = AccessCode::from_entropy([0, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6]);
    let typed = code.grouped().to_lowercase().replace('0', "o").replace('1', "l").replace('-', " – ");
    assert_eq!(AccessCode::parse(&typed), Ok(code.clone()));
    assert_eq!(AccessCode::parse(&code.grouped().replace('1', "I")), Ok(code));
}

#[test]
fn errors_say_length_symbol_and_position_or_check() {
    let code = AccessCode::from_entropy([7; 8]).grouped();
    assert_eq!(AccessCode::parse(&code[..15]), Err(CodeError::Length { found: 12 }));
    assert_eq!(AccessCode::parse(&format!("{code}A")), Err(CodeError::Length { found: 14 }));
    assert_eq!(AccessCode::parse(""), Err(CodeError::Length { found: 0 }));
    let with_u = format!("{}U{}", &code[..5], &code[6..]);
    assert_eq!(AccessCode::parse(&with_u), Err(CodeError::Symbol { position: 5 }));
    let last = if code.ends_with('Z') { 'Y' } else { 'Z' };
    assert_eq!(AccessCode::parse(&format!("{}{last}", &code[..15])), Err(CodeError::Check));
}

#[test]
fn a_code_and_a_token_never_show_in_debug() {
    let code = AccessCode::from_entropy([9; 8]);
    assert_eq!(format!("{code:?}"), "AccessCode(…)");
    assert_eq!(format!("{:?}", QrToken::from_entropy([9; 16])), "QrToken(…)");
}

#[test]
fn a_token_has_128_bits_in_hexadecimal() {
    let token = QrToken::from_entropy([0xab; 16]);
    assert_eq!(token.as_str(), "ab".repeat(16));
    assert_eq!(QrToken::parse(&"AB".repeat(16)), Some(token));
    assert_eq!(QrToken::parse("ab"), None);
    assert_eq!(QrToken::parse(&"g".repeat(32)), None);
}

/// The check is linear: a change passes exactly when the change alone weighs zero. So all single
/// errors and all swaps are covered by all differences at all places, exhaustively.
#[test]
fn every_single_error_and_every_adjacent_swap_weighs_something() {
    for place in 0..CODE_SYMBOLS {
        for difference in 1..32 {
            assert_ne!(multiply(WEIGHTS[place], difference), 0, "single error at {place}");
            if place + 1 < CODE_SYMBOLS {
                let swap = multiply(WEIGHTS[place], difference) ^ multiply(WEIGHTS[place + 1], difference);
                assert_ne!(swap, 0, "swap at {place}");
            }
        }
    }
}

proptest! {
    #[test]
    fn what_is_made_is_read(entropy: [u8; 8]) {
        let code = AccessCode::from_entropy(entropy);
        prop_assert_eq!(AccessCode::parse(code.normalised()), Ok(code.clone()));
        prop_assert_eq!(AccessCode::parse(&code.grouped()), Ok(code));
    }

    #[test]
    fn every_single_error_of_a_code_is_caught(entropy: [u8; 8]) {
        let code = AccessCode::from_entropy(entropy);
        for place in 0..CODE_SYMBOLS {
            for symbol in ALPHABET {
                let mut typed = code.normalised().as_bytes().to_vec();
                typed[place] = *symbol;
                let typed = String::from_utf8(typed).unwrap();
                let right = typed == code.normalised();
                prop_assert_eq!(AccessCode::parse(&typed).is_ok(), right);
            }
        }
    }

    #[test]
    fn every_adjacent_swap_of_a_code_is_caught(entropy: [u8; 8]) {
        let code = AccessCode::from_entropy(entropy);
        for place in 0..CODE_SYMBOLS - 1 {
            let mut typed = code.normalised().as_bytes().to_vec();
            typed.swap(place, place + 1);
            let typed = String::from_utf8(typed).unwrap();
            let right = typed == code.normalised();
            prop_assert_eq!(AccessCode::parse(&typed).is_ok(), right);
        }
    }

    #[test]
    fn one_text_in_thirty_two_passes_the_check(values in proptest::array::uniform12(0u8..32)) {
        let passing = (0u8..32).filter(|last| AccessCode::parse(&(text_of(&values) + &text_of(&[*last]))).is_ok());
        prop_assert_eq!(passing.count(), 1);
    }

    #[test]
    fn no_typed_text_makes_it_panic(typed in "\\PC{0,40}") {
        let _ = AccessCode::parse(&typed);
        let _ = QrToken::parse(&typed);
    }
}
