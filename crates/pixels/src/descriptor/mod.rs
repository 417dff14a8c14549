//! What must be known of an image to show one of its frames.

mod lut;

use crate::error::PixelsError;
use crate::render::MAX_PIXELS;
use dicom::frames::number_of_frames;
use dicom::scan::{DataSet, Scanned};
use dicom::{Tag, Vr, tag};
use serde::{Deserialize, Serialize};

/// All that the header says about the pixels of one frame.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageDescriptor {
    /// Transfer Syntax UID.
    pub transfer_syntax: String,
    /// Rows (0028,0010).
    pub rows: u32,
    /// Columns (0028,0011).
    pub columns: u32,
    /// Samples per Pixel (0028,0002): 1 or 3.
    pub samples: u32,
    /// Photometric Interpretation (0028,0004), in capitals.
    pub photometric: String,
    /// Planar Configuration (0028,0006) is 1: colour by plane.
    pub by_plane: bool,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: u32,
    /// Bits Stored (0028,0101).
    pub bits_stored: u32,
    /// High Bit (0028,0102).
    pub high_bit: u32,
    /// What a stored sample is.
    pub kind: SampleKind,
    /// Whether native samples are big endian.
    pub big_endian: bool,
    /// For Bits Allocated 1: the bit of the first byte at which the frame begins.
    pub first_bit: u32,
    /// Pixel Padding Value and Range Limit, in order: stored values without meaning, shown as background.
    pub padding: Option<(i64, i64)>,
    /// From stored values to modality units (PS3.3 §C.11.1).
    pub modality: Modality,
    /// From modality units to what is shown (PS3.3 §C.11.2); the first one the header gives.
    pub voi: Option<Voi>,
    /// Red, green and blue tables of PALETTE COLOR.
    pub palette: Option<Box<[Lut; 3]>>,
}

/// What a stored sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SampleKind {
    /// Pixel Representation 0.
    Unsigned,
    /// Pixel Representation 1.
    Signed,
    /// Float Pixel Data, 32 bits.
    Float,
    /// Double Float Pixel Data, 64 bits.
    Double,
}

/// The modality transformation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Modality {
    /// `value × slope + intercept`.
    Linear {
        /// Rescale Slope (0028,1053).
        slope: f64,
        /// Rescale Intercept (0028,1052).
        intercept: f64,
    },
    /// Modality LUT Sequence (0028,3000).
    Table(Lut),
}

/// The transformation to what is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Voi {
    /// Window Center and Window Width.
    Window {
        /// Window Center (0028,1050).
        center: f64,
        /// Window Width (0028,1051).
        width: f64,
        /// VOI LUT Function (0028,1056).
        function: VoiFunction,
    },
    /// VOI LUT Sequence (0028,3010).
    Table(Lut),
}

/// VOI LUT Function (PS3.3 §C.11.2.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum VoiFunction {
    /// `LINEAR`, the default.
    Linear,
    /// `LINEAR_EXACT`.
    LinearExact,
    /// `SIGMOID`.
    Sigmoid,
}

/// A look-up table (PS3.3 §C.11.1.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lut {
    /// The input that the first entry answers.
    pub first: i64,
    /// Bits of an entry: 8 or 16.
    pub bits: u32,
    /// The entries; at most 65,536.
    pub entries: Vec<u16>,
}

