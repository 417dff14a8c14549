//! A catalogue in a temporary folder, and short ways to write images and messages.

use record::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use testkit::{FakeClock, SeededRandom};
use time::OffsetDateTime;
use time::macros::{date, datetime};

pub const G: GroupId = GroupId(1);
pub const NOON: OffsetDateTime = datetime!(2026-11-25 12:00 UTC);
pub const QUIET: Duration = Duration::from_secs(30);

pub struct Bench {
    pub catalogue: SqliteCatalogue,
    pub folder: tempfile::TempDir,
}

impl Bench {
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("record.sqlite")
    }
}

pub fn settings() -> Settings {
    Settings { quiet: QUIET, default_issuer: "H".into(), default_site: "centre".into(), ..Settings::default() }
}

pub async fn bench() -> Bench {
    static SEED: AtomicU64 = AtomicU64::new(1);
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FakeClock::at(NOON));
    let random = Arc::new(SeededRandom::new(SEED.fetch_add(1, Ordering::Relaxed)));
    let path = folder.path().join("record.sqlite");
    let catalogue = SqliteCatalogue::open(&path, settings(), clock, random).await.unwrap();
    Bench { catalogue, folder }
}

/// A CT image of study `study`: instance `n` of series `study.1`.
pub fn image(study: &str, n: u32) -> Received {
    let uid = format!("{study}.1.{n}");
    let mut sha256 = [0; 32];
    for (i, byte) in uid.bytes().enumerate() {
        sha256[i % 32] ^= byte.wrapping_mul(31).wrapping_add(i as u8);
    }
    Received {
        group: G,
        header: InstanceHeader {
            sop_instance_uid: uid,
            sop_class_uid: "1.2.840.10008.5.1.4.1.1.2".into(),
            transfer_syntax_uid: "1.2.840.10008.1.2.1".into(),
            study_instance_uid: study.into(),
            series_instance_uid: format!("{study}.1"),
            claim: ImageClaim::default(),
            accession_number: None,
            accession_issuer: None,
            modality: Some("CT".into()),
            study_date: Some(date!(2026 - 11 - 24)),
            study_time: Some("101112".into()),
            series_date: Some(date!(2026 - 11 - 24)),
            study_description: Some("Thorax".into()),
            series_description: Some("Axial".into()),
            referring_physician: Some("MARTIN^LOUISE".into()),
            institution: None,
            series_number: Some(1),
            instance_number: Some(n as i32),
            frames: 1,
            rows: Some(512),
            columns: Some(512),
            phantom: false,
            attributes: Default::default(),
        },
        sha256,
        size_bytes: 1000 + u64::from(n),
        place: Place { writer: 0, segment: 1, offset: u64::from(n) * 4096, length: 1000, file: None },
        source: "CT1".into(),
        received_at: NOON,
    }
}

pub fn birth(year: i32) -> BirthDate {
    BirthDate { year, month: Some(3), day: Some(1) }
}

/// Says who and under which accession number.
pub fn of(mut image: Received, patient: &str, name: &str, year: i32, accession: &str) -> Received {
    image.header.claim = ImageClaim {
        patient_id: Some(patient.into()).filter(|id: &String| !id.is_empty()),
        issuer: None,
        name: Some(name.into()),
        birth_date: Some(birth(year)),
        sex: Some("F".into()),
    };
    image.header.accession_number = Some(accession.into()).filter(|a: &String| !a.is_empty());
    image
}

pub fn pi(value: &str) -> PatientIdentifier {
    PatientIdentifier { value: value.into(), issuer: "H".into(), kind: "PI".into() }
}

pub fn patient(id: &str, name: &str, first: &str, year: i32) -> PatientFact {
    PatientFact {
        identifiers: vec![pi(id)],
        traits: PatientTraits {
            birth_name: name.into(),
            first_names: first.into(),
            sex: Some("F".into()),
            birth_date: Some(birth(year)),
            ..PatientTraits::default()
        },
        ..PatientFact::default()
    }
}

