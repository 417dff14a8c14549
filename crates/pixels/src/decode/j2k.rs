//! JPEG 2000 and HTJ2K (ISO 15444-1 and -15), by OpenJPEG.

use super::{Samples, Values, check_size, sample_count, stored};
use crate::descriptor::ImageDescriptor;
use crate::error::PixelsError;
use jpeg2k::{DecodeParameters, Image};

pub(super) fn decode(image: &ImageDescriptor, frame: &[u8]) -> Result<Samples, PixelsError> {
    let size = Size::read(frame).ok_or(PixelsError::damaged("JPEG 2000 markers"))?;
    check_size(image, size.rows, size.columns, size.components)?;
    let count = sample_count(image, 8)?;
    // Strict: a truncated stream is an error, not a grey picture.
    let decoded = Image::from_bytes_with(frame, DecodeParameters::new().strict(true));
    let decoded = decoded.map_err(|_| PixelsError::damaged("JPEG 2000 stream"))?;
    let components = decoded.components();
    let pixels = count / image.samples as usize;
    let fits = |component: &jpeg2k::ImageComponent| {
        (component.width(), component.height()) == (image.columns, image.rows) && component.precision() <= 16
    };
    if components.len() != image.samples as usize || !components.iter().all(fits) {
        return Err(PixelsError::unsupported("JPEG 2000 components of several sizes or over 16 bits"));
    }
    let stored = stored(image);
    let planes: Vec<&[i32]> = components.iter().map(jpeg2k::ImageComponent::data).collect();
    let mut values = Vec::with_capacity(count);
    for pixel in 0..pixels {
        values.extend(planes.iter().filter_map(|plane| plane.get(pixel)).map(|value| stored(*value)));
    }
    // The decoder undoes the colour transformation that the stream states (PS3.5 §8.2.4).
    let is_rgb = matches!(image.photometric.as_str(), "YBR_RCT" | "YBR_ICT" | "RGB");
    Ok(Samples { values: Values::Int(values), is_rgb })
}

/// What the SIZ marker says (ISO 15444-1 §A.5.1).
struct Size {
    rows: u32,
    columns: u32,
    components: u32,
}

impl Size {
    fn read(frame: &[u8]) -> Option<Self> {
        // SOC then SIZ; a JP2 file has boxes before them.
        let start = frame.windows(4).take(1 << 16).position(|window| window == [0xFF, 0x4F, 0xFF, 0x51])?;
        let siz = frame.get(start + 4..)?;
        let word = |at: usize| Some(u32::from_be_bytes(*siz.get(at..)?.first_chunk::<4>()?));
        let (columns, rows, left, top) = (word(4)?, word(8)?, word(12)?, word(16)?);
        let (tile_columns, tile_rows) = (word(20)?, word(24)?);
        let components = u32::from(u16::from_be_bytes(*siz.get(36..)?.first_chunk::<2>()?));
        // Thousands of tiles cost memory each, whatever the image.
        let tiles = |size: u32, tile: u32| u64::from(size.div_ceil(tile.max(1)));
        if tiles(columns, tile_columns).saturating_mul(tiles(rows, tile_rows)) > 65_535 {
            return None;
        }
        Some(Self { rows: rows.checked_sub(top)?, columns: columns.checked_sub(left)?, components })
    }
}
