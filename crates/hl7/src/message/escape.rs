//! Escape sequences (HL7 v2.5 §2.7).

use super::Delimiters;

/// The text meant by `raw`. Unknown or broken sequences stay as they are.
pub fn unescape(raw: &str, delimiters: Delimiters) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = rest.find(delimiters.escape) {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let mark = delimiters.escape.len_utf8();
        let inside = from.get(mark..).unwrap_or("");
        let end = inside.find(delimiters.escape);
        match end.and_then(|end| Some((inside.get(..end)?, end))) {
            Some((sequence, end)) if push_meaning(sequence, delimiters, &mut out) => {
                rest = inside.get(end + mark..).unwrap_or("");
            }
            _ => {
                out.push(delimiters.escape);
                rest = inside;
            }
        }
    }
    out.push_str(rest);
    out
}

fn push_meaning(sequence: &str, delimiters: Delimiters, out: &mut String) -> bool {
    match sequence {
        "F" => out.push(delimiters.field),
        "S" => out.push(delimiters.component),
        "T" => out.push(delimiters.subcomponent),
        "R" => out.push(delimiters.repetition),
        "E" => out.push(delimiters.escape),
        ".br" | ".BR" | ".sp" | ".SP" => out.push('\n'),
        "H" | "N" => {}
        _ => return sequence.strip_prefix('X').is_some_and(|hex| push_hex(hex, out)),
    }
    true
}

/// Bytes given in hexadecimal: UTF-8 when they are, else each byte its Latin-1 character.
fn push_hex(hex: &str, out: &mut String) -> bool {
    if hex.is_empty() || !hex.len().is_multiple_of(2) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return false;
    }
    let pairs = (0..hex.len()).step_by(2).filter_map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok());
    let bytes: Vec<u8> = pairs.collect();
    match std::str::from_utf8(&bytes) {
        Ok(text) => out.push_str(text),
        Err(_) => out.extend(bytes.iter().map(|&byte| char::from(byte))),
    }
    true
}

/// `text` written so that it stays inside its component: delimiters by their letters, line ends and
/// other control characters as `\X0D\`.
pub fn escape(text: &str, delimiters: Delimiters) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let letter = match c {
            c if c == delimiters.field => "F",
            c if c == delimiters.component => "S",
            c if c == delimiters.subcomponent => "T",
            c if c == delimiters.repetition => "R",
            c if c == delimiters.escape => "E",
            c if c.is_control() => {
                let mut bytes = [0; 4];
                out.push(delimiters.escape);
                out.push('X');
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    out.push_str(&format!("{byte:02X}"));
                }
                out.push(delimiters.escape);
                continue;
            }
            c => {
                out.push(c);
                continue;
            }
        };
        out.push(delimiters.escape);
        out.push_str(letter);
        out.push(delimiters.escape);
    }
    out
}
