//! Character sets, and senders that lie about theirs.

use hl7::charset::{Charset, decode};
use hl7::{Limits, Message};

fn patient(declared: &str, name: &[u8]) -> Message {
    let mut bytes = format!("MSH|^~\\&|RIS|C|N|G|20261125||ADT^A04|42|P|2.5||||||{declared}\rPID|1||7||").into_bytes();
    bytes.extend_from_slice(name);
    Message::parse(&bytes, &Limits::default()).unwrap()
}

fn name(declared: &str, bytes: &[u8]) -> (String, Charset, bool) {
    let message = patient(declared, bytes);
    (message.first("PID").field(5).component(2).text(), message.charset(), message.charset_lied())
}

#[test]
fn case_16_a_name_is_right_in_each_character_set() {
    let gwenaelle = |charset, lied| ("Gwénaëlle".to_owned(), charset, lied);
    assert_eq!(name("8859/1", b"SMITH^Gw\xe9na\xeblle"), gwenaelle(Charset::Latin1, false));
    assert_eq!(name("8859/15", b"SMITH^Gw\xe9na\xeblle"), gwenaelle(Charset::Latin9, false));
    assert_eq!(name("UNICODE UTF-8", "SMITH^Gwénaëlle".as_bytes()), gwenaelle(Charset::Utf8, false));
    assert_eq!(name("8859/15", b"SMITH^\xbcuvre").0, "Œuvre");
    assert_eq!(name("8859/1", b"SMITH^D\x92Arc").0, "D’Arc");
}

#[test]
fn senders_that_lie_are_read_and_noticed() {
    assert_eq!(name("UNICODE UTF-8", b"SMITH^Gw\xe9na\xeblle"), ("Gwénaëlle".to_owned(), Charset::Latin1, true));
    assert_eq!(name("8859/1", "SMITH^Gwénaëlle".as_bytes()), ("Gwénaëlle".to_owned(), Charset::Utf8, true));
    assert_eq!(name("8859/15", "SMITH^Gwénaëlle".as_bytes()), ("Gwénaëlle".to_owned(), Charset::Utf8, true));
}

#[test]
fn without_a_declaration_utf_8_is_tried_first_then_latin() {
    assert_eq!(name("", "SMITH^Gwénaëlle".as_bytes()), ("Gwénaëlle".to_owned(), Charset::Utf8, false));
    assert_eq!(name("", b"SMITH^Gw\xe9na\xeblle"), ("Gwénaëlle".to_owned(), Charset::Latin1, false));
    assert_eq!(name("KLINGON", b"SMITH^Gw\xe9na\xeblle").0, "Gwénaëlle");
}

#[test]
fn plain_ascii_never_counts_as_a_lie() {
    for declared in ["UNICODE UTF-8", "8859/1", "8859/15", ""] {
        assert!(!name(declared, b"SMITH^Anne").2, "{declared}");
    }
}

#[test]
fn the_first_of_several_declared_sets_counts() {
    assert_eq!(patient("8859/1~UNICODE UTF-8", b"A").declared_charset(), Some(Charset::Latin1));
    assert_eq!(patient("8859/2", b"A").declared_charset(), None);
}

#[test]
fn what_a_set_cannot_write_becomes_a_question_mark() {
    assert_eq!(Charset::Latin1.encode("é中"), b"\xe9?");
    assert_eq!(Charset::Latin9.encode("Œé"), b"\xbc\xe9");
    assert_eq!(decode(&Charset::Latin9.encode("Œé"), Some(Charset::Latin9)).text, "Œé");
}
