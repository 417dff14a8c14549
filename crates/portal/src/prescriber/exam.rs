//! One exam: the report, the way to the images, what else there is of the same person, what may be taken away.

use super::frame::{PLAIN, Page, document};
use super::list::line_of;
use super::{denied, exam_of, failed, to_login, today, token_of};
use crate::layout::{self, Words};
use crate::patient::PatientPages;
use crate::patient::timeline::online_last_day;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use diffusion::{Act, BlobName, ExpiryPage, Grant, ProLine, ProLook, RecallProgress, RecallView};
use exam::dates::Zone;
use maud::{Markup, html};
use uuid::Uuid;

pub(super) async fn show(
    State(pages): State<PatientPages>,
    Path(exam): Path<String>,
    words: Words,
    headers: HeaderMap,
) -> Response {
    shown(&pages, &words, &headers, &exam).await.unwrap_or_else(|response| response)
}

async fn shown(pages: &PatientPages, words: &Words, headers: &HeaderMap, exam: &str) -> Result<Response, Response> {
    let token = token_of(headers, pages).ok_or_else(to_login)?;
    let exam = exam_of(exam).ok_or_else(|| layout::missing(words))?;
    let (session, look) =
        pages.diffusion.pro_look(&token, exam).await.map_err(|refused| denied(pages, words, &refused))?;
    let body = match look {
        ProLook::Online(grant) => {
            let failed = |error| failed(words, &error);
            let served = pages.diffusion.serve(&grant, Act::List).await.map_err(failed)?;
            let text = match grant.blob(&BlobName::ReportText) {
                Some(_) => {
                    pages.diffusion.serve(&grant, Act::ReadReport).await.map_err(failed)?;
                    let bytes = pages.diffusion.read_whole(served, &BlobName::ReportText).await.map_err(failed)?;
                    Some(String::from_utf8_lossy(&bytes).into_owned())
                }
                None => None,
            };
            let others = pages.diffusion.pro_others(&session, exam).await.map_err(failed)?;
            online(pages, words, &grant, text.as_deref(), &others)
        }
        ProLook::Expired(expired) => {
            let latest = pages.diffusion.pro_recall_of(&token, exam).await;
            let latest = latest.map_err(|refused| denied(pages, words, &refused))?;
            self::expired(words, exam, &expired, latest.as_ref())
        }
    };
    let title = words.t("pro-exam-title");
    let address = format!("/professionnel/examen/{exam}");
    Ok(document(words, &Page { title: &title, address: &address, open: true, ..PLAIN }, body).into_response())
}

fn online(pages: &PatientPages, words: &Words, grant: &Grant, text: Option<&str>, others: &[ProLine]) -> Markup {
    let publication = grant.publication();
    let at = format!("/professionnel/examen/{}", grant.exam());
    let viewable = pages.images.is_some() && publication.series.iter().any(|series| series.viewable);
    let until = words.date(online_last_day(&publication.times));
    html! {
        (back(words))
        div .exam-head {
            h1 { (publication.patient_name) }
            p .facts {
                span lang="fr" { (publication.title) }
                span { (words.with("exam-date", &[("date", &words.date(publication.times.exam_date))])) }
                span lang="fr" { (publication.site) }
            }
        }
        div .actions {
            @if viewable { a .button href={ (at) "/images/" } { (words.t("exam-images")) } }
            @else { p .aside { (words.t("exam-no-viewer")) } }
            a .button.plain href={ (at) "/dicom.zip" } download { (words.t("download-dicom")) }
            @if publication.series.iter().any(|series| series.frames > 0) {
                a .button.plain href={ (at) "/images.zip" } download { (words.t("download-images")) }
            }
        }
        p .aside { (words.t("pro-not-diagnosis")) " " (words.with("pro-online-until", &[("date", &until)])) }
        (report(words, grant, &at, text))
        @if !others.is_empty() {
            section aria-labelledby="autres" {
                h2 #autres { (words.t("pro-others")) }
                ol .exams { @for line in others { (line_of(words, line, today(pages))) } }
            }
        }
        p .aside.link-out { (words.t("pro-context-hint")) " " code { (words.site.public_url) "/professionnel/contexte#" (grant.exam()) } }
    }
}

fn back(words: &Words) -> Markup {
    html! { p .back { a href="/professionnel/examens" { (words.t("pro-back-list")) } } }
}

fn report(words: &Words, grant: &Grant, at: &str, text: Option<&str>) -> Markup {
    let Some(report) = &grant.publication().report else {
        return html! { p { (words.t("pro-no-report")) } };
    };
    let validated = words.date(Zone::EuropeParis.date_of(report.validated_at));
    let picture = if text.is_some() { "report-page" } else { "report-page-no-text" };
    html! {
        section aria-labelledby="compte-rendu" {
            h2 #compte-rendu { (words.t("report-title")) }
            p .facts { span { (words.with("report-validated", &[("date", &validated)])) } }
            @if report.corrected { p .aside { (words.t("exam-corrected")) } }
            @if grant.blob(&BlobName::Report).is_some() {
                p { a .button.plain href={ (at) "/rapport.pdf" } download { (words.t("download-report")) } }
            }
            div .sheets { @for page in 1..=report.pages {
                img src={ (at) "/rapport/page/" (page) } alt=(words.with(picture, &[("page", &page.to_string())]))
                    loading=(if page > 1 { "lazy" } else { "eager" });
            } }
            @if let Some(text) = text {
                details .report-text {
                    summary { (words.t("report-text")) }
                    div lang="fr" { @for paragraph in text.split("\n\n").filter(|text| !text.trim().is_empty()) {
                        p { (paragraph.trim()) }
                    } }
                }
            }
        }
    }
}

fn expired(words: &Words, exam: Uuid, expired: &ExpiryPage, latest: Option<&RecallView>) -> Markup {
    let open = latest.filter(|view| view.open);
    html! {
        (back(words))
        div .exam-head {
            h1 lang="fr" { (expired.title) }
            p .facts {
                span { (words.with("exam-date", &[("date", &words.date(expired.times.exam_date))])) }
                span lang="fr" { (expired.site) }
            }
        }
        p { (words.with("expired-since", &[("date", &words.date(online_last_day(&expired.times)))])) }
        @if let Some(view) = open {
            p role="status" {
                @if view.late { (words.t("recall-late")) } @else { (words.t(stage(view.stage))) }
            }
            p { a .button.plain href={ "/professionnel/examen/" (exam) } { (words.t("recall-reload")) } }
        } @else {
            @if latest.is_some_and(|view| view.stage == RecallProgress::Failed) {
                div .notice role="status" { p { (words.t("recall-late")) } }
            }
            form method="post" action={ "/professionnel/examen/" (exam) "/rapatrier" } {
                button .main type="submit" { (words.t("expired-recall")) }
            }
        }
    }
}

fn stage(stage: RecallProgress) -> &'static str {
    match stage {
        RecallProgress::Asked | RecallProgress::Failed => "pro-recall-asked",
        RecallProgress::Found => "pro-recall-found",
        RecallProgress::Verified | RecallProgress::Ready => "pro-recall-verified",
    }
}
