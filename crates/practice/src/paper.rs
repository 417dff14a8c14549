//! The paper duplicate of a care sheet whose transmission failed.

use archive::report::{Heading, PageError, of_text};
use record::InvoiceState;
use std::fmt::Write as _;

/// The pages (PDF). They say themselves that nothing of it is an approved form.
///
/// # Errors
/// [`PageError`] when they cannot be drawn.
pub fn duplicate(state: &InvoiceState) -> Result<Vec<u8>, PageError> {
    let heading = Heading {
        title: Some("Duplicata papier d'une feuille de soins".into()),
        patient: Some(state.invoice.patient_name.clone()),
        ..Heading::default()
    };
    of_text(&words(state), &heading).map(Option::unwrap_or_default)
}

fn words(state: &InvoiceState) -> String {
    let invoice = &state.invoice;
    let mut text = String::new();
    let euros = |cents: i64| format!("{},{:02} €", cents / 100, cents.abs() % 100);
    // Writing into a string cannot fail.
    let _ = writeln!(text, "Simulé : ce document n'est pas une feuille de soins agréée.\n");
    let _ = writeln!(text, "Facture : {}", invoice.number);
    let _ = writeln!(text, "Soins du : {}", invoice.care_date);
    if let Some(rights) = &invoice.coverage {
        let _ = writeln!(text, "Assuré : {}", rights.insured_nir);
        let _ = writeln!(text, "Organisme : {} {} {}", rights.regime, rights.fund, rights.centre);
    }
    if let Some(rpps) = invoice.prescriber.as_ref().and_then(|doctor| doctor.rpps.as_ref()) {
        let _ = writeln!(text, "Prescripteur : RPPS {rpps}");
    }
    let _ = writeln!(text);
    for line in &invoice.lines {
        let association = line.association.map(|code| format!(" association {code}")).unwrap_or_default();
        let _ = writeln!(
            text,
            "{} {} {}{association} : {} (part obligatoire {})",
            line.code,
            line.modifiers,
            line.grouping,
            euros(line.amount),
            euros(line.fund)
        );
    }
    let _ = writeln!(text, "\nTotal : {}", euros(invoice.total));
    let _ = writeln!(text, "Part obligatoire : {}", euros(invoice.fund));
    let _ = writeln!(text, "Part complémentaire : {}", euros(invoice.complementary));
    let _ = writeln!(text, "Payé ou dû à l'accueil : {}", euros(invoice.at_the_desk));
    text
}
