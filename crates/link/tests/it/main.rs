//! Every message is pinned by a file of `formats/link/`: what was sent by a past version still reads, and what is written
//! today is what the file says.
#![allow(clippy::unwrap_used, reason = "a failure here fails the test")]

use exam::rights::{By, Items, Named, Origin, Purpose, Says, Statement, StatementId, Towards};
use link::series::{InstanceIndex, SeriesIndex, Span};
use link::{
    BirthDate, BlobInfo, BlobName, CareRelation, Channel, CodeGrant, Contact, Emergency, LINK_VERSION, Numbered,
    Professional, Publication, RecallBy, RecallStage, Relation, ReportSummary, SeriesSummary, Stub, Times, ToArchive,
    ToDiffusion,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::path::PathBuf;
use time::macros::{date, datetime};
use uuid::Uuid;

fn pinned<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, value: &T) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../formats/link").join(name);
    let written = serde_json::to_string_pretty(value).unwrap() + "\n";
    if std::env::var_os("PIN").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), value, "{name} reads as something else");
    assert_eq!(written, text, "{name} is not what is written today");
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn times() -> Times {
    Times {
        exam_date: date!(2026 - 11 - 25),
        online_until: datetime!(2028-11-25 23:00 UTC),
        online_reason: "online-24-months".into(),
        archived_until: Some(date!(2031 - 11 - 25)),
        archive_reason: "archive-systematic-5-years".into(),
        recallable: Some(true),
    }
}

fn recall(stage: RecallStage) -> ToDiffusion {
    ToDiffusion::Recall { recall: id(5), exam: id(1), stage, at: datetime!(2029-01-02 08:00 UTC) }
}

fn blob(name: BlobName) -> BlobInfo {
    BlobInfo { name, size_bytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into() }
}

fn statement(origin: Origin) -> Statement {
    let at = datetime!(2026-11-26 08:00 UTC);
    Statement {
        id: StatementId { origin, sequence: 1 },
        person: id(6),
        by: By::Desk { login: "accueil".into() },
        about: Items::Exam { exam: id(1) },
        to: Towards::One { who: Named::Professional { rpps: "99700366240".parse().unwrap() } },
        says: Says::Deny,
        orderer_too: false,
        purpose: Purpose::Any,
        from: at,
        until: None,
        made_at: at,
    }
}

fn professionals() -> Vec<Professional> {
    let named = |rpps: &str, relation| Professional { rpps: rpps.into(), relation, name: String::new() };
    let orderer = Professional { name: "Dr Anne FICTIVE".into(), ..named("10000023084", Relation::Ordered) };
    vec![orderer, named("99700366240", Relation::CopiedOn)]
}

#[test]
fn a_publication_is_pinned() {
    let names = [
        BlobName::Bundle(1),
        BlobName::Metadata(1),
        BlobName::Index(1),
        BlobName::Thumbnail(1),
        BlobName::Report,
        BlobName::ReportPage(1),
        BlobName::ReportText,
    ];
    let publication = Publication {
        version: LINK_VERSION,
        exam: id(1),
        publication: id(2),
        number: "1234567897".into(),
        patient_name: "Camille FICTIF".into(),
        birth_date: BirthDate { year: 1958, month: Some(3), day: None },
        title: "Scanner cérébral".into(),
        class: "ct".into(),
        site: "Imagerie des Tilleuls".into(),
        times: times(),
        series: vec![SeriesSummary {
            series: 1,
            modality: "CT".into(),
            description: "Axial".into(),
            instances: 60,
            frames: 60,
            viewable: true,
        }],
        report: Some(ReportSummary {
            report: id(3),
            pages: 1,
            validated_at: datetime!(2026-11-25 10:20 UTC),
            corrected: false,
            versions: vec![id(7), id(3)],
        }),
        blobs: names.into_iter().map(blob).collect(),
        person: Some(id(6)),
        professionals: professionals(),
    };
    pinned("publication-3.json", &publication);
}

