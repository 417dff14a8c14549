//! HL7 by bytes: what senders send, and what they must be told.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that meets the unexpected fails")]

mod ack;
mod build;
mod cda;
mod charset;
mod codec;
mod message;
mod orders;
mod patients;
mod properties;
mod reports;
mod samples;
mod server;
mod sweep;
mod telecoms;

use hl7::{Event, EventError, Limits, Message};

/// A message from lines.
fn message(lines: &[&str]) -> Message {
    Message::parse(lines.join("\r").as_bytes(), &Limits::default()).expect("the test's message parses")
}

/// A header of this type.
fn msh(kind: &str) -> String {
    format!("MSH|^~\\&|RIS|CENTRE|NEGATOSCOPE|GROUPE|20261125083000+0100||{kind}|42|P|2.5||||||UNICODE UTF-8")
}

/// What a message of this type with these segments tells.
fn read(kind: &str, lines: &[&str]) -> Result<Event, EventError> {
    let header = msh(kind);
    let mut all = vec![header.as_str()];
    all.extend(lines);
    Event::read(&message(&all))
}

const PID: &str = "PID|1||000003^^^CHU-X&000897406&N^PI~279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS^^20101207\
||PAT-TROIS^DOMINIQUE^DOMINIQUE MARIE^^^^L~EPOUX^DOMINIQUE^^^^^D||19790312|F|||^^^^^^H~^^^^^^BDL^^63220|||||||AN1^^^CHU-X&000897406&N^AN||||||||||||||VALI";
