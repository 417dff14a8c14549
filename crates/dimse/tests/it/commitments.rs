//! Storage commitment: asked for on an association of ours, heard there or on one of the peer's own.

use crate::support::{EXPLICIT, Peer, Recorder, Talk, ae, handlers, open_config, pdata};
use async_trait::async_trait;
use dimse::ae::AeTitle;
use dimse::command::{Writer, element, field};
use dimse::commitment::{Commitment, SOP_CLASS, SOP_INSTANCE, write};
use dimse::pdu::association::{Accept, Proposed, Role, Verdict, read_accept, write_accept, write_request};
use dimse::scp::{CommitmentHandler, Config, Handlers, Server};
use dimse::scu::{Options, Proposal, Scu};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
const INSTANCES: [(&str, &str); 2] = [(CT, "1.2.3.1"), (CT, "1.2.3.2")];

fn event(message_id: u16, data: &[u8]) -> Vec<u8> {
    let command = Writer::request(field::N_EVENT_REPORT_RQ, message_id, SOP_CLASS)
        .number(element::DATA_SET_TYPE, 1)
        .text(element::AFFECTED_SOP_INSTANCE, SOP_INSTANCE, 0)
        .number(element::EVENT_TYPE_ID, 1)
        .finish();
    [pdata(1, true, true, &command), pdata(1, false, true, data)].concat()
}

/// Plays the provider until the request is answered; the transaction and instances that it names.
async fn asked(peer: &mut Peer) -> Commitment {
    assert_eq!(peer.expect().await.0, 1);
    let verdicts = vec![(1, Verdict::Accepted(EXPLICIT.into()))];
    peer.send(
        &write_accept(
            "US",
            "PACS",
            Accept { verdicts, max_pdu_bytes: 16_384, roles: Vec::new(), extended: Vec::new() },
        )
        .unwrap(),
    )
    .await;
    let command = peer.expect_response().await;
    let request = crate::support::parsed(&command);
    assert_eq!(
        (request.command_field, request.uid(element::REQUESTED_SOP_INSTANCE)),
        (field::N_ACTION_RQ, Some(SOP_INSTANCE))
    );
    let set = peer.expect_response().await;
    peer.send(&pdata(1, true, true, &Writer::response(&request, 0, "").finish())).await;
    Commitment::read(&set, EXPLICIT).unwrap()
}

async fn open(stream: tokio::io::DuplexStream) -> Scu<tokio::io::DuplexStream> {
    let proposal = Proposal { sop_class_uid: SOP_CLASS.into(), transfer_syntax_uids: vec![EXPLICIT.into()] };
    Scu::associate(stream, &ae("US"), &ae("PACS"), &[proposal], Options::default()).await.unwrap()
}

#[tokio::test]
async fn what_is_asked_for_is_answered_on_the_same_association() {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let provider = tokio::spawn(async move {
        let mut peer = Peer { stream: theirs };
        let request = asked(&mut peer).await;
        assert_eq!(request.committed, ["1.2.3.1", "1.2.3.2"]);
        peer.send(&event(7, &write(&request.transaction_uid, &INSTANCES, false))).await;
        let answer = crate::support::parsed(&peer.expect_response().await);
        assert_eq!((answer.command_field, answer.message_id, answer.status), (0x8100, 7, Some(0)));
    });
    let mut scu = open(ours).await;
    assert!(scu.offers_commitment());
    assert_eq!(scu.request_commitment("2.25.42", &INSTANCES).await.unwrap().code, 0);
    let said = scu.commitment(Duration::from_secs(60)).await.unwrap().unwrap();
    assert_eq!((said.transaction_uid.as_str(), said.committed.len(), said.failed.len()), ("2.25.42", 2, 0));
    provider.await.unwrap();
}

