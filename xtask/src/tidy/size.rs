//! The size ratchet: no function over 70 lines, no file over 500; old offenders stand in
//! `xtask/ratchet.txt` with their size, which may only shrink.

use super::{files, shown};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;
use syn::spanned::Spanned;
use syn::visit::Visit;

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

/// Problems: something over its limit that is not on the list or has grown, or a list entry no longer needed.
pub fn check(root: &Path) -> Result<Vec<String>> {
    let mut over = BTreeMap::new();
    for folder in ["crates", "xtask"] {
        for path in files(&root.join(folder), "rs") {
            let text = std::fs::read_to_string(&path)?;
            let name = shown(root, &path);
            let lines = text.lines().count();
            // A table that only repeats one shape may be long; it says so in its first lines.
            let table = text.lines().take(12).any(|line| line.contains("tidy: table"));
            if lines > FILE_LINES && !table {
                over.insert(name.clone(), lines);
            }
            if let Ok(file) = syn::parse_file(&text) {
                let mut functions = Functions { file: name, over: &mut over };
                functions.visit_file(&file);
            }
        }
    }
    for path in files(&root.join("viewer/src"), "ts") {
        let lines = std::fs::read_to_string(&path)?.lines().count();
        if lines > FILE_LINES {
            over.insert(shown(root, &path), lines);
        }
    }
    Ok(compare(&over, &std::fs::read_to_string(root.join("xtask/ratchet.txt"))?))
}

fn compare(over: &BTreeMap<String, usize>, list: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut listed = BTreeMap::new();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        if let Some((lines, name)) = line.split_once(' ')
            && let Ok(lines) = lines.parse::<usize>()
        {
            listed.insert(name.to_owned(), lines);
        }
    }
    for (name, lines) in over {
        match listed.get(name) {
            None => problems.push(format!("{name} has {lines} lines")),
            Some(n) if lines > n => problems.push(format!("{name} has grown from {n} to {lines} lines")),
            Some(n) if lines < n => problems.push(format!("{name} has shrunk to {lines}: lower it in the list")),
            Some(_) => {}
        }
    }
    for name in listed.keys().filter(|name| !over.contains_key(*name)) {
        problems.push(format!("{name} is small enough now: take it off xtask/ratchet.txt"));
    }
    problems
}

struct Functions<'a> {
    file: String,
    over: &'a mut BTreeMap<String, usize>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, block: &syn::Block) {
        let lines = block.span().end().line.saturating_sub(name.span().start().line) + 1;
        if lines > FUNCTION_LINES {
            self.over.insert(format!("{}::{name}", self.file), lines);
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig.ident, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig.ident, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }
}
