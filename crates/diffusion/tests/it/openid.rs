//! The professionals' login by OpenID Connect: one way in, and each way it is refused.

use crate::provider::{self, Says, TEN_MINUTES};
use crate::rig::Rig;
use diffusion::{LoginStart, ProToken};
use serde_json::json;

async fn rig() -> Rig {
    Rig::with(|settings| settings.openid = Some(provider::settings())).await
}

/// From the first click to the provider's page.
async fn begun(rig: &Rig) -> (LoginStart, String) {
    let start = rig.server.begin_openid().await.unwrap().unwrap();
    let state = rig.provider.visit(&start.url);
    (start, state)
}

async fn login(rig: &Rig) -> Option<ProToken> {
    let (start, state) = begun(rig).await;
    rig.server.finish_openid(&start.secret, &state, "code").await.unwrap()
}

#[tokio::test]
async fn a_professional_whose_token_and_rpps_are_right_gets_a_session_in_their_name() {
    let rig = rig().await;
    let token = login(&rig).await.unwrap();
    let session = rig.server.pro_session(&token).await.unwrap().unwrap();
    assert_eq!((session.who.rpps.as_str(), session.who.name.as_str()), ("10000023084", "Alice EXEMPLE"));
    assert!(!session.local);
}

#[tokio::test]
async fn each_wrong_word_of_the_provider_is_refused() {
    let rig = rig().await;
    let honest = || Says::who("10000023084");
    let wrong: Vec<(&str, Says)> = vec![
        ("nonce", Says { nonce: Some("another".into()), ..honest() }),
        ("level of assurance", Says { acr: Some("eidas0".into()), ..honest() }),
        ("no level of assurance", Says { acr: None, ..honest() }),
        ("issuer", Says { issuer: "https://elsewhere.example".into(), ..honest() }),
        ("audience", Says { audience: "another".into(), ..honest() }),
        ("expired", Says { expires_in: -1, ..honest() }),
        ("not signed by its key", Says { hmac: true, ..honest() }),
        ("signed by an unknown key", Says { foreign_key: true, ..honest() }),
        ("userinfo of another", Says { other_subject: true, ..honest() }),
        ("no RPPS", Says { claims: json!({ "given_name": "Alice" }), ..honest() }),
        ("a wrong RPPS", Says::who("10000023085")),
        ("an RPPS of another kind", Says { claims: json!({ "SubjectNameID": "010000023084" }), ..honest() }),
    ];
    for (what, says) in wrong {
        rig.provider.says(says);
        assert!(login(&rig).await.is_none(), "{what}");
    }
    rig.provider.says(honest());
    assert!(login(&rig).await.is_some());
}

#[tokio::test]
async fn a_callback_that_comes_twice_or_late_or_from_another_browser_is_refused() {
    let rig = rig().await;
    let (start, state) = begun(&rig).await;
    assert!(rig.server.finish_openid(&start.secret, "another", "code").await.unwrap().is_none());
    assert!(rig.server.finish_openid("", &state, "code").await.unwrap().is_none());
    let (other, _) = begun(&rig).await;
    assert!(rig.server.finish_openid(&other.secret, &state, "code").await.unwrap().is_none());
    rig.provider.visit(&start.url);
    assert!(rig.server.finish_openid(&start.secret, &state, "code").await.unwrap().is_some());
    assert!(rig.server.finish_openid(&start.secret, &state, "code").await.unwrap().is_none(), "replayed");

    let (start, state) = begun(&rig).await;
    rig.clock.advance(TEN_MINUTES + std::time::Duration::from_secs(1));
    assert!(rig.server.finish_openid(&start.secret, &state, "code").await.unwrap().is_none(), "too late");
}

#[tokio::test]
async fn a_code_stolen_on_its_way_is_of_no_use_without_the_verifier() {
    let rig = rig().await;
    let (start, state) = begun(&rig).await;
    // Another login's challenge stands at the provider: the verifier that follows from this secret does not fit.
    let (_, _) = begun(&rig).await;
    assert!(rig.server.finish_openid(&start.secret, &state, "code").await.unwrap().is_none());
}

#[tokio::test]
async fn a_session_ends_when_idle_or_old_or_closed_or_with_its_account() {
    let rig = rig().await;
    let minutes = |n: u64| std::time::Duration::from_secs(60 * n);
    let lives = async |token: &ProToken| rig.server.pro_session(token).await.unwrap().is_some();
    let idle = login(&rig).await.unwrap();
    rig.clock.advance(minutes(29));
    assert!(lives(&idle).await);
    rig.clock.advance(minutes(30));
    assert!(!lives(&idle).await);

    let old = login(&rig).await.unwrap();
    for _ in 0..23 {
        rig.clock.advance(minutes(26));
        assert!(lives(&old).await);
    }
    rig.clock.advance(minutes(2));
    assert!(!lives(&old).await, "ten hours");

    let closed = login(&rig).await.unwrap();
    rig.server.close_pro(&closed).await.unwrap();
    assert!(!lives(&closed).await);

    let ended = login(&rig).await.unwrap();
    rig.server.professional_end(&"10000023084".parse().unwrap()).await.unwrap();
    assert!(!lives(&ended).await);
    assert!(login(&rig).await.is_none(), "nor does the provider open it again");
}
