//! An archive in memory: real Part 10 files, and what was asked of them.

use async_trait::async_trait;
use axum::Extension;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use dicom::attributes::Attributes;
use dicom::matching::Query;
use dicom::part10::{FileMeta, prefix};
use dicom::scan::{Limits, Scanned, Span, scan_part10};
use dicom::write::Writer;
use dicom::{Tag, Vr};
use dicomweb::services::{
    Access, Act, Answers, Arrival, Arrivals, Facts, Fault, Finder, Image, Images, Kept, NotKept, Page, Picture, Pieces,
    Services, UidPath, services,
};
use http_body_util::BodyExt;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;
use tower::ServiceExt;

use crate::rig::Answer;

pub const STUDY: &str = "1.2.3";
pub const SERIES: &str = "1.2.3.4";
pub const CLASS: &str = "1.2.840.10008.5.1.4.1.1.7";
pub const BASE: &str = "https://pacs.example:8443/dicom-web";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";

/// A Part 10 file of three frames of 2 × 2 pixels, numbered from `first`.
pub fn file(instance: &str, syntax: &str, first: u8) -> Vec<u8> {
    let mut set = Writer::explicit();
    set.text(Tag(0x0008, 0x0016), Vr::UI, CLASS)
        .text(Tag(0x0008, 0x0018), Vr::UI, instance)
        .text(Tag(0x0010, 0x0010), Vr::PN, "ESSAI^MARIE")
        .text(Tag(0x0020, 0x000D), Vr::UI, STUDY)
        .text(Tag(0x0020, 0x000E), Vr::UI, SERIES)
        .us(Tag(0x0028, 0x0002), 1)
        .text(Tag(0x0028, 0x0004), Vr::CS, "MONOCHROME2")
        .text(Tag(0x0028, 0x0008), Vr::IS, "3")
        .us(Tag(0x0028, 0x0010), 2)
        .us(Tag(0x0028, 0x0011), 2)
        .us(Tag(0x0028, 0x0100), 8)
        .us(Tag(0x0028, 0x0101), 8)
        .us(Tag(0x0028, 0x0102), 7)
        .us(Tag(0x0028, 0x0103), 0);
    let pixels: Vec<u8> = (first..first + 12).collect();
    if syntax == EXPLICIT {
        set.element(Tag(0x7FE0, 0x0010), Vr::OB, &pixels);
    } else {
        // Any compressed syntax will do: nothing here decodes it.
        let item = |bytes: &[u8]| [&[0xFE, 0xFF, 0x00, 0xE0, bytes.len() as u8, 0, 0, 0], bytes].concat();
        let mut raw = vec![0xE0, 0x7F, 0x10, 0x00, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF];
        raw.extend(item(&[]));
        pixels.chunks(4).for_each(|frame| raw.extend(item(frame)));
        raw.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        set = set.with(raw);
    }
    let meta = FileMeta {
        sop_class_uid: CLASS,
        sop_instance_uid: instance,
        transfer_syntax_uid: syntax,
        source_ae_title: None,
    };
    [prefix(&meta), set.into_bytes()].concat()
}

pub struct OneFile {
    pub facts: Facts,
    pub bytes: Bytes,
    breaks: bool,
}

#[async_trait]
impl Image for OneFile {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    async fn scan(&self) -> Result<Arc<Scanned>, Fault> {
        Ok(Arc::new(scan_part10(&self.bytes, &Limits::default()).unwrap()))
    }

    async fn read(&self, _: &Scanned, pieces: &[Span]) -> Result<Bytes, Fault> {
        let cut = |span: &Span| &self.bytes[span.offset as usize..(span.offset + span.len) as usize];
        Ok(pieces.iter().map(cut).collect::<Vec<_>>().concat().into())
    }

    async fn stream(&self, part: Option<Span>) -> Result<Pieces, Fault> {
        let whole = Span { offset: 0, len: self.bytes.len() as u64 };
        let part = part.unwrap_or(whole);
        let bytes = self.bytes.slice(part.offset as usize..(part.offset + part.len) as usize);
        let breaks = self.breaks;
        let (sender, pieces) = mpsc::channel(1);
        tokio::spawn(async move {
            for (index, piece) in bytes.chunks(100).enumerate() {
                if breaks && index > 0 {
                    let _ = sender.send(Err(Fault::Unavailable("disk gone".into()))).await;
                    return;
                }
                if sender.send(Ok(Bytes::copy_from_slice(piece))).await.is_err() {
                    return;
                }
            }
        });
        Ok(pieces)
    }

    async fn picture(&self, frame: u32, how: &Picture) -> Result<Bytes, Fault> {
        Ok(format!("{frame} {how:?}").into())
    }

    async fn samples(&self, frame: u32) -> Result<Bytes, Fault> {
        Ok(format!("decoded {frame}").into())
    }
}

/// The archive, and what was asked of it.
#[derive(Default, Clone)]
pub struct Archive {
    pub files: Arc<Mutex<Vec<Arc<OneFile>>>>,
    pub opened: Arc<Mutex<Vec<(UidPath, Act)>>>,
    /// What was searched for.
    pub queries: Arc<Mutex<Vec<(Query, Page)>>>,
    /// Abandoned receptions.
    pub dropped: Arc<Mutex<u32>>,
}

