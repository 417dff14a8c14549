//! Tags, and the few this program asks for by name.

use std::fmt;

/// The tag of an element: group, then number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16, pub u16);

impl Tag {
    /// From eight hexadecimal digits, as in DICOM JSON (`00100010`).
    pub fn from_hex(digits: &str) -> Option<Self> {
        if digits.len() != 8 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        Some(Self((number >> 16) as u16, (number & 0xFFFF) as u16))
    }

    /// Whether the group is odd: a manufacturer's own element (PS3.5 §7.8).
    pub fn is_private(self) -> bool {
        self.0 % 2 == 1
    }

    /// Whether this names a private block rather than holding a value (PS3.5 §7.8.1).
    pub fn is_private_creator(self) -> bool {
        self.is_private() && (0x0010..=0x00FF).contains(&self.1)
    }

    /// Whether this is a group length, retired and never trusted (PS3.5 §7.2).
    pub fn is_group_length(self) -> bool {
        self.1 == 0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}{:04X}", self.0, self.1)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({:04X},{:04X})", self.0, self.1)
    }
}

macro_rules! tags {
    ($($name:ident = $group:literal, $number:literal;)*) => {
        $(
            #[doc = concat!("Tag (", stringify!($group), ", ", stringify!($number), ") of PS3.6.")]
            pub const $name: Tag = Tag($group, $number);
        )*
    };
}

