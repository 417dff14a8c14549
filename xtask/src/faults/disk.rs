//! Disks that can be hurt: file systems of a loop device or of memory.

use anyhow::{Result, ensure};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A mounted file system, unmounted when dropped.
pub struct Disk {
    /// Where it is mounted.
    pub at: PathBuf,
    image: tempfile::TempDir,
    /// The device's own cache, which a power cut empties: the image lies on this file system, and what was not flushed
    /// to the device is only in its memory.
    cache: Option<Box<Disk>>,
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Disk {
    /// ext4 in a file; `None` without root or the tools.
    pub fn ext4(megabytes: u64) -> Result<Option<Self>> {
        Self::ext4_in(tempfile::Builder::new().prefix("faults-disk-").tempdir()?, megabytes)
    }

    /// The same on a device that forgets, at a power cut, whatever it was not told to flush. (On a plain loop device
    /// what is written past the cache over blocks that exist is there without any sync: a missing one would not show.)
    pub fn forgetful(megabytes: u64) -> Result<Option<Self>> {
        let Some(cache) = Self::ext4(megabytes * 5 / 4 + 32)? else { return Ok(None) };
        let folder = tempfile::Builder::new().prefix("device-").tempdir_in(&cache.at)?;
        let file = std::fs::File::create(folder.path().join("image"))?;
        let zeros = vec![0; 1 << 20];
        for _ in 0..megabytes {
            (&file).write_all(&zeros)?;
        }
        let Some(mut disk) = Self::ext4_in(folder, megabytes)? else { return Ok(None) };
        file.sync_all()?;
        // Names and sizes of the image are not what is lost here.
        std::fs::File::open(disk.image.path())?.sync_all()?;
        disk.cache = Some(Box::new(cache));
        Ok(Some(disk))
    }

    fn ext4_in(image: tempfile::TempDir, megabytes: u64) -> Result<Option<Self>> {
        let disk = Self::folder(image)?;
        std::fs::File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(disk.file())?
            .set_len(megabytes << 20)?;
        let made = runs("mkfs.ext4", &["-q", "-F", "-E", "nodiscard", &disk.file().to_string_lossy()]);
        Ok((made && disk.mount()).then_some(disk))
    }

    /// Memory of this size (`size=…,nr_inodes=…`).
    pub fn tmpfs(size: &str) -> Result<Option<Self>> {
        let disk = Self::folder(tempfile::Builder::new().prefix("faults-disk-").tempdir()?)?;
        let mounted = runs("mount", &["-t", "tmpfs", "-o", size, "tmpfs", &disk.at.to_string_lossy()]);
        Ok(mounted.then_some(disk))
    }

    fn folder(image: tempfile::TempDir) -> Result<Self> {
        let at = image.path().join("mnt");
        std::fs::create_dir(&at)?;
        Ok(Self { at, image, cache: None })
    }

    fn file(&self) -> PathBuf {
        self.image.path().join("image")
    }

    /// The journal's own commit must not come to the help of a missing sync.
    fn mount(&self) -> bool {
        let (file, at) = (self.file(), self.at.to_string_lossy().into_owned());
        runs("mount", &["-o", "loop,commit=300", &file.to_string_lossy(), &at])
    }

    /// Nothing reaches the device from here on, the journal neither: EXT4_IOC_SHUTDOWN, `_IOR('X', 125, u32)`, with
    /// EXT4_GOING_FLAGS_NOLOGFLUSH (fs/ext4/ext4.h). There is no safe call for it in Rust.
    pub fn cut_power(&self) -> Result<()> {
        let at = self.cache.as_ref().map_or(&self.at, |cache| &cache.at);
        let script = "import fcntl, os, struct, sys\n\
                      fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587D, struct.pack('I', 2))";
        ensure!(runs("python3", &["-c", script, &at.to_string_lossy()]), "the power could not be cut");
        Ok(())
    }

    /// What is really on the device.
    pub fn power_returns(&self) -> Result<()> {
        ensure!(self.unmount(), "the disk does not unmount");
        if let Some(cache) = &self.cache {
            cache.power_returns()?;
        }
        ensure!(self.mount(), "the disk does not mount again");
        Ok(())
    }

    /// Whoever still had a file open is given a moment.
    fn unmount(&self) -> bool {
        (0..50).any(|_| {
            let done = runs("umount", &[&self.at.to_string_lossy()]);
            if !done {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            done
        })
    }

    /// ext4 finds an error and turns itself read-only, whoever is writing.
    pub fn turn_read_only(&self) -> Result<bool> {
        let at = self.at.to_string_lossy().into_owned();
        let mounts = std::fs::read_to_string("/proc/mounts")?;
        let device =
            mounts.lines().find(|line| line.split(' ').nth(1) == Some(&at)).and_then(|line| line.split(' ').next());
        let Some(device) = device.and_then(|device| Path::new(device).file_name()) else { return Ok(false) };
        let trigger = Path::new("/sys/fs/ext4").join(device).join("trigger_fs_error");
        Ok(runs("mount", &["-o", "remount,errors=remount-ro", &at]) && std::fs::write(trigger, "trial").is_ok())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let at = self.at.to_string_lossy().into_owned();
        let _ = runs("umount", &[&at]) || runs("umount", &["--lazy", &at]);
    }
}
