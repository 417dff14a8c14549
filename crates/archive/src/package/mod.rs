//! The package of a person: everything the group holds about them, as one ZIP that opens without a network and without
//! us. DICOM files with a DICOMDIR, every validated report, pictures for anyone, who has looked, what was chosen; the
//! digests of all of it, signed.
//!
//! It is made by a durable job into a file of its own, which its eraser removes once it was handed over, or after
//! thirty days. It never holds a code: the record has none.

mod contents;
mod eraser;
mod key;
mod pages;
mod pictures;
mod reports;
mod words;
mod zip_file;

pub use key::PackageKey;
pub use pictures::FRAMES_PER_SERIES;

use crate::{Archive, ArchiveError};
use exam::requests::{Kind as Asked, PACKAGE_DAYS, State};
use record::{DataRequest, Package, RequestStep};
use std::collections::BTreeMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use trace::Trace;
use uuid::Uuid;
use work::NewJob;

/// The kind of the job; its key is the request.
pub const JOB: &str = "package";
/// Longer than any package takes: the only runner makes one after the other, and a start frees what a killed one had.
const LEASE: Duration = Duration::from_secs(12 * 3600);

/// How far a package has come, while it is made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Exams that are in it.
    pub exams_done: u32,
    /// Exams there will be.
    pub exams: u32,
    /// DICOM files so far.
    pub files: u32,
}

/// Makes and keeps packages. Cheap to clone.
#[derive(Clone)]
pub struct Packages {
    inner: Arc<Inner>,
}

struct Inner {
    archive: Archive,
    folder: PathBuf,
    key: PackageKey,
    traces: Vec<Trace>,
    progress: Mutex<BTreeMap<Uuid, Progress>>,
}

impl Packages {
    /// Packages in this folder, which is ours alone. `traces` are the logs that tell who has looked: this side's, and
    /// the other's where it is on this machine.
    pub fn open(archive: Archive, folder: PathBuf, key: PackageKey, traces: Vec<Trace>) -> Result<Self, ArchiveError> {
        use std::os::unix::fs::DirBuilderExt;
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.map_err(|error| ArchiveError::Package(error.to_string()))?;
        Ok(Self { inner: Arc::new(Inner { archive, folder, key, traces, progress: Mutex::default() }) })
    }

    /// The archive server it serves.
    pub(crate) fn archive(&self) -> &Archive {
        &self.inner.archive
    }

    /// The logs that tell who has looked.
    pub(crate) fn traces(&self) -> &[Trace] {
        &self.inner.traces
    }

    /// How far the package of a request has come, while it is made.
    pub fn progress(&self, request: Uuid) -> Option<Progress> {
        self.inner.progress.lock().unwrap_or_else(PoisonError::into_inner).get(&request).copied()
    }

    fn note(&self, request: Uuid, progress: Option<Progress>) {
        let mut all = self.inner.progress.lock().unwrap_or_else(PoisonError::into_inner);
        match progress {
            Some(progress) => drop(all.insert(request, progress)),
            None => drop(all.remove(&request)),
        }
    }

    /// Asks for the package of a request.
    pub(crate) async fn ask(&self, request: Uuid) -> Result<(), ArchiveError> {
        let archive = self.archive();
        let now = archive.clock.now();
        let (group, key) = (archive.config.group.0, request.to_string());
        let job = NewJob { group, kind: JOB.into(), key, asked_at: now, due_at: now };
        archive.catalogue.enqueue(job).await?;
        self.note(request, Some(Progress::default()));
        Ok(())
    }

    /// The finished package of a request, open for reading, and its length.
    pub(crate) async fn file(&self, request: &DataRequest) -> Result<(tokio::fs::File, u64), ArchiveError> {
        let package = request.package.as_ref().filter(|_| request.has_package());
        let package = package.ok_or(ArchiveError::Refused("there is no package to fetch"))?;
        let path = self.inner.folder.join(eraser::name_of(request.request));
        let failed = |error: std::io::Error| ArchiveError::Package(error.to_string());
        let file = tokio::fs::File::open(path).await.map_err(failed)?;
        let size = file.metadata().await.map_err(failed)?.len();
        if size != package.size_bytes {
            return Err(ArchiveError::Package("the package is not the one that was made: prepare it again".into()));
        }
        Ok((file, size))
    }