impl ImageDescriptor {
    /// Of one frame of a scanned instance.
    ///
    /// # Errors
    /// [`PixelsError::NoImage`], [`PixelsError::NoSuchFrame`], [`PixelsError::TooLarge`], or
    /// [`PixelsError::Unsupported`] for attributes that no image may have.
    pub fn of(scanned: &Scanned, frame: u32) -> Result<Self, PixelsError> {
        let pixels = scanned.pixel_data().ok_or(PixelsError::NoImage)?;
        if u64::from(frame) >= number_of_frames(scanned)? {
            return Err(PixelsError::NoSuchFrame);
        }
        let dataset = scanned.dataset();
        let number = |tag| dataset.unsigned(tag).and_then(|number| u32::try_from(number).ok());
        let rows = number(tag::ROWS).unwrap_or(0);
        let columns = number(tag::COLUMNS).unwrap_or(0);
        let samples = number(tag::SAMPLES_PER_PIXEL).unwrap_or(1);
        let kind = match pixels.tag {
            tag::FLOAT_PIXEL_DATA => SampleKind::Float,
            tag::DOUBLE_FLOAT_PIXEL_DATA => SampleKind::Double,
            _ if number(tag::PIXEL_REPRESENTATION) == Some(1) => SampleKind::Signed,
            _ => SampleKind::Unsigned,
        };
        let bits_allocated = match kind {
            SampleKind::Float => 32,
            SampleKind::Double => 64,
            _ => number(tag::BITS_ALLOCATED).unwrap_or(0),
        };
        let bits_stored = number(tag::BITS_STORED).filter(|bits| (1..=bits_allocated).contains(bits));
        let bits_stored = bits_stored.unwrap_or(bits_allocated);
        let high_bit = number(tag::HIGH_BIT).filter(|bit| (bits_stored.max(1) - 1..bits_allocated).contains(bit));
        let photometric = dataset.plain_text(tag::PHOTOMETRIC_INTERPRETATION).unwrap_or_default().to_ascii_uppercase();
        let descriptor = Self {
            transfer_syntax: scanned.transfer_syntax().to_owned(),
            rows,
            columns,
            samples,
            by_plane: samples > 1 && number(tag::PLANAR_CONFIGURATION) == Some(1),
            bits_allocated,
            bits_stored,
            high_bit: high_bit.unwrap_or(bits_stored.max(1) - 1),
            kind,
            // Bytes have no order, and neither have encapsulated frames.
            big_endian: dataset
                .get(pixels.tag)
                .is_some_and(|element| element.is_big_endian() && element.vr() == Vr::OW),
            first_bit: first_bit(rows, columns, samples, bits_allocated, frame),
            padding: padding(dataset),
            modality: modality(dataset, frame),
            voi: voi(dataset, frame),
            palette: (photometric == "PALETTE COLOR").then(|| palette(dataset)).flatten(),
            photometric,
        };
        descriptor.check()?;
        Ok(descriptor)
    }

    /// Refuses what no decoder should be asked to do; everything here comes from outside.
    ///
    /// # Errors
    /// [`PixelsError::TooLarge`] or [`PixelsError::Unsupported`].
    pub(crate) fn check(&self) -> Result<(), PixelsError> {
        if self.rows == 0 || self.columns == 0 {
            return Err(PixelsError::damaged("no rows or no columns"));
        }
        if self.pixels() > MAX_PIXELS || self.rows > 0xFFFF || self.columns > 0xFFFF {
            return Err(PixelsError::TooLarge);
        }
        if !matches!(self.samples, 1 | 3) {
            return Err(PixelsError::unsupported("samples per pixel other than 1 and 3"));
        }
        let allocated = match self.kind {
            SampleKind::Float => self.bits_allocated == 32,
            SampleKind::Double => self.bits_allocated == 64,
            _ => matches!(self.bits_allocated, 1 | 8 | 16 | 32),
        };
        if !allocated || !(1..=self.bits_allocated).contains(&self.bits_stored) || self.high_bit >= self.bits_allocated
        {
            return Err(PixelsError::unsupported("bits allocated"));
        }
        if self.high_bit + 1 < self.bits_stored || self.first_bit > 7 {
            return Err(PixelsError::damaged("high bit below the bits stored"));
        }
        if self.photometric == "PALETTE COLOR" && self.palette.is_none() {
            return Err(PixelsError::damaged("palette colour without a palette"));
        }
        Ok(())
    }

    /// Pixels of the frame.
    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.rows) * u64::from(self.columns)
    }
}

