//! The plug is pulled (R04): ext4 on a loop device, shut down without flushing its journal in the middle of a store
//! loop; and a disk that is full (R17, R18).
//!
//! Seen to fail: `NEGATOSCOPE_BREAK_SYNC=1 cargo test -p intake --features break-sync power`.

use crate::child::{Ledger, Orders, check, child_settings, start};
use crate::support::*;
use intake::landing::{Refusal, Settings};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tempfile::{TempDir, tempdir};
use testkit::SeededRandom;

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// A mounted file system, unmounted when dropped.
struct Mounted {
    image: TempDir,
    at: PathBuf,
}

impl Mounted {
    /// ext4 in a file; `None` (said by name) without root or the tools.
    fn ext4(test: &str, megabytes: u32) -> Option<Self> {
        Self::ext4_in(test, megabytes, tempdir().unwrap())
    }

    fn ext4_in(test: &str, megabytes: u32, image: TempDir) -> Option<Self> {
        let file = image.path().join("image");
        std::fs::File::create(&file).unwrap().set_len(u64::from(megabytes) << 20).unwrap();
        let made = runs("mkfs.ext4", &["-q", "-F", file.to_str().unwrap()]);
        let mounted = Self { at: image.path().join("mnt"), image };
        std::fs::create_dir(&mounted.at).unwrap();
        if !made || !mounted.mount() {
            println!("skipped: {test}: needs root, mkfs.ext4 and loop devices");
            return None;
        }
        Some(mounted)
    }

    /// ext4 whose device runs out of room underneath it: writes are taken, and lost when they are synced.
    fn ext4_on_too_little(test: &str, memory: &Mounted) -> Option<Self> {
        Self::ext4_in(test, 64, TempDir::new_in(&memory.at).unwrap())
    }

    fn tmpfs(test: &str, size: &str) -> Option<Self> {
        let image = tempdir().unwrap();
        let at = image.path().join("mnt");
        std::fs::create_dir(&at).unwrap();
        if !runs("mount", &["-t", "tmpfs", "-o", size, "tmpfs", at.to_str().unwrap()]) {
            println!("skipped: {test}: needs root to mount");
            return None;
        }
        Some(Self { image, at })
    }

    fn mount(&self) -> bool {
        let file = self.image.path().join("image");
        runs("mount", &["-o", "loop", file.to_str().unwrap(), self.at.to_str().unwrap()])
    }

    fn unmount(&self) -> bool {
        runs("umount", &[self.at.to_str().unwrap()])
    }

    /// Nothing reaches the device from here on, the journal neither.
    fn cut_power(&self) {
        let folder = std::fs::File::open(&self.at).unwrap();
        shut_down(&folder).unwrap();
    }
}

/// EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h).
#[allow(unsafe_code, reason = "there is no safe call for this ioctl")]
fn shut_down(folder: &std::fs::File) -> rustix::io::Result<()> {
    const SHUTDOWN: rustix::ioctl::Opcode = rustix::ioctl::opcode::read::<u32>(b'X', 125);
    // SAFETY: the kernel reads one u32 at the address given, which Setter holds.
    unsafe { rustix::ioctl::ioctl(folder, rustix::ioctl::Setter::<SHUTDOWN, u32>::new(2)) }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // A failed test may still have files open: then the mount goes when they do.
        let _ = self.unmount() || runs("umount", &["--lazy", self.at.to_str().unwrap()]);
    }
}

#[tokio::test]
async fn every_acknowledged_instance_survives_a_power_cut() {
    let long = std::env::var_os("NEGATOSCOPE_LONG").is_some();
    let (cuts, random) = (if long { 300 } else { 12 }, SeededRandom::new(43));
    let (mut acknowledged, name) = (0, "every_acknowledged_instance_survives_a_power_cut");
    for cut in 0..cuts {
        let Some(disk) = Mounted::ext4(name, 96) else { return };
        let folder = disk.at.join("landing");
        let orders = Orders { spares: cut % 3 == 2, ..Orders::endless(&folder, 1 + cut) };
        let (mut child, mut out) = start(orders.command(&[]));
        let (mut ledger, mut line) = (Ledger::default(), String::new());
        let [wanted] = ambient::random_bytes(&random);
        while ledger.stored.len() < usize::from(wanted % 40) {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "the child died by itself");
            ledger.add(line.trim_end());
        }
        disk.cut_power();
        // Every store is refused from here on, and the child ends.
        ledger.read_to_end(&mut out);
        child.wait().unwrap();
        assert!(disk.unmount() && disk.mount());
        let (landing, _) = check(&folder, &ledger.stored).await;
        landing.close().await;
        acknowledged += ledger.stored.len();
    }
    println!("{cuts} power cuts, {acknowledged} acknowledged, 0 lost");
    assert!(acknowledged > 0);
}

