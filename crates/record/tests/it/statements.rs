//! Who may see what, as facts of the record.

use crate::fixture::*;
use exam::rights::*;
use record::*;
use time::Duration;

fn said(person: PatientId, origin: Origin, sequence: u64, says: Says) -> Statement {
    let at = NOON + Duration::minutes(i64::try_from(sequence).unwrap());
    Statement {
        id: StatementId { origin, sequence },
        person: person.0,
        by: By::Desk { login: "anne".into() },
        about: Items::All,
        to: Towards::Everyone,
        says,
        orderer_too: false,
        purpose: Purpose::Any,
        from: at,
        until: None,
        made_at: at,
    }
}

async fn marie(bench: &Bench) -> PatientId {
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.only().await.patient.unwrap().id
}

#[tokio::test]
async fn a_statement_is_kept_once_numbered_here_and_asks_for_the_persons_exams_to_be_looked_at() {
    let bench = bench().await;
    let person = marie(&bench).await;
    publish_jobs(&bench).await;
    let first = bench.catalogue.state(G, said(person, Origin::Archive, 9, Says::Deny)).await.unwrap();
    assert_eq!((first.sequence, publish_jobs(&bench).await), (1, 1));
    let there = said(person, Origin::Diffusion, 40, Says::Permit);
    for _ in 0..2 {
        assert_eq!(bench.catalogue.state(G, there.clone()).await.unwrap(), there.id);
    }
    let other = bench.catalogue.state(G, Statement { says: Says::Deny, ..there.clone() }).await;
    assert!(matches!(other, Err(RecordError::Refused { .. })), "another statement under the same number");
    let never = Statement { says: Says::Designate, ..said(person, Origin::Archive, 1, Says::Deny) };
    assert!(matches!(bench.catalogue.state(G, never).await, Err(RecordError::Refused { .. })));
    let stored = bench.catalogue.statements(G, person).await.unwrap();
    assert_eq!(stored.iter().map(|one| one.known(person).settled).collect::<Vec<_>>(), [false, true]);
    bench.catalogue.statement_told(G, first, person).await.unwrap();
    assert!(bench.catalogue.statements(G, person).await.unwrap()[0].known(person).settled);
}

#[tokio::test]
async fn a_record_made_again_from_its_journal_holds_the_same_statements() {
    let old = bench().await;
    let person = marie(&old).await;
    for (origin, sequence) in [(Origin::Archive, 1), (Origin::Diffusion, 77), (Origin::Archive, 2)] {
        old.catalogue.state(G, said(person, origin, sequence, Says::Deny)).await.unwrap();
    }
    let new = bench().await;
    for entry in old.catalogue.journal_after(G, 0, 1000).await.unwrap() {
        new.catalogue.restore_journal(entry).await.unwrap();
    }
    let of = |bench: Vec<StoredStatement>| bench.into_iter().map(|one| one.statement).collect::<Vec<_>>();
    let (before, after) = (
        of(old.catalogue.statements(G, person).await.unwrap()),
        of(new.catalogue.statements(G, person).await.unwrap()),
    );
    assert_eq!((before.len(), &before), (3, &after));
}
