//! The desk's own facts: patients made and found, rights, appointments.

use crate::fixture::*;
use record::*;
use time::Duration;
use time::macros::date;
use uuid::Uuid;

fn appointment(patient: PatientId, n: u8, room: &str, minute: i64) -> Appointment {
    Appointment {
        appointment: Uuid::from_bytes([n; 16]),
        patient,
        accession: format!("N{n}"),
        room: room.into(),
        starts_at: NOON + Duration::minutes(minute),
        minutes: 15,
        act_code: "ZBQK002".into(),
        act_label: "Thorax".into(),
        modality: "DX".into(),
        prescriber: None,
        screening: false,
        breast_follow_up: false,
        state: AppointmentState::Planned,
        by: "anne".into(),
        at: NOON,
        steps: Vec::new(),
    }
}

fn step(state: AppointmentState) -> AppointmentStep {
    AppointmentStep { state, by: "anne".into(), at: NOON }
}

async fn marie(bench: &Bench) -> PatientId {
    let traits = PatientTraits {
        birth_name: "LE GOFF".into(),
        first_names: "Marie-Hélène Anne".into(),
        used_name: Some("D’ŒUVRE-PETIT".into()),
        ..patient("7", "X", "Y", 1950).traits
    };
    bench.apply(adt(1, PatientFact { traits, ..patient("7", "X", "Y", 1950) })).await;
    find(bench, "le goff").await.remove(0).id
}

async fn find(bench: &Bench, text: &str) -> Vec<Patient> {
    bench.catalogue.patients_found(G, PatientQuery { text: text.into(), born: None, limit: 10 }).await.unwrap()
}

fn rights(patient: PatientId, fund: &str) -> Coverage {
    Coverage {
        patient,
        insured_nir: "279035121518989".into(),
        insured_name: None,
        birth_rank: 1,
        regime: "01".into(),
        fund: fund.into(),
        centre: "0001".into(),
        exemption: CoverageExemption::None,
        coordinated: true,
        complementary: None,
        until: None,
        by: "anne".into(),
        at: NOON,
    }
}

async fn place(bench: &Bench, new: Appointment) -> Result<(), RecordError> {
    let minute = 10 + i64::from(new.appointment.as_bytes()[0]);
    let message = order(minute, patient("7", "LE GOFF", "MARIE", 1950), &new.accession);
    bench.catalogue.order_place(G, message, new).await
}

