//! *Protection des données*: controller, officer, purposes, bases, recipients, durations, rights, complaint.

use super::{page, sections};
use crate::layout::Words;
use maud::{Markup, html};

pub(crate) async fn show(words: Words) -> Markup {
    let site = words.site.clone();
    let text = |key: &str, figures: &[(&str, &str)]| html! { p { (words.with(key, figures)) } };
    let parts = [
        (words.t("data-controller"), text("data-controller-text", &[("name", &site.name), ("address", &site.address)])),
        (words.t("data-officer"), html! { p { (site.officer.name) ", " (site.officer.reach) "." } }),
        (words.t("data-purposes"), text("data-purposes-text", &[])),
        (words.t("data-bases"), text("data-bases-text", &[])),
        (words.t("data-recipients"), text("data-recipients-text", &[("host", &site.host.name)])),
        (words.t("data-durations"), text("data-durations-text", &[])),
        (words.t("data-rights"), text("data-rights-text", &[])),
        (words.t("data-complaint"), text("data-complaint-text", &[])),
        (words.t("data-cookies"), text("data-cookies-text", &[])),
    ];
    let intro = words.with("data-intro", &[("name", &site.name)]);
    let body = html! { p .intro { (intro) } (sections(&parts)) };
    page(&words, "/donnees", "data-title", &body)
}
