//! What every page of the desk has around it, and the words in the reader's language.

use super::DeskPages;
use crate::messages::{Lang, Messages};
use archive::desk::{BirthDate, Role, Who};
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};
use std::convert::Infallible;
use std::sync::LazyLock;
use time::{Date, OffsetDateTime};

static DESK: LazyLock<Messages> = LazyLock::new(|| {
    Messages::new(
        concat!(
            include_str!("fr.ftl"),
            "\n",
            include_str!("rights.fr.ftl"),
            include_str!("../../messages/statement.fr.ftl")
        ),
        concat!(
            include_str!("en.ftl"),
            "\n",
            include_str!("rights.en.ftl"),
            include_str!("../../messages/statement.en.ftl")
        ),
    )
});

/// The desk's words in one language.
#[derive(Clone, Copy)]
pub(super) struct Words(Lang);

impl Words {
    pub(super) fn french() -> Self {
        Self(Lang::Fr)
    }

    pub(super) fn lang(&self) -> Lang {
        self.0
    }

    /// The sentence of `key`; the key itself when there is none, so that nothing is blank.
    pub(super) fn t(&self, key: &str) -> String {
        DESK.text(self.0, key, &[])
    }

    /// The sentence of `key` with its figures.
    pub(super) fn with(&self, key: &str, figures: &[(&'static str, String)]) -> String {
        let figures: Vec<(&str, &str)> = figures.iter().map(|(name, value)| (*name, value.as_str())).collect();
        DESK.text(self.0, key, &figures)
    }

    /// The same, with borrowed figures.
    pub(super) fn figured(&self, key: &str, figures: &[(&str, &str)]) -> String {
        DESK.text(self.0, key, figures)
    }

    /// *25 novembre 2026*.
    pub(super) fn date(&self, date: Date) -> String {
        crate::messages::full_date(self.0, date)
    }

    /// Day and time, local to the reader's practice.
    pub(super) fn instant(&self, instant: OffsetDateTime) -> String {
        crate::messages::full_instant(self.0, instant)
    }

    /// A birth date as far as it is known.
    pub(super) fn birth(&self, date: Option<BirthDate>) -> String {
        let Some(date) = date else { return "—".into() };
        let part = |part: Option<u8>| part.map_or_else(|| "--".to_owned(), |n| format!("{n:02}"));
        format!("{}/{}/{}", part(date.day), part(date.month), date.year)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Words {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(Lang::of_request(parts)))
    }
}

/// A whole page. `who` is absent only before the login.
pub(super) fn page(pages: &DeskPages, words: &Words, who: Option<&Who>, title: &str, body: Markup) -> Markup {
    let links = [
        ("/", "desk-exams"),
        ("/jour", "desk-day"),
        ("/feuilles", "desk-sheets-care"),
        ("/chiffres", "desk-figures"),
        ("/doutes", "desk-doubts"),
        ("/partenaires", "desk-partners"),
        ("/demandes", "desk-requests"),
        ("/conservation", "desk-retention"),
        ("/etat", "desk-keeper"),
    ];
    html! {
        (DOCTYPE)
        html lang=(words.0.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (words.t(title)) " — " (pages.site) }
                link rel="stylesheet" href="/desk.css";
            }
            body {
                header {
                    strong { (pages.site) }
                    @if let Some(who) = who {
                        nav aria-label=(words.t("desk-nav")) { @for (href, key) in links.into_iter().filter(|(href, _)| shown(href, who)) {
                            a href=(href) aria-current=[(key == title).then_some("page")] { (words.t(key)) }
                        } }
                        form method="post" action="/deconnexion" { span { (who.name) } button { (words.t("desk-logout")) }
                            " " button .quiet formaction="/deconnexion/partout" { (words.t("desk-logout-everywhere")) } }
                    }
                }
                main { (body) }
            }
        }
    }
}

/// Whether a role has anything to do there.
fn shown(href: &str, who: &Who) -> bool {
    match href {
        "/demandes" => super::requests::handles(who),
        "/feuilles" | "/chiffres" => who.role != Role::DataProtection,
        "/jour" => matches!(who.role, Role::Desk | Role::Radiologist),
        _ => true,
    }
}

/// A page that needs nobody: an error.
pub(super) fn bare(words: &Words, text: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(words.0.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (text) }
                link rel="stylesheet" href="/desk.css";
            }
            body { main { h1 { (text) } p { a href="/" { (words.t("desk-back")) } } } }
        }
    }
}

pub(super) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "no-cache")], include_str!("desk.css")).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    fn keys(text: &str) -> BTreeSet<&str> {
        text.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once(" = ")).map(|(key, _)| key).collect()
    }

    #[test]
    fn both_languages_hold_the_same_keys() {
        assert_eq!(keys(include_str!("fr.ftl")), keys(include_str!("en.ftl")));
        assert_eq!(keys(include_str!("rights.fr.ftl")), keys(include_str!("rights.en.ftl")));
    }

    #[test]
    fn every_key_a_page_names_exists() {
        let mut known = keys(include_str!("fr.ftl"));
        known.extend(keys(include_str!("rights.fr.ftl")));
        for source in [
            include_str!("mod.rs"),
            include_str!("list.rs"),
            include_str!("exam.rs"),
            include_str!("billing.rs"),
            include_str!("billing_words.rs"),
            include_str!("figures.rs"),
            include_str!("lots.rs"),
            include_str!("choice.rs"),
            include_str!("day.rs"),
            include_str!("doubts.rs"),
            include_str!("keeper.rs"),
            include_str!("login.rs"),
            include_str!("partners.rs"),
            include_str!("patient_forms.rs"),
            include_str!("patients.rs"),
            include_str!("requests.rs"),
            include_str!("request_forms.rs"),
            include_str!("breaches.rs"),
            include_str!("retention.rs"),
            include_str!("rights.rs"),
            include_str!("rights/forms.rs"),
            include_str!("retention_hold.rs"),
        ] {
            for key in source.split('"').filter(|text| text.starts_with("desk-") && !text.contains([' ', '{'])) {
                assert!(known.contains(key), "{key} is in no message file");
            }
        }
    }
}
