//! One series made ready for the web: its bundle goes over the link as it is read, then what describes it.

use super::large::{self, Bundle};
use crate::reader::{Manifests, object_key};
use crate::{Archive, ArchiveError};
use bytes::Bytes;
use dicom::frames::{Frames, frame_spans};
use dicom::header::InstanceHeader;
use dicom::json;
use dicom::scan::{Limits, Scanned, scan_part10};
use flate2::Compression;
use flate2::write::GzEncoder;
use link::series::{InstanceIndex, SeriesIndex, Span};
use link::{BlobInfo, BlobName, SeriesSummary};
use record::{Location, StoredInstance};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::io::Write;
use uuid::Uuid;
use vault::VaultError;

/// What goes over the link in one call, at most.
pub(super) const SLICE_BYTES: usize = 4 << 20;
/// Longer side of a thumbnail, in pixels.
const THUMBNAIL_PIXELS: u32 = 160;
/// Longer side of the first picture for a screen, in pixels.
const SCREEN_PIXELS: u32 = 1600;

/// A prepared instance, before the series is put in order.
struct Prepared {
    order: Order,
    index: InstanceIndex,
    metadata: String,
}

/// Where an instance stands among the others: by its place in the body where all have one, else by number.
#[derive(Debug, Clone, PartialEq)]
struct Order {
    along_normal: Option<f64>,
    number: Option<i64>,
    uid: String,
}

impl Order {
    fn of(header: &InstanceHeader) -> Self {
        let along_normal = header.image_orientation.zip(header.image_position).map(|(o, p)| {
            let normal = [o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]];
            normal.iter().zip(p).map(|(n, p)| n * p).sum()
        });
        Self { along_normal, number: header.instance_number, uid: header.sop_instance_uid.clone() }
    }

    fn compare(&self, other: &Self, by_place: bool) -> Ordering {
        let place = match (self.along_normal, other.along_normal) {
            (Some(a), Some(b)) if by_place => a.total_cmp(&b),
            _ => Ordering::Equal,
        };
        // Two echoes or phases of one place follow one another by number.
        place.then_with(|| self.number.cmp(&other.number)).then_with(|| self.uid.cmp(&other.uid))
    }
}

/// A published series.
pub(super) struct Published {
    pub summary: SeriesSummary,
    pub blobs: Vec<BlobInfo>,
}

/// Sends one series, numbered `series` from 1.
pub(super) async fn send(
    archive: &Archive,
    publication: Uuid,
    series: u32,
    instances: &[StoredInstance],
) -> Result<Published, ArchiveError> {
    let (name, digest) = (BlobName::Bundle(series), Sha256::new());
    let mut bundle = Bundle { archive, publication, name, offset: 0, digest };
    let mut prepared = Vec::with_capacity(instances.len());
    let mut manifests = Manifests::default();
    for instance in instances {
        let offset = bundle.offset;
        let seen = if archive.is_large(instance) {
            let (key, entry) = archive.entry(instance, &mut manifests).await?;
            large::send(&mut bundle, key, &entry).await?
        } else {
            let file = archive.instance_bytes(instance, &mut manifests).await?;
            for slice in file.chunks(SLICE_BYTES) {
                bundle.put(file.slice_ref(slice)).await?;
            }
            Seen::of(&file)
        };
        prepared.push(prepare(instance, &seen, offset)?);
    }
    let by_place = prepared.iter().all(|p| p.order.along_normal.is_some());
    let mut order: Vec<usize> = (0..prepared.len()).collect();
    order.sort_by(|&a, &b| prepared[a].order.compare(&prepared[b].order, by_place));
    let frames = prepared.iter().map(|p| p.index.frames.len() as u32).sum();
    let first = instances.first().map(|instance| &instance.header);
    let mut blobs = vec![bundle.end()];
    if frames > 0 {
        let viewed = order.iter().find(|&&i| !prepared[i].index.frames.is_empty());
        let first = viewed.map(|&i| Drawn { instance: &instances[i], frame: 0, side: SCREEN_PIXELS });
        let middle = order.get(order.len() / 2).map(|&i| Drawn::middle(&instances[i]));
        let wanted = [(BlobName::Thumbnail(series), middle), (BlobName::Screen(series), first)];
        for (name, drawn) in wanted.into_iter().filter_map(|(name, drawn)| Some((name, drawn?))) {
            if let Some(jpeg) = drawn.jpeg(archive).await? {
                blobs.push(small(archive, publication, name, jpeg).await?);
            }
        }
    }
    let metadata = gzip_array(order.iter().map(|&i| prepared[i].metadata.as_str()))?;
    blobs.push(small(archive, publication, BlobName::Metadata(series), metadata).await?);
    let index = SeriesIndex { version: 1, instances: order.iter().map(|&i| prepared[i].index.clone()).collect() };
    let index = serde_json::to_vec(&index).map_err(|error| ArchiveError::Prepare(error.to_string()))?;
    blobs.push(small(archive, publication, BlobName::Index(series), index.into()).await?);
    let text = |field: Option<&String>| field.cloned().unwrap_or_default();
    let summary = SeriesSummary {
        series,
        modality: text(first.and_then(|h| h.modality.as_ref())),
        description: text(first.and_then(|h| h.series_description.as_ref())),
        instances: instances.len() as u32,
        frames,
        viewable: frames > 0,
    };
    Ok(Published { summary, blobs })
}

