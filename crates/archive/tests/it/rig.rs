//! One archive server in a temporary folder, whose time only the test moves.

use crate::door::FakeDoor;
use crate::played::{FakeOutlet, FakePictures};
use crate::senders;
use ambient::{Clock, Random};
use archive::outlet::SheetOutlet;
use archive::{Archive, Config, SiteText, runner};
use bytes::Bytes;
use hl7::event::ReportStatus;
use intake::landing::{Accepted, Arriving, CatalogueRegister, Landing};
use intake::messages::Defaults;
use phantom::{PhantomExam, PhantomInstance};
use record::{ExamDetail, ExamId, ExamQuery, GroupId, MessageFact, SqliteCatalogue};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use testkit::{FakeClock, SeededRandom};
use time::macros::datetime;
use trace::{Trace, TraceSettings};
use vault::{FolderStore, Identity, Vault};

pub const GROUP: GroupId = GroupId(1);

pub struct Rig {
    pub folder: TempDir,
    pub clock: Arc<FakeClock>,
    pub door: Arc<FakeDoor>,
    pub pictures: Arc<FakePictures>,
    pub outlet: Arc<FakeOutlet>,
    pub archive: Archive,
}

pub async fn catalogue(path: &Path, clock: &Arc<FakeClock>, random: Arc<dyn Random>) -> Arc<SqliteCatalogue> {
    catalogue_with(path, clock, random, record::Settings::default()).await
}

async fn catalogue_with(
    path: &Path,
    clock: &Arc<FakeClock>,
    random: Arc<dyn Random>,
    settings: record::Settings,
) -> Arc<SqliteCatalogue> {
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    Arc::new(SqliteCatalogue::open(path, settings, clock, random).await.unwrap())
}

/// A message as the record reads it.
pub fn fact(raw: &[u8], clock: &FakeClock) -> MessageFact {
    let defaults = Defaults { group: GROUP, zone: exam::Zone::EuropeParis };
    intake::messages::read(raw, clock.now(), &defaults).unwrap()
}

async fn landing(folder: &Path, catalogue: Arc<SqliteCatalogue>, clock: &Arc<FakeClock>) -> Landing {
    let defaults = Defaults { group: GROUP, zone: exam::Zone::EuropeParis };
    let register = CatalogueRegister::new(catalogue, defaults, vec!["PHANTOM".into()]);
    let settings = intake::landing::Settings {
        writers: 1,
        segment_bytes: 1 << 20,
        spare_segments: false,
        buffered_bytes: 64 << 10,
        ..intake::landing::Settings::in_folder(folder)
    };
    let clock = Arc::clone(clock) as Arc<dyn Clock>;
    let random = Arc::new(SeededRandom::new(2));
    Landing::open(settings, Arc::new(register), clock, random).await.unwrap().0
}

fn config() -> Config {
    Config {
        group: GROUP,
        quiet: intake::completeness::QuietPeriods::default(),
        policies: exam::policy::Policies::default(),
        zone: exam::Zone::EuropeParis,
        site: SiteText { name: "Centre fictif".into(), phone: "02 99 00 00 00".into(), hours: "8 h – 18 h".into() },
        choice: archive::ChoiceOffer::default(),
        whole_file_bytes: 64 << 20,
        address: "images.example".into(),
        door_url: "https://images.example/q".into(),
    }
}

impl Rig {
    /// An outlet named `folder` is open.
    pub async fn new() -> Self {
        Self::with(record::Settings::default()).await
    }

    /// Whose information system prints codes with its own template, from the order on.
    pub async fn reserving() -> Self {
        let rig = Self::with(record::Settings { reserve_at_order: true, ..record::Settings::default() }).await;
        rig.outlet.takes_codes.store(true, std::sync::atomic::Ordering::SeqCst);
        rig
    }

