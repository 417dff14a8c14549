//! A record, a vault and a trace in a temporary folder.

use ::retention::daily::Ran;
use ::retention::{Config, Person, Placement, Retention, RetentionError};
use async_trait::async_trait;
use exam::Zone;
use exam::policy::Policies;
use record::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;
use testkit::{FakeClock, SeededRandom};
use time::macros::datetime;
use time::{Date, OffsetDateTime};
use trace::{Trace, TraceSettings};
use vault::erase::{Erased, FolderEraser, VaultEraser};
use vault::{Entry, FolderStore, Identity, Kind, ObjectKey, SealRequest, Vault, VaultError};

pub const G: GroupId = GroupId(1);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// An eraser that dies at a chosen call, before or after its work.
pub struct Dying {
    inner: FolderEraser,
    pub calls: Mutex<u64>,
    pub dies_at: Mutex<Option<(u64, bool)>>,
}

#[async_trait]
impl VaultEraser for Dying {
    async fn erase(&self, key: ObjectKey) -> Result<Erased, VaultError> {
        let call = {
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            *calls
        };
        let dies = *self.dies_at.lock().unwrap();
        let death = || VaultError::Io { doing: "dying", source: std::io::Error::other("the test says so") };
        match dies {
            Some((at, false)) if at == call => Err(death()),
            Some((at, true)) if at == call => {
                self.inner.erase(key).await?;
                Err(death())
            }
            _ => self.inner.erase(key).await,
        }
    }
}

pub struct Rig {
    pub folder: tempfile::TempDir,
    pub clock: Arc<FakeClock>,
    pub catalogue: Arc<SqliteCatalogue>,
    pub vault: Vault,
    pub eraser: Arc<Dying>,
    pub retention: Retention,
    messages: Mutex<i64>,
}

/// An exam to make.
#[derive(Debug, Clone)]
pub struct Made {
    pub study: String,
    pub patient: String,
    pub birth_year: i32,
    pub modality: &'static str,
    pub date: Date,
    pub series: u32,
}

pub fn ct(study: &str, patient: &str, date: Date) -> Made {
    Made { study: study.into(), patient: patient.into(), birth_year: 1960, modality: "CT", date, series: 2 }
}

pub fn radiograph(study: &str, patient: &str, date: Date) -> Made {
    Made { modality: "DX", series: 1, ..ct(study, patient, date) }
}

pub fn anne() -> Person {
    Person { login: "anne".into(), role: Role::DataProtection }
}

pub fn bruno() -> Person {
    Person { login: "bruno".into(), role: Role::Radiologist }
}

pub fn carole() -> Person {
    Person { login: "carole".into(), role: Role::Administrator }
}

impl Rig {
    pub async fn new() -> Self {
        Self::at(datetime!(2026-11-25 09:00 UTC), Policies::default()).await
    }

