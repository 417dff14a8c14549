//! Performed procedure steps (PS3.4 annex F), between the listener and the record.

use archive::Archive;
use async_trait::async_trait;
use dicom::scan::{DataSet, Limits, scan_dataset};
use dicom::{Tag, tag};
use dimse::scp::{StepHandler, StepRequest, StoreStatus};
use record::{PerformedSeries, PerformedState, PerformedStep, StepRefusal};
use uuid::Uuid;

const STATUS: Tag = Tag(0x0040, 0x0252);
const SCHEDULED_STEPS: Tag = Tag(0x0040, 0x0270);
const SERIES: Tag = Tag(0x0040, 0x0340);
const IMAGES: Tag = Tag(0x0008, 0x1140);
const OTHERS: Tag = Tag(0x0040, 0x0220);

/// Hears what modalities say that they do.
pub struct Steps(pub Archive);

#[async_trait]
impl StepHandler for Steps {
    async fn begin(&self, request: StepRequest) -> Result<String, StoreStatus> {
        let scanned = read(&request)?;
        let set = scanned.dataset();
        match state(set)? {
            Some(PerformedState::InProgress) => {}
            Some(_) => return Err(StoreStatus::new(0x0106, "a step begins IN PROGRESS")),
            None => return Err(StoreStatus::new(0x0120, "no Performed Procedure Step Status")),
        }
        let studies: Vec<String> = set
            .items(SCHEDULED_STEPS)
            .filter_map(|item| item.plain_text(tag::STUDY_INSTANCE_UID).map(|uid| uid.into_owned()))
            .filter(|uid| dimse::uid::is_valid(uid))
            .collect();
        if studies.is_empty() {
            return Err(StoreStatus::new(0x0121, "no Study Instance UID in Scheduled Step Attributes"));
        }
        let made = || format!("2.25.{}", fresh(&self.0).as_u128());
        let sop_instance_uid = request.sop_instance_uid.clone().unwrap_or_else(made);
        let step = PerformedStep {
            sop_instance_uid: sop_instance_uid.clone(),
            station: request.calling.as_str().to_owned(),
            study_instance_uids: studies,
            modality: set.plain_text(tag::MODALITY).map(|text| text.into_owned()).unwrap_or_default(),
            state: PerformedState::InProgress,
            series: series(set).unwrap_or_default(),
        };
        done(self.0.catalogue.step_begun(self.0.config.group, step).await)?;
        Ok(sop_instance_uid)
    }

    async fn set(&self, request: StepRequest) -> Result<(), StoreStatus> {
        let uid = request.sop_instance_uid.as_deref();
        let uid = uid.ok_or_else(|| StoreStatus::no_such_instance("no such step"))?;
        let scanned = read(&request)?;
        let set = scanned.dataset();
        let (state, series) = (state(set)?, series(set));
        let ended = matches!(state, Some(PerformedState::Completed | PerformedState::Discontinued));
        if ended && series.is_none() {
            let known = self.0.catalogue.performed_step(self.0.config.group, uid).await.ok().flatten();
            if known.is_some_and(|step| step.state == PerformedState::InProgress && step.series.is_empty()) {
                return Err(StoreStatus::new(0x0120, "no Performed Series Sequence at the end of a step"));
            }
        }
        done(self.0.catalogue.step_set(self.0.config.group, uid, state, series).await)
    }
}

fn fresh(archive: &Archive) -> Uuid {
    uuid::Builder::from_random_bytes(ambient::random_bytes(archive.random.as_ref())).into_uuid()
}

fn read(request: &StepRequest) -> Result<dicom::scan::Scanned, StoreStatus> {
    scan_dataset(&request.data_set, &request.transfer_syntax_uid, &Limits::default())
        .map_err(|_| StoreStatus::processing_failure("the data set cannot be read"))
}

fn state(set: DataSet<'_>) -> Result<Option<PerformedState>, StoreStatus> {
    match set.plain_text(STATUS).as_deref().map(str::trim) {
        None => Ok(None),
        Some("IN PROGRESS") => Ok(Some(PerformedState::InProgress)),
        Some("COMPLETED") => Ok(Some(PerformedState::Completed)),
        Some("DISCONTINUED") => Ok(Some(PerformedState::Discontinued)),
        Some(_) => Err(StoreStatus::new(0x0106, "no such Performed Procedure Step Status")),
    }
}

/// The series it names; `None` when it speaks of none.
fn series(set: DataSet<'_>) -> Option<Vec<PerformedSeries>> {
    set.get(SERIES)?;
    let one = |item: DataSet<'_>| {
        let uid = item.plain_text(tag::SERIES_INSTANCE_UID)?.into_owned();
        let instances = item.items(IMAGES).count() + item.items(OTHERS).count();
        let series = PerformedSeries { series_instance_uid: uid, instances: instances as u64 };
        dimse::uid::is_valid(&series.series_instance_uid).then_some(series)
    };
    Some(set.items(SERIES).filter_map(one).collect())
}

fn done(result: Result<Result<(), StepRefusal>, record::RecordError>) -> Result<(), StoreStatus> {
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(StepRefusal::Duplicate)) => Err(StoreStatus::duplicate_instance("this step is here already")),
        Ok(Err(StepRefusal::Unknown)) => Err(StoreStatus::no_such_instance("no such step")),
        // PS3.4 table F.7.2-2, error id A710.
        Ok(Err(StepRefusal::Final)) => Err(StoreStatus {
            error_id: Some(0xA710),
            ..StoreStatus::processing_failure("Performed Procedure Step Object may no longer be updated")
        }),
        Err(error) => {
            tracing::error!(%error, "a performed step could not be kept");
            Err(StoreStatus::processing_failure("not kept, say it again"))
        }
    }
}
