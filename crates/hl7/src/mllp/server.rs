//! Serves MLLP: an address outside the list is closed unheard; every frame gets exactly one answer, in
//! order; a message that cannot be read is answered and the link stays open.

use super::codec::{Decoder, Frame, FrameError, frame};
use crate::ack::Ack;
use crate::message::{Limits, Message, ParseError};
use async_trait::async_trait;
use bytes::Bytes;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Who is at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// The name its certificate proves, over TLS.
    pub certified: Option<String>,
}

/// What the door does with a message. It returns only when the message is durable (AA) or surely not.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// A message that parses. `raw` are its bytes as received, without frame.
    async fn handle(&self, peer: &Peer, raw: Bytes, message: Message) -> Ack;
    /// Bytes that are no message, already answered for: a line in the peer's health.
    async fn unreadable(&self, _peer: &Peer, _error: ParseError) {}
}

/// Addresses that may connect: single ones or networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowList(Vec<(IpAddr, u8)>);

impl AllowList {
    /// Nobody.
    pub fn nobody() -> Self {
        Self::default()
    }

    /// Adds a network: an address and the length of its prefix (32 or 128 for a single address).
    pub fn allow(mut self, network: IpAddr, prefix: u8) -> Self {
        self.0.push((network.to_canonical(), prefix));
        self
    }

    /// Whether an address may connect.
    pub fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|&(network, prefix)| match (network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                same(network.to_bits().into(), address.to_bits().into(), 32, prefix)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => same(network.to_bits(), address.to_bits(), 128, prefix),
            _ => false,
        })
    }
}

fn same(network: u128, address: u128, bits: u32, prefix: u8) -> bool {
    let host = bits.saturating_sub(prefix.into());
    network.checked_shr(host).unwrap_or(0) == address.checked_shr(host).unwrap_or(0)
}

/// How to serve.
#[derive(Clone)]
pub struct ServerSettings {
    /// Limits of a message.
    pub limits: Limits,
    /// Connections at a time.
    pub connections: usize,
    /// How long a frame that has begun may take to go on.
    pub stalled: Duration,
    /// How long a link may be silent between frames.
    pub idle: Duration,
    /// The time that answers are stamped with.
    pub now: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>,
}

impl ServerSettings {
    /// The usual limits, with this clock.
    pub fn new(now: Arc<dyn Fn() -> OffsetDateTime + Send + Sync>) -> Self {
        let (stalled, idle) = (Duration::from_secs(60), Duration::from_secs(3600));
        Self { limits: Limits::default(), connections: 128, stalled, idle, now }
    }
}

/// Serves a listener until `shutdown` turns true, then lets each link finish the message in hand.
pub async fn serve(
    listener: TcpListener,
    allowed: AllowList,
    handler: Arc<dyn Handler>,
    settings: ServerSettings,
    mut shutdown: watch::Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(settings.connections));
    let mut links = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = told(&mut shutdown) => break,
            Some(_) = links.join_next(), if !links.is_empty() => continue,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, address)) = accepted else {
            // Out of file descriptors: links that end give some back.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        if !allowed.allows(address.ip()) {
            tracing::warn!(peer = %address.ip(), "mllp connection refused: address not allowed");
            continue;
        }
        let Ok(permit) = room.clone().try_acquire_owned() else {
            tracing::warn!(peer = %address.ip(), "mllp connection refused: too many connections");
            continue;
        };
        let (handler, settings, shutdown) = (handler.clone(), settings.clone(), shutdown.clone());
        links.spawn(async move {
            let peer = Peer { address, certified: None };
            if let Err(error) = serve_stream(stream, peer, handler, settings, shutdown).await {
                tracing::info!(peer = %address.ip(), %error, "mllp link ended");
            }
            drop(permit);
        });
    }
    while links.join_next().await.is_some() {}
}

