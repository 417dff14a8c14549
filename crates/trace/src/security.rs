//! The security log: what concerns no known exam, in a plain table outside the tree.

use crate::rows::{Group, database};
use crate::{SecurityEvent, SecurityRecord, TraceError};
use sqlx::sqlite::SqlitePool;
use sqlx::{Row, SqliteConnection};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    group: Group,
    time: OffsetDateTime,
    event: &SecurityEvent,
) -> Result<(), TraceError> {
    let time = time.format(&Rfc3339).map_err(|_| TraceError::Event("the time cannot be written"))?;
    let detail = serde_json::to_string(&event.detail).map_err(|_| TraceError::Event("the detail cannot be written"))?;
    let sql = "INSERT INTO security (group_id, number, time, kind, origin, detail) \
               SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM security WHERE group_id = ?";
    sqlx::query(sql)
        .bind(group.0)
        .bind(time)
        .bind(&event.kind)
        .bind(event.origin.as_deref())
        .bind(detail)
        .bind(group.0)
        .execute(connection)
        .await
        .map(drop)
        .map_err(database("writing a security event"))
}

pub(crate) async fn latest(pool: &SqlitePool, group: Group, limit: u32) -> Result<Vec<SecurityRecord>, TraceError> {
    let sql = "SELECT number, time, kind, origin, detail FROM security \
               WHERE group_id = ? ORDER BY number DESC LIMIT ?";
    let rows = sqlx::query(sql).bind(group.0).bind(limit).fetch_all(pool).await;
    let damaged = |what: &str| TraceError::Damaged(format!("a security event's {what}"));
    let read = |row: &sqlx::sqlite::SqliteRow| {
        let time = OffsetDateTime::parse(row.get(1), &Rfc3339).map_err(|_| damaged("time"))?;
        let detail = serde_json::from_str(row.get(4)).map_err(|_| damaged("detail"))?;
        let event = SecurityEvent { kind: row.get(2), origin: row.get(3), detail };
        Ok(SecurityRecord { number: row.get::<i64, _>(0).cast_unsigned(), time, event })
    };
    rows.map_err(database("reading security events"))?.iter().map(read).collect()
}
