//! Storage commitment as a provider: asked of us, answered on the association of the request or on one of our own.

use crate::support::{CT, EXPLICIT, Peer, Recorder, Talk, ae, handlers, open_config, parsed, pdata};
use async_trait::async_trait;
use bytes::Bytes;
use dicom::scan::{Limits, scan_dataset};
use dicom::tag;
use dimse::command::{Command, Writer, element, field};
use dimse::commitment::{Asked, FailureReason, Outcome, Reference, SOP_CLASS, SOP_INSTANCE, write};
use dimse::pdu::association::{
    Accept, Proposed, Role, Verdict, read_accept, read_request, write_accept, write_request,
};
use dimse::scp::{CommitmentProvider, CommitmentRequest, Config, Handlers, ReportLine, Reported, Server, StoreStatus};
use dimse::scu::{Options, Proposal, Scu};
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

const INSTANCES: [(&str, &str); 2] = [(CT, "1.2.3.1"), (CT, "1.2.3.2")];

/// Keeps the requests and their lines.
#[derive(Default)]
struct Kept {
    requests: Mutex<Vec<CommitmentRequest>>,
    lines: Mutex<Vec<ReportLine>>,
    refuse: bool,
}

#[async_trait]
impl CommitmentProvider for Kept {
    async fn asked(&self, request: CommitmentRequest, line: ReportLine) -> Result<(), StoreStatus> {
        if self.refuse {
            return Err(StoreStatus::not_authorized("no address is known"));
        }
        self.requests.lock().unwrap().push(request);
        self.lines.lock().unwrap().push(line);
        Ok(())
    }
}

async fn asking(kept: &Arc<Kept>, classes: &[&str]) -> Talk {
    let recorder = Arc::new(Recorder::default());
    let handlers = Handlers { provider: Some(Arc::clone(kept) as _), ..handlers(&recorder) };
    let server = Server::new(Config { offers_commitment: true, ..open_config() }, handlers).unwrap();
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stop, stopped) = watch::channel(false);
    let address = crate::support::PEER.parse().unwrap();
    let server = tokio::spawn(async move { server.converse(theirs, address, stopped).await });
    let mut talk = Talk { peer: Peer { stream: ours }, server, stop, recorder };
    let context = |(index, class): (usize, &&str)| Proposed {
        id: 2 * u8::try_from(index).unwrap() + 1,
        abstract_syntax: (*class).into(),
        transfer_syntaxes: vec![EXPLICIT.into()],
    };
    let contexts: Vec<Proposed> = classes.iter().enumerate().map(context).collect();
    let wanted: Vec<_> = contexts.iter().map(|context| (context.id, Verdict::Accepted(EXPLICIT.into()))).collect();
    talk.peer.send(&write_request("MODALITY", "ARCHIVE", contexts, 16_384).unwrap()).await;
    let (kind, body) = talk.peer.expect().await;
    assert_eq!((kind, read_accept(&body.into()).unwrap().verdicts), (2, wanted));
    talk
}

fn action(context: u8, message_id: u16, kind: u16, instance: &str, data: &[u8]) -> Vec<u8> {
    let command = Writer::asking(field::N_ACTION_RQ, message_id, SOP_CLASS)
        .number(element::DATA_SET_TYPE, 1)
        .text(element::REQUESTED_SOP_INSTANCE, instance, 0)
        .number(element::ACTION_TYPE_ID, kind)
        .finish();
    [pdata(context, true, true, &command), pdata(context, false, true, data)].concat()
}

fn outcome() -> Outcome {
    let reference = |uid: &str| Reference { sop_class_uid: CT.into(), sop_instance_uid: uid.into() };
    Outcome {
        transaction_uid: "2.25.42".into(),
        kept: vec![reference("1.2.3.1")],
        failed: vec![
            (reference("1.2.3.2"), FailureReason::NoSuchInstance),
            (reference("1.2.3.3"), FailureReason::ClassConflict),
        ],
    }
}

/// What an event says: its type, the instances kept, those not kept with their reasons.
fn said(command: &Command, set: &[u8]) -> (Option<u16>, Vec<String>, Vec<(String, u16)>) {
    let scanned = scan_dataset(set, EXPLICIT, &Limits::default()).unwrap();
    let set = scanned.dataset();
    let uid = |item: dicom::scan::DataSet<'_>| item.plain_text(tag::REFERENCED_SOP_INSTANCE_UID).unwrap().into_owned();
    let kept = set.items(tag::REFERENCED_SOP_SEQUENCE).map(uid).collect();
    let failed = set.items(tag::FAILED_SOP_SEQUENCE);
    let failed = failed.map(|item| (uid(item), u16::try_from(item.unsigned(tag::FAILURE_REASON).unwrap()).unwrap()));
    (command.us(element::EVENT_TYPE_ID), kept, failed.collect())
}

#[tokio::test]
async fn a_request_is_answered_at_once_and_its_outcome_on_the_same_association() {
    let kept = Arc::new(Kept::default());
    let mut talk = asking(&kept, &[CT, SOP_CLASS]).await;
    talk.peer.send(&action(3, 9, 1, SOP_INSTANCE, &write("2.25.42", &INSTANCES, false))).await;
    let answer = parsed(&talk.peer.expect_response().await);
    assert_eq!((answer.command_field, answer.message_id, answer.status), (0x8130, 9, Some(0)));
    let request = kept.requests.lock().unwrap()[0].clone();
    assert_eq!((request.calling.as_str(), request.asked.transaction_uid.as_str()), ("MODALITY", "2.25.42"));
    assert_eq!(request.asked.references.len(), 2);
    let line = kept.lines.lock().unwrap()[0].clone();
    let heard = tokio::spawn(async move { line.report(outcome()).await });
    let event = parsed(&talk.peer.expect_response().await);
    assert_eq!((event.command_field, event.uid(element::AFFECTED_SOP_INSTANCE)), (0x0100, Some(SOP_INSTANCE)));
    let set = talk.peer.expect_response().await;
    let failed = vec![("1.2.3.2".to_owned(), 0x0112), ("1.2.3.3".to_owned(), 0x0119)];
    assert_eq!(said(&event, &set), (Some(2), vec!["1.2.3.1".to_owned()], failed));
    talk.peer.send(&pdata(3, true, true, &Writer::response(&event, 0, "").finish())).await;
    assert_eq!(heard.await.unwrap(), Reported::Answered(0));
    talk.peer.release().await;
}

