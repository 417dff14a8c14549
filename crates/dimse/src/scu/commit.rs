//! Asking for storage commitment and hearing its answer on the same association; answering who asked us.

use super::Scu;
use crate::command::{Command, MAX_BYTES, Writer, element, field};
use crate::commitment::{self, Commitment, MAX_EVENT_BYTES, Outcome, SOP_CLASS, SOP_INSTANCE};
use crate::machine::Event;
use crate::pdu::AbortReason;
use crate::pdu::data::next_pdv;
use crate::scp::StoreStatus;
use crate::{Error, Phase, association::Came};
use bytes::BytesMut;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

impl<S> Scu<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    /// Whether the peer offers commitment on this association.
    pub fn offers_commitment(&self) -> bool {
        self.contexts.iter().any(|context| context.sop_class_uid == SOP_CLASS)
    }

    /// N-ACTION: asks the peer to commit to instances, each SOP class and instance. Answers the status of the request,
    /// not of the commitment.
    ///
    /// # Errors
    /// [`Error::NoContext`], or whatever ended the association.
    pub async fn request_commitment(
        &mut self,
        transaction_uid: &str,
        instances: &[(&str, &str)],
    ) -> Result<StoreStatus, Error> {
        let context = self.contexts.iter().find(|context| context.sop_class_uid == SOP_CLASS);
        let context = context.ok_or(Error::NoContext)?;
        let (context_id, implicit) = (context.id, context.transfer_syntax_uid == commitment::IMPLICIT);
        let set = commitment::write(transaction_uid, instances, implicit);
        let message_id = self.next_message_id();
        let command = Writer::asking(field::N_ACTION_RQ, message_id, SOP_CLASS)
            .number(element::DATA_SET_TYPE, 1)
            .text(element::REQUESTED_SOP_INSTANCE, SOP_INSTANCE, 0)
            .number(element::ACTION_TYPE_ID, commitment::REQUEST)
            .finish();
        self.queue_command(context_id, &command);
        self.say(context_id, message_id, &set).await
    }

    /// N-EVENT-REPORT: says what became of a request of the peer's, on an association of ours (see
    /// [`Scu::associate_as`]). Answers the peer's status.
    ///
    /// # Errors
    /// [`Error::NoContext`], or whatever ended the association.
    pub async fn report_commitment(&mut self, outcome: &Outcome) -> Result<StoreStatus, Error> {
        let context = self.contexts.iter().find(|context| context.sop_class_uid == SOP_CLASS);
        let context = context.ok_or(Error::NoContext)?;
        let (context_id, implicit) = (context.id, context.transfer_syntax_uid == commitment::IMPLICIT);
        let message_id = self.next_message_id();
        self.queue_command(context_id, &crate::scp::event(message_id, outcome));
        self.say(context_id, message_id, &outcome.write(implicit)).await
    }

    /// Sends the data set of the command that is queued, and waits for the answer.
    async fn say(&mut self, context_id: u8, message_id: u16, mut data: &[u8]) -> Result<StoreStatus, Error> {
        let mut left = data.len();
        loop {
            let value = left.min(self.value_bytes);
            left -= value;
            self.queue_data(context_id, &mut data, value, left == 0).await?;
            self.flush().await?;
            if left == 0 {
                return self.answer(message_id).await;
            }
        }
    }

    /// Waits for the peer's N-EVENT-REPORT and answers it. `None` when the peer ends the association first, or does not
    /// speak in time: it will open one of its own. The association is over then.
    ///
    /// # Errors
    /// Whatever else ended the association.
    pub async fn commitment(&mut self, within: Duration) -> Result<Option<Commitment>, Error> {
        let until = Instant::now() + within;
        let (mut bytes, mut set) = (BytesMut::new(), BytesMut::new());
        let mut command: Option<Command> = None;
        loop {
            let mut body = match self.link.next(until, Phase::Message).await {
                Ok(Came::Data(body)) => body,
                Ok(Came::ReleaseRequested) => {
                    self.link.step(Event::ReleaseAnswered, &[]).await?;
                    return Ok(None);
                }
                Ok(_) => return Err(self.link.invalid("PDU out of place", AbortReason::UnexpectedPdu).await),
                Err(Error::TimedOut(_) | Error::Closed | Error::Aborted { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            while !body.is_empty() {
                let Ok(pdv) = next_pdv(&mut body) else { return Err(self.broken().await) };
                let into = if pdv.is_command { &mut bytes } else { &mut set };
                let most = if pdv.is_command { MAX_BYTES } else { MAX_EVENT_BYTES };
                if into.len() + pdv.data.len() > most || pdv.is_command == command.is_some() {
                    return Err(self.broken().await);
                }
                into.extend_from_slice(&pdv.data);
                match (&command, pdv.is_last) {
                    (_, false) => {}
                    (None, true) => match Command::read(&bytes.split().freeze()) {
                        Ok(read) if read.command_field == field::N_EVENT_REPORT_RQ && read.has_data_set => {
                            command = Some(read);
                        }
                        _ => return Err(self.broken().await),
                    },
                    (Some(request), true) => return self.committed(pdv.context_id, request, &set).await,
                }
            }
        }
    }

    async fn committed(&mut self, context_id: u8, request: &Command, set: &[u8]) -> Result<Option<Commitment>, Error> {
        let context = self.contexts.iter().find(|context| context.id == context_id);
        let read = context.and_then(|context| Commitment::read(set, &context.transfer_syntax_uid));
        let status = if read.is_some() { 0x0000 } else { 0x0110 };
        self.queue_command(context_id, &Writer::response(request, status, "").finish());
        self.flush().await?;
        Ok(read)
    }
}
