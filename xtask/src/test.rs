//! `cargo xtask test`: everything that must be true, in suites with a budget of minutes each.

use crate::{sh, tidy, tools};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What `cargo xtask test` may be asked.
#[derive(clap::Args)]
pub struct Options {
    /// The long form of the sweeps (kills, power cuts, hostile files).
    #[arg(long)]
    long: bool,
    /// Only the suites whose name contains this.
    #[arg(long)]
    only: Option<String>,
}

/// What a suite counted.
#[derive(Default, Clone, Copy)]
struct Count {
    passed: u64,
    failed: u64,
    skipped: u64,
}

struct Suite {
    name: &'static str,
    /// Minutes on two cores, compiling included; twice as long fails.
    budget: u64,
    run: fn(&Options) -> Result<Count>,
}

const SUITES: &[Suite] = &[
    Suite { name: "viewer", budget: 4, run: viewer },
    Suite { name: "tidy", budget: 14, run: tidy_suite },
    Suite { name: "rust", budget: 22, run: rust },
    Suite { name: "journey", budget: 16, run: journey },
    Suite { name: "faults", budget: 8, run: faults },
    Suite { name: "browser", budget: 6, run: viewer_in_a_browser },
];

/// Runs the suites; fails when one fails or takes more than twice its budget.
pub fn run(options: &Options) -> Result<()> {
    let missing = tools::ensure();
    for tool in &missing {
        println!("missing: {tool}: the tests that need it are skipped by name");
    }
    std::fs::create_dir_all(sh::root().join("target/test-logs"))?;
    let mut total = Count::default();
    let mut failures = Vec::new();
    for suite in SUITES.iter().filter(|s| options.only.as_ref().is_none_or(|only| s.name.contains(only.as_str()))) {
        println!("── {} (budget {} min)", suite.name, suite.budget);
        let start = Instant::now();
        match (suite.run)(options) {
            Ok(count) => {
                total.passed += count.passed;
                total.failed += count.failed;
                total.skipped += count.skipped;
            }
            Err(error) => {
                total.failed += 1;
                failures.push(format!("{}: {error:#}", suite.name));
            }
        }
        let took = start.elapsed();
        println!("── {} took {:.1} min of {}", suite.name, took.as_secs_f64() / 60.0, suite.budget);
        if took > Duration::from_secs(suite.budget * 120) {
            failures.push(format!("{} took more than twice its budget", suite.name));
        }
    }
    for failure in &failures {
        println!("failed: {failure}");
    }
    println!("{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    if !failures.is_empty() || total.failed > 0 {
        bail!("the tests failed");
    }
    Ok(())
}

fn viewer(_: &Options) -> Result<Count> {
    tools::viewer()?;
    let dir = sh::root().join("viewer");
    watch("viewer", Command::new("npm").args(["test", "--silent"]).current_dir(dir))
}

/// The viewer alone, on images of its own, in headless Chromium.
fn viewer_in_a_browser(_: &Options) -> Result<Count> {
    if !sh::exists("chromium") {
        println!("skipped: viewer in a browser: chromium is missing");
        return Ok(Count { skipped: 1, ..Count::default() });
    }
    tools::viewer()?;
    let dir = sh::root().join("viewer");
    watch("browser", Command::new("npm").args(["run", "test:browser", "--silent"]).current_dir(dir))
}

fn tidy_suite(_: &Options) -> Result<Count> {
    tidy::run(&tidy::Options::default())?;
    Ok(Count { passed: 1, ..Count::default() })
}

fn rust(options: &Options) -> Result<Count> {
    let root = sh::root();
    let mut command = Command::new("cargo");
    if sh::exists("cargo-nextest") {
        command.args(["nextest", "run", "--workspace", "--no-fail-fast", "--success-output", "final"]);
    } else {
        command.args(["test", "--workspace", "--no-fail-fast", "--", "--nocapture"]);
    }
    command.current_dir(&root);
    if let Some(python) = tools::python() {
        command.env("NEGATOSCOPE_PYTHON", python);
    }
    if options.long {
        command.env("NEGATOSCOPE_LONG", "1");
    }
    watch("rust", &mut command)
}