/// What is known of a file once all of it has been read.
pub(super) struct Seen {
    pub scanned: Option<Scanned>,
    pub size_bytes: u64,
    /// Of the file, hexadecimal.
    pub sha256: String,
    /// SHA-256 of its data set, when it could be scanned.
    pub dataset: Option<[u8; 32]>,
    /// Its first bytes: the preamble and the mark after it.
    pub start: Vec<u8>,
}

impl Seen {
    pub(super) const START_BYTES: usize = 132;

    fn of(file: &[u8]) -> Self {
        let scanned = scan_part10(file, &scan_limits()).ok();
        let dataset = scanned.as_ref().and_then(|scanned| {
            let start = usize::try_from(scanned.dataset_offset()).ok()?;
            Some(Sha256::digest(file.get(start..)?).into())
        });
        Self {
            scanned,
            size_bytes: file.len() as u64,
            sha256: hex::encode(Sha256::digest(file)),
            dataset,
            start: file.iter().copied().take(Self::START_BYTES).collect(),
        }
    }
}

/// Overlay planes are kept, though large.
pub(super) fn scan_limits() -> Limits {
    Limits { bulk_threshold: 1 << 20, ..Limits::default() }
}

/// What the index and the metadata say of one file. A file whose frames cannot be located is still published, for
/// download; it is not shown.
fn prepare(instance: &StoredInstance, seen: &Seen, offset: u64) -> Result<Prepared, ArchiveError> {
    let scanned = seen.scanned.as_ref();
    same_as_received(instance, seen)?;
    let header = scanned.and_then(|scanned| InstanceHeader::from_scan(scanned).ok());
    let frames = match scanned.map(frame_spans) {
        Some(Ok(Frames::Spans(frames))) => frames,
        _ => Vec::new(),
    };
    let span = |s: &dicom::scan::Span| Span { offset: offset + s.offset, size_bytes: s.len };
    let order = header.as_ref().map_or_else(
        || Order { along_normal: None, number: None, uid: instance.header.sop_instance_uid.clone() },
        Order::of,
    );
    Ok(Prepared {
        order,
        index: InstanceIndex {
            offset,
            size_bytes: seen.size_bytes,
            transfer_syntax: instance.header.transfer_syntax_uid.clone(),
            sha256: seen.sha256.clone(),
            preamble_suspicious: dicom::part10::preamble(&seen.start).is_some_and(dicom::part10::preamble_suspicious),
            frames: frames.iter().map(|pieces| pieces.iter().map(span).collect()).collect(),
        },
        metadata: scanned.map_or_else(|| "{}".to_owned(), for_the_viewer),
    })
}

