//! The numbers: well-formed, and nobody's.

use crate::exams;
use phantom::people::{patients, prescribers, radiologist_rpps};

/// Luhn over all digits (service.md's rule for RPPS and FINESS).
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| u32::from(digit - b'0') * (1 + place as u32 % 2))
        .map(|weighted| weighted / 10 + weighted % 10)
        .sum();
    sum.is_multiple_of(10)
}

#[test]
fn the_check_itself_knows_published_numbers() {
    assert!(luhn("10000023084") && luhn("99700366240") && luhn("920008059") && !luhn("10000023085"));
}

#[test]
fn professional_and_structure_numbers_pass_their_check() {
    for prescriber in prescribers() {
        assert!(prescriber.rpps.len() == 11 && luhn(&prescriber.rpps), "{}", prescriber.rpps);
        if let Some(finess) = prescriber.structure_finess {
            assert!(finess.len() == 9 && luhn(&finess), "{finess}");
        }
    }
    assert!(luhn(&radiologist_rpps()));
}

#[test]
fn national_identities_follow_their_traits_and_their_key() {
    for patient in patients() {
        assert_eq!(patient.ins.len(), 13);
        let number: u64 = patient.ins.parse().unwrap();
        assert_eq!(97 - number % 97, patient.ins_key.parse::<u64>().unwrap());
        assert_eq!(patient.ins[1..3], format!("{:02}", patient.born.year() % 100));
        assert_eq!(patient.ins[5..10], patient.birth_place);
        assert!(["FICT", "IMAG"].iter().any(|word| patient.birth_name.contains(word)), "plainly invented");
    }
}

#[test]
fn screening_is_ordered_as_screening_and_the_hospital_is_a_structure() {
    for exam in exams() {
        assert_eq!(exam.order.organised_screening, exam.modality == "MG");
        assert_eq!(exam.order.prescriber.structure_finess.is_some(), exam.modality == "CT");
        assert_eq!(exam.order.act_label, exam.title);
    }
}
