//! Who sees an exam by itself: whoever ordered it, and those copied on its order or report, by RPPS alone. A name never
//! counts; a sender's own code does once a person has matched it.

use link::{Professional, Relation};
use record::ExamDetail;

/// Sorted, each once; who ordered it is not also copied on it.
pub(crate) fn of(detail: &ExamDetail) -> Vec<Professional> {
    let ordered = detail.prescriber.iter().map(|who| (who, Relation::Ordered));
    let on_order = detail.order.iter().flat_map(|order| &order.copies);
    let on_report = super::report::published(detail).into_iter().flat_map(|report| &report.copies);
    let copied = on_order.chain(on_report).map(|who| (who, Relation::CopiedOn));
    let mut all: Vec<Professional> = Vec::new();
    for (who, relation) in ordered.chain(copied) {
        let Some(rpps) = who.rpps.as_deref().filter(|rpps| exam::ids::Rpps::parse(rpps).is_ok()) else { continue };
        if all.iter().all(|known| known.rpps != rpps) {
            let name = format!("{} {}", who.first_name, who.family_name).trim().to_owned();
            all.push(Professional { rpps: rpps.to_owned(), relation, name });
        }
    }
    all.sort();
    all
}
