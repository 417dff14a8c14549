//! At opening: what the log holds and the register has not applied is given to it again.

use super::digest::Digester;
use super::format::{Kind, PAGE};
use super::header::look;
use super::segment_scan::{Scan, SegmentReader, Stored};
use super::shared::Shared;
use super::{
    Applied, Landed, LandedBody, LandedInstance, LandingError, Place, PlaceName, Position, Register, Replayed,
    SegmentName, check, eraser, folder::io_error, large, losses, read,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;
use time::OffsetDateTime;

/// Records given to the register at once.
const BATCH: usize = 64;

/// Replays all writers' logs; gives the number of the next segment of each.
pub(super) async fn all(
    shared: &Arc<Shared>,
    register: &dyn Register,
) -> Result<(Replayed, BTreeMap<u32, u64>), LandingError> {
    shared.state().damaged = losses::load(&shared.folder)?;
    let mut segments: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for name in shared.folder.segments()? {
        segments.entry(name.writer).or_default().push(name.segment);
    }
    let writers: BTreeSet<u32> = segments.keys().copied().chain(0..u32::from(shared.settings.writers)).collect();
    let (mut replayed, mut next) = (Replayed::default(), BTreeMap::new());
    for writer in writers {
        let applied = register.applied(writer).await?;
        let on_disk = segments.remove(&writer).unwrap_or_default();
        let last = on_disk.last().copied().max(applied.map(|applied| applied.segment)).unwrap_or(0);
        next.insert(writer, last + 1);
        let mut replay = Replay { shared, register, writer, replayed: &mut replayed };
        for segment in on_disk {
            replay.segment(segment, applied.unwrap_or_default()).await?;
        }
        let state = &mut shared.state();
        state.applied.insert(writer, Position { segment: last, offset: u64::MAX });
    }
    replayed.aborted_files = eraser::orphans(&shared.folder)?;
    for file in shared.folder.large_files()? {
        if let super::folder::LargeName::Kept(number) = file {
            shared.large_number_seen(number);
        }
    }
    check::report(shared, replayed.damaged.iter().copied());
    Ok((replayed, next))
}

struct Replay<'a> {
    shared: &'a Arc<Shared>,
    register: &'a dyn Register,
    writer: u32,
    replayed: &'a mut Replayed,
}

impl Replay<'_> {
    async fn segment(&mut self, segment: u64, applied: Position) -> Result<(), LandingError> {
        let name = SegmentName { writer: self.writer, segment };
        self.shared.state().closed.insert(name);
        if segment < applied.segment {
            return Ok(());
        }
        let known = if segment == applied.segment { applied.offset } else { 0 };
        let from = known.max(PAGE as u64).next_multiple_of(PAGE as u64);
        let shared = Arc::clone(self.shared);
        let scan = run(move || scan(&shared, name, from)).await?;
        let Some(scan) = scan else { return self.without_head(name) };
        let (torn, damaged) = scan.torn_and_damaged(known);
        self.replayed.torn += torn;
        let place = |offset| Place { writer: name.writer, segment: name.segment, offset, length: 0, file: None };
        self.replayed.damaged.extend(damaged.into_iter().map(place));
        let records: Vec<Stored> = scan.records().cloned().collect();
        for batch in records.chunks(BATCH) {
            self.batch(batch).await?;
        }
        if records.is_empty() && from == PAGE as u64 && scan.found.is_empty() {
            // Made, and never written to.
            self.shared.state().closed.remove(&name);
            return eraser::unused_segment(&self.shared.folder, name);
        }
        self.cut(name, scan.cut_at(known), known)
    }

    /// Gives back what a crash left reserved, once the segment's records are received; and finds out that a segment
    /// ends before what was applied of it.
    fn cut(&mut self, name: SegmentName, end: Option<u64>, known: u64) -> Result<(), LandingError> {
        let path = self.shared.folder.segment(name);
        let file = std::fs::OpenOptions::new().write(true).open(&path).map_err(io_error("opening", &path))?;
        let length = file.metadata().map_err(io_error("reading", &path))?.len();
        if length < known {
            let cut_off = Place { writer: name.writer, segment: name.segment, offset: length, length: 0, file: None };
            self.replayed.damaged.push(cut_off);
        }
        match end.filter(|end| *end < length) {
            Some(end) => file.set_len(end).map_err(io_error("cutting", &path)),
            None => Ok(()),
        }
    }

    /// The head page is not readable: a crash while the segment was made leaves a blank one.
    fn without_head(&mut self, name: SegmentName) -> Result<(), LandingError> {
        let path = self.shared.folder.segment(name);
        let mut page = Vec::new();
        let file = std::fs::File::open(&path).map_err(io_error("opening", &path))?;
        file.take(2 * PAGE as u64).read_to_end(&mut page).map_err(io_error("reading", &path))?;
        if page.iter().all(|byte| *byte == 0) {
            self.shared.state().closed.remove(&name);
            return eraser::unused_segment(&self.shared.folder, name);
        }
        let place = Place { writer: name.writer, segment: name.segment, offset: 0, length: 0, file: None };
        self.replayed.damaged.push(place);
        Ok(())
    }

    async fn batch(&mut self, records: &[Stored]) -> Result<(), LandingError> {
        let mut landed = Vec::with_capacity(records.len());
        for stored in records {
            let (shared, stored) = (Arc::clone(self.shared), stored.clone());
            let place = stored.place();
            match run(move || again(&shared, &stored)).await? {
                Ok(again) => landed.push(again),
                Err(reason) => {
                    tracing::error!(place = %PlaceName(place), reason, "a landing record cannot be received again");
                    self.replayed.damaged.push(place);
                }
            }
        }
        let Some(end) = records.last().and_then(|stored| stored.header.end().map(|end| (stored, end))) else {
            return Ok(());
        };
        let position = Position { segment: end.0.header.segment, offset: end.1 };
        let verdicts = self.register.receive(&landed, Applied { writer: self.writer, position }).await?;
        self.replayed.records += verdicts.len() as u64;
        Ok(())
    }
}

