//! The report of an exam made ready for the web: the PDF as received, its pages as pictures, its text.

use super::series::small;
use super::shown_name;
use crate::report;
use crate::{Archive, ArchiveError, rights};
use bytes::Bytes;
use exam::dates::{Zone, add_years};
use link::{BlobInfo, BlobName, ReportSummary};
use record::{BirthDate, DocumentKind, ExamDetail, Masks, ReportStatus, ReportVersion};
use time::{Date, Month, OffsetDateTime};
use uuid::Uuid;

/// Pages shown as pictures, at most; the download always has them all.
const PAGES: u32 = 40;
/// Width of a page's picture, in pixels: sharp on a phone at twice the size.
const PAGE_PIXELS: u32 = 1240;

/// The report that goes on the web: validated. From whom it is masked, the other side is told beforehand.
pub(crate) fn published(detail: &ExamDetail) -> Option<&ReportVersion> {
    let validated = |report: &&ReportVersion| matches!(report.status, ReportStatus::Final | ReportStatus::Corrected);
    detail.report.as_ref().filter(validated)
}

/// The report that goes on paper, into the hands of the patient and of a child's parents: not masked from them.
pub(crate) fn shown(detail: &ExamDetail, now: OffsetDateTime) -> Option<&ReportVersion> {
    let masked = |masks: &Masks| masks.patient || (masks.representatives && is_minor(detail, now));
    published(detail).filter(|report| !masked(&report.masks))
}

/// Whether a parent may hold the exam's papers. An unknown birth date is nobody's majority.
fn is_minor(detail: &ExamDetail, now: OffsetDateTime) -> bool {
    let birth = detail.patient.as_ref().and_then(|patient| patient.traits.birth_date);
    let Some(birth) = birth else { return true };
    let month = Month::try_from(birth.month.unwrap_or(12)).unwrap_or(Month::December);
    let day = birth.day.unwrap_or_else(|| month.length(birth.year));
    let born = Date::from_calendar_date(birth.year, month, day);
    born.is_ok_and(|born| add_years(born, 18) > Zone::EuropeParis.date_of(now))
}

/// The PDF of a report version: as received, else pages made from the CDA or the text that came; `None` when
/// nothing of it can be shown.
pub(crate) async fn pdf(
    archive: &Archive,
    detail: &ExamDetail,
    report: &ReportVersion,
) -> Result<Option<Bytes>, ArchiveError> {
    let mut documents = archive.catalogue.documents(archive.config.group, detail.id).await?;
    documents.retain(|document| document.report == report.id);
    for kind in [DocumentKind::Pdf, DocumentKind::Cda, DocumentKind::Text] {
        for document in documents.iter().filter(|document| document.kind == kind) {
            let bytes = archive.document_bytes(document).await?;
            let pages = match kind {
                DocumentKind::Pdf => Some(bytes),
                DocumentKind::Cda | DocumentKind::Text => pages(archive, detail, report, kind, bytes).await?,
            };
            if pages.is_some() {
                return Ok(pages);
            }
        }
    }
    Ok(None)
}

/// Pages made of a structured report or of plain text, away from the tasks that serve others.
async fn pages(
    archive: &Archive,
    detail: &ExamDetail,
    version: &ReportVersion,
    kind: DocumentKind,
    bytes: Bytes,
) -> Result<Option<Bytes>, ArchiveError> {
    let heading = heading(archive, detail, version);
    let drawing = tokio::task::spawn_blocking(move || match kind {
        DocumentKind::Cda => report::of_cda(&bytes),
        _ => report::of_text(&String::from_utf8_lossy(&bytes), &heading),
    });
    match drawing.await {
        Ok(Ok(pages)) => Ok(pages.map(Bytes::from)),
        // The images are not withheld because the report cannot be drawn; it stays sealed as received.
        Ok(Err(error)) => {
            tracing::warn!(exam = %detail.id, %error, "no page could be made of a report");
            Ok(None)
        }
        Err(error) => Err(ArchiveError::Prepare(error.to_string())),
    }
}

fn heading(archive: &Archive, detail: &ExamDetail, version: &ReportVersion) -> report::Heading {
    let traits = detail.patient.as_ref().map(|patient| &patient.traits);
    let author = version.author.as_ref().map(|author| format!("{} {}", author.first_name, author.family_name));
    report::Heading {
        title: version.title.clone(),
        patient: traits.map(shown_name),
        born: traits.and_then(|traits| traits.birth_date).map(born),
        validated: Some(archive.config.zone.date_of(version.validated_at)),
        author: author.map(|author| author.trim().to_owned()).filter(|author| !author.is_empty()),
    }
}

/// A birth date in words, or the year when no more is known.
fn born(date: BirthDate) -> String {
    let month = date.month.and_then(|month| Month::try_from(month).ok());
    let whole = month.zip(date.day).and_then(|(month, day)| Date::from_calendar_date(date.year, month, day).ok());
    whole.map_or_else(|| date.year.to_string(), crate::sheet::french_date)
}

/// Sends the report's blobs; `None` when there is nothing that can be read.
pub(super) async fn send(
    archive: &Archive,
    detail: &ExamDetail,
    publication: Uuid,
    blobs: &mut Vec<BlobInfo>,
) -> Result<Option<ReportSummary>, ArchiveError> {
    let Some(report) = published(detail) else { return Ok(None) };
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
        versions: rights::report_versions(detail),
    }))
}
