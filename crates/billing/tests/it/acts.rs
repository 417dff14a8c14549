//! Vectors and properties of the invoice.

use billing::Cents;
use billing::invoice::*;
use billing::money::Share;
use billing::nomenclature::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use time::Date;
use time::macros::date;

static TABLE: LazyLock<Nomenclature> = LazyLock::new(|| Nomenclature::bundled().unwrap());
const CARE: Date = date!(2026 - 03 - 02);

fn key(code: &str) -> ActKey {
    ActKey { code: code.into(), activity: 1, phase: 0 }
}

fn done(code: &str, modifiers: &str) -> Performed {
    Performed { act: key(code), modifiers: modifiers.chars().collect() }
}

fn care() -> Care {
    Care {
        date: CARE,
        grid: Grid::Contracted,
        coordinated: true,
        exemption: Exemption::None,
        born: None,
        complementary: false,
        third_party: false,
        fixed: Vec::new(),
    }
}

fn amounts(quote: &Quote) -> Vec<(&str, i64, Option<u8>)> {
    quote.lines.iter().map(|line| (line.act.code.as_str(), line.amount.0, line.association)).collect()
}

fn billed(performed: &[Performed]) -> Result<Quote, BillingError> {
    quote(&TABLE, performed, &care())
}

#[test]
fn a_chest_and_a_pelvis_by_a_radiologist_are_thirty_five_euros_thirty_two() {
    let quote = billed(&[done("NAQK015", "Z"), done("ZBQK002", "Z")]).unwrap();
    assert_eq!(amounts(&quote), [("ZBQK002", 2405, Some(1)), ("NAQK015", 1127, Some(2))]);
    assert_eq!(quote.total, Cents(3532));
    // 21.28 × 1.13 = 24.0464; 19.95 × 1.13 × 0.5 = 11.27175.
    assert_eq!(quote.fund, Cents(1684 + 789));
    let rules = &quote.lines[1].rules;
    let expected =
        [Rule::Tariff(Cents(1995)), Rule::Percent('Z', Share(1300)), Rule::Second, Rule::Covered(Share::percent(70))];
    assert_eq!(rules, &expected);
}

#[test]
fn the_table_of_2026_has_the_tariffs_published() {
    let tariffs = [
        ("ZBQK002", 2128),
        ("LHQK007", 10108),
        ("NAQK015", 1995),
        ("ACQH003", 2527),
        ("ZCQK004", 5054),
        ("ZZQK024", 7581),
        ("ZZQP004", 0),
        ("ACQN001", 6900),
        ("NZQN001", 5500),
        ("QEQK001", 6642),
        ("QEQK004", 6642),
        ("QEQM001", 4158),
        ("ZCQM008", 5402),
        ("YYYY420", 960),
        ("PAQK007", 4095),
        ("YYYY163", 15960),
    ];
    for (code, cents) in tariffs {
        let act = TABLE.act(&key(code), CARE).unwrap_or_else(|| panic!("{code}"));
        assert_eq!(act.price, Some([Cents(cents); 2]), "{code}");
    }
    assert!(TABLE.act(&key("PAQK007"), CARE).unwrap().conditional);
    assert!(TABLE.act(&key("QEQK004"), CARE).unwrap().prevention);
}

#[test]
fn an_act_alone_has_no_association_code_and_a_supplement_alone_gives_it_none() {
    assert_eq!(amounts(&billed(&[done("ACQN001", "")]).unwrap()), [("ACQN001", 6900, None)]);
    let with = billed(&[done("YYYY420", ""), done("NFQH001", "")]).unwrap();
    assert_eq!(amounts(&with), [("NFQH001", 10640, None), ("YYYY420", 960, None)]);
}

#[test]
fn a_supplement_beside_two_acts_is_whole_with_code_one() {
    let quote = billed(&[done("ZBQK002", ""), done("YYYY420", ""), done("NFQH001", "")]).unwrap();
    let expected = [("NFQH001", 10640, Some(1)), ("ZBQK002", 1064, Some(2)), ("YYYY420", 960, Some(1))];
    assert_eq!(amounts(&quote), expected);
}

