//! The pages over a diffusion server in a temporary folder, and a browser that keeps its cookies.

use axum::Router;
use axum::body::Body;
use axum::extract::connect_info::MockConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use diffusion::{Argon2Cost, Diffusion, NoRenderer, Ports, Settings};
use exam::policy::Policies;
use http_body_util::BodyExt;
use link::series::{InstanceIndex, SeriesIndex, Span};
use link::{
    BirthDate, BlobInfo, BlobName, CodeGrant, DiffusionDoor, Publication, ReportSummary, SeriesSummary, Times,
    ToDiffusion,
};
use portal::patient::PatientPages;
use portal::routes::Row;
use portal::{Contact, PaidArchive, SiteInfo};
use sha2::{Digest, Sha256};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use testkit::{FakeClock, SeededRandom};
use time::OffsetDateTime;
use time::macros::{date, datetime};
use tower::ServiceExt;
use trace::{Trace, TraceSettings};
use uuid::Uuid;

pub const START: OffsetDateTime = datetime!(2027-03-03 09:12 UTC);
pub const ONLINE_UNTIL: OffsetDateTime = datetime!(2028-11-25 23:00 UTC);
pub const NAME: &str = "LEFÈVRE Marie <b>Canari</b>";
pub const HOST: &str = "images.exemple.fr";

pub fn site() -> SiteInfo {
    let contact = |name: &str, reach: &str| Contact { name: name.into(), reach: reach.into() };
    SiteInfo {
        name: "Imagerie des Tilleuls".into(),
        phone: "02 00 00 00 00".into(),
        hours: "du lundi au vendredi, de 8 h à 18 h".into(),
        hours_en: "Monday to Friday, 8 am to 6 pm".into(),
        public_url: format!("https://{HOST}"),
        address: "1 place des Tilleuls, 00000 Exemple".into(),
        publisher: contact("Dr Claire Exemple", ""),
        officer: contact("Bureau de la protection des données", "dpo@exemple.fr"),
        host: contact("Hébergeur Exemple", "2 rue du Serveur, 00000 Exemple"),
        partners: vec!["CHU de Exemple".into()],
        paid_archive: PaidArchive { sites: vec!["Centre des Tilleuls".into()], price_cents: 3000 },
    }
}

pub struct Rig {
    _folder: TempDir,
    pub rows: Vec<Row>,
    pub clock: Arc<FakeClock>,
    pub trace: Trace,
    pub server: Diffusion,
    pub pages: Router,
    pub exam: Publication,
    pub code: String,
    pub qr: String,
}

impl Rig {
    pub async fn new() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    /// With pages and exam changed before they are used.
    pub async fn with(change: impl FnOnce(&mut PatientPages), exam_change: impl FnOnce(&mut Publication)) -> Self {
        Self::start(change, exam_change, |_| {}).await
    }

    /// With all three.
    pub async fn start(
        change: impl FnOnce(&mut PatientPages),
        exam_change: impl FnOnce(&mut Publication),
        settings_change: impl FnOnce(&mut Settings),
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(FakeClock::at(START));
        let random = Arc::new(SeededRandom::new(11));
        let trace = TraceSettings {
            group: 1,
            data: folder.path().join("trace"),
            keys: folder.path().join("trace-keys"),
            key_file: folder.path().join("trace-keys/trace-key"),
            origin: "test.example/diffusion".into(),
        };
        let trace = Trace::open(trace, clock.clone(), random.clone()).await.unwrap();
        let mut settings = Settings::under(folder.path(), "group-1");
        settings.argon2 = Argon2Cost { memory_kib: 8, passes: 1, lanes: 1, slots: 2, queue: 16 };
        settings_change(&mut settings);
        let ports =
            Ports { clock: clock.clone(), random, trace: trace.clone(), renderer: Arc::new(NoRenderer), fetch: None };
        let server = Diffusion::start(settings, ports).await.unwrap();
        let (exam, code, qr) = publish(&server, exam_change).await;
        let mut pages = PatientPages {
            diffusion: server.clone(),
            site: Arc::new(site()),
            policies: Arc::new(Policies::default()),
            images: None,
            secure_cookies: true,
            followers: Default::default(),
        };
        change(&mut pages);
        let rows = portal::patient::rows(pages.images.is_some());
        let client: SocketAddr = "192.0.2.10:5000".parse().unwrap();
        let pages = portal::patient::router(pages).layer(MockConnectInfo(client));
        Self { _folder: folder, rows, clock, trace, server, pages, exam, code, qr }
    }

