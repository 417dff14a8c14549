//! The kept clock while the program runs: written down, its doubts told, and the sweeper that asks it.

use ambient::{Clock, ClockDoubt, ErasingClock, KeptClock};
use anyhow::Result;
use archive::desk::{Level, Line, Watch};
use async_trait::async_trait;
use diffusion::Diffusion;
use std::sync::Arc;
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::watch;

/// Between two looks at the clock, and two questions whether something has expired.
const LOOK: Duration = Duration::from_secs(1);
/// Between two passes of the sweeper, by the clock that never goes back; it also passes when something has expired.
const SWEEP: Duration = Duration::from_secs(3600);

/// Keeps the clock until the program stops, then writes it down a last time.
pub async fn keep(clock: Arc<KeptClock>, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let mut told = None;
    loop {
        let (asked, stopping) = (clock.clone(), *stopped.borrow());
        // The disk may be slow, or full.
        let kept = tokio::task::spawn_blocking(move || if stopping { asked.write() } else { asked.keep() }).await?;
        let doubt = clock.status().doubt.map(|doubt| std::mem::discriminant(&doubt));
        if doubt != told {
            tell(&clock, kept.err().map(|error| error.to_string()));
            told = doubt;
        }
        if stopping {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stop| *stop) => {}
        }
    }
}

fn tell(clock: &KeptClock, error: Option<String>) {
    let status = clock.status();
    let (wall, kept) = (shown(status.wall), shown(status.kept));
    match status.doubt {
        None => tracing::info!(wall, kept, "the clocks agree: erasing goes on"),
        Some(ClockDoubt::WallJumped { seconds }) => {
            tracing::error!(wall, kept, seconds, "the wall clock has jumped: nothing is erased");
        }
        Some(ClockDoubt::GapUnconfirmed { seconds }) => {
            tracing::error!(wall, kept, seconds, "the time is not confirmed: nothing is erased; `negatoscope clock`");
        }
        Some(ClockDoubt::NotPersisted) => {
            tracing::error!(wall, kept, error, "the kept clock is not on disk: nothing is erased; `negatoscope clock`");
        }
    }
}

/// The clock's line on the keeper's page.
pub struct ClockWatch(pub Arc<KeptClock>);

#[async_trait]
impl Watch for ClockWatch {
    async fn lines(&self) -> Vec<Line> {
        let status = self.0.status();
        let (level, key) = match status.doubt {
            None => (Level::Green, "keeper-clock"),
            Some(ClockDoubt::WallJumped { .. }) => (Level::Red, "keeper-clock-jumped"),
            Some(ClockDoubt::GapUnconfirmed { .. }) => (Level::Red, "keeper-clock-gap"),
            Some(ClockDoubt::NotPersisted) => (Level::Red, "keeper-clock-not-kept"),
        };
        vec![Line { level, key, figures: vec![("wall", shown(status.wall)), ("kept", shown(status.kept))] }]
    }
}

/// The sweeper's line on the keeper's page: red when bytes have stayed over seven days after their time.
pub struct SweepWatch(pub Diffusion);

#[async_trait]
impl Watch for SweepWatch {
    async fn lines(&self) -> Vec<Line> {
        let (level, key, figures) = match self.0.sweep_state().await {
            Ok(state) => match state.since {
                None => (Level::Green, "keeper-sweep", Vec::new()),
                Some(since) => {
                    let figures = vec![("count", state.overdue.to_string()), ("since", shown(since))];
                    (Level::Red, "keeper-sweep-overdue", figures)
                }
            },
            Err(error) => {
                tracing::error!(%error, "the state of the sweeper cannot be read");
                (Level::Red, "keeper-sweep-unknown", Vec::new())
            }
        };
        vec![Line { level, key, figures }]
    }
}

/// Day and minute in UTC, the same in every language.
pub fn shown(instant: OffsetDateTime) -> String {
    let utc = instant.to_offset(time::UtcOffset::UTC);
    format!("{} {:02}:{:02} UTC", utc.date(), utc.hour(), utc.minute())
}

/// Frees the bytes of what has expired. Access has ended already, at the instant itself.
pub async fn sweeper(diffusion: Diffusion, clock: Arc<KeptClock>, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let mut passed: Option<Duration> = None;
    loop {
        // In doubt nothing is swept; the doubt itself is told elsewhere.
        if let Ok(now) = clock.erasing_now() {
            let steady = clock.monotonic();
            let due = passed.is_none_or(|passed| steady.saturating_sub(passed) >= SWEEP);
            if due || expired(&diffusion, now).await {
                sweep(&diffusion, clock.as_ref()).await;
                passed = Some(steady);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stop| *stop) => return Ok(()),
        }
    }
}

async fn expired(diffusion: &Diffusion, now: OffsetDateTime) -> bool {
    match diffusion.next_expiry().await {
        Ok(next) => next.is_some_and(|next| next <= now),
        Err(error) => {
            tracing::error!(%error, "what expires next cannot be read");
            false
        }
    }
}

async fn sweep(diffusion: &Diffusion, clock: &dyn ErasingClock) {
    match diffusion.sweep(clock).await {
        Ok(swept) => tracing::info!(?swept, "expired copies swept"),
        Err(error) => tracing::error!(%error, "the sweeper failed"),
    }
}
