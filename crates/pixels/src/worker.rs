//! The child process: reads requests on its standard input, answers on its standard output, may open nothing else.

use crate::error::PixelsError;
use crate::protocol::{self, Answer, Ask};
use crate::{pdf, render};
use rustix::process::{Resource, Rlimit, setrlimit};
use std::process::ExitCode;

/// Bytes of address space when none is given.
pub const DEFAULT_MEMORY_BYTES: u64 = 1536 << 20;

/// Runs the worker until its standard input closes. Call it first thing in `main`, before any thread is started.
///
/// `memory_bytes` bounds the address space: an allocation beyond it kills the process, which is the point.
pub fn main(memory_bytes: u64) -> ExitCode {
    if confine(memory_bytes).is_err() {
        return ExitCode::FAILURE;
    }
    match serve(&mut std::io::stdin().lock(), &mut std::io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// No core files (they would hold pixels), no files or sockets at all, little memory.
fn confine(memory_bytes: u64) -> rustix::io::Result<()> {
    let limit = |value| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::Core, limit(0))?;
    setrlimit(Resource::Fsize, limit(0))?;
    setrlimit(Resource::As, limit(memory_bytes))?;
    // What is open stays open; nothing more can be.
    setrlimit(Resource::Nofile, limit(0))
}

fn serve(input: &mut impl std::io::Read, output: &mut impl std::io::Write) -> std::io::Result<()> {
    while let Some((ask, blob)) = protocol::read(input)? {
        // A codec that panics has shared nothing: the next request finds the process as it was.
        let answered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| answer(&ask, blob)));
        let answered = answered.unwrap_or_else(|_| Err(PixelsError::damaged("a decoder gave up")));
        let (answer, picture) = match answered {
            Ok(answered) => answered,
            Err(refusal) => (Answer::Refused(refusal), Vec::new()),
        };
        protocol::write(output, &answer, &picture)?;
    }
    Ok(())
}

fn answer(ask: &[u8], blob: Vec<u8>) -> Result<(Answer, Vec<u8>), PixelsError> {
    let ask: Ask = serde_json::from_slice(ask).map_err(|_| PixelsError::Protocol)?;
    let picture = match ask {
        Ask::Part10 { frame, output } => render::part10(&blob, frame, &output)?,
        Ask::Frame { descriptor, output } => render::frame(&descriptor, &blob, &output)?,
        Ask::Samples { descriptor } => render::samples(&descriptor, &blob)?,
        Ask::PdfPage { page, width } => pdf::page(blob, page, width)?,
        Ask::PdfInfo => return Ok((Answer::Pdf(pdf::info(blob)?), Vec::new())),
    };
    Ok((Answer::Picture, picture))
}
