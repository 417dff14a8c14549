//! How a patient is reached: PID-13 and PID-14.

use crate::{message, msh};
use hl7::event::Event;
use hl7::types::Telecom;

fn telecoms(pid13: &str, pid14: &str) -> Vec<Telecom> {
    let pid = format!("PID|1||7^^^H^PI||DUPONT^MARIE^^^^^L||19500301|F|||||{pid13}|{pid14}");
    match Event::read(&message(&[&msh("ADT^A04^ADT_A01"), &pid])) {
        Ok(Event::Patient(event)) => event.patient.telecoms,
        other => panic!("{other:?}"),
    }
}

#[test]
fn addresses_and_numbers_are_read_in_their_new_and_their_old_components() {
    let email = |text: &str| Telecom::Email(text.into());
    let phone = |text: &str| Telecom::Phone(text.into());
    let modern = "^PRN^PH^^^^^^^^^+33 6 12 34 56 78~^NET^Internet^marie@exemple.fr";
    assert_eq!(telecoms(modern, ""), [phone("+33612345678"), email("marie@exemple.fr")]);
    assert_eq!(
        telecoms("02.00.00.00.00~marie@exemple.fr", "^WPN^PH^marie@exemple.fr"),
        [phone("0200000000"), email("marie@exemple.fr")]
    );
    assert_eq!(telecoms("", ""), []);
    assert_eq!(telecoms("\"\"~12~^^^^", "^"), []);
}
