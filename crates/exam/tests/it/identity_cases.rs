//! Who an exam belongs to: public reports turned into cases, by their number, then the guards.

use exam::dates::BirthDate;
use exam::identity::{
    Accession, Basis, ClaimedId, Decision, Doubt, ExamIdentityFacts, Identifier, ImageClaim, MergeFact, MergeRefusal,
    Merges, MessageKey, OrderFact, PatientFact, PatientSource, ReportFact, Resolution, Sex, Traits, check_merge,
    resolve,
};
use time::{Duration, OffsetDateTime};

pub const HERE: &str = "HERE";

pub fn traits(name: &str, birth: &str, sex: Sex) -> Traits {
    let (birth_name, birth) = (Some(name.to_owned()), BirthDate::parse(birth));
    Traits { birth_name, birth, sex: Some(sex), ..Traits::default() }
}

pub fn dupont() -> Traits {
    traits("DUPONT", "19500312", Sex::F)
}

pub fn martin() -> Traits {
    traits("MARTIN", "19800101", Sex::M)
}

pub fn message(minute: i64, control_id: &str) -> MessageKey {
    let time = OffsetDateTime::UNIX_EPOCH + Duration::minutes(minute);
    MessageKey { time, control_id: control_id.to_owned() }
}

pub fn id(value: &str) -> Identifier {
    Identifier::new(HERE, value)
}

pub fn adt(minute: i64, value: &str, traits: Traits) -> PatientFact {
    let (message, ids) = (message(minute, "adt"), vec![ClaimedId::new(Some(HERE), value)]);
    PatientFact { message, source: PatientSource::Adt, ids, traits }
}

pub fn image(study: &str, issuer: Option<&str>, value: &str, traits: Traits) -> ImageClaim {
    let patient_ids = vec![ClaimedId::new(issuer, value)];
    ImageClaim { study_uid: study.to_owned(), accession: None, patient_ids, traits }
}

pub fn with_accession(claim: ImageClaim, accession: &str) -> ImageClaim {
    ImageClaim { accession: Some(Accession::new(None, accession)), ..claim }
}

pub fn merge(minute: i64, merged: &str, survivor: &str) -> MergeFact {
    MergeFact { message: message(minute, "a40"), survivor: id(survivor), merged: id(merged) }
}

pub fn order(accession: &str, value: &str, traits: Traits) -> OrderFact {
    OrderFact {
        message: message(5, "orm"),
        placer: Some(Accession::new(Some("RIS"), "P1")),
        accession: Some(Accession::new(None, accession)),
        study_uid: None,
        patient_ids: vec![ClaimedId::new(Some(HERE), value)],
        traits,
    }
}

pub fn report(accession: &str, value: &str, traits: Traits) -> ReportFact {
    ReportFact {
        message: message(9, "oru"),
        placer: None,
        accession: Some(Accession::new(None, accession)),
        study_uid: None,
        patient_ids: vec![ClaimedId::new(Some(HERE), value)],
        traits,
    }
}

pub fn study(uid: &str, images: Vec<ImageClaim>, patients: Vec<PatientFact>) -> ExamIdentityFacts {
    ExamIdentityFacts { study_uids: [uid.to_owned()].into(), images, patients, ..ExamIdentityFacts::default() }
}

pub fn certain(value: &str, basis: Basis) -> Resolution {
    Resolution::Certain { patient: id(value), basis }
}

pub fn waiting<const N: usize>(reasons: [Doubt; N]) -> Resolution {
    Resolution::Waiting { reasons: reasons.into() }
}

#[test]
fn a_known_number_with_agreeing_traits_is_certain() {
    let facts = study("1.2", vec![image("1.2", None, "42", dupont())], vec![adt(1, "42", dupont())]);
    assert_eq!(resolve(&facts, HERE), certain("42", Basis::PatientNumber));
}

