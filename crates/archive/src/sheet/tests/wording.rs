use super::super::{SheetData, words};
use super::rig::data;
use time::macros::date;

#[test]
fn dates_are_in_full_and_the_first_of_a_month_is_the_premier() {
    assert_eq!(words::date(date!(2028 - 11 - 25), false), "25\u{a0}novembre\u{a0}2028");
    assert_eq!(words::date(date!(2027 - 08 - 01), false), "1er\u{a0}août\u{a0}2027");
    assert_eq!(words::date(date!(2027 - 02 - 01), true), "1\u{a0}February\u{a0}2027");
}

#[test]
fn only_an_archived_exam_is_told_to_keep_the_sheet_for_later() {
    let said = |archived_until| words::validity(&SheetData { archived_until, ..data() }).replace('\u{a0}', " ");
    assert_eq!(said(None), "Consultable en ligne jusqu’au 25 novembre 2028.");
    assert_eq!(
        said(Some(date!(2031 - 11 - 25))),
        "Consultable en ligne jusqu’au 25 novembre 2028. Gardez cette feuille : ensuite, ce code permet de faire \
         revenir les images de nos archives, au moins jusqu’au 25 novembre 2031."
    );
}
