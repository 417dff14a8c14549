//! C-MOVE and C-GET (PS3.4 §C.4.2, §C.4.3): every instance is a sub-operation of its own, and the failure of one stops
//! none of the others.

use super::StoreStatus;
use super::operate::{After, DATA_SET, Heard, Operation, PENDING};
use super::query::{QueryHandler, QueryRequest, Retrieval, Retrieved};
use super::session::Session;
use crate::Error;
use crate::ae::AeTitle;
use crate::command::{NO_DATA_SET, Writer, element, field};
use crate::machine::Event;
use crate::pdu::data::{single_value_header, value_bytes};
use crate::scu::{Instance, Proposal, Scu};
use dicom::attributes::{Attributes, Text};
use dicom::tables::{EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};
use dicom::{Vr, tag};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// The longest P-DATA-TF we send, in bytes.
const MAX_SENT: u32 = 256 * 1024;
/// After a cancel, for the answer to what is on its way to a destination.
const LAST_ANSWER: Duration = Duration::from_secs(3);
/// Failed instances that are named; all are counted.
const MOST_NAMED: usize = 10_000;
/// Contexts of one association.
const MOST_CONTEXTS: usize = 128;

/// What became of the sub-operations.
#[derive(Debug, Default)]
pub(super) struct Counts {
    remaining: usize,
    completed: usize,
    warning: usize,
    failed: Vec<String>,
}

/// What became of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Completed,
    Warning,
    Failed,
}

impl Sent {
    fn of(status: u16) -> Self {
        match status {
            0 => Self::Completed,
            1 | 0xB000..=0xBFFF | 0x0107 | 0x0116 => Self::Warning,
            _ => Self::Failed,
        }
    }
}

impl Counts {
    fn of(total: usize) -> Self {
        Self { remaining: total, ..Self::default() }
    }

    fn count(&mut self, sent: Sent, instance: &Retrieved) {
        self.remaining = self.remaining.saturating_sub(1);
        match sent {
            Sent::Completed => self.completed += 1,
            Sent::Warning => self.warning += 1,
            Sent::Failed => self.failed.push(instance.sop_instance_uid.clone()),
        }
    }

    /// PS3.4 tables C.4-2 and C.4-3: everything, something, or nothing of it went.
    fn status(&self) -> u16 {
        match (self.failed.is_empty(), self.completed + self.warning) {
            (true, _) => 0x0000,
            (false, 0) => 0xA702,
            (false, _) => 0xB000,
        }
    }

    fn write(&self, writer: Writer, with_remaining: bool) -> Writer {
        let number = |count: usize| u16::try_from(count).unwrap_or(u16::MAX);
        let writer = if with_remaining { writer.number(element::REMAINING, number(self.remaining)) } else { writer };
        writer
            .number(element::COMPLETED, number(self.completed))
            .number(element::FAILED, number(self.failed.len()))
            .number(element::WARNING, number(self.warning))
    }

    /// Failed SOP Instance UID List (0008,0058); none when nothing failed.
    fn list(&self, transfer_syntax_uid: &str) -> Option<Vec<u8>> {
        if self.failed.is_empty() {
            return None;
        }
        let mut attributes = Attributes::default();
        let named = self.failed.iter().take(MOST_NAMED).cloned().collect();
        attributes.set(tag::FAILED_SOP_INSTANCE_UID_LIST, Vr::UI, named);
        // An explicit UI has 16 bits for its length: the list is cut to it, the count tells the rest.
        while transfer_syntax_uid == EXPLICIT_VR_LITTLE_ENDIAN && attributes.encode(false, Text::Ascii).len() > 65_000 {
            let kept = attributes.get(tag::FAILED_SOP_INSTANCE_UID_LIST).map_or(0, |list| list.texts().len() / 2);
            attributes.set(tag::FAILED_SOP_INSTANCE_UID_LIST, Vr::UI, self.failed.iter().take(kept).cloned().collect());
        }
        Some(attributes.encode(transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN, Text::Ascii))
    }
}

