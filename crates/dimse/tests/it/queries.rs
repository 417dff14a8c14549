//! C-FIND, C-MOVE and C-GET against scripted peers: answers, cancels, partial failures, destinations that are away.

use crate::support::{
    CT, EXPLICIT, IMPLICIT, Peer, Recorder, Talk, echo_command, handlers, open_config, parsed, pdata,
};
use async_trait::async_trait;
use dicom::scan::{Limits, scan_dataset};
use dicom::tag;
use dimse::ae::AeTitle;
use dimse::command::{Command, Writer, element, field};
use dimse::pdu::association::{Accept, Proposed, Role, read_accept, write_request_as};
use dimse::scp::query::{Answers, DataSet, QueryHandler, QueryRequest, Retrieval, Retrieved};
use dimse::scp::{Config, Handlers, Reception, Server, StoreHandler, StoreRequest, StoreStatus};
use std::io::Cursor;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

const STUDY_FIND: &str = "1.2.840.10008.5.1.4.1.2.2.1";
const STUDY_MOVE: &str = "1.2.840.10008.5.1.4.1.2.2.2";
const STUDY_GET: &str = "1.2.840.10008.5.1.4.1.2.2.3";
const MR: &str = "1.2.840.10008.5.1.4.1.1.4";
const LEVEL: &[u8] = &[8, 0, 0x52, 0, 6, 0, 0, 0, b'S', b'T', b'U', b'D', b'Y', b' '];

/// Answers as told, for ever when `answers` is `None`.
#[derive(Default)]
struct Kept {
    answers: Option<usize>,
    ignores: bool,
    instances: Vec<Retrieved>,
    address: Option<String>,
    asked: Mutex<Vec<QueryRequest>>,
}

struct Counting(Option<usize>, bool);

#[async_trait]
impl Answers for Counting {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreStatus> {
        tokio::task::yield_now().await;
        match &mut self.0 {
            Some(0) => return Ok(None),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(Some(LEVEL.to_vec()))
    }

    fn ignores_keys(&self) -> bool {
        self.1
    }
}

struct Given(Vec<Retrieved>);

#[async_trait]
impl Retrieval for Given {
    fn instances(&self) -> &[Retrieved] {
        &self.0
    }

    async fn open(&mut self, index: usize, _: &str) -> Option<DataSet> {
        let bytes = vec![index as u8; 40_000];
        Some(DataSet { length: bytes.len() as u64, bytes: Box::new(Cursor::new(bytes)) })
    }
}

#[async_trait]
impl QueryHandler for Kept {
    async fn find(&self, request: QueryRequest) -> Result<Box<dyn Answers>, StoreStatus> {
        self.asked.lock().unwrap().push(request);
        Ok(Box::new(Counting(self.answers, self.ignores)))
    }

    async fn retrieve(&self, request: QueryRequest) -> Result<Box<dyn Retrieval>, StoreStatus> {
        self.asked.lock().unwrap().push(request);
        Ok(Box::new(Given(self.instances.clone())))
    }

    fn address(&self, destination: &AeTitle) -> Option<String> {
        self.address.clone().filter(|_| destination.as_str() == "DEST")
    }
}

fn instances(count: usize) -> Vec<Retrieved> {
    let one = |n| Retrieved {
        sop_class_uid: CT.into(),
        sop_instance_uid: format!("1.2.3.{n}"),
        transfer_syntax_uid: EXPLICIT.into(),
    };
    (1..=count).map(one).collect()
}

/// An association with contexts 1 (`class`) and 3 (CT), the peer providing the storage of CT when `role`.
async fn asking(kept: &Arc<Kept>, class: &str, role: bool, extended: bool) -> (Talk, Accept) {
    let recorder = Arc::new(Recorder::default());
    let handlers = Handlers { queries: Some(Arc::clone(kept) as _), ..handlers(&recorder) };
    let server = Server::new(Config { offers_queries: true, ..open_config() }, handlers).unwrap();
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stop, stopped) = watch::channel(false);
    let address = crate::support::PEER.parse().unwrap();
    let server = tokio::spawn(async move { server.converse(theirs, address, stopped).await });
    let mut talk = Talk { peer: Peer { stream: ours }, server, stop, recorder };
    let context = |id, class: &str, syntaxes: &[&str]| Proposed {
        id,
        abstract_syntax: class.into(),
        transfer_syntaxes: syntaxes.iter().map(|uid| (*uid).to_owned()).collect(),
    };
    let contexts = vec![
        context(1, class, &[IMPLICIT]),
        context(3, CT, &[IMPLICIT, EXPLICIT]),
        context(5, dimse::VERIFICATION_SOP_CLASS, &[IMPLICIT]),
    ];
    let roles = Role { sop_class_uid: CT.into(), scu: false, scp: true };
    let roles = if role { vec![roles] } else { vec![] };
    let mut request = write_request_as(("MODALITY", "ARCHIVE"), contexts, 16_384, &roles).unwrap();
    if extended {
        add_extended(&mut request, class, &[1, 1, 1, 1, 1]);
    }
    talk.peer.send(&request).await;
    let (kind, body) = talk.peer.expect().await;
    assert_eq!(kind, 2);
    (talk, read_accept(&body.into()).unwrap())
}

