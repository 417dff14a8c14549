//! The rows that queries are answered from, written in the transaction of what they tell.

use super::super::patients;
use super::super::rows::{Columns, Doing};
use super::super::scene::Scene;
use super::super::seal;
use crate::RecordError;
use crate::model::{BirthDate, InstanceHeader, PatientId, PatientTraits};
use dicom::attributes::{Attributes, Levels};
use dicom::matching::groups;
use dicom::{Tag, Vr, tag};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};
use std::collections::BTreeSet;

/// Images of one study that disagree: the longest text wins, then the greatest. What messages tell stays.
macro_rules! put_study {
    () => {
        "INSERT INTO find_study (group_id, entry, study_uid, patient_id, issuer, name,
        name_ideographic, name_phonetic, accession, study_date, body)
     VALUES (?, 1 + COALESCE((SELECT MAX(entry) FROM find_study WHERE group_id = ?), 0), ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (group_id, study_uid) DO UPDATE SET
        patient_id = CASE WHEN told IS NULL THEN excluded.patient_id ELSE patient_id END,
        issuer = CASE WHEN told IS NULL THEN excluded.issuer ELSE issuer END,
        name = CASE WHEN told IS NULL THEN excluded.name ELSE name END,
        name_ideographic = CASE WHEN told IS NULL THEN excluded.name_ideographic ELSE name_ideographic END,
        name_phonetic = CASE WHEN told IS NULL THEN excluded.name_phonetic ELSE name_phonetic END,
        accession = excluded.accession, study_date = excluded.study_date, body = excluded.body
     WHERE (LENGTH(excluded.body), excluded.body) > (LENGTH(body), body)"
    };
}

/// The same of a series.
macro_rules! put_series {
    () => {
        "INSERT INTO find_series (group_id, entry, study_uid, series_uid, modality, body)
     VALUES (?, 1 + COALESCE((SELECT MAX(entry) FROM find_series WHERE group_id = ?), 0), ?, ?, ?, ?)
     ON CONFLICT (group_id, study_uid, series_uid) DO UPDATE SET modality = excluded.modality, body = excluded.body
     WHERE (LENGTH(excluded.body), excluded.body) > (LENGTH(body), body)"
    };
}

/// An instance; another one of the same UID, that a person chose, takes its place.
macro_rules! put_instance {
    () => {
        "INSERT INTO find_instance (group_id, entry, sop_uid, study_uid, series_uid, body)
     VALUES (?, 1 + COALESCE((SELECT MAX(entry) FROM find_instance WHERE group_id = ?), 0), ?, ?, ?, ?)
     ON CONFLICT (group_id, sop_uid) DO UPDATE SET study_uid = excluded.study_uid, series_uid = excluded.series_uid,
        hidden = 0, body = excluded.body"
    };
}

pub(crate) use {put_instance, put_series, put_study};

/// What the three statements are told.
pub(crate) struct Documents {
    levels: Levels,
    names: [String; 3],
    study_date: String,
}

/// The documents of an image. Of one whose attributes nobody kept, what its header says.
pub(crate) fn documents(header: &InstanceHeader) -> Documents {
    let mut levels = header.attributes.clone();
    let said = |text: &mut String, make: fn(&InstanceHeader) -> Attributes| {
        if text.is_empty() {
            *text = make(header).to_text();
        }
    };
    said(&mut levels.study, study_of);
    said(&mut levels.series, series_of);
    said(&mut levels.instance, instance_of);
    let study_date = header.study_date.map(compact).unwrap_or_default();
    Documents { levels, names: names(header.claim.name.as_deref().unwrap_or_default()), study_date }
}

/// The parameters of the three statements, in their order.
pub(crate) fn bind<'q>(
    query: Query<'q, Sqlite, SqliteArguments>,
    scene: Scene<'_>,
    header: &'q InstanceHeader,
    documents: &'q Documents,
) -> Query<'q, Sqlite, SqliteArguments> {
    let [name, ideographic, phonetic] = &documents.names;
    query
        .bind(scene.group.0)
        .bind(scene.group.0)
        .bind(&header.study_instance_uid)
        .bind(header.claim.patient_id.as_deref().unwrap_or_default())
        .bind(header.claim.issuer.as_deref().unwrap_or_default())
        .bind(name)
        .bind(ideographic)
        .bind(phonetic)
        .bind(header.accession_number.as_deref().unwrap_or_default())
        .bind(&documents.study_date)
        .bind(&documents.levels.study)
        .bind(scene.group.0)
        .bind(scene.group.0)
        .bind(&header.study_instance_uid)
        .bind(&header.series_instance_uid)
        .bind(header.modality.as_deref().unwrap_or_default())
        .bind(&documents.levels.series)
        .bind(scene.group.0)
        .bind(scene.group.0)
        .bind(&header.sop_instance_uid)
        .bind(&header.study_instance_uid)
        .bind(&header.series_instance_uid)
        .bind(&documents.levels.instance)
}

