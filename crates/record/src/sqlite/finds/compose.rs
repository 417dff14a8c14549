//! From rows to attributes: what the images say, what messages say better, what is counted.

use super::super::rows::Columns;
use crate::RecordError;
use dicom::attributes::{Attributes, Level};
use dicom::matching::Query;
use dicom::{Tag, Vr, tag};
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Sqlite};

/// What is computed beside the documents.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wants {
    modalities: bool,
    classes: bool,
    study_counts: bool,
    series_count: bool,
    patient_counts: bool,
    /// Where the instances are.
    pub stored: bool,
}

const CLASSES: &str = ", (SELECT GROUP_CONCAT(DISTINCT o.sop_class_uid) FROM instance o
        JOIN find_instance v ON v.group_id = o.group_id AND v.sop_uid = o.sop_uid AND v.hidden = 0
        WHERE o.group_id = s.group_id AND o.study_uid = s.study_uid) AS classes";
const MODALITIES: &str = ", (SELECT GROUP_CONCAT(DISTINCT t.modality) FROM find_series t
        WHERE t.group_id = s.group_id AND t.study_uid = s.study_uid AND t.modality <> ''
          AND EXISTS (SELECT 1 FROM find_instance v WHERE v.group_id = t.group_id AND v.study_uid = t.study_uid
            AND v.series_uid = t.series_uid AND v.hidden = 0)) AS modalities";
const STUDY_COUNTS: &str = ", (SELECT COUNT(DISTINCT v.series_uid) FROM find_instance v
        WHERE v.group_id = s.group_id AND v.study_uid = s.study_uid AND v.hidden = 0) AS study_series,
    (SELECT COUNT(*) FROM find_instance v
        WHERE v.group_id = s.group_id AND v.study_uid = s.study_uid AND v.hidden = 0) AS study_instances";
const SERIES_COUNT: &str = ", (SELECT COUNT(*) FROM find_instance v WHERE v.group_id = r.group_id
        AND v.study_uid = r.study_uid AND v.series_uid = r.series_uid AND v.hidden = 0) AS series_instances";
const PATIENT_COUNTS: &str = ", COUNT(*) AS patient_studies,
    SUM((SELECT COUNT(DISTINCT v.series_uid) FROM find_instance v
        WHERE v.group_id = s.group_id AND v.study_uid = s.study_uid AND v.hidden = 0)) AS patient_series,
    SUM((SELECT COUNT(*) FROM find_instance v
        WHERE v.group_id = s.group_id AND v.study_uid = s.study_uid AND v.hidden = 0)) AS patient_instances";

impl Wants {
    pub(super) fn of(query: &Query) -> Self {
        let asked = |tags: &[Tag]| tags.iter().any(|tag| query.key(*tag).is_some());
        let at = |level: Level| query.level == level;
        let counts = [tag::NUMBER_OF_STUDY_RELATED_SERIES, tag::NUMBER_OF_STUDY_RELATED_INSTANCES];
        let below = query.level > Level::Patient;
        Self {
            modalities: at(Level::Study) || below && asked(&[tag::MODALITIES_IN_STUDY]),
            classes: below && asked(&[tag::SOP_CLASSES_IN_STUDY]),
            study_counts: at(Level::Study) || below && asked(&counts),
            series_count: at(Level::Series) || at(Level::Instance) && asked(&[tag::NUMBER_OF_SERIES_RELATED_INSTANCES]),
            patient_counts: at(Level::Patient),
            stored: false,
        }
    }

    /// With where the instances are.
    pub(super) fn stored(query: &Query) -> Self {
        Self { stored: true, ..Self::of(query) }
    }

    pub(super) fn columns(&self, sql: &mut QueryBuilder<Sqlite>) {
        let all = [
            (self.modalities, MODALITIES),
            (self.classes, CLASSES),
            (self.study_counts, STUDY_COUNTS),
            (self.series_count, SERIES_COUNT),
            (self.patient_counts, PATIENT_COUNTS),
            (self.stored, ", n.*, e.exam_id, c.body AS claim_body, q.body AS series_body"),
        ];
        for (_, columns) in all.into_iter().filter(|(wanted, _)| *wanted) {
            sql.push(columns);
        }
    }
}

/// Everything a row says.
pub(super) fn attributes(row: &SqliteRow, level: Level, wants: &Wants) -> Result<Attributes, RecordError> {
    let mut all = parsed(row.col("study_body")?)?;
    if let Some(told) = row.col::<Option<&str>>("told")? {
        all.overlay(parsed(told)?);
    }
    if level == Level::Patient {
        all.retain(|tag| dicom::attributes::level_of(tag) == Level::Patient);
    }
    if level >= Level::Series {
        all.overlay(parsed(row.col("found_series")?)?);
    }
    if level == Level::Instance {
        all.overlay(parsed(row.col("found_instance")?)?);
    }
    compute(&mut all, row, wants)?;
    Ok(all)
}

fn parsed(text: &str) -> Result<Attributes, RecordError> {
    Attributes::parse(text).ok_or(RecordError::Damaged { what: "attributes" })
}

fn compute(all: &mut Attributes, row: &SqliteRow, wants: &Wants) -> Result<(), RecordError> {
    let mut lists = Vec::new();
    if wants.modalities {
        lists.push((tag::MODALITIES_IN_STUDY, Vr::CS, "modalities"));
    }
    if wants.classes {
        lists.push((tag::SOP_CLASSES_IN_STUDY, Vr::UI, "classes"));
    }
    for (tag, vr, column) in lists {
        let text: Option<String> = row.col(column)?;
        let mut values: Vec<String> = text.iter().flat_map(|text| text.split(',')).map(str::to_owned).collect();
        values.sort();
        all.set(tag, vr, values);
    }
    let mut counts = Vec::new();
    if wants.study_counts {
        counts.push((tag::NUMBER_OF_STUDY_RELATED_SERIES, "study_series"));
        counts.push((tag::NUMBER_OF_STUDY_RELATED_INSTANCES, "study_instances"));
    }
    if wants.series_count {
        counts.push((tag::NUMBER_OF_SERIES_RELATED_INSTANCES, "series_instances"));
    }
    if wants.patient_counts {
        counts.push((tag::NUMBER_OF_PATIENT_RELATED_STUDIES, "patient_studies"));
        counts.push((tag::NUMBER_OF_PATIENT_RELATED_SERIES, "patient_series"));
        counts.push((tag::NUMBER_OF_PATIENT_RELATED_INSTANCES, "patient_instances"));
    }
    for (tag, column) in counts {
        all.set(tag, Vr::IS, vec![row.col::<i64>(column)?.to_string()]);
    }
    Ok(())
}