fn scan(shared: &Shared, name: SegmentName, from: u64) -> Result<Option<Scan>, LandingError> {
    let path = shared.folder.segment(name);
    let segment = SegmentReader::open(&path, name, false).map_err(io_error("opening", &path))?;
    Ok(segment.map(|mut segment| segment.scan(from)))
}

/// A record as the register takes it, or why it cannot be given.
fn again(shared: &Shared, stored: &Stored) -> Result<Result<Landed, &'static str>, LandingError> {
    let (header, content, place) = (&stored.header, &stored.content, stored.place());
    if let Some(number) = place.file {
        large::settle_again(&shared.folder, number)?;
        if !read::verify_large(&shared.folder, content, false).unwrap_or(false) {
            return Ok(Err("its large file is missing or damaged"));
        }
    }
    let Ok(mut region) = read::region_of(&shared.folder, place) else { return Ok(Err("it cannot be read")) };
    let body = match header.kind {
        Kind::Message => {
            let mut bytes = Vec::new();
            if region.read_to_end(&mut bytes).is_err() {
                return Ok(Err("it cannot be read"));
            }
            LandedBody::Message(bytes.into())
        }
        Kind::Instance | Kind::LargeFile => match look(region, place.length, None) {
            Ok(looked) => LandedBody::Instance(LandedInstance {
                header: Arc::new(looked.header),
                size_bytes: place.length,
                sha256: content.sha256,
                quality_control: looked.quality_control,
            }),
            Err(_) => return Ok(Err("its header can no longer be scanned")),
        },
        Kind::SegmentHead => return Ok(Err("it is no record")),
    };
    let received_at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(header.received_micros) * 1000);
    let received_at = received_at.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Ok(Ok(Landed { place, source: header.source.clone(), received_at, body }))
}

/// Digests of a file that could not be hashed on its way.
pub(super) fn digests_of(mut file: impl Read, dataset_offset: u64) -> std::io::Result<super::digest::Digests> {
    let mut digester = Digester::new(dataset_offset);
    let mut piece = vec![0; super::chunk::CHUNK];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(digester.finish()),
            Ok(read) => digester.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LandingError> + Send + 'static,
) -> Result<T, LandingError> {
    let joined = tokio::task::spawn_blocking(work).await;
    joined.unwrap_or_else(|error| Err(LandingError::Stopped(error.to_string())))
}
