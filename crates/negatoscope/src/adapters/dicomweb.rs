//! The DICOMweb services over the archive server: found in the record, traced, read from the landing log or the vault,
//! drawn by the decoders, taken in by the landing log.

use crate::adapters::pictures::descriptor_of;
use crate::adapters::same_content::{self, Held};
use archive::find::Asker;
use archive::images::Images;
use archive::{Archive, ArchiveError};
use async_trait::async_trait;
use bytes::Bytes;
use dicom::frames::{Frames, frame_spans};
use dicom::matching::Query;
use dicom::scan::{Scanned, Span};
use dicomweb::services::{
    Access, Act, Answers, Arrival, Arrivals, Facts, Fault, Finder, Image, Kept, NotKept, Page, Picture, PictureFormat,
    Pieces, UidPath, WindowFunction,
};
use intake::landing::{self, Arriving, Landing, Refusal};
use pixels::{ImageDescriptor, ImageFormat, ImageSource, Output, Pool, RenderRequest, VoiFunction};
use record::{FindPage, Located};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::sync::mpsc;
use trace::{Actor, Event, Gate, Kind, Outcome, Role};

/// Instances for the services.
#[derive(Clone)]
pub struct ServedImages {
    /// The archive server.
    pub archive: Archive,
    /// Where they are.
    pub images: Images,
    /// Who has asked for what, for fifteen minutes.
    pub gate: Gate,
    /// Decoders.
    pub pixels: Pool,
}

/// Who an access is, for the log.
pub fn actor(access: &Access) -> Actor {
    let role = if access.person.is_some() { Role::Staff } else { Role::System };
    Actor { role, label: access.client.to_string(), name: access.person.as_deref().map(str::to_owned) }
}

#[async_trait]
impl dicomweb::services::Images for ServedImages {
    async fn open(&self, access: &Access, path: &UidPath, act: Act) -> Result<Vec<Arc<dyn Image>>, Fault> {
        let UidPath { study, series, instance } = path.clone();
        let path = record::UidPath { study: Some(study), series, instance };
        let found = self.images.located(&path).await.map_err(|error| fault(&error))?;
        let exams: BTreeSet<_> = found.iter().map(|located| (located.exam, located.patient)).collect();
        for (exam, patient) in exams {
            let (kind, what) = match act {
                Act::View => (Kind::ViewImages, "dicomweb"),
                Act::Download => (Kind::Download, "dicomweb"),
            };
            let event = Event {
                kind,
                patient: patient.map(|patient| patient.0.to_string()),
                exam: Some(exam.0),
                actor: actor(access),
                outcome: Outcome::Success,
                detail: BTreeMap::from([("what".to_owned(), what.to_owned())]),
            };
            let session = format!("dicomweb {} {}", access.client, access.person.as_deref().unwrap_or_default());
            self.gate.admit(&session, event).await.map_err(|error| Fault::Unavailable(error.to_string()))?;
        }
        if found.is_empty() {
            return Err(Fault::NotFound);
        }
        Ok(found.into_iter().map(|located| Arc::new(Served::of(self.clone(), located)) as Arc<dyn Image>).collect())
    }
}

#[async_trait]
impl Finder for ServedImages {
    async fn find(&self, access: &Access, query: &Query, page: Page) -> Result<Answers, Fault> {
        let asker = Asker { actor: actor(access), door: "qido-rs" };
        let page = FindPage { after: 0, skip: page.skip, limit: page.limit };
        let found = archive::find::find(&self.archive, &asker, query, page).await.map_err(|error| fault(&error))?;
        let more = found.next.is_some();
        Ok(Answers { found: found.found.into_iter().map(|found| found.attributes).collect(), more })
    }
}

fn fault(error: &ArchiveError) -> Fault {
    match error {
        error if error.is_not_found() => Fault::NotFound,
        error => Fault::Unavailable(error.to_string()),
    }
}

/// One instance.
struct Served {
    of: ServedImages,
    located: Located,
    facts: Facts,
}

