//! The report of an exam made ready for the web: the PDF as received, its pages as pictures, its text.

use super::series::small;
use crate::{Archive, ArchiveError};
use bytes::Bytes;
use link::{BlobInfo, BlobName, ReportSummary};
use record::{DocumentKind, ExamDetail, ReportStatus, ReportVersion};
use uuid::Uuid;

/// Pages shown as pictures, at most; the download always has them all.
const PAGES: u32 = 40;
/// Width of a page's picture, in pixels: sharp on a phone at twice the size.
const PAGE_PIXELS: u32 = 1240;

/// The report a patient may read: validated, and not hidden from them.
pub(crate) fn shown(detail: &ExamDetail) -> Option<&ReportVersion> {
    detail.report.as_ref().filter(|report| {
        matches!(report.status, ReportStatus::Final | ReportStatus::Corrected) && !report.masks.patient
    })
}

/// The PDF of a report version, when it has one.
pub(crate) async fn pdf(
    archive: &Archive,
    detail: &ExamDetail,
    report: &ReportVersion,
) -> Result<Option<Bytes>, ArchiveError> {
    for document in archive.catalogue.documents(archive.config.group, detail.id).await? {
        if document.report == report.id && document.kind == DocumentKind::Pdf {
            return Ok(Some(archive.document_bytes(&document).await?));
        }
    }
    Ok(None)
}

/// Sends the report's blobs; `None` when there is nothing a patient may read.
pub(super) async fn send(
    archive: &Archive,
    detail: &ExamDetail,
    publication: Uuid,
    blobs: &mut Vec<BlobInfo>,
) -> Result<Option<ReportSummary>, ArchiveError> {
    let Some(report) = shown(detail) else { return Ok(None) };
    let Some(pdf) = pdf(archive, detail, report).await? else { return Ok(None) };
    let info = archive.pictures.pdf_info(pdf.clone()).await.map_err(ArchiveError::Prepare)?;
    let pages = info.pages.min(PAGES);
    for page in 0..pages {
        let png = archive.pictures.pdf_page(pdf.clone(), page, PAGE_PIXELS).await.map_err(ArchiveError::Prepare)?;
        blobs.push(small(archive, publication, BlobName::ReportPage(page + 1), png).await?);
    }
    if !info.text.trim().is_empty() {
        blobs.push(small(archive, publication, BlobName::ReportText, info.text.into()).await?);
    }
    blobs.push(small(archive, publication, BlobName::Report, pdf).await?);
    Ok(Some(ReportSummary {
        report: report.id.0,
        pages,
        validated_at: report.validated_at,
        corrected: report.status == ReportStatus::Corrected || report.version > 1,
    }))
}
