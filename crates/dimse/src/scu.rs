//! Sending: verification and storage as a user (SCU).

mod commit;

use crate::ae::AeTitle;
use crate::association::{Association, Came};
use crate::command::{Command, MAX_BYTES, NO_DATA_SET, Writer, element, field};
use crate::machine::Event;
use crate::pdu::AbortReason;
use crate::pdu::association::{Accept, Proposed, Role, Verdict, write_request_as};
use crate::pdu::data::{next_pdv, single_value_header, value_bytes};
use crate::scp::StoreStatus;
use crate::{Error, Phase, VERIFICATION_SOP_CLASS};
use bytes::{Bytes, BytesMut};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::{TcpStream, ToSocketAddrs};
use tokio::time::Instant;

/// The longest P-DATA-TF we send, in bytes, whatever the peer would take.
const MAX_SENT: u32 = 256 * 1024;

/// One presentation context to propose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The SOP class.
    pub sop_class_uid: String,
    /// The transfer syntaxes, preferred first.
    pub transfer_syntax_uids: Vec<String>,
}

/// One accepted presentation context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Odd, 1 to 255.
    pub id: u8,
    /// The SOP class.
    pub sop_class_uid: String,
    /// The transfer syntax chosen by the peer.
    pub transfer_syntax_uid: String,
}

/// How to talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The longest P-DATA-TF we take, in bytes.
    pub max_pdu_bytes: u32,
    /// For the connection, the association and each answer.
    pub timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_pdu_bytes: 256 * 1024, timeout: Duration::from_secs(60) }
    }
}

/// What is sent with a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instance<'a> {
    /// The SOP class.
    pub sop_class_uid: &'a str,
    /// The SOP instance.
    pub sop_instance_uid: &'a str,
    /// What the data set is encoded in: it is sent as it is.
    pub transfer_syntax_uid: &'a str,
}

/// An open association.
pub struct Scu<S> {
    link: Association<S>,
    contexts: Vec<Context>,
    value_bytes: usize,
    message_id: u16,
    timeout: Duration,
    outbox: Vec<u8>,
}

impl Scu<TcpStream> {
    /// Connects and opens an association with default [`Options`].
    ///
    /// # Errors
    /// [`Error::Rejected`], [`Error::Aborted`], [`Error::TimedOut`], [`Error::Io`].
    pub async fn connect(
        address: impl ToSocketAddrs,
        calling: &AeTitle,
        called: &AeTitle,
        proposals: &[Proposal],
    ) -> Result<Self, Error> {
        let options = Options::default();
        let connecting = tokio::time::timeout(options.timeout, TcpStream::connect(address));
        let stream = connecting.await.map_err(|_| Error::TimedOut(Phase::Negotiation))??;
        stream.set_nodelay(true)?;
        Self::associate(stream, calling, called, proposals, options).await
    }
}

