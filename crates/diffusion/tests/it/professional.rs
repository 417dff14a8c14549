//! What professionals see: their own, and nothing else, not even that there is more.

use crate::provider::{self, Says};
use crate::rig::{Exam, ONLINE_UNTIL, Rig};
use diffusion::{Act, BulkPolicy, ListQuery, LocalAttempt, NewAccount, ProDenied, ProLook, ProState, ProToken};
use exam::ids::Rpps;
use link::{DiffusionDoor, Professional, RecallBy, Relation, ToArchive, ToDiffusion};
use std::time::Duration;
use uuid::Uuid;

pub const ALICE: &str = "10000023084";
pub const BRUNO: &str = "99700366240";

pub fn rpps(text: &str) -> Rpps {
    text.parse().unwrap()
}

pub async fn rig() -> Rig {
    Rig::with(|settings| settings.openid = Some(provider::settings())).await
}

pub async fn login(rig: &Rig, who: &str) -> ProToken {
    rig.provider.says(Says::who(who));
    let start = rig.server.begin_openid().await.unwrap().unwrap();
    let state = rig.provider.visit(&start.url);
    rig.server.finish_openid(&start.secret, &state, "code").await.unwrap().unwrap()
}

/// The `n`th exam, ordered by the first of these and copied to the others.
pub fn exam(n: u64, version: u64, professionals: &[&str]) -> Exam {
    let mut exam = Exam::version(n, version);
    let relation = |at: usize| if at == 0 { Relation::Ordered } else { Relation::CopiedOn };
    let named = professionals.iter().enumerate();
    exam.publication.professionals = named
        .map(|(at, rpps)| Professional { rpps: (*rpps).into(), relation: relation(at), name: String::new() })
        .collect();
    exam
}

pub async fn listed(rig: &Rig, token: &ProToken, search: &str) -> Vec<Uuid> {
    let query = ListQuery { search: search.into(), page: 0 };
    let (_, list) = rig.server.pro_list(token, &query).await.unwrap().unwrap();
    list.lines.iter().map(|line| line.exam).collect()
}

pub fn not_there<T>(answer: Result<T, ProDenied>) -> bool {
    matches!(answer, Err(ProDenied::NotThere))
}

#[tokio::test]
async fn a_professional_sees_what_they_ordered_or_were_copied_on_and_nothing_tells_that_there_is_more() {
    let rig = rig().await;
    let (one, two, three) = (exam(1, 1, &[ALICE]), exam(2, 1, &[BRUNO, ALICE]), exam(3, 1, &[BRUNO]));
    for exam in [&one, &two, &three] {
        rig.publish(exam).await;
    }
    let alice = login(&rig, ALICE).await;
    let mut seen = listed(&rig, &alice, "").await;
    seen.sort();
    assert_eq!(seen, [one.publication.exam, two.publication.exam]);
    assert!(matches!(rig.server.pro_look(&alice, one.publication.exam).await.unwrap().1, ProLook::Online(_)));
    assert!(not_there(rig.server.pro_look(&alice, three.publication.exam).await));
    assert!(not_there(rig.server.pro_look(&alice, Uuid::from_u128(0xDEAD)).await));
    assert!(not_there(rig.server.pro_ask_recall(&alice, three.publication.exam).await));
    assert!(not_there(rig.server.pro_recall_of(&alice, three.publication.exam).await));
    assert!(
        rig.server.pro_list(&ProToken::from_cookie("0".repeat(64)), &ListQuery::default()).await.unwrap().is_none()
    );
}

#[tokio::test]
async fn a_number_that_is_no_rpps_names_nobody() {
    let rig = rig().await;
    rig.publish(&exam(1, 1, &["10000023085", ALICE])).await;
    let alice = login(&rig, ALICE).await;
    assert_eq!(listed(&rig, &alice, "").await.len(), 1);
}

#[tokio::test]
async fn who_is_named_no_more_sees_it_no_more_and_a_stub_names_them_later() {
    let rig = rig().await;
    let first = exam(1, 1, &[ALICE]);
    rig.publish(&first).await;
    let alice = login(&rig, ALICE).await;
    let bruno = login(&rig, BRUNO).await;
    let grant = rig.server.pro_grant(&alice, first.publication.exam).await.unwrap();
    let served = rig.server.serve(&grant, Act::DownloadReport).await.unwrap();
    assert!(rig.server.report_pdf(served).await.is_ok());

    let mut stub = first.stub();
    stub.professionals = vec![Professional { rpps: BRUNO.into(), relation: Relation::Ordered, name: String::new() }];
    rig.server.apply(ToDiffusion::Stub(stub)).await.unwrap();
    assert!(listed(&rig, &alice, "").await.is_empty());
    assert!(not_there(rig.server.pro_grant(&alice, first.publication.exam).await));
    assert_eq!(listed(&rig, &bruno, "lefevre").await, [first.publication.exam]);
}

