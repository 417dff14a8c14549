//! Orders at the keyboard. One table ([`table`]) says what each does with the open rooms; the running server is asked
//! over a local socket, and when none runs the command opens the rooms itself, under the exclusive lock.

mod client;
mod socket;
mod table;
mod terminal;

pub use client::order;
pub use socket::{ControlSocket, serve};
pub use terminal::Terminal;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The version of what goes over the socket.
const VERSION: u32 = 1;

/// What can be asked of the open rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "order")]
pub enum Order {
    /// Add an account, or give an existing one a new password.
    StaffAdd {
        /// Login, lower case.
        login: String,
        /// The person's name.
        name: String,
        /// As `negatoscope staff add --help` lists them.
        role: String,
        /// The site's key.
        site: String,
        /// Argon2id of the password: the password itself does not travel.
        phc: String,
    },
    /// Close an account.
    StaffDisable {
        /// Login.
        login: String,
    },
    /// List the accounts.
    StaffList,
    /// Open a professional's account.
    ProfessionalAdd {
        /// RPPS.
        rpps: String,
        /// The person's name.
        name: String,
        /// How their identity was proved.
        proof: String,
    },
    /// End a professional's account.
    ProfessionalEnd {
        /// RPPS.
        rpps: String,
    },
    /// List the professionals' accounts.
    ProfessionalList,
    /// Both clocks.
    ClockShow,
    /// The wall clock is right.
    ClockConfirm {
        /// The day it says, `YYYY-MM-DD` at the site, as a person typed it.
        day: String,
    },
    /// Take in DICOM files.
    Import {
        /// Absolute.
        path: PathBuf,
        /// The batch they are adopted as.
        #[serde(default)]
        legacy: Option<String>,
    },
    /// Ask about the end of the archive.
    Retention {
        /// What.
        ask: crate::commands::retention::Ask,
    },
    /// Check everything sealed.
    Verify,
    /// Copy everything that could not be made again.
    Backup {
        /// Absolute.
        folder: PathBuf,
        /// Leave the keys out.
        without_keys: bool,
    },
}

impl Order {
    /// Whether nothing is half done when whoever asked goes away in the middle.
    fn may_be_left(&self) -> bool {
        matches!(self, Self::Import { .. } | Self::Verify | Self::Backup { .. })
    }
}

/// What is sent to the server: one line.
#[derive(Debug, Serialize, Deserialize)]
struct Request {
    version: u32,
    #[serde(flatten)]
    order: Order,
}

/// What comes back: lines, and an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Reply {
    /// A line for standard output.
    Line(String),
    /// How far it is.
    Progress(Progress),
    /// It is over, with the reason when it failed.
    End(Option<String>),
}

/// How far an order is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Done so far.
    pub done: u64,
    /// Of so many, when that is known.
    pub of: Option<u64>,
    /// What is counted.
    pub what: String,
}

/// Where an order speaks to.
pub trait Output: Send + Sync {
    /// A line for whoever asked.
    fn line(&self, text: &str);
    /// How far it is; may be left out when it comes too often.
    fn progress(&self, progress: Progress);
}

/// Runs an order on open rooms.
async fn run(order: Order, rooms: &crate::rooms::Rooms, output: &dyn Output) -> Result<()> {
    table::run(order, rooms, output).await
}
