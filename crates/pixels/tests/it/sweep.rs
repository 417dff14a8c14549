//! Every file of a folder, named by `NEGATOSCOPE_SWEEP`: nothing may panic; where the folder above holds a
//! `manifest.tsv`, the first frame of what is stored without loss must have the digest it tells.

use crate::codecs::first_frame_digest;
use pixels::{ImageFormat, Output};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn files(root: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

/// The digests of the first frames, by path.
fn digests(root: &Path) -> BTreeMap<String, String> {
    let Ok(table) = std::fs::read_to_string(root.parent().unwrap().join("manifest.tsv")) else {
        return BTreeMap::new();
    };
    let mut lines = table.lines();
    let columns: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let column = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let (path, digest) = (column("path"), column("first_frame_md5"));
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        (cells[path].trim_start_matches("dicom/").to_owned(), cells[digest].to_owned())
    };
    lines.map(row).filter(|(_, digest)| !digest.is_empty()).collect()
}

/// What became of the first frame.
fn outcome(bytes: &[u8], expected: Option<&String>) -> String {
    let output = Output { fit: Some((256, 256)), ..Output::new(ImageFormat::Jpeg(85)) };
    let picture = match pixels::render::part10(bytes, 0, &output) {
        Ok(picture) => format!("{} bytes", picture.len()),
        Err(error) => error.to_string(),
    };
    let Some(expected) = expected else { return picture };
    match first_frame_digest(bytes) {
        Ok(digest) if digest == *expected => format!("{picture}, exact"),
        Ok(_) => format!("{picture}, DIFFERS"),
        Err(error) => format!("{picture}, {error}"),
    }
}

#[test]
fn a_folder_of_files_is_rendered_without_a_panic() {
    let Some(root) = std::env::var_os("NEGATOSCOPE_SWEEP") else {
        println!("skipped: a_folder_of_files_is_rendered_without_a_panic: NEGATOSCOPE_SWEEP names no folder");
        return;
    };
    let root = Path::new(&root);
    let digests = digests(root);
    let mut paths = Vec::new();
    files(root, &mut paths);
    paths.sort();
    for path in &paths {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        println!("{name}: {}", outcome(&std::fs::read(path).unwrap(), digests.get(&name)));
    }
}
