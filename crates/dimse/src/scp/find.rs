//! C-FIND as a provider (PS3.4 §C.4.1, §K.4.1): the identifier is handed on, answers are sent as they come, and a
//! C-CANCEL ends the search.

use super::StoreStatus;
use super::session::{Session, unrecognized};
use crate::Error;
use crate::ae::AeTitle;
use crate::command::{Command, Writer, element, field};
use async_trait::async_trait;
use bytes::Bytes;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The longest identifier taken, in bytes.
pub(super) const MAX_IDENTIFIER_BYTES: usize = 1 << 20;

/// Answers found and not yet sent: a slow peer slows the search.
const WAITING: usize = 16;

/// Matches are continuing (PS3.4 table C.4-1).
const PENDING: u16 = 0xFF00;
/// The same; some optional keys were not supported.
const PENDING_WITHOUT_SOME_KEYS: u16 = 0xFF01;
/// Terminated by a C-CANCEL.
const CANCELLED: u16 = 0xFE00;

/// What a peer looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindRequest {
    /// The validated calling title.
    pub calling: AeTitle,
    /// The validated called title.
    pub called: AeTitle,
    /// Where the connection comes from.
    pub peer: SocketAddr,
    /// The SOP class of the presentation context.
    pub sop_class_uid: String,
    /// What the identifier is encoded in; answers are to be, too.
    pub transfer_syntax_uid: String,
    /// The data set of the request.
    pub identifier: Bytes,
}

/// One match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Its identifier, encoded as the request's.
    pub identifier: Vec<u8>,
    /// Whether every key was compared (`FF00`), or some optional one was not (`FF01`).
    pub all_keys: bool,
}

/// Who answers searches of one SOP class.
#[async_trait]
pub trait FindHandler: Send + Sync + 'static {
    /// Sends what matches and returns the final status: success, or why it failed. It is dropped when the peer cancels
    /// or goes; a send that fails says the same.
    async fn find(&self, request: FindRequest, matches: mpsc::Sender<Match>) -> StoreStatus;
}

/// A search under way.
pub(super) struct Search {
    pub(super) context_id: u8,
    pub(super) command: Command,
    matches: mpsc::Receiver<Match>,
    task: JoinHandle<StoreStatus>,
    cancelled: bool,
}

impl Drop for Search {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What a search says next.
pub(super) enum Said {
    Match(Match),
    End(StoreStatus),
}

impl Search {
    pub(super) fn begin(handler: Arc<dyn FindHandler>, context_id: u8, command: Command, request: FindRequest) -> Self {
        let (found, matches) = mpsc::channel(WAITING);
        let task = tokio::spawn(async move { handler.find(request, found).await });
        Self { context_id, command, matches, task, cancelled: false }
    }

    /// The peer wants no more.
    pub(super) fn cancel(&mut self, message_id: u16) {
        if self.command.message_id == message_id {
            self.cancelled = true;
            self.task.abort();
        }
    }

    /// The next match, or the end. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Said {
        if !self.cancelled
            && let Some(found) = self.matches.recv().await
        {
            return Said::Match(found);
        }
        match (&mut self.task).await {
            // A search that was over when the cancel came has its own end.
            Ok(status) if !self.cancelled => Said::End(status),
            Ok(_) => Said::End(StoreStatus::new(CANCELLED, "")),
            Err(_) if self.cancelled => Said::End(StoreStatus::new(CANCELLED, "")),
            Err(error) => {
                tracing::error!(%error, "a search ended abnormally");
                Said::End(StoreStatus::processing_failure("the search failed"))
            }
        }
    }

    /// The command set that goes before a match.
    pub(super) fn pending(&self, found: &Match) -> Vec<u8> {
        let status = if found.all_keys { PENDING } else { PENDING_WITHOUT_SOME_KEYS };
        let class = self.command.uid(element::AFFECTED_SOP_CLASS).unwrap_or_default();
        Writer::answering(field::C_FIND_RQ | field::RESPONSE, self.command.message_id, class)
            .number(element::DATA_SET_TYPE, 1)
            .number(element::STATUS, status)
            .finish()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Session<'_, S> {
    pub(super) fn finder(&self, context_id: u8) -> Option<Arc<dyn FindHandler>> {
        self.server.handlers.finds.get(self.class_of(context_id)?.0).cloned()
    }

    /// Begins a search.
    pub(super) async fn seek(&mut self, context_id: u8, command: &Command, identifier: Bytes) -> Result<(), Error> {
        if self.search.is_some() {
            let status = StoreStatus::out_of_resources("one search at a time");
            return self.answer(context_id, command, &status).await;
        }
        let (Some(handler), Some((class, syntax))) = (self.finder(context_id), self.class_of(context_id)) else {
            return self.answer(context_id, command, &unrecognized()).await;
        };
        let request = FindRequest {
            calling: self.agreement.calling.clone(),
            called: self.agreement.called.clone(),
            peer: self.peer,
            sop_class_uid: class.to_owned(),
            transfer_syntax_uid: syntax.to_owned(),
            identifier,
        };
        self.search = Some(Search::begin(handler, context_id, command.clone(), request));
        Ok(())
    }

    /// Sends what a search says.
    pub(super) async fn found(&mut self, said: Said) -> Result<(), Error> {
        match said {
            Said::Match(found) => {
                let Some(search) = &self.search else { return Ok(()) };
                let (context_id, command) = (search.context_id, search.pending(&found));
                self.say(context_id, &command, Some(&found.identifier)).await
            }
            Said::End(status) => {
                let Some(search) = self.search.take() else { return Ok(()) };
                self.answer(search.context_id, &search.command, &status).await
            }
        }
    }
}

/// The next thing that the search under way says; never, when there is none.
pub(super) async fn next(search: &mut Option<Search>) -> Said {
    match search {
        Some(search) => search.next().await,
        None => std::future::pending().await,
    }
}