#[tokio::test]
async fn a_peer_that_answers_later_ends_the_waiting() {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let provider = tokio::spawn(async move {
        let mut peer = Peer { stream: theirs };
        asked(&mut peer).await;
        peer.send(&dimse::pdu::RELEASE_REQUEST).await;
        assert_eq!(peer.expect().await.0, 6);
    });
    let mut scu = open(ours).await;
    scu.request_commitment("2.25.42", &INSTANCES).await.unwrap();
    assert_eq!(scu.commitment(Duration::from_secs(60)).await.unwrap(), None);
    provider.await.unwrap();
}

#[derive(Default)]
struct Heard(Mutex<Vec<Commitment>>);

#[async_trait]
impl CommitmentHandler for Heard {
    async fn committed(&self, _: &AeTitle, commitment: Commitment) -> bool {
        let known = commitment.transaction_uid == "2.25.42";
        self.0.lock().unwrap().push(commitment);
        known
    }
}

fn listening(heard: &Arc<Heard>, config: Config) -> Talk {
    let recorder = Arc::new(Recorder::default());
    let handlers = Handlers { commitments: Some(Arc::clone(heard) as _), ..handlers(&recorder) };
    let server = Server::new(config, handlers).unwrap();
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stop, stopped) = watch::channel(false);
    let address = crate::support::PEER.parse().unwrap();
    let server = tokio::spawn(async move { server.converse(theirs, address, stopped).await });
    Talk { peer: Peer { stream: ours }, server, stop, recorder }
}

fn proposed() -> Vec<Proposed> {
    let context = Proposed { id: 1, abstract_syntax: SOP_CLASS.into(), transfer_syntaxes: vec![EXPLICIT.into()] };
    vec![context]
}

#[tokio::test]
async fn a_peer_opens_an_association_of_its_own_to_say_what_it_commits_to() {
    let heard = Arc::new(Heard::default());
    let mut talk = listening(&heard, Config { takes_commitments: true, ..open_config() });
    talk.peer.send(&write_request("PACS", "US", proposed(), 16_384).unwrap()).await;
    let (kind, body) = talk.peer.expect().await;
    assert_eq!(kind, 2);
    let accept = read_accept(&body.into()).unwrap();
    assert_eq!(accept.verdicts, [(1, Verdict::Accepted(EXPLICIT.into()))]);
    talk.peer.send(&event(3, &write("2.25.42", &INSTANCES, false))).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    talk.peer.send(&event(4, &write("2.25.43", &INSTANCES, false))).await;
    assert_eq!(talk.peer.expect_status().await, 0x0110, "a transaction of nobody's");
    talk.peer.send(&event(5, b"nonsense")).await;
    assert_eq!(talk.peer.expect_status().await, 0x0110);
    talk.peer.release().await;
    talk.server.await.unwrap().unwrap();
    assert_eq!(heard.0.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn where_commitments_are_not_taken_no_context_of_theirs_is() {
    let heard = Arc::new(Heard::default());
    let mut talk = listening(&heard, open_config());
    talk.peer.send(&write_request("PACS", "US", proposed(), 16_384).unwrap()).await;
    let accept = read_accept(&talk.peer.expect().await.1.into()).unwrap();
    assert_eq!(accept.verdicts, [(1, Verdict::AbstractSyntaxNotSupported)]);
    talk.peer.release().await;
}

#[test]
fn the_peers_role_is_provider_only_where_commitments_are_taken() {
    let role = Role { sop_class_uid: SOP_CLASS.into(), scu: false, scp: true };
    let request = |roles| dimse::pdu::association::Request {
        protocol_version: 1,
        called_field: *b"US              ",
        calling_field: *b"PACS            ",
        application_context: dimse::pdu::association::APPLICATION_CONTEXT.into(),
        contexts: proposed(),
        max_pdu_bytes: 0,
        roles,
        claimed_user: None,
        extended: Vec::new(),
    };
    for (takes, scp) in [(true, true), (false, false)] {
        let config = Config { takes_commitments: takes, ..open_config() };
        let address = "10.1.2.3".parse().unwrap();
        let agreement =
            dimse::scp::negotiate::negotiate(&request(vec![role.clone()]), &config, address, false).unwrap();
        assert_eq!(agreement.accept.roles[0].scp, scp);
    }
}
