//! What the invented centre writes, in French.

use crate::exams::Kind;
use crate::people::{Patient, Prescriber, Sex};
use time::{Date, Month};

pub(crate) const CENTRE: &str = "Centre d’imagerie Fictif";
pub(crate) const CENTRE_ADDRESS: &str = "1, rue Imaginaire – 44999 Villefictive – Tél. 02 00 00 00 00";
pub(crate) const INVENTED: &str = "COMPTE RENDU FICTIF";
pub(crate) const INVENTED_LONG: &str =
    "Compte rendu fictif : personne, images et texte sont inventés pour une démonstration.";
pub(crate) const RADIOLOGIST: &str = "Dr Maëlle RADIOFICTIF, médecin radiologue";
pub(crate) const RADIOLOGIST_DICOM: &str = "RADIOFICTIF^Maëlle^^Dr";

/// A date in full: *25 novembre 2026*.
pub(crate) fn long_date(date: Date) -> String {
    let month = match date.month() {
        Month::January => "janvier",
        Month::February => "février",
        Month::March => "mars",
        Month::April => "avril",
        Month::May => "mai",
        Month::June => "juin",
        Month::July => "juillet",
        Month::August => "août",
        Month::September => "septembre",
        Month::October => "octobre",
        Month::November => "novembre",
        Month::December => "décembre",
    };
    let day = if date.day() == 1 { "1er".to_owned() } else { date.day().to_string() };
    format!("{day} {month} {}", date.year())
}

pub(crate) fn identity(patient: &Patient) -> String {
    let (title, born) = match patient.sex {
        Sex::Female => ("Mme", "née"),
        Sex::Male => ("M.", "né"),
    };
    let used = patient.used_name.as_ref().map(|name| format!(" (nom utilisé : {name})")).unwrap_or_default();
    format!("{title} {}{used}, {born} le {}", patient.display_name(), long_date(patient.born))
}

pub(crate) fn numbers(patient: &Patient, accession: &str) -> String {
    format!("Identifiant {} – Examen n° {accession}", patient.local_id)
}

pub(crate) fn doctor(prescriber: &Prescriber) -> String {
    let at = prescriber.structure_name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
    format!("Dr {} {}, {}{at}", prescriber.first_name, prescriber.family_name, prescriber.speciality)
}

/// What is asked, done, seen and concluded.
pub(crate) struct Wording {
    pub(crate) title: &'static str,
    pub(crate) act_code: &'static str,
    pub(crate) question: &'static str,
    pub(crate) technique: &'static str,
    pub(crate) findings: &'static str,
    pub(crate) conclusion: &'static str,
}

pub(crate) fn wording(kind: Kind) -> Wording {
    match kind {
        Kind::HeadCt => HEAD_CT,
        Kind::PriorHeadCt => PRIOR_HEAD_CT,
        Kind::ScreeningMammogram => MAMMOGRAM,
        Kind::ChestRadiograph => CHEST,
        Kind::PriorChestRadiograph => PRIOR_CHEST,
        Kind::CardiacUltrasound => ULTRASOUND,
    }
}

const HEAD_CT: Wording = Wording {
    title: "Scanner cérébral sans injection",
    act_code: "ACQK001",
    question: "Céphalées inhabituelles depuis trois semaines. Recherche d’une lésion intracrânienne.",
    technique: "Acquisition hélicoïdale sans injection de produit de contraste. Reconstructions axiales en \
        tissus mous et en os, reformation coronale. Produit dose-longueur : 742 mGy.cm.",
    findings: "Petite calcification frontale gauche, ronde, de 7 mm, sans effet de masse.\nPlage hypodense \
        pariétale droite de 20 mm, à limites nettes, sans œdème autour.\nVentricule latéral gauche un peu plus \
        large que le droit. Ligne médiane en place. Pas de saignement récent.\nSinus et rochers bien aérés. Pas \
        de fracture.",
    conclusion: "Images compatibles avec une séquelle pariétale droite ancienne. Calcification frontale gauche \
        d’allure bénigne, à comparer aux examens antérieurs.",
};

const PRIOR_HEAD_CT: Wording = Wording {
    title: "Scanner cérébral sans injection",
    act_code: "ACQK001",
    question: "Malaise avec chute. Recherche d’un saignement.",
    technique: "Acquisition hélicoïdale sans injection. Reconstructions axiales et coronales.",
    findings: "Pas de saignement. Plage hypodense pariétale droite ancienne. Calcification frontale gauche.",
    conclusion: "Pas de lésion récente.",
};

const MAMMOGRAM: Wording = Wording {
    title: "Mammographie de dépistage",
    act_code: "QEQK004",
    question: "Dépistage organisé du cancer du sein, premier passage de la campagne.",
    technique: "Deux incidences par sein, face et oblique externe. Première lecture.",
    findings: "Seins de densité intermédiaire (type b).\nÀ gauche, opacité ronde du quadrant supéro-externe, de \
        12 mm, à contours réguliers, et petit groupe de microcalcifications rondes.\nÀ droite, pas d’opacité \
        suspecte ni de foyer de microcalcifications. Revêtement cutané régulier.",
    conclusion: "Classification ACR 3 à gauche, ACR 1 à droite. Contrôle à six mois proposé, sous réserve de la \
        deuxième lecture.",
};

const CHEST: Wording = Wording {
    title: "Radiographie du thorax de face",
    act_code: "ZBQK002",
    question: "Toux et fièvre depuis cinq jours.",
    technique: "Un cliché de face, debout, en inspiration.",
    findings: "Opacité alvéolaire mal limitée du champ pulmonaire moyen droit.\nSilhouette cardiaque de taille \
        normale. Culs-de-sac pleuraux libres. Pas d’anomalie osseuse visible.",
    conclusion: "Foyer pulmonaire droit. Contrôle après traitement proposé.",
};

const PRIOR_CHEST: Wording = Wording {
    title: "Radiographie du thorax de face",
    act_code: "ZBQK002",
    question: "Bilan avant une intervention.",
    technique: "Un cliché de face, debout, en inspiration.",
    findings: "Champs pulmonaires clairs. Silhouette cardiaque normale. Culs-de-sac libres.",
    conclusion: "Radiographie normale.",
};

const ULTRASOUND: Wording = Wording {
    title: "Échocardiographie transthoracique",
    act_code: "DZQM006",
    question: "Souffle découvert lors d’une visite d’aptitude.",
    technique: "Étude en deux dimensions avec doppler couleur, voie apicale.",
    findings: "Ventricule gauche de taille et de contraction normales. Valve mitrale souple, sans fuite notable. \
        Oreillette gauche non dilatée. Cavités droites normales. Pas d’épanchement.",
    conclusion: "Examen sans anomalie. Souffle d’allure fonctionnelle.",
};
