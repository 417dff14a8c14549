use crate::rig::{fill, rig};
use proptest::prelude::*;
use std::sync::OnceLock;
use trace::{LeafIndex, Proof, PublicKey, TraceError};

#[tokio::test]
async fn every_event_has_a_proof_that_a_stranger_can_check() {
    let rig = rig().await;
    fill(&rig.trace, 0, 600).await;
    let key = PublicKey::load(&rig.folder.path().join("keys")).unwrap();
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
    let key = PublicKey::load(&rig.folder.path().join("keys")).unwrap();
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
    let stranger = crate::rig::closed(1).await;
    std::fs::remove_dir_all(stranger.folder.path().join("keys")).unwrap();
    let other = crate::rig::open(stranger.folder.path(), crate::rig::clock(), 99).await;
    assert!(matches!(other, Err(TraceError::Damaged(_))), "a log is not gone on with under another key");
    let other = PublicKey::load(&stranger.folder.path().join("keys")).unwrap();
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