/// Adds a SOP Class Extended Negotiation item at the end of the user information, which comes last.
fn add_extended(request: &mut Vec<u8>, class: &str, information: &[u8]) {
    let mut item = vec![0x56, 0];
    item.extend_from_slice(&(2 + class.len() as u16 + information.len() as u16).to_be_bytes());
    item.extend_from_slice(&(class.len() as u16).to_be_bytes());
    item.extend_from_slice(class.as_bytes());
    item.extend_from_slice(information);
    let user = request.windows(4).rposition(|w| w[0] == 0x50 && w[1] == 0).unwrap();
    let length = u16::from_be_bytes([request[user + 2], request[user + 3]]) + item.len() as u16;
    request[user + 2..user + 4].copy_from_slice(&length.to_be_bytes());
    request.extend_from_slice(&item);
    let whole = (request.len() - 6) as u32;
    request[2..6].copy_from_slice(&whole.to_be_bytes());
}

fn ask(command: u16, class: &str, destination: Option<&str>) -> Vec<u8> {
    let mut writer = Writer::request(command, 7, class);
    if let Some(destination) = destination {
        writer = writer.text(element::MOVE_DESTINATION, destination, b' ');
    }
    let command = writer.number(element::PRIORITY, 0).number(element::DATA_SET_TYPE, 1).finish();
    [pdata(1, true, true, &command), pdata(1, false, true, LEVEL)].concat()
}

/// C-CANCEL of message 7: it has no id of its own (PS3.7 §9.3.2.3).
fn cancel() -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 0, 4, 0, 0, 0, 20, 0, 0, 0];
    for (number, value) in [(0x0100_u16, 0x0FFF_u16), (0x0120, 7)] {
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(&number.to_le_bytes());
        bytes.extend_from_slice(&[2, 0, 0, 0]);
        bytes.extend_from_slice(&value.to_le_bytes());
    }
    bytes.extend_from_slice(&[0, 0, 0, 8, 2, 0, 0, 0, 1, 1]);
    bytes[8] = (bytes.len() - 12) as u8;
    pdata(1, true, true, &bytes)
}

impl Peer {
    /// The next message, whatever it is: command and data set.
    async fn expect_message(&mut self) -> (Command, Vec<u8>) {
        let command = parsed(&self.expect_response().await);
        let mut data = Vec::new();
        let mut more = command.has_data_set;
        while more {
            let (kind, body) = self.expect().await;
            assert_eq!((kind, body[5] & 1), (4, 0));
            data.extend_from_slice(&body[6..]);
            more = body[5] & 2 == 0;
        }
        (command, data)
    }

    async fn answer_store(&mut self, command: &Command, status: u16) {
        let response = Writer::response(command, status, "").finish();
        self.send(&pdata(3, true, true, &response)).await;
    }

    async fn expect_usable(&mut self) {
        self.send(&pdata(5, true, true, &echo_command(9))).await;
        assert_eq!(self.expect_status().await, 0);
        self.release().await;
    }
}

fn counts(command: &Command) -> [Option<u16>; 4] {
    [element::REMAINING, element::COMPLETED, element::FAILED, element::WARNING].map(|number| command.us(number))
}

