//! What the patient and staff said of an exam: the optional archive, its class.

use super::catalogue::{fact, reading};
use super::recompute::recompute;
use super::rows::{Doing, from_json, id_bytes, json};
use super::scene::Scene;
use super::{SqliteCatalogue, detail, exam_row, journal};
use crate::model::{Answer, ArchiveChoice, ClassCorrection, ExamDetail, ExamId, GroupId, Standing};
use crate::{Choices, RecordError};
use ::exam::ExamClass;
use ::exam::policy::{ArchiveRule, Policies};
use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json as value};
use sqlx::SqliteConnection;
use std::collections::BTreeSet;

/// What was said, as the journal keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "about")]
enum ChoiceEntry {
    Archive { studies: BTreeSet<String>, choice: ArchiveChoice },
    Class { studies: BTreeSet<String>, correction: ClassCorrection },
}

#[async_trait]
impl Choices for SqliteCatalogue {
    async fn record_choice(
        &self,
        group: GroupId,
        choice: ArchiveChoice,
        policies: &Policies,
    ) -> Result<(), RecordError> {
        fact!(self, db => {
            let exam = detail::exam(db, group, choice.exam).await?;
            allowed(&exam, choice.answer, policies)?;
            if !exam.standing.archive_choice.as_ref().is_some_and(|last| says_the_same(last, &choice)) {
                let entry = ChoiceEntry::Archive { studies: studies(&exam), choice };
                state(db, self.scene(group), exam.id, &entry).await?;
            }
        })
    }

    async fn choices(&self, group: GroupId, exam: ExamId) -> Result<Vec<ArchiveChoice>, RecordError> {
        reading!(self, db => said(db, group, exam, CHOICES).await?)
    }

    async fn correct_class(&self, group: GroupId, correction: ClassCorrection) -> Result<(), RecordError> {
        fact!(self, db => {
            if correction.class.as_deref().is_some_and(|class| ExamClass::from_key(class).is_none()) {
                return Err(RecordError::Refused { reason: "no such class" });
            }
            if correction.reason.trim().is_empty() {
                return Err(RecordError::Refused { reason: "a class is corrected for a reason" });
            }
            let exam = detail::exam(db, group, correction.exam).await?;
            still_here(&exam)?;
            let entry = ChoiceEntry::Class { studies: studies(&exam), correction };
            state(db, self.scene(group), exam.id, &entry).await?;
        })
    }

    async fn class_corrections(&self, group: GroupId, exam: ExamId) -> Result<Vec<ClassCorrection>, RecordError> {
        reading!(self, db => said(db, group, exam, CORRECTIONS).await?)
    }
}

fn studies(exam: &ExamDetail) -> BTreeSet<String> {
    exam.study_instance_uids.iter().cloned().collect()
}

fn says_the_same(last: &ArchiveChoice, choice: &ArchiveChoice) -> bool {
    let said = |choice: &ArchiveChoice| (choice.answer, choice.notice_version.clone(), choice.price_cents);
    said(last) == said(choice)
}

fn still_here(exam: &ExamDetail) -> Result<(), RecordError> {
    match &exam.standing.doom {
        Some(_) => Err(RecordError::Refused { reason: "the images are erased, or on their way" }),
        None if exam.instances == 0 => Err(RecordError::Refused { reason: "there are no images" }),
        None => Ok(()),
    }
}

fn allowed(exam: &ExamDetail, answer: Answer, policies: &Policies) -> Result<(), RecordError> {
    still_here(exam)?;
    let said = exam.standing.archive_choice.as_ref().map(|last| last.answer);
    match (answer, said) {
        // Even when the class has been corrected since, or the offer ended: an end is never made difficult.
        (Answer::TakenBack, Some(Answer::Chosen | Answer::TakenBack)) => return Ok(()),
        (Answer::TakenBack, _) => return Err(RecordError::Refused { reason: "there is no yes to take back" }),
        (Answer::Declined, Some(Answer::Chosen)) => {
            return Err(RecordError::Refused { reason: "a yes is taken back, not declined" });
        }
        _ => {}
    }
    let class = ExamClass::from_key(&exam.class).filter(|_| !exam.phantom);
    let rule = class.zip(exam.date).and_then(|(class, date)| policies.at(class, date));
    if rule.is_some_and(|row| row.archive == ArchiveRule::Optional) {
        Ok(())
    } else {
        Err(RecordError::Refused { reason: "the archive of this exam is nobody's choice" })
    }
}

