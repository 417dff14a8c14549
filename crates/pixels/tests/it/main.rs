//! What the room promises, by its public door.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "helpers of tests fail by panicking")]

mod codecs;
mod colour;
mod digest;
mod grey;
mod hostile;
mod pdf;
mod pool;
mod sweep;

use dicom::write::Writer;
use dicom::{Tag, Vr, tag};
use image::RgbImage;
use pixels::{ImageFormat, Output};

/// A file of `tests/data`.
fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const PNG: Output = Output::new(ImageFormat::Png);

/// An image to be written: attributes below and above Pixel Representation, then pixels.
#[derive(Clone)]
struct Made {
    size: (u16, u16),
    samples: u16,
    photometric: &'static str,
    bits: (u16, u16),
    signed: bool,
    planar: u16,
    frames: u16,
    after: Writer,
    pixels: Vec<u8>,
}

impl Made {
    /// A grey image, 16 bits allocated, `bits` stored.
    fn grey(columns: u16, bits: u16, signed: bool, pixels: &[i32]) -> Self {
        let rows = u16::try_from(pixels.len()).unwrap() / columns;
        let pixels = pixels.iter().flat_map(|value| (*value as u16).to_le_bytes()).collect();
        Self {
            size: (rows, columns),
            samples: 1,
            photometric: "MONOCHROME2",
            bits: (16, bits),
            signed,
            planar: 0,
            frames: 1,
            after: Writer::explicit(),
            pixels,
        }
    }

    /// A colour image of 8 bits.
    fn colour(rows: u16, columns: u16, photometric: &'static str, pixels: &[u8]) -> Self {
        Self {
            size: (rows, columns),
            samples: 3,
            photometric,
            bits: (8, 8),
            pixels: pixels.to_vec(),
            ..Self::grey(1, 8, false, &[])
        }
    }

    fn text(mut self, tag: Tag, vr: Vr, value: &str) -> Self {
        self.after.text(tag, vr, value);
        self
    }

    fn window(self, center: &str, width: &str) -> Self {
        self.text(tag::WINDOW_CENTER, Vr::DS, center).text(tag::WINDOW_WIDTH, Vr::DS, width)
    }

    fn file(&self) -> Vec<u8> {
        let mut writer = Writer::explicit();
        writer
            .us(tag::SAMPLES_PER_PIXEL, self.samples)
            .text(tag::PHOTOMETRIC_INTERPRETATION, Vr::CS, self.photometric)
            .us(tag::PLANAR_CONFIGURATION, self.planar)
            .text(tag::NUMBER_OF_FRAMES, Vr::IS, &self.frames.to_string())
            .us(tag::ROWS, self.size.0)
            .us(tag::COLUMNS, self.size.1)
            .us(tag::BITS_ALLOCATED, self.bits.0)
            .us(tag::BITS_STORED, self.bits.1)
            .us(tag::HIGH_BIT, self.bits.1 - 1)
            .us(tag::PIXEL_REPRESENTATION, u16::from(self.signed));
        let mut bytes = [vec![0; 128], b"DICM".to_vec(), writer.into_bytes(), self.after.bytes().to_vec()].concat();
        let mut pixels = Writer::explicit();
        pixels.element(tag::PIXEL_DATA, if self.bits.0 > 8 { Vr::OW } else { Vr::OB }, &self.pixels);
        bytes.extend(pixels.into_bytes());
        bytes
    }

    /// The picture of a frame.
    fn show(&self, frame: u32) -> RgbImage {
        picture(&pixels::render::part10(&self.file(), frame, &PNG).unwrap())
    }

    /// The grey values of the first frame.
    fn greys(&self) -> Vec<u8> {
        self.show(0).pixels().map(|pixel| pixel.0[0]).collect()
    }
}

fn picture(file: &[u8]) -> RgbImage {
    image::load_from_memory(file).unwrap().to_rgb8()
}