    /// Makes packages and erases those whose time is over until `stop` turns true; looks again each time `wake` completes.
    pub async fn run<F>(self, mut stop: watch::Receiver<bool>, mut wake: impl FnMut() -> F)
    where
        F: Future<Output = ()> + Send,
    {
        if let Err(error) = self.clear().await {
            tracing::error!(%error, "the folder of packages could not be cleared");
        }
        while !*stop.borrow() {
            match self.once().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!(%error, "the packages cannot be looked after"),
            }
            tokio::select! {
                () = wake() => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Removes what no request names.
    async fn clear(&self) -> Result<(), ArchiveError> {
        let known = self.archive().catalogue.requests_packaged(self.archive().config.group).await?;
        let kept: Vec<_> = known.iter().map(|request| request.request).collect();
        eraser::clear_all_but(&self.inner.folder, &kept).map_err(|error| ArchiveError::Package(error.to_string()))
    }

    /// Makes the packages that are due, erases those whose time is over, and says how many were made.
    pub async fn once(&self) -> Result<usize, ArchiveError> {
        let archive = self.archive();
        let jobs = archive.catalogue.lease(&[JOB], archive.clock.now(), 1, LEASE).await?;
        for job in &jobs {
            let request = Uuid::parse_str(&job.key).map_err(|_| ArchiveError::Refused("a job names no request"))?;
            match self.make(request).await {
                Ok(()) => archive.catalogue.job_done(job).await?,
                Err(error) => {
                    tracing::warn!(%request, attempt = job.attempt, %error, "a package could not be made");
                    archive.catalogue.job_failed(job, archive.clock.now(), &error.to_string()).await?;
                }
            }
            self.note(request, None);
        }
        self.sweep().await?;
        Ok(jobs.len())
    }

    async fn make(&self, request: Uuid) -> Result<(), ArchiveError> {
        let archive = self.archive();
        let group = archive.config.group;
        let asked = archive.catalogue.request(group, request).await?;
        if asked.kind != Asked::Access || !asked.state.is_open() || asked.identity.is_none() {
            return Ok(());
        }
        let folder = &self.inner.folder;
        let part = folder.join(format!("{}.part", request.simple()));
        let written = Box::pin(contents::write(self, &asked, part)).await?;
        let target = folder.join(eraser::name_of(request));
        let (size_bytes, sha256) = written.zip.finish(&self.inner.key, target).await?;
        let by = asked.identity.map(|check| check.by).unwrap_or_default();
        let package = Package { size_bytes, sha256, exams: written.exams, by, at: archive.clock.now() };
        archive.catalogue.request_step(group, request, RequestStep::Prepared(package)).await?;
        crate::journal::ask(archive).await
    }

    /// Erases what was handed over, refused or waited too long: the file first, then the fact.
    async fn sweep(&self) -> Result<(), ArchiveError> {
        let archive = self.archive();
        let (group, now) = (archive.config.group, archive.clock.now());
        for mut request in archive.catalogue.requests_packaged(group).await? {
            let ready = request.package.as_ref().map_or(now, |package| package.at);
            if request.state == State::Prepared {
                if now - ready < time::Duration::days(PACKAGE_DAYS) {
                    continue;
                }
                request = archive.catalogue.request_step(group, request.request, RequestStep::Lapsed(now)).await?;
            }
            eraser::erase(&self.inner.folder, request.request)
                .map_err(|error| ArchiveError::Package(error.to_string()))?;
            archive.catalogue.request_step(group, request.request, RequestStep::Erased(now)).await?;
            crate::journal::ask(archive).await?;
        }
        Ok(())
    }
}
