//! What peers ask to be kept is read again before it is promised, and said until they have heard.

use crate::rig::{GROUP, Rig};
use crate::senders::{chest, exam};
use archive::commit::{Judged, NotKept, Reporter, judge, once};
use async_trait::async_trait;
use record::{CommitmentAsked, CommitmentKey, Location};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A peer that does not answer so many times, and remembers what it heard.
#[derive(Default)]
struct Peer {
    away: Mutex<u32>,
    heard: Mutex<Vec<Judged>>,
}

#[async_trait]
impl Reporter for Peer {
    async fn report(&self, _: &CommitmentKey, judged: &Judged) -> Result<(), String> {
        let mut away = self.away.lock().unwrap();
        if *away > 0 {
            *away -= 1;
            return Err("no connection".into());
        }
        self.heard.lock().unwrap().push(judged.clone());
        Ok(())
    }
}

fn asked(rig: &Rig, instances: &[(String, String)]) -> CommitmentAsked {
    let key = CommitmentKey { peer: "CT 1".into(), transaction_uid: "2.25.42".into() };
    CommitmentAsked { key, instances: instances.to_vec(), asked_at: rig.archive.clock.now(), answered_at: None }
}

fn named(exam: &phantom::PhantomExam) -> Vec<(String, String)> {
    exam.instances.iter().map(|one| (one.sop_class_uid.clone(), one.sop_instance_uid.clone())).collect()
}

/// Turns a bit in the middle of a file.
fn damage(path: &PathBuf, at: u64) {
    let mut bytes = std::fs::read(path).unwrap();
    let at = usize::try_from(at).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn what_is_in_the_landing_log_and_what_is_sealed_is_kept_and_the_rest_says_why() {
    let rig = Rig::new().await;
    let mammogram = exam(phantom::Kind::ScreeningMammogram);
    rig.examined(&mammogram).await;
    let here = named(&mammogram);
    let (absent, other) = (("1.2.3".to_owned(), "2.25.9".to_owned()), ("1.2.3".to_owned(), here[1].1.clone()));
    for _ in ["landed", "sealed"] {
        let wanted = [here[0].clone(), absent.clone(), other.clone(), here[2].clone()];
        let judged = judge(&rig.archive, &asked(&rig, &wanted)).await.unwrap();
        assert_eq!(judged.kept, [here[0].clone(), here[2].clone()]);
        let failed = [(absent.clone(), NotKept::Absent), (other.clone(), NotKept::OtherClass)];
        assert_eq!(judged.failed, failed);
        rig.quiet().await;
    }
}

#[tokio::test]
async fn a_bit_turned_since_in_the_landing_log_is_not_committed_to() {
    let rig = Rig::new().await;
    let chest = chest();
    rig.land_all(&chest).await;
    let request = asked(&rig, &named(&chest));
    assert_eq!(judge(&rig.archive, &request).await.unwrap().failed, []);
    let instances = rig.archive.catalogue.instances(GROUP, rig.exam_id().await).await.unwrap();
    let Location::Landing(place) = instances[0].location else { panic!("sealed") };
    let name = format!("segment-{:05}-{:012}.log", place.writer, place.segment);
    let file = rig.files().into_iter().find(|path| path.ends_with(&name)).unwrap();
    damage(&file, place.offset + 4096 + place.length / 2);
    let judged = judge(&rig.archive, &request).await.unwrap();
    assert_eq!(judged.failed, [(request.instances[0].clone(), NotKept::Unreadable)]);
}

#[tokio::test]
async fn a_bit_turned_since_in_a_sealed_object_is_not_committed_to() {
    let rig = Rig::new().await;
    let chest = chest();
    rig.reported(&chest).await;
    rig.quiet().await;
    let request = asked(&rig, &named(&chest));
    assert_eq!(judge(&rig.archive, &request).await.unwrap().failed, []);
    let instances = rig.archive.catalogue.instances(GROUP, rig.exam_id().await).await.unwrap();
    let Location::Sealed { object, .. } = &instances[0].location else { panic!("not sealed") };
    let file = rig.files().into_iter().find(|path| path.ends_with(format!("{object}.age"))).unwrap();
    damage(&file, file.metadata().unwrap().len() / 2);
    let judged = judge(&rig.archive, &request).await.unwrap();
    assert_eq!(judged.failed, [(request.instances[0].clone(), NotKept::Unreadable)]);
}

#[tokio::test]
async fn a_peer_that_is_away_is_told_again_with_a_growing_pause_until_it_has_heard() {
    let rig = Rig::new().await;
    let chest = chest();
    rig.land_all(&chest).await;
    let request = asked(&rig, &named(&chest));
    rig.archive.catalogue.commitment_asked(GROUP, request.clone()).await.unwrap();
    let peer = Arc::new(Peer { away: Mutex::new(2), ..Peer::default() });
    let reporter: Arc<dyn Reporter> = peer.clone();
    for pause in [5, 10] {
        assert_eq!(once(&rig.archive, &reporter).await.unwrap(), 1);
        assert_eq!(once(&rig.archive, &reporter).await.unwrap(), 0, "not before its time");
        rig.clock.advance(Duration::from_secs(pause));
    }
    assert!(peer.heard.lock().unwrap().is_empty());
    once(&rig.archive, &reporter).await.unwrap();
    rig.clock.advance(Duration::from_secs(7200));
    assert_eq!(once(&rig.archive, &reporter).await.unwrap(), 0, "heard once is enough");
    let heard = peer.heard.lock().unwrap().clone();
    assert_eq!(heard, [Judged { kept: request.instances.clone(), failed: vec![] }]);
    let kept = rig.archive.catalogue.commitment(GROUP, &request.key).await.unwrap().unwrap();
    assert!(kept.answered_at.is_some());
}
