//! Orders as modalities are offered them.

use super::journal;
use super::reservations;
use super::rows::{Columns, Doing, from_json, json, micros};
use super::scene::Scene;
use crate::RecordError;
use crate::component::Fact;
use crate::model::{FactBody, GroupId, OrderFact, PlannedStep, StepStatus};
use crate::settings::Settings;
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use time::OffsetDateTime;

/// A message speaks of an order: its row is written again from all that is said of it.
pub(crate) async fn hear(db: &mut SqliteConnection, scene: Scene<'_>, fact: &Fact) -> Result<(), RecordError> {
    if !matches!(fact.body, FactBody::Order(_) | FactBody::OrderStatus(_)) {
        return Ok(());
    }
    let Some(key) = reservations::key_of(fact) else { return Ok(()) };
    let facts = reservations::of_order(db, scene.group, &key, &["order", "order_status"]).await?;
    let orders = facts.iter().filter(|fact| matches!(fact.body, FactBody::Order(_)));
    let Some(last) = orders.max_by(|a, b| a.message.cmp(&b.message)) else { return Ok(()) };
    let FactBody::Order(order) = &last.body else { return Ok(()) };
    let kept = study_of(db, scene.group, &key).await?;
    let study = match (&order.study_instance_uid, kept) {
        (Some(said), _) => said.clone(),
        (None, Some(kept)) if !kept.is_empty() => kept,
        // A rebuilt record hears of it in the journal's next entry.
        (None, _) if scene.replaying => String::new(),
        (None, _) => {
            let made = format!("2.25.{}", scene.new_id().as_u128());
            scene.journal(db, &value!({ "v": 1, "kind": "worklist-study", "order": key, "study": made })).await?;
            made
        }
    };
    let scheduled_at = order.scheduled_at.unwrap_or(last.message.time);
    sqlx::query(
        "INSERT INTO worklist (group_id, order_key, study_uid, scheduled_at, told, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (group_id, order_key) DO UPDATE SET study_uid = excluded.study_uid,
            scheduled_at = excluded.scheduled_at, told = excluded.told, body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(&key)
    .bind(&study)
    .bind(micros(scheduled_at))
    .bind(word(told(&facts, order)))
    .bind(json(order)?)
    .execute(db)
    .await
    .doing("writing the worklist")?;
    Ok(())
}

/// Where messages say that the order stands: what cancels it, else the last that says anything.
fn told(facts: &[Fact], order: &OrderFact) -> StepStatus {
    if order.cancelled {
        return StepStatus::Cancelled;
    }
    let said = facts.iter().filter_map(|fact| match &fact.body {
        FactBody::Order(order) | FactBody::OrderStatus(order) => Some((&fact.message, order.status?)),
        _ => None,
    });
    said.max_by(|a, b| a.0.cmp(b.0)).map_or(StepStatus::Scheduled, |(_, status)| status)
}

fn word(status: StepStatus) -> &'static str {
    match status {
        StepStatus::Scheduled => "scheduled",
        StepStatus::Arrived => "arrived",
        StepStatus::Started => "started",
        StepStatus::Done => "done",
        StepStatus::Cancelled => "cancelled",
    }
}

async fn study_of(db: &mut SqliteConnection, group: GroupId, key: &str) -> Result<Option<String>, RecordError> {
    sqlx::query_scalar("SELECT study_uid FROM worklist WHERE group_id = ?1 AND order_key = ?2")
        .bind(group.0)
        .bind(key)
        .fetch_optional(db)
        .await
        .doing("reading the study of an order")
}

/// Writes a study that was made for an order again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    let order: String = journal::read(journal::part(body, "order")?)?;
    let study: String = journal::read(journal::part(body, "study")?)?;
    sqlx::query("UPDATE worklist SET study_uid = ?3 WHERE group_id = ?1 AND order_key = ?2 AND study_uid = ''")
        .bind(scene.group.0)
        .bind(order)
        .bind(study)
        .execute(db)
        .await
        .doing("writing the study of an order")?;
    Ok(())
}

/// What modalities may be offered. A step that one has begun is offered to the others until it is completed; one that was
/// discontinued is planned again.
pub(crate) async fn planned(
    db: &mut SqliteConnection,
    group: GroupId,
    settings: &Settings,
    (from, to): (OffsetDateTime, OffsetDateTime),
    limit: u32,
) -> Result<Vec<PlannedStep>, RecordError> {
    let rows = sqlx::query(
        "SELECT order_key, study_uid, scheduled_at, told, body,
            (SELECT state FROM performed_study JOIN performed_step USING (group_id, sop_uid)
             WHERE performed_study.group_id = worklist.group_id AND performed_study.study_uid = worklist.study_uid
             ORDER BY changed_at DESC, sop_uid LIMIT 1) AS performed
         FROM worklist INDEXED BY worklist_open
         WHERE group_id = ?1 AND told IN ('scheduled', 'arrived') AND scheduled_at >= ?2 AND scheduled_at < ?3
         ORDER BY scheduled_at, order_key LIMIT ?4",
    )
    .bind(group.0)
    .bind(micros(from))
    .bind(micros(to))
    .bind(limit)
    .fetch_all(&mut *db)
    .await
    .doing("reading the worklist")?;
    let mut steps = Vec::with_capacity(rows.len());
    for row in &rows {
        let performed: Option<String> = row.col("performed")?;
        let status = match (performed.as_deref(), row.col::<&str>("told")?) {
            (Some("completed"), _) => continue,
            (Some("in_progress"), _) => StepStatus::Started,
            (_, "arrived") => StepStatus::Arrived,
            _ => StepStatus::Scheduled,
        };
        let order: OrderFact = from_json(row.col("body")?, "order")?;
        let patient = reservations::patient(db, group, settings, &order).await?;
        steps.push(PlannedStep {
            order_key: row.col("order_key")?,
            order,
            patient,
            study_instance_uid: row.col("study_uid")?,
            scheduled_at: row.at("scheduled_at")?,
            status,
        });
    }
    Ok(steps)
}