    pub async fn at(start: OffsetDateTime, policies: Policies) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let clock = Arc::new(FakeClock::at(start));
        let random = Arc::new(SeededRandom::new(7));
        let settings = Settings { default_issuer: "H".into(), ..Settings::default() };
        let path = at.join("record.sqlite");
        let catalogue = SqliteCatalogue::open(&path, settings, clock.clone(), random.clone()).await.unwrap();
        let catalogue = Arc::new(catalogue);
        let identity = Identity::load_or_create(&at.join("keys")).unwrap();
        let store = FolderStore::open(&at.join("vault")).await.unwrap();
        let vault = Vault::open(Arc::new(store), identity, random.clone());
        let trace_settings = TraceSettings {
            group: 1,
            data: at.join("trace"),
            keys: at.join("keys"),
            key_file: at.join("keys/trace-key"),
            origin: "test/archive".into(),
        };
        let trace = Trace::open(trace_settings, clock.clone(), random.clone()).await.unwrap();
        let inner = FolderEraser::new(&at.join("vault"));
        let eraser = Arc::new(Dying { inner, calls: Mutex::new(0), dies_at: Mutex::new(None) });
        let retention = Retention {
            catalogue: catalogue.clone(),
            placements: Arc::new(vec![Placement { name: "folder".into(), eraser: eraser.clone() }]),
            trace,
            clock: clock.clone(),
            wall: clock.clone(),
            random,
            config: Arc::new(Config { group: G, policies, zone: Zone::EuropeParis }),
        };
        Self { folder, clock, catalogue, vault, eraser, retention, messages: Mutex::new(0) }
    }

    pub fn policies(&mut self, policies: Policies) {
        self.retention.config = Arc::new(Config { policies, ..(*self.retention.config).clone() });
    }

    /// A patient, an image in each series, all sealed.
    pub async fn exam(&self, made: &Made) -> ExamId {
        self.say(FactBody::Patient(person(&made.patient, made.birth_year))).await;
        for series in 1..=made.series {
            self.receive(made, series, "CT1").await;
        }
        self.seal(&made.study).await
    }

    pub async fn receive(&self, made: &Made, series: u32, source: &str) -> ReceiveOutcome {
        let now = ambient::Clock::now(self.clock.as_ref());
        let image = Received {
            group: G,
            header: header(made, series),
            sha256: [series as u8; 32],
            size_bytes: 1000,
            place: Place { writer: 0, segment: 1, offset: u64::from(series) * 4096, length: 1000, file: None },
            source: source.into(),
            received_at: now,
        };
        self.catalogue.receive(vec![image], None).await.unwrap().remove(0)
    }

    /// Seals what is not yet.
    pub async fn seal(&self, study: &str) -> ExamId {
        let exam = self.of_study(study).await;
        for one in self.catalogue.unsealed(G, exam).await.unwrap() {
            let series = one.header.series_instance_uid.clone();
            let entries = vec![Entry::from_bytes("000001.dcm", format!("bytes of {series}").into_bytes().into())];
            let content = serde_json::json!({ "version": 1 });
            let sealed = self.vault.seal(SealRequest { kind: Kind::Generation, entries, content }).await.unwrap();
            let mut sha256 = [0; 32];
            hex::decode_to_slice(&sealed.sha256, &mut sha256).unwrap();
            let generation = Generation {
                group: G,
                exam,
                number: self.catalogue.next_generation(G, exam, &series).await.unwrap(),
                series_instance_uid: series,
                object: sealed.key.to_string(),
                size_bytes: sealed.size_bytes,
                sha256,
                sealed_at: ambient::Clock::now(self.clock.as_ref()),
                instances: vec![SealedInstance {
                    sop_instance_uid: one.header.sop_instance_uid,
                    offset: 0,
                    size_bytes: one.size_bytes,
                    sha256: one.sha256,
                }],
            };
            self.catalogue.record_generation(generation).await.unwrap();
        }
        exam
    }

    /// The exam that has this study now.
    pub async fn of_study(&self, study: &str) -> ExamId {
        let mut after = None;
        let mut found = Vec::new();
        loop {
            let page = self.catalogue.reviews(G, after, 500).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.exam);
            for one in page {
                let detail = self.catalogue.exam(G, one.exam).await.unwrap();
                if detail.study_instance_uids.iter().any(|uid| uid == study) && detail.state != "destroyed" {
                    found.push(one.exam);
                }
            }
        }
        *found.last().unwrap_or_else(|| panic!("no exam has study {study}"))
    }

    pub async fn say(&self, fact: FactBody) {
        assert_eq!(self.say_maybe(fact).await, MessageEffect::Applied);
    }

    /// What may be refused.
    pub async fn say_maybe(&self, fact: FactBody) -> MessageEffect {
        let minute = {
            let mut messages = self.messages.lock().unwrap();
            *messages += 1;
            *messages
        };
        let mut digest = [7; 32];
        digest[..8].copy_from_slice(&minute.to_be_bytes());
        let message = MessageFact {
            group: G,
            sender: "RIS".into(),
            control_id: format!("m{minute}"),
            digest,
            received_at: ambient::Clock::now(self.clock.as_ref()),
            said_at: Some(datetime!(2000-01-01 00:00 UTC) + time::Duration::minutes(minute)),
            facts: vec![fact],
        };
        self.catalogue.apply(message).await.unwrap()
    }

    pub async fn detail(&self, exam: ExamId) -> ExamDetail {
        self.catalogue.exam(G, exam).await.unwrap()
    }

    pub async fn day(&self) -> Ran {
        self.retention.run_day().await.unwrap()
    }

    /// The day's work on this day and so many more, one a day.
    pub async fn days(&self, days: u32) -> Vec<Ran> {
        let mut all = Vec::new();
        for _ in 0..days {
            self.clock.advance(DAY);
            all.push(self.day().await);
        }
        all
    }

    /// Jumps to the day before, so that the day itself is foreseen, then to the day.
    pub async fn on(&self, day: Date) -> Ran {
        self.clock.jump_to((day - time::Duration::days(1)).midnight().assume_utc() + time::Duration::hours(10));
        self.day().await;
        self.clock.advance(DAY);
        self.day().await
    }

    /// The open list, which must be the only one.
    pub async fn open_list(&self) -> ErasureList {
        let lists = self.catalogue.lists(G, 100).await.unwrap();
        let mut open: Vec<_> = lists.into_iter().filter(|list| list.state == ListState::Proposed).collect();
        assert_eq!(open.len(), 1, "{open:#?}");
        open.remove(0)
    }

    pub async fn approve(&self) {
        let list = self.open_list().await.list;
        self.retention.approve(&bruno(), list).await.unwrap();
        self.retention.approve(&anne(), list).await.unwrap();
    }

    /// Keys of every object file of the vault.
    pub fn objects(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders: Vec<PathBuf> = vec![self.folder.path().join("vault/objects")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => found.push(path.file_stem().unwrap().to_string_lossy().into_owned()),
                }
            }
        }
        found.sort();
        found
    }
}

