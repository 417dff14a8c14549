//! The accessibility statement: what was done, what is known to be missing, whom to tell.

use super::{page, sections};
use crate::layout::Words;
use maud::{Markup, html};

pub(crate) async fn show(words: Words) -> Markup {
    let text = |key: &str| html! { p { (words.t(key)) } };
    let parts = [
        (words.t("accessibility-known"), text("accessibility-known-text")),
        (words.t("accessibility-contact"), text("accessibility-contact-text")),
    ];
    let body = html! { p .intro { (words.t("accessibility-text")) } (sections(&parts)) };
    page(&words, "/accessibilite", "accessibility-title", &body)
}
