//! A disk that fills up: refused with the right words, nothing half, and going on when there is room again, without a
//! restart.

use super::disk::Disk;
use super::place::{Place, Running};
use super::traffic::Traffic;
use super::{Form, Report, web};
use anyhow::{Context, Result, ensure};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const IMAGES: usize = 6;
const NEEDS: &str = "needs root to mount";

/// Less and less room is left, a few pages at a time, so that another write each time is the one that fails.
pub fn blocks(form: &Form) -> Result<Report> {
    let mut report = Report::default();
    let steps = form.trials(4, 120);
    for number in 0..steps {
        let Some(disk) = Disk::tmpfs("size=48m")? else { return Report::skip(NEEDS) };
        let pages = if form.long { number } else { number * 40 };
        let left = (pages * 4096) as usize;
        let trial = fills(&disk, &disk.at.join("ballast"), left, form.seed * 1000 + number);
        report.trial(&format!("{pages} pages left"), trial);
    }
    if let Some(disk) = Disk::tmpfs("size=48m")? {
        let elsewhere = tempfile::NamedTempFile::new()?;
        report.must_fail("a disk with room", fills(&disk, elsewhere.path(), 0, form.seed));
    }
    Ok(report)
}

/// What fills the disk up to `left` bytes.
fn weigh(ballast: &Path, left: usize) -> Result<()> {
    let mut file = std::fs::File::create(ballast)?;
    let block = [1_u8; 4096];
    let mut written = 0;
    // 64 MiB: more than any disk of this scenario.
    while written < (64 << 20) && file.write_all(&block).is_ok() {
        written += block.len();
    }
    file.set_len(written.saturating_sub(left) as u64)?;
    Ok(())
}

fn fills(disk: &Disk, ballast: &Path, left: usize, seed: u64) -> Result<()> {
    let place = Place::on(&disk.at)?;
    let running = place.start()?;
    let mut before = Traffic::new(seed + 40, 2)?;
    before.insist(&running.target, LIMIT)?;
    before.arrives(&place, &running.target, LIMIT)?;
    let cookie = before.open(&place, &running.target)?;
    weigh(ballast, left)?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    let mut others = Vec::new();
    let refused = until_refused(&mut traffic, &mut others, &running, seed);
    // What is there is still served, or refused: never cut short, never something else.
    let read = reads_or_refuses(&running, &before, &cookie);
    std::fs::File::create(ballast)?.set_len(0)?;
    refused.with_context(|| place.log_end())?;
    read?;
    for other in &mut others {
        other.insist(&running.target, LIMIT)?;
    }
    traffic.insist(&running.target, LIMIT).with_context(|| place.log_end())?;
    for other in others.iter().chain([&traffic]) {
        other.arrives(&place, &running.target, LIMIT).with_context(|| place.log_end())?;
    }
    traffic.complete(&place, running, LIMIT)
}

/// Exams are sent until the disk is full; the answer must be "out of resources" (A700), or *try again* over HL7.
fn until_refused(first: &mut Traffic, others: &mut Vec<Traffic>, running: &Running, seed: u64) -> Result<()> {
    let mut sent = first.send(&running.target);
    let mut all = first.refusals().to_vec();
    while sent.is_ok() && others.len() < 12 {
        let mut more = Traffic::new(seed + 50 + others.len() as u64, usize::MAX)?;
        sent = more.send(&running.target);
        all.extend_from_slice(more.refusals());
        others.push(more);
    }
    ensure!(sent.is_err(), "nothing was refused");
    // The other door too: a message is kept or refused, an image as well.
    let mut last = Traffic::new(seed + 70, 2)?;
    let _ = last.send(&running.target);
    all.extend_from_slice(last.refusals());
    ensure!(!all.is_empty(), "no answer at all: {:?}", sent.err());
    ensure!(all.iter().all(|answer| ["A700", "AE", "AR"].contains(&answer.as_str())), "answered {all:?}");
    others.push(last);
    Ok(())
}

fn reads_or_refuses(running: &Running, before: &Traffic, cookie: &str) -> Result<()> {
    match web::data_sets(&running.target.web, cookie) {
        Ok(_) => before.compare(&running.target, cookie),
        Err(error) if error.to_string().contains("is answered 5") => Ok(()),
        Err(error) => Err(error.context("reading on a full disk")),
    }
}

/// No file can be made any more.
pub fn inodes(form: &Form) -> Result<Report> {
    let mut report = Report::default();
    for number in 0..form.trials(1, 20) {
        let Some(disk) = Disk::tmpfs("size=256m,nr_inodes=400")? else { return Report::skip(NEEDS) };
        let trial = no_inode(&disk, number, form.seed * 1000 + number);
        report.trial(&format!("{number} inodes left"), trial);
    }
    report.must_fail("an image never sent", strange(form.seed));
    Ok(report)
}

fn no_inode(disk: &Disk, left: u64, seed: u64) -> Result<()> {
    let place = Place::on(&disk.at)?;
    let running = place.start()?;
    let mut made: Vec<PathBuf> = Vec::new();
    loop {
        let path = disk.at.join(format!("inode-{}", made.len()));
        if std::fs::File::create(&path).is_err() {
            break;
        }
        made.push(path);
    }
    let keep = made.len().saturating_sub(usize::try_from(left)?);
    for path in made.drain(keep..) {
        std::fs::remove_file(path)?;
    }
    let mut traffic = Traffic::new(seed, IMAGES)?;
    let _ = traffic.send(&running.target);
    let fine = traffic.refusals().iter().all(|answer| ["A700", "0110", "AE", "AR"].contains(&answer.as_str()));
    let answers = traffic.refusals().to_vec();
    for path in made {
        std::fs::remove_file(path)?;
    }
    ensure!(fine, "answered {answers:?}");
    traffic.complete(&place, running, LIMIT)
}

/// A harness that takes anything would not see this.
fn strange(seed: u64) -> Result<()> {
    let place = Place::new()?;
    let running = place.start()?;
    let mut traffic = Traffic::new(seed, 3)?;
    traffic.insist(&running.target, LIMIT)?;
    traffic.arrives(&place, &running.target, LIMIT)?;
    traffic.exam.instances.truncate(2);
    traffic.arrives(&place, &running.target, Duration::ZERO)
}

/// The file system finds an error and turns read-only under the program.
pub fn read_only(form: &Form) -> Result<Report> {
    let mut report = Report::default();
    for number in 0..form.trials(1, 20) {
        let Some(disk) = Disk::ext4(640)? else { return Report::skip(NEEDS) };
        let after = 1 + ((number + form.seed) % 6) as usize;
        match turns(&disk, after, form.seed * 1000 + number, true) {
            Ok(false) => return Report::skip("ext4 here has no trigger_fs_error"),
            Ok(true) => report.trial("turned read-only", Ok(())),
            Err(error) => report.trial("turned read-only", Err(error)),
        }
    }
    if let Some(disk) = Disk::ext4(640)? {
        report.must_fail("a disk that stays writable", turns(&disk, 2, form.seed, false).map(|_| ()));
    }
    Ok(report)
}

fn turns(disk: &Disk, after: usize, seed: u64, really: bool) -> Result<bool> {
    let place = Place::on(&disk.at)?;
    let running = place.start()?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    traffic.send_up_to(&running.target, after)?;
    if really && !disk.turn_read_only()? {
        return Ok(false);
    }
    let sent = traffic.send(&running.target);
    ensure!(sent.is_err(), "stores are acknowledged on a read-only disk");
    running.kill()?;
    disk.power_returns()?;
    let again = place.start()?;
    traffic.complete(&place, again, LIMIT).map(|()| true)
}
