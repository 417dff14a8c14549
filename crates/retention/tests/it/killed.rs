use crate::rig::*;
use ::retention::RetentionError;
use record::*;
use time::macros::date;

/// Wholly here, or certified as gone.
async fn whole_or_certified(rig: &Rig, exam: ExamId) -> bool {
    let detail = rig.detail(exam).await;
    let certificate = rig.catalogue.destruction(G, exam).await.unwrap();
    match certificate {
        None => {
            assert_eq!((detail.instances, detail.state.as_str()), (3, "doomed"));
            let generations = rig.catalogue.generations(G, exam).await.unwrap();
            assert_eq!(generations.len(), 3);
            for one in generations {
                rig.vault.verify(one.object.parse().unwrap()).await.unwrap();
            }
            false
        }
        Some(done) => {
            assert_eq!((detail.instances, detail.state.as_str()), (0, "destroyed"));
            assert!(rig.catalogue.instances(G, exam).await.unwrap().is_empty());
            if done.finished_at.is_some() {
                let left = rig.objects();
                assert!(done.certificate.objects.iter().all(|one| !left.contains(&one.object)), "{left:?}");
            }
            true
        }
    }
}

#[tokio::test]
async fn wherever_the_eraser_dies_each_exam_is_wholly_here_or_certified_and_the_next_run_finishes() {
    // Two exams of three objects: six calls, each dying before or after its work.
    for at in 1..=6 {
        for after in [false, true] {
            let rig = Rig::new().await;
            let mut exams = Vec::new();
            for study in ["1.2", "1.3"] {
                exams.push(rig.exam(&Made { series: 3, ..ct(study, "7", date!(2020 - 01 - 01)) }).await);
            }
            rig.on(date!(2026 - 11 - 26)).await;
            rig.approve().await;
            rig.days(29).await;
            *rig.eraser.dies_at.lock().unwrap() = Some((at, after));
            rig.clock.advance(DAY);
            let died = rig.retention.run_day().await;
            assert!(matches!(died, Err(RetentionError::Erase { .. })), "{died:?}");
            let mut gone = 0;
            for exam in &exams {
                gone += usize::from(whole_or_certified(&rig, *exam).await);
            }
            assert_eq!(gone, if at <= 3 { 1 } else { 2 }, "died at {at}, after its work: {after}");
            assert_eq!(rig.catalogue.destructions_open(G, 10).await.unwrap().len(), 1);
            // The next run of the same day finishes what had begun, then goes on.
            rig.day().await;
            for exam in &exams {
                assert!(whole_or_certified(&rig, *exam).await);
                assert!(rig.catalogue.destruction(G, *exam).await.unwrap().unwrap().finished_at.is_some());
            }
            assert_eq!(rig.objects(), Vec::<String>::new());
            assert_eq!(rig.day().await.destroyed, 0, "twice on a day is once");
        }
    }
}

