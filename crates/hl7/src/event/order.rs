//! Orders: ORM^O01, OMI^O23.

use super::fields::{Groups, coded, ei, groups, imaging_keys, opens_order, professionals, structure, timestamp};
use super::patient::only_patient;
use super::{EventError, Order, OrderControl, OrderEvent, OrderStatus, Origin};
use crate::message::{Message, Segment};
use crate::types::Timestamp;

pub(super) fn read(message: &Message, origin: Origin) -> Result<OrderEvent, EventError> {
    let patient = only_patient(message)?;
    let Groups { groups, .. } = groups(message, opens_order);
    let orders: Vec<Order> = groups.iter().map(|group| order(group)).collect::<Result<_, _>>()?;
    if orders.is_empty() {
        return Err(EventError::Missing("ORC"));
    }
    Ok(OrderEvent { origin, patient, orders })
}

fn order(group: &[Segment<'_>]) -> Result<Order, EventError> {
    let find = |name: &str| group.iter().copied().find(|segment| segment.name() == name);
    let empty = group.first().copied().ok_or(EventError::Missing("ORC"))?;
    let nothing = empty.nothing();
    let [orc, obr, tq1] = ["ORC", "OBR", "TQ1"].map(|name| find(name).unwrap_or(nothing));
    let (accession, study_uid) = imaging_keys(group);
    let (placer, filler) =
        (ei(orc.field(2)).or_else(|| ei(obr.field(2))), ei(orc.field(3)).or_else(|| ei(obr.field(3))));
    if placer.is_none() && filler.is_none() && accession.is_none() && study_uid.is_none() {
        return Err(EventError::Missing("ORC-2"));
    }
    let mut prescribers = professionals(orc.field(12));
    if prescribers.is_empty() {
        prescribers = professionals(obr.field(16));
    }
    let planned =
        [timestamp(obr.field(36)), timestamp(tq1.field(7)), Timestamp::parse(&orc.field(7).component(4).text())];
    Ok(Order {
        control: control(&orc.field(1).text()),
        placer,
        accession: accession.or_else(|| filler.clone()),
        filler,
        study_uid,
        act: coded(obr.field(4)),
        modality: modality(group),
        prescribers,
        copies_to: professionals(obr.field(28)),
        structure: structure(orc.field(21)).or_else(|| structure(orc.field(17))),
        clinical: obr.field(13).whole_text(),
        ordered_at: timestamp(orc.field(9)),
        planned_at: planned.into_iter().flatten().next(),
        procedure_id: find("IPC")
            .and_then(|ipc| ipc.field(2).component(1).some())
            .or_else(|| obr.field(19).component(1).some()),
        step_id: find("IPC")
            .and_then(|ipc| ipc.field(4).component(1).some())
            .or_else(|| obr.field(20).component(1).some()),
        station: find("IPC").and_then(|ipc| ipc.field(9).component(1).some()),
        status: status(&orc.field(5).text()),
        screening: screening(group),
    })
}

fn control(code: &str) -> OrderControl {
    match code {
        "NW" | "" => OrderControl::New,
        "CA" | "DC" | "OC" | "CR" | "OD" => OrderControl::Cancel,
        "XO" | "RO" | "RP" | "XX" => OrderControl::Change,
        _ => OrderControl::Status,
    }
}

fn status(code: &str) -> Option<OrderStatus> {
    match code {
        "SC" => Some(OrderStatus::Scheduled),
        "IP" => Some(OrderStatus::Arrived),
        "CM" => Some(OrderStatus::Done),
        "CA" | "DC" => Some(OrderStatus::Cancelled),
        _ => None,
    }
}

fn modality(group: &[Segment<'_>]) -> Option<String> {
    let find = |name: &str| group.iter().copied().find(|segment| segment.name() == name);
    let planned = find("IPC").and_then(|ipc| ipc.field(5).component(1).some());
    let section = || find("OBR")?.field(24).component(1).some();
    let said = || {
        let mut observations = group.iter().filter(|segment| segment.name() == "OBX");
        let modality = observations.find(|obx| obx.field(3).component(1).text() == "MODALITE_IMAGERIE")?;
        modality.field(5).component(1).some()
    };
    planned.or_else(section).or_else(said).filter(|code| code != "RAD" && code != "IMG")
}

/// `Z13.9` as a reason for the study or a diagnosis: organised screening, as reports write it too.
fn screening(group: &[Segment<'_>]) -> Option<bool> {
    let reasons = group.iter().filter_map(|segment| match segment.name() {
        "OBR" => Some(segment.field(31)),
        "DG1" => Some(segment.field(3)),
        _ => None,
    });
    let codes = reasons.flat_map(|field| field.repetitions()).map(|reason| reason.component(1).text());
    codes.into_iter().any(|code| code == "Z13.9" || code == "Z139").then_some(true)
}