#[tokio::test]
async fn who_is_named_only_later_finds_the_exam_by_its_patients_name() {
    let rig = rig().await;
    let first = exam(1, 1, &[]);
    rig.publish(&first).await;
    let mut stub = first.stub();
    stub.professionals = vec![Professional { rpps: ALICE.into(), relation: Relation::Ordered, name: String::new() }];
    rig.server.apply(ToDiffusion::Stub(stub)).await.unwrap();
    let alice = login(&rig, ALICE).await;
    assert_eq!(listed(&rig, &alice, "lefevre").await, [first.publication.exam]);
}

#[tokio::test]
async fn new_comes_first_until_it_is_opened_and_a_search_finds_a_name_a_date_or_a_number() {
    let rig = rig().await;
    let (mut old, mut new) = (exam(1, 1, &[ALICE]), exam(2, 1, &[ALICE]));
    old.publication.times.exam_date = time::macros::date!(2026 - 11 - 26);
    new.publication.patient_name = "PETIT Léa".into();
    rig.publish(&old).await;
    rig.publish(&new).await;
    let alice = login(&rig, ALICE).await;
    let (old, new) = (&old.publication, &new.publication);
    assert_eq!(listed(&rig, &alice, "").await, [old.exam, new.exam]);
    rig.server.pro_look(&alice, old.exam).await.unwrap();
    assert_eq!(listed(&rig, &alice, "").await, [new.exam, old.exam]);
    for search in ["petit", "LÉA", "lea petit", new.number.as_str()] {
        assert_eq!(listed(&rig, &alice, search).await, [new.exam], "{search}");
    }
    assert_eq!(listed(&rig, &alice, "9/4/1957").await.len(), 2);
    assert!(listed(&rig, &alice, "dupont").await.is_empty());
}

#[tokio::test]
async fn pages_are_short_and_each_exam_is_on_one_of_them() {
    let rig = rig().await;
    for n in 1..=30 {
        rig.publish(&exam(n, 1, &[ALICE])).await;
    }
    let alice = login(&rig, ALICE).await;
    let mut seen = Vec::new();
    for page in 0..3 {
        let query = ListQuery { search: String::new(), page };
        let (_, list) = rig.server.pro_list(&alice, &query).await.unwrap().unwrap();
        assert_eq!((list.lines.len(), list.more), [(25, true), (5, false), (0, false)][page]);
        seen.extend(list.lines.iter().map(|line| line.exam));
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 30);
}

#[tokio::test]
async fn a_list_is_traced_with_a_commitment_to_what_it_showed_and_an_exam_with_the_role() {
    let rig = rig().await;
    let one = exam(1, 1, &[ALICE]);
    rig.publish(&one).await;
    let alice = login(&rig, ALICE).await;
    let before = rig.trace.size().await.unwrap();
    listed(&rig, &alice, "").await;
    assert_eq!(rig.trace.size().await.unwrap(), before + 1, "one entry for a list");
    let grant = rig.server.pro_grant(&alice, one.publication.exam).await.unwrap();
    rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    let events = rig.trace.events_of_exam(one.publication.exam, 10).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].actor.role, trace::Role::Prescriber);
    assert_eq!(events[0].actor.name.as_deref(), Some("Alice EXEMPLE"));
    assert!(events[0].actor.label.starts_with("rpps:") && !events[0].actor.label.contains(ALICE));
}

#[tokio::test]
async fn nothing_is_listed_or_opened_when_the_trace_cannot_be_written() {
    let rig = rig().await;
    let one = exam(1, 1, &[ALICE]);
    rig.publish(&one).await;
    let alice = login(&rig, ALICE).await;
    let grant = rig.server.pro_grant(&alice, one.publication.exam).await.unwrap();
    rig.trace.close().await.unwrap();
    assert!(rig.server.pro_list(&alice, &ListQuery::default()).await.is_err());
    assert!(rig.server.serve(&grant, Act::ViewImages).await.is_err());
}

