//! `negatoscope staff`: accounts of the desk's pages. There is none until one is made here.

use crate::Program;
use crate::control::{self, Order, Output};
use crate::rooms::{GROUP, Rooms};
use ambient::{Clock, SystemRandom};
use anyhow::{Context, Result, bail};
use record::{Role, Staff};
use std::io::{BufRead, IsTerminal, Write};

/// What can be done with accounts.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Add an account, or give an existing one a new password.
    Add {
        /// Login, lower case.
        #[arg(long)]
        login: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// `desk`, `radiologist`, `administrator` or `data-protection`.
        #[arg(long)]
        role: String,
        /// The site's key.
        #[arg(long, default_value = "")]
        site: String,
    },
    /// Close an account: it opens nothing any more, nor do its sessions.
    Disable {
        /// Login.
        #[arg(long)]
        login: String,
    },
    /// List the accounts.
    List,
}

/// Characters of a password, at least.
const SHORTEST: usize = 12;

/// Runs it.
pub async fn run(program: Program, command: &Command) -> Result<()> {
    let order = match command {
        Command::Add { login, name, role, site } => {
            parse_role(role)?;
            let login = login.trim().to_lowercase();
            if login.is_empty() || login.chars().any(|c| !c.is_ascii_alphanumeric() && !"._-".contains(c)) {
                bail!("a login has letters, digits, dots and dashes only");
            }
            let password = password()?;
            if password.chars().count() < SHORTEST {
                bail!("the password needs at least {SHORTEST} characters");
            }
            let phc = archive::desk::verifier(&password, ambient::random_bytes(&SystemRandom))?;
            Order::StaffAdd { login, name: name.clone(), role: role.clone(), site: site.clone(), phc }
        }
        Command::Disable { login } => Order::StaffDisable { login: login.clone() },
        Command::List => Order::StaffList,
    };
    control::order(program, order).await
}

/// An account as it is asked for.
pub struct Account {
    /// Login, lower case.
    pub login: String,
    /// The person's name.
    pub name: String,
    /// As typed.
    pub role: String,
    /// The site's key.
    pub site: String,
    /// Argon2id of the password.
    pub phc: String,
}

/// Adds an account, or gives an existing one a new password.
pub async fn add(rooms: &Rooms, output: &dyn Output, account: Account) -> Result<()> {
    let Account { login, name, role, site, phc } = account;
    super::traced(rooms, "staff-add", &[("login", login.clone()), ("role", role.clone())]).await?;
    let staff = Staff { login, name, role: parse_role(&role)?, site, phc, disabled_at: None };
    rooms.catalogue.staff_add(GROUP, staff).await?;
    output.line("done");
    Ok(())
}

/// Closes an account.
pub async fn disable(rooms: &Rooms, output: &dyn Output, login: &str) -> Result<()> {
    super::traced(rooms, "staff-disable", &[("login", login.to_owned())]).await?;
    rooms.catalogue.staff_disable(GROUP, login, rooms.clock.now()).await?;
    output.line("done");
    Ok(())
}

/// Lists the accounts.
pub async fn list(rooms: &Rooms, output: &dyn Output) -> Result<()> {
    for staff in rooms.catalogue.staff(GROUP).await? {
        let state = if staff.disabled_at.is_some() { "disabled" } else { "open" };
        output.line(&format!("{}\t{:?}\t{}\t{state}", staff.login, staff.role, staff.site));
    }
    Ok(())
}

fn parse_role(text: &str) -> Result<Role> {
    Ok(match text {
        "desk" => Role::Desk,
        "radiologist" => Role::Radiologist,
        "administrator" => Role::Administrator,
        "data-protection" => Role::DataProtection,
        _ => bail!("the role is desk, radiologist, administrator or data-protection"),
    })
}

/// From the terminal without showing it, or one line of standard input.
fn password() -> Result<String> {
    let input = std::io::stdin();
    let mut line = String::new();
    if input.is_terminal() {
        print!("password: ");
        std::io::stdout().flush()?;
        let shown = rustix::termios::tcgetattr(&input).context("the terminal does not answer")?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(rustix::termios::LocalModes::ECHO);
        rustix::termios::tcsetattr(&input, rustix::termios::OptionalActions::Now, &hidden)?;
        let read = input.lock().read_line(&mut line);
        rustix::termios::tcsetattr(&input, rustix::termios::OptionalActions::Now, &shown)?;
        println!();
        read?;
    } else {
        input.lock().read_line(&mut line)?;
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
