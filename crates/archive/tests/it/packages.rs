//! What the group hands over to the people its data is about.

use crate::desk::who;
use crate::rig::{GROUP, Rig};
use crate::senders;
use ambient::Clock;
use archive::ArchiveError;
use archive::desk::{Desk, Role, Who};
use archive::package::{PackageKey, Packages};
use archive::rights_desk::{Asking, RightsDesk};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dicom::dicomdir;
use dicom::scan::Limits;
use ed25519_dalek::{Signature, VerifyingKey};
use exam::requests::{Asker, IdentityProof, Kind, State, Urgency};
use hl7::event::ReportStatus;
use phantom::PhantomExam;
use record::DataRequest;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::PathBuf;
use time::Duration;
use tokio::io::AsyncReadExt;
use trace::Kind as Act;
use uuid::Uuid;

const TWO_DAYS: u64 = 48 * 3600;

struct Bench {
    rig: Rig,
    packages: Packages,
    rights: RightsDesk,
}

fn anne() -> Who {
    who(Role::Desk)
}

fn officer() -> Who {
    Who { login: "dpo".into(), ..who(Role::DataProtection) }
}

impl Bench {
    async fn of(exam: &PhantomExam) -> Self {
        let rig = Rig::new().await;
        rig.reported(exam).await;
        rig.quiet().await;
        Self::over(rig)
    }

    fn over(rig: Rig) -> Self {
        let key = PackageKey::load_or_create(&rig.folder.path().join("keys"), rig.archive.random.as_ref()).unwrap();
        let traces = vec![rig.archive.trace.clone()];
        let packages = Packages::open(rig.archive.clone(), rig.folder.path().join("packages"), key, traces).unwrap();
        let rights = RightsDesk::new(rig.archive.clone(), packages.clone());
        Self { rig, packages, rights }
    }

    async fn ask(&self, kind: Kind, asker: Asker, identity: Option<IdentityProof>) -> Uuid {
        let name = asker.needs_a_name().then(|| "Jean Dupont".to_owned());
        let asking = Asking { kind, asker, name, asked: "=tout mon dossier".into(), identity };
        self.rights.ask(&anne(), self.rig.exam_id().await, asking).await.unwrap()
    }

    async fn access(&self) -> Uuid {
        self.ask(Kind::Access, Asker::Patient, Some(IdentityProof::DocumentShown)).await
    }

    async fn made(&self, request: Uuid) {
        self.rights.prepare(&anne(), request).await.unwrap();
        assert_eq!(self.packages.once().await.unwrap(), 1);
        assert_eq!(self.known(request).await.state, State::Prepared);
    }

    async fn known(&self, request: Uuid) -> DataRequest {
        self.rig.archive.catalogue.request(GROUP, request).await.unwrap()
    }

    fn path(&self, request: Uuid) -> PathBuf {
        self.rig.folder.path().join("packages").join(format!("{}.zip", request.simple()))
    }

    fn entries(&self, request: Uuid) -> BTreeMap<String, Vec<u8>> {
        let mut zip = zip::ZipArchive::new(std::fs::File::open(self.path(request)).unwrap()).unwrap();
        let mut entries = BTreeMap::new();
        for index in 0..zip.len() {
            let mut entry = zip.by_index(index).unwrap();
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            entries.insert(entry.name().unwrap().into_owned(), bytes);
        }
        entries
    }
}

fn refused<T>(answer: Result<T, ArchiveError>) {
    let refused =
        matches!(answer, Err(ArchiveError::Refused(_) | ArchiveError::Record(record::RecordError::Refused { .. })));
    assert!(refused, "it must be refused");
}

