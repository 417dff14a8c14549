//! Pictures of a document, checked before anything unpacks them.

use krilla::image::Image;

/// Pixels of a PNG, at most: it is unpacked in memory.
const MAX_PIXELS: u64 = 16_000_000;

/// A picture that can be drawn, and its size in pixels.
pub(super) struct Drawable {
    pub(super) image: Image,
    size: (f32, f32),
}

impl Drawable {
    /// `None` when it is no PNG or JPEG, or too large.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let image = if bytes.starts_with(b"\xff\xd8\xff") {
            Image::from_jpeg(bytes.to_vec().into(), true).ok()?
        } else {
            // PNG (ISO/IEC 15948 §11.2.2): width and height at 16 and 20, big-endian.
            let side = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes).map(u64::from);
            if side(16)? * side(20)? > MAX_PIXELS {
                return None;
            }
            Image::from_png(bytes.to_vec().into(), true).ok()?
        };
        let (width, height) = image.size();
        (width > 0 && height > 0).then_some(Self { image, size: (width as f32, height as f32) })
    }

    /// Its size on paper, in points: 96 pixels to the inch, and inside a box.
    pub(super) fn within(&self, width: f32, height: f32) -> (f32, f32) {
        let (wide, high) = (self.size.0 * 0.75, self.size.1 * 0.75);
        let scale = (width / wide).min(height / high).min(1.0);
        ((wide * scale).max(1.0), (high * scale).max(1.0))
    }
}
