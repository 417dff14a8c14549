//! The local socket: `control.sock` in the data folder, for our own user only.

use super::{Order, Output, Progress, Reply, Request, VERSION, run};
use crate::rooms::Rooms;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::OwnedReadHalf;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Its name in the data folder.
const NAME: &str = "control.sock";
/// Bytes of a request, at most.
const LONGEST: u64 = 64 * 1024;
/// Time for a request to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// A server that is starting has the lock before it has the socket: tries, and the time between two.
const TRIES: u32 = 50;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);
/// Between two words of progress.
const PROGRESS: Duration = Duration::from_millis(200);

/// Bound, not yet answering.
pub struct ControlSocket {
    listener: UnixListener,
}

/// The socket's path as the kernel takes it, however long the folder's name is (108 bytes are the limit).
fn short_path(folder: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}/{NAME}", folder.as_raw_fd()))
}

impl ControlSocket {
    /// Binds it in a folder that only we may enter. Whoever calls holds the folder's lock: a socket found there is
    /// one that a killed program left.
    pub fn bind(folder: &Path) -> Result<Self> {
        let opened = File::open(folder).with_context(|| format!("opening {}", folder.display()))?;
        let metadata = opened.metadata()?;
        if metadata.mode() & 0o077 != 0 {
            bail!("{} can be entered by others: set its mode to 0700", folder.display());
        }
        if metadata.uid() != rustix::process::geteuid().as_raw() {
            bail!("{} belongs to another user than the one that runs this program", folder.display());
        }
        remove_stale(folder)?;
        let listener = UnixListener::bind(short_path(&opened)).context("binding the control socket")?;
        std::fs::set_permissions(folder.join(NAME), std::fs::Permissions::from_mode(0o600))?;
        Ok(Self { listener })
    }
}

/// Removes the socket of a program that was killed.
fn remove_stale(folder: &Path) -> Result<()> {
    match std::fs::remove_file(folder.join(NAME)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("removing an old socket"),
        _ => Ok(()),
    }
}

