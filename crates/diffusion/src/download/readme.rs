//! The text file that goes with a download: what is in it, and what was changed.

/// The name of the text file.
pub(super) const NAME: &str = "LISEZMOI.txt";

/// What the reader must be told of.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Number of DICOM files.
    pub(super) files: usize,
    /// Names of the files whose first 128 bytes were blanked.
    pub(super) blanked: Vec<String>,
    /// Whether the report is there.
    pub(super) report: bool,
}

/// The text for a download of DICOM files, French then English, with the line ends every editor knows.
pub(super) fn of_dicom(told: &Told) -> String {
    let mut lines = vec![
        "Fichiers DICOM de votre examen".to_owned(),
        String::new(),
        format!("Ce dossier contient {} fichier(s) d'images au format DICOM, pour un médecin", told.files),
        "ou un établissement. Ils s'ouvrent avec un logiciel d'imagerie médicale.".into(),
    ];
    if told.report {
        lines.push("Le compte rendu est dans compte-rendu.pdf.".into());
    }
    if !told.blanked.is_empty() {
        lines.push(String::new());
        lines.push("Par prudence, les 128 premiers octets de ces fichiers ont été mis à zéro : ils".into());
        lines.push("ressemblaient à autre chose qu'une image. Les images n'en sont pas changées.".into());
        lines.extend(told.blanked.iter().map(|name| format!("  {name}")));
    }
    lines.extend([
        String::new(),
        "DICOM files of your exam".into(),
        String::new(),
        format!("{} image file(s) in the DICOM format, for a physician or a hospital.", told.files),
        "They open with medical imaging software.".into(),
    ]);
    if told.report {
        lines.push("The report is in compte-rendu.pdf.".into());
    }
    if !told.blanked.is_empty() {
        lines.push("As a precaution, the first 128 bytes of the files listed above were set to zero:".into());
        lines.push("they looked like something other than an image. The images are unchanged.".into());
    }
    lines.join("\r\n") + "\r\n"
}

/// The text for a download of pictures.
pub(super) fn of_images(left_out: usize) -> String {
    let mut lines = vec![
        "Images de votre examen".to_owned(),
        String::new(),
        "Ces images sont faites pour être regardées. Elles ne remplacent pas les fichiers".into(),
        "DICOM dont un médecin peut avoir besoin. Seul le compte rendu du médecin fait foi.".into(),
    ];
    if left_out > 0 {
        lines.push(format!("{left_out} image(s) n'ont pas pu être converties ; elles sont dans les fichiers DICOM."));
    }
    lines.extend([
        String::new(),
        "Images of your exam".into(),
        String::new(),
        "These pictures are made to be looked at. They do not replace the DICOM files that a".into(),
        "physician may need. Only the physician's report is authoritative.".into(),
    ]);
    if left_out > 0 {
        lines.push(format!("{left_out} image(s) could not be converted; they are in the DICOM files."));
    }
    lines.join("\r\n") + "\r\n"
}
