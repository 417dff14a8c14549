//! Only four named erasers destroy: vault object, web copy, landing segment, temporary file.
//!
//! Every line of `src/` that removes a file, a folder or a row is counted against `xtask/erasers.txt`
//! (`count path  why`), so that a new one is a decision someone reads.

use super::{files, shown};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

const ERASING: &[&str] = &[
    "remove_file",
    "remove_dir",
    "DELETE FROM",
    "delete from",
    "unlink",
    "DROP TABLE",
    "REPLACE INTO",
    "OR REPLACE",
    "set_len(0",
    "ftruncate",
];

/// Problems: a file that erases more (or less) than the list says, or is not on the list.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut found = BTreeMap::new();
    for path in files(&root.join("crates"), "rs").into_iter().chain(files(&root.join("crates"), "sql")) {
        let name = shown(root, &path);
        if ["/tests/", "/fuzz/", "/examples/"].iter().any(|part| name.contains(part)) {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let count = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .filter(|line| ERASING.iter().any(|word| line.contains(word)))
            .count();
        if count > 0 {
            found.insert(name, count);
        }
    }
    let mut problems = Vec::new();
    let list = std::fs::read_to_string(root.join("xtask/erasers.txt"))?;
    let mut listed = BTreeMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let mut words = line.split_whitespace();
        if let (Some(count), Some(path)) = (words.next().and_then(|n| n.parse::<usize>().ok()), words.next()) {
            if words.next().is_none() {
                problems.push(format!("xtask/erasers.txt: {path} has no reason"));
            }
            listed.insert(path.to_owned(), count);
        }
    }
    for (path, count) in &found {
        match listed.get(path) {
            None => problems.push(format!("{path} erases in {count} line(s) and is not in xtask/erasers.txt")),
            Some(n) if n != count => problems.push(format!("{path} erases in {count} line(s), the list says {n}")),
            Some(_) => {}
        }
    }
    for path in listed.keys().filter(|path| !found.contains_key(*path)) {
        problems.push(format!("xtask/erasers.txt lists {path}, which erases nothing"));
    }
    Ok(problems)
}
