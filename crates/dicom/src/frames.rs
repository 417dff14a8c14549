//! Where each frame lies, so that one can be served without parsing or decoding the others.

use crate::error::Error;
use crate::scan::{PixelLayout, Scanned, Span};
use crate::{tables, tag};

/// Frames above this number are refused: each costs memory, and no known device makes as many.
pub const MAX_FRAMES: u64 = 1_000_000;

/// The frames of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frames {
    /// No pixel data.
    None,
    /// For each frame, in order, the pieces whose concatenation is the frame, without item headers.
    ///
    /// Where Bits Allocated is 1, frames follow one another bit by bit (PS3.5 §8.1.1): a piece covers all the bytes the
    /// frame touches, and frame `n` begins at bit `(n × Rows × Columns) mod 8` of it, the low bit first.
    Spans(Vec<Vec<Span>>),
    /// A video: the pieces of the whole stream. Its frames have no place of their own.
    Video(Vec<Span>),
    /// A deflated data set: its pixels are no bytes of the file.
    NotAddressable,
}

/// Locates the frames of a scan; offsets count from where the scan began.
///
/// # Errors
/// [`Error::Frames`] when a table points outside or backwards, or the pixels are fewer than the header says.
pub fn frame_spans(scanned: &Scanned) -> Result<Frames, Error> {
    let Some(pixels) = scanned.pixel_data() else { return Ok(Frames::None) };
    if scanned.is_deflated() {
        return Ok(Frames::NotAddressable);
    }
    match &pixels.layout {
        PixelLayout::Native(span) => native(scanned, *span).map(Frames::Spans),
        PixelLayout::Encapsulated { fragments, .. } if is_video(scanned) => Ok(Frames::Video(fragments.clone())),
        PixelLayout::Encapsulated { basic_offset_table, fragments, starts } => {
            let encapsulated = Encapsulated { frames: number_of_frames(scanned)?, fragments, starts };
            encapsulated.spans(scanned, basic_offset_table).map(Frames::Spans)
        }
    }
}

/// Bytes of one native frame, rounded up; `None` when an attribute is missing, zero or impossible.
///
/// YBR_FULL_422 has two bytes a pixel, not three (PS3.3 §C.7.6.3.1.2). For Bits Allocated 1 see [`Frames::Spans`].
pub fn native_frame_bytes(scanned: &Scanned) -> Option<u64> {
    Some(native_frame_bits(scanned)?.div_ceil(8))
}

/// Number of Frames (0028,0008): 1 when absent or unreadable (PS3.3 §C.7.6.6).
///
/// # Errors
/// [`Error::Frames`] above [`MAX_FRAMES`].
pub fn number_of_frames(scanned: &Scanned) -> Result<u64, Error> {
    match scanned.dataset().unsigned(tag::NUMBER_OF_FRAMES) {
        Some(frames) if frames > MAX_FRAMES => Err(Error::Frames("more frames than any device makes")),
        Some(frames) if frames > 0 => Ok(frames),
        _ => Ok(1),
    }
}

fn is_video(scanned: &Scanned) -> bool {
    tables::transfer_syntax(scanned.transfer_syntax()).is_some_and(|syntax| syntax.is_video())
}

fn native_frame_bits(scanned: &Scanned) -> Option<u64> {
    let dataset = scanned.dataset();
    let sixteen = |tag| dataset.unsigned(tag).filter(|number| (1..=0xFFFF).contains(number));
    let pixels = sixteen(tag::ROWS)?.checked_mul(sixteen(tag::COLUMNS)?)?;
    let allocated = sixteen(tag::BITS_ALLOCATED).filter(|bits| *bits == 1 || (bits % 8 == 0 && *bits <= 64))?;
    let samples = sixteen(tag::SAMPLES_PER_PIXEL).unwrap_or(1);
    let photometric = dataset.plain_text(tag::PHOTOMETRIC_INTERPRETATION);
    let samples_halved = match photometric.as_deref() {
        // PS3.3 §C.7.6.3.1.2: two luminances share their chrominances, or four do.
        Some("YBR_FULL_422" | "YBR_PARTIAL_422") if samples == 3 => 4,
        Some("YBR_PARTIAL_420") if samples == 3 => 3,
        _ => samples * 2,
    };
    pixels.checked_mul(samples_halved)?.checked_mul(allocated).map(|bits| bits / 2)
}

fn native(scanned: &Scanned, span: Span) -> Result<Vec<Vec<Span>>, Error> {
    let bits = native_frame_bits(scanned).ok_or(Error::Frames("size of a frame unknown"))?;
    let frames = number_of_frames(scanned)?;
    let total = bits.checked_mul(frames).map(|bits| bits.div_ceil(8));
    if total.is_none_or(|bytes| bytes > span.len) {
        return Err(Error::Frames("fewer pixels than declared"));
    }
    let piece = |frame: u64| {
        let start = frame * bits;
        let first = start / 8;
        vec![Span { offset: span.offset + first, len: (start + bits).div_ceil(8) - first }]
    };
    Ok((0..frames).map(piece).collect())
}

