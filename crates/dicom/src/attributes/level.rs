//! To which level of the query model an attribute belongs (PS3.4 §C.6, PS3.3 §C.7).

use crate::{Tag, tag};

/// A level of the query/retrieve models (PS3.4 §C.6.1.1, §C.6.2.1), from the widest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `PATIENT`: the Patient Root model alone has it.
    Patient,
    /// `STUDY`.
    Study,
    /// `SERIES`.
    Series,
    /// `IMAGE`, which DICOMweb calls instances.
    Instance,
}

impl Level {
    /// From Query/Retrieve Level (0008,0052).
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "PATIENT" => Some(Self::Patient),
            "STUDY" => Some(Self::Study),
            "SERIES" => Some(Self::Series),
            "IMAGE" => Some(Self::Instance),
            _ => None,
        }
    }

    /// Query/Retrieve Level (0008,0052).
    pub fn code(self) -> &'static str {
        match self {
            Self::Patient => "PATIENT",
            Self::Study => "STUDY",
            Self::Series => "SERIES",
            Self::Instance => "IMAGE",
        }
    }
}

/// The study's attributes outside group 0010: modules General Study and Visit, and what is computed for a study.
const STUDY: &[(u16, u16)] = &[
    (0x0008, 0x0020),
    (0x0008, 0x0030),
    (0x0008, 0x0050),
    (0x0008, 0x0051),
    (0x0008, 0x0061),
    (0x0008, 0x0062),
    (0x0008, 0x0090),
    (0x0008, 0x0092),
    (0x0008, 0x0094),
    (0x0008, 0x0096),
    (0x0008, 0x009C),
    (0x0008, 0x009D),
    (0x0008, 0x1030),
    (0x0008, 0x1032),
    (0x0008, 0x1048),
    (0x0008, 0x1049),
    (0x0008, 0x1060),
    (0x0008, 0x1062),
    (0x0008, 0x1080),
    (0x0008, 0x1084),
    (0x0008, 0x1110),
    (0x0020, 0x000D),
    (0x0020, 0x0010),
    (0x0020, 0x1206),
    (0x0020, 0x1208),
    (0x0032, 0x1032),
    (0x0032, 0x1033),
    (0x0032, 0x1034),
    (0x0032, 0x1060),
    (0x0032, 0x1064),
    (0x0040, 0x1012),
];

/// The series' attributes: modules General Series, General Equipment, Frame of Reference, and what is computed.
const SERIES: &[(u16, u16)] = &[
    (0x0008, 0x0021),
    (0x0008, 0x0031),
    (0x0008, 0x0060),
    (0x0008, 0x0070),
    (0x0008, 0x0080),
    (0x0008, 0x0081),
    (0x0008, 0x0082),
    (0x0008, 0x1010),
    (0x0008, 0x1040),
    (0x0008, 0x103E),
    (0x0008, 0x103F),
    (0x0008, 0x1050),
    (0x0008, 0x1052),
    (0x0008, 0x1070),
    (0x0008, 0x1072),
    (0x0008, 0x1090),
    (0x0008, 0x1111),
    (0x0008, 0x1250),
    (0x0018, 0x0015),
    (0x0018, 0x1000),
    (0x0018, 0x1020),
    (0x0018, 0x1030),
    (0x0018, 0x5100),
    (0x0020, 0x000E),
    (0x0020, 0x0011),
    (0x0020, 0x0052),
    (0x0020, 0x0060),
    (0x0020, 0x1040),
    (0x0020, 0x1209),
    (0x0040, 0x0244),
    (0x0040, 0x0245),
    (0x0040, 0x0250),
    (0x0040, 0x0251),
    (0x0040, 0x0253),
    (0x0040, 0x0254),
    (0x0040, 0x0260),
    (0x0040, 0x0275),
    (0x0040, 0x0280),
];

/// The level at which an attribute is kept and may be asked for; whatever no wider level claims is the instance's.
pub fn level_of(asked: Tag) -> Level {
    let related = [
        tag::NUMBER_OF_PATIENT_RELATED_STUDIES,
        tag::NUMBER_OF_PATIENT_RELATED_SERIES,
        tag::NUMBER_OF_PATIENT_RELATED_INSTANCES,
    ];
    // The patient as of that study (PS3.3 §C.7.2.2): age, size, weight, pregnancy.
    let patient_study = matches!(asked.1, 0x1010..=0x1030 | 0x1041..=0x1043 | 0x21A0..=0x21D0);
    match asked.0 {
        0x0010 if patient_study => Level::Study,
        0x0010 => Level::Patient,
        0x0038 => Level::Study,
        0x0012 => Level::Series,
        _ if related.contains(&asked) => Level::Patient,
        _ if STUDY.contains(&(asked.0, asked.1)) => Level::Study,
        _ if SERIES.contains(&(asked.0, asked.1)) => Level::Series,
        _ => Level::Instance,
    }
}