/// The context for an instance: one of its own transfer syntax, else one of a form that everything can be turned into.
fn fitting<'c>(
    contexts: impl Iterator<Item = (u8, &'c str, &'c str)> + Clone,
    instance: &Retrieved,
) -> Option<(u8, String)> {
    let of_class = contexts.filter(|(_, class, _)| *class == instance.sop_class_uid);
    let wanted = [instance.transfer_syntax_uid.as_str(), EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN];
    wanted.iter().find_map(|wanted| {
        let found = of_class.clone().find(|(_, _, syntax)| syntax == wanted);
        found.map(|(id, _, syntax)| (id, syntax.to_owned()))
    })
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Session<'_, S> {
    pub(super) async fn get_all(
        &mut self,
        operation: &Operation,
        handler: Arc<dyn QueryHandler>,
        request: QueryRequest,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<After, Error> {
        let mut retrieval = match handler.retrieve(request).await {
            Ok(retrieval) => retrieval,
            Err(status) => return self.final_answer(operation.context_id, &operation.command, &status).await,
        };
        let instances = retrieval.instances().to_vec();
        let mut counts = Counts::of(instances.len());
        let mut cancelled = operation.cancelled;
        for (index, instance) in instances.iter().enumerate() {
            if cancelled {
                break;
            }
            // What has been said since the last answer, without waiting for more.
            tokio::select! {
                biased;
                heard = self.hear(operation.command.message_id, stop) => match heard? {
                    Heard::Cancel => break,
                    Heard::Released => return Ok(After::Released),
                    Heard::Stopped => return Err(Error::Stopped),
                    Heard::Stored { .. } => return Err(self.broken("response to nothing").await),
                },
                () = std::future::ready(()) => {}
            }
            let sent = self.get_one(operation, retrieval.as_mut(), (index, instance), stop, &mut cancelled).await?;
            let Some(sent) = sent else { return Ok(After::Released) };
            counts.count(sent, instance);
            if counts.remaining > 0 && !cancelled {
                self.pending(operation, &counts).await?;
            }
        }
        self.over(operation, &counts).await
    }

    /// One C-STORE to whoever asked, on the same association; `None` when it was released meanwhile.
    async fn get_one(
        &mut self,
        operation: &Operation,
        retrieval: &mut dyn Retrieval,
        (index, instance): (usize, &Retrieved),
        stop: &mut watch::Receiver<bool>,
        cancelled: &mut bool,
    ) -> Result<Option<Sent>, Error> {
        // Only where the peer is the provider of the storage (PS3.7 §D.3.3.4, PS3.4 §C.5.3).
        let roles = &self.agreement.accept.roles;
        let is_provider = |class: &str| roles.iter().any(|role| role.scp && role.sop_class_uid == class);
        let contexts = self.agreement.contexts.iter().filter(|context| is_provider(&context.abstract_syntax));
        let contexts = contexts.map(|one| (one.id, one.abstract_syntax.as_str(), one.transfer_syntax.as_str()));
        let Some((context_id, syntax)) = fitting(contexts, instance) else { return Ok(Some(Sent::Failed)) };
        let Some(mut data) = retrieval.open(index, &syntax).await else { return Ok(Some(Sent::Failed)) };
        let message_id = u16::try_from(index % 65_535).unwrap_or_default() + 1;
        let command = Writer::request(field::C_STORE_RQ, message_id, &instance.sop_class_uid)
            .number(element::PRIORITY, 0)
            .number(element::DATA_SET_TYPE, DATA_SET)
            .text(element::AFFECTED_SOP_INSTANCE, &instance.sop_instance_uid, 0)
            .finish();
        self.send_data_set(context_id, &command, &mut data.bytes, data.length).await?;
        loop {
            match self.hear(operation.command.message_id, stop).await? {
                Heard::Cancel => *cancelled = true,
                Heard::Released => return Ok(None),
                Heard::Stopped => return Err(Error::Stopped),
                Heard::Stored { message_id: answered, status } if answered == message_id => {
                    return Ok(Some(Sent::of(status)));
                }
                Heard::Stored { .. } => return Err(self.broken("response to nothing").await),
            }
        }
    }

    /// A command and a data set, piece by piece. What cannot be read to its end aborts: half of it is on its way.
    async fn send_data_set(
        &mut self,
        context_id: u8,
        command: &[u8],
        data: &mut (dyn AsyncRead + Send + Unpin),
        length: u64,
    ) -> Result<(), Error> {
        let most = value_bytes(self.agreement.peer_max_pdu, MAX_SENT);
        let mut out = Vec::with_capacity(most.min(usize::try_from(length).unwrap_or(most)) + 512);
        let mut values = command.chunks(most).peekable();
        while let Some(value) = values.next() {
            let size = u32::try_from(value.len()).unwrap_or_default();
            out.extend_from_slice(&single_value_header(context_id, true, values.peek().is_none(), size));
            out.extend_from_slice(value);
        }
        let mut left = length;
        loop {
            let value = usize::try_from(left).unwrap_or(usize::MAX).min(most);
            left -= value as u64;
            let size = u32::try_from(value).unwrap_or_default();
            out.extend_from_slice(&single_value_header(context_id, false, left == 0, size));
            let start = out.len();
            out.resize(start + value, 0);
            let piece = out.get_mut(start..).unwrap_or_default();
            if data.read_exact(piece).await.is_err() {
                self.link.step(Event::AbortWanted, &[]).await?;
                return Err(Error::Truncated);
            }
            self.link.step(Event::DataWanted, &out).await?;
            out.clear();
            if left == 0 {
                return Ok(());
            }
        }
    }

    pub(super) async fn move_all(
        &mut self,
        operation: &Operation,
        handler: Arc<dyn QueryHandler>,
        request: QueryRequest,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<After, Error> {
        let command = &operation.command;
        let known = request.destination.clone().and_then(|title| Some((handler.address(&title)?, title)));
        let Some((address, title)) = known else {
            let status = StoreStatus::new(0xA801, "move destination unknown");
            return self.final_answer(operation.context_id, command, &status).await;
        };
        let mut retrieval = match handler.retrieve(request).await {
            Ok(retrieval) => retrieval,
            Err(status) => return self.final_answer(operation.context_id, command, &status).await,
        };
        let instances = retrieval.instances().to_vec();
        let mut counts = Counts::of(instances.len());
        let mut sender = Sender {
            address,
            own: self.agreement.called.clone(),
            originator: (self.agreement.calling.clone(), command.message_id),
            title,
            proposals: proposals(&instances),
            scu: None,
            tried: false,
        };
        let mut cancelled = operation.cancelled;
        for (index, instance) in instances.iter().enumerate() {
            if cancelled {
                break;
            }
            let sent = {
                let sending = sender.send(retrieval.as_mut(), index, instance);
                tokio::pin!(sending);
                let mut until: Option<tokio::time::Instant> = None;
                loop {
                    tokio::select! {
                        biased;
                        heard = self.hear(command.message_id, stop) => match heard? {
                            Heard::Cancel => {
                                cancelled = true;
                                until = Some(tokio::time::Instant::now() + LAST_ANSWER);
                            }
                            Heard::Released => return Ok(After::Released),
                            Heard::Stopped => return Err(Error::Stopped),
                            Heard::Stored { .. } => return Err(self.broken("response to nothing").await),
                        },
                        sent = &mut sending => break Some(sent),
                        () = past(until) => break None,
                    }
                }
            };
            let Some(sent) = sent else {
                sender.abort().await;
                break;
            };
            counts.count(sent, instance);
            if counts.remaining > 0 && !cancelled {
                self.pending(operation, &counts).await?;
            }
        }
        sender.end().await;
        self.over(operation, &counts).await
    }

    async fn pending(&mut self, operation: &Operation, counts: &Counts) -> Result<(), Error> {
        let response = Writer::response_with(&operation.command, PENDING, "", NO_DATA_SET);
        self.say(operation.context_id, &counts.write(response, true).finish(), None).await
    }

    /// The final answer: cancelled when something remains.
    async fn over(&mut self, operation: &Operation, counts: &Counts) -> Result<After, Error> {
        let cancelled = counts.remaining > 0;
        let status = if cancelled { 0xFE00 } else { counts.status() };
        let syntax = self.context(operation.context_id).map(|context| context.transfer_syntax.clone());
        let list = counts.list(&syntax.unwrap_or_default());
        let data_set = if list.is_some() { DATA_SET } else { NO_DATA_SET };
        let comment = if status == 0xA702 { "nothing could be sent" } else { "" };
        let response = Writer::response_with(&operation.command, status, comment, data_set);
        self.say(operation.context_id, &counts.write(response, cancelled).finish(), list.as_deref()).await?;
        Ok(After::GoesOn)
    }
}

/// For each class: a context for each transfer syntax kept, and one of the forms that everything can be turned into.
fn proposals(instances: &[Retrieved]) -> Vec<Proposal> {
    let mut kept: Vec<Proposal> = Vec::new();
    let mut fallback: Vec<Proposal> = Vec::new();
    for Retrieved { sop_class_uid, transfer_syntax_uid, .. } in instances {
        let one =
            Proposal { sop_class_uid: sop_class_uid.clone(), transfer_syntax_uids: vec![transfer_syntax_uid.clone()] };
        if !kept.contains(&one) {
            kept.push(one);
        }
        if !fallback.iter().any(|known| known.sop_class_uid == *sop_class_uid) {
            let both = [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN].map(str::to_owned).to_vec();
            fallback.push(Proposal { sop_class_uid: sop_class_uid.clone(), transfer_syntax_uids: both });
        }
    }
    kept.append(&mut fallback);
    kept.truncate(MOST_CONTEXTS);
    kept
}

/// The association with a destination.
struct Sender {
    address: String,
    own: AeTitle,
    title: AeTitle,
    /// Who asked, and the id of the message.
    originator: (AeTitle, u16),
    proposals: Vec<Proposal>,
    scu: Option<Scu<TcpStream>>,
    /// It could not be reached the last time: it is not waited for again for every instance.
    tried: bool,
}

impl Sender {
    /// One C-STORE; an association that broke is opened again for the next instance, once.
    async fn send(&mut self, retrieval: &mut dyn Retrieval, index: usize, instance: &Retrieved) -> Sent {
        if self.scu.is_none() {
            if self.tried {
                return Sent::Failed;
            }
            match Scu::connect(&self.address, &self.own, &self.title, &self.proposals).await {
                Ok(scu) => self.scu = Some(scu),
                Err(error) => {
                    tracing::info!(destination = %self.title, %error, "a move destination cannot be reached");
                    self.tried = true;
                    return Sent::Failed;
                }
            }
        }
        let Some(scu) = &mut self.scu else { return Sent::Failed };
        let contexts = scu.contexts().iter();
        let contexts = contexts.map(|one| (one.id, one.sop_class_uid.as_str(), one.transfer_syntax_uid.as_str()));
        let Some((_, syntax)) = fitting(contexts, instance) else { return Sent::Failed };
        let Some(data) = retrieval.open(index, &syntax).await else { return Sent::Failed };
        let named = Instance {
            sop_class_uid: &instance.sop_class_uid,
            sop_instance_uid: &instance.sop_instance_uid,
            transfer_syntax_uid: &syntax,
        };
        let originator = (self.originator.0.as_str(), self.originator.1);
        match scu.store_for(named, data.bytes, data.length, Some(originator)).await {
            Ok(status) => Sent::of(status.code),
            Err(error) => {
                tracing::info!(destination = %self.title, %error, "an association with a move destination broke");
                self.scu = None;
                Sent::Failed
            }
        }
    }

    async fn abort(&mut self) {
        if let Some(scu) = self.scu.take() {
            scu.abort().await;
        }
    }

    async fn end(&mut self) {
        if let Some(scu) = self.scu.take()
            && let Err(error) = scu.release().await
        {
            tracing::debug!(%error, "a move destination did not release");
        }
    }
}

/// Completes at `until`; without one never.
async fn past(until: Option<tokio::time::Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}
