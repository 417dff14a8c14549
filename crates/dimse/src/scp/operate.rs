//! What takes longer than an answer: C-FIND, and what C-MOVE and C-GET share. The peer is heard meanwhile, for it may
//! cancel at any moment (PS3.7 §9.3.2.3).

use super::query::{QueryHandler, QueryRequest, Service, service};
use super::session::{Session, stopped};
use super::{StoreStatus, negotiate::Context};
use crate::ae::AeTitle;
use crate::association::Came;
use crate::command::{Command, MAX_BYTES, Writer, element, field};
use crate::machine::Event;
use crate::pdu::AbortReason;
use crate::pdu::data::next_pdv;
use crate::{Error, Phase};
use bytes::{Bytes, BytesMut};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest identifier we read, in bytes: a list of 20,000 UIDs fits.
pub(super) const MAX_IDENTIFIER_BYTES: usize = 2 << 20;

/// Pending, with a data set (PS3.4 table C.4-1).
pub(super) const PENDING: u16 = 0xFF00;
const PENDING_KEYS_IGNORED: u16 = 0xFF01;
const CANCELLED: u16 = 0xFE00;
/// Command Data Set Type of a message with a data set.
pub(super) const DATA_SET: u16 = 1;

/// A query or retrieve whose identifier has been read.
pub(super) struct Operation {
    pub(super) context_id: u8,
    pub(super) command: Command,
    pub(super) identifier: Bytes,
    pub(super) cancelled: bool,
}

/// How the association goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    GoesOn,
    Released,
}

/// What is heard while something is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The operation is to stop.
    Cancel,
    /// The answer to a C-STORE of ours.
    Stored { message_id: u16, status: u16 },
    /// The peer released the association; it is answered.
    Released,
    /// This side stops; the association is aborted.
    Stopped,
}