impl<S> Scu<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    /// Opens an association over a stream that is already open; at most 128 proposals.
    ///
    /// # Errors
    /// As [`Scu::connect`]; [`Error::Setting`] for too many proposals.
    pub async fn associate(
        stream: S,
        calling: &AeTitle,
        called: &AeTitle,
        proposals: &[Proposal],
        options: Options,
    ) -> Result<Self, Error> {
        Self::associate_as(stream, calling, called, proposals, &[], options).await
    }

    /// The same, with the roles that we ask for (PS3.7 §D.3.3.4): without one we are the user. A peer that answers none
    /// is taken to agree, as many do not negotiate what the SOP class makes clear.
    ///
    /// # Errors
    /// As [`Scu::associate`].
    pub async fn associate_as(
        stream: S,
        calling: &AeTitle,
        called: &AeTitle,
        proposals: &[Proposal],
        roles: &[Role],
        options: Options,
    ) -> Result<Self, Error> {
        let proposed = number(proposals)?;
        let titles = (calling.as_str(), called.as_str());
        let request = write_request_as(titles, proposed.clone(), options.max_pdu_bytes, roles)?;
        let mut link = Association::requestor(stream, options.max_pdu_bytes, options.timeout, &request).await?;
        let accept = match link.next(Instant::now() + options.timeout, Phase::Negotiation).await? {
            Came::Accept(accept) => accept,
            _ => return Err(link.invalid("PDU out of place", AbortReason::UnexpectedPdu).await),
        };
        let value_bytes = value_bytes(accept.max_pdu_bytes, MAX_SENT);
        let contexts = contexts(proposed, accept);
        Ok(Self { link, contexts, value_bytes, message_id: 0, timeout: options.timeout, outbox: Vec::new() })
    }

    /// The contexts the peer accepted.
    pub fn contexts(&self) -> &[Context] {
        &self.contexts
    }

    /// C-ECHO: the status answered, 0 for success.
    ///
    /// # Errors
    /// [`Error::NoContext`], or whatever ended the association.
    pub async fn echo(&mut self) -> Result<u16, Error> {
        let context = self.contexts.iter().find(|context| context.sop_class_uid == VERIFICATION_SOP_CLASS);
        let context_id = context.ok_or(Error::NoContext)?.id;
        let message_id = self.next_message_id();
        let command = Writer::request(field::C_ECHO_RQ, message_id, VERIFICATION_SOP_CLASS)
            .number(element::DATA_SET_TYPE, NO_DATA_SET)
            .finish();
        self.queue_command(context_id, &command);
        self.flush().await?;
        Ok(self.answer(message_id).await?.code)
    }

    /// C-STORE of a data set of exactly `length` bytes.
    ///
    /// # Errors
    /// [`Error::NoContext`]; [`Error::Truncated`] when `data` ends early; or whatever ended the association.
    /// A refusal by the peer is not an error: it is the status.
    pub async fn store<R>(&mut self, instance: Instance<'_>, data: R, length: u64) -> Result<StoreStatus, Error>
    where
        R: AsyncRead + Unpin + Send,
    {
        self.store_for(instance, data, length, None).await
    }

    /// The same, on behalf of who asked for it by C-MOVE: its title and the id of its message (PS3.7 §9.1.1.1).
    ///
    /// # Errors
    /// As [`Scu::store`].
    pub async fn store_for<R>(
        &mut self,
        instance: Instance<'_>,
        mut data: R,
        length: u64,
        originator: Option<(&str, u16)>,
    ) -> Result<StoreStatus, Error>
    where
        R: AsyncRead + Unpin + Send,
    {
        let fits = |context: &&Context| {
            context.sop_class_uid == instance.sop_class_uid
                && context.transfer_syntax_uid == instance.transfer_syntax_uid
        };
        let context_id = self.contexts.iter().find(fits).ok_or(Error::NoContext)?.id;
        let message_id = self.next_message_id();
        let command = Writer::request(field::C_STORE_RQ, message_id, instance.sop_class_uid)
            .number(element::PRIORITY, 0)
            .number(element::DATA_SET_TYPE, 1)
            .text(element::AFFECTED_SOP_INSTANCE, instance.sop_instance_uid, 0);
        let command = match originator {
            Some((title, message_id)) => command
                .text(element::MOVE_ORIGINATOR, title, b' ')
                .number(element::MOVE_ORIGINATOR_MESSAGE_ID, message_id),
            None => command,
        };
        self.queue_command(context_id, &command.finish());
        let mut left = length;
        loop {
            let value = usize::try_from(left).unwrap_or(usize::MAX).min(self.value_bytes);
            left -= value as u64;
            if !self.queue_data(context_id, &mut data, value, left == 0).await? {
                self.link.step(Event::AbortWanted, &[]).await?;
                self.link.linger().await;
                return Err(Error::Truncated);
            }
            self.flush().await?;
            if left == 0 {
                return self.answer(message_id).await;
            }
        }
    }

    /// C-STORE of a data set in memory.
    ///
    /// # Errors
    /// As [`Scu::store`].
    pub async fn store_bytes(&mut self, instance: Instance<'_>, data: &[u8]) -> Result<StoreStatus, Error> {
        self.store(instance, data, data.len() as u64).await
    }

    /// Releases the association and closes the stream.
    ///
    /// # Errors
    /// Whatever ended the association instead.
    pub async fn release(mut self) -> Result<(), Error> {
        self.link.step(Event::ReleaseWanted, &[]).await?;
        let until = Instant::now() + self.timeout;
        loop {
            match self.link.next(until, Phase::Negotiation).await? {
                Came::Released => return Ok(()),
                // The requestor of the association answers first (PS3.8 §7.2.2).
                Came::ReleaseCollision => {
                    self.link.step(Event::ReleaseAnswered, &[]).await?;
                }
                _ => {}
            }
        }
    }

    /// Aborts the association.
    pub async fn abort(mut self) {
        if self.link.step(Event::AbortWanted, &[]).await.is_ok() {
            self.link.linger().await;
        }
    }

    fn next_message_id(&mut self) -> u16 {
        self.message_id = self.message_id.wrapping_add(1);
        self.message_id
    }

    fn queue_command(&mut self, context_id: u8, command: &[u8]) {
        self.outbox.clear();
        let mut values = command.chunks(self.value_bytes).peekable();
        while let Some(value) = values.next() {
            let length = u32::try_from(value.len()).unwrap_or_default();
            self.outbox.extend_from_slice(&single_value_header(context_id, true, values.peek().is_none(), length));
            self.outbox.extend_from_slice(value);
        }
    }

    /// Adds one data fragment of `length` bytes; false when `data` ended before.
    async fn queue_data<R>(&mut self, context_id: u8, data: &mut R, length: usize, last: bool) -> Result<bool, Error>
    where
        R: AsyncRead + Unpin,
    {
        let header = single_value_header(context_id, false, last, u32::try_from(length).unwrap_or_default());
        self.outbox.extend_from_slice(&header);
        self.outbox.reserve(length);
        let mut limited = data.take(length as u64);
        let mut got = 0;
        while got < length {
            match limited.read_buf(&mut self.outbox).await? {
                0 => return Ok(false),
                read => got += read,
            }
        }
        Ok(true)
    }

    async fn flush(&mut self) -> Result<(), Error> {
        let sent = self.link.step(Event::DataWanted, &self.outbox).await;
        self.outbox.clear();
        sent.map(|_| ())
    }

    /// Waits for the response to `message_id`.
    async fn answer(&mut self, message_id: u16) -> Result<StoreStatus, Error> {
        let until = Instant::now() + self.timeout;
        let mut command = BytesMut::new();
        loop {
            let mut body = match self.link.next(until, Phase::Message).await? {
                Came::Data(body) => body,
                Came::ReleaseRequested => {
                    self.link.step(Event::ReleaseAnswered, &[]).await?;
                    return Err(Error::Closed);
                }
                _ => return Err(self.link.invalid("PDU out of place", AbortReason::UnexpectedPdu).await),
            };
            while !body.is_empty() {
                let Ok(pdv) = next_pdv(&mut body) else { return Err(self.broken().await) };
                if !pdv.is_command || command.len() + pdv.data.len() > MAX_BYTES {
                    return Err(self.broken().await);
                }
                command.extend_from_slice(&pdv.data);
                if pdv.is_last {
                    return match status(&command.split().freeze(), message_id) {
                        Some(status) => Ok(status),
                        None => Err(self.broken().await),
                    };
                }
            }
        }
    }

    async fn broken(&mut self) -> Error {
        self.link.invalid("malformed response", AbortReason::InvalidParameter).await
    }
}

