//! The second factor: what a one-time code opens, and what it never does.

use crate::post::Post;
use crate::rig::{BORN, CLIENT, Exam, Rig, START, Sheet, is_open};
use diffusion::{Denied, FactorRule, Language, Opened, Proof, Sending, SessionToken};
use link::{Channel, Contact, DiffusionDoor, ToDiffusion};
use sqlx::Connection;
use time::{Duration, OffsetDateTime};

const ANNE: &str = "anne@exemple.fr";

pub fn contact(address: &str, recorded_at: OffsetDateTime) -> Contact {
    Contact {
        channel: Channel::Email,
        address: address.into(),
        recorded_at,
        usable_from: recorded_at,
        until: None,
        representative: false,
    }
}

/// An exam on line with a sheet, whose person has this contact.
pub async fn asked(post: &Post, rule: FactorRule, contacts: Vec<Contact>) -> (Rig, Exam, Sheet) {
    let rig = Rig::with(post.asks(rule)).await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    rig.server.apply(ToDiffusion::Stub(link::Stub { contacts, ..exam.stub() })).await.unwrap();
    (rig, exam, sheet)
}

pub async fn send(rig: &Rig, session: &SessionToken) -> Sending {
    rig.server.send_code(session, None, Language::French).await.unwrap()
}

/// A session that typed its code.
pub async fn strong(rig: &Rig, post: &Post, exam: &Exam, sheet: &Sheet) -> SessionToken {
    let session = rig.session(exam, sheet).await;
    assert_eq!(send(rig, &session).await, Sending::Sent);
    assert_eq!(rig.server.prove(&session, &post.last()).await.unwrap(), Proof::Passed);
    session
}

fn earlier() -> OffsetDateTime {
    START - Duration::days(1)
}

fn wrong(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn the_right_three_open_nothing_until_the_code_sent_to_the_contact_is_typed() {
    let post = Post::default();
    let (rig, exam, sheet) = asked(&post, FactorRule::Required, vec![contact(ANNE, earlier())]).await;
    let session = rig.session(&exam, &sheet).await;
    assert!(matches!(rig.server.look(&session).await, Err(Denied::FactorAwaited)));
    assert!(matches!(rig.server.who_looked(&session).await, Err(Denied::FactorAwaited)));
    assert!(matches!(rig.server.ask_recall(&session).await, Err(Denied::FactorAwaited)));
    assert_eq!(send(&rig, &session).await, Sending::Sent);
    assert_eq!(post.sent()[0].0, ANNE);
    let view = rig.server.factor(&session).await.unwrap().unwrap();
    assert_eq!((view.contacts[0].masked.as_str(), view.sent), ("a•••@e•••.fr", true));
    assert_eq!(rig.server.prove(&session, &wrong(&post.last())).await.unwrap(), Proof::Wrong);
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::FactorAwaited)));
    let typed = format!(" {} {}", &post.last()[..3], &post.last()[3..]);
    assert_eq!(rig.server.prove(&session, &typed).await.unwrap(), Proof::Passed);
    assert!(rig.server.grant(&session).await.unwrap().strong());
}

#[tokio::test]
async fn the_scanned_code_asks_for_the_second_factor_too() {
    let post = Post::default();
    let (rig, _, sheet) = asked(&post, FactorRule::Required, vec![contact(ANNE, earlier())]).await;
    let Opened::Session(session) = rig.session_by_qr(&sheet, CLIENT).await else { panic!("refused") };
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::FactorAwaited)));
}