/// A message that is coming in meanwhile, so far.
#[derive(Default)]
pub(super) struct Ear {
    body: Bytes,
    command: BytesMut,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Session<'_, S> {
    /// Does what is asked, to its final answer.
    pub(super) async fn operate(
        &mut self,
        operation: Operation,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<After, Error> {
        let (context_id, command) = (operation.context_id, operation.command.clone());
        let after = match self.asked(&operation) {
            Ok((handler, request, service)) => match service {
                Service::Find => self.find(&operation, handler, request, stop).await?,
                Service::Move => self.move_all(&operation, handler, request, stop).await?,
                Service::Get => self.get_all(&operation, handler, request, stop).await?,
            },
            Err(status) => {
                self.answer(context_id, &command, &status).await?;
                After::GoesOn
            }
        };
        self.at_rest();
        Ok(after)
    }

    /// The request in the terms of the port; it must be of the context it comes by.
    fn asked(&self, operation: &Operation) -> Result<(Arc<dyn QueryHandler>, QueryRequest, Service), StoreStatus> {
        let command = &operation.command;
        let context = self.context(operation.context_id);
        let class = context.and_then(|context| Some((context, service(&context.abstract_syntax)?)));
        let (Some((context, (root, service))), Some(handler)) = (class, self.server.handlers.queries.clone()) else {
            return Err(StoreStatus::class_not_supported("not of this presentation context"));
        };
        let wanted = match command.command_field {
            field::C_FIND_RQ => Service::Find,
            field::C_MOVE_RQ => Service::Move,
            _ => Service::Get,
        };
        let named = command.uid(element::AFFECTED_SOP_CLASS);
        if wanted != service || named != Some(context.abstract_syntax.as_str()) {
            return Err(StoreStatus::class_not_supported("not of this presentation context"));
        }
        let agreed = |at: usize| {
            let of_class = |(uid, _): &&(String, Vec<u8>)| *uid == context.abstract_syntax;
            let extended = self.agreement.accept.extended.iter().find(of_class);
            extended.is_some_and(|(_, agreed)| agreed.get(at) == Some(&1))
        };
        let request = QueryRequest {
            calling: self.agreement.calling.clone(),
            called: self.agreement.called.clone(),
            peer: self.peer,
            claimed_user: self.claimed_user.clone(),
            root,
            identifier: operation.identifier.clone(),
            transfer_syntax_uid: context.transfer_syntax.clone(),
            combined: agreed(1),
            fuzzy: agreed(2),
            destination: command.value(element::MOVE_DESTINATION).and_then(AeTitle::from_field),
        };
        Ok((handler, request, service))
    }

    /// Whether queries and retrieves of this context are taken.
    pub(super) fn queries(&self, context_id: u8) -> bool {
        let class = self.context(context_id).map(|context| context.abstract_syntax.as_str());
        // A context of the wrong service gets its refusal too.
        self.server.handlers.queries.is_some()
            && class.is_some_and(|class| !self.server.config.finds.iter().any(|one| one == class))
    }

    pub(super) fn context(&self, id: u8) -> Option<&Context> {
        self.agreement.contexts.iter().find(|context| context.id == id)
    }

    /// The next thing the peer says about the operation. May be dropped while it waits.
    pub(super) async fn hear(&mut self, message_id: u16, stop: &mut watch::Receiver<bool>) -> Result<Heard, Error> {
        loop {
            while !self.ear.body.is_empty() {
                let Ok(pdv) = next_pdv(&mut self.ear.body) else { return Err(self.broken("malformed P-DATA").await) };
                // Without asynchronous operations nothing else may be asked before the answer (PS3.7 §D.3.3.3).
                if !pdv.is_command || self.ear.command.len() + pdv.data.len() > MAX_BYTES {
                    return Err(self.broken("fragment out of place").await);
                }
                self.ear.command.extend_from_slice(&pdv.data);
                if !pdv.is_last {
                    continue;
                }
                let Ok(command) = Command::read(&self.ear.command.split().freeze()) else {
                    return Err(self.broken("malformed command set").await);
                };
                const STORED: u16 = field::C_STORE_RQ | field::RESPONSE;
                match (command.command_field, command.status) {
                    (field::C_CANCEL_RQ, _) if command.message_id == message_id => return Ok(Heard::Cancel),
                    // Of a message that is over.
                    (field::C_CANCEL_RQ, _) => {}
                    (STORED, Some(status)) if !command.has_data_set => {
                        return Ok(Heard::Stored { message_id: command.message_id, status });
                    }
                    _ => return Err(self.broken("message out of place").await),
                }
            }
            let until = Instant::now() + self.server.config.timeouts.message;
            tokio::select! {
                biased;
                came = self.link.next(until, Phase::Message) => match came? {
                    Came::Data(body) => self.ear.body = body,
                    Came::ReleaseRequested => {
                        self.link.step(Event::ReleaseAnswered, &[]).await?;
                        return Ok(Heard::Released);
                    }
                    _ => return Err(self.link.invalid("PDU out of place", AbortReason::UnexpectedPdu).await),
                },
                () = stopped(stop) => {
                    self.link.step(Event::AbortWanted, &[]).await?;
                    return Ok(Heard::Stopped);
                }
            }
        }
    }

    async fn find(
        &mut self,
        operation: &Operation,
        handler: Arc<dyn QueryHandler>,
        request: QueryRequest,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<After, Error> {
        let (context_id, command) = (operation.context_id, &operation.command);
        let mut cancelled = operation.cancelled;
        let mut answers = match handler.find(request).await {
            Ok(answers) => answers,
            Err(status) => return self.final_answer(context_id, command, &status).await,
        };
        let pending = if answers.ignores_keys() { PENDING_KEYS_IGNORED } else { PENDING };
        let status = loop {
            if cancelled {
                break StoreStatus::new(CANCELLED, "");
            }
            let next = {
                let next = answers.next();
                tokio::pin!(next);
                loop {
                    tokio::select! {
                        biased;
                        heard = self.hear(command.message_id, stop) => match heard? {
                            Heard::Cancel => cancelled = true,
                            Heard::Released => return Ok(After::Released),
                            Heard::Stopped => return Err(Error::Stopped),
                            Heard::Stored { .. } => return Err(self.broken("response to nothing").await),
                        },
                        next = &mut next => break next,
                    }
                    if cancelled {
                        break Ok(None);
                    }
                }
            };
            match next {
                _ if cancelled => {}
                Ok(Some(identifier)) => {
                    let response = Writer::response_with(command, pending, "", DATA_SET).finish();
                    self.say(context_id, &response, Some(&identifier)).await?;
                }
                Ok(None) => break StoreStatus::success(),
                Err(status) => break status,
            }
        };
        self.final_answer(context_id, command, &status).await
    }

    pub(super) async fn final_answer(
        &mut self,
        context_id: u8,
        command: &Command,
        status: &StoreStatus,
    ) -> Result<After, Error> {
        self.answer(context_id, command, status).await?;
        Ok(After::GoesOn)
    }
}
