//! Look-up tables as headers give them (PS3.3 §C.11.1.1, §C.7.6.3.1.5, §C.7.9.2).

use super::Lut;
use dicom::scan::{DataSet, Element};
use dicom::{Tag, Vr, tag};

/// Entries of the largest table the standard allows.
const MAX_ENTRIES: usize = 1 << 16;

impl Lut {
    /// Of an item of a Modality or VOI LUT Sequence; `None` when it has no usable table.
    pub(super) fn of_item(item: DataSet<'_>) -> Option<Self> {
        let (count, first, bits) = descriptor(item.get(tag::LUT_DESCRIPTOR)?)?;
        let entries = entries(item.get(tag::LUT_DATA)?, count)?;
        Some(Self { first, bits, entries })
    }

    /// One of the three tables of PALETTE COLOR, plain or segmented.
    pub(super) fn of_palette(dataset: DataSet<'_>, describing: Tag, plain: Tag, segmented: Tag) -> Option<Self> {
        let (count, first, bits) = descriptor(dataset.get(describing)?)?;
        let entries = match dataset.get(plain) {
            Some(element) => entries(element, count)?,
            None => expand(&words(dataset.get(segmented)?)?, count)?,
        };
        Some(Self { first, bits, entries })
    }

    /// The entry that answers `input`; inputs beyond either end take the end's (PS3.3 §C.11.1.1.1).
    pub fn at(&self, input: i64) -> u16 {
        let last = self.entries.len().saturating_sub(1);
        let index = usize::try_from(input.saturating_sub(self.first).max(0)).unwrap_or(last).min(last);
        self.entries.get(index).copied().unwrap_or(0)
    }
}

/// Number of entries, first input and bits of an entry.
fn descriptor(element: Element<'_>) -> Option<(usize, i64, u32)> {
    let numbers: Vec<i64> = element.numbers().into_iter().map(|number| number.map_or(0, |n| n as i64)).collect();
    let [count, first, bits] = numbers.try_into().ok()?;
    // Written as SS, a count above 32,767 reads as negative; 0 stands for 65,536.
    let count = match count {
        0 => MAX_ENTRIES,
        count if count < 0 => usize::try_from(count + MAX_ENTRIES as i64).ok()?,
        count => usize::try_from(count).ok()?,
    };
    Some((count.min(MAX_ENTRIES), first, if bits <= 8 { 8 } else { 16 }))
}

/// The entries of a table: bytes when there are as many bytes as entries, else words, whatever the descriptor says of
/// their bits, as files differ. Fewer than announced are taken as they are.
fn entries(element: Element<'_>, count: usize) -> Option<Vec<u16>> {
    let bytes = element.bytes()?;
    let entries: Vec<u16> = if bytes.len() <= count + 1 && bytes.len() >= count {
        bytes.iter().take(count).map(|byte| u16::from(*byte)).collect()
    } else {
        words(element)?.into_iter().take(count).collect()
    };
    (!entries.is_empty()).then_some(entries)
}

fn words(element: Element<'_>) -> Option<Vec<u16>> {
    let is_big = element.is_big_endian() && element.vr() != Vr::OB;
    let word = |raw: &[u8; 2]| if is_big { u16::from_be_bytes(*raw) } else { u16::from_le_bytes(*raw) };
    Some(element.bytes()?.as_chunks::<2>().0.iter().map(word).collect())
}

/// Unfolds a segmented table (PS3.3 §C.7.9.2): discrete, linear and indirect segments. `None` when it contradicts itself.
fn expand(segments: &[u16], count: usize) -> Option<Vec<u16>> {
    let mut out = Vec::new();
    let mut rest = segments;
    while let [opcode, length, after @ ..] = rest {
        rest = match opcode {
            2 => {
                let [low, high, after @ ..] = after else { return None };
                // An indirect segment repeats `length` segments found at a byte offset from the start.
                let offset = (usize::from(*high) << 16 | usize::from(*low)) / 2;
                let mut copied = segments.get(offset..)?;
                for _ in 0..*length {
                    copied = segment(copied, &mut out, count)?;
                }
                after
            }
            _ => segment(rest, &mut out, count)?,
        };
    }
    out.truncate(count);
    (!out.is_empty()).then_some(out)
}

/// Unfolds one discrete or linear segment; answers what follows it.
fn segment<'s>(segments: &'s [u16], out: &mut Vec<u16>, count: usize) -> Option<&'s [u16]> {
    let [opcode, length, after @ ..] = segments else { return None };
    let length = usize::from(*length);
    if out.len() + length > count.max(1) + MAX_ENTRIES {
        return None;
    }
    match opcode {
        0 => {
            out.extend_from_slice(after.get(..length)?);
            after.get(length..)
        }
        1 => {
            let [end, after @ ..] = after else { return None };
            let start = f64::from(*out.last()?);
            let step = (f64::from(*end) - start) / (length.max(1) as f64);
            out.extend((1..=length).map(|index| (start + step * index as f64).round() as u16));
            Some(after)
        }
        _ => None,
    }
}
