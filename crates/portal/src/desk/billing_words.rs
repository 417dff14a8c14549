//! The rules of an invoice, in words.

use super::billing::euros;
use super::frame::Words;
use billing::invoice::BillingError;

/// *13 %*.
fn share(text: &str) -> String {
    let hundredths: u32 = text.parse().unwrap_or_default();
    match hundredths % 100 {
        0 => format!("{}\u{a0}%", hundredths / 100),
        rest => format!("{},{rest:02}\u{a0}%", hundredths / 100).replace("0\u{a0}%", "\u{a0}%"),
    }
}

/// A rule as it is kept: a key, then its figures.
pub(super) fn rule(words: &Words, kept: &str) -> String {
    let parts: Vec<&str> = kept.split(':').collect();
    let amount = |text: &str| euros(words, text.parse().unwrap_or_default());
    match parts.as_slice() {
        ["tariff", cents] => words.with("desk-rule-tariff", &[("amount", amount(cents))]),
        ["percent", letter, more] => {
            words.with("desk-rule-percent", &[("letter", (*letter).to_owned()), ("share", share(more))])
        }
        ["fixed", letter, cents] => {
            words.with("desk-rule-fixed", &[("letter", (*letter).to_owned()), ("amount", amount(cents))])
        }
        ["first"] => words.t("desk-rule-first"),
        ["second"] => words.t("desk-rule-second"),
        ["on-top"] => words.t("desk-rule-on-top"),
        ["covered", part] => words.with("desk-rule-covered", &[("share", share(part))]),
        ["exempt", code] => words.with("desk-rule-exempt", &[("code", (*code).to_owned())]),
        ["choice"] => words.t("desk-rule-choice"),
        _ => kept.to_owned(),
    }
}

/// Why an invoice was not made.
pub(super) fn why(words: &Words, error: &BillingError) -> String {
    let one = |key: &str, code: &str| words.with(key, &[("code", code.to_owned())]);
    match error {
        BillingError::Nothing => words.t("desk-bill-nothing"),
        BillingError::Unknown(code) => one("desk-bill-unknown", code),
        BillingError::NotCovered(code) => one("desk-bill-not-covered", code),
        BillingError::Pair(a, b) => words.with("desk-bill-pair", &[("code", a.clone()), ("other", b.clone())]),
        BillingError::Twice(code) => one("desk-bill-twice", code),
        BillingError::Modifier { code, modifier } => {
            words.with("desk-bill-modifier", &[("code", code.clone()), ("letter", modifier.to_string())])
        }
        BillingError::Modifiers(code) => one("desk-bill-too-many-modifiers", code),
        BillingError::TooMany => words.t("desk-bill-too-many"),
        BillingError::SupplementAlone => words.t("desk-bill-supplement-alone"),
        BillingError::NotPrevention(code) => one("desk-bill-not-prevention", code),
    }
}