#[test]
fn what_cannot_be_billed_says_why() {
    let refused = |performed: &[Performed]| billed(performed).unwrap_err();
    assert_eq!(refused(&[]), BillingError::Nothing);
    assert_eq!(refused(&[done("YYYY420", "")]), BillingError::SupplementAlone);
    assert_eq!(refused(&[done("AAQN900", "")]), BillingError::NotCovered("AAQN900".into()));
    assert_eq!(refused(&[done("AAAA000", "")]), BillingError::Unknown("AAAA000".into()));
    assert_eq!(refused(&[done("ZBQK002", ""), done("ZBQK002", "Z")]), BillingError::Twice("ZBQK002".into()));
    let three = [done("ZBQK002", ""), done("NAQK015", ""), done("NCQK001", "")];
    assert_eq!(refused(&three), BillingError::TooMany);
    let pair = BillingError::Pair("QEQK001".into(), "QEQK004".into());
    assert_eq!(refused(&[done("QEQK004", ""), done("QEQK001", "")]), pair);
    let pair = BillingError::Pair("NAQK007".into(), "NEQK010".into());
    assert_eq!(refused(&[done("NEQK010", ""), done("NAQK007", "")]), pair);
    // Z goes with radiography and CT, not with MR, ultrasound or mammography.
    for code in ["ACQN001", "ZCQM008", "QEQK001"] {
        let modifier = BillingError::Modifier { code: code.into(), modifier: 'Z' };
        assert_eq!(refused(&[done(code, "Z")]), modifier);
    }
    // A modifier in euros without an amount of that day is refused rather than guessed.
    assert_eq!(refused(&[done("ZBQK002", "F")]), BillingError::Modifier { code: "ZBQK002".into(), modifier: 'F' });
}

#[test]
fn the_digital_supplement_is_billed_until_4_november_2025_and_never_after() {
    let mut old = Nomenclature::bundled().unwrap();
    // Only the table of 2026 is bundled: an older one is handed in before it by whoever has it.
    assert!(matches!(old.import("", date!(2025 - 01 - 01)), Err(NomenclatureError::Older(_))));
    assert!(old.act(&key("YYYY600"), date!(2025 - 11 - 04)).is_some());
    assert!(old.act(&key("YYYY600"), date!(2025 - 11 - 05)).is_none());
    assert_eq!(billed(&[done("ACQN001", ""), done("YYYY600", "")]), Err(BillingError::Unknown("YYYY600".into())));
}

#[test]
fn per_cents_are_those_of_the_day_of_care() {
    assert_eq!(percent('Z', date!(2025 - 11 - 04)), Some(Share(1590)));
    assert_eq!(percent('Y', date!(2025 - 11 - 04)), Some(Share(1580)));
    assert_eq!(percent('Z', date!(2025 - 11 - 05)), Some(Share(1300)));
    assert_eq!(percent('Y', date!(2025 - 11 - 05)), Some(Share(1300)));
    assert_eq!(percent('Q', CARE), None);
}

#[test]
fn a_new_version_ends_what_it_no_longer_names_and_old_care_keeps_its_price() {
    let mut table = Nomenclature::bundled().unwrap();
    let head = "code,activity,phase,tariff_sector1_eur,tariff_other_eur,conditional,prior_agreement,copayment_exemption,grouping,label_fr,modifiers_allowed\n";
    let next = format!("{head}ZBQK002,1,0,22.00,21.00,,,2,ADI,Radiographie du thorax,\n");
    let from = date!(2027 - 01 - 01);
    assert_eq!(table.import(&next, from), Ok(1));
    assert_eq!(table.act(&key("ZBQK002"), date!(2026 - 12 - 31)).unwrap().price, Some([Cents(2128); 2]));
    assert_eq!(table.act(&key("ZBQK002"), from).unwrap().price, Some([Cents(2200), Cents(2100)]));
    assert!(table.act(&key("ACQN001"), date!(2026 - 12 - 31)).is_some());
    assert!(table.act(&key("ACQN001"), from).is_none());
    let later = Care { date: from, grid: Grid::Other, ..care() };
    assert_eq!(quote(&table, &[done("ZBQK002", "")], &later).unwrap().total, Cents(2100));
    assert_eq!(table.import(&next, from), Err(NomenclatureError::Older(from)));
    for wrong in ["ZBQK02,1,0,22.00,21.00,,,2,ADI,x,\n", "ZBQK002,1,0,22,21.00,,,2,ADI,x,\n", "a\n", "ZBQK002,1\n"] {
        let wrong = table.import(&format!("{head}{wrong}"), date!(2028 - 01 - 01));
        assert!(matches!(wrong, Err(NomenclatureError::Row { row: 2, .. })), "{wrong:?}");
    }
    assert!(table.act(&key("ZBQK002"), date!(2028 - 06 - 01)).is_some(), "a refused table changes nothing");
}

