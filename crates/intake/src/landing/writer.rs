//! One writer: a thread that owns the end of one segment and commits what waits, together.
//!
//! Payloads are written while their senders' tasks still hash them; the trailers follow, then one sync for all of
//! them. The first error of a segment is its last: nobody who waits is told success, the segment takes no more
//! records, and what it had acknowledged is read again past the cache.

use super::applier::{Batch, Item};
use super::chunk::{Buffer, Chunk};
use super::format::{Content, Header, Kind, PAGE, Trailer, padded, record_bytes};
use super::large::PartFile;
use super::segment::{Segment, is_no_space};
use super::shared::Shared;
use super::spare::Spare;
use super::{Landed, LandedBody, Place, Position, Refusal, SegmentName, Verdict, disk};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver as Wait;
use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

/// Records of one commit: their header and trailer pages fit in one chunk.
const GROUP: usize = super::chunk::CHUNK / PAGE / 2;
/// Bytes of one commit.
const GROUP_BYTES: u64 = 32 << 20;

/// A record to write.
pub(super) struct Job {
    pub kind: Kind,
    pub source: String,
    pub received_at: OffsetDateTime,
    /// Padded; empty for a large file.
    pub payload: Arc<Buffer>,
    pub sealing: Sealing,
    pub reply: oneshot::Sender<Result<Answer, Refusal>>,
}

/// What is known of a payload once it is hashed.
pub(super) enum Sealing {
    Ready(Box<Sealed>),
    /// The sender's task is hashing; when it gives up, the record is given up.
    Later(Wait<Box<Sealed>>),
}

pub(super) struct Sealed {
    pub content: Content,
    pub body: LandedBody,
    /// The large file the record names; erased when the record is refused.
    pub large: Option<PartFile>,
}

/// The answer to a record that is durable and received.
#[derive(Debug)]
pub(super) struct Answer {
    pub place: Place,
    pub verdict: Verdict,
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    number: u32,
    applier: mpsc::UnboundedSender<Batch>,
    open: Option<Segment>,
    spare: Option<Spare>,
    next_segment: u64,
    pages: Chunk,
}

impl Writer {
    pub fn new(shared: Arc<Shared>, number: u32, next_segment: u64, applier: mpsc::UnboundedSender<Batch>) -> Self {
        Self { shared, number, applier, open: None, spare: None, next_segment, pages: Chunk::alone() }
    }

