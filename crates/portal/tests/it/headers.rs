//! What goes with every answer.

use crate::rig::Rig;
use axum::http::StatusCode;

const PERSONAL: [&str; 10] = [
    "/",
    "/examen",
    "/examen/rapport",
    "/examen/rapport/page/1",
    "/examen/rapport.pdf",
    "/examen/telechargements",
    "/examen/dicom.zip",
    "/examen/images.zip",
    "/examen/consultations",
    "/nowhere",
];
const PUBLIC: [&str; 6] = ["/archivage", "/donnees", "/mentions", "/accessibilite", "/prescripteurs", "/ferme"];

#[tokio::test]
async fn nothing_personal_is_cached_framed_indexed_or_told_to_another_site() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    for address in PERSONAL.into_iter().chain(PUBLIC) {
        let answer = browser.get(address).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{address}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{address}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{address}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{address}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{address}");
        assert!(answer.header("x-robots-tag").contains("noindex"), "{address}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{address}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{address}");
        for hole in ["unsafe-inline", "unsafe-eval", "wasm-unsafe-eval", "http:", "https:", "*"] {
            assert!(!policy.contains(hole), "{address}: {hole}");
        }
    }
}

#[tokio::test]
async fn no_page_carries_a_style_or_script_of_its_own_nor_anything_from_elsewhere() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    let pages = ["/", "/examen", "/examen/rapport", "/examen/telechargements", "/examen/consultations", "/nowhere"];
    for address in pages.into_iter().chain(PUBLIC) {
        let page = browser.get(address).await.text();
        for part in [" style=", "<style", " onclick", " onload", "javascript:", "src=\"http", "href=\"http", "src=\"//"]
        {
            assert!(!page.contains(part), "{address}: {part}");
        }
        for script in page.split("<script").skip(1) {
            let (tag, after) = script.split_once('>').unwrap();
            assert!(tag.contains("src=\"/assets/") && after.starts_with("</script>"), "{address}: {script}");
        }
    }
}

#[tokio::test]
async fn c09_no_code_number_name_or_secret_is_in_any_address_of_any_page() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    let secret = browser.visit_secret().unwrap();
    for address in ["/examen", "/examen/rapport", "/examen/telechargements", "/examen/consultations"] {
        let page = browser.get(address).await.text();
        for link in page.split(['"', '\'']).filter(|text| text.starts_with('/') || text.contains("://")) {
            for known in [rig.code.as_str(), rig.qr.as_str(), rig.exam.number.as_str(), secret.as_str(), "LEF", "1957"]
            {
                assert!(!link.contains(known), "{address}: {link}");
            }
            for id in [rig.exam.exam, rig.exam.publication] {
                assert!(!link.contains(&id.to_string()) && !link.contains(&id.simple().to_string()), "{link}");
            }
        }
        assert!(!page.contains(&rig.code) && !page.contains(&secret) && !page.contains(&rig.qr), "{address}");
    }
}

#[tokio::test]
async fn every_page_with_all_it_loads_is_under_a_hundred_kilobytes() {
    let rig = Rig::new().await;
    let browser = rig.visitor().await;
    let pages = ["/", "/examen", "/examen/rapport", "/examen/telechargements", "/examen/consultations", "/nowhere"];
    for address in pages.into_iter().chain(PUBLIC) {
        let page = browser.get(address).await;
        let text = page.text();
        let mut total = page.body.len();
        for asset in text.split('"').filter(|part| part.starts_with("/assets/")) {
            let answer = browser.get(asset).await;
            assert_eq!(answer.status, StatusCode::OK, "{asset}");
            assert!(answer.header("cache-control").contains("immutable"), "{asset}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
            total += answer.body.len();
        }
        assert!(total < 100_000, "{address}: {total} bytes");
        assert!(text.contains("/assets/site-"), "{address}");
    }
    assert_eq!(browser.get("/assets/site.css").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/assets/..%2fsite.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn on_plain_loopback_cookies_are_not_secure_and_the_visit_works() {
    let rig = Rig::with(|pages| pages.secure_cookies = false, |_| {}).await;
    let browser = rig.browser();
    let opened = browser.post("/ouvrir", &rig.form(&rig.exam.number, &rig.code)).await;
    let cookie = opened.header("set-cookie");
    assert!(cookie.starts_with("examen=") && !cookie.contains("Secure"), "{cookie}");
    assert_eq!(browser.get("/examen").await.status, StatusCode::OK);
}

#[tokio::test]
async fn health_says_nothing_but_its_name() {
    let rig = Rig::new().await;
    let answer = rig.browser().get("/healthz").await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "ok\n"));
}
