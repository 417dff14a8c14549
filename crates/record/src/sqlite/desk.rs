//! Lists, doubts and figures for the desk.

use super::doubts::DoubtBody;
use super::patients::PatientBody;
use super::receive::aside_body;
use super::rows::{Columns, Doing, from_json, id_bytes, sort_date, uuid};
use crate::RecordError;
use crate::derive::ExamBody;
use crate::identity::ClaimBody;
use crate::model::{
    BirthDate, Candidate, Counts, Doubt, DoubtId, DoubtKind, ExamId, ExamLine, ExamPage, ExamQuery, GroupId, PageKey,
    PatientId,
};
use crate::words::{after_prefix, name_words, words};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

/// A page of exams, newest first, by key.
pub(crate) async fn exams(
    db: &mut SqliteConnection,
    group: GroupId,
    query: &ExamQuery,
) -> Result<ExamPage, RecordError> {
    let limit = query.limit.clamp(1, 200);
    let rows = page(group, query, limit + 1).build().fetch_all(&mut *db).await.doing("listing exams")?;
    let mut lines = rows.iter().map(line).collect::<Result<Vec<_>, _>>()?;
    let more = lines.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    lines.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = lines.last().filter(|_| more).map(|last| PageKey { date: last.date, exam: last.id });
    Ok(ExamPage { lines, next })
}

/// The query of a page. Every filter has an index that begins with the group and ends with the order.
pub(crate) fn page(group: GroupId, query: &ExamQuery, limit: u32) -> QueryBuilder<Sqlite> {
    let mut sql = QueryBuilder::new("SELECT exam.* FROM exam ");
    sql.push(index(query)).push(" WHERE exam.group_id = ").push_bind(group.0).push(" AND gone = 0");
    if let Some(from) = query.from {
        sql.push(" AND sort_date >= ").push_bind(sort_date(Some(from)));
    }
    if let Some(to) = query.to {
        // An exam without a date matches no range.
        sql.push(" AND sort_date > 0 AND sort_date <= ").push_bind(sort_date(Some(to)));
    }
    match &query.state {
        Some(state) => sql.push(" AND state = ").push_bind(state.clone()),
        // During its grace an exam is out of sight.
        None => sql.push(" AND state <> 'doomed'"),
    };
    if let Some(site) = &query.site {
        sql.push(" AND site = ").push_bind(site.clone());
    }
    if query.waiting {
        sql.push(" AND waiting = 1");
    }
    if query.locked {
        sql.push(" AND locked_at IS NOT NULL");
    }
    if let Some(after) = &query.after {
        sql.push(" AND (sort_date, exam_id) < (").push_bind(sort_date(after.date));
        sql.push(", ").push_bind(id_bytes(after.exam.0)).push(")");
    }
    for word in words(&query.text) {
        // The whole range of the prefix for one exam: two hops in `exam_word_exam`, or one range.
        sql.push(" AND exam_id IN (SELECT exam_id FROM exam_word WHERE live = 1 AND group_id = ").push_bind(group.0);
        sql.push(" AND word >= ").push_bind(word.clone()).push(" AND word < ").push_bind(after_prefix(&word)).push(")");
    }
    sql.push(" ORDER BY sort_date DESC, exam_id DESC LIMIT ").push_bind(limit);
    sql
}

/// With words the words lead; otherwise the narrowest index that keeps the order.
fn index(query: &ExamQuery) -> &'static str {
    match query {
        ExamQuery { text, .. } if !words(text).is_empty() => "",
        ExamQuery { locked: true, .. } => "INDEXED BY exam_locked",
        ExamQuery { waiting: true, .. } => "INDEXED BY exam_waiting",
        ExamQuery { state: Some(_), .. } => "INDEXED BY exam_state",
        ExamQuery { site: Some(_), .. } => "INDEXED BY exam_site",
        _ => "INDEXED BY exam_date",
    }
}

