//! The worker alone, for tests; the program has it as a subcommand.

use std::process::ExitCode;

fn main() -> ExitCode {
    let memory = std::env::args().nth(1).and_then(|bytes| bytes.parse().ok());
    pixels::worker::main(memory.unwrap_or(pixels::worker::DEFAULT_MEMORY_BYTES))
}
