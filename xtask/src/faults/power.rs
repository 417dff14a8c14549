//! The plug is pulled in the middle of a store loop: what was acknowledged must be on the device itself.

use super::disk::Disk;
use super::place::{Place, Running, Tracer};
use super::traffic::Traffic;
use super::{Form, Report};
use anyhow::{Result, bail, ensure};
use std::path::Path;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
const IMAGES: usize = 12;
const NEEDS: &str = "needs root, mkfs.ext4 and loop devices";
/// Of a disk: a landing segment, its spare, and the rest.
const MEGABYTES: u64 = 128;
/// Every sync answered and none made.
const NO_SYNC: &str = "inject=fsync,fdatasync,sync_file_range:retval=0";

/// Cuts at different moments.
pub fn cut(form: &Form) -> Result<Report> {
    let mut report = Report::default();
    let cuts = form.trials(4, 200);
    for number in 0..cuts {
        let Some(disk) = Disk::forgetful(MEGABYTES)? else { return Report::skip(NEEDS) };
        let after = 1 + ((number + form.seed) as usize * 5) % (IMAGES + 2);
        let trial = cut_after(&disk, after, form.seed * 1000 + number, &[], LIMIT);
        report.trial(&format!("cut after {after} acknowledgements"), trial);
    }
    let before = ["strace", "-f", "-o", "/dev/null", "-e", "trace=fsync,fdatasync,sync_file_range", "-e", NO_SYNC];
    report.must_fail_once("every sync answered and none made", || {
        let Some(disk) = Disk::forgetful(MEGABYTES)? else { return Ok(()) };
        cut_after(&disk, IMAGES, form.seed, &before, Duration::from_secs(8))
    });
    Ok(report)
}

/// A clean start first, so that the cut falls into the store loop alone.
fn cut_after(disk: &Disk, after: usize, seed: u64, before: &[&str], limit: Duration) -> Result<()> {
    let place = Place::on(&disk.at)?;
    place.start()?.stop()?;
    let running = place.try_start(before)?;
    let Some(running) = running else { bail!("it does not start:\n{}", place.log_end()) };
    settled(&place, &running)?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    traffic.send_up_to(&running.target, after)?;
    disk.cut_power()?;
    // Nothing may be acknowledged any more, and what is refused is sent again later.
    let _ = traffic.send(&running.target);
    running.kill()?;
    disk.power_returns()?;
    let again = place.start()?;
    traffic.complete(&place, again, limit)
}

/// After a start a segment is made ready by a thread of its own; what that puts on the disk would hide a missing sync.
/// It is done when the segment is there and the thread is gone.
fn settled(place: &Place, running: &Running) -> Result<()> {
    let end = Instant::now() + LIMIT;
    loop {
        let log = super::place::files(&place.data.join("archive/landing"));
        let made = log.iter().filter_map(|file| file.file_name()?.to_str()).any(|name| name.starts_with("segment-"));
        if made && !running.thread_names().iter().any(|name| name.starts_with("landing-spare")) {
            return Ok(());
        }
        ensure!(Instant::now() < end, "no landing segment is made ready: {log:?}; log:\n{}", place.log_end());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The k-th sync of each thread that is there fails and is not made; stores go on; then the plug is pulled. Whoever had been told
/// Success in spite of it would lose.
pub fn failing_sync_then_cut(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let mut report = Report::default();
    let trials = form.trials(4, 60);
    for number in 0..trials {
        let Some(disk) = Disk::forgetful(MEGABYTES)? else { return Report::skip(NEEDS) };
        let kind = if number % 2 == 0 { "EIO" } else { "ENOSPC" };
        let fault = format!("inject=fdatasync,fsync:error={kind}:when={}", 1 + number / 2);
        let trial = fails_then_cut(&disk, &fault, form.seed * 1000 + 500 + number, LIMIT);
        report.trial(&fault, trial);
    }
    report.must_fail_once("the failure taken for a success", || {
        let Some(disk) = Disk::forgetful(MEGABYTES)? else { return Ok(()) };
        fails_then_cut(&disk, NO_SYNC, form.seed + 7, Duration::from_secs(8))
    });
    Ok(report)
}

fn fails_then_cut(disk: &Disk, fault: &str, seed: u64, limit: Duration) -> Result<()> {
    let place = Place::on(&disk.at)?;
    let running = place.start()?;
    settled(&place, &running)?;
    let arguments = ["-e", "trace=fsync,fdatasync,sync_file_range", "-e", fault];
    let tracer = Tracer::attach(&arguments, &running.threads(), Path::new("/dev/null"))?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    // A modality tries again what was refused, until all but a few are taken.
    for _ in 0..20 {
        if traffic.send_up_to(&running.target, IMAGES).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    disk.cut_power()?;
    drop(tracer);
    running.kill()?;
    disk.power_returns()?;
    let again = place.start()?;
    traffic.complete(&place, again, limit)
}
