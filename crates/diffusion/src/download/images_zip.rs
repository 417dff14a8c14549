//! The images as JPEG and the report, in a ZIP for anyone.

use super::dicom_zip::{Piece, report_of};
use super::readme;
use super::sender::Sender;
use super::{Download, FrameToRender};
use crate::accept::blocking;
use crate::{BlobName, Diffusion, DiffusionError, Served};
use bytes::Bytes;
use flate2::read::GzDecoder;
use link::Publication;
use serde_json::value::RawValue;
use std::io::Read;

/// A series' metadata is never longer than this once inflated.
const MOST_METADATA: u64 = 256 * 1024 * 1024;

impl Diffusion {
    /// The images as pictures, and the report. Made as it is taken, so its length is not known beforehand.
    pub async fn images_zip(&self, served: Served) -> Result<Download, DiffusionError> {
        let publication = self.publication(served).await?;
        let (sender, body) = Sender::new();
        let server = self.clone();
        tokio::spawn(async move {
            let mut sender = sender;
            if let Err(error) = server.send_images(&mut sender, served, &publication).await {
                sender.fail(error).await;
            }
        });
        Ok(Download { file_name: "examen-images.zip", media_type: "application/zip", size_bytes: None, body })
    }

    async fn send_images(
        &self,
        sender: &mut Sender,
        served: Served,
        publication: &Publication,
    ) -> Result<(), DiffusionError> {
        for file in report_files(publication) {
            self.send_file(sender, served, &file).await?;
        }
        let mut left_out = 0;
        for series in publication.series.iter().filter(|series| series.frames > 0) {
            left_out += self.send_series(sender, served, series.series).await?;
        }
        sender.whole(readme::NAME, Bytes::from(readme::of_images(left_out))).await?;
        sender.end().await
    }

    /// Every frame of a series; returns how many could not be made a picture of.
    async fn send_series(&self, sender: &mut Sender, served: Served, series: u32) -> Result<usize, DiffusionError> {
        let index = self.index(served, series).await?;
        let metadata = self.metadata_of(served, series).await?;
        let (mut number, mut left_out) = (0, 0);
        for (instance, metadata) in index.instances.iter().zip(metadata) {
            for (frame, spans) in (0u32..).zip(&instance.frames) {
                number += 1;
                let bytes = self.spans(served, series, spans).await?;
                let transfer_syntax = instance.transfer_syntax.clone();
                let wanted = FrameToRender { transfer_syntax, metadata: metadata.clone(), frame, bytes };
                match self.inner.ports.renderer.jpeg(wanted).await {
                    Ok(jpeg) => sender.whole(&format!("serie-{series:02}/image-{number:04}.jpg"), jpeg).await?,
                    Err(error) => {
                        tracing::warn!(%error, "a frame was left out of a download");
                        left_out += 1;
                    }
                }
            }
        }
        Ok(left_out)
    }

    /// The data sets of a series, one per instance, unread.
    async fn metadata_of(&self, served: Served, series: u32) -> Result<Vec<Box<RawValue>>, DiffusionError> {
        let gzip = self.read_whole(served, &BlobName::Metadata(series)).await?;
        blocking(move || {
            let mut json = Vec::new();
            GzDecoder::new(gzip.as_ref())
                .take(MOST_METADATA)
                .read_to_end(&mut json)
                .map_err(DiffusionError::file("inflating a series' metadata"))?;
            serde_json::from_slice(&json).map_err(|error| DiffusionError::Document(error.to_string()))
        })
        .await
    }
}

/// The report and its pages as pictures.
fn report_files(publication: &Publication) -> Vec<Piece> {
    let page = |blob: &link::BlobInfo| match blob.name {
        BlobName::ReportPage(page) => Some(Piece {
            name: format!("compte-rendu-page-{page}.png"),
            blob: blob.name.clone(),
            range: 0..blob.size_bytes,
            blank: false,
        }),
        _ => None,
    };
    report_of(publication).into_iter().chain(publication.blobs.iter().filter_map(page)).collect()
}