tags! {
    FILE_META_INFORMATION_GROUP_LENGTH = 0x0002, 0x0000;
    FILE_META_INFORMATION_VERSION = 0x0002, 0x0001;
    MEDIA_STORAGE_SOP_CLASS_UID = 0x0002, 0x0002;
    MEDIA_STORAGE_SOP_INSTANCE_UID = 0x0002, 0x0003;
    TRANSFER_SYNTAX_UID = 0x0002, 0x0010;
    IMPLEMENTATION_CLASS_UID = 0x0002, 0x0012;
    IMPLEMENTATION_VERSION_NAME = 0x0002, 0x0013;
    SOURCE_APPLICATION_ENTITY_TITLE = 0x0002, 0x0016;
    DIRECTORY_RECORD_SEQUENCE = 0x0004, 0x1220;
    DIRECTORY_RECORD_TYPE = 0x0004, 0x1430;
    REFERENCED_FILE_ID = 0x0004, 0x1500;
    REFERENCED_SOP_CLASS_UID_IN_FILE = 0x0004, 0x1510;
    REFERENCED_SOP_INSTANCE_UID_IN_FILE = 0x0004, 0x1511;
    REFERENCED_TRANSFER_SYNTAX_UID_IN_FILE = 0x0004, 0x1512;
    SPECIFIC_CHARACTER_SET = 0x0008, 0x0005;
    IMAGE_TYPE = 0x0008, 0x0008;
    SOP_CLASS_UID = 0x0008, 0x0016;
    SOP_INSTANCE_UID = 0x0008, 0x0018;
    STUDY_DATE = 0x0008, 0x0020;
    SERIES_DATE = 0x0008, 0x0021;
    ACQUISITION_DATE = 0x0008, 0x0022;
    CONTENT_DATE = 0x0008, 0x0023;
    STUDY_TIME = 0x0008, 0x0030;
    SERIES_TIME = 0x0008, 0x0031;
    CONTENT_TIME = 0x0008, 0x0033;
    ACCESSION_NUMBER = 0x0008, 0x0050;
    ISSUER_OF_ACCESSION_NUMBER_SEQUENCE = 0x0008, 0x0051;
    MODALITY = 0x0008, 0x0060;
    MANUFACTURER = 0x0008, 0x0070;
    INSTITUTION_NAME = 0x0008, 0x0080;
    REFERRING_PHYSICIAN_NAME = 0x0008, 0x0090;
    TIMEZONE_OFFSET_FROM_UTC = 0x0008, 0x0201;
    STATION_NAME = 0x0008, 0x1010;
    STUDY_DESCRIPTION = 0x0008, 0x1030;
    SERIES_DESCRIPTION = 0x0008, 0x103E;
    PATIENT_NAME = 0x0010, 0x0010;
    PATIENT_ID = 0x0010, 0x0020;
    ISSUER_OF_PATIENT_ID = 0x0010, 0x0021;
    ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE = 0x0010, 0x0024;
    PATIENT_BIRTH_DATE = 0x0010, 0x0030;
    PATIENT_SEX = 0x0010, 0x0040;
    BODY_PART_EXAMINED = 0x0018, 0x0015;
    PROTOCOL_NAME = 0x0018, 0x1030;
    VIEW_POSITION = 0x0018, 0x5101;
    STUDY_INSTANCE_UID = 0x0020, 0x000D;
    SERIES_INSTANCE_UID = 0x0020, 0x000E;
    STUDY_ID = 0x0020, 0x0010;
    SERIES_NUMBER = 0x0020, 0x0011;
    INSTANCE_NUMBER = 0x0020, 0x0013;
    IMAGE_POSITION_PATIENT = 0x0020, 0x0032;
    IMAGE_ORIENTATION_PATIENT = 0x0020, 0x0037;
    LATERALITY = 0x0020, 0x0060;
    IMAGE_LATERALITY = 0x0020, 0x0062;
    SAMPLES_PER_PIXEL = 0x0028, 0x0002;
    PHOTOMETRIC_INTERPRETATION = 0x0028, 0x0004;
    PLANAR_CONFIGURATION = 0x0028, 0x0006;
    NUMBER_OF_FRAMES = 0x0028, 0x0008;
    ROWS = 0x0028, 0x0010;
    COLUMNS = 0x0028, 0x0011;
    PIXEL_SPACING = 0x0028, 0x0030;
    BITS_ALLOCATED = 0x0028, 0x0100;
    BITS_STORED = 0x0028, 0x0101;
    HIGH_BIT = 0x0028, 0x0102;
    PIXEL_REPRESENTATION = 0x0028, 0x0103;
    PIXEL_PADDING_VALUE = 0x0028, 0x0120;
    PIXEL_PADDING_RANGE_LIMIT = 0x0028, 0x0121;
    WINDOW_CENTER = 0x0028, 0x1050;
    WINDOW_WIDTH = 0x0028, 0x1051;
    RESCALE_INTERCEPT = 0x0028, 0x1052;
    RESCALE_SLOPE = 0x0028, 0x1053;
    VOI_LUT_FUNCTION = 0x0028, 0x1056;
    RED_PALETTE_DESCRIPTOR = 0x0028, 0x1101;
    GREEN_PALETTE_DESCRIPTOR = 0x0028, 0x1102;
    BLUE_PALETTE_DESCRIPTOR = 0x0028, 0x1103;
    RED_PALETTE_DATA = 0x0028, 0x1201;
    GREEN_PALETTE_DATA = 0x0028, 0x1202;
    BLUE_PALETTE_DATA = 0x0028, 0x1203;
    SEGMENTED_RED_PALETTE_DATA = 0x0028, 0x1221;
    SEGMENTED_GREEN_PALETTE_DATA = 0x0028, 0x1222;
    SEGMENTED_BLUE_PALETTE_DATA = 0x0028, 0x1223;
    MODALITY_LUT_SEQUENCE = 0x0028, 0x3000;
    LUT_DESCRIPTOR = 0x0028, 0x3002;
    LUT_DATA = 0x0028, 0x3006;
    VOI_LUT_SEQUENCE = 0x0028, 0x3010;
    PIXEL_VALUE_TRANSFORMATION_SEQUENCE = 0x0028, 0x9145;
    FRAME_VOI_LUT_SEQUENCE = 0x0028, 0x9132;
    REQUESTED_PROCEDURE_DESCRIPTION = 0x0032, 0x1060;
    LOCAL_NAMESPACE_ENTITY_ID = 0x0040, 0x0031;
    UNIVERSAL_ENTITY_ID = 0x0040, 0x0032;
    ENCAPSULATED_DOCUMENT = 0x0042, 0x0011;
    MIME_TYPE_OF_ENCAPSULATED_DOCUMENT = 0x0042, 0x0012;
    PRESENTATION_LUT_SHAPE = 0x2050, 0x0020;
    SHARED_FUNCTIONAL_GROUPS_SEQUENCE = 0x5200, 0x9229;
    PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE = 0x5200, 0x9230;
    EXTENDED_OFFSET_TABLE = 0x7FE0, 0x0001;
    EXTENDED_OFFSET_TABLE_LENGTHS = 0x7FE0, 0x0002;
    FLOAT_PIXEL_DATA = 0x7FE0, 0x0008;
    DOUBLE_FLOAT_PIXEL_DATA = 0x7FE0, 0x0009;
    PIXEL_DATA = 0x7FE0, 0x0010;
    DATA_SET_TRAILING_PADDING = 0xFFFC, 0xFFFC;
    ITEM = 0xFFFE, 0xE000;
    ITEM_DELIMITATION = 0xFFFE, 0xE00D;
    SEQUENCE_DELIMITATION = 0xFFFE, 0xE0DD;
}
