//! How far a recall has come, in words that stay honest.

use crate::layout::Words;
use diffusion::{RecallProgress, RecallView};
use serde::Serialize;
use time::OffsetDateTime;

/// What the page shows of a recall, as the page's script reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct State {
    /// The stage: `demande`, `retrouve`, `verifie`, `pret`.
    pub(super) etape: &'static str,
    /// The sentence, in the reader's language.
    #[serde(rename = "phrase")]
    pub(super) sentence: String,
    /// Whether it takes longer than it should.
    #[serde(rename = "retard")]
    pub(super) late: bool,
}

/// The stage a patient is shown: a try that failed is tried again from the start, and asked it stays.
pub(super) fn shown(view: &RecallView) -> RecallProgress {
    if view.stage == RecallProgress::Failed { RecallProgress::Asked } else { view.stage }
}

/// A stage's name between the page and its script.
pub(super) fn name(stage: RecallProgress) -> &'static str {
    match stage {
        RecallProgress::Asked | RecallProgress::Failed => "demande",
        RecallProgress::Found => "retrouve",
        RecallProgress::Verified => "verifie",
        RecallProgress::Ready => "pret",
    }
}

pub(super) fn state_of(words: &Words, view: &RecallView, now: OffsetDateTime) -> State {
    let late = view.late || view.stage == RecallProgress::Failed;
    State { etape: name(shown(view)), sentence: sentence(words, view, late, now), late }
}

fn sentence(words: &Words, view: &RecallView, late: bool, now: OffsetDateTime) -> String {
    if view.stage == RecallProgress::Ready {
        return words.t("recall-now-ready");
    }
    if late {
        return words.t("recall-going-on");
    }
    let Some(ready_by) = view.ready_by else { return words.t("recall-usual") };
    match (ready_by - now).whole_seconds() {
        ..=5 => words.t("recall-moments"),
        // No more exact than it is: by tens of seconds, then by whole minutes.
        seconds @ 6..=55 => words.with("recall-seconds", &[("n", &((seconds + 9) / 10 * 10).to_string())]),
        56..=90 => words.t("recall-one-minute"),
        seconds => words.with("recall-minutes", &[("n", &((seconds + 30) / 60).to_string())]),
    }
}

/// What is said of a recall that was given up.
pub(super) fn failure_key(view: &RecallView) -> &'static str {
    match view.failure.as_deref() {
        Some("recall-not-archived") => "recall-failed-not-archived",
        Some("recall-held") => "recall-failed-held",
        _ => "recall-late",
    }
}