#[tokio::test]
async fn a_patient_is_found_whatever_accents_hyphens_and_which_name_is_typed() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    for text in
        ["LEGOFF", "le goff marie", "Marie helene", "oeuvre", "d'oeuvre petit", "PETIT mar", "goff 7", "marie-hel"]
    {
        assert_eq!(find(&bench, text).await.iter().map(|one| one.id).collect::<Vec<_>>(), [marie], "{text}");
    }
    for text in ["goffe", "leg marie paul", "", "  - "] {
        assert!(find(&bench, text).await.is_empty(), "{text}");
    }
    let born =
        |year, month, day| PatientQuery { text: String::new(), born: Some(BirthDate { year, month, day }), limit: 9 };
    let known = bench.catalogue.patients_found(G, born(1950, None, None)).await.unwrap();
    assert_eq!((known.len(), known[0].id), (1, marie));
    let birth = known[0].traits.birth_date.unwrap();
    let other = birth.month.map(|month| month % 12 + 1);
    assert!(bench.catalogue.patients_found(G, born(1950, other, None)).await.unwrap().is_empty());
    assert!(bench.catalogue.patients_found(G, born(1951, None, None)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_corrected_name_is_found_and_the_old_one_stays_in_the_history_only() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    bench
        .apply(adt(
            2,
            PatientFact {
                traits: PatientTraits { used_name: Some("DURAND".into()), ..Default::default() },
                ..patient("7", "LE GOFF", "MARIE", 1950)
            },
        ))
        .await;
    assert_eq!((find(&bench, "durand").await.len(), find(&bench, "oeuvre").await.len()), (1, 0));
    let history = bench.catalogue.patient_history(G, marie).await.unwrap();
    let names: Vec<_> = history.iter().map(|said| said.said.traits.used_name.clone().unwrap_or_default()).collect();
    assert_eq!(names, ["DURAND", "D’ŒUVRE-PETIT"]);
    assert!(history.iter().all(|said| !said.sender.is_empty() && !said.merge));
}

#[tokio::test]
async fn two_appointments_never_share_a_room_and_a_cancelled_one_frees_it() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    place(&bench, appointment(marie, 1, "Radio 1", 0)).await.unwrap();
    place(&bench, appointment(marie, 1, "Radio 1", 0)).await.unwrap();
    for (n, minute) in [(2, 0), (3, 14), (4, -14), (5, 5)] {
        let taken = place(&bench, appointment(marie, n, "Radio 1", minute)).await;
        assert!(matches!(taken, Err(RecordError::Refused { .. })), "{minute}");
    }
    for (n, room, minute) in [(6, "Radio 1", 15), (7, "Radio 1", -15), (8, "Scanner", 5)] {
        place(&bench, appointment(marie, n, room, minute)).await.unwrap();
    }
    let stepped = |state| bench.catalogue.appointment_step(G, Uuid::from_bytes([1; 16]), step(state), None);
    assert!(stepped(AppointmentState::Performed).await.is_err(), "nobody has come yet");
    stepped(AppointmentState::Cancelled).await.unwrap();
    place(&bench, appointment(marie, 9, "Radio 1", 5)).await.unwrap_err();
    place(&bench, Appointment { minutes: 10, ..appointment(marie, 9, "Radio 1", 5) }).await.unwrap();
    let day = bench.catalogue.appointments(G, NOON - Duration::hours(1), NOON + Duration::hours(1)).await.unwrap();
    let lines: Vec<_> = day.iter().map(|one| (one.accession.as_str(), one.state.key())).collect();
    let expected = [("N7", "planned"), ("N1", "cancelled"), ("N9", "planned"), ("N6", "planned"), ("N8", "planned")];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn an_order_of_the_desk_identifies_the_images_that_bear_its_number() {
    let bench = bench().await;
    let marie = marie(&bench).await;
    place(&bench, appointment(marie, 1, "Radio 1", 0)).await.unwrap();
    assert!(bench.catalogue.exam_of_accession(G, "N1").await.unwrap().is_none());
    bench.receive(vec![of(image("1.2", 1), "7", "LE GOFF^MARIE", 1950, "N1")]).await;
    let line = bench.catalogue.exam_of_accession(G, "N1").await.unwrap().unwrap();
    assert_eq!((line.patient, line.waiting), (Some(marie), false));
    let detail = bench.catalogue.exam(G, line.id).await.unwrap();
    assert_eq!(detail.order.and_then(|order| order.accession).map(|a| a.number), Some("N1".into()));
}

#[tokio::test]
async fn a_record_made_again_has_the_same_rights_appointments_and_people_to_find() {
    let old = bench().await;
    let marie = marie(&old).await;
    old.catalogue.coverage_put(G, rights(marie, "999")).await.unwrap();
    let later = Coverage { at: NOON + Duration::hours(1), until: Some(date!(2027 - 01 - 01)), ..rights(marie, "351") };
    old.catalogue.coverage_put(G, later).await.unwrap();
    place(&old, appointment(marie, 1, "Radio 1", 0)).await.unwrap();
    let arrived = step(AppointmentState::Arrived);
    old.catalogue.appointment_step(G, Uuid::from_bytes([1; 16]), arrived, None).await.unwrap();
    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    let rights: Vec<_> = new.catalogue.coverages(G, marie).await.unwrap().into_iter().map(|one| one.fund).collect();
    assert_eq!(rights, ["999", "351"]);
    let of = |bench: Vec<Appointment>| bench;
    let (before, after) = (old.catalogue.appointments_of(G, marie), new.catalogue.appointments_of(G, marie));
    assert_eq!(of(before.await.unwrap()), of(after.await.unwrap()));
    assert_eq!(find(&new, "oeuvre").await, find(&old, "oeuvre").await);
}
