//! Opens every room on its part of the data folder. The lock of the folder is held as long as the rooms are.

use crate::Program;
use crate::adapters::clock::KeptFile;
use crate::adapters::mail::Mail;
use crate::adapters::pictures::{PoolPictures, PoolRenderer};
use crate::professionals;
use crate::settings::Settings;
use ambient::{Clock, KeptClock, KeptSettings, Random, SystemRandom};
use anyhow::{Context, Result};
use archive::transmit::Partners;
use archive::{Archive, Config, SiteText};
use diffusion::{Diffusion, SecondFactor};
use exam::policy::Policies;
use intake::completeness::QuietPeriods;
use intake::landing::{CatalogueRegister, Landing};
use link::DiffusionDoor;
use pixels::PoolSettings;
use record::{Catalogue, GroupId, SqliteCatalogue};
use retention::{Placement, Retention};
use rustix::fs::{FlockOperation, flock};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use trace::{Trace, TraceSettings};
use vault::{FolderStore, Identity, ObjectStore, Vault};

/// One machine serves one group; the column is there from the first day for those that serve more.
pub const GROUP: GroupId = GroupId(1);

/// Everything, open.
pub struct Rooms {
    /// As read.
    pub settings: Settings,
    /// The policy rows: they rewrite none that was in force.
    pub policies: Policies,
    /// Time, kept.
    pub clock: Arc<KeptClock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Facts.
    pub catalogue: Arc<dyn Catalogue>,
    /// Bytes arriving.
    pub landing: Landing,
    /// Bytes kept.
    pub vault: Vault,
    /// The record's own file, for copies of it.
    pub record: Arc<SqliteCatalogue>,
    /// The sealed objects themselves, for copies of them.
    pub objects: Arc<dyn ObjectStore>,
    /// Accesses on the archive side.
    pub archive_trace: Trace,
    /// Accesses on the diffusion side.
    pub diffusion_trace: Trace,
    /// The other server.
    pub diffusion: Diffusion,
    /// Decoders.
    pub pixels: pixels::Pool,
    /// E-mail, where a server is named.
    pub mail: Option<Arc<Mail>>,
    /// How long the latest publications took.
    published: archive::recall::estimate::Published,
    /// Establishments that receive what they prescribe.
    pub partners: Arc<Partners>,
    _lock: File,
}

/// The record and the vault alone, before the landing log tells anything.
pub struct RecordAndVault {
    /// Time, kept.
    pub clock: Arc<KeptClock>,
    random: Arc<dyn Random>,
    /// Facts.
    pub catalogue: Arc<dyn Catalogue>,
    /// Bytes kept.
    pub vault: Vault,
    /// The record's own file.
    pub record: Arc<SqliteCatalogue>,
    /// The sealed objects themselves.
    pub objects: Arc<dyn ObjectStore>,
    lock: File,
}

