//! Pages over TCP: TLS when there is a certificate, deadlines for slow clients, an orderly end.

pub mod dicomweb;
mod front;
mod patience;
#[cfg(test)]
mod tests;

pub use front::Front;

use anyhow::{Context, Result};
use axum::Router;
use axum_server::Handle;
use axum_server::accept::DefaultAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use patience::{Patience, Patient};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

/// Bytes of a request's head, at most (HTTP/1: with the buffer of its body).
const LONGEST_HEAD: usize = 64 * 1024;
/// Requests of one HTTP/2 connection at once.
const STREAMS: u32 = 64;

/// How long clients are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// For a request's head, from the first moment on, and between two requests of one connection.
    head: Duration,
    /// For the whole of a request's body.
    body: Duration,
    /// Whoever takes an answer.
    taking: Patience,
}

impl Default for Deadlines {
    fn default() -> Self {
        let taking =
            Patience { window: Duration::from_secs(30), least_bytes: 30 * 1024, silence: Duration::from_secs(120) };
        Self { head: Duration::from_secs(10), body: Duration::from_secs(20), taking }
    }
}

/// A certificate and its key, as PEM files.
pub async fn tls(certificate: &Path, key: &Path) -> Result<RustlsConfig> {
    RustlsConfig::from_pem_file(certificate, key).await.context("reading the TLS certificate and key")
}

/// A side's pages, and what stands before them.
pub struct Pages {
    /// Who is asking, and whether it is us they ask.
    pub front: Front,
    /// The pages.
    pub router: Router,
}

/// Serves `pages` until `handle` is told to stop.
pub async fn serve(
    listener: TcpListener,
    pages: Pages,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
) -> Result<()> {
    serve_by(listener, pages, tls, handle, Deadlines::default()).await
}

async fn serve_by(
    listener: TcpListener,
    pages: Pages,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    times: Deadlines,
) -> Result<()> {
    listener.set_nonblocking(true)?;
    let Pages { front, router } = pages;
    let service = front.before(router, times.body).into_make_service_with_connect_info::<SocketAddr>();
    let taking = Patient::new(DefaultAcceptor::new(), times.taking);
    match tls {
        Some(tls) => {
            let acceptor = RustlsAcceptor::new(tls).acceptor(taking);
            let mut server = axum_server::from_tcp(listener)?.acceptor(acceptor).handle(handle);
            bounded(server.http_builder(), times);
            server.serve(service).await?;
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.acceptor(taking).handle(handle);
            bounded(server.http_builder(), times);
            server.serve(service).await?;
        }
    }
    Ok(())
}

fn bounded(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>, times: Deadlines) {
    let timer = hyper_util::rt::TokioTimer::new;
    builder.http1().timer(timer()).header_read_timeout(times.head).max_buf_size(LONGEST_HEAD);
    let head = u32::try_from(LONGEST_HEAD).unwrap_or(u32::MAX);
    let mut two = builder.http2();
    two.timer(timer()).max_concurrent_streams(STREAMS).max_header_list_size(head);
    two.keep_alive_interval(times.head).keep_alive_timeout(times.head);
}
