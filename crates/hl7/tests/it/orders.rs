//! ORM^O01 and OMI^O23.

use crate::{PID, read};
use hl7::event::{Order, OrderControl};
use hl7::{Event, EventError};

fn orders(kind: &str, lines: &[&str]) -> Vec<Order> {
    match read(kind, lines) {
        Ok(Event::Order(event)) => event.orders,
        other => panic!("{other:?}"),
    }
}

const PRESCRIBER: &str = "899700366240^PRESCRIPTEUR^JEANNE^^^^^^&1.2.250.1.71.4.2.1&ISO";

#[test]
fn an_orm_gives_numbers_act_prescriber_structure_and_study() {
    let orc = format!(
        "ORC|NW|P1^RIS^1.2.3^ISO|||||^^^202611261000||202611250800|||{PRESCRIBER}|||||||||CHU^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1920008059"
    );
    let obr = format!(
        "OBR|1|P1^RIS^1.2.3^ISO||QEQK004^Mammographie^CCAM|||||||||douleur \\T\\ bilan|||{PRESCRIBER}||A1||||||MG||||99700218896^COPIE^PAUL|||Z13.9^^ICD10"
    );
    let orders = orders("ORM^O01^ORM_O01", &[PID, "PV1||O", &orc, &obr, "ZDS|1.2.250.9^^Application^DICOM"]);
    let [order] = orders.as_slice() else { panic!("one order") };
    assert_eq!(order.control, OrderControl::New);
    let placer = order.placer.as_ref().unwrap();
    assert_eq!((placer.value.as_str(), placer.issuer()), ("P1", Some("RIS")));
    assert_eq!(order.accession.as_ref().map(|number| number.value.as_str()), Some("A1"));
    assert_eq!(order.study_uid.as_deref(), Some("1.2.250.9"));
    assert_eq!((order.act.code.as_str(), order.act.system.as_str()), ("QEQK004", "CCAM"));
    assert_eq!(order.prescribers[0].rpps.as_deref(), Some("99700366240"));
    assert_eq!(order.prescribers[0].family, "PRESCRIPTEUR");
    assert_eq!(order.copies_to[0].rpps.as_deref(), Some("99700218896"));
    let structure = order.structure.as_ref().unwrap();
    assert_eq!((structure.name.as_str(), structure.finess.as_deref()), ("CHU", Some("920008059")));
    assert_eq!(order.clinical, "douleur & bilan");
    assert_eq!((order.modality.as_deref(), order.screening), (Some("MG"), Some(true)));
    assert_eq!(order.planned_at.unwrap().hl7(), "20261126100000");
}

#[test]
fn an_omi_gives_accession_and_study_in_its_ipc() {
    let lines = [
        PID,
        "ORC|SR|P1",
        "TQ1|||||||202611261000",
        "OBR|1|P1||L^Local^L",
        "IPC|A1^PACS^1.2.9^ISO|RP1|1.2.250.9|SPS1|CT||||CT1",
    ];
    let orders = orders("OMI^O23^OMI_O23", &lines);
    let step = [&orders[0].procedure_id, &orders[0].step_id, &orders[0].station].map(|text| text.as_deref());
    assert_eq!(step, [Some("RP1"), Some("SPS1"), Some("CT1")]);
    let accession = orders[0].accession.as_ref().unwrap();
    assert_eq!((accession.value.as_str(), accession.universal.as_deref()), ("A1", Some("1.2.9")));
    assert_eq!((orders[0].study_uid.as_deref(), orders[0].modality.as_deref()), (Some("1.2.250.9"), Some("CT")));
    assert_eq!((orders[0].control, orders[0].planned_at.is_some()), (OrderControl::Status, true));
}

#[test]
fn a_local_code_for_a_prescriber_is_kept_without_an_rpps() {
    for id in ["DOC12", "12345678901", "899700366241"] {
        let obr = format!("OBR|1|P1||X||||||||||||{id}^NOM^PRENOM");
        let orders = orders("ORM^O01", &[PID, "ORC|NW|P1", &obr]);
        assert_eq!((orders[0].prescribers[0].id.as_str(), orders[0].prescribers[0].rpps.as_deref()), (id, None));
    }
    let foreign = "OBR|1|P1||X||||||||||||99700366240^NOM^PRENOM^^^^^^LOCAL";
    assert_eq!(orders("ORM^O01", &[PID, "ORC|NW|P1", foreign])[0].prescribers[0].rpps, None);
}

#[test]
fn controls_are_told_apart() {
    let table = [
        ("NW", OrderControl::New),
        ("CA", OrderControl::Cancel),
        ("XO", OrderControl::Change),
        ("SC", OrderControl::Status),
    ];
    for (code, control) in table {
        assert_eq!(orders("ORM^O01", &[PID, &format!("ORC|{code}|P1"), "OBR|1|P1"])[0].control, control, "{code}");
    }
}

#[test]
fn where_an_order_stands_is_told_apart() {
    use hl7::event::OrderStatus::{Arrived, Cancelled, Done, Scheduled};
    let table =
        [("SC", Some(Scheduled)), ("IP", Some(Arrived)), ("CM", Some(Done)), ("DC", Some(Cancelled)), ("A", None)];
    for (code, status) in table {
        let found = orders("ORM^O01", &[PID, &format!("ORC|SC|P1|||{code}"), "OBR|1|P1|||||||||||||||||RP1|SPS1"]);
        assert_eq!(found[0].status, status, "{code}");
        let ids = (found[0].procedure_id.as_deref(), found[0].step_id.as_deref());
        assert_eq!(ids, (Some("RP1"), Some("SPS1")));
    }
}

#[test]
fn several_orders_in_one_message_keep_their_own_numbers() {
    let lines = [PID, "ORC|NW|P1", "OBR|1|P1||X||||||||||||||A1", "ORC|NW|P2", "OBR|2|P2||Y||||||||||||||A2"];
    let found = orders("ORM^O01", &lines);
    let accessions: Vec<_> = found.iter().map(|order| order.accession.as_ref().unwrap().value.as_str()).collect();
    assert_eq!(accessions, ["A1", "A2"]);
    let without_orc = [PID, "OBR|1|P1", "OBR|2|P2"];
    assert_eq!(orders("ORM^O01", &without_orc).len(), 2);
}

#[test]
fn the_filler_number_stands_for_an_accession_that_is_not_given() {
    let found = orders("ORM^O01", &[PID, "ORC|NW|P1|F1", "OBR|1|P1|F1"]);
    assert_eq!(found[0].accession.as_ref().map(|number| number.value.as_str()), Some("F1"));
}

#[test]
fn a_study_uid_that_is_none_is_not_taken() {
    let found = orders("ORM^O01", &[PID, "ORC|NW|P1", "OBR|1|P1", "ZDS|../../etc/passwd"]);
    assert_eq!(found[0].study_uid, None);
}

#[test]
fn an_order_without_any_number_or_any_order_is_refused() {
    assert_eq!(read("ORM^O01", &[PID, "ORC|NW", "OBR|1"]), Err(EventError::Missing("ORC-2")));
    assert_eq!(read("ORM^O01", &[PID]), Err(EventError::Missing("ORC")));
}