#[tokio::test]
async fn a_code_is_used_once_and_in_the_session_that_asked_for_it() {
    let post = Post::default();
    let (rig, exam, sheet) = asked(&post, FactorRule::Required, vec![contact(ANNE, earlier())]).await;
    let (mine, other) = (rig.session(&exam, &sheet).await, rig.session(&exam, &sheet).await);
    assert_eq!(send(&rig, &mine).await, Sending::Sent);
    let code = post.last();
    assert_eq!(rig.server.prove(&other, &code).await.unwrap(), Proof::Over, "nothing was sent to that session");
    assert_eq!(send(&rig, &other).await, Sending::Sent);
    assert_eq!(rig.server.prove(&other, &code).await.unwrap(), Proof::Wrong);
    assert_eq!(rig.server.prove(&mine, &code).await.unwrap(), Proof::Passed);
    assert!(matches!(rig.server.prove(&mine, &code).await, Err(Denied::NoSession)), "it is used");
    assert!(matches!(rig.server.grant(&other).await, Err(Denied::FactorAwaited)));
}

#[tokio::test]
async fn a_code_dies_after_ten_minutes_and_after_five_tries() {
    let post = Post::default();
    let (rig, exam, sheet) = asked(&post, FactorRule::Required, vec![contact(ANNE, earlier())]).await;
    let session = rig.session(&exam, &sheet).await;
    send(&rig, &session).await;
    rig.wait(Duration::minutes(10));
    assert_eq!(rig.server.prove(&session, &post.last()).await.unwrap(), Proof::Over);
    assert_eq!(send(&rig, &session).await, Sending::Sent);
    for _ in 0..5 {
        assert_eq!(rig.server.prove(&session, &wrong(&post.last())).await.unwrap(), Proof::Wrong);
    }
    assert_eq!(rig.server.prove(&session, &post.last()).await.unwrap(), Proof::Over);
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::FactorAwaited)));
}

#[tokio::test]
async fn sending_again_waits_a_minute_and_counts_over_all_sessions_of_the_exam() {
    let post = Post::default();
    let (rig, exam, sheet) = asked(&post, FactorRule::Required, vec![contact(ANNE, earlier())]).await;
    let session = rig.session(&exam, &sheet).await;
    assert_eq!(send(&rig, &session).await, Sending::Sent);
    let first = post.last();
    assert_eq!(send(&rig, &session).await, Sending::TooSoon);
    rig.wait(Duration::minutes(1));
    assert_eq!(send(&rig, &session).await, Sending::Sent);
    assert_eq!(rig.server.prove(&session, &first).await.unwrap(), Proof::Wrong, "the one before is replaced");
    for _ in 0..4 {
        assert_eq!(send(&rig, &rig.session(&exam, &sheet).await).await, Sending::Sent);
    }
    let seventh = rig.session(&exam, &sheet).await;
    assert_eq!(send(&rig, &seventh).await, Sending::TooSoon);
    rig.wait(Duration::hours(1));
    assert_eq!(send(&rig, &rig.session(&exam, &sheet).await).await, Sending::Sent);
}

#[tokio::test]
async fn a_contact_recorded_after_the_session_or_not_usable_yet_receives_nothing() {
    let post = Post::default();
    let (rig, exam, sheet) = asked(&post, FactorRule::Required, Vec::new()).await;
    let session = rig.session(&exam, &sheet).await;
    rig.wait(Duration::minutes(1));
    let later = Contact { usable_from: earlier(), ..contact("thief@exemple.fr", START + Duration::seconds(1)) };
    let new = Contact { usable_from: START + Duration::hours(72), ..contact("new@exemple.fr", earlier()) };
    let contacts = vec![later, new];
    rig.server.apply(ToDiffusion::Stub(link::Stub { contacts, ..exam.stub() })).await.unwrap();
    assert_eq!(send(&rig, &session).await, Sending::Nowhere);
    assert!(post.sent().is_empty());
    // A session of after sees the first, and one of 72 hours later both.
    let masked = async |session: &SessionToken| rig.server.factor(session).await.unwrap().unwrap().contacts.len();
    assert_eq!(masked(&rig.session(&exam, &sheet).await).await, 1);
    rig.wait(Duration::hours(72));
    assert_eq!(masked(&rig.session(&exam, &sheet).await).await, 2);
}