#[tokio::test]
async fn a_device_that_loses_what_it_cannot_sync_loses_nothing_acknowledged() {
    let name = "a_device_that_loses_what_it_cannot_sync_loses_nothing_acknowledged";
    let Some(memory) = Mounted::tmpfs(name, "size=16m") else { return };
    let Some(disk) = Mounted::ext4_on_too_little(name, &memory) else { return };
    let folder = disk.at.join("landing");
    let (landing, _) = open(child_settings(&folder), &Arc::default()).await;
    let mut ledger = Vec::new();
    let mut refused = 0;
    for number in 0..200 {
        let (uid, data) = (uid(number), data_set(&uid(number), number, 90_000));
        match store(&landing, &uid, &data).await {
            Ok(accepted) => ledger.push((accepted.place, uid, data)),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 0 && ledger.len() > 10, "{refused} refused, {} stored", ledger.len());
    assert!(landing.health().failed_segments > 0);
    for (place, uid, data) in &ledger {
        landing.verify(*place).await.unwrap();
        assert_eq!(landing.read(*place).await.unwrap(), file_of(uid, data));
    }
    landing.close().await;
}

async fn fill(landing: &intake::landing::Landing, from: u64, size: usize) -> (u64, Refusal) {
    for number in from.. {
        assert!(number < from + 10_000, "the disk never fills");
        if let Err(refusal) = store(landing, &uid(number), &data_set(&uid(number), number, size)).await {
            return (number, refusal);
        }
    }
    unreachable!()
}

/// Fills a disk with a log, frees a ballast, stores again; nothing acknowledged may be missing afterwards.
async fn full_and_free_again(at: &Path) {
    let settings = Settings { segment_bytes: 1 << 20, ..child_settings(&at.join("landing")) };
    let (landing, _) = open(settings, &Arc::default()).await;
    let ballast = at.join("ballast");
    std::fs::write(&ballast, vec![1; 6 << 20]).unwrap();
    let mut next = 0;
    for size in [900_000, 60_000, 700_000, 500] {
        let (refused, refusal) = fill(&landing, next, size).await;
        assert_eq!(refusal, Refusal::NoSpace, "{size}");
        next = refused + 1;
    }
    let refused: Vec<u64> = (0..next).filter(|number| number + 1 == next).collect();
    let before = files(&at.join("landing")).len();
    assert!(store(&landing, &uid(next), &data_set(&uid(next), 1, 900_000)).await.is_err());
    assert_eq!(files(&at.join("landing")).len(), before, "nothing half stays");
    std::fs::remove_file(ballast).unwrap();
    for (number, size) in [(next, 900_000), (next + 1, 300), (refused[0], 500)] {
        store(&landing, &uid(number), &data_set(&uid(number), number, size)).await.unwrap();
    }
    landing.close().await;
    drop(landing);
    let (landing, register) = check(&at.join("landing"), &[]).await;
    let places: Vec<_> = register.state.lock().unwrap().instances.values().map(|landed| landed.place).collect();
    assert!(places.len() > 10, "{}", places.len());
    for place in places {
        landing.verify(place).await.unwrap();
    }
    landing.close().await;
}

#[tokio::test]
async fn a_full_disk_is_said_so_and_stores_go_on_without_a_restart_when_space_returns() {
    let name = "a_full_disk_is_said_so_and_stores_go_on_without_a_restart_when_space_returns";
    let Some(memory) = Mounted::tmpfs(name, "size=24m") else { return };
    full_and_free_again(&memory.at).await;
    let Some(disk) = Mounted::ext4(name, 32) else { return };
    full_and_free_again(&disk.at).await;
}

#[tokio::test]
async fn without_inodes_a_store_is_refused_for_lack_of_space() {
    let Some(memory) = Mounted::tmpfs("without_inodes_a_store_is_refused_for_lack_of_space", "size=24m,nr_inodes=12")
    else {
        return;
    };
    let (landing, _) = open(child_settings(&memory.at.join("landing")), &Arc::default()).await;
    let mut taken = 0;
    while std::fs::File::create(memory.at.join(format!("taken-{taken}"))).is_ok() {
        taken += 1;
    }
    assert_eq!(store(&landing, &uid(1), &data_set(&uid(1), 1, 500)).await, Err(Refusal::NoSpace));
    assert_eq!(store(&landing, &uid(2), &data_set(&uid(2), 1, 900_000)).await, Err(Refusal::NoSpace));
    for index in 0..taken {
        std::fs::remove_file(memory.at.join(format!("taken-{index}"))).unwrap();
    }
    store(&landing, &uid(1), &data_set(&uid(1), 1, 500)).await.unwrap();
    store(&landing, &uid(2), &data_set(&uid(2), 1, 900_000)).await.unwrap();
    landing.close().await;
}