#[tokio::test]
async fn an_expired_exam_keeps_its_name_in_the_list_and_is_asked_back_in_the_professionals_name() {
    let rig = rig().await;
    let one = exam(1, 1, &[ALICE]);
    rig.publish(&one).await;
    rig.clock.jump_to(ONLINE_UNTIL);
    rig.sweep(ONLINE_UNTIL).await.unwrap();
    let alice = login(&rig, ALICE).await;
    let (_, list) = rig.server.pro_list(&alice, &ListQuery::default()).await.unwrap().unwrap();
    assert_eq!(list.lines[0].state, ProState::Recallable);
    assert_eq!(list.lines[0].patient, "LEFÈVRE Marie-Canari");
    assert!(matches!(rig.server.pro_look(&alice, one.publication.exam).await.unwrap().1, ProLook::Expired(_)));
    assert!(rig.server.pro_ask_recall(&alice, one.publication.exam).await.unwrap().open);
    let messages = rig.server.poll(0, 10).await.unwrap();
    let by = RecallBy::Professional { rpps: ALICE.into() };
    assert!(messages.iter().any(|m| matches!(&m.message, ToArchive::RecallAsked { by: asked, .. } if *asked == by)));
}

#[tokio::test]
async fn what_cannot_come_back_is_in_no_list_and_whose_it_was_is_erased() {
    let rig = rig().await;
    let mut one = exam(1, 1, &[ALICE]);
    one.publication.times.recallable = Some(false);
    rig.publish(&one).await;
    rig.clock.jump_to(ONLINE_UNTIL);
    rig.sweep(ONLINE_UNTIL).await.unwrap();
    let alice = login(&rig, ALICE).await;
    assert!(listed(&rig, &alice, "").await.is_empty());
    assert!(not_there(rig.server.pro_look(&alice, one.publication.exam).await));
    let database = format!("sqlite:{}", rig.folder.path().join("diffusion.sqlite").display());
    let pool = sqlx::SqlitePool::connect(&database).await.unwrap();
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM professional_words").fetch_one(&pool).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_exam_withdrawn_or_forgotten_is_in_no_list() {
    let rig = rig().await;
    let (one, two) = (exam(1, 1, &[ALICE]), exam(2, 1, &[ALICE]));
    rig.publish(&one).await;
    rig.publish(&two).await;
    let alice = login(&rig, ALICE).await;
    rig.server.apply(ToDiffusion::Withdraw { exam: one.publication.exam, codes: false }).await.unwrap();
    rig.server.apply(ToDiffusion::Forget { exam: two.publication.exam }).await.unwrap();
    assert!(listed(&rig, &alice, "").await.is_empty());
}

#[tokio::test]
async fn beyond_the_threshold_each_further_exam_waits_and_the_keeper_is_told() {
    let rig = Rig::with(|settings| {
        settings.openid = Some(provider::settings());
        settings.bulk = BulkPolicy { exams: 3, window: Duration::from_secs(3600), delay: Duration::from_secs(60) };
    })
    .await;
    let exams: Vec<Exam> = (1..=5).map(|n| exam(n, 1, &[ALICE])).collect();
    for exam in &exams {
        rig.publish(exam).await;
    }
    let id = |n: usize| exams[n].publication.exam;
    let alice = login(&rig, ALICE).await;
    for n in 0..3 {
        assert_eq!(rig.server.bulk_state().await.unwrap().slowed, 0);
        rig.server.pro_look(&alice, id(n)).await.unwrap();
    }
    assert_eq!(rig.server.bulk_state().await.unwrap().slowed, 1);
    let alarms = rig.trace.security_events(10).await.unwrap();
    assert_eq!(alarms.iter().filter(|alarm| alarm.event.kind == "bulk-reading").count(), 1);
    let next = rig.server.now() + Duration::from_secs(60);
    assert!(matches!(rig.server.pro_look(&alice, id(3)).await, Err(ProDenied::Slowed(at)) if at == next));
    rig.server.pro_look(&alice, id(0)).await.expect("what is open already stays open");
    rig.clock.advance(Duration::from_secs(60));
    rig.server.pro_look(&alice, id(3)).await.unwrap();
    assert!(matches!(rig.server.pro_look(&alice, id(4)).await, Err(ProDenied::Slowed(_))));
    rig.clock.advance(Duration::from_secs(3600));
    let alice = login(&rig, ALICE).await;
    rig.server.pro_look(&alice, id(4)).await.unwrap();
    assert_eq!(rig.server.bulk_state().await.unwrap().slowed, 0);
}