#[tokio::test]
async fn an_association_that_ends_before_the_answer_tells_whoever_waits_for_it() {
    let kept = Arc::new(Kept::default());
    let mut talk = asking(&kept, &[SOP_CLASS]).await;
    talk.peer.send(&action(1, 9, 1, SOP_INSTANCE, &write("2.25.42", &INSTANCES, false))).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    let line = kept.lines.lock().unwrap()[0].clone();
    let late = line.clone();
    let heard = tokio::spawn(async move { line.report(outcome()).await });
    talk.peer.expect_response().await;
    talk.peer.expect_response().await;
    talk.peer.release().await;
    talk.server.await.unwrap().unwrap();
    assert_eq!(heard.await.unwrap(), Reported::Unanswered);
    assert_eq!(late.report(outcome()).await, Reported::Unsent);
}

#[tokio::test]
async fn a_request_that_is_not_in_order_is_refused_with_its_own_status() {
    let kept = Arc::new(Kept::default());
    let mut talk = asking(&kept, &[SOP_CLASS]).await;
    let good = write("2.25.42", &INSTANCES, false);
    for (kind, instance, set, status) in [
        (2, SOP_INSTANCE, good.clone(), 0x0123),
        (1, "1.2.3", good.clone(), 0x0112),
        (1, SOP_INSTANCE, write("2.25.42", &[], false), 0x0115),
        (1, SOP_INSTANCE, write("not a uid", &INSTANCES, false), 0x0115),
        (1, SOP_INSTANCE, write("2.25.42", &[(CT, "../x")], false), 0x0115),
        (1, SOP_INSTANCE, b"nonsense".to_vec(), 0x0115),
    ] {
        talk.peer.send(&action(1, 4, kind, instance, &set)).await;
        assert_eq!(talk.peer.expect_status().await, status);
    }
    assert!(kept.requests.lock().unwrap().is_empty());
    talk.peer.release().await;
    let mut talk = asking(&Arc::new(Kept { refuse: true, ..Kept::default() }), &[SOP_CLASS]).await;
    talk.peer.send(&action(1, 4, 1, SOP_INSTANCE, &good)).await;
    assert_eq!(talk.peer.expect_status().await, 0x0124);
    talk.peer.release().await;
}

#[tokio::test]
async fn an_answer_to_a_report_that_was_never_sent_breaks_the_protocol() {
    let mut talk = asking(&Arc::new(Kept::default()), &[SOP_CLASS]).await;
    let event = parsed(&dimse_event());
    talk.peer.send(&pdata(1, true, true, &Writer::response(&event, 0, "").finish())).await;
    talk.peer.expect_provider_abort().await;
}

fn dimse_event() -> Vec<u8> {
    Writer::request(field::N_EVENT_REPORT_RQ, 1, SOP_CLASS).number(element::DATA_SET_TYPE, 1).finish()
}

#[test]
fn an_instance_named_twice_is_asked_for_once() {
    let twice = [INSTANCES[0], INSTANCES[1], INSTANCES[0]];
    let asked = Asked::read(&write("2.25.42", &twice, true), "1.2.840.10008.1.2").unwrap();
    assert_eq!(asked.references.len(), 2);
}

#[tokio::test]
async fn an_association_of_our_own_asks_for_the_providers_role() {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let modality = tokio::spawn(async move {
        let mut peer = Peer { stream: theirs };
        let (kind, body) = peer.expect().await;
        let request = read_request(&Bytes::from(body)).unwrap();
        let roles = vec![Role { sop_class_uid: SOP_CLASS.into(), scu: false, scp: true }];
        assert_eq!((kind, request.roles), (1, roles.clone()));
        let verdicts = vec![(1, Verdict::Accepted(EXPLICIT.into()))];
        peer.send(
            &write_accept("ARCHIVE", "MODALITY", Accept { verdicts, max_pdu_bytes: 4096, roles, extended: vec![] })
                .unwrap(),
        )
        .await;
        let event = parsed(&peer.expect_response().await);
        let set = peer.expect_response().await;
        assert_eq!(said(&event, &set).0, Some(2));
        peer.send(&pdata(1, true, true, &Writer::response(&event, 0, "").finish())).await;
        assert_eq!(peer.expect().await.0, 5);
        peer.send(&dimse::pdu::RELEASE_RESPONSE).await;
    });
    let proposal = Proposal { sop_class_uid: SOP_CLASS.into(), transfer_syntax_uids: vec![EXPLICIT.into()] };
    let role = Role { sop_class_uid: SOP_CLASS.into(), scu: false, scp: true };
    let (archive, called) = (ae("ARCHIVE"), ae("MODALITY"));
    let mut scu = Scu::associate_as(ours, &archive, &called, &[proposal], &[role], Options::default()).await.unwrap();
    assert_eq!(scu.report_commitment(&outcome()).await.unwrap().code, 0);
    scu.release().await.unwrap();
    modality.await.unwrap();
}
