//! Writes the exams as Part 10 files and PDFs, to be looked at.
//!
//! `cargo run --release -p phantom --example write_files -- FOLDER [small]`

use dicom::part10::{FileMeta, prefix};
use phantom::{Plan, Size};
use std::path::Path;
use time::macros::date;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "phantom-files".to_owned());
    let size = if arguments.next().as_deref() == Some("small") { Size::Small } else { Size::Demo };
    for exam in (Plan { seed: 1, today: date!(2026 - 11 - 25), size }).exams() {
        let folder = Path::new(&folder).join(format!("{:?}", exam.kind));
        std::fs::create_dir_all(&folder)?;
        for (number, instance) in exam.instances.iter().enumerate() {
            let mut file = prefix(&FileMeta {
                sop_class_uid: &instance.sop_class_uid,
                sop_instance_uid: &instance.sop_instance_uid,
                transfer_syntax_uid: &instance.transfer_syntax_uid,
                source_ae_title: None,
            });
            file.extend_from_slice(&instance.dataset);
            std::fs::write(folder.join(format!("{number:04}.dcm")), file)?;
        }
        std::fs::write(folder.join("report.pdf"), exam.report_pdf()?)?;
    }
    Ok(())
}