    pub fn browser(&self) -> Browser {
        Browser { pages: self.pages.clone(), cookies: Mutex::new(Vec::new()) }
    }

    /// A browser whose visit is open.
    pub async fn visitor(&self) -> Browser {
        let browser = self.browser();
        let answer = browser.post("/ouvrir", &self.form(&self.exam.number, &self.code)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        browser
    }

    pub fn form(&self, number: &str, code: &str) -> String {
        format!("numero={number}&code={code}&jour=9&mois=4&annee=1957")
    }
}

/// One exam: a series of one instance, a report of two pages with its text.
async fn publish(server: &Diffusion, change: impl FnOnce(&mut Publication)) -> (Publication, String, String) {
    let index = SeriesIndex {
        version: 1,
        instances: vec![InstanceIndex {
            offset: 0,
            size_bytes: 2000,
            transfer_syntax: "1.2.840.10008.1.2.1".into(),
            sha256: String::new(),
            preamble_suspicious: false,
            frames: vec![vec![Span { offset: 500, size_bytes: 100 }]],
        }],
    };
    let text = "COMPTE RENDU\nScanner cérébral\n\nConclusion : <i>examen normal</i>.";
    let mut blobs = vec![
        (BlobName::Bundle(1), vec![7; 2000]),
        (BlobName::Metadata(1), b"gzip".to_vec()),
        (BlobName::Index(1), serde_json::to_vec(&index).unwrap()),
        (BlobName::Thumbnail(1), b"jpeg".to_vec()),
        (BlobName::Screen(1), b"jpeg".to_vec()),
    ];
    blobs.push((BlobName::Report, b"%PDF-1.7 report".to_vec()));
    blobs.push((BlobName::ReportPage(1), b"\x89PNG page one".to_vec()));
    blobs.push((BlobName::ReportPage(2), b"\x89PNG page two".to_vec()));
    blobs.push((BlobName::ReportText, text.as_bytes().to_vec()));
    let mut exam = publication();
    change(&mut exam);
    if exam.report.is_none() {
        blobs.truncate(4);
    }
    exam.blobs = blobs.iter().map(info).collect();
    server.begin(exam.exam, exam.publication).await.unwrap();
    for (name, bytes) in blobs {
        server.put(exam.publication, name, 0, Bytes::from(bytes)).await.unwrap();
    }
    server.commit(exam.clone()).await.unwrap();
    let code = exam::AccessCode::from_entropy(*b"8 bytes!").normalised().to_owned();
    let qr = exam::QrToken::from_entropy(*b"sixteen bytes !!").as_str().to_owned();
    let grant = CodeGrant {
        sheet: Uuid::from_u128(0x5EE7),
        exam: exam.exam,
        number: exam.number.clone(),
        birth_date: exam.birth_date,
        code: code.clone(),
        qr_token: qr.clone(),
        until: datetime!(2031-11-26 23:00 UTC),
    };
    server.apply(ToDiffusion::Grant(grant)).await.unwrap();
    (exam, code, qr)
}

fn info((name, bytes): &(BlobName, Vec<u8>)) -> BlobInfo {
    BlobInfo { name: name.clone(), size_bytes: bytes.len() as u64, sha256: hex::encode(Sha256::digest(bytes)) }
}

fn publication() -> Publication {
    Publication {
        version: 1,
        exam: Uuid::from_u128(0xE1),
        publication: Uuid::from_u128(0xAB),
        number: exam::ExamNumber::from_entropy([3; 8]).as_str().into(),
        patient_name: NAME.into(),
        birth_date: BirthDate { year: 1957, month: Some(4), day: Some(9) },
        title: "Scanner cérébral".into(),
        class: "ct".into(),
        site: "Centre des Tilleuls".into(),
        times: Times {
            exam_date: date!(2026 - 11 - 25),
            online_until: ONLINE_UNTIL,
            online_reason: "online-24-months".into(),
            archived_until: Some(date!(2031 - 11 - 25)),
            archive_reason: "archive-systematic-5-years".into(),
            recallable: None,
        },
        series: vec![SeriesSummary {
            series: 1,
            modality: "CT".into(),
            description: String::new(),
            instances: 1,
            frames: 1,
            viewable: true,
        }],
        report: Some(ReportSummary {
            report: Uuid::from_u128(0xF0),
            pages: 2,
            validated_at: START,
            corrected: false,
            versions: Vec::new(),
        }),
        blobs: Vec::new(),
        person: None,
        professionals: Vec::new(),
    }
}

/// What a browser without JavaScript does: keeps cookies, says where a form comes from.
pub struct Browser {
    pages: Router,
    cookies: Mutex<Vec<(String, String)>>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    /// The body, with the spaces and apostrophes of a keyboard in place of the printer's.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).replace('\u{a0}', " ").replace('’', "'")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

impl Browser {
    pub async fn get(&self, address: &str) -> Answer {
        self.send(Request::get(address), Body::empty()).await
    }

