//! The project's own commands: `cargo xtask demo`, `test`, `faults`, `tidy`, `bench`.
//!
//! This room must not know how the program works inside: it builds, starts and talks to it from outside,
//! as a stranger would.
//!
//! Each command is a module; [`sh`] runs other programs and [`tools`] finds or installs them.
//!
//! Start with [`test`].
#![allow(clippy::disallowed_methods, reason = "a command at the keyboard measures real time")]

mod bench;
mod demo;
mod exams;
mod faults;
mod feed;
mod manual;
mod sh;
mod test;
mod tidy;
mod tools;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Build, show, test and measure Negatoscope")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, start the program on a scratch folder, feed it exams, print what to open.
    Demo(demo::Options),
    /// Write the invented exams as files, for other tools.
    Exams(exams::Options),
    /// Write the generated parts of CONFORMANCE.md.
    Manual,
    /// Install what the tests need, then run them all.
    Test(test::Options),
    /// Kill it, cut its power, fill its disk, flip its bits: what it acknowledged must stay.
    Faults(faults::Options),
    /// Formatting, lints, dependency edges, module docs, erasers, sizes, licences.
    Tidy(tidy::Options),
    /// Speed, as ratios against peers in the same run.
    Bench(bench::Options),
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Exams(options) => exams::run(&options),
        Command::Manual => manual::run(),
        Command::Test(options) => test::run(&options),
        Command::Faults(options) => faults::run(&options),
        Command::Tidy(options) => tidy::run(&options),
        Command::Bench(options) => bench::run(&options),
    }
}
