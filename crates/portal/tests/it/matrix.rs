//! C01, C02: every route of the table, asked for by everybody who may not, and about everything that is not theirs, is
//! answered as what does not exist. The requests are made from the table: a new route is tried without a word here.

use crate::rig::{Answer, Browser, Rig};
use axum::http::{Method, StatusCode};
use link::{DiffusionDoor, ToDiffusion};
use portal::routes::{Row, Who};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// The answer without what changes with the clock.
fn shape(answer: &Answer) -> (StatusCode, BTreeMap<String, String>, String) {
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), value.to_str().unwrap_or("?").to_owned())
    };
    (answer.status, answer.headers.iter().map(header).collect(), answer.text())
}

/// The row's path with this in the place of every parameter.
fn filled(row: &Row, with: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { with.to_owned() } else { part.to_owned() };
    row.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn ask(browser: &Browser, row: &Row, with: &str) -> Answer {
    let path = filled(row, with);
    match row.method {
        Method::GET => browser.get(&path).await,
        _ => browser.post(&path, "motif=x&reponse=oui").await,
    }
}

/// What a page or a list would tell apart: who may not, whatever the reason, gets what is not there.
async fn nothing_is_there(browser: &Browser, rows: &[Row], why: &str) {
    let missing = shape(&browser.get("/nowhere").await);
    assert_eq!(missing.0, StatusCode::NOT_FOUND);
    for row in rows.iter().filter(|row| matches!(row.who, Who::Visit | Who::Follower)) {
        let answer = ask(browser, row, "1").await;
        assert_eq!(shape(&answer), missing, "{why}: {} {}", row.method, row.path);
    }
}

#[tokio::test]
async fn c01_without_a_living_visit_every_route_that_asks_for_one_is_not_there() {
    let rig = crate::viewer::rig().await;
    assert!(rig.rows.iter().filter(|row| row.who != Who::Anyone).count() >= 15, "the table is read");
    nothing_is_there(&rig.browser(), &rig.rows, "a stranger").await;
    let closed = rig.visitor().await;
    closed.post_keeping_cookies("/fermer").await;
    nothing_is_there(&closed, &rig.rows, "a closed visit").await;
    let forged = rig.visitor().await;
    forged.forge();
    nothing_is_there(&forged, &rig.rows, "a forged secret").await;
    let revoked = rig.visitor().await;
    rig.server.apply(ToDiffusion::Revoke { sheet: Uuid::from_u128(0x5EE7) }).await.unwrap();
    nothing_is_there(&revoked, &rig.rows, "a revoked sheet").await;
}

#[tokio::test]
async fn c01_a_visit_left_alone_or_too_old_opens_nothing() {
    for (steps, minutes) in [(1, 31), (20, 25)] {
        let rig = crate::viewer::rig().await;
        let browser = rig.visitor().await;
        for _ in 0..steps {
            rig.clock.advance(std::time::Duration::from_secs(minutes * 60));
            browser.get("/examen").await;
        }
        nothing_is_there(&browser, &rig.rows, "a visit that is over").await;
    }
}

#[tokio::test]
async fn c01_c02_ids_of_others_neighbours_and_inventions_all_look_unknown() {
    let rig = crate::viewer::rig().await;
    let browser = rig.visitor().await;
    let foreign = [
        rig.exam.exam.to_string(),
        rig.exam.publication.to_string(),
        Uuid::from_u128(0xE2).to_string(),
        Uuid::from_u128(0x5EE7).simple().to_string(),
        rig.exam.number.replace(' ', ""),
        "2".into(),
        "3".into(),
        "0".into(),
        "-1".into(),
        "4294967297".into(),
        "1.2.840.10008.1.2.1".into(),
        "%2e%2e".into(),
        "1%00".into(),
        "1%0d%0aset-cookie:%20a=b".into(),
    ];
    for row in rig.rows.iter().filter(|row| row.path.contains('{') && row.who == Who::Visit) {
        let unknown = shape(&ask(&browser, row, "99999").await);
        assert_eq!(unknown.0, StatusCode::NOT_FOUND, "{}", row.path);
        for id in &foreign {
            // The report of this exam has two pages.
            if row.path.ends_with("/page/{page}") && id == "2" {
                continue;
            }
            assert_eq!(shape(&ask(&browser, row, id).await), unknown, "{} with {id}", row.path);
        }
    }
}

/// A professional of the group's own, who ordered nothing.
pub async fn professional(rig: &Rig) -> diffusion::ProToken {
    let rpps = "99700366240".parse().unwrap();
    let account = rig.server.professional_add(&rpps, "Bruno EXEMPLE", "carte CPS").await.unwrap();
    let totp = totp_rs::Totp::from_url(account.otpauth.as_str()).unwrap();
    let code = totp.generate(u64::try_from(rig.server.now().unix_timestamp()).unwrap()).to_string();
    let client = "192.0.2.9".parse().unwrap();
    let attempt =
        diffusion::LocalAttempt { rpps: rpps.as_str().into(), password: account.password.to_string(), code, client };
    rig.server.open_local(&attempt).await.unwrap().unwrap()
}

#[tokio::test]
async fn c01_c26_without_a_living_session_every_route_of_a_professional_leads_to_the_login_whatever_it_names() {
    let rig = crate::viewer::rig().await;
    let rows: Vec<&Row> = rig.rows.iter().filter(|row| row.who == Who::Professional).collect();
    assert!(rows.len() >= 15, "the table is read");
    let (stranger, patient, idle, ended) = (rig.browser(), rig.visitor().await, rig.browser(), rig.browser());
    idle.keep("__Host-professionnel", professional(&rig).await.secret());
    rig.clock.advance(Duration::from_secs(31 * 60));
    ended.keep("__Host-professionnel", professional(&rig).await.secret());
    rig.server.professional_end(&"99700366240".parse().unwrap()).await.unwrap();
    for row in rows {
        let to_login = shape(&ask(&stranger, row, "1").await);
        assert_eq!((to_login.0, to_login.1["location"].as_str()), (StatusCode::SEE_OTHER, "/professionnel"));
        for browser in [&stranger, &patient, &idle, &ended] {
            for id in ["1", &rig.exam.exam.to_string()] {
                assert_eq!(shape(&ask(browser, row, id).await), to_login, "{} {}", row.method, row.path);
            }
        }
    }
}

#[tokio::test]
async fn c02_an_exam_that_is_not_theirs_looks_unknown_to_a_professional_on_every_route() {
    let rig = crate::viewer::rig().await;
    let browser = rig.browser();
    browser.keep("__Host-professionnel", professional(&rig).await.secret());
    assert_eq!(browser.get("/professionnel/examens").await.status, StatusCode::OK);
    let named = |row: &&Row| row.path.contains('{') && row.who == Who::Professional;
    for row in rig.rows.iter().filter(named).filter(|row| !row.path.ends_with("rapatrier")) {
        let of = |id: Uuid| {
            row.path.replace("{exam}", &id.to_string()).replace("{page}", "1").replace("{*rest}", "data/series")
        };
        let (theirs, none) = (rig.exam.exam, Uuid::from_u128(0xE2));
        let mut answers = Vec::new();
        for id in [theirs, none] {
            let answer = browser.get(&of(id)).await;
            let (status, headers, text) = shape(&answer);
            answers.push((
                status,
                format!("{headers:?}").replace(&id.to_string(), ""),
                text.replace(&id.to_string(), ""),
            ));
        }
        assert_eq!(answers[0], answers[1], "{}", row.path);
        assert_ne!(answers[0].0, StatusCode::OK, "{}", row.path);
    }
}

#[tokio::test]
async fn c13_no_change_is_made_for_another_site_and_none_by_a_get() {
    let rig = crate::viewer::rig().await;
    let browser = rig.visitor().await;
    let changes: Vec<&Row> = rig.rows.iter().filter(|row| row.method != Method::GET).collect();
    assert!(changes.len() >= 4 && changes.iter().all(|row| row.from_our_pages));
    for row in changes {
        let path = filled(row, "1");
        for (name, value) in [
            ("origin", "https://elsewhere.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("x-nothing", "said"),
        ] {
            let request = axum::http::Request::post(&path).header(name, value);
            let answer = browser.post_with(request, "").await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {name}: {value}");
            assert!(answer.body.is_empty() && answer.headers.get("set-cookie").is_none(), "{path}");
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
        for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::TRACE] {
            let answer = browser.method(method.clone(), &path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
        }
    }
    assert_eq!(browser.get("/examen").await.status, StatusCode::OK, "the visit is still open");
}

#[tokio::test]
async fn c09_c14_c16_c28_every_route_says_what_may_be_done_with_its_answer() {
    let rig = crate::viewer::rig().await;
    let (visitor, stranger) = (rig.visitor().await, rig.browser());
    for row in &rig.rows {
        if row.who == Who::Follower || row.path == "/fermer" {
            continue;
        }
        for browser in [&stranger, &visitor] {
            let answer = ask(browser, row, "1").await;
            let at = format!("{} {}", row.method, row.path);
            let shared = row.cache == portal::routes::Cache::Shared && answer.status.is_success();
            assert_eq!(answer.header("cache-control") == "no-store", !shared, "{at}");
            for (name, value) in [
                ("referrer-policy", "no-referrer"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin"),
                ("x-robots-tag", "noindex, nofollow, noarchive"),
            ] {
                assert_eq!(answer.header(name), value, "{at}");
            }
            let policy = answer.header("content-security-policy");
            assert!(
                policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{at}: {policy}"
            );
            assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'));
            assert!(answer.headers.get("access-control-allow-origin").is_none(), "{at}");
            assert!(answer.headers.get("server").is_none() && answer.headers.get("x-powered-by").is_none(), "{at}");
        }
    }
}

#[tokio::test]
async fn a_secret_planted_before_the_door_opens_is_not_taken_over_and_each_opening_has_its_own() {
    let rig = Rig::new().await;
    let planted = "0123456789abcdef".repeat(4);
    let open = async |name: &str| {
        let request = axum::http::Request::post("/ouvrir")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", format!("{name}={planted}"));
        let answer = rig.browser().post_with(request, &rig.form(&rig.exam.number, &rig.code)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        answer.header("set-cookie").to_owned()
    };
    let (first, second) = (open("__Host-examen").await, open("examen").await);
    assert_ne!(first, second);
    for cookie in [first, second] {
        assert!(cookie.starts_with("__Host-examen=") && !cookie.contains(&planted), "{cookie}");
        for word in ["; Path=/", "; HttpOnly", "; SameSite=Strict", "; Secure"] {
            assert!(cookie.contains(word), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[tokio::test]
async fn d06_without_a_visit_a_body_is_not_even_read() {
    let rig = crate::viewer::rig().await;
    let stranger = rig.browser();
    let missing = shape(&stranger.get("/nowhere").await);
    for row in rig.rows.iter().filter(|row| row.method == Method::POST && row.who == Who::Visit) {
        for (kind, body) in [
            ("application/json", "{\"a\":".to_owned()),
            ("text/xml", "<!DOCTYPE x [".into()),
            ("a/b", "z".repeat(1 << 20)),
        ] {
            let request = axum::http::Request::post(&row.path)
                .header("sec-fetch-site", "same-origin")
                .header("content-type", kind);
            let answer = stranger.send(request, axum::body::Body::from(body)).await;
            assert_eq!(shape(&answer), missing, "{}", row.path);
        }
    }
}

#[tokio::test]
async fn a_path_that_the_table_does_not_name_is_not_there_even_if_a_mounted_router_would_answer() {
    let rig = Rig::with(
        |pages| {
            let page = axum::Router::new()
                .route("/", axum::routing::get(async || "viewer"))
                .route("/data/extra", axum::routing::get(async || "no line"));
            let files = |_, _| axum::response::IntoResponse::into_response(StatusCode::NOT_FOUND);
            pages.images = Some(portal::patient::Viewer { page, files });
        },
        |_| {},
    )
    .await;
    let browser = rig.visitor().await;
    assert_eq!(browser.get("/images/").await.status, StatusCode::OK);
    assert_eq!(shape(&browser.get("/images/data/extra").await), shape(&browser.get("/nowhere").await));
}
