//! One association from its request to its end: messages cut from P-DATA, each answered.

use super::find::{self, MAX_IDENTIFIER_BYTES, Search};
use super::negotiate::Agreement;
use super::operate::{self, After, Ear, Operation};
use super::provider::{Report, Reports, asked};
use super::step::MAX_STEP_BYTES;
use super::{Reception, Server, StoreRequest, StoreStatus, Summary};
use crate::association::{Association, Came};
use crate::command::{Command, MAX_BYTES, Writer, element, field};
use crate::commitment::{self, Commitment, MAX_EVENT_BYTES};
use crate::machine::Event;
use crate::pdu::AbortReason;
use crate::pdu::data::{Pdv, next_pdv, single_value_header, value_bytes};
use crate::{Error, Phase};
use bytes::{Bytes, BytesMut};
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

/// Unrecognized operation (PS3.7 §C.5.23).
const UNRECOGNIZED_OPERATION: u16 = 0x0211;

/// The longest P-DATA-TF we send to a peer without limit, in bytes.
const OWN_MAX_SENT: u32 = 256 * 1024;

/// What is being received.
enum Message {
    /// Nothing: between two messages.
    None,
    /// A command, so far.
    Command { context_id: u8, bytes: BytesMut },
    /// A data set, its command read.
    DataSet { context_id: u8, command: Box<Command>, fate: Fate },
}

/// What becomes of a data set.
enum Fate {
    Stored(Box<dyn Reception>),
    Drained(StoreStatus),
    /// What a peer commits to, so far.
    Committed(BytesMut),
    /// What a peer asks us to commit to, so far.
    Asked(BytesMut),
    /// What a peer looks for, so far.
    Sought(BytesMut),
    /// What a modality says that it does, so far.
    Performed(BytesMut),
    /// The identifier of a query or retrieve, so far.
    Query(BytesMut),
    /// What comes with an answer: read to its end, and not answered.
    Ignored,
}

/// An open association.
pub(super) struct Session<'a, S> {
    pub(super) server: &'a Server,
    pub(super) link: &'a mut Association<S>,
    pub(super) agreement: Agreement,
    pub(super) peer: SocketAddr,
    pub(super) claimed_user: Option<String>,
    /// What the last message asks to be done.
    operation: Option<Operation>,
    /// What the peer says while something is done.
    pub(super) ear: Ear,
    message: Message,
    message_until: Instant,
    idle_until: Instant,
    /// What we say by ourselves.
    pub(super) reports: Reports,
    /// The search under way: one at a time, as no asynchronous operations are negotiated.
    pub(super) search: Option<Search>,
    pub(super) summary: Summary,
}

impl<'a, S: AsyncRead + AsyncWrite + Unpin + Send> Session<'a, S> {
    pub(super) fn new(
        server: &'a Server,
        link: &'a mut Association<S>,
        agreement: Agreement,
        peer: SocketAddr,
        claimed_user: Option<String>,
    ) -> Self {
        let now = Instant::now();
        let idle_until = now + server.config.timeouts.idle;
        let (message, summary) = (Message::None, Summary::default());
        let reports = Reports::default();
        let search = None;
        let (operation, ear) = (None, Ear::default());
        Self {
            server,
            link,
            agreement,
            peer,
            claimed_user,
            operation,
            ear,
            message,
            message_until: now,
            idle_until,
            reports,
            search,
            summary,
        }
    }

    /// Serves messages until a release (`Ok`) or anything else.
    pub(super) async fn run(&mut self, stop: &mut watch::Receiver<bool>) -> Result<(), Error> {
        loop {
            let came = if matches!(self.message, Message::None) {
                tokio::select! {
                    biased;
                    came = self.link.next(self.idle_until, Phase::Idle) => came?,
                    said = find::next(&mut self.search) => {
                        self.found(said).await?;
                        continue;
                    }
                    report = self.reports.next() => {
                        self.report(report).await?;
                        continue;
                    }
                    () = stopped(stop) => {
                        self.link.step(Event::AbortWanted, &[]).await?;
                        return Err(Error::Stopped);
                    }
                }
            } else {
                let until = (Instant::now() + self.server.config.timeouts.pdu).min(self.message_until);
                self.link.next(until, Phase::Message).await?
            };
            match came {
                Came::Data(body) => {
                    self.data(body).await?;
                    if let Some(operation) = self.operation.take()
                        && self.operate(operation, stop).await? == After::Released
                    {
                        return Ok(());
                    }
                }
                Came::ReleaseRequested => {
                    self.message = Message::None;
                    self.link.step(Event::ReleaseAnswered, &[]).await?;
                    return Ok(());
                }
                _ => return Err(self.link.invalid("PDU out of place", AbortReason::UnexpectedPdu).await),
            }
        }
    }

