//! The day's work at the end of the archive, once a day while the program runs, and its line on the keeper's page.

use crate::backup;
use crate::rooms::Rooms;
use ambient::{Clock, ErasingClock};
use anyhow::Result;
use archive::Archive;
use archive::desk::{Level, Line, Watch};
use async_trait::async_trait;
use retention::{Retention, RetentionError};
use std::sync::Arc;
use std::time::Duration;
use time::Date;
use tokio::sync::watch;

/// Between two looks at the date.
const LOOK: Duration = Duration::from_secs(1);
/// After a failure.
const AGAIN: Duration = Duration::from_secs(600);

/// Works once on each day, as soon as it has begun; a start repeats it, which is the same as once. After a restore what
/// was destroyed since the backup is erased again first.
pub async fn daily(rooms: Arc<Rooms>, archive: Archive, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let (retention, clock) = (rooms.retention(), rooms.clock.clone());
    let (mut done, mut restored): (Option<Date>, bool) = (None, true);
    let mut not_before = Duration::ZERO;
    loop {
        let today = clock.erasing_now().ok().map(|now| retention.config.zone.date_of(now));
        if restored && today.is_some() && clock.monotonic() >= not_before {
            match backup::erase_again(&rooms.settings.data_folder, &retention).await {
                Ok(()) => restored = false,
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "what a restore brought back is not erased yet");
                    not_before = clock.monotonic() + AGAIN;
                }
            }
        }
        if today.is_some() && today != done && clock.monotonic() >= not_before {
            match retention.run_day().await {
                Ok(ran) => {
                    tracing::info!(?ran, "the day's work at the end of the archive");
                    done = today;
                    if let Err(error) = archive::journal::ask(&archive).await {
                        tracing::warn!(%error, "the journal could not be asked for");
                    }
                }
                // Told by the clock itself.
                Err(RetentionError::Clock(_)) => {}
                Err(error) => {
                    tracing::error!(%error, "the day's work at the end of the archive failed and is tried again");
                    not_before = clock.monotonic() + AGAIN;
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

/// Whether the day has stopped at its cap.
pub struct RetentionWatch(pub Retention);

#[async_trait]
impl Watch for RetentionWatch {
    async fn lines(&self) -> Vec<Line> {
        let retention = &self.0;
        let Ok(now) = retention.clock.erasing_now() else { return Vec::new() };
        let today = retention.config.zone.date_of(now);
        let stopped = match retention.catalogue.retention_day(retention.config.group, today).await {
            Ok(day) => day.is_some_and(|day| day.stopped.is_some() && day.lifted_by.is_none()),
            Err(error) => {
                tracing::error!(%error, "the day of retention cannot be read");
                true
            }
        };
        let (level, key) =
            if stopped { (Level::Red, "keeper-retention-stopped") } else { (Level::Green, "keeper-retention") };
        vec![Line { level, key, figures: Vec::new() }]
    }
}