/// Connects to the server that has the folder.
pub(super) async fn connect(folder: &Path) -> Result<UnixStream> {
    let opened = File::open(folder).with_context(|| format!("opening {}", folder.display()))?;
    let mut last = None;
    for _ in 0..TRIES {
        match UnixStream::connect(short_path(&opened)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
    }
    Err(last.map_or_else(|| anyhow::anyhow!("no answer"), Into::into)).context("it does not answer on its socket")
}

/// Answers until told to stop; what must not be left half done is finished first.
pub async fn serve(socket: ControlSocket, rooms: Arc<Rooms>, stopped: watch::Receiver<bool>) -> Result<()> {
    let mut tasks = JoinSet::new();
    let mut ending = stopped.clone();
    loop {
        tokio::select! {
            accepted = socket.listener.accept() => match accepted {
                Ok((stream, _)) => {
                    tasks.spawn(answer(stream, rooms.clone(), stopped.clone()));
                }
                Err(error) => {
                    tracing::error!(%error, "the control socket accepts nothing");
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
            },
            Some(_) = tasks.join_next() => {}
            () = told(&mut ending) => break,
        }
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

/// Completes when the program is told to stop.
async fn told(stopped: &mut watch::Receiver<bool>) {
    let _ = stopped.wait_for(|stop| *stop).await;
}

async fn answer(stream: UnixStream, rooms: Arc<Rooms>, mut stopped: watch::Receiver<bool>) {
    // The folder's and the socket's modes say the same; this holds if somebody changes them.
    let ours = stream.peer_cred().is_ok_and(|peer| peer.uid() == rustix::process::geteuid().as_raw());
    if !ours {
        tracing::warn!("another user knocked at the control socket");
        return;
    }
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    let (sender, mut replies) = mpsc::unbounded_channel();
    let output = Sending { sender, clock: rooms.clock.clone(), last: Mutex::default() };
    let writing = tokio::spawn(async move {
        while let Some(reply) = replies.recv().await {
            let Ok(mut line) = serde_json::to_vec(&reply) else { return };
            line.push(b'\n');
            if writer.write_all(&line).await.is_err() {
                return;
            }
        }
    });
    let ended = match request(&mut reader).await {
        Ok(order) => {
            let leave = order.may_be_left();
            tokio::select! {
                done = run(order, &rooms, &output) => done,
                () = gone(&mut reader), if leave => return,
                () = told(&mut stopped), if leave => Err(anyhow::anyhow!("the server stops")),
            }
        }
        Err(error) => Err(error),
    };
    let _ = output.sender.send(Reply::End(ended.err().map(|error| format!("{error:#}"))));
    drop(output);
    let _ = writing.await;
}

async fn request(reader: &mut BufReader<OwnedReadHalf>) -> Result<Order> {
    let mut line = Vec::new();
    let mut limited = reader.take(LONGEST);
    let read = tokio::time::timeout(PATIENCE, limited.read_until(b'\n', &mut line)).await;
    read.context("no request came")?.context("reading the request")?;
    // The version first: the rest of another version's request means nothing here.
    let text: serde_json::Value = serde_json::from_slice(&line).context("not a request")?;
    if text.get("version").and_then(serde_json::Value::as_u64) != Some(u64::from(VERSION)) {
        bail!("the running server is of another version: use its own program");
    }
    let request: Request = serde_json::from_value(text).context("not a request")?;
    Ok(request.order)
}

/// Completes when whoever asked has gone away.
async fn gone(reader: &mut BufReader<OwnedReadHalf>) {
    let mut more = [0; 64];
    while matches!(reader.read(&mut more).await, Ok(1..)) {}
}

/// Speaks to whoever asked. When they have gone, nobody hears it.
struct Sending {
    sender: mpsc::UnboundedSender<Reply>,
    clock: Arc<dyn ambient::Clock>,
    last: Mutex<Option<Duration>>,
}

impl Output for Sending {
    fn line(&self, text: &str) {
        let _ = self.sender.send(Reply::Line(text.to_owned()));
    }

    fn progress(&self, progress: Progress) {
        let now = self.clock.monotonic();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| now.saturating_sub(last) >= PROGRESS) {
            *last = Some(now);
            let _ = self.sender.send(Reply::Progress(progress));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(mode: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        folder
    }

    #[tokio::test]
    async fn a_folder_that_others_may_enter_is_refused() {
        for mode in [0o755, 0o750, 0o701, 0o770] {
            let folder = folder(mode);
            let error = ControlSocket::bind(folder.path()).err().unwrap();
            assert!(error.to_string().contains("0700"), "{mode:o}");
            assert!(!folder.path().join(NAME).exists());
        }
    }

    #[tokio::test]
    async fn the_socket_is_for_its_user_alone_and_replaces_one_left_by_a_kill() {
        let folder = folder(0o700);
        let first = ControlSocket::bind(folder.path()).unwrap();
        drop(first);
        let _second = ControlSocket::bind(folder.path()).unwrap();
        let metadata = std::fs::metadata(folder.path().join(NAME)).unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_folder_with_a_long_name_has_a_socket_too() {
        let folder = folder(0o700);
        let long = folder.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        std::fs::set_permissions(&long, std::fs::Permissions::from_mode(0o700)).unwrap();
        let _bound = ControlSocket::bind(&long).unwrap();
        connect(&long).await.unwrap();
    }

    async fn ask(text: &[u8]) -> Result<Order> {
        let (one, other) = UnixStream::pair().unwrap();
        let mut writer = one;
        writer.write_all(text).await.unwrap();
        drop(writer);
        request(&mut BufReader::new(other.into_split().0)).await
    }

    #[tokio::test]
    async fn what_is_not_a_request_of_this_version_is_refused() {
        assert_eq!(ask(b"{\"version\":1,\"order\":\"verify\"}\n").await.unwrap(), Order::Verify);
        for text in [&b""[..], b"\n", b"{}\n", b"{\"version\":2,\"order\":\"verify\"}\n", b"\xff\xfe\n"] {
            assert!(ask(text).await.is_err());
        }
        assert!(ask(b"{\"version\":1,\"order\":\"erase-everything\"}\n").await.is_err());
        assert!(ask(&vec![b'['; 200_000]).await.is_err());
    }
}