impl Served {
    fn of(of: ServedImages, located: Located) -> Self {
        let header = &located.instance.header;
        let facts = Facts {
            study: header.study_instance_uid.clone(),
            series: header.series_instance_uid.clone(),
            instance: header.sop_instance_uid.clone(),
            sop_class: header.sop_class_uid.clone(),
            transfer_syntax: header.transfer_syntax_uid.clone(),
            frames: header.frames,
        };
        Self { of, located, facts }
    }

    /// What is needed to show a frame, and its bytes.
    async fn frame(&self, frame: u32) -> Result<(Box<ImageDescriptor>, Bytes), Fault> {
        let not_drawable = |error: String| Fault::NotDrawable(error);
        let scanned = self.scan().await?;
        let descriptor = descriptor_of(&scanned, frame).map_err(not_drawable)?;
        let pieces = match frame_spans(&scanned).map_err(|error| not_drawable(error.to_string()))? {
            Frames::Spans(frames) => frames.into_iter().nth(frame as usize).ok_or(Fault::NotFound)?,
            Frames::NotAddressable => return Err(Fault::NotDrawable("deflated".into())),
            Frames::None | Frames::Video(_) => return Err(Fault::NotDrawable("no image".into())),
        };
        Ok((descriptor, self.read(&scanned, &pieces).await?))
    }

    /// A deflated data set is small, and is drawn whole.
    async fn whole(&self) -> Result<Bytes, Fault> {
        let mut pieces = self.stream(None).await?;
        let mut whole = Vec::new();
        while let Some(piece) = pieces.recv().await {
            whole.extend_from_slice(&piece?);
            if whole.len() as u64 > archive::images::PART_LIMIT_BYTES {
                return Err(Fault::NotDrawable("too large to be drawn".into()));
            }
        }
        Ok(whole.into())
    }
}

#[async_trait]
impl Image for Served {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn scan(&self) -> Result<Arc<Scanned>, Fault> {
        self.of.images.scan(&self.located.instance).await.map_err(|error| fault(&error))
    }

    async fn read(&self, scanned: &Scanned, pieces: &[Span]) -> Result<Bytes, Fault> {
        self.of.images.read(&self.located.instance, scanned, pieces).await.map_err(|error| fault(&error))
    }

    async fn stream(&self, part: Option<Span>) -> Result<Pieces, Fault> {
        let mut from = self.of.images.stream(&self.located.instance, part).await.map_err(|error| fault(&error))?;
        let (to, pieces) = mpsc::channel(1);
        tokio::spawn(async move {
            while let Some(piece) = from.recv().await {
                if to.send(piece.map_err(|error| fault(&error))).await.is_err() {
                    return;
                }
            }
        });
        Ok(pieces)
    }

    async fn picture(&self, frame: u32, how: &Picture) -> Result<Bytes, Fault> {
        let format = match how.format {
            PictureFormat::Jpeg(quality) => ImageFormat::Jpeg(quality),
            PictureFormat::Png => ImageFormat::Png,
        };
        let function = match how.window.map(|window| window.function) {
            Some(WindowFunction::LinearExact) => VoiFunction::LinearExact,
            Some(WindowFunction::Sigmoid) => VoiFunction::Sigmoid,
            Some(WindowFunction::Linear) | None => VoiFunction::Linear,
        };
        let window = how.window.map(|window| (window.center, window.width));
        let output = Output { fit: how.fit, window, function, region: how.region, ..Output::new(format) };
        let image = if self.scan().await?.is_deflated() {
            ImageSource::Part10 { file: self.whole().await?, frame }
        } else {
            let (descriptor, frame) = self.frame(frame).await?;
            ImageSource::Frame { descriptor, frame }
        };
        let drawn = self.of.pixels.render(RenderRequest { image, output }).await;
        drawn.map(Bytes::from).map_err(|error| Fault::NotDrawable(error.to_string()))
    }

