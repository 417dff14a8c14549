//! The log with the real catalogue, on SQLite.

use crate::child::{Orders, child_settings, hex};
use crate::killing::killed;
use crate::support::*;
use intake::landing::{CatalogueRegister, Landing, Outcome, Refusal, Register, Replayed};
use intake::messages::Defaults;
use record::{Catalogue, ExamQuery, GroupId, Location, SqliteCatalogue};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tempfile::tempdir;
use testkit::SeededRandom;

const GROUP: GroupId = GroupId(1);

/// A register over the database at `path`.
pub async fn register(path: &Path) -> (CatalogueRegister, Arc<SqliteCatalogue>) {
    let random = Arc::new(ambient::SystemRandom);
    let catalogue = SqliteCatalogue::open(path, record::Settings::default(), clock(), random).await.unwrap();
    let catalogue = Arc::new(catalogue);
    let defaults = Defaults { group: GROUP, zone: exam::Zone::EuropeParis };
    let register = CatalogueRegister::new(Arc::clone(&catalogue) as _, defaults, vec!["PHANTOM".into()]);
    (register, catalogue)
}

/// Every instance of the catalogue that lies in the log, by UID.
async fn places(catalogue: &SqliteCatalogue) -> BTreeMap<String, record::Place> {
    let query = ExamQuery { limit: 200, ..ExamQuery::default() };
    let mut found = BTreeMap::new();
    for line in catalogue.exams(GROUP, query).await.unwrap().lines {
        for instance in catalogue.instances(GROUP, line.id).await.unwrap() {
            if let Location::Landing(place) = instance.location {
                found.insert(instance.header.sop_instance_uid, place);
            }
        }
    }
    found
}

async fn opened(folder: &Path) -> (Landing, Replayed, Arc<SqliteCatalogue>) {
    let (register, catalogue) = register(&folder.join("record.sqlite")).await;
    let (landing, replayed) =
        open_with(child_settings(&folder.join("landing")), Arc::new(register) as Arc<dyn Register>).await;
    (landing, replayed, catalogue)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn stores_duplicates_conflicts_and_messages_reach_the_catalogue_and_a_new_one_is_rebuilt() {
    let folder = tempdir().unwrap();
    let (landing, _, catalogue) = opened(folder.path()).await;
    let data = data_set(&uid(1), 1, 5_000);
    assert_eq!(store(&landing, &uid(1), &data).await.unwrap().outcome, Outcome::Stored);
    assert_eq!(store(&landing, &uid(1), &data).await.unwrap().outcome, Outcome::Duplicate);
    assert_eq!(store(&landing, &uid(1), &data_set(&uid(1), 2, 5_000)).await, Err(Refusal::Conflict));
    let large = store(&landing, &uid(2), &data_set(&uid(2), 2, 900_000)).await.unwrap();
    let message = "MSH|^~\\&|RIS|C|NEG|A|20261125083000||ADT^A04^ADT_A01|C1|P|2.5^FRA^2.11|||||FRA|UNICODE UTF-8\r\
                   EVN||20261125083000\rPID|1||7^^^H&1.2.3&ISO^PI||DUPONT^MARIE^^^^^L||19500302|F\r";
    assert_eq!(landing.append_message("mllp:RIS", message.into()).await.unwrap().complaint, None);
    assert!(landing.append_message("mllp:RIS", "not a message".into()).await.unwrap().complaint.is_some());
    let known = places(&catalogue).await;
    assert_eq!(known.len(), 2);
    assert_eq!(known.get(&uid(2)), Some(&large.place));
    for place in known.values() {
        assert!(catalogue.segment_in_use(place.writer, place.segment).await.unwrap());
    }
    landing.close().await;
    drop((landing, catalogue));

    let (landing, replayed, catalogue) = opened(folder.path()).await;
    assert_eq!(replayed, Replayed::default(), "everything was applied");
    landing.close().await;
    drop((landing, catalogue));

    for (file, _) in files(folder.path()) {
        if file.file_name().unwrap().to_str().unwrap().starts_with("record.sqlite") {
            std::fs::remove_file(file).unwrap();
        }
    }
    let (landing, replayed, catalogue) = opened(folder.path()).await;
    assert_eq!((replayed.records, replayed.damaged.len()), (6, 0));
    assert_eq!(places(&catalogue).await.len(), 2);
    landing.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kills_the_catalogue_and_the_log_agree_on_everything_acknowledged() {
    let folder = tempdir().unwrap();
    let random = SeededRandom::new(47);
    let mut ledger = Vec::new();
    for life in 1..=if std::env::var_os("NEGATOSCOPE_LONG").is_some() { 200 } else { 4 } {
        let [acknowledged, spins] = ambient::random_bytes(&random);
        let orders = Orders {
            record: Some(folder.path().join("record.sqlite")),
            ..Orders::endless(&folder.path().join("landing"), life)
        };
        ledger.extend(killed(&orders, usize::from(acknowledged % 20), u64::from(spins) * 500).stored);
        let (landing, replayed, catalogue) = opened(folder.path()).await;
        assert_eq!(replayed.damaged, []);
        let known = places(&catalogue).await;
        for (uid, digest) in &ledger {
            let place = known.get(uid).unwrap_or_else(|| panic!("{uid} was acknowledged and is not in the catalogue"));
            assert_eq!(&hex(&sha256(&landing.read(*place).await.unwrap())), digest);
        }
        landing.close().await;
    }
    assert!(ledger.len() > 10);
}
