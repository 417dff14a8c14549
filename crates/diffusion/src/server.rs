//! The server: its ports, its parts, its start.

use crate::accept::Arriving;
use crate::copies::{Copies, OpenCopies};
use crate::database::{Database, uuid_at};
use crate::door::Hasher;
use crate::keys::Keys;
use crate::professional::{Fetch, OpenIdSettings};
use crate::{DiffusionError, Renderer, Settings};
use ambient::{Clock, Random};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;
use trace::{Gate, Trace};

/// What the world lends to the diffusion server.
#[derive(Clone)]
pub struct Ports {
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Where every access is written before its bytes leave.
    pub trace: Trace,
    /// Makes pictures of frames for people who have no viewer.
    pub renderer: Arc<dyn Renderer>,
    /// HTTPS towards the provider of the professionals' login; none where there is no provider.
    pub fetch: Option<Arc<dyn Fetch>>,
}

/// The diffusion server's use cases. Cheap to clone.
#[derive(Clone)]
pub struct Diffusion {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) settings: Settings,
    pub(crate) ports: Ports,
    pub(crate) keys: Keys,
    pub(crate) database: Database,
    pub(crate) copies: Copies,
    pub(crate) hasher: Hasher,
    pub(crate) gate: Gate,
    pub(crate) arriving: Arriving,
    pub(crate) open_copies: OpenCopies,
    /// The provider of the professionals' login, and the way to it.
    pub(crate) openid: Option<(OpenIdSettings, Arc<dyn Fetch>)>,
    /// Writing that no answer waits for.
    pub(crate) beside: TaskTracker,
}

impl Diffusion {
    /// Opens the server's folders and database, making them at the first start, and clears what a crash left.
    pub async fn start(settings: Settings, ports: Ports) -> Result<Self, DiffusionError> {
        let keys = Keys::load_or_make(&settings.keys, ports.random.as_ref())?;
        let database = Database::open(&settings.database, &settings.group).await?;
        let copies = Copies::open(&settings.copies)?;
        let hasher = Hasher::new(settings.argon2);
        let gate = Gate::new(ports.trace.clone());
        let (arriving, open_copies) = (Arriving::default(), OpenCopies::default());
        let beside = TaskTracker::new();
        let openid = settings.openid.clone().zip(ports.fetch.clone());
        let inner =
            Inner { settings, ports, keys, database, copies, hasher, gate, arriving, open_copies, openid, beside };
        let server = Self { inner: Arc::new(inner) };
        server.clear_what_a_crash_left().await?;
        Ok(server)
    }

    /// How many code hashes have been computed since the start.
    pub fn hashes_made(&self) -> u64 {
        self.inner.hasher.made()
    }

    /// Waits for the traces of refusals that no answer waited for. To be called before the trace is closed.
    pub async fn settle(&self) {
        self.inner.beside.close();
        self.inner.beside.wait().await;
        self.inner.beside.reopen();
    }

    /// Writes the database as it is at one moment into a new file, beside everything that goes on. The file is not
    /// synced. Web copies are not in it: the archive side makes them again.
    pub async fn snapshot(&self, into: &std::path::Path) -> Result<(), DiffusionError> {
        self.inner.database.snapshot(into).await
    }

    /// Exams whose web copy should be here and whose bytes are not: after a restore, or the loss of a disk. They are
    /// shown as not yet on line until the archive side publishes them again.
    pub async fn without_copy(&self) -> Result<Vec<uuid::Uuid>, DiffusionError> {
        let rows = sqlx::query("SELECT visible, exam FROM exam WHERE group_id = ? AND visible IS NOT NULL")
            .bind(self.inner.database.group())
            .fetch_all(self.inner.database.read())
            .await
            .map_err(DiffusionError::db("looking for exams without a copy"))?;
        let mut without = Vec::new();
        for row in &rows {
            if !self.inner.copies.folder_of(uuid_at(row, 0)?).is_dir() {
                without.push(uuid_at(row, 1)?);
            }
        }
        Ok(without)
    }

    /// The instant by which this server judges.
    pub fn now(&self) -> OffsetDateTime {
        self.inner.ports.clock.now()
    }
}
