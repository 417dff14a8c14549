//! Each room's first page says what the room must not know.

use super::shown;
use anyhow::Result;
use std::path::Path;

/// Problems: a room whose module doc is missing, or does not say what it must not know.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut rooms: Vec<_> = std::fs::read_dir(root.join("crates"))?.flatten().map(|e| e.path()).collect();
    rooms.push(root.join("xtask"));
    rooms.sort();
    for room in rooms {
        let lib = room.join("src/lib.rs");
        let page = if lib.exists() { lib } else { room.join("src/main.rs") };
        let Ok(text) = std::fs::read_to_string(&page) else {
            problems.push(format!("{} has no lib.rs nor main.rs", shown(root, &room)));
            continue;
        };
        let doc: String = text.lines().take_while(|line| line.starts_with("//!")).collect::<Vec<_>>().join(" ");
        if !doc.contains("must not know") {
            problems.push(format!("{}: the module doc does not say what the room must not know", shown(root, &page)));
        }
    }
    Ok(problems)
}
