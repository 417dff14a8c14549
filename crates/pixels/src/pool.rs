//! A few child processes, each doing one request at a time.

use crate::descriptor::ImageDescriptor;
use crate::error::PixelsError;
use crate::protocol::{self, Answer, Ask, ImageSource, PdfInfo, RenderRequest};
use bytes::Bytes;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

/// How the pool works.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// The program: this very one, as a rule (`std::env::current_exe`).
    pub program: PathBuf,
    /// What makes it a worker (`["pixels-worker"]`).
    pub arguments: Vec<OsString>,
    /// Child processes at once; further requests wait.
    pub workers: usize,
    /// Time that one request may take in a child, waiting left out.
    pub timeout: Duration,
    /// Requests after which a child is replaced, so that no fault of a codec accumulates.
    pub requests_per_worker: u32,
}

impl PoolSettings {
    /// Two workers, 20 s a request.
    pub fn new(program: impl Into<PathBuf>, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            program: program.into(),
            arguments: arguments.into_iter().map(Into::into).collect(),
            workers: 2,
            timeout: Duration::from_secs(20),
            requests_per_worker: 500,
        }
    }
}

/// The pool; clones share it. Children are started when needed and killed when the last clone goes.
#[derive(Clone)]
pub struct Pool {
    settings: Arc<PoolSettings>,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Worker>>>,
}

struct Worker {
    // Dropping it kills the process.
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
    served: u32,
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Pool {
    /// A pool without any child yet.
    pub fn new(settings: PoolSettings) -> Self {
        let permits = Arc::new(Semaphore::new(settings.workers.max(1)));
        Self { settings: Arc::new(settings), permits, idle: Arc::default() }
    }

    /// Makes a picture.
    ///
    /// # Errors
    /// Any [`PixelsError`]; the request alone fails.
    pub async fn render(&self, request: RenderRequest) -> Result<Vec<u8>, PixelsError> {
        let RenderRequest { image, output } = request;
        let (ask, blob) = match image {
            ImageSource::Part10 { file, frame } => (Ask::Part10 { frame, output }, file),
            ImageSource::Frame { descriptor, frame } => (Ask::Frame { descriptor, output }, frame),
        };
        self.picture(ask, blob).await
    }

    /// One frame, decoded: see [`crate::render::samples`].
    ///
    /// # Errors
    /// Any [`PixelsError`]; the request alone fails.
    pub async fn samples(&self, descriptor: Box<ImageDescriptor>, frame: Bytes) -> Result<Vec<u8>, PixelsError> {
        self.picture(Ask::Samples { descriptor }, frame).await
    }

    /// Sizes and text of the pages of a PDF document.
    ///
    /// # Errors
    /// Any [`PixelsError`].
    pub async fn pdf_info(&self, document: Bytes) -> Result<PdfInfo, PixelsError> {
        match self.ask(Ask::PdfInfo, document).await? {
            (Answer::Pdf(info), _) => Ok(info),
            _ => Err(PixelsError::Protocol),
        }
    }

    /// A page of a PDF document, counted from 0, as a PNG `width` pixels wide.
    ///
    /// # Errors
    /// Any [`PixelsError`].
    pub async fn pdf_page(&self, document: Bytes, page: u32, width: u32) -> Result<Vec<u8>, PixelsError> {
        self.picture(Ask::PdfPage { page, width }, document).await
    }

    async fn picture(&self, ask: Ask, blob: Bytes) -> Result<Vec<u8>, PixelsError> {
        match self.ask(ask, blob).await? {
            (Answer::Picture, picture) => Ok(picture),
            _ => Err(PixelsError::Protocol),
        }
    }

    async fn ask(&self, ask: Ask, blob: Bytes) -> Result<(Answer, Vec<u8>), PixelsError> {
        let head = protocol::head(&ask, &blob)?;
        let _permit = self.permits.acquire().await.map_err(|_| PixelsError::Died)?;
        let mut worker = self.take()?;
        // Until the answer is whole the worker is ours: if this future is dropped, or fails, so is the worker.
        let (answer, picture) = tokio::time::timeout(self.settings.timeout, worker.exchange(&head, &blob))
            .await
            .unwrap_or(Err(PixelsError::TimedOut))
            .inspect_err(|error| tracing::warn!(%error, served = worker.served, "a pixels worker is replaced"))?;
        worker.served += 1;
        if worker.served < self.settings.requests_per_worker {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
        match answer {
            Answer::Refused(refusal) => Err(refusal),
            answer => Ok((answer, picture)),
        }
    }

    fn take(&self) -> Result<Worker, PixelsError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(worker) = idle {
            return Ok(worker);
        }
        let start = |error: std::io::Error| PixelsError::Start(error.kind().to_string());
        let mut child = Command::new(&self.settings.program)
            .args(&self.settings.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(start)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Worker { _child: child, input, output, served: 0 }),
            _ => Err(PixelsError::Start("no pipe".to_owned())),
        }
    }
}

impl Worker {
    async fn exchange(&mut self, head: &[u8], blob: &[u8]) -> Result<(Answer, Vec<u8>), PixelsError> {
        let died = |_| PixelsError::Died;
        self.input.write_all(head).await.map_err(died)?;
        self.input.write_all(blob).await.map_err(died)?;
        self.input.flush().await.map_err(died)?;
        let mut lengths = [0; 12];
        self.output.read_exact(&mut lengths).await.map_err(died)?;
        let (json_len, blob_len) = protocol::lengths(lengths)?;
        let mut json = vec![0; json_len as usize];
        self.output.read_exact(&mut json).await.map_err(died)?;
        let mut picture = vec![0; usize::try_from(blob_len).map_err(|_| PixelsError::Protocol)?];
        self.output.read_exact(&mut picture).await.map_err(died)?;
        let answer = serde_json::from_slice(&json).map_err(|_| PixelsError::Protocol)?;
        Ok((answer, picture))
    }
}
