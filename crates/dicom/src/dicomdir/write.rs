//! Writing a media directory: patient, study, series and file records, each with the offsets of its neighbours.

use crate::Vr;
use crate::header::InstanceHeader;
use crate::part10::{FileMeta, prefix};
use crate::tag;
use crate::write::Writer;
use std::collections::BTreeMap;

/// Media Storage Directory Storage.
const SOP_CLASS: &str = "1.2.840.10008.1.3.10";
const EXPLICIT_LITTLE_ENDIAN: &str = "1.2.840.10008.1.2.1";
/// Before every item (PS3.5 §7.5).
const ITEM_HEADER: usize = 8;

/// A file of the file-set.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed {
    /// Its identifier: 1 to 8 components of capitals, digits and underscores, 8 characters each at most (PS3.10 §8.2).
    pub path: Vec<String>,
    /// What its header says.
    pub header: InstanceHeader,
}

/// A record, before its offsets are known.
struct Record {
    kind: &'static str,
    keys: Writer,
    file: Writer,
    below: Vec<Record>,
}

/// The bytes of a DICOMDIR naming these files (PS3.3 §F.3, PS3.10 §8), under the UID of this file-set. Patients, studies
/// and series stand in the order of their first file. Text is UTF-8.
///
/// Dates a study must have (PS3.3 Table F.5-2) and no header gives are written as 19000101, as DCMTK's `dcmmkdir` invents
/// them. Records of other than images carry their number alone.
pub fn write(files: &[Listed], file_set_uid: &str) -> Vec<u8> {
    let patients = tree(files);
    let meta = FileMeta {
        sop_class_uid: SOP_CLASS,
        sop_instance_uid: file_set_uid,
        transfer_syntax_uid: EXPLICIT_LITTLE_ENDIAN,
        source_ae_title: None,
    };
    let mut out = prefix(&meta);
    // Every record has the same length whatever its offsets are: measured first, placed, written.
    let first = out.len() + root(0, 0, &[]).bytes().len();
    let mut offsets = Vec::new();
    let mut position = first;
    place(&patients, 0, &mut position, &mut offsets);
    let mut items = Vec::new();
    items_of(&patients, &mut offsets.iter().copied(), &mut items);
    let last = offsets.iter().filter(|at| at.depth == 0).map(|at| at.offset).next_back().unwrap_or(0);
    let first = offsets.first().map_or(0, |at| at.offset);
    out.extend(root(first, last, &items).into_bytes());
    out
}

fn root(first: u32, last: u32, items: &[Writer]) -> Writer {
    let mut writer = Writer::explicit();
    writer
        .text(tag::FILE_SET_ID, Vr::CS, "NEGATOSCOPE")
        .ul(tag::OFFSET_OF_FIRST_ROOT_RECORD, first)
        .ul(tag::OFFSET_OF_LAST_ROOT_RECORD, last)
        .us(tag::FILE_SET_CONSISTENCY_FLAG, 0)
        .sequence(tag::DIRECTORY_RECORD_SEQUENCE, items);
    writer
}

/// Where a record stands, and its neighbours (0 = none).
#[derive(Debug, Clone, Copy)]
struct At {
    depth: usize,
    offset: u32,
    next: u32,
    lower: u32,
}

/// Places records depth first, one after the other.
fn place(records: &[Record], depth: usize, position: &mut usize, out: &mut Vec<At>) {
    let mut before: Option<usize> = None;
    for record in records {
        let offset = u32::try_from(*position).unwrap_or(0);
        let own = out.len();
        out.push(At { depth, offset, next: 0, lower: 0 });
        if let Some(before) = before.and_then(|before| out.get_mut(before)) {
            before.next = offset;
        }
        before = Some(own);
        *position += ITEM_HEADER + item(record, 0, 0).bytes().len();
        let lower = u32::try_from(*position).unwrap_or(0);
        if let (false, Some(at)) = (record.below.is_empty(), out.get_mut(own)) {
            at.lower = lower;
        }
        place(&record.below, depth + 1, position, out);
    }
}

fn items_of(records: &[Record], places: &mut impl Iterator<Item = At>, out: &mut Vec<Writer>) {
    for record in records {
        let (next, lower) = places.next().map_or((0, 0), |at| (at.next, at.lower));
        out.push(item(record, next, lower));
        items_of(&record.below, places, out);
    }
}

fn item(record: &Record, next: u32, lower: u32) -> Writer {
    let mut writer = Writer::explicit();
    writer
        .ul(tag::OFFSET_OF_NEXT_RECORD, next)
        .us(tag::RECORD_IN_USE_FLAG, 0xFFFF)
        .ul(tag::OFFSET_OF_LOWER_RECORDS, lower)
        .text(tag::DIRECTORY_RECORD_TYPE, Vr::CS, record.kind)
        .append(&record.file)
        .append(&record.keys);
    writer
}

