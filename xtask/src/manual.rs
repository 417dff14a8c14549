//! `cargo xtask manual`: the generated parts of CONFORMANCE.md, made from the same tables the program uses.

use crate::sh;
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::path::Path;

/// Writes the generated parts.
pub fn run() -> Result<()> {
    let path = sh::root().join("CONFORMANCE.md");
    let text = std::fs::read_to_string(&path)?;
    std::fs::write(&path, renewed(&text)?)?;
    Ok(())
}

/// Whether CONFORMANCE.md holds what would be generated now.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join("CONFORMANCE.md"))?;
    Ok(match renewed(&text)? == text {
        true => Vec::new(),
        false => vec!["CONFORMANCE.md is not up to date: run `cargo xtask manual`".into()],
    })
}

fn renewed(text: &str) -> Result<String> {
    let text = replace(text, "dicom", &dicom_tables())?;
    Ok(text)
}

/// `text` with what stands between the markers of `name` replaced.
fn replace(text: &str, name: &str, content: &str) -> Result<String> {
    let (open, close) = (format!("<!-- manual:{name} -->"), format!("<!-- /manual:{name} -->"));
    let start = text.find(&open).with_context(|| format!("no marker {open}"))? + open.len();
    let end = text.find(&close).with_context(|| format!("no marker {close}"))?;
    if end < start {
        bail!("the markers of {name} stand in the wrong order");
    }
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    Ok(format!("{before}\n{content}{after}"))
}

fn dicom_tables() -> String {
    let mut out = String::from("| transfer syntax | UID |\n|---|---|\n");
    for syntax in dicom::tables::TRANSFER_SYNTAXES {
        let _ = writeln!(out, "| {} | {} |", syntax.name, syntax.uid);
    }
    out.push_str("\n| storage SOP class | UID |\n|---|---|\n");
    for class in dicom::tables::STORAGE_SOP_CLASSES {
        let _ = writeln!(out, "| {} | {} |", class.name, class.uid);
    }
    out
}
