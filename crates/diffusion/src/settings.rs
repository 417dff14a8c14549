//! What an operator or a test may choose.

use crate::SecondFactor;
use crate::professional::OpenIdSettings;
use std::path::PathBuf;
use std::time::Duration;

/// Where the diffusion side keeps its things, and its limits.
#[derive(Clone)]
pub struct Settings {
    /// The group (tenant) id: the first column of every key.
    pub group: String,
    /// The SQLite file.
    pub database: PathBuf,
    /// The folder of web copies.
    pub copies: PathBuf,
    /// The folder of keys, on another volume and another backup than the database if possible.
    pub keys: PathBuf,
    /// The work a code check costs.
    pub argon2: Argon2Cost,
    /// Limits of the door.
    pub throttle: ThrottlePolicy,
    /// Lives of a session.
    pub sessions: SessionTimes,
    /// Lives of a professional's session.
    pub professional_sessions: SessionTimes,
    /// When a professional reads in bulk.
    pub bulk: BulkPolicy,
    /// Whether professionals may open a record in an emergency.
    pub emergency: bool,
    /// The provider of the professionals' login.
    pub openid: Option<OpenIdSettings>,
    /// When patients are asked a one-time code, and who carries it.
    pub second_factor: SecondFactor,
}

impl Settings {
    /// Everything under one folder, with the limits used in production.
    pub fn under(folder: impl Into<PathBuf>, group: impl Into<String>) -> Self {
        let folder = folder.into();
        Self {
            group: group.into(),
            database: folder.join("diffusion.sqlite"),
            copies: folder.join("copies"),
            keys: folder.join("keys"),
            argon2: Argon2Cost::default(),
            throttle: ThrottlePolicy::default(),
            sessions: SessionTimes::default(),
            professional_sessions: SessionTimes {
                idle: Duration::from_secs(30 * 60),
                absolute: Duration::from_secs(10 * 3600),
            },
            bulk: BulkPolicy::default(),
            emergency: false,
            openid: None,
            second_factor: SecondFactor::default(),
        }
    }
}

/// Argon2id parameters (RFC 9106 §3.1) and how many hashes may run and wait at once.
#[derive(Debug, Clone, Copy)]
pub struct Argon2Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Hashes computed at the same time.
    pub slots: usize,
    /// Attempts admitted in the room at the same time, hashing ones included; the rest is told to come back later.
    pub queue: usize,
}

impl Default for Argon2Cost {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1, slots: 2, queue: 64 }
    }
}

/// Limits of the door (service.md §5).
#[derive(Debug, Clone, Copy)]
pub struct ThrottlePolicy {
    /// Tries without waiting, for one number from one address prefix.
    pub quick_tries: u32,
    /// The first wait after the quick tries; doubles each time.
    pub first_wait: Duration,
    /// The longest wait.
    pub longest_wait: Duration,
    /// A bucket without failure for so long is forgotten.
    pub bucket_memory: Duration,
    /// Failures on one number after which its codes must be replaced.
    pub number_failures: u32,
    /// Failures over all numbers in one window that raise the alarm.
    pub global_failures: u32,
    /// The window of the global budget.
    pub global_window: Duration,
    /// Under alarm: tries without waiting from an address prefix never seen to succeed, over all numbers.
    pub new_client_tries: u32,
    /// For so long after a success, an address prefix is not a new client.
    pub known_client: Duration,
}

impl Default for ThrottlePolicy {
    fn default() -> Self {
        Self {
            quick_tries: 5,
            first_wait: Duration::from_secs(30),
            longest_wait: Duration::from_secs(3600),
            bucket_memory: Duration::from_secs(24 * 3600),
            number_failures: 100,
            global_failures: 500,
            global_window: Duration::from_secs(3600),
            new_client_tries: 3,
            known_client: Duration::from_secs(30 * 24 * 3600),
        }
    }
}

/// Beyond so many exams in the window, each further one waits.
#[derive(Debug, Clone, Copy)]
pub struct BulkPolicy {
    /// Exams opened in the window before anything is slowed.
    pub exams: u32,
    /// The window.
    pub window: Duration,
    /// The wait between two exams beyond it.
    pub delay: Duration,
}

impl Default for BulkPolicy {
    fn default() -> Self {
        Self { exams: 200, window: Duration::from_secs(3600), delay: Duration::from_secs(60) }
    }
}

/// Lives of a session.
#[derive(Debug, Clone, Copy)]
pub struct SessionTimes {
    /// Without any request.
    pub idle: Duration,
    /// From the opening, whatever happens.
    pub absolute: Duration,
}

impl Default for SessionTimes {
    fn default() -> Self {
        Self { idle: Duration::from_secs(30 * 60), absolute: Duration::from_secs(8 * 3600) }
    }
}