    /// Commits until every sender of jobs is gone.
    pub fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        self.make_spare();
        while let Some(first) = jobs.blocking_recv() {
            let mut bytes = record_bytes(first.payload.len() as u64);
            let mut group = vec![first];
            while group.len() < GROUP && bytes < GROUP_BYTES {
                let Ok(job) = jobs.try_recv() else { break };
                bytes += record_bytes(job.payload.len() as u64);
                group.push(job);
            }
            self.commit(group);
        }
        self.close_segment();
        if let Some(spare) = self.spare.take() {
            spare.discard();
        }
    }

    fn make_spare(&mut self) {
        if self.shared.settings.spare_segments && self.spare.is_none() {
            let name = self.next_name();
            self.spare = Spare::begin(&self.shared, name);
        }
    }

    fn next_name(&mut self) -> SegmentName {
        let segment = self.next_segment;
        self.next_segment += 1;
        SegmentName { writer: self.number, segment }
    }

    /// Splits a group where a segment ends.
    fn commit(&mut self, jobs: Vec<Job>) {
        let mut bytes = 0;
        let mut group = Vec::with_capacity(jobs.len());
        for job in jobs {
            let size = record_bytes(job.payload.len() as u64);
            if !self.open.as_ref().is_some_and(|segment| segment.has_room(bytes + size)) {
                self.write(std::mem::take(&mut group));
                bytes = 0;
                if let Err(refusal) = self.next_segment(size) {
                    let _ = job.reply.send(Err(refusal));
                    continue;
                }
            }
            bytes += size;
            group.push(job);
        }
        self.write(group);
    }

    fn next_segment(&mut self, need: u64) -> Result<(), Refusal> {
        // A write that failed has closed the segment already; one that did not fail may still have room.
        if self.open.as_ref().is_some_and(|segment| segment.has_room(need)) {
            return Ok(());
        }
        self.close_segment();
        let segment = match self.spare.take().and_then(|spare| spare.take(need)) {
            Some(segment) => segment,
            None => self.make_segment(need)?,
        };
        self.shared.state().open.insert(segment.name);
        self.open = Some(segment);
        self.make_spare();
        Ok(())
    }

    fn make_segment(&mut self, need: u64) -> Result<Segment, Refusal> {
        let (name, nonce) = (self.next_name(), ambient::random_bytes(&*self.shared.random));
        let size = self.shared.settings.segment_bytes;
        Segment::create(&self.shared.folder, name, nonce, size, need).map_err(|error| {
            tracing::error!(segment = %name, %error, "cannot make a landing segment");
            refusal_of(&error)
        })
    }

    fn close_segment(&mut self) {
        if let Some(segment) = self.open.take() {
            let name = segment.close();
            let mut state = self.shared.state();
            state.open.remove(&name);
            state.closed.insert(name);
        }
    }

    fn write(&mut self, group: Vec<Job>) {
        if group.is_empty() {
            return;
        }
        let Some(segment) = self.open.as_mut() else { return refuse(group, &Refusal::Storage) };
        let mut records: Vec<Record> = group.into_iter().map(Record::new).collect();
        match append(segment, &mut records, &mut self.pages) {
            Ok(()) => self.hand_over(records),
            Err(error) => {
                tracing::error!(segment = %segment.name, %error, "a landing segment failed and is retired");
                refuse(records.into_iter().map(|record| record.job), &refusal_of(&error));
                self.retire();
            }
        }
    }

    /// The segment takes no more records; what it had acknowledged is checked on the disk itself.
    fn retire(&mut self) {
        let Some(name) = self.open.as_ref().map(|segment| segment.name) else { return };
        self.shared.state().failed_segments += 1;
        self.close_segment();
        let shared = Arc::clone(&self.shared);
        let check = move || super::check::acknowledged(&shared, name);
        if let Err(error) = std::thread::Builder::new().name("landing-check".into()).spawn(check) {
            tracing::error!(segment = %name, %error, "a retired segment could not be checked");
        }
    }

    /// Gives synced records to the applier.
    fn hand_over(&mut self, records: Vec<Record>) {
        let Some(segment) = self.open.as_ref() else { return };
        let position = Position { segment: segment.name.segment, offset: segment.end };
        let mut records = records;
        super::large::settle(&self.shared.folder, records.iter_mut().filter_map(|record| record.sealed.as_mut()));
        let items: Vec<Item> = records.into_iter().filter_map(|record| record.item(segment.name)).collect();
        if let Err(unsent) = self.applier.send(Batch { items, position }) {
            for item in unsent.0.items {
                let _ = item.reply.send(Err(Refusal::Unavailable));
            }
        }
    }
}

/// A job with its place in the segment.
pub(super) struct Record {
    job: Job,
    offset: u64,
    pub(super) sealed: Option<Box<Sealed>>,
}

impl Record {
    fn new(job: Job) -> Self {
        Self { job, offset: 0, sealed: None }
    }

    fn payload_bytes(&self) -> u64 {
        self.job.payload.len() as u64
    }

    fn trailer(&self, segment: &Segment) -> Trailer {
        let content = self.sealed.as_ref().map(|sealed| sealed.content.clone());
        Trailer {
            aborted: content.is_none(),
            writer: segment.name.writer,
            segment: segment.name.segment,
            offset: self.offset,
            payload_bytes: self.payload_bytes(),
            nonce: segment.nonce,
            content: content.unwrap_or_default(),
        }
    }

    fn trailer_offset(&self) -> u64 {
        self.offset + PAGE as u64 + padded(self.payload_bytes())
    }

    /// The record as the register takes it; `None` when it was given up or its large file could not be kept.
    fn item(self, name: SegmentName) -> Option<Item> {
        let sealed = self.sealed?;
        let large = sealed.content.large_number;
        if sealed.large.is_some() {
            let _ = self.job.reply.send(Err(Refusal::Storage));
            return None;
        }
        let place = Place {
            writer: name.writer,
            segment: name.segment,
            offset: self.offset,
            length: if large == 0 { self.job.payload.len() as u64 } else { sealed.content.large_bytes },
            file: (large != 0).then_some(large),
        };
        let Job { source, received_at, reply, .. } = self.job;
        Some(Item { landed: Landed { place, source, received_at, body: sealed.body }, reply })
    }
}