    async fn data(&mut self, mut body: Bytes) -> Result<(), Error> {
        while !body.is_empty() {
            match next_pdv(&mut body) {
                Ok(pdv) => self.fragment(pdv).await?,
                Err(_) => return Err(self.broken("malformed P-DATA").await),
            }
        }
        Ok(())
    }

    pub(super) async fn broken(&mut self, why: &'static str) -> Error {
        self.message = Message::None;
        self.link.invalid(why, AbortReason::InvalidParameter).await
    }

    /// One fragment. A message is command fragments, then data set fragments, all on one context (PS3.8
    /// annex E); how they are spread over PDUs does not matter, an empty last one included.
    async fn fragment(&mut self, pdv: Pdv) -> Result<(), Error> {
        match std::mem::replace(&mut self.message, Message::None) {
            Message::None if pdv.is_command => {
                if !self.agreement.contexts.iter().any(|context| context.id == pdv.context_id) {
                    return Err(self.broken("presentation context not accepted").await);
                }
                self.message_until = Instant::now() + self.server.config.timeouts.message;
                if pdv.is_last {
                    return self.command(pdv.context_id, pdv.data).await;
                }
                let bytes = BytesMut::from(&pdv.data[..]);
                self.message = Message::Command { context_id: pdv.context_id, bytes };
                Ok(())
            }
            Message::Command { context_id, mut bytes } if pdv.is_command && pdv.context_id == context_id => {
                if bytes.len() + pdv.data.len() > MAX_BYTES {
                    return Err(self.broken("command set over its limit").await);
                }
                bytes.extend_from_slice(&pdv.data);
                if pdv.is_last {
                    return self.command(context_id, bytes.freeze()).await;
                }
                self.message = Message::Command { context_id, bytes };
                Ok(())
            }
            Message::DataSet { context_id, command, fate } if !pdv.is_command && pdv.context_id == context_id => {
                let fate = write(fate, pdv.data).await;
                if pdv.is_last {
                    return self.data_set_complete(context_id, &command, fate).await;
                }
                self.message = Message::DataSet { context_id, command, fate };
                Ok(())
            }
            _ => Err(self.broken("fragment out of place").await),
        }
    }

    async fn command(&mut self, context_id: u8, bytes: Bytes) -> Result<(), Error> {
        let Ok(command) = Command::read(&bytes) else {
            return Err(self.broken("malformed command set").await);
        };
        match command.command_field {
            field::C_ECHO_RQ if !command.has_data_set => {
                self.answer(context_id, &command, &StoreStatus::success()).await
            }
            // A store is answered when its data set ends; what has just been asked for has not begun.
            field::C_CANCEL_RQ => {
                if let Some(operation) = &mut self.operation {
                    operation.cancelled |= operation.command.message_id == command.message_id;
                }
                if let Some(search) = &mut self.search {
                    search.cancel(command.message_id);
                }
                self.at_rest();
                Ok(())
            }
            field::C_STORE_RQ if command.has_data_set => {
                let fate = self.begin(context_id, &command).await;
                self.message = Message::DataSet { context_id, command: Box::new(command), fate };
                Ok(())
            }
            field::C_STORE_RQ => {
                self.summary.failed += 1;
                let status = StoreStatus::cannot_understand("C-STORE without a data set");
                self.answer(context_id, &command, &status).await
            }
            other if other & field::RESPONSE != 0 => {
                if !self.reports.answered(&command) {
                    return Err(self.broken("response to nothing").await);
                }
                self.at_rest();
                if command.has_data_set {
                    let fate = Fate::Ignored;
                    self.message = Message::DataSet { context_id, command: Box::new(command), fate };
                }
                Ok(())
            }
            other if command.has_data_set => {
                let fate = self.taken(context_id, other).unwrap_or_else(|| Fate::Drained(unrecognized()));
                self.message = Message::DataSet { context_id, command: Box::new(command), fate };
                Ok(())
            }
            _ => self.answer(context_id, &command, &unrecognized()).await,
        }
    }

