use crate::fixture::*;
use record::*;
use time::Duration;
use time::macros::date;

async fn search(bench: &Bench, text: &str) -> Vec<String> {
    let query = ExamQuery { text: text.into(), limit: 50, ..ExamQuery::default() };
    let page = bench.catalogue.exams(G, query).await.unwrap();
    page.lines.into_iter().map(|line| line.accession).collect()
}

#[tokio::test]
async fn a_search_forgives_accents_case_hyphens_and_beginnings() {
    let bench = bench().await;
    bench.apply(adt(1, patient("7", "LE GOFF-ÉTIENNE", "Gwénaëlle", 1950))).await;
    bench.receive(vec![of(image("1.2", 1), "7", "LE GOFF-ETIENNE^GWENAELLE", 1950, "A1")]).await;
    bench.receive(vec![of(image("1.3", 1), "8", "MARTIN^PAULE", 1980, "B2")]).await;
    for text in ["gwenaelle", "Étienne", "le goff", "LEGOFF", "goff-etienne gwen", "a1", "7"] {
        assert_eq!(search(&bench, text).await, ["A1"], "{text}");
    }
    assert_eq!(search(&bench, "martin").await, ["B2"], "by the images' name while the identity waits");
    assert_eq!(search(&bench, "goff martin").await, Vec::<String>::new());
    let number = bench.of_study("1.3").await.number;
    assert_eq!(search(&bench, &number).await, ["B2"]);
    assert_eq!(bench.catalogue.exam_by_number(G, &number).await.unwrap(), Some(bench.of_study("1.3").await.id));
    // A name corrected is found by the new one only.
    bench.apply(adt(2, patient("7", "LE GOFF-KERMADEC", "Gwénaëlle", 1950))).await;
    assert_eq!(search(&bench, "etienne").await, Vec::<String>::new());
    assert_eq!(search(&bench, "kermadec").await, ["A1"]);
}

#[tokio::test]
async fn pages_are_disjoint_and_complete_while_new_exams_arrive() {
    let bench = bench().await;
    let mut images = Vec::new();
    for n in 0..57_u32 {
        let mut one = of(image(&format!("1.9.{n}"), 1), &n.to_string(), "DUPONT^MARIE", 1950, "");
        one.header.study_date =
            if n % 10 == 0 { None } else { Some(date!(2026 - 01 - 01) + Duration::days(i64::from(n / 3))) };
        one.header.series_date = None;
        images.push(one);
    }
    bench.receive(images).await;
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let query = ExamQuery { limit: 10, after: after.take(), ..ExamQuery::default() };
        let page = bench.catalogue.exams(G, query).await.unwrap();
        seen.extend(page.lines.iter().map(|line| (line.date, line.id)));
        let Some(next) = page.next else { break };
        after = Some(next);
        let late = of(image(&format!("1.8.{}", seen.len()), 1), "1", "DUPONT^MARIE", 1950, "");
        bench.receive(vec![late]).await;
    }
    let mut unique: Vec<_> = seen.iter().map(|(_, id)| *id).collect();
    unique.sort();
    unique.dedup();
    assert_eq!((seen.len(), unique.len()), (57, 57));
    assert!(seen.is_sorted_by(|a, b| (a.0.is_some(), a.0) >= (b.0.is_some(), b.0)));
}

#[tokio::test]
async fn filters_apply_before_the_limit_and_a_range_never_matches_an_exam_without_date() {
    let bench = bench().await;
    let dates = [Some(date!(2023 - 12 - 31)), Some(date!(2024 - 01 - 10)), Some(date!(2024 - 02 - 15)), None];
    for (n, study_date) in dates.into_iter().enumerate() {
        let mut one = of(image(&format!("1.{n}"), 1), "7", "DUPONT^MARIE", 1950, "");
        (one.header.study_date, one.header.series_date) = (study_date, None);
        bench.receive(vec![one]).await;
    }
    let found = async |query: ExamQuery| bench.catalogue.exams(G, query).await.unwrap().lines.len();
    let all = ExamQuery { limit: 50, ..ExamQuery::default() };
    assert_eq!(found(ExamQuery { to: Some(date!(2023 - 12 - 31)), ..all.clone() }).await, 1);
    assert_eq!(found(ExamQuery { from: Some(date!(2024 - 01 - 01)), ..all.clone() }).await, 2);
    let january =
        ExamQuery { from: Some(date!(2024 - 01 - 01)), to: Some(date!(2024 - 01 - 31)), limit: 1, ..all.clone() };
    assert_eq!(found(january).await, 1);
    assert_eq!(found(ExamQuery { state: Some("sealed".into()), ..all.clone() }).await, 0);
    assert_eq!(found(ExamQuery { site: Some("centre".into()), waiting: true, ..all }).await, 4);
}

#[tokio::test]
async fn staff_is_found_by_login_whatever_its_case_and_a_disabled_account_says_so() {
    let bench = bench().await;
    let anne = Staff {
        login: "Anne".into(),
        name: "Anne D.".into(),
        role: Role::Desk,
        site: "centre".into(),
        phc: "$argon2id$x".into(),
        disabled_at: None,
    };
    bench.catalogue.staff_add(G, anne.clone()).await.unwrap();
    let found = bench.catalogue.staff_by_login(G, "aNNE").await.unwrap().unwrap();
    assert_eq!(found, Staff { login: "anne".into(), ..anne });
    bench.catalogue.staff_disable(G, "anne", NOON).await.unwrap();
    assert_eq!(bench.catalogue.staff(G).await.unwrap()[0].disabled_at, Some(NOON));
    assert_eq!(bench.catalogue.staff_by_login(GroupId(2), "anne").await.unwrap(), None);
    assert!(bench.catalogue.staff_disable(G, "nobody", NOON).await.is_err());
}

#[tokio::test]
async fn a_decision_that_does_not_fit_its_doubt_is_refused() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    let doubt = bench.catalogue.doubts(G, 10).await.unwrap().remove(0);
    let wrong = bench.catalogue.settle(G, doubt.id, Decision::AcceptAside, "anne", NOON).await;
    assert!(matches!(wrong, Err(RecordError::Refused { .. })));
    bench.catalogue.settle(G, doubt.id, Decision::AsImages, "anne", NOON).await.unwrap();
    let twice = bench.catalogue.settle(G, doubt.id, Decision::AsImages, "anne", NOON).await;
    assert!(matches!(twice, Err(RecordError::NotFound { what: "doubt" })));
    let site = Site { key: "centre".into(), name: "Centre".into(), phone: "01".into(), hours: "8–18".into() };
    bench.catalogue.site_set(G, site.clone()).await.unwrap();
    assert_eq!(bench.catalogue.sites(G).await.unwrap(), [site]);
}
