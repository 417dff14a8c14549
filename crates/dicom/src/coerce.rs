//! Another system's identifiers in the place of ours, written into a new data set: what is received stays as it is.
//!
//! The new data set says what stood there before (Original Attributes Sequence, PS3.3 §C.12.1.1.9). UIDs and pixels are
//! not touched, so the images stay the same instances; the same changes always give the same bytes.

use crate::scan::{DataSet, Limits, Scanned, scan_part10};
use crate::write::Writer;
use crate::{Error, Tag, Vr, tag};

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text in ASCII, which every character set holds.
    Text(Vr, String),
    /// A sequence of items of texts, in the order of their tags.
    Items(Vec<Vec<(Tag, Vr, String)>>),
    /// Taken away.
    Absent,
}

/// Changes of the top level of a data set, and who makes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Each tag with its new value.
    pub values: Vec<(Tag, Value)>,
    /// Attribute Modification DateTime (DT).
    pub at: String,
    /// Modifying System.
    pub system: String,
}

/// The new data set: `head`, then the file from `tail_offset` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coerced {
    /// The transfer syntax, which is the file's.
    pub transfer_syntax_uid: String,
    /// What is written anew.
    pub head: Vec<u8>,
    /// Where the untouched rest begins in the file.
    pub tail_offset: usize,
}

/// Why a file cannot be rewritten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoerceError {
    /// It cannot be scanned.
    #[error("the file cannot be read: {0}")]
    Unreadable(Error),
    /// Its form is not written here: big endian or deflated.
    #[error("the data set is written in a form that is only read here")]
    Form,
    /// A new value is not ASCII.
    #[error("a new value is not plain ascii")]
    Value,
}

/// One element of the top level: its tag and where it lies, its header included.
struct Piece {
    tag: Tag,
    start: usize,
    end: usize,
}

/// Writes `file` (Part 10) anew with `changes`. Values that are already there change nothing.
///
/// # Errors
/// [`CoerceError`].
pub fn coerce(file: &[u8], changes: &Changes) -> Result<Coerced, CoerceError> {
    let scanned = scan_part10(file, &Limits::default()).map_err(CoerceError::Unreadable)?;
    let dataset = scanned.dataset();
    if scanned.is_deflated() || dataset.elements().any(|element| element.is_big_endian()) {
        return Err(CoerceError::Form);
    }
    let at = usize::try_from(scanned.dataset_offset()).map_err(|_| CoerceError::Form)?;
    let transfer_syntax_uid = scanned.transfer_syntax().to_owned();
    let mut wanted: Vec<(Tag, Vec<u8>)> = Vec::new();
    let mut modified: Vec<&Piece> = Vec::new();
    let pieces = pieces(&scanned, file.len());
    for (tag, value) in &changes.values {
        let written = written(&scanned, *tag, value)?;
        let before = pieces.iter().find(|piece| piece.tag == *tag);
        if same(dataset, *tag, value) {
            continue;
        }
        modified.extend(before);
        wanted.push((*tag, written));
    }
    if wanted.is_empty() {
        return Ok(Coerced { transfer_syntax_uid, head: Vec::new(), tail_offset: at });
    }
    let history = history(&scanned, file, &pieces, &modified, changes)?;
    wanted.push((tag::ORIGINAL_ATTRIBUTES_SEQUENCE, history));
    wanted.sort_by_key(|(tag, _)| *tag);
    let (head, tail_offset) = merge(file, &pieces, &wanted, at);
    Ok(Coerced { transfer_syntax_uid, head, tail_offset })
}

/// Where each element of the top level lies. Up to the next one: delimiters that a walk leaves out belong to it.
fn pieces(scanned: &Scanned, len: usize) -> Vec<Piece> {
    let header = |vr: Vr| if scanned.is_implicit() || !vr.has_long_length() { 8 } else { 12 };
    let starts: Vec<(Tag, usize)> = scanned
        .dataset()
        .elements()
        .map(|element| {
            let offset = usize::try_from(element.span().offset).unwrap_or(len);
            (element.tag(), offset.saturating_sub(header(element.vr())))
        })
        .collect();
    let ends = starts.iter().skip(1).map(|(_, start)| *start).chain([len]);
    starts.iter().zip(ends).map(|((tag, start), end)| Piece { tag: *tag, start: *start, end }).collect()
}

fn same(dataset: DataSet<'_>, tag: Tag, value: &Value) -> bool {
    let Some(element) = dataset.get(tag) else { return *value == Value::Absent };
    match value {
        Value::Text(_, text) => element.bytes().is_some_and(|bytes| bytes.trim_ascii_end() == text.as_bytes()),
        Value::Items(items) => {
            let one = |(set, item): (DataSet<'_>, &Vec<(Tag, Vr, String)>)| {
                set.elements().count() == item.len()
                    && item.iter().all(|(tag, vr, text)| same(set, *tag, &Value::Text(*vr, text.clone())))
            };
            dataset.items(tag).count() == items.len() && dataset.items(tag).zip(items).all(one)
        }
        Value::Absent => false,
    }
}

