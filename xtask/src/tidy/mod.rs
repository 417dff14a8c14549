//! The rules that a program checks, so that they do not decay.

mod docs;
mod edges;
mod erasers;
mod licences;
mod size;

use crate::sh;
use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// What `cargo xtask tidy` may be asked.
#[derive(clap::Args, Default)]
pub struct Options {
    /// Leave out formatting and clippy: only the rules of this project.
    #[arg(long)]
    pub rules_only: bool,
}

/// Runs every check and reports all that is wrong, not just the first.
pub fn run(options: &Options) -> Result<()> {
    let root = sh::root();
    let mut problems = rules(&root)?;
    if !options.rules_only {
        if sh::run(&root, "cargo", &["fmt", "--all", "--check"]).is_err() {
            problems.push("formatting: run `cargo fmt --all`".into());
        }
        let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"];
        if sh::run(&root, "cargo", &clippy).is_err() {
            problems.push("clippy: see above".into());
        }
    }
    for problem in &problems {
        eprintln!("tidy: {problem}");
    }
    if !problems.is_empty() {
        bail!("tidy found {} problem(s)", problems.len());
    }
    println!("tidy: nothing to say");
    Ok(())
}

/// The project's own rules.
pub fn rules(root: &Path) -> Result<Vec<String>> {
    let metadata: serde_json::Value = serde_json::from_str(&sh::output(
        root,
        "cargo",
        &["metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"],
    )?)?;
    let mut problems = edges::check(root, &metadata)?;
    problems.extend(docs::check(root)?);
    problems.extend(erasers::check(root)?);
    problems.extend(size::check(root)?);
    problems.extend(licences::check(root, &metadata)?);
    problems.extend(crate::manual::check(root)?);
    Ok(problems)
}

/// Every file under `dir` with this ending, in order, generated and installed folders left out.
fn files(dir: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && !["target", "node_modules", "dist", "corpus"].iter().any(|skip| name == *skip) {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// `path` as the project names it.
fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}
