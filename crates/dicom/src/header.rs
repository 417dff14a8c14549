//! The typed summary of an instance: what a catalogue, a list and a viewer ask first.

use crate::error::Error;
use crate::scan::Scanned;

/// A person's name in its three groups (PS3.5 §6.2.1), each `Family^Given^Middle^Prefix^Suffix`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonName {
    /// Single-byte representation.
    pub alphabetic: String,
    /// Ideographic representation.
    pub ideographic: String,
    /// Phonetic representation.
    pub phonetic: String,
}

/// The summary. Text is decoded and trimmed; dates, times and numbers as strings are verbatim, because an invalid one
/// must neither refuse an instance nor be lost (PS3.4 §B.2.3).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InstanceHeader {
    /// Transfer Syntax UID (0002,0010), or the negotiated one.
    pub transfer_syntax_uid: Option<String>,
    /// Specific Character Set (0008,0005), its terms in order.
    pub specific_character_set: Vec<String>,
    /// SOP Class UID (0008,0016).
    pub sop_class_uid: String,
    /// SOP Instance UID (0008,0018).
    pub sop_instance_uid: String,
    /// Study Instance UID (0020,000D).
    pub study_instance_uid: String,
    /// Series Instance UID (0020,000E).
    pub series_instance_uid: String,
    /// Patient ID (0010,0020).
    pub patient_id: Option<String>,
    /// Issuer of Patient ID (0010,0021).
    pub issuer_of_patient_id: Option<String>,
    /// Universal Entity ID of the issuer (0010,0024) > (0040,0032): an OID, as a rule.
    pub issuer_of_patient_id_universal: Option<String>,
    /// Patient's Name (0010,0010).
    pub patient_name: PersonName,
    /// Patient's Birth Date (0010,0030), verbatim.
    pub patient_birth_date: Option<String>,
    /// Patient's Sex (0010,0040).
    pub patient_sex: Option<String>,
    /// Accession Number (0008,0050).
    pub accession_number: Option<String>,
    /// Issuer of Accession Number Sequence (0008,0051): local namespace (0040,0031), else universal id (0040,0032).
    pub issuer_of_accession_number: Option<String>,
    /// Study ID (0020,0010).
    pub study_id: Option<String>,
    /// Study Date (0008,0020), verbatim.
    pub study_date: Option<String>,
    /// Study Time (0008,0030), verbatim.
    pub study_time: Option<String>,
    /// Series Date (0008,0021), verbatim.
    pub series_date: Option<String>,
    /// Series Time (0008,0031), verbatim.
    pub series_time: Option<String>,
    /// Timezone Offset From UTC (0008,0201), verbatim.
    pub timezone_offset: Option<String>,
    /// Modality (0008,0060).
    pub modality: Option<String>,
    /// Study Description (0008,1030).
    pub study_description: Option<String>,
    /// Series Description (0008,103E).
    pub series_description: Option<String>,
    /// Protocol Name (0018,1030).
    pub protocol_name: Option<String>,
    /// Series Number (0020,0011).
    pub series_number: Option<i64>,
    /// Instance Number (0020,0013).
    pub instance_number: Option<i64>,
    /// Rows (0028,0010).
    pub rows: Option<u32>,
    /// Columns (0028,0011).
    pub columns: Option<u32>,
    /// Number of Frames (0028,0008); 1 when absent or unreadable and there is pixel data, else 0.
    pub number_of_frames: u32,
    /// Samples per Pixel (0028,0002).
    pub samples_per_pixel: Option<u32>,
    /// Bits Allocated (0028,0100).
    pub bits_allocated: Option<u32>,
    /// Bits Stored (0028,0101).
    pub bits_stored: Option<u32>,
    /// Photometric Interpretation (0028,0004).
    pub photometric_interpretation: Option<String>,
    /// Image Type (0008,0008), its values in order.
    pub image_type: Vec<String>,
    /// Institution Name (0008,0080).
    pub institution_name: Option<String>,
    /// Station Name (0008,1010).
    pub station_name: Option<String>,
    /// Manufacturer (0008,0070).
    pub manufacturer: Option<String>,
    /// Body Part Examined (0018,0015).
    pub body_part_examined: Option<String>,
    /// Image Laterality (0020,0062), else Laterality (0020,0060).
    pub laterality: Option<String>,
    /// View Position (0018,5101).
    pub view_position: Option<String>,
    /// Image Position (Patient) (0020,0032), in mm.
    pub image_position: Option<[f64; 3]>,
    /// Image Orientation (Patient) (0020,0037): row then column direction cosines.
    pub image_orientation: Option<[f64; 6]>,
    /// Referring Physician's Name (0008,0090).
    pub referring_physician_name: PersonName,
    /// MIME Type of Encapsulated Document (0042,0012).
    pub document_mime_type: Option<String>,
    /// Whether there is pixel data.
    pub has_pixel_data: bool,
}

impl InstanceHeader {
    /// The summary of a scan.
    ///
    /// # Errors
    /// [`Error::MissingUid`] or [`Error::InvalidUid`], for the SOP class and the instance, series and study UIDs only:
    /// no other fault refuses an instance.
    pub fn from_scan(scanned: &Scanned) -> Result<Self, Error> {
        let _ = scanned;
        Err(Error::MissingUid { keyword: "SOPInstanceUID" })
    }
}
