//! After a restore: what was on the web is put there again, and the keeper reads what happened.

use super::files;
use crate::rooms::{GROUP, Rooms};
use ambient::Clock;
use ambient::KeptClock;
use anyhow::{Context, Result};
use archive::Archive;
use archive::desk::{Level, Line, Watch};
use link::ToDiffusion;
use record::{ExamId, ExamQuery, SheetState};
use retention::Retention;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use time::OffsetDateTime;
use work::NewJob;

/// Its name in the data folder.
const NAME: &str = "restored.json";

/// What a restore leaves behind for the next start and for the keeper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restored {
    /// 1.
    pub version: u32,
    /// When the backup was begun.
    #[serde(with = "time::serde::rfc3339")]
    pub backup_at: OffsetDateTime,
    /// Facts later than the backup's record that were found and applied.
    pub later_facts: u64,
    /// Facts found elsewhere under numbers that here name others.
    pub contradicting: u64,
    /// Sealed objects that no exam names any more: destroyed since, they came back with the backup.
    pub unnamed: u64,
    /// The web has been told.
    pub published_again: bool,
    /// What the archive had destroyed since the backup has been erased again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased_again: bool,
}

impl Restored {
    /// What the last restore left, if there ever was one.
    pub fn read(data: &Path) -> Result<Option<Self>> {
        match std::fs::read(data.join(NAME)) {
            Ok(text) => serde_json::from_slice(&text).context("restored.json is damaged").map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("reading restored.json"),
        }
    }

    /// Writes it, durably.
    pub fn write(&self, data: &Path) -> Result<()> {
        files::replace(data, NAME, &serde_json::to_vec_pretty(self)?).context("writing restored.json")
    }
}

/// At the start: exams whose web copy is missing are published again. After a restore, everything that the record
/// holds for published is, every statement is told again and every revoked sheet revoked again: the diffusion side may be
/// older.
pub async fn publish_again(rooms: &Rooms, archive: &Archive) -> Result<()> {
    for exam in rooms.diffusion.without_copy().await? {
        again(rooms, ExamId(exam)).await?;
    }
    let data = &rooms.settings.data_folder;
    let Some(restored) = Restored::read(data)?.filter(|restored| !restored.published_again) else { return Ok(()) };
    rooms.catalogue.statements_untold(GROUP).await?;
    let mut query = ExamQuery { limit: 200, ..ExamQuery::default() };
    loop {
        let page = rooms.catalogue.exams(GROUP, query.clone()).await?;
        for line in &page.lines {
            let detail = rooms.catalogue.exam(GROUP, line.id).await?;
            for sheet in detail.sheets.iter().filter(|sheet| sheet.state == SheetState::Revoked) {
                archive.door.apply(ToDiffusion::Revoke { sheet: sheet.id.0 }).await?;
            }
            if line.published {
                again(rooms, line.id).await?;
            }
        }
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    Restored { published_again: true, ..restored }.write(data)
}

/// Whatever a certificate says is gone goes again, once after each restore: the copy had it still. It waits until a
/// person has confirmed the time, like all that erases.
pub async fn erase_again(data: &Path, retention: &Retention) -> Result<()> {
    let Some(restored) = Restored::read(data)?.filter(|restored| !restored.erased_again) else { return Ok(()) };
    let erased = retention.reapply().await?;
    tracing::warn!(erased, "objects that a restore had brought back are erased again");
    let unnamed = restored.unnamed.saturating_sub(erased);
    Restored { erased_again: true, unnamed, ..restored }.write(data)
}

async fn again(rooms: &Rooms, exam: ExamId) -> Result<()> {
    let now = rooms.clock.now();
    rooms.catalogue.publication_withdrawn(GROUP, exam, now).await?;
    let job = NewJob { group: GROUP.0, kind: "publish".into(), key: exam.0.to_string(), asked_at: now, due_at: now };
    Ok(rooms.catalogue.enqueue(job).await?)
}

/// The restore's line on the keeper's page, until the time is confirmed and nothing is left to look at.
pub struct RestoredWatch {
    data: PathBuf,
    clock: Arc<KeptClock>,
}

impl RestoredWatch {
    /// Of this data folder.
    pub fn new(rooms: &Rooms) -> Self {
        Self { data: rooms.settings.data_folder.clone(), clock: rooms.clock.clone() }
    }
}

#[async_trait::async_trait]
impl Watch for RestoredWatch {
    async fn lines(&self) -> Vec<Line> {
        let restored = Restored::read(&self.data).unwrap_or_else(|error| {
            tracing::error!(error = format!("{error:#}"), "what the last restore left cannot be read");
            None
        });
        let Some(restored) = restored else { return Vec::new() };
        let flagged = restored.contradicting > 0 || restored.unnamed > 0;
        if !flagged && self.clock.status().doubt.is_none() {
            return Vec::new();
        }
        let figures = vec![
            ("at", crate::time_keeping::shown(restored.backup_at)),
            ("facts", restored.later_facts.to_string()),
            ("contradicting", restored.contradicting.to_string()),
            ("unnamed", restored.unnamed.to_string()),
        ];
        let (level, key) =
            if flagged { (Level::Red, "keeper-restored-flagged") } else { (Level::Amber, "keeper-restored") };
        vec![Line { level, key, figures }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_version_is_still_read_and_written() {
        let pinned = include_bytes!("../../../../formats/backup/restored-1.json");
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Restored::read(folder.path()).unwrap(), None);
        std::fs::write(folder.path().join(NAME), pinned).unwrap();
        let restored = Restored::read(folder.path()).unwrap().unwrap();
        restored.write(folder.path()).unwrap();
        assert_eq!(std::fs::read(folder.path().join(NAME)).unwrap(), pinned);
    }
}
