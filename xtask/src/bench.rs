//! `cargo xtask bench`: speed, as ratios against peers in the same run.
//!
//! C-STORE of CT slices (1 and 4 associations) and of large mammograms, against DCMTK `storescp` (no index, no sync) and
//! Orthanc when they are installed. The targets are interleaved run by run, so that a busy machine hits all alike.
//! Nagle's algorithm is off for all (`TCP_NODELAY=1` for DCMTK and what is built on it: their best).

use crate::{demo, feed, sh, tools};
use anyhow::{Context, Result, bail};
use dimse::ae::AeTitle;
use dimse::scu::{Instance, Proposal, Scu};
use phantom::{Kind, PhantomInstance, Plan, Size};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What `cargo xtask bench` may be asked.
#[derive(clap::Args)]
pub struct Options {
    /// Runs of each measurement; the median is shown.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Slices in a run.
    #[arg(long, default_value_t = 1000)]
    slices: usize,
    /// Only plan a day of erasure over this many synthetic exams, and over a tenth of them.
    #[arg(long, value_name = "EXAMS", num_args = 0..=1, default_missing_value = "10000000")]
    plan: Option<u64>,
    /// From the door to the first image in Chromium, instead of receiving.
    #[arg(long)]
    first_image: bool,
    /// From the press on *Rapatrier* to the first image: 1 GB alone, then twenty exams at once.
    #[arg(long)]
    recall: bool,
    /// Size of the large exam of `--recall`, in MB.
    #[arg(long, default_value_t = 1000)]
    megabytes: usize,
}

/// Measures recalls, on the release program by a clock that is moved past the end of the exams.
fn recall(options: &Options) -> Result<()> {
    sh::run(&sh::root(), "cargo", &["build", "--release", "-p", "moved", "-p", "xtask"])?;
    let built = sh::root().join("target/release").to_string_lossy().into_owned();
    let (runs, megabytes) = (options.runs.to_string(), options.megabytes.to_string());
    let environment =
        [("NEGATOSCOPE_BIN_DIR", built.as_str()), ("NEGATOSCOPE_RUNS", &runs), ("NEGATOSCOPE_MEGABYTES", &megabytes)];
    sh::run_with(&sh::root().join("e2e"), "node", &["bench/recall.mjs"], &environment)
}

/// Measures the way of a patient, on the release program.
fn first_image(options: &Options) -> Result<()> {
    sh::run(&sh::root(), "cargo", &["build", "--release", "-p", "negatoscope", "-p", "xtask"])?;
    let built = sh::root().join("target/release").to_string_lossy().into_owned();
    let environment = [("NEGATOSCOPE_BIN_DIR", built.as_str()), ("NEGATOSCOPE_RUNS", &options.runs.to_string())];
    sh::run_with(&sh::root().join("e2e"), "node", &["bench/first-image.mjs"], &environment)
}

