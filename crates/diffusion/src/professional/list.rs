//! A professional's list: what they may see at this instant, new first; searched and paged over nothing else. A list
//! shown is one trace entry with a commitment to the exams on it.

use super::entitled::Whose;
use super::{ProSession, ProToken};
use crate::database::{micros, uuid_at};
use crate::rights::Asked;
use crate::traced::not_traced;
use crate::{Diffusion, DiffusionError, ExpiryPage, stub};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use time::{Date, OffsetDateTime};
use trace::{Event, Kind, Outcome};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use uuid::Uuid;

/// Lines on one page.
const PAGE: usize = 25;
/// Exams of one professional that are looked through, the latest to have come first.
const MOST: i64 = 5000;

/// What is asked of the list.
#[derive(Debug, Clone, Default)]
pub struct ListQuery {
    /// Words of a name, a birth date, a number, an exam. Empty: everything.
    pub search: String,
    /// The page, from 0.
    pub page: usize,
}

/// How an exam stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProState {
    /// On line until this instant (exclusive).
    Online(OffsetDateTime),
    /// Its time is over; it can be brought back.
    Recallable,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProLine {
    /// The exam.
    pub exam: Uuid,
    /// The patient's name.
    pub patient: String,
    /// Birth date, `YYYY-MM-DD` as far as it is known.
    pub born: String,
    /// The exam in words.
    pub title: String,
    /// Where.
    pub site: String,
    /// Its date.
    pub date: Date,
    /// How it stands.
    pub state: ProState,
    /// Whether a validated report has come.
    pub report: bool,
    /// Not opened yet by this professional.
    pub unread: bool,
    /// The exam of somebody they stand in for.
    pub for_another: bool,
    pub(super) person: Option<Uuid>,
    /// Every version of the report.
    versions: Vec<Uuid>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProList {
    /// Its lines.
    pub lines: Vec<ProLine>,
    /// All that was found.
    pub found: usize,
    /// All that were never opened.
    pub unread: usize,
    /// Whether a page follows.
    pub more: bool,
}

impl Diffusion {
    /// A page of what this professional may see. Traced first. `None`: no session.
    pub async fn pro_list(
        &self,
        token: &ProToken,
        query: &ListQuery,
    ) -> Result<Option<(ProSession, ProList)>, DiffusionError> {
        let Some(session) = self.pro_session(token).await? else { return Ok(None) };
        let words: Vec<String> = query.search.split_whitespace().take(8).map(searched).collect();
        let mut lines = self.pro_lines(&session).await?;
        let unread = lines.iter().filter(|line| line.1.unread).count();
        lines.retain(|(text, _)| words.iter().all(|word| text.contains(word.as_str())));
        let mut lines: Vec<ProLine> = lines.into_iter().map(|(_, line)| line).collect();
        lines.sort_by_key(|line| std::cmp::Reverse((line.unread, line.date, line.exam)));
        let found = lines.len();
        let start = query.page.saturating_mul(PAGE).min(found);
        let shown: Vec<ProLine> = lines.into_iter().skip(start).take(PAGE).collect();
        self.trace_list(&session, &shown).await?;
        let more = start + shown.len() < found;
        Ok(Some((session, ProList { lines: shown, found, unread, more })))
    }

    async fn trace_list(&self, session: &ProSession, shown: &[ProLine]) -> Result<(), DiffusionError> {
        let exams: Vec<Uuid> = shown.iter().map(|line| line.exam).collect();
        let detail = BTreeMap::from([
            ("exams".to_owned(), trace::commitment(&exams)),
            ("count".to_owned(), exams.len().to_string()),
        ]);
        let actor = self.pro_actor(session);
        let event = Event { kind: Kind::Query, patient: None, exam: None, actor, outcome: Outcome::Success, detail };
        self.inner.ports.trace.append(event).await.map_err(not_traced)?;
        Ok(())
    }

    /// Every exam this professional may see now, each with the text it is found by.
    pub(super) async fn pro_lines(&self, session: &ProSession) -> Result<Vec<(String, ProLine)>, DiffusionError> {
        let mut by_exam: BTreeMap<Uuid, (String, ProLine)> = BTreeMap::new();
        for mac in self.macs_of(session).await? {
            for row in self.rows_of(&mac, &session.rpps_mac).await? {
                let exam = uuid_at(&row, 0)?;
                if by_exam.contains_key(&exam) || !self.may_see(session, exam, Asked::Exam).await? {
                    continue;
                }
                if let Some((text, mut line)) = self.line(exam, &row)? {
                    line.for_another = mac != session.rpps_mac;
                    line.report = line.report && self.may_see(session, exam, Asked::Report(&line.versions)).await?;
                    by_exam.insert(exam, (text, line));
                }
            }
        }
        Ok(by_exam.into_values().collect())
    }

    async fn rows_of(&self, mac: &[u8; 32], own: &[u8; 32]) -> Result<Vec<SqliteRow>, DiffusionError> {
        sqlx::query(
            "SELECT p.exam, e.visible, e.online_until, e.stub, w.words, o.last_at, e.person
             FROM (SELECT group_id, exam, rpps_mac, since FROM professional_exam
                   WHERE group_id = ?1 AND rpps_mac = ?2
                   UNION ALL
                   SELECT x.group_id, x.exam, s.named, 0 FROM statement s
                   JOIN exam x ON x.group_id = s.group_id AND x.person = s.person
                   WHERE s.group_id = ?1 AND s.named = ?2
                   UNION ALL
                   SELECT x.group_id, x.exam, s.rpps_mac, 0 FROM standing s
                   JOIN exam x ON x.group_id = s.group_id AND x.person = s.person
                   WHERE s.group_id = ?1 AND s.rpps_mac = ?2 AND s.from_at <= ?5 AND s.until_at > ?5) p
             JOIN exam e ON e.group_id = p.group_id AND e.exam = p.exam AND e.stub IS NOT NULL
             LEFT JOIN professional_words w ON w.group_id = p.group_id AND w.exam = p.exam
             LEFT JOIN professional_opened o ON o.group_id = p.group_id AND o.exam = p.exam AND o.rpps_mac = ?3
             WHERE p.group_id = ?1 AND p.rpps_mac = ?2 ORDER BY p.since DESC LIMIT ?4",
        )
        .bind(self.inner.database.group())
        .bind(mac.as_slice())
        .bind(own.as_slice())
        .bind(MOST)
        .bind(micros(self.now()))
        .fetch_all(self.inner.database.read())
        .await
        .map_err(DiffusionError::db("listing a professional's exams"))
    }

    fn line(&self, exam: Uuid, row: &SqliteRow) -> Result<Option<(String, ProLine)>, DiffusionError> {
        let reading = || DiffusionError::db("listing a professional's exams");
        let visible: Option<Vec<u8>> = row.try_get(1).map_err(reading())?;
        let until: Option<i64> = row.try_get(2).map_err(reading())?;
        let sealed: Vec<u8> = row.try_get(3).map_err(reading())?;
        let whose: Option<Vec<u8>> = row.try_get(4).map_err(reading())?;
        let opened: Option<i64> = row.try_get(5).map_err(reading())?;
        let person: Option<Vec<u8>> = row.try_get(6).map_err(reading())?;
        let person = person.map(|_| uuid_at(row, 6)).transpose()?;
        let words = stub::open(self.inner.keys.master(), exam, &sealed)?;
        let Some(state) = state_of(&words, visible.is_some(), until, micros(self.now())) else { return Ok(None) };
        let whose = whose.map(|sealed| self.open_whose(exam, &sealed)).transpose()?.unwrap_or_default();
        let Whose { patient, born, report, number, versions, .. } = whose;
        let date = words.times.exam_date;
        let text = folded(&format!("{patient} {born} {} {date} {number} {}", words.title, words.site));
        let ExpiryPage { title, site, .. } = words;
        let unread = opened.is_none();
        let line = ProLine {
            exam,
            patient,
            born,
            title,
            site,
            date,
            state,
            report,
            unread,
            for_another: false,
            person,
            versions,
        };
        Ok(Some((text, line)))
    }
}

/// On line, to be brought back, or neither: then it is not on the list.
fn state_of(words: &ExpiryPage, visible: bool, until: Option<i64>, now: i64) -> Option<ProState> {
    let end = until.unwrap_or_else(|| micros(words.times.online_until));
    if visible && now < end {
        return Some(ProState::Online(words.times.online_until));
    }
    (end <= now && words.times.can_come_back()).then_some(ProState::Recallable)
}

/// Lower case without accents.
fn folded(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// A word as it stands in the text it is looked for in: `9/4/1957` is `1957-04-09`.
fn searched(word: &str) -> String {
    let parts: Vec<&str> = word.split(['/', '.']).collect();
    if let [day, month, year] = parts.as_slice()
        && let (Ok(day), Ok(month), 4) = (day.parse::<u8>(), month.parse::<u8>(), year.len())
    {
        return format!("{year}-{month:02}-{day:02}");
    }
    folded(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_without_its_accents_and_a_birth_date_as_it_is_written() {
        assert!(folded("LEFÈVRE Marie-Noëlle").contains(&searched("lefevre")));
        assert_eq!(searched("9/4/1957"), "1957-04-09");
        assert_eq!(searched("09.04.1957"), "1957-04-09");
        assert_eq!(searched("1/2"), "1/2");
    }
}
