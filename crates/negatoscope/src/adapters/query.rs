//! C-FIND, C-MOVE and C-GET over the archive's use cases.

use super::commit::Commits;
use super::sent::{converted, opened};
use archive::find::{self, Asker};
use archive::images::Images;
use archive::{Archive, ArchiveError};
use async_trait::async_trait;
use dicom::attributes::{Level, Text};
use dicom::matching::{Query, Wanted};
use dicom::scan::{Limits, Scanned, scan_dataset};
use dicom::tables::IMPLICIT_VR_LITTLE_ENDIAN;
use dicom::{Tag, Vr, tag};
use dimse::ae::AeTitle;
use dimse::scp::StoreStatus;
use dimse::scp::query::{Answers, DataSet, QueryHandler, QueryRequest, Retrieval, Retrieved, Root};
use pixels::Pool;
use record::{FindPage, FoundInstance};
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use trace::{Actor, Kind, Role};

/// Answers read at once.
const PAGE: u32 = 100;

/// Queries and retrieves for the listener.
pub struct Queries {
    /// The archive server.
    pub archive: Archive,
    /// Where bytes are read.
    pub images: Images,
    /// What decodes for who can read nothing else.
    pub pixels: Pool,
    /// Where C-MOVE may send to: the systems that we call.
    pub destinations: Arc<Commits>,
}

#[async_trait]
impl QueryHandler for Queries {
    async fn find(&self, request: QueryRequest) -> Result<Box<dyn Answers>, StoreStatus> {
        let scanned = read(&request)?;
        let level = level(&request, &scanned)?;
        let mut query = Query::from_data_set(level, scanned.dataset()).map_err(|fault| mismatch(&fault.to_string()))?;
        query.fuzzy = request.fuzzy;
        query.combined = request.combined;
        Ok(Box::new(Found {
            archive: self.archive.clone(),
            asker: asker(&request, "c-find"),
            reads_latin1: scanned.dataset().bytes(tag::SPECIFIC_CHARACTER_SET).is_some_and(is_latin1),
            implicit: request.transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN,
            own: request.called.clone(),
            query,
            waiting: VecDeque::new(),
            next: Some(0),
        }))
    }

    async fn retrieve(&self, request: QueryRequest) -> Result<Box<dyn Retrieval>, StoreStatus> {
        let scanned = read(&request)?;
        let level = level(&request, &scanned)?;
        let asked = Query::from_data_set(level, scanned.dataset()).map_err(|fault| mismatch(&fault.to_string()))?;
        let query = wanted(level, &asked).ok_or_else(|| mismatch("the unique key of the level is missing"))?;
        let found = find::select_all(&self.archive, &query).await.map_err(|error| failed(&error))?;
        let (door, kind) = match request.destination {
            Some(_) => ("c-move", Kind::Send),
            None => ("c-get", Kind::Download),
        };
        let to = request.destination.as_ref().unwrap_or(&request.calling).as_str().to_owned();
        let exams: BTreeSet<_> = found.iter().map(|one| one.exam).collect();
        let leaves = find::leaves(&self.archive, &asker(&request, door), kind, &exams, &to).await;
        leaves.map_err(|error| failed(&error))?;
        let retrieved = |one: &FoundInstance| Retrieved {
            sop_class_uid: one.instance.header.sop_class_uid.clone(),
            sop_instance_uid: one.instance.header.sop_instance_uid.clone(),
            transfer_syntax_uid: one.instance.header.transfer_syntax_uid.clone(),
        };
        let instances = found.iter().map(retrieved).collect();
        Ok(Box::new(Sending { images: self.images.clone(), pixels: self.pixels.clone(), found, instances }))
    }

    fn address(&self, destination: &AeTitle) -> Option<String> {
        self.destinations.peer(destination.as_str()).map(|peer| peer.address)
    }
}

fn read(request: &QueryRequest) -> Result<Scanned, StoreStatus> {
    scan_dataset(&request.identifier, &request.transfer_syntax_uid, &Limits::default())
        .map_err(|_| StoreStatus::cannot_understand("the identifier cannot be read"))
}

/// Query/Retrieve Level, when the model has it (PS3.4 §C.6.1.1, §C.6.2.1).
fn level(request: &QueryRequest, scanned: &Scanned) -> Result<Level, StoreStatus> {
    let level = scanned.dataset().plain_text(tag::QUERY_RETRIEVE_LEVEL);
    let level = level.and_then(|code| Level::from_code(&code));
    let level = level.filter(|level| request.root == Root::Patient || *level > Level::Patient);
    level.ok_or_else(|| mismatch("no such query/retrieve level in this model"))
}