/// The whole journey from outside: the built program, DCMTK, pynetdicom, HL7, a real browser.
fn journey(_: &Options) -> Result<Count> {
    let root = sh::root();
    sh::run(&root, "cargo", &["build", "--quiet", "-p", "negatoscope", "-p", "moved", "-p", "xtask", "--bins"])?;
    let dir = root.join("e2e");
    tools::packages(&dir)?;
    let mut command = Command::new("npm");
    command.args(["test", "--silent"]).current_dir(&dir);
    if let Some(python) = tools::python() {
        command.env("NEGATOSCOPE_PYTHON", python);
    }
    watch("journey", &mut command)
}

/// The built program, hurt from outside.
fn faults(options: &Options) -> Result<Count> {
    // Not the program that runs now: the journeys' build may have replaced it.
    sh::run(&sh::root(), "cargo", &["build", "--quiet", "-p", "xtask"])?;
    let mut command = Command::new(tools::target().join("debug/xtask"));
    command.current_dir(sh::root());
    match options.long {
        true => command.args(["faults", "--long"]),
        false => command.args(["faults", "--each-time", "--at-most", "2"]),
    };
    watch("faults", &mut command)
}

/// Runs a test program, keeps its whole output in `target/test-logs/`, shows what matters, counts.
fn watch(name: &str, command: &mut Command) -> Result<Count> {
    let path = sh::root().join(format!("target/test-logs/{name}.log"));
    let mut log = std::fs::File::create(&path)?;
    let (reader, writer) = std::io::pipe()?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer)
        .spawn()
        .with_context(|| format!("cannot start the {name} tests"))?;
    // Our own copies of the pipe's writing end live in `command`; they must go for the reader to end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut count = Count::default();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        writeln!(log, "{line}")?;
        if note(&line, &mut count) {
            println!("{line}");
        }
    }
    let status = child.wait()?;
    if !status.success() {
        tail(&path, 60)?;
        bail!("{name} tests failed ({status}); the whole output is in {}", path.display());
    }
    if count.passed == 0 {
        bail!("the {name} suite ran no test");
    }
    Ok(count)
}

/// Counts what a line says; true when it is worth showing.
fn note(line: &str, count: &mut Count) -> bool {
    let clean: String = strip_colour(line);
    let text = clean.trim().trim_start_matches(['#', 'ℹ', ' ']);
    let number = |before: &str| -> Option<u64> { text.strip_prefix(before)?.trim().parse().ok() };
    if let Some(skip) = text.strip_prefix("skipped: ") {
        count.skipped += 1;
        println!("skipped: {skip}");
        return false;
    }
    if let Some(n) = number("pass ") {
        count.passed += n;
    } else if let Some(n) = number("fail ") {
        count.failed += n;
    // nextest shows each test's own `test result:`, indented: only its summary counts.
    } else if clean.starts_with("test result:") || text.starts_with("Summary [") || text.starts_with("Tests ") {
        let words: Vec<&str> = text.split_whitespace().collect();
        for pair in words.windows(2) {
            let Ok(n) = pair[0].parse::<u64>() else { continue };
            match pair[1].trim_end_matches([',', ';']) {
                "passed" => count.passed += n,
                "failed" => count.failed += n,
                _ => {}
            }
        }
    } else {
        return ["FAIL [", "error", "✖", "not ok", "SIGABRT", "TIMEOUT"].iter().any(|word| text.starts_with(word));
    }
    true
}

fn strip_colour(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            for c in chars.by_ref() {
                if c.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn tail(path: &Path, lines: usize) -> Result<()> {
    let text = std::fs::read_to_string(path)?;
    let all: Vec<&str> = text.lines().collect();
    for line in &all[all.len().saturating_sub(lines)..] {
        println!("{line}");
    }
    Ok(())
}
