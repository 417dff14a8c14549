//! What stands around every page of the patient and the public.

use crate::assets::address;
use crate::messages::{Lang, Messages, full_date};
use crate::site::SiteInfo;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use std::sync::{Arc, LazyLock};
use time::Date;

static PAGES: LazyLock<Messages> = LazyLock::new(|| {
    Messages::new(
        concat!(
            include_str!("../messages/fr.ftl"),
            include_str!("../messages/prescriber.fr.ftl"),
            include_str!("../messages/statement.fr.ftl"),
            include_str!("../messages/choices.fr.ftl")
        ),
        concat!(
            include_str!("../messages/en.ftl"),
            include_str!("../messages/prescriber.en.ftl"),
            include_str!("../messages/statement.en.ftl"),
            include_str!("../messages/choices.en.ftl")
        ),
    )
});

/// The sentences and the site, in the reader's language.
#[derive(Clone)]
pub(crate) struct Words {
    pub(crate) lang: Lang,
    pub(crate) site: Arc<SiteInfo>,
}

impl Words {
    /// The sentence of `key`; `phone` and `hours` are always known to it.
    pub(crate) fn t(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// The sentence of `key` with figures of its own.
    pub(crate) fn with(&self, key: &str, figures: &[(&str, &str)]) -> String {
        let mut all = vec![("phone", self.site.phone.as_str()), ("hours", self.hours())];
        all.extend_from_slice(figures);
        PAGES.text(self.lang, key, &all)
    }

    /// The opening hours.
    pub(crate) fn hours(&self) -> &str {
        match self.lang {
            Lang::Fr => &self.site.hours,
            Lang::En => &self.site.hours_en,
        }
    }

    /// *25 novembre 2026*, never broken between day and month.
    pub(crate) fn date(&self, date: Date) -> String {
        full_date(self.lang, date).replacen(' ', "\u{a0}", 1)
    }
}

/// One page: what differs from the others.
pub(crate) struct Page<'a> {
    /// Its heading, also the document's title: never anything personal, since browsers keep titles.
    pub(crate) title: &'a str,
    /// Where its other language is.
    pub(crate) address: &'a str,
    /// Whether a visit is open, which a button closes.
    pub(crate) open: bool,
    /// Scripts that help on this page.
    pub(crate) script: Option<&'static str>,
}

/// A whole document.
pub(crate) fn document(words: &Words, page: &Page<'_>, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="format-detection" content="telephone=no";
                meta name="color-scheme" content="light";
                title { (page.title) " – " (words.site.name) }
                link rel="icon" href=(address("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(address("site.css"));
                @if let Some(script) = page.script { script src=(address(script)) defer {} }
            }
            body {
                a .skip href="#contenu" { (words.t("site-skip")) }
                (header(words, page))
                main #contenu tabindex="-1" { (body) }
                (help(words))
                (footer(words))
            }
        }
    }
}

fn header(words: &Words, page: &Page<'_>) -> Markup {
    let other = words.lang.other().tag();
    html! {
        header .top {
            div .wide {
                a .brand href=(if page.open { "/examen" } else { "/" }) {
                    span .mark aria-hidden="true" {}
                    span { (words.site.name) }
                }
                a .language href={ (page.address) "?lang=" (other) } hreflang=(other) lang=(other)
                    title=(words.t("site-language-hint")) { (words.t("site-language")) }
                @if page.open {
                    form .leave method="post" action="/fermer" {
                        button .quiet aria-label=(words.t("exam-close")) { (words.t("exam-close-short")) }
                    }
                }
            }
        }
    }
}

pub(crate) fn help(words: &Words) -> Markup {
    html! {
        aside .help aria-labelledby="aide" {
            div .wide {
                h2 #aide { (words.t("site-help")) }
                p { a .phone href=(words.site.phone_link()) { (words.site.phone) } span .hours { (words.hours()) } }
            }
        }
    }
}

pub(crate) fn footer(words: &Words) -> Markup {
    let links = [
        ("/archivage", "page-archive"),
        ("/donnees", "page-data"),
        ("/prescripteurs", "page-prescribers"),
        ("/accessibilite", "page-accessibility"),
        ("/mentions", "page-legal"),
    ];
    html! {
        footer .bottom {
            nav .wide aria-label=(words.t("site-footer")) {
                ul { @for (href, key) in links { li { a href=(href) { (words.t(key)) } } } }
            }
        }
    }
}

/// The one answer for what is not there and for what may not be seen.
pub(crate) fn missing(words: &Words) -> Response {
    let title = words.t("missing-title");
    let body = html! {
        h1 { (title) }
        p { (words.t("missing")) }
        p { a .button href="/" { (words.t("missing-open")) } }
    };
    let page = Page { title: &title, address: "/", open: false, script: None };
    (StatusCode::NOT_FOUND, document(words, &page, body)).into_response()
}

/// Something failed on our side.
pub(crate) fn failed(words: &Words) -> Response {
    let title = words.t("failed-title");
    let body = html! {
        h1 { (title) }
        p { (words.t("failed")) }
        p { a .button href="/" { (words.t("back-door")) } }
    };
    let page = Page { title: &title, address: "/", open: false, script: None };
    (StatusCode::SERVICE_UNAVAILABLE, document(words, &page, body)).into_response()
}
