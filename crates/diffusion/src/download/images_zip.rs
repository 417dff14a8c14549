//! The images as JPEG and the report, in a ZIP for anyone.

use super::dicom_zip::{Piece, report_of};
use super::readme;
use super::sender::Sender;
use super::{Download, FrameToRender};
use crate::{BlobName, Diffusion, DiffusionError, Served};
use bytes::Bytes;
use link::Publication;
use link::series::Span;

/// A file larger than this is not held in memory for its pictures.
const MOST_FILE: u64 = 256 * 1024 * 1024;

impl Diffusion {
    /// The images as pictures, and the report. Made as it is taken, so its length is not known beforehand.
    pub async fn images_zip(&self, served: Served) -> Result<Download, DiffusionError> {
        let publication = self.publication(served).await?;
        let (sender, body) = Sender::new(self, served);
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
        let (mut number, mut left_out) = (0, 0);
        for instance in index.instances.iter().filter(|instance| !instance.frames.is_empty()) {
            if instance.size_bytes > MOST_FILE {
                tracing::warn!("an instance too large for pictures was left out of a download");
                left_out += instance.frames.len();
                continue;
            }
            let range = instance.offset..instance.offset.saturating_add(instance.size_bytes);
            let file = self.read(served, &BlobName::Bundle(series), range).await?;
            for (frame, spans) in (0u32..).zip(&instance.frames) {
                number += 1;
                let Some(bytes) = cut(&file, instance.offset, spans) else { return Err(DiffusionError::Range) };
                let wanted = FrameToRender { file: file.clone(), frame, bytes };
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
}

/// The bytes of a frame, out of its file, which lies at `start` of the bundle.
fn cut(file: &Bytes, start: u64, spans: &[Span]) -> Option<Bytes> {
    let piece = |span: &Span| {
        let from = usize::try_from(span.offset.checked_sub(start)?).ok()?;
        let to = from.checked_add(usize::try_from(span.size_bytes).ok()?)?;
        (to <= file.len()).then(|| file.slice(from..to))
    };
    match spans {
        [one] => piece(one),
        many => many.iter().map(piece).collect::<Option<Vec<_>>>().map(|pieces| pieces.concat().into()),
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