#[tokio::test]
async fn a_record_made_again_from_its_journal_knows_holds_lists_graces_and_certificates() {
    let old = Rig::new().await;
    let destroyed = old.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    old.say(report("1.2", "7", 1960)).await;
    old.on(date!(2026 - 11 - 26)).await;
    old.approve().await;
    old.days(30).await;
    let doomed = old.exam(&ct("1.3", "8", date!(2020 - 01 - 01))).await;
    let held = old.exam(&ct("1.4", "9", date!(2020 - 01 - 01))).await;
    old.days(2).await;
    old.approve().await;
    old.retention.hold(&bruno(), Held::Exam(held), exam::retention::Hold::Claim, "réclamation").await.unwrap();
    old.retention.approve_rule(&anne()).await.unwrap();

    let new = Rig::at(ambient::Clock::now(old.clock.as_ref()), exam::policy::Policies::default()).await;
    for entry in old.catalogue.journal_after(G, 0, 10_000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    // An old copy of the vault still holds the erased objects: they name nothing.
    let buried = old.catalogue.destruction(G, destroyed).await.unwrap().unwrap();
    for exam in [doomed, held] {
        let headers: Vec<_> =
            old.catalogue.instances(G, exam).await.unwrap().into_iter().map(|one| one.header).collect();
        for generation in old.catalogue.generations(G, exam).await.unwrap() {
            new.catalogue.restore_generation(generation, headers.clone()).await.unwrap();
        }
    }
    let stale = Generation {
        group: G,
        exam: destroyed,
        series_instance_uid: "1.2.1".into(),
        number: 1,
        object: buried.certificate.objects[0].object.clone(),
        size_bytes: 1,
        sha256: [0; 32],
        sealed_at: buried.certificate.doomed_at,
        instances: Vec::new(),
    };
    new.catalogue.restore_generation(stale, Vec::new()).await.unwrap();
    for exam in [destroyed, doomed, held] {
        let shown = |detail: ExamDetail| ExamDetail { last_arrival_at: None, ..detail };
        assert_eq!(shown(old.detail(exam).await), shown(new.detail(exam).await));
        let certificate = |rig: &Rig| {
            let catalogue = rig.catalogue.clone();
            async move { catalogue.destruction(G, exam).await.unwrap() }
        };
        assert_eq!(certificate(&old).await, certificate(&new).await);
    }
    assert_eq!(old.catalogue.lists(G, 50).await.unwrap(), new.catalogue.lists(G, 50).await.unwrap());
    for list in old.catalogue.lists(G, 50).await.unwrap() {
        assert_eq!(old.catalogue.list(G, list.list).await.unwrap(), new.catalogue.list(G, list.list).await.unwrap());
    }
    let digest = ::retention::policies_digest(&exam::policy::Policies::default());
    assert_eq!(old.catalogue.rule(G, &digest).await.unwrap(), new.catalogue.rule(G, &digest).await.unwrap());
    let next = ambient::Clock::now(old.clock.as_ref()).date().next_day().unwrap();
    assert_eq!(
        old.catalogue.retention_day(G, next).await.unwrap(),
        new.catalogue.retention_day(G, next).await.unwrap()
    );
}

#[tokio::test]
async fn what_an_old_copy_brought_back_is_erased_again() {
    let rig = Rig::new().await;
    let exam = rig.exam(&ct("1.2", "7", date!(2020 - 01 - 01))).await;
    let path = rig.folder.path().join("vault/objects");
    let copy = tempfile::tempdir().unwrap();
    assert!(std::process::Command::new("cp").arg("-a").arg(&path).arg(copy.path()).status().unwrap().success());
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.days(30).await;
    assert_eq!(rig.detail(exam).await.state, "destroyed");
    let from = copy.path().join("objects/.");
    assert!(std::process::Command::new("cp").arg("-a").arg(from).arg(&path).status().unwrap().success());
    assert_eq!(rig.objects().len(), 2);
    assert_eq!(rig.retention.reapply().await.unwrap(), 2);
    assert!(rig.objects().is_empty());
    assert_eq!(rig.retention.reapply().await.unwrap(), 0);
}

#[tokio::test]
async fn certificates_of_one_instant_are_all_on_some_page() {
    let rig = Rig::new().await;
    let mut exams = Vec::new();
    for (study, patient) in [("1.2", "7"), ("1.3", "8"), ("1.4", "9")] {
        exams.push(rig.exam(&ct(study, patient, date!(2020 - 01 - 01))).await);
    }
    rig.on(date!(2026 - 11 - 26)).await;
    rig.approve().await;
    rig.days(30).await;
    let (mut seen, mut after) = (Vec::new(), None);
    while let Some(one) =
        rig.retention.catalogue.destructions(rig.retention.config.group, after, 1).await.unwrap().pop()
    {
        after = Some((one.finished_at.unwrap(), one.certificate.exam));
        seen.push(one.certificate.exam);
    }
    seen.sort();
    exams.sort();
    assert_eq!(seen, exams);
}
