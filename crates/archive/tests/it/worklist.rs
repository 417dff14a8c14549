//! The worklist: what stations are offered, and that nothing they need is empty.

use crate::rig::Rig;
use archive::worklist::{Station, offer};
use dicom::attributes::{Attributes, Level};
use dicom::matching::Query;
use dicom::{Tag, tag};

const STEPS: Tag = Tag(0x0040, 0x0100);
const STATION: Tag = Tag(0x0040, 0x0001);
const DATE: Tag = Tag(0x0040, 0x0002);
const TIME: Tag = Tag(0x0040, 0x0003);
const STEP_ID: Tag = Tag(0x0040, 0x0009);
const PROCEDURE_ID: Tag = Tag(0x0040, 0x1001);

/// An order of a patient, as little as an information system may say, and what `obr` and more lines add.
fn order(number: &str, obr: &str, more: &[&str]) -> Vec<u8> {
    let mut lines = vec![
        format!("MSH|^~\\&|RIS|X|NEGATOSCOPE|X|20261125170000||ORM^O01^ORM_O01|C{number}|P|2.5|||||FRA|UNICODE UTF-8"),
        "PID|1||7^^^CABINET^PI||DUPONT^MARIE^^^^^L||19500301|F".to_owned(),
        format!("ORC|NW|{number}"),
        format!("OBR|1|{number}{obr}"),
    ];
    lines.extend(more.iter().map(|line| (*line).to_owned()));
    lines.join("\r").into_bytes()
}

/// Everything a station may see, with these keys.
async fn offered(rig: &Rig, calling: &str, stations: &[Station], keys: &[(&[Tag], &str)]) -> Vec<Attributes> {
    let mut query = Query::new(Level::Instance);
    for tag in [tag::PATIENT_NAME, tag::PATIENT_ID, tag::STUDY_INSTANCE_UID, PROCEDURE_ID] {
        query.ask(&[tag], "").unwrap();
    }
    for tag in [STATION, DATE, TIME, tag::MODALITY, STEP_ID] {
        query.ask(&[STEPS, tag], "").unwrap();
    }
    for (path, text) in keys {
        query.ask(path, text).unwrap();
    }
    offer(&rig.archive, calling, stations, &query).await.unwrap()
}

fn step(found: &Attributes) -> &Attributes {
    &found.get(STEPS).unwrap().items()[0]
}

#[tokio::test]
async fn an_order_that_says_almost_nothing_has_every_key_a_modality_needs() {
    let rig = Rig::new().await;
    rig.message(order("A-NUMBER-OF-MORE-THAN-SIXTEEN", "", &[])).await;
    let found = offered(&rig, "CT1", &[], &[]).await;
    let [only] = &found[..] else { panic!("{found:?}") };
    for tag in [tag::PATIENT_NAME, tag::PATIENT_ID, tag::STUDY_INSTANCE_UID, PROCEDURE_ID] {
        assert!(only.text(tag).is_some(), "{tag}");
    }
    for tag in [STATION, DATE, TIME, tag::MODALITY, STEP_ID] {
        assert!(step(only).text(tag).is_some(), "{tag}");
    }
    assert_eq!(step(only).text(STATION), Some("CT1"));
    assert!(step(only).text(STEP_ID).unwrap().len() <= 16, "an SH");
    // Said at 17:00 of Paris: the site's own time.
    assert_eq!((step(only).text(DATE), step(only).text(TIME)), (Some("20261125"), Some("170000")));
}

#[tokio::test]
async fn a_station_is_offered_what_it_is_made_for_and_what_names_it() {
    let rig = Rig::new().await;
    let planned = "||ZBQK002^Scanner^CCAM||||||||||||||||||||";
    rig.message(order("P1", &format!("{planned}CT"), &[])).await;
    rig.message(order("P2", &format!("{planned}MR"), &["IPC|A2|RP2||SPS2|MR||||IRM2"])).await;
    rig.message(order("P3", &format!("{planned}CT"), &["IPC|A3|RP3||SPS3|CT||||CT9"])).await;
    let stations = ["CT1=CT", "IRM2=MR"].map(|text| {
        let (title, modality) = text.split_once('=').unwrap();
        Station { title: title.into(), modalities: vec![modality.into()] }
    });
    let ids =
        |found: Vec<Attributes>| found.iter().map(|one| one.text(PROCEDURE_ID).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(offered(&rig, "CT1", &stations, &[]).await), ["P1"]);
    assert_eq!(ids(offered(&rig, "IRM2", &stations, &[]).await), ["RP2"]);
    assert_eq!(offered(&rig, "CONSOLE", &stations, &[]).await.len(), 3);
    let keys: &[(&[Tag], &str)] = &[(&[STEPS, tag::MODALITY], "CT"), (&[tag::PATIENT_NAME], "dupónt*")];
    let mut found = ids(offered(&rig, "CONSOLE", &stations, keys).await);
    found.sort();
    assert_eq!(found, ["P1", "RP3"]);
    let keys: &[(&[Tag], &str)] = &[(&[STEPS, DATE], "20261124")];
    assert!(offered(&rig, "CONSOLE", &stations, keys).await.is_empty());
}