pub(crate) async fn of_patient(
    db: &mut SqliteConnection,
    group: GroupId,
    patient: PatientId,
) -> Result<Vec<ExamLine>, RecordError> {
    let rows = sqlx::query(
        "SELECT * FROM exam WHERE group_id = ?1 AND patient_id = ?2 AND gone = 0 AND state <> 'doomed'
         ORDER BY sort_date DESC, exam_id DESC",
    )
    .bind(group.0)
    .bind(id_bytes(patient.0))
    .fetch_all(db)
    .await
    .doing("listing a patient's exams")?;
    rows.iter().map(line).collect()
}

/// The exam whose images bear this accession key.
pub(crate) async fn by_accession(
    db: &mut SqliteConnection,
    group: GroupId,
    key: &str,
) -> Result<Option<ExamLine>, RecordError> {
    let row = sqlx::query(
        "SELECT exam.* FROM claim INDEXED BY claim_accession JOIN exam_study USING (group_id, study_uid)
         JOIN exam USING (group_id, exam_id)
         WHERE claim.group_id = ?1 AND claim.accession = ?2 AND gone = 0 AND state <> 'doomed' ORDER BY exam_id LIMIT 1",
    )
    .bind(group.0)
    .bind(key)
    .fetch_optional(db)
    .await
    .doing("looking for the exam of an order")?;
    row.as_ref().map(line).transpose()
}

fn line(row: &SqliteRow) -> Result<ExamLine, RecordError> {
    let body: ExamBody = row.value("body")?;
    let traits = body.patient.as_ref();
    Ok(ExamLine {
        id: ExamId(row.id("exam_id")?),
        number: row.col("number")?,
        accession: body.accession.map(|accession| accession.number).unwrap_or_default(),
        patient: row.id_or_none("patient_id")?.map(PatientId),
        patient_name: traits.map_or_else(|| plain_name(&body.name), shown_name),
        birth_date: traits.and_then(|traits| traits.birth_date).or(body.birth),
        class: body.class,
        title: body.title,
        date: body.date,
        state: row.col("state")?,
        site: row.col("site")?,
        waiting: row.col("waiting")?,
        held: row.col::<Option<&str>>("hold")?.is_some(),
        published: row.col::<Option<&[u8]>>("publication")?.is_some()
            && row.col::<Option<i64>>("withdrawn_at")?.is_none(),
        expired: row.col("expired")?,
        locked: row.col::<Option<i64>>("locked_at")?.is_some(),
        reported: body.reported,
        instances: row.number("instances")?,
    })
}

fn shown_name(traits: &crate::model::PatientTraits) -> String {
    let family = traits.used_name.as_ref().filter(|name| !name.is_empty()).unwrap_or(&traits.birth_name);
    let first = traits.used_first_name.as_ref().unwrap_or(&traits.first_names);
    format!("{family} {first}").trim().to_owned()
}