    /// What becomes of a request's data set, where somebody here takes such requests.
    fn taken(&self, context_id: u8, command_field: u16) -> Option<Fate> {
        let (handlers, bytes) = (&self.server.handlers, BytesMut::new());
        match command_field {
            field::C_FIND_RQ | field::C_GET_RQ | field::C_MOVE_RQ if self.queries(context_id) => {
                Some(Fate::Query(bytes))
            }
            field::N_EVENT_REPORT_RQ if handlers.commitments.is_some() => Some(Fate::Committed(bytes)),
            field::C_FIND_RQ if self.finder(context_id).is_some() => Some(Fate::Sought(bytes)),
            field::N_CREATE_RQ | field::N_SET_RQ if self.takes_steps(context_id) => Some(Fate::Performed(bytes)),
            field::N_ACTION_RQ if handlers.provider.is_some() => Some(Fate::Asked(bytes)),
            _ => None,
        }
    }

    async fn begin(&mut self, context_id: u8, command: &Command) -> Fate {
        let begun = match self.store_request(context_id, command) {
            Ok(request) => self.server.handlers.store.begin(request).await,
            Err(status) => Err(status),
        };
        begun.map_or_else(Fate::Drained, Fate::Stored)
    }

    /// Judges a C-STORE request. Its SOP class need not be that of the context, as some senders mix them,
    /// but it must be one we store.
    fn store_request(&self, context_id: u8, command: &Command) -> Result<StoreRequest, StoreStatus> {
        let context = self.agreement.contexts.iter().find(|context| context.id == context_id);
        let context = context.ok_or_else(|| StoreStatus::processing_failure("no such context"))?;
        let class = command.uid(element::AFFECTED_SOP_CLASS).filter(|uid| self.server.stores_class(uid));
        let class = class.ok_or_else(|| StoreStatus::class_not_supported("SOP class is not stored here"))?;
        let instance = command.uid(element::AFFECTED_SOP_INSTANCE);
        let instance = instance.ok_or_else(|| StoreStatus::invalid_instance("SOP Instance UID is not a UID"))?;
        Ok(StoreRequest {
            calling_ae: self.agreement.calling.as_str().to_owned(),
            called_ae: self.agreement.called.as_str().to_owned(),
            peer: self.peer,
            sop_class_uid: class.to_owned(),
            sop_instance_uid: instance.to_owned(),
            transfer_syntax_uid: context.transfer_syntax.clone(),
            message_id: command.message_id,
        })
    }

    async fn data_set_complete(&mut self, context_id: u8, command: &Command, fate: Fate) -> Result<(), Error> {
        let status = match fate {
            Fate::Stored(reception) => reception.finish().await,
            Fate::Drained(status) => status,
            Fate::Committed(bytes) => committed(self.server, &self.agreement, context_id, &bytes).await,
            Fate::Asked(bytes) => {
                let line = self.reports.line(context_id);
                asked(self.server, &self.agreement, self.peer, command, &bytes, line).await
            }
            Fate::Sought(bytes) => return self.seek(context_id, command, bytes.freeze()).await,
            Fate::Performed(bytes) => return self.step(context_id, command, bytes.freeze()).await,
            Fate::Query(bytes) => {
                let (command, identifier) = (command.clone(), bytes.freeze());
                self.operation = Some(Operation { context_id, command, identifier, cancelled: false });
                return Ok(());
            }
            Fate::Ignored => {
                self.at_rest();
                return Ok(());
            }
        };
        if command.command_field == field::C_STORE_RQ {
            if status.is_stored() {
                self.summary.stored += 1;
            } else {
                self.summary.failed += 1;
            }
        }
        self.answer(context_id, command, &status).await
    }

    pub(super) async fn answer(
        &mut self,
        context_id: u8,
        command: &Command,
        status: &StoreStatus,
    ) -> Result<(), Error> {
        self.answer_about(context_id, command, status, None).await
    }

    pub(super) async fn answer_about(
        &mut self,
        context_id: u8,
        command: &Command,
        status: &StoreStatus,
        instance: Option<&str>,
    ) -> Result<(), Error> {
        let codes = (status.code, status.error_id);
        let response = Writer::response_about(command, codes, &status.comment, instance).finish();
        self.say(context_id, &response, None).await
    }

    pub(super) fn class_of(&self, context_id: u8) -> Option<(&str, &str)> {
        let context = self.agreement.contexts.iter().find(|context| context.id == context_id)?;
        Some((&context.abstract_syntax, &context.transfer_syntax))
    }