#[test]
fn case_8_half_a_study_without_issuer_is_one_patients() {
    let images = vec![image("1.2", Some("HOSPA"), "42", dupont()), image("1.2", None, "42", dupont())];
    let known = PatientFact { ids: vec![ClaimedId::new(Some("HOSPA"), "42")], ..adt(1, "", dupont()) };
    let facts = study("1.2", images, vec![known]);
    let patient = Identifier::new("HOSPA", "42");
    assert_eq!(resolve(&facts, HERE), Resolution::Certain { patient, basis: Basis::PatientNumber });
}

#[test]
fn case_8_the_same_number_of_two_issuers_is_never_one_patient() {
    let images = vec![image("1.2", None, "42", dupont())];
    let other = PatientFact { ids: vec![ClaimedId::new(Some("HOSPA"), "42")], ..adt(1, "", dupont()) };
    assert_eq!(resolve(&study("1.2", images, vec![other]), HERE), waiting([Doubt::UnknownPatient]));
}

#[test]
fn case_10_a_patient_merged_with_itself_is_refused_and_stays() {
    let itself = merge(3, "123", "123");
    assert_eq!(check_merge([], &itself), Err(MergeRefusal::Itself));
    let mut facts = study("1.2", vec![image("1.2", None, "123", dupont())], vec![adt(1, "123", dupont())]);
    facts.merges = vec![itself];
    assert_eq!(resolve(&facts, HERE), certain("123", Basis::PatientNumber));
}

#[test]
fn case_10_a_circle_of_merges_does_not_loop_and_the_first_by_time_stands() {
    let (first, second) = (merge(3, "1", "2"), merge(4, "2", "1"));
    assert_eq!(check_merge([&first], &second), Err(MergeRefusal::Circle));
    for merges in [vec![first.clone(), second.clone()], vec![second, first]] {
        let all = Merges::of(&merges);
        assert_eq!(all.survivor(&id("1")), &id("2"));
        assert_eq!(all.refused().map(|(_, why)| why).collect::<Vec<_>>(), [MergeRefusal::Circle]);
        let patients = vec![adt(1, "1", dupont()), adt(1, "2", dupont())];
        let mut facts = study("1.2", vec![image("1.2", None, "1", dupont())], patients);
        facts.merges = merges;
        assert_eq!(resolve(&facts, HERE), certain("2", Basis::PatientNumber));
    }
}

#[test]
fn a_merge_that_says_again_what_is_known_closes_no_circle() {
    let merges = [merge(1, "2", "1"), merge(2, "3", "2"), merge(3, "2", "3")];
    for value in ["1", "2", "3"] {
        assert_eq!(Merges::of(&merges).survivor(&id(value)), &id("1"));
    }
}

#[test]
fn case_11_images_with_the_merged_away_number_are_the_survivors() {
    let patients = vec![adt(1, "P1", dupont()), adt(1, "P2", dupont())];
    let mut facts = study("1.2", vec![image("1.2", None, "P2", dupont())], patients);
    facts.merges = vec![merge(3, "P2", "P1")];
    assert_eq!(resolve(&facts, HERE), certain("P1", Basis::PatientNumber));
    facts.merges.push(merge(4, "P1", "P0"));
    facts.patients.push(adt(4, "P0", dupont()));
    assert_eq!(resolve(&facts, HERE), certain("P0", Basis::PatientNumber));
}

#[test]
fn case_11_a_message_with_both_numbers_makes_no_new_patient() {
    let both = PatientFact {
        ids: vec![ClaimedId::new(Some(HERE), "P2"), ClaimedId::new(Some(HERE), "P1")],
        ..adt(5, "", dupont())
    };
    let mut facts = study("1.2", vec![image("1.2", None, "P2", dupont())], vec![adt(1, "P1", dupont()), both]);
    facts.merges = vec![merge(3, "P2", "P1")];
    assert_eq!(resolve(&facts, HERE), certain("P1", Basis::PatientNumber));
}

#[test]
fn case_13_any_number_of_first_contacts_make_one_patient() {
    let contacts = vec![adt(1, "42", dupont()), adt(1, "42", dupont()), adt(2, "42", dupont())];
    let images = vec![image("1.2", None, "42", dupont()); 4];
    assert_eq!(resolve(&study("1.2", images, contacts), HERE), certain("42", Basis::PatientNumber));
}

