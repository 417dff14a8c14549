//! What must be known of an image to show one of its frames.

use crate::error::PixelsError;
use dicom::scan::Scanned;
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
        let _ = (scanned, frame);
        Err(PixelsError::NoImage)
    }
}
