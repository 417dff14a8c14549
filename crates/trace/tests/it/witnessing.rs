//! What a witness cosigns, and what it does not.

use crate::rig::{clock, fill, open, rig};
use testkit::SeededRandom;
use trace::witness::{Answer, Witness, request};
use trace::{LeafIndex, PublicKey, WitnessKey};

fn witness(folder: &std::path::Path, logs: Vec<PublicKey>) -> Witness {
    Witness::open(folder, "notary.example", logs, clock(), &SeededRandom::new(5)).unwrap()
}

#[tokio::test]
async fn it_cosigns_a_tree_that_only_grows_and_remembers_it_before_it_says_so() {
    let rig = rig().await;
    let folder = tempfile::tempdir().unwrap();
    let asked = witness(folder.path(), vec![rig.trace.key().clone()]);
    let mut old = 0;
    for size in [1, 2, 7, 256, 300] {
        fill(&rig.trace, old, size).await;
        let note = rig.trace.checkpoint().await.unwrap().unwrap();
        let path = rig.trace.growth(old, size).await.unwrap();
        let Answer::Cosigned(line) = asked.add_checkpoint(&request(old, &path, &note)).unwrap() else {
            panic!("{size} was refused")
        };
        let cosigned = format!("{note}{line}");
        let key = WitnessKey::parse(&asked.key().to_string()).unwrap();
        assert_eq!(key.cosigned(&cosigned), Some(u64::try_from(rig_start()).unwrap()));
        assert_eq!(key.line_of(&note, &format!("{line}— somebody else\n")), Some(line));
        assert_eq!(rig.trace.key().open(&cosigned).unwrap().size, size, "the log's own signature still opens it");
        let again = witness(folder.path(), vec![rig.trace.key().clone()]);
        assert_eq!(again.last("example.invalid/trace").unwrap(), Some(cosigned), "another start knows it");
        assert_eq!(key.cosigned(&note), None);
        old = size;
    }
    let note = rig.trace.checkpoint().await.unwrap().unwrap();
    assert_eq!(asked.add_checkpoint(&request(0, &[], &note)).unwrap(), Answer::Conflict(300));
    assert!(matches!(asked.add_checkpoint(&request(300, &[], &note)).unwrap(), Answer::Cosigned(_)), "the same again");
}

fn rig_start() -> i64 {
    time::macros::datetime!(2026-11-25 09:00 UTC).unix_timestamp()
}

#[tokio::test]
async fn it_refuses_what_it_does_not_know_what_is_not_signed_and_what_cannot_be_read() {
    let rig = rig().await;
    fill(&rig.trace, 0, 9).await;
    let note = rig.trace.checkpoint().await.unwrap().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let asked = witness(folder.path(), vec![rig.trace.key().clone()]);
    let ask = |body: String| asked.add_checkpoint(&body).unwrap();
    assert_eq!(ask(request(0, &[], &note.replace("\n9\n", "\n8\n"))), Answer::NotSigned);
    assert_eq!(ask(request(0, &[], &note.replace("example.invalid", "other.invalid"))), Answer::UnknownLog);
    assert_eq!(ask(request(10, &[], &note)), Answer::Malformed);
    assert_eq!(ask(request(0, &[[0; 32]], &note)), Answer::Inconsistent);
    assert_eq!(ask(request(0, &[[0; 32]; 64], &note)), Answer::Malformed);
    for text in ["", "old x\n\n", "old 0\n\nx", "old 0\nAAAA\n\nx\n\n", "\n\n\n\n"] {
        assert_eq!(ask(text.into()), Answer::Malformed, "{text:?}");
    }
    assert_eq!(asked.last("example.invalid/trace").unwrap(), None);
    let stranger = tempfile::tempdir().unwrap();
    let other = open(stranger.path(), clock(), 44).await.unwrap();
    fill(&other, 0, 9).await;
    assert_eq!(ask(request(0, &[], &other.checkpoint().await.unwrap().unwrap())), Answer::NotSigned);
}

#[tokio::test]
async fn a_proof_leads_to_the_confirmed_checkpoint_and_carries_its_cosignatures() {
    let rig = rig().await;
    fill(&rig.trace, 0, 270).await;
    let folder = tempfile::tempdir().unwrap();
    let asked = witness(folder.path(), vec![rig.trace.key().clone()]);
    let note = rig.trace.checkpoint().await.unwrap().unwrap();
    let Answer::Cosigned(line) = asked.add_checkpoint(&request(0, &[], &note)).unwrap() else { panic!("refused") };
    rig.trace.keep_confirmed(&format!("{note}{line}")).unwrap();
    fill(&rig.trace, 270, 600).await;
    for leaf in [0, 100, 255, 256, 269] {
        let proof = rig.trace.proof(LeafIndex(leaf)).await.unwrap();
        assert!(proof.holds(rig.trace.key()), "{leaf}");
        assert!(asked.key().cosigned(&proof.checkpoint).is_some(), "{leaf}");
    }
    let later = rig.trace.proof(LeafIndex(270)).await.unwrap();
    assert!(later.holds(rig.trace.key()));
    assert!(asked.key().cosigned(&later.checkpoint).is_none(), "not confirmed yet");
    rig.trace.close().await.unwrap();
    let outside =
        |needed| trace::verify::Outside { witnesses: vec![asked.key().clone()], needed, ..Default::default() };
    let at = crate::rig::settings(rig.folder.path());
    assert_eq!(trace::verify::verify(&at, &outside(1)).await.unwrap().problems, []);
    rig.trace.keep_confirmed(&note).unwrap();
    let problems = trace::verify::verify(&at, &outside(1)).await.unwrap().problems;
    assert!(problems[0].what.contains("cosigned by 0 witnesses only"), "{problems:?}");
}