/// Two studies of two patients with one accession number, and a report for the second one.
fn shared_accession(own: &str) -> ExamIdentityFacts {
    let images = vec![
        with_accession(image("1.1", None, "1", dupont()), "A1"),
        with_accession(image("1.2", None, "2", martin()), "A1"),
    ];
    let mut facts = study(own, images, vec![adt(1, "1", dupont()), adt(1, "2", martin())]);
    facts.reports = vec![report("A1", "2", martin())];
    facts
}

#[test]
fn case_14_a_report_goes_to_its_own_patients_study_only() {
    assert_eq!(resolve(&shared_accession("1.2"), HERE), certain("2", Basis::PatientNumber));
    assert_eq!(resolve(&shared_accession("1.1"), HERE), waiting([Doubt::AccessionSharedByTwoPatients]));
}

#[test]
fn case_14_an_order_for_another_patient_is_a_doubt() {
    let images = vec![with_accession(image("1.1", None, "1", dupont()), "A1")];
    let mut facts = study("1.1", images, vec![adt(1, "1", dupont()), adt(1, "2", martin())]);
    facts.orders = vec![order("A1", "2", martin())];
    assert_eq!(resolve(&facts, HERE), waiting([Doubt::OrderSaysAnotherPatient]));
}

#[test]
fn case_44_images_without_a_number_wait_and_are_not_one_patient() {
    for blank in ["", "\0", "   ", "\"\""] {
        let known = vec![adt(1, "42", dupont())];
        let facts = study("1.2", vec![image("1.2", None, blank, dupont())], known);
        assert_eq!(resolve(&facts, HERE), waiting([Doubt::NoIdentifier]), "{blank:?}");
    }
}

#[test]
fn images_without_a_number_take_the_orders_patient_if_whole_birth_date_and_name_agree() {
    let with = |said: Traits| {
        let images = vec![with_accession(image("1.2", None, "", said), "A1")];
        let mut facts = study("1.2", images, vec![adt(1, "42", dupont())]);
        facts.orders = vec![order("A1", "42", dupont())];
        resolve(&facts, HERE)
    };
    assert_eq!(with(dupont()), certain("42", Basis::OrderAndTraits));
    assert_eq!(with(traits("DUPONT", "1950", Sex::F)), waiting([Doubt::NoIdentifier]));
    assert_eq!(with(Traits::default()), waiting([Doubt::NoIdentifier]));
    let other_sex = traits("DUPONT", "19500312", Sex::M);
    assert_eq!(with(other_sex), waiting([Doubt::SexDiffers]));
}

#[test]
fn case_74_two_people_behind_one_number_do_not_share_a_record() {
    let known = vec![adt(1, "1", dupont())];
    let hers = study("1.1", vec![image("1.1", None, "1", dupont())], known.clone());
    let his = study("1.2", vec![image("1.2", None, "1", martin())], known);
    assert_eq!(resolve(&hers, HERE), certain("1", Basis::PatientNumber));
    let all = [Doubt::BirthDateDiffers, Doubt::SexDiffers, Doubt::NameDiffers];
    assert_eq!(resolve(&his, HERE), waiting(all));
}

#[test]
fn case_74_two_orders_that_contradict_each_other_on_one_number_are_a_doubt_for_both() {
    let told = |minute, traits| PatientFact { source: PatientSource::OrderOrReport, ..adt(minute, "1", traits) };
    let facts = study("1.2", vec![image("1.2", None, "1", martin())], vec![told(1, dupont()), told(2, martin())]);
    let all = [Doubt::BirthDateDiffers, Doubt::SexDiffers, Doubt::NameDiffers];
    assert_eq!(resolve(&facts, HERE), waiting(all));
}