fn plain_name(name: &str) -> String {
    let group = name.split('=').next().unwrap_or("");
    group.split('^').filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What waits for a person, oldest first.
pub(crate) async fn doubts(db: &mut SqliteConnection, group: GroupId, limit: u32) -> Result<Vec<Doubt>, RecordError> {
    let rows = sqlx::query(
        "SELECT * FROM doubt INDEXED BY doubt_open WHERE group_id = ?1 AND closed_at IS NULL
         ORDER BY since, doubt_id LIMIT ?2",
    )
    .bind(group.0)
    .bind(limit)
    .fetch_all(&mut *db)
    .await
    .doing("listing doubts")?;
    let mut doubts = Vec::new();
    for row in &rows {
        let body: DoubtBody = row.value("body")?;
        let kind: String = row.col("kind")?;
        let subject = row.id("subject")?;
        let kind = match kind.as_str() {
            "identity" => identity_doubt(db, group, ExamId(subject)).await?,
            "report" => DoubtKind::Report { candidates: body.exams.clone() },
            "returned" => DoubtKind::Returned,
            _ => conflict(db, group, subject).await?,
        };
        let exam = body.exams.first().copied().filter(|_| !matches!(kind, DoubtKind::Report { .. }));
        let reasons = body.reasons.into_iter().collect();
        doubts.push(Doubt { id: DoubtId(row.id("doubt_id")?), exam, reasons, kind, since: row.at("since")? });
    }
    Ok(doubts)
}

async fn conflict(db: &mut SqliteConnection, group: GroupId, doubt: uuid::Uuid) -> Result<DoubtKind, RecordError> {
    let row = sqlx::query(
        "SELECT aside.sop_uid, aside.sha256 AS aside, aside.body, instance.sha256 AS kept
         FROM aside JOIN instance USING (group_id, sop_uid) WHERE aside.group_id = ?1 AND doubt_id = ?2",
    )
    .bind(group.0)
    .bind(id_bytes(doubt))
    .fetch_one(db)
    .await
    .doing("reading an instance kept aside")?;
    aside_body(row.col("body")?)?;
    Ok(DoubtKind::Conflict {
        sop_instance_uid: row.col("sop_uid")?,
        kept: row.sha256("kept")?,
        aside: row.sha256("aside")?,
    })
}

async fn identity_doubt(db: &mut SqliteConnection, group: GroupId, exam: ExamId) -> Result<DoubtKind, RecordError> {
    let rows = sqlx::query(
        "SELECT claim.body FROM exam_study JOIN claim USING (group_id, study_uid)
         WHERE exam_study.group_id = ?1 AND exam_id = ?2 AND instances > 0 LIMIT 20",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(&mut *db)
    .await
    .doing("reading what images say")?;
    let claims = rows.iter().map(|row| row.value("body")).collect::<Result<Vec<ClaimBody>, _>>()?;
    let named = named_by_messages(db, group, exam).await?;
    let mut claimed: Vec<String> = claims.iter().map(describe).collect();
    claimed.sort();
    claimed.dedup();
    let mut candidates: Vec<Candidate> = Vec::new();
    let mut found = vec![named];
    for claim in &claims {
        found.push(candidates_for(db, group, claim).await?);
    }
    for candidate in found.into_iter().flatten() {
        if candidates.iter().all(|known| known.patient != candidate.patient) {
            candidates.push(candidate);
        }
    }
    Ok(DoubtKind::Identity { claimed, candidates })
}

fn describe(claim: &ClaimBody) -> String {
    let birth = claim.claim.birth_date.map(written).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let id = format!("{} {}", text(&claim.claim.patient_id), text(&claim.claim.issuer));
    let name = plain_name(&text(&claim.claim.name));
    [name, birth, text(&claim.claim.sex), id.trim().to_owned()].join(" · ")
}

fn written(birth: BirthDate) -> String {
    let part = |part: Option<u8>| part.map_or_else(|| "··".to_owned(), |part| format!("{part:02}"));
    format!("{}-{}-{}", birth.year, part(birth.month), part(birth.day))
}

/// The patients whom orders and reports of the exam's numbers name.
async fn named_by_messages(
    db: &mut SqliteConnection,
    group: GroupId,
    exam: ExamId,
) -> Result<Vec<Candidate>, RecordError> {
    let rows = sqlx::query(
        "SELECT DISTINCT patient.patient_id, patient.body
         FROM exam_study CROSS JOIN claim USING (group_id, study_uid)
         CROSS JOIN fact ON fact.group_id = claim.group_id
            AND (fact.accession = claim.accession OR fact.study_uid = claim.study_uid)
         CROSS JOIN fact_patient ON fact_patient.group_id = fact.group_id AND fact_patient.fact = fact.fact
         CROSS JOIN patient AS named ON named.group_id = fact_patient.group_id AND named.value = fact_patient.value
            AND named.issuer = fact_patient.issuer
         CROSS JOIN patient ON patient.group_id = named.group_id
            AND patient.patient_id = COALESCE(named.merged_into, named.patient_id)
         WHERE exam_study.group_id = ?1 AND exam_id = ?2 AND claim.instances > 0 LIMIT 20",
    )
    .bind(group.0)
    .bind(id_bytes(exam.0))
    .fetch_all(db)
    .await
    .doing("looking for candidates")?;
    rows.iter().map(|row| candidate(row, row.value("body")?)).collect()
}

fn candidate(row: &SqliteRow, body: PatientBody) -> Result<Candidate, RecordError> {
    Ok(Candidate {
        patient: PatientId(row.id("patient_id")?),
        name: shown_name(&body.traits),
        birth_date: body.traits.birth_date,
        sex: body.traits.sex,
        identifiers: body.identifiers.into_iter().collect(),
    })
}

/// Patients of that number, or of that birth year with a word of the name in common.
async fn candidates_for(
    db: &mut SqliteConnection,
    group: GroupId,
    claim: &ClaimBody,
) -> Result<Vec<Candidate>, RecordError> {
    let numbered =
        sqlx::query("SELECT * FROM patient WHERE group_id = ?1 AND value = ?2 AND merged_into IS NULL LIMIT 20");
    let mut rows = match claim.patient_value() {
        Some(value) => numbered.bind(group.0).bind(value).fetch_all(&mut *db).await.doing("looking for candidates")?,
        None => Vec::new(),
    };
    if let Some(birth) = claim.claim.birth_date {
        let born = sqlx::query(
            "SELECT * FROM patient INDEXED BY patient_birth
             WHERE group_id = ?1 AND birth_year = ?2 AND merged_into IS NULL LIMIT 5000",
        );
        rows.extend(born.bind(group.0).bind(birth.year).fetch_all(db).await.doing("looking for candidates")?);
    }
    let wanted = name_words(claim.claim.name.as_deref().unwrap_or(""));
    let mut candidates = Vec::new();
    for row in &rows {
        let body: PatientBody = from_json(row.col("body")?, "patient")?;
        let value: &str = row.col("value")?;
        let named = name_words(&body.traits.birth_name).into_iter();
        let mut named = named.chain(name_words(body.traits.used_name.as_deref().unwrap_or("")));
        if Some(value) == claim.patient_value() || named.any(|word| wanted.contains(&word)) {
            candidates.push(candidate(row, body)?);
        }
    }
    candidates.truncate(20);
    Ok(candidates)
}

/// Figures for the first page.
pub(crate) async fn counts(db: &mut SqliteConnection, group: GroupId) -> Result<Counts, RecordError> {
    let row = sqlx::query(
        "SELECT
            (SELECT COUNT(*) FROM exam INDEXED BY exam_date WHERE group_id = ?1 AND gone = 0) AS exams,
            (SELECT COUNT(*) FROM exam INDEXED BY exam_waiting WHERE group_id = ?1 AND gone = 0 AND waiting = 1) AS waiting,
            (SELECT COUNT(*) FROM exam INDEXED BY exam_locked
                WHERE group_id = ?1 AND locked_at IS NOT NULL AND gone = 0) AS locked,
            (SELECT COUNT(*) FROM doubt INDEXED BY doubt_open WHERE group_id = ?1 AND closed_at IS NULL) AS doubts,
            (SELECT COUNT(*) FROM exam INDEXED BY exam_published
                WHERE group_id = ?1 AND publication IS NOT NULL AND withdrawn_at IS NULL) AS published,
            (SELECT COALESCE(SUM(unsealed), 0) FROM exam INDEXED BY exam_unsealed
                WHERE group_id = ?1 AND unsealed > 0) AS unsealed,
            (SELECT COALESCE(SUM(instances), 0) FROM claim WHERE group_id = ?1) AS instances",
    )
    .bind(group.0)
    .fetch_one(db)
    .await
    .doing("counting")?;
    Ok(Counts {
        exams: row.number("exams")?,
        waiting: row.number("waiting")?,
        locked: row.number("locked")?,
        doubts: row.number("doubts")?,
        published: row.number("published")?,
        unsealed: row.number("unsealed")?,
        instances: row.number("instances")?,
    })
}

/// The exam of an exam number.
pub(crate) async fn by_number(
    db: &mut SqliteConnection,
    group: GroupId,
    number: &str,
) -> Result<Option<ExamId>, RecordError> {
    let row = sqlx::query("SELECT exam_id FROM exam WHERE group_id = ?1 AND number = ?2")
        .bind(group.0)
        .bind(number)
        .fetch_optional(db)
        .await
        .doing("looking for an exam number")?;
    row.map(|row| uuid(row.try_get("exam_id").doing("reading a row")?).map(ExamId)).transpose()
}