#[tokio::test]
async fn a_package_holds_every_file_as_received_every_report_and_a_directory_of_them() {
    let exam = crate::recalls::ct();
    let bench = Bench::of(&exam).await;
    let before = bench.rig.archive.catalogue.instances(GROUP, bench.rig.exam_id().await).await.unwrap();
    assert!(before.iter().all(|one| matches!(one.location, record::Location::Sealed { .. })), "only in the vault");
    let request = bench.access().await;
    bench.made(request).await;
    let entries = bench.entries(request);
    let files: Vec<_> = entries.iter().filter(|(name, _)| name.starts_with("DICOM/")).collect();
    assert_eq!(files.len(), exam.instances.len());
    for (name, bytes) in &files {
        let one = exam.instances.iter().find(|one| bytes.ends_with(&one.dataset));
        assert!(one.is_some(), "{name} is not what was sent");
    }
    let listed = dicomdir::files(&entries["DICOMDIR"], &Limits::default()).unwrap();
    let mut named: Vec<_> = listed.iter().map(|file| file.path.join("/")).collect();
    named.sort();
    assert_eq!(named, files.iter().map(|(name, _)| (*name).clone()).collect::<Vec<_>>());
    assert_eq!(entries["COMPTES-RENDUS/E0001/version-1-1.pdf"], exam.report_pdf().unwrap());
    assert_eq!(entries.keys().filter(|name| name.ends_with(".jpg")).count(), exam.instances.len());
}

#[tokio::test]
async fn its_digests_are_those_of_its_files_and_their_signature_is_that_of_the_key_in_it() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.access().await;
    bench.made(request).await;
    let entries = bench.entries(request);
    let sums = String::from_utf8(entries["SHA256SUMS"].clone()).unwrap();
    let told: BTreeMap<_, _> =
        sums.lines().filter_map(|line| line.split_once("  ")).map(|(sum, name)| (name, sum)).collect();
    for (name, bytes) in
        entries.iter().filter(|(name, _)| !name.starts_with("SHA256SUMS") && *name != "CLE-PUBLIQUE.pem")
    {
        assert_eq!(told[name.as_str()], hex::encode(Sha256::digest(bytes)), "{name}");
    }
    assert_eq!(told.len(), entries.len() - 3);
    let pem = String::from_utf8(entries["CLE-PUBLIQUE.pem"].clone()).unwrap();
    let der = STANDARD.decode(pem.lines().nth(1).unwrap()).unwrap();
    let key = VerifyingKey::from_bytes(der[12..].try_into().unwrap()).unwrap();
    let signature = Signature::from_slice(&entries["SHA256SUMS.sig"]).unwrap();
    key.verify_strict(sums.as_bytes(), &signature).unwrap();
    assert!(key.verify_strict(sums.replacen('a', "b", 1).as_bytes(), &signature).is_err());
}

#[tokio::test]
async fn its_pages_load_nothing_from_anywhere_run_nothing_and_hold_no_code() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.access().await;
    bench.made(request).await;
    let entries = bench.entries(request);
    for (name, bytes) in entries.iter().filter(|(name, _)| name.ends_with(".html")) {
        let text = String::from_utf8(bytes.clone()).unwrap();
        for forbidden in ["http://", "https://", "<script", "//cdn", "javascript:", " onload"] {
            assert!(!text.contains(forbidden), "{name} has {forbidden}");
        }
        for link in
            text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).filter(|link| !link.ends_with('/'))
        {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
            for part in link.split('/') {
                if part == ".." { parts.pop().map(drop).unwrap() } else { parts.push(part) }
            }
            assert!(entries.contains_key(&parts.join("/")), "{name} leads to {link}, which is not there");
        }
    }
    let sheet = bench.rig.outlet.delivered.lock().unwrap()[0].1.clone();
    assert!(!entries.values().any(|bytes| *bytes == sheet), "the sheet with its code is not a report");
    let index = String::from_utf8(entries["index.html"].clone()).unwrap();
    assert!(index.contains("En ligne jusqu'au") && index.contains("=tout mon dossier"));
}

#[tokio::test]
async fn nothing_is_prepared_before_the_identity_nor_handed_over_before_forty_eight_hours() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.ask(Kind::Access, Asker::Patient, None).await;
    refused(bench.rights.prepare(&anne(), request).await);
    bench.rights.identity(&anne(), request, IdentityProof::LetterAndCopy).await.unwrap();
    bench.made(request).await;
    bench.rig.clock.advance(std::time::Duration::from_secs(TWO_DAYS - 1));
    refused(bench.rights.download(&anne(), request).await);
    refused(bench.rights.deliver(&anne(), request, "en main propre".into()).await);
    bench.rig.clock.advance(std::time::Duration::from_secs(1));
    let mut told = bench.rights.download(&anne(), request).await.unwrap();
    let exam = bench.rig.exam_id().await;
    let leaves = bench.rig.archive.trace.events_of_exam(exam.0, 1).await.unwrap();
    assert_eq!((leaves[0].kind, leaves[0].detail["what"].as_str()), (Act::Download, "data-export"), "before any byte");
    let mut bytes = Vec::new();
    told.file.read_to_end(&mut bytes).await.unwrap();
    let made = bench.known(request).await.package.unwrap();
    assert_eq!((bytes.len() as u64, hex::encode(Sha256::digest(&bytes))), (made.size_bytes, made.sha256));
}

