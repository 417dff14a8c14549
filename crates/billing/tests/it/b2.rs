//! Records of 128 bytes.

use billing::b2::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn the_fields_of_each_record_fill_its_128_bytes_without_gap_or_overlap() {
    for kind in RecordKind::ALL {
        let mut fields: Vec<Field> = layout(kind).collect();
        fields.sort_by_key(|field| field.at);
        let mut next = 1;
        for field in &fields {
            assert_eq!(field.at, next, "{kind:?} {field:?}");
            next += field.length;
        }
        assert_eq!(next, LENGTH + 1, "{kind:?}");
        let names: Vec<&str> = fields.iter().map(|field| field.name).filter(|name| !name.is_empty()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{kind:?}");
    }
}

#[test]
fn a_chest_radiograph_lies_where_the_specification_says() {
    let act = Record::new(RecordKind::Act)
        .and("insured-nir", "2790351215189")
        .and("insured-key", 89)
        .and("rank", 1)
        .and("invoice", 42)
        .and("care-date", 260_302)
        .and("code", "ADI")
        .and("quantity", 1)
        .and("coefficient", 100)
        .and("unit-price", 2405)
        .and("base", 2405)
        .and("rate", 70)
        .and("fund-amount", 1684)
        .and("fees", 2405);
    let text = act.encode();
    assert_eq!(text.len(), LENGTH);
    let at = |from: usize, length: usize| &text[from - 1..from - 1 + length];
    assert_eq!((at(1, 1), at(12, 13), at(25, 2), at(27, 3)), ("4", "2790351215189", "89", "001"));
    assert_eq!((at(30, 9), at(70, 6), at(76, 5)), ("000000042", "260302", "ADI  "));
    assert_eq!((at(91, 7), at(98, 7), at(105, 3)), ("0002405", "0002405", "070"));
    assert_eq!((at(108, 7), at(115, 7)), ("0001684", "0002405"));
    let coded = Record::new(RecordKind::ActCoded).and("sequence", 1).and("ccam", "ZBQK002").and("modifier-1", "Z");
    let text = coded.encode();
    assert_eq!((&text[35..38], &text[42..49], &text[58..59]), ("M01", "ZBQK002", "Z"));
}

trait And {
    fn and(self, name: &str, value: impl Into<Value>) -> Self;
}

impl And for Record {
    fn and(self, name: &str, value: impl Into<Value>) -> Self {
        self.with(name, value).unwrap()
    }
}

#[test]
fn what_does_not_fit_is_refused_and_never_cut() {
    let new = || Record::new(RecordKind::ActCoded);
    assert_eq!(new().with("ccam", "ZBQK0020000000"), Err(B2Error::Value("ccam")));
    assert_eq!(new().with("ccam", "é"), Err(B2Error::Value("ccam")));
    assert_eq!(new().with("sequence", 100), Err(B2Error::Value("sequence")));
    assert_eq!(new().with("sequence", "1"), Err(B2Error::Value("sequence")));
    let missing = B2Error::NoField { kind: RecordKind::ActCoded, name: "price".into() };
    assert_eq!(new().with("price", 1), Err(missing));
    assert!(matches!(new().with("", 1), Err(B2Error::NoField { .. })));
    assert_eq!(Record::decode("4"), Err(B2Error::Length(1)));
    assert_eq!(Record::decode(&"8".repeat(128)), Err(B2Error::Kind));
    let mut text = new().encode();
    text.replace_range(107..108, "X");
    assert_eq!(Record::decode(&text), Err(B2Error::Position(108)));
}

fn kind() -> impl Strategy<Value = RecordKind> {
    proptest::sample::select(RecordKind::ALL.to_vec())
}

/// A record with random values in its fields.
fn record() -> impl Strategy<Value = Record> {
    (kind(), proptest::collection::vec((any::<u64>(), "[A-Z0-9 ]{0,32}"), 30)).prop_map(|(kind, values)| {
        let mut record = Record::new(kind);
        for (field, (number, text)) in layout(kind).zip(values) {
            let value = match field.form {
                Form::Number => Value::Number(number % 10_u64.pow(u32::try_from(field.length).unwrap())),
                Form::Text => {
                    let cut: String = text.chars().take(field.length).collect();
                    Value::Text(cut.trim_end().to_owned())
                }
                Form::Blank | Form::Is(_) => continue,
            };
            // A plain record whose free text spells the sign of a complement cannot be told apart: none is made.
            record = record.with(field.name, value).unwrap();
        }
        record
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(record in record()) {
        let text = record.encode();
        prop_assert_eq!(text.len(), LENGTH);
        prop_assert_eq!(Record::decode(&text), Ok(record));
    }

    #[test]
    fn what_is_read_is_written_the_same(text in "[2345][A-Z0-9 ]{127}") {
        if let Ok(record) = Record::decode(&text) {
            prop_assert_eq!(record.encode(), text);
        }
    }

    #[test]
    fn no_bytes_make_reading_panic(text in ".{0,200}") {
        let _ = Record::decode(&text);
    }

    #[test]
    fn totals_are_the_sums_of_the_lines_and_nothing_else_passes(
        lines in proptest::collection::vec((proptest::bool::ANY, 0..100_000_u64, 0..=100_u64), 1..20),
        wrong in 0..9_usize,
    ) {
        let mut invoice = vec![Record::new(RecordKind::Invoice), Record::new(RecordKind::InvoiceMore)];
        for (fee, cents, rate) in &lines {
            let fund = cents * rate / 100;
            let record = if *fee {
                Record::new(RecordKind::Fee).and("total", *cents).and("base", *cents).and("fund-amount", fund)
            } else {
                Record::new(RecordKind::Act).and("fees", *cents).and("base", *cents).and("fund-amount", fund)
            };
            invoice.push(record);
        }
        let sums = totals(&invoice);
        let last = sums.fill(Record::new(RecordKind::Totals)).unwrap();
        invoice.push(last.clone());
        prop_assert_eq!(check(&invoice), Ok(()));
        prop_assert_eq!(sums.lines, lines.len() as u64);
        let names = ["lines", "hospital-base", "hospital-fund", "fees", "fees-fund", "insured-share",
            "complementary-hospital", "complementary-fees", "hospital-total"];
        let altered = last.number(names[wrong]) ^ 1;
        invoice.pop();
        invoice.push(last.with(names[wrong], altered).unwrap());
        prop_assert_eq!(check(&invoice), Err(TotalsError::Differs(names[wrong])));
        invoice.pop();
        prop_assert_eq!(check(&invoice), Err(TotalsError::NoTotals));
    }
}
