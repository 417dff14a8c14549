use crate::rig::*;
use ::retention::{Person, certificate};
use record::*;
use time::macros::date;

#[tokio::test]
async fn an_archived_exam_goes_after_two_people_and_thirty_days_and_leaves_its_report_and_a_certificate() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2021 - 11 - 25))).await;
    rig.say(report("1.2", "7", 1960)).await;
    let other = rig.exam(&ct("1.3", "8", date!(2025 - 11 - 25))).await;
    assert_eq!(rig.objects().len(), 4);
    // Kept until 2026-11-25: eligible the next day, not on the day itself.
    assert_eq!(rig.on(date!(2026 - 11 - 25)).await.proposed, 0);
    assert_eq!(rig.on(date!(2026 - 11 - 26)).await.proposed, 1);
    let list = rig.open_list().await;
    let (_, items) = rig.retention.list(&bruno(), list.list).await.unwrap();
    assert_eq!((list.path, items.len(), items[0].exam), (ErasurePath::Archived, 1, exam));
    assert_eq!(items[0].reasons, ["archive-systematic-5-years"]);
    assert_eq!(items[0].kept_until, Some(date!(2026 - 11 - 25)));
    assert_eq!(items[0].objects.len(), 2);
    assert_eq!(rig.retention.approve(&bruno(), list.list).await.unwrap(), Approved::OneMore);
    assert_eq!(rig.detail(exam).await.state, "sealed", "one person puts nothing out of sight");
    assert_eq!(rig.retention.approve(&anne(), list.list).await.unwrap(), Approved::Now);
    assert_eq!(rig.detail(exam).await.state, "doomed");
    let seen = |lines: Vec<ExamLine>| lines.into_iter().map(|line| line.id).collect::<Vec<_>>();
    let query = || ExamQuery { limit: 50, ..ExamQuery::default() };
    assert_eq!(seen(rig.catalogue.exams(G, query()).await.unwrap().lines), [other], "out of sight");
    for ran in rig.days(29).await {
        assert_eq!((ran.destroyed, ran.stopped), (0, None));
    }
    assert_eq!(rig.objects().len(), 4, "nothing is erased during the grace");
    assert_eq!(rig.days(1).await[0].destroyed, 1);
    let detail = rig.detail(exam).await;
    assert_eq!((detail.state.as_str(), detail.instances), ("destroyed", 0));
    assert_eq!(detail.report.as_ref().map(|report| report.documents.len()), Some(1), "the report stays");
    assert_eq!(rig.objects().len(), 2, "the other exam's objects stay");
    let done = rig.retention.certificate_of(&anne(), exam).await.unwrap().unwrap();
    assert!(done.finished_at.is_some());
    let said = &done.certificate;
    assert_eq!(said.approvals.iter().map(|one| one.by.as_str()).collect::<Vec<_>>(), ["bruno", "anne"]);
    assert_eq!(said.objects.iter().map(|one| one.object.clone()).collect::<Vec<_>>(), items[0].objects);
    assert_eq!((said.instances.len(), said.placements.as_slice()), (2, ["folder".to_owned()].as_slice()));
    let text = String::from_utf8(certificate::readable(said).unwrap()).unwrap();
    assert!(!text.contains("FICTIF") && !text.contains("1.2.1.1"), "no name and no UID: {text}");
    let leaves = rig.retention.trace.events_of_exam(exam.0, 50).await.unwrap();
    assert!(leaves.iter().any(|leaf| leaf.kind == trace::Kind::Erase));
}

#[tokio::test]
async fn a_corrected_report_of_an_erased_exam_still_finds_it() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    rig.say(report("1.2", "7", 1960)).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.days(30).await;
    rig.say(report("1.2", "7", 1960)).await;
    let detail = rig.detail(exam).await;
    assert_eq!((detail.state.as_str(), detail.report_history.len()), ("destroyed", 2));
}

