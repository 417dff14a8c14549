//! One association over one stream: feeds the state machine, does what it says.

use crate::machine::{Effect, Event, Indication, Machine, Outgoing, State};
use crate::pdu::association::{Accept, Request, read_accept, read_request};
use crate::pdu::{self, AbortReason, Frame, Kind};
use crate::wire::{Arrival, Wire};
use crate::{Error, Phase};
use bytes::Bytes;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout, timeout_at};

/// What came from the peer, in terms of the service.
#[derive(Debug)]
pub(crate) enum Came {
    Request(Box<Request>),
    Accept(Accept),
    Data(Bytes),
    ReleaseRequested,
    ReleaseCollision,
    Released,
}

/// A stream, the machine that rules it, its timers.
pub(crate) struct Association<S> {
    wire: Wire<S>,
    machine: Machine,
    artim: Option<Instant>,
    artim_after: Duration,
    write_within: Duration,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Association<S> {
    /// The side that is asked: the connection has just come in, ARTIM runs.
    pub(crate) async fn acceptor(stream: S, max_data: u32, artim: Duration, write: Duration) -> Result<Self, Error> {
        let mut this = Self::new(stream, Machine::acceptor(), max_data, artim, write);
        this.step(Event::ConnectionArrived, &[]).await?;
        Ok(this)
    }

    /// The side that asks: sends `request` over a connection that is already open.
    pub(crate) async fn requestor(stream: S, max_data: u32, limit: Duration, request: &[u8]) -> Result<Self, Error> {
        let mut this = Self::new(stream, Machine::requestor(), max_data, limit, limit);
        this.step(Event::AssociateWanted, &[]).await?;
        this.step(Event::ConnectionConfirmed, request).await?;
        Ok(this)
    }

    fn new(stream: S, machine: Machine, max_data: u32, artim_after: Duration, write_within: Duration) -> Self {
        Self { wire: Wire::new(stream, max_data), machine, artim: None, artim_after, write_within }
    }

    /// Feeds one local or remote event to the machine and does what it answers; `pdu` is what is sent where
    /// the machine asks for a PDU that only the caller can write.
    pub(crate) async fn step(&mut self, event: Event, pdu: &[u8]) -> Result<Option<Indication>, Error> {
        self.step_for(event, pdu, AbortReason::UnexpectedPdu).await
    }

    async fn step_for(&mut self, event: Event, pdu: &[u8], reason: AbortReason) -> Result<Option<Indication>, Error> {
        let mut indication = None;
        for effect in self.machine.step(event).unwrap_or_default() {
            match effect {
                // The stream is opened by the caller: TCP, TLS and a test's duplex look alike from here.
                Effect::Connect => {}
                Effect::Send(Outgoing::ReleaseRequest) => self.send(&pdu::RELEASE_REQUEST).await?,
                Effect::Send(Outgoing::ReleaseResponse) => self.send(&pdu::RELEASE_RESPONSE).await?,
                Effect::Send(Outgoing::AbortByUser) => self.send(&pdu::abort(None)).await?,
                Effect::Send(Outgoing::AbortByProvider) => self.send(&pdu::abort(Some(reason))).await?,
                Effect::Send(_) => self.send(pdu).await?,
                Effect::Indicate(what) => indication = Some(*what),
                Effect::StartArtim => self.artim = Some(Instant::now() + self.artim_after),
                Effect::StopArtim => self.artim = None,
                Effect::Close => self.wire.close().await,
            }
        }
        Ok(indication)
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match timeout(self.write_within, self.wire.send(bytes)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.lost().await;
                Err(error.into())
            }
            Err(_) => {
                self.lost().await;
                Err(Error::TimedOut(Phase::Write))
            }
        }
    }

    /// The connection cannot be used any more: the machine learns that it is closed.
    async fn lost(&mut self) {
        self.machine.step(Event::ConnectionClosed);
        self.artim = None;
        self.wire.close().await;
    }

    /// Waits for the peer until `deadline`, or ARTIM if it ends sooner. May be dropped while it waits.
    ///
    /// After an error that leaves the connection open (an abort is on its way) the caller should
    /// [`Association::linger`].
    pub(crate) async fn next(&mut self, deadline: Instant, phase: Phase) -> Result<Came, Error> {
        let limit = self.artim.map_or(deadline, |artim| artim.min(deadline));
        let Ok(arrival) = timeout_at(limit, self.wire.next()).await else {
            return Err(self.out_of_time(limit, phase).await);
        };
        match arrival {
            Ok(Arrival::Frame(frame)) => self.frame(frame).await,
            Ok(Arrival::Invalid(why)) => Err(self.invalid(why, AbortReason::UnrecognizedPdu).await),
            Ok(Arrival::Closed) => {
                self.lost().await;
                Err(Error::Closed)
            }
            Err(error) => {
                self.lost().await;
                Err(error.into())
            }
        }
    }

