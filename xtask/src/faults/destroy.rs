//! kill −9 while an exam is destroyed at the end of its archive, as two people have approved.

use super::place::{self, Place, Running, Tracer};
use super::traffic::Traffic;
use super::web::Staff;
use super::{Form, Report};
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

/// What leaves a mark on a disk.
const CALLS: &str = "write,pwrite64,pwritev,fsync,fdatasync,rename,renameat,unlink,unlinkat,openat,mkdir,rmdir";
/// Calls of one thread in a destruction, about: later points happen less and less often.
const MOST: u64 = 90;
const LIMIT: Duration = Duration::from_secs(60);
const DAY: u64 = 86_400;
/// Of a scanner's images, in days, and a few more.
const FIVE_YEARS: u64 = 5 * 366;
const IMAGES: usize = 4;

/// An exam whose last day is tomorrow, and who sent it.
struct LastDay {
    place: Place,
    traffic: Traffic,
    exam: String,
    /// Seconds the clock is ahead.
    ahead: u64,
}

/// At different calls of the day on which it goes.
pub fn killed(form: &Form) -> Result<Report> {
    if !crate::sh::exists("strace") {
        return Report::skip("strace is missing");
    }
    let last_day = last_day(form.seed * 100_000 + 90_000)?;
    let mut report = Report::default();
    let count = form.trials(5, MOST);
    for number in 0..count {
        let call = 1 + (number * MOST / count + form.seed) % MOST;
        match goes(&last_day, Some(call), LIMIT) {
            Ok(true) => report.trial(&format!("call {call}"), Ok(())),
            Ok(false) => {}
            Err(error) => report.trial(&format!("call {call}"), Err(error)),
        }
    }
    let kept = LastDay { ahead: last_day.ahead - DAY, ..last_day };
    report.must_fail("its day has not come", goes(&kept, None, Duration::from_secs(8)).map(|_| ()));
    Ok(report)
}

/// Receives, seals, lets five years pass, and has the list approved by both.
fn last_day(seed: u64) -> Result<LastDay> {
    let mut place = Place::new()?;
    place.on_a_moved_clock()?;
    for (login, role) in [("anne", "data-protection"), ("bruno", "radiologist")] {
        place.account(login, role)?;
    }
    let running = place.start()?;
    let mut traffic = Traffic::new(seed, IMAGES)?;
    traffic.insist(&running.target, LIMIT)?;
    traffic.arrives(&place, &running.target, LIMIT)?;
    let mut ahead = FIVE_YEARS * DAY;
    place.move_clock(ahead)?;
    until(&running, "/conservation", "1 à proposer")?;
    ahead += DAY;
    place.move_clock(ahead)?;
    let list = until(&running, "/conservation", "/conservation/")?;
    let list = list.get(..36).context("the list has no name")?.to_owned();
    for login in ["bruno", "anne"] {
        let status = Staff::login(&running.target.desk, login)?.press(&format!("/conservation/{list}/approuver"))?;
        ensure!(status == 303, "{login}'s yes is answered {status}");
    }
    let exam = until(&running, &format!("/conservation/{list}"), "/examen/")?;
    let exam = exam.get(..36).context("the exam has no name")?.to_owned();
    ahead += 31 * DAY;
    place.move_clock(ahead)?;
    until(&running, "/conservation", "1 à détruire")?;
    running.stop()?;
    Ok(LastDay { place, traffic, exam, ahead })
}

/// Waits until a page holds these words; what follows them.
fn until(running: &Running, path: &str, words: &str) -> Result<String> {
    let end = Instant::now() + LIMIT;
    loop {
        let (status, text) = Staff::login(&running.target.desk, "anne")?.page(path)?;
        let found = text.match_indices(words).map(|(at, _)| text.get(at + words.len()..).unwrap_or_default());
        // A link to the page itself is not what is looked for.
        let mut found = found.filter(|rest| !words.ends_with('/') || rest.as_bytes().get(8) == Some(&b'-'));
        if let Some(rest) = found.next() {
            return Ok(rest.to_owned());
        }
        ensure!(Instant::now() < end, "{path} ({status}) never says {words}");
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// Whether the kill did happen; fails when anything of the exam stays, or anything else is hurt.
fn goes(last_day: &LastDay, call: Option<u64>, limit: Duration) -> Result<bool> {
    let place = last_day.place.copy()?;
    let before = objects(&place);
    let mut running = place.start()?;
    let tracer = match call {
        Some(call) => {
            let inject = format!("inject={CALLS}:signal=KILL:when={call}");
            let trace = format!("trace={CALLS}");
            Some(Tracer::attach(&["-f", "-e", &trace, "-e", &inject], &[running.pid()], Path::new("/dev/null"))?)
        }
        None => None,
    };
    place.move_clock(last_day.ahead + DAY)?;
    let end = Instant::now() + limit;
    let mut killed = false;
    let certificate = loop {
        if running.ended() && !killed {
            killed = true;
            running.kill()?;
            running = place.start()?;
        }
        match certificate(&running, &last_day.exam) {
            Ok(text) => break text,
            Err(error) if Instant::now() > end => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(100)),
        }
    };
    drop(tracer);
    // The certificate is on paper before the last byte goes: the one who is asked to stop ends what it has begun.
    running.stop().or_else(|error| if killed { Err(error) } else { Ok(()) })?;
    let again = place.start()?;
    nothing_stays(&place, &again, last_day, &before, &certificate)?;
    again.stop()?;
    place.verify()?;
    Ok(killed)
}

fn certificate(running: &Running, exam: &str) -> Result<String> {
    let (status, text) =
        Staff::login(&running.target.desk, "anne")?.page(&format!("/examen/{exam}/certificat.json"))?;
    ensure!(status == 200, "there is no certificate: {status}");
    Ok(text)
}

fn objects(place: &Place) -> BTreeSet<String> {
    let names = place::files(&place.data.join("archive/vault/objects"));
    names.iter().filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect()
}

/// Of what the certificate names nothing is left, everything else is there, and the code opens nothing.
fn nothing_stays(
    place: &Place,
    running: &Running,
    last_day: &LastDay,
    before: &BTreeSet<String>,
    certificate: &str,
) -> Result<()> {
    let end = Instant::now() + LIMIT;
    let (gone, kept): (Vec<_>, Vec<_>) = before.iter().partition(|name| certificate.contains(name.as_str()));
    ensure!(!gone.is_empty(), "the certificate names no object");
    loop {
        let now = objects(place);
        let lost = kept.iter().filter(|name| !now.contains(name.as_str())).count();
        ensure!(lost == 0, "{lost} objects went that no certificate names");
        let stay = gone.iter().filter(|name| now.contains(name.as_str())).count();
        if stay == 0 {
            break;
        }
        ensure!(Instant::now() < end, "{stay} destroyed objects stay");
        std::thread::sleep(Duration::from_millis(100));
    }
    if last_day.traffic.open(place, &running.target).is_ok() {
        bail!("the code of a destroyed exam opens something");
    }
    Ok(())
}
