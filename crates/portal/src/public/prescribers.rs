//! What the prescribers' space is, and the way to it.

use super::{page, sections};
use crate::layout::Words;
use maud::{Markup, html};

pub(crate) async fn show(words: Words) -> Markup {
    let meanwhile = html! { p { (words.t("prescribers-meanwhile-text")) } };
    let parts = [(words.t("prescribers-meanwhile"), meanwhile)];
    let body = html! {
        p .intro { (words.t("prescribers-text")) }
        p { a .button href="/professionnel" { (words.t("prescribers-enter")) } }
        (sections(&parts))
    };
    page(&words, "/prescripteurs", "prescribers-title", &body)
}
