//! Messages about patients: ADT.

use super::fields::{cx, some, timestamp};
use super::{Event, EventError, Merge, MergeEvent, Origin, PatientEvent};
use crate::message::{Field, Message, Segment};
use crate::types::{Number, PartialDate, Patient, Sex, Telecom, Traits};

pub(super) fn read(message: &Message, trigger: &str, origin: Origin) -> Result<Event, EventError> {
    let regroups = matches!(trigger, "A18" | "A24" | "A30" | "A35" | "A36" | "A37" | "A39" | "A41" | "A42" | "A43")
        || matches!(trigger, "A44" | "A45" | "A46" | "A48" | "A49" | "A50" | "A51");
    if regroups {
        return Err(EventError::UnsupportedEvent);
    }
    let about_patient =
        matches!(trigger, "A01" | "A02" | "A03" | "A04" | "A05" | "A06" | "A07" | "A08" | "A28" | "A31");
    if !about_patient {
        return Ok(Event::Ignored { origin });
    }
    let patient = only_patient(message)?;
    let arrival = || timestamp(message.first("EVN").field(6)).or(timestamp(message.first("PV1").field(44)));
    let visit = matches!(trigger, "A01" | "A04").then(|| arrival().or(origin.time)).flatten();
    Ok(Event::Patient(PatientEvent { origin, patient, visit }))
}

pub(super) fn merge(message: &Message, origin: Origin) -> Result<MergeEvent, EventError> {
    let mut merges = Vec::new();
    let mut survivor = None;
    for segment in message.segments() {
        match segment.name() {
            "PID" => survivor = Some(patient(segment)?),
            "MRG" => merges.push(one_merge(survivor.take().ok_or(EventError::Missing("PID"))?, segment)?),
            _ => {}
        }
    }
    if merges.is_empty() {
        return Err(EventError::Missing("MRG-1"));
    }
    Ok(MergeEvent { origin, merges })
}

fn one_merge(survivor: Patient, segment: Segment<'_>) -> Result<Merge, EventError> {
    let merged: Vec<Number> = segment.field(1).repetitions().filter_map(cx).collect();
    if merged.is_empty() {
        return Err(EventError::Missing("MRG-1"));
    }
    let same = |a: &Number, b: &Number| a.value == b.value && same_issuer(a, b);
    // A national identity stands on both sides of a local merge; only local numbers are merged.
    let merged: Vec<Number> = merged.into_iter().filter(|old| old.ins_oid().is_none()).collect();
    if merged.is_empty() {
        return Err(EventError::Unreadable("MRG-1"));
    }
    let all_same = merged.iter().all(|old| survivor.ids.iter().any(|new| same(old, new)));
    if all_same {
        return Err(EventError::MergedWithItself);
    }
    let merged = merged.into_iter().filter(|old| !survivor.ids.iter().any(|new| same(old, new))).collect();
    Ok(Merge { survivor, merged })
}

fn same_issuer(a: &Number, b: &Number) -> bool {
    match (&a.universal, &b.universal) {
        (Some(a), Some(b)) => a == b,
        _ => a.namespace == b.namespace || a.namespace.is_none() || b.namespace.is_none(),
    }
}

/// The patient of a message that speaks of one.
pub(super) fn only_patient(message: &Message) -> Result<Patient, EventError> {
    if message.all("PID").nth(1).is_some() {
        return Err(EventError::SeveralPatients);
    }
    patient(message.first("PID"))
}

/// The patient of a PID segment; without any number there is nobody to speak of.
fn patient(pid: Segment<'_>) -> Result<Patient, EventError> {
    let mut ids: Vec<Number> = pid.field(3).repetitions().filter_map(cx).collect();
    if ids.is_empty() {
        ids.extend(cx(pid.field(2))); // PID-2: kept in v2.5 for older senders
    }
    if ids.is_empty() {
        return Err(EventError::Missing("PID-3"));
    }
    let birth_text = pid.field(7).text();
    let birth = PartialDate::parse(&birth_text);
    let dead = match pid.field(30).text().as_str() {
        "Y" => Some(true),
        "N" => Some(false),
        _ => None,
    };
    let reliability = pid.field(32).repetitions().map(|r| r.text()).filter(|code| !code.is_empty()).collect();
    let death = PartialDate::parse(&pid.field(29).text());
    // `""` deletes what was said before; nothing says nothing.
    let death_deleted = pid.field(29).raw() == "\"\"";
    let traits = Traits {
        birth,
        sex: sex(&pid.field(8).text()),
        birth_place: birth_place(pid.field(11)),
        ..names(pid.field(5))
    };
    let (dead, account) = (dead.or(death.map(|_| true)), cx(pid.field(18)));
    Ok(Patient {
        ids,
        traits,
        dead,
        death,
        death_deleted,
        reliability,
        account,
        telecoms: telecoms([pid.field(13), pid.field(14)]),
    })
}

/// E-mail addresses (XTN-4, or the old XTN-1) and telephone numbers (XTN-12, or the old XTN-1).
fn telecoms(fields: [Field<'_>; 2]) -> Vec<Telecom> {
    let mut found: Vec<Telecom> = Vec::new();
    for xtn in fields.iter().flat_map(|field| field.repetitions()) {
        let (first, email, number) = (xtn.component(1).text(), xtn.component(4).text(), xtn.component(12).text());
        let address = [email, first.clone()].into_iter().find(|text| text.contains('@'));
        let telecom = match address {
            Some(address) => Some(Telecom::Email(address.trim().to_owned())),
            None => phone(if number.is_empty() { &first } else { &number }).map(Telecom::Phone),
        };
        if let Some(telecom) = telecom.filter(|telecom| !found.contains(telecom)) {
            found.push(telecom);
        }
    }
    found
}

/// The digits of a number, with its `+`; what has fewer than six is none.
fn phone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plus = if text.trim_start().starts_with('+') { "+" } else { "" };
    (digits.len() >= 6).then(|| format!("{plus}{digits}"))
}

/// Names by type (table 0200): `L` is the birth name, `D` the used name; without a type, the first one
/// is the birth name.
fn names(field: Field<'_>) -> Traits {
    let mut traits = Traits::default();
    for name in field.repetitions() {
        let family = some(name.component(1).subcomponent(1));
        let is_used = matches!(name.component(7).text().as_str(), "D" | "A" | "S" | "N");
        if is_used {
            traits.used_name = traits.used_name.or(family);
        } else if traits.birth_name.is_none() {
            traits.birth_name = family;
            traits.first_names = name.component(3).some();
        }
        if traits.first_name.is_none() || !is_used {
            traits.first_name = name.component(2).some().or(traits.first_name);
        }
    }
    traits
}

fn sex(code: &str) -> Option<Sex> {
    match code {
        "F" => Some(Sex::F),
        "M" => Some(Sex::M),
        "O" | "A" => Some(Sex::O),
        _ => None,
    }
}

fn birth_place(field: Field<'_>) -> Option<String> {
    let place = field.repetitions().find(|address| address.component(7).text() == "BDL")?;
    place.component(9).some()
}
