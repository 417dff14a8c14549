//! Pages over TCP: TLS when there is a certificate, deadlines for slow clients, an orderly end.

use anyhow::{Context, Result};
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;

/// Time a client has to send its request's head.
const HEAD: Duration = Duration::from_secs(10);

/// A certificate and its key, as PEM files.
pub async fn tls(certificate: &Path, key: &Path) -> Result<RustlsConfig> {
    RustlsConfig::from_pem_file(certificate, key).await.context("reading the TLS certificate and key")
}

/// Serves `router` until `handle` is told to stop.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
) -> Result<()> {
    listener.set_nonblocking(true)?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    match tls {
        Some(tls) => {
            let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
            deadlines(server.http_builder());
            server.serve(service).await?;
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.handle(handle);
            deadlines(server.http_builder());
            server.serve(service).await?;
        }
    }
    Ok(())
}

fn deadlines(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder.http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(HEAD);
}
