//! Who stands behind the pages: every page of the patient's carries the telephone number and the hours.

/// The site, as its pages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteInfo {
    /// The group's name.
    pub name: String,
    /// The telephone number, as people read it: `02 00 00 00 00`.
    pub phone: String,
    /// Opening hours in French: `du lundi au vendredi, de 8 h à 18 h`.
    pub hours: String,
    /// Opening hours in English.
    pub hours_en: String,
    /// The address people type: `https://images.exemple.fr`.
    pub public_url: String,
    /// Postal address of the publisher.
    pub address: String,
    /// Who answers for the publication (mentions légales).
    pub publisher: Contact,
    /// The data-protection officer.
    pub officer: Contact,
    /// Who hosts the service (mentions légales).
    pub host: Contact,
    /// Establishments that receive the exams they prescribe.
    pub partners: Vec<String>,
    /// The archive at the patient's charge, where it is offered: no page speaks of it elsewhere.
    pub paid_archive: PaidArchive,
}

/// Where the archive at the patient's charge is offered, and its price.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaidArchive {
    /// The sites, by the names patients read; `*` is every site. Empty: nowhere.
    pub sites: Vec<String>,
    /// The price, in cents.
    pub price_cents: u32,
}

impl PaidArchive {
    /// Whether any site offers it.
    pub(crate) fn is_offered(&self) -> bool {
        !self.sites.is_empty()
    }

    /// Whether this site does.
    pub(crate) fn is_offered_at(&self, site: &str) -> bool {
        self.sites.iter().any(|offered| offered == "*" || offered == site)
    }
}

/// A name and a way to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name.
    pub name: String,
    /// A letter or e-mail address, or a telephone number.
    pub reach: String,
}

impl SiteInfo {
    /// For a page shown outside the pages' own router, where no site is known.
    pub(crate) fn unnamed() -> Self {
        let nobody = Contact { name: String::new(), reach: String::new() };
        Self {
            name: String::new(),
            phone: String::new(),
            hours: String::new(),
            hours_en: String::new(),
            public_url: String::new(),
            address: String::new(),
            publisher: nobody.clone(),
            officer: nobody.clone(),
            host: nobody,
            partners: Vec::new(),
            paid_archive: PaidArchive::default(),
        }
    }

    /// The telephone number for a `tel:` link.
    pub(crate) fn phone_link(&self) -> String {
        let digits: String = self.phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        format!("tel:{digits}")
    }
}
