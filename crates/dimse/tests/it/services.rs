//! Searches and performed steps: handed on, answered, cancelled.

use crate::support::{EXPLICIT, Peer, Recorder, Talk, handlers, open_config, parsed, pdata};
use async_trait::async_trait;
use dicom::write::Writer as DataSet;
use dicom::{Vr, tag};
use dimse::command::{NO_DATA_SET, Writer, element, field};
use dimse::pdu::association::{Proposed, Verdict, read_accept, write_request};
use dimse::scp::{
    Config, FindHandler, FindRequest, Handlers, Match, PERFORMED_STEP_SOP_CLASS, Server, StepHandler, StepRequest,
    StoreStatus,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, watch};

const WORKLIST: &str = "1.2.840.10008.5.1.4.31";
const PATIENT_ROOT: &str = "1.2.840.10008.5.1.4.1.2.1.1";

/// Finds so many, then ends; without a number it never does.
struct Finder(Option<u8>);

#[async_trait]
impl FindHandler for Finder {
    async fn find(&self, request: FindRequest, matches: mpsc::Sender<Match>) -> StoreStatus {
        assert_eq!((request.sop_class_uid.as_str(), request.calling.as_str()), (WORKLIST, "MODALITY"));
        for number in 0..self.0.unwrap_or(u8::MAX) {
            let found = Match { identifier: vec![number; 4], all_keys: number != 1 };
            if matches.send(found).await.is_err() {
                return StoreStatus::processing_failure("");
            }
        }
        if self.0.is_none() {
            std::future::pending::<()>().await;
        }
        StoreStatus::success()
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<(Option<String>, usize)>>);

#[async_trait]
impl StepHandler for Heard {
    async fn begin(&self, request: StepRequest) -> Result<String, StoreStatus> {
        self.0.lock().unwrap().push((request.sop_instance_uid.clone(), request.data_set.len()));
        Ok(request.sop_instance_uid.unwrap_or_else(|| "2.25.7".into()))
    }

    async fn set(&self, request: StepRequest) -> Result<(), StoreStatus> {
        self.0.lock().unwrap().push((request.sop_instance_uid, request.data_set.len()));
        Err(StoreStatus { error_id: Some(0xA710), ..StoreStatus::processing_failure("no more") })
    }
}

async fn open(finder: Finder, heard: &Arc<Heard>, class: &str, accepted: bool) -> Talk {
    let recorder = Arc::new(Recorder::default());
    let finds: BTreeMap<String, Arc<dyn FindHandler>> = BTreeMap::from([(WORKLIST.into(), Arc::new(finder) as _)]);
    let handlers = Handlers { finds, steps: Some(Arc::clone(heard) as _), ..handlers(&recorder) };
    let config = Config { finds: vec![WORKLIST.into()], takes_steps: true, ..open_config() };
    let server = Server::new(config, handlers).unwrap();
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stop, stopped) = watch::channel(false);
    let address = crate::support::PEER.parse().unwrap();
    let server = tokio::spawn(async move { server.converse(theirs, address, stopped).await });
    let mut talk = Talk { peer: Peer { stream: ours }, server, stop, recorder };
    let context = Proposed { id: 1, abstract_syntax: class.into(), transfer_syntaxes: vec![EXPLICIT.into()] };
    talk.peer.send(&write_request("MODALITY", "ARCHIVE", vec![context], 16_384).unwrap()).await;
    let verdict = if accepted { Verdict::Accepted(EXPLICIT.into()) } else { Verdict::AbstractSyntaxNotSupported };
    assert_eq!(read_accept(&talk.peer.expect().await.1.into()).unwrap().verdicts, [(1, verdict)]);
    talk
}

fn find(message_id: u16) -> Vec<u8> {
    let command = Writer::request(field::C_FIND_RQ, message_id, WORKLIST)
        .number(element::PRIORITY, 0)
        .number(element::DATA_SET_TYPE, 1)
        .finish();
    let mut identifier = DataSet::explicit();
    identifier.text(tag::PATIENT_NAME, Vr::PN, "");
    [pdata(1, true, true, &command), pdata(1, false, true, identifier.bytes())].concat()
}

