//! A practice in a temporary folder, by a clock that tests move.

use archive::desk::{Role, Who};
use practice::{Config, Practice, Room};
use record::{GroupId, Settings, SqliteCatalogue};
use std::sync::Arc;
use testkit::{FakeClock, SeededRandom};
use time::OffsetDateTime;
use time::macros::datetime;
use trace::{Trace, TraceSettings};

pub const G: GroupId = GroupId(1);
pub const NOON: OffsetDateTime = datetime!(2026-11-25 11:00 UTC);

pub struct Rig {
    pub practice: Practice,
    pub clock: Arc<FakeClock>,
    pub who: Who,
    _folder: tempfile::TempDir,
}

pub async fn rig() -> Rig {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(FakeClock::at(NOON));
    let random = Arc::new(SeededRandom::new(7));
    let path = folder.path().join("record.sqlite");
    let settings = Settings { default_issuer: "CABINET".into(), ..Settings::default() };
    let catalogue = SqliteCatalogue::open(&path, settings, clock.clone(), random.clone()).await.unwrap();
    let place = TraceSettings {
        group: 1,
        data: folder.path().join("trace"),
        keys: folder.path().join("keys"),
        key_file: folder.path().join("trace-key"),
        origin: "test".into(),
    };
    let trace = Trace::open(place, clock.clone(), random.clone()).await.unwrap();
    let room = |name: &str, modality: &str| Room { name: name.into(), modality: modality.into() };
    let config = Config {
        group: G,
        zone: exam::Zone::EuropeParis,
        rooms: vec![room("Radio 1", "DX"), room("Scanner", "CT")],
        issuer: "CABINET".into(),
    };
    let practice = Practice {
        catalogue: Arc::new(catalogue),
        trace,
        clock: clock.clone(),
        random,
        acts: Arc::new(billing::nomenclature::Nomenclature::bundled().unwrap()),
        config: Arc::new(config),
    };
    let who = Who { login: "anne".into(), name: "Anne".into(), role: Role::Desk, site: String::new() };
    Rig { practice, clock, who, _folder: folder }
}
