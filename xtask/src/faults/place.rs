//! A scratch folder with the program on it: started plain or under a tool, killed, started again, and looked through.

use crate::feed::Target;
use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// The program under trial.
pub static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
/// The same by a clock that a file moves.
pub static MOVED: OnceLock<PathBuf> = OnceLock::new();

/// Of every account of a trial.
pub const PASSWORD: &str = "une phrase assez longue";

/// Settings, output folder and data of one program.
pub struct Place {
    scratch: tempfile::TempDir,
    /// The program's data folder.
    pub data: PathBuf,
    /// One core, one small landing segment and its spare: they must fit on the disk.
    small: bool,
    /// Seconds of silence after which an exam is complete.
    pub quiet: u64,
    /// The file that moves the clock of the program.
    clock: Option<PathBuf>,
}

impl Place {
    /// All in a new folder.
    pub fn new() -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("faults-").tempdir()?;
        let data = scratch.path().join("data");
        Self::with(scratch, data, false)
    }

    /// The data lie elsewhere, on a disk that will be hurt.
    pub fn on(disk: &Path) -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("faults-").tempdir()?;
        Self::with(scratch, disk.join("data"), true)
    }

    fn with(scratch: tempfile::TempDir, data: PathBuf, small: bool) -> Result<Self> {
        std::fs::create_dir_all(scratch.path().join("sheets"))?;
        Ok(Self { scratch, data, small, quiet: 1, clock: None })
    }

    /// From now on the program is the one whose clock can be moved.
    pub fn on_a_moved_clock(&mut self) -> Result<()> {
        self.clock = Some(self.scratch.path().join("clock"));
        self.move_clock(0)
    }

    /// Moves both clocks to so many seconds after the system's.
    pub fn move_clock(&self, seconds: u64) -> Result<()> {
        let file = self.clock.as_ref().context("this clock does not move")?;
        let new = file.with_extension("new");
        std::fs::write(&new, format!("{seconds} {seconds}\n"))?;
        Ok(std::fs::rename(new, file)?)
    }

    /// A copy of everything, for damage that must not last.
    pub fn copy(&self) -> Result<Self> {
        let mut copy = Self::new()?;
        if let Some(clock) = &self.clock {
            copy.on_a_moved_clock()?;
            std::fs::copy(clock, copy.scratch.path().join("clock"))?;
        }
        for (from, to) in [(self.data.clone(), copy.data.clone()), (self.sheets(), copy.sheets())] {
            let _ = std::fs::remove_dir(&to);
            let done = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
            ensure!(done.success(), "the copy failed");
        }
        Ok(copy)
    }

    /// Where sheets are written.
    pub fn sheets(&self) -> PathBuf {
        self.scratch.path().join("sheets")
    }

    fn settings(&self) -> Result<PathBuf> {
        let text = format!(
            "data-folder = \"{}\"\n[dicom]\nlisten = \"127.0.0.1:0\"\n[hl7]\nlisten = \"127.0.0.1:0\"\n\
             [desk]\nlisten = \"127.0.0.1:0\"\n[web]\nlisten = \"127.0.0.1:0\"\n\
             [exam]\nquiet-seconds = {}\n[sheet]\noutput-folder = \"{}\"\n[pixels]\nworkers = 1\n",
            self.data.display(),
            self.quiet,
            self.sheets().display()
        );
        let small = if self.small { "[landing]\nsegment-mebibytes = 16\n" } else { "" };
        // Killed before it wrote the moved time down, it would rightly want a person to confirm two years.
        let trusting = if self.clock.is_some() { "[clock]\ntrusted-gap-hours = 20000\n" } else { "" };
        let path = self.scratch.path().join("settings.toml");
        std::fs::write(&path, text + small + trusting)?;
        Ok(path)
    }

    fn command(&self, before: &[&str], words: &[&str]) -> Result<Command> {
        let program = if self.clock.is_some() { &MOVED } else { &PROGRAM };
        let program = program.get().context("no program was built")?;
        let one_core: &[&str] = if self.small { &["taskset", "-c", "0"] } else { &[] };
        let mut words_before = before.iter().chain(one_core);
        let mut command = match words_before.next() {
            None => Command::new(program),
            Some(tool) => {
                let mut command = Command::new(tool);
                command.args(words_before).arg(program);
                command
            }
        };
        if let Some(file) = &self.clock {
            command.env("NEGATOSCOPE_CLOCK_FILE", file);
        }
        command.arg("--settings").arg(self.settings()?).args(words).stdin(Stdio::null()).env("RUST_BACKTRACE", "0");
        Ok(command)
    }

    /// Starts the program and waits for its word; `None` when it ended before.
    pub fn try_start(&self, before: &[&str]) -> Result<Option<Running>> {
        let log = std::fs::File::options().create(true).append(true).open(self.log_path())?;
        let mut child = self.command(before, &["serve"])?.stdout(Stdio::piped()).stderr(log).spawn()?;
        let output = child.stdout.take().context("no standard output")?;
        let mut lines = BufReader::new(output);
        let mut line = String::new();
        while lines.read_line(&mut line)? > 0 {
            if let Some(words) = line.trim().strip_prefix("ready ") {
                let target = target(words)?;
                return Ok(Some(Running { child, target, traced: !before.is_empty(), _output: lines }));
            }
            line.clear();
        }
        child.wait()?;
        Ok(None)
    }

    /// Starts the program, which must come up.
    pub fn start(&self) -> Result<Running> {
        self.try_start(&[])?.with_context(|| format!("the program does not start:\n{}", self.log_end()))
    }

    fn log_path(&self) -> PathBuf {
        self.scratch.path().join("log.jsonl")
    }

    /// What the program said last.
    pub fn log_end(&self) -> String {
        let text = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().rev().take(12).rev().copied().collect::<Vec<_>>().join("\n")
    }

    /// Another command of the program: its success, and what it printed.
    pub fn ask(&self, words: &[&str]) -> Result<(bool, String)> {
        let done = self.command(&[], words)?.output()?;
        let said = [done.stdout, done.stderr].concat();
        Ok((done.status.success(), String::from_utf8_lossy(&said).into_owned()))
    }

    /// Somebody who works at the desk.
    pub fn account(&self, login: &str, role: &str) -> Result<()> {
        let words = ["staff", "add", "--login", login, "--name", login, "--role", role];
        let mut child = self.command(&[], &words)?.stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        child.stdin.take().context("no standard input")?.write_all(PASSWORD.as_bytes())?;
        ensure!(child.wait()?.success(), "the account of {login} was refused");
        Ok(())
    }

    /// `verify`, `trace verify`, and no unfinished file: the program must be stopped.
    pub fn verify(&self) -> Result<()> {
        for words in [&["verify"][..], &["trace", "verify"]] {
            let (fits, said) = self.ask(words)?;
            ensure!(fits, "{} says: {said}", words.join(" "));
        }
        let unfinished = self.unfinished();
        ensure!(unfinished.is_empty(), "left over: {unfinished:?}");
        Ok(())
    }

    /// Files that no stop should leave.
    fn unfinished(&self) -> Vec<PathBuf> {
        let unfinished = |path: &PathBuf| {
            let text = path.to_string_lossy();
            text.ends_with(".part") || text.contains("/temporary/") || text.contains("/incoming/")
        };
        let mut found = files(&self.data);
        found.extend(files(&self.sheets()));
        found.retain(unfinished);
        found
    }
}

