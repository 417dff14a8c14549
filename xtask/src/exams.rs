//! `cargo xtask exams DIR`: the invented exams as files, for DCMTK, pynetdicom and anything else that sends files.

use crate::{demo, feed};
use anyhow::Result;
use dicom::part10::{FileMeta, prefix};
use phantom::{Plan, Size};
use serde_json::json;
use std::path::PathBuf;

/// What `cargo xtask exams` may be asked.
#[derive(clap::Args)]
pub struct Options {
    /// Where to write.
    folder: PathBuf,
    /// Other seeds give other people and other images.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// As large as the demonstration's; else small enough for tests.
    #[arg(long)]
    full: bool,
}

/// Writes Part 10 files, HL7 messages and `exams.json`, which lists them.
pub fn run(options: &Options) -> Result<()> {
    let size = if options.full { Size::Demo } else { Size::Small };
    let plan = Plan { seed: options.seed, today: demo::today(), size };
    let mut listed = Vec::new();
    for (position, exam) in plan.exams().into_iter().enumerate() {
        let folder = options.folder.join(format!("{}-{}", position + 1, exam.modality.to_lowercase()));
        std::fs::create_dir_all(&folder)?;
        let mut files = Vec::new();
        for (number, instance) in exam.instances.iter().enumerate() {
            let meta = FileMeta {
                sop_class_uid: &instance.sop_class_uid,
                sop_instance_uid: &instance.sop_instance_uid,
                transfer_syntax_uid: &instance.transfer_syntax_uid,
                source_ae_title: None,
            };
            let mut bytes = prefix(&meta);
            bytes.extend_from_slice(&instance.dataset);
            let path = folder.join(format!("{:05}.dcm", number + 1));
            std::fs::write(&path, bytes)?;
            files.push(path);
        }
        let messages = feed::messages(&exam)?;
        let mut hl7 = serde_json::Map::new();
        for (name, message) in [("patient", messages.patient), ("order", messages.order), ("report", messages.report)] {
            let path = folder.join(format!("{name}.hl7"));
            std::fs::write(&path, message)?;
            hl7.insert(name.into(), json!(path));
        }
        listed.push(json!({
            "modality": exam.modality, "title": exam.title, "accession": exam.accession, "study_uid": exam.study_uid,
            "family_name": exam.patient.used_name.as_ref().unwrap_or(&exam.patient.birth_name),
            "birth_name": exam.patient.birth_name, "first_name": exam.patient.first_name,
            "born": exam.patient.born.to_string(), "folder": folder, "files": files, "hl7": hl7,
        }));
    }
    std::fs::write(options.folder.join("exams.json"), serde_json::to_vec_pretty(&listed)?)?;
    Ok(())
}