/// Who asks: a title is a name that a system gives itself, and the user it names stands in the security log.
fn asker(request: &QueryRequest, door: &'static str) -> Asker {
    let label = format!("{} ({})", request.calling, request.peer.ip());
    Asker { actor: Actor { role: Role::System, label, name: None }, door }
}

fn mismatch(comment: &str) -> StoreStatus {
    StoreStatus::data_set_mismatch(comment)
}

fn failed(error: &ArchiveError) -> StoreStatus {
    tracing::error!(%error, "a query or retrieve failed");
    StoreStatus::new(0xC001, "failed here, ask again")
}

fn is_latin1(value: &[u8]) -> bool {
    String::from_utf8_lossy(value).split('\\').any(|term| term.trim() == "ISO_IR 100")
}

/// The instances of a retrieve: its own unique key must name what is wanted, the wider ones narrow it (PS3.4 §C.4.2.2.1).
/// What wants everything, or a wildcard, wants nothing.
fn wanted(level: Level, asked: &Query) -> Option<Query> {
    let unique: &[(Level, Tag)] = &[
        (Level::Patient, tag::PATIENT_ID),
        (Level::Study, tag::STUDY_INSTANCE_UID),
        (Level::Series, tag::SERIES_INSTANCE_UID),
        (Level::Instance, tag::SOP_INSTANCE_UID),
    ];
    let mut query = Query::new(Level::Instance);
    for (of, tag) in unique.iter().filter(|(of, _)| *of <= level) {
        match asked.key(*tag) {
            Some(key) if matches!(key.wanted, Wanted::Texts(_)) => query.add(key.clone()).ok()?,
            _ if *of == level => return None,
            _ => {}
        }
    }
    Some(query)
}

/// The answers of a C-FIND.
struct Found {
    archive: Archive,
    asker: Asker,
    reads_latin1: bool,
    implicit: bool,
    own: AeTitle,
    query: Query,
    waiting: VecDeque<record::Found>,
    /// Where the next page begins; `None` after the last one.
    next: Option<u64>,
}

#[async_trait]
impl Answers for Found {
    async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreStatus> {
        while self.waiting.is_empty() {
            let Some(after) = self.next else { return Ok(None) };
            let page = FindPage { after, skip: 0, limit: PAGE };
            let page =
                find::find(&self.archive, &self.asker, &self.query, page).await.map_err(|error| failed(&error))?;
            self.next = page.next;
            self.waiting = page.found.into();
        }
        let Some(found) = self.waiting.pop_front() else { return Ok(None) };
        let mut answer = self.query.answer(&found.attributes);
        answer.set(tag::QUERY_RETRIEVE_LEVEL, Vr::CS, vec![self.query.level.code().to_owned()]);
        answer.set(tag::RETRIEVE_AE_TITLE, Vr::AE, vec![self.own.as_str().to_owned()]);
        if self.query.key(tag::INSTANCE_AVAILABILITY).is_some() {
            answer.set(tag::INSTANCE_AVAILABILITY, Vr::CS, vec!["ONLINE".to_owned()]);
        }
        let text = Text::for_all(&answer, self.reads_latin1);
        Ok(Some(answer.encode(self.implicit, text)))
    }

    fn ignores_keys(&self) -> bool {
        !self.query.ignored().is_empty()
    }
}

/// What a retrieve sends.
struct Sending {
    images: Images,
    pixels: Pool,
    found: Vec<FoundInstance>,
    instances: Vec<Retrieved>,
}

#[async_trait]
impl Retrieval for Sending {
    fn instances(&self) -> &[Retrieved] {
        &self.instances
    }

    async fn open(&mut self, index: usize, transfer_syntax_uid: &str) -> Option<DataSet> {
        let instance = &self.found.get(index)?.instance;
        let as_kept = instance.header.transfer_syntax_uid == transfer_syntax_uid;
        let opened = if as_kept {
            opened(&self.images, instance).await
        } else {
            converted(&self.images, &self.pixels, instance, transfer_syntax_uid).await
        };
        match opened {
            Ok(data_set) => Some(data_set),
            Err(error) => {
                tracing::warn!(%error, transfer_syntax_uid, "an instance could not be read for sending");
                None
            }
        }
    }
}
