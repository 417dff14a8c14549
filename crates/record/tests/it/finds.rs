//! Queries: what is found, counted, ordered, and hidden.

use crate::fixture::*;
use dicom::attributes::{Attributes, Level};
use dicom::matching::Query;
use dicom::{Tag, Vr, tag};
use record::*;

fn query(level: Level, asked: &[(Tag, &str)]) -> Query {
    let mut query = Query::new(level);
    for (tag, text) in asked {
        query.ask(&[*tag], text).unwrap();
    }
    query
}

const ALL: FindPage = FindPage { after: 0, skip: 0, limit: 1000 };

impl Bench {
    async fn found(&self, level: Level, asked: &[(Tag, &str)]) -> Vec<Found> {
        self.catalogue.find(G, &query(level, asked), ALL).await.unwrap().found
    }

    async fn studies(&self, asked: &[(Tag, &str)]) -> Vec<String> {
        self.found(Level::Study, asked).await.iter().map(|found| found.study_instance_uid().to_owned()).collect()
    }
}

fn text(found: &Found, tag: Tag) -> String {
    found.attributes.get(tag).map(|attribute| attribute.texts().join("\\")).unwrap_or_default()
}

fn mr(mut image: Received, series: &str) -> Received {
    image.header.modality = Some("MR".into());
    image.header.series_instance_uid = series.into();
    image.header.sop_instance_uid = format!("{}.{series}", image.header.sop_instance_uid);
    image
}

async fn some() -> Bench {
    let bench = bench().await;
    let lefevre = |n| of(image("1.1", n), "P1", "Lefèvre^Zoé", 1950, "A1");
    let beta = of(image("1.2", 1), "P2", "Yamada^Tarou=山田^太郎", 1960, "A2");
    bench.receive(vec![lefevre(1), lefevre(2), mr(lefevre(3), "1.1.9"), beta]).await;
    bench
}

#[tokio::test]
async fn studies_are_found_by_each_of_their_keys_with_their_counts() {
    let bench = some().await;
    for asked in [
        (tag::PATIENT_NAME, "LEFEVRE*"),
        (tag::PATIENT_NAME, "lefevre^zoe"),
        (tag::PATIENT_ID, "P1"),
        (tag::PATIENT_ID, "?1"),
        (tag::ACCESSION_NUMBER, "A1"),
        (tag::STUDY_INSTANCE_UID, "1.1\\9.9"),
        (tag::MODALITIES_IN_STUDY, "MR"),
        (tag::NUMBER_OF_STUDY_RELATED_INSTANCES, "3"),
    ] {
        assert_eq!(bench.studies(&[asked]).await, ["1.1"], "{asked:?}");
    }
    assert_eq!(bench.studies(&[(tag::PATIENT_NAME, "山田*")]).await, ["1.2"]);
    assert_eq!(bench.studies(&[(tag::STUDY_DATE, "20261101-"), (tag::PATIENT_NAME, "")]).await, ["1.1", "1.2"]);
    assert!(bench.studies(&[(tag::STUDY_DATE, "-20261101")]).await.is_empty());
    let found = bench.found(Level::Study, &[(tag::PATIENT_ID, "P1"), (tag::SOP_CLASSES_IN_STUDY, "")]).await;
    assert_eq!(text(&found[0], tag::MODALITIES_IN_STUDY), "CT\\MR");
    assert_eq!(text(&found[0], tag::NUMBER_OF_STUDY_RELATED_SERIES), "2");
    assert_eq!(text(&found[0], tag::SOP_CLASSES_IN_STUDY), "1.2.840.10008.5.1.4.1.1.2");
    assert_eq!(found[0].exams.len(), 1);
}

