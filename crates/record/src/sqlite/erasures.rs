//! Lists of erasure: proposed, approved by two, refused by one; and the rule under which some go day by day.

use super::retentions::{self, RetentionFact};
use super::rows::{Columns, Doing, from_json, id_bytes, json, micros, unsigned};
use super::scene::Scene;
use super::{grace, review};
use crate::RecordError;
use crate::model::*;
use sqlx::SqliteConnection;
use sqlx::sqlite::SqliteRow;
use time::OffsetDateTime;
use uuid::Uuid;

const REFUSE_CLOSED: RecordError = RecordError::Refused { reason: "the list is not open" };

/// Writes a list of the exams that stand on no other, and dooms them at once when it goes under a rule.
pub(crate) async fn propose(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    mut list: ErasureList,
    items: Vec<ErasureItem>,
) -> Result<u32, RecordError> {
    let mut kept = Vec::new();
    for item in items {
        let listed = listed(db, scene.group, item.exam).await?;
        let open = listed.is_some_and(|listed| matches!(listed.state, ItemState::Proposed | ItemState::Doomed));
        if !open && !grace::is_gone(db, scene.group, item.exam).await? {
            kept.push(item);
        }
    }
    if kept.is_empty() {
        return Ok(0);
    }
    list.exams = unsigned(i64::try_from(kept.len()).unwrap_or(i64::MAX))?;
    list.size_bytes = kept.iter().map(|item| item.size_bytes).sum();
    let dooms = list.grace_until.filter(|_| list.state == ListState::Approved);
    let (id, count) = (list.list, list.exams);
    retentions::state(db, scene, &RetentionFact::Proposed { list, items: kept }).await?;
    if let Some(until) = dooms {
        grace::doom_list(db, scene, id, until).await?;
    }
    Ok(count)
}

pub(crate) async fn write_list(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: &ErasureList,
    items: &[ErasureItem],
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO erasure_list (group_id, list_id, day, state, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )
    .bind(scene.group.0)
    .bind(id_bytes(list.list))
    .bind(review::day(list.day))
    .bind(json(&list.state)?)
    .bind(json(list)?)
    .execute(&mut *db)
    .await
    .doing("writing a list of erasure")?;
    for item in items {
        sqlx::query(
            "INSERT INTO erasure_item (group_id, list_id, exam_id, state, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO NOTHING",
        )
        .bind(scene.group.0)
        .bind(id_bytes(list.list))
        .bind(id_bytes(item.exam.0))
        .bind(json(&ItemState::Proposed)?)
        .bind(micros(list.proposed_at))
        .bind(json(item)?)
        .execute(&mut *db)
        .await
        .doing("writing a line of a list")?;
        review::touch(db, scene, item.exam).await?;
    }
    Ok(())
}

/// Two people must, and one of them is the data-protection officer.
fn join(approvals: &[Approval], new: &Approval) -> Result<Approved, RecordError> {
    let Some(first) = approvals.first() else { return Ok(Approved::OneMore) };
    if first.by == new.by {
        return Err(RecordError::Refused { reason: "a second person must agree" });
    }
    if first.role != Role::DataProtection && new.role != Role::DataProtection {
        return Err(RecordError::Refused { reason: "one of the two must be a data-protection officer" });
    }
    Ok(Approved::Now)
}

pub(crate) async fn approve(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: Uuid,
    approval: Approval,
    grace_until: OffsetDateTime,
) -> Result<Approved, RecordError> {
    let mut found = by_id(db, scene.group, list).await?;
    if found.state != ListState::Proposed {
        return Err(REFUSE_CLOSED);
    }
    let answer = join(&found.approvals, &approval)?;
    found.approvals.push(approval);
    if answer == Approved::Now {
        found.state = ListState::Approved;
        found.grace_until = Some(grace_until);
    }
    retentions::state(db, scene, &RetentionFact::ListStands { list: found }).await?;
    if answer == Approved::Now {
        grace::doom_list(db, scene, list, grace_until).await?;
    }
    Ok(answer)
}

pub(crate) async fn refuse(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: Uuid,
    refusal: Refusal,
) -> Result<(), RecordError> {
    let mut found = by_id(db, scene.group, list).await?;
    if found.state != ListState::Proposed {
        return Err(REFUSE_CLOSED);
    }
    found.state = ListState::Refused;
    found.refusal = Some(refusal);
    retentions::state(db, scene, &RetentionFact::ListStands { list: found }).await
}

/// A list's state, approvals and refusal; the lines of a refused one are free again.
pub(crate) async fn list_stands(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: &ErasureList,
) -> Result<(), RecordError> {
    sqlx::query("UPDATE erasure_list SET state = ?3, body = ?4 WHERE group_id = ?1 AND list_id = ?2")
        .bind(scene.group.0)
        .bind(id_bytes(list.list))
        .bind(json(&list.state)?)
        .bind(json(list)?)
        .execute(&mut *db)
        .await
        .doing("writing how a list stands")?;
    let Some(refusal) = &list.refusal else { return Ok(()) };
    for item in items(db, scene.group, list.list).await? {
        let set = ItemSet { state: ItemState::Refused, at: micros(refusal.at), because: None };
        set_item(db, scene, list.list, item.exam, set).await?;
        review::touch(db, scene, item.exam).await?;
    }
    Ok(())
}

/// How a line stands from now on.
pub(crate) struct ItemSet<'a> {
    pub state: ItemState,
    pub at: i64,
    pub because: Option<&'a str>,
}