/// Writes an image's three rows.
pub(crate) async fn put(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    header: &InstanceHeader,
) -> Result<(), RecordError> {
    const ALL: &str = concat!(put_study!(), "; ", put_series!(), "; ", put_instance!());
    let documents = documents(header);
    bind(sqlx::query(ALL), scene, header, &documents).execute(db).await.doing("writing what queries find")?;
    Ok(())
}

/// Whose the studies of an exam are, as messages tell: nobody's but the images' own while that is in doubt.
pub(crate) async fn told(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    studies: &BTreeSet<String>,
    patient: Option<PatientId>,
) -> Result<(), RecordError> {
    let known = match patient {
        Some(patient) => patients::by_id(db, scene.group, patient).await?,
        None => None,
    };
    let told = known.map(|(number, patient)| patient_of(&number.value, &number.issuer, &patient.traits));
    for study in studies {
        tell(db, scene, study, told.as_ref()).await?;
    }
    Ok(())
}

async fn tell(
    db: &mut SqliteConnection,
    scene: Scene<'_>,
    study: &str,
    told: Option<&Attributes>,
) -> Result<(), RecordError> {
    let row = sqlx::query("SELECT body, told FROM find_study WHERE group_id = ?1 AND study_uid = ?2")
        .bind(scene.group.0)
        .bind(study)
        .fetch_optional(&mut *db)
        .await
        .doing("reading what queries find")?;
    let Some(row) = row else { return Ok(()) };
    let text = told.map(Attributes::to_text);
    if row.col::<Option<String>>("told")? == text {
        return Ok(());
    }
    let mut all = Attributes::parse(row.col("body")?).ok_or(RecordError::Damaged { what: "attributes" })?;
    if let Some(told) = told {
        all.overlay(told.clone());
    }
    let [name, ideographic, phonetic] = names(all.text(tag::PATIENT_NAME).unwrap_or_default());
    sqlx::query(
        "UPDATE find_study SET told = ?3, patient_id = ?4, issuer = ?5, name = ?6, name_ideographic = ?7,
            name_phonetic = ?8 WHERE group_id = ?1 AND study_uid = ?2",
    )
    .bind(scene.group.0)
    .bind(study)
    .bind(text)
    .bind(all.text(tag::PATIENT_ID).unwrap_or_default())
    .bind(all.text(tag::ISSUER_OF_PATIENT_ID).unwrap_or_default())
    .bind(name)
    .bind(ideographic)
    .bind(phonetic)
    .execute(db)
    .await
    .doing("writing whose a study is")?;
    Ok(())
}

/// What messages say of a patient, in the attributes' words; what they do not say stays as the images say it.
fn patient_of(number: &str, issuer: &str, traits: &PatientTraits) -> Attributes {
    let mut told = Attributes::default();
    let mut say = |tag: Tag, vr: Vr, text: String| {
        if !text.is_empty() {
            told.set(tag, vr, vec![text]);
        }
    };
    say(tag::PATIENT_ID, Vr::LO, number.to_owned());
    say(tag::ISSUER_OF_PATIENT_ID, Vr::LO, issuer.to_owned());
    if !traits.birth_name.is_empty() {
        let name = format!("{}^{}", traits.birth_name, traits.first_names);
        say(tag::PATIENT_NAME, Vr::PN, name.trim_end_matches('^').to_owned());
    }
    say(tag::PATIENT_BIRTH_DATE, Vr::DA, traits.birth_date.as_ref().and_then(birth).unwrap_or_default());
    say(tag::PATIENT_SEX, Vr::CS, traits.sex.clone().unwrap_or_default());
    told
}

