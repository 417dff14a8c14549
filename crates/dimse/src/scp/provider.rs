//! Storage commitment as a provider (PS3.4 annex J): the request is handed on, its answer sent on the association
//! that it came by, as long as it is open.

use super::negotiate::Agreement;
use super::{Server, StoreStatus};
use crate::ae::AeTitle;
use crate::command::{Command, Writer, element, field};
use crate::commitment::{self, Asked, Outcome};
use async_trait::async_trait;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Answers that wait for a place on one association.
const WAITING: usize = 8;

/// A request, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentRequest {
    /// The validated calling title.
    pub calling: AeTitle,
    /// Where the connection comes from.
    pub peer: SocketAddr,
    /// What is asked.
    pub asked: Asked,
}

/// Who commits to what peers ask to be kept.
#[async_trait]
pub trait CommitmentProvider: Send + Sync + 'static {
    /// Takes a request, durably, or refuses it with a status of PS3.7 §10.1.4.1.10. `line` says its outcome on this
    /// association, once the request itself is answered.
    async fn asked(&self, request: CommitmentRequest, line: ReportLine) -> Result<(), StoreStatus>;
}

/// The way back on the association that a request came by.
#[derive(Debug, Clone)]
pub struct ReportLine {
    reports: mpsc::Sender<Report>,
    context_id: u8,
}

/// What became of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// The peer answered with this status.
    Answered(u16),
    /// It was sent, and the association ended before its answer.
    Unanswered,
    /// The association had ended before it was sent.
    Unsent,
}

impl ReportLine {
    /// Says the outcome.
    pub async fn report(&self, outcome: Outcome) -> Reported {
        let (answer, answered) = oneshot::channel();
        let sent = Arc::new(AtomicBool::new(false));
        let report = Report { context_id: self.context_id, outcome, answer, sent: Arc::clone(&sent) };
        if self.reports.send(report).await.is_err() {
            return Reported::Unsent;
        }
        match answered.await {
            Ok(status) => Reported::Answered(status),
            Err(_) if sent.load(Ordering::Acquire) => Reported::Unanswered,
            Err(_) => Reported::Unsent,
        }
    }
}

/// An outcome on its way out.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) context_id: u8,
    pub(super) outcome: Outcome,
    answer: oneshot::Sender<u16>,
    sent: Arc<AtomicBool>,
}

/// What one association says by itself: one report at a time, as no asynchronous operations are negotiated.
pub(super) struct Reports {
    line: mpsc::Sender<Report>,
    waiting: mpsc::Receiver<Report>,
    /// The message id of the one that is said, and who hears its answer.
    said: Option<(u16, oneshot::Sender<u16>)>,
    message_id: u16,
}

impl Default for Reports {
    fn default() -> Self {
        let (line, waiting) = mpsc::channel(WAITING);
        Self { line, waiting, said: None, message_id: 0 }
    }
}

impl Reports {
    pub(super) fn line(&self, context_id: u8) -> ReportLine {
        ReportLine { reports: self.line.clone(), context_id }
    }

    /// The next report, never before the last one is answered. May be dropped while it waits.
    pub(super) async fn next(&mut self) -> Report {
        if self.said.is_none()
            && let Some(report) = self.waiting.recv().await
        {
            return report;
        }
        std::future::pending().await
    }

    /// The command set of a report, whose answer is waited for from now on.
    pub(super) fn begin(&mut self, report: Report) -> Vec<u8> {
        self.message_id = self.message_id.wrapping_add(1);
        let command = event(self.message_id, &report.outcome);
        report.sent.store(true, Ordering::Release);
        self.said = Some((self.message_id, report.answer));
        command
    }

    /// Hands on the answer to what was said; false when it answers something else.
    pub(super) fn answered(&mut self, command: &Command) -> bool {
        let answers = command.command_field == field::N_EVENT_REPORT_RQ | field::RESPONSE;
        match (self.said.take(), command.status) {
            (Some((id, answer)), Some(status)) if answers && id == command.message_id => {
                // Who asked may have stopped listening: the peer has been heard all the same.
                let _ = answer.send(status);
                true
            }
            _ => false,
        }
    }
}

/// The command set of an N-EVENT-REPORT (PS3.7 §10.3.1).
pub(crate) fn event(message_id: u16, outcome: &Outcome) -> Vec<u8> {
    Writer::request(field::N_EVENT_REPORT_RQ, message_id, commitment::SOP_CLASS)
        .number(element::DATA_SET_TYPE, 1)
        .text(element::AFFECTED_SOP_INSTANCE, commitment::SOP_INSTANCE, 0)
        .number(element::EVENT_TYPE_ID, outcome.event_type())
        .finish()
}

/// Judges the form of a request and hands it on.
pub(super) async fn asked(
    server: &Server,
    agreement: &Agreement,
    peer: SocketAddr,
    command: &Command,
    bytes: &[u8],
    line: ReportLine,
) -> StoreStatus {
    let context = agreement.contexts.iter().find(|context| context.id == line.context_id);
    let context = context.filter(|context| context.abstract_syntax == commitment::SOP_CLASS);
    let (Some(context), Some(provider)) = (context, &server.handlers.provider) else {
        return StoreStatus::no_such_class("no action of this SOP class is offered");
    };
    if command.uid(element::REQUESTED_SOP_CLASS) != Some(commitment::SOP_CLASS) {
        return StoreStatus::no_such_class("no action of this SOP class is offered");
    }
    if command.uid(element::REQUESTED_SOP_INSTANCE) != Some(commitment::SOP_INSTANCE) {
        return StoreStatus::no_such_instance("not the instance that commitment is asked of");
    }
    if command.us(element::ACTION_TYPE_ID) != Some(commitment::REQUEST) {
        return StoreStatus::no_such_action("only action 1 is offered");
    }
    let Some(asked) = Asked::read(bytes, &context.transfer_syntax) else {
        return StoreStatus::invalid_argument("transaction or instances are not named by UIDs");
    };
    let request = CommitmentRequest { calling: agreement.calling.clone(), peer, asked };
    match provider.asked(request, line).await {
        Ok(()) => StoreStatus::success(),
        Err(status) => status,
    }
}
