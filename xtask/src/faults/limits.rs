//! Descriptors and memory run out.

use super::place::Place;
use super::traffic::Traffic;
use super::{Form, Report};
use anyhow::{Context, Result, ensure};
use std::net::TcpStream;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Connections to each door.
const CROWD: usize = 300;

/// Connections take every descriptor; when they go, everything goes on without a restart.
pub fn descriptors(form: &Form) -> Result<Report> {
    if !crate::sh::exists("prlimit") {
        return Report::skip("prlimit is missing");
    }
    let mut report = Report::default();
    for number in 0..form.trials(2, 40) {
        let limit = 160 + number * 7;
        let trial = crowded(limit, form.seed * 1000 + number);
        report.trial(&format!("{limit} descriptors"), trial);
    }
    report.must_fail("descriptors enough", crowded(4096, form.seed));
    Ok(report)
}

fn crowded(limit: u64, seed: u64) -> Result<()> {
    let place = Place::new()?;
    let running = place.start()?;
    let words = format!("--nofile={limit}:{limit}");
    let done = std::process::Command::new("prlimit").args([&words, "--pid", &running.pid().to_string()]).status()?;
    ensure!(done.success(), "prlimit failed");
    let mut crowd = Vec::new();
    for address in [&running.target.web, &running.target.hl7] {
        let address = address.parse()?;
        // A queue that is full answers nothing at all.
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok();
        crowd.extend(std::iter::repeat_with(connect).take(CROWD).map_while(|stream| stream));
    }
    std::thread::sleep(Duration::from_millis(300));
    let used = std::fs::read_dir(format!("/proc/{}/fd", running.pid()))?.count() as u64;
    ensure!(used + 8 >= limit, "only {used} of {limit} descriptors are in use");
    let mut traffic = Traffic::new(seed, 4)?;
    let sent = std::thread::scope(|scope| {
        // Whoever waits in the queue of a listener is served when the crowd goes.
        let sending = scope.spawn(|| traffic.send(&running.target));
        std::thread::sleep(Duration::from_millis(500));
        drop(crowd);
        sending.join().map_err(|_| anyhow::anyhow!("the sender ended badly"))
    });
    let _ = sent?;
    traffic.complete(&place, running, LIMIT).with_context(|| place.log_end())
}

/// Address space ends in the middle of the traffic. The program may refuse, or die and be started again; what it
/// acknowledged stays.
pub fn memory(form: &Form) -> Result<Report> {
    if !crate::sh::exists("prlimit") {
        return Report::skip("prlimit is missing");
    }
    let mut report = Report::default();
    for number in 0..form.trials(2, 40) {
        let spare = ((number % 20) * 2) << 20;
        let trial = squeezed(spare, form.seed * 1000 + number, false);
        report.trial(&format!("{} MiB more than it has", spare >> 20), trial);
    }
    report.must_fail("the landing log removed after the kill", squeezed(0, form.seed, true));
    Ok(report)
}

fn squeezed(spare: u64, seed: u64, lost: bool) -> Result<()> {
    let mut place = Place::new()?;
    place.quiet = if lost { 3600 } else { 1 };
    let mut running = place.start()?;
    let mut traffic = Traffic::new(seed, 6)?;
    traffic.send_up_to(&running.target, 4)?;
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.pid()))?;
    let has = status.lines().find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB"));
    let has: u64 = has.context("no VmSize")?.trim().parse()?;
    // The soft limit alone: the hard one could not be raised again.
    let limit = format!("--as={}:", (has << 10) + spare);
    let pid = running.pid().to_string();
    ensure!(std::process::Command::new("prlimit").args([&limit, "--pid", &pid]).status()?.success(), "prlimit failed");
    let mut large = Traffic::new(seed + 30, usize::MAX)?;
    let _ = large.send(&running.target);
    let _ = traffic.send(&running.target);
    place.quiet = 1;
    let died = running.ended();
    if died || lost {
        running.kill()?;
        if lost {
            std::fs::remove_dir_all(place.data.join("archive/landing"))?;
        }
        running = place.start()?;
    } else {
        let _ = std::process::Command::new("prlimit").args(["--as=unlimited:", "--pid", &pid]).status();
    }
    let limit = if lost { Duration::from_secs(8) } else { LIMIT };
    large.insist(&running.target, limit)?;
    traffic.insist(&running.target, limit)?;
    large.arrives(&place, &running.target, limit)?;
    traffic.complete(&place, running, limit)
}
