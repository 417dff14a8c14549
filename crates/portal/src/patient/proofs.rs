//! What the patient takes away to check the log of accesses: proofs, receipts, and a page that checks them alone.

use super::PatientPages;
use super::visit::{Visit, refused};
use crate::assets;
use crate::layout::{Words, missing};
use crate::messages::Lang;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use diffusion::{Denied, TraceKeys};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the page that checks can say.
const SAID: [&str; 19] = [
    "signed",
    "not-signed",
    "witnessed",
    "not-confirmed",
    "not-in",
    "stand",
    "one-only",
    "gap",
    "no-gap",
    "begins-later",
    "grown",
    "not-grown",
    "same",
    "no-growth",
    "unreadable",
    "verdict-good",
    "verdict-bad",
    "choose",
    "limits",
];

/// Since which receipt.
#[derive(Deserialize)]
pub(super) struct Since {
    depuis: Option<String>,
}

pub(super) async fn one(State(pages): State<PatientPages>, Path(name): Path<String>, visit: Visit) -> Response {
    let Some(leaf) = name.strip_suffix(".tlog-proof").and_then(|leaf| leaf.parse().ok()) else {
        return missing(&visit.words);
    };
    let found = pages.diffusion.proof_of(&visit.token, leaf).await;
    kept(&visit.words, found, &format!("consultation-{leaf}.tlog-proof"))
}

pub(super) async fn all(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let found = pages.diffusion.proofs(&visit.token).await.map(Some);
    kept(&visit.words, found, "consultations.tlog-proof")
}

pub(super) async fn receipt(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let found = pages.diffusion.receipt(&visit.token).await.map(Some);
    let size = found.as_ref().ok().and_then(|note| note.as_ref()?.lines().nth(1)).unwrap_or("0").to_owned();
    kept(&visit.words, found, &format!("recu-{size}.txt"))
}

pub(super) async fn growth(State(pages): State<PatientPages>, Query(since): Query<Since>, visit: Visit) -> Response {
    let Some(old) = since.depuis.and_then(|text| text.trim().parse().ok()) else { return missing(&visit.words) };
    let found = pages.diffusion.growth_since(&visit.token, old).await;
    kept(&visit.words, found, &format!("croissance-{old}.txt"))
}

pub(super) async fn verifier(State(pages): State<PatientPages>, visit: Visit) -> Response {
    let page = page(&visit.words, &pages.diffusion.trace_keys()).into_string();
    let mut response = kept(&visit.words, Ok(Some(page)), "verifier.html");
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// Always a file to keep, never a page of ours.
fn kept(words: &Words, found: Result<Option<String>, Denied>, name: &str) -> Response {
    match found {
        Err(denied) => refused(words, &denied),
        Ok(None) => missing(words),
        Ok(Some(text)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
                (header::CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'".to_owned()),
            ];
            (headers, text).into_response()
        }
    }
}

/// One file, which asks nothing of any network.
fn page(words: &Words, keys: &TraceKeys) -> Markup {
    let said: BTreeMap<&str, String> =
        SAID.iter().map(|key| (*key, words.with(&format!("verify-{key}"), &PLACES))).collect();
    let known = serde_json::json!({ "logs": [keys.log], "witnesses": keys.witnesses, "needed": keys.needed });
    let said = serde_json::json!(said);
    html! {
        (DOCTYPE)
        html lang=(match words.lang { Lang::Fr => "fr", Lang::En => "en" }) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="content-security-policy"
                    content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'";
                title { (words.t("verify-title")) }
                style { (PreEscaped(assets::text("verify.css"))) }
            }
            body {
                main {
                    h1 { (words.t("verify-title")) }
                    p { (words.t("verify-intro")) }
                    p { label for="files" { (words.t("verify-choose")) } }
                    p { input #files type="file" multiple; }
                    p #verdict role="status" {}
                    ul #results {}
                    h2 { (words.t("verify-keys")) }
                    p { (words.t("verify-keys-hint")) }
                    ul .keys {
                        li { code { (keys.log) } }
                        @for key in &keys.witnesses { li { code { (key) } } }
                    }
                    p { (words.t("verify-limits")) }
                    div #verifier hidden data-known=(known) data-words=(said) {}
                }
                script { (PreEscaped(assets::text("verify.js"))) }
            }
        }
    }
}

/// The sentences keep the places that the page fills itself.
const PLACES: [(&str, &str); 9] = [
    ("old", "{old}"),
    ("size", "{size}"),
    ("name", "{name}"),
    ("time", "{time}"),
    ("leaf", "{leaf}"),
    ("count", "{count}"),
    ("n", "{n}"),
    ("first", "{first}"),
    ("last", "{last}"),
];
