//! The listeners of the pages as an attacker's socket sees them: bytes of its own making, slow, twice framed, or lying
//! about where they come from.

use super::patience::Patience;
use super::{Deadlines, Front, Pages, serve_by};
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum_server::Handle;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

struct Server {
    address: SocketAddr,
    handle: Handle<SocketAddr>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.handle.shutdown();
    }
}

fn router() -> Router {
    Router::new()
        .route("/who", get(async |ConnectInfo(client): ConnectInfo<SocketAddr>| client.ip().to_string()))
        .route("/said", get(async |headers: HeaderMap| format!("{:?}", headers.keys().collect::<Vec<_>>())))
        .route("/form", post(async |body: String| format!("got {body}")))
        .route("/large", get(async || vec![7u8; 64 << 20]))
        .route("/healthz", get(async || "ok"))
}

/// Far shorter than the real ones: what they end is what is tested, not how long they are.
fn short() -> Deadlines {
    let taking =
        Patience { window: Duration::from_millis(200), least_bytes: 1 << 20, silence: Duration::from_millis(400) };
    Deadlines { head: Duration::from_millis(200), body: Duration::from_millis(200), taking }
}

/// Closed by the head's deadline when nothing else follows.
fn patient() -> Deadlines {
    Deadlines::default()
}

fn server(front: Front, times: Deadlines) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let handle = Handle::new();
    tokio::spawn(serve_by(listener, Pages { front, router: router() }, None, handle.clone(), times));
    Server { address, handle }
}

