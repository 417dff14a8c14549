//! JPEG XL (ISO 18181), by jxl-oxide.

use super::{Samples, Values, check_size, sample_count, stored};
use crate::descriptor::ImageDescriptor;
use crate::error::PixelsError;
use jxl_oxide::{AllocTracker, JxlImage, JxlThreadPool};

pub(super) fn decode(image: &ImageDescriptor, frame: &[u8]) -> Result<Samples, PixelsError> {
    let damaged = |_| PixelsError::damaged("JPEG XL stream");
    let count = sample_count(image, 8)?;
    let builder = JxlImage::builder()
        .pool(JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(count.saturating_mul(32).max(64 << 20)));
    let decoded = builder.read(frame).map_err(damaged)?;
    let channels = decoded.pixel_format().channels();
    check_size(image, decoded.height(), decoded.width(), u32::try_from(channels).unwrap_or(0))?;
    let render = decoded.render_frame(0).map_err(damaged)?;
    let picture = render.image_all_channels();
    let depth = decoded.image_header().metadata.bit_depth.bits_per_sample().clamp(1, 16);
    let top = f32::from(u16::MAX >> (16 - depth));
    let stored = stored(image);
    let values = picture.buf().iter().map(|value| stored((value.clamp(0.0, 1.0) * top).round() as i32)).collect();
    // Whatever the stream is made of, it is shown as red, green and blue.
    Ok(Samples { values: Values::Int(values), is_rgb: true })
}
