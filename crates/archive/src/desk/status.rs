//! How things are, in words and next steps, for the keeper's page.

use crate::{Archive, ArchiveError};
use async_trait::async_trait;
use exam::policy::RECALL_LATE_AFTER;
use std::collections::BTreeMap;
use std::sync::Arc;
use time::OffsetDateTime;

/// Green, amber or red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing to do.
    Green,
    /// Somebody should look.
    Amber,
    /// Somebody must act.
    Red,
}

/// One line of the page: a message key with its figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How bad.
    pub level: Level,
    /// The key of the sentence in the message files.
    pub key: &'static str,
    /// Figures of the sentence.
    pub figures: Vec<(&'static str, String)>,
}

/// Something beyond the archive server that has a line on the keeper's page.
#[async_trait]
pub trait Watch: Send + Sync + 'static {
    /// How it is now.
    async fn lines(&self) -> Vec<Line>;
}

/// The keeper's page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// As of.
    pub at: OffsetDateTime,
    /// Lines, the worst first.
    pub lines: Vec<Line>,
}

/// Minutes a due job may wait before somebody should look.
const JOB_MINUTES: i64 = 10;

pub(super) async fn keeper(archive: &Archive, watches: &[Arc<dyn Watch>]) -> Result<Keeper, ArchiveError> {
    let group = archive.config.group;
    let at = archive.clock.now();
    let counts = archive.catalogue.counts(group).await?;
    let mut lines = vec![
        Line {
            level: if counts.doubts > 0 { Level::Amber } else { Level::Green },
            key: "keeper-doubts",
            figures: vec![("count", counts.doubts.to_string())],
        },
        Line {
            level: if counts.locked > 0 { Level::Amber } else { Level::Green },
            key: "keeper-locked",
            figures: vec![("count", counts.locked.to_string())],
        },
        Line {
            level: Level::Green,
            key: "keeper-exams",
            figures: vec![
                ("exams", counts.exams.to_string()),
                ("published", counts.published.to_string()),
                ("instances", counts.instances.to_string()),
                ("unsealed", counts.unsealed.to_string()),
            ],
        },
    ];
    lines.extend(recalls(archive, at).await?);
    for queue in archive.catalogue.jobs(at).await? {
        let minutes = queue.oldest_due_at.map_or(0, |due| (at - due).whole_minutes());
        let level = match (queue.dead, minutes) {
            (1.., _) => Level::Red,
            (0, JOB_MINUTES..) => Level::Amber,
            _ => Level::Green,
        };
        lines.push(Line {
            level,
            key: "keeper-queue",
            figures: vec![
                ("kind", queue.kind),
                ("due", queue.due.to_string()),
                ("dead", queue.dead.to_string()),
                ("minutes", minutes.to_string()),
            ],
        });
    }
    lines.extend(super::partners::lines(archive, at).await?);
    for watch in watches {
        lines.extend(watch.lines().await);
    }
    lines.sort_by_key(|line| std::cmp::Reverse(line.level));
    Ok(Keeper { at, lines })
}

/// Recalls under way, and those that are late, by their reason.
async fn recalls(archive: &Archive, at: OffsetDateTime) -> Result<Vec<Line>, ArchiveError> {
    let open = archive.catalogue.open_recalls(archive.config.group).await?;
    let mut late: BTreeMap<&'static str, (usize, i64)> = BTreeMap::new();
    for recall in open.iter().filter(|recall| at - recall.asked_at > RECALL_LATE_AFTER) {
        let key = match recall.failure.as_deref() {
            Some("recall-damaged") => "keeper-recall-late-damaged",
            Some(_) => "keeper-recall-late-unavailable",
            None => "keeper-recall-late",
        };
        let (count, minutes) = late.entry(key).or_default();
        *count += 1;
        *minutes = (*minutes).max((at - recall.asked_at).whole_minutes());
    }
    let mut lines: Vec<Line> = late
        .into_iter()
        .map(|(key, (count, minutes))| Line {
            level: Level::Red,
            key,
            figures: vec![("count", count.to_string()), ("minutes", minutes.to_string())],
        })
        .collect();
    lines.push(Line { level: Level::Green, key: "keeper-recalls", figures: vec![("count", open.len().to_string())] });
    Ok(lines)
}
