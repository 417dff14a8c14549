//! The listener, over real and in-memory streams.

use crate::msh;
use async_trait::async_trait;
use bytes::Bytes;
use hl7::message::{Limits, Message, ParseError};
use hl7::mllp::{
    AllowList, Answer, ClientError, Handler, Peer, ServerSettings, codec::frame, send, serve, serve_stream,
};
use hl7::{Ack, Event};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Default)]
struct Recorder {
    seen: Mutex<Vec<String>>,
    unreadable: Mutex<Vec<ParseError>>,
}

#[async_trait]
impl Handler for Recorder {
    async fn handle(&self, _peer: &Peer, raw: Bytes, message: Message) -> Ack {
        assert!(raw.starts_with(b"MSH"));
        self.seen.lock().unwrap().push(message.control_id());
        Event::read(&message).map_or_else(Ack::from, |_| Ack::accept())
    }

    async fn unreadable(&self, _peer: &Peer, error: ParseError) {
        self.unreadable.lock().unwrap().push(error);
    }
}

fn settings() -> ServerSettings {
    let limits = Limits { message_bytes: 10_000, segments: 100 };
    ServerSettings { limits, ..ServerSettings::new(Arc::new(|| OffsetDateTime::UNIX_EPOCH)) }
}

fn peer() -> Peer {
    Peer { address: SocketAddr::from(([127, 0, 0, 1], 1)), certified: None }
}

/// A server on one end of a pipe; the other end and what it saw.
fn link() -> (DuplexStream, Arc<Recorder>, watch::Sender<bool>) {
    link_of(1 << 16)
}

fn link_of(width_bytes: usize) -> (DuplexStream, Arc<Recorder>, watch::Sender<bool>) {
    let (ours, theirs) = tokio::io::duplex(width_bytes);
    let recorder = Arc::new(Recorder::default());
    let (stop, told) = watch::channel(false);
    tokio::spawn(serve_stream(theirs, peer(), recorder.clone(), settings(), told));
    (ours, recorder, stop)
}

fn adt(control_id: &str, tail: &str) -> Vec<u8> {
    format!("{}\rPID|1||7^^^H||{tail}\r", msh("ADT^A04").replace("|42|", &format!("|{control_id}|"))).into_bytes()
}

/// Everything that the server says until it closes, as (code, control id).
async fn answers(mut stream: DuplexStream) -> Vec<(String, String)> {
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let frames = all.split(|&byte| byte == 0x0b).filter(|frame| !frame.is_empty());
    let messages = frames.map(|frame| Message::parse(&frame[..frame.len() - 2], &Limits::default()).unwrap());
    messages.map(|m| (m.first("MSA").field(1).text(), m.first("MSA").field(2).text())).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(code, id)| ((*code).to_owned(), (*id).to_owned())).collect()
}

#[tokio::test]
async fn case_17_each_answer_carries_its_own_control_id_and_the_link_stays_open() {
    let (mut stream, recorder, _stop) = link();
    let bad = frame(&adt("M1", "page\u{c}break\rnot a segment"));
    let good = frame(&adt("M2", "DUPONT\u{c}"));
    stream.write_all(&[bad.as_slice(), &good].concat()).await.unwrap();
    let cut = frame(&adt("M3", "DUPONT"));
    let (head, tail) = cut.split_at(cut.len() - 1);
    stream.write_all(head).await.unwrap();
    stream.write_all(tail).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(answers(stream).await, pairs(&[("AE", "M1"), ("AA", "M2"), ("AA", "M3")]));
    assert_eq!(*recorder.seen.lock().unwrap(), ["M2", "M3"]);
    assert_eq!(*recorder.unreadable.lock().unwrap(), [ParseError::SegmentName { number: 3 }]);
}

#[tokio::test]
async fn a_message_refused_by_its_content_is_ae_and_by_its_type_ar() {
    let (mut stream, _, _stop) = link();
    let itself = format!("{}\rPID|1||7^^^H\rMRG|7^^^H\r", msh("ADT^A40"));
    let unknown = msh("QBP^Q22");
    stream.write_all(&[frame(itself.as_bytes()), frame(unknown.as_bytes())].concat()).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(answers(stream).await, pairs(&[("AE", "42"), ("AR", "42")]));
}

#[tokio::test]
async fn d01_a_frame_over_the_limit_is_refused_and_the_link_closed() {
    let (mut stream, recorder, _stop) = link();
    let long = [frame(&adt("M1", "A")), vec![0x0b], adt("M2", &"A".repeat(20_000))].concat();
    stream.write_all(&long).await.unwrap();
    assert_eq!(answers(stream).await, pairs(&[("AA", "M1"), ("AR", "M2")]));
    assert_eq!(*recorder.seen.lock().unwrap(), ["M1"]);
}