#[tokio::test]
async fn by_derogation_who_has_a_contact_is_asked_and_who_has_none_comes_in_without_being_strong() {
    let post = Post::default();
    let (rig, exam, sheet) = asked(&post, FactorRule::Derogation, Vec::new()).await;
    let session = rig.session(&exam, &sheet).await;
    assert!(!rig.server.grant(&session).await.unwrap().strong());
    let contacts = vec![contact(ANNE, earlier())];
    rig.server.apply(ToDiffusion::Stub(link::Stub { contacts, ..exam.stub() })).await.unwrap();
    let session = rig.session(&exam, &sheet).await;
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::FactorAwaited)));
}

#[tokio::test]
async fn the_address_and_the_code_are_in_no_file_and_go_with_the_exam() {
    let post = Post::default();
    let (rig, exam, sheet) =
        asked(&post, FactorRule::Required, vec![contact("canari.anne@exemple.fr", earlier())]).await;
    let session = strong(&rig, &post, &exam, &sheet).await;
    let database = rig.folder.path().join("diffusion.sqlite");
    for file in [database.clone(), database.with_extension("sqlite-wal")] {
        let bytes = std::fs::read(file).unwrap();
        for secret in ["canari", post.last().as_str()] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{secret} is at rest");
        }
    }
    rig.server.apply(ToDiffusion::Forget { exam: exam.publication.exam }).await.unwrap();
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)));
    let snapshot = rig.folder.path().join("after.sqlite");
    rig.server.snapshot(&snapshot).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&snapshot);
    let mut left = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    for table in ["contact", "one_time_code", "share", "session"] {
        let count = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        assert_eq!(count.fetch_one(&mut left).await.ok(), Some(0i64), "{table}");
    }
}

#[tokio::test]
async fn at_eighteen_a_parents_sheet_session_and_contact_open_nothing_any_more() {
    // Born on 26 November 2008: eighteen at midnight, in Paris.
    let born = link::BirthDate { year: 2008, month: Some(11), day: Some(26) };
    let post = Post::default();
    let rig = Rig::with(post.asks(FactorRule::Derogation)).await;
    let (mut exam, sheet) = (Exam::new(1), Sheet::new(1));
    exam.publication.birth_date = born;
    rig.publish(&exam).await;
    let grant = |sheet: &Sheet| ToDiffusion::Grant(link::CodeGrant { birth_date: born, ..sheet.grant_for(&exam) });
    rig.server.apply(grant(&sheet)).await.unwrap();
    let parent = link::Stub { birth_date: born, contacts: vec![contact(ANNE, earlier())], ..exam.stub() };
    rig.server.apply(ToDiffusion::Stub(parent)).await.unwrap();
    rig.clock.jump_to(time::macros::datetime!(2026-11-25 22:55 UTC));
    let open = async |sheet: &Sheet| rig.open(&exam, &sheet.code, born, CLIENT).await;
    let Opened::Session(session) = open(&sheet).await else { panic!("refused") };
    send(&rig, &session).await;
    rig.server.prove(&session, &post.last()).await.unwrap();
    rig.server.grant(&session).await.unwrap();
    rig.wait(Duration::minutes(5));
    assert!(matches!(rig.server.grant(&session).await, Err(Denied::NoSession)), "the parent's session");
    assert!(!is_open(&open(&sheet).await), "the parent's sheet");
    // A sheet issued to the adult opens, and no code goes to the parent's address.
    let own = Sheet::new(2);
    rig.server.apply(grant(&own)).await.unwrap();
    let Opened::Session(session) = open(&own).await else { panic!("refused") };
    rig.server.grant(&session).await.unwrap();
    assert_eq!(post.sent().len(), 1);
    // The words told again do not take the adult's sheet away.
    rig.server.apply(ToDiffusion::Stub(link::Stub { birth_date: born, ..exam.stub() })).await.unwrap();
    rig.server.grant(&session).await.unwrap();
    assert_ne!(born, BORN);
}
