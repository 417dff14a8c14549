//! What of a query the indexes can decide. The rest is compared row by row.

use dicom::attributes::Level;
use dicom::matching::{Key, NameKey, Pattern, Query, Wanted};
use dicom::tag;
use sqlx::{QueryBuilder, Sqlite};

/// Adds the conditions of the keys that columns can answer; whether that was all of them.
pub(super) fn narrow(sql: &mut QueryBuilder<Sqlite>, query: &Query) -> bool {
    let mut all = true;
    for key in &query.keys {
        all &= one(sql, query, key);
    }
    all
}

/// True when the condition decides the key, or when it wants anything.
fn one(sql: &mut QueryBuilder<Sqlite>, query: &Query, key: &Key) -> bool {
    let level = query.level;
    let column = match (key.tag, level) {
        _ if matches!(key.wanted, Wanted::Anything) => return true,
        (tag::STUDY_INSTANCE_UID, Level::Study) => "s.study_uid",
        (tag::STUDY_INSTANCE_UID, Level::Series) => "r.study_uid",
        (tag::STUDY_INSTANCE_UID, Level::Instance) => "i.study_uid",
        (tag::SERIES_INSTANCE_UID, Level::Series) => "r.series_uid",
        (tag::SERIES_INSTANCE_UID, Level::Instance) => "i.series_uid",
        (tag::SOP_INSTANCE_UID, Level::Instance) => "i.sop_uid",
        (tag::SOP_CLASS_UID, Level::Instance) => "n.sop_class_uid",
        (tag::PATIENT_ID, _) => "s.patient_id",
        (tag::ACCESSION_NUMBER, _) => "s.accession",
        (tag::MODALITY, Level::Series | Level::Instance) => "r.modality",
        (tag::STUDY_DATE, _) => return study_date(sql, &key.wanted),
        (tag::MODALITIES_IN_STUDY, _) => return modalities(sql, &key.wanted),
        (tag::PATIENT_NAME, _) if !query.fuzzy => return name(sql, &key.wanted),
        _ => return false,
    };
    match &key.wanted {
        Wanted::Texts(texts) => {
            sql.push(" AND ").push(column).push(" IN (");
            list(sql, texts);
            sql.push(")");
            true
        }
        Wanted::Patterns(patterns) => {
            begins(sql, &[column], &patterns.iter().collect::<Vec<_>>());
            false
        }
        _ => false,
    }
}

fn list(sql: &mut QueryBuilder<Sqlite>, texts: &[String]) {
    let mut separated = sql.separated(", ");
    for text in texts {
        separated.push_bind(text.clone());
    }
}

/// One of the columns begins as one of the patterns does. Nothing is added when a pattern has no beginning.
fn begins(sql: &mut QueryBuilder<Sqlite>, columns: &[&'static str], patterns: &[&Pattern]) {
    if patterns.iter().any(|pattern| pattern.prefix().is_empty()) {
        return;
    }
    let mut word = " AND (";
    for column in columns {
        for pattern in patterns {
            sql.push(word).push("(").push(*column);
            match pattern.literal() {
                Some(text) => {
                    sql.push(" = ").push_bind(text);
                }
                None => {
                    let prefix = pattern.prefix();
                    sql.push(" >= ").push_bind(prefix.clone());
                    sql.push(" AND ").push(*column).push(" < ").push_bind(crate::words::after_prefix(&prefix));
                }
            }
            // Said for the partial indexes, which have no empty names.
            sql.push(" AND ").push(*column).push(" <> '')");
            word = " OR ";
        }
    }
    sql.push(")");
}

fn name(sql: &mut QueryBuilder<Sqlite>, wanted: &Wanted) -> bool {
    let Wanted::Names(names) = wanted else { return false };
    let patterns: Option<Vec<&Pattern>> = names.iter().map(NameKey::of_any_group).collect();
    if let Some(patterns) = patterns {
        begins(sql, &["s.name", "s.name_ideographic", "s.name_phonetic"], &patterns);
    }
    false
}

fn study_date(sql: &mut QueryBuilder<Sqlite>, wanted: &Wanted) -> bool {
    let Wanted::Range(range) = wanted else { return false };
    sql.push(" AND s.study_date >= ").push_bind(range.from.map_or_else(|| "0".to_owned(), |from| from.date()));
    if let Some(to) = range.to {
        sql.push(" AND s.study_date <= ").push_bind(to.date());
    }
    true
}

fn modalities(sql: &mut QueryBuilder<Sqlite>, wanted: &Wanted) -> bool {
    let Wanted::Texts(texts) = wanted else { return false };
    sql.push(
        " AND EXISTS (SELECT 1 FROM find_series m WHERE m.group_id = s.group_id AND m.study_uid = s.study_uid
            AND m.modality IN (",
    );
    list(sql, texts);
    sql.push("))");
    // A series of which everything is rejected still has its row.
    false
}
