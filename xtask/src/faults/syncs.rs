//! Syncs that fail, writes that are interrupted, a disk that takes its time.

use super::place::{Place, Running, Tracer};
use super::traffic::{self, Traffic};
use super::{Form, Report};
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const IMAGES: usize = 6;

fn under(place: &Place, arguments: &[&str]) -> Result<(Running, Tracer)> {
    let running = place.start()?;
    let tracer = Tracer::attach(arguments, &[running.pid()], Path::new("/dev/null"))?;
    Ok((running, tracer))
}

/// Syncs fail once in each thread, or from a moment on; what is refused is sent again; without and with a restart.
pub fn failing(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let mut report = Report::default();
    let trials = form.trials(4, 120);
    for number in 0..trials {
        let error = if number % 2 == 0 { "EIO" } else { "ENOSPC" };
        let fault = format!("inject=fdatasync,fsync:error={error}:when={}", 1 + number / 2);
        report.trial(&fault, fails_once(&fault, form.seed * 1000 + number));
    }
    let always = "inject=fdatasync,fsync:error=EIO";
    report.trial("every sync fails", never_success(always, form.seed * 1000 + 900));
    let broken = never_success("inject=fdatasync,fsync:retval=0", form.seed * 1000 + 901);
    report.must_fail("the failure taken for a success", broken);
    Ok(report)
}

fn fails_once(fault: &str, seed: u64) -> Result<()> {
    let place = Place::new()?;
    let running = place.start()?;
    // Only those that are there: a connection made anew is a new thread, whose first sync would fail as well.
    let arguments = ["-e", "trace=fdatasync,fsync", "-e", fault];
    let tracer = Tracer::attach(&arguments, &running.threads(), Path::new("/dev/null"))?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    // The segment is retired, the connection replaced: it goes on without a restart.
    let insisted = traffic.insist(&running.target, LIMIT);
    drop(tracer);
    insisted.with_context(|| format!("it does not recover by itself:\n{}", place.log_end()))?;
    traffic.complete(&place, running, LIMIT)
}

/// While no sync succeeds nothing may be acknowledged; when they do again, everything is taken.
fn never_success(fault: &str, seed: u64) -> Result<()> {
    let place = Place::new()?;
    let (running, tracer) = under(&place, &["-f", "-e", "trace=fdatasync,fsync", "-e", fault])?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    for _ in 0..5 {
        let _ = traffic.send(&running.target);
    }
    let (acknowledged, refusals) = (traffic.acknowledged(), traffic.refusals().to_vec());
    drop(tracer);
    ensure!(acknowledged == 0, "{acknowledged} items were acknowledged without a sync");
    ensure!(!refusals.is_empty(), "nothing was refused");
    traffic.complete(&place, running, LIMIT)
}

/// Calls on files are interrupted (EINTR): everything succeeds all the same. A short write is what a full disk gives.
pub fn interrupted(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let mut report = Report::default();
    let steps: &[u64] = if form.long { &[1, 2, 3, 5, 7, 11, 13, 17, 19, 23] } else { &[2, 3] };
    for step in steps {
        // Not reads: a new decoder is read by the loader, which nothing interrupts in life.
        let calls = "pwrite64,pwritev,pwritev2";
        let fault = format!("inject={calls}:error=EINTR:when={step}+{}", step + 1);
        let trial = goes_on(&fault, &format!("trace={calls}"), form.seed * 1000 + step);
        report.trial(&fault, trial);
    }
    let lie = "inject=pwrite64,pwritev,pwritev2:retval=4096:when=3+3";
    let trial = goes_on(lie, "trace=pwrite64,pwritev,pwritev2", form.seed * 1000 + 99);
    report.must_fail("writes answered and not made", trial);
    Ok(report)
}

fn goes_on(fault: &str, trace: &str, seed: u64) -> Result<()> {
    let place = Place::new()?;
    let (running, tracer) = under(&place, &["-f", "-e", trace, "-e", fault])?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    let sent = traffic.send(&running.target);
    let arrived = sent.and_then(|()| traffic.arrives(&place, &running.target, Duration::from_secs(20)));
    drop(tracer);
    arrived.with_context(|| place.log_end())?;
    traffic.complete(&place, running, LIMIT)
}

/// Two seconds for each sync: a store waits, and C-ECHO on another association is answered meanwhile.
pub fn slow(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let mut report = Report::default();
    for number in 0..form.trials(1, 10) {
        report.trial("a slow disk", waits(form.seed * 1000 + number, false));
    }
    report.must_fail("the program stopped (SIGSTOP)", waits(form.seed * 1000 + 50, true));
    Ok(report)
}

fn waits(seed: u64, stopped: bool) -> Result<()> {
    let place = Place::new()?;
    let slow = "inject=fdatasync,fsync:delay_enter=2000000";
    let (running, tracer) = under(&place, &["-f", "-e", "trace=fdatasync,fsync", "-e", slow])?;
    let mut traffic = Traffic::new(seed, 2)?;
    let (exam, target) = (traffic.exam.clone(), running.target.clone());
    if stopped {
        running.signal("STOP");
    }
    let echoes = std::thread::scope(|scope| {
        let storing = scope.spawn(|| traffic.send_up_to(&target, 2));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut echoes = 0;
        while !storing.is_finished() && echoes < 1000 {
            let echo = runtime.block_on(async {
                let echoing = async {
                    let mut scu = traffic::associate(&target.dicom, &exam).await?;
                    let status = scu.echo().await?;
                    scu.release().await?;
                    anyhow::Ok(status)
                };
                tokio::time::timeout(Duration::from_secs(10), echoing).await
            });
            if stopped {
                running.signal("CONT");
            }
            let status = echo.context("C-ECHO during a slow store is not answered")??;
            ensure!(status == 0, "C-ECHO is refused");
            if !storing.is_finished() {
                echoes += 1;
            }
        }
        storing.join().map_err(|_| anyhow::anyhow!("the sender ended badly"))??;
        anyhow::Ok(echoes)
    });
    drop(tracer);
    ensure!(echoes? > 0, "no C-ECHO was answered while a store waited");
    traffic.complete(&place, running, LIMIT)
}
