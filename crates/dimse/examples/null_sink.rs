//! A provider that takes every data set and forgets it: the ceiling of this room, for measuring.
//!
//! `cargo run --release -p dimse --example null_sink -- 127.0.0.1:11112`

use async_trait::async_trait;
use bytes::Bytes;
use dimse::peers::Peers;
use dimse::scp::{Config, Handlers, Reception, Server, StoreHandler, StoreRequest, StoreStatus};
use std::sync::Arc;

struct Null;

#[async_trait]
impl StoreHandler for Null {
    async fn begin(&self, _request: StoreRequest) -> Result<Box<dyn Reception>, StoreStatus> {
        Ok(Box::new(Null))
    }
}

#[async_trait]
impl Reception for Null {
    async fn write(&mut self, _slice: Bytes) -> Result<(), StoreStatus> {
        Ok(())
    }

    async fn finish(self: Box<Self>) -> StoreStatus {
        StoreStatus::success()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:11112".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let config = Config { peers: Peers::Anyone, ..Config::default() };
    let handlers = Handlers {
        store: Arc::new(Null),
        observer: None,
        commitments: None,
        provider: None,
        finds: Default::default(),
        steps: None,
        queries: None,
    };
    let shutdown = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    Ok(Server::serve(listener, config, handlers, shutdown).await?)
}
