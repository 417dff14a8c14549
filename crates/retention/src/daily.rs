//! One day: finish what had begun, propose, destroy, foresee tomorrow. Running it twice on a day is the same as once.

use crate::erase::{Fate, Lists};
use crate::plan::Look;
use crate::{Retention, RetentionError};
use exam::dates::add_days;
use record::RetentionDay;
use time::{Date, OffsetDateTime};

/// Exams whose grace is over, read in one go.
const DUE: u32 = 1_000_000;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran {
    /// Exams judged.
    pub judged: u64,
    /// Exams proposed.
    pub proposed: u64,
    /// Exams destroyed.
    pub destroyed: u64,
    /// Exams taken off at the last moment.
    pub kept: u64,
    /// Why it stopped: the key of the alarm.
    pub stopped: Option<String>,
}

/// One and a half times the forecast, rounded down.
pub fn cap(forecast: u64) -> u64 {
    forecast + forecast / 2
}

impl Retention {
    /// The day's work.
    ///
    /// # Errors
    /// [`RetentionError::Clock`] while it is not certain what time it is: nothing was done.
    pub async fn run_day(&self) -> Result<Ran, RetentionError> {
        let now = self.now()?;
        let today = self.day_of(now);
        self.take_policies(today).await?;
        self.finish().await?;
        let mut ran = Ran::default();
        match self.catalogue.retention_day(self.group(), today).await? {
            // Nothing was foreseen for today, so nothing goes today.
            None => {}
            Some(day) if day.stopped.is_some() && day.lifted_by.is_none() => ran.stopped.clone_from(&day.stopped),
            Some(day) => self.act(today, day, now, &mut ran).await?,
        }
        self.foresee(add_days(today, 1)).await?;
        Ok(ran)
    }

    async fn act(
        &self,
        today: Date,
        mut day: RetentionDay,
        now: OffsetDateTime,
        ran: &mut Ran,
    ) -> Result<(), RetentionError> {
        let group = self.group();
        let found = self.find(&self.config.policies, now, Look::Hints, true).await?;
        ran.judged = found.judged;
        let due = self.catalogue.doomed(group, now, DUE).await?;
        let over = day.proposed + found.count() > cap(day.proposals)
            || day.destroyed + due.len() as u64 > cap(day.destructions);
        if over && day.lifted_by.is_none() {
            tracing::error!(
                foreseen = day.proposals,
                found = found.count(),
                due = due.len(),
                "more would go today than was foreseen: nothing goes until a person has looked"
            );
            day.stopped = Some("retention-over-cap".into());
            ran.stopped.clone_from(&day.stopped);
            return Ok(self.catalogue.retention_day_set(group, today, day).await?);
        }
        ran.proposed = self.propose(found, now).await?;
        day.proposed += ran.proposed;
        self.catalogue.retention_day_set(group, today, day.clone()).await?;
        let mut lists = Lists::new();
        for exam in due {
            match self.destroy(exam, &mut lists).await? {
                Fate::Destroyed => {
                    ran.destroyed += 1;
                    day.destroyed += 1;
                    self.catalogue.retention_day_set(group, today, day.clone()).await?;
                }
                Fate::Kept => ran.kept += 1,
            }
        }
        Ok(())
    }

    /// Freezes what is foreseen for a day, once.
    async fn foresee(&self, day: Date) -> Result<(), RetentionError> {
        if self.catalogue.retention_day(self.group(), day).await?.is_some() {
            return Ok(());
        }
        let rehearsal = self.rehearse(day, None).await?;
        let foreseen = RetentionDay {
            proposals: rehearsal.found.count(),
            destructions: rehearsal.in_grace.len() as u64,
            bytes: rehearsal.found.bytes(),
            ..RetentionDay::default()
        };
        Ok(self.catalogue.retention_day_set(self.group(), day, foreseen).await?)
    }
}