#[tokio::test]
async fn a_package_is_erased_once_it_was_handed_over_and_its_request_lets_go_of_the_exams() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.access().await;
    bench.made(request).await;
    assert_eq!(bench.rig.detail().await.state, "held");
    bench.rig.clock.advance(std::time::Duration::from_secs(TWO_DAYS));
    bench.rights.deliver(&anne(), request, "remis à la patiente".into()).await.unwrap();
    bench.packages.once().await.unwrap();
    assert!(!bench.path(request).exists());
    assert!(!bench.known(request).await.has_package());
    refused(bench.rights.download(&anne(), request).await);
    assert_eq!(bench.rig.detail().await.state, "sealed");
    let second = bench.access().await;
    assert!(!bench.rights.show(&anne(), second).await.unwrap().free, "the first one was");
}

#[tokio::test]
async fn a_package_that_nobody_fetches_is_erased_after_thirty_days_and_is_still_owed() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.access().await;
    bench.made(request).await;
    bench.rig.clock.advance(std::time::Duration::from_secs(30 * 86_400 - 1));
    bench.packages.once().await.unwrap();
    assert!(bench.path(request).exists());
    bench.rig.clock.advance(std::time::Duration::from_secs(1));
    bench.packages.once().await.unwrap();
    assert!(!bench.path(request).exists());
    assert_eq!(bench.known(request).await.state, State::Asked);
    let line = bench.rights.open(&anne()).await.unwrap().remove(0);
    assert_eq!((line.urgency, line.days_left), (Urgency::Late, -22));
    let counts = bench.rights.counts(&anne()).await.unwrap();
    assert_eq!((counts.open, counts.soon, counts.late), (1, 0, 1));
    bench.made(request).await;
}

#[tokio::test]
async fn what_a_minor_keeps_confidential_is_in_no_package_of_a_parent_and_in_theirs() {
    let exam = senders::chest();
    let rig = Rig::new().await;
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 90, ReportStatus::Final, |report| report.masks.legal_representatives = true))
        .await;
    rig.quiet().await;
    let bench = Bench::over(rig);
    let parent = bench.ask(Kind::Access, Asker::Parent, Some(IdentityProof::DocumentShown)).await;
    bench.made(parent).await;
    let entries = bench.entries(parent);
    let title = bench.rig.detail().await.title;
    assert!(!entries.keys().any(|name| name.contains("E0001") || name == "DICOMDIR"), "{:?}", entries.keys());
    for name in ["index.html", "ACCES/acces.html", "ACCES/acces.csv"] {
        assert!(!String::from_utf8_lossy(&entries[name]).contains(&title), "{name} tells of the exam");
    }
    let own = bench.access().await;
    bench.made(own).await;
    assert!(bench.entries(own).contains_key("COMPTES-RENDUS/E0001/version-1-1.pdf"));
}

#[tokio::test]
async fn a_report_that_awaits_the_physician_and_a_preliminary_one_are_not_in_it() {
    let exam = senders::chest();
    let rig = Rig::new().await;
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 80, ReportStatus::Preliminary, |_| {})).await;
    rig.message(senders::report(&exam, 90, ReportStatus::Final, |report| report.masks.patient = true)).await;
    rig.quiet().await;
    let bench = Bench::over(rig);
    let request = bench.access().await;
    bench.made(request).await;
    assert!(!bench.entries(request).keys().any(|name| name.starts_with("COMPTES-RENDUS/")));
}

