//! The archive at the patient's charge, as a group offers it: where, at what price, with what notice and advice.

use record::ExamDetail;

/// The advice a radiologist may set for a type of exam: keys of sentences in the message files, all of them neutral.
pub const ADVICE: &[&str] = &["comparison", "seldom", "ask"];

/// How the archive at the patient's charge is offered. Off by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChoiceOffer {
    /// Sites where it is offered, as orders and patients name them; `*` is every site. Empty: nowhere.
    pub sites: Vec<String>,
    /// Its price, in cents.
    pub price_cents: u32,
    /// The version of the notice.
    pub notice_version: String,
    /// The notice that is given beforehand.
    pub notice: String,
    /// Class key or act code → key of the advice ([`ADVICE`]); an act wins over a class.
    pub advice: Vec<(String, String)>,
}

impl ChoiceOffer {
    /// Whether it is offered at a site, by the name patients read.
    pub fn is_offered_at(&self, site: &str) -> bool {
        self.sites.iter().any(|offered| offered == "*" || offered == site)
    }

    /// The key of the advice for an exam, if a radiologist has set one.
    pub fn advice_for(&self, detail: &ExamDetail) -> Option<&str> {
        let of = |wanted: &str| self.advice.iter().find(|(about, _)| about == wanted).map(|(_, key)| key.as_str());
        let act = detail.order.as_ref().and_then(|order| order.act_code.as_deref());
        act.and_then(of).or_else(|| of(&detail.class))
    }
}