/// Journals what was said, writes it, and asks for the web to agree.
async fn state(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    exam: ExamId,
    entry: &ChoiceEntry,
) -> Result<(), RecordError> {
    scene.journal(db, &value!({ "v": 1, "kind": "choice", "choice": entry })).await?;
    write(db, scene, entry).await?;
    super::review::touch(db, scene, exam).await?;
    exam_row::ask(db, scene, exam, &["publish"]).await
}

async fn write(db: &mut SqliteConnection, scene: Scene<'_>, entry: &ChoiceEntry) -> Result<(), RecordError> {
    match entry {
        ChoiceEntry::Archive { studies, choice } => {
            let next = "SELECT 1 + COALESCE(MAX(entry), 0) FROM archive_choice WHERE group_id = ?1";
            let add = "INSERT INTO archive_choice (group_id, study_uid, entry, body) VALUES (?1, ?2, ?3, ?4)";
            append(db, scene, [next, add], studies, &json(choice)?).await
        }
        ChoiceEntry::Class { studies, correction } => {
            let next = "SELECT 1 + COALESCE(MAX(entry), 0) FROM class_correction WHERE group_id = ?1";
            let add = "INSERT INTO class_correction (group_id, study_uid, entry, body) VALUES (?1, ?2, ?3, ?4)";
            append(db, scene, [next, add], studies, &json(correction)?).await?;
            for exam in recompute(db, scene, studies).await? {
                exam_row::ask(db, scene, exam, &["publish"]).await?;
            }
            Ok(())
        }
    }
}

async fn append(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    [next, add]: [&'static str; 2],
    studies: &BTreeSet<String>,
    body: &str,
) -> Result<(), RecordError> {
    let entry: i64 = sqlx::query_scalar(next)
        .bind(scene.group.0)
        .fetch_one(&mut *db)
        .await
        .doing("numbering what was said of an exam")?;
    for study in studies {
        sqlx::query(add)
            .bind(scene.group.0)
            .bind(study)
            .bind(entry)
            .bind(body)
            .execute(&mut *db)
            .await
            .doing("writing what was said of an exam")?;
    }
    Ok(())
}

const CHOICES: &str = "SELECT DISTINCT entry, body FROM exam_study JOIN archive_choice USING (group_id, study_uid)
     WHERE exam_study.group_id = ?1 AND exam_id = ?2 ORDER BY entry";
const CORRECTIONS: &str =
    "SELECT DISTINCT entry, body FROM exam_study JOIN class_correction USING (group_id, study_uid)
     WHERE exam_study.group_id = ?1 AND exam_id = ?2 ORDER BY entry";

/// What was said of an exam's studies, oldest first.
async fn said<T: DeserializeOwned>(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    sql: &'static str,
) -> Result<Vec<T>, RecordError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(sql)
        .bind(group.0)
        .bind(id_bytes(exam.0))
        .fetch_all(db)
        .await
        .doing("reading what was said of an exam")?;
    rows.iter().map(|(_, body)| from_json(body, "word on an exam")).collect()
}

/// The class that a person declared for these studies: the last word on any of them, unless it takes back.
pub(crate) async fn declared(
    db: &mut SqliteConnection,
    group: GroupId,
    studies: &BTreeSet<String>,
) -> Result<Option<ExamClass>, RecordError> {
    let mut last: Option<(i64, String)> = None;
    for study in studies {
        let found: Option<(i64, String)> = sqlx::query_as(
            "SELECT entry, body FROM class_correction WHERE group_id = ?1 AND study_uid = ?2 ORDER BY entry DESC LIMIT 1",
        )
        .bind(group.0)
        .bind(study)
        .fetch_optional(&mut *db)
        .await
        .doing("reading corrections of a class")?;
        last = last.max(found);
    }
    let Some((_, body)) = last else { return Ok(None) };
    let correction: ClassCorrection = from_json(&body, "correction of a class")?;
    Ok(correction.class.as_deref().and_then(ExamClass::from_key))
}

/// Fills in its part of an exam's standing.
pub(crate) async fn stand(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
    standing: &mut Standing,
) -> Result<(), RecordError> {
    standing.archive_choice = said(db, group, exam, CHOICES).await?.pop();
    Ok(())
}

/// Writes a journalled fact again.
pub(crate) async fn replay(db: &mut SqliteConnection, scene: Scene<'_>, body: &Value) -> Result<(), RecordError> {
    write(db, scene, &journal::read(journal::part(body, "choice")?)?).await
}