impl RecordAndVault {
    /// Opens both.
    pub async fn open(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self> {
        make_private(&settings.data_folder)?;
        let lock = lock(&settings.data_folder)?;
        crate::backup::refuse_half_restored(&settings.data_folder)?;
        refuse_newer(settings).await?;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let inside = settings.data_folder.join("archive");
        let clock = kept_clock(settings, clock, !inside.exists());
        make_private(&inside)?;
        let path = inside.join("record.sqlite");
        let catalogue = SqliteCatalogue::open(&path, record_settings(settings), clock.clone(), random.clone())
            .await
            .context("opening the record")?;
        let identity = Identity::load_or_create(&inside.join("keys"))?;
        let store = FolderStore::open(&inside.join("vault")).await.context("opening the vault")?;
        let objects: Arc<dyn ObjectStore> = Arc::new(store);
        let vault = Vault::open(objects.clone(), identity, random.clone());
        let record = Arc::new(catalogue);
        Ok(Self { clock, random, catalogue: record.clone(), vault, record, objects, lock })
    }

    /// Closes the record in order, so that its folder may be moved.
    pub async fn close(self) -> Result<()> {
        drop(self.catalogue);
        let record = Arc::try_unwrap(self.record).map_err(|_| anyhow::anyhow!("the record is still in use"))?;
        record.close().await;
        Ok(())
    }
}

/// The partners of the settings, asked for under what the record states.
fn partners(
    settings: &Settings,
    catalogue: &Arc<dyn Catalogue>,
    clock: &Arc<KeptClock>,
) -> Result<archive::transmit::Partners> {
    let objections = archive::transmit::Stated {
        catalogue: catalogue.clone(),
        clock: clock.clone(),
        group: GROUP,
        rules: settings.partner_rules(),
    };
    crate::adapters::partner::partners(settings, Arc::new(objections))
}

impl Rooms {
    /// Opens all; what the landing log had not yet told the record is told now.
    pub async fn open(program: Program) -> Result<Self> {
        let Program { settings, clock, .. } = program;
        let RecordAndVault { clock, random, catalogue, vault, record, objects, lock } =
            RecordAndVault::open(&settings, clock).await?;
        let policies = settings.policies()?;
        let partners = Arc::new(partners(&settings, &catalogue, &clock)?);
        let today = settings.zone.date_of(clock.now());
        let known = catalogue.policies_are_new(GROUP, &policies, today).await;
        known.context("retention.policies: add a row from a later day instead of changing one")?;
        let freed = catalogue.free_jobs().await.context("freeing the jobs of the program before")?;
        if freed > 0 {
            tracing::info!(jobs = freed, "what the program before had under way is taken up again");
        }
        let data = settings.data_folder.clone();
        let inside = data.join("archive");
        let defaults = intake::messages::Defaults { group: GROUP, zone: settings.zone };
        let register = CatalogueRegister::new(catalogue.clone(), defaults, settings.phantom_patient_ids.clone());
        let landing_settings = intake::landing::Settings {
            segment_bytes: settings.segment_mebibytes << 20,
            ..intake::landing::Settings::in_folder(inside.join("landing"))
        };
        let (landing, replayed) = Landing::open(landing_settings, Arc::new(register), clock.clone(), random.clone())
            .await
            .context("opening the landing log")?;
        tracing::info!(records = replayed.records, torn = replayed.torn, "landing log replayed");
        for place in &replayed.damaged {
            let place = intake::landing::PlaceName(*place);
            tracing::error!(%place, "an acknowledged record of the landing log is damaged");
        }
        let judged: Arc<dyn Clock> = clock.clone();
        let archive_trace = open_trace(&settings, "archive", &judged, &random).await?;
        let pixels = pixels::Pool::new(worker(&settings)?);
        let outside = data.join("diffusion");
        make_private(&outside)?;
        let diffusion_trace = open_trace(&settings, "diffusion", &judged, &random).await?;
        let mail = match settings.mail_server.is_empty() {
            true => None,
            false => Some(Arc::new(Mail::new(&settings)?)),
        };
        let chosen = diffusion::Settings {
            openid: professionals::openid(&settings)?,
            bulk: professionals::bulk(&settings),
            emergency: settings.emergency,
            second_factor: second_factor(&settings, mail.as_ref())?,
            ..diffusion::Settings::under(&outside, GROUP.0.to_string())
        };
        let diffusion = open_diffusion(chosen, (&judged, &random), &pixels, diffusion_trace.clone()).await?;
        Ok(Self {
            settings,
            policies,
            clock,
            random,
            catalogue,
            landing,
            vault,
            record,
            objects,
            archive_trace,
            diffusion_trace,
            diffusion,
            pixels,
            mail,
            published: archive::recall::estimate::Published::default(),
            partners,
            _lock: lock,
        })
    }

    /// Finishes what is being written, so that the next opening has nothing to repair.
    pub async fn close(&self) -> Result<()> {
        // A clock that cannot be written down is a doubt at the next start, not a failure of this one.
        if let Err(error) = self.clock.write() {
            tracing::error!(%error, "the kept clock is not on disk");
        }
        self.landing.close().await;
        self.diffusion.settle().await;
        self.archive_trace.close().await.context("closing the archive side's trace")?;
        self.diffusion_trace.close().await.context("closing the diffusion side's trace")
    }

    /// The end of the archive: the only room that is handed the vault's eraser.
    pub fn retention(&self) -> Retention {
        let folder = self.settings.data_folder.join("archive/vault");
        let eraser = Arc::new(vault::erase::FolderEraser::new(&folder));
        Retention {
            catalogue: self.catalogue.clone(),
            placements: Arc::new(vec![Placement { name: "folder".into(), eraser }]),
            trace: self.archive_trace.clone(),
            clock: self.clock.clone(),
            wall: self.clock.clone(),
            random: self.random.clone(),
            config: Arc::new(retention::Config {
                group: GROUP,
                policies: self.policies.clone(),
                zone: self.settings.zone,
            }),
        }
    }