    async fn with(settings: record::Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let clock = Arc::new(FakeClock::at(datetime!(2026-11-25 18:00 UTC)));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(1));
        let catalogue = catalogue_with(&at.join("record.sqlite"), &clock, Arc::clone(&random), settings).await;
        let landing = landing(&at.join("landing"), Arc::clone(&catalogue), &clock).await;
        let identity = Identity::load_or_create(&at.join("keys")).unwrap();
        let store = FolderStore::open(&at.join("vault")).await.unwrap();
        let settings = TraceSettings {
            group: 1,
            data: at.join("trace"),
            keys: at.join("keys"),
            key_file: at.join("keys/trace-key"),
            origin: "test/archive".into(),
        };
        let time: Arc<dyn Clock> = Arc::clone(&clock) as _;
        let trace = Trace::open(settings, Arc::clone(&time), Arc::clone(&random)).await.unwrap();
        let (door, pictures) = (Arc::new(FakeDoor::default()), Arc::new(FakePictures::default()));
        let outlet = Arc::new(FakeOutlet::named("folder"));
        let archive = Archive {
            catalogue,
            landing,
            vault: Vault::open(Arc::new(store), identity, Arc::clone(&random)),
            door: Arc::clone(&door) as _,
            trace,
            pictures: Arc::clone(&pictures) as _,
            published: archive::recall::estimate::Published::default(),
            outlets: Arc::new(vec![Arc::clone(&outlet) as Arc<dyn SheetOutlet>]),
            partners: Arc::default(),
            clock: time,
            random,
            config: Arc::new(config()),
        };
        Self { folder, clock, door, pictures, outlet, archive }
    }

    /// Without any way out by itself.
    pub async fn without_outlet() -> Self {
        let mut rig = Self::new().await;
        rig.archive.outlets = Arc::new(Vec::new());
        rig
    }

    pub async fn land(&self, instance: &PhantomInstance) -> Accepted {
        let arriving = Arriving::DataSet {
            source: "dimse:SCANNER".into(),
            transfer_syntax_uid: instance.transfer_syntax_uid.clone(),
            sop_class_uid: instance.sop_class_uid.clone(),
            sop_instance_uid: instance.sop_instance_uid.clone(),
        };
        let mut reception = self.archive.landing.begin(arriving).await.unwrap();
        reception.write(Bytes::from(instance.dataset.clone())).await.unwrap();
        reception.finish().await.unwrap()
    }

    pub async fn land_all(&self, exam: &PhantomExam) {
        for instance in &exam.instances {
            self.land(instance).await;
        }
    }

    pub async fn message(&self, raw: Vec<u8>) {
        let accepted = self.archive.landing.append_message("mllp:RIS", raw.into()).await.unwrap();
        assert_eq!(accepted.complaint, None);
    }

    /// Images, patient and order.
    pub async fn examined(&self, exam: &PhantomExam) {
        self.message(senders::adt(exam, &senders::person(exam), 0)).await;
        self.message(senders::order(exam, &senders::person(exam))).await;
        self.land_all(exam).await;
    }

    /// All of it, the report included.
    pub async fn reported(&self, exam: &PhantomExam) {
        self.examined(exam).await;
        self.message(senders::report(exam, 90, ReportStatus::Final, |_| {})).await;
    }

    /// Runs what is due now, until nothing is.
    pub async fn run_due(&self) {
        for _ in 0..50 {
            if runner::once(&self.archive).await.unwrap() == 0 {
                return;
            }
        }
        panic!("the jobs never end");
    }

    /// Lets so much time go by, and runs what is due then.
    pub async fn after(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.run_due().await;
    }

    /// Lets the longest quiet period go by.
    pub async fn quiet(&self) {
        // The seals come due first and may ask for more.
        self.after(40).await;
        self.after(11 * 60).await;
    }

    /// The only exam of the record.
    pub async fn exam_id(&self) -> ExamId {
        let query = ExamQuery { limit: 200, ..ExamQuery::default() };
        let page = self.archive.catalogue.exams(GROUP, query).await.unwrap();
        assert_eq!(page.lines.len(), 1, "one exam is expected: {:?}", page.lines);
        page.lines[0].id
    }

    pub async fn detail(&self) -> ExamDetail {
        self.archive.catalogue.exam(GROUP, self.exam_id().await).await.unwrap()
    }

    /// Asks for the exam to be reconciled again, and runs it.
    pub async fn publish_again(&self) {
        let now = self.clock.now();
        let key = self.exam_id().await.to_string();
        let job = work::NewJob { group: GROUP.0, kind: "publish".into(), key, asked_at: now, due_at: now };
        self.archive.catalogue.enqueue(job).await.unwrap();
        self.run_due().await;
    }

    /// Every file below the folder.
    pub fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.folder.path().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }
}
