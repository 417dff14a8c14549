//! No bytes make the room panic; what is written is read.

use crate::build::{header, parse};
use crate::{PID, msh};
use hl7::build::{PatientMessage, adt};
use hl7::message::{Delimiters, escape, unescape};
use hl7::types::{Number, PartialDate, Patient, Timestamp, Traits};
use hl7::{Ack, Event, Limits, Message};
use proptest::prelude::*;
use time::OffsetDateTime;

/// Everything that is done with bytes from outside; the fuzz target does the same.
pub fn swallow(bytes: &[u8]) {
    let limits = Limits { message_bytes: 1 << 20, segments: 1000 };
    match Message::parse(bytes, &limits) {
        Ok(message) => {
            let ack = Event::read(&message).map_or_else(Ack::from, |_| Ack::accept());
            let answer = ack.render(&message, OffsetDateTime::UNIX_EPOCH, "1");
            let answer = Message::parse(&answer, &limits).expect("our answer parses");
            assert!(answer.segments().count() <= 3, "an answer has no segment that the sender wrote");
        }
        Err(error) => {
            let answer = Ack::from(error).render_blind(bytes, OffsetDateTime::UNIX_EPOCH, "1");
            Message::parse(&answer, &limits).expect("our answer parses");
        }
    }
    let _ = hl7::cda::read(bytes);
    let _ = hl7::cda::narrative::read(bytes);
}

fn seeds() -> Vec<String> {
    let report = "OBR|1|P1|F1|18748-4^CR^LN||||||||||||899700366240^X||A1|||||||F\rOBX|1|ED|X||^application^pdf^Base64^JVBERi0xLjQgJSVFT0Y=||||||F";
    vec![
        format!("{}\rEVN||20261125\r{PID}\rPV1||O", msh("ADT^A04")),
        format!("{}\r{PID}\rMRG|8^^^CHU-X", msh("ADT^A40")),
        format!("{}\r{PID}\rORC|NW|P1\rOBR|1|P1||X\rIPC|A1||1.2.3||CT", msh("OMI^O23")),
        format!("{}\r{PID}\r{report}\rOBX|2|CE|INVISIBLE_PATIENT^^MetaDMPMSS||Y", msh("ORU^R01")),
        format!("{}\r{PID}\rTXA|1|CR|||||||||D1|D0||||AU\r{report}", msh("MDM^T10")),
    ]
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let byte =
        prop_oneof![Just(b'|'), Just(b'^'), Just(b'~'), Just(b'\\'), Just(b'&'), Just(b'\r'), Just(b'\n'), any::<u8>()];
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), byte, 0u8..3), 0..12);
    (proptest::sample::select(seeds()), changes).prop_map(|(seed, changes)| {
        let mut bytes = seed.into_bytes();
        for (index, byte, kind) in changes {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => bytes.truncate(at.max(1)),
            }
        }
        bytes
    })
}

fn text() -> impl Strategy<Value = String> {
    proptest::collection::vec(
        prop_oneof![Just('|'), Just('\\'), Just('^'), Just('\r'), Just('é'), Just('X'), any::<char>()],
        1..20,
    )
    .prop_map(|chars| chars.into_iter().collect::<String>().trim().to_owned())
    .prop_filter("a text", |text| !text.is_empty() && text != "\"\"")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn no_mutation_of_a_message_makes_it_panic(bytes in mutated()) {
        swallow(&bytes);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        swallow(&bytes);
        swallow(&[b"MSH", bytes.as_slice()].concat());
    }

    #[test]
    fn escaping_is_undone_by_unescaping(text in "\\PC*|[\\x00-\\x20|^~&\\\\XFSTRE.br]{0,40}") {
        let usual = Delimiters::default();
        let written = escape(&text, usual);
        prop_assert!(!written.contains(['\r', '\n', '|', '^', '~', '&']));
        prop_assert_eq!(unescape(&written, usual), text);
    }

    #[test]
    fn unescaping_never_panics(raw in "[\\\\XFSTRE0-9a-f.é]{0,60}") {
        let _ = unescape(&raw, Delimiters::default());
        let _ = unescape(&raw, Delimiters { escape: 'é', ..Delimiters::default() });
    }

    #[test]
    fn any_patient_built_reads_back(name in text(), used in text(), number in text(), issuer in text()) {
        let traits = Traits { birth_name: Some(name), used_name: Some(used), ..Traits::default() };
        let patient = Patient { ids: vec![Number::local(&number, &issuer)], traits, ..Patient::default() };
        let bytes = adt(&header(), PatientMessage::A31, &patient);
        match Event::read(&parse(&bytes)).unwrap() {
            Event::Patient(event) => prop_assert_eq!(event.patient, patient),
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn dates_and_instants_never_panic_and_read_back(text in "[0-9+.\\-]{0,24}|\\PC{0,20}") {
        if let Some(date) = PartialDate::parse(&text) {
            prop_assert_eq!(PartialDate::parse(&date.hl7()), Some(date));
        }
        if let Some(stamp) = Timestamp::parse(&text) {
            let _ = stamp.instant(time::UtcOffset::UTC);
            prop_assert!(Timestamp::parse(&stamp.hl7()).is_some());
        }
    }
}