#[tokio::test]
async fn what_nobody_chose_to_archive_goes_under_a_rule_that_two_people_approved_once() {
    let rig = Rig::new().await;
    let exam = rig.exam(&radiograph("1.2", "7", date!(2026 - 05 - 25))).await;
    assert_eq!(rig.on(date!(2026 - 11 - 26)).await.proposed, 1);
    let first = rig.open_list().await;
    assert_eq!(first.path, ErasurePath::StoredOnly);
    rig.retention.refuse(&bruno(), first.list, "on attend la règle").await.unwrap();
    refused(rig.retention.approve(&anne(), first.list).await);
    assert_eq!(rig.retention.approve_rule(&bruno()).await.unwrap(), Approved::OneMore);
    refused(rig.retention.approve_rule(&bruno()).await);
    assert_eq!(rig.retention.approve_rule(&anne()).await.unwrap(), Approved::Now);
    let another = rig.exam(&radiograph("1.3", "8", date!(2026 - 06 - 01))).await;
    assert_eq!(rig.on(date!(2026 - 12 - 02)).await.proposed, 1);
    assert_eq!(rig.detail(another).await.state, "doomed", "no one is asked each day");
    assert_eq!(rig.detail(exam).await.state, "sealed", "a refused exam is not proposed again at once");
    let lists = rig.catalogue.lists(G, 10).await.unwrap();
    let daily = lists.iter().find(|list| list.state == ListState::Approved).unwrap();
    assert_eq!(daily.approvals.len(), 2, "the rule's approvals are the list's");
    rig.days(30).await;
    assert_eq!(rig.detail(another).await.state, "destroyed");
    // The rule is for one policy table only, and can be ended.
    rig.retention.end_rule(&carole()).await.unwrap();
    rig.exam(&radiograph("1.4", "9", date!(2026 - 07 - 01))).await;
    assert_eq!(rig.on(date!(2027 - 01 - 05)).await.proposed, 1);
    assert_eq!(rig.open_list().await.rule, None);
}

#[tokio::test]
async fn one_act_brings_an_exam_back_from_its_grace() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    assert_eq!(rig.detail(exam).await.state, "doomed");
    rig.days(20).await;
    refused(rig.retention.recover(&Person { login: "denise".into(), role: Role::Desk }, exam, "").await);
    rig.retention.recover(&carole(), exam, "redemandé par le médecin").await.unwrap();
    assert_eq!(rig.detail(exam).await.state, "sealed");
    let all = rig.days(15).await;
    assert!(all.iter().all(|ran| ran.destroyed == 0 && ran.proposed == 0), "{all:?}");
    assert_eq!(rig.objects().len(), 2);
    refused(rig.retention.recover(&carole(), exam, "encore").await);
}

#[tokio::test]
async fn two_people_are_two_people_and_one_is_the_officer() {
    let rig = Rig::new().await;
    rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    rig.on(date!(2026 - 11 - 26)).await;
    let list = rig.open_list().await.list;
    refused(rig.retention.approve(&Person { login: "denise".into(), role: Role::Desk }, list).await);
    rig.retention.approve(&bruno(), list).await.unwrap();
    refused(rig.retention.approve(&bruno(), list).await);
    refused(rig.retention.approve(&carole(), list).await);
    assert_eq!(rig.open_list().await.approvals.len(), 1, "what is refused leaves nothing");
    rig.retention.approve(&anne(), list).await.unwrap();
    refused(rig.retention.approve(&anne(), list).await);
}

#[tokio::test]
async fn unknown_facts_keep_an_exam() {
    let rig = Rig::new().await;
    // Whose it is, is not certain: no message tells of this patient.
    for series in 1..=2 {
        rig.receive(&ct("1.2", "nobody", date!(2001 - 01 - 01)), series, "CT1").await;
    }
    rig.seal("1.2").await;
    // Not sealed.
    rig.say(FactBody::Patient(person("8", 1960))).await;
    rig.receive(&ct("1.3", "8", date!(2001 - 01 - 01)), 1, "CT1").await;
    assert_eq!(rig.on(date!(2030 - 01 - 01)).await.proposed, 0);
    assert_eq!(rig.retention.rehearse_everything(date!(2030 - 01 - 01)).await.unwrap().found.count(), 0);
    rig.seal("1.3").await;
    assert_eq!(rig.on(date!(2030 - 01 - 03)).await.proposed, 1, "once it is sealed, it is judged again");
}
