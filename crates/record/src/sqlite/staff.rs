//! Staff accounts and sites.

use super::rows::{Columns, Doing, from_json, json, micros};
use crate::RecordError;
use crate::model::{GroupId, Site, Staff};
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;

pub(crate) async fn add(db: &mut SqliteConnection, group: GroupId, staff: &Staff) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO staff (group_id, login, name, role, site, phc, disabled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (group_id, login) DO UPDATE SET name = excluded.name, role = excluded.role, site = excluded.site,
            phc = excluded.phc, disabled_at = excluded.disabled_at",
    )
    .bind(group.0)
    .bind(staff.login.to_lowercase())
    .bind(&staff.name)
    .bind(json(&staff.role)?)
    .bind(&staff.site)
    .bind(&staff.phc)
    .bind(staff.disabled_at.map(micros))
    .execute(db)
    .await
    .doing("writing a member of staff")?;
    Ok(())
}

pub(crate) async fn by_login(
    db: &mut SqliteConnection,
    group: GroupId,
    login: &str,
) -> Result<Option<Staff>, RecordError> {
    let row = sqlx::query("SELECT * FROM staff WHERE group_id = ?1 AND login = ?2")
        .bind(group.0)
        .bind(login.to_lowercase())
        .fetch_optional(db)
        .await
        .doing("reading a member of staff")?;
    row.as_ref().map(member).transpose()
}

pub(crate) async fn all(db: &mut SqliteConnection, group: GroupId) -> Result<Vec<Staff>, RecordError> {
    let rows = sqlx::query("SELECT * FROM staff WHERE group_id = ?1 ORDER BY login")
        .bind(group.0)
        .fetch_all(db)
        .await
        .doing("listing staff")?;
    rows.iter().map(member).collect()
}

fn member(row: &SqliteRow) -> Result<Staff, RecordError> {
    let disabled: Option<i64> = row.col("disabled_at")?;
    Ok(Staff {
        login: row.col("login")?,
        name: row.col("name")?,
        role: from_json(row.col("role")?, "role")?,
        site: row.col("site")?,
        phc: row.col("phc")?,
        disabled_at: disabled.map(super::rows::instant).transpose()?,
    })
}

pub(crate) async fn disable(
    db: &mut SqliteConnection,
    group: GroupId,
    login: &str,
    at: OffsetDateTime,
) -> Result<(), RecordError> {
    let updated = sqlx::query("UPDATE staff SET disabled_at = ?3 WHERE group_id = ?1 AND login = ?2")
        .bind(group.0)
        .bind(login.to_lowercase())
        .bind(micros(at))
        .execute(db)
        .await
        .doing("disabling a member of staff")?;
    if updated.rows_affected() == 0 { Err(RecordError::NotFound { what: "staff" }) } else { Ok(()) }
}

pub(crate) async fn sites(db: &mut SqliteConnection, group: GroupId) -> Result<Vec<Site>, RecordError> {
    let rows = sqlx::query("SELECT body FROM site WHERE group_id = ?1 ORDER BY site")
        .bind(group.0)
        .fetch_all(db)
        .await
        .doing("listing sites")?;
    rows.iter().map(|row| row.value("body")).collect()
}
