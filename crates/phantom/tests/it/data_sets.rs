//! The bytes: read back by the scanner, whole, unique, repeatable.

use crate::{exam, exams, plan};
use dicom::frames::{Frames, frame_spans, native_frame_bytes};
use dicom::header::InstanceHeader;
use dicom::scan::{Limits, Scanned, scan_dataset};
use phantom::{Kind, PhantomInstance, Plan, people};
use std::collections::HashSet;
use time::macros::date;

pub fn scanned(instance: &PhantomInstance) -> Scanned {
    scan_dataset(&instance.dataset, &instance.transfer_syntax_uid, &Limits::default()).unwrap()
}

fn instances() -> impl Iterator<Item = &'static PhantomInstance> {
    exams().iter().flat_map(|exam| &exam.instances)
}

#[test]
fn every_data_set_is_read_back_with_what_its_exam_says() {
    for exam in exams() {
        assert!(!exam.instances.is_empty());
        for instance in &exam.instances {
            let scanned = scanned(instance);
            assert!(!scanned.is_implicit());
            let header = InstanceHeader::from_scan(&scanned).unwrap();
            assert_eq!(header.sop_class_uid, instance.sop_class_uid);
            assert_eq!(header.sop_instance_uid, instance.sop_instance_uid);
            assert_eq!(header.study_instance_uid, exam.study_uid);
            assert_eq!(header.modality.as_deref(), Some(exam.modality));
            assert_eq!(header.accession_number.as_deref(), Some(exam.accession.as_str()));
            assert_eq!(header.issuer_of_accession_number.as_deref(), Some(people::ACCESSION_ISSUER));
            assert_eq!(header.patient_id.as_deref(), Some(exam.patient.local_id.as_str()));
            assert_eq!(header.issuer_of_patient_id.as_deref(), Some(people::PATIENT_ISSUER));
            assert_eq!(header.patient_name.alphabetic, exam.patient.dicom_name());
            assert_eq!(header.study_description.as_deref(), Some(exam.title.as_str()));
            assert!(dicom::tables::storage_sop_class(&instance.sop_class_uid).is_some());
        }
    }
}

#[test]
fn the_pixels_are_as_many_as_the_header_says() {
    for instance in instances() {
        let scanned = scanned(instance);
        let Frames::Spans(frames) = frame_spans(&scanned).unwrap() else { panic!("native pixels") };
        let frame_bytes = native_frame_bytes(&scanned).unwrap();
        let last = frames.last().unwrap().last().unwrap();
        assert_eq!(last.offset + last.len, instance.dataset.len() as u64, "the pixels end the data set");
        assert!(frames.iter().all(|spans| spans.iter().map(|span| span.len).sum::<u64>() == frame_bytes));
    }
}

#[test]
fn no_uid_or_number_is_used_twice_and_all_uids_are_well_formed() {
    let sops: HashSet<_> = instances().map(|instance| &instance.sop_instance_uid).collect();
    assert_eq!(sops.len(), instances().count());
    assert!(sops.iter().all(|uid| dicom::uid::check(uid).is_ok() && uid.starts_with("2.25.")));
    let numbers: HashSet<_> = exams().iter().map(|exam| &exam.accession).collect();
    assert_eq!(numbers.len(), exams().len());
    let other = Plan { seed: 8, ..plan() }.without_images(Kind::HeadCt);
    assert!(exams().iter().all(|exam| exam.study_uid != other.study_uid && exam.accession != other.accession));
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for kind in [Kind::ChestRadiograph, Kind::CardiacUltrasound] {
        assert!(plan().exam(kind) == *exam(kind));
    }
    let tomorrow = Plan { today: date!(2026 - 11 - 26), ..plan() };
    assert_ne!(tomorrow.without_images(Kind::HeadCt).study_uid, exam(Kind::HeadCt).study_uid);
}

#[test]
fn the_prior_exams_are_past_their_time_on_the_web_and_the_prior_ct_not_past_its_archive() {
    let age = |kind| (plan().today - exam(kind).performed_at.date()).whole_days();
    assert!(age(Kind::PriorHeadCt) > 731 && age(Kind::PriorHeadCt) < 5 * 365);
    assert!(age(Kind::PriorChestRadiograph) > 184);
    assert_eq!(exam(Kind::PriorHeadCt).patient, exam(Kind::HeadCt).patient);
    assert_eq!(exam(Kind::PriorChestRadiograph).patient, exam(Kind::ChestRadiograph).patient);
}

#[test]
fn the_ct_has_three_series_whose_slices_stand_in_order_in_one_frame_of_reference() {
    let mut series: Vec<(String, Vec<[f64; 3]>, [f64; 6])> = Vec::new();
    for instance in &exam(Kind::HeadCt).instances {
        let header = InstanceHeader::from_scan(&scanned(instance)).unwrap();
        let (position, orientation) = (header.image_position.unwrap(), header.image_orientation.unwrap());
        match series.last_mut().filter(|(uid, _, _)| *uid == header.series_instance_uid) {
            Some((_, positions, _)) => positions.push(position),
            None => series.push((header.series_instance_uid, vec![position], orientation)),
        }
    }
    let counts: Vec<usize> = series.iter().map(|(_, positions, _)| positions.len()).collect();
    assert_eq!(counts, [6, 3, 4]);
    let (axial, coronal) = (&series[0], &series[2]);
    assert_eq!(axial.2, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    assert_eq!(coronal.2, [1.0, 0.0, 0.0, 0.0, 0.0, -1.0]);
    assert!(axial.1.windows(2).all(|pair| pair[0][2] < pair[1][2]), "from the feet to the head");
    assert!(coronal.1.windows(2).all(|pair| pair[0][1] < pair[1][1]), "from the front to the back");
}
