//! Hostile bytes: each must end in an abort, never in a panic, a growth or a half-kept data set.

use crate::support::{Recorder, associated, echo_command, open_config, pdata, pdu_of, pdv, store_command, talk};
use dimse::Error;

/// What follows an open association and must break it.
async fn breaks(bytes: &[u8]) {
    let mut talk = associated(open_config(), Recorder::default()).await;
    talk.peer.send(bytes).await;
    talk.peer.expect_provider_abort().await;
    drop(talk.peer);
    let error = talk.server.await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert_eq!(talk.recorder.seen().stored.len(), 0);
}

#[tokio::test]
async fn p_data_of_an_impossible_length_is_aborted_at_its_header() {
    for length in [0, 1, 5, 262_145, 0x7FFF_FFFF, 0xFFFF_FFF0, 0xFFFF_FFFF_u32] {
        let mut header = vec![4, 0];
        header.extend_from_slice(&length.to_be_bytes());
        breaks(&header).await;
    }
}

#[tokio::test]
async fn an_association_request_of_an_impossible_length_is_aborted_at_its_header() {
    for length in [0, 1, 67, 262_145, 0xFFFF_FFFF_u32] {
        let mut talk = talk(open_config(), Recorder::default());
        let mut header = vec![1, 0];
        header.extend_from_slice(&length.to_be_bytes());
        talk.peer.send(&header).await;
        assert_eq!(talk.peer.expect().await.0, 7, "length {length}");
    }
}

#[tokio::test]
async fn unknown_pdu_types_are_aborted() {
    for kind in [0, 8, 0x16, 0x47, 0xFF] {
        breaks(&[kind, 0, 0, 0, 0, 4, 0, 0, 0, 0]).await;
    }
}

#[tokio::test]
async fn http_and_tls_on_the_dicom_port_are_aborted() {
    for greeting in [&b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"[..], &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC]] {
        let mut talk = talk(open_config(), Recorder::default());
        talk.peer.send(greeting).await;
        assert_eq!(talk.peer.expect().await.0, 7);
    }
}

#[tokio::test]
async fn values_that_do_not_fit_their_pdu_are_aborted() {
    let value = |length: u32, rest: usize| {
        let mut value = length.to_be_bytes().to_vec();
        value.extend_from_slice(&[1, 3]);
        value.resize(6 + rest, 0);
        value
    };
    breaks(&pdu_of(&[value(0, 0)])).await;
    breaks(&pdu_of(&[value(1, 0)])).await;
    breaks(&pdu_of(&[value(3, 0)])).await;
    breaks(&pdu_of(&[value(0xFFFF_FFFF, 100)])).await;
    breaks(&pdu_of(&[pdv(1, true, false, &[0; 4]), vec![0, 0, 0]])).await;
}

#[tokio::test]
async fn a_command_in_ten_thousand_values_is_read_or_aborted_and_never_grows_without_end() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    // One byte a value, then thousands of empty ones: an odd way to say C-ECHO, but it says it.
    let command = echo_command(9);
    let mut values: Vec<_> = command.iter().map(|byte| pdv(1, true, false, &[*byte])).collect();
    values.resize(10_000, pdv(1, true, false, &[]));
    values.push(pdv(1, true, true, &[]));
    talk.peer.send(&pdu_of(&values)).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    // Ten thousand values that together pass the limit of a command set.
    talk.peer.send(&pdu_of(&vec![pdv(1, true, false, &[0; 4]); 10_000])).await;
    talk.peer.expect_provider_abort().await;
}

#[tokio::test]
async fn malformed_commands_are_aborted() {
    let group_8 = [8, 0, 0, 0, 0, 0, 0, 0];
    let past_end = [0, 0, 0, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0];
    for command in [&[][..], &[0; 7], &group_8, &past_end] {
        breaks(&pdata(1, true, true, command)).await;
    }
    let twice = [echo_command(1), echo_command(1)].concat();
    breaks(&pdata(1, true, true, &twice)).await;
}

#[tokio::test]
async fn fragments_out_of_place_are_aborted_and_the_data_set_dropped() {
    breaks(&pdata(1, false, true, &[0; 8])).await;
    breaks(&pdata(5, true, true, &echo_command(1))).await;
    let store = pdata(3, true, true, &store_command(1, "1.2.3"));
    let start = pdata(3, false, false, &[0; 8]);
    breaks(&[&store[..], &start, &pdata(1, false, true, &[0; 8])].concat()).await;
    breaks(&[&store[..], &start, &pdata(3, true, true, &echo_command(2))].concat()).await;
    breaks(&[pdata(1, true, false, &[0; 8]), pdata(3, true, true, &[0; 8])].concat()).await;
}

#[tokio::test]
async fn a_connection_lost_within_a_data_set_leaves_nothing() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    talk.peer.send(&pdata(3, true, true, &store_command(1, "1.2.3"))).await;
    talk.peer.send(&pdata(3, false, false, &[7; 1000])).await;
    drop(talk.peer);
    assert!(matches!(talk.server.await.unwrap(), Err(Error::Closed)));
    let seen = talk.recorder.seen();
    assert_eq!((seen.begun.len(), seen.stored.len(), seen.aborted), (1, 0, 1));
}

#[tokio::test]
async fn an_abort_or_a_release_within_a_data_set_leaves_nothing() {
    for last_word in [dimse::pdu::abort(None), dimse::pdu::RELEASE_REQUEST] {
        let mut talk = associated(open_config(), Recorder::default()).await;
        talk.peer.send(&pdata(3, true, true, &store_command(1, "1.2.3"))).await;
        talk.peer.send(&pdata(3, false, false, &[7; 1000])).await;
        talk.peer.send(&last_word).await;
        drop(talk.peer);
        let _ = talk.server.await.unwrap();
        let seen = talk.recorder.seen();
        assert_eq!((seen.stored.len(), seen.aborted), (0, 1));
    }
}

/// A whole conversation: association, two stores, an echo, a release.
fn conversation() -> Vec<u8> {
    [
        crate::support::association_request(16_384),
        pdata(3, true, true, &store_command(1, "1.2.3")),
        pdata(3, false, false, &[1; 200]),
        pdata(3, false, true, &[2; 100]),
        pdu_of(&[pdv(3, true, true, &store_command(2, "1.2.4")), pdv(3, false, true, &[3; 40])]),
        pdata(1, true, true, &echo_command(3)),
        dimse::pdu::RELEASE_REQUEST.to_vec(),
    ]
    .concat()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 500, ..Default::default() })]

    #[test]
    fn a_mutated_conversation_ends_and_every_reception_is_finished_or_dropped(
        edits in proptest::collection::vec((0..2000_usize, proptest::prelude::any::<u8>()), 0..6),
        end in 0..2000_usize,
    ) {
        let mut bytes = conversation();
        for (at, value) in edits {
            let at = at % bytes.len();
            bytes[at] = value;
        }
        bytes.truncate(end.max(100));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let talk = talk(open_config(), Recorder::default());
            let (mut reader, mut writer) = tokio::io::split(talk.peer.stream);
            let _ = tokio::io::AsyncWriteExt::write_all(&mut writer, &bytes).await;
            let _ = tokio::io::AsyncWriteExt::shutdown(&mut writer).await;
            let _ = tokio::io::AsyncReadExt::read_to_end(&mut reader, &mut Vec::new()).await;
            let _ = talk.server.await.unwrap();
            let seen = talk.recorder.seen();
            assert_eq!(seen.begun.len(), seen.stored.len() + seen.aborted);
        });
    }
}
