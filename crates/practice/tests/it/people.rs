//! Patients made and corrected at the desk, their rights, orders and the day.

use crate::rig::*;
use practice::PracticeError;
use practice::day::OrderForm;
use practice::people::{CoverageForm, Happening, IdentityStatus, PatientForm};
use record::{AppointmentState, BirthDate, PatientId, PatientQuery};
use time::Duration;
use time::macros::date;

fn marie() -> PatientForm {
    PatientForm {
        birth_name: "Lefèvre".into(),
        first_names: "Marie  Anne".into(),
        sex: "F".into(),
        born: Some(BirthDate { year: 1950, month: Some(3), day: None }),
        email: "marie@exemple.fr".into(),
        phone: "06 00 00 00 00".into(),
        ..PatientForm::default()
    }
}

pub fn rights() -> CoverageForm {
    CoverageForm {
        insured_nir: "2 79 03 51 215 189 89".into(),
        birth_rank: 1,
        body: "01 351 0001".into(),
        exemption: "none".into(),
        coordinated: true,
        ..CoverageForm::default()
    }
}

pub fn order(minute: i64) -> OrderForm {
    OrderForm {
        room: "Radio 1".into(),
        starts_at: Some(NOON + Duration::minutes(minute)),
        minutes: 15,
        act: "ZBQK002 thorax".into(),
        rpps: "99700366240".into(),
        prescriber: "Exemple Bruno".into(),
        ..OrderForm::default()
    }
}

pub async fn registered(rig: &Rig) -> PatientId {
    rig.practice.register(&rig.who, &marie()).await.unwrap()
}

#[tokio::test]
async fn a_patient_made_at_the_desk_is_found_and_its_history_names_the_author_of_each_change() {
    let rig = rig().await;
    let id = registered(&rig).await;
    rig.clock.advance(std::time::Duration::from_secs(60));
    let corrected = PatientForm { used_name: "Petit".into(), ..marie() };
    rig.practice.correct(&rig.who, id, &corrected).await.unwrap();
    let query = PatientQuery { text: "petit marie".into(), born: None, limit: 5 };
    assert_eq!(rig.practice.find(&rig.who, query).await.unwrap()[0].id, id);
    let shown = rig.practice.patient(&rig.who, id).await.unwrap();
    assert_eq!(shown.person.patient.traits.birth_name, "LEFÈVRE");
    assert_eq!((shown.person.patient.identifiers.len(), shown.person.patient.contacts.len()), (1, 2));
    assert_eq!(shown.person.patient.identifiers[0].issuer, "CABINET");
    assert_eq!(shown.identity, IdentityStatus::Provisional);
    let authors: Vec<_> = shown.history.iter().map(|said| said.sender.as_str()).collect();
    assert_eq!(authors, ["NEGATOSCOPE|anne", "NEGATOSCOPE|anne"]);
}

#[tokio::test]
async fn a_form_that_lacks_something_names_the_field_and_nothing_is_kept() {
    let rig = rig().await;
    let wrong = [
        ("birth-name", PatientForm { birth_name: "  ".into(), ..marie() }),
        ("first-names", PatientForm { first_names: String::new(), ..marie() }),
        ("birth-date", PatientForm { born: None, ..marie() }),
        ("birth-date", PatientForm { born: Some(BirthDate { year: 1950, month: Some(13), day: None }), ..marie() }),
        ("sex", PatientForm { sex: "X".into(), ..marie() }),
        ("email", PatientForm { email: "marie".into(), ..marie() }),
        ("phone", PatientForm { phone: "06".into(), ..marie() }),
        ("birth-place", PatientForm { birth_place: "35".into(), ..marie() }),
    ];
    for (field, form) in wrong {
        let refused = rig.practice.register(&rig.who, &form).await;
        assert!(matches!(refused, Err(PracticeError::Field(named)) if named == field), "{field}");
    }
    let id = registered(&rig).await;
    let wrong = [
        ("insured-nir", CoverageForm { insured_nir: "279035121518988".into(), ..rights() }),
        ("fund", CoverageForm { body: "01 351".into(), ..rights() }),
        ("fund", CoverageForm { body: "01é510001".into(), ..rights() }),
        ("birth-rank", CoverageForm { birth_rank: 0, ..rights() }),
        ("exemption", CoverageForm { exemption: "rich".into(), ..rights() }),
        ("complementary", CoverageForm { complementary: "12345678901".into(), ..rights() }),
    ];
    for (field, form) in wrong {
        let refused = rig.practice.cover(&rig.who, id, &form).await;
        assert!(matches!(refused, Err(PracticeError::Field(named)) if named == field), "{field}");
    }
    assert!(rig.practice.patient(&rig.who, id).await.unwrap().coverage.is_none());
}

#[tokio::test]
async fn the_insured_number_of_a_childs_rights_never_becomes_its_identity() {
    let rig = rig().await;
    let id = registered(&rig).await;
    let insured = CoverageForm { insured_name: "LEFÈVRE Paul".into(), ..rights() };
    rig.practice.cover(&rig.who, id, &insured).await.unwrap();
    let shown = rig.practice.patient(&rig.who, id).await.unwrap();
    assert_eq!(shown.coverage.unwrap().insured_nir, "279035121518989");
    assert_eq!((shown.person.patient.traits.ins, shown.person.patient.identifiers.len()), (None, 1));
    let query = PatientQuery { text: "279035121518989".into(), born: None, limit: 5 };
    assert!(rig.practice.find(&rig.who, query).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_day_goes_from_planned_to_done_and_a_taken_room_is_refused() {
    let rig = rig().await;
    let id = registered(&rig).await;
    let first = rig.practice.order(&rig.who, id, &order(0)).await.unwrap();
    assert!(first.accession.len() <= 16 && first.accession.starts_with("N261125"));
    assert!(rig.practice.order(&rig.who, id, &order(10)).await.is_err());
    assert_eq!(rig.practice.free("Radio 1", NOON, 15).await.unwrap(), NOON + Duration::minutes(15));
    for (field, form) in [
        ("act", OrderForm { act: "YYYY600".into(), ..order(30) }),
        ("rpps", OrderForm { rpps: "99700366241".into(), ..order(30) }),
        ("room", OrderForm { room: "Cave".into(), ..order(30) }),
        ("time", OrderForm { starts_at: None, ..order(30) }),
    ] {
        let refused = rig.practice.order(&rig.who, id, &form).await;
        assert!(matches!(refused, Err(PracticeError::Field(named)) if named == field), "{field}");
    }
    for state in [AppointmentState::Arrived, AppointmentState::Performed] {
        rig.practice.step(&rig.who, first.appointment, state).await.unwrap();
    }
    let cancelled = rig.practice.step(&rig.who, first.appointment, AppointmentState::Cancelled).await;
    assert!(cancelled.is_err(), "what was done is not cancelled");
    let day = rig.practice.day(&rig.who, date!(2026 - 11 - 25)).await.unwrap();
    let lines: Vec<_> = day.rooms.iter().map(|(room, lines)| (room.name.as_str(), lines.len())).collect();
    assert_eq!(lines, [("Radio 1", 1), ("Scanner", 0)]);
    assert_eq!(day.rooms[0].1[0].appointment.state, AppointmentState::Performed);
    let shown = rig.practice.patient(&rig.who, id).await.unwrap();
    assert!(matches!(&shown.timeline[..], [(_, Happening::Appointment(_))]));
}