impl Archive {
    pub fn with(files: &[Vec<u8>]) -> Self {
        let archive = Self::default();
        files.iter().for_each(|file| archive.put(file, false));
        archive
    }

    pub fn put(&self, file: &[u8], breaks: bool) {
        let bytes = Bytes::copy_from_slice(file);
        let scanned = scan_part10(&bytes, &Limits::default()).unwrap();
        let header = dicom::header::InstanceHeader::from_scan(&scanned).unwrap();
        let facts = Facts {
            study: header.study_instance_uid,
            series: header.series_instance_uid,
            instance: header.sop_instance_uid,
            sop_class: header.sop_class_uid,
            transfer_syntax: header.transfer_syntax_uid,
            frames: header.number_of_frames,
        };
        self.files.lock().unwrap().push(Arc::new(OneFile { facts, bytes, breaks }));
    }

    pub async fn ask(&self, request: Request<Body>) -> Answer {
        self.ask_as(Some(access(true)), request).await
    }

    pub async fn ask_as(&self, access: Option<Access>, request: Request<Body>) -> Answer {
        let (parts, body) = self.open(access, request).await.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes().to_vec()).unwrap_or_default();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub async fn open(&self, access: Option<Access>, request: Request<Body>) -> axum::response::Response {
        let images = Arc::new(self.clone());
        let mut router =
            services(Services { images: images.clone(), finder: images.clone(), arrivals: images, base: BASE.into() });
        if let Some(access) = access {
            router = router.layer(Extension(access));
        }
        router.oneshot(request).await.unwrap()
    }
}

pub fn access(may_store: bool) -> Access {
    Access { client: "reading room".into(), person: None, may_store, nonce: [7; 16] }
}

#[async_trait]
impl Images for Archive {
    async fn open(&self, _: &Access, path: &UidPath, act: Act) -> Result<Vec<Arc<dyn Image>>, Fault> {
        self.opened.lock().unwrap().push((path.clone(), act));
        let files = self.files.lock().unwrap();
        let is_asked = |file: &&Arc<OneFile>| {
            file.facts.study == path.study
                && path.series.as_ref().is_none_or(|series| file.facts.series == *series)
                && path.instance.as_ref().is_none_or(|instance| file.facts.instance == *instance)
        };
        let found: Vec<_> = files.iter().filter(is_asked).map(|file| file.clone() as Arc<dyn Image>).collect();
        if found.is_empty() { Err(Fault::NotFound) } else { Ok(found) }
    }
}

/// Studies numbered from 0, of which the query keeps those of its limit; whoever asks is remembered.
#[async_trait]
impl Finder for Archive {
    async fn find(&self, _: &Access, query: &Query, page: Page) -> Result<Answers, Fault> {
        self.queries.lock().unwrap().push((query.clone(), page));
        let mut study = Attributes::default();
        study.set(Tag(0x0010, 0x0020), Vr::LO, vec!["P1".into()]);
        study.set(Tag(0x0008, 0x1030), Vr::LO, vec!["THORAX".into()]);
        study.set(Tag(0x0020, 0x000D), Vr::UI, vec![STUDY.into()]);
        study.set(Tag(0x0020, 0x000E), Vr::UI, vec![SERIES.into()]);
        study.set(Tag(0x0008, 0x0018), Vr::UI, vec!["1.2.3.4.1".into()]);
        if !query.matches(&study) {
            return Ok(Answers::default());
        }
        Ok(Answers { found: vec![study], more: page.limit == 1 })
    }
}

struct Taking {
    archive: Archive,
    study: Option<String>,
    bytes: Vec<u8>,
    finished: bool,
}

impl Drop for Taking {
    fn drop(&mut self) {
        if !self.finished {
            *self.archive.dropped.lock().unwrap() += 1;
        }
    }
}

#[async_trait]
impl Arrival for Taking {
    async fn write(&mut self, slice: Bytes) -> Result<(), NotKept> {
        self.bytes.extend_from_slice(&slice);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Kept, NotKept> {
        self.finished = true;
        let not_kept = |reason| NotKept { reason, is_passing: false };
        let scanned = scan_part10(&self.bytes, &Limits::default()).map_err(|_| not_kept(0xC000))?;
        let header = dicom::header::InstanceHeader::from_scan(&scanned).map_err(|_| not_kept(0xA900))?;
        if self.study.as_ref().is_some_and(|study| *study != header.study_instance_uid) {
            return Err(not_kept(0xA900));
        }
        self.archive.put(&self.bytes, false);
        Ok(Kept {
            sop_class: header.sop_class_uid,
            instance: header.sop_instance_uid,
            series: header.series_instance_uid,
            study: header.study_instance_uid,
        })
    }
}

#[async_trait]
impl Arrivals for Archive {
    async fn begin(&self, _: &Access, study: Option<&str>) -> Result<Box<dyn Arrival>, NotKept> {
        let study = study.map(str::to_owned);
        Ok(Box::new(Taking { archive: self.clone(), study, bytes: Vec::new(), finished: false }))
    }
}