#[tokio::test]
async fn each_level_answers_with_what_is_its_own_and_above_it() {
    let bench = some().await;
    let patients = bench.found(Level::Patient, &[(tag::PATIENT_ID, "P*")]).await;
    assert_eq!(patients.iter().map(|found| text(found, tag::PATIENT_ID)).collect::<Vec<_>>(), ["P1", "P2"]);
    assert_eq!(text(&patients[0], tag::NUMBER_OF_PATIENT_RELATED_INSTANCES), "3");
    assert!(patients[0].attributes.get(tag::STUDY_INSTANCE_UID).is_none());
    let series = bench.found(Level::Series, &[(tag::STUDY_INSTANCE_UID, "1.1"), (tag::MODALITY, "CT")]).await;
    assert_eq!((series.len(), text(&series[0], tag::NUMBER_OF_SERIES_RELATED_INSTANCES)), (1, "2".into()));
    assert_eq!(text(&series[0], tag::PATIENT_NAME), "Lefèvre^Zoé");
    let asked = [(tag::STUDY_INSTANCE_UID, "1.1"), (tag::SERIES_INSTANCE_UID, "1.1.1"), (tag::INSTANCE_NUMBER, "2")];
    let instances = bench.found(Level::Instance, &asked).await;
    assert_eq!(instances.iter().map(|found| text(found, tag::SOP_INSTANCE_UID)).collect::<Vec<_>>(), ["1.1.1.2"]);
    let stored = bench.catalogue.found_instances(G, &query(Level::Instance, &[(tag::PATIENT_ID, "P1")]), 0, 2).await;
    let stored = stored.unwrap();
    assert_eq!(stored.iter().map(|one| one.instance.header.instance_number).collect::<Vec<_>>(), [Some(1), Some(2)]);
}

/// Case 25.
#[tokio::test]
async fn filters_come_before_the_limit_and_pages_stay_where_they_are_while_others_arrive() {
    let bench = bench().await;
    let study = |n: u32| {
        let mut one = of(image(&format!("1.{n}"), 1), &format!("P{n}"), "X^Y", 1950, "");
        if n.is_multiple_of(100) {
            one.header.modality = Some("MR".into());
        }
        one
    };
    bench.receive((1..=300).map(study).collect()).await;
    let asked = query(Level::Study, &[(tag::MODALITIES_IN_STUDY, "MR"), (tag::STUDY_DATE, "20261124")]);
    let page = bench.catalogue.find(G, &asked, FindPage { after: 0, skip: 0, limit: 20 }).await.unwrap();
    assert_eq!((page.found.len(), page.next), (3, None));
    let (mut seen, mut after) = (Vec::new(), 0);
    for round in 0.. {
        let page = FindPage { after, skip: 0, limit: 70 };
        let page = bench.catalogue.find(G, &query(Level::Study, &[]), page).await.unwrap();
        seen.extend(page.found.iter().map(|found| found.study_instance_uid().to_owned()));
        if round == 1 {
            bench.receive(vec![study(301)]).await;
        }
        let Some(next) = page.next else { break };
        after = next;
    }
    let skipped = FindPage { after: 0, skip: 299, limit: 5 };
    let last = bench.catalogue.find(G, &query(Level::Study, &[]), skipped).await.unwrap();
    assert_eq!(last.found[0].study_instance_uid(), "1.300");
    let distinct: std::collections::BTreeSet<&String> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (301, 301));
}

/// Case 11.
#[tokio::test]
async fn what_carries_a_number_merged_away_is_found_under_the_survivor() {
    let bench = bench().await;
    bench.apply(adt(1, patient("P1", "DUPONT", "MARIE", 1950))).await;
    bench.apply(adt(2, patient("P2", "DUPONT", "MARIE", 1950))).await;
    bench.apply(a40(3, "P1", "P2")).await;
    bench.receive(vec![of(image("1.1", 1), "P2", "DUPONT^MARIE", 1950, "A1")]).await;
    assert_eq!(bench.studies(&[(tag::PATIENT_ID, "P1")]).await, ["1.1"]);
    assert!(bench.studies(&[(tag::PATIENT_ID, "P2")]).await.is_empty());
    let found = bench.found(Level::Patient, &[(tag::PATIENT_NAME, "dupont*")]).await;
    assert_eq!((found.len(), text(&found[0], tag::PATIENT_ID)), (1, "P1".into()));
    bench.apply(adt(4, patient("P1", "DUPONT", "MARIE LOUISE", 1950))).await;
    let told = bench.found(Level::Study, &[(tag::PATIENT_ID, "P1")]).await;
    assert_eq!(text(&told[0], tag::PATIENT_NAME), "DUPONT^MARIE LOUISE");
    assert_eq!(bench.studies(&[(tag::PATIENT_NAME, "dupont^marie l*")]).await, ["1.1"]);
}

