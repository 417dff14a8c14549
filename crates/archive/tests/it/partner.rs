//! A partner that is played: what reaches it, and how it behaves.

use archive::ArchiveError;
use archive::transmit::{
    AccessionNumber, Announced, Coercion, ImageLine, LeavingImage, NoObjections, Objections, Partner, Partners,
    PatientNumber, Receipt, ReportDocument, ReportForm, ReportLine, ReportMessage, Senders, Trouble,
};
use async_trait::async_trait;
use bytes::Bytes;
use exam::partner::{PartnerRule, PartnerRules};
use record::{ExamDetail, TransmissionKind};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

pub const CHU: &str = "CHU";
pub const CHU_FINESS: &str = "300017985";

/// How a partner behaves next; without a word it takes everything.
#[derive(Debug, Clone)]
pub enum Mood {
    /// Nobody answers.
    Away,
    /// It takes so many instances, or the message, and breaks off without an answer.
    BreaksOffAfter(usize),
    /// It says no.
    Refuses(Trouble),
}

#[derive(Default)]
pub struct Played {
    pub moods: Mutex<VecDeque<Mood>>,
    /// Message ids and messages that reached it.
    pub messages: Mutex<Vec<Bytes>>,
    /// Instances that reached it: UID and whole data set.
    pub images: Mutex<Vec<(String, Vec<u8>)>>,
    /// Whether a commitment comes only later.
    pub commits_later: AtomicBool,
}

impl Played {
    pub fn next(&self, moods: impl IntoIterator<Item = Mood>) {
        self.moods.lock().unwrap().extend(moods);
    }

    fn mood(&self) -> Option<Mood> {
        self.moods.lock().unwrap().pop_front()
    }

    pub fn message_count(&self) -> usize {
        self.messages.lock().unwrap().len()
    }

    pub fn image_uids(&self) -> Vec<String> {
        self.images.lock().unwrap().iter().map(|(uid, _)| uid.clone()).collect()
    }
}

pub struct Ways(pub Arc<Played>);

#[async_trait]
impl Senders for Ways {
    async fn report(&self, _: &str) -> Result<Box<dyn ReportLine>, Trouble> {
        match self.0.mood() {
            Some(Mood::Away) => Err(Trouble::Unreachable("away".into())),
            mood => Ok(Box::new(Line { played: Arc::clone(&self.0), mood, stored: 0 })),
        }
    }

    async fn images(&self, _: &str, _: &[Announced]) -> Result<Box<dyn ImageLine>, Trouble> {
        match self.0.mood() {
            Some(Mood::Away) => Err(Trouble::Unreachable("away".into())),
            mood => Ok(Box::new(Line { played: Arc::clone(&self.0), mood, stored: 0 })),
        }
    }
}

struct Line {
    played: Arc<Played>,
    mood: Option<Mood>,
    stored: usize,
}

#[async_trait]
impl ReportLine for Line {
    async fn send(self: Box<Self>, message: Bytes) -> Result<(), Trouble> {
        if let Some(Mood::Refuses(trouble)) = self.mood {
            return Err(trouble);
        }
        self.played.messages.lock().unwrap().push(message);
        if self.mood.is_some() { Err(Trouble::Broken("no answer".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl ImageLine for Line {
    async fn store(&mut self, image: LeavingImage) -> Result<(), Trouble> {
        match &self.mood {
            Some(Mood::BreaksOffAfter(count)) if self.stored == *count => {
                return Err(Trouble::Broken("aborted".into()));
            }
            Some(Mood::Refuses(trouble)) => return Err(trouble.clone()),
            _ => self.stored += 1,
        }
        let dataset = [&image.head[..], &image.tail[..]].concat();
        self.played.images.lock().unwrap().push((image.announced.sop_instance_uid, dataset));
        Ok(())
    }

    async fn finish(self: Box<Self>, _: Uuid) -> Result<Receipt, Trouble> {
        let later = self.played.commits_later.load(Ordering::SeqCst);
        Ok(if later { Receipt::Awaited } else { Receipt::Stored })
    }
}

/// Objects while it is told to.
#[derive(Default)]
pub struct Objecting(pub AtomicBool);

#[async_trait]
impl Objections for Objecting {
    async fn objects(&self, _: &ExamDetail, _: &Partner, _: TransmissionKind) -> Result<bool, ArchiveError> {
        Ok(self.0.load(Ordering::SeqCst))
    }
}

/// A university hospital that knows patients by the group's own numbers, and takes reports and images.
pub fn hospital() -> Partner {
    Partner {
        name: CHU.into(),
        report: Some(ReportForm {
            message: ReportMessage::Oru,
            document: ReportDocument::Pdf,
            receiving: ["DPI".into(), CHU.into()],
        }),
        images: true,
        coercion: Coercion::default(),
    }
}

/// One that has its own numbers: its domain of patients, the placer number as accession number.
pub fn with_own_numbers() -> Partner {
    let coercion =
        Coercion { patient: PatientNumber::Of(CHU.into()), accession: AccessionNumber::Placer, ..Coercion::default() };
    Partner { coercion, ..hospital() }
}

pub fn partners(partner: Partner, played: &Arc<Played>) -> Partners {
    let rule = PartnerRule { partner: partner.name.clone(), structures: vec![CHU_FINESS.into()], ..Default::default() };
    Partners {
        rules: PartnerRules { partners: vec![rule], others: vec!["920008059".into()] },
        all: vec![partner],
        senders: Arc::new(Ways(Arc::clone(played))),
        objections: Arc::new(NoObjections),
    }
}
