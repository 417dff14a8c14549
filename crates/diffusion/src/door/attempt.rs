//! What was typed, made comparable. What makes no sense stays an attempt: it costs and counts like any other.

use exam::{AccessCode, ExamNumber, QrToken};

/// No number or code is longer; more is not read.
const MOST_TYPED: usize = 64;

/// The number in the form its digest is made of: what was typed, less blanks, when it cannot be one.
pub(crate) fn normal_number(typed: &str) -> String {
    let typed: String = bounded(typed).chars().filter(|c| !c.is_whitespace()).collect();
    // As for the code: a letter that looks like a digit is that digit.
    let looked_like: String = typed
        .chars()
        .map(|c| match c {
            'o' | 'O' => '0',
            'i' | 'I' | 'l' | 'L' => '1',
            other => other,
        })
        .collect();
    ExamNumber::parse(&looked_like).map_or(typed, |number| number.as_str().to_owned())
}

/// The thirteen symbols, or what was typed when they cannot be a code.
pub(crate) fn normal_code(typed: &str) -> String {
    let typed = bounded(typed);
    AccessCode::parse(&typed).map_or(typed, |code| code.normalised().to_owned())
}

fn bounded(text: &str) -> String {
    text.chars().take(MOST_TYPED).collect()
}

/// The 32 hexadecimal digits, or what was sent when they cannot be a token.
pub(crate) fn normal_token(sent: &str) -> String {
    let sent = bounded(sent.trim());
    QrToken::parse(&sent).map_or(sent, |token| token.as_str().to_owned())
}
