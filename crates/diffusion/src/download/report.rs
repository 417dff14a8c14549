//! The report alone.

use super::sender::{PIECE, Sender};
use super::{Download, REPORT_NAME};
use crate::{BlobName, Diffusion, DiffusionError, Served};
use bytes::Bytes;

impl Diffusion {
    /// The report as received, without code.
    pub async fn report_pdf(&self, served: Served) -> Result<Download, DiffusionError> {
        let size_bytes = self.reader(served, &BlobName::Report).await?.size.0;
        // The first piece is checked before the answer begins: a damaged report is an error page, not a broken file.
        let first = self.read(served, &BlobName::Report, 0..size_bytes.min(PIECE)).await?;
        let (sender, body) = Sender::new(self, served);
        let server = self.clone();
        tokio::spawn(async move {
            let mut sender = sender;
            if let Err(error) = server.send_report(&mut sender, served, first, size_bytes).await {
                sender.fail(error).await;
            }
        });
        Ok(Download { file_name: REPORT_NAME, media_type: "application/pdf", size_bytes: Some(size_bytes), body })
    }

    async fn send_report(
        &self,
        sender: &mut Sender,
        served: Served,
        first: Bytes,
        size_bytes: u64,
    ) -> Result<(), DiffusionError> {
        let mut at = first.len() as u64;
        sender.bytes(first).await?;
        while at < size_bytes {
            let end = (at + PIECE).min(size_bytes);
            sender.bytes(self.read(served, &BlobName::Report, at..end).await?).await?;
            at = end;
        }
        Ok(())
    }
}
