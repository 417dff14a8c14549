//! Hidden means absent: for a professional from whom an exam is hidden, every route, list, count and search answers as if
//! it had never been. The requests are made from the table: a new route is tried without a word here.

use crate::matrix::professional;
use crate::rig::{Answer, Browser, Rig, START};
use axum::http::{Method, StatusCode};
use exam::ids::Rpps;
use exam::rights::*;
use link::{DiffusionDoor, Professional, Publication, Relation, ToDiffusion};
use portal::routes::{Row, Who};
use uuid::Uuid;

const BRUNO: &str = "99700366240";
const PERSON: Uuid = Uuid::from_u128(0x9E);
const UNKNOWN: Uuid = Uuid::from_u128(0xE2);

fn of_bruno(exam: &mut Publication) {
    exam.person = Some(PERSON);
    exam.professionals =
        vec![Professional { rpps: BRUNO.into(), relation: Relation::Ordered, name: "Bruno EXEMPLE".into() }];
}

async fn doctor(rig: &Rig) -> Browser {
    let browser = rig.browser();
    browser.keep("__Host-professionnel", professional(rig).await.secret());
    browser
}

fn hide(to: Towards, orderer_too: bool) -> ToDiffusion {
    let statement = Statement {
        id: StatementId { origin: Origin::Archive, sequence: 1 },
        person: PERSON,
        by: By::Person,
        about: Items::All,
        to,
        says: Says::Deny,
        orderer_too,
        purpose: Purpose::Any,
        from: START,
        until: None,
        made_at: START,
    };
    ToDiffusion::Statement { statement }
}

async fn ask(browser: &Browser, row: &Row, id: Uuid) -> (StatusCode, String, String) {
    let id = id.to_string();
    let path = row.path.replace("{exam}", &id).replace("{page}", "1").replace("{*rest}", "data/series.json");
    let answer = match row.method {
        Method::GET => browser.get(&path).await,
        _ => browser.post(&path, &format!("examen={id}&recherche=canari")).await,
    };
    let Answer { status, headers, .. } = &answer;
    (*status, format!("{headers:?}").replace(&id, ""), answer.text().replace(&id, ""))
}

/// Everything of the professionals' space, the exam named where a path names one.
fn routes(rig: &Rig) -> Vec<Row> {
    let rows: Vec<Row> = rig.rows.iter().filter(|row| row.who == Who::Professional).cloned().collect();
    assert!(rows.len() >= 15, "the table is read");
    rows
}

#[tokio::test]
async fn what_is_hidden_from_a_professional_is_answered_byte_for_byte_like_what_never_was() {
    let bruno = Towards::One { who: Named::Professional { rpps: Rpps::parse(BRUNO).unwrap() } };
    for (to, too) in [(bruno, false), (Towards::Everyone, true), (Towards::Role { role: Role::Professional }, false)] {
        let rig = Rig::with(|_| {}, of_bruno).await;
        let doctor = doctor(&rig).await;
        let named = |row: &&Row| row.path.contains("{exam}");
        let mut seen = 0;
        for row in routes(&rig).iter().filter(named) {
            let (theirs, none) = (ask(&doctor, row, rig.exam.exam).await, ask(&doctor, row, UNKNOWN).await);
            seen += usize::from(theirs != none);
        }
        assert!(seen >= 4, "before, they can be told apart");
        rig.server.apply(hide(to.clone(), too)).await.unwrap();
        for row in routes(&rig).iter().filter(named) {
            let (hidden, none) = (ask(&doctor, row, rig.exam.exam).await, ask(&doctor, row, UNKNOWN).await);
            assert_eq!(hidden, none, "{} {}", row.method, row.path);
            assert_ne!(hidden.0, StatusCode::OK, "{} {}", row.method, row.path);
        }
    }
}

#[tokio::test]
async fn lists_counts_and_searches_are_those_of_somebody_who_was_never_named() {
    let (hidden, never) = (Rig::with(|_| {}, of_bruno).await, Rig::new().await);
    let (kept_from, stranger) = (doctor(&hidden).await, doctor(&never).await);
    let words = |text: &str| ["LEFÈVRE", "Canari"].iter().any(|word| text.contains(word));
    assert!(words(&kept_from.get("/professionnel/examens").await.text()));
    hidden.server.apply(hide(Towards::Everyone, true)).await.unwrap();
    for row in routes(&hidden).iter().filter(|row| !row.path.contains('{')) {
        let (theirs, none) = (ask(&kept_from, row, UNKNOWN).await, ask(&stranger, row, UNKNOWN).await);
        assert_eq!(theirs, none, "{} {}", row.method, row.path);
        assert!(!words(&theirs.2), "{} {}", row.method, row.path);
    }
    let number = hidden.exam.number.clone();
    for search in ["canari", "09/04/1957", number.as_str(), "scanner"] {
        let form = format!("recherche={}", search.replace(' ', "+").replace('/', "%2F"));
        let (theirs, none) = (
            kept_from.post("/professionnel/examens", &form).await,
            stranger.post("/professionnel/examens", &form).await,
        );
        assert_eq!((theirs.status, theirs.text()), (none.status, none.text()), "{search}");
    }
}
