//! `negatoscope retention`: what would go, what goes, what is gone. Nobody lets an exam go from here: that takes two
//! people who are logged in to the pages. Keeping takes anybody.

use crate::Program;
use crate::control::{self, Order, Output};
use crate::rooms::Rooms;
use crate::settings;
use anyhow::{Context, Result, bail};
use exam::policy::Policies;
use exam::retention::Hold;
use retention::plan::Found;
use retention::{ExamId, Held, Person, Role};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use time::Date;
use time::format_description::well_known::Iso8601;
use uuid::Uuid;

/// What can be asked.
#[derive(clap::Subcommand)]
pub enum Command {
    /// What would go on a day, and why; touches nothing.
    Rehearse {
        /// The day, `YYYY-MM-DD`.
        #[arg(long)]
        on: String,
        /// Under this policy table (JSON, an array of rows) instead of the one in force.
        #[arg(long)]
        policies: Option<PathBuf>,
    },
    /// The policy rows, as JSON: what `retention.policies` begins from.
    Policies,
    /// Do the day's work now; twice on a day is the same as once.
    Plan,
    /// The lists of erasure.
    Lists,
    /// Take an exam back during its grace.
    Recover {
        /// The exam's opaque id.
        exam: Uuid,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Keep an exam whatever its dates say, as a claim.
    Hold {
        /// The exam's opaque id.
        exam: Uuid,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// The certificate of a destroyed exam, as JSON.
    Certificate {
        /// The exam's opaque id.
        exam: Uuid,
    },
    /// Erase again whatever a certificate says is gone, after a restore from an older copy.
    Reapply,
}

/// What goes over the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "ask")]
pub enum Ask {
    /// A rehearsal.
    Rehearse {
        /// The day.
        on: Date,
        /// Another table.
        policies: Option<Policies>,
    },
    /// The day's work.
    Plan,
    /// The lists.
    Lists,
    /// Back from the grace.
    Recover {
        /// The exam.
        exam: Uuid,
        /// Why.
        reason: String,
    },
    /// A claim.
    Hold {
        /// The exam.
        exam: Uuid,
        /// Why.
        reason: String,
    },
    /// A certificate.
    Certificate {
        /// The exam.
        exam: Uuid,
    },
    /// After a restore.
    Reapply,
}

/// Asks.
pub async fn run(program: Program, command: &Command) -> Result<()> {
    let ask = match command {
        Command::Policies => {
            println!("{}", serde_json::to_string_pretty(&program.settings.policies()?)?);
            return Ok(());
        }
        Command::Rehearse { on, policies } => Ask::Rehearse {
            on: Date::parse(on, &Iso8601::DATE).context("the day is YYYY-MM-DD")?,
            policies: policies.as_deref().map(settings::read_policies).transpose()?,
        },
        Command::Plan => Ask::Plan,
        Command::Lists => Ask::Lists,
        Command::Recover { exam, reason } => Ask::Recover { exam: *exam, reason: reason.clone() },
        Command::Hold { exam, reason } => Ask::Hold { exam: *exam, reason: reason.clone() },
        Command::Certificate { exam } => Ask::Certificate { exam: *exam },
        Command::Reapply => Ask::Reapply,
    };
    control::order(program, Order::Retention { ask }).await
}

/// Answers.
pub async fn answer(rooms: &Rooms, output: &dyn Output, ask: Ask) -> Result<()> {
    let retention = rooms.retention();
    // The one who holds the data folder; may keep, and read.
    let operator = Person { login: "operator".into(), role: Role::Administrator };
    match ask {
        Ask::Rehearse { on, policies } => {
            let rehearsal = retention.rehearse(on, policies.as_ref()).await?;
            tell(output, &rehearsal.found);
            output.line(&format!("{} in their grace would be destroyed by {on}", rehearsal.in_grace.len()));
        }
        Ask::Plan => {
            let ran = retention.run_day().await?;
            output.line(&format!(
                "{} judged, {} proposed, {} destroyed, {} kept at the last moment",
                ran.judged, ran.proposed, ran.destroyed, ran.kept
            ));
            if let Some(stopped) = ran.stopped {
                bail!("stopped: {stopped}");
            }
        }
        Ask::Lists => {
            for list in retention.overview(&operator).await?.lists {
                let by: Vec<&str> = list.approvals.iter().map(|one| one.by.as_str()).collect();
                output.line(&format!(
                    "{}\t{}\t{:?}\t{:?}\t{} exams\t{} bytes\t{}",
                    list.list,
                    list.day,
                    list.path,
                    list.state,
                    list.exams,
                    list.size_bytes,
                    by.join(",")
                ));
            }
        }
        Ask::Recover { exam, reason } => {
            retention.recover(&operator, ExamId(exam), &reason).await?;
            output.line("recovered");
        }
        Ask::Hold { exam, reason } => {
            let hold = retention.hold(&operator, Held::Exam(ExamId(exam)), Hold::Claim, &reason).await?;
            output.line(&hold.to_string());
        }
        Ask::Certificate { exam } => match retention.certificate_of(&operator, ExamId(exam)).await? {
            Some(done) => {
                let text = retention::certificate::readable(&done.certificate)?;
                output.line(&String::from_utf8_lossy(&text));
            }
            None => bail!("this exam has no certificate"),
        },
        Ask::Reapply => output.line(&format!("{} objects erased again", retention.reapply().await?)),
    }
    Ok(())
}

fn tell(output: &dyn Output, found: &Found) {
    for (path, items) in &found.items {
        for item in items {
            let until = item.kept_until.map(|day| day.to_string()).unwrap_or_default();
            output.line(&format!(
                "{}\t{path:?}\t{}\tkept until {until}\t{} objects\t{} bytes",
                item.exam,
                item.reasons.join(","),
                item.objects.len(),
                item.size_bytes
            ));
        }
    }
    output.line(&format!("{} exams, {} bytes, {} judged", found.count(), found.bytes(), found.judged));
}