    pub async fn post(&self, address: &str, form: &str) -> Answer {
        let request = Request::post(address).header("sec-fetch-site", "same-origin");
        self.post_with(request, form).await
    }

    pub async fn post_with(&self, request: axum::http::request::Builder, form: &str) -> Answer {
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(form.to_owned())).await
    }

    /// An answer that may never end: its body is left to the caller.
    pub async fn open(&self, address: &str) -> (StatusCode, HeaderMap, Body) {
        let response = self.answered(Request::get(address), Body::empty()).await;
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body)
    }

    async fn answered(&self, request: axum::http::request::Builder, body: Body) -> axum::response::Response {
        let cookies: Vec<String> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::HOST, HOST).header(header::COOKIE, cookies.join("; "));
        self.pages.clone().oneshot(request.body(body).unwrap()).await.unwrap()
    }

    pub async fn send(&self, request: axum::http::request::Builder, body: Body) -> Answer {
        let response = self.answered(request, body).await;
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            cookies.retain(|(known, _)| known != name);
            if !attributes.contains("Max-Age=0") {
                cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The same browser's address bar and forms, for the methods no form has.
    pub async fn method(&self, method: Method, address: &str) -> Answer {
        let request = Request::builder().method(method).uri(address).header("sec-fetch-site", "same-origin");
        self.send(request, Body::empty()).await
    }

    /// A form whose answer does not change the cookies: what somebody who kept them can still do.
    pub async fn post_keeping_cookies(&self, address: &str) {
        let kept = self.cookies.lock().unwrap().clone();
        self.post(address, "").await;
        *self.cookies.lock().unwrap() = kept;
    }

    /// Changes the last digit of every secret.
    pub fn forge(&self) {
        for (_, value) in self.cookies.lock().unwrap().iter_mut().filter(|(_, value)| value.len() == 64) {
            let last = if value.ends_with('0') { '1' } else { '0' };
            value.pop();
            value.push(last);
        }
    }

    /// A cookie, as if the server had set it.
    pub fn keep(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().push((name.to_owned(), value.to_owned()));
    }

    pub fn visit_secret(&self) -> Option<String> {
        self.cookies.lock().unwrap().iter().find(|(name, _)| name.contains("examen")).map(|(_, value)| value.clone())
    }
}
