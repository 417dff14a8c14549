//! Bytes as a structured report: whatever they are, pages or none, and never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = archive::report::of_cda(bytes);
});
