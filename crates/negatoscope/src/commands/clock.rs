//! `negatoscope clock`: both clocks, and a person's word that the wall clock is right.

use crate::Program;
use crate::control::{self, Order, Output};
use crate::rooms::Rooms;
use crate::time_keeping::shown;
use anyhow::{Context, Result, bail};
use std::io::Write;

/// What can be done with the clock.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Show both clocks.
    Show,
    /// Say that the system's time is right: erasing goes on by it.
    Confirm,
}

/// Runs it.
pub async fn run(program: Program, command: Option<&Command>) -> Result<()> {
    control::order(program.clone(), Order::ClockShow).await?;
    let Some(Command::Confirm) = command else { return Ok(()) };
    print!("Is the system's time right? Type its date (YYYY-MM-DD) to confirm: ");
    std::io::stdout().flush()?;
    let mut day = String::new();
    std::io::stdin().read_line(&mut day).context("reading the date")?;
    control::order(program, Order::ClockConfirm { day: day.trim().to_owned() }).await
}

/// Both clocks.
pub fn show(rooms: &Rooms, output: &dyn Output) -> Result<()> {
    let status = rooms.clock.status();
    output.line(&format!("system's time: {}", shown(status.wall)));
    output.line(&format!("kept time:     {}", shown(status.kept)));
    match status.doubt {
        None => output.line("they agree: what is past its time is erased"),
        Some(doubt) => output.line(&format!("nothing is erased: {doubt}")),
    }
    Ok(())
}

/// Sets the kept clock to the wall clock.
pub async fn confirm(rooms: &Rooms, output: &dyn Output, day: &str) -> Result<()> {
    let before = rooms.clock.status();
    let today = rooms.settings.zone.date_of(before.wall).to_string();
    if day != today {
        bail!("this is not the date of the system's time: nothing is confirmed");
    }
    let words = [("wall", shown(before.wall)), ("kept", shown(before.kept))];
    super::traced(rooms, "clock-confirm", &words).await?;
    rooms.clock.confirm().context("nothing is confirmed")?;
    tracing::warn!(wall = shown(before.wall), kept = shown(before.kept), "a person has confirmed the time");
    output.line("confirmed: what is past its time is erased again");
    Ok(())
}
