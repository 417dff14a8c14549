//! An image as it leaves for a partner: the same instance, with the partner's numbers.

use super::plan::patient_number;
use super::trouble::Refused;
use super::{AccessionNumber, Announced, LeavingImage, Partner};
use crate::ArchiveError;
use bytes::Bytes;
use dicom::coerce::{Changes, Value, coerce};
use dicom::{Tag, Vr, tag};
use record::{BirthDate, ExamDetail, StoredInstance, Transmission};
use time::macros::format_description;
use unicode_normalization::UnicodeNormalization;

/// What announces an instance.
pub(super) fn announced(instance: &StoredInstance) -> Announced {
    Announced {
        sop_class_uid: instance.header.sop_class_uid.clone(),
        sop_instance_uid: instance.header.sop_instance_uid.clone(),
        transfer_syntax_uid: instance.header.transfer_syntax_uid.clone(),
    }
}

/// The instance with the partner's numbers.
pub(super) async fn leaving(
    partner: &Partner,
    one: &Transmission,
    detail: &ExamDetail,
    instance: &StoredInstance,
    file: Bytes,
) -> Result<Result<LeavingImage, Refused>, ArchiveError> {
    let changes = match changes(partner, one, detail) {
        Ok(mut changes) => {
            changes.values.extend(person(detail, instance));
            changes
        }
        Err(refused) => return Ok(Err(refused)),
    };
    let mut announced = announced(instance);
    let written = tokio::task::spawn_blocking(move || coerce(&file, &changes).map(|coerced| (coerced, file)));
    let written = written.await.map_err(|error| ArchiveError::Prepare(error.to_string()))?;
    Ok(match written {
        Ok((coerced, file)) => {
            announced.transfer_syntax_uid = coerced.transfer_syntax_uid;
            let tail = file.slice(coerced.tail_offset.min(file.len())..);
            Ok(LeavingImage { announced, head: coerced.head.into(), tail })
        }
        Err(error) => Err(Refused::Rewriting(error.to_string())),
    })
}

/// A value representation's characters, at most (PS3.5 §6.2).
const SH: usize = 16;
const LO: usize = 64;

fn fits(text: String, most: usize, which: &'static str) -> Result<String, Refused> {
    if text.chars().count() <= most { Ok(text) } else { Err(Refused::Number(which)) }
}

/// What is written anew. The instant is that of the plan: what is sent again is the same to the byte.
pub(super) fn changes(partner: &Partner, one: &Transmission, detail: &ExamDetail) -> Result<Changes, Refused> {
    let mut values = Vec::new();
    if let Some((number, issuer)) =
        detail.patient.as_ref().and_then(|patient| patient_number(patient, &partner.coercion))
    {
        values.push((tag::PATIENT_ID, Value::Text(Vr::LO, fits(number, LO, "patient-id")?)));
        values.extend(issued(&issuer));
    }
    if let Some(accession) = accession(partner, detail) {
        values.push((tag::ACCESSION_NUMBER, Value::Text(Vr::SH, fits(accession, SH, "accession-number")?)));
        // Who gave the group's own does not speak for another's.
        if partner.coercion.accession != AccessionNumber::Own {
            values.push((tag::ISSUER_OF_ACCESSION_NUMBER_SEQUENCE, Value::Absent));
        }
    }
    let placer = detail.order.as_ref().and_then(|order| order.placer_number.clone());
    if let Some(placer) = placer.filter(|_| partner.coercion.placer) {
        values.push((tag::PLACER_ORDER_NUMBER, Value::Text(Vr::LO, fits(placer, LO, "placer-number")?)));
    }
    let at = one.planned_at.to_offset(time::UtcOffset::UTC);
    let at = at.format(format_description!("[year][month][day][hour][minute][second]+0000")).unwrap_or_default();
    Ok(Changes { values, at, system: "NEGATOSCOPE".into() })
}

/// Where the images say something else of the person than what the record knows for certain, the record's word stands in
/// the copy that leaves; a name without its accents, which every character set holds.
fn person(detail: &ExamDetail, instance: &StoredInstance) -> Vec<(Tag, Value)> {
    let Some(traits) = detail.patient.as_ref().map(|patient| &patient.traits) else { return Vec::new() };
    let claim = &instance.header.claim;
    let mut values = Vec::new();
    if let Some(BirthDate { year, month: Some(month), day: Some(day) }) = traits.birth_date {
        values.push((tag::PATIENT_BIRTH_DATE, Value::Text(Vr::DA, format!("{year:04}{month:02}{day:02}"))));
    }
    if let Some(sex) = traits.sex.as_deref().filter(|sex| matches!(*sex, "F" | "M" | "O")) {
        values.push((tag::PATIENT_SEX, Value::Text(Vr::CS, sex.to_owned())));
    }
    let said = plain(claim.name.as_deref().and_then(|name| name.split(['^', '=']).next()).unwrap_or_default());
    let family = [Some(&traits.birth_name), traits.used_name.as_ref()];
    if !family.into_iter().flatten().any(|name| plain(name) == said) {
        let first = traits.first_names.split(' ').next().unwrap_or_default();
        let name = format!("{}^{}", plain(&traits.birth_name), plain(first));
        values.push((tag::PATIENT_NAME, Value::Text(Vr::PN, name.chars().take(LO).collect())));
    }
    values
}

/// A name in capitals without accents; what is left that is not ASCII becomes a space.
fn plain(name: &str) -> String {
    let name = name.replace('Œ', "OE").replace('œ', "oe").replace('Æ', "AE").replace('æ', "ae");
    let letters = name.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c));
    let ascii = letters.flat_map(char::to_uppercase).map(|c| match c {
        'A'..='Z' | '0'..='9' | '\'' | '-' => c,
        _ => ' ',
    });
    ascii.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Who gave the patient's number: a name, or an OID with its type.
fn issued(issuer: &str) -> [(Tag, Value); 2] {
    let is_oid = issuer.contains('.') && issuer.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let (name, qualifiers) = match (is_oid, issuer.is_empty()) {
        (true, _) => {
            let oid = (tag::UNIVERSAL_ENTITY_ID, Vr::UT, issuer.to_owned());
            let kind = (tag::UNIVERSAL_ENTITY_ID_TYPE, Vr::CS, "ISO".to_owned());
            (Value::Absent, Value::Items(vec![vec![oid, kind]]))
        }
        (false, true) => (Value::Absent, Value::Absent),
        (false, false) => (Value::Text(Vr::LO, issuer.to_owned()), Value::Absent),
    };
    [(tag::ISSUER_OF_PATIENT_ID, name), (tag::ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE, qualifiers)]
}

/// The accession number in the partner's world.
pub(super) fn accession(partner: &Partner, detail: &ExamDetail) -> Option<String> {
    let own = detail.accession.as_ref().map(|accession| accession.number.clone());
    match &partner.coercion.accession {
        AccessionNumber::Own => own,
        AccessionNumber::Placer => detail.order.as_ref()?.placer_number.clone(),
        AccessionNumber::Prefixed(prefix) => own.map(|own| format!("{prefix}{own}")),
    }
}
