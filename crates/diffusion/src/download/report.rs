//! The report alone.

use super::{Download, channel};
use crate::{Diffusion, DiffusionError, Served};
use link::BlobName;

/// Bytes sent at a time.
pub(super) const PIECE: u64 = 1024 * 1024;

impl Diffusion {
    /// The report as received, without code.
    pub async fn report_pdf(&self, served: Served) -> Result<Download, DiffusionError> {
        let reader = self.reader(served, &BlobName::Report).await?;
        let size_bytes = reader.size.0;
        // The first piece is checked before the answer begins: a damaged report is an error page, not a broken file.
        let first = self.read(served, &BlobName::Report, 0..size_bytes.min(PIECE)).await?;
        let (sender, body) = channel();
        let server = self.clone();
        tokio::spawn(async move {
            let mut at = first.len() as u64;
            let mut piece = Ok(first);
            loop {
                let failed = piece.is_err();
                if sender.send(piece).await.is_err() || failed || at >= size_bytes {
                    return;
                }
                let end = (at + PIECE).min(size_bytes);
                piece = server.read(served, &BlobName::Report, at..end).await;
                at = end;
            }
        });
        Ok(Download { file_name: "compte-rendu.pdf", media_type: "application/pdf", size_bytes: Some(size_bytes), body })
    }
}
