//! Pictures for anyone: every frame of a series up to a cap, beyond it every n-th.

use super::zip_file::ZipFile;
use crate::{Archive, ArchiveError};
use bytes::Bytes;
use record::StoredInstance;

/// Frames of one series that become pictures, at most.
pub const FRAMES_PER_SERIES: u32 = 200;
/// No side of a picture is longer, in pixels.
const SIDE_PIXELS: u32 = 1280;

/// The pictures of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gallery {
    /// Names in the ZIP.
    pub names: Vec<String>,
    /// Its words.
    pub description: String,
    /// Frames in all.
    pub frames: u32,
    /// One frame of so many is shown.
    pub every: u32,
    folder: String,
    seen: u32,
}

impl Gallery {
    pub(super) fn of(exam: usize, series: usize, instances: &[StoredInstance]) -> Self {
        let frames = instances.iter().map(|instance| instance.header.frames).fold(0u32, u32::saturating_add);
        let first = instances.first().map(|instance| &instance.header);
        let words =
            first.into_iter().flat_map(|header| [header.modality.as_deref(), header.series_description.as_deref()]);
        Self {
            names: Vec::new(),
            description: words.flatten().collect::<Vec<_>>().join(" "),
            frames,
            every: frames.div_ceil(FRAMES_PER_SERIES).max(1),
            folder: format!("IMAGES/E{exam:04}/S{series:04}"),
            seen: 0,
        }
    }
}

/// Adds the pictures of one file. A frame that cannot be drawn is left out: it is in the DICOM files.
pub(super) async fn add(
    archive: &Archive,
    mut zip: ZipFile,
    gallery: &mut Gallery,
    instance: &StoredInstance,
    file: Bytes,
) -> Result<ZipFile, ArchiveError> {
    for frame in 0..instance.header.frames {
        let wanted = gallery.seen.is_multiple_of(gallery.every);
        gallery.seen = gallery.seen.saturating_add(1);
        if !wanted {
            continue;
        }
        match archive.pictures.thumbnail(file.clone(), frame, SIDE_PIXELS).await {
            Ok(jpeg) => {
                let name = format!("{}/{:05}.jpg", gallery.folder, gallery.seen);
                zip = zip.add(name.clone(), jpeg).await?;
                gallery.names.push(name);
            }
            Err(error) => tracing::warn!(%error, "a frame was left out of a package"),
        }
    }
    Ok(zip)
}