#[tokio::test]
async fn matches_are_sent_as_they_come_and_the_end_has_its_own_answer() {
    let mut talk = open(Finder(Some(3)), &Arc::default(), WORKLIST, true).await;
    talk.peer.send(&find(5)).await;
    for number in 0..3_u8 {
        let answer = parsed(&talk.peer.expect_response().await);
        assert_eq!((answer.command_field, answer.message_id, answer.has_data_set), (0x8020, 5, true));
        assert_eq!(answer.status, Some(if number == 1 { 0xFF01 } else { 0xFF00 }));
        assert_eq!(talk.peer.expect_response().await, vec![number; 4]);
    }
    let end = parsed(&talk.peer.expect_response().await);
    assert_eq!((end.command_field, end.message_id, end.has_data_set, end.status), (0x8020, 5, false, Some(0)));
    talk.peer.release().await;
}

#[tokio::test]
async fn a_cancelled_search_ends_with_its_own_status_and_the_next_one_begins() {
    let mut talk = open(Finder(None), &Arc::default(), WORKLIST, true).await;
    for message_id in [5, 6] {
        talk.peer.send(&find(message_id)).await;
        talk.peer.expect_response().await;
        let cancel = Writer::cancelling(message_id).number(element::DATA_SET_TYPE, NO_DATA_SET).finish();
        talk.peer.send(&pdata(1, true, true, &cancel)).await;
        loop {
            let answer = talk.peer.expect_response().await;
            // Identifiers are four equal bytes; a command set is longer.
            if answer.len() > 4 && parsed(&answer).status == Some(0xFE00) {
                assert_eq!(parsed(&answer).message_id, message_id);
                break;
            }
        }
    }
    talk.peer.release().await;
}

#[tokio::test]
async fn a_class_without_a_handler_is_not_accepted() {
    let mut talk = open(Finder(Some(1)), &Arc::default(), PATIENT_ROOT, false).await;
    talk.peer.release().await;
}

#[tokio::test]
async fn a_performed_step_is_handed_on_and_answered_with_its_name_or_why_not() {
    let heard = Arc::new(Heard::default());
    let mut talk = open(Finder(Some(1)), &heard, PERFORMED_STEP_SOP_CLASS, true).await;
    let create = |instance: Option<&str>| {
        let command =
            Writer::request(field::N_CREATE_RQ, 3, PERFORMED_STEP_SOP_CLASS).number(element::DATA_SET_TYPE, 1);
        let command = match instance {
            Some(uid) => command.text(element::AFFECTED_SOP_INSTANCE, uid, 0),
            None => command,
        };
        [pdata(1, true, true, &command.finish()), pdata(1, false, false, b"ab"), pdata(1, false, true, b"cd")].concat()
    };
    for (instance, named) in [(Some("1.2.3"), "1.2.3"), (None, "2.25.7")] {
        talk.peer.send(&create(instance)).await;
        let answer = parsed(&talk.peer.expect_response().await);
        assert_eq!((answer.command_field, answer.status), (0x8140, Some(0)));
        assert_eq!(answer.uid(element::AFFECTED_SOP_INSTANCE), Some(named));
    }
    let set = Writer::asking(field::N_SET_RQ, 4, PERFORMED_STEP_SOP_CLASS)
        .number(element::DATA_SET_TYPE, 1)
        .text(element::REQUESTED_SOP_INSTANCE, "1.2.3", 0)
        .finish();
    talk.peer.send(&[pdata(1, true, true, &set), pdata(1, false, true, b"efg")].concat()).await;
    let answer = parsed(&talk.peer.expect_response().await);
    assert_eq!((answer.command_field, answer.status), (0x8120, Some(0x0110)));
    assert_eq!(answer.us(element::ERROR_ID), Some(0xA710));
    talk.peer.release().await;
    let wanted = [(Some("1.2.3".to_owned()), 4), (None, 4), (Some("1.2.3".to_owned()), 3)];
    assert_eq!(*heard.0.lock().unwrap(), wanted);
}
