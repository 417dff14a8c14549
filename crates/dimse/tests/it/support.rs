//! A recording store, a scripted peer, and the bytes they exchange.

use async_trait::async_trait;
use bytes::Bytes;
use dimse::ae::AeTitle;
use dimse::command::{NO_DATA_SET, Writer, element, field};
use dimse::pdu::association::{Proposed, write_request};
use dimse::pdu::data::single_value_header;
use dimse::peers::Peers;
use dimse::scp::{AssociationEvent, Config, Handlers, Observer, Reception, Server, StoreHandler, StoreRequest};
use dimse::scp::{StoreStatus, Summary};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub const CT: &str = "1.2.840.10008.5.1.4.1.1.2";
pub const VERIFICATION: &str = "1.2.840.10008.1.1";
pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub const IMPLICIT: &str = "1.2.840.10008.1.2";
pub const PEER: &str = "10.1.2.3:40000";

/// What a store saw.
#[derive(Default)]
pub struct Seen {
    pub begun: Vec<StoreRequest>,
    pub stored: Vec<Vec<u8>>,
    pub aborted: usize,
    pub events: Vec<AssociationEvent>,
}

/// A store in memory, that answers as told.
#[derive(Default)]
pub struct Recorder {
    pub seen: Mutex<Seen>,
    pub refuse_begin: Option<StoreStatus>,
    pub refuse_write: Option<StoreStatus>,
    pub finish_with: Option<StoreStatus>,
}

impl Recorder {
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

impl Observer for Recorder {
    fn observe(&self, event: AssociationEvent) {
        self.seen().events.push(event);
    }
}

/// The handler: a `Recorder` that receptions can share.
pub struct Shared(pub Arc<Recorder>);

#[async_trait]
impl StoreHandler for Shared {
    async fn begin(&self, request: StoreRequest) -> Result<Box<dyn Reception>, StoreStatus> {
        self.0.seen().begun.push(request);
        match &self.0.refuse_begin {
            Some(status) => Err(status.clone()),
            None => Ok(Box::new(Open { recorder: Arc::clone(&self.0), bytes: Vec::new(), finished: false })),
        }
    }
}

struct Open {
    recorder: Arc<Recorder>,
    bytes: Vec<u8>,
    finished: bool,
}

#[async_trait]
impl Reception for Open {
    async fn write(&mut self, slice: Bytes) -> Result<(), StoreStatus> {
        self.bytes.extend_from_slice(&slice);
        self.recorder.refuse_write.clone().map_or(Ok(()), Err)
    }

    async fn finish(mut self: Box<Self>) -> StoreStatus {
        self.finished = true;
        self.recorder.seen().stored.push(std::mem::take(&mut self.bytes));
        self.recorder.finish_with.clone().unwrap_or_else(StoreStatus::success)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.finished {
            self.recorder.seen().aborted += 1;
        }
    }
}

/// Settings that let anybody in.
pub fn open_config() -> Config {
    Config { peers: Peers::Anyone, ..Config::default() }
}

pub fn ae(title: &str) -> AeTitle {
    AeTitle::new(title).unwrap()
}

pub fn handlers(recorder: &Arc<Recorder>) -> Handlers {
    let store = Arc::new(Shared(Arc::clone(recorder)));
    let observer: Arc<dyn Observer> = Arc::clone(recorder) as Arc<dyn Observer>;
    Handlers {
        store,
        observer: Some(observer),
        commitments: None,
        provider: None,
        finds: Default::default(),
        steps: None,
        queries: None,
    }
}

/// A conversation under way: the peer's end, and the server's verdict to come.
pub struct Talk {
    pub peer: Peer,
    pub server: JoinHandle<Result<Summary, dimse::Error>>,
    pub stop: watch::Sender<bool>,
    pub recorder: Arc<Recorder>,
}

/// Opens a conversation with a server of these settings over a stream in memory.
pub fn talk(config: Config, recorder: Recorder) -> Talk {
    let recorder = Arc::new(recorder);
    let server = Server::new(config, handlers(&recorder)).unwrap();
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (stop, stopped) = watch::channel(false);
    let address: SocketAddr = PEER.parse().unwrap();
    let server = tokio::spawn(async move { server.converse(theirs, address, stopped).await });
    Talk { peer: Peer { stream: ours }, server, stop, recorder }
}

/// A talk whose association is open, contexts 1 (verification) and 3 (CT, explicit) accepted.
pub async fn associated(config: Config, recorder: Recorder) -> Talk {
    let mut talk = talk(config, recorder);
    talk.peer.associate(262_144).await;
    talk
}

/// A peer that follows a script.
pub struct Peer {
    pub stream: DuplexStream,
}

impl Peer {
    pub async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// The next PDU: its type and what follows its header.
    pub async fn expect(&mut self) -> (u8, Vec<u8>) {
        let mut header = [0; 6];
        self.stream.read_exact(&mut header).await.expect("a PDU was expected, the connection was closed");
        let mut body = vec![0; u32::from_be_bytes(header[2..].try_into().unwrap()) as usize];
        self.stream.read_exact(&mut body).await.unwrap();
        (header[0], body)
    }