fn birth(date: &BirthDate) -> Option<String> {
    Some(format!("{:04}{:02}{:02}", date.year, date.month?, date.day?))
}

fn names(name: &str) -> [String; 3] {
    let mut groups = groups(name).into_iter();
    let mut next = || groups.next().unwrap_or_default();
    [next(), next(), next()]
}

fn compact(date: time::Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Attributes that are there, empty or not.
fn all(said: Vec<(Tag, Vr, Option<String>)>) -> Attributes {
    let mut attributes = Attributes::default();
    for (tag, vr, text) in said {
        attributes.set(tag, vr, text.into_iter().collect());
    }
    attributes
}

fn study_of(header: &InstanceHeader) -> Attributes {
    let claim = &header.claim;
    all(vec![
        (tag::STUDY_DATE, Vr::DA, header.study_date.map(compact)),
        (tag::STUDY_TIME, Vr::TM, header.study_time.clone()),
        (tag::ACCESSION_NUMBER, Vr::SH, header.accession_number.clone()),
        (tag::REFERRING_PHYSICIAN_NAME, Vr::PN, header.referring_physician.clone()),
        (tag::STUDY_DESCRIPTION, Vr::LO, header.study_description.clone()),
        (tag::PATIENT_NAME, Vr::PN, claim.name.clone()),
        (tag::PATIENT_ID, Vr::LO, claim.patient_id.clone()),
        (tag::ISSUER_OF_PATIENT_ID, Vr::LO, claim.issuer.clone()),
        (tag::PATIENT_BIRTH_DATE, Vr::DA, claim.birth_date.as_ref().and_then(birth)),
        (tag::PATIENT_SEX, Vr::CS, claim.sex.clone()),
        (tag::STUDY_INSTANCE_UID, Vr::UI, Some(header.study_instance_uid.clone())),
    ])
}

fn series_of(header: &InstanceHeader) -> Attributes {
    all(vec![
        (tag::SERIES_DATE, Vr::DA, header.series_date.map(compact)),
        (tag::MODALITY, Vr::CS, header.modality.clone()),
        (tag::INSTITUTION_NAME, Vr::LO, header.institution.clone()),
        (tag::SERIES_DESCRIPTION, Vr::LO, header.series_description.clone()),
        (tag::SERIES_INSTANCE_UID, Vr::UI, Some(header.series_instance_uid.clone())),
        (tag::SERIES_NUMBER, Vr::IS, header.series_number.map(|number| number.to_string())),
    ])
}

fn instance_of(header: &InstanceHeader) -> Attributes {
    let number = |number: Option<u32>| number.map(|number| number.to_string());
    all(vec![
        (tag::SOP_CLASS_UID, Vr::UI, Some(header.sop_class_uid.clone())),
        (tag::SOP_INSTANCE_UID, Vr::UI, Some(header.sop_instance_uid.clone())),
        (tag::INSTANCE_NUMBER, Vr::IS, header.instance_number.map(|number| number.to_string())),
        (tag::NUMBER_OF_FRAMES, Vr::IS, number(Some(header.frames).filter(|frames| *frames > 1))),
        (tag::ROWS, Vr::US, number(header.rows)),
        (tag::COLUMNS, Vr::US, number(header.columns)),
    ])
}

/// Once, in a record of the version before: writes the rows of the images it has.
pub(crate) async fn fill(db: &mut SqliteConnection, scene: Scene<'_>, most: u32) -> Result<bool, RecordError> {
    let headers = seal::without_documents(db, scene.group, most).await?;
    let mut exams = BTreeSet::new();
    for header in &headers {
        put(db, scene, header).await?;
        exams.insert(header.study_instance_uid.clone());
    }
    for study in &exams {
        let patient: Option<Option<Vec<u8>>> = sqlx::query_scalar(
            "SELECT patient_id FROM exam_study JOIN exam USING (group_id, exam_id)
             WHERE exam_study.group_id = ?1 AND study_uid = ?2",
        )
        .bind(scene.group.0)
        .bind(study)
        .fetch_optional(&mut *db)
        .await
        .doing("reading whose a study is")?;
        let patient = patient.flatten().map(|id| super::super::rows::uuid(&id)).transpose()?.map(PatientId);
        told(db, scene, &BTreeSet::from([study.clone()]), patient).await?;
    }
    Ok(!headers.is_empty())
}
