//! The readers of outside bytes under mutation: they never panic, never ask for more than their bounds, and
//! what they read is what was written.

use crate::support::{association_request, echo_command, pdata, pdu_of, pdv, store_command};
use bytes::{Bytes, BytesMut};
use dimse::command::Command;
use dimse::pdu::association::{Accept, Verdict, read_accept, read_request, write_accept};
use dimse::pdu::data::{next_pdv, value_bytes};
use dimse::pdu::{Cut, MAX_ASSOCIATION_PDU_BYTES, cut};
use proptest::prelude::*;

const MAX_DATA: u32 = 16_384;

/// Reads everything a stream of these bytes would lead to; the fuzz target runs the same.
fn read_all(bytes: &[u8]) {
    let mut buffer = BytesMut::from(bytes);
    loop {
        match cut(&mut buffer, MAX_DATA) {
            Cut::Whole(frame) => {
                let _ = read_request(&frame.body);
                let _ = read_accept(&frame.body);
                let mut body = frame.body;
                while let Ok(pdv) = next_pdv(&mut body) {
                    let _ = Command::read(&pdv.data);
                }
            }
            Cut::Needs(more) => {
                assert!(more > buffer.len() && more <= MAX_ASSOCIATION_PDU_BYTES as usize + 6);
                return;
            }
            Cut::Invalid(_) => return,
        }
    }
}

fn stream() -> Vec<u8> {
    [
        association_request(16_384),
        pdata(1, true, true, &echo_command(1)),
        pdu_of(&[pdv(3, true, true, &store_command(2, "1.2.3")), pdv(3, false, true, &[0; 40])]),
        dimse::pdu::RELEASE_REQUEST.to_vec(),
        dimse::pdu::abort(None).to_vec(),
    ]
    .concat()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn mutated_streams_are_read_or_refused(edits in prop::collection::vec((0..900_usize, any::<u8>()), 0..12), cut_at in 0..900_usize) {
        let mut bytes = stream();
        for (at, value) in edits {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        bytes.truncate(bytes.len().min(cut_at.max(7)));
        read_all(&bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(kind in 0..9_u8, body in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut bytes = vec![kind, 0];
        bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
        bytes.extend_from_slice(&body);
        read_all(&bytes);
        let _ = Command::read(&Bytes::from(body));
    }

    #[test]
    fn values_come_back_as_written(values in prop::collection::vec((any::<u8>(), any::<bool>(), any::<bool>(), prop::collection::vec(any::<u8>(), 0..50)), 1..20)) {
        let written: Vec<_> = values.iter().map(|(id, command, last, value)| pdv(*id, *command, *last, value)).collect();
        let mut buffer = BytesMut::from(&pdu_of(&written)[..]);
        let Cut::Whole(frame) = cut(&mut buffer, MAX_DATA) else { panic!("a whole PDU was written") };
        let mut body = frame.body;
        for (id, command, last, value) in values {
            let pdv = next_pdv(&mut body).unwrap();
            prop_assert_eq!((pdv.context_id, pdv.is_command, pdv.is_last, &pdv.data[..]), (id, command, last, &value[..]));
        }
        prop_assert!(body.is_empty());
    }
}

#[test]
fn a_declared_length_never_makes_the_reader_ask_for_more_than_the_bound() {
    for kind in 0..=255_u8 {
        for length in [0_u32, 1, 3, 4, 5, 6, 67, 68, 16_384, 16_385, 262_144, 262_145, u32::MAX - 6, u32::MAX] {
            let mut bytes = vec![kind, 0];
            bytes.extend_from_slice(&length.to_be_bytes());
            read_all(&bytes);
        }
    }
}

#[test]
fn fragments_are_even_and_fit_the_peer() {
    assert_eq!(value_bytes(16_384, 262_144), 16_378);
    assert_eq!(value_bytes(0, 262_144), 262_138);
    assert_eq!(value_bytes(u32::MAX, 262_144), 262_138);
    assert_eq!(value_bytes(1025, 262_144), 1018);
    assert_eq!(value_bytes(8, 262_144), 2);
}

/// Puts an item behind an association PDU.
fn with_item(mut pdu: Vec<u8>, item: &[u8]) -> Bytes {
    pdu.extend_from_slice(item);
    Bytes::copy_from_slice(&pdu[6..])
}

#[test]
fn unknown_items_of_an_association_request_are_ignored_and_cut_ones_refused() {
    let plain = read_request(&with_item(association_request(16_384), &[])).unwrap();
    let with_unknown = read_request(&with_item(association_request(16_384), &[0x77, 0, 0, 2, 1, 2])).unwrap();
    assert_eq!(plain, with_unknown);
    for cut in [&[0x77][..], &[0x77, 0, 0, 3, 1, 2], &[0x50, 0, 0, 9]] {
        assert!(read_request(&with_item(association_request(16_384), cut)).is_none(), "{cut:?}");
    }
}

#[test]
fn a_refused_context_needs_no_transfer_syntax() {
    let accept = Accept { verdicts: vec![], max_pdu_bytes: 0, roles: vec![], extended: vec![] };
    let accept = write_accept("FEEDER", "ARCHIVE", accept).unwrap();
    let refused = read_accept(&with_item(accept.clone(), &[0x21, 0, 0, 4, 3, 0, 3, 0])).unwrap();
    assert_eq!(refused.verdicts, [(3, Verdict::AbstractSyntaxNotSupported)]);
    assert!(read_accept(&with_item(accept, &[0x21, 0, 0, 4, 3, 0, 0, 0])).is_none(), "an accepted one does");
}
