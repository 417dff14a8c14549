//! One instance being received: memory first, a file of its own when it grows.

use super::chunk::Buffer;
use super::digest::{Digester, Digests};
use super::format::{Content, Kind};
use super::header::{Announced, Looked, dataset_offset, look, prefix};
use super::large::{LargeWriter, PartFile, blocking};
use super::writer::{Answer, Job, Sealed, Sealing};
use super::{Accepted, Arriving, Inner, LandedBody, LandedInstance, Outcome, Refusal, Verdict};
use bytes::Bytes;
use std::sync::Arc;

/// Up to here a payload is hashed before it is handed to a writer, which then writes it with others in one go; beyond,
/// hashing and writing overlap.
const HASHED_FIRST: usize = 64 << 10;
/// Deflated Explicit VR Little Endian: scanning it means inflating it.
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";

/// One instance being received. Dropping it leaves nothing behind.
pub struct Reception {
    inner: Arc<Inner>,
    source: String,
    announced: Option<Announced>,
    dataset_offset: Option<u64>,
    /// Whether a scan may take long enough to need a thread of its own.
    slow_to_scan: bool,
    received: u64,
    body: Body,
    failed: Option<Refusal>,
}

enum Body {
    Memory(Buffer),
    Large(Box<LargeWriter>),
    Taken,
}

impl Reception {
    pub(super) fn begin(inner: Arc<Inner>, arriving: Arriving) -> Result<Self, Refusal> {
        let (prefix, announced) = prefix(&arriving)?;
        let mut buffer = Buffer::new(&inner.shared.pool);
        buffer.push(&prefix);
        let dataset_offset = (!prefix.is_empty()).then_some(prefix.len() as u64);
        let (source, slow_to_scan) = match arriving {
            Arriving::DataSet { source, transfer_syntax_uid, .. } => {
                (source, transfer_syntax_uid.starts_with(DEFLATED))
            }
            Arriving::File { source } | Arriving::FileOf { source, .. } => (source, true),
        };
        let received = prefix.len() as u64;
        let body = Body::Memory(buffer);
        Ok(Self { inner, source, announced, dataset_offset, slow_to_scan, received, body, failed: None })
    }

    /// Adds the next slice of the data set (or of the file). Never waits for other receptions: without memory left,
    /// this one goes to its own file.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], [`Refusal::NoSpace`], [`Refusal::Storage`]; all later calls then give the same.
    pub async fn write(&mut self, slice: Bytes) -> Result<(), Refusal> {
        if let Some(refusal) = &self.failed {
            return Err(refusal.clone());
        }
        let added = self.add(&slice).await;
        if let Err(refusal) = &added {
            self.failed = Some(refusal.clone());
            self.body = Body::Taken;
        }
        added
    }

    async fn add(&mut self, mut slice: &[u8]) -> Result<(), Refusal> {
        let settings = &self.inner.shared.settings;
        self.received = self.received.saturating_add(slice.len() as u64);
        if self.received > settings.instance_bytes_max {
            return Err(Refusal::TooLarge { max_bytes: settings.instance_bytes_max });
        }
        if let Body::Memory(buffer) = &mut self.body {
            let room = settings.buffered_bytes.saturating_sub(buffer.len());
            let taken = buffer.push(slice.get(..slice.len().min(room)).unwrap_or_default());
            slice = slice.get(taken..).unwrap_or_default();
            if slice.is_empty() {
                return Ok(());
            }
            let Body::Memory(buffer) = std::mem::replace(&mut self.body, Body::Taken) else { return Ok(()) };
            self.dataset_offset = self.dataset_offset.or_else(|| dataset_offset(buffer.head()));
            let writer = LargeWriter::begin(&self.inner.shared, buffer, self.dataset_offset).await?;
            self.body = Body::Large(Box::new(writer));
        }
        match &mut self.body {
            Body::Large(writer) => writer.write(slice).await,
            Body::Memory(_) | Body::Taken => Err(Refusal::Storage),
        }
    }

    /// Checks, makes durable, makes visible. When this returns `Ok` the instance survives a power cut and can be
    /// queried.
    ///
    /// # Errors
    /// Any [`Refusal`]; after one of them the sender may send again.
    pub async fn finish(mut self) -> Result<Accepted, Refusal> {
        if let Some(refusal) = self.failed.take() {
            return Err(refusal);
        }
        match std::mem::replace(&mut self.body, Body::Taken) {
            Body::Memory(buffer) => self.finish_small(buffer).await,
            Body::Large(writer) => self.finish_large(*writer).await,
            Body::Taken => Err(Refusal::Storage),
        }
    }

