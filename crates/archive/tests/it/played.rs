//! Pictures without pixels, and a way out of the sheets that can be closed.

use archive::outlet::{LeavingCode, LeavingSheet, SheetOutlet};
use archive::pictures::{PdfInfo, Pictures};
use async_trait::async_trait;
use bytes::Bytes;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

#[derive(Default)]
pub struct FakePictures {
    /// While set, no report page can be drawn.
    pub failing: AtomicBool,
    /// The files of which a picture was asked, and which frame.
    pub drawn: Mutex<Vec<(Bytes, u32)>>,
}

#[async_trait]
impl Pictures for FakePictures {
    async fn thumbnail(&self, file: Bytes, frame: u32, _: u32) -> Result<Bytes, String> {
        self.drawn.lock().unwrap().push((file, frame));
        Ok(Bytes::from_static(b"jpeg"))
    }

    async fn pdf_info(&self, _: Bytes) -> Result<PdfInfo, String> {
        Ok(PdfInfo { pages: 1, text: "texte du compte rendu".into() })
    }

    async fn pdf_page(&self, _: Bytes, _: u32, _: u32) -> Result<Bytes, String> {
        if self.failing.load(Ordering::SeqCst) { Err("told to fail".into()) } else { Ok(Bytes::from_static(b"png")) }
    }
}

pub struct FakeOutlet {
    pub name: &'static str,
    /// While set, no sheet leaves.
    pub closed: AtomicBool,
    /// What left: sheet and PDF.
    pub delivered: Mutex<Vec<(Uuid, Vec<u8>)>>,
    /// Whether a template prints codes reserved at order time.
    pub takes_codes: AtomicBool,
    /// Codes that left: number and code, grouped.
    pub codes: Mutex<Vec<(String, String)>>,
}

impl FakeOutlet {
    pub fn named(name: &'static str) -> Self {
        Self {
            name,
            closed: AtomicBool::new(false),
            delivered: Mutex::default(),
            takes_codes: AtomicBool::new(false),
            codes: Mutex::default(),
        }
    }

    pub fn close(&self, closed: bool) {
        self.closed.store(closed, Ordering::SeqCst);
    }

    pub fn count(&self) -> usize {
        self.delivered.lock().unwrap().len()
    }

    /// The last sheet that left, and its text.
    pub fn last(&self) -> (Uuid, String) {
        let (sheet, pdf) = self.delivered.lock().unwrap().last().cloned().expect("no sheet left");
        (sheet, text_of(&pdf))
    }
}

#[async_trait]
impl SheetOutlet for FakeOutlet {
    fn name(&self) -> &'static str {
        self.name
    }

    async fn deliver(&self, sheet: &LeavingSheet) -> Result<(), String> {
        if self.closed.load(Ordering::SeqCst) {
            return Err("told to fail".into());
        }
        self.delivered.lock().unwrap().push((sheet.sheet, sheet.pdf.to_vec()));
        Ok(())
    }

    fn takes_codes(&self) -> bool {
        self.takes_codes.load(Ordering::SeqCst)
    }

    async fn return_code(&self, code: &LeavingCode) -> Result<(), String> {
        if self.closed.load(Ordering::SeqCst) {
            return Err("told to fail".into());
        }
        self.codes.lock().unwrap().push((code.number.clone(), code.code.to_string()));
        Ok(())
    }
}

/// The words of a PDF: by `pdftotext`, as a person would select them; else those that stand in its content streams.
pub fn text_of(pdf: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sheet.pdf");
    std::fs::write(&path, pdf).unwrap();
    match std::process::Command::new("pdftotext").arg(&path).arg("-").output() {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        _ => {
            let document = lopdf::Document::load_mem(pdf).unwrap();
            let pages: Vec<u32> = document.get_pages().into_keys().collect();
            document.extract_text(&pages).unwrap()
        }
    }
}