/// A program that receives images.
struct Peer {
    name: &'static str,
    ae: &'static str,
    address: SocketAddr,
    child: Child,
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One measurement.
#[derive(Clone, Copy)]
struct Figure {
    mb_per_s: f64,
    cpu_s_per_gb: f64,
    peak_mib: f64,
}

/// Measures and prints a table.
pub fn run(options: &Options) -> Result<()> {
    if let Some(exams) = options.plan {
        return plan(options.runs, exams);
    }
    if options.first_image {
        return first_image(options);
    }
    if options.recall {
        return recall(options);
    }
    sh::run(&sh::root(), "cargo", &["build", "--release", "-p", "negatoscope"])?;
    let folder = sh::root().join("target/bench");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let peers = start(&folder)?;
    let slice = Arc::new(model(Kind::HeadCt)?);
    let mammogram = Arc::new(model(Kind::ScreeningMammogram)?);
    println!(
        "CT slices of {} kB, mammograms of {} kB, {} runs, medians",
        slice.dataset.len() / 1000,
        mammogram.dataset.len() / 1000,
        options.runs
    );
    println!("{:<34}{:<14}{:>10}{:>10}{:>12}{:>10}", "work", "target", "MB/s", "ratio", "CPU s/GB", "peak MiB");
    let works: [(&str, &Arc<PhantomInstance>, usize, usize); 3] = [
        ("CT, 1 association", &slice, options.slices, 1),
        ("CT, 4 associations", &slice, options.slices, 4),
        ("mammograms, 1 association", &mammogram, options.slices / 20, 1),
    ];
    let mut serial = 0;
    for (work, image, count, associations) in works {
        let mut figures: Vec<Vec<Figure>> = peers.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.runs {
            for (peer, figures) in peers.iter().zip(&mut figures) {
                serial += 1;
                figures.push(measure(peer, image, count, associations, serial)?);
            }
        }
        let medians: Vec<Figure> = figures.iter_mut().map(|runs| median(runs)).collect();
        for (peer, figure) in peers.iter().zip(&medians) {
            // How many times as fast as this peer we are.
            let ratio = medians.first().map_or(0.0, |ours| ours.mb_per_s / figure.mb_per_s);
            println!(
                "{work:<34}{:<14}{:>10.0}{ratio:>10.2}{:>12.2}{:>10.0}",
                peer.name, figure.mb_per_s, figure.cpu_s_per_gb, figure.peak_mib
            );
        }
    }
    Ok(())
}

/// The planner's own measurement, in its test binary: what it reads grows with what expires.
fn plan(runs: usize, exams: u64) -> Result<()> {
    for run in 1..=runs {
        println!("run {run} of {runs}");
        let test =
            ["test", "--release", "-p", "retention", "--test", "it", "planning_is_measured", "--", "--nocapture"];
        let status = Command::new("cargo").args(test).env("RETENTION_EXAMS", exams.to_string()).status()?;
        if !status.success() {
            bail!("the measurement failed");
        }
    }
    Ok(())
}

/// A typical image whose UIDs are to be replaced.
fn model(kind: Kind) -> Result<PhantomInstance> {
    let exam = Plan { seed: 9, today: demo::today(), size: Size::Demo }.exam(kind);
    exam.instances.into_iter().next().context("an exam without image")
}

fn free() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

fn start(folder: &Path) -> Result<Vec<Peer>> {
    let mut peers = vec![ours(&folder.join("ours"))?];
    if sh::exists("storescp") {
        let (address, out) = (free()?, folder.join("storescp"));
        std::fs::create_dir_all(&out)?;
        let child = Command::new("storescp")
            .args(["+B", "+xa", "-aet", "STORESCP", "-pdu", "131072", "-od"])
            .arg(&out)
            .arg(address.port().to_string())
            .env("TCP_NODELAY", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        peers.push(Peer { name: "storescp", ae: "STORESCP", address, child });
    } else {
        println!("skipped: storescp: not installed");
    }
    match sh::exists("Orthanc") {
        true => peers.push(orthanc(&folder.join("orthanc"))?),
        false => println!("skipped: Orthanc: not installed"),
    }
    for peer in &peers {
        let end = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(peer.address).is_err() {
            if Instant::now() > end {
                bail!("{} does not listen", peer.name);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    Ok(peers)
}

fn ours(folder: &Path) -> Result<Peer> {
    std::fs::create_dir_all(folder)?;
    let settings = folder.join("settings.toml");
    let zero = ["dicom", "hl7", "desk", "web"].map(|name| format!("[{name}]\nlisten = \"127.0.0.1:0\"\n")).join("");
    // Nothing is sealed or published while receiving is measured.
    let text = format!("data-folder = \"{}/data\"\n{zero}[exam]\nquiet-seconds = 86400\n", folder.display());
    std::fs::write(&settings, text)?;
    let (child, target): (Child, feed::Target) =
        demo::start(&tools::target().join("release/negatoscope"), &settings, folder)?;
    Ok(Peer { name: "negatoscope", ae: "NEGATOSCOPE", address: target.dicom.parse()?, child })
}

fn orthanc(folder: &Path) -> Result<Peer> {
    std::fs::create_dir_all(folder)?;
    let address = free()?;
    let settings = folder.join("orthanc.json");
    let text = format!(
        "{{\"Name\":\"bench\",\"StorageDirectory\":\"{0}\",\"IndexDirectory\":\"{0}\",\"DicomPort\":{1},\"DicomAet\":\"ORTHANC\",\
         \"HttpServerEnabled\":false,\"DicomCheckCalledAet\":false,\"DicomAlwaysAllowStore\":true,\"Plugins\":[]}}",
        folder.display(),
        address.port()
    );
    std::fs::write(&settings, text)?;
    let child = Command::new("Orthanc")
        .arg(&settings)
        .env("TCP_NODELAY", "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(Peer { name: "Orthanc", ae: "ORTHANC", address, child })
}

/// Sends `count` copies of an image under new UIDs over `associations` associations.
fn measure(
    peer: &Peer,
    image: &Arc<PhantomInstance>,
    count: usize,
    associations: usize,
    serial: usize,
) -> Result<Figure> {
    sh::run(Path::new("/"), "sync", &[])?;
    let before = cpu_seconds(peer.child.id())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let start = Instant::now();
    runtime.block_on(async {
        let mut senders = tokio::task::JoinSet::new();
        for association in 0..associations {
            let (image, address, ae) = (image.clone(), peer.address, peer.ae);
            let numbers = (0..count).filter(move |n| n % associations == association);
            senders.spawn(async move { send(address, ae, &image, serial, numbers).await });
        }
        while let Some(sent) = senders.join_next().await {
            sent??;
        }
        anyhow::Ok(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let bytes = (image.dataset.len() * count) as f64;
    Ok(Figure {
        mb_per_s: bytes / 1e6 / seconds,
        cpu_s_per_gb: (cpu_seconds(peer.child.id())? - before) / (bytes / 1e9),
        peak_mib: peak_mib(peer.child.id())?,
    })
}

async fn send(
    address: SocketAddr,
    ae: &str,
    image: &PhantomInstance,
    serial: usize,
    numbers: impl Iterator<Item = usize>,
) -> Result<()> {
    let title = |text: &str| AeTitle::new(text).context("an AE title");
    let proposal = Proposal {
        sop_class_uid: image.sop_class_uid.clone(),
        transfer_syntax_uids: vec![image.transfer_syntax_uid.clone()],
    };
    let mut scu = Scu::connect(address, &title("BENCH")?, &title(ae)?, &[proposal]).await?;
    let old = image.sop_instance_uid.as_bytes();
    let mut dataset = image.dataset.clone();
    let at = dataset.windows(old.len()).position(|window| window == old).context("no SOP Instance UID")?;
    for number in numbers {
        // The same length, so that no length field changes: a root of ours, the run, the number, then padding digits.
        let mut uid = format!("2.25.1{serial:05}{number:08}");
        while uid.len() < old.len() {
            uid.push('7');
        }
        uid.truncate(old.len());
        dataset[at..at + uid.len()].copy_from_slice(uid.as_bytes());
        let announced = Instance {
            sop_class_uid: &image.sop_class_uid,
            sop_instance_uid: &uid,
            transfer_syntax_uid: &image.transfer_syntax_uid,
        };
        let status = scu.store_bytes(announced, &dataset).await?;
        if !status.is_stored() {
            bail!("answered {:04X}: {}", status.code, status.comment);
        }
    }
    scu.release().await?;
    Ok(())
}

/// User and system time of a process so far.
fn cpu_seconds(pid: u32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let after_name = stat.rsplit_once(')').context("an unreadable stat")?.1;
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|n| n.parse::<f64>().ok()).sum();
    Ok(ticks / 100.0)
}

fn peak_mib(pid: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kib: f64 = line.split_whitespace().next().context("no figure")?.parse()?;
    Ok(kib / 1024.0)
}

/// The run in the middle by speed.
fn median(runs: &mut [Figure]) -> Figure {
    runs.sort_by(|a, b| a.mb_per_s.total_cmp(&b.mb_per_s));
    runs.get(runs.len() / 2).copied().unwrap_or(Figure { mb_per_s: 0.0, cpu_s_per_gb: 0.0, peak_mib: 0.0 })
}
