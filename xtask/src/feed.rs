//! Sends invented exams as a modality and an information system would: HL7 over MLLP, images over DICOM.

use anyhow::{Context, Result, bail};
use dimse::ae::AeTitle;
use dimse::scu::{Instance, Proposal, Scu};
use hl7::build::{Header, OrderMessage, PatientMessage};
use hl7::event::{Document, Order, OrderControl, Report, ReportStatus};
use hl7::types::{Coded, Number, PartialDate, Patient, Professional, Sex, Structure, Timestamp, Traits};
use phantom::PhantomExam;
use phantom::people::{ACCESSION_ISSUER, INS_TEST_OID, PATIENT_ISSUER};
use std::collections::BTreeSet;
use time::{Date, Month};

/// Where a running program listens.
#[derive(Debug, Clone)]
pub struct Target {
    /// DICOM.
    pub dicom: String,
    /// HL7.
    pub hl7: String,
    /// The desk's pages.
    pub desk: String,
    /// The patients' pages.
    pub web: String,
}

/// An exam's three messages.
pub struct Messages {
    /// ADT^A04.
    pub patient: Vec<u8>,
    /// ORM^O01.
    pub order: Vec<u8>,
    /// ORU^R01 with the report.
    pub report: Vec<u8>,
}

/// Sends everything: patients and orders, then images, then reports.
pub fn send(target: &Target, exams: &[PhantomExam]) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        for exam in exams {
            let messages = messages(exam)?;
            hl7_send(&target.hl7, &[&messages.patient, &messages.order]).await?;
            println!("sending {} ({} images)", exam.title, exam.instances.len());
            dicom_send(&target.dicom, exam).await?;
            hl7_send(&target.hl7, &[&messages.report]).await?;
        }
        Ok(())
    })
}

async fn hl7_send(address: &str, messages: &[&[u8]]) -> Result<()> {
    let mut stream = tokio::net::TcpStream::connect(address).await.context("connecting to the HL7 listener")?;
    for message in messages {
        let answer = hl7::mllp::client::send(&mut stream, message).await?;
        if !answer.is_accepted() {
            bail!("a message was answered {}: {}", answer.code, answer.text);
        }
    }
    Ok(())
}

async fn dicom_send(address: &str, exam: &PhantomExam) -> Result<()> {
    let title = |text: &str| AeTitle::new(text).with_context(|| format!("{text} is no AE title"));
    let classes: BTreeSet<_> = exam.instances.iter().map(|i| (&i.sop_class_uid, &i.transfer_syntax_uid)).collect();
    let proposals: Vec<_> = classes
        .into_iter()
        .map(|(class, syntax)| Proposal { sop_class_uid: class.clone(), transfer_syntax_uids: vec![syntax.clone()] })
        .collect();
    let mut scu = Scu::connect(address, &title("DEMO")?, &title("NEGATOSCOPE")?, &proposals).await?;
    for instance in &exam.instances {
        let announced = Instance {
            sop_class_uid: &instance.sop_class_uid,
            sop_instance_uid: &instance.sop_instance_uid,
            transfer_syntax_uid: &instance.transfer_syntax_uid,
        };
        let status = scu.store_bytes(announced, &instance.dataset).await?;
        if !status.is_stored() {
            bail!("an image was answered {:04X}: {}", status.code, status.comment);
        }
    }
    scu.release().await?;
    Ok(())
}

/// The messages an information system would send about an exam.
pub fn messages(exam: &PhantomExam) -> Result<Messages> {
    let patient = patient(exam);
    let time = Timestamp { local: exam.performed_at, offset: None };
    let header = |part: &str| {
        let control = format!("{}{part}", exam.accession);
        Header::new(["RIS-DEMO", "CABINET"], ["NEGATOSCOPE", "NEGATOSCOPE"], time, &control)
    };
    let placer = Number::local(&exam.order.placer_number, "RIS-DEMO");
    let accession = Number::local(&exam.accession, ACCESSION_ISSUER);
    let prescriber = &exam.order.prescriber;
    let prescriber = Professional {
        id: format!("8{}", prescriber.rpps),
        rpps: Some(prescriber.rpps.clone()),
        family: prescriber.family_name.clone(),
        given: prescriber.first_name.clone(),
        authority: Some(phantom::people::PROFESSIONAL_OID.into()),
    };
    let structure = exam.order.prescriber.structure_finess.as_ref().map(|finess| Structure {
        name: exam.order.prescriber.structure_name.clone().unwrap_or_default(),
        id: format!("1{finess}"),
        finess: Some(finess.clone()),
    });
    let order = Order {
        control: OrderControl::New,
        placer: Some(placer.clone()),
        accession: Some(accession.clone()),
        study_uid: Some(exam.study_uid.clone()),
        act: Coded { code: exam.order.act_code.clone(), text: exam.order.act_label.clone(), system: "CCAM".into() },
        modality: Some(exam.modality.to_owned()),
        prescribers: vec![prescriber.clone()],
        structure,
        clinical: exam.order.clinical_question.clone(),
        ordered_at: Some(time),
        planned_at: Some(time),
        screening: exam.order.organised_screening.then_some(true),
        ..Order::default()
    };
    let report = Report {
        status: ReportStatus::Final,
        document: Some(Document::Pdf(exam.report_pdf()?)),
        placer: Some(placer),
        accession: Some(accession),
        study_uid: Some(exam.study_uid.clone()),
        code: Coded { code: "18748-4".into(), text: "CR d'imagerie médicale".into(), system: "LN".into() },
        validated_at: Some(Timestamp { local: exam.report.validated_at, offset: None }),
        prescribers: vec![prescriber],
        ..Report::default()
    };
    Ok(Messages {
        patient: hl7::build::adt(&header("P"), PatientMessage::A04, &patient),
        order: hl7::build::order(&header("O"), OrderMessage::Orm, &patient, &order),
        report: hl7::build::report(&header("R"), &patient, &report),
    })
}

fn patient(exam: &PhantomExam) -> Patient {
    let invented = &exam.patient;
    let ins = Number { kind: Some("INS".into()), ..Number::of_oid(&invented.ins, INS_TEST_OID) };
    Patient {
        ids: vec![Number { kind: Some("PI".into()), ..Number::local(&invented.local_id, PATIENT_ISSUER) }, ins],
        traits: Traits {
            birth_name: Some(invented.birth_name.clone()),
            used_name: invented.used_name.clone(),
            first_name: Some(invented.first_name.clone()),
            first_names: Some(invented.first_names.clone()),
            birth: Some(partial(invented.born)),
            sex: Some(if invented.sex.letter() == "F" { Sex::F } else { Sex::M }),
            birth_place: Some(invented.birth_place.clone()),
        },
        reliability: vec!["VALI".into()],
        ..Patient::default()
    }
}

fn partial(date: Date) -> PartialDate {
    PartialDate { year: date.year(), month: Some(Month::into(date.month())), day: Some(date.day()) }
}

/// Number and code, as they stand on a sheet's text.
pub fn read_sheet(text: &str) -> (Option<String>, Option<String>) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let digits = |word: &str, length: usize| word.len() == length && word.bytes().all(|b| b.is_ascii_digit());
    let number = words
        .windows(4)
        .find(|w| digits(w[0], 3) && digits(w[1], 3) && digits(w[2], 3) && digits(w[3], 1))
        .map(|w| w.join(" "));
    let code = words.iter().find(|word| {
        let parts: Vec<&str> = word.split('-').collect();
        parts.iter().map(|part| part.len()).eq([4, 4, 4, 1])
            && word.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric())
    });
    (number, code.map(|code| (*code).to_owned()))
}
