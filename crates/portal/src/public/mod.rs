//! The public pages: nothing personal, nothing that needs a visit.

pub(crate) mod accessibility;
pub(crate) mod archive;
pub(crate) mod data;
pub(crate) mod legal;
pub(crate) mod prescribers;

use crate::layout::{Page, Words, document};
use maud::{Markup, html};

/// A page of headings and paragraphs.
fn page(words: &Words, address: &str, title: &str, body: &Markup) -> Markup {
    let title = words.t(title);
    let content = html! { article .prose { h1 { (title) } (body) } };
    document(words, &Page { title: &title, address, open: false, script: None }, content)
}

/// Headings, each with its paragraph.
fn sections(parts: &[(String, Markup)]) -> Markup {
    html! { @for (heading, text) in parts { h2 { (heading) } (text) } }
}
