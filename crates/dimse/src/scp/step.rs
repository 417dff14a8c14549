//! Modality Performed Procedure Step as a provider (PS3.4 annex F): N-CREATE and N-SET are handed on.

use super::StoreStatus;
use super::session::{Session, unrecognized};
use crate::Error;
use crate::ae::AeTitle;
use crate::command::{Command, element, field};
use async_trait::async_trait;
use bytes::Bytes;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};

/// The SOP class.
pub const PERFORMED_STEP_SOP_CLASS: &str = "1.2.840.10008.3.1.2.3.3";

/// The longest data set taken, in bytes: it names every image made.
pub(super) const MAX_STEP_BYTES: usize = 16 << 20;

/// What a modality says of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRequest {
    /// The validated calling title.
    pub calling: AeTitle,
    /// Where the connection comes from.
    pub peer: SocketAddr,
    /// The step; `None` when the modality leaves its name to us.
    pub sop_instance_uid: Option<String>,
    /// What the data set is encoded in.
    pub transfer_syntax_uid: String,
    /// The data set.
    pub data_set: Bytes,
}

/// Who hears of steps.
#[async_trait]
pub trait StepHandler: Send + Sync + 'static {
    /// N-CREATE: a step begins. Its SOP Instance UID, or a status of PS3.7 §10.1.5.1.6.
    async fn begin(&self, request: StepRequest) -> Result<String, StoreStatus>;
    /// N-SET: a step goes on or ends.
    async fn set(&self, request: StepRequest) -> Result<(), StoreStatus>;
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Session<'_, S> {
    pub(super) fn takes_steps(&self, context_id: u8) -> bool {
        self.server.handlers.steps.is_some()
            && self.class_of(context_id).is_some_and(|(class, _)| class == PERFORMED_STEP_SOP_CLASS)
    }

    /// Hands on what a modality says that it does.
    pub(super) async fn step(&mut self, context_id: u8, command: &Command, data_set: Bytes) -> Result<(), Error> {
        let (Some(handler), Some((_, syntax))) = (&self.server.handlers.steps, self.class_of(context_id)) else {
            return self.answer(context_id, command, &unrecognized()).await;
        };
        let begins = command.command_field == field::N_CREATE_RQ;
        let instance = if begins { element::AFFECTED_SOP_INSTANCE } else { element::REQUESTED_SOP_INSTANCE };
        let request = StepRequest {
            calling: self.agreement.calling.clone(),
            peer: self.peer,
            sop_instance_uid: command.uid(instance).map(str::to_owned),
            transfer_syntax_uid: syntax.to_owned(),
            data_set,
        };
        let answered = match begins {
            true => handler.begin(request).await.map(Some),
            false => handler.set(request).await.map(|()| None),
        };
        let (status, instance) = match answered {
            Ok(instance) => (StoreStatus::success(), instance),
            Err(status) => (status, None),
        };
        self.answer_about(context_id, command, &status, instance.as_deref()).await
    }
}
