//! The choice of the archive and its end, as the random operations of [`crate::crashes`] do them.

use crate::fixture::*;
use crate::model::Op;
use exam::policy::Policies;
use record::*;
use std::collections::BTreeMap;
use time::OffsetDateTime;
use uuid::Uuid;

/// Does one of them with an exam that is there.
pub async fn run(bench: &Bench, exam: ExamId, op: &Op, minute: i64) -> Result<(), RecordError> {
    let (catalogue, at) = (&bench.catalogue, NOON + time::Duration::minutes(minute));
    let by = || "anne".to_owned();
    match *op {
        Op::Class(_, optional) => {
            let class = Some(if optional { "other" } else { "ct" }.to_owned());
            catalogue.correct_class(G, ClassCorrection { exam, class, reason: "x".into(), by: by(), at }).await
        }
        Op::Choose(_, answer) => {
            let (notice_version, notice) = ("1".to_owned(), "x".to_owned());
            let choice =
                ArchiveChoice { exam, answer, notice_version, notice, price_cents: 1, advice: None, by: by(), at };
            catalogue.record_choice(G, choice, &Policies::default()).await
        }
        Op::Doom(_) => doom(bench, exam, minute, at).await,
        Op::TakeOff(_) => catalogue.take_off(G, exam, "anne", "x", at).await,
        Op::Erase(_) => erase(bench, exam, at).await,
        _ => Ok(()),
    }
}

/// A list of one exam, approved as it is made; its grace is over at once.
async fn doom(bench: &Bench, exam: ExamId, minute: i64, at: OffsetDateTime) -> Result<(), RecordError> {
    let list = ErasureList {
        list: Uuid::from_u128(1 << 70 | minute as u128),
        path: ErasurePath::StoredOnly,
        day: at.date(),
        state: ListState::Approved,
        proposed_at: at,
        exams: 0,
        size_bytes: 0,
        rule: None,
        approvals: Vec::new(),
        refusal: None,
        grace_until: Some(at),
    };
    let item = ErasureItem {
        exam,
        number: String::new(),
        class: "ct".into(),
        exam_date: at.date(),
        reasons: Vec::new(),
        kept_until: None,
        instances: 1,
        objects: Vec::new(),
        size_bytes: 0,
        state: ItemState::Proposed,
        left_because: None,
    };
    bench.catalogue.list_propose(G, list, vec![item]).await.map(|_| ())
}

/// Begun and, if nothing came in between, finished.
async fn erase(bench: &Bench, exam: ExamId, at: OffsetDateTime) -> Result<(), RecordError> {
    let catalogue = &bench.catalogue;
    let Some(doom) = catalogue.exam(G, exam).await?.standing.doom else { return Ok(()) };
    let objects: BTreeMap<String, ErasedObject> = catalogue
        .generations(G, exam)
        .await?
        .into_iter()
        .map(|one| {
            let sha256 = hex::encode(one.sha256);
            (one.object.clone(), ErasedObject { object: one.object, size_bytes: one.size_bytes, sha256 })
        })
        .collect();
    let certificate = Certificate {
        version: 1,
        certificate: Uuid::from_u128(2),
        exam,
        list: doom.list,
        path: ErasurePath::StoredOnly,
        reasons: Vec::new(),
        kept_until: None,
        policies: String::new(),
        approvals: Vec::new(),
        proposed_at: at,
        doomed_at: doom.doomed_at,
        destroyed_at: at,
        placements: Vec::new(),
        objects: objects.into_values().collect(),
        instances: Vec::new(),
    };
    let changed = catalogue.changed(G, exam).await?;
    catalogue.destruction_begin(G, certificate, 1, changed).await?;
    catalogue.destruction_done(G, exam, at).await
}