#[tokio::test]
async fn who_stands_in_sees_the_exams_between_the_two_dates_and_until_it_is_taken_back() {
    let rig = rig().await;
    rig.publish(&exam(1, 1, &[ALICE])).await;
    let (now, day) = (rig.server.now(), time::Duration::DAY);
    let alice = login(&rig, ALICE).await;
    assert!(rig.server.declare_standin(&alice, &rpps(BRUNO), now + day, now + day * 3).await.unwrap());
    for (from, until) in [(now, now), (now, now + day * 400), (now - day * 3, now - day)] {
        assert!(!rig.server.declare_standin(&alice, &rpps(BRUNO), from, until).await.unwrap());
    }
    assert!(!rig.server.declare_standin(&alice, &rpps(ALICE), now, now + day).await.unwrap(), "oneself");
    let seen = async |at| {
        rig.clock.jump_to(at);
        let bruno = login(&rig, BRUNO).await;
        listed(&rig, &bruno, "").await.len()
    };
    assert_eq!(seen(now).await, 0);
    assert_eq!(seen(now + day).await, 1);
    assert_eq!(seen(now + day * 3 - time::Duration::SECOND).await, 1);
    assert_eq!(seen(now + day * 3).await, 0);

    let alice = login(&rig, ALICE).await;
    let now = rig.server.now();
    assert!(rig.server.declare_standin(&alice, &rpps(BRUNO), now, now + day).await.unwrap());
    assert_eq!(seen(now).await, 1);
    let session = rig.server.pro_session(&alice).await.unwrap().unwrap();
    let standin = rig.server.standins(&session).await.unwrap()[0].standin;
    let bruno = login(&rig, BRUNO).await;
    rig.server.end_standin(&bruno, standin).await.unwrap();
    assert_eq!(seen(now).await, 1, "another cannot take it back");
    rig.server.end_standin(&alice, standin).await.unwrap();
    assert_eq!(seen(now).await, 0);
}

async fn local(rig: &Rig, account: &NewAccount, code: &str) -> Option<ProToken> {
    let attempt = LocalAttempt {
        rpps: "1000 0023 084".replace(' ', ""),
        password: account.password.to_string(),
        code: code.into(),
        client: "192.0.2.9".parse().unwrap(),
    };
    rig.server.open_local(&attempt).await.unwrap()
}

/// What the application shows at this instant.
fn shown(rig: &Rig, account: &NewAccount) -> String {
    let totp = totp_rs::Totp::from_url(account.otpauth.as_str()).unwrap();
    totp.generate(u64::try_from(rig.server.now().unix_timestamp()).unwrap()).to_string()
}

#[tokio::test]
async fn a_local_account_opens_with_password_and_code_and_each_code_once() {
    let rig = rig().await;
    let account = rig.server.professional_add(&rpps(ALICE), "Alice EXEMPLE", "carte CPS").await.unwrap();
    let code = shown(&rig, &account);
    assert!(local(&rig, &account, "000000").await.is_none());
    let token = local(&rig, &account, &code).await.unwrap();
    assert!(rig.server.pro_session(&token).await.unwrap().unwrap().local);
    assert!(local(&rig, &account, &code).await.is_none(), "the same code again");
    rig.clock.advance(Duration::from_secs(30));
    assert!(local(&rig, &account, &shown(&rig, &account)).await.is_some());

    let again = rig.server.professional_add(&rpps(ALICE), "Alice EXEMPLE", "carte CPS").await.unwrap();
    assert!(rig.server.pro_session(&token).await.unwrap().is_none(), "new secrets end old sessions");
    rig.clock.advance(Duration::from_secs(60));
    assert!(local(&rig, &account, &shown(&rig, &again)).await.is_none(), "the old password");
    assert!(local(&rig, &again, &shown(&rig, &again)).await.is_some());
    rig.server.professional_end(&rpps(ALICE)).await.unwrap();
    rig.clock.advance(Duration::from_secs(60));
    assert!(local(&rig, &again, &shown(&rig, &again)).await.is_none(), "ended");
    assert!(rig.server.professionals().await.unwrap()[0].ended_at.is_some());
}

#[tokio::test]
async fn the_local_login_is_throttled_like_the_door_and_costs_the_same_for_nobody() {
    let rig = rig().await;
    let account = rig.server.professional_add(&rpps(ALICE), "Alice EXEMPLE", "carte CPS").await.unwrap();
    let wrong = NewAccount { password: "x".to_owned().into(), otpauth: String::new().into() };
    let before = rig.server.hashes_made();
    for _ in 0..5 {
        assert!(local(&rig, &wrong, "000000").await.is_none());
    }
    assert_eq!(rig.server.hashes_made(), before + 5);
    assert!(local(&rig, &account, &shown(&rig, &account)).await.is_none(), "too soon, though right");
    assert_eq!(rig.server.hashes_made(), before + 5, "nothing was hashed");
    rig.clock.advance(Duration::from_secs(31));
    assert!(local(&rig, &account, &shown(&rig, &account)).await.is_some());
    let unknown = LocalAttempt {
        rpps: BRUNO.into(),
        password: "x".into(),
        code: "000000".into(),
        client: "192.0.2.77".parse().unwrap(),
    };
    let before = rig.server.hashes_made();
    assert!(rig.server.open_local(&unknown).await.unwrap().is_none());
    assert_eq!(rig.server.hashes_made(), before + 1);
}
