//! How things are, each line with a sentence and a next step.

use super::frame::{Words, page};
use super::{DeskPages, Staff, failed};
use archive::desk::Level;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::html;

pub(super) async fn show(State(pages): State<DeskPages>, Staff(who): Staff, words: Words) -> Response {
    let keeper = match pages.desk.keeper(&who).await {
        Ok(keeper) => keeper,
        Err(error) => return failed(&error),
    };
    let body = html! {
        h1 { (words.t("desk-keeper")) }
        p { (words.instant(keeper.at)) }
        ul .keeper { @for line in &keeper.lines {
            @let (class, shape, level) = match line.level {
                Level::Green => ("green", "●", "level-green"),
                Level::Amber => ("amber", "▲", "level-amber"),
                Level::Red => ("red", "■", "level-red"),
            };
            li class=(class) {
                span aria-hidden="true" { (shape) " " } span .visually-hidden { (words.t(level)) " " }
                (words.with(line.key, &line.figures))
            }
        } }
    };
    page(&pages, &words, Some(&who), "desk-keeper", body).into_response()
}