#[tokio::test]
async fn d01_a_message_without_end_is_refused_when_the_peer_closes() {
    let (mut stream, recorder, _stop) = link();
    stream.write_all(b"\x0bMSH|^~\\&|RIS|C|N|G|20261125||ADT^A04|M1|P|2.5\rPID|1||7").await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(answers(stream).await, pairs(&[("AR", "M1")]));
    assert!(recorder.seen.lock().unwrap().is_empty(), "half a message is never handled");
}

#[tokio::test]
async fn d01_a_message_begun_again_refuses_the_first_and_handles_the_second() {
    let (mut stream, recorder, _stop) = link();
    let again = [vec![0x0b], adt("M1", "half"), frame(&adt("M2", "DUPONT"))].concat();
    stream.write_all(&again).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(answers(stream).await, pairs(&[("AR", "M1"), ("AA", "M2")]));
    assert_eq!(*recorder.seen.lock().unwrap(), ["M2"]);
}

#[tokio::test]
async fn another_protocol_is_closed_without_an_answer() {
    let (mut stream, recorder, _stop) = link();
    let bytes = b"GET / HTTP/1.1\r\n".repeat(10_000);
    let _ = stream.write_all(&bytes).await;
    assert_eq!(answers(stream).await, []);
    assert!(recorder.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_stop_lets_the_message_in_hand_end() {
    // A pipe this narrow takes the head only when the server has read some of it.
    let (mut stream, recorder, stop) = link_of(16);
    let whole = frame(&adt("M1", "DUPONT"));
    let (head, tail) = whole.split_at(20);
    stream.write_all(head).await.unwrap();
    stop.send(true).unwrap();
    stream.write_all(tail).await.unwrap();
    assert_eq!(answers(stream).await, pairs(&[("AA", "M1")]));
    assert_eq!(*recorder.seen.lock().unwrap(), ["M1"]);
}

#[tokio::test(start_paused = true)]
async fn a_silent_link_is_closed_in_time() {
    let (mut stream, _, _stop) = link();
    stream.write_all(b"\x0bMSH|").await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
}

async fn listener(allowed: AllowList) -> (SocketAddr, watch::Sender<bool>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, told) = watch::channel(false);
    let handler = Arc::new(Recorder::default());
    (address, stop, tokio::spawn(serve(listener, allowed, handler, settings(), told)))
}

#[tokio::test]
async fn a_client_sends_over_tcp_and_reads_its_answer() {
    let (address, stop, served) = listener(AllowList::nobody().allow(IpAddr::V4(Ipv4Addr::LOCALHOST), 32)).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = send(&mut stream, &adt("M1", "DUPONT")).await.unwrap();
    assert_eq!((answer.code.as_str(), answer.control_id.as_str(), answer.is_accepted()), ("AA", "M1", true));
    let refused: Answer = send(&mut stream, msh("QBP^Q22").as_bytes()).await.unwrap();
    assert_eq!((refused.code.as_str(), refused.error.as_deref()), ("AR", Some("200")));
    stop.send(true).unwrap();
    served.await.unwrap();
}

#[tokio::test]
async fn d02_an_address_outside_the_list_is_closed_unheard() {
    let (address, _stop, _served) =
        listener(AllowList::nobody().allow(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8)).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = send(&mut stream, &adt("M1", "DUPONT")).await;
    assert!(matches!(answer, Err(ClientError::Closed | ClientError::Io(_))));
}

#[tokio::test]
async fn a_client_takes_only_the_answer_to_its_own_message() {
    let (mut ours, mut theirs) = tokio::io::duplex(1 << 16);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        let _ = theirs.read(&mut buffer).await;
        theirs.write_all(&frame(b"MSH|^~\\&|A|B|C|D|20261125||ACK|1|P|2.5\rMSA|AA|OTHER\r")).await.unwrap();
    });
    let answer = send(&mut ours, &adt("M1", "DUPONT")).await;
    assert!(matches!(answer, Err(ClientError::NotAnAnswer)));
}

#[test]
fn the_list_of_addresses_knows_networks_and_mapped_addresses() {
    let list = AllowList::nobody().allow("10.1.0.0".parse().unwrap(), 16).allow("fd00::".parse().unwrap(), 8);
    for (address, allowed) in
        [("10.1.2.3", true), ("10.2.0.1", false), ("::ffff:10.1.2.3", true), ("fd12::1", true), ("fe80::1", false)]
    {
        assert_eq!(list.allows(address.parse().unwrap()), allowed, "{address}");
    }
    assert!(!AllowList::nobody().allows("127.0.0.1".parse().unwrap()));
    assert!(AllowList::nobody().allow("0.0.0.0".parse().unwrap(), 0).allows("8.8.8.8".parse().unwrap()));
}