/// A message whose time is `minute` minutes past noon; the number is its control id.
pub fn message(minute: i64, facts: Vec<FactBody>) -> MessageFact {
    let control_id = format!("m{minute}");
    let mut digest = [7; 32];
    digest[..8].copy_from_slice(&minute.to_be_bytes());
    MessageFact {
        group: G,
        sender: "RIS|CENTRE".into(),
        control_id,
        digest,
        received_at: NOON,
        said_at: Some(NOON + time::Duration::minutes(minute)),
        facts,
    }
}

pub fn adt(minute: i64, patient: PatientFact) -> MessageFact {
    message(minute, vec![FactBody::Patient(patient)])
}

pub fn a40(minute: i64, kept: &str, retired: &str) -> MessageFact {
    let kept = PatientFact { identifiers: vec![pi(kept)], ..PatientFact::default() };
    message(minute, vec![FactBody::Merge(MergeFact { kept, retired: vec![pi(retired)] })])
}

pub fn accession(number: &str) -> Option<Accession> {
    Some(Accession { number: number.into(), issuer: None })
}

pub fn order(minute: i64, patient: PatientFact, number: &str) -> MessageFact {
    let order = OrderFact {
        patient,
        accession: accession(number),
        placer_number: Some(format!("P{number}")),
        act_code: Some("ZBQK002".into()),
        act_label: Some("Scanner thoracique".into()),
        prescriber: Some(Professional {
            rpps: Some("10000023084".into()),
            family_name: "DURAND".into(),
            first_name: "ANNE".into(),
            ..Professional::default()
        }),
        ..OrderFact::default()
    };
    message(minute, vec![FactBody::Order(order)])
}

pub fn report(minute: i64, patient: PatientFact, number: &str, status: ReportStatus) -> MessageFact {
    let report = ReportFact {
        patient,
        accession: accession(number),
        study_instance_uid: None,
        placer_number: None,
        number: Some(format!("R{number}")),
        status,
        masks: Masks::default(),
        title: Some("Compte rendu".into()),
        validated_at: Some(NOON + time::Duration::minutes(minute)),
        author: None,
        copies: Vec::new(),
        prescriber: None,
        screening: false,
        documents: vec![Document { kind: DocumentKind::Pdf, bytes: format!("%PDF-{minute}").into_bytes() }],
    };
    message(minute, vec![FactBody::Report(report)])
}

impl Bench {
    pub async fn receive(&self, images: Vec<Received>) -> Vec<ReceiveOutcome> {
        self.catalogue.receive(images, None).await.unwrap()
    }

    pub async fn apply(&self, message: MessageFact) -> MessageEffect {
        self.catalogue.apply(message).await.unwrap()
    }

    pub async fn list(&self) -> Vec<ExamLine> {
        let query = ExamQuery { limit: 200, ..ExamQuery::default() };
        self.catalogue.exams(G, query).await.unwrap().lines
    }

    pub async fn only(&self) -> ExamDetail {
        let list = self.list().await;
        assert_eq!(list.len(), 1, "{list:#?}");
        self.catalogue.exam(G, list[0].id).await.unwrap()
    }

    pub async fn of_study(&self, study: &str) -> ExamDetail {
        for line in self.list().await {
            let exam = self.catalogue.exam(G, line.id).await.unwrap();
            if exam.study_instance_uids.iter().any(|uid| uid == study) {
                return exam;
            }
        }
        panic!("no exam has study {study}");
    }
}

pub fn reasons(exam: &ExamDetail) -> Vec<&str> {
    match &exam.identity {
        Identity::Certain(_) => Vec::new(),
        Identity::Waiting(reasons) => reasons.iter().map(String::as_str).collect(),
    }
}

/// The patient's own number, once the exam is certain.
pub fn belongs_to(exam: &ExamDetail) -> Option<&str> {
    exam.patient.as_ref().and_then(|patient| patient.identifiers.first()).map(|id| id.value.as_str())
}

/// Does what is due to be published, and says how many exams that were.
pub async fn publish_jobs(bench: &Bench) -> usize {
    let later = NOON + time::Duration::hours(1);
    let leased = bench.catalogue.lease(&["publish"], later, 10, Duration::from_secs(1)).await.unwrap();
    for job in &leased {
        bench.catalogue.job_done(job).await.unwrap();
    }
    leased.len()
}
