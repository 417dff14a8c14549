//! A diffusion server in a temporary folder, on a fake clock, with exams to put in it.

use crate::provider::Provider;
use async_trait::async_trait;
use bytes::Bytes;
use diffusion::{
    Argon2Cost, Attempt, Diffusion, DiffusionError, FrameToRender, Opened, Ports, QrAttempt, Renderer, SessionToken,
    Settings,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use link::series::{InstanceIndex, SeriesIndex, Span};
use link::{
    BirthDate, BlobInfo, BlobName, CodeGrant, DiffusionDoor, Publication, ReportSummary, SeriesSummary, Times,
    ToDiffusion,
};
use sha2::{Digest, Sha256};
use std::io::Write;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use testkit::{FakeClock, SeededRandom};
use time::macros::{date, datetime};
use time::{Duration, OffsetDateTime};
use trace::{Trace, TraceSettings};
use uuid::Uuid;

pub const START: OffsetDateTime = datetime!(2026-11-25 10:00 UTC);
/// The first instant at which nothing of the exam is served.
pub const ONLINE_UNTIL: OffsetDateTime = datetime!(2028-11-25 23:00 UTC);
pub const BORN: BirthDate = BirthDate { year: 1957, month: Some(4), day: Some(9) };
/// Whose the invented exams are.
pub const PERSON: Uuid = Uuid::from_u128(0x9E50);
pub const CLIENT: &str = "192.0.2.10";

/// The hour hand, the server and its folder.
pub struct Rig {
    pub folder: TempDir,
    pub clock: Arc<FakeClock>,
    pub random: Arc<SeededRandom>,
    pub trace: Trace,
    pub server: Diffusion,
    pub provider: Arc<Provider>,
}

impl Rig {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With settings changed.
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(FakeClock::at(START));
        let random = Arc::new(SeededRandom::new(7));
        let (server, trace, provider) = start(folder.path(), &clock, &random, change).await;
        Self { folder, clock, random, trace, server, provider }
    }

    /// As after a crash: nothing in memory survives, and nothing is told that the end is near.
    pub async fn crash(self, change: impl FnOnce(&mut Settings)) -> Self {
        let Self { folder, clock, random, trace, server, .. } = self;
        server.settle().await;
        drop(server);
        trace.close().await.unwrap();
        drop(trace);
        let (server, trace, provider) = start(folder.path(), &clock, &random, change).await;
        Self { folder, clock, random, trace, server, provider }
    }

    /// As [`Rig::crash`], when the trace was closed before.
    pub async fn restart(self) -> Self {
        let Self { folder, clock, random, trace, server, .. } = self;
        drop((server, trace));
        let (server, trace, provider) = start(folder.path(), &clock, &random, |_| {}).await;
        Self { folder, clock, random, trace, server, provider }
    }

    pub async fn publish(&self, exam: &Exam) {
        exam.send(&self.server).await;
        self.server.commit(exam.publication.clone()).await.unwrap();
    }

    pub async fn grant_code(&self, exam: &Exam, sheet: &Sheet) {
        self.server.apply(ToDiffusion::Grant(sheet.grant_for(exam))).await.unwrap();
    }

    pub async fn open(&self, exam: &Exam, code: &str, born: BirthDate, client: &str) -> Opened {
        self.server.open(&attempt(&exam.publication.number, code, born, client)).await.unwrap()
    }

    pub async fn session(&self, exam: &Exam, sheet: &Sheet) -> SessionToken {
        match self.open(exam, &sheet.code, BORN, CLIENT).await {
            Opened::Session(token) => token,
            Opened::Refused => panic!("the right three were refused"),
        }
    }

    pub async fn session_by_qr(&self, sheet: &Sheet, client: &str) -> Opened {
        let attempt =
            QrAttempt { token: sheet.qr.clone(), birth_date: BORN, client: client.parse::<IpAddr>().unwrap() };
        self.server.open_by_qr(&attempt).await.unwrap()
    }

    /// Sweeps as if it were this instant for erasers; the clock of the requests stays where it is.
    pub async fn sweep(&self, now: OffsetDateTime) -> Result<diffusion::Swept, DiffusionError> {
        self.server.sweep(&FakeClock::at(now)).await
    }

    pub fn wait(&self, time: Duration) {
        self.clock.advance(time.unsigned_abs());
    }

    pub fn copies(&self) -> PathBuf {
        self.folder.path().join("copies")
    }
}

