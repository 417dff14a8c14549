//! Bytes as a message, its event, and the answer to it: nothing panics, and our answer always parses.
#![no_main]

use hl7::{Ack, Event, Limits, Message};
use libfuzzer_sys::fuzz_target;
use time::OffsetDateTime;

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { message_bytes: 1 << 20, segments: 1000 };
    let answer = match Message::parse(bytes, &limits) {
        Ok(message) => {
            let ack = Event::read(&message).map_or_else(Ack::from, |_| Ack::accept());
            ack.render(&message, OffsetDateTime::UNIX_EPOCH, "1")
        }
        Err(error) => Ack::from(error).render_blind(bytes, OffsetDateTime::UNIX_EPOCH, "1"),
    };
    let answer = Message::parse(&answer, &limits).expect("our answer parses");
    assert!(answer.segments().count() <= 3);
    let _ = hl7::cda::read(bytes);
    let _ = hl7::cda::narrative::read(bytes);
});
