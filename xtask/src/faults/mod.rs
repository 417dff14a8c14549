//! `cargo xtask faults`: the built program, hurt from outside on its whole path, and what it must keep.
//!
//! The ledger ([`traffic::Traffic`]) lives in this process and remembers what the program has acknowledged. A scenario
//! passes when the ledger is in the archive byte for byte, the exam opens on the web with the code of its sheet,
//! nothing half-way is seen, `verify` and `trace verify` agree, and no unfinished file is left ([`place::Place`]).
//!
//! Every scenario is also run on a broken program or a broken disk ([`Report::broken`]) and must fail there.

mod damage;
mod destroy;
mod disk;
mod full;
mod kill;
mod limits;
mod place;
mod power;
mod syncs;
mod time;
mod traffic;
mod web;

use crate::{sh, tools};
use anyhow::{Context, Result, bail};
use std::time::Instant;

/// What `cargo xtask faults` may be asked.
#[derive(clap::Args)]
pub struct Options {
    /// Every point instead of a sample.
    #[arg(long)]
    long: bool,
    /// Only the scenarios whose name contains this.
    #[arg(long)]
    only: Option<String>,
    /// Chooses the sample.
    #[arg(long)]
    seed: Option<u64>,
    /// Trials of each scenario, at most.
    #[arg(long)]
    at_most: Option<u64>,
    /// Only the scenarios that `cargo xtask test` runs each time.
    #[arg(long)]
    each_time: bool,
}

/// How much to do.
pub struct Form {
    /// Every point instead of a sample.
    long: bool,
    seed: u64,
    at_most: u64,
}

impl Form {
    /// Trials: `short`, or `long` in the long form.
    fn trials(&self, short: u64, long: u64) -> u64 {
        if self.long { long } else { short }.min(self.at_most)
    }
}

/// What a scenario saw.
#[derive(Default)]
pub struct Report {
    /// Trials in which the fault did happen.
    n: u64,
    failures: Vec<String>,
    /// How the scenario was seen to fail in this run; `None`: it was not shown.
    broken: Option<&'static str>,
    /// What else is worth telling.
    note: String,
    skipped: Option<&'static str>,
}

impl Report {
    fn skip(why: &'static str) -> Result<Self> {
        Ok(Self { skipped: Some(why), ..Self::default() })
    }

    /// Counts a trial.
    fn trial(&mut self, name: &str, result: Result<()>) {
        self.n += 1;
        if let Err(error) = result {
            println!("   failed: {name}: {error:#}");
            self.failures.push(format!("{name}: {error:#}"));
        }
    }

    /// The same, several times if need be: what a broken disk forgets, the kernel may have written by itself.
    fn must_fail_once(&mut self, how: &'static str, mut trial: impl FnMut() -> Result<()>) {
        let seen = (0..4).map(|_| trial()).find(Result::is_err);
        self.must_fail(how, seen.unwrap_or(Ok(())));
    }

    /// A trial on something broken, which must fail.
    fn must_fail(&mut self, how: &'static str, result: Result<()>) {
        match result {
            Ok(()) => self.failures.push(format!("was not seen to fail: {how}")),
            Err(error) => {
                println!("   seen to fail ({how}): {error:#}");
                self.broken = Some(how);
            }
        }
    }
}

/// A name, what it does, and whether `cargo xtask test` runs it each time.
type Scenario = (&'static str, fn(&Form) -> Result<Report>, bool);

const SCENARIOS: &[Scenario] = &[
    ("kill at a system call of a pass", kill::during_a_pass, true),
    ("kill at a system call of a start", kill::during_a_start, false),
    ("kill in an expiry and a recall", time::expiry_and_recall, true),
    ("kill in a destruction", destroy::killed, true),
    ("power cut in a store loop", power::cut, true),
    ("first sync fails, then a power cut", power::failing_sync_then_cut, true),
    ("a sync fails", syncs::failing, true),
    ("a write is interrupted", syncs::interrupted, true),
    ("every sync is slow", syncs::slow, false),
    ("disk full", full::blocks, true),
    ("no inode left", full::inodes, true),
    ("disk turned read-only", full::read_only, true),
    ("no descriptor left", limits::descriptors, true),
    ("little memory", limits::memory, true),
    ("damaged object of the vault", damage::vault, true),
    ("damaged web copy", damage::copies, true),
    ("damaged landing record", damage::landing, true),
    ("damaged trace", damage::trace, false),
    ("damaged database", damage::databases, false),
];

/// Runs the scenarios; fails when one fails, or could not be seen to fail.
pub fn run(options: &Options) -> Result<()> {
    tools::ensure();
    sh::run(&sh::root(), "cargo", &["build", "--quiet", "-p", "negatoscope", "-p", "moved"])?;
    // Of its own: a build meanwhile must not change the program between a kill and the next start.
    let kept = tempfile::Builder::new().prefix("faults-program-").tempdir()?;
    for (name, known) in [("negatoscope", &place::PROGRAM), ("negatoscope-moved", &place::MOVED)] {
        let program = kept.path().join(name);
        std::fs::copy(tools::target().join("debug").join(name), &program)?;
        known.set(program).ok().context("the program is known already")?;
    }
    // What runs each time must say the same each time: another seed is for whoever looks for more.
    let same = options.long || options.each_time;
    let seed = options.seed.unwrap_or_else(|| if same { 1 } else { u64::from(std::process::id()) });
    let form = Form { long: options.long, seed, at_most: options.at_most.unwrap_or(u64::MAX) };
    println!("faults, {} form, seed {seed}", if form.long { "long" } else { "short" });
    let mut table = Vec::new();
    for (name, scenario, each_time) in SCENARIOS {
        if options.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) || options.each_time && !each_time {
            continue;
        }
        println!("── {name}");
        let start = Instant::now();
        let report = scenario(&form).unwrap_or_else(|error| Report {
            failures: vec![format!("the scenario itself ended: {error:#}")],
            ..Report::default()
        });
        table.push((*name, report, start.elapsed().as_secs()));
    }
    print_table(&table);
    let failed: usize = table.iter().map(|(_, report, _)| report.failures.len()).sum();
    let passed = table.iter().filter(|(_, report, _)| report.failures.is_empty() && report.skipped.is_none()).count();
    println!("test result: {passed} passed; {failed} failed");
    if failed > 0 {
        bail!("{failed} failures");
    }
    Ok(())
}

fn print_table(table: &[(&str, Report, u64)]) {
    println!("\n{:34} {:>6} {:>8} {:>8} {:>5}  seen to fail by", "scenario", "n", "failures", "3/n", "s");
    for (name, report, seconds) in table {
        if let Some(why) = report.skipped {
            println!("skipped: {name}: {why}");
            continue;
        }
        let bound = if report.n == 0 { "–".into() } else { format!("{:.4}", (3.0 / report.n as f64).min(1.0)) };
        let broken = report.broken.unwrap_or("not in this run");
        println!("{name:34} {:>6} {:>8} {bound:>8} {seconds:>5}  {broken}", report.n, report.failures.len());
        if !report.note.is_empty() {
            println!("{:34} {}", "", report.note);
        }
    }
    for (name, report, _) in table {
        for failure in &report.failures {
            println!("failed: {name}: {failure}");
        }
        if report.failures.is_empty() && report.skipped.is_none() {
            println!("PASS {name}");
        }
    }
}