pub fn refused<T: std::fmt::Debug>(answer: Result<T, RetentionError>) {
    assert!(answer.as_ref().is_err_and(RetentionError::is_refused), "{answer:?}");
}

pub fn pi(value: &str) -> PatientIdentifier {
    PatientIdentifier { value: value.into(), issuer: "H".into(), kind: "PI".into() }
}

pub fn born(year: i32) -> BirthDate {
    BirthDate { year, month: Some(3), day: Some(1) }
}

pub fn person(id: &str, year: i32) -> PatientFact {
    PatientFact {
        identifiers: vec![pi(id)],
        traits: PatientTraits {
            birth_name: "FICTIF".into(),
            first_names: "MARIE".into(),
            sex: Some("F".into()),
            birth_date: Some(born(year)),
            ..PatientTraits::default()
        },
        ..PatientFact::default()
    }
}

pub fn merge(kept: &str, retired: &str) -> FactBody {
    let kept = PatientFact { identifiers: vec![pi(kept)], ..PatientFact::default() };
    FactBody::Merge(MergeFact { kept, retired: vec![pi(retired)] })
}

fn header(made: &Made, series: u32) -> InstanceHeader {
    let study = &made.study;
    InstanceHeader {
        sop_instance_uid: format!("{study}.{series}.1"),
        sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
        transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
        study_instance_uid: study.clone(),
        series_instance_uid: format!("{study}.{series}"),
        claim: ImageClaim {
            patient_id: Some(made.patient.clone()),
            issuer: None,
            name: Some("FICTIF^MARIE".into()),
            birth_date: Some(born(made.birth_year)),
            sex: Some("F".into()),
        },
        accession_number: Some(format!("A{study}")),
        accession_issuer: None,
        modality: Some(made.modality.into()),
        study_date: Some(made.date),
        study_time: None,
        series_date: Some(made.date),
        study_description: None,
        series_description: None,
        referring_physician: None,
        institution: None,
        series_number: Some(series as i32),
        instance_number: Some(1),
        frames: 1,
        rows: Some(8),
        columns: Some(8),
        phantom: false,
        attributes: Default::default(),
    }
}

pub fn report(study: &str, patient: &str, year: i32) -> FactBody {
    FactBody::Report(ReportFact {
        patient: person(patient, year),
        accession: Some(Accession { number: format!("A{study}"), issuer: None }),
        study_instance_uid: None,
        placer_number: None,
        number: Some(format!("R{study}")),
        status: ReportStatus::Final,
        masks: Masks::default(),
        title: Some("Compte rendu".into()),
        validated_at: Some(datetime!(2020-01-01 00:00 UTC)),
        author: None,
        copies: Vec::new(),
        prescriber: None,
        screening: false,
        documents: vec![Document { kind: DocumentKind::Pdf, bytes: b"%PDF-x".to_vec() }],
    })
}
