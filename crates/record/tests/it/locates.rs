//! Instances by their UIDs.

use crate::fixture::*;
use record::*;

fn path(study: &str, series: Option<&str>, instance: Option<&str>) -> UidPath {
    let owned = |uid: Option<&str>| uid.map(str::to_owned);
    UidPath {
        study: owned(Some(study).filter(|study| !study.is_empty())),
        series: owned(series),
        instance: owned(instance),
    }
}

#[tokio::test]
async fn instances_are_located_under_their_own_study_and_series_only() {
    let bench = bench().await;
    let images = vec![
        of(image("1.1", 2), "P1", "A", 1950, "A1"),
        of(image("1.1", 1), "P1", "A", 1950, "A1"),
        of(image("1.2", 1), "P2", "B", 1960, "A2"),
    ];
    let uid = |index: usize| images[index].header.sop_instance_uid.clone();
    let (first, second, other) = (uid(1), uid(0), uid(2));
    let series = images[0].header.series_instance_uid.clone();
    bench.receive(images).await;
    let located = async |path: UidPath| -> Vec<String> {
        let found = bench.catalogue.located(G, &path).await.unwrap();
        found.into_iter().map(|found| found.instance.header.sop_instance_uid).collect()
    };
    assert_eq!(located(path("1.1", None, None)).await, [first.clone(), second.clone()], "by instance number");
    assert_eq!(located(path("1.1", Some(&series), Some(&second))).await, std::slice::from_ref(&second));
    assert_eq!(located(path("", None, Some(&other))).await, [other]);
    assert!(located(path("1.2", None, Some(&first))).await.is_empty(), "under another study");
    assert!(located(path("1.1", Some("9.9"), None)).await.is_empty());
    assert!(located(UidPath::default()).await.is_empty());
    assert!(bench.catalogue.located(GroupId(99), &path("1.1", None, None)).await.unwrap().is_empty());
}
