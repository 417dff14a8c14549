//! A catalogue in memory, objects to store, and a log in a temporary folder.

use ambient::Clock;
use bytes::Bytes;
use intake::landing::{
    Accepted, Applied, Arriving, Landed, LandedBody, Landing, Position, Refusal, Register, RegisterError, Replayed,
    Settings, Verdict,
};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use testkit::{FakeClock, SeededRandom};
use time::macros::datetime;

pub const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub const SECONDARY_CAPTURE: &str = "1.2.840.10008.5.1.4.1.1.7";

/// What a catalogue must do with landed records, in memory.
#[derive(Default)]
pub struct FakeRegister {
    pub state: Mutex<RegisterState>,
    /// While set, every batch fails.
    pub failing: AtomicBool,
}

#[derive(Default)]
pub struct RegisterState {
    pub applied: BTreeMap<u32, Position>,
    /// By SOP Instance UID.
    pub instances: BTreeMap<String, Landed>,
    pub conflicts: Vec<Landed>,
    pub messages: Vec<Landed>,
    pub batches: usize,
}

impl FakeRegister {
    pub fn sha256_of(&self, uid: &str) -> Option<[u8; 32]> {
        self.state.lock().unwrap().instances.get(uid).map(|landed| instance_of(landed).sha256)
    }
}

pub fn instance_of(landed: &Landed) -> &intake::landing::LandedInstance {
    match &landed.body {
        LandedBody::Instance(instance) => instance,
        LandedBody::Message(_) => panic!("a message where an instance was expected"),
    }
}

impl RegisterState {
    fn take(&mut self, landed: &Landed) -> Verdict {
        let LandedBody::Instance(instance) = &landed.body else {
            if self.messages.iter().any(|known| known.body == landed.body) {
                return Verdict::Duplicate;
            }
            self.messages.push(landed.clone());
            return Verdict::Stored;
        };
        match self.instances.get(&instance.header.sop_instance_uid) {
            None => {
                self.instances.insert(instance.header.sop_instance_uid.clone(), landed.clone());
                Verdict::Stored
            }
            Some(known) if instance_of(known).sha256 == instance.sha256 => Verdict::Duplicate,
            Some(_) => {
                self.conflicts.push(landed.clone());
                Verdict::Conflict
            }
        }
    }
}

#[async_trait::async_trait]
impl Register for FakeRegister {
    async fn applied(&self, writer: u32) -> Result<Option<Position>, RegisterError> {
        Ok(self.state.lock().unwrap().applied.get(&writer).copied())
    }

    async fn receive(&self, batch: &[Landed], applied: Applied) -> Result<Vec<Verdict>, RegisterError> {
        if self.failing.load(Ordering::SeqCst) {
            return Err(RegisterError("told to fail".into()));
        }
        let mut state = self.state.lock().unwrap();
        state.batches += 1;
        let verdicts = batch.iter().map(|landed| state.take(landed)).collect();
        let known = state.applied.insert(applied.writer, applied.position);
        assert!(known.is_none_or(|known| known <= applied.position), "a position went back");
        Ok(verdicts)
    }
}

pub fn clock() -> Arc<dyn Clock> {
    Arc::new(FakeClock::at(datetime!(2026-11-25 10:00 UTC)))
}

/// Small segments, so that tests cross their ends.
pub fn settings(folder: &Path) -> Settings {
    let small = Settings { writers: 2, segment_bytes: 4 << 20, buffered_bytes: 1 << 20, ..Settings::in_folder(folder) };
    Settings { spare_segments: false, ..small }
}

pub async fn open(settings: Settings, register: &Arc<FakeRegister>) -> (Landing, Replayed) {
    open_with(settings, Arc::clone(register) as Arc<dyn Register>).await
}

pub async fn open_with(settings: Settings, register: Arc<dyn Register>) -> (Landing, Replayed) {
    let random = Arc::new(SeededRandom::new(7));
    Landing::open(settings, register, clock(), random).await.expect("the log opens")
}

pub fn uid(number: u64) -> String {
    format!("2.25.{}", 1_000_000 + number)
}

/// A data set in Explicit VR Little Endian of about `size` bytes, different for each `seed`.
pub fn data_set(sop_instance_uid: &str, seed: u64, size: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(size + 512);
    let mut text = |group: u16, element: u16, vr: &[u8; 2], value: &str| {
        let pad = if value.len() % 2 == 1 { if vr == b"UI" { "\0" } else { " " } } else { "" };
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&element.to_le_bytes());
        out.extend_from_slice(vr);
        out.extend_from_slice(&((value.len() + pad.len()) as u16).to_le_bytes());
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(pad.as_bytes());
    };
    text(0x0008, 0x0016, b"UI", SECONDARY_CAPTURE);
    text(0x0008, 0x0018, b"UI", sop_instance_uid);
    text(0x0008, 0x0060, b"CS", "OT");
    text(0x0010, 0x0010, b"PN", "TEST^LANDING");
    text(0x0010, 0x0020, b"LO", "LANDING-1");
    text(0x0020, 0x000D, b"UI", "2.25.77");
    text(0x0020, 0x000E, b"UI", "2.25.78");
    let random = SeededRandom::new(seed);
    let mut pixels = vec![0; size.next_multiple_of(8)];
    ambient::Random::fill(&random, &mut pixels);
    out.extend_from_slice(&[0xE0, 0x7F, 0x10, 0x00, b'O', b'W', 0, 0]);
    out.extend_from_slice(&(pixels.len() as u32).to_le_bytes());
    out.extend_from_slice(&pixels);
    out
}

pub fn arriving(sop_instance_uid: &str) -> Arriving {
    Arriving::DataSet {
        source: "dimse:TEST".into(),
        transfer_syntax_uid: EXPLICIT.into(),
        sop_class_uid: SECONDARY_CAPTURE.into(),
        sop_instance_uid: sop_instance_uid.into(),
    }
}

/// Sends a data set in slices as a network would.
pub async fn store(landing: &Landing, sop_instance_uid: &str, data_set: &[u8]) -> Result<Accepted, Refusal> {
    let mut reception = landing.begin(arriving(sop_instance_uid)).await?;
    for slice in data_set.chunks(16_000) {
        reception.write(Bytes::copy_from_slice(slice)).await?;
    }
    reception.finish().await
}

/// The Part 10 file the log must hold for a data set.
pub fn file_of(sop_instance_uid: &str, data_set: &[u8]) -> Vec<u8> {
    let meta = dicom::part10::FileMeta {
        sop_class_uid: SECONDARY_CAPTURE,
        sop_instance_uid,
        transfer_syntax_uid: EXPLICIT,
        source_ae_title: None,
    };
    let mut file = dicom::part10::prefix(&meta);
    file.extend_from_slice(data_set);
    file
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).into()
}

/// All files under a folder, with their sizes.
pub fn files(folder: &Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push((entry.path(), entry.metadata().unwrap().len()));
        }
    }
    found.sort();
    found
}
