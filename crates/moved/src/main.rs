//! The program, by a clock that a test moves. Never released.

use moved::{MovedClock, VARIABLE};
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> anyhow::Result<ExitCode> {
    negatoscope::main_with(Arc::new(MovedClock::new(std::env::var_os(VARIABLE).map(Into::into))))
}
