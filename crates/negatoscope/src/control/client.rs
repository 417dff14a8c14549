//! The keyboard's side: the rooms are opened here, or the server that has them is asked.

use super::terminal::Terminal;
use super::{Order, Output, Reply, Request, VERSION, run, socket};
use crate::Program;
use crate::rooms::{InUse, Rooms};
use anyhow::{Context, Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

/// Does what was ordered, here or in the running server, and shows what it says.
///
/// # Errors
/// Whatever made it fail.
pub async fn order(program: Program, order: Order) -> Result<()> {
    let terminal = Terminal::new();
    let settings = program.settings.clone();
    let done = match Rooms::open(program).await {
        Ok(rooms) => {
            let done = run(order, &rooms, &terminal).await;
            rooms.close().await?;
            done
        }
        Err(error) if error.is::<InUse>() => match socket::connect(&settings.data_folder).await {
            Ok(stream) => ask(stream, order, &terminal).await,
            Err(problem) => Err(problem.context(error.to_string())),
        },
        Err(error) => Err(error),
    };
    terminal.end();
    done
}

async fn ask(stream: tokio::net::UnixStream, order: Order, output: &dyn Output) -> Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut request = serde_json::to_vec(&Request { version: VERSION, order })?;
    request.push(b'\n');
    writer.write_all(&request).await.context("asking the running server")?;
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await.context("listening to the running server")? {
        match serde_json::from_str(&line).context("the running server is of another version")? {
            Reply::Line(text) => output.line(&text),
            Reply::Progress(progress) => output.progress(progress),
            Reply::End(None) => return Ok(()),
            Reply::End(Some(reason)) => bail!(reason),
        }
    }
    bail!("the running server ended before it was done")
}
