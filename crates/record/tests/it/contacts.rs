//! How a person is reached, from the messages, and since when that is known.

use crate::fixture::*;
use crate::sealing::drain;
use record::{Contact, KnownContact, MessageFact, PatientFact};

fn email(address: &str) -> Contact {
    Contact::Email(address.into())
}

/// An ADT message of that minute with these contacts.
fn reached(minute: i64, contacts: &[&str]) -> MessageFact {
    let contacts = contacts.iter().map(|address| email(address)).collect();
    adt(minute, PatientFact { contacts, ..patient("7", "DUPONT", "MARIE", 1950) })
}

async fn known(bench: &Bench) -> Vec<KnownContact> {
    bench.only().await.patient.unwrap().contacts
}

#[tokio::test]
async fn the_last_message_that_says_contacts_has_them_and_one_that_stays_is_known_since_the_first() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.apply(order(0, patient("7", "DUPONT", "MARIE", 1950), "A1")).await;
    let (first, second) = (reached(1, &["a@exemple.fr"]), reached(3, &["b@exemple.fr", "a@exemple.fr"]));
    let since = |message: &MessageFact| message.said_at.unwrap();
    bench.apply(first.clone()).await;
    assert_eq!(known(&bench).await, [KnownContact { contact: email("a@exemple.fr"), since: since(&first) }]);
    bench.apply(second.clone()).await;
    // One that says none takes none away; one that comes late was said before.
    bench.apply(reached(4, &[])).await;
    bench.apply(reached(2, &["old@exemple.fr", "a@exemple.fr"])).await;
    let contacts = known(&bench).await;
    assert_eq!(
        contacts.iter().map(|known| &known.contact).collect::<Vec<_>>(),
        [&email("b@exemple.fr"), &email("a@exemple.fr")]
    );
    assert_eq!((contacts[0].since, contacts[1].since), (since(&second), since(&first)));
}

#[tokio::test]
async fn a_new_contact_asks_for_the_web_to_agree() {
    let bench = bench().await;
    bench.receive(vec![of(image("1.2", 1), "7", "DUPONT^MARIE", 1950, "A1")]).await;
    bench.apply(order(0, patient("7", "DUPONT", "MARIE", 1950), "A1")).await;
    bench.apply(adt(1, patient("7", "DUPONT", "MARIE", 1950))).await;
    drain(&bench).await;
    bench.apply(reached(2, &["a@exemple.fr"])).await;
    assert_eq!(drain(&bench).await, ["publish"]);
}
