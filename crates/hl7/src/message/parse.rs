//! From bytes to segments.

use super::{Delimiters, Limits, Message, ParseError};
use crate::charset::{Charset, decode};

pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Message, ParseError> {
    if bytes.len() > limits.message_bytes {
        return Err(ParseError::TooLong { found: bytes.len(), limit: limits.message_bytes });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).ok_or(ParseError::NoHeader)?;
    let bytes = bytes.get(start..).unwrap_or(&[]);
    if !bytes.starts_with(b"MSH") {
        return Err(ParseError::NoHeader);
    }
    let delimiters = delimiters(bytes)?;
    let declared = declared_charset(bytes, delimiters);
    let decoded = decode(bytes, declared);
    let segments = split(&decoded.text, delimiters, limits)?;
    Ok(Message {
        text: decoded.text,
        segments,
        delimiters,
        charset: decoded.charset,
        declared,
        charset_lied: decoded.lied,
    })
}

/// MSH-1 and MSH-2. Senders that give fewer than four in MSH-2 get the usual ones for the rest.
fn delimiters(bytes: &[u8]) -> Result<Delimiters, ParseError> {
    let at = |index: usize| bytes.get(index).copied().map(char::from);
    let field = at(3).filter(|&c| usable(c)).ok_or(ParseError::Delimiters)?;
    let usual = Delimiters::default();
    let mut found = [usual.component, usual.repetition, usual.escape, usual.subcomponent];
    for (index, slot) in found.iter_mut().enumerate() {
        match at(4 + index) {
            Some(c) if c == field => break,
            Some(c) if usable(c) => *slot = c,
            Some(_) => return Err(ParseError::Delimiters),
            None => break,
        }
    }
    let [component, repetition, escape, subcomponent] = found;
    let all = [field, component, repetition, escape, subcomponent];
    let distinct = all.iter().enumerate().all(|(i, c)| !all.iter().skip(i + 1).any(|other| other == c));
    if distinct {
        Ok(Delimiters { field, component, repetition, escape, subcomponent })
    } else {
        Err(ParseError::Delimiters)
    }
}

fn usable(c: char) -> bool {
    c.is_ascii_graphic() && !c.is_ascii_alphanumeric()
}

/// MSH-18 read from the raw bytes: the names of character sets are ASCII in all of them.
fn declared_charset(bytes: &[u8], delimiters: Delimiters) -> Option<Charset> {
    let header = bytes.split(|&byte| byte == b'\r' || byte == b'\n').next()?;
    let field = header.split(|&byte| char::from(byte) == delimiters.field).nth(17)?;
    let first = field.split(|&byte| char::from(byte) == delimiters.repetition).next()?;
    Charset::named(std::str::from_utf8(first).ok()?)
}

/// Segments end with CR (v2.5 §2.4). A LF ends one too when a segment's name follows or nothing does;
/// elsewhere it is a line break that a sender left inside a text. A line that is no segment belongs to
/// the OBX or NTE before it; anywhere else it is refused.
fn split(text: &str, delimiters: Delimiters, limits: &Limits) -> Result<Vec<std::ops::Range<usize>>, ParseError> {
    let mut segments: Vec<std::ops::Range<usize>> = Vec::new();
    let mut start = 0;
    for end in ends(text, delimiters) {
        let range = start..end;
        start = end + 1;
        let line = text.get(range.clone()).unwrap_or("");
        if line.trim_matches(|c: char| c.is_control() || c == ' ').is_empty() {
            continue;
        }
        if segments.len() == limits.segments {
            return Err(ParseError::TooManySegments { limit: limits.segments });
        }
        let number = segments.len() + 1;
        let name = line.get(..3).unwrap_or("");
        let is_name = name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        let rest = line.get(3..).unwrap_or("");
        let is_segment = is_name && (rest.is_empty() || rest.starts_with(delimiters.field));
        if !is_segment {
            // A text or a document that its sender broke into lines.
            let open =
                segments.last_mut().filter(|last| continues(text, last)).ok_or(ParseError::SegmentName { number })?;
            open.end = end;
            continue;
        }
        if name == "MSH" && !segments.is_empty() {
            return Err(ParseError::SecondHeader { number });
        }
        segments.push(range);
    }
    Ok(segments)
}

fn continues(text: &str, last: &std::ops::Range<usize>) -> bool {
    matches!(text.get(last.start..).and_then(|rest| rest.get(..3)), Some("OBX" | "NTE"))
}

fn ends(text: &str, delimiters: Delimiters) -> impl Iterator<Item = usize> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'\r' | b'\n'));
    let breaks = breaks.filter(move |&(at, byte)| byte == b'\r' || ends_segment(text, at, delimiters));
    breaks.map(|(at, _)| at).chain([text.len()])
}

fn ends_segment(text: &str, line_feed: usize, delimiters: Delimiters) -> bool {
    let rest = text.get(line_feed + 1..).unwrap_or("");
    let mut next = rest.chars();
    let named = next.by_ref().take(3).filter(|c| c.is_ascii_uppercase() || c.is_ascii_digit()).count() == 3;
    let after_cr = line_feed.checked_sub(1).is_some_and(|before| text.as_bytes().get(before) == Some(&b'\r'));
    after_cr || rest.is_empty() || rest.starts_with(['\r', '\n']) || named && next.next() == Some(delimiters.field)
}