/// What a past version wrote is still read.
fn past<T: DeserializeOwned>(name: &str) -> T {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../formats/link").join(name);
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

#[test]
fn what_version_1_wrote_is_still_read() {
    let publication: Publication = past("publication-1.json");
    assert!(publication.version == 1 && publication.times.can_come_back());
    assert_eq!(past::<Vec<ToDiffusion>>("to-diffusion-1.json").len(), 3);
    assert_eq!(past::<Vec<Numbered<ToArchive>>>("to-archive-1.json").len(), 2);
}

#[test]
fn what_version_2_wrote_is_still_read() {
    let publication: Publication = past("publication-2.json");
    assert!(publication.version == 2 && publication.person.is_none() && publication.professionals.is_empty());
    assert_eq!(past::<Vec<ToDiffusion>>("to-diffusion-2.json").len(), 9);
    assert_eq!(past::<Vec<Numbered<ToArchive>>>("to-archive-2.json").len(), 3);
}

#[test]
fn what_the_archive_side_says_is_pinned() {
    let grant = CodeGrant {
        sheet: id(4),
        exam: id(1),
        number: "1234567897".into(),
        birth_date: BirthDate { year: 1958, month: None, day: None },
        code: "0000000000000".into(),
        qr_token: "00000000000000000000000000000000".into(),
        until: datetime!(2031-11-25 23:00 UTC),
    };
    let messages = vec![
        ToDiffusion::Withdraw { exam: id(1), codes: false },
        ToDiffusion::Grant(grant),
        ToDiffusion::Revoke { sheet: id(4) },
        ToDiffusion::Stub(Stub {
            exam: id(1),
            number: "1234567897".into(),
            birth_date: BirthDate { year: 1958, month: None, day: None },
            title: "Scanner cérébral".into(),
            site: "Imagerie des Tilleuls".into(),
            class: "ct".into(),
            times: times(),
            codes_until: datetime!(2031-11-25 23:00 UTC),
            person: Some(id(6)),
            professionals: professionals(),
            contacts: vec![Contact {
                channel: Channel::Email,
                address: "tutrice@exemple.fr".into(),
                recorded_at: datetime!(2026-11-25 08:00 UTC),
                usable_from: datetime!(2026-11-28 08:00 UTC),
                until: Some(datetime!(2027-11-25 23:00 UTC)),
                representative: true,
            }],
        }),
        recall(RecallStage::Asked),
        recall(RecallStage::Found { ready_by: datetime!(2029-01-02 08:01 UTC) }),
        recall(RecallStage::Verified),
        recall(RecallStage::Failed { reason: "recall-unavailable".into(), trying_again: true }),
        ToDiffusion::Statement { statement: statement(Origin::Archive) },
        ToDiffusion::CareRelation {
            relation: CareRelation {
                relation: id(8),
                person: id(6),
                rpps: "99700366240".into(),
                finess: "920008059".into(),
                from: datetime!(2026-11-26 08:00 UTC),
                until: datetime!(2027-02-26 08:00 UTC),
            },
        },
        ToDiffusion::Forget { exam: id(1) },
    ];
    pinned("to-diffusion-3.json", &messages);
}

#[test]
fn what_the_diffusion_side_says_is_pinned() {
    let messages = vec![
        Numbered { number: 1, message: ToArchive::NumberLocked { exam: id(1), at: datetime!(2026-11-26 08:00 UTC) } },
        Numbered {
            number: 2,
            message: ToArchive::CodeUsed { sheet: id(4), uses: 3, at: datetime!(2026-11-26 08:00 UTC) },
        },
        Numbered {
            number: 3,
            message: ToArchive::RecallAsked {
                recall: id(5),
                exam: id(1),
                by: RecallBy::Sheet { sheet: id(4) },
                at: datetime!(2029-01-02 08:00 UTC),
            },
        },
        Numbered {
            number: 5,
            message: ToArchive::RecallAsked {
                recall: id(7),
                exam: id(1),
                by: RecallBy::Professional { rpps: "10000023084".into() },
                at: datetime!(2029-01-02 08:00 UTC),
            },
        },
        Numbered {
            number: 6,
            message: ToArchive::EmergencyOpened {
                emergency: Emergency {
                    opening: id(9),
                    person: id(6),
                    rpps: "99700366240".into(),
                    name: "Alice EXEMPLE".into(),
                    reason: "Patiente inconsciente aux urgences".into(),
                    at: datetime!(2026-11-26 08:00 UTC),
                    until: datetime!(2026-11-26 09:00 UTC),
                },
            },
        },
        Numbered { number: 4, message: ToArchive::StatementMade { statement: statement(Origin::Diffusion) } },
    ];
    pinned("to-archive-3.json", &messages);
}

#[test]
fn the_index_of_a_series_is_pinned() {
    let index = SeriesIndex {
        version: 1,
        instances: vec![InstanceIndex {
            offset: 0,
            size_bytes: 525_000,
            transfer_syntax: "1.2.840.10008.1.2.1".into(),
            sha256: blob(BlobName::Report).sha256,
            preamble_suspicious: false,
            frames: vec![vec![Span { offset: 700, size_bytes: 524_288 }]],
        }],
    };
    pinned("series-index-1.json", &index);
}

#[test]
fn a_grant_shows_no_code_when_printed_for_an_operator() {
    let grant = CodeGrant {
        sheet: id(4),
        exam: id(1),
        number: "1234567897".into(),
        birth_date: BirthDate { year: 1958, month: None, day: None },
        code: "SECRETSECRETS".into(),
        qr_token: "feedfacefeedfacefeedfacefeedface".into(),
        until: datetime!(2031-11-25 23:00 UTC),
    };
    let shown = format!("{grant:?} {:?}", ToDiffusion::Grant(grant.clone()));
    assert!(!shown.contains("SECRET") && !shown.contains("feedface"));
}
