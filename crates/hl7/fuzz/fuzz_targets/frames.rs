//! A stream in any two chunks gives the same frames as in one.
#![no_main]

use hl7::mllp::codec::{Decoder, Frame, FrameError};
use libfuzzer_sys::fuzz_target;

fn decode(chunks: &[&[u8]]) -> (Vec<Frame>, Result<(), FrameError>) {
    let mut decoder = Decoder::new(4096);
    let end = chunks.iter().try_for_each(|chunk| decoder.push(chunk)).and_then(|()| decoder.finish());
    (std::iter::from_fn(|| decoder.next_frame()).collect(), end)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&cut, stream)) = bytes.split_first() else { return };
    let (head, tail) = stream.split_at(usize::from(cut).min(stream.len()));
    assert_eq!(decode(&[head, tail]), decode(&[stream]));
});
