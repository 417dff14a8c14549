//! The settings of a listener.

use crate::Error;
use crate::ae::AeTitle;
use crate::peers::Peers;
use std::time::Duration;

/// How long each phase may take. Every one is a total: a byte now and then does not renew it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// ARTIM (PS3.8 §9.1.5): from the connection to its whole association request, and from our last word
    /// to the end of the connection. At most 30 s.
    pub artim: Duration,
    /// From the end of a message to the beginning of the next.
    pub idle: Duration,
    /// Within a message, from one PDU to the end of the next.
    pub pdu: Duration,
    /// From the beginning of a message to its end.
    pub message: Duration,
    /// Until the peer has taken an answer.
    pub write: Duration,
    /// At a stop, until the messages under way are over.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            artim: Duration::from_secs(15),
            idle: Duration::from_secs(120),
            pdu: Duration::from_secs(60),
            message: Duration::from_secs(3600),
            write: Duration::from_secs(30),
            drain: Duration::from_secs(20),
        }
    }
}

/// The settings of a listener.
#[derive(Debug, Clone)]
pub struct Config {
    /// The titles we answer to; empty: any.
    pub ae_titles: Vec<AeTitle>,
    /// Who may call.
    pub peers: Peers,
    /// The longest P-DATA-TF we take, announced to the peer and enforced (PS3.8 §D.1.1), in bytes.
    pub max_pdu_bytes: u32,
    /// Associations open at once; the next is refused for now (local limit exceeded).
    pub max_associations: usize,
    /// Whether SOP classes we do not know, private ones included, are stored too.
    pub accept_unknown_classes: bool,
    /// Whether transfer syntaxes we do not know, private ones included, are accepted.
    pub accept_unknown_transfer_syntaxes: bool,
    /// Whether peers may open an association to say what they commit to (PS3.4 annex J).
    pub takes_commitments: bool,
    /// Whether peers may ask us to commit to what they sent (the provider's side of the same annex).
    pub offers_commitment: bool,
    /// SOP classes that are searched (C-FIND); each has its handler in [`super::Handlers`].
    pub finds: Vec<String>,
    /// Whether modalities may say what they do (PS3.4 annex F).
    pub takes_steps: bool,
    /// Whether peers may query and retrieve (PS3.4 annex C).
    pub offers_queries: bool,
    /// How long each phase may take.
    pub timeouts: Timeouts,
}

impl Default for Config {
    /// Loop-back habits: any called title, nobody known, 256 KiB PDUs, 64 associations.
    fn default() -> Self {
        Self {
            ae_titles: Vec::new(),
            peers: Peers::Known(Vec::new()),
            max_pdu_bytes: 256 * 1024,
            max_associations: 64,
            accept_unknown_classes: false,
            accept_unknown_transfer_syntaxes: false,
            takes_commitments: false,
            offers_commitment: false,
            finds: Vec::new(),
            takes_steps: false,
            offers_queries: false,
            timeouts: Timeouts::default(),
        }
    }
}

impl Config {
    /// The longest ARTIM allowed.
    pub const MAX_ARTIM: Duration = Duration::from_secs(30);

    /// Refuses settings that cannot be meant.
    ///
    /// # Errors
    /// [`Error::Setting`] names the first bad one.
    pub fn check(&self) -> Result<(), Error> {
        if !(4096..=16 * 1024 * 1024).contains(&self.max_pdu_bytes) {
            return Err(Error::Setting("max_pdu_bytes must lie between 4096 and 16777216"));
        }
        if self.max_associations == 0 {
            return Err(Error::Setting("max_associations must be at least 1"));
        }
        if self.timeouts.artim.is_zero() || self.timeouts.artim > Self::MAX_ARTIM {
            return Err(Error::Setting("artim must lie between 1 and 30 seconds"));
        }
        Ok(())
    }
}
