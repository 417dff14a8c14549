//! The DICOM files as published, byte for byte, in a ZIP; a preamble that looks like a program is blanked.

use super::readme::{self, Told};
use super::sender::{PIECE, Sender};
use super::zip::{Entry, size_of};
use super::{Download, REPORT_NAME};
use crate::{BlobName, Diffusion, DiffusionError, Served};
use bytes::{Bytes, BytesMut};
use link::Publication;
use std::ops::Range;

/// Files up to this length are read once, larger ones twice (for their CRC, then for their bytes).
const READ_ONCE: u64 = 4 * 1024 * 1024;
/// The preamble of a Part 10 file (PS3.10 §7.1).
const PREAMBLE: u64 = 128;

/// A run of a blob that becomes a file.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) name: String,
    pub(super) blob: BlobName,
    pub(super) range: Range<u64>,
    pub(super) blank: bool,
}

impl Diffusion {
    /// The DICOM files and the report; the length is known beforehand.
    pub async fn dicom_zip(&self, served: Served) -> Result<Download, DiffusionError> {
        let publication = self.publication(served).await?;
        let mut files = self.instances_of(served, &publication).await?;
        let mut told = Told { files: files.len(), ..Told::default() };
        told.blanked = files.iter().filter(|file| file.blank).map(|file| file.name.clone()).collect();
        if let Some(report) = report_of(&publication) {
            told.report = true;
            files.push(report);
        }
        let text = readme::of_dicom(&told);
        let lengths = files.iter().map(|file| (file.name.clone(), file.range.end - file.range.start));
        let size = size_of(std::iter::once((readme::NAME.to_owned(), text.len() as u64)).chain(lengths));
        let (sender, body) = Sender::new(self, served);
        let server = self.clone();
        tokio::spawn(async move {
            let mut sender = sender;
            if let Err(error) = server.send_files(&mut sender, served, text, &files).await {
                sender.fail(error).await;
            }
        });
        Ok(Download { file_name: "examen-dicom.zip", media_type: "application/zip", size_bytes: Some(size), body })
    }

    async fn send_files(
        &self,
        sender: &mut Sender,
        served: Served,
        text: String,
        files: &[Piece],
    ) -> Result<(), DiffusionError> {
        sender.whole(readme::NAME, Bytes::from(text)).await?;
        for file in files {
            self.send_file(sender, served, file).await?;
        }
        sender.end().await
    }

    /// One file: its CRC first, because the header that carries it goes before the bytes.
    pub(super) async fn send_file(
        &self,
        sender: &mut Sender,
        served: Served,
        file: &Piece,
    ) -> Result<(), DiffusionError> {
        let size_bytes = file.range.end.saturating_sub(file.range.start);
        if size_bytes <= READ_ONCE {
            let bytes = self.read_piece(served, file, file.range.clone()).await?;
            return sender.whole(&file.name, bytes).await;
        }
        let mut crc = crc32fast::Hasher::new();
        for range in pieces(&file.range) {
            crc.update(&self.read_piece(served, file, range).await?);
        }
        sender.header(Entry { name: file.name.clone(), size_bytes, crc: crc.finalize() }).await?;
        for range in pieces(&file.range) {
            let bytes = self.read_piece(served, file, range).await?;
            sender.bytes(bytes).await?;
        }
        Ok(())
    }

    async fn read_piece(&self, served: Served, file: &Piece, range: Range<u64>) -> Result<Bytes, DiffusionError> {
        let from_start = range.start.saturating_sub(file.range.start);
        let bytes = self.read(served, &file.blob, range).await?;
        if !file.blank || from_start >= PREAMBLE {
            return Ok(bytes);
        }
        let mut blanked = BytesMut::from(bytes.as_ref());
        let until = usize::try_from(PREAMBLE - from_start).unwrap_or(0).min(blanked.len());
        if let Some(preamble) = blanked.get_mut(..until) {
            preamble.fill(0);
        }
        Ok(blanked.freeze())
    }

    async fn instances_of(&self, served: Served, publication: &Publication) -> Result<Vec<Piece>, DiffusionError> {
        let mut files = Vec::new();
        for series in &publication.series {
            let index = self.index(served, series.series).await?;
            for instance in &index.instances {
                let end = instance.offset.checked_add(instance.size_bytes).ok_or(DiffusionError::Range)?;
                files.push(Piece {
                    name: format!("IM{:05}.dcm", files.len() + 1),
                    blob: BlobName::Bundle(series.series),
                    range: instance.offset..end,
                    blank: instance.preamble_suspicious,
                });
            }
        }
        Ok(files)
    }
}

/// The report as a file, when there is one.
pub(super) fn report_of(publication: &Publication) -> Option<Piece> {
    let blob = publication.blobs.iter().find(|blob| blob.name == BlobName::Report)?;
    Some(Piece { name: REPORT_NAME.into(), blob: BlobName::Report, range: 0..blob.size_bytes, blank: false })
}

fn pieces(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<> {
    let end = range.end;
    (range.start..end).step_by(PIECE as usize).map(move |start| start..(start + PIECE).min(end))
}