    async fn finish_small(self, mut buffer: Buffer) -> Result<Accepted, Refusal> {
        buffer.pad();
        let payload = Arc::new(buffer);
        let looked = if self.slow_to_scan {
            let (payload, announced) = (Arc::clone(&payload), self.announced.clone());
            let looking = move || Ok(look(payload.reader(), payload.len() as u64, announced.as_ref()));
            blocking(looking).await.map_err(|_| Refusal::Storage)??
        } else {
            look(payload.reader(), payload.len() as u64, self.announced.as_ref())?
        };
        let (reply, answered) = tokio::sync::oneshot::channel();
        let (kind, source) = (Kind::Instance, self.source);
        let received_at = self.inner.shared.clock.now();
        let length = payload.len() as u64;
        let dataset_offset = looked.dataset_offset;
        let digest = |payload: &Buffer| {
            let mut digester = Digester::new(dataset_offset);
            payload.slices().for_each(|slice| digester.update(slice));
            digester.finish()
        };
        if payload.len() <= HASHED_FIRST {
            let arrived = Arrived::new(looked, length);
            let (sealed, accepted) = arrived.seal(digest(&payload), None);
            let sealing = Sealing::Ready(Box::new(sealed));
            let job = Job { kind, source, received_at, payload, sealing, reply };
            let _turn = self.inner.send(job).await?;
            return accepted.answered(answered.await);
        }
        let (late, sealing) = std::sync::mpsc::channel();
        let sealing = Sealing::Later(sealing);
        let job = Job { kind, source, received_at, payload: Arc::clone(&payload), sealing, reply };
        let _turn = self.inner.send(job).await?;
        let digests = digest(&payload);
        drop(payload);
        let (sealed, accepted) = Arrived::new(looked, length).seal(digests, None);
        let _ = late.send(Box::new(sealed));
        accepted.answered(answered.await)
    }

    async fn finish_large(self, writer: LargeWriter) -> Result<Accepted, Refusal> {
        let (part, digests) = writer.finish().await?;
        let (announced, expected, length) = (self.announced, self.dataset_offset, self.received);
        let looking = move || {
            let looked = match look(part.whole(length), length, announced.as_ref()) {
                Ok(looked) => looked,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let digests = match digests.filter(|_| expected == Some(looked.dataset_offset)) {
                Some(digests) => digests,
                None => super::replay::digests_of(part.whole(length), looked.dataset_offset)?,
            };
            Ok(Ok((part, looked, digests)))
        };
        let (part, looked, digests) = blocking(looking).await.map_err(|_| Refusal::Storage)??;
        let (reply, answered) = tokio::sync::oneshot::channel();
        let (sealed, accepted) = Arrived::new(looked, length).seal(digests, Some(part));
        let job = Job {
            kind: Kind::LargeFile,
            source: self.source,
            received_at: self.inner.shared.clock.now(),
            payload: Arc::new(Buffer::new(&self.inner.shared.pool)),
            sealing: Sealing::Ready(Box::new(sealed)),
            reply,
        };
        let _turn = self.inner.send(job).await?;
        accepted.answered(answered.await)
    }
}

/// A scanned instance on its way into the log.
struct Arrived {
    looked: Looked,
    length: u64,
}

/// What will be answered if all goes well.
struct Promise {
    instance: LandedInstance,
}

impl Arrived {
    fn new(looked: Looked, length: u64) -> Self {
        Self { looked, length }
    }

    fn seal(self, digests: Digests, part: Option<PartFile>) -> (Sealed, Promise) {
        let header = self.looked.header;
        let content = Content {
            sha256: digests.sha256,
            crc32: digests.crc32,
            dataset_offset: self.looked.dataset_offset,
            large_number: part.as_ref().map_or(0, |part| part.number),
            large_bytes: if part.is_some() { self.length } else { 0 },
            sop_class_uid: header.sop_class_uid.clone(),
            sop_instance_uid: header.sop_instance_uid.clone(),
            transfer_syntax_uid: header.transfer_syntax_uid.clone(),
        };
        let instance = LandedInstance {
            header: Arc::new(header),
            size_bytes: self.length,
            sha256: digests.sha256,
            quality_control: self.looked.quality_control,
        };
        let body = LandedBody::Instance(instance.clone());
        (Sealed { content, body, large: part }, Promise { instance })
    }
}

type Answered = Result<Result<Answer, Refusal>, tokio::sync::oneshot::error::RecvError>;

impl Promise {
    fn answered(self, answered: Answered) -> Result<Accepted, Refusal> {
        let Answer { place, verdict } = answered.unwrap_or(Err(Refusal::Storage))?;
        let outcome = match verdict {
            Verdict::Stored => Outcome::Stored,
            Verdict::Duplicate => Outcome::Duplicate,
            Verdict::Conflict => return Err(Refusal::Conflict),
            Verdict::Declined(reason) => return Err(Refusal::Declined { reason }),
        };
        Ok(Accepted {
            outcome,
            place,
            sha256: self.instance.sha256,
            size_bytes: self.instance.size_bytes,
            header: self.instance.header,
        })
    }
}
