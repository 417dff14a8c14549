//! How fast the log is, with a catalogue that costs nothing. Run alone, on a release build:
//! `cargo test -p intake --release -- --ignored measure --nocapture`

use crate::support::*;
use ambient::{Clock, SystemClock};
use bytes::Bytes;
use intake::landing::{Applied, Landed, Landing, Position, Register, RegisterError, Settings, Verdict};
use std::path::PathBuf;
use std::sync::Arc;
use testkit::SeededRandom;

struct NullRegister;

#[async_trait::async_trait]
impl Register for NullRegister {
    async fn applied(&self, _: u32) -> Result<Option<Position>, RegisterError> {
        Ok(None)
    }

    async fn receive(&self, batch: &[Landed], _: Applied) -> Result<Vec<Verdict>, RegisterError> {
        Ok(vec![Verdict::Stored; batch.len()])
    }
}

/// Seconds of processor time used so far.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

async fn run(label: &str, producers: u64, count: u64, size: usize) {
    let base = std::env::var_os("NEGATOSCOPE_MEASURE_IN").map_or_else(std::env::temp_dir, PathBuf::from);
    let folder = tempfile::tempdir_in(base).unwrap();
    let random = Arc::new(SeededRandom::new(1));
    let settings = Settings::in_folder(folder.path());
    let (landing, _) = Landing::open(settings, Arc::new(NullRegister), clock(), random).await.unwrap();
    let sample = data_set(&uid(0), 1, size);
    let head_bytes = sample.len() - size.next_multiple_of(8);
    let pixels = Bytes::copy_from_slice(&sample[head_bytes..]);
    let clock = SystemClock::new();
    let (started, processor) = (clock.monotonic(), processor_seconds());
    let tasks = (0..producers).map(|producer| {
        let (landing, pixels) = (landing.clone(), pixels.clone());
        tokio::spawn(async move {
            for number in (producer..count).step_by(producers as usize) {
                let uid = uid(number);
                let head = data_set(&uid, 1, size.min(8));
                let mut reception = landing.begin(arriving(&uid)).await.unwrap();
                let mut first = head[..head.len() - size.min(8).next_multiple_of(8)].to_vec();
                let length_at = first.len() - 4;
                first[length_at..].copy_from_slice(&(pixels.len() as u32).to_le_bytes());
                reception.write(first.into()).await.unwrap();
                for at in (0..pixels.len()).step_by(64 << 10) {
                    reception.write(pixels.slice(at..(at + (64 << 10)).min(pixels.len()))).await.unwrap();
                }
                reception.finish().await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let seconds = (clock.monotonic() - started).as_secs_f64();
    let gigabytes = (count * size as u64) as f64 / 1e9;
    println!(
        "{label}: {:.0} MB/s, {:.0}/s, {:.2} processor s/GB",
        gigabytes * 1000.0 / seconds,
        count as f64 / seconds,
        (processor_seconds() - processor) / gigabytes
    );
    landing.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a test"]
async fn measure() {
    for _ in 0..3 {
        run("525 kB, 1 producer ", 1, 1000, 525_000).await;
        run("525 kB, 4 producers", 4, 1000, 525_000).await;
        run("27 MB, 1 producer  ", 1, 40, 27_000_000).await;
        run("10 kB, 1 producer  ", 1, 4000, 10_000).await;
        run("10 kB, 4 producers ", 4, 4000, 10_000).await;
    }
}