/// Where a frame of single bits begins (PS3.5 §8.1.1).
fn first_bit(rows: u32, columns: u32, samples: u32, bits_allocated: u32, frame: u32) -> u32 {
    if bits_allocated != 1 {
        return 0;
    }
    let bits = u128::from(rows) * u128::from(columns) * u128::from(samples) * u128::from(frame);
    (bits % 8) as u32
}

/// Pixel Padding Value, and the other end of its range (PS3.3 §C.7.5.1.1.2).
fn padding(dataset: DataSet<'_>) -> Option<(i64, i64)> {
    let value = dataset.number(tag::PIXEL_PADDING_VALUE)? as i64;
    let limit = dataset.number(tag::PIXEL_PADDING_RANGE_LIMIT).map_or(value, |limit| limit as i64);
    Some((value.min(limit), value.max(limit)))
}

/// The item of a functional group for a frame: its own, else the shared one (PS3.3 §C.7.6.16).
fn functional_group(dataset: DataSet<'_>, frame: u32, group: Tag) -> Option<DataSet<'_>> {
    let per_frame = dataset.items(tag::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).nth(frame as usize);
    let own = per_frame.and_then(|item| item.items(group).next());
    own.or_else(|| dataset.items(tag::SHARED_FUNCTIONAL_GROUPS_SEQUENCE).next()?.items(group).next())
}

fn modality(dataset: DataSet<'_>, frame: u32) -> Modality {
    if let Some(table) = dataset.items(tag::MODALITY_LUT_SEQUENCE).next().and_then(Lut::of_item) {
        return Modality::Table(table);
    }
    let group = functional_group(dataset, frame, tag::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
    let source = group.filter(|group| group.number(tag::RESCALE_SLOPE).is_some()).unwrap_or(dataset);
    let slope = source.number(tag::RESCALE_SLOPE).filter(|slope| *slope != 0.0).unwrap_or(1.0);
    Modality::Linear { slope, intercept: source.number(tag::RESCALE_INTERCEPT).unwrap_or(0.0) }
}

/// The first table, else the first window (PS3.3 §C.11.2.1: alternatives, of which the first is the default).
fn voi(dataset: DataSet<'_>, frame: u32) -> Option<Voi> {
    let group = functional_group(dataset, frame, tag::FRAME_VOI_LUT_SEQUENCE);
    for source in [group, Some(dataset)].into_iter().flatten() {
        if let Some(table) = source.items(tag::VOI_LUT_SEQUENCE).next().and_then(Lut::of_item) {
            return Some(Voi::Table(table));
        }
        let center = source.number(tag::WINDOW_CENTER);
        let width = source.number(tag::WINDOW_WIDTH).filter(|width| *width > 0.0);
        if let (Some(center), Some(width)) = (center, width) {
            let function = match source.plain_text(tag::VOI_LUT_FUNCTION).as_deref() {
                Some("LINEAR_EXACT") => VoiFunction::LinearExact,
                Some("SIGMOID") => VoiFunction::Sigmoid,
                _ => VoiFunction::Linear,
            };
            return Some(Voi::Window { center, width, function });
        }
    }
    None
}

fn palette(dataset: DataSet<'_>) -> Option<Box<[Lut; 3]>> {
    let table = |describing, plain, segmented| Lut::of_palette(dataset, describing, plain, segmented);
    Some(Box::new([
        table(tag::RED_PALETTE_DESCRIPTOR, tag::RED_PALETTE_DATA, tag::SEGMENTED_RED_PALETTE_DATA)?,
        table(tag::GREEN_PALETTE_DESCRIPTOR, tag::GREEN_PALETTE_DATA, tag::SEGMENTED_GREEN_PALETTE_DATA)?,
        table(tag::BLUE_PALETTE_DESCRIPTOR, tag::BLUE_PALETTE_DATA, tag::SEGMENTED_BLUE_PALETTE_DATA)?,
    ]))
}
