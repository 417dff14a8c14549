//! A practice in a temporary folder, by a clock that tests move.

use archive::desk::{Role, Who};
use async_trait::async_trait;
use practice::ports::{Arrived, Fund, FundTransport};
use practice::simulated::{SimulatedSigner, answers};
use practice::{Config, Practice, Room};
use record::{GroupId, Settings, SqliteCatalogue};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
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
    pub fund: Arc<Post>,
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
        policies: exam::policy::Policies::default(),
        grid: billing::nomenclature::Grid::Contracted,
        holidays: billing::deadline::Holidays::National,
        biller: "351000000".into(),
        performer: "10000023084".into(),
    };
    let desk = Arc::new(Post::default());
    let practice = Practice {
        catalogue: Arc::new(catalogue),
        trace,
        clock: clock.clone(),
        random,
        acts: Arc::new(billing::nomenclature::Nomenclature::bundled().unwrap()),
        config: Arc::new(config),
        fund: Some(Fund { signer: Arc::new(SimulatedSigner), transport: desk.clone() }),
    };
    let who = Who { login: "anne".into(), name: "Anne".into(), role: Role::Desk, site: String::new() };
    Rig { practice, clock, who, fund: desk, _folder: folder }
}

/// A fund in memory that can be stopped between any two steps.
#[derive(Default)]
pub struct Post {
    pub sent: Mutex<BTreeMap<String, String>>,
    pub answers: Mutex<BTreeMap<String, String>>,
    paid: Mutex<BTreeSet<u64>>,
    seen: Mutex<BTreeSet<String>>,
    /// So many more calls succeed; then all fail, as if the program had been killed there.
    pub left: Mutex<Option<u32>>,
}

impl Post {
    fn step(&self) -> Result<(), String> {
        match self.left.lock().unwrap().as_mut() {
            Some(0) => Err("killed".into()),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The fund works: every lot it has not seen is answered.
    pub fn work(&self) {
        for (name, file) in self.sent.lock().unwrap().iter() {
            if self.seen.lock().unwrap().insert(name.clone()) {
                for answer in answers(file, &mut self.paid.lock().unwrap()) {
                    let text = billing::returns::write(&answer);
                    self.answers.lock().unwrap().insert(answer.reference.clone(), text);
                }
            }
        }
    }
}

#[async_trait]
impl FundTransport for Post {
    async fn send(&self, name: &str, file: &str) -> Result<(), String> {
        self.step()?;
        let before = self.sent.lock().unwrap().insert(name.to_owned(), file.to_owned());
        assert!(before.is_none_or(|before| before == file), "the same lot left with other bytes");
        // Killed after it left, before it was noted.
        self.step()
    }

    async fn arrived(&self) -> Result<Vec<Arrived>, String> {
        let all = self.answers.lock().unwrap();
        Ok(all.iter().map(|(name, text)| Arrived { name: name.clone(), text: text.clone() }).collect())
    }

    async fn taken(&self, name: &str) -> Result<(), String> {
        self.step()?;
        self.answers.lock().unwrap().remove(name);
        Ok(())
    }
}
