//! The pages of a package: they open from a folder, load nothing from anywhere, and run no script.

use super::FRAMES_PER_SERIES;
use super::contents::{ExamPart, Told};
use super::words::Lang;
use crate::csv;
use record::PatientTraits;
use std::fmt::Write;
use time::format_description::well_known::Rfc3339;

/// Names and texts, in the order of the ZIP.
pub(super) fn all(told: &Told<'_>) -> Vec<(String, String)> {
    let mut pages = vec![
        ("index.html".into(), page(told, Lang::Fr, "Votre dossier", "", &index(told, Lang::Fr))),
        ("index-en.html".into(), page(told, Lang::En, "Your record", "", &index(told, Lang::En))),
        ("ACCES/acces.html".into(), page(told, Lang::Fr, "Qui a consulté", "../", &accesses(told, Lang::Fr))),
        ("ACCES/accesses-en.html".into(), page(told, Lang::En, "Who has looked", "../", &accesses(told, Lang::En))),
        ("ACCES/acces.csv".into(), access_table(told)),
    ];
    for (number, exam) in told.exams.iter().enumerate() {
        if exam.galleries.iter().any(|gallery| !gallery.names.is_empty()) {
            let name = format!("IMAGES/E{:04}/index.html", number + 1);
            pages.push((name, page(told, Lang::Fr, &exam.detail.title, "../../", &gallery(exam))));
        }
    }
    pages.push(("VERIFIER.txt".into(), VERIFY.replace('\n', "\r\n")));
    pages
}

const VERIFY: &str = "Vérifier ce dossier

SHA256SUMS donne l'empreinte de chaque fichier ; SHA256SUMS.sig est sa signature (Ed25519),
à vérifier avec CLE-PUBLIQUE.pem. Comparez cette clé avec celle que l'établissement vous a donnée autrement.

  sha256sum -c SHA256SUMS
  openssl pkeyutl -verify -pubin -inkey CLE-PUBLIQUE.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig

Checking this record

