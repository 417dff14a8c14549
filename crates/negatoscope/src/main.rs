//! The program, by the system's clock.

use ambient::SystemClock;
use std::process::ExitCode;
use std::sync::Arc;

fn main() -> anyhow::Result<ExitCode> {
    negatoscope::main_with(Arc::new(SystemClock::new()))
}
