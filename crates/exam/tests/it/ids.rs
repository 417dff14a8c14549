//! National identifiers: the published vectors, and what must be refused.

use exam::ids::{Finess, IdError, Ins, InsKind, Nir, Rpps};
use proptest::prelude::*;

#[test]
fn the_nir_vectors_of_the_service_are_valid() {
    for nir in ["279035121518989", "255081416802538", "180127512345642", "186022A21532523", "185057512345673"] {
        assert_eq!(Nir::parse(nir).map(|nir| nir.to_string()), Ok(nir.to_owned()));
    }
}

#[test]
fn a_nir_may_be_printed_in_groups() {
    assert_eq!(Nir::parse("1 86 02 2a 215 325 23").unwrap().as_str(), "186022A21532523");
    assert_eq!(Nir::parse("186022A21532523").unwrap().body(), "186022A215325");
}

#[test]
fn a_corsican_nir_counts_2a_as_19_and_2b_as_18() {
    let key = |numeric: u64| 97 - numeric % 97;
    let haute_corse = format!("186022B215325{:02}", key(1860218215325));
    assert!(Nir::parse(&haute_corse).is_ok());
    let wrong = format!("186022B215325{:02}", key(1860219215325));
    assert_eq!(Nir::parse(&wrong), Err(IdError::Check { what: "nir" }));
}

#[test]
fn a_nir_with_a_wrong_key_letter_or_length_is_refused_each_for_its_reason() {
    assert_eq!(Nir::parse("279035121518988"), Err(IdError::Check { what: "nir" }));
    assert_eq!(Nir::parse("2790351215189"), Err(IdError::Length { what: "nir", expected: 15, found: 13 }));
    assert_eq!(Nir::parse("27903512151898é"), Err(IdError::Character { what: "nir", position: 15 }));
    assert_eq!(Nir::parse("27903A121518989"), Err(IdError::Character { what: "nir", position: 6 }));
}

#[test]
fn a_nir_is_not_shown_by_debug_nor_by_its_errors() {
    let nir = Nir::parse("279035121518989").unwrap();
    assert!(!format!("{nir:?}").contains("279035"));
    assert!(!Nir::parse("279035121518988").unwrap_err().to_string().contains("279035"));
}

#[test]
fn an_ins_is_known_by_its_oid() {
    let ins = Ins::parse("279035121518989", "1.2.250.1.213.1.4.10").unwrap();
    assert_eq!(ins.kind, InsKind::Test);
    assert!(!ins.kind.is_real() && InsKind::of_oid("1.2.250.1.213.1.4.8").unwrap().is_real());
    assert_eq!(Ins::parse("279035121518989", "1.2.250.1.213.1.4.1"), Err(IdError::Authority { what: "ins" }));
    for kind in [InsKind::Nir, InsKind::Nia, InsKind::Test, InsKind::Demo] {
        assert_eq!(InsKind::of_oid(kind.oid()), Some(kind));
    }
}

#[test]
fn the_rpps_vectors_of_the_service_are_valid() {
    for rpps in ["10000023084", "99700366240", "99700218896"] {
        assert!(Rpps::parse(rpps).is_ok(), "{rpps}");
    }
    assert_eq!(Rpps::parse("99700366241"), Err(IdError::Check { what: "rpps" }));
}

#[test]
fn a_professional_id_in_messages_is_8_and_the_rpps() {
    let rpps = Rpps::from_ps_id_nat("899700366240").unwrap();
    assert_eq!((rpps.as_str(), rpps.ps_id_nat().as_str()), ("99700366240", "899700366240"));
    assert!(Rpps::from_ps_id_nat("099700366240").is_err());
}

#[test]
fn the_finess_vectors_of_the_service_are_valid() {
    for finess in ["300017985", "920008059", "2A0002689"] {
        assert!(Finess::parse(finess).is_ok(), "{finess}");
    }
    assert_eq!(Finess::parse("300017986"), Err(IdError::Check { what: "finess" }));
    assert_eq!(Finess::parse("3A0017985"), Err(IdError::Character { what: "finess", position: 2 }));
}

#[test]
fn a_corsican_finess_is_written_in_digits_for_billing() {
    assert_eq!(Finess::parse("2a0002689").unwrap().billing_form(), "200102689");
    assert_eq!(Finess::from_struct_id_nat("1920008059").unwrap().as_str(), "920008059");
    assert_eq!(Finess::parse("920008059").unwrap().struct_id_nat(), "1920008059");
}

#[test]
fn identifiers_are_stored_as_text_and_checked_when_read_back() {
    let nir: Nir = serde_json::from_str("\"279035121518989\"").unwrap();
    assert_eq!(serde_json::to_string(&nir).unwrap(), "\"279035121518989\"");
    assert!(serde_json::from_str::<Rpps>("\"99700366241\"").is_err());
}

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text in "\\PC{0,20}", oid in "[0-9.]{0,24}") {
        let _ = (Nir::parse(&text), Rpps::parse(&text), Finess::parse(&text), Ins::parse(&text, &oid));
    }

    #[test]
    fn one_wrong_digit_in_a_nir_is_always_caught(position in 0usize..15, digit in 0u8..10) {
        let good = "279035121518989";
        let mut bytes = good.as_bytes().to_vec();
        bytes[position] = b'0' + digit;
        let text = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(Nir::parse(&text).is_ok(), text == good);
    }
}
