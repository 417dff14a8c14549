//! The program: settings, wiring, start, stop, command line.
//!
//! This room must not know the rules: it names every adapter and decides nothing.
//!
//! [`settings`] are read and checked, [`serve`] opens the rooms and connects them through [`adapters`], and each
//! other command is a module of [`commands`]: [`control`] has it done by the server that holds the data folder's lock,
//! or here.
//!
//! Start with [`serve`].

mod adapters;
mod backup;
mod commands;
mod control;
mod cosigning;
mod factor;
mod information;
mod listening;
mod professionals;
mod retaining;
mod rooms;
mod serve;
mod settings;
mod time_keeping;
mod viewer;
mod web;
mod witness;

use ambient::Clock;
use anyhow::Result;
use clap::{Parser, Subcommand};
use control::Order;
use settings::Settings;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Parser)]
#[command(name = "negatoscope", version, about = "Receives, archives and diffuses medical exams")]
struct Cli {
    /// The settings file (TOML). Without it, the defaults: `negatoscope settings` prints them.
    #[arg(long, global = true)]
    settings: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run both servers until told to stop.
    Serve,
    /// Take in DICOM files: a file, a folder, or media with a DICOMDIR.
    Import {
        /// What to read.
        path: PathBuf,
        /// They are adopted from another system without a recorded choice, as this batch.
        #[arg(long, value_name = "BATCH")]
        legacy: Option<String>,
    },
    /// Play a fund that answers care sheets, over a folder. It is no approved anything.
    SimulateFund {
        /// The folder of `practice.simulated-fund`.
        folder: PathBuf,
    },
    /// Decrypt, unzip, digest and decode everything sealed; compare with the record both ways.
    Verify,
    /// Copy everything that could not be made again into a folder, beside the running server. Given again, the same
    /// folder is brought up to date.
    Backup {
        /// Where to.
        folder: PathBuf,
        /// Leave the keys out: without them nothing of the copy can be read.
        #[arg(long)]
        without_keys: bool,
    },
    /// Put a backup back into an empty data folder, after checking all of it.
    Restore {
        /// The backup.
        folder: PathBuf,
        /// Where the keys are, when they were kept apart: `archive` and `diffusion` in one folder.
        #[arg(long)]
        keys: Option<PathBuf>,
    },
    /// Make the record again from the vault and its journal, into an empty data folder's record.
    Rebuild,
    /// The log of every access.
    Trace {
        #[command(subcommand)]
        command: commands::trace::Command,
    },
    /// Be a witness for the logs of others: cosign what only grows.
    Witness(commands::witness::Told),
    /// The system's clock and the kept one.
    Clock {
        #[command(subcommand)]
        command: Option<commands::clock::Command>,
    },
    /// Accounts of the desk's pages.
    Staff {
        #[command(subcommand)]
        command: commands::staff::Command,
    },
    /// Accounts of the prescribers' space.
    Professional {
        #[command(subcommand)]
        command: commands::professional::Command,
    },
    /// The end of the archive: what would go, what goes, what is gone.
    Retention {
        #[command(subcommand)]
        command: commands::retention::Command,
    },
    /// Print every setting with its default.
    Settings,
    /// Print the table of routes of both sides: who may ask for what.
    Routes,
    /// Decode images for the parent process; never run by hand.
    #[command(hide = true)]
    PixelsWorker,
}

/// What every command starts with.
#[derive(Clone)]
pub struct Program {
    /// As read.
    pub settings: Settings,
    /// Time: the system's, but in the tests' own program.
    pub clock: Arc<dyn Clock>,
    /// Where the settings were read, to be read again.
    pub file: Option<PathBuf>,
}

/// The whole program, by this clock.
///
/// # Errors
/// Whatever stopped the command, for the operator.
pub fn main_with(clock: Arc<dyn Clock>) -> Result<ExitCode> {
    let cli = Cli::parse();
    // The one provider of ciphers for TLS in this program; a second call finds the first one's.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    match &cli.command {
        // Before any thread is started: it confines itself.
        Command::PixelsWorker => Ok(pixels::worker::main(pixels::worker::DEFAULT_MEMORY_BYTES)),
        Command::Settings => {
            print!("{}", settings::sample());
            Ok(ExitCode::SUCCESS)
        }
        Command::Witness(told) => {
            // Needs no settings, nor anything of a server.
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(commands::witness::run(told, clock)).map(|()| ExitCode::SUCCESS)
        }
        Command::SimulateFund { folder } => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(commands::simulate_fund::run(folder)).map(|()| ExitCode::SUCCESS)
        }
        Command::Routes => {
            portal::patient::rows(true).iter().for_each(|row| println!("web {row}"));
            portal::desk::rows().iter().for_each(|row| println!("desk {row}"));
            Ok(ExitCode::SUCCESS)
        }
        command => {
            let settings = Settings::load(cli.settings.as_deref())?;
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime
                .block_on(run(command, Program { settings, clock, file: cli.settings.clone() }))
                .map(|()| ExitCode::SUCCESS)
        }
    }
}

async fn run(command: &Command, program: Program) -> Result<()> {
    match command {
        Command::Serve => serve::run(program).await,
        Command::Import { path, legacy } => {
            let path = std::path::absolute(path)?;
            control::order(program, Order::Import { path, legacy: legacy.clone() }).await
        }
        Command::Verify => control::order(program, Order::Verify).await,
        Command::Backup { folder, without_keys } => {
            let order = Order::Backup { folder: std::path::absolute(folder)?, without_keys: *without_keys };
            control::order(program, order).await
        }
        Command::Restore { folder, keys } => {
            backup::put_back(program, &control::Terminal::new(), folder, keys.as_deref()).await
        }
        Command::Rebuild => commands::rebuild::run(program).await,
        // Needs no room: a log is proved at rest, or beside the server.
        Command::Trace { command: commands::trace::Command::Verify { witnessed } } => {
            commands::trace::verify(&program.settings, &control::Terminal::new(), witnessed).await
        }
        Command::Clock { command } => commands::clock::run(program, command.as_ref()).await,
        Command::Staff { command } => commands::staff::run(program, command).await,
        Command::Professional { command } => commands::professional::run(program, command).await,
        Command::Retention { command } => commands::retention::run(program, command).await,
        Command::Settings
        | Command::Routes
        | Command::Witness(_)
        | Command::SimulateFund { .. }
        | Command::PixelsWorker => Ok(()),
    }
}
