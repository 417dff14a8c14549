//! The statement of a query, and its rows page by page.

use super::super::rows::{Columns, Doing, signed};
use super::super::seal;
use super::compose::{self, Wants};
use super::narrow::narrow;
use crate::model::{ExamId, GroupId};
use crate::{FindPage, Found, FoundInstance, FoundPage, RecordError};
use dicom::attributes::Level;
use dicom::matching::Query;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection};

/// Rows read at once, whatever the page: what is compared row by row holds no more in memory.
const BATCH: u32 = 256;

/// Exams that are shown, and instances that are not rejected.
const SHOWN: &str = " AND e.gone = 0 AND e.doomed_at IS NULL AND e.destroyed_at IS NULL";

pub(super) async fn find(
    db: &mut SqliteConnection,
    group: GroupId,
    query: &Query,
    page: FindPage,
) -> Result<FoundPage, RecordError> {
    let wants = Wants::of(query);
    let limit = usize::try_from(page.limit.max(1)).unwrap_or(usize::MAX);
    let (mut after, mut skip) = (page.after, page.skip);
    let mut found = Vec::new();
    loop {
        let (mut sql, decided) = statement(group, query, &wants, after, BATCH);
        let rows = sql.build().fetch_all(&mut *db).await.doing("answering a query")?;
        for row in &rows {
            after = row.number("entry")?;
            if decided && skip > 0 {
                skip -= 1;
                continue;
            }
            let attributes = compose::attributes(row, query.level, &wants)?;
            if !decided && !query.matches(&attributes) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            // One more than the page: something follows.
            if found.len() == limit {
                let next = found.last().map(|last: &Found| last.entry);
                return Ok(FoundPage { found, next });
            }
            found.push(Found { entry: after, level: query.level, exams: exams(row)?, attributes });
        }
        if rows.len() < BATCH as usize {
            return Ok(FoundPage { found, next: None });
        }
    }
}

pub(super) async fn instances(
    db: &mut SqliteConnection,
    group: GroupId,
    query: &Query,
    after: u64,
    limit: u32,
) -> Result<Vec<FoundInstance>, RecordError> {
    let wants = Wants::stored(query);
    let mut after = after;
    let mut found = Vec::new();
    loop {
        let (mut sql, decided) = statement(group, query, &wants, after, BATCH.min(limit.max(1)));
        let rows = sql.build().fetch_all(&mut *db).await.doing("looking for instances")?;
        for row in &rows {
            after = row.number("entry")?;
            if !decided && !query.matches(&compose::attributes(row, query.level, &wants)?) {
                continue;
            }
            let exam = ExamId(row.id("exam_id")?);
            found.push(FoundInstance { entry: after, exam, instance: seal::instance(row)? });
            if found.len() >= limit as usize {
                return Ok(found);
            }
        }
        if rows.len() < BATCH.min(limit.max(1)) as usize {
            return Ok(found);
        }
    }
}

fn exams(row: &SqliteRow) -> Result<Vec<ExamId>, RecordError> {
    let text: String = row.col("exams")?;
    let ids = text.split(',').filter(|id| !id.is_empty());
    ids.map(|id| uuid::Uuid::try_parse(id).map(ExamId).map_err(|_| RecordError::Damaged { what: "id" })).collect()
}

/// The statement for a batch of rows after an entry; whether its rows need no further comparison.
fn statement(group: GroupId, query: &Query, wants: &Wants, after: u64, limit: u32) -> (QueryBuilder<Sqlite>, bool) {
    let mut sql = QueryBuilder::new("SELECT ");
    sql.push(columns(query.level));
    wants.columns(&mut sql);
    sql.push(tables(query.level));
    if wants.stored {
        sql.push(
            " JOIN claim c ON c.group_id = n.group_id AND c.claim = n.claim
              JOIN series q ON q.group_id = n.group_id AND q.study_uid = n.study_uid AND q.series_uid = n.series_uid",
        );
    }
    sql.push(" WHERE ").push(alias(query.level)).push(".group_id = ").push_bind(group.0).push(SHOWN);
    sql.push(visible(query.level));
    let decided = narrow(&mut sql, query) && !query.combined;
    if query.level == Level::Patient {
        // Those without a number are as many people as studies.
        sql.push(
            " GROUP BY s.patient_id, s.issuer, CASE WHEN s.patient_id = '' THEN s.entry ELSE 0 END
              HAVING MIN(s.entry) > ",
        );
    } else {
        sql.push(" AND ").push(alias(query.level)).push(".entry > ");
    }
    sql.push_bind(signed(after)).push(" ORDER BY 1 LIMIT ").push_bind(limit);
    (sql, decided)
}

fn alias(level: Level) -> &'static str {
    match level {
        Level::Patient | Level::Study => "s",
        Level::Series => "r",
        Level::Instance => "i",
    }
}

fn columns(level: Level) -> &'static str {
    match level {
        // SQLite takes the other columns from the row that has the minimum.
        Level::Patient => {
            "MIN(s.entry) AS entry, s.study_uid, s.body AS study_body, s.told, GROUP_CONCAT(HEX(e.exam_id)) AS exams"
        }
        Level::Study => "s.entry, s.study_uid, s.body AS study_body, s.told, HEX(e.exam_id) AS exams",
        Level::Series => {
            "r.entry, s.study_uid, s.body AS study_body, s.told, HEX(e.exam_id) AS exams, r.body AS found_series"
        }
        Level::Instance => {
            "i.entry, s.study_uid, s.body AS study_body, s.told, HEX(e.exam_id) AS exams, r.body AS found_series,
             i.body AS found_instance"
        }
    }
}

fn tables(level: Level) -> &'static str {
    match level {
        Level::Patient | Level::Study => {
            " FROM find_study s JOIN exam_study x ON x.group_id = s.group_id AND x.study_uid = s.study_uid
              JOIN exam e ON e.group_id = x.group_id AND e.exam_id = x.exam_id"
        }
        Level::Series => {
            " FROM find_series r JOIN find_study s ON s.group_id = r.group_id AND s.study_uid = r.study_uid
              JOIN exam_study x ON x.group_id = r.group_id AND x.study_uid = r.study_uid
              JOIN exam e ON e.group_id = x.group_id AND e.exam_id = x.exam_id"
        }
        Level::Instance => {
            " FROM find_instance i
              JOIN find_series r ON r.group_id = i.group_id AND r.study_uid = i.study_uid AND r.series_uid = i.series_uid
              JOIN find_study s ON s.group_id = i.group_id AND s.study_uid = i.study_uid
              JOIN exam_study x ON x.group_id = i.group_id AND x.study_uid = i.study_uid
              JOIN exam e ON e.group_id = x.group_id AND e.exam_id = x.exam_id
              JOIN instance n ON n.group_id = i.group_id AND n.sop_uid = i.sop_uid"
        }
    }
}

/// Something of it is there and not rejected.
fn visible(level: Level) -> &'static str {
    match level {
        Level::Patient | Level::Study => {
            " AND EXISTS (SELECT 1 FROM find_instance v WHERE v.group_id = s.group_id AND v.study_uid = s.study_uid
                AND v.hidden = 0)"
        }
        Level::Series => {
            " AND EXISTS (SELECT 1 FROM find_instance v WHERE v.group_id = r.group_id AND v.study_uid = r.study_uid
                AND v.series_uid = r.series_uid AND v.hidden = 0)"
        }
        Level::Instance => " AND i.hidden = 0",
    }
}