fn writer(scanned: &Scanned) -> Writer {
    if scanned.is_implicit() { Writer::implicit() } else { Writer::explicit() }
}

fn written(scanned: &Scanned, tag: Tag, value: &Value) -> Result<Vec<u8>, CoerceError> {
    let ascii = |text: &str| text.bytes().all(|byte| (0x20..0x7F).contains(&byte) && byte != b'\\');
    let mut out = writer(scanned);
    match value {
        Value::Absent => {}
        Value::Text(vr, text) if ascii(text) => {
            out.text(tag, *vr, text);
        }
        Value::Text(..) => return Err(CoerceError::Value),
        Value::Items(items) => {
            if !items.iter().flatten().all(|(_, _, text)| ascii(text)) {
                return Err(CoerceError::Value);
            }
            let item = |item: &Vec<(Tag, Vr, String)>| {
                let mut one = writer(scanned);
                for (tag, vr, text) in item {
                    one.text(*tag, *vr, text);
                }
                one
            };
            out.sequence(tag, &items.iter().map(item).collect::<Vec<_>>());
        }
    }
    Ok(out.into_bytes())
}

/// The Original Attributes Sequence: what it held, and an item for what changes now.
fn history(
    scanned: &Scanned,
    file: &[u8],
    pieces: &[Piece],
    modified: &[&Piece],
    changes: &Changes,
) -> Result<Vec<u8>, CoerceError> {
    let mut before: Vec<u8> = Vec::new();
    let mut ordered: Vec<&&Piece> = modified.iter().collect();
    ordered.sort_by_key(|piece| piece.tag);
    for piece in ordered {
        before.extend_from_slice(file.get(piece.start..piece.end).unwrap_or_default());
    }
    let mut item = writer(scanned);
    item.sequence(tag::MODIFIED_ATTRIBUTES_SEQUENCE, &[writer(scanned).with(before)]);
    for (tag, vr, text) in [
        (tag::ATTRIBUTE_MODIFICATION_DATE_TIME, Vr::DT, changes.at.as_str()),
        (tag::MODIFYING_SYSTEM, Vr::LO, changes.system.as_str()),
        (tag::SOURCE_OF_PREVIOUS_VALUES, Vr::LO, ""),
        (tag::REASON_FOR_ATTRIBUTE_MODIFICATION, Vr::CS, "COERCE"),
    ] {
        item.text(tag, vr, text);
    }
    let known = pieces.iter().find(|piece| piece.tag == tag::ORIGINAL_ATTRIBUTES_SEQUENCE);
    let known = match (known, scanned.dataset().get(tag::ORIGINAL_ATTRIBUTES_SEQUENCE)) {
        (Some(_), Some(element)) => {
            let start = usize::try_from(element.span().offset).map_err(|_| CoerceError::Form)?;
            let len = usize::try_from(element.span().len).map_err(|_| CoerceError::Form)?;
            file.get(start..start.saturating_add(len)).unwrap_or_default()
        }
        _ => &[],
    };
    let mut out = writer(scanned);
    out.sequence_after(tag::ORIGINAL_ATTRIBUTES_SEQUENCE, known, &[item]);
    Ok(out.into_bytes())
}

/// The elements in the order of their tags, the changed ones in their place; lengths of groups (retired) are left out
/// where something changes.
fn merge(file: &[u8], pieces: &[Piece], wanted: &[(Tag, Vec<u8>)], at: usize) -> (Vec<u8>, usize) {
    let last = wanted.last().map(|(tag, _)| *tag).unwrap_or(Tag(0, 0));
    let mut head = Vec::new();
    let mut waiting = wanted.iter().peekable();
    let mut rest = pieces.iter().peekable();
    let mut tail = at;
    // Everything up to the last change, wherever a careless writer put it.
    let until = pieces.iter().rposition(|piece| piece.tag <= last).map_or(0, |index| index + 1);
    for piece in rest.by_ref().take(until) {
        while let Some((_, bytes)) = waiting.next_if(|(tag, _)| *tag <= piece.tag) {
            head.extend_from_slice(bytes);
        }
        let replaced = wanted.iter().any(|(tag, _)| *tag == piece.tag);
        if !replaced && piece.tag.1 != 0 {
            head.extend_from_slice(file.get(piece.start..piece.end).unwrap_or_default());
        }
        tail = piece.end;
    }
    waiting.for_each(|(_, bytes)| head.extend_from_slice(bytes));
    (head, tail)
}
