//! An invented exam as a modality and an information system send it.

use hl7::build::{Header, OrderMessage, PatientMessage};
use hl7::event::{Document, Order, Report, ReportStatus};
use hl7::types::{Coded, Number, PartialDate, Patient, Sex, Timestamp, Traits};
use phantom::people::{ACCESSION_ISSUER, PATIENT_ISSUER};
use phantom::{Kind, PhantomExam, PhantomInstance, Plan, Size};
use time::Duration;
use time::macros::date;

pub fn exam(kind: Kind) -> PhantomExam {
    Plan { seed: 7, today: date!(2026 - 11 - 25), size: Size::Small }.exam(kind)
}

/// One image: quick.
pub fn chest() -> PhantomExam {
    exam(Kind::ChestRadiograph)
}

/// The Part 10 file the archive keeps of an image.
pub fn file_of(instance: &PhantomInstance) -> Vec<u8> {
    let meta = dicom::part10::FileMeta {
        sop_class_uid: &instance.sop_class_uid,
        sop_instance_uid: &instance.sop_instance_uid,
        transfer_syntax_uid: &instance.transfer_syntax_uid,
        source_ae_title: None,
    };
    let mut file = dicom::part10::prefix(&meta);
    file.extend_from_slice(&instance.dataset);
    file
}

/// Puts other bytes of the same length in the place of `from`.
pub fn patch(dataset: &mut [u8], from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let at = find(dataset, from.as_bytes()).expect("nothing to patch");
    dataset[at..at + to.len()].copy_from_slice(to.as_bytes());
}

pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn header(exam: &PhantomExam, minute: i64, control: &str) -> Header {
    let time = Timestamp { local: exam.performed_at + Duration::minutes(minute), offset: None };
    Header::new(["RIS", "CENTRE"], ["NEGATOSCOPE", ""], time, &format!("{}{control}{minute}", exam.accession))
}

pub fn person(exam: &PhantomExam) -> Patient {
    let invented = &exam.patient;
    let born = invented.born;
    Patient {
        ids: vec![Number { kind: Some("PI".into()), ..Number::local(&invented.local_id, PATIENT_ISSUER) }],
        traits: Traits {
            birth_name: Some(invented.birth_name.clone()),
            used_name: invented.used_name.clone(),
            first_name: Some(invented.first_name.clone()),
            first_names: Some(invented.first_names.clone()),
            birth: Some(PartialDate { year: born.year(), month: Some(born.month().into()), day: Some(born.day()) }),
            sex: Some(if invented.sex.letter() == "F" { Sex::F } else { Sex::M }),
            birth_place: Some(invented.birth_place.clone()),
        },
        ..Patient::default()
    }
}

/// ADT^A04, said `minute` minutes after the exam.
pub fn adt(exam: &PhantomExam, patient: &Patient, minute: i64) -> Vec<u8> {
    hl7::build::adt(&header(exam, minute, "P"), PatientMessage::A04, patient)
}

pub fn order(exam: &PhantomExam, patient: &Patient) -> Vec<u8> {
    order_said(exam, patient, 1, |_| {})
}

/// The same, said `minute` minutes after the exam.
pub fn order_at(exam: &PhantomExam, patient: &Patient, minute: i64) -> Vec<u8> {
    order_said(exam, patient, minute, |_| {})
}

/// ORM^O01, said `minute` minutes after the exam.
pub fn order_said(exam: &PhantomExam, patient: &Patient, minute: i64, edit: impl FnOnce(&mut Order)) -> Vec<u8> {
    let mut order = Order {
        placer: Some(Number::local(&exam.order.placer_number, "RIS")),
        accession: Some(Number::local(&exam.accession, ACCESSION_ISSUER)),
        study_uid: Some(exam.study_uid.clone()),
        act: Coded { code: exam.order.act_code.clone(), text: exam.order.act_label.clone(), system: "CCAM".into() },
        modality: Some(exam.modality.to_owned()),
        screening: exam.order.organised_screening.then_some(true),
        ..Order::default()
    };
    edit(&mut order);
    hl7::build::order(&header(exam, minute, "O"), OrderMessage::Orm, patient, &order)
}

/// ORU^R01, said `minute` minutes after the exam; the report keeps its number over its versions.
pub fn report(exam: &PhantomExam, minute: i64, status: ReportStatus, edit: impl FnOnce(&mut Report)) -> Vec<u8> {
    let mut report = Report {
        status,
        document: (status != ReportStatus::Deleted).then(|| Document::Pdf(exam.report_pdf().unwrap())),
        placer: Some(Number::local(&exam.order.placer_number, "RIS")),
        filler: Some(Number::local(&format!("CR{}", exam.accession), "RIS")),
        accession: Some(Number::local(&exam.accession, ACCESSION_ISSUER)),
        study_uid: Some(exam.study_uid.clone()),
        code: Coded { code: "18748-4".into(), text: "CR d'imagerie médicale".into(), system: "LN".into() },
        validated_at: Some(Timestamp { local: exam.performed_at + Duration::minutes(minute), offset: None }),
        ..Report::default()
    };
    edit(&mut report);
    hl7::build::report(&header(exam, minute, "R"), &person(exam), &report)
}

/// ADT^A40: the patient of `retired` is in truth `survivor`.
pub fn merge(exam: &PhantomExam, survivor: &Patient, retired: &str) -> Vec<u8> {
    hl7::build::merge(&header(exam, 310, "M"), survivor, &[Number::local(retired, PATIENT_ISSUER)])
}