pub(crate) async fn set_item(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    list: Uuid,
    exam: ExamId,
    set: ItemSet<'_>,
) -> Result<(), RecordError> {
    sqlx::query(
        "UPDATE erasure_item SET state = ?4, at = ?5, because = ?6
         WHERE group_id = ?1 AND list_id = ?2 AND exam_id = ?3",
    )
    .bind(scene.group.0)
    .bind(id_bytes(list))
    .bind(id_bytes(exam.0))
    .bind(json(&set.state)?)
    .bind(set.at)
    .bind(set.because)
    .execute(db)
    .await
    .doing("writing how a line of a list stands")?;
    Ok(())
}

pub(crate) async fn by_id(db: &mut SqliteConnection, group: GroupId, list: Uuid) -> Result<ErasureList, RecordError> {
    let body: Option<String> = sqlx::query_scalar("SELECT body FROM erasure_list WHERE group_id = ?1 AND list_id = ?2")
        .bind(group.0)
        .bind(id_bytes(list))
        .fetch_optional(db)
        .await
        .doing("reading a list of erasure")?;
    from_json(&body.ok_or(RecordError::NotFound { what: "list" })?, "list of erasure")
}

/// The open ones first, then the others, the newest day first.
pub(crate) async fn lists(
    db: &mut SqliteConnection,
    group: GroupId,
    limit: u32,
) -> Result<Vec<ErasureList>, RecordError> {
    let mut all = Vec::new();
    for state in [ListState::Proposed, ListState::Approved, ListState::Refused] {
        let bodies: Vec<String> = sqlx::query_scalar(
            "SELECT body FROM erasure_list INDEXED BY erasure_list_day WHERE group_id = ?1 AND state = ?2
             ORDER BY day DESC, list_id LIMIT ?3",
        )
        .bind(group.0)
        .bind(json(&state)?)
        .bind(limit)
        .fetch_all(&mut *db)
        .await
        .doing("listing lists of erasure")?;
        for body in &bodies {
            all.push(from_json(body, "list of erasure")?);
        }
    }
    Ok(all)
}

pub(crate) async fn items(
    db: &mut SqliteConnection,
    group: GroupId,
    list: Uuid,
) -> Result<Vec<ErasureItem>, RecordError> {
    let rows = sqlx::query(
        "SELECT state, because, body FROM erasure_item WHERE group_id = ?1 AND list_id = ?2 ORDER BY exam_id",
    )
    .bind(group.0)
    .bind(id_bytes(list))
    .fetch_all(db)
    .await
    .doing("reading the lines of a list")?;
    rows.iter().map(item).collect()
}

fn item(row: &SqliteRow) -> Result<ErasureItem, RecordError> {
    let mut item: ErasureItem = row.value("body")?;
    item.state = row.value("state")?;
    item.left_because = row.col("because")?;
    Ok(item)
}

/// The latest list an exam is or was on.
pub(crate) async fn listed(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Option<Listed>, RecordError> {
    let row = sqlx::query(
        "SELECT list_id, state, at FROM erasure_item INDEXED BY erasure_item_exam
         WHERE group_id = ?1 AND exam_id = ?2 ORDER BY at DESC, list_id DESC LIMIT 1",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_optional(db)
    .await
    .doing("reading the list of an exam")?;
    row.map(|row| Ok(Listed { list: row.id("list_id")?, state: row.value("state")?, at: row.at("at")? })).transpose()
}

pub(crate) async fn approve_rule(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    new: Uuid,
    policies: &str,
    approval: Approval,
) -> Result<Approved, RecordError> {
    let mut stands = match rule(db, scene.group, policies).await? {
        Some(known) if known.approved => return Ok(Approved::Now),
        Some(known) => known,
        None => StandingRule { rule: new, policies: policies.to_owned(), approvals: Vec::new(), approved: false },
    };
    let answer = join(&stands.approvals, &approval)?;
    stands.approvals.push(approval);
    stands.approved = answer == Approved::Now;
    retentions::state(db, scene, &RetentionFact::RuleStands { rule: stands }).await?;
    Ok(answer)
}

pub(crate) async fn write_rule(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    rule: &StandingRule,
) -> Result<(), RecordError> {
    sqlx::query(
        "INSERT INTO standing_rule (group_id, rule_id, open, body) VALUES (?1, ?2, 1, ?3)
         ON CONFLICT (group_id, rule_id) DO UPDATE SET body = excluded.body",
    )
    .bind(scene.group.0)
    .bind(id_bytes(rule.rule))
    .bind(json(rule)?)
    .execute(db)
    .await
    .doing("writing a standing rule")?;
    Ok(())
}

pub(crate) async fn end_rules(db: &mut SqliteConnection, scene: Scene<'_>) -> Result<(), RecordError> {
    sqlx::query("UPDATE standing_rule SET open = 0 WHERE group_id = ?1 AND open = 1")
        .bind(scene.group.0)
        .execute(db)
        .await
        .doing("ending standing rules")?;
    Ok(())
}

/// The open rule for a policy table.
pub(crate) async fn rule(
    db: &mut SqliteConnection,
    group: GroupId,
    policies: &str,
) -> Result<Option<StandingRule>, RecordError> {
    let bodies: Vec<String> = sqlx::query_scalar(
        "SELECT body FROM standing_rule INDEXED BY standing_rule_open WHERE group_id = ?1 AND open = 1",
    )
    .bind(group.0)
    .fetch_all(db)
    .await
    .doing("reading standing rules")?;
    let rules = bodies.iter().map(|body| from_json(body, "standing rule")).collect::<Result<Vec<StandingRule>, _>>()?;
    Ok(rules.into_iter().find(|rule| rule.policies == policies))
}