#[tokio::test]
async fn of_images_that_disagree_the_same_one_is_believed_whatever_came_first() {
    let one = of(image("1.1", 1), "P1", "DUPONT^MARIE", 1950, "A1");
    let mut other = of(image("1.1", 2), "P1", "DUPONT^MARIE LOUISE", 1950, "A1");
    other.header.series_description = Some("Axial, longer".into());
    let mut answers = Vec::new();
    for batch in [vec![one.clone(), other.clone()], vec![other, one]] {
        let bench = bench().await;
        bench.receive(batch).await;
        let series = bench.found(Level::Series, &[]).await;
        answers.push(series.into_iter().map(|found| found.attributes).collect::<Vec<Attributes>>());
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0][0].text(tag::PATIENT_NAME), Some("DUPONT^MARIE LOUISE"));
}

#[tokio::test]
async fn attributes_that_the_scanner_kept_are_asked_and_answered() {
    let bench = bench().await;
    let mut one = image("1.1", 1);
    let mut kept = Attributes::default();
    kept.set(Tag(0x0018, 0x0050), Vr::DS, vec!["1.25".into()]);
    kept.set(tag::SOP_INSTANCE_UID, Vr::UI, vec![one.header.sop_instance_uid.clone()]);
    one.header.attributes.instance = kept.to_text();
    bench.receive(vec![one, image("1.1", 2)]).await;
    let found = bench.found(Level::Instance, &[(Tag(0x0018, 0x0050), "1.250")]).await;
    assert_eq!(found.iter().map(Found::sop_instance_uid).collect::<Vec<_>>(), ["1.1.1.1"]);
}

/// A record of the version before has no row to find: they are made when it is opened.
#[tokio::test]
async fn images_of_the_version_before_are_found_once_the_record_is_opened() {
    let old = some().await;
    let before = old.found(Level::Instance, &[]).await.len();
    let Bench { catalogue, folder } = old;
    catalogue.close().await;
    let path = folder.path().join("record.sqlite");
    let mut raw = raw(&path).await;
    for table in ["find_study", "find_series", "find_instance", "cursor"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("DELETE FROM {table}"))).execute(&mut raw).await.unwrap();
    }
    sqlx::Connection::close(raw).await.unwrap();
    let again = Bench { catalogue: reopen(&path).await, folder };
    assert_eq!(again.found(Level::Instance, &[]).await.len(), before);
    assert_eq!(again.studies(&[(tag::PATIENT_NAME, "LEFEVRE*")]).await, ["1.1"]);
}

async fn raw(path: &std::path::Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    sqlx::sqlite::SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn reopen(path: &std::path::Path) -> SqliteCatalogue {
    let clock = std::sync::Arc::new(testkit::FakeClock::at(NOON));
    SqliteCatalogue::open(path, settings(), clock, std::sync::Arc::new(testkit::SeededRandom::new(7))).await.unwrap()
}

#[tokio::test]
async fn an_exam_on_its_way_out_is_absent_from_every_query_until_it_is_taken_back() {
    let bench = bench().await;
    let image = of(image("1.1", 1), "P1", "Lefèvre^Zoé", 1950, "A1");
    let path = UidPath { study: Some(image.header.study_instance_uid.clone()), series: None, instance: None };
    bench.receive(vec![image]).await;
    let there = async || {
        let mut found = Vec::new();
        for level in [Level::Patient, Level::Study, Level::Series, Level::Instance] {
            found.push(bench.found(level, &[]).await.len());
        }
        found.push(bench.catalogue.located(G, &path).await.unwrap().len());
        found
    };
    assert_eq!(there().await, [1; 5]);
    let exam = bench.only().await;
    let sealed = crate::sealing::generation(&bench, exam.id).await;
    bench.catalogue.record_generation(sealed).await.unwrap();
    crate::choices::doom(&bench, &exam).await;
    assert!(bench.catalogue.exam(G, exam.id).await.unwrap().standing.doom.is_some());
    assert_eq!(there().await, [0; 5]);
    bench.catalogue.take_off(G, exam.id, "dpo", "une demande", NOON).await.unwrap();
    assert_eq!(there().await, [1; 5]);
}
