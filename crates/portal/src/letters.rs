//! The words of messages that leave: no name, no exam, nothing medical; the code never in the subject.

use crate::layout::Words;
use crate::messages::Lang;
use crate::site::SiteInfo;
use diffusion::{Language, Letter};
use std::sync::Arc;

/// Subject and text of a message, in its language.
pub fn words_of(letter: &Letter, language: Language, site: &Arc<SiteInfo>) -> (String, String) {
    let lang = match language {
        Language::French => Lang::Fr,
        Language::English => Lang::En,
    };
    let words = Words { lang, site: Arc::clone(site) };
    let name = ("site", site.name.as_str());
    match letter {
        Letter::OneTimeCode { code } => {
            (words.t("letter-code-subject"), words.with("letter-code", &[("code", &grouped(code)), name]))
        }
        Letter::Invitation { link, last_day } => {
            let address = format!("{}/partage#{}", site.public_url, link.secret());
            let figures = [("link", address.as_str()), ("date", &words.date(*last_day)), name];
            (words.t("letter-invitation-subject"), words.with("letter-invitation", &figures))
        }
        Letter::EmergencyOpened => {
            let figures = [name, ("phone", site.phone.as_str())];
            (words.t("letter-emergency-subject"), words.with("letter-emergency", &figures))
        }
        Letter::ShareUsed => (words.t("letter-used-subject"), words.with("letter-used", &[name])),
    }
}

/// *123 456*: three and three are read and typed with fewer mistakes.
fn grouped(code: &str) -> String {
    match code.split_at_checked(3) {
        Some((first, second)) => format!("{first} {second}"),
        None => code.to_owned(),
    }
}
