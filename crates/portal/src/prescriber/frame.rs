//! What stands around every page of the prescribers' space.

use crate::assets::address;
use crate::layout::{self, Words};
use maud::{DOCTYPE, Markup, html};

/// One page: what differs from the others.
pub(super) struct Page<'a> {
    /// Its heading: never anything personal, since browsers keep titles.
    pub(super) title: &'a str,
    /// Where its other language is.
    pub(super) address: &'a str,
    /// Whether a session is open.
    pub(super) open: bool,
    /// Where it leads by itself at once: a navigation of our own page, which the session's cookie goes along with.
    pub(super) leads_to: Option<&'a str>,
    /// Scripts that help on this page.
    pub(super) script: Option<&'static str>,
}

/// A page without anything special.
pub(super) const PLAIN: Page<'static> =
    Page { title: "", address: "/professionnel", open: false, leads_to: None, script: None };

/// A whole document.
pub(super) fn document(words: &Words, page: &Page<'_>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light";
                @if let Some(next) = page.leads_to { meta http-equiv="refresh" content={ "0;url=" (next) }; }
                title { (page.title) " – " (words.site.name) }
                link rel="icon" href=(address("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(address("site.css"));
                link rel="stylesheet" href=(address("prescriber.css"));
                @if let Some(script) = page.script { script src=(address(script)) defer {} }
            }
            body .prescriber {
                a .skip href="#contenu" { (words.t("site-skip")) }
                (header(words, page))
                main #contenu tabindex="-1" { (body) }
                (layout::help(words))
                (layout::footer(words))
            }
        }
    }
}

fn header(words: &Words, page: &Page<'_>) -> Markup {
    let other = words.lang.other().tag();
    html! {
        header .top {
            div .wide {
                a .brand href=(if page.open { "/professionnel/examens" } else { "/professionnel" }) {
                    span .mark aria-hidden="true" {}
                    span { (words.site.name) " · " (words.t("pro-space")) }
                }
                a .language href={ (page.address) "?lang=" (other) } hreflang=(other) lang=(other)
                    title=(words.t("site-language-hint")) { (words.t("site-language")) }
                @if page.open {
                    a .language href="/professionnel/remplacements" { (words.t("pro-standin")) }
                    form .leave method="post" action="/professionnel/fermer" {
                        button .quiet { (words.t("pro-leave")) }
                    }
                }
            }
        }
    }
}