/// Encapsulated pixel data (PS3.5 §A.4).
struct Encapsulated<'a> {
    frames: u64,
    fragments: &'a [Span],
    starts: &'a [[u8; 4]],
}

impl Encapsulated<'_> {
    fn spans(&self, scanned: &Scanned, basic_offset_table: &[u32]) -> Result<Vec<Vec<Span>>, Error> {
        if self.fragments.is_empty() {
            return Err(Error::Frames("no fragment"));
        }
        if let Some(offsets) = extended_table(scanned, tag::EXTENDED_OFFSET_TABLE)? {
            let mut frames = self.by_offsets(&offsets)?;
            if let Some(lengths) = extended_table(scanned, tag::EXTENDED_OFFSET_TABLE_LENGTHS)? {
                shorten(&mut frames, &lengths)?;
            }
            return Ok(frames);
        }
        if !basic_offset_table.is_empty() {
            return self.by_offsets(&basic_offset_table.iter().map(|offset| u64::from(*offset)).collect::<Vec<_>>());
        }
        self.without_table()
    }

    /// Offsets count from the first byte of the first fragment's item header, and each must be that of an item.
    fn by_offsets(&self, offsets: &[u64]) -> Result<Vec<Vec<Span>>, Error> {
        if offsets.len() as u64 != self.frames {
            return Err(Error::Frames("offset table of another length than the number of frames"));
        }
        let base = self.fragments.first().map_or(0, |first| first.offset);
        let mut starts = offsets.iter().copied().peekable();
        let mut frames: Vec<Vec<Span>> = Vec::new();
        for fragment in self.fragments {
            if starts.peek() == Some(&(fragment.offset - base)) {
                starts.next();
                frames.push(Vec::new());
            }
            match frames.last_mut() {
                Some(frame) => frame.push(*fragment),
                None => return Err(Error::Frames("offset table does not begin with the first fragment")),
            }
        }
        // Anything left points between fragments, backwards or outside.
        if starts.next().is_some() { Err(Error::Frames("offset table points to no fragment")) } else { Ok(frames) }
    }

    /// One fragment a frame; or all of them for the only frame; or a frame wherever a code stream begins.
    fn without_table(&self) -> Result<Vec<Vec<Span>>, Error> {
        if self.frames == 1 {
            return Ok(vec![self.fragments.to_vec()]);
        }
        if self.fragments.len() as u64 == self.frames {
            return Ok(self.fragments.iter().map(|fragment| vec![*fragment]).collect());
        }
        let mut frames: Vec<Vec<Span>> = Vec::new();
        for (fragment, start) in self.fragments.iter().zip(self.starts) {
            if begins_code_stream(*start) {
                frames.push(Vec::new());
            }
            match frames.last_mut() {
                Some(frame) => frame.push(*fragment),
                None => return Err(Error::Frames("no offset table, and the first fragment begins no image")),
            }
        }
        if frames.len() as u64 == self.frames {
            Ok(frames)
        } else {
            Err(Error::Frames("no offset table, and another number of images than of frames"))
        }
    }
}

/// Whether a JPEG, JPEG-LS, JPEG 2000 or JPEG XL image begins so.
fn begins_code_stream(start: [u8; 4]) -> bool {
    // SOI and a marker; SOC and SIZ; a JP2 or JXL signature box; a bare JXL code stream.
    matches!(start, [0xFF, 0xD8, 0xFF, _] | [0xFF, 0x4F, 0xFF, 0x51] | [0, 0, 0, 0x0C] | [0xFF, 0x0A, _, _])
}

/// An Extended Offset Table or its lengths (PS3.3 §C.7.6.3.1.8): 64-bit numbers.
fn extended_table(scanned: &Scanned, tag: crate::Tag) -> Result<Option<Vec<u64>>, Error> {
    let Some(bytes) = scanned.dataset().bytes(tag).filter(|bytes| !bytes.is_empty()) else { return Ok(None) };
    let (numbers, rest) = bytes.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(Error::Frames("extended offset table cut"));
    }
    Ok(Some(numbers.iter().map(|number| u64::from_le_bytes(*number)).collect()))
}

/// Takes the padding off frames whose true length is known.
fn shorten(frames: &mut [Vec<Span>], lengths: &[u64]) -> Result<(), Error> {
    if frames.len() != lengths.len() {
        return Err(Error::Frames("extended offset table and its lengths differ"));
    }
    for (frame, length) in frames.iter_mut().zip(lengths) {
        let [only] = frame.as_mut_slice() else { continue };
        if *length > only.len {
            return Err(Error::Frames("extended offset table length beyond its fragment"));
        }
        only.len = *length;
    }
    Ok(())
}