/// Writes the records at the segment's end, syncs, and moves the end.
fn append(segment: &mut Segment, records: &mut [Record], pages: &mut Chunk) -> io::Result<()> {
    let mut end = segment.end;
    for record in records.iter_mut() {
        record.offset = end;
        end += record_bytes(record.payload_bytes());
        if let Sealing::Ready(_) = record.job.sealing {
            let taken = std::mem::replace(&mut record.job.sealing, Sealing::Later(std::sync::mpsc::channel().1));
            if let Sealing::Ready(sealed) = taken {
                record.sealed = Some(sealed);
            }
        }
    }
    encode(segment, records, pages);
    write_payloads(segment, records, pages)?;
    let end = write_late_trailers(segment, records, pages)?;
    disk::sync(&segment.file)?;
    segment.end = end;
    Ok(())
}

/// Header pages, and the trailers known already.
fn encode(segment: &Segment, records: &[Record], pages: &mut Chunk) {
    for (record, pair) in records.iter().zip(pages.bytes_mut().chunks_exact_mut(2 * PAGE)) {
        let (first, second) = pair.split_at_mut(PAGE);
        let header = Header {
            kind: record.job.kind,
            writer: segment.name.writer,
            segment: segment.name.segment,
            offset: record.offset,
            payload_bytes: record.payload_bytes(),
            synced_bytes: segment.end,
            received_micros: micros(record.job.received_at),
            nonce: segment.nonce,
            source: record.job.source.clone(),
        };
        first.fill(0);
        header.encode(first);
        second.fill(0);
        record.trailer(segment).encode(second);
    }
}

/// One write for each run of adjacent pages: small records, hashed before, go out whole and together.
fn write_payloads(segment: &Segment, records: &[Record], pages: &Chunk) -> io::Result<()> {
    let mut run: Vec<&[u8]> = Vec::new();
    let mut start = segment.end;
    for (record, pair) in records.iter().zip(pages.bytes().chunks_exact(2 * PAGE)) {
        let (header, trailer) = pair.split_at(PAGE);
        run.push(header);
        run.extend(record.job.payload.padded_slices());
        if record.sealed.is_some() {
            run.push(trailer);
        } else {
            disk::write_all(&segment.file, &run, start)?;
            run.clear();
            start = record.trailer_offset() + PAGE as u64;
        }
    }
    if run.is_empty() { Ok(()) } else { disk::write_all(&segment.file, &run, start) }
}

/// Waits for the digests still being made, and says where the last record that was not given up ends: the space of
/// those after it is used again.
fn write_late_trailers(segment: &Segment, records: &mut [Record], pages: &mut Chunk) -> io::Result<u64> {
    let mut late = Vec::new();
    for (index, record) in records.iter_mut().enumerate() {
        if record.sealed.is_none() {
            if let Sealing::Later(wait) = &record.job.sealing {
                record.sealed = wait.recv().ok();
            }
            late.push(index);
        }
    }
    let kept = records.iter().rposition(|record| record.sealed.is_some()).map_or(0, |last| last + 1);
    for index in late.into_iter().filter(|index| *index < kept) {
        let Some(record) = records.get(index) else { continue };
        let page = pages.bytes_mut().get_mut(..PAGE).unwrap_or_default();
        page.fill(0);
        record.trailer(segment).encode(page);
        disk::write_all(&segment.file, &[&*page], record.trailer_offset())?;
    }
    let end = records.iter().take(kept).next_back().map(|record| record.trailer_offset() + PAGE as u64);
    Ok(end.unwrap_or(segment.end))
}

fn refuse(jobs: impl IntoIterator<Item = Job>, refusal: &Refusal) {
    for job in jobs {
        let _ = job.reply.send(Err(refusal.clone()));
    }
}

pub(super) fn refusal_of(error: &io::Error) -> Refusal {
    if is_no_space(error) { Refusal::NoSpace } else { Refusal::Storage }
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1000).unwrap_or(0)
}