fn tree(files: &[Listed]) -> Vec<Record> {
    let by = |header: &InstanceHeader, depth: usize| match depth {
        0 => format!("{:?}\n{}", header.patient_id, header.patient_name.alphabetic),
        1 => header.study_instance_uid.clone(),
        _ => header.series_instance_uid.clone(),
    };
    fn level(files: &[&Listed], depth: usize, by: &dyn Fn(&InstanceHeader, usize) -> String) -> Vec<Record> {
        if depth == 3 {
            return files.iter().map(|file| leaf(file)).collect();
        }
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        let mut groups: Vec<Vec<&Listed>> = Vec::new();
        for file in files {
            let next = groups.len();
            match groups.get_mut(*places.entry(by(&file.header, depth)).or_insert(next)) {
                Some(group) => group.push(file),
                None => groups.push(vec![file]),
            }
        }
        let record = |group: &Vec<&Listed>| {
            let header = &group.first()?.header;
            let below = level(group, depth + 1, by);
            Some(Record { kind: KINDS.get(depth)?, keys: keys(header, depth), file: Writer::explicit(), below })
        };
        groups.iter().filter_map(record).collect()
    }
    level(&files.iter().collect::<Vec<_>>(), 0, &by)
}

const KINDS: [&str; 3] = ["PATIENT", "STUDY", "SERIES"];

/// The keys of PS3.3 Tables F.5-1 to F.5-3.
fn keys(header: &InstanceHeader, depth: usize) -> Writer {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut writer = Writer::explicit();
    writer.text(tag::SPECIFIC_CHARACTER_SET, Vr::CS, "ISO_IR 192");
    match depth {
        0 => {
            let name = &header.patient_name;
            let id = header.patient_id.as_deref().filter(|id| !id.is_empty()).unwrap_or("INCONNU");
            writer.text(tag::PATIENT_NAME, Vr::PN, &name.alphabetic).text(tag::PATIENT_ID, Vr::LO, id);
        }
        1 => {
            let date = header.study_date.clone().filter(|date| !date.is_empty());
            let time = header.study_time.clone().filter(|time| !time.is_empty());
            writer
                .text(tag::STUDY_DATE, Vr::DA, &date.unwrap_or_else(|| "19000101".into()))
                .text(tag::STUDY_TIME, Vr::TM, &time.unwrap_or_else(|| "000000".into()))
                .text(tag::ACCESSION_NUMBER, Vr::SH, &text(&header.accession_number))
                .text(tag::STUDY_DESCRIPTION, Vr::LO, &text(&header.study_description))
                .text(tag::STUDY_INSTANCE_UID, Vr::UI, &header.study_instance_uid)
                .text(tag::STUDY_ID, Vr::SH, header.study_id.as_deref().filter(|id| !id.is_empty()).unwrap_or("1"));
        }
        _ => {
            writer
                .text(tag::MODALITY, Vr::CS, header.modality.as_deref().filter(|m| !m.is_empty()).unwrap_or("OT"))
                .text(tag::SERIES_DESCRIPTION, Vr::LO, &text(&header.series_description))
                .text(tag::SERIES_INSTANCE_UID, Vr::UI, &header.series_instance_uid)
                .text(tag::SERIES_NUMBER, Vr::IS, &header.series_number.unwrap_or(0).to_string());
        }
    }
    writer
}

fn leaf(listed: &Listed) -> Record {
    let header = &listed.header;
    let mut file = Writer::explicit();
    file.text(tag::REFERENCED_FILE_ID, Vr::CS, &listed.path.join("\\"))
        .text(tag::REFERENCED_SOP_CLASS_UID_IN_FILE, Vr::UI, &header.sop_class_uid)
        .text(tag::REFERENCED_SOP_INSTANCE_UID_IN_FILE, Vr::UI, &header.sop_instance_uid)
        .text(tag::REFERENCED_TRANSFER_SYNTAX_UID_IN_FILE, Vr::UI, &header.transfer_syntax_uid);
    let mut keys = Writer::explicit();
    keys.text(tag::INSTANCE_NUMBER, Vr::IS, &header.instance_number.unwrap_or(0).to_string());
    Record { kind: record_type(&header.sop_class_uid), keys, file, below: Vec::new() }
}

/// The type of a file's record, by its SOP class (PS3.3 Table F.4-1).
fn record_type(sop_class_uid: &str) -> &'static str {
    const STORAGE: &str = "1.2.840.10008.5.1.4.1.1.";
    let Some(class) = sop_class_uid.strip_prefix(STORAGE) else { return "IMAGE" };
    match class {
        "88.59" => "KEY OBJECT DOC",
        "66" => "RAW DATA",
        "66.1" | "66.3" => "REGISTRATION",
        "66.2" => "FIDUCIAL",
        "67" => "VALUE MAP",
        "4.2" => "SPECTROSCOPY",
        "481.2" => "RT DOSE",
        "481.3" => "RT STRUCTURE SET",
        "481.5" | "481.8" => "RT PLAN",
        "481.4" | "481.6" | "481.7" | "481.9" => "RT TREAT RECORD",
        _ if class.starts_with("88.") => "SR DOCUMENT",
        _ if class.starts_with("11.") => "PRESENTATION",
        _ if class.starts_with("104.") => "ENCAP DOC",
        _ if class.starts_with("9.") => "WAVEFORM",
        _ => "IMAGE",
    }
}
