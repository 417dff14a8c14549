//! Masking flags (OBX of the system `MetaDMPMSS`).

use super::EventError;
use crate::message::Message;
use std::collections::BTreeMap;

/// Whom a report must be hidden from, on every surface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Masks {
    /// `MASQUE_PS`: hidden from professionals (its author and the prescriber excepted).
    pub professionals: bool,
    /// `INVISIBLE_PATIENT`: hidden from the patient, until told in a consultation.
    pub patient: bool,
    /// `INVISIBLE_REP_LEGAUX`: hidden from parents and guardians.
    pub legal_representatives: bool,
}

/// The flags of a message; every other value than a clear yes or no is refused.
pub(super) fn read(message: &Message) -> Result<Masks, EventError> {
    let mut flags: BTreeMap<String, bool> = BTreeMap::new();
    for segment in message.all("OBX") {
        let name = segment.field(3).component(1).text().to_ascii_uppercase();
        // the spelling of the first version of the specification
        let name = name.replace("INVISIBLE_REPRESENTANTS_LEGAUX", "INVISIBLE_REP_LEGAUX");
        let is_flag = matches!(
            name.as_str(),
            "MASQUE_PS" | "INVISIBLE_PATIENT" | "INVISIBLE_REP_LEGAUX" | "CONNEXION_SECRETE" | "DESTMSSANTEPAT"
        );
        if !is_flag {
            continue;
        }
        let value = match segment.field(5).component(1).text().to_ascii_uppercase().as_str() {
            "Y" | "O" | "OUI" | "YES" | "1" => true,
            "N" | "NON" | "NO" | "0" | "" => false,
            _ => return Err(EventError::Unreadable("OBX-5")),
        };
        if flags.insert(name, value).is_some_and(|before| before != value) {
            return Err(EventError::InconsistentMasks);
        }
    }
    let is = |name: &str| flags.get(name).copied().unwrap_or(false);
    // Hidden from the patient and sent to the patient; or hidden from everybody, which is not a report.
    if is("INVISIBLE_PATIENT") && (is("DESTMSSANTEPAT") || is("MASQUE_PS")) {
        return Err(EventError::InconsistentMasks);
    }
    Ok(Masks {
        professionals: is("MASQUE_PS"),
        patient: is("INVISIBLE_PATIENT"),
        legal_representatives: is("INVISIBLE_REP_LEGAUX"),
    })
}
