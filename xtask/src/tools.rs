//! What the tests need from outside: found, else installed from Debian's packages when that is possible, else named.

use crate::sh;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// A program and the Debian package that brings it.
const PROGRAMS: &[(&str, &str)] = &[
    ("storescu", "dcmtk"),
    ("chromium", "chromium"),
    ("pdftotext", "poppler-utils"),
    ("zbarimg", "zbar-tools"),
    ("age", "age"),
    ("unzip", "unzip"),
    ("strace", "strace"),
    ("cmake", "cmake"),
    ("mkfs.ext4", "e2fsprogs"),
];

/// Finds or installs every program; returns the names of those still missing.
pub fn ensure() -> Vec<&'static str> {
    let missing: Vec<_> = PROGRAMS.iter().filter(|(program, _)| !sh::exists(program)).collect();
    if !missing.is_empty() && sh::exists("apt-get") && is_root() {
        let mut args = vec!["install", "-y", "-qq", "--no-install-recommends"];
        args.extend(missing.iter().map(|(_, package)| *package));
        let env = [("DEBIAN_FRONTEND", "noninteractive")];
        let root = sh::root();
        if sh::run_with(&root, "apt-get", &["update", "-qq"], &env)
            .and_then(|()| sh::run_with(&root, "apt-get", &args, &env))
            .is_err()
        {
            eprintln!("some packages could not be installed");
        }
    }
    PROGRAMS.iter().filter(|(program, _)| !sh::exists(program)).map(|(program, _)| *program).collect()
}

fn is_root() -> bool {
    sh::output(Path::new("/"), "id", &["-u"]).is_ok_and(|uid| uid.trim() == "0")
}

/// A Python with pynetdicom and pydicom in a folder of ours; `None` when it cannot be had.
pub fn python() -> Option<PathBuf> {
    let venv = sh::root().join("target/test-python");
    let python = venv.join("bin/python");
    let ready = |python: &Path| {
        sh::output(Path::new("/"), &python.to_string_lossy(), &["-c", "import pynetdicom, numpy"]).is_ok()
    };
    if !python.exists() || !ready(&python) {
        let made = sh::run(&sh::root(), "python3", &["-m", "venv", &venv.to_string_lossy()]).and_then(|()| {
            let packages = ["-m", "pip", "install", "-q", "pynetdicom==3.0.4", "pydicom==3.0.2", "numpy"];
            sh::run(&sh::root(), &python.to_string_lossy(), &packages)
        });
        if let Err(error) = made {
            eprintln!("python with pynetdicom is missing: {error:#}");
            return None;
        }
    }
    Some(python)
}

/// Installs the packages that a folder's lock file names, unless nothing has changed since.
pub fn packages(dir: &Path) -> Result<()> {
    let stamp = dir.join("node_modules/.package-lock.json");
    let time = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    if !stamp.exists() || time(&dir.join("package-lock.json")) > time(&stamp) {
        sh::run(dir, "npm", &["ci", "--no-audit", "--no-fund"])?;
    }
    Ok(())
}

/// Installs the viewer's packages and builds it.
pub fn viewer() -> Result<()> {
    let dir = sh::root().join("viewer");
    packages(&dir)?;
    sh::run(&dir, "npm", &["run", "build", "--silent"])
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| sh::root().join("target"), PathBuf::from)
}
