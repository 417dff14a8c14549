//! The modality worklist, between the listener and the record.

use archive::Archive;
use archive::worklist::{Station, offer};
use async_trait::async_trait;
use dicom::attributes::{Level, Text};
use dicom::matching::Query;
use dicom::scan::{Limits, scan_dataset};
use dicom::tables::IMPLICIT_VR_LITTLE_ENDIAN;
use dicom::tag;
use dimse::scp::{FindHandler, FindRequest, Match, StoreStatus};
use tokio::sync::mpsc;

/// Modality Worklist Information Model - FIND.
pub const WORKLIST_SOP_CLASS: &str = "1.2.840.10008.5.1.4.31";

/// Answers C-FIND of the worklist.
pub struct Worklist {
    /// Where orders are.
    pub archive: Archive,
    /// Stations that are offered only what they are made for.
    pub stations: Vec<Station>,
}

#[async_trait]
impl FindHandler for Worklist {
    async fn find(&self, request: FindRequest, matches: mpsc::Sender<Match>) -> StoreStatus {
        let implicit = request.transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN;
        let Ok(scanned) = scan_dataset(&request.identifier, &request.transfer_syntax_uid, &Limits::default()) else {
            return StoreStatus::data_set_mismatch("the identifier cannot be read");
        };
        let set = scanned.dataset();
        // Who writes Latin 1 reads it; of the others nothing is known but that all read what needs no declaration.
        let latin = set.plain_text(tag::SPECIFIC_CHARACTER_SET).is_some_and(|set| set.contains("ISO_IR 100"));
        // Of the worklist's own model there is one level: the deepest knows every attribute.
        let query = match Query::from_data_set(Level::Instance, set) {
            Ok(query) => query,
            Err(fault) => return StoreStatus::data_set_mismatch(fault.to_string()),
        };
        let found = match offer(&self.archive, request.calling.as_str(), &self.stations, &query).await {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the worklist cannot be read");
                return StoreStatus::new(0xC001, "the worklist cannot be read");
            }
        };
        for step in found {
            let identifier = step.encode(implicit, Text::for_all(&step, latin));
            if matches.send(Match { identifier, all_keys: query.ignored().is_empty() }).await.is_err() {
                break;
            }
        }
        StoreStatus::success()
    }
}