    async fn samples(&self, frame: u32) -> Result<Bytes, Fault> {
        let (descriptor, bytes) = self.frame(frame).await?;
        let decoded = self.of.pixels.samples(descriptor, bytes).await;
        decoded.map(Bytes::from).map_err(|error| Fault::NotDrawable(error.to_string()))
    }
}

/// What is sent goes to the landing log, as what DICOM brings. What is here already in another form is not kept twice.
pub struct StowToLanding {
    /// Where it goes.
    pub landing: Landing,
    /// What is here.
    pub images: Images,
}

#[async_trait]
impl Arrivals for StowToLanding {
    async fn begin(&self, access: &Access, study: Option<&str>) -> Result<Box<dyn Arrival>, NotKept> {
        let source = format!("stow:{}", access.client);
        let arriving = match study {
            Some(study) => Arriving::FileOf { source, study_instance_uid: study.to_owned() },
            None => Arriving::File { source },
        };
        let reception = self.landing.begin(arriving).await.map_err(|refusal| not_kept(&refusal))?;
        let (study, images) = (study.map(str::to_owned), self.images.clone());
        Ok(Box::new(Landed { reception, held: Held::new(), study, images }))
    }
}

struct Landed {
    reception: landing::Reception,
    held: Held,
    study: Option<String>,
    images: Images,
}

impl Landed {
    /// The same instance, if it is here in another form: its bytes differ and all that they say does not.
    async fn here_already(&self) -> Option<Kept> {
        let path = record::UidPath { instance: Some(self.held.announced()?), ..record::UidPath::default() };
        let instance = self.images.located(&path).await.ok()?.into_iter().next()?.instance;
        let is_short = instance.size_bytes <= same_content::MOST_BYTES as u64;
        let is_of_study = self.study.as_ref().is_none_or(|study| *study == instance.header.study_instance_uid);
        if !is_short || !is_of_study {
            return None;
        }
        let mut here = Vec::new();
        let mut pieces = self.images.stream(&instance, None).await.ok()?;
        while let Some(piece) = pieces.recv().await {
            here.extend_from_slice(&piece.ok()?);
        }
        let sent = self.held.whole()?;
        let same = tokio::task::spawn_blocking(move || sent != here && same_content::is_same(&sent, &here));
        let header = instance.header;
        same.await.ok()?.then_some(Kept {
            sop_class: header.sop_class_uid,
            instance: header.sop_instance_uid,
            series: header.series_instance_uid,
            study: header.study_instance_uid,
        })
    }
}

#[async_trait]
impl Arrival for Landed {
    async fn write(&mut self, slice: Bytes) -> Result<(), NotKept> {
        self.held.add(&slice);
        self.reception.write(slice).await.map_err(|refusal| not_kept(&refusal))
    }

    async fn finish(self: Box<Self>) -> Result<Kept, NotKept> {
        if let Some(kept) = self.here_already().await {
            return Ok(kept);
        }
        let accepted = self.reception.finish().await.map_err(|refusal| not_kept(&refusal))?;
        let header = &accepted.header;
        Ok(Kept {
            sop_class: header.sop_class_uid.clone(),
            instance: header.sop_instance_uid.clone(),
            series: header.series_instance_uid.clone(),
            study: header.study_instance_uid.clone(),
        })
    }
}

/// What the client is told (PS3.18 §I.2.2, PS3.7 §C): the same words as for C-STORE.
fn not_kept(refusal: &Refusal) -> NotKept {
    tracing::warn!(%refusal, "an instance was not stored");
    let (reason, is_passing) = match refusal {
        Refusal::NoSpace | Refusal::Unavailable => (0xA700, true),
        Refusal::TooLarge { .. } => (0xA700, false),
        Refusal::Mismatch { .. } | Refusal::InvalidUid { .. } => (0xA900, false),
        Refusal::Unreadable { .. } => (0xC000, false),
        Refusal::Conflict => (0x0111, false),
        Refusal::Declined { .. } => (0x0110, false),
        Refusal::Storage => (0x0110, true),
    };
    NotKept { reason, is_passing }
}
