use crate::rig::{fill, rig};
use proptest::prelude::*;
use std::sync::OnceLock;
use trace::{LeafIndex, Proof, PublicKey, TraceError};

#[tokio::test]
async fn every_event_has_a_proof_that_a_stranger_can_check() {
    let rig = rig().await;
    fill(&rig.trace, 0, 600).await;
    let key = rig.trace.key().clone();
    for leaf in (0..600).step_by(7).chain([255, 256, 511, 512, 599]) {
        let proof = rig.trace.proof(LeafIndex(leaf)).await.unwrap();
        assert!(proof.holds(&key), "{leaf}");
        assert_eq!(Proof::parse(&proof.to_text()), Some(proof));
    }
    assert!(matches!(rig.trace.proof(LeafIndex(600)).await, Err(TraceError::NoLeaf(600))));
}

#[tokio::test]
async fn a_proof_changed_in_any_part_does_not_hold() {
    let rig = rig().await;
    fill(&rig.trace, 0, 20).await;
    let key = rig.trace.key().clone();
    let proof = rig.trace.proof(LeafIndex(5)).await.unwrap();
    let mut changed = vec![proof.clone(); 6];
    changed[0].event[10] ^= 1;
    changed[1].salt[0] ^= 1;
    changed[2].leaf = LeafIndex(6);
    changed[3].path[2][0] ^= 1;
    changed[4].path.pop();
    changed[5].checkpoint = proof.checkpoint.replacen("\n20\n", "\n21\n", 1);
    for (part, changed) in changed.iter().enumerate() {
        assert!(!changed.holds(&key), "{part}");
    }
    let stranger = tempfile::tempdir().unwrap();
    let other = crate::rig::open(stranger.path(), crate::rig::clock(), 99).await.unwrap().key().clone();
    assert!(!proof.holds(&other));
    assert!(PublicKey::parse(&key.to_string()).is_some());
}

fn text() -> &'static String {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let rig = rig().await;
            fill(&rig.trace, 0, 9).await;
            rig.trace.proof(LeafIndex(3)).await.unwrap().to_text()
        })
    })
}

proptest! {
    #[test]
    fn reading_a_proof_never_panics(place in any::<prop::sample::Index>(), with in ".{0,8}", cut in any::<bool>()) {
        let chars: Vec<char> = text().chars().collect();
        let place = place.index(chars.len());
        let head: String = chars[..place].iter().collect();
        let tail: String = if cut { String::new() } else { chars[place + 1..].iter().collect() };
        if let Some(proof) = Proof::parse(&format!("{head}{with}{tail}")) {
            let key = PublicKey::parse("example.invalid/trace+00000000+AA==");
            prop_assert!(key.is_none_or(|key| !proof.holds(&key)));
        }
    }
}

#[tokio::test]
async fn a_log_whose_keys_are_gone_is_not_gone_on_with() {
    let rig = crate::rig::closed(1).await;
    std::fs::remove_dir_all(rig.folder.path().join("keys")).unwrap();
    let other = crate::rig::open(rig.folder.path(), crate::rig::clock(), 99).await;
    assert!(matches!(other, Err(TraceError::Damaged(_))));
}

#[tokio::test]
async fn a_log_goes_on_under_a_new_key_and_says_so_in_itself() {
    let rig = crate::rig::closed(9).await;
    let folder = rig.folder.path();
    std::fs::remove_file(folder.join("keys/trace-key")).unwrap();
    let again = crate::rig::open(folder, crate::rig::clock(), 99).await.unwrap();
    assert_eq!(again.size().await.unwrap(), 10);
    assert_ne!(again.key(), rig.trace.key());
    again.close().await.unwrap();
    assert_eq!(rig.verify().await.problems, []);
    let slipped_in = format!("{}\n{}\n{}\n", rig.trace.key(), again.key(), rig.trace.key());
    std::fs::write(folder.join("keys/trace-key.pub"), slipped_in).unwrap();
    let problems = rig.verify().await.problems;
    assert!(problems.iter().any(|problem| problem.what.contains("does not name it")), "{problems:?}");
}
