//! kill −9 while an exam expires and comes back, on a clock that is moved by two years.

use super::place::{self, Place, Running, Tracer};
use super::traffic::Traffic;
use super::{Form, Report, web};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::{Duration, Instant};

/// What leaves a mark on a disk.
const CALLS: &str = "write,pwrite64,pwritev,fsync,fdatasync,rename,renameat,unlink,unlinkat,openat,mkdir,rmdir";
/// Calls of one thread in an expiry and a recall, about: later points happen less and less often.
const MOST: u64 = 160;
const LIMIT: Duration = Duration::from_secs(60);
/// A little over two years.
const LATER: u64 = 740 * 86_400;

/// During the expiry and the recall that follows.
pub fn expiry_and_recall(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let mut report = Report::default();
    let count = form.trials(5, MOST);
    for number in 0..count {
        let call = 1 + (number * MOST / count + form.seed) % MOST;
        match comes_back(form.seed * 100_000 + 70_000 + number, Some(call), false) {
            Ok(killed) if killed => report.trial(&format!("call {call}"), Ok(())),
            Ok(_) => {}
            Err(error) => report.trial(&format!("call {call}"), Err(error)),
        }
    }
    let broken = comes_back(form.seed * 100_000 + 79_000, None, true);
    report.must_fail("the vault's objects removed", broken.map(|_| ()));
    Ok(report)
}

/// Whether the kill did happen; fails when the exam does not come back whole, or its old copy stays.
fn comes_back(seed: u64, call: Option<u64>, lost: bool) -> Result<bool> {
    let mut place = Place::new()?;
    place.on_a_moved_clock()?;
    let mut running = place.start()?;
    let mut traffic = Traffic::new(seed, 4)?;
    traffic.insist(&running.target, LIMIT)?;
    traffic.arrives(&place, &running.target, LIMIT)?;
    sealed(&place)?;
    if lost {
        std::fs::remove_dir_all(place.data.join("archive/vault/objects"))?;
    }
    let tracer = match call {
        Some(call) => {
            let inject = format!("inject={CALLS}:signal=KILL:when={call}");
            let trace = format!("trace={CALLS}");
            Some(Tracer::attach(&["-f", "-e", &trace, "-e", &inject], &[running.pid()], Path::new("/dev/null"))?)
        }
        None => None,
    };
    place.move_clock(LATER)?;
    let limit = if lost { Duration::from_secs(15) } else { LIMIT };
    let end = Instant::now() + limit;
    let mut killed = false;
    loop {
        let seen = ask_back(&traffic, &place, &running);
        if seen.is_ok() {
            break;
        }
        if running.ended() && !killed {
            killed = true;
            running.kill()?;
            running = place.start()?;
        }
        if Instant::now() > end {
            seen.with_context(|| format!("it does not come back; log:\n{}", place.log_end()))?;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    drop(tracer);
    gone(&place, end)?;
    running.stop().or_else(|error| if killed { Err(error) } else { Ok(()) })?;
    place.verify()?;
    Ok(killed)
}

/// Until everything is in the vault: what is not sealed cannot be lost with it.
fn sealed(place: &Place) -> Result<()> {
    let end = Instant::now() + LIMIT;
    while place::files(&place.data.join("archive/vault/objects")).len() < 3 {
        ensure!(Instant::now() < end, "nothing is sealed");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

/// Opens the door with the same sheet, asks the exam back if it is over, and compares what is on line.
fn ask_back(traffic: &Traffic, place: &Place, running: &Running) -> Result<()> {
    let cookie = traffic.open(place, &running.target)?;
    let page = web::ask(&running.target.web, &format!("GET /examen HTTP/1.1\r\ncookie: {cookie}\r\n"), "")?;
    if String::from_utf8_lossy(&page.body).contains("/examen/rapatrier\"") {
        let request = format!(
            "POST /examen/rapatrier HTTP/1.1\r\ncookie: {cookie}\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        );
        web::ask(&running.target.web, &request, "")?;
    }
    let again = String::from_utf8_lossy(&page.body).contains("de nouveau en ligne");
    ensure!(again, "it is not on line again");
    traffic.compare(&running.target, &cookie)
}

/// Of the copies only the latest stays.
fn gone(place: &Place, end: Instant) -> Result<()> {
    loop {
        let shelves = copies(&place.data.join("diffusion/copies"));
        if shelves == 1 {
            return Ok(());
        }
        ensure!(Instant::now() < end, "{shelves} web copies stay");
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// Folders that hold files: one for each web copy.
fn copies(folder: &Path) -> usize {
    let mut folders: Vec<_> =
        place::files(folder).iter().filter_map(|file| file.parent().map(Path::to_owned)).collect();
    folders.dedup();
    folders.len()
}