#[test]
fn a_patient_nobody_told_of_is_unknown_until_an_order_or_an_adt_comes() {
    let mut facts = study("1.2", vec![with_accession(image("1.2", None, "42", dupont()), "A1")], vec![]);
    assert_eq!(resolve(&facts, HERE), waiting([Doubt::UnknownPatient]));
    facts.orders = vec![order("A1", "42", dupont())];
    assert_eq!(resolve(&facts, HERE), certain("42", Basis::PatientNumber));
}

#[test]
fn a_corrected_birth_date_ends_the_doubt() {
    let wrong = traits("DUPONT", "19500313", Sex::F);
    let mut facts = study("1.2", vec![image("1.2", None, "42", dupont())], vec![adt(1, "42", wrong)]);
    assert_eq!(resolve(&facts, HERE), waiting([Doubt::BirthDateDiffers]));
    facts.patients.push(adt(2, "42", dupont()));
    assert_eq!(resolve(&facts, HERE), certain("42", Basis::PatientNumber));
}

#[test]
fn what_an_adt_says_prevails_over_a_later_order() {
    let wrong = traits("DUPONT", "19500313", Sex::F);
    let in_passing = PatientFact { source: PatientSource::OrderOrReport, ..adt(9, "42", wrong) };
    let facts = study("1.2", vec![image("1.2", None, "42", dupont())], vec![adt(1, "42", dupont()), in_passing]);
    assert_eq!(resolve(&facts, HERE), certain("42", Basis::PatientNumber));
}

#[test]
fn names_are_compared_without_case_accents_hyphens_and_by_birth_or_used_name() {
    let against = |known: Traits, said: &str| {
        let said = Traits { birth_name: Some(said.to_owned()), ..Traits::default() };
        let facts = study("1.2", vec![image("1.2", None, "42", said)], vec![adt(1, "42", known)]);
        resolve(&facts, HERE) == certain("42", Basis::PatientNumber)
    };
    let married = Traits { used_name: Some("Le Goff".into()), ..traits("Lefèvre-Œillet", "1950", Sex::F) };
    for same in ["LEFEVRE", "lefevre oeillet", "OEILLET", "LEGOFF", "Le Goff", "GOFF"] {
        assert!(against(married.clone(), same), "{same}");
    }
    for other in ["MARTIN", "LE GALL", "LEFEBVRE"] {
        assert!(!against(married.clone(), other), "{other}");
    }
    assert!(against(Traits::default(), "MARTIN"), "an unknown name contradicts nothing");
}

#[test]
fn images_of_one_study_that_name_two_patients_wait() {
    let images = vec![image("1.2", None, "1", dupont()), image("1.2", None, "2", dupont())];
    let facts = study("1.2", images, vec![adt(1, "1", dupont()), adt(1, "2", dupont())]);
    assert_eq!(resolve(&facts, HERE), waiting([Doubt::ImagesNameSeveralPatients]));
}

const INS: &str = "1.2.250.1.213.1.4.8";

fn numbered(minute: i64, ids: &[(&str, &str)]) -> PatientFact {
    let ids = ids.iter().map(|(issuer, value)| ClaimedId::new(Some(issuer), value)).collect();
    PatientFact { ids, ..adt(minute, "", dupont()) }
}

#[test]
fn the_order_of_numbers_in_a_message_makes_no_second_patient() {
    let told = vec![numbered(1, &[(HERE, "1"), (INS, "N")]), numbered(2, &[(INS, "N"), (HERE, "1")])];
    for (issuer, value) in [(HERE, "1"), (INS, "N")] {
        let facts = study("1.2", vec![image("1.2", Some(issuer), value, dupont())], told.clone());
        assert_eq!(resolve(&facts, HERE), certain("1", Basis::PatientNumber), "{issuer}");
    }
    let local = vec![numbered(1, &[(HERE, "1"), ("THERE", "7")]), numbered(2, &[("THERE", "7"), (HERE, "1")])];
    let facts = study("1.2", vec![image("1.2", Some("THERE"), "7", dupont())], local);
    assert_eq!(resolve(&facts, HERE), certain("1", Basis::PatientNumber));
}

