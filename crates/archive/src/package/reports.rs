//! The reports of an exam, every version that the person may read, as received.

use super::zip_file::ZipFile;
use crate::{Archive, ArchiveError};
use record::{DocumentKind, ExamDetail, ReportStatus};
use time::OffsetDateTime;

/// A document in the ZIP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub name: String,
    pub version: u32,
    pub validated_at: OffsetDateTime,
}

/// Adds them. Preliminary and withdrawn versions are no reports, and what is masked from the patient awaits the
/// physician who tells them.
pub(super) async fn add(
    archive: &Archive,
    mut zip: ZipFile,
    number: usize,
    detail: &ExamDetail,
) -> Result<(ZipFile, Vec<File>), ArchiveError> {
    let documents = archive.catalogue.documents(archive.config.group, detail.id).await?;
    let validated = |status| matches!(status, ReportStatus::Final | ReportStatus::Corrected);
    let mut files = Vec::new();
    for version in detail.report_history.iter().filter(|version| validated(version.status) && !version.masks.patient) {
        for document in documents.iter().filter(|document| document.report == version.id) {
            let ending = match document.kind {
                DocumentKind::Pdf => "pdf",
                DocumentKind::Cda => "xml",
                DocumentKind::Text => "txt",
            };
            let part = document.part + 1;
            let name = format!("COMPTES-RENDUS/E{number:04}/version-{}-{part}.{ending}", version.version);
            zip = zip.add(name.clone(), archive.document_bytes(document).await?).await?;
            files.push(File { name, version: version.version, validated_at: version.validated_at });
        }
    }
    Ok((zip, files))
}
