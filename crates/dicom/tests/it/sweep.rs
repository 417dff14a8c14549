//! Every file of a folder, named by `NEGATOSCOPE_SWEEP`: nothing may panic, and memory stays bounded.

use std::path::{Path, PathBuf};

fn files(root: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(root).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

#[test]
fn a_folder_of_files_is_read_without_a_panic() {
    let Some(root) = std::env::var_os("NEGATOSCOPE_SWEEP") else {
        println!("skipped: a_folder_of_files_is_read_without_a_panic: NEGATOSCOPE_SWEEP names no folder");
        return;
    };
    let mut paths = Vec::new();
    files(Path::new(&root), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "the folder to sweep is empty");
    let limits = dicom::scan::Limits::default();
    for path in &paths {
        let bytes = std::fs::read(path).unwrap();
        let name = path.strip_prefix(&root).unwrap().display();
        match dicom::scan::scan_part10(&bytes, &limits) {
            Err(error) => println!("{name}: refused: {error}"),
            Ok(scanned) => {
                let from_reader =
                    dicom::scan::scan_reader(std::fs::File::open(path).unwrap(), bytes.len() as u64, &limits).unwrap();
                assert_eq!(from_reader.dataset().elements().count(), scanned.dataset().elements().count());
                let count = scanned.dataset().elements().count();
                println!(
                    "{name}: {} elements, {} {:?}",
                    count,
                    scanned.transfer_syntax(),
                    scanned.pixel_data().map(|p| match &p.layout {
                        dicom::scan::PixelLayout::Native(s) => format!("native {}", s.len),
                        dicom::scan::PixelLayout::Encapsulated { basic_offset_table, fragments } =>
                            format!("{} BOT {} fragments", basic_offset_table.len(), fragments.len()),
                    })
                );
            }
        }
    }
}
