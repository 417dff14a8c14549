//! Technical fees.

use billing::Cents;
use billing::money::Share;
use billing::technical::*;
use time::macros::date;

/// The rates of 1 July 2018.
fn rates() -> [Rate; 2] {
    let from = date!(2018 - 07 - 01);
    let (machine, until, reduced) = (Machine::Ct, Some(date!(2025 - 11 - 05)), [Cents(5468), Cents(4188)]);
    [
        Rate { machine, amortised: true, from, until, full: Cents(6938), reduced },
        Rate { machine, amortised: false, from, until, full: Cents(9353), reduced },
    ]
}

#[test]
fn the_rate_falls_above_each_threshold_of_the_year() {
    let (installed, care) = (date!(2020 - 05 - 01), date!(2024 - 03 - 01));
    let of = |done| {
        fee(&rates(), (Machine::Ct, installed), care, done, false).map(|fee| (fee.order, fee.code, fee.amount.0))
    };
    assert_eq!(of(0), Ok((1, "FTN", 9353)));
    assert_eq!(of(10_999), Ok((11_000, "FTN", 9353)));
    assert_eq!(of(11_000), Ok((11_001, "FTR", 5468)));
    assert_eq!(of(12_999), Ok((13_000, "FTR", 5468)));
    assert_eq!(of(13_000), Ok((13_001, "FTR", 4188)));
    assert_eq!(of(99_998).map(|fee| fee.0), Ok(99_999));
    assert_eq!(of(99_999), Err(FeeError::Full));
}

#[test]
fn the_second_ct_fee_of_a_session_is_fifteen_per_cent() {
    let (installed, care) = (date!(2020 - 05 - 01), date!(2024 - 03 - 01));
    let second = fee(&rates(), (Machine::Ct, installed), care, 5, true).unwrap();
    assert_eq!((second.coefficient, second.amount), (Share::percent(15), Cents(1403)));
}

#[test]
fn a_machine_is_amortised_after_more_than_seven_full_years() {
    // Full years 2017 to 2023 are seven; on 1 January 2025 there are eight.
    assert!(!amortised(date!(2016 - 05 - 01), date!(2024 - 12 - 31)));
    assert!(amortised(date!(2016 - 05 - 01), date!(2025 - 01 - 01)));
    assert!(amortised(date!(2017 - 01 - 01), date!(2025 - 01 - 01)));
    assert!(!amortised(date!(2017 - 01 - 02), date!(2025 - 01 - 01)));
}

#[test]
fn without_a_rate_of_the_day_there_is_no_fee_rather_than_a_guessed_one() {
    let care = date!(2026 - 03 - 01);
    assert_eq!(fee(&rates(), (Machine::Ct, date!(2020 - 05 - 01)), care, 0, false), Err(FeeError::NoRate));
    assert_eq!(
        fee(&rates(), (Machine::Mr, date!(2020 - 05 - 01)), date!(2024 - 01 - 01), 0, false),
        Err(FeeError::NoRate)
    );
    assert_eq!((Machine::Mr.discipline(), Machine::Ct.discipline(), Machine::Pet.discipline()), ("753", "035", "750"));
}
