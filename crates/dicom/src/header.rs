//! The typed summary of an instance: what a catalogue, a list and a viewer ask first.

use crate::attributes::Levels;
use crate::charset::CharacterSet;
use crate::error::Error;
use crate::scan::{DataSet, Scanned};
use crate::uid::{self, UidFault};
use crate::{Tag, tag};

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

impl PersonName {
    /// From a decoded value: groups parted by `=`, components by `^`; trailing empty components are taken off.
    pub fn parse(value: &str) -> Self {
        let mut groups = value.splitn(3, '=').map(|group| group.trim_end_matches(['^', ' ']).trim_start().to_owned());
        let mut next = || groups.next().unwrap_or_default();
        Self { alphabetic: next(), ideographic: next(), phonetic: next() }
    }

    /// Whether no group has a character.
    pub fn is_empty(&self) -> bool {
        self.alphabetic.is_empty() && self.ideographic.is_empty() && self.phonetic.is_empty()
    }
}

/// The summary. Text is decoded and trimmed; dates, times and numbers as strings are verbatim, because an invalid one
/// must neither refuse an instance nor be lost (PS3.4 §B.2.3).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InstanceHeader {
    /// Transfer Syntax UID (0002,0010), or the negotiated one, or a guess.
    pub transfer_syntax_uid: String,
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
    /// Every short attribute, by level, as queries find it.
    pub attributes: Levels,
}

impl InstanceHeader {
    /// The summary of a scan.
    ///
    /// # Errors
    /// [`Error::MissingUid`] or [`Error::InvalidUid`], for the SOP class and the instance, series and study UIDs only:
    /// no other fault refuses an instance.
    pub fn from_scan(scanned: &Scanned) -> Result<Self, Error> {
        let reader = Reader::of(scanned);
        let mut header = Self {
            transfer_syntax_uid: scanned.transfer_syntax().to_owned(),
            specific_character_set: reader.charset.terms().to_vec(),
            sop_class_uid: reader.uid(tag::SOP_CLASS_UID, "SOPClassUID")?,
            sop_instance_uid: reader.uid(tag::SOP_INSTANCE_UID, "SOPInstanceUID")?,
            study_instance_uid: reader.uid(tag::STUDY_INSTANCE_UID, "StudyInstanceUID")?,
            series_instance_uid: reader.uid(tag::SERIES_INSTANCE_UID, "SeriesInstanceUID")?,
            ..Self::default()
        };
        header.read_patient(&reader);
        header.read_study_and_series(&reader);
        header.read_equipment_and_anatomy(&reader);
        header.read_image(&reader, scanned);
        header.attributes = Levels::read(scanned);
        Ok(header)
    }

    fn read_patient(&mut self, reader: &Reader<'_>) {
        self.patient_id = reader.text(tag::PATIENT_ID);
        self.issuer_of_patient_id = reader.text(tag::ISSUER_OF_PATIENT_ID);
        self.issuer_of_patient_id_universal =
            reader.item(tag::ISSUER_OF_PATIENT_ID_QUALIFIERS_SEQUENCE).and_then(|it| it.text(tag::UNIVERSAL_ENTITY_ID));
        self.patient_name = reader.name(tag::PATIENT_NAME);
        self.patient_birth_date = reader.text(tag::PATIENT_BIRTH_DATE);
        self.patient_sex = reader.text(tag::PATIENT_SEX);
    }

    fn read_study_and_series(&mut self, reader: &Reader<'_>) {
        self.accession_number = reader.text(tag::ACCESSION_NUMBER);
        self.issuer_of_accession_number = reader
            .item(tag::ISSUER_OF_ACCESSION_NUMBER_SEQUENCE)
            .and_then(|it| it.text(tag::LOCAL_NAMESPACE_ENTITY_ID).or_else(|| it.text(tag::UNIVERSAL_ENTITY_ID)));
        self.study_id = reader.text(tag::STUDY_ID);
        self.study_date = reader.text(tag::STUDY_DATE);
        self.study_time = reader.text(tag::STUDY_TIME);
        self.series_date = reader.text(tag::SERIES_DATE);
        self.series_time = reader.text(tag::SERIES_TIME);
        self.timezone_offset = reader.text(tag::TIMEZONE_OFFSET_FROM_UTC);
        self.modality = reader.text(tag::MODALITY);
        self.study_description = reader.text(tag::STUDY_DESCRIPTION);
        self.series_description = reader.text(tag::SERIES_DESCRIPTION);
        self.protocol_name = reader.text(tag::PROTOCOL_NAME);
        self.series_number = reader.integer(tag::SERIES_NUMBER);
        self.instance_number = reader.integer(tag::INSTANCE_NUMBER);
        self.referring_physician_name = reader.name(tag::REFERRING_PHYSICIAN_NAME);
    }