fn named(data: &[u8]) -> Vec<String> {
    let scanned = scan_dataset(data, IMPLICIT, &Limits::default()).unwrap();
    scanned.dataset().texts(tag::FAILED_SOP_INSTANCE_UID_LIST, &dicom::charset::CharacterSet::default())
}

#[tokio::test]
async fn answers_of_a_find_come_one_by_one_and_a_last_word_ends_them() {
    for (ignores, pending) in [(false, 0xFF00), (true, 0xFF01)] {
        let kept = Arc::new(Kept { answers: Some(3), ignores, ..Kept::default() });
        let (mut talk, _) = asking(&kept, STUDY_FIND, false, false).await;
        talk.peer.send(&ask(field::C_FIND_RQ, STUDY_FIND, None)).await;
        for _ in 0..3 {
            let (command, data) = talk.peer.expect_message().await;
            assert_eq!((command.status, data.as_slice()), (Some(pending), LEVEL));
        }
        let (last, _) = talk.peer.expect_message().await;
        assert_eq!((last.status, last.has_data_set), (Some(0), false));
        talk.peer.expect_usable().await;
        talk.server.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_find_without_end_ends_when_it_is_cancelled_and_the_association_lives_on() {
    let kept = Arc::new(Kept::default());
    let (mut talk, _) = asking(&kept, STUDY_FIND, false, false).await;
    talk.peer.send(&ask(field::C_FIND_RQ, STUDY_FIND, None)).await;
    talk.peer.expect_message().await;
    talk.peer.send(&cancel()).await;
    loop {
        let (command, _) = talk.peer.expect_message().await;
        match command.status {
            Some(0xFF00) => {}
            status => {
                assert_eq!((status, command.has_data_set), (Some(0xFE00), false));
                break;
            }
        }
    }
    talk.peer.expect_usable().await;
}

#[tokio::test]
async fn a_cancel_in_the_same_breath_as_its_query_gets_no_answers() {
    let kept = Arc::new(Kept::default());
    let (mut talk, _) = asking(&kept, STUDY_FIND, false, false).await;
    let both = [ask(field::C_FIND_RQ, STUDY_FIND, None), cancel()].concat();
    talk.peer.send(&both).await;
    while talk.peer.expect_message().await.0.status == Some(0xFF00) {}
    talk.peer.expect_usable().await;
}

#[tokio::test]
async fn what_is_asked_out_of_turn_or_of_another_context_is_refused() {
    let kept = Arc::new(Kept { answers: Some(1), ..Kept::default() });
    let (mut talk, _) = asking(&kept, STUDY_FIND, false, false).await;
    talk.peer.send(&ask(field::C_MOVE_RQ, STUDY_MOVE, Some("DEST"))).await;
    assert_eq!(talk.peer.expect_status().await, 0x0122);
    talk.peer.send(&ask(field::C_FIND_RQ, STUDY_MOVE, None)).await;
    assert_eq!(talk.peer.expect_status().await, 0x0122);
    talk.peer.expect_usable().await;
    let (mut talk, _) = asking(&Arc::new(Kept::default()), STUDY_FIND, false, false).await;
    talk.peer.send(&ask(field::C_FIND_RQ, STUDY_FIND, None)).await;
    talk.peer.expect_message().await;
    talk.peer.send(&pdata(5, true, true, &echo_command(9))).await;
    while talk.peer.expect().await.0 == 4 {}
    assert!(talk.server.await.unwrap().is_err());
}

/// PS3.4 §C.5.1.1: instants and likeness are agreed to, the rest is not.
#[tokio::test]
async fn of_extended_negotiation_what_is_done_is_agreed() {
    let kept = Arc::new(Kept { answers: Some(0), ..Kept::default() });
    let (mut talk, accept) = asking(&kept, STUDY_FIND, false, true).await;
    assert_eq!(accept.extended, [(STUDY_FIND.to_owned(), vec![0, 1, 1, 0, 0])]);
    talk.peer.send(&ask(field::C_FIND_RQ, STUDY_FIND, None)).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    let asked = kept.asked.lock().unwrap();
    assert!(asked[0].combined && asked[0].fuzzy);
}

#[tokio::test]
async fn one_refusal_in_a_get_stops_none_of_the_others_and_is_named() {
    let kept = Arc::new(Kept { instances: instances(3), ..Kept::default() });
    let (mut talk, accept) = asking(&kept, STUDY_GET, true, false).await;
    assert!(accept.roles[0].scp && !accept.roles[0].scu);
    talk.peer.send(&ask(field::C_GET_RQ, STUDY_GET, None)).await;
    for (n, status) in [(1_u16, 0_u16), (2, 0xA700), (3, 0xB000)] {
        let (store, data) = talk.peer.expect_message().await;
        assert_eq!(store.command_field, field::C_STORE_RQ);
        assert_eq!((store.uid(element::AFFECTED_SOP_INSTANCE), data.len()), (Some(&*format!("1.2.3.{n}")), 40_000));
        talk.peer.answer_store(&store, status).await;
        if n < 3 {
            let (pending, _) = talk.peer.expect_message().await;
            assert_eq!((pending.status, counts(&pending)[0]), (Some(0xFF00), Some(3 - n)));
        }
    }
    let (last, data) = talk.peer.expect_message().await;
    assert_eq!((last.status, counts(&last)), (Some(0xB000), [None, Some(1), Some(1), Some(1)]));
    assert_eq!(named(&data), ["1.2.3.2"]);
    talk.peer.expect_usable().await;
}

#[tokio::test]
async fn a_get_sends_nothing_to_a_peer_that_is_no_provider_nor_in_a_class_it_lacks() {
    let kept = Arc::new(Kept { instances: instances(2), ..Kept::default() });
    let (mut talk, _) = asking(&kept, STUDY_GET, false, false).await;
    talk.peer.send(&ask(field::C_GET_RQ, STUDY_GET, None)).await;
    let mut last = talk.peer.expect_message().await;
    while last.0.status == Some(0xFF00) {
        last = talk.peer.expect_message().await;
    }
    assert_eq!((last.0.status, named(&last.1).len()), (Some(0xA702), 2));
    let mut instances = instances(2);
    instances[0].sop_class_uid = MR.into();
    let kept = Arc::new(Kept { instances, ..Kept::default() });
    let (mut talk, _) = asking(&kept, STUDY_GET, true, false).await;
    talk.peer.send(&ask(field::C_GET_RQ, STUDY_GET, None)).await;
    assert_eq!(counts(&talk.peer.expect_message().await.0), [Some(1), Some(0), Some(1), Some(0)]);
    let (store, _) = talk.peer.expect_message().await;
    talk.peer.answer_store(&store, 0).await;
    assert_eq!(talk.peer.expect_message().await.0.status, Some(0xB000));
}

#[tokio::test]
async fn a_cancelled_get_sends_no_more() {
    let kept = Arc::new(Kept { instances: instances(5), ..Kept::default() });
    let (mut talk, _) = asking(&kept, STUDY_GET, true, false).await;
    talk.peer.send(&ask(field::C_GET_RQ, STUDY_GET, None)).await;
    let (store, _) = talk.peer.expect_message().await;
    talk.peer.send(&cancel()).await;
    talk.peer.answer_store(&store, 0).await;
    let (last, _) = talk.peer.expect_message().await;
    assert_eq!((last.status, counts(&last)), (Some(0xFE00), [Some(4), Some(1), Some(0), Some(0)]));
    talk.peer.expect_usable().await;
}

/// A destination that refuses one instance, and answers only when it is let.
struct Destination {
    got: Mutex<Vec<String>>,
    refuses: &'static str,
    may_answer: Semaphore,
}

struct Taking(Arc<Destination>, String);

struct Taken(Arc<Destination>);

#[async_trait]
impl StoreHandler for Taken {
    async fn begin(&self, request: StoreRequest) -> Result<Box<dyn Reception>, StoreStatus> {
        self.0.got.lock().unwrap().push(request.sop_instance_uid.clone());
        Ok(Box::new(Taking(Arc::clone(&self.0), request.sop_instance_uid)))
    }
}

#[async_trait]
impl Reception for Taking {
    async fn write(&mut self, _: bytes::Bytes) -> Result<(), StoreStatus> {
        Ok(())
    }

    async fn finish(self: Box<Self>) -> StoreStatus {
        self.0.may_answer.acquire().await.unwrap().forget();
        if self.1 == self.0.refuses { StoreStatus::out_of_resources("") } else { StoreStatus::success() }
    }
}

async fn destination(permits: usize, refuses: &'static str) -> (Arc<Destination>, String) {
    let destination = Arc::new(Destination { got: Mutex::default(), refuses, may_answer: Semaphore::new(permits) });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let store = Arc::new(Taken(Arc::clone(&destination)));
    let handlers = Handlers { store, observer: None, ..handlers(&Arc::new(Recorder::default())) };
    tokio::spawn(Server::serve(listener, open_config(), handlers, std::future::pending()));
    (destination, address)
}

async fn moved(kept: &Arc<Kept>, to: &str) -> (Talk, Command, Vec<u8>) {
    let (mut talk, _) = asking(kept, STUDY_MOVE, false, false).await;
    talk.peer.send(&ask(field::C_MOVE_RQ, STUDY_MOVE, Some(to))).await;
    loop {
        let (command, data) = talk.peer.expect_message().await;
        if command.status != Some(0xFF00) {
            return (talk, command, data);
        }
    }
}

#[tokio::test]
async fn one_refusal_of_a_destination_stops_none_of_the_others_and_is_named() {
    let (there, address) = destination(100, "1.2.3.2").await;
    let kept = Arc::new(Kept { instances: instances(4), address: Some(address), ..Kept::default() });
    let (mut talk, last, data) = moved(&kept, "DEST").await;
    assert_eq!((last.status, counts(&last)), (Some(0xB000), [None, Some(3), Some(1), Some(0)]));
    assert_eq!((named(&data), there.got.lock().unwrap().len()), (vec!["1.2.3.2".to_owned()], 4));
    talk.peer.expect_usable().await;
}

#[tokio::test]
async fn a_destination_unknown_or_away_is_said_and_the_association_lives_on() {
    let kept = Arc::new(Kept { instances: instances(2), address: Some("127.0.0.1:9".into()), ..Kept::default() });
    let (mut talk, last, data) = moved(&kept, "DEST").await;
    assert_eq!((last.status, counts(&last), named(&data).len()), (Some(0xA702), [None, Some(0), Some(2), Some(0)], 2));
    talk.peer.expect_usable().await;
    let (mut talk, last, _) = moved(&kept, "ELSEWHERE").await;
    assert_eq!(last.status, Some(0xA801));
    talk.peer.expect_usable().await;
    assert_eq!(kept.asked.lock().unwrap().len(), 1, "nothing is looked for when nobody can receive it");
}

/// Case 7.
#[tokio::test]
async fn a_cancelled_move_sends_no_more_releases_and_the_next_one_works() {
    let (there, address) = destination(0, "").await;
    let kept = Arc::new(Kept { instances: instances(500), address: Some(address), ..Kept::default() });
    let (mut talk, _) = asking(&kept, STUDY_MOVE, false, false).await;
    talk.peer.send(&ask(field::C_MOVE_RQ, STUDY_MOVE, Some("DEST"))).await;
    there.may_answer.add_permits(9);
    for _ in 0..9 {
        assert_eq!(talk.peer.expect_message().await.0.status, Some(0xFF00));
    }
    talk.peer.send(&cancel()).await;
    // The tenth is on its way: it may still be answered, no other follows.
    there.may_answer.add_permits(1);
    let mut last = talk.peer.expect_message().await.0;
    while last.status == Some(0xFF00) {
        there.may_answer.add_permits(1);
        last = talk.peer.expect_message().await.0;
    }
    let sent = there.got.lock().unwrap().len();
    assert_eq!((last.status, counts(&last)[0].unwrap() > 400), (Some(0xFE00), true));
    there.may_answer.add_permits(1000);
    talk.peer.expect_usable().await;
    assert_eq!(there.got.lock().unwrap().len(), sent);
    let (_, last, _) =
        moved(&Arc::new(Kept { instances: instances(3), address: kept.address.clone(), ..Kept::default() }), "DEST")
            .await;
    assert_eq!((last.status, there.got.lock().unwrap().len()), (Some(0), sent + 3));
}
