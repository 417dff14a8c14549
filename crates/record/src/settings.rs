//! What an installation may set about its record.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Settings of the record.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Silence after which an exam counts as complete.
    pub quiet: Duration,
    /// Stands for the issuer of a patient or accession number that names none.
    pub default_issuer: String,
    /// Other names of issuers → the one name to use: a modality says `HOSPA`, messages an OID.
    pub issuer_aliases: BTreeMap<String, String>,
    /// Issuers of accession numbers that are not the group's own. Any other name is: images rarely
    /// name the issuer at all, messages nearly always do.
    pub foreign_accession_issuers: BTreeSet<String>,
    /// The site of an exam whose order names none.
    pub default_site: String,
    /// An order asks for a code at once, before any image.
    pub reserve_at_order: bool,
    /// Connections for reading.
    pub readers: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            quiet: Duration::from_secs(30),
            default_issuer: "local".to_owned(),
            issuer_aliases: BTreeMap::new(),
            foreign_accession_issuers: BTreeSet::new(),
            default_site: String::new(),
            reserve_at_order: false,
            readers: 4,
        }
    }
}

impl Settings {
    /// The one name of an issuer; `None` and blank are the default issuer.
    pub(crate) fn issuer(&self, named: Option<&str>) -> String {
        match named.map(trimmed).filter(|name| !name.is_empty()) {
            None => self.default_issuer.clone(),
            Some(name) => self.issuer_aliases.get(name).cloned().unwrap_or_else(|| name.to_owned()),
        }
    }

    /// The key of an accession or placer number: issuer and number; `None` for a blank one.
    pub(crate) fn number_key(&self, number: Option<&str>, issuer: Option<&str>) -> Option<String> {
        let number = number.map(trimmed).filter(|number| !number.is_empty())?;
        let issuer = self.issuer(issuer);
        let own = !self.foreign_accession_issuers.contains(&issuer);
        Some(format!("{}\u{1f}{number}", if own { &self.default_issuer } else { &issuer }))
    }
}

/// Without the blanks and NULs around it (a Patient ID may be a lone NUL).
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\0')
}