#[test]
fn an_order_that_knows_only_the_national_identity_speaks_of_the_patient_who_carries_it() {
    let images = vec![with_accession(image("1.2", None, "1", dupont()), "A1")];
    let mut facts = study("1.2", images, vec![numbered(1, &[(HERE, "1"), (INS, "N")])]);
    facts.orders = vec![OrderFact { patient_ids: vec![ClaimedId::new(Some(INS), "N")], ..order("A1", "", dupont()) }];
    assert_eq!(resolve(&facts, HERE), certain("1", Basis::PatientNumber));
    facts.images = vec![with_accession(image("1.2", None, "", dupont()), "A1")];
    assert_eq!(resolve(&facts, HERE), certain("1", Basis::OrderAndTraits));
    facts.orders[0].traits = martin();
    facts.images = vec![with_accession(image("1.2", None, "1", dupont()), "A1")];
    let all = [Doubt::BirthDateDiffers, Doubt::SexDiffers, Doubt::NameDiffers];
    assert_eq!(resolve(&facts, HERE), waiting(all), "a wrong national identity is seen by the traits");
}

#[test]
fn a_number_that_two_patients_carry_is_a_doubt() {
    let also = |own: &str| PatientFact {
        ids: vec![ClaimedId::new(Some(HERE), own), ClaimedId::new(Some("INS"), "N")],
        ..adt(1, "", dupont())
    };
    let facts = study("1.2", vec![image("1.2", Some("INS"), "N", dupont())], vec![also("1"), also("2")]);
    assert_eq!(resolve(&facts, HERE), waiting([Doubt::IdentifierShared]));
}

#[test]
fn a_number_merged_into_two_patients_is_a_doubt() {
    let patients = ["1", "2", "3"].map(|value| adt(1, value, dupont())).to_vec();
    let mut facts = study("1.2", vec![image("1.2", None, "1", dupont())], patients);
    facts.merges = vec![merge(3, "1", "2"), merge(4, "1", "3")];
    assert_eq!(resolve(&facts, HERE), waiting([Doubt::MergedIntoTwoPatients]));
    // a repeat of the same merge, later, is no contradiction
    facts.merges = vec![merge(3, "1", "2"), merge(4, "1", "2")];
    assert_eq!(resolve(&facts, HERE), certain("2", Basis::PatientNumber));
}

#[test]
fn a_humans_decision_wins_over_doubt_and_follows_merges() {
    let mut facts = study("1.2", vec![image("1.2", None, "", martin())], vec![adt(1, "42", dupont())]);
    let decided = |minutes, value: &str| Decision {
        at: OffsetDateTime::UNIX_EPOCH + Duration::minutes(minutes),
        patient: id(value),
    };
    facts.decisions = vec![decided(20, "42"), decided(10, "7")];
    assert_eq!(resolve(&facts, HERE), certain("42", Basis::Decision));
    facts.merges = vec![merge(30, "42", "43")];
    assert_eq!(resolve(&facts, HERE), certain("43", Basis::Decision));
}

#[test]
fn doubts_have_stable_keys_that_serde_writes_too() {
    let all = [
        (Doubt::NoIdentifier, "no-identifier"),
        (Doubt::UnknownPatient, "unknown-patient"),
        (Doubt::IdentifierShared, "identifier-shared"),
        (Doubt::ImagesNameSeveralPatients, "images-name-several-patients"),
        (Doubt::BirthDateDiffers, "birth-date-differs"),
        (Doubt::SexDiffers, "sex-differs"),
        (Doubt::NameDiffers, "name-differs"),
        (Doubt::OrderSaysAnotherPatient, "order-says-another-patient"),
        (Doubt::ReportSaysAnotherPatient, "report-says-another-patient"),
        (Doubt::AccessionSharedByTwoPatients, "accession-shared-by-two-patients"),
        (Doubt::MergedIntoTwoPatients, "merged-into-two-patients"),
    ];
    for (doubt, key) in all {
        assert_eq!(doubt.key(), key);
        assert_eq!(serde_json::to_string(&doubt).unwrap(), format!("\"{key}\""));
    }
}
