//! Bytes that change on the disk: found before the first wrong one leaves, and named.

use super::place::{Place, Running, files};
use super::traffic::Traffic;
use super::{Form, Report, web};
use anyhow::{Context, Result, bail, ensure};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// A place with a finished exam, stopped.
fn finished(seed: u64) -> Result<(Place, Traffic)> {
    let place = Place::new()?;
    let running = place.start()?;
    let mut traffic = Traffic::new(seed, 5)?;
    traffic.insist(&running.target, LIMIT)?;
    traffic.complete(&place, running, LIMIT)?;
    Ok((place, traffic))
}

/// Repeats from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound.max(1)
    }
}

/// One bit, in place; the bit again puts it back.
fn flip(path: &Path, dice: &mut Dice) -> Result<(u64, u8)> {
    let size = std::fs::metadata(path)?.len();
    let (at, bit) = (dice.below(size), 1 << dice.below(8));
    flip_at(path, at, bit)?;
    Ok((at, bit))
}

fn flip_at(path: &Path, at: u64, bit: u8) -> Result<()> {
    let file = std::fs::File::options().read(true).write(true).open(path)?;
    let mut byte = [0];
    file.read_exact_at(&mut byte, at)?;
    file.write_all_at(&[byte[0] ^ bit], at)?;
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// `verify` must fail and name what was hurt.
fn names(place: &Place, hurt: &[&Path]) -> Result<()> {
    let (fits, said) = place.ask(&["verify"])?;
    ensure!(!fits, "verify finds nothing wrong");
    for path in hurt {
        ensure!(said.contains(&name(path)), "verify does not name {}: {said}", name(path));
    }
    Ok(())
}

/// Flipped, swapped, cut, removed, renamed objects.
pub fn vault(form: &Form) -> Result<Report> {
    let (place, _) = finished(form.seed * 1000 + 1)?;
    let objects = files(&place.data.join("archive/vault/objects"));
    ensure!(objects.len() > 1, "too few objects");
    let mut report = Report { note: format!("{} objects", objects.len()), ..Report::default() };
    let mut dice = Dice(form.seed);
    for _ in 0..form.trials(24, 2000) {
        let path = &objects[dice.below(objects.len() as u64) as usize];
        let (at, bit) = flip(path, &mut dice)?;
        report.trial("a bit flipped", names(&place, &[path]));
        flip_at(path, at, bit)?;
    }
    let (one, two) = (&objects[0], &objects[1]);
    let aside = one.with_extension("aside");
    let swap = || -> Result<()> {
        std::fs::rename(one, &aside)?;
        std::fs::rename(two, one)?;
        Ok(std::fs::rename(&aside, two)?)
    };
    swap()?;
    report.trial("two objects swapped", names(&place, &[one, two]));
    swap()?;
    let whole = std::fs::read(one)?;
    std::fs::write(one, &whole[..whole.len() / 2])?;
    report.trial("cut short", names(&place, &[one]));
    std::fs::remove_file(one)?;
    report.trial("removed", names(&place, &[one]));
    let strange = objects[1].with_file_name(format!("{}.age", "5".repeat(name(one).len())));
    std::fs::write(&strange, &whole)?;
    report.trial("renamed", names(&place, &[one]));
    std::fs::remove_file(&strange)?;
    std::fs::write(one, &whole)?;
    place.verify().context("put back, everything must fit again")?;
    report.must_fail("an object that was not hurt", names(&place, &[one]));
    Ok(report)
}

/// The web must refuse, or serve exactly what was sent.
fn refused_or_right(running: &Running, traffic: &Traffic, cookie: &str) -> Result<bool> {
    match web::data_sets(&running.target.web, cookie) {
        Err(_) => Ok(true),
        Ok(_) => traffic.compare(&running.target, cookie).map(|()| false),
    }
}

/// Web copies hurt under a running program, each put back after.
pub fn copies(form: &Form) -> Result<Report> {
    let (place, traffic) = finished(form.seed * 1000 + 2)?;
    let running = place.start()?;
    let cookie = traffic.open(&place, &running.target)?;
    let mut copies = files(&place.data.join("diffusion"));
    copies.retain(|path| !is_database(path) && !path.to_string_lossy().contains("/trace/"));
    copies.retain(|path| !path.to_string_lossy().contains("/keys/") && !path.ends_with("lock"));
    ensure!(copies.len() > 3, "too few files of web copies");
    let (mut report, mut dice, mut refused) = (Report::default(), Dice(form.seed), 0);
    // Each file in turn at least once: what is asked for is among them.
    let flips = form.trials(60, 4000).max(copies.len() as u64);
    for path in copies.iter().cycle().take(flips as usize) {
        let (at, bit) = flip(path, &mut dice)?;
        match refused_or_right(&running, &traffic, &cookie) {
            Ok(no) => {
                refused += u64::from(no);
                report.trial("a bit flipped", Ok(()));
            }
            Err(error) => report.trial("a bit flipped", Err(error.context(name(path)))),
        }
        flip_at(path, at, bit)?;
    }
    let mut largest: Vec<&PathBuf> = copies.iter().collect();
    largest.sort_by_key(|path| std::fs::metadata(path).map_or(0, |meta| meta.len()));
    if let [.., one, two] = largest[..] {
        let (first, second) = (std::fs::read(one)?, std::fs::read(two)?);
        for (what, a, b) in [("swapped", &second, &first), ("cut short", &first[..first.len() / 2].to_vec(), &second)] {
            std::fs::write(one, a)?;
            std::fs::write(two, b)?;
            report.trial(what, refused_or_right(&running, &traffic, &cookie).map(|_| ()));
        }
        std::fs::write(one, &first)?;
        std::fs::write(two, &second)?;
    }
    report.note = format!("{} files; {refused} of the flips met the ZIP and were refused", copies.len());
    ensure!(refused > 0, "no flip met what was asked for: {copies:?}");
    traffic.compare(&running.target, &cookie).context("put back, everything must be served again")?;
    let mut altered = Traffic::new(form.seed * 1000 + 2, 5)?;
    let byte = altered.exam.instances[0].dataset.last_mut().context("an empty image")?;
    *byte ^= 1;
    report.must_fail("one bit of one image differs", altered.compare(&running.target, &cookie));
    running.stop()?;
    Ok(report)
}

/// What was acknowledged and not yet sealed is hurt: nothing altered is published, and `verify` says so.
pub fn landing(form: &Form) -> Result<Report> {
    let mut report = Report::default();
    for number in 0..form.trials(3, 200) {
        let trial = hurt_landing(form.seed * 1000 + 100 + number, true);
        report.trial("a bit of an image flipped", trial);
    }
    report.must_fail("no bit flipped", hurt_landing(form.seed * 1000 + 99, false));
    Ok(report)
}

fn hurt_landing(seed: u64, really: bool) -> Result<()> {
    let mut place = Place::new()?;
    place.quiet = 3600;
    let running = place.start()?;
    let mut traffic = Traffic::new(seed, 4)?;
    traffic.send(&running.target)?;
    running.stop()?;
    if really {
        let mut dice = Dice(seed);
        let image = &traffic.exam.instances[dice.below(4) as usize].dataset;
        let segment = segment_with(&place, image)?;
        let bytes = std::fs::read(&segment)?;
        let start = find(&bytes, image).context("the image is not in the segment")? as u64;
        flip_at(&segment, start + dice.below(image.len() as u64), 1 << dice.below(8))?;
    }
    let (fits, said) = place.ask(&["verify"])?;
    ensure!(!fits, "verify finds nothing wrong: {said}");
    place.quiet = 1;
    let Some(running) = place.try_start(&[])? else { return Ok(()) };
    for _ in 0..12 {
        if let Ok(cookie) = traffic.open(&place, &running.target) {
            bail!("published: {:?}", traffic.compare(&running.target, &cookie));
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    running.stop()
}

fn segment_with(place: &Place, image: &[u8]) -> Result<PathBuf> {
    for path in files(&place.data.join("archive/landing")) {
        if find(&std::fs::read(&path)?, image).is_some() {
            return Ok(path);
        }
    }
    bail!("the image is in no segment");
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    let first = part.get(..64)?;
    let mut from = 0;
    while let Some(found) = bytes.get(from..)?.windows(64).position(|window| window == first) {
        if bytes.get(from + found..)?.starts_with(part) {
            return Some(from + found);
        }
        from += found + 1;
    }
    None
}

/// Tiles, checkpoints and events of both logs.
pub fn trace(form: &Form) -> Result<Report> {
    let (place, _) = finished(form.seed * 1000 + 3)?;
    let mut parts = Vec::new();
    for side in ["archive", "diffusion"] {
        parts.extend(files(&place.data.join(side).join("trace")));
    }
    parts.retain(|path| !is_database(path) && !path.ends_with("lock"));
    parts.retain(|path| std::fs::metadata(path).is_ok_and(|meta| meta.len() > 0));
    ensure!(!parts.is_empty(), "no tiles");
    let (mut report, mut dice) = (Report::default(), Dice(form.seed));
    for _ in 0..form.trials(24, 1000) {
        let path = &parts[dice.below(parts.len() as u64) as usize];
        let (at, bit) = flip(path, &mut dice)?;
        report.trial(&format!("a bit of {} flipped", name(path)), untrue(&place));
        flip_at(path, at, bit)?;
    }
    report.must_fail("a log that was not hurt", untrue(&place));
    Ok(report)
}

fn untrue(place: &Place) -> Result<()> {
    let (fits, said) = place.ask(&["trace", "verify"])?;
    ensure!(!fits, "trace verify finds nothing wrong: {said}");
    Ok(())
}

fn is_database(path: &Path) -> bool {
    path.to_string_lossy().contains(".sqlite")
}

/// Pages of the databases: refused, found, or without effect on what is served.
pub fn databases(form: &Form) -> Result<Report> {
    let (place, traffic) = finished(form.seed * 1000 + 4)?;
    let (mut report, mut dice) = (Report::default(), Dice(form.seed));
    let mut seen = [0_u64; 3];
    for _ in 0..form.trials(4, 400) {
        let copy = place.copy()?;
        let mut databases = files(&copy.data);
        databases.retain(|path| path.extension().is_some_and(|extension| extension == "sqlite"));
        let path = databases.get(dice.below(databases.len() as u64) as usize).context("no database")?;
        for _ in 0..16 {
            flip(path, &mut dice)?;
        }
        match hurt_database(&copy, &traffic) {
            Ok(outcome) => {
                seen[outcome] += 1;
                report.trial("sixteen bits flipped", Ok(()));
            }
            Err(error) => report.trial("sixteen bits flipped", Err(error.context(name(path)))),
        }
    }
    let mut other = Traffic::new(form.seed * 1000 + 4, 5)?;
    other.exam.instances.truncate(4);
    report.must_fail("an image never sent", hurt_database(&place, &other).map(|_| ()));
    report.note = format!("{} did not start, {} refused, {} served the same", seen[0], seen[1], seen[2]);
    Ok(report)
}

fn hurt_database(copy: &Place, traffic: &Traffic) -> Result<usize> {
    let Some(running) = copy.try_start(&[])? else { return Ok(0) };
    let Ok(cookie) = traffic.open(copy, &running.target) else { return Ok(1) };
    Ok(if refused_or_right(&running, traffic, &cookie)? { 1 } else { 2 })
}
