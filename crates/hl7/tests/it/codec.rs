//! Framing.

use hl7::mllp::codec::{Decoder, Frame, FrameError, GARBAGE_BYTES, frame};
use proptest::prelude::*;

fn decode(chunks: &[&[u8]]) -> (Vec<Frame>, Result<(), FrameError>) {
    let mut decoder = Decoder::new(1000);
    let pushed = chunks.iter().try_for_each(|chunk| decoder.push(chunk)).and_then(|()| decoder.finish());
    (std::iter::from_fn(|| decoder.next_frame()).collect(), pushed)
}

fn messages(texts: &[&str]) -> Vec<Frame> {
    texts.iter().map(|text| Frame::Message(text.as_bytes().to_vec())).collect()
}

#[test]
fn two_frames_in_one_segment_are_two_messages() {
    let both = [frame(b"MSH|1"), frame(b"MSH|2")].concat();
    assert_eq!(decode(&[&both]), (messages(&["MSH|1", "MSH|2"]), Ok(())));
}

#[test]
fn case_17_a_trailer_split_anywhere_is_found() {
    let both = [frame(b"MSH|1"), frame(b"MSH|2")].concat();
    for at in 0..both.len() {
        let (head, tail) = both.split_at(at);
        assert_eq!(decode(&[head, tail]).0, messages(&["MSH|1", "MSH|2"]), "cut at {at}");
    }
    let bytes: Vec<&[u8]> = both.chunks(1).collect();
    assert_eq!(decode(&bytes).0, messages(&["MSH|1", "MSH|2"]));
}

#[test]
fn garbage_between_frames_is_passed_over_but_not_for_ever() {
    let noisy = [b"\r\n noise ", frame(b"MSH|1").as_slice(), b"\0\0\n", &frame(b"MSH|2"), b"tail"].concat();
    assert_eq!(decode(&[&noisy]), (messages(&["MSH|1", "MSH|2"]), Ok(())));
    let http = vec![b'G'; GARBAGE_BYTES + 1];
    assert_eq!(decode(&[&http]).1, Err(FrameError::NoFrames));
}

#[test]
fn control_characters_inside_a_message_are_its_text() {
    let odd = b"MSH|\x0c\x1b\x00\x1c\x1d|\x0b|\r";
    assert_eq!(decode(&[&frame(odd)]), (vec![Frame::Message(odd.to_vec())], Ok(())));
}

#[test]
fn a_frame_without_end_is_an_error_and_over_the_limit_too() {
    assert_eq!(decode(&[b"\x0bMSH|1"]), (vec![], Err(FrameError::Unfinished)));
    assert_eq!(decode(&[b"\x0b", &[b'A'; 1002]]).1, Err(FrameError::TooLong { limit: 1000 }));
    assert_eq!(decode(&[&frame(&[b'A'; 1000])]).1, Ok(()));
}

#[test]
fn a_message_that_the_sender_began_again_is_told_apart() {
    let again = [b"\x0bMSH|1|half", frame(b"MSH|2").as_slice()].concat();
    let expected = vec![Frame::CutShort(b"MSH|1|half".to_vec()), Frame::Message(b"MSH|2".to_vec())];
    assert_eq!(decode(&[&again]), (expected, Ok(())));
}

#[test]
fn a_sender_that_forgets_the_last_byte_is_understood() {
    assert_eq!(decode(&[b"\x0bMSH|1\x1c\x0bMSH|2\x1c"]), (messages(&["MSH|1", "MSH|2"]), Ok(())));
}

proptest! {
    #[test]
    fn any_bytes_in_any_chunks_give_the_same_frames(
        bytes in proptest::collection::vec(prop_oneof![Just(0x0bu8), Just(0x1c), Just(0x0d), Just(b'M'), Just(b'S'), Just(b'H'), any::<u8>()], 0..200),
        cuts in proptest::collection::vec(0usize..200, 0..6),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
        cuts.sort_unstable();
        let mut chunks = Vec::new();
        let mut start = 0;
        for cut in cuts {
            chunks.push(&bytes[start..cut]);
            start = cut;
        }
        chunks.push(&bytes[start..]);
        prop_assert_eq!(decode(&chunks), decode(&[&bytes]));
    }

    #[test]
    fn what_is_framed_is_found(texts in proptest::collection::vec("MSH[|A-Z\r]{0,30}", 0..5)) {
        let framed: Vec<u8> = texts.iter().flat_map(|text| frame(text.as_bytes())).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        prop_assert_eq!(decode(&[&framed]).0, messages(&texts));
    }
}