SHA256SUMS gives the digest of each file; SHA256SUMS.sig is its signature (Ed25519), to be checked
with CLE-PUBLIQUE.pem by the two commands above. Compare that key with the one you were given in another way.
";

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:1rem;color:#1b1b1b;\
background:#fff}h1,h2{line-height:1.2}a{color:#0b4a8f}li{margin:.4rem 0}.exam{border:1px solid #767676;\
border-radius:.5rem;padding:0 1rem 1rem;margin:1rem 0}table{border-collapse:collapse;width:100%}td,th{border-bottom:\
1px solid #ccc;padding:.4rem;text-align:left;vertical-align:top}figure{display:inline-block;margin:.5rem}\
img{max-width:100%;height:auto;background:#000}figure img{width:18rem}.links a{display:inline-block;padding:.6rem 0}\
@media print{a{color:inherit}}";

fn page(told: &Told<'_>, lang: Lang, title: &str, up: &str, body: &str) -> String {
    let (tag, title) = (lang.of("fr", "en"), escape(title));
    let home = format!("{up}{}", lang.of("index.html", "index-en.html"));
    let site = &told.archive.config.site;
    let help = format!("{} {} ({})", escape(&site.name), escape(&site.phone), escape(&site.hours));
    let back = if up.is_empty() {
        String::new()
    } else {
        format!("<p><a href=\"{home}\">{}</a></p>", lang.of("Retour au dossier", "Back to the record"))
    };
    format!(
        "<!doctype html>\n<html lang=\"{tag}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{back}<h1>{title}</h1>{body}</main><footer><p>{} {help}</p></footer>\
         </body></html>\n",
        lang.of("Une question :", "A question:")
    )
}

fn index(told: &Told<'_>, lang: Lang) -> String {
    let zone = told.archive.config.zone;
    let mut out = String::new();
    let other = match lang {
        Lang::Fr => "<p><a href=\"index-en.html\" lang=\"en\">English</a></p>",
        Lang::En => "<p><a href=\"index.html\" lang=\"fr\">Français</a></p>",
    };
    out.push_str(other);
    let _ = write!(
        out,
        "<p><strong>{}</strong></p><p>{} {}. {}</p>",
        escape(&name(&told.person.patient.traits)),
        lang.of("Copie demandée le", "Copy asked for on"),
        lang.instant(zone, told.request.asked_at),
        lang.of(
            "Ce dossier contient des données de santé : gardez-le en lieu sûr.",
            "This record holds health data: keep it in a safe place."
        )
    );
    let _ = write!(out, "<h2>{}</h2>", lang.of("Vos examens", "Your exams"));
    if told.exams.is_empty() {
        let _ = write!(out, "<p>{}</p>", lang.of("Aucun examen.", "No exam."));
    }
    for (number, exam) in told.exams.iter().enumerate() {
        exam_section(&mut out, told, lang, number + 1, exam);
    }
    let _ = write!(
        out,
        "<h2>{}</h2><p><a href=\"{}\">{}</a> · <a href=\"ACCES/acces.csv\">{}</a></p>",
        lang.of("Qui a consulté votre dossier", "Who has looked at your record"),
        lang.of("ACCES/acces.html", "ACCES/accesses-en.html"),
        lang.of("La liste", "The list"),
        lang.of("pour un tableur", "for a spreadsheet"),
    );
    let _ = write!(out, "<h2>{}</h2><ul>", lang.of("Vos demandes", "Your requests"));
    for request in &told.requests {
        let _ = write!(out, "<li>{} — {}</li>", lang.instant(zone, request.asked_at), escape(&lang.request(request)));
    }
    let _ = write!(out, "</ul><h2>{}</h2><p>{}</p>", lang.of("Ce dossier", "This record"), lang.of(
        "Les fichiers DICOM (dossier DICOM, fichier DICOMDIR) sont pour un médecin ou un hôpital, identiques à ce que les \
         appareils ont envoyé. Seul le compte rendu du médecin fait foi. Aucun code d'accès ne s'y trouve. \
         <a href=\"VERIFIER.txt\">Vérifier que rien n'a été modifié</a>.",
        "The DICOM files (folder DICOM, file DICOMDIR) are for a physician or a hospital, identical to what the devices \
         sent. Only the physician's report is authoritative. No access code is in it. \
         <a href=\"VERIFIER.txt\">Check that nothing was changed</a>.",
    ));
    out
}

fn exam_section(out: &mut String, told: &Told<'_>, lang: Lang, number: usize, exam: &ExamPart) {
    let (zone, detail) = (told.archive.config.zone, &exam.detail);
    let _ = write!(out, "<section class=\"exam\"><h3>{}", escape(&detail.title));
    if let Some(date) = detail.date {
        let _ = write!(out, " — {}", lang.date(date));
    }
    let _ = write!(out, "</h3><p>{}</p><ul class=\"links\">", escape(&crate::publish::site_name(told.archive, detail)));
    for report in &exam.reports {
        let _ = write!(
            out,
            "<li><a href=\"{}\">{} ({} {}, {})</a></li>",
            report.name,
            lang.of("Compte rendu", "Report"),
            lang.of("version", "version"),
            report.version,
            lang.instant(zone, report.validated_at)
        );
    }
    if exam.galleries.iter().any(|gallery| !gallery.names.is_empty()) {
        let _ = write!(
            out,
            "<li><a href=\"IMAGES/E{number:04}/index.html\">{}</a></li>",
            lang.of("Images à regarder", "Images to look at")
        );
    }
    if exam.files > 0 {
        let _ = write!(
            out,
            "<li><a href=\"DICOM/E{number:04}/\">{} ({})</a></li>",
            lang.of("Fichiers DICOM", "DICOM files"),
            exam.files
        );
    }
    out.push_str("</ul>");
    if let Some(destroyed) = &exam.destroyed {
        let _ = write!(
            out,
            "<p>{} {}.</p>",
            lang.of(
                "Les images ont été effacées au terme de leur conservation ; certificat",
                "The images were erased at the end of their time; certificate"
            ),
            destroyed.certificate.certificate
        );
    }
    if !exam.blanked.is_empty() {
        let _ = write!(out, "<p>{} {}</p>", lang.of(
            "Par précaution, les 128 premiers octets de ces fichiers ont été mis à zéro, les images sont inchangées :",
            "As a precaution, the first 128 bytes of these files were set to zero, the images are unchanged:"
        ), escape(&exam.blanked.join(", ")));
    }
    dates(out, told, lang, exam);
    out.push_str("</section>");
}

fn dates(out: &mut String, told: &Told<'_>, lang: Lang, exam: &ExamPart) {
    let zone = told.archive.config.zone;
    out.push_str("<ul>");
    if let Some(day) = exam.online_until {
        let _ = write!(out, "<li>{} {}</li>", lang.of("En ligne jusqu'au", "On line until"), lang.date(day));
    }
    if let Some(day) = exam.archived_until {
        let _ = write!(
            out,
            "<li>{} {}</li>",
            lang.of("Archivé au moins jusqu'au", "Archived at least until"),
            lang.date(day)
        );
    }
    for choice in &exam.choices {
        let _ = write!(out, "<li>{} — {}</li>", lang.instant(zone, choice.at), lang.answer(choice.answer));
    }
    for sheet in &exam.detail.sheets {
        let _ = write!(
            out,
            "<li>{} {} — {}</li>",
            lang.of("Feuille", "Sheet"),
            lang.sheet(sheet.state),
            lang.instant(zone, sheet.at)
        );
    }
    out.push_str("</ul>");
}

fn gallery(exam: &ExamPart) -> String {
    let mut out = String::from(
        "<p>Ces images sont faites pour être regardées ; seul le compte rendu du médecin fait foi. \
         <span lang=\"en\">These pictures are made to be looked at; only the report is authoritative.</span></p>",
    );
    for series in exam.galleries.iter().filter(|series| !series.names.is_empty()) {
        let _ = write!(out, "<h2>{}</h2>", escape(&series.description));
        if series.every > 1 {
            let _ = write!(
                out,
                "<p>Une image sur {} ({} en tout, au plus {FRAMES_PER_SERIES} par série) ; toutes sont dans les fichiers DICOM. \
                 <span lang=\"en\">One image in {} ({} in all); all of them are in the DICOM files.</span></p>",
                series.every, series.frames, series.every, series.frames
            );
        }
        for name in &series.names {
            // From IMAGES/E0001/index.html.
            let near: Vec<&str> = name.splitn(3, '/').skip(2).collect();
            let near = near.concat();
            let _ = write!(
                out,
                "<figure><a href=\"{near}\"><img src=\"{near}\" alt=\"Image {near}\" loading=\"lazy\"></a></figure>"
            );
        }
    }
    out
}

fn accesses(told: &Told<'_>, lang: Lang) -> String {
    let zone = told.archive.config.zone;
    let mut out = format!(
        "<p>{}</p><table><thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th></tr></thead><tbody>",
        lang.of(
            "Cette liste ne montre pas les consultations faites dans les établissements ayant reçu une copie.",
            "This list does not show what was looked at in establishments that received a copy."
        ),
        lang.of("Quand", "When"),
        lang.of("Qui", "Who"),
        lang.of("Quoi", "What"),
        lang.of("Examen", "Exam")
    );
    for event in &told.accesses {
        let _ = write!(
            out,
            "<tr><td>{}</td><td>{}</td><td>{} ({})</td><td>{}</td></tr>",
            lang.instant(zone, event.time),
            escape(&lang.who(event)),
            lang.act(event),
            lang.outcome(event),
            escape(title_of(told, event))
        );
    }
    out.push_str("</tbody></table>");
    out
}

fn access_table(told: &Told<'_>) -> String {
    let row = |event: &trace::Recorded| {
        vec![
            event.time.format(&Rfc3339).unwrap_or_default(),
            Lang::Fr.who(event),
            Lang::Fr.act(event).to_owned(),
            Lang::Fr.outcome(event).to_owned(),
            title_of(told, event).to_owned(),
        ]
    };
    csv::table(&["quand (UTC)", "qui", "quoi", "résultat", "examen"], told.accesses.iter().map(row))
}

fn title_of<'a>(told: &'a Told<'_>, event: &trace::Recorded) -> &'a str {
    let exam = told.exams.iter().find(|exam| Some(exam.detail.id.0) == event.exam);
    exam.map_or("", |exam| exam.detail.title.as_str())
}

fn name(traits: &PatientTraits) -> String {
    format!("{} {}", traits.birth_name, traits.first_names)
}

/// Text inside an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
