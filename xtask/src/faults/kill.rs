//! kill −9 at the system calls that matter, of a whole pass (receive, seal, publish, sheet) and of a start.
//!
//! strace counts for each thread by itself. So a point is (thread, number): "any" thread's number-th call, and each
//! thread that is there when the pass begins, alone.

use super::place::{Place, Running, Tracer};
use super::traffic::Traffic;
use super::{Form, Report};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// What leaves a mark on a disk or a wire.
const CALLS: &str = "write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,\
                     unlink,unlinkat,openat,ftruncate,fallocate,mkdir,mkdirat,link,linkat,rmdir,sendto,fadvise64";
const IMAGES: usize = 5;
const LIMIT: Duration = Duration::from_secs(60);

/// Which thread, and which of its calls.
#[derive(Clone, Copy)]
struct Point {
    /// Position among the threads that were there at the beginning; `None`: any thread.
    thread: Option<usize>,
    call: u64,
}

/// During a pass.
pub fn during_a_pass(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let points = points()?;
    let chosen = sample(&points, form.trials(14, points.len() as u64), form.seed);
    let mut report = Report { note: format!("{} points in a pass", points.len()), ..Report::default() };
    for (number, point) in chosen.into_iter().enumerate() {
        let name = format!("thread {:?} call {}", point.thread, point.call);
        match killed_at(point, form.seed * 100_000 + number as u64) {
            Ok(false) => {}
            Ok(true) => report.trial(&name, Ok(())),
            Err(error) => report.trial(&name, Err(error)),
        }
    }
    report.must_fail("the landing log removed after the kill", log_removed(form.seed));
    Ok(report)
}

/// How many calls each thread made.
fn count(log: &Path) -> Result<BTreeMap<u32, u64>> {
    let mut calls: BTreeMap<u32, u64> = BTreeMap::new();
    for line in std::fs::read_to_string(log)?.lines().filter(|line| !line.contains("resumed>")) {
        if let Some(thread) = line.split_whitespace().next().and_then(|word| word.parse().ok()) {
            *calls.entry(thread).or_default() += 1;
        }
    }
    Ok(calls)
}

/// One plain pass, traced.
fn points() -> Result<Vec<Point>> {
    let place = Place::new()?;
    let running = place.start()?;
    let threads = running.threads();
    let log = place.sheets().with_file_name("strace");
    let tracer = Tracer::attach(&["-f", "-e", &format!("trace={CALLS}")], &[running.pid()], &log)?;
    let mut traffic = Traffic::new(1, IMAGES)?;
    traffic.insist(&running.target, LIMIT)?;
    traffic.arrives(&place, &running.target, LIMIT)?;
    tracer.detach();
    running.stop()?;
    let calls = count(&log)?;
    let most = calls.values().copied().max().unwrap_or(0);
    let mut points: Vec<Point> = (1..=most).map(|call| Point { thread: None, call }).collect();
    for (position, thread) in threads.iter().enumerate() {
        let count = calls.get(thread).copied().unwrap_or(0);
        points.extend((1..=count).map(|call| Point { thread: Some(position), call }));
    }
    Ok(points)
}

/// Evenly spread, the first chosen by the seed.
fn sample(points: &[Point], count: u64, seed: u64) -> Vec<Point> {
    let total = points.len() as u64;
    if count >= total {
        return points.to_vec();
    }
    let step = total as f64 / count as f64;
    let first = (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 11) as f64 / (1_u64 << 53) as f64 * step;
    (0..count).filter_map(|n| points.get((first + step * n as f64) as usize)).copied().collect()
}

/// False when the pass ended before its point came.
fn killed_at(point: Point, seed: u64) -> Result<bool> {
    let place = Place::new()?;
    let mut running = place.start()?;
    let inject = format!("inject={CALLS}:signal=KILL:when={}", point.call);
    let trace = format!("trace={CALLS}");
    let thread = point.thread.and_then(|position| running.threads().get(position).copied());
    let mut arguments = vec!["-e", &trace, "-e", &inject];
    if thread.is_none() {
        arguments.push("-f");
    }
    let tracer = Tracer::attach(&arguments, &[thread.unwrap_or(running.pid())], Path::new("/dev/null"))?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    let sent = traffic.send(&running.target);
    if sent.is_ok() {
        let _ = until_ended_or_there(&traffic, &place, &mut running);
    }
    let killed = running.ended() || sent.is_err();
    drop(tracer);
    running.kill()?;
    let again = place.start()?;
    traffic.complete(&place, again, LIMIT)?;
    Ok(killed)
}

fn until_ended_or_there(traffic: &Traffic, place: &Place, running: &mut Running) -> Result<()> {
    for _ in 0..40 {
        if running.ended() {
            break;
        }
        if traffic.arrives(place, &running.target, Duration::ZERO).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(())
}

/// The check itself must see a loss.
fn log_removed(seed: u64) -> Result<()> {
    let mut place = Place::new()?;
    place.quiet = 3600;
    let running = place.start()?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    traffic.send(&running.target)?;
    running.kill()?;
    std::fs::remove_dir_all(place.data.join("archive/landing"))?;
    place.quiet = 1;
    let again = place.start()?;
    traffic.complete(&place, again, Duration::from_secs(8))
}

/// The program killed while it starts on the work of a program killed before.
pub fn during_a_start(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let mut report = Report::default();
    let most = calls_of_a_start(form.seed * 100_000 + 40_000)?;
    report.note = format!("at most {most} calls of one thread in a start");
    let count = form.trials(5, most);
    for number in 0..count {
        let call = 1 + (number * most / count + form.seed) % most;
        let mut killed = false;
        let trial = killed_while_starting(call, form.seed * 100_000 + 50_000 + number, &mut killed);
        if killed || trial.is_err() {
            report.trial(&format!("call {call}"), trial);
        }
    }
    report.must_fail("the landing log removed after the kill", log_removed(form.seed + 1));
    Ok(report)
}

/// A place whose program was killed with work to do.
fn interrupted(seed: u64) -> Result<(Place, Traffic)> {
    let mut place = Place::new()?;
    place.quiet = 3600;
    let running = place.start()?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    traffic.send_up_to(&running.target, IMAGES)?;
    running.kill()?;
    place.quiet = 1;
    Ok((place, traffic))
}

fn calls_of_a_start(seed: u64) -> Result<u64> {
    let (place, _) = interrupted(seed)?;
    let log = place.sheets().with_file_name("strace");
    let words = ["strace", "-f", "-o", &log.to_string_lossy(), "-e", &format!("trace={CALLS}")];
    let running = place.try_start(&words)?.context("it does not start under strace")?;
    running.kill()?;
    Ok(count(&log)?.values().copied().max().unwrap_or(1))
}

fn killed_while_starting(call: u64, seed: u64, killed: &mut bool) -> Result<()> {
    let (place, mut traffic) = interrupted(seed)?;
    let inject = format!("inject={CALLS}:signal=KILL:when={call}");
    let before = ["strace", "-f", "-o", "/dev/null", "-e", &format!("trace={CALLS}"), "-e", &inject];
    match place.try_start(&before)? {
        Some(running) => running.kill()?,
        None => *killed = true,
    }
    let again = place.start()?;
    traffic.complete(&place, again, LIMIT)
}
