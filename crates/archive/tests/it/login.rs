//! Staff sessions, on a clock that the test moves.

use crate::rig::{GROUP, Rig};
use ambient::Clock;
use archive::desk::{Desk, Login, Role, StaffToken, verifier};
use record::Staff;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ELSEWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
const PASSWORD: &str = "cheval agrafe pile correct";

async fn desk() -> (Rig, Desk) {
    let rig = Rig::new().await;
    let phc = verifier(PASSWORD, [7; 16]).unwrap();
    for login in ["anne", "yann"] {
        let staff = Staff {
            login: login.into(),
            name: login.to_uppercase(),
            role: Role::Desk,
            site: String::new(),
            phc: phc.clone(),
            disabled_at: None,
        };
        rig.archive.catalogue.staff_add(GROUP, staff).await.unwrap();
    }
    let desk = Desk::new(rig.archive.clone());
    (rig, desk)
}

async fn enter(desk: &Desk, login: &str, password: &str, from: IpAddr) -> Option<StaffToken> {
    match desk.login(login, password, from).await.unwrap() {
        Login::Welcome(token) => Some(token),
        Login::Refused => None,
    }
}

async fn disable(rig: &Rig, login: &str) {
    rig.archive.catalogue.staff_disable(GROUP, login, rig.clock.now()).await.unwrap();
}

#[tokio::test]
async fn an_unknown_login_a_wrong_password_and_a_closed_account_get_the_same_answer() {
    let (rig, desk) = desk().await;
    let token = enter(&desk, " Anne ", PASSWORD, HERE).await.expect("the right password opens");
    assert_eq!(desk.who(&token.0).await.unwrap().unwrap().login, "anne");
    disable(&rig, "yann").await;
    for (login, password) in [("personne", PASSWORD), ("anne", "autre"), ("anne", ""), ("yann", PASSWORD)] {
        assert!(enter(&desk, login, password, HERE).await.is_none(), "{login}");
    }
    let refused = rig.archive.trace.security_events(50).await.unwrap();
    assert_eq!(refused.iter().filter(|line| line.event.kind == "login-refused").count(), 4);
    assert!(!format!("{refused:?}").contains("personne"), "what was typed may be a password");
}

#[tokio::test]
async fn after_five_failures_even_the_right_password_waits() {
    let (rig, desk) = desk().await;
    for _ in 0..5 {
        assert!(enter(&desk, "anne", "autre", HERE).await.is_none());
    }
    assert!(enter(&desk, "anne", PASSWORD, ELSEWHERE).await.is_none(), "the login waits, wherever from");
    assert!(enter(&desk, "yann", PASSWORD, HERE).await.is_none(), "the address waits, whoever it is");
    assert!(enter(&desk, "yann", PASSWORD, ELSEWHERE).await.is_some(), "others do not");
    rig.clock.advance(Duration::from_secs(3));
    assert!(enter(&desk, "anne", "autre", ELSEWHERE).await.is_none());
    rig.clock.advance(Duration::from_secs(3));
    assert!(enter(&desk, "anne", PASSWORD, ELSEWHERE).await.is_none(), "one more failure doubles the wait");
    rig.clock.advance(Duration::from_secs(2));
    assert!(enter(&desk, "anne", PASSWORD, ELSEWHERE).await.is_some());
}

#[tokio::test]
async fn tries_at_the_same_moment_are_counted_like_tries_one_after_the_other() {
    let (_rig, desk) = desk().await;
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let desk = desk.clone();
        running.spawn(async move { enter(&desk, "anne", "autre", HERE).await });
    }
    while let Some(entered) = running.join_next().await {
        assert!(entered.unwrap().is_none());
    }
    let asked = _rig.archive.trace.security_events(50).await.unwrap().len();
    assert_eq!(asked, 5, "only five passwords were looked at");
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_a_request_and_after_a_working_day_with() {
    let (rig, desk) = desk().await;
    let idle = enter(&desk, "anne", PASSWORD, HERE).await.unwrap();
    rig.clock.advance(Duration::from_secs(30 * 60 - 1));
    assert!(desk.who(&idle.0).await.unwrap().is_some());
    rig.clock.advance(Duration::from_secs(30 * 60));
    assert!(desk.who(&idle.0).await.unwrap().is_none());
    let busy = enter(&desk, "anne", PASSWORD, HERE).await.unwrap();
    for _ in 0..29 {
        rig.clock.advance(Duration::from_secs(20 * 60));
        assert!(desk.who(&busy.0).await.unwrap().is_some());
    }
    rig.clock.advance(Duration::from_secs(20 * 60));
    assert!(desk.who(&busy.0).await.unwrap().is_none());
}

#[tokio::test]
async fn a_closed_account_loses_its_session_at_once_and_a_logout_only_its_own() {
    let (rig, desk) = desk().await;
    let anne = enter(&desk, "anne", PASSWORD, HERE).await.unwrap();
    let other = enter(&desk, "anne", PASSWORD, HERE).await.unwrap();
    let yann = enter(&desk, "yann", PASSWORD, HERE).await.unwrap();
    desk.logout(&other.0);
    assert!(desk.who(&other.0).await.unwrap().is_none());
    assert!(desk.who(&anne.0).await.unwrap().is_some());
    disable(&rig, "anne").await;
    assert!(desk.who(&anne.0).await.unwrap().is_none());
    assert!(desk.who(&yann.0).await.unwrap().is_some());
    assert!(desk.who("").await.unwrap().is_none());
}

#[tokio::test]
async fn another_role_counts_and_another_password_ends_sessions_within_one_request() {
    let (rig, desk) = desk().await;
    let anne = enter(&desk, "anne", PASSWORD, HERE).await.unwrap();
    assert_eq!(desk.who(&anne.0).await.unwrap().unwrap().role, Role::Desk);
    let account = |role, phc| Staff {
        login: "anne".into(),
        name: "ANNE".into(),
        role,
        site: String::new(),
        phc,
        disabled_at: None,
    };
    let same = verifier(PASSWORD, [7; 16]).unwrap();
    rig.archive.catalogue.staff_add(GROUP, account(Role::Administrator, same)).await.unwrap();
    assert_eq!(desk.who(&anne.0).await.unwrap().unwrap().role, Role::Administrator);
    let other = verifier("une autre phrase", [8; 16]).unwrap();
    rig.archive.catalogue.staff_add(GROUP, account(Role::Administrator, other)).await.unwrap();
    assert!(desk.who(&anne.0).await.unwrap().is_none());
}

#[tokio::test]
async fn a_logout_everywhere_ends_all_sessions_of_that_person_and_nobody_elses() {
    let (_rig, desk) = desk().await;
    let here = enter(&desk, "anne", PASSWORD, HERE).await.unwrap();
    let there = enter(&desk, "anne", PASSWORD, ELSEWHERE).await.unwrap();
    let yann = enter(&desk, "yann", PASSWORD, HERE).await.unwrap();
    desk.logout_everywhere("made up");
    assert!(desk.who(&there.0).await.unwrap().is_some());
    desk.logout_everywhere(&here.0);
    assert!(desk.who(&here.0).await.unwrap().is_none() && desk.who(&there.0).await.unwrap().is_none());
    assert!(desk.who(&yann.0).await.unwrap().is_some());
}

#[tokio::test]
async fn without_the_trace_nobody_enters() {
    let (rig, desk) = desk().await;
    rig.archive.trace.close().await.unwrap();
    assert!(desk.login("anne", PASSWORD, HERE).await.is_err());
}
