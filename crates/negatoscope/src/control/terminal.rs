//! Lines and progress on a terminal.

use super::{Output, Progress};
use indicatif::{ProgressBar, ProgressStyle};

/// Standard output, with a bar or a spinner on standard error.
pub struct Terminal {
    bar: ProgressBar,
}

impl Terminal {
    /// Nothing shown yet.
    pub fn new() -> Self {
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// Takes the spinner away.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Output for Terminal {
    fn line(&self, text: &str) {
        self.bar.suspend(|| println!("{text}"));
    }

    fn progress(&self, progress: Progress) {
        let Progress { done, of, what } = progress;
        let text = of.map_or_else(|| format!("{done} {what}"), |of| format!("{done} of {of} {what}"));
        self.bar.set_message(text);
        self.bar.tick();
    }
}
