//! Any bytes as a peer's stream: PDUs, association items, values, command sets.
#![no_main]

use bytes::BytesMut;
use dimse::command::Command;
use dimse::pdu::association::{read_accept, read_request};
use dimse::pdu::data::next_pdv;
use dimse::pdu::{Cut, cut};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut buffer = BytesMut::from(bytes);
    while let Cut::Whole(frame) = cut(&mut buffer, 16_384) {
        let _ = read_request(&frame.body);
        let _ = read_accept(&frame.body);
        let mut body = frame.body;
        while let Ok(pdv) = next_pdv(&mut body) {
            let _ = Command::read(&pdv.data);
        }
    }
});