impl Server {
    /// Everything that comes back until the server closes.
    async fn said_to(&self, bytes: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Refused before everything was read: the rest of what was sent may reset the connection.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn get(&self, path: &str, headers: &str) -> String {
        self.said_to(&format!("GET {path} HTTP/1.1\r\nHost: ours.example\r\nConnection: close\r\n{headers}\r\n")).await
    }
}

fn proxied(networks: &[&str]) -> Front {
    Front { proxies: networks.iter().map(|text| text.parse().unwrap()).collect(), ..Front::default() }
}

#[tokio::test]
async fn c04_c17_only_a_trusted_proxy_says_for_whom_it_asks() {
    let lies = "X-Forwarded-For: 192.0.2.7\r\nForwarded: for=192.0.2.7\r\nX-Real-IP: 192.0.2.7\r\n";
    let alone = server(Front::default(), patient());
    assert!(alone.get("/who", lies).await.ends_with("\r\n127.0.0.1"), "nobody is trusted");
    let elsewhere = server(proxied(&["10.0.0.0/8"]), patient());
    assert!(elsewhere.get("/who", lies).await.ends_with("\r\n127.0.0.1"), "another proxy is trusted");
    let behind = server(proxied(&["127.0.0.1", "10.0.0.0/8"]), patient());
    for (said, client) in [
        ("192.0.2.7", "192.0.2.7"),
        // What the client itself wrote stands to the left of what the proxy saw.
        ("198.51.100.1, 192.0.2.7", "192.0.2.7"),
        ("198.51.100.1, 192.0.2.7, 10.1.2.3", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("192.0.2.7:1234", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        // Nothing that is an address: the proxy itself, never a text of the client's.
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
    ] {
        let answer = behind.get("/who", &format!("X-Forwarded-For: {said}\r\n")).await;
        assert!(answer.ends_with(&format!("\r\n{client}")), "{said}: {answer}");
    }
    let seen = behind.get("/said", &format!("{lies}X-Forwarded-Host: evil\r\nX-HTTP-Method-Override: PUT\r\n")).await;
    assert!(!seen.contains("forwarded") && !seen.contains("real-ip") && !seen.contains("override"), "{seen}");
}

#[tokio::test]
async fn c17_a_name_that_is_not_ours_is_refused_and_so_are_two() {
    let server = server(Front { host: "ours.example".into(), ..Front::default() }, patient());
    let status = |answer: String| answer.split(' ').nth(1).unwrap_or_default().to_owned();
    let asked = |head: &str| format!("{head}\r\nConnection: close\r\n\r\n");
    for fine in ["Host: ours.example", "Host: OURS.example:443", "Host: ours.example:80"] {
        assert_eq!(status(server.said_to(&asked(&format!("GET /who HTTP/1.1\r\n{fine}"))).await), "200", "{fine}");
    }
    for wrong in [
        "GET /who HTTP/1.1\r\nHost: evil.example",
        "GET /who HTTP/1.1\r\nHost: ours.example.evil.example",
        "GET /who HTTP/1.1\r\nHost: ours.example\r\nHost: evil.example",
        "GET /who HTTP/1.1\r\nHost:",
        "GET /who HTTP/1.1\r\nX-Forwarded-Host: ours.example",
        "GET http://evil.example/who HTTP/1.1\r\nHost: ours.example",
        "GET http://evil.example/who HTTP/1.1\r\nHost: evil.example",
    ] {
        let answer = server.said_to(&asked(wrong)).await;
        assert!(answer.starts_with("HTTP/1.1 421") && !answer.contains("127.0.0.1"), "{wrong}: {answer}");
    }
    assert_eq!(status(server.said_to(&asked("GET /healthz HTTP/1.1\r\nHost: 10.0.0.9")).await), "200");
}

#[tokio::test]
async fn c17_a_body_framed_twice_or_where_none_belongs_smuggles_no_second_request() {
    let server = server(Front::default(), short());
    let smuggled = "GET /who HTTP/1.1\r\nHost: ours.example\r\n\r\n";
    let length = smuggled.len();
    for head in [
        format!(
            "POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: {}\r\nTransfer-Encoding: chunked",
            length + 5
        ),
        format!(
            "POST /form HTTP/1.1\r\nHost: ours.example\r\nTransfer-Encoding: chunked\r\nContent-Length: {}",
            length + 5
        ),
        "POST /form HTTP/1.1\r\nHost: ours.example\r\nTransfer-Encoding: chunked".into(),
        "POST /form HTTP/1.1\r\nHost: ours.example\r\nTransfer-Encoding: xchunked".into(),
        "POST /form HTTP/1.1\r\nHost: ours.example\r\nTransfer-Encoding : chunked".into(),
        "POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: 0\r\nContent-Length: 5".into(),
        "POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: +5".into(),
        "POST /form HTTP/1.0\r\nHost: ours.example\r\nTransfer-Encoding: chunked".into(),
        "GET /who HTTP/1.1\r\nHost: ours.example\r\nContent-Length: 5".into(),
        "GET /who HTTP/1.1\r\nHost: ours.example\r\nTransfer-Encoding: chunked".into(),
        "GET /who HTTP/1.1\r\nHost: ours.example\r\nX: a\rb".into(),
        "GET /who HTTP/1.1\r\nHost: ours.example\r\nX: a\0b".into(),
        "GET /who HTTP/1.1\r\nHost: ours.example\r\n folded: x".into(),
    ] {
        let answer = server.said_to(&format!("{head}\r\n\r\n0\r\n\r\n{smuggled}")).await;
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{head}: {answer}");
        assert!(answer.starts_with("HTTP/1.1 4") || answer.starts_with("HTTP/1.0 4"), "{head}: {answer}");
        assert!(!answer.ends_with("127.0.0.1"), "{head}: {answer}");
    }
    let fine =
        server.said_to("POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    assert!(fine.await.ends_with("got ok"));
}

#[tokio::test]
async fn c18_a_slow_head_a_silent_connection_and_an_idle_one_are_closed() {
    let server = server(Front::default(), short());
    // Each returns because the server closes; it would wait for ever otherwise.
    assert_eq!(server.said_to("").await, "");
    server.said_to("GET /who HTT").await;
    let idle = server.said_to("GET /who HTTP/1.1\r\nHost: ours.example\r\n\r\n").await;
    assert!(idle.contains("200 OK"), "{idle}");
    let mut drip = TcpStream::connect(server.address).await.unwrap();
    let (mut reader, mut writer) = drip.split();
    let dripping = async {
        loop {
            if writer.write_all(b"GET /who HTTP/1.1\r\nX: ").await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = dripping => {}
        _ = reader.read_to_end(&mut answer) => {}
    }
    assert!(!String::from_utf8_lossy(&answer).contains("200"));
}

#[tokio::test]
async fn c18_a_body_byte_by_byte_meets_one_deadline_for_all_of_it() {
    let server = server(Front::default(), short());
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: 100000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let dripping = async {
        while writer.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let mut answer = Vec::new();
    tokio::select! {
        () = dripping => {}
        _ = reader.read_to_end(&mut answer) => {}
    }
    assert!(!String::from_utf8_lossy(&answer).contains("got x"));
}

#[tokio::test]
async fn c18_whoever_takes_a_large_answer_too_slowly_is_let_go_and_whoever_takes_it_gets_all() {
    // Only by how little it takes: it is never silent.
    let taking = Patience { silence: Duration::from_secs(3600), ..short().taking };
    let server = server(Front::default(), Deadlines { taking, ..short() });
    let whole = server.get("/large", "").await;
    assert!(whole.len() > 64 << 20);
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /large HTTP/1.1\r\nHost: ours.example\r\n\r\n").await.unwrap();
    let mut took = 0usize;
    let mut small = [0u8; 512];
    loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        match stream.read(&mut small).await {
            Ok(0) | Err(_) => break,
            Ok(bytes) => took += bytes,
        }
        assert!(took < 8 << 20, "a client this slow keeps its answer for ever");
        if took > 64 * 1024 {
            // By then its time is over: what is left is what the two kernels hold.
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            assert!(took + rest.len() < 64 << 20, "it was not let go");
            break;
        }
    }
}

#[tokio::test]
async fn c20_c21_heads_and_numbers_without_measure_are_refused_before_anything_is_kept() {
    let server = server(Front::default(), short());
    let long = "a".repeat(1 << 20);
    for head in [
        format!("GET /who HTTP/1.1\r\nHost: ours.example\r\nAccept: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nHost: ours.example\r\n\r\n"),
        format!("GET /who HTTP/1.1\r\nHost: ours.example\r\n{}\r\n", "A: b\r\n".repeat(500)),
        "POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: 99999999999999999999\r\n\r\n".into(),
        "POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: -1\r\n\r\n".into(),
    ] {
        let answer = server.said_to(&head).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{}: {answer}", &head[..40]);
    }
    let huge = format!("POST /form HTTP/1.1\r\nHost: ours.example\r\nContent-Length: {}\r\n\r\nx", u64::MAX / 2);
    let answer = server.said_to(&huge).await;
    assert!(!answer.contains("200 OK"), "{answer}");
}

#[tokio::test]
async fn with_tls_browsers_are_told_to_come_by_tls_only() {
    let strict = "strict-transport-security: max-age=31536000";
    let secure = server(Front { secure: true, host: "ours.example".into(), ..Front::default() }, patient());
    assert!(secure.get("/who", "").await.contains(strict));
    assert!(secure.said_to("GET /x HTTP/1.1\r\nHost: evil\r\nConnection: close\r\n\r\n").await.contains(strict));
    assert!(!server(Front::default(), patient()).get("/who", "").await.contains("strict-transport-security"));
}

#[tokio::test]
async fn only_what_is_sent_to_dicomweb_may_come_in_chunks() {
    let server = server(Front::default(), patient());
    let chunked = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        )
    };
    assert!(server.said_to(&chunked("/form")).await.starts_with("HTTP/1.1 411"));
    // Nothing is mounted there in this test: that it is looked for is enough.
    assert!(server.said_to(&chunked("/dicom-web/studies")).await.starts_with("HTTP/1.1 404"));
}
