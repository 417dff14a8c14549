//! Care sheets in a lot, and what a fund answers.

use billing::Cents;
use billing::b2::*;
use billing::returns::{Return, ReturnBody, ReturnError, Settled, read, write};
use proptest::prelude::*;
use time::macros::date;

fn sheet(rank: u64, invoice: u64, cents: i64) -> CareSheet {
    CareSheet {
        partner: "351000000".into(),
        insured: "279035121518989".into(),
        rank,
        invoice,
        body: ["01".into(), "351".into(), "0001".into()],
        nature: 10,
        exemption: '0',
        born: [50, 3, 0],
        birth_rank: 1,
        care_path: 'T',
        complementary: None,
        prescriber: Some("99700366240".into()),
        performer: "10000023084".into(),
        lines: vec![SheetLine {
            date: date!(2026 - 11 - 25),
            ccam: "ZBQK002".into(),
            activity: 1,
            phase: 0,
            grouping: "ADI".into(),
            modifiers: "Z".into(),
            association: None,
            amount: Cents(cents),
            rate: 70,
            fund: Cents(cents * 70 / 100),
            complementary: Cents(0),
        }],
    }
}

fn lot(cents: &[i64]) -> LotFile {
    let one = |(index, cents): (usize, &i64)| {
        let rank = index as u64 + 1;
        records(&sheet(rank, 260_000_000 + rank, *cents)).unwrap()
    };
    LotFile {
        partner: "351000000".into(),
        lot: 7,
        made_on: date!(2026 - 11 - 25),
        third_party: true,
        sheets: cents.iter().enumerate().map(one).collect(),
    }
}

#[test]
fn a_sheet_is_its_records_in_order_each_of_128_bytes() {
    let records = records(&sheet(1, 260_000_001, 2405)).unwrap();
    let kinds: Vec<RecordKind> = records.iter().map(|record| record.kind).collect();
    use RecordKind::*;
    assert_eq!(kinds, [Invoice, InvoiceMore, Act, ActProfessionals, ActCoded, Totals]);
    assert!(records.iter().all(|record| record.encode().len() == LENGTH));
    assert_eq!(check(&records), Ok(()));
    let totals = records.last().unwrap();
    assert_eq!((totals.number("fees"), totals.number("fees-fund"), totals.number("insured-share")), (2405, 1683, 722));
}

#[test]
fn what_has_no_place_in_a_record_makes_no_sheet() {
    for wrong in [
        CareSheet { insured: "2790351".into(), ..sheet(1, 1, 100) },
        CareSheet { invoice: 1_000_000_000, ..sheet(1, 1, 100) },
        CareSheet { performer: "dupont".into(), ..sheet(1, 1, 100) },
        CareSheet { body: ["01".into(), "3511".into(), "0001".into()], ..sheet(1, 1, 100) },
        sheet(1, 1, -100),
    ] {
        assert!(records(&wrong).is_err(), "{wrong:?}");
    }
}

#[test]
fn a_file_with_one_altered_byte_is_refused_or_says_the_same_amounts() {
    let text = write_lot(&lot(&[2405, 6900, 5402])).unwrap();
    let whole = read_lot(&text).unwrap();
    assert_eq!((whole.lot, whole.third_party, whole.sheets.len()), (7, true, 3));
    let amounts = |lot: &ReadLot| lot.sheets.iter().map(|sheet| totals(sheet)).collect::<Vec<_>>();
    for place in 0..text.len() {
        let mut altered = text.clone();
        let other = if altered.as_bytes()[place] == b'1' { "2" } else { "1" };
        altered.replace_range(place..=place, other);
        if let Ok(read) = read_lot(&altered) {
            assert_eq!(amounts(&read), amounts(&whole), "byte {place}");
        }
    }
    assert_eq!(read_lot(&text[..text.len() - 128]), Err(LotError::Place(text.len() / 128 - 2)));
    assert_eq!(read_lot(&text[1..]), Err(LotError::Length));
}

fn word() -> impl Strategy<Value = String> {
    "[A-Z0-9-]{1,12}"
}

fn settled() -> impl Strategy<Value = Settled> {
    let outcome = prop_oneof![(0..1_000_000_u64).prop_map(Ok), word().prop_map(Err)];
    (1..1000_u64, 1..999_999_999_u64, 0..1_000_000_u64, outcome).prop_map(|(lot, invoice, asked, outcome)| Settled {
        lot,
        invoice,
        asked,
        outcome,
    })
}

fn answer() -> impl Strategy<Value = Return> {
    let body = prop_oneof![
        (1..1000_u64).prop_map(|lot| ReturnBody::Accepted { lot }),
        (1..1000_u64, word()).prop_map(|(lot, code)| ReturnBody::Refused { lot, code }),
        proptest::collection::vec(settled(), 0..6).prop_map(ReturnBody::Settled),
    ];
    (word(), body).prop_map(|(reference, body)| Return { reference, body })
}

proptest! {
    #[test]
    fn a_lot_is_read_as_it_was_written(cents in proptest::collection::vec(0..1_000_000_i64, 0..20)) {
        let lot = lot(&cents);
        let text = write_lot(&lot).unwrap();
        prop_assert_eq!(text.len() % LENGTH, 0);
        prop_assert_eq!(read_lot(&text).unwrap().sheets, lot.sheets);
    }

    #[test]
    fn an_answer_is_read_as_it_was_written_and_never_in_part(answer in answer(), cut in any::<u64>()) {
        let text = write(&answer);
        prop_assert_eq!(read(&text), Ok(answer));
        let short = usize::try_from(cut % text.len() as u64).unwrap();
        prop_assert!(read(&text[..short]).is_err());
    }

    #[test]
    fn no_text_makes_reading_an_answer_or_a_lot_panic(text in "(SIMULATED-RETURN\\|1\\|A\n)?[A-Z0-9|\n]{0,200}") {
        let _ = read(&text);
        let _ = read_lot(&text);
    }
}

#[test]
fn an_answer_whose_cents_are_changed_is_torn() {
    let paid = Settled { lot: 1, invoice: 2, asked: 100, outcome: Ok(100) };
    let text = write(&Return { reference: "R-1".into(), body: ReturnBody::Settled(vec![paid]) });
    assert_eq!(read(&text.replace("|100\nEND", "|101\nEND")), Err(ReturnError::Torn));
    assert_eq!(read("hello\n"), Err(ReturnError::Torn));
    assert_eq!(read("hello\nEND|0|0\n"), Err(ReturnError::Profile));
}