#[tokio::test]
async fn what_a_killed_program_left_is_cleared_and_the_package_is_made_again() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.access().await;
    bench.made(request).await;
    let part = bench.path(request).with_extension("part");
    std::fs::write(&part, b"half a package").unwrap();
    let nobodys = bench.path(Uuid::from_u128(5));
    std::fs::write(&nobodys, b"of a request that is closed").unwrap();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(bench.packages.clone().run(stopped, || {
        // Everything was looked at once.
        std::future::pending::<()>()
    }));
    bench.rights.prepare(&anne(), request).await.unwrap();
    while part.exists() || nobodys.exists() {
        tokio::task::yield_now().await;
    }
    stop.send(true).unwrap();
    running.await.unwrap();
    assert!(bench.path(request).exists());
}

#[tokio::test]
async fn only_the_desk_and_the_officer_handle_requests_and_only_the_officer_reads_the_register() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.access().await;
    for role in [Role::Administrator, Role::Radiologist] {
        refused(bench.rights.open(&who(role)).await);
        refused(bench.rights.show(&who(role), request).await);
        refused(bench.rights.prepare(&who(role), request).await);
        refused(bench.rights.download(&who(role), request).await);
        refused(bench.rights.refuse(&who(role), request, "non".into()).await);
        refused(bench.rights.breaches(&who(role)).await);
    }
    refused(bench.rights.register(&anne()).await);
    let register = bench.rights.register(&officer()).await.unwrap();
    assert!(register.contains("\"'=tout mon dossier\""), "no cell is a formula: {register}");
    assert_eq!(register.lines().count(), 2);
}

#[tokio::test]
async fn a_rectification_says_what_was_asked_and_what_was_done() {
    let bench = Bench::of(&senders::chest()).await;
    let request = bench.ask(Kind::Rectification, Asker::Patient, Some(IdentityProof::DocumentShown)).await;
    refused(bench.rights.prepare(&anne(), request).await);
    bench.rights.answer(&anne(), request, "Prénom corrigé par le système d'information".into()).await.unwrap();
    let known = bench.known(request).await;
    assert_eq!((known.state, known.asked.as_str()), (State::Answered, "=tout mon dossier"));
    assert_eq!(known.end.unwrap().words, "Prénom corrigé par le système d'information");
}

#[tokio::test]
async fn a_breach_names_whom_an_account_touched_in_its_time_and_nobody_else() {
    let bench = Bench::of(&senders::chest()).await;
    let (exam, desk) = (bench.rig.exam_id().await, Desk::new(bench.rig.archive.clone()));
    let thief = Who { login: "volé".into(), ..anne() };
    let from = bench.rig.clock.now();
    desk.exam(&thief, exam).await.unwrap();
    bench.rig.clock.advance(std::time::Duration::from_secs(3600));
    let until = bench.rig.clock.now();
    desk.exam(&thief, exam).await.unwrap();
    let declare = async |account: Option<&str>, from, until| {
        let mut breach = bench.rights.new_breach(&officer(), "compte volé".into(), until);
        (breach.from, breach.until, breach.account) = (from, until, account.map(str::to_owned));
        let id = bench.rights.declare_breach(&officer(), breach).await.unwrap();
        bench.rights.breach(&officer(), id).await.unwrap()
    };
    let told = declare(Some("volé"), from, until).await;
    assert_eq!(told.people.len(), 1);
    assert_eq!((told.people[0].patient, told.people[0].accesses), (bench.rig.detail().await.patient.map(|p| p.id), 1));
    assert_eq!(told.notify_by, Some(until + Duration::hours(72)));
    assert!(declare(Some("personne"), from, until).await.people.is_empty());
    assert!(declare(Some("volé"), from - Duration::days(9), from).await.people.is_empty());
    bench.rig.clock.advance(std::time::Duration::from_secs(72 * 3600 + 1));
    let late = bench.rights.breaches(&officer()).await.unwrap();
    assert!(late.iter().all(|breach| breach.late));
    bench.rights.end_breach(&officer(), told.breach.breach, "notifiée à la CNIL".into()).await.unwrap();
    assert!(!bench.rights.breach(&officer(), told.breach.breach).await.unwrap().late);
    let table = bench.rights.breach_table(&officer(), told.breach.breach).await.unwrap();
    assert_eq!(table.lines().count(), 2);
}