/// Why a link ended other than by the peer's or our own will.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The stream failed.
    #[error("mllp stream: {0}")]
    Io(#[from] std::io::Error),
    /// Framing is lost.
    #[error("mllp framing: {0}")]
    Frame(#[from] FrameError),
    /// Nothing came for too long.
    #[error("mllp peer silent for too long")]
    Silent,
}

/// Serves one stream, plain or TLS.
pub async fn serve_stream<S>(
    mut stream: S,
    peer: Peer,
    handler: Arc<dyn Handler>,
    settings: ServerSettings,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), LinkError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut decoder = Decoder::new(settings.limits.message_bytes);
    let mut buffer = vec![0; 64 << 10];
    loop {
        while let Some(found) = decoder.next_frame() {
            let answer = answer(found, &peer, handler.as_ref(), &settings).await;
            stream.write_all(&frame(&answer)).await?;
            stream.flush().await?;
        }
        let patience = if decoder.is_inside() { settings.stalled } else { settings.idle };
        let count = tokio::select! {
            () = told(&mut shutdown), if !decoder.is_inside() => return Ok(()),
            read = within(patience, stream.read(&mut buffer)) => read?,
        };
        let pushed = match count {
            0 => decoder.finish(),
            count => decoder.push(buffer.get(..count).unwrap_or(&[])),
        };
        if let Err(error) = pushed {
            refuse(&mut stream, &mut decoder, error, &peer, handler.as_ref(), &settings).await?;
            return Err(error.into());
        }
        if count == 0 {
            while let Some(found) = decoder.next_frame() {
                let answer = answer(found, &peer, handler.as_ref(), &settings).await;
                stream.write_all(&frame(&answer)).await?;
            }
            stream.flush().await?;
            return Ok(());
        }
    }
}

/// The frames that came whole before framing was lost are answered; the broken one is refused.
async fn refuse<S>(
    stream: &mut S,
    decoder: &mut Decoder,
    error: FrameError,
    peer: &Peer,
    handler: &dyn Handler,
    settings: &ServerSettings,
) -> Result<(), LinkError>
where
    S: AsyncWrite + Unpin + Send,
{
    while let Some(found) = decoder.next_frame() {
        let answer = answer(found, peer, handler, settings).await;
        stream.write_all(&frame(&answer)).await?;
    }
    if decoder.is_inside() {
        let ack = match error {
            FrameError::TooLong { .. } => Ack::reject(207, "message too large"),
            FrameError::Unfinished | FrameError::NoFrames => Ack::reject(100, "message without end"),
        };
        let head = decoder.partial().get(..decoder.partial().len().min(4096)).unwrap_or(&[]);
        let answer = ack.render_blind(head, (settings.now)(), &next_id(settings));
        stream.write_all(&frame(&answer)).await?;
    }
    stream.flush().await?;
    Ok(())
}

async fn answer(found: Frame, peer: &Peer, handler: &dyn Handler, settings: &ServerSettings) -> Vec<u8> {
    let raw = match found {
        Frame::Message(raw) => raw,
        Frame::CutShort(raw) => {
            let ack = Ack::reject(100, "message without end");
            return ack.render_blind(&raw, (settings.now)(), &next_id(settings));
        }
    };
    match Message::parse(&raw, &settings.limits) {
        Ok(message) => {
            let asked = message.header_only();
            let ack = handler.handle(peer, Bytes::from(raw), message).await;
            ack.render(&asked, (settings.now)(), &next_id(settings))
        }
        Err(error) => {
            handler.unreadable(peer, error).await;
            Ack::from(error).render_blind(&raw, (settings.now)(), &next_id(settings))
        }
    }
}

/// A control id of our own: unique in this process, and by its second across restarts.
fn next_id(settings: &ServerSettings) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}", (settings.now)().unix_timestamp(), count % 100_000_000)
}

async fn told(shutdown: &mut watch::Receiver<bool>) {
    // A dropped sender never tells: the listener then lives as long as its task.
    if shutdown.wait_for(|&stop| stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}

async fn within<F>(patience: Duration, read: F) -> Result<usize, LinkError>
where
    F: Future<Output = std::io::Result<usize>>,
{
    match tokio::time::timeout(patience, read).await {
        Ok(read) => Ok(read?),
        Err(_) => Err(LinkError::Silent),
    }
}