    /// Nothing more comes, and the other side has closed.
    pub async fn expect_closed(&mut self) {
        let mut rest = Vec::new();
        let _ = self.stream.read_to_end(&mut rest).await;
        assert!(rest.is_empty(), "bytes before the end: {rest:?}");
    }

    /// An A-ABORT from the provider, then the end.
    pub async fn expect_provider_abort(&mut self) {
        let (kind, body) = self.expect().await;
        assert_eq!((kind, body[2]), (7, 2), "an A-ABORT from the provider was expected");
    }

    pub async fn associate(&mut self, max_pdu: u32) {
        self.send(&association_request(max_pdu)).await;
        assert_eq!(self.expect().await.0, 2, "the association was expected to be accepted");
    }

    /// Reads one response, over as many PDUs as it takes: its raw command set.
    pub async fn expect_response(&mut self) -> Vec<u8> {
        let mut command = Vec::new();
        loop {
            let (kind, body) = self.expect().await;
            assert_eq!(kind, 4, "a P-DATA was expected");
            command.extend_from_slice(&body[6..]);
            if body[5] & 2 != 0 {
                return command;
            }
        }
    }

    /// The status of the next response.
    pub async fn expect_status(&mut self) -> u16 {
        status(&self.expect_response().await)
    }

    pub async fn release(&mut self) {
        self.send(&dimse::pdu::RELEASE_REQUEST).await;
        assert_eq!(self.expect().await.0, 6, "a release response was expected");
    }
}

pub fn parsed(command: &[u8]) -> dimse::command::Command {
    dimse::command::Command::read(&Bytes::copy_from_slice(command)).unwrap()
}

pub fn status(command: &[u8]) -> u16 {
    parsed(command).status.unwrap()
}

pub fn proposed() -> Vec<Proposed> {
    let context = |id, class: &str, syntaxes: &[&str]| Proposed {
        id,
        abstract_syntax: class.to_owned(),
        transfer_syntaxes: syntaxes.iter().map(|&uid| uid.to_owned()).collect(),
    };
    vec![context(1, VERIFICATION, &[IMPLICIT]), context(3, CT, &[EXPLICIT, IMPLICIT])]
}

pub fn association_request(max_pdu: u32) -> Vec<u8> {
    write_request("MODALITY", "ARCHIVE", proposed(), max_pdu).unwrap()
}

/// An association request with these 16-byte title fields.
pub fn association_request_titled(called: &[u8; 16], calling: &[u8; 16]) -> Vec<u8> {
    let mut bytes = association_request(16_384);
    bytes[10..26].copy_from_slice(called);
    bytes[26..42].copy_from_slice(calling);
    bytes
}

/// One P-DATA-TF with one value.
pub fn pdata(context: u8, is_command: bool, is_last: bool, value: &[u8]) -> Vec<u8> {
    let mut bytes = single_value_header(context, is_command, is_last, value.len() as u32).to_vec();
    bytes.extend_from_slice(value);
    bytes
}

/// One presentation data value, without PDU header.
pub fn pdv(context: u8, is_command: bool, is_last: bool, value: &[u8]) -> Vec<u8> {
    pdata(context, is_command, is_last, value)[6..].to_vec()
}

/// A P-DATA-TF around these values.
pub fn pdu_of(values: &[Vec<u8>]) -> Vec<u8> {
    let body = values.concat();
    let mut bytes = vec![4, 0];
    bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
    bytes.extend_from_slice(&body);
    bytes
}

pub fn echo_command(message_id: u16) -> Vec<u8> {
    Writer::request(field::C_ECHO_RQ, message_id, VERIFICATION).number(element::DATA_SET_TYPE, NO_DATA_SET).finish()
}

pub fn store_command(message_id: u16, sop_instance_uid: &str) -> Vec<u8> {
    Writer::request(field::C_STORE_RQ, message_id, CT)
        .number(element::PRIORITY, 0)
        .number(element::DATA_SET_TYPE, 1)
        .text(element::AFFECTED_SOP_INSTANCE, sop_instance_uid, 0)
        .finish()
}