    /// The archive server, told where the patients' pages are.
    pub fn archive(&self, address: &str, outlets: Vec<Arc<dyn archive::outlet::SheetOutlet>>) -> Archive {
        let settings = &self.settings;
        let scheme = if settings.secure_origin() { "https" } else { "http" };
        let quiet = Duration::from_secs(settings.quiet_seconds);
        let config = Config {
            group: GROUP,
            quiet: QuietPeriods {
                silence: quiet,
                after_report: quiet.min(Duration::from_secs(60)),
                after_count: quiet.min(Duration::from_secs(5)),
            },
            policies: self.policies.clone(),
            zone: settings.zone,
            site: SiteText {
                name: settings.site_name.clone(),
                phone: settings.site_phone.clone(),
                hours: settings.site_hours.clone(),
            },
            // Checked when the settings were read.
            choice: settings.choice(&portal::desk::own_notice()).unwrap_or_default(),
            whole_file_bytes: settings.whole_file_mebibytes.clamp(1, 256) << 20,
            address: address.to_owned(),
            door_url: format!("{scheme}://{address}/"),
        };
        Archive {
            catalogue: self.catalogue.clone(),
            landing: self.landing.clone(),
            vault: self.vault.clone(),
            door: Arc::new(self.diffusion.clone()) as Arc<dyn DiffusionDoor>,
            trace: self.archive_trace.clone(),
            pictures: Arc::new(PoolPictures(self.pixels.clone())),
            published: self.published.clone(),
            outlets: Arc::new(outlets),
            partners: self.partners.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            config: Arc::new(config),
        }
    }
}

/// An older program leaves what a later one has written as it is: all is looked at before anything is opened.
async fn refuse_newer(settings: &Settings) -> Result<()> {
    let chosen = diffusion::Settings::under(settings.data_folder.join("diffusion"), GROUP.0.to_string());
    record::sqlite::known(&settings.data_folder.join("archive/record.sqlite")).await?;
    for side in ["archive", "diffusion"] {
        trace::known(&trace_settings(settings, side).data).await?;
    }
    Ok(diffusion::known(&chosen.database).await?)
}

async fn open_trace(
    settings: &Settings,
    side: &str,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Trace> {
    let place = trace_settings(settings, side);
    let (key, new) = (place.key_file.clone(), !place.key_file.exists());
    let trace = Trace::open(place, clock.clone(), random.clone()).await.context("opening the trace")?;
    let (witnesses, needed) = crate::cosigning::keys(settings)?;
    trace.cosigned_by(witnesses, needed);
    if new {
        tracing::warn!(key = %key.display(), "a key to sign the logs of accesses was made: keep it apart from the data");
    }
    Ok(trace)
}

/// The kept clock, written down before anything else is: a first start that is killed is still known for one.
fn kept_clock(settings: &Settings, clock: Arc<dyn Clock>, fresh: bool) -> Arc<KeptClock> {
    let trusted_gap = Duration::from_secs(settings.clock_trusted_gap_hours.saturating_mul(3600));
    let store = Box::new(KeptFile::new(&settings.data_folder));
    let clock = KeptClock::start(clock, store, KeptSettings { trusted_gap, fresh });
    if let Err(error) = clock.write() {
        tracing::error!(%error, "the kept clock is not on disk");
    }
    Arc::new(clock)
}

/// Where a side's log of accesses lies.
pub fn trace_settings(settings: &Settings, side: &str) -> TraceSettings {
    let folder = settings.data_folder.join(side);
    TraceSettings {
        group: i64::from(GROUP.0),
        data: folder.join("trace"),
        keys: folder.join("keys"),
        key_file: settings.trace_key(),
        origin: format!("negatoscope/{side}"),
    }
}

/// When patients are asked a one-time code, and who carries it.
fn second_factor(settings: &Settings, mail: Option<&Arc<Mail>>) -> Result<SecondFactor> {
    let rule = settings.factor_rule()?;
    Ok(match mail {
        Some(mail) => SecondFactor { rule, messenger: mail.clone() },
        None => SecondFactor { rule, ..SecondFactor::default() },
    })
}

async fn open_diffusion(
    settings: diffusion::Settings,
    (clock, random): (&Arc<dyn Clock>, &Arc<dyn Random>),
    pixels: &pixels::Pool,
    trace: Trace,
) -> Result<Diffusion> {
    let ports = diffusion::Ports {
        clock: clock.clone(),
        random: random.clone(),
        trace,
        renderer: Arc::new(PoolRenderer(pixels.clone())),
        fetch: Some(Arc::new(professionals::Https::new()?)),
    };
    Diffusion::start(settings, ports).await.context("opening the diffusion side")
}

/// The decoders run in this same program, started again with one word.
fn worker(settings: &Settings) -> Result<PoolSettings> {
    let program = std::env::current_exe().context("finding our own program")?;
    Ok(PoolSettings { workers: settings.pixels_workers, ..PoolSettings::new(program, ["pixels-worker"]) })
}

/// A folder that only we may enter.
pub fn make_private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    if !folder.exists() {
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mode = std::fs::metadata(folder)?.permissions().mode();
    if mode & 0o077 != 0 {
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
            .with_context(|| format!("{} can be read by others and that cannot be changed", folder.display()))?;
    }
    Ok(())
}

/// The data folder belongs to a running server.
#[derive(Debug, thiserror::Error)]
#[error("{} is in use by a running negatoscope", .0.display())]
pub struct InUse(PathBuf);

/// One process owns a data folder.
pub fn lock(data: &Path) -> Result<File> {
    let file = File::create(data.join("lock")).with_context(|| format!("cannot write in {}", data.display()))?;
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return Err(InUse(data.to_owned()).into());
    }
    Ok(file)
}

fn record_settings(settings: &Settings) -> record::Settings {
    record::Settings {
        quiet: Duration::from_secs(settings.quiet_seconds),
        reserve_at_order: settings.reserve_at_order,
        default_issuer: settings.default_issuer.clone(),
        issuer_aliases: settings
            .issuer_aliases
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(alias, name)| (alias.trim().to_owned(), name.trim().to_owned()))
            .collect(),
        foreign_accession_issuers: settings.foreign_accession_issuers.iter().cloned().collect(),
        ..record::Settings::default()
    }
}
