//! The landing log: what is received is on stable storage, and visible, before anybody is told so.

mod arriving;
mod error;
mod place;
mod register;
mod settings;

pub use arriving::{Accepted, Arriving, MessageAccepted, Outcome};
pub use error::{LandingError, ReadError, Refusal};
pub use place::{LandingPlace, Position, SegmentName};
pub use register::{Applied, Landed, LandedBody, LandedInstance, Register, RegisterError, Verdict};
pub use settings::Settings;

use ambient::Clock;
use bytes::Bytes;
use std::sync::Arc;

/// The log of one process. Cheap to clone; the log closes when the last clone is gone.
#[derive(Clone)]
pub struct Landing {
    _private: (),
}

/// What opening the log found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Records given to the register again because it had not applied them.
    pub records: u64,
    /// Torn tails discarded: records never finished, hence never acknowledged.
    pub torn: u64,
    /// Records the register says it has applied, or that lie before a good record, and whose bytes are damaged: a
    /// loss to be shown by name.
    pub damaged: Vec<LandingPlace>,
}

impl Landing {
    /// Opens (or creates) the log in `settings.folder`, takes its lock, and gives the register what it has not
    /// applied yet.
    ///
    /// # Errors
    /// [`LandingError::Owned`] when another process has the log.
    pub async fn open(
        _settings: Settings,
        _register: Arc<dyn Register>,
        _clock: Arc<dyn Clock>,
    ) -> Result<(Self, Replayed), LandingError> {
        Ok((Self { _private: () }, Replayed::default()))
    }

    /// Starts receiving one instance. Nothing is written before [`Reception::write`]; dropping the reception leaves
    /// nothing behind.
    ///
    /// # Errors
    /// [`Refusal::NoSpace`], [`Refusal::Unavailable`], [`Refusal::InvalidUid`].
    pub async fn begin(&self, _arriving: Arriving) -> Result<Reception, Refusal> {
        Ok(Reception { _private: () })
    }

    /// Makes one HL7 message durable and hands it to the register, exactly as received (MLLP framing removed).
    ///
    /// # Errors
    /// As [`Reception::finish`].
    pub async fn append_message(&self, _source: &str, _raw: Bytes) -> Result<MessageAccepted, Refusal> {
        Err(Refusal::Unavailable)
    }

    /// The bytes of one record (a Part 10 file or a message), its digest checked.
    ///
    /// # Errors
    /// [`ReadError::Gone`] when its segment has been released, [`ReadError::Damaged`] when the digest differs.
    pub async fn read(&self, _place: LandingPlace) -> Result<Bytes, ReadError> {
        Err(ReadError::Gone)
    }

    /// Re-reads one record past the page cache and checks its digest (storage commitment rests on this).
    ///
    /// # Errors
    /// As [`Landing::read`].
    pub async fn verify(&self, _place: LandingPlace) -> Result<(), ReadError> {
        Err(ReadError::Gone)
    }

    /// Segments that take no more records, oldest first: those that may be released.
    pub fn closed_segments(&self) -> Vec<SegmentName> {
        Vec::new()
    }

    /// Erases a closed segment and the large files it names. The caller (who reads the catalogue) vouches that every
    /// record of it is sealed or closed, durably.
    ///
    /// # Errors
    /// [`LandingError::StillOpen`] for a segment that still takes records or is not wholly applied.
    pub async fn release(&self, _segment: SegmentName) -> Result<(), LandingError> {
        Ok(())
    }
}

/// One instance being received.
pub struct Reception {
    _private: (),
}

impl Reception {
    /// Adds the next slice of the data set (or of the file).
    ///
    /// # Errors
    /// [`Refusal::TooLarge`], [`Refusal::NoSpace`].
    pub async fn write(&mut self, _slice: Bytes) -> Result<(), Refusal> {
        Ok(())
    }

    /// Checks, makes durable, makes visible. When this returns `Ok` the instance survives a power cut.
    ///
    /// # Errors
    /// Any [`Refusal`]; after one of them the sender may send again.
    pub async fn finish(self) -> Result<Accepted, Refusal> {
        Err(Refusal::Unavailable)
    }
}
