//! Clinical documents inside messages.

use crate::{PID, read};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hl7::cda::{CdaError, read as read_cda};
use hl7::event::{Document, Report};
use hl7::{Event, EventError};

const PDF: &[u8] = b"%PDF-1.4 fake %%EOF";

/// A document of level 1, written for this test after the structure of CDA R2.
fn cda() -> String {
    let pdf = STANDARD.encode(PDF);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:ps3-20="urn:dicom-org:ps3-20">
  <id root="1.2.250.1" extension="DOC2"/>
  <title>Compte rendu &amp; suites</title>
  <inFulfillmentOf><order><id root="1.2.3" extension="P1"/>
    <ps3-20:accessionNumber root="1.2.9" extension="A1"/></order></inFulfillmentOf>
  <documentationOf><serviceEvent><id root="1.2.250.9.8"/><code code="Z13.9" codeSystem="2.16.840.1.113883.6.3"/></serviceEvent></documentationOf>
  <relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.250.1" extension="DOC1"/></parentDocument></relatedDocument>
  <component><nonXMLBody><text mediaType="application/pdf" representation="B64">
{}
{}</text></nonXMLBody></component>
</ClinicalDocument>"#,
        &pdf[..8],
        &pdf[8..]
    )
}

fn report(xml: &str) -> Result<Report, EventError> {
    let obx = format!("OBX|1|ED|18748-4^CR^LN||^TEXT^XML^Base64^{}||||||F", STANDARD.encode(xml));
    match read("ORU^R01", &[PID, "OBR|1", &obx])? {
        Event::Report(mut event) => Ok(event.reports.remove(0)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cda_gives_its_pdf_and_the_keys_that_the_message_lacks() {
    let report = report(&cda()).unwrap();
    let expected = Document::Cda { xml: cda().into_bytes(), pdf: Some(PDF.to_vec()) };
    assert_eq!(report.document, Some(expected));
    assert_eq!(report.placer.map(|n| (n.value, n.universal)), Some(("P1".into(), Some("1.2.3".into()))));
    assert_eq!(report.accession.map(|n| (n.value, n.universal)), Some(("A1".into(), Some("1.2.9".into()))));
    assert_eq!(report.study_uid.as_deref(), Some("1.2.250.9.8"));
    assert_eq!(report.document_id.as_deref(), Some("1.2.250.1^DOC2"));
    assert_eq!(report.replaces.as_deref(), Some("1.2.250.1^DOC1"));
    assert_eq!(report.screening, Some(true));
}

#[test]
fn a_cda_may_come_as_escaped_text() {
    let written = hl7::message::escape(&cda(), hl7::message::Delimiters::default());
    let obx = format!("OBX|1|ED|18748-4^CR^LN||^TEXT^XML^ASCII^{written}||||||F");
    let Ok(Event::Report(event)) = read("ORU^R01", &[PID, "OBR|1", &obx]) else { panic!() };
    assert_eq!(event.reports[0].study_uid.as_deref(), Some("1.2.250.9.8"));
}

#[test]
fn other_xml_and_broken_xml_are_refused() {
    assert_eq!(read_cda(b"<html/>"), Err(CdaError::NotCda));
    assert_eq!(read_cda(b""), Err(CdaError::NotCda));
    assert_eq!(read_cda(b"<ClinicalDocument><a></b>"), Err(CdaError::NotCda));
    assert_eq!(report("<html/>"), Err(EventError::Unreadable("OBX-5")));
}

#[test]
fn a_document_nested_too_deep_is_refused() {
    let deep = format!("<ClinicalDocument>{}", "<a>".repeat(100_000));
    assert_eq!(read_cda(deep.as_bytes()), Err(CdaError::TooLarge));
    assert_eq!(report(&deep), Err(EventError::DocumentTooLarge));
}

#[test]
fn entities_are_not_expanded() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
<ClinicalDocument><id root="1.2.&b;"/><component><nonXMLBody><text mediaType="application/pdf">&f;&b;</text></nonXMLBody></component></ClinicalDocument>"#;
    let header = read_cda(bomb.as_bytes()).unwrap();
    assert_eq!(header.pdf, None);
    assert_eq!(header.id.as_deref(), Some("1.2.&b;"));
}

#[test]
fn a_cda_in_latin_1_is_read() {
    let mut xml =
        b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><ClinicalDocument><id root=\"1.2\"/><title>".to_vec();
    xml.extend_from_slice(b"\xe9tude</title></ClinicalDocument>");
    assert_eq!(read_cda(&xml).unwrap().id.as_deref(), Some("1.2"));
}