/// Every file below, in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn target(words: &str) -> Result<Target> {
    let of = |name: &str| {
        let found = words.split(' ').find_map(|word| word.strip_prefix(&format!("{name}=")));
        found.map(str::to_owned).with_context(|| format!("the program does not say its {name} address"))
    };
    Ok(Target { dicom: of("dicom")?, hl7: of("hl7")?, desk: of("desk")?, web: of("web")? })
}

/// The program, up.
pub struct Running {
    child: Child,
    /// Where it listens.
    pub target: Target,
    traced: bool,
    _output: BufReader<ChildStdout>,
}

impl Running {
    /// The program's own process, also under a tool.
    pub fn pid(&self) -> u32 {
        let tool = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{tool}/task/{tool}/children")).unwrap_or_default();
        let first = children.split_whitespace().next().and_then(|pid| pid.parse().ok());
        if self.traced { first.unwrap_or(tool) } else { tool }
    }

    /// Its threads, the oldest first.
    pub fn threads(&self) -> Vec<u32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).into_iter().flatten().flatten();
        let mut threads: Vec<u32> = tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).collect();
        threads.sort_unstable();
        threads
    }

    /// The names of its threads.
    pub fn thread_names(&self) -> Vec<String> {
        let (pid, threads) = (self.pid(), self.threads());
        let name = |thread| std::fs::read_to_string(format!("/proc/{pid}/task/{thread}/comm")).ok();
        threads.into_iter().filter_map(name).collect()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let mut command = Command::new("kill");
        let _ = command.args([&format!("-{name}"), &self.pid().to_string()]).stderr(Stdio::null()).status();
    }

    /// Whether it has ended.
    pub fn ended(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_some())
    }

    /// kill −9, and gone.
    pub fn kill(mut self) -> Result<()> {
        self.signal("KILL");
        self.child.wait()?;
        Ok(())
    }

    /// Asked to stop, it must stop well.
    pub fn stop(mut self) -> Result<()> {
        self.signal("TERM");
        let end = Instant::now() + Duration::from_secs(40);
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait()? {
                ensure!(status.success(), "asked to stop, it ended with {status}");
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        bail!("asked to stop, it did not");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.ended() {
            self.signal("KILL");
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// A tracer holding the program, or one of its threads.
pub struct Tracer {
    child: Child,
}

impl Tracer {
    /// Attaches strace with these arguments to these threads (with `-f`, also to those they start) and waits until it
    /// holds them.
    pub fn attach(arguments: &[&str], threads: &[u32], log: &Path) -> Result<Self> {
        let mut command = Command::new("strace");
        command.arg("-o").arg(log).args(arguments);
        for thread in threads {
            command.args(["-p", &thread.to_string()]);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let said = child.stderr.take().context("no standard error")?;
        let mut lines = BufReader::new(said);
        for _ in threads {
            let mut line = String::new();
            while !line.contains("attached") {
                line.clear();
                ensure!(lines.read_line(&mut line)? > 0, "strace could not attach");
            }
        }
        // Nobody reads what it says later; it must not block on it.
        std::thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Ok(Self { child })
    }

    /// Lets go of the program.
    pub fn detach(mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

impl Drop for Tracer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