    fn read_equipment_and_anatomy(&mut self, reader: &Reader<'_>) {
        self.institution_name = reader.text(tag::INSTITUTION_NAME);
        self.station_name = reader.text(tag::STATION_NAME);
        self.manufacturer = reader.text(tag::MANUFACTURER);
        self.body_part_examined = reader.text(tag::BODY_PART_EXAMINED);
        self.laterality = reader.text(tag::IMAGE_LATERALITY).or_else(|| reader.text(tag::LATERALITY));
        self.view_position = reader.text(tag::VIEW_POSITION);
        self.document_mime_type = reader.text(tag::MIME_TYPE_OF_ENCAPSULATED_DOCUMENT);
    }

    fn read_image(&mut self, reader: &Reader<'_>, scanned: &Scanned) {
        self.has_pixel_data = scanned.pixel_data().is_some();
        self.rows = reader.small(tag::ROWS);
        self.columns = reader.small(tag::COLUMNS);
        self.number_of_frames = match reader.small(tag::NUMBER_OF_FRAMES) {
            Some(frames) if frames > 0 => frames,
            _ => u32::from(self.has_pixel_data),
        };
        self.samples_per_pixel = reader.small(tag::SAMPLES_PER_PIXEL);
        self.bits_allocated = reader.small(tag::BITS_ALLOCATED);
        self.bits_stored = reader.small(tag::BITS_STORED);
        self.photometric_interpretation = reader.text(tag::PHOTOMETRIC_INTERPRETATION);
        self.image_type = reader.dataset.texts(tag::IMAGE_TYPE, &reader.charset);
        self.image_position = reader.vector(tag::IMAGE_POSITION_PATIENT);
        self.image_orientation = reader.vector(tag::IMAGE_ORIENTATION_PATIENT);
    }
}

/// A data set and its character set.
struct Reader<'a> {
    dataset: DataSet<'a>,
    charset: CharacterSet,
}

impl<'a> Reader<'a> {
    fn of(scanned: &'a Scanned) -> Self {
        let dataset = scanned.dataset();
        Self { dataset, charset: CharacterSet::of(dataset) }
    }

    fn uid(&self, tag: Tag, keyword: &'static str) -> Result<String, Error> {
        let value = self.dataset.bytes(tag).unwrap_or_default();
        match uid::parse(value) {
            Ok(uid) => Ok(uid.to_owned()),
            Err(UidFault::Empty) => Err(Error::MissingUid { keyword }),
            Err(fault) => Err(Error::InvalidUid { keyword, fault }),
        }
    }

    fn text(&self, tag: Tag) -> Option<String> {
        self.dataset.text(tag, &self.charset)
    }

    fn name(&self, tag: Tag) -> PersonName {
        self.text(tag).map(|text| PersonName::parse(&text)).unwrap_or_default()
    }

    /// The first item of a sequence.
    fn item(&self, tag: Tag) -> Option<Reader<'a>> {
        let dataset = self.dataset.items(tag).next()?;
        Some(Reader { dataset, charset: self.charset.of_item(dataset) })
    }

    fn integer(&self, tag: Tag) -> Option<i64> {
        let number = self.dataset.number(tag).filter(|number| number.fract() == 0.0 && number.abs() < 9e15)?;
        Some(number as i64)
    }

    fn small(&self, tag: Tag) -> Option<u32> {
        u32::try_from(self.dataset.unsigned(tag)?).ok()
    }

    fn vector<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        let numbers: Option<Vec<f64>> = self.dataset.numbers(tag).into_iter().collect();
        numbers?.try_into().ok()
    }
}
