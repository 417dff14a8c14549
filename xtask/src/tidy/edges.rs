//! Which room may depend on which: the table of ARCHITECTURE.md, enforced from `cargo metadata`.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

/// Room → rooms it may name in its normal dependencies. Nothing else is allowed.
const ALLOWED: &[(&str, &[&str])] = &[
    ("ambient", &[]),
    ("exam", &[]),
    ("dicom", &[]),
    ("hl7", &[]),
    ("dimse", &["dicom"]),
    ("dicomweb", &["dicom"]),
    ("pixels", &["dicom"]),
    ("vault", &["ambient"]),
    ("trace", &["ambient"]),
    ("work", &["ambient"]),
    ("link", &["exam"]),
    ("record", &["ambient", "dicom", "exam", "work"]),
    ("intake", &["ambient", "dicom", "exam", "hl7", "record"]),
    ("diffusion", &["ambient", "exam", "link", "pixels", "trace"]),
    ("retention", &["ambient", "exam", "record", "trace", "vault"]),
    ("archive", &["ambient", "dicom", "exam", "hl7", "intake", "link", "pixels", "record", "trace", "vault", "work"]),
    ("practice", &["ambient", "archive", "billing", "exam", "record", "trace"]),
    ("portal", &["archive", "billing", "dicomweb", "diffusion", "exam", "link", "practice", "retention"]),
    (
        "negatoscope",
        &[
            "ambient",
            "archive",
            "billing",
            "dicom",
            "dicomweb",
            "diffusion",
            "dimse",
            "exam",
            "hl7",
            "intake",
            "link",
            "pixels",
            "portal",
            "practice",
            "record",
            "retention",
            "trace",
            "vault",
            "work",
        ],
    ),
    ("billing", &[]),
    ("moved", &["ambient", "negatoscope"]),
    ("phantom", &["dicom"]),
    ("testkit", &["ambient"]),
    ("xtask", &["dicom", "dimse", "hl7", "phantom"]),
];

/// Problems: an edge that is not in the table, a room that is not, a room ARCHITECTURE.md does not tell of.
pub fn check(root: &Path, metadata: &Value) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md")).context("ARCHITECTURE.md")?;
    let members = metadata["workspace_members"].as_array().context("no workspace members")?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let ours: Vec<&Value> = packages.iter().filter(|p| members.contains(&p["id"])).collect();
    let names: Vec<&str> = ours.iter().filter_map(|p| p["name"].as_str()).collect();
    for package in &ours {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(room, _)| *room == name) else {
            problems.push(format!("room {name} is not in the table of edges"));
            continue;
        };
        if !architecture.contains(&format!("| `{name}`")) {
            problems.push(format!("ARCHITECTURE.md has no row for room `{name}`"));
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let to = dependency["name"].as_str().unwrap_or_default();
            if dependency["kind"].is_null() && names.contains(&to) && !allowed.contains(&to) {
                problems.push(format!("edge {name} → {to} is not allowed"));
            }
        }
    }
    Ok(problems)
}
