//! Parsing: ends of segments, delimiters, escapes, limits, and access that never fails.

use crate::{message, msh};
use hl7::message::{Delimiters, escape, unescape};
use hl7::{Limits, Message, ParseError};

fn parse(bytes: &[u8]) -> Result<Message, ParseError> {
    Message::parse(bytes, &Limits::default())
}

#[test]
fn segments_end_with_cr_lf_or_both() {
    for end in ["\r", "\n", "\r\n", "\r\r", "\n\n"] {
        let text = [msh("ADT^A04").as_str(), "PID|1||42", "PV1||O", ""].join(end);
        let message = parse(text.as_bytes()).unwrap();
        assert_eq!(message.segments().map(|s| s.name()).collect::<Vec<_>>(), ["MSH", "PID", "PV1"], "{end:?}");
        assert_eq!(message.first("PID").field(3).text(), "42");
        assert_eq!(message.header().field(18).text(), "UNICODE UTF-8");
    }
}

#[test]
fn a_line_feed_inside_a_text_ends_no_segment() {
    let text = [msh("ORU^R01").as_str(), "OBX|1|TX|A||first\nsecond line|F", "OBX|2"].join("\r");
    let message = parse(text.as_bytes()).unwrap();
    assert_eq!(message.all("OBX").count(), 2);
    assert_eq!(message.first("OBX").field(5).whole_text(), "first\nsecond line");
}

#[test]
fn case_17_a_control_character_inside_a_text_is_text() {
    let text = [msh("ORU^R01").as_str(), "OBX|1|TX|A||page\u{c}break|F"].join("\r");
    assert_eq!(parse(text.as_bytes()).unwrap().first("OBX").field(5).text(), "page\u{c}break");
}

#[test]
fn a_line_that_is_no_segment_belongs_to_the_text_before_it_or_is_refused() {
    let text = [msh("ORU^R01").as_str(), "OBX|1|TX|A||first", "second line", "Third|F", "OBX|2"].join("\r");
    let message = parse(text.as_bytes()).unwrap();
    assert_eq!(message.all("OBX").count(), 2);
    assert_eq!(message.first("OBX").field(5).text(), "first\rsecond line\rThird");
    let after_pid = [msh("ADT^A04").as_str(), "PID|1||42", "second line"].join("\r");
    assert_eq!(parse(after_pid.as_bytes()), Err(ParseError::SegmentName { number: 3 }));
}

#[test]
fn delimiters_are_the_headers() {
    let message =
        parse(b"MSH#*!?%#RIS##X##20261125##ADT*A04#42#P#2.5\rPID#1##42***HERE%1.2%ISO!43##D?S?UPONT*MARIE").unwrap();
    let pid = message.first("PID");
    assert_eq!((message.code(), message.trigger()), ("ADT".to_owned(), "A04".to_owned()));
    assert_eq!(pid.field(3).repetitions().count(), 2);
    assert_eq!(pid.field(3).component(4).subcomponent(2), "1.2");
    assert_eq!(pid.field(5).component(1).text(), "D*UPONT");
}

#[test]
fn delimiters_that_cannot_be_told_apart_are_refused() {
    for header in ["MSH||~\\&|", "MSH|^^\\&|", "MSH|A~\\&|", "MSHA^~\\&|", "MSH ^~\\&", "MSH\u{0}^~\\&|"] {
        assert!(parse(header.as_bytes()).is_err() || header == "MSH||~\\&|", "{header:?}");
    }
    // the field delimiter at once: the usual others
    assert_eq!(parse(b"MSH||RIS").unwrap().delimiters(), Delimiters::default());
}

#[test]
fn what_is_not_there_is_empty() {
    let message = message(&[&msh("ADT^A04"), "PID"]);
    for n in [0, 1, 5, 1000] {
        let field = message.first("PID").field(n);
        assert!(n == 0 || field.is_empty());
        assert_eq!(field.component(9).subcomponent(7), "");
    }
    assert_eq!(message.first("ZZZ").field(3).text(), "");
    assert!(!message.first("ZZZ").exists());
    assert_eq!(message.header().field(1).text(), "|");
    assert_eq!(message.header().field(2).raw(), "^~\\&");
}

#[test]
fn bytes_that_are_no_message_are_refused_each_for_its_reason() {
    assert_eq!(parse(b""), Err(ParseError::NoHeader));
    assert_eq!(parse(b"PID|1\rMSH|^~\\&|"), Err(ParseError::NoHeader));
    assert_eq!(parse(b"MSH"), Err(ParseError::Delimiters));
    assert_eq!(parse(b"MSH|^~\\&|A\rP!D|1"), Err(ParseError::SegmentName { number: 2 }));
    assert_eq!(parse(b"MSH|^~\\&|A\rMSH|^~\\&|B"), Err(ParseError::SecondHeader { number: 2 }));
    let limits = Limits { message_bytes: 40, segments: 3 };
    assert_eq!(Message::parse(&[b'M'; 41], &limits), Err(ParseError::TooLong { found: 41, limit: 40 }));
    let many = b"MSH|^~\\&|A\rPID\rPV1\rOBX\r";
    assert_eq!(Message::parse(many, &limits), Err(ParseError::TooManySegments { limit: 3 }));
}

#[test]
fn d01_a_million_segments_are_refused_without_being_kept() {
    let mut bytes = b"MSH|^~\\&|A\r".to_vec();
    bytes.extend(b"OBX|1\r".repeat(1_000_000));
    assert_eq!(parse(&bytes), Err(ParseError::TooManySegments { limit: 10_000 }));
}

#[test]
fn escapes_are_undone_and_unknown_ones_stay() {
    let usual = Delimiters::default();
    let table = [
        (r"a\F\b\S\c\T\d\R\e\E\f", r"a|b^c&d~e\f"),
        (r"\X0D\\X0A\", "\r\n"),
        (r"\XC3A9\", "é"),
        (r"\XE9\", "é"),
        (r"line\.br\line", "line\nline"),
        (r"\H\bold\N\", "bold"),
        (r"\Z1\ \X0\ \XZZ\", r"\Z1\ \X0\ \XZZ\"),
        (r"C:\dir", r"C:\dir"),
        (r"\", r"\"),
        (r"\\\", r"\\\"),
    ];
    for (raw, text) in table {
        assert_eq!(unescape(raw, usual), text, "{raw}");
    }
}

#[test]
fn d04_line_ends_and_delimiters_cannot_leave_their_field() {
    let usual = Delimiters::default();
    let hostile = "DUPONT\rOBX|1|TX|||forged^~\\&";
    let written = escape(hostile, usual);
    assert_eq!(written, r"DUPONT\X0D\OBX\F\1\F\TX\F\\F\\F\forged\S\\R\\E\\T\");
    assert_eq!(unescape(&written, usual), hostile);
}

#[test]
fn debug_shows_names_of_segments_and_nothing_personal() {
    let shown = format!("{:?}", message(&[&msh("ADT^A04"), "PID|1||42||DUPONT^MARIE"]));
    assert!(shown.contains("PID") && !shown.contains("DUPONT"));
}
