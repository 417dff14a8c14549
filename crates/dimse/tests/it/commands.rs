//! What each command is answered, and how refusals keep the association alive.

use crate::support::{CT, IMPLICIT, Recorder, VERIFICATION, associated, echo_command, open_config, parsed, pdata};
use crate::support::{status, store_command};
use dimse::command::{NO_DATA_SET, Writer, element, field};
use dimse::scp::{Config, StoreStatus};

async fn store_with(recorder: Recorder, sop: &str) -> (Vec<u8>, crate::support::Talk) {
    let mut talk = associated(open_config(), recorder).await;
    talk.peer.send(&pdata(3, true, true, &store_command(77, sop))).await;
    for last in [false, false, true] {
        talk.peer.send(&pdata(3, false, last, &[1; 5000])).await;
    }
    let response = talk.peer.expect_response().await;
    // Whatever was answered, the association lives on.
    talk.peer.send(&pdata(1, true, true, &echo_command(78))).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    (response, talk)
}

#[tokio::test]
async fn a_stored_instance_is_answered_with_its_uids_and_message_id() {
    let (response, talk) = store_with(Recorder::default(), "1.2.3.4").await;
    let response = parsed(&response);
    assert_eq!((response.command_field, response.message_id, response.status), (0x8001, 77, Some(0)));
    assert_eq!(response.uid(element::AFFECTED_SOP_CLASS), Some(CT));
    assert_eq!(response.uid(element::AFFECTED_SOP_INSTANCE), Some("1.2.3.4"));
    assert!(!response.has_data_set && response.value(element::ERROR_COMMENT).is_none());
    let seen = talk.recorder.seen();
    let request = &seen.begun[0];
    assert_eq!((request.calling_ae.as_str(), request.called_ae.as_str()), ("MODALITY", "ARCHIVE"));
    assert_eq!(request.transfer_syntax_uid, crate::support::EXPLICIT);
    assert_eq!((request.sop_class_uid.as_str(), request.message_id), (CT, 77));
}

#[tokio::test]
async fn a_refusal_before_the_first_byte_is_answered_after_the_last() {
    let refuse = Some(StoreStatus::out_of_resources("no room"));
    let (response, talk) = store_with(Recorder { refuse_begin: refuse, ..Recorder::default() }, "1.2.3").await;
    assert_eq!(status(&response), 0xA700);
    assert_eq!(parsed(&response).value(element::ERROR_COMMENT), Some(&b"no room "[..]));
    assert_eq!(talk.recorder.seen().stored.len(), 0);
}

#[tokio::test]
async fn a_failed_write_drops_the_reception_and_drains_the_rest() {
    let refuse = Some(StoreStatus::out_of_resources(""));
    let (response, talk) = store_with(Recorder { refuse_write: refuse, ..Recorder::default() }, "1.2.3").await;
    assert_eq!(status(&response), 0xA700);
    let seen = talk.recorder.seen();
    assert_eq!((seen.begun.len(), seen.stored.len(), seen.aborted), (1, 0, 1));
}

#[tokio::test]
async fn a_long_comment_is_cut_to_what_the_standard_allows_and_cleaned() {
    let text = format!("caf\u{e9}\r\n\\{}", "x".repeat(500));
    let refuse = Some(StoreStatus::data_set_mismatch(text));
    let (response, _talk) = store_with(Recorder { finish_with: refuse, ..Recorder::default() }, "1.2.3").await;
    assert_eq!(status(&response), 0xA900);
    let response = parsed(&response);
    let comment = response.value(element::ERROR_COMMENT).unwrap();
    assert_eq!(comment.len(), 64);
    assert!(comment.starts_with(b"caf????xxx"), "{comment:?}");
}

#[tokio::test]
async fn instance_uids_that_are_no_uids_are_refused_and_reach_nobody() {
    let long = "1.".repeat(32) + "1";
    for bad in ["../../etc/x", "/abs", "1.2\x003", "1.2..3", ".1", "1.", "1.a", "", &long] {
        let (response, talk) = store_with(Recorder::default(), bad).await;
        assert_eq!(status(&response), 0x0117, "{bad:?}");
        assert_eq!(talk.recorder.seen().begun.len(), 0);
        assert!(parsed(&response).value(element::AFFECTED_SOP_INSTANCE).is_none(), "not sent back");
    }
}