    async fn out_of_time(&mut self, limit: Instant, phase: Phase) -> Error {
        let (event, phase) = match self.artim {
            Some(artim) if artim <= limit => (Event::ArtimExpired, Phase::Negotiation),
            _ => (Event::AbortWanted, phase),
        };
        match self.step(event, &[]).await {
            Ok(_) => Error::TimedOut(phase),
            Err(error) => error,
        }
    }

    /// The peer broke the protocol: Evt19. What the machine makes of it is sent, the error comes back.
    pub(crate) async fn invalid(&mut self, why: &'static str, reason: AbortReason) -> Error {
        match self.step_for(Event::InvalidPdu, &[], reason).await {
            Ok(_) => Error::Protocol(why),
            Err(error) => error,
        }
    }

    async fn frame(&mut self, frame: Frame) -> Result<Came, Error> {
        let body = frame.body;
        match frame.kind {
            Kind::Data => {
                let indication = self.step(Event::DataReceived, &[]).await?;
                expect(indication, Indication::Data, Came::Data(body))
            }
            Kind::AssociateRequest => self.request(&body).await,
            Kind::AssociateAccept => {
                let Some(accept) = read_accept(&body) else {
                    return Err(self.invalid("malformed A-ASSOCIATE-AC", AbortReason::InvalidParameter).await);
                };
                let indication = self.step(Event::AcceptReceived, &[]).await?;
                expect(indication, Indication::AssociateAccepted, Came::Accept(accept))
            }
            Kind::AssociateReject => match self.step(Event::RejectReceived, &[]).await? {
                Some(Indication::AssociateRejected) => {
                    let (result, origin, reason) = (byte(&body, 1), byte(&body, 2), byte(&body, 3));
                    Err(Error::Rejected { result, origin, reason })
                }
                _ => Err(UNEXPECTED),
            },
            Kind::ReleaseRequest => match self.step(Event::ReleaseRequestReceived, &[]).await? {
                Some(Indication::ReleaseRequested) => Ok(Came::ReleaseRequested),
                Some(Indication::ReleaseCollision) => Ok(Came::ReleaseCollision),
                _ => Err(UNEXPECTED),
            },
            Kind::ReleaseResponse => {
                let indication = self.step(Event::ReleaseResponseReceived, &[]).await?;
                expect(indication, Indication::Released, Came::Released)
            }
            Kind::Abort => {
                let (origin, reason) = (byte(&body, 2), byte(&body, 3));
                self.step(Event::AbortReceived { by_user: origin == 0 }, &[]).await?;
                Err(Error::Aborted { origin, reason })
            }
        }
    }

    /// An association request: version 1 of the protocol or nothing (PS3.8 §9.3.2, tested on bit 0 alone).
    async fn request(&mut self, body: &Bytes) -> Result<Came, Error> {
        let Some(request) = read_request(body) else {
            return Err(self.invalid("malformed A-ASSOCIATE-RQ", AbortReason::InvalidParameter).await);
        };
        let acceptable = request.protocol_version & 1 == 1;
        let (result, origin, reason) = (1, 2, 2);
        let event = Event::RequestReceived { acceptable };
        match self.step(event, &pdu::reject(result, origin, reason)).await? {
            Some(Indication::AssociateRequested) => Ok(Came::Request(Box::new(request))),
            None if !acceptable => Err(Error::Rejected { result, origin, reason }),
            _ => Err(UNEXPECTED),
        }
    }

    /// Waits for the peer to close once all is said, no longer than ARTIM.
    pub(crate) async fn linger(&mut self) {
        while self.machine.state() == State::Sta13 {
            let limit = self.artim.unwrap_or_else(Instant::now);
            let event = match timeout_at(limit, self.wire.next()).await {
                Err(_) => Event::ArtimExpired,
                Ok(Err(_) | Ok(Arrival::Closed)) => Event::ConnectionClosed,
                Ok(Ok(Arrival::Invalid(_))) => Event::InvalidPdu,
                Ok(Ok(Arrival::Frame(frame))) => late(&frame),
            };
            if self.step(event, &[]).await.is_err() {
                return;
            }
        }
    }
}

const UNEXPECTED: Error = Error::Protocol("PDU out of place");

/// The event of a PDU that comes after the end.
fn late(frame: &Frame) -> Event {
    match frame.kind {
        Kind::AssociateRequest => Event::RequestReceived { acceptable: false },
        Kind::AssociateAccept => Event::AcceptReceived,
        Kind::AssociateReject => Event::RejectReceived,
        Kind::Data => Event::DataReceived,
        Kind::ReleaseRequest => Event::ReleaseRequestReceived,
        Kind::ReleaseResponse => Event::ReleaseResponseReceived,
        Kind::Abort => Event::AbortReceived { by_user: byte(&frame.body, 2) == 0 },
    }
}

fn expect(indication: Option<Indication>, wanted: Indication, came: Came) -> Result<Came, Error> {
    if indication == Some(wanted) { Ok(came) } else { Err(UNEXPECTED) }
}

fn byte(body: &Bytes, at: usize) -> u8 {
    body.get(at).copied().unwrap_or_default()
}
