//! Invented people: their names say so, their numbers are well-formed and belong to nobody.

use time::{Date, Month};

/// The authority of the local patient numbers of the demonstration.
pub const PATIENT_ISSUER: &str = "NEGATOSCOPE-DEMO";
/// Its OID.
pub const PATIENT_ISSUER_OID: &str = "2.25.58306178114528630517703418214763907641";
/// The root of *test* national identities (INS-NIR TEST).
pub const INS_TEST_OID: &str = "1.2.250.1.213.1.4.10";
/// The authority of the accession numbers of the demonstration.
pub const ACCESSION_ISSUER: &str = "NEGATOSCOPE-RIS";
/// Its OID.
pub const ACCESSION_ISSUER_OID: &str = "2.25.118206341079926541837221690345127733098";
/// The national authority of professionals (RPPS).
pub const PROFESSIONAL_OID: &str = "1.2.250.1.71.4.2.1";
/// The national authority of structures (FINESS).
pub const STRUCTURE_OID: &str = "1.2.250.1.71.4.2.2";

/// Administrative sex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    /// F.
    Female,
    /// M.
    Male,
}

impl Sex {
    /// As DICOM and HL7 write it.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Female => "F",
            Self::Male => "M",
        }
    }
}

/// A patient's traits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// The local number, issued by [`PATIENT_ISSUER`].
    pub local_id: String,
    /// The national identity, under [`INS_TEST_OID`], without its key of two digits.
    pub ins: String,
    /// The key of the national identity.
    pub ins_key: String,
    /// The birth name.
    pub birth_name: String,
    /// The first birth first name.
    pub first_name: String,
    /// All birth first names, separated by spaces.
    pub first_names: String,
    /// The name used, when it is another.
    pub used_name: Option<String>,
    /// Sex.
    pub sex: Sex,
    /// Birth date.
    pub born: Date,
    /// The INSEE code of the birth place.
    pub birth_place: String,
}

impl Patient {
    /// As DICOM writes it: family, first name.
    pub fn dicom_name(&self) -> String {
        format!("{}^{}", self.birth_name, self.first_name)
    }

    /// As a page writes it: first name, family.
    pub fn display_name(&self) -> String {
        format!("{} {}", self.first_name, self.birth_name)
    }
}

/// A professional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prescriber {
    /// The RPPS number, 11 digits, its Luhn key right.
    pub rpps: String,
    /// Family name.
    pub family_name: String,
    /// First name.
    pub first_name: String,
    /// What they do, in French.
    pub speciality: String,
    /// The FINESS number of the structure they order for, when it is one.
    pub structure_finess: Option<String>,
    /// Its name.
    pub structure_name: Option<String>,
}

/// An order: what an ORM or OMI message is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Placer order number (ORC-2).
    pub placer_number: String,
    /// CCAM code of the act (OBR-4).
    pub act_code: String,
    /// Its label.
    pub act_label: String,
    /// Why the exam is asked for (OBR-13).
    pub clinical_question: String,
    /// Who ordered (ORC-12).
    pub prescriber: Prescriber,
    /// Whether the exam is part of organised screening.
    pub organised_screening: bool,
}

fn date(year: i32, month: Month, day: u8) -> Date {
    Date::from_calendar_date(year, month, day).unwrap_or(Date::MIN)
}

/// The patients of the demonstration.
pub fn patients() -> [Patient; 4] {
    let patient = |rank: u32, birth_name: &str, first_names: &str, sex: Sex, born: Date, place: &str| {
        let (ins, ins_key) = test_ins(sex, born, place, rank);
        Patient {
            local_id: format!("FIC{:06}", 4200 + rank * 37),
            ins,
            ins_key,
            birth_name: birth_name.to_owned(),
            first_name: first_names.split(' ').next().unwrap_or_default().to_owned(),
            first_names: first_names.to_owned(),
            used_name: None,
            sex,
            born,
            birth_place: place.to_owned(),
        }
    };
    let mut patients = [
        patient(1, "FICTIF", "Camille Jeanne", Sex::Female, date(1958, Month::March, 14), "44990"),
        patient(2, "DURANDFICTIF", "Éloïse Marie", Sex::Female, date(1967, Month::September, 2), "35990"),
        patient(3, "LEFEVREFICTIF", "Marcel André", Sex::Male, date(1949, Month::December, 28), "29990"),
        patient(4, "IMAGINAIRE", "Noé Gaël", Sex::Male, date(1989, Month::June, 5), "56990"),
    ];
    if let Some(second) = patients.get_mut(1) {
        second.used_name = Some("MARTINFICTIF".to_owned());
    }
    patients
}

/// The prescribers of the demonstration: a general practitioner, a gynaecologist, a hospital physician.
pub fn prescribers() -> [Prescriber; 3] {
    let prescriber = |root: &str, family: &str, first: &str, speciality: &str| Prescriber {
        rpps: with_luhn(root),
        family_name: family.to_owned(),
        first_name: first.to_owned(),
        speciality: speciality.to_owned(),
        structure_finess: None,
        structure_name: None,
    };
    let mut all = [
        prescriber("9970099901", "PRESCRIFICTIF", "Anne", "médecin généraliste"),
        prescriber("9970099902", "GYNEFICTIF", "Solène", "gynécologue"),
        prescriber("9970099903", "HOSPIFICTIF", "Yann", "neurologue"),
    ];
    if let Some(hospital) = all.get_mut(2) {
        hospital.structure_finess = Some(with_luhn("44999000"));
        hospital.structure_name = Some("CHU FICTIF".to_owned());
    }
    all
}

/// The RPPS number of the radiologist who signs.
pub fn radiologist_rpps() -> String {
    with_luhn("9970099911")
}

/// Puts the Luhn key behind digits.
fn with_luhn(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit.saturating_sub(b'0'));
            let weighted = if place % 2 == 0 { digit * 2 } else { digit };
            weighted / 10 + weighted % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// A national number that follows its traits, with a commune that does not exist, and its key: 97 − N mod 97.
fn test_ins(sex: Sex, born: Date, place: &str, rank: u32) -> (String, String) {
    let first = if sex == Sex::Male { 1 } else { 2 };
    let year = born.year().rem_euclid(100);
    let number = format!("{first}{year:02}{:02}{place}{:03}", u8::from(born.month()), 990 + rank);
    let key = 97 - number.parse::<u64>().unwrap_or_default() % 97;
    (number, format!("{key:02}"))
}
