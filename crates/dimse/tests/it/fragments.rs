//! Messages spread over PDUs in every legal way, and the lengths a peer announces.

use crate::support::{Peer, Recorder, Talk, associated, open_config, pdata, pdu_of, pdv, store_command, talk};
use dimse::scp::StoreStatus;
use tokio::io::AsyncReadExt;

const SOP: &str = "1.2.826.0.1.3680043.2.1";

async fn store(bytes: &[u8], data_set: &[u8]) {
    let mut talk = associated(open_config(), Recorder::default()).await;
    talk.peer.send(bytes).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    assert_eq!(talk.recorder.seen().stored, [data_set]);
    talk.peer.release().await;
}

fn data_set() -> Vec<u8> {
    (0..1_300_000_u32).map(|n| (n % 251) as u8).collect()
}

#[tokio::test]
async fn an_empty_last_value_ends_a_data_set() {
    let data = data_set();
    let mut bytes = pdata(3, true, true, &store_command(1, SOP));
    for chunk in data.chunks(100_000) {
        bytes.extend(pdata(3, false, false, chunk));
    }
    bytes.extend(pdata(3, false, true, &[]));
    store(&bytes, &data).await;
}

#[tokio::test]
async fn a_data_set_may_end_exactly_with_a_full_pdu() {
    let full = 262_144 - 6;
    let data = vec![5; full * 2];
    let mut bytes = pdata(3, true, true, &store_command(1, SOP));
    bytes.extend(pdata(3, false, false, &data[..full]));
    bytes.extend(pdata(3, false, true, &data[full..]));
    store(&bytes, &data).await;
}

#[tokio::test]
async fn command_and_data_set_may_share_a_pdu() {
    let (first, last) = (vec![1; 500], vec![2; 500]);
    let values = [pdv(3, true, true, &store_command(1, SOP)), pdv(3, false, false, &first), pdv(3, false, true, &last)];
    store(&pdu_of(&values), &[first, last].concat()).await;
}

#[tokio::test]
async fn values_of_two_bytes_are_put_together() {
    let data: Vec<u8> = (0..4000_u32).map(|n| n as u8).collect();
    let mut values: Vec<_> = store_command(1, SOP).chunks(2).map(|two| pdv(3, true, false, two)).collect();
    values.push(pdv(3, true, true, &[]));
    let mut chunks = data.chunks(2).peekable();
    while let Some(two) = chunks.next() {
        values.push(pdv(3, false, chunks.peek().is_none(), two));
    }
    store(&pdu_of(&values), &data).await;
}

#[tokio::test]
async fn two_messages_in_one_write_are_both_answered() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    let one = |id, sop| [pdata(3, true, true, &store_command(id, sop)), pdata(3, false, true, &[9; 64])].concat();
    talk.peer.send(&[one(1, "1.2.1"), one(2, "1.2.2")].concat()).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    assert_eq!(talk.peer.expect_status().await, 0);
    assert_eq!(talk.recorder.seen().stored.len(), 2);
}

#[tokio::test]
async fn bytes_that_come_one_by_one_are_the_same_bytes() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    let bytes = [pdata(3, true, true, &store_command(1, SOP)), pdata(3, false, true, &[9; 64])].concat();
    for byte in bytes.chunks(1) {
        talk.peer.send(byte).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(talk.peer.expect_status().await, 0);
}

/// The longest P-DATA-TF of one response, as announced in its header.
async fn longest(peer: &mut Peer) -> u32 {
    let mut longest = 0;
    loop {
        let mut header = [0; 12];
        peer.stream.read_exact(&mut header).await.unwrap();
        let length = u32::from_be_bytes(header[2..6].try_into().unwrap());
        longest = longest.max(length);
        let mut rest = vec![0; length as usize - 6];
        peer.stream.read_exact(&mut rest).await.unwrap();
        if header[11] & 2 != 0 {
            return longest;
        }
    }
}

#[tokio::test]
async fn no_answer_is_longer_than_the_peer_announced() {
    for max_pdu in [8, 9, 64, 100, 1024, 4096, 131_072, 0] {
        let refuse = StoreStatus::cannot_understand("x".repeat(300));
        let Talk { mut peer, .. } = talk(open_config(), Recorder { finish_with: Some(refuse), ..Recorder::default() });
        peer.associate(max_pdu).await;
        peer.send(&pdata(3, true, true, &store_command(1, SOP))).await;
        peer.send(&pdata(3, false, true, &[1; 10])).await;
        let longest = longest(&mut peer).await;
        assert!(max_pdu == 0 || longest <= max_pdu, "{longest} for a peer that takes {max_pdu}");
    }
}

#[tokio::test]
async fn a_peer_that_takes_no_fragment_at_all_is_rejected() {
    for max_pdu in 1..8 {
        let Talk { mut peer, .. } = talk(open_config(), Recorder::default());
        peer.send(&crate::support::association_request(max_pdu)).await;
        assert_eq!(peer.expect().await.0, 3);
    }
}

#[tokio::test]
async fn our_own_announced_length_is_enforced_to_the_byte() {
    let mut config = open_config();
    config.max_pdu_bytes = 8192;
    for (value, fits) in [(8192 - 6, true), (8192 - 5, false)] {
        let mut talk = associated(config.clone(), Recorder::default()).await;
        talk.peer.send(&pdata(3, true, true, &store_command(1, SOP))).await;
        talk.peer.send(&pdata(3, false, true, &vec![0; value])).await;
        if fits {
            assert_eq!(talk.peer.expect_status().await, 0);
        } else {
            talk.peer.expect_provider_abort().await;
        }
    }
}