    /// Sends a command set and the data set that goes with it.
    pub(super) async fn say(&mut self, context_id: u8, command: &[u8], data_set: Option<&[u8]>) -> Result<(), Error> {
        let chunk = value_bytes(self.agreement.peer_max_pdu, OWN_MAX_SENT);
        let mut pdus = Vec::with_capacity(command.len() + 12);
        for (is_command, bytes) in [(true, Some(command)), (false, data_set)] {
            // A data set that is announced and empty is one empty fragment.
            if bytes.is_some_and(<[u8]>::is_empty) {
                pdus.extend_from_slice(&single_value_header(context_id, is_command, true, 0));
            }
            let mut chunks = bytes.unwrap_or_default().chunks(chunk).peekable();
            while let Some(value) = chunks.next() {
                let length = u32::try_from(value.len()).unwrap_or_default();
                pdus.extend_from_slice(&single_value_header(context_id, is_command, chunks.peek().is_none(), length));
                pdus.extend_from_slice(value);
            }
        }
        self.link.step(Event::DataWanted, &pdus).await?;
        self.at_rest();
        Ok(())
    }

    /// Says by ourselves what became of a request.
    async fn report(&mut self, report: Report) -> Result<(), Error> {
        let context = self.agreement.contexts.iter().find(|context| context.id == report.context_id);
        let implicit = context.is_some_and(|context| context.transfer_syntax == commitment::IMPLICIT);
        let data_set = report.outcome.write(implicit);
        let context_id = report.context_id;
        let command = self.reports.begin(report);
        self.say(context_id, &command, Some(&data_set)).await
    }

    pub(super) fn at_rest(&mut self) {
        self.idle_until = Instant::now() + self.server.config.timeouts.idle;
    }
}

/// Writes a run of bytes; the first failure drops the reception, and what follows is thrown away.
async fn write(fate: Fate, data: Bytes) -> Fate {
    match fate {
        Fate::Stored(mut reception) if !data.is_empty() => match reception.write(data).await {
            Ok(()) => Fate::Stored(reception),
            Err(status) => Fate::Drained(status),
        },
        Fate::Committed(bytes) if bytes.len() + data.len() <= MAX_EVENT_BYTES => Fate::Committed(longer(bytes, &data)),
        Fate::Committed(_) => Fate::Drained(StoreStatus::out_of_resources("the event is too long")),
        Fate::Asked(bytes) if bytes.len() + data.len() <= MAX_EVENT_BYTES => Fate::Asked(longer(bytes, &data)),
        Fate::Asked(_) => Fate::Drained(StoreStatus::resource_limitation("the request is too long")),
        Fate::Sought(bytes) if bytes.len() + data.len() <= MAX_IDENTIFIER_BYTES => Fate::Sought(longer(bytes, &data)),
        Fate::Sought(_) => Fate::Drained(StoreStatus::out_of_resources("the identifier is too long")),
        Fate::Performed(bytes) if bytes.len() + data.len() <= MAX_STEP_BYTES => Fate::Performed(longer(bytes, &data)),
        Fate::Performed(_) => Fate::Drained(StoreStatus::resource_limitation("the data set is too long")),
        Fate::Query(bytes) if bytes.len() + data.len() <= operate::MAX_IDENTIFIER_BYTES => {
            Fate::Query(longer(bytes, &data))
        }
        Fate::Query(_) => Fate::Drained(StoreStatus::cannot_understand("the identifier is too long")),
        other => other,
    }
}

fn longer(mut bytes: BytesMut, data: &[u8]) -> BytesMut {
    bytes.extend_from_slice(data);
    bytes
}

/// Hands on what the peer commits to.
async fn committed(server: &Server, agreement: &Agreement, context_id: u8, bytes: &[u8]) -> StoreStatus {
    let context = agreement.contexts.iter().find(|context| context.id == context_id);
    let context = context.filter(|context| context.abstract_syntax == commitment::SOP_CLASS);
    let read = context.and_then(|context| Commitment::read(bytes, &context.transfer_syntax));
    let (Some(read), Some(handler)) = (read, &server.handlers.commitments) else {
        return StoreStatus::processing_failure("the event cannot be read");
    };
    match handler.committed(&agreement.calling, read).await {
        true => StoreStatus::success(),
        false => StoreStatus::processing_failure("no such transaction"),
    }
}

pub(super) fn unrecognized() -> StoreStatus {
    StoreStatus::new(UNRECOGNIZED_OPERATION, "operation not offered here")
}

/// Completes when a stop is wanted: never, once nobody is left who could want it.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|wanted| *wanted).await.is_err() {
        std::future::pending::<()>().await;
    }
}
