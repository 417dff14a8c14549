//! The only place of the log that knows DICOM: the prefix of a file, where its data set begins, and what a scan says.

use super::{Arriving, Refusal};
use dicom::Tag;
use dicom::header::InstanceHeader;
use dicom::part10::{self, FileMeta};
use dicom::scan::{self, Limits};
use std::io::{Read, Seek};

const QUALITY_CONTROL_SUBJECT: Tag = Tag(0x0010, 0x0200);
const QUALITY_CONTROL_IMAGE: Tag = Tag(0x0028, 0x0300);

/// What was announced, for comparison with what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Announced {
    Instance { sop_class_uid: String, sop_instance_uid: String },
    Study { study_instance_uid: String },
}

impl Announced {
    /// What differs, if anything does.
    fn differs(&self, header: &InstanceHeader) -> Option<&'static str> {
        match self {
            Self::Instance { sop_class_uid, .. } if header.sop_class_uid != *sop_class_uid => Some("SOPClassUID"),
            Self::Instance { sop_instance_uid, .. } if header.sop_instance_uid != *sop_instance_uid => {
                Some("SOPInstanceUID")
            }
            Self::Study { study_instance_uid } if header.study_instance_uid != *study_instance_uid => {
                Some("StudyInstanceUID")
            }
            Self::Instance { .. } | Self::Study { .. } => None,
        }
    }
}

/// The prefix to write before the data set (empty for a whole file), once the announced UIDs are found in order.
pub(super) fn prefix(arriving: &Arriving) -> Result<(Vec<u8>, Option<Announced>), Refusal> {
    let Arriving::DataSet { transfer_syntax_uid, sop_class_uid, sop_instance_uid, .. } = arriving else {
        let Arriving::FileOf { study_instance_uid, .. } = arriving else { return Ok((Vec::new(), None)) };
        return Ok((Vec::new(), Some(Announced::Study { study_instance_uid: study_instance_uid.clone() })));
    };
    let uid = |value: &str, what| {
        dicom::uid::parse(value.as_bytes()).map(str::to_owned).map_err(|_| Refusal::InvalidUid { what })
    };
    let transfer_syntax_uid = uid(transfer_syntax_uid, "TransferSyntaxUID")?;
    let sop_class_uid = uid(sop_class_uid, "SOPClassUID")?;
    let sop_instance_uid = uid(sop_instance_uid, "SOPInstanceUID")?;
    // The sender's title stays out: the same object sent by two devices must give the same file.
    let meta = FileMeta {
        sop_class_uid: &sop_class_uid,
        sop_instance_uid: &sop_instance_uid,
        transfer_syntax_uid: &transfer_syntax_uid,
        source_ae_title: None,
    };
    let bytes = part10::prefix(&meta);
    Ok((bytes, Some(Announced::Instance { sop_class_uid, sop_instance_uid })))
}

/// Where the data set of a file begins, when its file meta group states its length (PS3.10 §7.1).
pub(super) fn dataset_offset(head: &[u8]) -> Option<u64> {
    const GROUP_LENGTH: &[u8] = &[2, 0, 0, 0, b'U', b'L', 4, 0];
    part10::preamble(head)?;
    let rest = head.get(part10::PREAMBLE_BYTES + 4..)?.strip_prefix(GROUP_LENGTH)?;
    let length = u32::from_le_bytes(*rest.first_chunk()?);
    Some((part10::PREAMBLE_BYTES + 4 + GROUP_LENGTH.len() + 4) as u64 + u64::from(length))
}

/// What a scan of a whole file found.
pub(super) struct Looked {
    pub header: InstanceHeader,
    pub dataset_offset: u64,
    pub quality_control: bool,
}

/// Scans a file within the limits and compares it with what was announced.
pub(super) fn look<R: Read + Seek>(file: R, length: u64, announced: Option<&Announced>) -> Result<Looked, Refusal> {
    let scanned = scan::scan_reader(file, length, &Limits::default()).map_err(refusal)?;
    let header = InstanceHeader::from_scan(&scanned).map_err(refusal)?;
    if let Some(what) = announced.and_then(|announced| announced.differs(&header)) {
        return Err(Refusal::Mismatch { what });
    }
    if header.transfer_syntax_uid.is_empty() {
        return Err(Refusal::Unreadable { reason: "no transfer syntax".into() });
    }
    let says_yes = |tag| scanned.dataset().plain_text(tag).is_some_and(|text| text == "YES");
    let quality_control = [QUALITY_CONTROL_SUBJECT, QUALITY_CONTROL_IMAGE].into_iter().any(says_yes);
    Ok(Looked { header, dataset_offset: scanned.dataset_offset(), quality_control })
}

fn refusal(error: dicom::Error) -> Refusal {
    match error {
        dicom::Error::MissingUid { keyword } | dicom::Error::InvalidUid { keyword, .. } => {
            Refusal::InvalidUid { what: keyword }
        }
        dicom::Error::Read(_) => Refusal::Storage,
        other => Refusal::Unreadable { reason: other.to_string() },
    }
}
