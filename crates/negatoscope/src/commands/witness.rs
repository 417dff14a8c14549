//! `negatoscope witness`: cosigns the checkpoints of others (C2SP `tlog-witness`).

use crate::web::{Front, Pages};
use ::trace::PublicKey;
use ::trace::witness::{Answer, Witness};
use ambient::{Clock, SystemRandom};
use anyhow::{Context, Result, bail};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum_server::Handle;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// A checkpoint and 63 hashes are far shorter.
const LONGEST: usize = 64 * 1024;

/// What a witness is told.
#[derive(clap::Args)]
pub struct Told {
    /// Its own folder: its key, and the last checkpoint it cosigned of each log.
    #[arg(long)]
    folder: PathBuf,
    /// Its name, such as `temoin.example/negatoscope`.
    #[arg(long)]
    name: String,
    /// The public key of a log it cosigns (`trace-key.pub`); several times for several.
    #[arg(long = "log", required = true)]
    logs: Vec<String>,
    /// Where it listens. Beyond this machine, put a TLS proxy before it.
    #[arg(long, default_value = "127.0.0.1:8050")]
    listen: SocketAddr,
}

/// Runs until SIGTERM or SIGINT.
pub async fn run(told: &Told, clock: Arc<dyn Clock>) -> Result<()> {
    if !told.listen.ip().is_loopback() {
        bail!("--listen {}: a witness speaks without TLS to this machine alone: put a proxy before it", told.listen);
    }
    crate::rooms::make_private(&told.folder)?;
    let logs: Option<Vec<_>> = told.logs.iter().map(|key| PublicKey::parse(key)).collect();
    let logs = logs.context("--log is no key (name+id+base64)")?;
    let witness = Witness::open(&told.folder, &told.name, logs, clock, &SystemRandom).context("opening the witness")?;
    let listener = TcpListener::bind(told.listen).with_context(|| format!("cannot listen on {}", told.listen))?;
    let (address, key) = (listener.local_addr()?, witness.key().to_string());
    let router = Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .layer(DefaultBodyLimit::max(LONGEST))
        .with_state(Arc::new(witness));
    let pages = Pages { front: Front::default(), router };
    let handle = Handle::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let serving = tokio::spawn(crate::web::serve(listener, pages, None, handle.clone()));
    println!("ready witness={address} {key}");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    handle.graceful_shutdown(Some(std::time::Duration::from_secs(5)));
    serving.await?
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: String) -> Response {
    let judged = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body)).await;
    match judged {
        Ok(Ok(answer)) => said(answer),
        Ok(Err(error)) => {
            eprintln!("{error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn said(answer: Answer) -> Response {
    match answer {
        Answer::Cosigned(line) => line.into_response(),
        Answer::Malformed => StatusCode::BAD_REQUEST.into_response(),
        Answer::NotSigned => StatusCode::FORBIDDEN.into_response(),
        Answer::UnknownLog => StatusCode::NOT_FOUND.into_response(),
        Answer::Conflict(size) => {
            let headers = [(header::CONTENT_TYPE, "text/x.tlog.size")];
            (StatusCode::CONFLICT, headers, format!("{size}\n")).into_response()
        }
        Answer::Inconsistent => StatusCode::UNPROCESSABLE_ENTITY.into_response(),
    }
}
