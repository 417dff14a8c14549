//! After a failed sync: are the records acknowledged before it still what they were?

use super::format::{Kind, PAGE};
use super::segment_scan::{SegmentReader, Stored};
use super::shared::Shared;
use super::{Place, PlaceName, SegmentName};

/// Reads a retired segment past the cache, and reports what was acknowledged in it and is damaged.
pub(super) fn acknowledged(shared: &Shared, name: SegmentName) {
    let path = shared.folder.segment(name);
    let segment = match SegmentReader::open(&path, name, true) {
        Ok(Some(segment)) => Some(segment),
        Ok(None) => None,
        Err(error) => {
            tracing::error!(segment = %name, %error, "a retired segment cannot be read");
            None
        }
    };
    let Some(mut segment) = segment else {
        return report(
            shared,
            [Place { writer: name.writer, segment: name.segment, offset: 0, length: 0, file: None }],
        );
    };
    let scan = segment.scan(PAGE as u64);
    // The file was cut where the last synced record ends: all of it was acknowledged.
    let (_, damaged) = scan.torn_and_damaged(u64::MAX);
    let place = |offset| Place { writer: name.writer, segment: name.segment, offset, length: 0, file: None };
    report(shared, damaged.into_iter().map(place));
    let large = scan.records().filter(|stored| stored.header.kind == Kind::LargeFile);
    report(shared, large.filter(|stored| !large_is_whole(shared, stored)).map(Stored::place));
}

fn large_is_whole(shared: &Shared, stored: &Stored) -> bool {
    super::read::verify_large(&shared.folder, &stored.content, true).unwrap_or(false)
}

/// Names damaged records to the operator, and keeps their names.
pub(super) fn report(shared: &Shared, damaged: impl IntoIterator<Item = Place>) {
    let mut new = false;
    for place in damaged {
        tracing::error!(place = %PlaceName(place), "a landing record is damaged");
        let mut state = shared.state();
        if !state.damaged.contains(&place) {
            state.damaged.push(place);
            new = true;
        }
    }
    if new {
        let all = shared.state().damaged.clone();
        if let Err(error) = super::losses::save(&shared.folder, &all) {
            tracing::error!(%error, "the list of damaged records could not be written");
        }
    }
}
