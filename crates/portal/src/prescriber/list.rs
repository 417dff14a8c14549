//! The list: new first, bold until opened. A search goes in a form, never in an address.

use super::frame::{PLAIN, Page, document};
use super::{failed, to_login, today, token_of};
use crate::layout::Words;
use crate::patient::PatientPages;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use diffusion::{ListQuery, ProLine, ProList, ProState};
use exam::dates::Zone;
use maud::{Markup, html};
use serde::Deserialize;

/// Days left on line that are said.
const SHORT: i64 = 30;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    recherche: String,
    page: usize,
}

pub(super) async fn show(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let page = asked.map(|Query(asked)| asked.page).unwrap_or_default();
    list(&pages, &words, &headers, ListQuery { search: String::new(), page }).await
}

pub(super) async fn search(
    State(pages): State<PatientPages>,
    words: Words,
    headers: HeaderMap,
    asked: Result<Form<Asked>, FormRejection>,
) -> Response {
    let Asked { recherche, page } = asked.map(|Form(asked)| asked).unwrap_or_default();
    list(&pages, &words, &headers, ListQuery { search: recherche.chars().take(100).collect(), page }).await
}

async fn list(pages: &PatientPages, words: &Words, headers: &HeaderMap, query: ListQuery) -> Response {
    let Some(token) = token_of(headers, pages) else { return to_login() };
    let (session, list) = match pages.diffusion.pro_list(&token, &query).await {
        Ok(Some(found)) => found,
        Ok(None) => return to_login(),
        Err(error) => return failed(words, &error),
    };
    let title = words.t("pro-list-title");
    let body = html! {
        h1 { (title) }
        p .whose { (words.with("pro-logged-in", &[("name", &session.who.name)])) }
        (search_box(words, &query))
        @if list.lines.is_empty() { (empty(words, &query)) } @else {
            p role="status" .aside {
                (words.with("pro-found", &[("n", &list.found.to_string())]))
                @if list.unread > 0 { " " (words.with("pro-unread", &[("n", &list.unread.to_string())])) }
            }
            ol .exams { @for line in &list.lines { (line_of(words, line, today(pages))) } }
            (pager(words, &query, &list))
        }
        @if pages.diffusion.emergencies_allowed() {
            p .aside { a href=(super::emergency::PAGE) { (words.t("pro-emergency-link")) } }
        }
    };
    let page = Page { title: &title, address: "/professionnel/examens", open: true, ..PLAIN };
    document(words, &page, body).into_response()
}

fn search_box(words: &Words, query: &ListQuery) -> Markup {
    html! {
        form .search role="search" method="post" action="/professionnel/examens" {
            label for="recherche" { (words.t("pro-search")) }
            div .row {
                input #recherche name="recherche" type="text" autocomplete="off" spellcheck="false" maxlength="100"
                    value=(query.search);
                button type="submit" { (words.t("pro-search-go")) }
            }
        }
    }
}

fn empty(words: &Words, query: &ListQuery) -> Markup {
    html! {
        @if query.search.trim().is_empty() {
            p { (words.t("pro-empty")) }
            p { (words.t("pro-empty-why")) }
        } @else {
            p role="status" { (words.t("pro-nothing-found")) }
            p { a href="/professionnel/examens" { (words.t("pro-all")) } }
        }
    }
}

pub(super) fn line_of(words: &Words, line: &ProLine, today: time::Date) -> Markup {
    let patient = if line.patient.is_empty() { words.t("pro-no-name") } else { line.patient.clone() };
    html! {
        li .unread[line.unread] {
            a href={ "/professionnel/examen/" (line.exam) } {
                span .who {
                    @if line.unread { span .new { (words.t("pro-new")) } " " }
                    (patient)
                }
                span .what lang="fr" { (line.title) }
                span .when { (words.date(line.date)) " · " span lang="fr" { (line.site) } }
                span .marks {
                    @if line.report { span .mark-report { (words.t("pro-report-here")) } }
                    @match line.state {
                        ProState::Recallable => span .mark-gone { (words.t("pro-recallable")) },
                        ProState::Online(until) => {
                            @let left = (Zone::EuropeParis.date_of(until) - today).whole_days();
                            @if left <= SHORT { span .mark-short { (words.with("pro-days-left", &[("n", &left.to_string())])) } }
                        }
                    }
                    @if line.for_another { span .mark-other { (words.t("pro-for-another")) } }
                }
            }
        }
    }
}

/// Pages of a search are asked for by a form, pages of everything by a link.
fn pager(words: &Words, query: &ListQuery, list: &ProList) -> Markup {
    let searching = !query.search.trim().is_empty();
    let to = |page: usize, key: &str| {
        html! {
            @if searching {
                form method="post" action="/professionnel/examens" {
                    input type="hidden" name="recherche" value=(query.search);
                    input type="hidden" name="page" value=(page);
                    button .quiet type="submit" { (words.t(key)) }
                }
            } @else {
                a .button.plain href={ "/professionnel/examens?page=" (page) } { (words.t(key)) }
            }
        }
    };
    html! {
        @if query.page > 0 || list.more {
            nav .pager aria-label=(words.t("pro-pages")) {
                @if query.page > 0 { (to(query.page - 1, "pro-newer")) }
                @if list.more { (to(query.page + 1, "pro-older")) }
            }
        }
    }
}
