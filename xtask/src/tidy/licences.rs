//! Every library, of Rust and of the viewer, carries a licence the project accepts.

use anyhow::{Context, Result};
use serde_json::Value;
use std::path::Path;

const ACCEPTED: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MPL-2.0",
    "Zlib",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "CC0-1.0",
    "IJG",
    "CDLA-Permissive-2.0",
    "OFL-1.1",
    "0BSD",
    "Unlicense",
    "BSL-1.0",
    "Apache-2.0 WITH LLVM-exception",
    "MIT-0",
];

/// Build tools that packages drag in as dependencies though nothing of them reaches the bundle (`dist/licences.txt`
/// lists what does).
const NOT_SHIPPED: &[&str] = &["node_modules/argparse", "node_modules/caniuse-lite", "node_modules/rechoir"];

/// Problems: a library with no licence, or with one that is not accepted.
pub fn check(root: &Path, metadata: &Value) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in metadata["packages"].as_array().context("no packages")? {
        let name = package["name"].as_str().unwrap_or_default();
        if let Err(why) = acceptable(package["license"].as_str().unwrap_or_default()) {
            problems.push(format!("crate {name}: {why}"));
        }
    }
    for lock in ["viewer/package-lock.json", "e2e/package-lock.json"] {
        let Ok(text) = std::fs::read_to_string(root.join(lock)) else { continue };
        let lock_file: Value = serde_json::from_str(&text)?;
        for (path, package) in lock_file["packages"].as_object().into_iter().flatten() {
            // Tools that only build or test are not shipped.
            if path.is_empty() || package["dev"].as_bool() == Some(true) || NOT_SHIPPED.contains(&path.as_str()) {
                continue;
            }
            if let Err(why) = acceptable(package["license"].as_str().unwrap_or_default()) {
                problems.push(format!("{lock}: {path}: {why}"));
            }
        }
    }
    Ok(problems)
}

fn acceptable(expression: &str) -> Result<(), String> {
    let parsed = spdx::Expression::parse_mode(expression, spdx::ParseMode::LAX)
        .map_err(|_| format!("licence {expression:?} is not understood"))?;
    let fine = parsed.evaluate(|requirement| ACCEPTED.contains(&requirement.to_string().as_str()));
    if fine { Ok(()) } else { Err(format!("licence {expression:?} is not accepted")) }
}