#[test]
fn euros_of_a_modifier_are_added_whole_and_never_halved() {
    let amount = Cents(1906);
    let fixed = vec![Fixed { letter: 'F', from: CARE, until: None, amount }];
    let night = Care { fixed, ..care() };
    let quote = quote(&TABLE, &[done("ZBQK002", "FZ"), done("NAQK015", "FZ")], &night).unwrap();
    assert_eq!(amounts(&quote), [("ZBQK002", 2405 + 1906, Some(1)), ("NAQK015", 1127 + 1906, Some(2))]);
}

#[test]
fn the_modifier_of_small_children_ends_on_the_fifth_birthday() {
    let fixed = vec![Fixed { letter: 'E', from: date!(2020 - 01 - 01), until: None, amount: Cents(100) }];
    let billed = |born, date| {
        let care = Care { born, date, fixed: fixed.clone(), ..care() };
        quote(&TABLE, &[done("ZBQK002", "E")], &care).is_ok()
    };
    let leap = Some(date!(2024 - 02 - 29));
    assert!(billed(leap, date!(2029 - 02 - 27)));
    assert!(!billed(leap, date!(2029 - 02 - 28)));
    assert!(!billed(None, CARE));
}

#[test]
fn who_pays_follows_pathway_exemption_and_cover() {
    let of = |care: Care| {
        let quote = quote(&TABLE, &[done("QEQK004", "")], &care).unwrap();
        (quote.fund.0, quote.complementary.0, quote.at_the_desk.0)
    };
    assert_eq!(of(care()), (4649, 0, 6642));
    assert_eq!(of(Care { coordinated: false, ..care() }), (1993, 0, 6642));
    assert_eq!(of(Care { third_party: true, ..care() }), (4649, 0, 1993));
    assert_eq!(of(Care { third_party: true, complementary: true, ..care() }), (4649, 1993, 0));
    assert_eq!(of(Care { exemption: Exemption::Prevention, third_party: true, ..care() }), (6642, 0, 0));
    let not_prevention = Care { exemption: Exemption::Prevention, ..care() };
    let refused = quote(&TABLE, &[done("ZBQK002", "")], &not_prevention);
    assert_eq!(refused, Err(BillingError::NotPrevention("ZBQK002".into())));
}

/// Every act of the table, by the dearest first.
fn codes() -> Vec<ActKey> {
    let table = include_str!("../../data/ccam-v81-imaging.csv");
    let rows = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split(',');
        let (code, activity, phase) = (fields.next()?, fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(ActKey { code: code.into(), activity, phase })
    });
    rows.collect()
}

#[test]
fn all_pairs_of_acts_cost_the_same_in_either_order() {
    let all: Vec<Performed> = codes().into_iter().map(|act| Performed { act, modifiers: BTreeSet::new() }).collect();
    assert!(all.len() > 600);
    let mut priced = 0;
    for (index, one) in all.iter().enumerate() {
        for other in &all[index + 1..] {
            let there = billed(&[one.clone(), other.clone()]);
            assert_eq!(there, billed(&[other.clone(), one.clone()]), "{one:?} {other:?}");
            priced += u64::from(there.is_ok());
        }
    }
    assert!(priced > 100_000, "{priced}");
}

proptest! {
    #[test]
    fn any_order_of_acts_gives_the_same_invoice_whose_parts_add_up(
        picked in proptest::collection::vec((0..615_usize, proptest::bool::ANY), 1..5),
        swap in any::<u64>(),
        coordinated: bool, complementary: bool, third_party: bool,
    ) {
        let all = codes();
        let performed: Vec<Performed> = picked
            .iter()
            .map(|(index, z)| {
                let modifiers = if *z { BTreeSet::from(['Z']) } else { BTreeSet::new() };
                Performed { act: all[*index].clone(), modifiers }
            })
            .collect();
        let mut other = performed.clone();
        let turn = usize::try_from(swap % other.len() as u64).unwrap();
        other.rotate_left(turn);
        let care = Care { coordinated, complementary, third_party, ..care() };
        let (here, there) = (quote(&TABLE, &performed, &care), quote(&TABLE, &other, &care));
        // Of two acts that each stand twice, either may be named.
        prop_assert_eq!(here.as_ref().ok(), there.as_ref().ok());
        if let Ok(quote) = here {
            let lines: Cents = quote.lines.iter().map(|line| line.amount).sum();
            let left: Cents = quote.lines.iter().map(billing::invoice::Line::patient).sum();
            prop_assert_eq!(lines, quote.total);
            prop_assert_eq!(left + quote.fund + quote.complementary, quote.total);
            prop_assert!(quote.lines.iter().all(|line| line.patient() >= Cents(0) && line.fund >= Cents(0)));
        }
    }

    #[test]
    fn no_table_makes_the_import_panic(text in ".{0,400}") {
        let _ = Nomenclature::default().import(&text, CARE);
    }
}
