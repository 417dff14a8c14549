//! Names in every character set (PS3.5 annexes H, I, J and K, and files of other toolkits).

use crate::{file, scan};
use dicom::charset::CharacterSet;
use dicom::header::PersonName;
use dicom::{Vr, tag};

fn name_of(file: &str) -> String {
    let scanned = scan(file);
    let charset = CharacterSet::of(scanned.dataset());
    scanned.dataset().text(tag::PATIENT_NAME, &charset).unwrap_or_default()
}

#[test]
fn names_of_every_single_byte_set_are_read() {
    for (name, expected) in [
        ("arabic", "وهمي^علي"),
        ("cyrillic", "Вымышленный^Иван"),
        ("gbk", "测试^小明"),
        ("greek", "Πλαστός^Νίκος"),
        ("hebrew", "בדוי^דוד"),
        ("katakana", "ﾃｽﾄ^ﾀﾛｳ"),
        ("latin1", "FICTIF^Éléonore"),
        ("latin2", "FICTIFOWA^Łucja"),
        ("latin3", "FICTIF^Ġorġ"),
        ("latin4", "FICTIF^Ķerņa"),
        ("latin5", "FICTİF^Şule"),
        ("thai", "ทดสอบ^สมมติ"),
        ("utf8", "FICTIF^Zoë-Ðžž ทด 试 🩻"),
        ("charset-utf8-undeclared", "FICTIF^Éloïse"),
        ("chrArab", "قباني^لنزار"),
        ("chrFren", "Buc^Jérôme"),
        ("chrGB2312", "Zhang^XiaoDong=张^小东="),
        ("chrGerm", "Äneas^Rüdiger"),
        ("chrRuss", "Люкceмбypг"),
        ("chrX1", "Wang^XiaoDong=王^小東="),
    ] {
        assert_eq!(name_of(&format!("charset/{name}.dcm")), expected, "{name}");
    }
}

#[test]
fn latin_9_is_known() {
    assert_eq!(name_of("charset/charset-latin9.dcm"), "FICTIF^Cœur");
    let latin9 = CharacterSet::from_terms(["ISO_IR 203"]);
    assert_eq!(latin9.decode(b"\xBD\xA4\xBE"), "œ€Ÿ");
}

#[test]
fn escape_sequences_change_the_set_and_the_three_groups_are_kept() {
    let name = PersonName::parse(&name_of("charset/chrH31.dcm"));
    assert_eq!(name.alphabetic, "Yamada^Tarou");
    assert_eq!(name.ideographic, "山田^太郎");
    assert_eq!(name.phonetic, "やまだ^たろう");

    // PS3.5 §H.3.2: katakana and JIS X 0208.
    let japanese = CharacterSet::from_terms(["ISO 2022 IR 13", "ISO 2022 IR 87"]);
    let bytes =
        b"\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J";
    assert_eq!(japanese.decode_values(bytes, Vr::PN), ["ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"]);

    // PS3.5 §I.2: Korean.
    let korean = CharacterSet::from_terms(["", "ISO 2022 IR 149"]);
    let bytes = b"Hong^Gildong=\x1b$)C\xFB\xF3^\x1b$)C\xD1\xCE\xD4\xD7=\x1b$)C\xC8\xAB^\x1b$)C\xB1\xE6\xB5\xBF";
    assert_eq!(korean.decode_values(bytes, Vr::PN), ["Hong^Gildong=洪^吉洞=홍^길동"]);

    // JIS X 0212, three bytes of EUC-JP.
    let supplementary = CharacterSet::from_terms(["", "ISO 2022 IR 159"]);
    assert_eq!(supplementary.decode(b"\x1b$(D\x30\x21\x1b(B"), "丂");
}

#[test]
fn a_second_byte_that_looks_like_a_backslash_parts_nothing() {
    // GBK 0x955C is one character whose second byte is 0x5C; so is JIS 0x215C.
    let gbk = CharacterSet::from_terms(["GBK"]);
    assert_eq!(gbk.decode_values(b"\x95\x5C\\B", Vr::LO).len(), 2);
    let jis = CharacterSet::from_terms(["", "ISO 2022 IR 87"]);
    assert_eq!(jis.decode_values(b"\x1b$B\x21\x5C\x1b(B\\B", Vr::LO), ["＋", "B"]);
}

#[test]
fn an_item_with_its_own_character_set_is_read_with_it() {
    let scanned = scan("charset/chrSQEncoding.dcm");
    let around = CharacterSet::of(scanned.dataset());
    let item = scanned.dataset().items(dicom::Tag(0x0032, 0x1064)).next().expect("one item");
    let own = around.of_item(item);
    assert_eq!(own.terms(), ["ISO 2022 IR 13", "ISO 2022 IR 87"]);
    let meaning = item.texts(dicom::Tag(0x0010, 0x0010), &own).concat();
    assert_eq!(meaning, "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう");
}

#[test]
fn a_wrong_declaration_never_empties_a_name() {
    let utf8 = CharacterSet::from_terms(["ISO_IR 192"]);
    assert_eq!(utf8.decode_values(b"FICTIF^\xC9lo\xEFse", Vr::PN), ["FICTIF^Éloïse"]);
    let none = CharacterSet::from_terms([]);
    assert_eq!(none.decode_values(b"FICTIF^\xC9lo\xEFse", Vr::PN), ["FICTIF^Éloïse"]);
    let unknown = CharacterSet::from_terms(["ISO_IR 999"]);
    assert_eq!(unknown.decode_values("FICTIF^Zoë".as_bytes(), Vr::PN), ["FICTIF^Zoë"]);
    let cut = CharacterSet::from_terms(["", "ISO 2022 IR 87"]);
    assert_ne!(cut.decode_values(b"\x1b$B;3E", Vr::PN).concat(), "");
}

#[test]
fn what_cannot_be_shown_is_replaced_and_not_dropped() {
    let utf8 = CharacterSet::from_terms(["ISO_IR 192"]);
    assert_eq!(utf8.decode("a\u{202E}b".as_bytes()), "a\u{FFFD}b");
    assert_eq!(utf8.decode(b"a\x1b[31mb"), "a\u{FFFD}[31mb");
    assert_eq!(utf8.decode(b"a\0b\0"), "a\u{FFFD}b");
    assert_eq!(utf8.decode("two\r\nlines".as_bytes()), "two\r\nlines");
}

#[test]
fn multi_valued_text_is_parted_and_free_text_is_not() {
    let charset = CharacterSet::default();
    assert_eq!(charset.decode_values(b" A \\\\ B ", Vr::LO), ["A", "", "B"]);
    assert_eq!(charset.decode_values(b" A \\ B ", Vr::LT), [" A \\ B"]);
    assert!(charset.decode_values(b"", Vr::LO).is_empty());
}

#[test]
fn any_bytes_of_any_set_decode_to_something() {
    let bytes = file("charset/chrH31.dcm");
    for term in ["", "ISO_IR 100", "ISO_IR 13", "ISO_IR 192", "GB18030", "ISO 2022 IR 149", "ISO 2022 IR 58"] {
        assert!(!CharacterSet::from_terms([term]).decode(&bytes).is_empty(), "{term}");
    }
}
