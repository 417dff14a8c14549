//! The writing end of a download: pieces go out one by one, each taken in time or the download ends.

use super::ByteStream;
use super::zip::{Directory, Entry};
use crate::{Diffusion, DiffusionError, Served};
use bytes::Bytes;
use std::time::Duration;
use tokio::sync::mpsc;

/// Bytes sent at a time.
pub(super) const PIECE: u64 = 256 * 1024;
/// Pieces ready before the receiver takes them.
const AHEAD: usize = 4;
/// A piece not taken for so long ends the download: a receiver that stands still holds nothing for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// A ZIP on its way out. Before each piece it is judged again: a download under way ends with its time and its sheet.
pub(super) struct Sender {
    server: Diffusion,
    served: Served,
    channel: mpsc::Sender<Result<Bytes, DiffusionError>>,
    directory: Directory,
}

impl Sender {
    pub(super) fn new(server: &Diffusion, served: Served) -> (Self, ByteStream) {
        let (channel, receiver) = mpsc::channel(AHEAD);
        let sender = Self { server: server.clone(), served, channel, directory: Directory::default() };
        (sender, ByteStream(receiver))
    }

    /// The header of an entry whose bytes follow.
    pub(super) async fn header(&mut self, entry: Entry) -> Result<(), DiffusionError> {
        let header = self.directory.header(entry);
        self.bytes(Bytes::from(header)).await
    }

    /// A whole entry.
    pub(super) async fn whole(&mut self, name: &str, bytes: Bytes) -> Result<(), DiffusionError> {
        self.header(Entry::of(name, &bytes)).await?;
        self.bytes(bytes).await
    }

    /// The directory, after which nothing comes.
    pub(super) async fn end(&mut self) -> Result<(), DiffusionError> {
        let end = self.directory.end();
        self.bytes(Bytes::from(end)).await
    }

    /// Bytes, in pieces.
    pub(super) async fn bytes(&mut self, mut bytes: Bytes) -> Result<(), DiffusionError> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(PIECE as usize));
            // Judged once there is room for it: a receiver that is slow is no way to go on after the end.
            let Ok(Ok(room)) = tokio::time::timeout(PATIENCE, self.channel.reserve()).await else {
                return Err(DiffusionError::Left);
            };
            self.server.judge_again(self.served).await?;
            room.send(Ok(piece));
        }
        Ok(())
    }

    /// Breaks the download off, so that what was received never looks whole.
    pub(super) async fn fail(self, error: DiffusionError) {
        if !matches!(error, DiffusionError::Left) {
            tracing::error!(%error, "a download was broken off");
        }
        let _ = tokio::time::timeout(PATIENCE, self.channel.send(Err(error))).await;
    }
}
