//! A picture of the first frame of any file: `cargo +nightly fuzz run render -- -rss_limit_mb=1536`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pixels::{ImageFormat, Output};

fuzz_target!(|bytes: &[u8]| {
    let output = Output { fit: Some((64, 64)), ..Output::new(ImageFormat::Png) };
    let _ = pixels::render::part10(bytes, 0, &output);
});
