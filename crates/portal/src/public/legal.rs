//! *Mentions légales* (loi n° 2004-575, article 1-1).

use super::{page, sections};
use crate::layout::Words;
use maud::{Markup, html};

pub(crate) async fn show(words: Words) -> Markup {
    let site = words.site.clone();
    let contact = |contact: &crate::Contact| html! { p { (contact.name) @if !contact.reach.is_empty() { ", " (contact.reach) } "." } };
    let parts = [
        (words.t("legal-publisher"), html! { p { (site.name) ", " (site.address) "." } }),
        (words.t("legal-director"), contact(&site.publisher)),
        (words.t("legal-host"), contact(&site.host)),
        (
            words.t("legal-contact"),
            html! { p { a href=(site.phone_link()) { (site.phone) } ", " (words.hours()) "." } },
        ),
    ];
    page(&words, "/mentions", "legal-title", &sections(&parts))
}
