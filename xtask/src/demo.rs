//! `cargo xtask demo`: everything built and started on a scratch folder, fed over real DICOM and HL7, and left running.

use crate::feed::{self, Target};
use crate::{sh, tools};
use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What `cargo xtask demo` may be asked.
#[derive(clap::Args)]
pub struct Options {
    /// Start bare, without exams, for other tools.
    #[arg(long)]
    empty: bool,
    /// The folder to use; emptied first.
    #[arg(long, default_value = "target/demo")]
    folder: PathBuf,
    /// The optimised build: longer to make, faster to run.
    #[arg(long)]
    release: bool,
}

const PASSWORD: &str = "demonstration-only";

/// Builds, starts, feeds, prints, waits.
pub fn run(options: &Options) -> Result<()> {
    let root = sh::root();
    for tool in tools::ensure() {
        println!("missing: {tool}");
    }
    tools::viewer()?;
    let mut build = vec!["build", "--quiet", "-p", "negatoscope"];
    if options.release {
        build.push("--release");
    }
    println!("building…");
    sh::run(&root, "cargo", &build)?;
    let program = tools::target().join(if options.release { "release" } else { "debug" }).join("negatoscope");
    let folder = root.join(&options.folder);
    let settings = prepare(&folder, options.empty)?;
    add_staff(&program, &settings)?;
    let (mut child, target) = start(&program, &settings, &folder)?;
    println!("\nThe desk: http://{}/  (login: accueil, password: {PASSWORD})", target.desk);
    if options.empty {
        println!("DICOM {} (AE NEGATOSCOPE), HL7 {}, patients http://{}/", target.dicom, target.hl7, target.web);
    } else {
        let exams = phantom::demo_on(today());
        feed::send(&target, &exams)?;
        show(&folder, &target, &exams)?;
    }
    println!("\nRunning. Ctrl-C stops it; its log is {}", folder.join("log.jsonl").display());
    let status = child.wait()?;
    if !status.success() {
        bail!("the program ended: {status}");
    }
    Ok(())
}

/// Today, for exams that should be on line.
pub fn today() -> time::Date {
    time::OffsetDateTime::now_utc().date()
}

/// What an empty archive adds to its settings.
const EMPTY: &str = include_str!("../empty.toml");

/// An empty folder with its settings file.
fn prepare(folder: &Path, empty: bool) -> Result<PathBuf> {
    if folder.exists() {
        std::fs::remove_dir_all(folder).context("emptying the demo folder")?;
    }
    std::fs::create_dir_all(folder.join("sheets"))?;
    // The usual port where it is free, else any.
    let port = |usual: u16| if TcpListener::bind(("127.0.0.1", usual)).is_ok() { usual } else { 0 };
    let dicom = port(11112).to_string();
    let dicom =
        if empty { EMPTY.replace("{dicom}", &dicom) } else { format!("[dicom]\nlisten = \"127.0.0.1:{dicom}\"") };
    let text = format!(
        "data-folder = \"{folder}/data\"\n\
         [site]\nname = \"Imagerie des Tilleuls (démonstration)\"\nphone = \"02 00 00 00 00\"\n\
         {dicom}\n[hl7]\nlisten = \"127.0.0.1:{}\"\n\
         [desk]\nlisten = \"127.0.0.1:{}\"\n[web]\nlisten = \"127.0.0.1:{}\"\n\
         [exam]\nquiet-seconds = 2\n[sheet]\noutput-folder = \"{folder}/sheets\"\n\
         [second-factor]\nrule = \"derogation\"\n\
         derogation-reason = \"démonstration, examens inventés\"\n",
        port(2575),
        port(8041),
        port(8042),
        folder = folder.display(),
    );
    let path = folder.join("settings.toml");
    std::fs::write(&path, text)?;
    Ok(path)
}

fn add_staff(program: &Path, settings: &Path) -> Result<()> {
    for (login, name, role) in
        [("accueil", "Accueil (démonstration)", "desk"), ("radiologue", "Radiologue (démonstration)", "radiologist")]
    {
        let mut child = Command::new(program)
            .arg("--settings")
            .arg(settings)
            .args(["staff", "add", "--login", login, "--name", name, "--role", role])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        child.stdin.take().context("no standard input")?.write_all(PASSWORD.as_bytes())?;
        if !child.wait()?.success() {
            bail!("the account {login} could not be made");
        }
    }
    Ok(())
}

/// Starts the program and waits for its word that it is ready.
pub fn start(program: &Path, settings: &Path, folder: &Path) -> Result<(Child, Target)> {
    let mut child = Command::new(program)
        .arg("--settings")
        .arg(settings)
        .arg("serve")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.join("log.jsonl"))?)
        .spawn()?;
    let output = child.stdout.take().context("no standard output")?;
    for line in BufReader::new(output).lines() {
        let line = line?;
        let Some(words) = line.strip_prefix("ready ") else { continue };
        let of = |name: &str| {
            let found = words.split(' ').find_map(|word| word.strip_prefix(&format!("{name}=")));
            found.map(str::to_owned).with_context(|| format!("the program does not say its {name} address"))
        };
        let target = Target { dicom: of("dicom")?, hl7: of("hl7")?, desk: of("desk")?, web: of("web")? };
        return Ok((child, target));
    }
    let log = std::fs::read_to_string(folder.join("log.jsonl")).unwrap_or_default();
    bail!("the program did not start:\n{log}");
}

/// Prints what to open for each exam, as read on its sheet.
fn show(folder: &Path, target: &Target, exams: &[phantom::PhantomExam]) -> Result<()> {
    let sheets = folder.join("sheets");
    let end = Instant::now() + Duration::from_secs(180);
    let finished = || -> Result<Vec<PathBuf>> {
        let mut found: Vec<_> = std::fs::read_dir(&sheets)?.flatten().map(|entry| entry.path()).collect();
        found.retain(|path| path.extension().is_some_and(|e| e == "pdf"));
        found.sort();
        Ok(found)
    };
    print!("waiting for the exams to be sealed, published and given their sheets");
    // Exams older than their time on line are archived, not published: they get no sheet by themselves.
    let old = |exam: &&phantom::PhantomExam| {
        matches!(exam.kind, phantom::Kind::PriorHeadCt | phantom::Kind::PriorChestRadiograph)
    };
    let expected = exams.iter().filter(|exam| !old(exam)).count();
    while finished()?.len() < expected {
        if Instant::now() > end {
            bail!("not every sheet came within three minutes: see {}", folder.join("log.jsonl").display());
        }
        std::thread::sleep(Duration::from_millis(500));
        print!(".");
        std::io::stdout().flush()?;
    }
    println!("\n\nOpen  http://{}/", target.web);
    for sheet in finished()? {
        let text = sh::output(folder, "pdftotext", &["-layout", &sheet.to_string_lossy(), "-"]).unwrap_or_default();
        let exam = exams.iter().filter(|exam| !old(exam)).find(|exam| text.contains(&exam.accession));
        let (number, code) = feed::read_sheet(&text);
        println!("\n  {}", exam.map_or("exam", |exam| exam.title.as_str()));
        println!("    N° d'examen        {}", number.unwrap_or("(on the sheet)".into()));
        println!("    Code d'accès       {}", code.unwrap_or("(on the sheet)".into()));
        if let Some(exam) = exam {
            println!("    Date de naissance  {}", exam.patient.born);
        }
        println!("    Feuille            {}", sheet.display());
    }
    Ok(())
}
