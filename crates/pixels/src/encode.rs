//! From a picture of eight bits to a file.

use crate::error::PixelsError;
use crate::protocol::ImageFormat;
use image::imageops::{FilterType, crop_imm, resize};
use image::{GrayImage, ImageEncoder, RgbImage};

/// A picture of eight bits a sample.
pub enum Picture {
    /// One sample a pixel.
    Grey(GrayImage),
    /// Red, green and blue.
    Colour(RgbImage),
}

impl Picture {
    /// Of bytes in rows; `None` when they are not as many as the size asks.
    pub fn new(columns: u32, rows: u32, is_colour: bool, bytes: Vec<u8>) -> Option<Self> {
        if is_colour {
            RgbImage::from_raw(columns, rows, bytes).map(Self::Colour)
        } else {
            GrayImage::from_raw(columns, rows, bytes).map(Self::Grey)
        }
    }

    /// The part of it that lies in a region; all of it when nothing does.
    pub fn cropped(self, region: Option<[u32; 4]>) -> Self {
        let (columns, rows) = self.size();
        let Some([left, top, width, height]) = region.filter(|[left, top, ..]| *left < columns && *top < rows) else {
            return self;
        };
        let (width, height) = (width.clamp(1, columns - left), height.clamp(1, rows - top));
        match self {
            Self::Grey(picture) => Self::Grey(crop_imm(&picture, left, top, width, height).to_image()),
            Self::Colour(picture) => Self::Colour(crop_imm(&picture, left, top, width, height).to_image()),
        }
    }

    /// Scaled down to fit in a box, never up; the proportions are kept.
    pub fn fitted(self, fit: Option<(u32, u32)>) -> Self {
        let (columns, rows) = self.size();
        let Some((width, height)) = fit.map(|(width, height)| (width.max(1), height.max(1))) else { return self };
        if columns <= width && rows <= height {
            return self;
        }
        let scale = f64::min(f64::from(width) / f64::from(columns), f64::from(height) / f64::from(rows));
        let scaled = |size: u32| ((f64::from(size) * scale).round() as u32).max(1);
        let (to_columns, to_rows) = (scaled(columns).min(width), scaled(rows).min(height));
        match self {
            Self::Grey(picture) => Self::Grey(resize(&picture, to_columns, to_rows, FilterType::Triangle)),
            Self::Colour(picture) => Self::Colour(resize(&picture, to_columns, to_rows, FilterType::Triangle)),
        }
    }

    fn size(&self) -> (u32, u32) {
        match self {
            Self::Grey(picture) => picture.dimensions(),
            Self::Colour(picture) => picture.dimensions(),
        }
    }

    /// The file.
    ///
    /// # Errors
    /// [`PixelsError::TooLarge`] for a JPEG of over 65,535 pixels a side.
    pub fn encode(&self, format: ImageFormat) -> Result<Vec<u8>, PixelsError> {
        let (columns, rows) = self.size();
        let mut out = Vec::new();
        match format {
            ImageFormat::Jpeg(quality) => {
                let (bytes, colours) = match self {
                    Self::Grey(picture) => (picture.as_raw(), jpeg_encoder::ColorType::Luma),
                    Self::Colour(picture) => (picture.as_raw(), jpeg_encoder::ColorType::Rgb),
                };
                let side = |size: u32| u16::try_from(size).map_err(|_| PixelsError::TooLarge);
                let encoder = jpeg_encoder::Encoder::new(&mut out, quality.clamp(1, 100));
                encoder
                    .encode(bytes, side(columns)?, side(rows)?, colours)
                    .map_err(|_| PixelsError::damaged("picture"))?;
            }
            ImageFormat::Png => {
                let (bytes, colours) = match self {
                    Self::Grey(picture) => (picture.as_raw(), image::ExtendedColorType::L8),
                    Self::Colour(picture) => (picture.as_raw(), image::ExtendedColorType::Rgb8),
                };
                image::codecs::png::PngEncoder::new(&mut out)
                    .write_image(bytes, columns, rows, colours)
                    .map_err(|_| PixelsError::damaged("picture"))?;
            }
        }
        Ok(out)
    }
}