#[tokio::test]
async fn odd_but_readable_instance_uids_are_taken_as_sent() {
    let longest = "1.".repeat(31) + "12";
    for good in ["1.02.3", "1.2.3.4.5.6.7.8.9", "0", &longest] {
        let (response, talk) = store_with(Recorder::default(), good).await;
        assert_eq!(status(&response), 0, "{good}");
        assert_eq!(talk.recorder.seen().begun[0].sop_instance_uid, good);
    }
}

#[tokio::test]
async fn a_class_that_is_not_stored_here_is_refused_whatever_its_context() {
    let mut talk = associated(Config { accept_unknown_classes: true, ..open_config() }, Recorder::default()).await;
    for (class, expected) in [(VERIFICATION, 0x0122), ("1.2.840.10008.5.1.4.1.2.2.1", 0x0122), ("1.2.276.9", 0)] {
        let command = Writer::request(field::C_STORE_RQ, 1, class)
            .number(element::DATA_SET_TYPE, 1)
            .text(element::AFFECTED_SOP_INSTANCE, "1.2.3", 0)
            .finish();
        talk.peer.send(&pdata(3, true, true, &command)).await;
        talk.peer.send(&pdata(3, false, true, &[0; 8])).await;
        assert_eq!(talk.peer.expect_status().await, expected, "{class}");
    }
}

#[tokio::test]
async fn a_store_without_data_set_is_refused() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    let command = Writer::request(field::C_STORE_RQ, 1, CT)
        .number(element::DATA_SET_TYPE, NO_DATA_SET)
        .text(element::AFFECTED_SOP_INSTANCE, "1.2.3", 0)
        .finish();
    talk.peer.send(&pdata(3, true, true, &command)).await;
    assert_eq!(talk.peer.expect_status().await, 0xC000);
}

#[tokio::test]
async fn unknown_operations_are_refused_with_and_without_data_set_and_cancels_are_ignored() {
    let mut talk = associated(open_config(), Recorder::default()).await;
    for operation in [0x0020, 0x0021, 0x0010, 0x0100, 0x0130, 0x0140, 0x7ABC] {
        for with_data in [false, true] {
            let kind = if with_data { 1 } else { NO_DATA_SET };
            let command = Writer::request(operation, 5, CT).number(element::DATA_SET_TYPE, kind).finish();
            talk.peer.send(&pdata(3, true, true, &command)).await;
            if with_data {
                talk.peer.send(&pdata(3, false, true, &[0; 100])).await;
            }
            let response = talk.peer.expect_response().await;
            assert_eq!(status(&response), 0x0211);
            assert_eq!(parsed(&response).command_field, operation | field::RESPONSE);
        }
    }
    let mut cancel = vec![0, 0, 0, 0, 4, 0, 0, 0, 30, 0, 0, 0];
    for (number, value) in [(0x0100_u16, field::C_CANCEL_RQ), (0x0120, 5), (0x0800, NO_DATA_SET)] {
        cancel.extend_from_slice(&[0, 0]);
        cancel.extend_from_slice(&number.to_le_bytes());
        cancel.extend_from_slice(&[2, 0, 0, 0]);
        cancel.extend_from_slice(&value.to_le_bytes());
    }
    talk.peer.send(&pdata(3, true, true, &cancel)).await;
    talk.peer.send(&pdata(1, true, true, &echo_command(6))).await;
    let response = talk.peer.expect_response().await;
    assert_eq!((parsed(&response).message_id, status(&response)), (6, 0), "nothing answers a cancel");
}

#[test]
fn the_named_statuses_have_the_codes_of_the_standard() {
    let codes = [
        (StoreStatus::success(), 0x0000),
        (StoreStatus::processing_failure(""), 0x0110),
        (StoreStatus::duplicate_instance(""), 0x0111),
        (StoreStatus::invalid_instance(""), 0x0117),
        (StoreStatus::class_not_supported(""), 0x0122),
        (StoreStatus::not_authorized(""), 0x0124),
        (StoreStatus::out_of_resources(""), 0xA700),
        (StoreStatus::data_set_mismatch(""), 0xA900),
        (StoreStatus::cannot_understand(""), 0xC000),
    ];
    for (status, code) in codes {
        assert_eq!(status.code, code);
        assert_eq!(status.is_stored(), code == 0);
    }
    assert!(StoreStatus::new(0xB007, "").is_stored() && !StoreStatus::new(0xFE00, "").is_stored());
    assert_ne!(IMPLICIT, crate::support::EXPLICIT);
}
