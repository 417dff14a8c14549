use crate::fixture::*;
use crate::sealing::drain;
use record::*;
use uuid::Uuid;

async fn certain(bench: &Bench) -> ExamDetail {
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    bench.only().await
}

#[tokio::test]
async fn a_correction_replaces_the_report_and_a_preliminary_or_deleted_one_is_not_in_force() {
    let bench = bench().await;
    certain(&bench).await;
    let marie = || patient("7", "DUPONT", "MARIE", 1950);
    bench.apply(report(2, marie(), "A1", ReportStatus::Preliminary)).await;
    assert!(bench.only().await.report.is_none());
    bench.apply(report(3, marie(), "A1", ReportStatus::Final)).await;
    bench.apply(report(4, marie(), "A1", ReportStatus::Corrected)).await;
    let exam = bench.only().await;
    let report_now = exam.report.unwrap();
    assert_eq!((report_now.version, report_now.status, exam.report_history.len()), (3, ReportStatus::Corrected, 3));
    bench.apply(report(5, marie(), "A1", ReportStatus::Deleted)).await;
    let exam = bench.only().await;
    assert_eq!((exam.report.is_none(), exam.report_history.len()), (true, 4));
}

#[tokio::test]
async fn a_report_before_the_images_waits_for_them_and_is_there_once() {
    let bench = bench().await;
    let marie = || patient("7", "DUPONT", "MARIE", 1950);
    bench.apply(report(1, marie(), "A1", ReportStatus::Final)).await;
    assert!(bench.list().await.is_empty() && bench.catalogue.doubts(G, 10).await.unwrap().is_empty());
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.receive(vec![of(image("1.2", 2), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    let exam = bench.only().await;
    assert_eq!((exam.report_history.len(), exam.report.is_some(), exam.instances), (1, true, 2));
}

#[tokio::test]
async fn what_changes_an_exam_asks_for_a_publication_and_what_does_not_asks_for_nothing() {
    let bench = bench().await;
    let exam = certain(&bench).await;
    drain(&bench).await;
    bench.apply(adt(2, patient("7", "DUPONT", "MARIE", 1950))).await;
    bench.apply(adt(3, patient("99", "AUTRE", "ANNE", 1950))).await;
    assert_eq!(drain(&bench).await, Vec::<String>::new());
    bench.apply(adt(4, patient("7", "DUPONT-DURAND", "MARIE", 1950))).await;
    assert_eq!(drain(&bench).await, ["publish"]);
    bench.apply(report(5, patient("7", "DUPONT", "MARIE", 1950), "A1", ReportStatus::Final)).await;
    assert_eq!(drain(&bench).await, ["publish", "seal"]);
    let hold = Hold { by: "anne".into(), reason: "to be told in person".into(), at: NOON };
    bench.catalogue.hold(G, exam.id, hold.clone()).await.unwrap();
    assert_eq!((drain(&bench).await, bench.only().await.hold), (vec!["publish".to_owned()], Some(hold)));
    bench.catalogue.release(G, exam.id, "anne", NOON).await.unwrap();
    assert_eq!((drain(&bench).await, bench.only().await.hold), (vec!["publish".to_owned()], None));
}

#[tokio::test]
async fn a_publication_is_remembered_with_its_basis_until_it_is_withdrawn() {
    let bench = bench().await;
    let exam = certain(&bench).await.id;
    assert_eq!(bench.only().await.publication, None);
    let publication = Uuid::from_bytes([5; 16]);
    bench.catalogue.publication_recorded(G, exam, publication, [8; 32], NOON).await.unwrap();
    let row = PublicationRow { publication, basis: [8; 32], at: NOON, withdrawn_at: None };
    assert_eq!(bench.only().await.publication, Some(row.clone()));
    assert!(bench.list().await[0].published);
    assert_eq!(bench.catalogue.counts(G).await.unwrap().published, 1);
    bench.catalogue.publication_withdrawn(G, exam, NOON).await.unwrap();
    assert_eq!(bench.only().await.publication, Some(PublicationRow { withdrawn_at: Some(NOON), ..row }));
    assert!(!bench.list().await[0].published);
    let nowhere = bench.catalogue.publication_withdrawn(G, ExamId(Uuid::nil()), NOON).await;
    assert!(matches!(nowhere, Err(RecordError::NotFound { what: "exam" })));
}

#[tokio::test]
async fn a_revoked_sheet_stays_revoked_and_belongs_to_one_exam() {
    let bench = bench().await;
    let exam = certain(&bench).await.id;
    let sheet = |state| Sheet {
        id: SheetId(Uuid::from_bytes([6; 16])),
        exam,
        report: None,
        state,
        at: NOON,
        by: "anne".into(),
        how: "desk".into(),
        reason: None,
    };
    for state in [SheetState::Reserved, SheetState::Issued, SheetState::Revoked] {
        bench.catalogue.sheet(G, sheet(state)).await.unwrap();
    }
    let again = bench.catalogue.sheet(G, sheet(SheetState::Issued)).await;
    assert!(matches!(again, Err(RecordError::Refused { .. })));
    assert_eq!(bench.only().await.sheets, [sheet(SheetState::Revoked)]);
    let other = Sheet { exam: ExamId(Uuid::nil()), ..sheet(SheetState::Revoked) };
    assert!(matches!(bench.catalogue.sheet(G, other).await, Err(RecordError::Refused { .. })));
}

#[tokio::test]
async fn the_links_cursor_never_goes_back() {
    let bench = bench().await;
    assert_eq!(bench.catalogue.link_cursor(G).await.unwrap(), 0);
    bench.catalogue.set_link_cursor(G, 7).await.unwrap();
    bench.catalogue.set_link_cursor(G, 3).await.unwrap();
    assert_eq!(bench.catalogue.link_cursor(G).await.unwrap(), 7);
}

#[tokio::test]
async fn an_order_decides_class_title_and_prescriber_and_a_report_stands_in_for_it() {
    let bench = bench().await;
    let exam = certain(&bench).await;
    assert_eq!(exam.prescriber.unwrap().family_name, "MARTIN", "as the images say");
    let mut told = report(2, patient("7", "DUPONT", "MARIE", 1950), "A1", ReportStatus::Final);
    if let FactBody::Report(report) = &mut told.facts[0] {
        report.prescriber = Some(Professional { family_name: "PETIT".into(), ..Professional::default() });
    }
    bench.apply(told).await;
    assert_eq!(bench.only().await.prescriber.unwrap().family_name, "PETIT");
    let mut ordered = order(3, patient("7", "DUPONT", "MARIE", 1950), "A1");
    if let FactBody::Order(order) = &mut ordered.facts[0] {
        order.act_code = Some("QEQK004".into());
        // The RIS names the issuer of its accession numbers; the images do not.
        order.accession = Some(Accession { number: "A1".into(), issuer: Some("RIS".into()) });
    }
    bench.apply(ordered).await;
    let exam = bench.only().await;
    assert_eq!(exam.prescriber.unwrap().rpps.as_deref(), Some("10000023084"));
    assert_eq!((exam.class.as_str(), exam.class_reason.as_str()), ("mg-screening", "act"));
    assert_eq!(exam.title, "Scanner thoracique");
}