/// Gives each proposal its id: 1, 3, 5 … (PS3.8 §9.3.2.2).
fn number(proposals: &[Proposal]) -> Result<Vec<Proposed>, Error> {
    let ids = (1..=255u8).step_by(2);
    if proposals.len() > ids.len() {
        return Err(Error::Setting("at most 128 presentation contexts"));
    }
    let numbered = ids.zip(proposals).map(|(id, proposal)| Proposed {
        id,
        abstract_syntax: proposal.sop_class_uid.clone(),
        transfer_syntaxes: proposal.transfer_syntax_uids.clone(),
    });
    Ok(numbered.collect())
}

/// The contexts that the peer accepted with one of our own transfer syntaxes.
fn contexts(proposed: Vec<Proposed>, accept: Accept) -> Vec<Context> {
    let accepted = |(id, verdict)| match verdict {
        Verdict::Accepted(transfer_syntax_uid) => {
            let ours = proposed.iter().find(|context| context.id == id)?;
            let known = ours.transfer_syntaxes.contains(&transfer_syntax_uid);
            known.then(|| Context { id, sop_class_uid: ours.abstract_syntax.clone(), transfer_syntax_uid })
        }
        _ => None,
    };
    accept.verdicts.into_iter().filter_map(accepted).collect()
}

/// The status of a response, `None` when it answers something else.
fn status(bytes: &Bytes, message_id: u16) -> Option<StoreStatus> {
    let command = Command::read(bytes).ok()?;
    let answers = command.command_field & field::RESPONSE != 0 && command.message_id == message_id;
    let code = command.status.filter(|_| answers)?;
    let comment = command.value(element::ERROR_COMMENT).map(crate::ae::escaped).unwrap_or_default();
    Some(StoreStatus::new(code, comment.trim()))
}
