//! Queries: what C-FIND and QIDO-RS ask, answered from rows alone.

use crate::RecordError;
use crate::model::{ExamId, GroupId, StoredInstance};
use async_trait::async_trait;
use dicom::attributes::{Attributes, Level};
use dicom::matching::Query;

/// Which part of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindPage {
    /// Only what comes after this entry; 0 from the beginning. [`FoundPage::next`] of the page before goes here.
    pub after: u64,
    /// Answers left out first (`offset` of QIDO-RS).
    pub skip: u64,
    /// Answers at most; at least 1.
    pub limit: u32,
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its place in the order of answers, which never changes while others arrive: when its patient, study, series or
    /// instance first came.
    pub entry: u64,
    /// What it is.
    pub level: Level,
    /// The exams it shows something of: one, but at patient level.
    pub exams: Vec<ExamId>,
    /// Everything known at its level and the wider ones, computed attributes included ([`Finds::find`]). Of what several
    /// sources say of the patient, what messages say.
    pub attributes: Attributes,
}

impl Found {
    /// Study Instance UID; empty at patient level.
    pub fn study_instance_uid(&self) -> &str {
        self.attributes.text(dicom::tag::STUDY_INSTANCE_UID).unwrap_or_default()
    }

    /// Series Instance UID; empty above series level.
    pub fn series_instance_uid(&self) -> &str {
        self.attributes.text(dicom::tag::SERIES_INSTANCE_UID).unwrap_or_default()
    }

    /// SOP Instance UID; empty above instance level.
    pub fn sop_instance_uid(&self) -> &str {
        self.attributes.text(dicom::tag::SOP_INSTANCE_UID).unwrap_or_default()
    }
}

/// A page of answers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundPage {
    /// In order.
    pub found: Vec<Found>,
    /// Where the next page begins; `None` when nothing follows.
    pub next: Option<u64>,
}

/// An instance that a query found, with where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundInstance {
    /// Its place in the order.
    pub entry: u64,
    /// Its exam.
    pub exam: ExamId,
    /// What the record keeps of it.
    pub instance: StoredInstance,
}

/// Queries. Exams on their way out, erased ones and rejected instances are in no answer, nor counted. An answer is of the
/// moment of its page; memory is bounded by the page, whatever matches.
#[async_trait]
pub trait Finds: Send + Sync + 'static {
    /// What matches, in the order in which it first came.
    ///
    /// Computed: Modalities in Study, SOP Classes in Study (when asked), Number of Study Related Series and Instances (at
    /// study level, else when asked), Number of Series Related Instances (from series level), Number of Patient Related
    /// Studies, Series and Instances (at patient level). Not the record's to know, and left to the door: Retrieve AE
    /// Title, Instance Availability, Retrieve URL.
    async fn find(&self, group: GroupId, query: &Query, page: FindPage) -> Result<FoundPage, RecordError>;
    /// The instances that match a query, whose level must be [`Level::Instance`], in the same order, after entry `after`,
    /// at most `limit`: for whoever reads their bytes next.
    async fn found_instances(
        &self,
        group: GroupId,
        query: &Query,
        after: u64,
        limit: u32,
    ) -> Result<Vec<FoundInstance>, RecordError>;
}
