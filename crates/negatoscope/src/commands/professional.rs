//! `negatoscope professional`: accounts of the prescribers' space, opened after proof of identity. There is none until
//! one is made here; those who log in by the provider need none.

use crate::Program;
use crate::control::{self, Order, Output};
use crate::rooms::Rooms;
use anyhow::{Context, Result, bail};
use exam::ids::Rpps;

/// What can be done with accounts.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Open an account, or give an existing one new secrets. They are printed once, for the person.
    Add {
        /// RPPS, 11 digits.
        #[arg(long)]
        rpps: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// How their identity was proved: `carte CPS et pièce d'identité, le …`.
        #[arg(long)]
        proof: String,
    },
    /// End an account: neither password nor provider opens anything for this RPPS, and its sessions are over at once.
    End {
        /// RPPS, 11 digits.
        #[arg(long)]
        rpps: String,
    },
    /// List the accounts.
    List,
}

/// Runs it.
pub async fn run(program: Program, command: &Command) -> Result<()> {
    let order = match command {
        Command::Add { rpps, name, proof } => {
            if name.trim().is_empty() || proof.trim().is_empty() {
                bail!("a name, and how the identity was proved, are needed");
            }
            let (name, proof) = (name.trim().to_owned(), proof.trim().to_owned());
            Order::ProfessionalAdd { rpps: read(rpps)?.as_str().to_owned(), name, proof }
        }
        Command::End { rpps } => Order::ProfessionalEnd { rpps: read(rpps)?.as_str().to_owned() },
        Command::List => Order::ProfessionalList,
    };
    control::order(program, order).await
}

fn read(rpps: &str) -> Result<Rpps> {
    Rpps::parse(rpps).context("the RPPS has 11 digits, the last of which checks the others")
}

/// Opens an account.
pub async fn add(rooms: &Rooms, output: &dyn Output, rpps: &str, name: &str, proof: &str) -> Result<()> {
    let rpps = read(rpps)?;
    super::traced(rooms, "professional-add", &[("rpps", rpps.as_str().to_owned())]).await?;
    let made = rooms.diffusion.professional_add(&rpps, name, proof).await?;
    output.line(&format!("password: {}", made.password.as_str()));
    output.line(&format!("codes: {}", made.otpauth.as_str()));
    Ok(())
}

/// Ends an account.
pub async fn end(rooms: &Rooms, output: &dyn Output, rpps: &str) -> Result<()> {
    let rpps = read(rpps)?;
    super::traced(rooms, "professional-end", &[("rpps", rpps.as_str().to_owned())]).await?;
    rooms.diffusion.professional_end(&rpps).await?;
    output.line("done");
    Ok(())
}

/// Lists the accounts.
pub async fn list(rooms: &Rooms, output: &dyn Output) -> Result<()> {
    for account in rooms.diffusion.professionals().await? {
        let state = match (account.ended_at, account.local) {
            (Some(at), _) => format!("ended {}", at.date()),
            (None, true) => "open".to_owned(),
            (None, false) => "provider".to_owned(),
        };
        output.line(&format!("{}\t{}\t{state}\t{}", account.rpps, account.name, account.proof));
    }
    Ok(())
}