/// What comes out of the vault is what the record says was received, not only what was sealed.
fn same_as_received(instance: &StoredInstance, seen: &Seen) -> Result<(), ArchiveError> {
    let (Location::Sealed { object, .. }, Some(dataset)) = (&instance.location, seen.dataset) else { return Ok(()) };
    if dataset == instance.sha256 {
        return Ok(());
    }
    let key = object_key(object)?;
    Err(VaultError::Damaged { key, what: "an instance is not the one received".into() }.into())
}

/// What a viewer reads of a data set: no private element, and overlay planes inline (PS3.3 §C.9.2).
fn for_the_viewer(scanned: &Scanned) -> String {
    let options = json::Options { private: false, inline_bytes: 1 << 20, padding: false };
    let mut out = Vec::new();
    match json::write_with(scanned, &options, &mut out, &mut |_| None) {
        Ok(()) => String::from_utf8(out).unwrap_or_default(),
        Err(_) => "{}".to_owned(),
    }
}

/// `[a,b,c]`, compressed.
fn gzip_array<'a>(parts: impl Iterator<Item = &'a str>) -> Result<Bytes, ArchiveError> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    let write = |out: &mut GzEncoder<Vec<u8>>| -> std::io::Result<()> {
        out.write_all(b"[")?;
        for (position, part) in parts.enumerate() {
            if position > 0 {
                out.write_all(b",")?;
            }
            out.write_all(part.as_bytes())?;
        }
        out.write_all(b"]")
    };
    write(&mut out).and_then(|()| out.finish()).map(Bytes::from).map_err(|e| ArchiveError::Prepare(e.to_string()))
}

/// A picture that stands for a series.
struct Drawn<'a> {
    instance: &'a StoredInstance,
    frame: u32,
    side: u32,
}

impl<'a> Drawn<'a> {
    fn middle(instance: &'a StoredInstance) -> Self {
        Self { instance, frame: instance.header.frames.saturating_sub(1) / 2, side: THUMBNAIL_PIXELS }
    }

    /// `None` when the image cannot be drawn, which stops nothing.
    async fn jpeg(&self, archive: &Archive) -> Result<Option<Bytes>, ArchiveError> {
        let mut manifests = Manifests::default();
        let (file, frame) = if archive.is_large(self.instance) {
            let (key, entry) = archive.entry(self.instance, &mut manifests).await?;
            let Some(file) = large::one_frame(archive, key, &entry, self.frame).await? else { return Ok(None) };
            (file.into(), 0)
        } else {
            (archive.instance_bytes(self.instance, &mut manifests).await?, self.frame)
        };
        match archive.pictures.thumbnail(file, frame, self.side).await {
            Ok(jpeg) => Ok(Some(jpeg)),
            Err(error) => {
                tracing::warn!(%error, "no picture for a series");
                Ok(None)
            }
        }
    }
}

/// Sends a blob that fits in memory.
pub(super) async fn small(
    archive: &Archive,
    publication: Uuid,
    name: BlobName,
    bytes: Bytes,
) -> Result<BlobInfo, ArchiveError> {
    let info =
        BlobInfo { name: name.clone(), size_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(&bytes)) };
    for (number, slice) in bytes.chunks(SLICE_BYTES).enumerate() {
        archive.door.put(publication, name.clone(), (number * SLICE_BYTES) as u64, bytes.slice_ref(slice)).await?;
    }
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(place: Option<f64>, number: i64, uid: &str) -> Order {
        Order { along_normal: place, number: Some(number), uid: uid.into() }
    }

    #[test]
    fn slices_follow_the_body_and_echoes_their_number() {
        let mut slices =
            [order(Some(5.0), 1, "c"), order(Some(-5.0), 9, "a"), order(Some(5.0), 0, "b"), order(Some(0.0), 2, "d")];
        slices.sort_by(|a, b| a.compare(b, true));
        assert_eq!(slices.map(|s| s.uid), ["a", "d", "b", "c"]);
    }

    #[test]
    fn without_a_place_the_number_decides() {
        let mut slices = [order(None, 3, "c"), order(Some(1.0), 1, "a"), order(None, 2, "b")];
        slices.sort_by(|a, b| a.compare(b, false));
        assert_eq!(slices.map(|s| s.uid), ["a", "b", "c"]);
    }
}
