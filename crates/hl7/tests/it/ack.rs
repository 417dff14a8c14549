//! Answers.

use crate::{message, msh};
use hl7::{Ack, AckCode, EventError, Limits, Message, ParseError};
use time::OffsetDateTime;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn answer(ack: &Ack, asked: &Message) -> Message {
    Message::parse(&ack.render(asked, NOW, "N1"), &Limits::default()).unwrap()
}

#[test]
fn an_answer_goes_back_to_its_sender_with_its_control_id() {
    let answer = answer(&Ack::accept(), &message(&[&msh("ADT^A04^ADT_A01"), "PID|1||7"]));
    let header = answer.header();
    let field = |n: usize| header.field(n).text();
    assert_eq!(
        (field(3), field(4), field(5), field(6)),
        ("NEGATOSCOPE".into(), "GROUPE".into(), "RIS".into(), "CENTRE".into())
    );
    assert_eq!(header.field(9).raw(), "ACK^A04^ACK");
    assert_eq!((field(10), field(12), field(18)), ("N1".into(), "2.5".into(), "UNICODE UTF-8".into()));
    assert_eq!((answer.first("MSA").field(1).text(), answer.first("MSA").field(2).text()), ("AA".into(), "42".into()));
    assert!(!answer.first("ERR").exists());
}

#[test]
fn case_16_the_answers_bytes_use_the_senders_character_set() {
    for (declared, byte) in [("8859/1", &b"\xe9"[..]), ("8859/15", b"\xe9"), ("UNICODE UTF-8", "é".as_bytes())] {
        let mut bytes = b"MSH|^~\\&|RIS|Clinique ".to_vec();
        bytes.extend_from_slice(byte);
        bytes.extend(format!("|N|G|20261125||ADT^A04|42|P|2.5||||||{declared}\r").bytes());
        let asked = Message::parse(&bytes, &Limits::default()).unwrap();
        let answer = Ack::accept().render(&asked, NOW, "N1");
        let expected: Vec<u8> = [b"|Clinique ", byte, b"|"].concat();
        assert!(answer.windows(expected.len()).any(|window| window == expected), "{declared}");
        let answer = Message::parse(&answer, &Limits::default()).unwrap();
        assert_eq!(answer.header().field(18).text(), declared);
        assert_eq!(answer.header().field(6).text(), "Clinique é");
    }
}

#[test]
fn a_refusal_says_why_in_one_line_and_where() {
    let asked = message(&[&msh("ADT^A40")]);
    let answer = answer(&Ack::from(EventError::MergedWithItself), &asked);
    let err = answer.first("ERR");
    assert_eq!(answer.first("MSA").field(1).text(), "AE");
    assert_eq!((err.field(2).raw(), err.field(3).text(), err.field(4).text()), ("MRG^1^1", "204".into(), "E".into()));
    assert_eq!(err.field(8).text(), "a patient cannot be merged with itself");
}

#[test]
fn d05_a_text_with_line_ends_or_escapes_stays_one_line() {
    let ack = Ack::error(207, "disk\r\nMSA|AA|42\u{1b}[31m");
    let answer = answer(&ack, &message(&[&msh("ADT^A04")]));
    assert_eq!(answer.segments().count(), 3);
    assert_eq!(answer.first("ERR").field(8).text(), "disk  MSA|AA|42 [31m");
}

#[test]
fn refusals_of_the_type_are_ar_and_of_the_content_ae() {
    let code = |ack: Ack| (ack.code, ack.error);
    assert_eq!(code(EventError::UnsupportedType.into()), (AckCode::Ar, 200));
    assert_eq!(code(EventError::UnsupportedEvent.into()), (AckCode::Ar, 201));
    assert_eq!(code(EventError::Missing("PID-3").into()), (AckCode::Ae, 101));
    assert_eq!(code(EventError::InconsistentMasks.into()), (AckCode::Ae, 103));
    assert_eq!(code(ParseError::NoHeader.into()), (AckCode::Ar, 100));
    assert_eq!(code(ParseError::SegmentName { number: 2 }.into()), (AckCode::Ae, 100));
    assert_eq!(code(Ack::try_again()), (AckCode::Ae, 207));
}

#[test]
fn case_17_bytes_that_do_not_parse_are_answered_with_their_own_control_id() {
    let broken = b"MSH|^~\\&|RIS|C|N|G|20261125||ADT^A04|ID-77|P|2.5\rP!D|1";
    let answer = Ack::error(100, "no").render_blind(broken, NOW, "N1");
    let answer = Message::parse(&answer, &Limits::default()).unwrap();
    assert_eq!(answer.first("MSA").field(2).text(), "ID-77");
    for nothing in [&b""[..], b"GET / HTTP/1.1", b"MSH", b"MSH|"] {
        let answer = Ack::reject(100, "no").render_blind(nothing, NOW, "N1");
        let answer = Message::parse(&answer, &Limits::default()).unwrap();
        assert_eq!(
            (answer.first("MSA").field(1).text(), answer.first("MSA").field(2).text()),
            ("AR".into(), String::new())
        );
    }
}