async fn start(
    folder: &Path,
    clock: &Arc<FakeClock>,
    random: &Arc<SeededRandom>,
    change: impl FnOnce(&mut Settings),
) -> (Diffusion, Trace, Arc<Provider>) {
    let mut settings = Settings::under(folder, "group-1");
    settings.argon2 = Argon2Cost { memory_kib: 8, passes: 1, lanes: 1, slots: 4, queue: 64 };
    change(&mut settings);
    let trace = TraceSettings {
        group: 1,
        data: folder.join("trace"),
        keys: folder.join("keys-of-trace"),
        key_file: folder.join("keys-of-trace/trace-key"),
        origin: "test.example/diffusion".into(),
    };
    let trace = Trace::open(trace, clock.clone(), random.clone()).await.unwrap();
    let provider = Arc::new(Provider::new(clock.clone()));
    let ports = Ports {
        clock: clock.clone(),
        random: random.clone(),
        trace: trace.clone(),
        renderer: Arc::new(Painter),
        fetch: Some(provider.clone()),
    };
    (Diffusion::start(settings, ports).await.unwrap(), trace, provider)
}

pub fn attempt(number: &str, code: &str, birth_date: BirthDate, client: &str) -> Attempt {
    Attempt { number: number.into(), code: code.into(), birth_date, client: client.parse().unwrap() }
}

pub fn is_open(opened: &Opened) -> bool {
    matches!(opened, Opened::Session(_))
}

/// A picture of any frame is its length in words; a frame of one byte has none.
struct Painter;

#[async_trait]
impl Renderer for Painter {
    async fn jpeg(&self, frame: FrameToRender) -> Result<Bytes, DiffusionError> {
        if frame.bytes.len() == 1 {
            return Err(DiffusionError::Rendering("one byte".into()));
        }
        let (head, tail) = frame.bytes.split_at(frame.bytes.len() / 2);
        let stands = |span: &[u8]| frame.file.windows(span.len()).any(|window| window == span);
        assert!(stands(head) && stands(tail), "the frame comes with the file it stands in");
        Ok(Bytes::from(format!("jpeg of {} bytes, frame {}", frame.bytes.len(), frame.frame)))
    }
}

/// A sheet with its secrets, as the archive side knows them for a moment.
pub struct Sheet {
    pub sheet: Uuid,
    pub code: String,
    pub qr: String,
}

impl Sheet {
    pub fn new(n: u64) -> Self {
        let code = exam::AccessCode::from_entropy((n.wrapping_mul(0x9E37_79B9_7F4A_7C15)).to_be_bytes());
        let qr = exam::QrToken::from_entropy((u128::from(n) * 0x0123_4567_89AB_CDEF_0FED_CBA9_8765_4321).to_be_bytes());
        let sheet = Uuid::from_u128(0x5EE7_0000 + u128::from(n));
        Self { sheet, code: code.normalised().into(), qr: qr.as_str().into() }
    }

    pub fn grant_for(&self, exam: &Exam) -> CodeGrant {
        CodeGrant {
            sheet: self.sheet,
            exam: exam.publication.exam,
            number: exam.publication.number.clone(),
            birth_date: BORN,
            code: self.code.clone(),
            qr_token: self.qr.clone(),
            until: datetime!(2031-11-26 23:00 UTC),
        }
    }
}

/// An exam with two series, as the archive side sends it.
pub struct Exam {
    pub publication: Publication,
    pub blobs: Vec<(BlobName, Vec<u8>)>,
}

impl Exam {
    /// The `n`th exam, in its first version.
    pub fn new(n: u64) -> Self {
        Self::version(n, 1)
    }

    /// The same exam published again.
    pub fn version(n: u64, version: u64) -> Self {
        // 2.5 chunks: a bundle that ends inside a chunk; the second is exactly one chunk long.
        let first = instances(&[100_000, 63_840], n + version, true);
        let second = instances(&[65_536], n + version + 50, false);
        let mut blobs = series_blobs(1, &first);
        blobs.extend(series_blobs(2, &second));
        blobs.push((BlobName::Report, format!("%PDF-1.7 exam {n} version {version}").into_bytes()));
        blobs.push((BlobName::ReportPage(1), b"\x89PNG page one".to_vec()));
        blobs.push((BlobName::ReportText, "Conclusion : normal.".as_bytes().to_vec()));
        let publication = Publication {
            version: 1,
            exam: Uuid::from_u128(0xE000 + u128::from(n)),
            publication: Uuid::from_u128(0xAB00_0000 + u128::from(n) * 1000 + u128::from(version)),
            number: exam::ExamNumber::from_entropy(n.to_be_bytes()).as_str().into(),
            patient_name: "LEFÈVRE Marie-Canari".into(),
            birth_date: BORN,
            title: "Scanner cérébral".into(),
            class: "ct".into(),
            site: "Centre d'imagerie des Tilleuls".into(),
            times: Times {
                exam_date: date!(2026 - 11 - 25),
                online_until: ONLINE_UNTIL,
                online_reason: "online-24-months".into(),
                archived_until: Some(date!(2031 - 11 - 25)),
                archive_reason: "archive-systematic-5-years".into(),
                recallable: None,
            },
            series: vec![summary(1, 2), summary(2, 1)],
            report: Some(ReportSummary {
                report: Uuid::from_u128(0xF00),
                pages: 1,
                validated_at: START,
                corrected: false,
                versions: Vec::new(),
            }),
            blobs: blobs.iter().map(info).collect(),
            person: Some(PERSON),
            professionals: Vec::new(),
        };
        Self { publication, blobs }
    }

    /// Begins and puts, in pieces of odd lengths; does not commit.
    pub async fn send(&self, door: &dyn DiffusionDoor) {
        let (exam, publication) = (self.publication.exam, self.publication.publication);
        door.begin(exam, publication).await.unwrap();
        for (name, bytes) in &self.blobs {
            let mut offset = 0;
            for piece in bytes.chunks(30_011) {
                door.put(publication, name.clone(), offset, Bytes::copy_from_slice(piece)).await.unwrap();
                offset += piece.len() as u64;
            }
        }
    }

    pub fn blob(&self, name: &BlobName) -> &[u8] {
        &self.blobs.iter().find(|(blob, _)| blob == name).unwrap().1
    }
}

impl Exam {
    /// Its words alone, as the archive side sends them.
    pub fn stub(&self) -> link::Stub {
        let publication = &self.publication;
        link::Stub {
            exam: publication.exam,
            number: publication.number.clone(),
            birth_date: BORN,
            title: publication.title.clone(),
            site: publication.site.clone(),
            class: publication.class.clone(),
            times: publication.times.clone(),
            codes_until: datetime!(2031-11-26 23:00 UTC),
            person: publication.person,
            professionals: publication.professionals.clone(),
            contacts: Vec::new(),
        }
    }

    /// Published again after a recall, on line for thirty days from `ready`.
    pub fn recalled(n: u64, version: u64, ready: OffsetDateTime) -> Self {
        let mut exam = Self::version(n, version);
        exam.publication.times.online_until = ready + Duration::days(30);
        exam.publication.times.online_reason = "online-after-recall-30-days".into();
        exam
    }
}

fn summary(series: u32, instances: u32) -> SeriesSummary {
    SeriesSummary {
        series,
        modality: "CT".into(),
        description: String::new(),
        instances,
        frames: instances,
        viewable: true,
    }
}

fn info((name, bytes): &(BlobName, Vec<u8>)) -> BlobInfo {
    BlobInfo { name: name.clone(), size_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) }
}

fn instances(lengths: &[usize], seed: u64, suspicious: bool) -> Vec<(Vec<u8>, bool)> {
    let one = |(at, length): (usize, &usize)| {
        let byte = |i: usize| (i as u64).wrapping_mul(31).wrapping_add(seed * 7 + at as u64) as u8;
        ((0..*length).map(byte).collect(), suspicious && at == 1)
    };
    lengths.iter().enumerate().map(one).collect()
}

fn series_blobs(series: u32, instances: &[(Vec<u8>, bool)]) -> Vec<(BlobName, Vec<u8>)> {
    let (mut bundle, mut index) = (Vec::new(), Vec::new());
    for (bytes, preamble_suspicious) in instances {
        let offset = bundle.len() as u64;
        let half = bytes.len() as u64 / 2;
        let spans = [(offset + 400, 600), (offset + half, 600)];
        let mut frames = vec![spans.map(|(offset, size_bytes)| Span { offset, size_bytes }).to_vec()];
        if series == 2 {
            // A frame that no picture can be made of.
            frames.push(vec![Span { offset, size_bytes: 1 }]);
        }
        index.push(InstanceIndex {
            offset,
            size_bytes: bytes.len() as u64,
            transfer_syntax: "1.2.840.10008.1.2.1".into(),
            sha256: hex::encode(Sha256::digest(bytes)),
            preamble_suspicious: *preamble_suspicious,
            frames,
        });
        bundle.extend_from_slice(bytes);
    }
    let metadata: Vec<_> = instances.iter().map(|_| serde_json::json!({ "00280010": { "Value": [512] } })).collect();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&serde_json::to_vec(&metadata).unwrap()).unwrap();
    let index = SeriesIndex { version: 1, instances: index };
    vec![
        (BlobName::Bundle(series), bundle),
        (BlobName::Metadata(series), gzip.finish().unwrap()),
        (BlobName::Index(series), serde_json::to_vec(&index).unwrap()),
        (BlobName::Thumbnail(series), b"\xff\xd8 thumbnail".to_vec()),
    ]
}
